/*
 * csv: cells that a spreadsheet would take for a formula get an apostrophe (RFC 4180; OWASP's list
 * plus full-width signs, separators other than the comma, blanks and zero-width characters before).
 */
#ifndef FORMAT_DISARM_CSV_H
#define FORMAT_DISARM_CSV_H

#include "format/disarm/report.h"

/* Appends TEXT (UTF-8) to OUT with its cells guarded. Numbers stay as they are. */
void csv_guard(struct disarm_ctx *ctx, struct str text, struct buf *out);

/* True if CELL (without its quotes) would be taken for a formula; *RET_ID says by what. */
bool csv_dangerous(struct str cell, enum check_id *ret_id);

#endif
