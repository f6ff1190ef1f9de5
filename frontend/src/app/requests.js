// htmx, the CSRF token, idempotency keys, and what is said when a request fails.
import htmx from 'htmx.org';
import { csrfToken, explain, newKey } from './requests-base.js';
import { toast } from './toast.js';

const keys = new WeakMap(); // element → key of the act it is about to do

export function installRequests() {
  Object.assign(htmx.config, {
    allowEval: false,
    selfRequestsOnly: true,
    includeIndicatorStyles: false,
    historyCacheSize: 0, // pages show people's data: none of it goes to the browser's storage
    refreshOnHistoryMiss: true,
    defaultSwapDelay: 0,
    scrollIntoViewOnBoost: false,
    timeout: 30000,
  });
  window.htmx = htmx;

  const on = (name, act) => document.addEventListener(name, act);
  on('htmx:configRequest', ({ detail }) => {
    if (detail.verb === 'get') return;
    if (!keys.has(detail.elt)) keys.set(detail.elt, newKey());
    detail.headers['X-CSRFToken'] = csrfToken();
    detail.headers['Idempotency-Key'] = keys.get(detail.elt);
  });

  let running = 0;
  on('htmx:beforeRequest', () => document.body.classList.toggle('zd-loading', ++running > 0));
  on('htmx:afterRequest', ({ detail }) => {
    document.body.classList.toggle('zd-loading', --running > 0);
    const status = detail.xhr?.status ?? 0;
    if (status && status < 500) keys.delete(detail.elt);
  });
  on('htmx:responseError', ({ detail }) => toast(explain(detail.xhr.status, readJson(detail.xhr.responseText)), 'danger'));
  on('htmx:sendError', () => toast(explain(0), 'danger'));
  on('htmx:timeout', () => toast('服务器响应超时，请稍后重试', 'danger'));
}

function readJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
