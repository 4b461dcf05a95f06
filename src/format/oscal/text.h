/*
 * text: the clauses of a policy for people: Markdown, a page to print, a spreadsheet. The text is
 * foreign: it goes out as text and as nothing else.
 */
#ifndef FORMAT_OSCAL_TEXT_H
#define FORMAT_OSCAL_TEXT_H

#include "base/mem/buf.h"
#include "format/clause/clause.h"

/* Appends SET as Markdown in the reader's own style: titled clauses are headings that begin with
 * their printed mark, others list items. What could begin HTML is escaped. */
void text_put_markdown(struct buf *out, const struct clause_set *set);

/* Appends SET as one HTML page (A4, headings as in the Markdown, no script, nothing from outside).
 */
void text_put_html(struct buf *out, const struct clause_set *set);

/* Appends SET as CSV (RFC 4180, CRLF, UTF-8 with BOM), one row per clause, the columns of
 * policy_put_csv. A cell a spreadsheet would take for a formula begins with an apostrophe. */
void text_put_csv(struct buf *out, const struct clause_set *set);

#endif
