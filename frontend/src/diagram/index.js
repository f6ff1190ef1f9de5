// BPMN diagrams, read-only: marks for passed, current, returned and failed nodes; a click tells which node.
import 'bpmn-js/dist/assets/diagram-js.css';
import 'bpmn-js/dist/assets/bpmn-js.css';
import './diagram.css';
import NavigatedViewer from 'bpmn-js/lib/NavigatedViewer';
import { followTouch } from './touch.js';

const SIGNS = { passed: '✓', current: '•', returned: '↩', failed: '!' }; // colour is never the only mark
const WORDS = { passed: '已办', current: '当前', returned: '退回', failed: '异常' };

const READABLE = 0.75; // smallest scale at which node names can be read; one that begins smaller begins at a node
const [SMALLEST, LARGEST] = [0.2, 4];
const MARGIN = 40;

const viewers = new WeakMap();

async function mount(root) {
  for (const host of root.querySelectorAll('[data-diagram]:not([data-mounted])')) {
    host.dataset.mounted = '';
    try {
      await open(host);
    } catch (error) {
      console.error(error);
      host.textContent = '流程图无法显示';
    }
  }
}

async function open(host) {
  const viewer = new NavigatedViewer({ container: host });
  viewers.set(host, viewer);
  await viewer.importXML(readBlock(host.dataset.diagram));
  const marks = readBlock(host.dataset.marks) ?? {};
  mark(viewer, marks);
  const focus = focusOf(viewer, marks);
  settle(host, viewer, focus);
  followTouch(host, viewer.get('canvas'), [SMALLEST, LARGEST]);
  for (const sign of ['wheel', 'pointerdown']) host.addEventListener(sign, () => { host.dataset.moved = ''; }, { passive: true });
  host.addEventListener('diagram:focus', () => lookAt(viewer, focus));
  let width = host.clientWidth;
  new ResizeObserver(() => {
    if (!host.clientWidth || host.clientWidth === width) return;
    width = host.clientWidth;
    viewer.get('canvas').resized();
    if (!('moved' in host.dataset)) settle(host, viewer, focus); // who has moved it keeps what she sees
  }).observe(host);
  viewer.on('element.click', ({ element }) => {
    const node = element.type === 'label' ? element.labelTarget : element;
    if (node?.businessObject && !/Process|Collaboration|Participant|Lane|SequenceFlow/.test(node.type)) choose(host, viewer, node);
  });
}

/** The first view: the whole diagram where its names can be read, in no more height than it needs; else one node. */
function settle(host, viewer, focus) {
  fit(viewer);
  if (viewer.get('canvas').zoom() >= READABLE) shrink(host, viewer);
  else lookAt(viewer, focus);
}

/** Where to begin: at the current node, else at what went wrong or back, else at the end that was reached. */
function focusOf(viewer, marks) {
  const registry = viewer.get('elementRegistry');
  const known = (ids) => (ids ?? []).map((id) => registry.get(id)).filter(Boolean);
  const [stands] = [...known(marks.current), ...known(marks.failed), ...known(marks.returned)];
  const passed = known(marks.passed);
  const end = passed.find((node) => node.type === 'bpmn:EndEvent' && node.parent?.type !== 'bpmn:SubProcess');
  return stands ?? end ?? passed.at(-1) ?? registry.find((node) => node.type === 'bpmn:StartEvent') ?? null;
}

/** marks: {passed: [ids], current: [ids], returned: [ids], failed: [ids], flows: [ids]}; unknown ids are left out. */
function mark(viewer, marks) {
  const canvas = viewer.get('canvas');
  const overlays = viewer.get('overlays');
  const registry = viewer.get('elementRegistry');
  for (const [state, sign] of Object.entries(SIGNS)) {
    for (const id of new Set(marks[state] ?? [])) {
      if (!registry.get(id)) continue;
      canvas.addMarker(id, `zd-node-${state}`);
      const badge = document.createElement('span');
      badge.className = `zd-node-sign zd-node-sign-${state}`;
      badge.textContent = sign;
      badge.title = WORDS[state];
      overlays.add(id, { position: { top: -9, right: 11 }, html: badge });
    }
  }
  for (const id of marks.flows ?? []) if (registry.get(id)) canvas.addMarker(id, 'zd-flow-passed');
}

/** A wide, low diagram does not need the whole height. */
function shrink(host, viewer) {
  const canvas = viewer.get('canvas');
  const { inner, outer } = canvas.viewbox();
  const needed = Math.max(200, Math.round(inner.height * canvas.zoom()) + 100);
  if (needed >= outer.height) return;
  host.style.setProperty('--height', `${needed}px`);
  canvas.resized();
  fit(viewer);
}

function fit(viewer) {
  const canvas = viewer.get('canvas');
  canvas.zoom('fit-viewport', 'auto');
  if (canvas.zoom() > 1) canvas.zoom(1, 'auto');
}

/** A node in the middle at a size that can be read, without looking beyond the edge of the diagram. */
function lookAt(viewer, node) {
  const canvas = viewer.get('canvas');
  if (!node) return;
  const { inner, outer } = canvas.viewbox();
  const scale = Math.max(READABLE, Math.min(1, outer.height / (inner.height + 2 * MARGIN)));
  const [width, height] = [outer.width / scale, outer.height / scale];
  canvas.viewbox({
    x: within(node.x + node.width / 2, width, inner.x, inner.width),
    y: within(node.y + node.height / 2, height, inner.y, inner.height),
    width,
    height,
  });
}

/** Where a window of that length begins that has the middle in its middle, or as near as the edge allows. */
function within(middle, length, start, whole) {
  const [first, last] = [start - MARGIN, start + whole + MARGIN - length];
  return last < first ? start + whole / 2 - length / 2 : Math.min(Math.max(middle - length / 2, first), last);
}

/** Tell the page: event diagram:node with {id, name, type}; with data-node-url the detail is loaded too. */
function choose(host, viewer, node) {
  const canvas = viewer.get('canvas');
  for (const other of viewer.get('elementRegistry').filter((e) => canvas.hasMarker(e, 'zd-node-chosen'))) canvas.removeMarker(other, 'zd-node-chosen');
  canvas.addMarker(node, 'zd-node-chosen');
  const detail = { id: node.id, name: node.businessObject.name ?? '', type: node.type };
  host.dispatchEvent(new CustomEvent('diagram:node', { bubbles: true, detail }));
  const { nodeUrl, nodeBox } = host.dataset;
  if (nodeUrl && nodeBox) window.htmx.ajax('GET', nodeUrl.replace('{id}', encodeURIComponent(node.id)), { target: `#${nodeBox}` });
}

document.addEventListener('click', ({ target }) => {
  const button = target.closest?.('[data-diagram-zoom]');
  const host = button && document.getElementById(button.dataset.diagramFor);
  const viewer = viewers.get(host);
  if (!viewer) return;
  const canvas = viewer.get('canvas');
  const kind = button.dataset.diagramZoom;
  host.dataset.moved = '';
  if (kind === 'fit') fit(viewer);
  else if (kind === 'focus') host.dispatchEvent(new CustomEvent('diagram:focus'));
  else canvas.zoom(Math.min(LARGEST, Math.max(SMALLEST, canvas.zoom() * (kind === 'in' ? 1.25 : 0.8))), 'auto');
});

function readBlock(id) {
  const block = id && document.getElementById(id);
  return block ? JSON.parse(block.textContent) : null;
}

mount(document);
document.addEventListener('htmx:load', ({ detail }) => mount(detail.elt.parentElement ?? document));
