/*
 * xlsx_write: rows as an Excel workbook (ECMA-376 SpreadsheetML, transitional). Text is a string
 * and never a formula; numbers of more than 15 digits are text, so that Excel loses none. Same
 * rows, same bytes: no clock, no names of programs.
 */
#ifndef FORMAT_SHEET_XLSX_WRITE_H
#define FORMAT_SHEET_XLSX_WRITE_H

#include "format/sheet/sheet.h"

struct xlsx_writer;

/* A writer; WAREKI: dates are shown as 令和8年3月31日, else as 2026-03-31. Owned by the caller. */
struct xlsx_writer *xlsx_writer_new(bool wareki);
void xlsx_writer_free(struct xlsx_writer *writer);

/*
 * Begins a sheet NAME, made fit: what Excel forbids becomes _, at most 31 UTF-16 units, no name
 * twice. HEADER: the first row is bold and stays in view. -1 sheet.form past SHEET_SHEETS.
 */
int xlsx_writer_sheet(struct xlsx_writer *writer, struct str name, bool header, struct err *err);

/*
 * Appends ROW to the sheet; its number is kept (gaps stay). A date, time or number that is not of
 * its form is written as text. -1 sheet.order (the number does not rise, or no sheet), sheet.rows,
 * sheet.columns, sheet.cell, sheet.control (a character that XML cannot hold), limit.buffer.
 */
int xlsx_writer_row(struct xlsx_writer *writer, const struct sheet_row *row, struct err *err);

/* Appends the workbook to OUT. -1 sheet.form (no sheet), limit.buffer. The writer takes no more
 * rows. */
int xlsx_writer_put(struct xlsx_writer *writer, struct buf *out, struct err *err);

#endif
