// Menu, search box, small buttons of the layout.

const NARROW = 'zd:narrow-menu';

export function installFrame() {
  const body = document.body;
  document.querySelectorAll('.zd-tabs').forEach(showCurrent);
  if (localStorage.getItem(NARROW)) body.classList.add('zd-narrow');

  document.addEventListener('click', (event) => {
    const hit = (selector) => event.target.closest(selector);
    if (hit('[data-menu-narrow]')) localStorage[body.classList.toggle('zd-narrow') ? 'setItem' : 'removeItem'](NARROW, '1');
    if (hit('[data-dismiss]')) hit('.zd-notice').remove();
    if (hit('[data-back]')) goBack();
    if (hit('[data-print]')) window.print();
    if (hit('[data-copy]')) copy(hit('[data-copy]'));
    if (hit('[data-search-open]')) openSearch(hit('[data-search]'));
  });
  document.addEventListener('submit', ({ target }) => {
    if (target.matches('[data-sign-out]')) forgetDrafts();
  });

  const search = document.querySelector('[data-search]');
  document.addEventListener('keydown', (event) => {
    if (event.key === '/' && !event.target.closest('input, textarea, select, [contenteditable]')) {
      event.preventDefault();
      if (search) openSearch(search);
    }
  });
  search?.addEventListener('focusout', (event) => {
    if (!search.contains(event.relatedTarget)) search.classList.remove('zd-open');
  });
}

/** On a phone the tabs are wider than the screen: the one the page is about is in the middle. The page stays put. */
function showCurrent(strip) {
  const tab = strip.querySelector('[aria-current]')?.getBoundingClientRect();
  const frame = strip.getBoundingClientRect();
  if (tab) strip.scrollLeft += tab.left + tab.width / 2 - (frame.left + frame.width / 2);
}

function openSearch(form) {
  form.classList.add('zd-open');
  form.querySelector('input[type="search"]').focus();
}

function goBack() {
  if (window.history.length > 1) window.history.back();
  else window.location.assign('/');
}

async function copy(button) {
  await navigator.clipboard.writeText(button.dataset.copy);
  window.zd.toast('已复制', 'success');
}

/** Nobody who uses this browser next shall find what was entered. */
function forgetDrafts() {
  for (const name of Object.keys(localStorage)) if (name.startsWith('zd:draft:')) localStorage.removeItem(name);
}
