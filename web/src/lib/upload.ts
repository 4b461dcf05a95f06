// Sending one file by offset (tus 1.0 core): PATCH in pieces, and after any interruption HEAD to
// learn what the server holds, then on from there. Nothing is sent twice that was acknowledged.
// The transport is given, so that the order of calls can be tested without a network.
export const PIECE = 8 * 1024 * 1024;

export interface Answer { status: number; offset: number | null; code?: string }
export interface Transport {
  patch(url: string, offset: number, piece: Blob, progress: (sent: number) => void, signal: AbortSignal): Promise<Answer>;
  head(url: string, signal: AbortSignal): Promise<Answer>;
}
export interface Source { size: number; slice(from: number, to: number): Blob }
export interface Hooks {
  progress?(sent: number): void;
  waiting?(seconds: number): void; // the connection is lost; the next try comes after this time
  going?(): void;
  sleep?(ms: number, signal: AbortSignal): Promise<void>;
}
export type Outcome = { done: true } | { done: false; status: number; code: string };

const AGAIN = new Set([0, 408, 423, 429, 500, 502, 503, 504, 507]);

function sleepFor(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => { clearTimeout(timer); removeEventListener('online', end); resolve(); };
    const timer = setTimeout(end, ms);
    addEventListener('online', end, { once: true });
    signal.addEventListener('abort', end, { once: true });
  });
}

const refused = (answer: Answer): Outcome => ({ done: false, status: answer.status, code: answer.code ?? '' });
const stopped: Outcome = { done: false, status: 0, code: 'stopped' };

export async function upload(transport: Transport, url: string, source: Source, from: number | null,
                             hooks: Hooks, signal: AbortSignal): Promise<Outcome> {
  const sleep = hooks.sleep ?? sleepFor;
  let offset = from;
  let failures = 0;
  for (;;) {
    if (signal.aborted) return stopped;
    let answer: Answer;
    if (offset === null) {
      answer = await transport.head(url, signal);
      if (answer.status === 200 || answer.status === 204) {
        if (answer.offset === null || answer.offset > source.size) return { done: false, status: 409, code: 'gate.offset' };
        offset = answer.offset;
        hooks.going?.();
        hooks.progress?.(offset);
        continue;
      }
    } else {
      if (offset >= source.size) return { done: true };
      const start = offset;
      const piece = source.slice(start, Math.min(start + PIECE, source.size));
      answer = await transport.patch(url, start, piece, (sent) => hooks.progress?.(start + sent), signal);
      if (answer.status === 204 || answer.status === 200) {
        const held: number = answer.offset ?? start + piece.size;
        if (held <= start || held > source.size) return { done: false, status: 409, code: 'gate.offset' };
        offset = held;
        failures = 0;
        hooks.progress?.(held);
        continue;
      }
      offset = null;
    }
    if (signal.aborted) return stopped;
    if (answer.status !== 409 && !AGAIN.has(answer.status)) return refused(answer);
    failures += 1;
    if (answer.status === 409 && failures > 5) return refused(answer);
    if (answer.status !== 409) {
      const seconds = Math.min(30, 2 ** (failures - 1));
      hooks.waiting?.(seconds);
      await sleep(seconds * 1000, signal);
    }
  }
}

const STALL_MS = 60_000;

// XMLHttpRequest, because it alone tells how much of a request has left.
export function browserTransport(): Transport {
  const run = (method: string, url: string, headers: Record<string, string>, body: Blob | null,
               progress: (sent: number) => void, signal: AbortSignal) => new Promise<Answer>((resolve) => {
    const call = new XMLHttpRequest();
    let timer = 0;
    const stall = () => { clearTimeout(timer); timer = window.setTimeout(() => call.abort(), STALL_MS); };
    const stop = () => call.abort();
    const end = (status: number) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      const header = status ? call.getResponseHeader('Upload-Offset') : null;
      let code = '';
      try { code = status >= 400 ? String((JSON.parse(call.responseText) as { code?: string }).code ?? '') : ''; } catch { /* no body */ }
      resolve({ status, offset: header !== null && /^\d+$/.test(header) ? Number(header) : null, code });
    };
    call.open(method, url);
    call.setRequestHeader('Tus-Resumable', '1.0.0');
    call.setRequestHeader('X-Sekisho', '1');
    for (const [name, value] of Object.entries(headers)) call.setRequestHeader(name, value);
    call.upload.onprogress = (event) => { stall(); progress(event.loaded); };
    call.onload = () => end(call.status);
    call.onerror = call.onabort = () => end(0);
    signal.addEventListener('abort', stop, { once: true });
    stall();
    call.send(body);
  });
  return {
    patch: (url, offset, piece, progress, signal) => run('PATCH', url,
      { 'Upload-Offset': String(offset), 'Content-Type': 'application/offset+octet-stream' }, piece, progress, signal),
    head: (url, signal) => run('HEAD', url, {}, null, () => {}, signal),
  };
}
