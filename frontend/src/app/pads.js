// Signatures: fields to draw in with mouse, finger or pen, and the choice of how to sign a task.

const INK = '#14222b';
const WIDTH = 5;

export function installPads() {
  for (const pad of document.querySelectorAll('[data-pad]')) draw(pad);
  for (const box of document.querySelectorAll('[data-signing]')) {
    box.addEventListener('change', ({ target }) => {
      if (target.name !== 'signing-kind') return;
      for (const way of box.querySelectorAll('[data-signing-way]')) way.hidden = way.dataset.signingWay !== target.value;
    });
  }
}

/** What is sent for the signature the page asks for: `{signature}`, `{}` when it asks for none, null when it is missing. */
export function signed() {
  const box = document.querySelector('[data-signing]');
  if (!box) return {};
  const kind = (box.querySelector('[name="signing-kind"]:checked') ?? box.querySelector('[name="signing-kind"][type="hidden"]')).value;
  const picture = box.querySelector('[data-pad-value]')?.value;
  const name = box.querySelector('#signing-name')?.value.trim();
  const given = { KEPT: { kind }, DRAWN: picture && { kind, picture }, TYPED: name && { kind, name } }[kind];
  if (given) return { signature: given };
  box.scrollIntoView({ block: 'center' });
  (kind === 'TYPED' ? box.querySelector('#signing-name') : box.querySelector('[name="signing-kind"]:checked') ?? box.querySelector('[data-pad-clear]')).focus({ preventScroll: true });
  return null;
}

/** What the box says when nothing is signed. */
export function unsigned() {
  return document.querySelector('[data-signing]').dataset.signing;
}

function draw(pad) {
  const canvas = pad.querySelector('canvas');
  const value = pad.querySelector('[data-pad-value]');
  const pen = canvas.getContext('2d');
  let last = null;
  const clear = () => {
    pen.clearRect(0, 0, canvas.width, canvas.height);
    value.value = '';
    delete pad.dataset.drawn;
  };
  const place = (event) => {
    const frame = canvas.getBoundingClientRect();
    return [((event.clientX - frame.left) * canvas.width) / frame.width, ((event.clientY - frame.top) * canvas.height) / frame.height];
  };
  const line = (event) => {
    const next = place(event);
    pen.lineWidth = event.pointerType === 'pen' && event.pressure ? WIDTH * (0.4 + event.pressure) : WIDTH;
    pen.beginPath();
    pen.moveTo(...last);
    pen.lineTo(...next);
    pen.stroke();
    last = next;
  };
  canvas.addEventListener('pointerdown', (event) => {
    if (event.button) return;
    event.preventDefault();
    canvas.setPointerCapture(event.pointerId);
    Object.assign(pen, { lineCap: 'round', lineJoin: 'round', strokeStyle: INK });
    last = place(event);
    pad.dataset.drawn = '';
    line(event);
  });
  canvas.addEventListener('pointermove', (event) => {
    if (last) for (const step of event.getCoalescedEvents?.() ?? [event]) line(step);
  });
  const lift = () => {
    if (last) value.value = canvas.toDataURL('image/png');
    last = null;
  };
  for (const end of ['pointerup', 'pointercancel']) canvas.addEventListener(end, lift);
  pad.querySelector('[data-pad-clear]').addEventListener('click', clear);
}
