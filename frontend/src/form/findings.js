// Findings: where they belong in the form, and the summary at its top.
// A finding is {field, code, severity: BLOCK|WARN|INFO, message, key?, reason_required?}; field is a path: "amount",
// "guarantors.1.share" or "guarantors[1].share" (rows from 0).

const DISPLAY = { BLOCK: ['danger', '需要修改'], WARN: ['warning', '请说明原因后继续'], INFO: ['info', '提示'] };

/** The field instance a path points at, or null. */
export function locate(form, path) {
  if (!path) return null;
  const wanted = String(path).replace(/\[(\d+)\]/g, '.$1');
  const instances = form.get('formFieldInstanceRegistry').getAllKeyed();
  return instances.find(({ valuePath }) => valuePath.join('.') === wanted) ?? null;
}

/** The element of a field instance that takes the focus; for a list without keyed field, the list itself. */
export function elementOf(form, instance, body) {
  const suffix = [instance.id, ...Object.values(instance.indexes ?? {})].join('_');
  const candidates = body.querySelectorAll(`[id^="fjs-form-"][id*="-${CSS.escape(suffix)}"]`);
  const exact = [...candidates].find((element) => new RegExp(`-${suffix}(-\\w+)?$`).test(element.id) && !/(label|description|error-message)$/.test(element.id));
  return exact ?? candidates[0] ?? null;
}

/** The label of a field, for the summary. */
export function labelOf(form, instance) {
  const field = form.get('formFieldRegistry').get(instance.id);
  const label = field?.label ?? field?.dateLabel ?? field?.timeLabel ?? '';
  const rows = Object.values(instance.indexes ?? {});
  const text = typeof label === 'string' && !label.startsWith('=') ? label : '';
  return rows.length ? `第 ${rows.map((row) => row + 1).join('-')} 行 ${text}` : text;
}

/** form-js's error map of findings at fields: {id: [texts]} or {id: {row: [texts]}}. */
export function toErrors(form, findings) {
  const errors = {};
  for (const finding of findings) {
    const instance = locate(form, finding.field);
    if (!instance || finding.severity === 'INFO') continue;
    const path = [instance.id, ...Object.values(instance.indexes ?? {})];
    const last = path.pop();
    const place = path.reduce((map, step) => (map[step] ??= {}), errors);
    (place[last] ??= []).push(finding.severity === 'WARN' ? `提醒：${finding.message}` : finding.message);
  }
  return errors;
}

/** Findings of form-js's own checks: every error with its field. */
export function fromErrors(form, errors) {
  return form.get('formFieldInstanceRegistry').getAllKeyed().flatMap((instance) => {
    const texts = Object.values(instance.indexes ?? {}).reduce((map, row) => map?.[row], errors[instance.id]);
    if (!Array.isArray(texts)) return [];
    return texts.map((message) => ({ field: instance.valuePath.join('.'), code: 'form', severity: 'BLOCK', message }));
  });
}

export function keyOf(finding) {
  return finding.key ?? finding.code;
}

/** The summary box. `jump(field)` goes to a field; `reasons` (key → text) is filled as the user writes. */
export function summary(form, { message, findings, reasons, jump }) {
  const box = document.createElement('div');
  box.tabIndex = -1;
  box.className = 'zd-findings';
  for (const severity of ['BLOCK', 'WARN', 'INFO']) {
    const group = findings.filter((finding) => (finding.severity ?? 'BLOCK') === severity);
    if (group.length) box.append(groupBox(form, severity, group, { message, reasons, jump }));
  }
  if (!box.childElementCount && message) box.append(notice('danger', message));
  return box;
}

function groupBox(form, severity, group, { message, reasons, jump }) {
  const [tone, title] = DISPLAY[severity];
  const head = severity === 'BLOCK' && message ? message : `${title}（${group.length} 项）`;
  const box = notice(tone, head);
  const list = document.createElement('ul');
  const asked = new Set();
  for (const finding of group) {
    const item = document.createElement('li');
    item.append(...words(form, finding, jump));
    const key = keyOf(finding);
    if (severity === 'WARN' && finding.reason_required !== false && !asked.has(key)) {
      asked.add(key);
      item.append(reasonField(key, finding, reasons));
    }
    list.append(item);
  }
  box.querySelector('div').append(list);
  return box;
}

function words(form, finding, jump) {
  const instance = locate(form, finding.field);
  if (!instance) return [finding.message];
  const link = document.createElement('button');
  link.type = 'button';
  link.className = 'zd-jump';
  link.textContent = labelOf(form, instance).trim() || '查看';
  link.addEventListener('click', () => jump(finding.field));
  return [link, `：${finding.message}`];
}

function reasonField(key, finding, reasons) {
  const field = document.createElement('textarea');
  Object.assign(field, { className: 'form-control', rows: 2, maxLength: 500, placeholder: '请说明原因（必填，至少 5 个字）', value: reasons[key] ?? '' });
  field.dataset.reason = key;
  field.setAttribute('aria-label', `说明原因：${finding.message}`);
  field.addEventListener('input', () => {
    reasons[key] = field.value;
    field.classList.toggle('is-invalid', false);
  });
  return field;
}

export function notice(tone, text) {
  const box = document.createElement('div');
  box.className = `zd-notice zd-tone-${tone}`;
  if (tone === 'danger') box.setAttribute('role', 'alert');
  const inner = document.createElement('div');
  const strong = document.createElement('strong');
  strong.textContent = text;
  inner.append(strong);
  box.append(inner);
  return box;
}
