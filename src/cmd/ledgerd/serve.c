/*
 * serve: see serve.h. Run by ledgerd.
 *
 * Invariants: an append is answered after the commit of its group, never before; a source is the
 * name of the edge a row came through; between two groups at most LEDGER_SLICE bundles are written,
 * so a burst does not make anybody wait for long.
 */
#include "cmd/ledgerd/serve.h"

#include "base/mem/ensure.h"
#include "base/os/time.h"
#include "base/service/log.h"
#include "proto/ledger/ledger.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    NOW_MS = 1000, /* publishing on demand: at most once in */
    MINUTE_MS = 60000,
    FLOOD_SECONDS = 10,
    BUCKETS_MOST = 32,
    WAITERS_MOST = 1024,
    TURNS_MOST = 8, /* of the loop before a group is committed whatever comes */
    WARN_BYTES = 256 << 20,
    BAD_ALERT = 3
};

static const int64_t BEAT_AFTER_US = INT64_C(3600) * 1000000;

/* An append whose group is not committed yet. */
struct held {
    struct ipc_call *call;
    uint64_t seq;
    struct ledger_stamp stamp;
    bool duplicate;
};

/* Somebody who waits for a checkpoint. */
struct waiter {
    struct ipc_call *call;
    uint64_t size; /* that it must cover */
    bool proof;
    bool without_entry;
};

struct bucket {
    char edge[48];
    double left;
    int64_t at_ms;
    bool dry;
    unsigned bad;
};

struct serve {
    struct serve_config config;
    struct loop_timer *group;
    struct loop_timer *publish;
    struct loop_timer *minute;
    bool publish_set;
    int64_t publish_at_ms; /* when the publish timer fires */
    int64_t published_ms;
    bool low;
    struct held held[LEDGER_GROUP_ENTRIES];
    size_t held_n;
    size_t held_seen; /* at the last turn of the loop */
    unsigned turns;
    struct waiter waiter[WAITERS_MOST];
    size_t waiter_n;
    struct bucket bucket[BUCKETS_MOST];
    size_t bucket_n;
};

static struct bucket *
bucket_of(struct serve *s, const char *edge)
{
    for (size_t i = 0; i < s->bucket_n; i++)
        if (strcmp(s->bucket[i].edge, edge) == 0)
            return &s->bucket[i];
    ensure(s->bucket_n < BUCKETS_MOST);
    struct bucket *b = &s->bucket[s->bucket_n++];
    snprintf(b->edge, sizeof b->edge, "%s", edge);
    b->left = (double)s->config.edge_per_s * FLOOD_SECONDS;
    b->at_ms = time_mono_ms();
    return b;
}

/* Whether EDGE may send one more now. cored is no edge of the town: what it sends was decided. */
static int
flood_check(struct serve *s, const char *edge, struct err *err)
{
    if (s->config.edge_per_s == 0 || strcmp(edge, "cored") == 0)
        return 0;
    struct bucket *b = bucket_of(s, edge);
    int64_t now = time_mono_ms();
    double most = (double)s->config.edge_per_s * FLOOD_SECONDS;
    b->left += (double)(now - b->at_ms) / 1000 * (double)s->config.edge_per_s;
    b->at_ms = now;
    if (b->left > most)
        b->left = most;
    if (b->left >= 1) {
        b->left -= 1;
        b->dry = false;
        return 0;
    }
    if (!b->dry)
        log_event(LOG_WARN, "ledger.flood", "edge", edge, NULL);
    b->dry = true;
    return ERR(err, "ledger.busy", "%s", edge);
}

static void
publish_within(struct serve *s, int64_t delay_ms)
{
    int64_t at = time_mono_ms() + delay_ms;
    if (s->publish_set && s->publish_at_ms <= at)
        return;
    s->publish_set = true;
    s->publish_at_ms = at;
    loop_timer_start(s->publish, (uint64_t)delay_ms);
}

/* Somebody waits: at once, but not sooner than a second after the last. */
static void
publish_soon(struct serve *s)
{
    int64_t since = time_mono_ms() - s->published_ms;
    publish_within(s, since >= NOW_MS ? 0 : NOW_MS - since);
}

static void
answer_checkpoint(struct serve *s, struct ipc_call *call)
{
    struct ledger_checkpoint_answer a = {.note = ledger_note(s->config.ledger),
                                         .size = ledger_signed_size(s->config.ledger)};
    ledger_signed_root(s->config.ledger, a.root);
    ipc_answer(call, &ledger_checkpoint_answer_message, &a, NULL);
}

static void
answer_proof(struct serve *s, const struct waiter *w)
{
    struct buf receipt;
    struct err err;
    buf_init(&receipt, IPC_TEXT_BYTES);
    if (ledger_prove(s->config.ledger, w->size - 1, !w->without_entry, &receipt, &err) == 0) {
        struct ledger_proof a = {buf_str(&receipt), ledger_signed_size(s->config.ledger)};
        ipc_answer(w->call, &ledger_proof_message, &a, NULL);
    } else {
        log_err(LOG_WARN, "ledger.prove", &err);
        ipc_fail(w->call, &err);
    }
    buf_free(&receipt);
}

static void
answer_waiter(struct serve *s, const struct waiter *w)
{
    if (w->proof)
        answer_proof(s, w);
    else
        answer_checkpoint(s, w->call);
}

static void
waiters_serve(struct serve *s)
{
    uint64_t size = ledger_signed_size(s->config.ledger);
    size_t kept = 0;
    for (size_t i = 0; i < s->waiter_n; i++) {
        struct waiter w = s->waiter[i];
        if (w.size <= size)
            answer_waiter(s, &w);
        else
            s->waiter[kept++] = w;
    }
    s->waiter_n = kept;
}

static void
wait_for(struct serve *s, const struct waiter *w)
{
    struct err err;
    if (w->size <= ledger_signed_size(s->config.ledger)) {
        answer_waiter(s, w);
    } else if (w->size > ledger_size(s->config.ledger)) {
        ERR(&err, "ledger.no_entry", "%llu", (unsigned long long)w->size - 1);
        ipc_fail(w->call, &err);
    } else if (s->waiter_n == WAITERS_MOST) {
        ERR(&err, "ledger.busy", "%d wait", WAITERS_MOST);
        ipc_fail(w->call, &err);
    } else {
        s->waiter[s->waiter_n++] = *w;
        publish_soon(s);
    }
}

/* Commits the group and answers those in it. */
static void
group_commit(struct serve *s)
{
    struct err err;
    if (ledger_commit(s->config.ledger, &err) != 0)
        s->config.broken(&err);
    for (size_t i = 0; i < s->held_n; i++) {
        const struct held *h = &s->held[i];
        struct ledger_appended a = {h->seq, h->stamp.index, h->stamp.at_us, h->duplicate};
        ipc_answer(h->call, &ledger_appended_message, &a, NULL);
    }
    s->held_n = s->held_seen = 0;
    s->turns = 0;
    if (ledger_size(s->config.ledger) != ledger_signed_size(s->config.ledger))
        publish_within(s, (int64_t)s->config.checkpoint_ms);
}

/* The group is what waited on all sockets: another turn of the loop as long as the last one brought
 * more. */
static bool
more_came(struct serve *s)
{
    if (s->held_n == s->held_seen || s->turns == TURNS_MOST)
        return false;
    s->held_seen = s->held_n;
    s->turns++;
    loop_timer_start(s->group, 0);
    return true;
}

static void
group_due(void *arg)
{
    struct serve *s = arg;
    struct err err;
    if (more_came(s))
        return;
    group_commit(s);
    int more = ledger_slice(s->config.ledger, &err);
    if (more < 0)
        s->config.broken(&err);
    if (more > 0)
        loop_timer_start(s->group, 0);
}

static void
publish_due(void *arg)
{
    struct serve *s = arg;
    struct err err;
    s->publish_set = false;
    group_commit(s);
    int more = ledger_slice(s->config.ledger, &err);
    if (more > 0) { /* a burst: the bundles first, between groups */
        loop_timer_start(s->group, 0);
        publish_within(s, 1);
        return;
    }
    if (more < 0 || ledger_publish(s->config.ledger, &err) != 0)
        s->config.broken(&err);
    s->published_ms = time_mono_ms();
    waiters_serve(s);
}

/* Once a minute: the word that the log is alive, and a look at the disk. */
static void
minute_due(void *arg)
{
    struct serve *s = arg;
    struct err err;
    char data[64];
    loop_timer_start(s->minute, MINUTE_MS);
    int64_t left = ledger_free_bytes(s->config.ledger, &err);
    bool low = left >= 0 && left < WARN_BYTES;
    if (low && !s->low)
        log_event(LOG_WARN, "ledger.disk_low", NULL);
    s->low = low;
    if (time_now_us() - ledger_last_at_us(s->config.ledger) < BEAT_AFTER_US)
        return;
    snprintf(data, sizeof data, "{\"size\":%llu}",
             (unsigned long long)ledger_size(s->config.ledger));
    if (ledger_take_own(s->config.ledger, "ledger.beat", str_of(data), &err) != 0)
        log_err(LOG_ERROR, "ledger.beat", &err);
    else
        loop_timer_start(s->group, 0);
}

static void
handle_hello(void *ctx, struct ipc_call *call, const void *value)
{
    struct serve *s = ctx;
    struct str source = str_of(ipc_edge_name(ipc_call_edge(call)));
    (void)value;
    /* What the group holds of this source counts: it is durable before anything else is answered.
     */
    group_commit(s);
    struct ledger_hello_answer a = {
        str_of(ledger_origin(s->config.ledger)), ledger_head(s->config.ledger, source),
        ledger_size(s->config.ledger), ledger_signed_size(s->config.ledger)};
    ipc_answer(call, &ledger_hello_answer_message, &a, NULL);
}

static void
refuse(struct serve *s, struct ipc_call *call, const char *edge, const struct err *err)
{
    struct bucket *b = bucket_of(s, edge);
    bool bad =
        err_is(err, "ledger.entry") || err_is(err, "ledger.kind") || err_is(err, "ledger.reused");
    if (bad)
        log_err(++b->bad >= BAD_ALERT ? LOG_ERROR : LOG_WARN, "ledger.refused", err);
    ipc_fail(call, err);
}

static void
handle_append(void *ctx, struct ipc_call *call, const void *value)
{
    struct serve *s = ctx;
    const struct ledger_append *m = value;
    const char *edge = ipc_edge_name(ipc_call_edge(call));
    struct err err;
    struct ledger_input input = {str_of(edge), m->seq, m->kind, m->data};
    struct held h = {.call = call, .seq = m->seq};
    if (ledger_group_full(s->config.ledger) || s->held_n == LEDGER_GROUP_ENTRIES)
        group_commit(s);
    int taken = flood_check(s, edge, &err);
    if (taken == 0)
        taken = ledger_take(s->config.ledger, &input, &h.stamp, &err);
    if (taken < 0) {
        if (err_is(&err, "ledger.broken"))
            s->config.broken(&err);
        refuse(s, call, edge, &err);
        return;
    }
    h.duplicate = taken == LEDGER_DUPLICATE;
    s->held[s->held_n++] = h;
    if (s->held_n == 1)
        loop_timer_start(s->group, 0);
}

static void
handle_checkpoint(void *ctx, struct ipc_call *call, const void *value)
{
    const struct ledger_checkpoint *m = value;
    struct waiter w = {.call = call, .size = m->min_size};
    wait_for(ctx, &w);
}

static void
handle_prove(void *ctx, struct ipc_call *call, const void *value)
{
    const struct ledger_prove *m = value;
    struct waiter w = {call, m->index < UINT64_MAX ? m->index + 1 : UINT64_MAX, true,
                       m->without_entry};
    wait_for(ctx, &w);
}

static const struct ipc_route routes[] = {
    {&ledger_hello_message, handle_hello},
    {&ledger_append_message, handle_append},
    {&ledger_checkpoint_message, handle_checkpoint},
    {&ledger_prove_message, handle_prove},
};

const struct ipc_service serve_service = {"ledger", routes, sizeof routes / sizeof *routes};

struct serve *
serve_new(const struct serve_config *config)
{
    struct serve *s = calloc(1, sizeof *s);
    ensure(s != NULL);
    s->config = *config;
    s->group = loop_timer_new(config->loop, group_due, s);
    s->publish = loop_timer_new(config->loop, publish_due, s);
    s->minute = loop_timer_new(config->loop, minute_due, s);
    s->published_ms = time_mono_ms() - NOW_MS;
    loop_timer_start(s->minute, MINUTE_MS);
    return s;
}

void
serve_finish(struct serve *s)
{
    struct err err;
    group_commit(s);
    if (ledger_publish(s->config.ledger, &err) != 0)
        s->config.broken(&err);
    waiters_serve(s);
}

void
serve_free(struct serve *s)
{
    loop_timer_free(s->group);
    loop_timer_free(s->publish);
    loop_timer_free(s->minute);
    ledger_close(s->config.ledger);
    free(s);
}
