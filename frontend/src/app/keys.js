// Lists by keyboard: j k ↓ ↑ move from row to row, x ticks, / goes to the list's search, ? shows the keys. Enter opens
// the row because its link has the focus.

const WRITING = 'input:not([type="checkbox"]), textarea, select, [contenteditable], dialog[open] *';

export function installKeys() {
  document.addEventListener('click', ({ target }) => {
    if (target.closest('[data-keys-help]')) help();
  });
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest(WRITING)) return;
    if (act(event.key)) {
      event.preventDefault();
      event.stopImmediatePropagation(); // the search of the top bar takes / elsewhere
    }
  }, true);
}

/** Whether the key meant something here. */
function act(key) {
  const links = [...document.querySelectorAll('#desk .zd-table .zd-row-link')];
  const rows = links.map((link) => link.closest('tr'));
  const here = rows.findIndex((row) => row.contains(document.activeElement));
  switch (key) {
    case 'j':
    case 'ArrowDown':
      return move(links, here + 1);
    case 'k':
    case 'ArrowUp':
      return move(links, here - 1);
    case 'x': {
      const box = rows[here]?.querySelector('input[type="checkbox"]');
      box?.click();
      return Boolean(box);
    }
    case '/': {
      const field = document.getElementById('desk')?.querySelector('input[type="search"]');
      field?.focus();
      return Boolean(field);
    }
    case '?':
      return help();
    default:
      return false;
  }
}

function move(links, place) {
  const link = links[Math.max(place, 0)];
  if (!link || document.activeElement?.closest('.dropdown-menu')) return false;
  link.focus();
  link.closest('tr').scrollIntoView({ block: 'nearest' });
  return true;
}

function help() {
  const dialog = document.getElementById('keys');
  dialog?.showModal();
  return Boolean(dialog);
}
