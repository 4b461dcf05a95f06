// A file that the server makes: asked for with a call, so that a refusal is a sentence on this page and
// not a page of its own.
import { ApiError } from './api';

export const EXPORTS = ['xlsx', 'csv'] as const;

export async function download(path: string, name: string): Promise<void> {
  let answer: Response;
  try { answer = await fetch(`/api/v1/${path}`, { cache: 'no-store', credentials: 'same-origin', headers: { 'X-Sekisho': '1' } }); } catch { throw new ApiError(0, 'net.lost'); }
  if (!answer.ok) {
    const body = await answer.json().catch(() => null) as { code?: string; args?: Record<string, string> } | null;
    throw new ApiError(answer.status, body?.code ?? '', body?.args ?? {});
  }
  const where = URL.createObjectURL(await answer.blob());
  const link = document.createElement('a');
  const given = /filename\*?=(?:UTF-8'')?"?([^";]+)/i.exec(answer.headers.get('Content-Disposition') ?? '')?.[1];
  link.href = where;
  try { link.download = given ? decodeURIComponent(given) : name; } catch { link.download = name; }
  link.click();
  setTimeout(() => URL.revokeObjectURL(where), 60_000);
}
