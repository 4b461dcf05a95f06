/*
 * job: one job of cored's queue that this gated has leased. Private to edge/gate.
 *
 * The kind's start is called once; it works in turns of the loop (job_again) or with callbacks, and
 * ends by exactly one of job_done, job_failed. When cored says that the lease is another's, the
 * kind's cancel throws the work away.
 */
#ifndef EDGE_GATE_JOB_H
#define EDGE_GATE_JOB_H

#include "edge/gate/leaf.h"

#include <jansson.h>

struct job;

struct job_kind {
    const char *word;
    void (*start)(struct job *job);
    /* Ends what runs and frees job->work. */
    void (*cancel)(struct job *job);
};

struct job {
    struct job *next;
    struct gate *gate;
    const struct job_kind *kind;
    uint64_t id, lease;
    char item[ITEM_CHARS + 1];
    json_t *detail;
    void *work;   /* of the kind */
    bool waiting; /* for the scanner: does not count as running */
    bool lost;
    struct loop_timer *timer, *beat;
    void (*turn)(struct job *job);
    json_t *result; /* what is reported, until cored took it */
    int report;     /* memory file that goes with it, -1: none */
};

/* A text of the job's detail; "" when it is not there. An integer; 0 when it is not there. */
const char *job_text(const struct job *job, const char *key);
uint64_t job_number(const struct job *job, const char *key);

/* The object that the keys SIDE and OBJECT of the detail name. Err gate.name. */
int job_ref(const struct job *job, const char *side, const char *object, struct spool_ref *ret,
            struct err *err);

/* Calls TURN from the loop after DELAY_MS; one at a time. */
void job_again(struct job *job, void (*turn)(struct job *job), uint64_t delay_ms);

/* Reports RESULT (taken) with the memory file REPORT (taken; -1: none). The job is over for its
 * kind: job->work must be freed. */
void job_done(struct job *job, json_t *result, int report);

/* Reports {"failed","detail","retry"}. */
void job_failed(struct job *job, const struct err *err, bool retry);

/* Counts a job that waits for the scanner out of those that run, or in again. */
void job_set_waiting(struct job *job, bool waiting);

/* The kinds. */
extern const struct job_kind job_scan, job_disarm, job_deposit, job_destroy;

#endif
