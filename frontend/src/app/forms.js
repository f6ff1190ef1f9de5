// Plain forms: sent once, buttons show that something is under way; list filters do not send empty fields.
import { installPeople } from './people.js';
import { newKey } from './requests-base.js';
import { toast } from './toast.js';

export function installForms() {
  document.addEventListener('submit', (event) => {
    const form = event.target;
    if (wantsTicks(form)) {
      event.preventDefault();
      return;
    }
    if (event.submitter?.dataset.stays !== undefined) { // a file comes, the page stays: the next click is another act
      setTimeout(() => { form.elements.namedItem('_key').value = newKey(); });
      return;
    }
    if (event.defaultPrevented || form.method !== 'post' || form.matches('[hx-post]')) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = 'yes';
    (event.submitter ?? form.querySelector('[type="submit"]'))?.setAttribute('aria-busy', 'true');
  });

  installPhrases();
  installPicks();
  installReasons();

  // Rows ticked for one act: all of the page at once, and how many.
  document.addEventListener('change', ({ target }) => {
    const name = target.dataset?.tickAll ?? target.dataset?.tick;
    if (!name) return;
    const boxes = [...document.querySelectorAll(`[data-tick="${name}"]`)];
    if (target.dataset.tickAll) for (const box of boxes) box.checked = target.checked;
    const count = boxes.filter((box) => box.checked).length;
    for (const all of document.querySelectorAll(`[data-tick-all="${name}"]`)) all.checked = count > 0 && count === boxes.length;
    for (const told of document.querySelectorAll(`[data-ticked="${name}"]`)) told.textContent = count ? `(${count})` : '';
  });

  // Coming back with the browser's back button must find a usable form.
  window.addEventListener('pageshow', () => {
    for (const form of document.querySelectorAll('form[data-sent]')) delete form.dataset.sent;
    for (const button of document.querySelectorAll('[type="submit"][aria-busy]')) button.removeAttribute('aria-busy');
  });

  document.addEventListener('htmx:configRequest', ({ detail }) => {
    if (!detail.elt.matches('[data-filter]')) return;
    for (const [name, value] of [...detail.formData.entries()]) if (value === '') detail.formData.delete(name);
  });

  // After a filter replaced the list, the cursor stays in the search field.
  document.addEventListener('htmx:beforeSwap', ({ detail }) => {
    const active = document.activeElement;
    if (!active?.id || !detail.target.contains(active)) return;
    const { id, selectionStart } = active;
    detail.target.ownerDocument.addEventListener('htmx:afterSettle', () => {
      const again = document.getElementById(id);
      again?.focus();
      if (selectionStart !== null && again?.setSelectionRange && again.type === 'search') again.setSelectionRange(selectionStart, selectionStart);
    }, { once: true });
  });
}

// What is done with ticked rows is not sent while none is ticked; what was typed stays.
function wantsTicks(form) {
  const wanting = form.dataset.tickRequired && !document.querySelector(`[data-tick="${form.id}"]:checked`);
  if (wanting) toast(form.dataset.tickRequired, 'warning');
  return Boolean(wanting);
}

// A standard phrase goes to the end of the opinion it is chosen for: a text field, or the one last used of a form.
function installPhrases() {
  let last = null;
  document.addEventListener('focusin', ({ target }) => {
    if (target.matches('textarea')) last = target;
  });
  document.addEventListener('change', ({ target }) => {
    const place = target.dataset?.phraseFor && document.getElementById(target.dataset.phraseFor);
    if (!place || !target.value) return;
    const opinion = place.matches('textarea') ? place : textOf(place, last);
    if (opinion) {
      write(opinion, opinion.value + target.value);
      opinion.focus();
    }
    target.value = '';
  });
}

function textOf(form, last) {
  const usable = [...form.querySelectorAll('textarea:not([readonly]):not([disabled])')];
  return usable.includes(last) ? last : usable.at(-1);
}

// As if typed: what draws the field listens to its events and overrides its value.
function write(field, text) {
  Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, 'value').set.call(field, text);
  field.dispatchEvent(new Event('input', { bubbles: true }));
}

// Lists to tick: with the number chosen, and at least one. Those of people are fetched, see people.js.
function installPicks() {
  installPeople();
  document.addEventListener('input', ({ target }) => {
    const pick = target.closest('.zd-pick');
    if (pick && !target.matches('[data-pick-filter]')) count(pick);
  });
  document.addEventListener('submit', (event) => {
    const wanting = [...event.target.querySelectorAll('[data-pick-required]')].find((pick) => !pick.querySelector(':checked'));
    if (!wanting) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    wanting.classList.add('zd-invalid');
    const first = wanting.querySelector('input');
    first.setCustomValidity(wanting.dataset.pickRequired);
    first.reportValidity();
  }, true);
}

// Reasons of their own: asked for each ticked place; with one for each, the common reason may be left out.
function installReasons() {
  const follow = (form) => {
    const ticked = [...form.querySelectorAll('[name="node_id"]:checked')].map((box) => box.value);
    for (const part of form.querySelectorAll('[data-reason-of]')) {
      part.hidden = !ticked.includes(part.dataset.reasonOf);
      part.querySelector('textarea').disabled = part.hidden;
    }
    const own = ticked.filter((node) => form.elements[`reason_${node}`]?.value.trim());
    const common = form.elements.reason;
    common.required = !ticked.length || own.length < ticked.length;
    form.querySelector(`label[for="${common.id}"]`).classList.toggle('zd-required', common.required);
  };
  for (const form of document.querySelectorAll('form:has([data-reason-of])')) {
    form.addEventListener('input', () => follow(form));
    follow(form);
  }
}

function count(pick) {
  const chosen = pick.querySelectorAll(':checked').length;
  const told = pick.querySelector('[data-pick-count]');
  if (told) told.textContent = chosen ? told.dataset.pickCount.replace('{n}', chosen) : '';
  pick.classList.remove('zd-invalid');
  pick.querySelector('input')?.setCustomValidity('');
}
