/*
 * job: the queue tables of data/sql/core/0001-store.sql. Runs in cored.
 *
 * Invariants: only the newest lease of a running job may end it; attempts count claims, so a job
 * that kills its worker comes back at most attempts_most times; the virtual clock of a queue never
 * goes back.
 */
#include "core/store/job.h"

#include "base/mem/ensure.h"
#include "base/os/time.h"

enum { WAITING, RUNNING, DONE, DEAD };

enum {
    ADD,
    KNOWN,
    SHARE_GET,
    SHARE_PUT,
    NEXT,
    CLAIM,
    BEAT,
    STATE,
    FINISH,
    GET,
    EXPIRED,
    CANCEL,
    COUNT
};

static const struct store_statement sql[] = {
    [ADD] = {"job.add",
             "INSERT INTO job(queue, kind, key, subject, lane, vft, run_at, attempts_most, payload)"
             " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"},
    [KNOWN] = {"job.known", "SELECT id FROM job WHERE queue = $1 AND key = $2"},
    [SHARE_GET] = {"job.share_get", "SELECT vft FROM job_share WHERE queue = $1 AND owner = $2"},
    [SHARE_PUT] = {"job.share_put", "INSERT INTO job_share(queue, owner, vft) VALUES ($1, $2, $3)"
                                    " ON CONFLICT (queue, owner) DO UPDATE SET vft = $3"},
    [NEXT] = {"job.next",
              "SELECT id, vft FROM job WHERE queue = $1 AND state = 0 AND lane <= $2"
              " AND run_at <= $3 ORDER BY lane, vft, id LIMIT 1",
              /* another node's claim is passed over, not waited for */
              "SELECT id, vft FROM job WHERE queue = $1 AND state = 0 AND lane <= $2 AND"
              " run_at <= $3 ORDER BY lane, vft, id LIMIT 1 FOR UPDATE SKIP LOCKED"},
    [CLAIM] = {"job.claim", "UPDATE job SET state = 1, attempts = attempts + 1, lease = lease + 1,"
                            " lease_until = $2 WHERE id = $1"},
    [BEAT] = {"job.beat",
              "UPDATE job SET lease_until = $3 WHERE id = $1 AND lease = $2 AND state = 1"},
    [STATE] = {"job.state", "SELECT state, lease, attempts, attempts_most FROM job WHERE id = $1"},
    [FINISH] = {"job.finish",
                "UPDATE job SET state = $2, run_at = $3, last_error = $4 WHERE id = $1"},
    [GET] = {"job.get",
             "SELECT id, subject, lease, attempts, kind, payload FROM job WHERE id = $1"},
    [EXPIRED] = {"job.expired",
                 "SELECT id, attempts >= attempts_most FROM job WHERE queue = $1"
                 " AND state = 1 AND lease_until < $2 ORDER BY lease_until LIMIT 1",
                 "SELECT id, attempts >= attempts_most FROM job WHERE queue = $1 AND state = 1 AND"
                 " lease_until < $2 ORDER BY lease_until LIMIT 1 FOR UPDATE SKIP LOCKED"},
    [CANCEL] = {"job.cancel",
                "UPDATE job SET state = 3, lease = lease + 1, last_error = 'cancelled'"
                " WHERE queue = $1 AND subject = $2 AND state IN (0, 1)"},
    [COUNT] = {"job.count", "SELECT count(*) FROM job WHERE queue = $1 AND state = $2"},
};

static int
share_get(struct store *store, const char *queue, uint64_t owner, int64_t *ret, struct err *err)
{
    struct db_query *q = db_query(store, &sql[SHARE_GET]);
    db_bind_z(q, 1, queue);
    db_bind_int(q, 2, (int64_t)owner);
    *ret = 0;
    return db_one_int(q, ret, err) < 0 ? -1 : 0;
}

static int
share_put(struct store *store, const char *queue, uint64_t owner, int64_t vft, struct err *err)
{
    struct db_query *q = db_query(store, &sql[SHARE_PUT]);
    db_bind_z(q, 1, queue);
    db_bind_int(q, 2, (int64_t)owner);
    db_bind_int(q, 3, vft);
    return db_run(q, err) < 0 ? -1 : 0;
}

/* The virtual finish time of a new job, noted for its owner. */
static int
job_vft(struct store *store, const struct job_new *job, int64_t *ret_vft, struct err *err)
{
    int64_t now = 0, last = 0;
    if (share_get(store, job->queue, 0, &now, err) < 0) {
        return -1;
    }
    *ret_vft = now;
    if (job->owner == 0) {
        return 0;
    }
    if (share_get(store, job->queue, job->owner, &last, err) < 0) {
        return -1;
    }
    *ret_vft = (last > now ? last : now) + (int64_t)(job->cost > 0 ? job->cost : 1);
    return share_put(store, job->queue, job->owner, *ret_vft, err);
}

int
job_add(struct store *store, const struct job_new *job, struct err *err)
{
    struct db_query *q = db_query(store, &sql[KNOWN]);
    db_bind_z(q, 1, job->queue);
    db_bind_text(q, 2, job->key);
    int64_t id = 0, vft = 0;
    int rc = db_one_int(q, &id, err);
    if (rc <= 0) {
        return rc < 0 ? -1 : 1;
    }
    if (job_vft(store, job, &vft, err) < 0) {
        return -1;
    }
    q = db_query(store, &sql[ADD]);
    db_bind_z(q, 1, job->queue);
    db_bind_z(q, 2, job->kind);
    db_bind_text(q, 3, job->key);
    db_bind_int(q, 4, (int64_t)job->subject);
    db_bind_int(q, 5, job->lane);
    db_bind_int(q, 6, vft);
    db_bind_int(q, 7, job->run_at);
    db_bind_int(q, 8, job->attempts_most);
    db_bind_text(q, 9, job->payload);
    return db_run(q, err) < 0 ? -1 : 0;
}

/* Reads the whole job ID. 0, 1 unknown, -1. */
static int
job_load(struct store *store, struct arena *arena, uint64_t id, struct job *ret, struct err *err)
{
    struct db_query *q = db_query(store, &sql[GET]);
    db_bind_int(q, 1, (int64_t)id);
    int rc = db_step(q, err);
    if (rc > 0) {
        *ret = (struct job){.id = (uint64_t)db_int(q, 0),
                            .subject = (uint64_t)db_int(q, 1),
                            .lease = (uint64_t)db_int(q, 2),
                            .attempts = (unsigned)db_int(q, 3),
                            .kind = str_dup(arena, db_text(q, 4)),
                            .payload = str_dup(arena, db_text(q, 5))};
    }
    db_end(q);
    if (rc > 0 && arena_check(arena, err) < 0) {
        return -1;
    }
    return rc < 0 ? -1 : rc == 0;
}

int
job_claim(struct store *store, struct arena *arena, const char *queue, unsigned lane_most,
          int64_t lease_us, struct job *ret, struct err *err)
{
    int64_t now = time_now_us(), clock = 0;
    struct db_query *q = db_query(store, &sql[NEXT]);
    db_bind_z(q, 1, queue);
    db_bind_int(q, 2, lane_most);
    db_bind_int(q, 3, now);
    int rc = db_step(q, err);
    int64_t id = rc > 0 ? db_int(q, 0) : 0, vft = rc > 0 ? db_int(q, 1) : 0;
    db_end(q);
    if (rc <= 0) {
        return rc < 0 ? -1 : 1;
    }
    if (share_get(store, queue, 0, &clock, err) < 0 ||
        (vft > clock && share_put(store, queue, 0, vft, err) < 0)) {
        return -1;
    }
    q = db_query(store, &sql[CLAIM]);
    db_bind_int(q, 1, id);
    db_bind_int(q, 2, now + lease_us);
    if (db_run(q, err) < 0) {
        return -1;
    }
    return job_load(store, arena, (uint64_t)id, ret, err);
}

int
job_beat(struct store *store, uint64_t id, uint64_t lease, int64_t lease_us, struct err *err)
{
    struct db_query *q = db_query(store, &sql[BEAT]);
    db_bind_int(q, 1, (int64_t)id);
    db_bind_int(q, 2, (int64_t)lease);
    db_bind_int(q, 3, time_now_us() + lease_us);
    int64_t n = db_run(q, err);
    return n < 0 ? -1 : n == 1 ? JOB_OK : JOB_LOST;
}

struct job_state {
    int64_t state;
    bool last; /* no attempts left */
};

/* JOB_OK when LEASE is the newest of a running job, JOB_REPEATED when it already ended it, else
 * JOB_LOST. */
static int
job_holds(struct store *store, uint64_t id, uint64_t lease, struct job_state *ret, struct err *err)
{
    struct db_query *q = db_query(store, &sql[STATE]);
    db_bind_int(q, 1, (int64_t)id);
    int rc = db_step(q, err);
    bool same = rc > 0 && (uint64_t)db_int(q, 1) == lease;
    *ret = (struct job_state){.state = rc > 0 ? db_int(q, 0) : DEAD,
                              .last = rc > 0 && db_int(q, 2) >= db_int(q, 3)};
    db_end(q);
    if (rc < 0) {
        return -1;
    }
    if (!same) {
        return JOB_LOST;
    }
    return ret->state == RUNNING ? JOB_OK : JOB_REPEATED;
}

static int
job_finish(struct store *store, uint64_t id, int64_t state, int64_t run_at, struct str error,
           struct err *err)
{
    struct db_query *q = db_query(store, &sql[FINISH]);
    db_bind_int(q, 1, (int64_t)id);
    db_bind_int(q, 2, state);
    db_bind_int(q, 3, run_at);
    if (error.n > 0) {
        db_bind_text(q, 4, error);
    }
    return db_run(q, err) < 0 ? -1 : 0;
}

int
job_done(struct store *store, uint64_t id, uint64_t lease, struct err *err)
{
    struct job_state state;
    int rc = job_holds(store, id, lease, &state, err);
    if (rc != JOB_OK) {
        return rc;
    }
    return job_finish(store, id, DONE, 0, (struct str){0}, err) < 0 ? -1 : JOB_OK;
}

int
job_fail(struct store *store, uint64_t id, uint64_t lease, struct str code, bool retry,
         int64_t delay_us, struct err *err)
{
    struct job_state state;
    int rc = job_holds(store, id, lease, &state, err);
    if (rc != JOB_OK) {
        return rc;
    }
    bool again = retry && !state.last;
    if (job_finish(store, id, again ? WAITING : DEAD, time_now_us() + delay_us, code, err) < 0) {
        return -1;
    }
    return again ? JOB_OK : JOB_DEAD;
}

int
job_get(struct store *store, struct arena *arena, uint64_t id, uint64_t lease, struct job *ret,
        struct err *err)
{
    int rc = job_load(store, arena, id, ret, err);
    if (rc != 0) {
        return rc;
    }
    return ret->lease == lease ? 0 : 1;
}

int
job_expire(struct store *store, struct arena *arena, const char *queue, struct job *ret,
           bool *ret_dead, struct err *err)
{
    int64_t now = time_now_us();
    struct db_query *q = db_query(store, &sql[EXPIRED]);
    db_bind_z(q, 1, queue);
    db_bind_int(q, 2, now);
    int rc = db_step(q, err);
    uint64_t id = rc > 0 ? (uint64_t)db_int(q, 0) : 0;
    *ret_dead = rc > 0 && db_int(q, 1) != 0;
    db_end(q);
    if (rc <= 0) {
        return rc < 0 ? -1 : 1;
    }
    if (job_finish(store, id, *ret_dead ? DEAD : WAITING, now, STR("lease"), err) < 0) {
        return -1;
    }
    return job_load(store, arena, id, ret, err);
}

int
job_cancel(struct store *store, const char *queue, uint64_t subject, struct err *err)
{
    struct db_query *q = db_query(store, &sql[CANCEL]);
    db_bind_z(q, 1, queue);
    db_bind_int(q, 2, (int64_t)subject);
    return db_run(q, err) < 0 ? -1 : 0;
}

int
job_counts(struct store *store, const char *queue, uint64_t *ret_waiting, uint64_t *ret_running,
           struct err *err)
{
    int64_t count[2] = {0, 0};
    for (int state = WAITING; state <= RUNNING; state++) {
        struct db_query *q = db_query(store, &sql[COUNT]);
        db_bind_z(q, 1, queue);
        db_bind_int(q, 2, state);
        if (db_one_int(q, &count[state], err) < 0) {
            return -1;
        }
    }
    *ret_waiting = (uint64_t)count[WAITING];
    *ret_running = (uint64_t)count[RUNNING];
    return 0;
}
