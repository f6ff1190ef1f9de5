// Colleagues to choose from: fetched when their part of the page is open, and as a name is typed. Chosen ones stay.
const PAUSE_MS = 250;

export function installPeople() {
  for (const pick of document.querySelectorAll('[data-people]')) if (!pick.closest('details:not([open])')) load(pick);
  document.addEventListener('toggle', ({ target }) => {
    if (target.open) for (const pick of target.querySelectorAll('[data-people]:not([data-loaded])')) load(pick);
  }, true);
  document.addEventListener('input', ({ target }) => {
    const pick = target.matches('[data-pick-filter]') && target.closest('[data-people]');
    if (!pick) return;
    target.setCustomValidity('');
    clearTimeout(pick.waiting);
    pick.waiting = setTimeout(() => load(pick), PAUSE_MS);
  });
  document.addEventListener('keydown', (event) => {
    if (!event.target.matches?.('[data-pick-filter]')) return;
    if (event.key === 'Enter' || event.key === 'ArrowDown') event.preventDefault();
    if (event.key === 'ArrowDown') event.target.closest('.zd-pick').querySelector('.zd-pick-list input')?.focus();
  });
}

async function load(pick) {
  const told = pick.querySelector('[data-pick-told]');
  const words = pick.querySelector('[data-pick-filter]').value.trim();
  const address = new URL(pick.dataset.people, window.location.href);
  address.searchParams.set('q', words);
  pick.asked = address.href;
  try {
    const answer = await fetch(address, { headers: { Accept: 'application/json' }, credentials: 'same-origin' });
    if (!answer.ok) throw new Error(answer.statusText);
    const { people, more } = await answer.json();
    if (pick.asked !== address.href) return; // another name was typed meanwhile
    pick.dataset.loaded = '';
    show(pick, people);
    told.textContent = more ? told.dataset.more.replace('{n}', people.length) : people.length ? '' : told.dataset.none;
  } catch {
    if (pick.asked === address.href) told.textContent = told.dataset.failed;
  }
}

function show(pick, people) {
  const list = pick.querySelector('.zd-pick-list');
  const chosen = [...list.querySelectorAll('label:has(:checked)')];
  const known = new Set(chosen.map((label) => label.querySelector('input').value));
  list.replaceChildren(...chosen, ...people.filter(({ id }) => !known.has(String(id))).map((one) => row(pick, one)));
}

function row(pick, { id, name, note }) {
  const label = document.createElement('label');
  const box = Object.assign(document.createElement('input'), { className: 'form-check-input', type: pick.dataset.pickType, name: pick.dataset.pickField, value: id });
  label.append(box, ` ${name}`);
  if (note) label.append(Object.assign(document.createElement('small'), { className: 'zd-muted', textContent: note }));
  return label;
}
