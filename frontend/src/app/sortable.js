// <ol data-sortable> of <li draggable="true">: dragged into order, or moved by its buttons data-sort="up"/"down"
// (keyboard and phone). The hidden inputs of the form carry the order; it is saved by the form's own button.

export function installSortable() {
  let dragged = null;

  document.addEventListener('dragstart', (event) => {
    dragged = event.target.closest?.('[data-sortable] > li') ?? null;
    if (dragged) event.dataTransfer.effectAllowed = 'move';
  });

  document.addEventListener('dragover', (event) => {
    const over = event.target.closest?.('[data-sortable] > li');
    if (!dragged || !over || over.parentElement !== dragged.parentElement) return;
    event.preventDefault();
    if (over === dragged) return;
    const box = over.getBoundingClientRect();
    const isBelow = event.clientY > box.top + box.height / 2;
    over.parentElement.insertBefore(dragged, isBelow ? over.nextElementSibling : over);
  });

  document.addEventListener('dragend', () => { dragged = null; });

  document.addEventListener('click', (event) => {
    const button = event.target.closest('[data-sortable] [data-sort]');
    if (!button) return;
    const row = button.closest('li');
    if (button.dataset.sort === 'up') row.previousElementSibling?.before(row);
    else row.nextElementSibling?.after(row);
    button.focus();
  });
}
