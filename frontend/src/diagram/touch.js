// Fingers on a diagram, which diagram-js does not follow: one moves it, two zoom about their middle and move it too.
// The page keeps scrolling under one finger that goes up or down (touch-action: pan-y in diagram.css).

/** Follow the fingers on `host`; `[smallest, largest]` bound the scale. */
export function followTouch(host, canvas, [smallest, largest]) {
  const fingers = new Map();

  host.addEventListener('pointerdown', (event) => {
    if (event.pointerType === 'touch') fingers.set(event.pointerId, placeOf(event));
  });

  host.addEventListener('pointermove', (event) => {
    if (!fingers.has(event.pointerId)) return;
    const before = gripOf(fingers);
    fingers.set(event.pointerId, placeOf(event));
    const after = gripOf(fingers);
    canvas.scroll({ dx: after.x - before.x, dy: after.y - before.y });
    if (!before.spread || !after.spread) return;
    const { left, top } = host.getBoundingClientRect();
    const scale = canvas.zoom() * (after.spread / before.spread);
    canvas.zoom(Math.min(largest, Math.max(smallest, scale)), { x: after.x - left, y: after.y - top });
  });

  const lift = (event) => fingers.delete(event.pointerId);
  for (const end of ['pointerup', 'pointercancel', 'pointerleave']) host.addEventListener(end, lift);
}

const placeOf = ({ clientX, clientY }) => ({ x: clientX, y: clientY });

/** Middle of all fingers, and how far the first two are apart (0 for one). */
function gripOf(fingers) {
  const places = [...fingers.values()];
  const middle = (axis) => places.reduce((sum, place) => sum + place[axis], 0) / places.length;
  const [first, second] = places;
  return { x: middle('x'), y: middle('y'), spread: second ? Math.hypot(first.x - second.x, first.y - second.y) : 0 };
}
