// CPU per user task with state saved and recovered at each step: node steps.js MODEL.bpmn WALKS, one JSON array of ms.
"use strict";
const { EventEmitter } = require("node:events");
const { readFileSync } = require("node:fs");
const { Engine } = require("bpmn-engine");

const source = readFileSync(process.argv[2], "utf8");
const application = readFileSync(process.argv[3], "utf8");

/** A listener, and the user tasks it has heard of that wait. */
function listening() {
  const listener = new EventEmitter();
  const waiting = [];
  listener.on("activity.wait", (api) => waiting.push(api));
  return { listener, waiting };
}

async function saved(engine) {
  return JSON.stringify(await engine.getState());
}

/** One instance to its end: CPU ms per user task, and how many there were. */
async function walk() {
  const first = listening();
  const engine = Engine({ name: "bench", source, variables: { application } });
  await engine.execute({ listener: first.listener });
  let state = await saved(engine);
  await engine.stop();
  let steps = 0;
  const begun = process.cpuUsage();
  for (;;) {
    const next = listening();
    const recovered = Engine().recover(JSON.parse(state));
    const execution = await recovered.resume({ listener: next.listener });
    const task = next.waiting.find((api) => !api.content.isMultiInstance || api.content.isRootScope !== true);
    if (!task) throw new Error(`nothing waits after ${steps} tasks`);
    task.signal({ decision: "AGREE" });
    await new Promise(setImmediate);
    state = await saved(recovered);
    steps += 1;
    if (execution.completed || recovered.state === "idle") break;
    await recovered.stop();
  }
  const used = process.cpuUsage(begun);
  return { ms: (used.user + used.system) / 1000 / steps, steps };
}

async function main() {
  const walks = [];
  for (let n = Number(process.argv[4]); n > 0; n -= 1) walks.push(await walk());
  process.stdout.write(JSON.stringify(walks));
}

main();
