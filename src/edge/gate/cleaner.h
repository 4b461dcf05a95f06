/*
 * cleaner: the narrow seam between gated and the disarming workers (proto/disarm). One file in, one
 * verdict out; workers are one-shot processes, and a worker that dies gives "blocked", never more.
 */
#ifndef EDGE_GATE_CLEANER_H
#define EDGE_GATE_CLEANER_H

#include "base/loop/loop.h"
#include "base/mem/err.h"
#include "base/mem/str.h"

enum { CLEANER_REASONS_MOST = 32 };

struct cleaner;

struct cleaner_job {
    const char *program_dir; /* where the workers are */
    int input;               /* sealed memory file with the whole input; borrowed */
    struct str name;         /* as it was given, UTF-8 */
    const char *profile;     /* "standard" */
};

/* All borrowed while the callback runs; OUTPUT may be duplicated. */
struct cleaner_result {
    const char *verdict; /* rebuilt, inspected, blocked, ... (docs/formats/disarm.md) */
    struct str reasons[CLEANER_REASONS_MOST]; /* codes */
    size_t reason_count;
    struct str name;   /* the clean name */
    struct str kind;   /* "docx" */
    uint64_t removed;  /* how many things were taken out */
    int output;        /* the clean file, -1: none */
    uint64_t output_n; /* its bytes */
    struct str report; /* JSON */
};

/* ERR is set (and RESULT NULL) only when no worker could be started at all. */
typedef void cleaner_done(void *arg, const struct cleaner_result *result, const struct err *err);

/* Starts the workers; DONE is called once, later, from the loop. Never NULL. */
struct cleaner *cleaner_start(struct loop *loop, const struct cleaner_job *job, cleaner_done *done,
                              void *arg);

/* Kills the workers; DONE will not be called. NULL is fine. */
void cleaner_cancel(struct cleaner *cleaner);

#endif
