/*
 * client: see client.h. Part of cored, gated and authd.
 *
 * Invariants: rows [first, next) are in flight or their place came back out of turn; `acked` runs
 * in order of seq. A failure that another try may mend (away, gap, busy, full, time-out) forgets
 * all that is in flight and begins again with hello; one that none can (entry, kind, order) stops
 * until the next socket.
 */
#include "proto/ledger/client.h"

#include "base/mem/ensure.h"
#include "proto/ledger/ledger.h"

#include <stdlib.h>
#include <string.h>

enum { RETRY_MS = 1000, TIMEOUT_MS = 30000 };

enum phase { PHASE_DOWN, PHASE_HELLO, PHASE_SENDING, PHASE_STUCK };

struct ledger_client {
    struct loop *loop;
    struct ipc_edge *edge;
    const struct ledger_feed *feed;
    void *ctx;
    enum phase phase;
    uint64_t first; /* the oldest row without acknowledgement */
    uint64_t next;  /* the next row to send */
    struct {
        bool done;
        struct ledger_place place;
    } flight[LEDGER_FLIGHT_MOST]; /* by seq modulo */
    struct loop_timer *retry;
};

static void hello_send(struct ledger_client *c);

static void
state_tell(struct ledger_client *c, bool up, const struct err *err)
{
    if (c->feed->state != NULL)
        c->feed->state(c->ctx, up, err);
}

/* True if no other try can mend it. */
static bool
hopeless(const struct err *err)
{
    return err_is(err, "ledger.entry") || err_is(err, "ledger.kind") || err_is(err, "ledger.reused");
}

static void
fall_back(struct ledger_client *c, const struct err *err)
{
    ipc_forget(c->edge, c);
    memset(c->flight, 0, sizeof c->flight);
    c->phase = PHASE_DOWN;
    if (hopeless(err))
        c->phase = PHASE_STUCK;
    else if (ipc_edge_up(c->edge))
        loop_timer_start(c->retry, err_is(err, "ledger.gap") ? 1 : RETRY_MS);
    state_tell(c, false, err);
}

static void
acked_tell(struct ledger_client *c)
{
    while (c->first < c->next && c->flight[c->first % LEDGER_FLIGHT_MOST].done) {
        uint64_t seq = c->first++;
        struct ledger_place place = c->flight[seq % LEDGER_FLIGHT_MOST].place;
        c->flight[seq % LEDGER_FLIGHT_MOST].done = false;
        c->feed->acked(c->ctx, seq, &place);
        if (c->phase != PHASE_SENDING)
            return;
    }
}

static void
appended(void *arg, const struct ipc_result *result)
{
    struct ledger_client *c = arg;
    if (c->phase != PHASE_SENDING)
        return;
    if (result->value == NULL) {
        fall_back(c, result->err);
        return;
    }
    const struct ledger_appended *a = result->value;
    if (a->seq < c->first || a->seq >= c->next) {
        struct err err;
        ERR(&err, "ledger.reused", "answer for %llu", (unsigned long long)a->seq);
        fall_back(c, &err);
        return;
    }
    c->flight[a->seq % LEDGER_FLIGHT_MOST].done = true;
    c->flight[a->seq % LEDGER_FLIGHT_MOST].place =
        (struct ledger_place){a->index, a->at_us, a->duplicate};
    acked_tell(c);
    ledger_client_kick(c);
}

void
ledger_client_kick(struct ledger_client *c)
{
    struct ledger_row row;
    while (c->phase == PHASE_SENDING && c->next - c->first < LEDGER_FLIGHT_MOST &&
           c->feed->next(c->ctx, c->next, &row)) {
        ensure(row.seq == c->next);
        struct ledger_append append = {row.seq, row.kind, row.data};
        c->next++;
        ipc_request(c->edge, &ledger_append_message, &append, NULL, &ledger_appended_message,
                    TIMEOUT_MS, appended, c);
    }
}

static void
hello_answered(void *arg, const struct ipc_result *result)
{
    struct ledger_client *c = arg;
    struct err err;
    uint64_t from;
    if (c->phase != PHASE_HELLO)
        return;
    if (result->value == NULL) {
        fall_back(c, result->err);
        return;
    }
    const struct ledger_hello_answer *h = result->value;
    if (c->feed->hello(c->ctx, h->origin, h->head, &from, &err) != 0) {
        c->phase = PHASE_STUCK;
        state_tell(c, false, &err);
        return;
    }
    ensure(from >= 1 && from <= h->head + 1);
    c->first = c->next = from;
    c->phase = PHASE_SENDING;
    state_tell(c, true, NULL);
    ledger_client_kick(c);
}

static void
hello_send(struct ledger_client *c)
{
    struct ledger_hello hello = {0};
    c->phase = PHASE_HELLO;
    ipc_request(c->edge, &ledger_hello_message, &hello, NULL, &ledger_hello_answer_message,
                TIMEOUT_MS, hello_answered, c);
}

static void
retry_now(void *arg)
{
    struct ledger_client *c = arg;
    if (c->phase == PHASE_DOWN && ipc_edge_up(c->edge))
        hello_send(c);
}

static void
edge_state(void *arg, struct ipc_edge *edge, bool up)
{
    struct ledger_client *c = arg;
    (void)edge;
    loop_timer_stop(c->retry);
    if (up) {
        ipc_forget(c->edge, c);
        memset(c->flight, 0, sizeof c->flight);
        hello_send(c);
    } else if (c->phase != PHASE_DOWN) {
        struct err err;
        ERR(&err, "ipc.away", "ledgerd");
        fall_back(c, &err);
    }
}

struct ledger_client *
ledger_client_new(struct loop *loop, struct ipc_edge *edge, const struct ledger_feed *feed,
                  void *ctx)
{
    struct ledger_client *c = calloc(1, sizeof *c);
    ensure(c != NULL);
    c->loop = loop;
    c->edge = edge;
    c->feed = feed;
    c->ctx = ctx;
    c->retry = loop_timer_new(loop, retry_now, c);
    ipc_edge_on_state(edge, edge_state, c);
    return c;
}

void
ledger_client_free(struct ledger_client *client)
{
    if (client == NULL)
        return;
    ipc_edge_on_state(client->edge, NULL, NULL);
    ipc_forget(client->edge, client);
    loop_timer_free(client->retry);
    free(client);
}

bool
ledger_client_up(const struct ledger_client *client)
{
    return client->phase == PHASE_SENDING;
}
