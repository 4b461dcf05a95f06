// The files of one transfer being prepared: rows, their uploads and what may be sent. Holds no view.
import { ApiError, call, errorText, post } from './api';
import { bytes } from './format';
import { has, t } from './messages';
import { store } from './store';
import type { Flow, Transfer } from './types';
import { browserTransport, upload, type Transport } from './upload';

export type RowState = 'queued' | 'sending' | 'waiting' | 'sent' | 'failed' | 'refused';
export interface Row { key: number; name: string; size: number; sent: number; state: RowState; text: string; item: string | null; retry_s: number }
interface Kept extends Row { file: File; stop: AbortController; url: string }

export const AT_ONCE = 2;

// The reason a file is not even begun, or nothing.
export function refuse(file: { name: string; size: number }, others: { size: number }[], limits: Flow['limits']): string {
  if (file.size === 0) return t('err.gate.empty', { detail: file.name });
  if (file.size > limits.item) return t('ui.send.too_big', { limit: bytes(limits.item) });
  if (others.length >= limits.items) return t('ui.send.too_many', { n: limits.items });
  if (others.reduce((sum, one) => sum + one.size, file.size) > limits.bundle) return t('ui.send.too_much', { limit: bytes(limits.bundle) });
  return '';
}

export class Sending {
  readonly rows = store<Row[]>([]);
  private kept: Kept[] = [];
  private next = 1;
  private going = 0;
  private draft: Promise<string> | null = null;
  id: string | null = null;

  constructor(readonly flow: Flow, private readonly transport: Transport = browserTransport()) {}

  private show() {
    this.rows.set(this.kept.map(({ key, name, size, sent, state, text, item, retry_s }) => ({ key, name, size, sent, state, text, item, retry_s })));
  }

  add(files: Iterable<File>) {
    for (const file of files) {
      const live = this.kept.filter((one) => one.state !== 'refused');
      const text = refuse(file, live, this.flow.limits);
      this.kept.push({ key: this.next++, name: file.name.normalize('NFC'), size: file.size, sent: 0, state: text ? 'refused' : 'queued', text, item: null, retry_s: 0, file, stop: new AbortController(), url: '' });
    }
    this.show();
    this.pump();
  }

  async remove(key: number) {
    const row = this.kept.find((one) => one.key === key);
    if (!row) return;
    row.stop.abort();
    this.kept = this.kept.filter((one) => one !== row);
    this.show();
    if (row.item && this.id) {
      try { await call('DELETE', `transfers/${this.id}/items/${row.item}`); } catch (error) {
        // The server still holds it: it stays on the page, or it would cross unseen.
        row.state = 'failed';
        row.text = errorText(error);
        this.kept.push(row);
        this.show();
      }
    }
  }

  again(key: number) {
    const row = this.kept.find((one) => one.key === key);
    if (!row || row.state !== 'failed') return;
    row.state = 'queued';
    row.text = '';
    row.stop = new AbortController();
    this.show();
    this.pump();
  }

  stop() { for (const row of this.kept) row.stop.abort(); }

  get busy() { return this.kept.some((row) => ['queued', 'sending', 'waiting'].includes(row.state)); }
  get ready() { return this.kept.some((row) => row.state === 'sent') && this.kept.every((row) => row.state === 'sent'); }

  private pump() {
    while (this.going < AT_ONCE) {
      const row = this.kept.find((one) => one.state === 'queued');
      if (!row) return;
      row.state = 'sending';
      this.going += 1;
      void this.send(row).finally(() => { this.going -= 1; this.show(); this.pump(); });
    }
  }

  private begin(): Promise<string> {
    this.draft ??= post<Transfer>('transfers', { flow: this.flow.id }).then((made) => { this.id = made.id; return made.id; });
    // A refused beginning may be tried again.
    this.draft.catch(() => { this.draft = null; });
    return this.draft;
  }

  private async send(row: Kept) {
    this.show();
    try {
      const id = await this.begin();
      let from: number | null = null; // unknown: ask the server
      if (!row.item) {
        const made = await post<{ item: string; upload: string }>(`transfers/${id}/items`, { name: row.name, size: row.size });
        row.item = made.item;
        row.url = made.upload;
        from = 0;
      }
      const outcome = await upload(this.transport, row.url, row.file, from, {
        progress: (sent) => { row.sent = sent; this.show(); },
        waiting: (seconds) => { row.state = 'waiting'; row.retry_s = seconds; this.show(); },
        going: () => { row.state = 'sending'; this.show(); },
      }, row.stop.signal);
      if (outcome.done) { row.state = 'sent'; row.sent = row.size; return; }
      row.state = 'failed';
      row.text = has(`err.${outcome.code}`) ? t(`err.${outcome.code}`) : t('ui.send.failed', { number: outcome.status });
    } catch (error) {
      row.state = error instanceof ApiError && error.status === 422 ? 'refused' : 'failed';
      row.text = errorText(error);
    }
  }
}
