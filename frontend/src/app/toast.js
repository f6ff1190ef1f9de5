/** Show a short message in the corner; errors stay until closed. `tone`: success | info | warning | danger. */
export function toast(text, tone = 'info') {
  const region = document.getElementById('toasts');
  if (!region) return;
  const box = document.createElement('div');
  box.className = `zd-notice zd-tone-${tone}`;
  if (tone === 'danger') box.setAttribute('role', 'alert');
  const words = document.createElement('div');
  words.textContent = text;
  const close = document.createElement('button');
  Object.assign(close, { type: 'button', className: 'zd-close', textContent: '✕' });
  close.setAttribute('aria-label', '关闭提示');
  close.addEventListener('click', () => box.remove());
  box.append(words, close);
  region.append(box);
  if (tone !== 'danger') setTimeout(() => box.remove(), 5000);
}
