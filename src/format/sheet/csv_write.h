/*
 * csv_write: rows as CSV or TSV that Excel opens with a double click and our reader reads back
 * equal: UTF-8 with BOM or CP932, CR LF, quotes where needed (RFC 4180), text that a program could
 * take for a formula behind an apostrophe.
 */
#ifndef FORMAT_SHEET_CSV_WRITE_H
#define FORMAT_SHEET_CSV_WRITE_H

#include "format/sheet/sheet.h"

enum { CSV_LACKS = 100 };

struct csv_lack {
    uint32_t row, column; /* row as given by the caller, column from 0 */
    uint32_t code_point;
};

struct csv_writer {
    enum sheet_encoding encoding; /* SHEET_UTF8 or SHEET_CP932 */
    char separator;
    struct str replacement; /* for what CP932 lacks; empty: it is refused */
    struct buf *out;        /* borrowed */
    struct csv_lack lacks[CSV_LACKS];
    size_t lack_count; /* all, also those not listed */
};

/* A writer to OUT. REPLACEMENT (may be empty) is UTF-8 that CP932 has. -1 sheet.write_encoding
 * (neither of the two), sheet.replacement. */
int csv_writer_init(struct csv_writer *writer, enum sheet_encoding encoding, char separator,
                    struct str replacement, struct buf *out, struct err *err);

/* Appends ROW. Characters that CP932 lacks are noted in lacks, with their place. */
void csv_writer_row(struct csv_writer *writer, const struct sheet_row *row);

/* 0: OUT is whole. -1: sheet.lacks (something is lacking and there is no replacement; the detail
 * lists the first places: B12 U+20BB7), limit.buffer. */
int csv_writer_done(const struct csv_writer *writer, struct err *err);

#endif
