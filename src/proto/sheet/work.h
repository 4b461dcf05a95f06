/*
 * work: one run of sheet-worker: a fresh process (fork, exec, no shell, no environment) with the
 * table at descriptor 3 and a memory file for its records at 4. For cored and the command line;
 * nothing blocks but sheet_work_wait.
 *
 * The worker locks itself in and limits its own CPU; whoever starts it sets the wall time. It may
 * die or lie: read its records with format/sheet/stream.
 */
#ifndef PROTO_SHEET_WORK_H
#define PROTO_SHEET_WORK_H

#include "base/mem/err.h"

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

struct sheet_work;

/* Starts a worker. -1 with sheet.worker. */
int sheet_work_start(const struct sheet_task *task, struct sheet_work **ret, struct err *err);

/* Readable when the worker has ended. */
int sheet_work_fd(const struct sheet_work *work);

/* The memory file with the records written so far; owned by WORK. */
int sheet_work_records(const struct sheet_work *work);

/* When the worker has ended: its exit code (0, 1, 2), the records sealed. -1 with sheet.worker (it
 * was killed, or its sandbox failed), file.*. */
int sheet_work_end(struct sheet_work *work, struct err *err);

/* Kills what still runs and frees all. NULL is fine. */
void sheet_work_free(struct sheet_work *work);

/* Waits at most SHEET_WORK_MS and ends: for programs without a loop. As sheet_work_end, and
 * sheet.slow. */
int sheet_work_wait(struct sheet_work *work, struct err *err);

#endif
