/*
 * job: claims jobs from cored, keeps their leases, and reports what came of them. Runs in gated.
 *
 * Invariants: at most config.workers jobs run at once (those waiting for the scanner aside, at most
 * WAITING_MOST); a result is reported until cored took it or said that the lease is lost; a job
 * that is lost is forgotten, and what it made is destroyed by its kind.
 */
#include "edge/gate/job.h"

#include "base/mem/ensure.h"
#include "base/os/file.h"
#include "proto/transfer/transfer.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    CLAIM_MS = 10000,
    IDLE_MS = 1000,
    BEAT_MS = 20000,
    DONE_MS = 10000,
    AGAIN_MS = 2000,
    WAITING_MOST = 32
};

static const struct job_kind *const kinds[] = {&job_scan, &job_disarm, &job_deposit, &job_destroy};

static void claim(struct gate *gate);

const char *
job_text(const struct job *job, const char *key)
{
    const char *text = json_string_value(json_object_get(job->detail, key));
    return text == NULL ? "" : text;
}

uint64_t
job_number(const struct job *job, const char *key)
{
    json_int_t value = json_integer_value(json_object_get(job->detail, key));
    return value < 0 ? 0 : (uint64_t)value;
}

int
job_ref(const struct job *job, const char *side, const char *object, struct spool_ref *ret,
        struct err *err)
{
    return spool_ref_set(ret, str_of(job_text(job, side)), str_of(job_text(job, object)), err);
}

static size_t
jobs_waiting(const struct gate *gate)
{
    size_t count = 0;
    for (const struct job *job = gate->jobs; job != NULL; job = job->next)
        count += job->waiting;
    return count;
}

static void
job_free(struct job *job)
{
    struct gate *gate = job->gate;
    for (struct job **link = &gate->jobs; *link != NULL; link = &(*link)->next)
        if (*link == job) {
            *link = job->next;
            break;
        }
    if (!job->waiting)
        gate->job_count--;
    ipc_forget(gate->config.cored, job);
    loop_timer_free(job->timer);
    loop_timer_free(job->beat);
    json_decref(job->detail);
    json_decref(job->result);
    file_close(&job->report);
    free(job);
}

void
job_set_waiting(struct job *job, bool waiting)
{
    if (job->waiting == waiting)
        return;
    job->waiting = waiting;
    if (waiting)
        job->gate->job_count--;
    else
        job->gate->job_count++;
    claim(job->gate);
}

static void
turn(void *arg)
{
    struct job *job = arg;
    job->turn(job);
}

void
job_again(struct job *job, void (*next)(struct job *job), uint64_t delay_ms)
{
    job->turn = next;
    loop_timer_start(job->timer, delay_ms);
}

/* --- results --- */

static void result_send(struct job *job);

static void
result_taken(void *arg, const struct ipc_result *result)
{
    struct job *job = arg;
    struct gate *gate = job->gate;
    if (result->value == NULL && !err_is(result->err, "job.lost")) {
        if (!err_is(result->err, "ipc.away"))
            gate->config.event("gate.result_refused", "item", job->item, result->err);
        job_again(job, result_send, AGAIN_MS);
        return;
    }
    if (result->value == NULL)
        gate->config.event("gate.job_lost", "item", job->item, NULL);
    job_free(job);
    claim(gate);
}

static void
result_send(struct job *job)
{
    struct gate *gate = job->gate;
    char *text = json_dumps(job->result, JSON_COMPACT | JSON_SORT_KEYS);
    ensure(text != NULL);
    struct job_done done = {job->id, job->lease, str_of(text)};
    struct ipc_attach attach = {&job->report, job->report >= 0 ? 1 : 0};
    ipc_request(gate->config.cored, &job_done_message, &done, &attach, &transfer_ok_message,
                DONE_MS, result_taken, job);
    free(text);
}

void
job_done(struct job *job, json_t *result, int report)
{
    ensure(result != NULL && job->result == NULL);
    ensure(job->work == NULL);
    job->result = result;
    job->report = report;
    job_set_waiting(job, false);
    result_send(job);
}

void
job_failed(struct job *job, const struct err *err, bool retry)
{
    job->gate->config.event("gate.job_failed", "item", job->item, err);
    job_done(job,
             json_pack("{s:s, s:s, s:b}", "failed", err->code, "detail", err->detail, "retry",
                       retry ? 1 : 0),
             -1);
}

/* --- leases --- */

static void
beaten(void *arg, const struct ipc_result *result)
{
    struct job *job = arg;
    struct gate *gate = job->gate;
    if (result->value != NULL || !err_is(result->err, "job.lost"))
        return;
    gate->config.event("gate.job_lost", "item", job->item, NULL);
    if (job->result == NULL)
        job->kind->cancel(job);
    job_free(job);
    claim(gate);
}

static void
beat(void *arg)
{
    struct job *job = arg;
    struct job_beat message = {job->id, job->lease};
    loop_timer_start(job->beat, BEAT_MS);
    ipc_request(job->gate->config.cored, &job_beat_message, &message, NULL, &transfer_ok_message,
                BEAT_MS / 2, beaten, job);
}

static void
job_begin(struct gate *gate, const struct job_given *given)
{
    struct job *job = calloc(1, sizeof *job);
    ensure(job != NULL);
    *job = (struct job){
        .next = gate->jobs, .gate = gate, .id = given->job, .lease = given->lease, .report = -1};
    gate->jobs = job;
    gate->job_count++;
    job->timer = loop_timer_new(gate->config.loop, turn, job);
    job->beat = loop_timer_new(gate->config.loop, beat, job);
    loop_timer_start(job->beat, BEAT_MS);
    bool right = gate_text(given->item, job->item, sizeof job->item);
    job->detail =
        json_loadb(given->detail.p == NULL ? "" : given->detail.p, given->detail.n, 0, NULL);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (str_equal_z(given->kind, kinds[i]->word))
            job->kind = kinds[i];
    if (!right || job->kind == NULL || !json_is_object(job->detail)) {
        struct err err;
        ERR(&err, "gate.job", "%.*s", STR_FMT(given->kind));
        job_failed(job, &err, false);
        return;
    }
    job->kind->start(job);
}

static bool
is_running(const struct gate *gate, uint64_t id)
{
    for (const struct job *job = gate->jobs; job != NULL; job = job->next)
        if (job->id == id)
            return true;
    return false;
}

static void
claimed(void *arg, const struct ipc_result *result)
{
    struct gate *gate = arg;
    const struct job_given *given = result->value;
    gate->claiming = false;
    if (given == NULL || given->job == 0 || is_running(gate, given->job)) {
        gate->claim_idle = true;
        loop_timer_start(gate->jobs_timer, IDLE_MS);
        return;
    }
    job_begin(gate, given);
    claim(gate);
}

static void
claim(struct gate *gate)
{
    if (gate->claiming || gate->claim_idle || gate->job_count >= gate->config.workers ||
        jobs_waiting(gate) >= WAITING_MOST || !ipc_edge_up(gate->config.cored))
        return;
    gate->claiming = true;
    struct job_claim message = {str_of(gate->config.node), true};
    ipc_request(gate->config.cored, &job_claim_message, &message, NULL, &job_given_message,
                CLAIM_MS, claimed, gate);
}

void
jobs_kick(struct gate *gate)
{
    gate->claim_idle = false;
    if (gate->jobs_timer == NULL)
        return;
    for (struct job *job = gate->jobs; job != NULL; job = job->next)
        if (job->waiting && job->turn != NULL)
            loop_timer_start(job->timer, 0);
    claim(gate);
}

static void
claim_turn(void *arg)
{
    struct gate *gate = arg;
    gate->claim_idle = false;
    claim(gate);
    loop_timer_start(gate->jobs_timer, IDLE_MS);
}

void
job_handle_wake(void *ctx, struct ipc_call *call, const void *value)
{
    (void)call;
    (void)value;
    struct gate *gate = ctx;
    gate->claim_idle = false;
    claim(gate);
}

void
jobs_start(struct gate *gate)
{
    if (gate->config.workers == 0) {
        long processors = sysconf(_SC_NPROCESSORS_ONLN);
        gate->config.workers = processors < 1 ? 2 : (unsigned)processors + 1;
    }
    gate->jobs_timer = loop_timer_new(gate->config.loop, claim_turn, gate);
    loop_timer_start(gate->jobs_timer, 0);
}
