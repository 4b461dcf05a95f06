// The files of one transfer being prepared: rows, their uploads and what may be sent. Holds no view.
import { ApiError, call, errorText, post } from './api';
import { bytes } from './format';
import { has, t } from './messages';
import { store } from './store';
import type { Flow, Transfer } from './types';
import { browserTransport, upload, type Transport } from './upload';

export type RowState = 'queued' | 'sending' | 'waiting' | 'sent' | 'failed' | 'refused';
export interface Row { key: number; name: string; size: number; sent: number; state: RowState; text: string; item: string | null; again: boolean }
interface Kept extends Omit<Row, 'again'> { file: File | null; stop: AbortController; url: string }

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

  constructor(readonly flow: Flow, private readonly begun: (id: string) => void = () => {}, private readonly transport: Transport = browserTransport()) {}

  private show() {
    this.rows.set(this.kept.map(({ key, name, size, sent, state, text, item, file }) => ({ key, name, size, sent, state, text, item, again: state === 'failed' && file !== null })));
  }

  add(files: Iterable<File>) {
    for (const file of files) {
      const name = file.name.normalize('NFC');
      const cut = this.kept.find((one) => one.item && !one.file && one.state === 'failed' && one.name === name && one.size === file.size);
      if (cut) { Object.assign(cut, { file, state: 'queued', text: '' }); continue; }
      const live = this.kept.filter((one) => one.state !== 'refused');
      const text = refuse(file, live, this.flow.limits);
      this.kept.push({ key: this.next++, name, size: file.size, sent: 0, state: text ? 'refused' : 'queued', text, item: null, file, stop: new AbortController(), url: '' });
    }
    this.show();
    this.pump();
  }

  // Goes on with a draft the server holds: what it has counts as sent, the rest needs its file again.
  adopt(draft: Transfer) {
    this.id = draft.id;
    this.draft = Promise.resolve(draft.id);
    for (const one of draft.items ?? []) {
      const held = one.state === 'open' ? one.offset ?? 0 : one.size;
      const bad = ['blocked', 'infected', 'failed'].includes(one.state);
      const whole = held >= one.size;
      this.kept.push({ key: this.next++, name: one.name, size: one.size, sent: held, state: bad ? 'refused' : whole ? 'sent' : 'failed',
        text: bad ? t(`ui.item.${one.state}`) : whole ? '' : t('ui.send.row.cut'), item: one.item, file: null, stop: new AbortController(), url: `/api/v1/uploads/${one.item}` });
    }
    this.show();
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
    if (!row || row.state !== 'failed' || !row.file) return;
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
    this.draft ??= post<Transfer>('transfers', { flow: this.flow.id }).then((made) => { this.id = made.id; this.begun(made.id); return made.id; });
    // A refused beginning may be tried again.
    this.draft.catch(() => { this.draft = null; });
    return this.draft;
  }

  private async send(row: Kept) {
    const file = row.file;
    if (!file) return;
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
      const outcome = await upload(this.transport, row.url, file, from, {
        progress: (sent) => { row.sent = sent; this.show(); },
        waiting: () => { row.state = 'waiting'; this.show(); },
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
