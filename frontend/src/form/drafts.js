// Drafts: saved to the server while one types; when that fails, kept in this browser and said so.
import { postJson } from './requests.js';

const DELAY_MS = 1500;
const RETRY_MS = 20_000;

export class Drafts {
  /** `read` returns {values, row_version}; `say(state, text)` shows the line in the bar; `url` may be empty. */
  constructor({ url, key, savedAt, read, say }) {
    Object.assign(this, { url, read, say });
    this.name = `zd:draft:${document.body.dataset.user ?? ''}:${key}`;
    this.savedAt = savedAt ? new Date(savedAt) : null;
    this.isDirty = false;
    this.isStopped = false;
    this.isPaused = false;
    this.sending = null;
    this.timer = null;
    this.known = JSON.stringify(read().values); // fields also report values they only put into shape
    if (this.savedAt) say('saved', `已保存 ${clock(this.savedAt)}`);
    window.addEventListener('online', () => this.isDirty && this.save());
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'hidden' && this.isDirty) this.save({ keepalive: true });
    });
  }

  /** The values kept in this browser when they are newer than the server's draft, as {values, at}. */
  findLocal() {
    try {
      const draft = JSON.parse(localStorage.getItem(this.name));
      return draft && (!this.savedAt || new Date(draft.at) > this.savedAt) ? draft : null;
    } catch {
      return null;
    }
  }

  /** Something was changed: save in a moment. */
  touch() {
    const values = JSON.stringify(this.read().values);
    if (this.isStopped || values === this.known) return;
    this.known = values;
    this.isDirty = true;
    if (!this.url) this.keepLocal();
    else if (!this.isPaused) this.#plan(DELAY_MS);
  }

  /** The form is being submitted: nothing is saved beside it; comes back when what is under way has been answered. */
  async pause() {
    this.isPaused = true;
    clearTimeout(this.timer);
    await this.sending;
  }

  /** It was not accepted: go on saving. */
  resume() {
    this.isPaused = false;
    if (this.isDirty && this.url) this.#plan(DELAY_MS);
  }

  /** Save now. */
  save(options) {
    clearTimeout(this.timer);
    if (this.isStopped || this.isPaused || !this.url) return this.sending;
    this.sending = this.#send(options);
    return this.sending;
  }

  async #send(options) {
    const sent = this.read();
    this.isDirty = false;
    this.say('saving', '正在保存…');
    const { status, body } = await postJson(this.url, sent, options);
    if (this.isStopped) return;
    if (status >= 200 && status < 300) {
      this.savedAt = body?.saved_at ? new Date(body.saved_at) : new Date();
      if (!this.isDirty) this.forget();
      this.say('saved', `已保存 ${clock(this.savedAt)}`);
      return;
    }
    this.isDirty = true;
    const kept = this.keepLocal();
    const where = kept ? `已暂存在本机 ${clock(new Date())}` : '本机也无法暂存，请勿关闭页面';
    this.say(kept ? 'local' : 'failed', `${reason(status, body)}，${where}`);
    if (!this.isPaused && (status === 0 || status >= 500 || status === 429)) this.#plan(RETRY_MS);
  }

  /** Keep the values in this browser; false when it refuses. */
  keepLocal() {
    try {
      localStorage.setItem(this.name, JSON.stringify({ values: this.read().values, at: new Date().toISOString() }));
      return true;
    } catch {
      return false;
    }
  }

  forget() {
    localStorage.removeItem(this.name);
  }

  /** The form was accepted: nothing is to be saved or kept any more. */
  stop() {
    this.isStopped = true;
    this.isDirty = false;
    clearTimeout(this.timer);
    this.forget();
  }

  #plan(delay) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), delay);
  }
}

function reason(status, body) {
  if (status === 0) return '网络不可用';
  if (status === 401) return '登录已过期';
  if (status === 409) return '内容已被他人更新';
  return body?.message ? `未能保存草稿（${body.message.replace(/[。；，]$/, '')}）` : '服务器未能保存草稿';
}

/** 10:32, with the day when it is not today. Beijing time, as everywhere. */
export function clock(moment) {
  const show = (options) => new Intl.DateTimeFormat('zh-CN', { timeZone: 'Asia/Shanghai', ...options }).format(moment);
  const day = { month: 'numeric', day: 'numeric' };
  const today = new Intl.DateTimeFormat('zh-CN', { timeZone: 'Asia/Shanghai', ...day }).format(new Date());
  const time = show({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  return show(day) === today ? time : `${show(day)} ${time}`;
}
