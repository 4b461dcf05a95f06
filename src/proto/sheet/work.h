/*
 * work: one run of sheet-worker (base/worker) over a table. For sheetd and the command line. The
 * worker may die or lie: read its records with format/sheet/stream.
 */
#ifndef PROTO_SHEET_WORK_H
#define PROTO_SHEET_WORK_H

#include "base/worker/worker.h"

#include <stddef.h>
#include <stdint.h>

enum { SHEET_WORK_MS = 120000, SHEET_WORK_TITLES = 1000 };
#define SHEET_WORK_BYTES ((uint64_t)512 << 20)

struct sheet_task {
    const char *program_dir; /* where sheet-worker is */
    const char *name;        /* of the file, without folders */
    const char *encoding;    /* "auto", "utf-8" …: see the worker's main.c; NULL: auto */
    const char *separator;   /* "auto", "comma", "tab"; NULL: auto */
    const char *sheet;       /* the one to read; NULL or "": all that are visible */
    char **titles;           /* known titles of columns, not changed; NULL when COUNT is 0 */
    size_t title_count;      /* at most SHEET_WORK_TITLES */
    int input;               /* a regular or memory file; borrowed */
};

/* Starts a worker; its records come at worker_output. -1 with sheet.worker. */
int sheet_work_start(const struct sheet_task *task, struct worker **ret, struct err *err);

/* How a record stream becomes a file. */
struct sheet_out {
    const char *format;      /* "xlsx", "csv", "tsv" */
    const char *encoding;    /* of text: "utf-8" or "cp932" */
    const char *replacement; /* for what CP932 lacks; "": it is refused */
};

/* Starts a worker that writes the record stream at INPUT (borrowed) as OUT says; the file comes at
 * worker_output (exit code 2: an X record in its place). -1 with sheet.worker. */
int sheet_work_write(const char *program_dir, const struct sheet_out *out, int input,
                     struct worker **ret, struct err *err);

#endif
