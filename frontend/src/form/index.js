// Mounts every <div data-form> of the page, and of parts htmx brings in later. Contracts: frontend/README.md.
import '@bpmn-io/form-js-viewer/dist/assets/form-js.css';
import './form.css';
import flatpickr from 'flatpickr';
import { Mandarin } from 'flatpickr/dist/esm/l10n/zh.js';
import { Screen } from './screen.js';

flatpickr.localize({ ...Mandarin, firstDayOfWeek: 1 });

async function mount(root) {
  for (const host of root.querySelectorAll('[data-form]:not([data-mounted])')) {
    host.dataset.mounted = '';
    try {
      await new Screen(host).open();
    } catch (error) {
      console.error(error);
      host.querySelector('[data-form-body]').textContent = '表单无法打开，请刷新页面重试；如仍失败请联系系统管理员';
    }
  }
}

mount(document);
document.addEventListener('htmx:load', ({ detail }) => mount(detail.elt.parentElement ?? document));
