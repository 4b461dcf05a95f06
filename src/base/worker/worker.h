/*
 * worker: one run of a one-shot worker: a fresh process (no shell, no environment) with what it
 * reads at descriptor 3 and a memory file for what it makes at 4. Nothing blocks but worker_wait.
 *
 * The worker locks itself in and limits its own CPU; whoever starts it sets the wall time. It may
 * die or lie: its output is bytes that nobody has checked.
 */
#ifndef BASE_WORKER_WORKER_H
#define BASE_WORKER_WORKER_H

#include "base/mem/err.h"

#include <stdbool.h>
#include <stddef.h>

struct worker_task {
    const char *program_dir; /* where the program is */
    char *const *argv;       /* [0] is the program's name; ends with NULL; not changed */
    int input;               /* a regular or memory file; borrowed */
    const char *failed;      /* the error's code when it cannot be started or dies */
};

struct worker;

/* Starts it. -1 with TASK's `failed` (a literal, kept) or file.*. */
int worker_start(const struct worker_task *task, struct worker **ret, struct err *err);

/* Readable when the worker has ended. */
int worker_fd(const struct worker *worker);

/* The memory file with what it has written so far; owned by WORKER. */
int worker_output(const struct worker *worker);

/* When the worker has ended: its exit code (0, 1, 2), the output sealed. -1 with `failed` (it was
 * killed, or its sandbox failed), file.*. */
int worker_end(struct worker *worker, struct err *err);

/* Waits at most MS and ends, for programs without a loop. As worker_end, and SLOW with the seconds
 * when it is not done by then. */
int worker_wait(struct worker *worker, int ms, const char *slow, struct err *err);

/* Kills what still runs and frees all. NULL is fine. */
void worker_free(struct worker *worker);

/* The folder of this program, where its workers are too. False when the path does not fit. */
bool worker_own_dir(char *path, size_t size);

#endif
