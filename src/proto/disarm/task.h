/*
 * task: the parent's side of disarming one file: starts the disarm worker, then the inspector over
 * its output, and says what came of it. For `sekisho disarm` and gated; one thread, nothing blocks.
 *
 * A worker is a fresh process (fork, exec, no shell) that gets its job as one packet and its bytes
 * as descriptors. It may die, hang, lie or be taken over: a death is "worker.died" (killed by its
 * CPU limit: "limit.time"), a late answer "limit.time", an answer that does not fit what it wrote
 * "worker.output". The parent hashes the output itself, after the worker is dead and the memory
 * file sealed. Only a rebuilt file in which the inspector found nothing is handed on.
 *
 * The caller must not reap children with waitpid(-1).
 */
#ifndef PROTO_DISARM_TASK_H
#define PROTO_DISARM_TASK_H

#include "base/digest/digest.h"
#include "base/mem/err.h"
#include "base/mem/str.h"
#include "format/disarm/profile.h"

#include <stdbool.h>
#include <stdint.h>

struct disarm_config {
    const char *program_dir; /* where disarm-worker and inspect-worker are */
    uint64_t memory_bytes;   /* address space of a worker; 0: 1 GiB + 4 x input + 256 MiB */
    uint64_t cpu_seconds;    /* 0: 10 s + 2 s per MiB, at most 120 */
    uint64_t wall_ms;        /* 0: three times the CPU seconds */
};

struct disarm_job {
    int input_fd;             /* a memory file or a regular file; borrowed, read by mmap from 0 */
    struct str name;          /* as it was given, any bytes, at most 4096 */
    struct str declared_type; /* MIME type or kind word; may be empty */
    struct disarm_profile profile;
};

enum disarm_task_verdict { TASK_BLOCKED, TASK_REBUILT };

struct disarm_result {
    enum disarm_task_verdict verdict;
    struct str reason; /* the first reason code, "" when rebuilt */
    int output_fd;     /* sealed memory file, read-only use; -1 when blocked. Owned by the task */
    uint64_t output_bytes;
    char output_sha256[DIGEST_HEX]; /* "" when blocked */
    struct str name;                /* clean output name, "" when blocked */
    struct str kind;                /* of the output, or of the input when blocked; may be "" */
    uint64_t removed;               /* how many things were taken out */
    struct str report;              /* the whole JSON report */
    struct str layers;              /* the worker's sandbox: "user,net,...,landlock7,seccomp" */
};

struct disarm_task;

/* Starts a task. -1 with err "disarm.start" (no worker, no memory file), "disarm.profile". */
int disarm_task_start(const struct disarm_config *config, const struct disarm_job *job,
                      struct disarm_task **ret, struct err *err);

/* A descriptor to poll for reading; it changes between steps: ask before each poll. -1 when done.
 */
int disarm_task_fd(const struct disarm_task *task);

/* Monotonic milliseconds at which disarm_task_step must be called even without an event. */
uint64_t disarm_task_deadline_ms(const struct disarm_task *task);

/* Goes on: call when the descriptor is readable or the deadline has come; never blocks. *RET_DONE
 * tells that the result is there. -1 with err "disarm.start" when the inspector cannot be started;
 * the task is then done and blocked. */
int disarm_task_step(struct disarm_task *task, bool *ret_done, struct err *err);

/* The result of a task that is done; lives as long as the task. */
const struct disarm_result *disarm_task_result(const struct disarm_task *task);

/* Kills what still runs and frees all. NULL is fine. */
void disarm_task_free(struct disarm_task *task);

/* Start, wait, result: for programs without a loop. */
int disarm_run_wait(const struct disarm_config *config, const struct disarm_job *job,
                    struct disarm_task **ret, struct err *err);

/* Only the inspector, over INPUT_FD as a file of KIND: verdict TASK_REBUILT when nothing was found,
 * the report is the inspection. For `sekisho disarm --inspect`. */
int disarm_inspect_wait(const struct disarm_config *config, int input_fd, struct str kind,
                        struct disarm_task **ret, struct err *err);

#endif
