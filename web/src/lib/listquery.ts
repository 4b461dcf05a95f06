// The address of a list: filters, order and columns stand in it, and become the question to the server.
import type { FieldDef, Schema } from './register';

export interface ListState { state: string; section: string; fy: string; sort: string; mine: boolean; late: boolean; filters: Record<string, string> }

export function readState(query: URLSearchParams, schema: Schema): ListState {
  const filters = Object.fromEntries([...query].filter(([key]) => key.startsWith('f.')).map(([key, value]): [string, string] => [key.slice(2), value]).filter(([key]) => schema.filter.includes(key)));
  return { state: query.get('state') ?? '', section: query.get('section') ?? '', fy: query.get('fy') ?? '', sort: query.get('sort') ?? '', mine: query.get('mine') === '1', late: query.get('late') === '1', filters };
}

export function writeState(path: string, state: ListState): string {
  const query = new URLSearchParams();
  for (const key of ['state', 'section', 'fy', 'sort'] as const) if (state[key]) query.set(key, state[key]);
  for (const key of ['mine', 'late'] as const) if (state[key]) query.set(key, '1');
  for (const [key, value] of Object.entries(state.filters)) if (value) query.set(`f.${key}`, value);
  const tail = query.toString();
  return tail ? `${path}?${tail}` : path;
}

// One filter as a condition; a quote inside a text is doubled.
export function condition(field: FieldDef, value: string): string {
  const text = value.trim().replace(/'/g, "''");
  if (!text) return '';
  switch (field.type) {
    case 'text': case 'address': case 'net': return `starts(${field.key}, '${text}')`;
    case 'choice': case 'class': case 'hash': return field.many ? `${field.key} has '${text}'` : `${field.key} = '${text}'`;
    case 'flag': return text === 'true' ? field.key : `not ${field.key}`;
    case 'number': return /^-?\d+(\.\d+)?$/.test(text) ? `${field.key} = ${text}` : '';
    case 'date': return /^\d{4}-\d{2}-\d{2}$/.test(text) ? `${field.key} >= ${text}` : '';
    case 'period': return /^\d{4}-\d{2}-\d{2}$/.test(text) ? `${field.key}.from <= ${text} and ${field.key}.until >= ${text}` : '';
    default: return '';
  }
}

export const FILTERED = ['text', 'address', 'net', 'choice', 'class', 'hash', 'flag', 'number', 'date', 'period'];

export function ask(schema: Schema, state: ListState, limit: number, after = ''): string {
  const query = new URLSearchParams();
  for (const key of ['state', 'section', 'fy', 'sort'] as const) if (state[key]) query.set(key, state[key]);
  for (const key of ['mine', 'late'] as const) if (state[key]) query.set(key, '1');
  const where = schema.fields.filter((one) => state.filters[one.key]).map((one) => condition(one, state.filters[one.key] as string)).filter(Boolean).join(' and ');
  if (where) query.set('where', where);
  if (after) query.set('after', after);
  query.set('limit', String(limit));
  return `registers/${encodeURIComponent(schema.register)}/records?${query}`;
}

// Pressing a head: ascending, descending, and the register's own order again. `-key` is descending.
export const nextSort = (now: string, key: string) => (now === key ? `-${key}` : now === `-${key}` ? '' : key);
export const ariaSort = (now: string, key: string): 'ascending' | 'descending' | 'none' => (now === key ? 'ascending' : now === `-${key}` ? 'descending' : 'none');
export const isNarrowed = (state: ListState) => Boolean(state.state || state.section || state.fy || state.mine || state.late || Object.values(state.filters).some(Boolean));
