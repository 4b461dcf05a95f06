/*
 * job: queues of work that survives a crash: leases, attempts, a fair order.
 *
 * A job is claimed for a time (lease). Whoever lost its lease may no longer report. A key is used
 * once per queue, so adding is repeatable. Order: lane, then virtual finish time: a job of cost c
 * by an owner finishes c after the owner's last one, so a thousand jobs of one person do not stand
 * before the single one of another. All functions but job_counts run inside a unit.
 */
#ifndef CORE_STORE_JOB_H
#define CORE_STORE_JOB_H

#include "base/mem/arena.h"
#include "core/store/store.h"

struct job_new {
    const char *queue, *kind;
    struct str key;   /* unique in the queue, for ever */
    uint64_t subject; /* whose work: an id of the caller */
    uint64_t owner;   /* for fairness: a person; 0: nobody, no waiting */
    unsigned lane;    /* 0 small, 1 large, 2 idle */
    uint64_t cost;    /* >= 1, as the queue counts */
    int64_t run_at;   /* not before, UTC us */
    unsigned attempts_most;
    struct str payload; /* the caller's, at most 64 KiB */
};

struct job {
    uint64_t id, subject, lease;
    unsigned attempts; /* this one counted */
    struct str kind, payload;
};

enum job_result { JOB_OK = 0, JOB_LOST = 1, JOB_REPEATED = 2, JOB_DEAD = 3 };

/* Adds a job. 0, or 1 when the queue knows that key already (nothing changed). -1 of db_step. */
int job_add(struct store *store, const struct job_new *job, struct err *err);

/* Gives the next job of QUEUE in lanes up to LANE_MOST for LEASE_US. 0 with *RET (texts in ARENA),
 * or 1 when there is none. -1 of db_step, limit.memory. */
int job_claim(struct store *store, struct arena *arena, const char *queue, unsigned lane_most,
              int64_t lease_us, struct job *ret, struct err *err);

/* Lengthens the lease of a running job to LEASE_US from now. JOB_OK, JOB_LOST. */
int job_beat(struct store *store, uint64_t id, uint64_t lease, int64_t lease_us, struct err *err);

/* The job is done. JOB_OK; JOB_REPEATED when this lease reported it before; JOB_LOST. */
int job_done(struct store *store, uint64_t id, uint64_t lease, struct err *err);

/* The attempt failed with CODE. With RETRY and attempts left it waits DELAY_US: JOB_OK; else
 * JOB_DEAD. JOB_REPEATED, JOB_LOST as above. */
int job_fail(struct store *store, uint64_t id, uint64_t lease, struct str code, bool retry,
             int64_t delay_us, struct err *err);

/* The job behind a report: 0 with *RET (kind and payload in ARENA), 1 when LEASE is not its newest,
 * -1. */
int job_get(struct store *store, struct arena *arena, uint64_t id, uint64_t lease, struct job *ret,
            struct err *err);

/* Takes back one job of QUEUE whose lease ran out. 0 with *RET and *RET_DEAD (no attempts left: it
 * is dead now, else it waits again), 1 when there is none. */
int job_expire(struct store *store, struct arena *arena, const char *queue, struct job *ret,
               bool *ret_dead, struct err *err);

/* Ends every waiting or running job of SUBJECT in QUEUE; running ones lose their lease. */
int job_cancel(struct store *store, const char *queue, uint64_t subject, struct err *err);

/* How many jobs of QUEUE wait (ready or not) and run. */
int job_counts(struct store *store, const char *queue, uint64_t *ret_waiting, uint64_t *ret_running,
               struct err *err);

#endif
