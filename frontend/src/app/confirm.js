// <form data-confirm="…"> and htmx elements with data-confirm ask first, in one dialog of the layout.
//   data-confirm-title, data-confirm-ok, data-confirm-danger, data-confirm-reason="label": asks for a reason, sent as "reason".

export function installConfirm() {
  const dialog = document.getElementById('confirm');
  if (!dialog) return;

  document.addEventListener('submit', async (event) => {
    const form = event.target;
    if (!form.matches('form[data-confirm]') || form.matches('[hx-post], [data-hx-post]') || form.dataset.confirmed) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const answer = await ask(dialog, form.dataset);
    if (!answer) return;
    if (form.dataset.confirmReason !== undefined) setHidden(form, 'reason', answer.reason);
    form.dataset.confirmed = 'yes';
    form.requestSubmit(event.submitter ?? undefined);
    delete form.dataset.confirmed;
  }, true);

  document.addEventListener('htmx:confirm', async (event) => {
    const { elt } = event.detail;
    if (elt.dataset.confirm === undefined) return;
    event.preventDefault();
    const answer = await ask(dialog, elt.dataset);
    if (!answer) return;
    if (elt.dataset.confirmReason !== undefined) elt.setAttribute('hx-vals', JSON.stringify({ reason: answer.reason }));
    event.detail.issueRequest(true);
  });
}

/** Open the dialog; resolves to {reason} or null. `options`: the data-confirm… attributes. */
export function ask(dialog, options) {
  const part = (name) => dialog.querySelector(name);
  const reason = part('textarea');
  const ok = part('[data-confirm-ok]');
  part('#confirm-title').textContent = options.confirmTitle || '请确认';
  part('[data-confirm-text]').textContent = options.confirm;
  ok.textContent = options.confirmOk || '确定';
  ok.className = options.confirmDanger === undefined ? 'btn btn-primary' : 'btn btn-danger';
  reason.value = '';
  reason.required = options.confirmReason !== undefined;
  part('[data-confirm-reason-box]').hidden = !reason.required;
  part('[data-confirm-reason-label]').textContent = options.confirmReason || '原因';

  return new Promise((resolve) => {
    dialog.returnValue = '';
    dialog.addEventListener('close', () => resolve(dialog.returnValue === 'ok' ? { reason: reason.value.trim() } : null), { once: true });
    dialog.showModal();
    (reason.required ? reason : part('[value="cancel"]')).focus();
  });
}

function setHidden(form, name, value) {
  let field = form.querySelector(`input[type="hidden"][name="${name}"]`);
  if (!field) {
    field = Object.assign(document.createElement('input'), { type: 'hidden', name });
    form.append(field);
  }
  field.value = value;
}
