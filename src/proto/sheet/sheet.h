/*
 * sheet: cored has tables read and written by sheetd. Files travel as sealed memory files. What is
 * answered to a reading is foreign until format/sheet/stream read it; what is answered to a writing
 * is the file itself, or a stream whose only record is the error (code 2).
 */
#ifndef PROTO_SHEET_SHEET_H
#define PROTO_SHEET_SHEET_H

#include "base/ipc/codec.h"

enum { SHEET_TITLES_BYTES = 40000 };

/* With one memory file: the table. */
struct sheet_ask {
    struct str name;      /* of the file, without folders */
    struct str encoding;  /* "auto", "utf-8", "utf-16le", "cp932" */
    struct str separator; /* "auto", "comma", "tab" */
    struct str sheet;     /* the one to read; empty: all that are visible */
    struct str titles;    /* known titles of columns, one a line */
};

/* With one memory file: a whole record stream (docs/formats/sheet.md). */
struct sheet_order {
    struct str format;      /* "xlsx", "csv" or "tsv" */
    struct str encoding;    /* of text: "utf-8" or "cp932" */
    struct str replacement; /* for what CP932 lacks; empty: it is refused */
};

/* With one memory file: the answer. */
struct sheet_told {
    uint64_t code; /* of sheet-worker: 0 done, 1 read with problems, 2 an error */
};

extern const struct ipc_message sheet_ask_message, sheet_order_message, sheet_told_message;

#endif
