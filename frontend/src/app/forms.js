// Plain forms: sent once, buttons show that something is under way; list filters do not send empty fields.

export function installForms() {
  document.addEventListener('submit', (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== 'post' || form.matches('[hx-post]')) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = 'yes';
    (event.submitter ?? form.querySelector('[type="submit"]'))?.setAttribute('aria-busy', 'true');
  });

  // A standard phrase goes to the end of the opinion it is chosen for.
  document.addEventListener('change', ({ target }) => {
    const opinion = target.dataset?.phraseFor && document.getElementById(target.dataset.phraseFor);
    if (!opinion || !target.value) return;
    opinion.value += target.value;
    target.value = '';
    opinion.focus();
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
