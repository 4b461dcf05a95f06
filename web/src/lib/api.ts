// Calls of /api/v1. A refusal is an ApiError with the server's code; the page makes the words.
import { first, has, t, type Args } from './messages';

export interface FieldError { key: string; code: string; args?: Args }

export class ApiError extends Error {
  constructor(readonly status: number, readonly code: string, readonly args: Args = {},
              readonly fields: FieldError[] = [], readonly clause = '') {
    super(code);
  }
}

let ended: (error: ApiError) => void = () => {};
export function onSessionEnd(f: (error: ApiError) => void) { ended = f; }

// Names of ids that came with an answer (lib/names listens).
let taught: (content: unknown) => void = () => {};
export function onAnswer(f: (content: unknown) => void) { taught = f; }

export let lastCall = Date.now();

function readError(status: number, body: unknown): ApiError {
  const from = (body && typeof body === 'object' ? body : {}) as Partial<ApiError>;
  const code = typeof from.code === 'string' ? from.code : '';
  return new ApiError(status, code, from.args ?? {}, Array.isArray(from.fields) ? from.fields : [], from.clause ?? '');
}

export async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
  const quiet = path.startsWith('pulse') || path.startsWith('auth/');
  let answer: Response;
  try {
    answer = await fetch(`/api/v1/${path}`, {
      method, cache: 'no-store', credentials: 'same-origin',
      headers: { Accept: 'application/json', 'X-Sekisho': '1', ...(body === undefined ? {} : { 'Content-Type': 'application/json' }) },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    throw new ApiError(0, 'net.lost');
  }
  if (!quiet) lastCall = Date.now();
  if (answer.status === 304) return undefined as T;
  const isJson = (answer.headers.get('Content-Type') ?? '').startsWith('application/json');
  const content: unknown = isJson ? await answer.json().catch(() => null) : null;
  if (answer.ok && isJson && content !== null) { taught(content); return content as T; }
  const error = readError(answer.status, content);
  if (answer.status === 401 && !path.startsWith('auth/')) ended(error);
  throw error;
}

export const get = <T>(path: string) => call<T>('GET', path);
export const post = <T>(path: string, body: unknown = {}) => call<T>('POST', path, body);

// What happened, what is safe, what to do now.
export function errorText(error: unknown): string {
  if (!(error instanceof ApiError)) return t('ui.error.page');
  if (error.status === 0) return t('ui.error.net');
  if (has(`err.${error.code}`)) return t(`err.${error.code}`, error.args);
  if (error.status === 404) return t('ui.error.not_found');
  if (error.status === 403) return t('ui.error.forbidden');
  if (error.status === 503) return t('ui.error.busy');
  return t('ui.error.server', { number: `${error.status}${error.code ? ` ${error.code}` : ''}` });
}

export function fieldText(field: FieldError): string {
  return first([`err.${field.code}`, 'ui.error.field'], field.args ?? {});
}
