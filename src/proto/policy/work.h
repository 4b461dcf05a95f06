/*
 * work: one run of policy-worker (base/worker) over a text. For policyd and the command line.
 */
#ifndef PROTO_POLICY_WORK_H
#define PROTO_POLICY_WORK_H

#include "base/mem/buf.h"
#include "base/worker/worker.h"

enum { POLICY_WORK_BYTES = 192 << 20, POLICY_WORK_MS = 30000 };

struct policy_task {
    const char *program_dir; /* where policy-worker is */
    const char *format;      /* "json" …: see the worker's main.c */
    const char *name;        /* of the file */
    int input;               /* a regular or memory file; borrowed */
};

/* Starts a worker. -1 with policy.worker. */
int policy_work_start(const struct policy_task *task, struct worker **ret, struct err *err);

/* Start, wait at most POLICY_WORK_MS, answer: for programs without a loop. The exit code, or -1
 * with policy.worker, policy.slow, limit.buffer, file.*. */
int policy_work_wait(const struct policy_task *task, struct buf *answer, struct err *err);

#endif
