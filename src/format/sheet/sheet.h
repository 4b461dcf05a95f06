/*
 * sheet: reads tables that people hand in, CSV/TSV and Excel workbooks (.xlsx), as rows of text.
 * Pure and hostile-proof; meant for sheet-worker in its sandbox.
 *
 * CSV: RFC 4180 and what Excel makes of it (BOM, CP932, tabs, a lone CR, bare quotes inside a
 * field). xlsx: ECMA-376 SpreadsheetML, transitional and strict; values are read, never formulas.
 * Every place is named as people see it: sheet!B12 (for CSV the sheet is the file's name without
 * its ending).
 */
#ifndef FORMAT_SHEET_SHEET_H
#define FORMAT_SHEET_SHEET_H

#include "base/mem/arena.h"
#include "base/mem/buf.h"
#include "base/mem/err.h"
#include "base/mem/str.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    SHEET_FILE_BYTES = 64 << 20,
    SHEET_PART_BYTES = 256 << 20,      /* one part of a workbook, inflated */
    SHEET_INFLATED_BYTES = 1024 << 20, /* all parts that are read */
    SHEET_ARENA_BYTES = 160 << 20,
    SHEET_ROWS = 200000, /* rows that hold something, over all sheets */
    SHEET_COLUMNS = 200,
    SHEET_CELL_BYTES = 32 << 10, /* UTF-8 */
    SHEET_NAME_BYTES = 200,
    SHEET_SHEETS = 200,
    SHEET_NOTES = 100, /* problems, and notices, told one by one; the rest is counted */
    SHEET_PLACE_BYTES = SHEET_NAME_BYTES + 40,
};

enum sheet_encoding { SHEET_AUTO, SHEET_UTF8, SHEET_UTF16LE, SHEET_CP932, SHEET_ENCODINGS };
enum sheet_kind { SHEET_CSV, SHEET_XLSX, SHEET_KINDS };

enum sheet_type {
    SHEET_EMPTY,
    SHEET_TEXT,
    SHEET_NUMBER, /* as Excel shows it: at most 15 digits, zeros in front when the format is 000 */
    SHEET_DATE,   /* 2026-03-31 */
    SHEET_DATETIME, /* 2026-03-31T09:30:00 */
    SHEET_TIME,     /* 09:30:00, hours may pass 24 */
    SHEET_BOOL,     /* 1, 0 */
    SHEET_TYPES
};

enum sheet_flag {
    SHEET_FORMULA = 1 << 0, /* the value a formula gave; in CSV: text that begins with = */
    SHEET_DIGITS = 1 << 1,  /* a number past 15 digits: Excel has lost digits already */
    SHEET_GUARDED = 1 << 2, /* the ' in front of = + - @ was taken off */
};

struct sheet_cell {
    struct str text;
    uint8_t type;  /* enum sheet_type */
    uint8_t flags; /* enum sheet_flag */
};

struct sheet_row {
    uint32_t number; /* 1 is the first; empty rows are left out */
    size_t count;    /* up to the last cell that holds something */
    const struct sheet_cell *cells;
};

/* Something a person should know. CODE is a word of codes.def, its sentence is err.<code>. */
struct sheet_note {
    bool problem; /* the file must not be taken as it is */
    const char *code;
    struct str place; /* "名簿!B12", and a word more for some codes */
};

/* Where what is read goes. What the calls are given lives until they return. Each returns 0, or -1
 * with err, which ends the reading. */
struct sheet_sink {
    void *data;
    int (*sheet)(void *data, struct str name, struct err *err);
    int (*row)(void *data, const struct sheet_row *row, struct err *err);
    int (*note)(void *data, const struct sheet_note *note, struct err *err);
};

struct sheet_options {
    struct str name;              /* of the file, without folders; a CSV's sheet has it */
    struct str sheet;             /* read only this one; empty: all that are visible */
    enum sheet_encoding encoding; /* of a CSV without a BOM */
    char separator;               /* ',' or '\t'; 0: what the first line has more of */
    const struct str *headers;    /* known titles of columns; decide an unclear encoding */
    size_t header_count;
};

struct sheet_result {
    enum sheet_kind kind;
    enum sheet_encoding encoding; /* what it was read as; of xlsx SHEET_UTF8 */
    char separator;
    uint32_t sheets, rows;
    uint32_t notes, problems; /* all notes, and how many of them are problems */
};

/*
 * Reads SOURCE and calls SINK sheet by sheet, row by row. 0 and *RET_RESULT: all was read;
 * problems > 0 then means that it must not be used. -1: sheet.size, sheet.kind (xls, or locked by a
 * password), sheet.encoding, sheet.encoding_ask (both decodings are possible), sheet.quote,
 * sheet.control, sheet.rows, sheet.columns, sheet.cell, sheet.zip, sheet.part, sheet.xml,
 * sheet.order, sheet.form, sheet.none (no such sheet, or none visible), limit.memory, or what SINK
 * gave. What was given to SINK before -1 must be thrown away.
 */
int sheet_read(struct arena *arena, struct str source, const struct sheet_options *options,
               const struct sheet_sink *sink, struct sheet_result *ret_result, struct err *err);

/* How many of the notes RESULT counts were told: the first SHEET_NOTES problems, and notices. */
uint32_t sheet_notes_told(const struct sheet_result *result);

/* The encoding called WORD: auto, utf-8, utf-16le, cp932 (shift_jis, sjis); SHEET_ENCODINGS for
 * another. And its word. */
enum sheet_encoding sheet_encoding_of(struct str word);
const char *sheet_encoding_word(enum sheet_encoding encoding);

/* The static code that is CODE, or NULL when codes.def has none such. */
const char *sheet_code(struct str code);

/* Writes the name of column COLUMN (0: A, 26: AA) to OUT. */
void sheet_put_column(struct buf *out, uint32_t column);

/* Appends S as titles of columns are compared: NFKC, case folded, no blanks. -1 text.utf8. */
int sheet_fold_title(struct buf *out, struct str s, struct err *err);

/* True when S begins with apostrophes (or none) and one of = + - @ ＝ ＋ － ＠ TAB CR LF behind
 * them: such text gets one more apostrophe in a CSV, and loses one when it is read. */
bool sheet_is_risky(struct str s);

#endif
