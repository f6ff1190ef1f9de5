// What every request to the server needs; shared by the bundles.

export function csrfToken() {
  return document.querySelector('meta[name="csrf-token"]')?.content ?? '';
}

/** A fresh key; one act keeps its key until a definite answer came. */
export function newKey() {
  return globalThis.crypto?.randomUUID?.() ?? Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, '0')).join('');
}

/** What to tell the user about a refused or lost request; `body` is the problem JSON if there is one. */
export function explain(status, body) {
  if (body?.message) return body.message;
  if (status === 0) return '网络连接中断，请检查网络后重试';
  if (status === 401) return '登录已过期，请重新登录';
  if (status === 403) return '您没有进行此操作的权限';
  if (status === 409) return '内容已被他人更新，请刷新页面核对后重试';
  if (status === 413) return '内容超过大小限制';
  if (status === 429) return '操作过于频繁，请稍候再试';
  return '系统暂时无法完成操作，请稍后重试';
}
