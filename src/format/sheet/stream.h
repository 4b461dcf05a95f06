/*
 * stream: the answer of sheet-worker, record by record (docs/formats/sheet.md): made by the worker,
 * read by cored and the command line while it grows. The reader trusts nothing: a worker that was
 * taken over can lie about the content of a file, but not break the form.
 */
#ifndef FORMAT_SHEET_STREAM_H
#define FORMAT_SHEET_STREAM_H

#include "format/sheet/sheet.h"

enum { SHEET_RECORD_BYTES = 8 << 20 };

/* Appends the records of a reading to OUT. */
void sheet_stream_put_sheet(struct buf *out, struct str name);
void sheet_stream_put_row(struct buf *out, const struct sheet_row *row);
void sheet_stream_put_note(struct buf *out, const struct sheet_note *note);
/* The last record of a good reading, and of one that failed. */
void sheet_stream_put_end(struct buf *out, const struct sheet_result *result);
void sheet_stream_put_error(struct buf *out, const struct err *err);

enum sheet_record_kind {
    SHEET_RECORD_SHEET,
    SHEET_RECORD_ROW,
    SHEET_RECORD_NOTE,
    SHEET_RECORD_END,
    SHEET_RECORD_ERROR
};

struct sheet_record {
    enum sheet_record_kind kind;
    struct str name; /* of the sheet */
    struct sheet_row row;
    struct sheet_note note;
    struct sheet_result result;
    const char *code;  /* of the error */
    struct str detail; /* of the error */
};

/* The reader's state. Zero before the first record. */
struct sheet_stream {
    bool has_sheet, done;
    uint32_t row, rows, notes, sheets;
    struct sheet_cell cells[SHEET_COLUMNS];
};

/*
 * Takes one record from the front of *REST, which moves behind it. 1: *RET is the record; what it
 * points at lies in REST's bytes and in STREAM, until the next call. 0: the record is not whole yet
 * (after the last one: nothing is left). -1 sheet.stream: not the form, or bytes behind the last
 * record. Only a stream whose last record is END was a good reading.
 */
int sheet_stream_next(struct sheet_stream *stream, struct str *rest, struct sheet_record *ret,
                      struct err *err);

#endif
