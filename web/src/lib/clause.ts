// Clause labels as printed: `std:4(2)①` = document `std`, article 4(2)①.
export interface Clause { doc: string; label: string }

export function readClause(text: string): Clause {
  const at = text.indexOf(':');
  return at < 0 ? { doc: '', label: text } : { doc: text.slice(0, at), label: text.slice(at + 1) };
}

export function clausePath(text: string): string {
  const { doc, label } = readClause(text);
  return `/policy/${encodeURIComponent(doc || 'std')}/${encodeURIComponent(label)}`;
}

// The last mark of a label, as it stands in the margin: 4(2)① → ①, 4(2)①ウ(ア) → (ア), 4 → 4.
export function lastMark(label: string): string {
  const { label: bare } = readClause(label);
  const marks = bare.match(/\([^)]*\)|（[^）]*）|[①-⑳㉑-㊿]|第[^第]+|\d+|[ァ-ヶa-zA-Z]+|./gu);
  return marks ? marks[marks.length - 1] as string : bare;
}

// A clause as an address may name it: by its key or by its label with or without the document.
export function sameClause(asked: string, one: { key: string; label: string }): boolean {
  return asked === one.key || asked === one.label || asked === readClause(one.label).label;
}
