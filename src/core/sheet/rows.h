/*
 * rows: a register as a table that goes out: every field its reader may see, complete, in a form
 * that preview reads back as no change. The rows are a record stream (docs/formats/sheet.md), which
 * sheet-worker turns into a file.
 */
#ifndef CORE_SHEET_ROWS_H
#define CORE_SHEET_ROWS_H

#include "core/register/register.h"

enum { ROWS_STEP = 200 };

struct rows_ask {
    struct register_set *set;
    struct str reg, state; /* state empty: all */
    int64_t fiscal_year;   /* of the making; 0: all */
    struct register_caller caller;
    int file; /* a memory file, borrowed: the stream is appended to it */
};

struct rows;

/* -1 not_found (the register), limit.memory. ASK's texts must outlive it. */
int rows_new(const struct rows_ask *ask, struct rows **ret, struct err *err);
void rows_free(struct rows *rows);

/* Writes the next ROWS_STEP records. 1: there is more; 0: the stream is whole. -1 sheet.rows (more
 * than SHEET_ROWS), sheet.columns, sheet.cell, file.*, of core/store. */
int rows_step(struct rows *rows, struct store *store, struct err *err);

/* How many records were written. */
uint32_t rows_count(const struct rows *rows);

/* What went out, for its leaf. */
struct rows_done {
    struct str reg, state, format;
    int64_t fiscal_year;
    uint64_t person;
    uint32_t count;
    unsigned char digest[32]; /* SHA-256 of the file */
};

/* Keeps DONE and its leaf (register.export), in a unit. */
int rows_kept(struct store *store, const struct rows_done *done, struct err *err);

#endif
