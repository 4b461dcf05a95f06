/* read: what the steps of the sheet reader share. Private to format/sheet. */
#ifndef FORMAT_SHEET_READ_H
#define FORMAT_SHEET_READ_H

#include "format/sheet/sheet.h"

struct piece {
    size_t at, n;
    uint8_t type, flags;
};

/* One reading. The row being built lies in TEXT and PIECES. */
struct reader {
    struct arena *arena;
    const struct sheet_options *options;
    const struct sheet_sink *sink;
    struct sheet_result *result;
    struct err *err;
    struct str sheet; /* its name, for places */
    uint32_t row;     /* number of the row being built */
    struct buf text;
    struct piece pieces[SHEET_COLUMNS];
    size_t count;
    struct sheet_cell cells[SHEET_COLUMNS];
};

/* sheet.c: a sheet called NAME (copied) begins. */
int reader_sheet(struct reader *r, struct str name);
/* Row NUMBER begins, empty. */
void reader_row(struct reader *r, uint32_t number);
/* TEXT is the cell of COLUMN in it (columns rise); empty text is nothing. -1 sheet.columns,
 * sheet.cell, sheet.control, or of the sink's note. */
int reader_cell(struct reader *r, uint32_t column, struct str text, struct piece kind);
/* The row is whole: gives it to the sink unless it is empty. */
int reader_row_end(struct reader *r);
/* A note about COLUMN of the row, with WORD behind it (may be ""). */
int reader_note(struct reader *r, bool problem, const char *code, uint32_t column,
                const char *word);
/* A note about PLACE, which is whole. */
int reader_note_at(struct reader *r, bool problem, const char *code, const char *place);
/* -1 with CODE (static) at COLUMN of the row. */
int reader_fail(struct reader *r, const char *code, uint32_t column);

/* decode.c: what a CSV is written in, with its bytes behind a BOM; UTF-16 is turned into UTF-8 in
 * ARENA and then called SHEET_UTF16LE all the same. */
int csv_decode(struct reader *r, struct str source, struct str *ret_text,
               enum sheet_encoding *ret_encoding);

/* csv.c: reads TEXT, one byte per separator and quote in every encoding. */
int csv_read(struct reader *r, struct str text, enum sheet_encoding encoding);
/* The first record of TEXT as UTF-8 cells in ARENA (at most SHEET_COLUMNS); how many, 0 when it
 * cannot be read. */
size_t csv_first(struct arena *arena, struct str text, enum sheet_encoding encoding, char separator,
                 struct str cells[SHEET_COLUMNS]);

/* xlsx.c */
int xlsx_read(struct reader *r, struct str source);

#endif
