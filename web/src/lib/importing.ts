// Sends a file whole (a policy ≤ 16 MiB): XMLHttpRequest, because it alone tells how much of a
// request has left.
import { ApiError } from './api';
import type { Args } from './messages';
import { tail } from './policy';

export const POLICY_MOST = 16 * 1024 * 1024;

// The answer of any call that takes a file as its body. SIGNAL ends it.
export function sendFile<T>(path: string, file: File, progress: (part: number) => void, signal?: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const call = new XMLHttpRequest();
    const stop = () => call.abort();
    const end = (value: T | null, error?: unknown) => { signal?.removeEventListener('abort', stop); if (value) resolve(value); else reject(error); };
    call.open('POST', `/api/v1/${path}`);
    call.setRequestHeader('X-Sekisho', '1');
    call.setRequestHeader('Accept', 'application/json');
    call.setRequestHeader('Content-Type', 'application/octet-stream');
    call.upload.onprogress = (event) => progress(event.total ? event.loaded / event.total : 0);
    call.onload = () => {
      let body0: { import?: string; code?: string; args?: Args; clause?: string } = {};
      try { body0 = JSON.parse(call.responseText) as typeof body0; } catch { /* no JSON: the status speaks */ }
      if (call.status < 300 && body0.import) end({ ...body0, import: String(body0.import) } as T);
      else end(null, new ApiError(call.status, body0.code ?? '', body0.args ?? {}, [], body0.clause ?? ''));
    };
    call.onerror = call.onabort = () => end(null, new ApiError(0, 'net.lost'));
    signal?.addEventListener('abort', stop, { once: true });
    call.send(file);
  });
}

export const sendPolicy = (file: File, body: string, progress: (part: number) => void, signal: AbortSignal) => sendFile<{ import: string }>(`policy/import${tail({ name: file.name.normalize('NFC'), body })}`, file, progress, signal);
