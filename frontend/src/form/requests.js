// Talking to the server. Every answer becomes {status, body}; status 0 = no answer came.
import { csrfToken, explain, newKey } from '../app/requests-base.js';

export { explain, newKey };

const TIMEOUT_MS = 60_000;

/** POST JSON. Never throws: a lost connection is status 0. */
export async function postJson(url, data, { key = newKey(), keepalive = false } = {}) {
  try {
    const response = await fetch(url, {
      method: 'POST',
      credentials: 'same-origin',
      redirect: 'follow',
      keepalive,
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: { 'Content-Type': 'application/json', Accept: 'application/json', 'X-CSRFToken': csrfToken(), 'Idempotency-Key': key },
      body: JSON.stringify(data),
    });
    const isJson = /json/.test(response.headers.get('Content-Type') ?? '');
    return { status: response.status, body: isJson ? await response.json() : null };
  } catch {
    return { status: 0, body: null };
  }
}

/** Upload one file as multipart "file" with the field's key. Returns {done: Promise<document>, cancel()}. */
export function sendFile(url, file, fieldKey, onProgress) {
  const request = new XMLHttpRequest();
  const done = new Promise((resolve, reject) => {
    request.open('POST', url);
    request.setRequestHeader('X-CSRFToken', csrfToken());
    request.setRequestHeader('Idempotency-Key', newKey());
    request.setRequestHeader('Accept', 'application/json');
    request.responseType = 'json';
    request.upload.addEventListener('progress', (event) => event.lengthComputable && onProgress(event.loaded / event.total));
    request.addEventListener('error', () => reject(new Error(explain(0))));
    request.addEventListener('load', () => {
      const { status, response } = request;
      if (status >= 200 && status < 300 && response?.id !== undefined) resolve(response);
      else reject(new Error(explain(status, response)));
    });
  });
  const data = new FormData();
  data.append('file', file);
  data.append('field', fieldKey ?? '');
  request.send(data);
  return { done, cancel: () => request.abort() };
}
