// Evaluates expressions as form-js does. In: JSON lines {text, data} on stdin; out: one JSON value a line.
// Usage: node evaluate.mjs <folder of the FEEL interpreter form-js brings along>
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { join } from "node:path";

const { evaluate } = await import(pathToFileURL(join(process.argv[2], "dist/index.js")));

/** A result as JSON; dates and durations as {"$": ISO text}, what has no JSON form as {"$": its kind}. */
function plain(value) {
  if (value === undefined || value === null) return null;
  if (typeof value === "number") return Number.isFinite(value) ? value : { $: String(value) };
  if (typeof value !== "object") return typeof value === "function" ? { $: "function" } : value;
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value.toISO === "function") return { $: value.toISO() };
  if (Object.getPrototypeOf(value) !== Object.prototype) return { $: "object" };
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, plain(entry)]));
}

for await (const line of createInterface({ input: process.stdin })) {
  const { text, data } = JSON.parse(line);
  let value = null;
  try {
    value = evaluate(text, data).value; // FeelExpressionLanguage.evaluate: an error is null
  } catch {
    value = null;
  }
  console.log(JSON.stringify(plain(value)));
}
