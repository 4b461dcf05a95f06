/*
 * work: one run of policy-worker: a fresh process (fork, exec, no shell, no environment) with the
 * text at descriptor 3 and a memory file for the answer at 4. For policyd and the command line;
 * nothing blocks but policy_work_wait.
 *
 * The worker locks itself in and limits its own CPU; whoever starts it sets the wall time. It may
 * die or lie: its answer is bytes that nobody has checked.
 */
#ifndef PROTO_POLICY_WORK_H
#define PROTO_POLICY_WORK_H

#include "base/mem/buf.h"
#include "base/mem/err.h"

enum { POLICY_WORK_BYTES = 192 << 20, POLICY_WORK_MS = 30000 };

struct policy_task {
    const char *program_dir; /* where policy-worker is */
    const char *format;      /* "json" …: see the worker's main.c */
    const char *name;        /* of the file */
    int input;               /* a regular or memory file; borrowed */
};

struct policy_work;

/* Starts a worker. -1 with policy.worker. */
int policy_work_start(const struct policy_task *task, struct policy_work **ret, struct err *err);

/* Readable when the worker has ended. */
int policy_work_fd(const struct policy_work *work);

/* When the worker has ended: its exit code (0, 1, 2) with *RET_ANSWER a sealed memory file, owned
 * by WORK. -1 with policy.worker (it was killed, or its sandbox failed), file.*. */
int policy_work_end(struct policy_work *work, int *ret_answer, struct err *err);

/* Kills what still runs and frees all. NULL is fine. */
void policy_work_free(struct policy_work *work);

/* Start, wait at most POLICY_WORK_MS, answer: for programs without a loop. The exit code, or -1
 * with policy.worker, policy.slow, limit.buffer, file.*. */
int policy_work_wait(const struct policy_task *task, struct buf *answer, struct err *err);

#endif
