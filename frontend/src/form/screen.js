// One form on a page: mounts form-js, keeps drafts, submits, and shows what the server found.
import { Form } from '@bpmn-io/form-js-viewer';
import { Amount } from './amount.jsx';
import { clock, Drafts } from './drafts.js';
import { elementOf, fromErrors, keyOf, locate, notice, summary, toErrors } from './findings.js';
import { explain, newKey, postJson } from './requests.js';
import { prepare } from './schema.js';
import { Upload } from './upload.jsx';

class OurFields {
  static $inject = ['formFields'];

  constructor(formFields) {
    formFields.register('filepicker', Upload);
    formFields.register('number', Amount);
  }
}

export class Screen {
  constructor(host) {
    this.host = host;
    this.options = host.dataset;
    this.body = host.querySelector('[data-form-body]');
    this.messages = host.querySelector('[data-form-messages]');
    this.isReadonly = 'readonly' in host.dataset;
    this.key = newKey();
    this.reasons = {};
    this.findings = [];
    this.isBusy = false;
    this.isDone = false;
  }

  async open() {
    // Without debounce: form-js drops what is typed in the 300 ms before another field changes.
    this.form = new Form({ debounce: false, additionalModules: [this.#modules()], properties: { readOnly: this.isReadonly } });
    await this.form.importSchema(prepare(readBlock(this.options.schema)), readBlock(this.options.values));
    this.body.replaceChildren();
    this.form.attachTo(this.body);
    if (this.isReadonly) return;

    this.drafts = new Drafts({
      url: this.options.draftUrl,
      key: this.options.draftKey,
      savedAt: this.options.draftSavedAt,
      read: () => ({ values: this.values(), row_version: this.#rowVersion(), reasons: this.reasons }),
      say: (state, text) => this.#say(state, text),
    });
    this.form.on('field.updated', () => this.drafts.touch());
    this.#offerLocalDraft();
    this.#listen();
    const findings = readBlock(this.options.findings) ?? [];
    // form-js checks fields that came with a value right after mounting; what the server said comes after that.
    if (findings.length) setTimeout(() => this.show({ findings }), 60);
  }

  /** Everything in the form, hidden fields included, without what only tables and texts read: what a draft keeps. */
  values() {
    const { data, schema } = this.form._getState();
    const own = new Set(schema.components.flatMap(keysOf));
    return Object.fromEntries(Object.entries(data).filter(([key]) => own.has(key)));
  }

  /** Check, ask for missing reasons, send; `button` says the outcome and whether checks are skipped. */
  async submit(button) {
    if (this.isBusy || this.isDone) return;
    document.activeElement?.blur(); // fields hand over what was typed last when they lose the focus
    const values = this.#check(button);
    if (!values || !this.#reasonsGiven()) return;
    const signature = window.zd.signed();
    if (!signature) {
      window.zd.toast(window.zd.unsigned(), 'warning');
      return;
    }
    const answer = button.dataset.confirm === undefined ? {} : await window.zd.ask(button.dataset);
    if (!answer) return;

    this.#setBusy(button, true);
    await this.drafts.pause();
    const outcome = button.dataset.outcome || 'submit';
    const data = { outcome, values, row_version: this.#rowVersion(), reasons: this.reasons, ...choices(), ...signature, ...answer };
    const { status, body } = await postJson(this.options.submitUrl, data, { key: this.key });
    if (status > 0 && status < 500 && body?.code !== 'core.idempotency.busy') this.key = newKey();
    this.#setBusy(button, false);
    this.#answer(status, body);
  }

  /** Show findings at their fields and as a summary at the top. */
  show({ message = '', findings = [] }) {
    this.findings = findings;
    this.form._setState({ errors: toErrors(this.form, findings) });
    const box = summary(this.form, { message, findings, reasons: this.reasons, jump: (field) => this.jump(field) });
    this.messages.replaceChildren(box);
    box.scrollIntoView({ block: 'center' });
    box.focus({ preventScroll: true });
  }

  /** Go to a field. */
  jump(path) {
    const instance = locate(this.form, path);
    const element = instance && elementOf(this.form, instance, this.body);
    if (!element) return;
    element.closest('.fjs-repeat-row-collapsed')?.classList.remove('fjs-repeat-row-collapsed');
    element.scrollIntoView({ block: 'center' });
    const target = element.matches('input, textarea, select, button, [tabindex]') ? element : element.querySelector('input, textarea, select, button');
    target?.focus({ preventScroll: true });
  }

  #modules() {
    const uploads = {
      uploadUrl: this.isReadonly ? '' : this.options.uploadUrl,
      documentUrl: this.options.documentUrl,
      documents: readBlock(this.options.documents) ?? {},
    };
    return { __init__: ['ourFields'], ourFields: ['type', OurFields], uploads: ['value', uploads] };
  }

  /** The values to send, or null when the form's own checks found something. */
  #check(button) {
    if ('skipChecks' in button.dataset) return this.form._getSubmitData();
    const { data, errors } = this.form.submit();
    const findings = fromErrors(this.form, errors);
    if (!findings.length) return data;
    const message = `还有 ${findings.length} 处需要填写或更正`;
    this.findings = this.findings.filter((finding) => finding.severity === 'WARN');
    const box = summary(this.form, { message, findings, reasons: this.reasons, jump: (field) => this.jump(field) });
    this.messages.replaceChildren(box);
    box.scrollIntoView({ block: 'center' });
    this.jump(findings[0].field);
    return null;
  }

  #reasonsGiven() {
    const missing = this.findings.filter((f) => f.severity === 'WARN' && f.reason_required !== false && !isReason(this.reasons[keyOf(f)]));
    if (!missing.length) return true;
    let fields = this.messages.querySelectorAll('[data-reason]');
    if (!fields.length) {
      this.show({ findings: this.findings.filter((f) => f.severity === 'WARN') });
      fields = this.messages.querySelectorAll('[data-reason]');
    }
    for (const field of fields) field.classList.toggle('is-invalid', !isReason(field.value));
    [...fields].find((field) => !isReason(field.value))?.focus();
    window.zd.toast('请逐项说明原因（至少 5 个字）后再提交', 'warning');
    return false;
  }

  #answer(status, body) {
    if (status >= 200 && status < 300) {
      this.isDone = true;
      this.drafts.stop();
      if (body?.redirect) window.location.assign(body.redirect);
      else window.location.reload();
      return;
    }
    if (status === 422 && body) {
      this.drafts.resume();
      this.show({ message: body.message, findings: body.findings ?? [] });
      return;
    }
    this.drafts.keepLocal();
    this.drafts.resume();
    this.#explain(status, body);
  }

  /** A refusal or no answer: say what happened, what to do, and that nothing is lost. */
  #explain(status, body) {
    const box = notice(status === 409 ? 'warning' : 'danger', explain(status, body));
    const more = document.createElement('p');
    const ways = { 0: '您填写的内容已保留，网络恢复后再次点击提交即可，不会重复提交。', 401: '您填写的内容已保留在本机，登录后会自动恢复。' };
    more.textContent = ways[status] ?? '您填写的内容已保留。';
    box.querySelector('div').append(more);
    if (status === 409 || status === 401 || status === 400) {
      const reload = Object.assign(document.createElement('button'), { type: 'button', className: 'btn btn-secondary btn-sm' });
      reload.textContent = status === 401 ? '去登录' : '刷新页面';
      reload.addEventListener('click', () => {
        this.isDone = true;
        window.location.reload();
      });
      box.querySelector('div').append(reload);
    }
    box.tabIndex = -1;
    this.messages.replaceChildren(box);
    box.scrollIntoView({ block: 'center' });
    box.focus({ preventScroll: true });
  }

  #listen() {
    this.host.addEventListener('click', (event) => {
      const button = event.target.closest('[data-form-submit]');
      if (button) this.submit(button);
      if (event.target.closest('[data-form-save]')) this.drafts.save();
      const preview = event.target.closest('[data-form-preview]');
      if (preview && this.drafts.isDirty) {
        event.preventDefault();
        this.#preview(preview.href);
      }
    });
    window.addEventListener('beforeunload', (event) => {
      if (!this.isDone && (this.drafts.isDirty || this.isBusy)) event.preventDefault();
    });
  }

  /** What the server draws is the draft, so it is saved first; the tab is opened at once, or the browser blocks it. */
  async #preview(address) {
    const tab = window.open('', '_blank');
    await this.drafts.save();
    if (tab) tab.location = address;
    else window.location = address;
  }

  #offerLocalDraft() {
    const draft = this.drafts.findLocal();
    if (!draft) return;
    const box = notice('info', `本机有 ${clock(new Date(draft.at))} 填写、尚未保存到服务器的内容`);
    const button = (text, act) => {
      const element = Object.assign(document.createElement('button'), { type: 'button', className: 'btn btn-secondary btn-sm', textContent: text });
      element.addEventListener('click', () => {
        act();
        box.remove();
      });
      return element;
    };
    const actions = document.createElement('div');
    actions.className = 'zd-actions';
    actions.append(button('恢复', () => this.#restore(draft.values)), button('不需要', () => this.drafts.forget()));
    box.append(actions);
    this.messages.append(box);
  }

  async #restore(values) {
    await this.form.importSchema(prepare(readBlock(this.options.schema)), { ...readBlock(this.options.values), ...values });
    this.drafts.touch();
  }

  #rowVersion() {
    return this.options.rowVersion === '' ? null : Number(this.options.rowVersion);
  }

  #setBusy(button, isBusy) {
    this.isBusy = isBusy;
    for (const other of this.host.querySelectorAll('[data-form-submit]')) other.disabled = isBusy;
    button[isBusy ? 'setAttribute' : 'removeAttribute']('aria-busy', 'true');
  }

  #say(state, text) {
    const line = this.host.querySelector('[data-draft-state]');
    if (!line) return;
    line.dataset.state = state;
    line.textContent = text;
  }
}

/** The server asks for five characters at least (app/workflow/tasks/operations/complete.py). */
function isReason(text) {
  return (text ?? '').trim().length >= 5;
}

/** First steps of the paths a component and its children write to. */
function keysOf(component) {
  const path = component.key ?? component.path;
  return path ? [path.split('.')[0]] : (component.components ?? []).flatMap(keysOf);
}

function readBlock(id) {
  const block = id && document.getElementById(id);
  return block ? JSON.parse(block.textContent) : null;
}

/** Whom the user chose for what follows: `{chosen: {node: user id}}`; empty where the page asks for nobody. */
function choices() {
  const made = [...document.querySelectorAll('select[data-form-choice]')].filter((select) => select.value);
  return made.length ? { chosen: Object.fromEntries(made.map((select) => [select.dataset.formChoice, Number(select.value)])) } : {};
}
