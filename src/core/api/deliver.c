/*
 * deliver: the outbox as feed of proto/ledger's client. Runs in cored.
 *
 * Invariants: only committed rows are sent (they are read outside units); an acknowledgement and
 * what it sets going are of one unit; after ledger.ahead or ledger.rolled_back nothing is sent.
 */
#include "core/api/deliver.h"

#include "base/mem/buf.h"
#include "base/mem/ensure.h"
#include "core/store/outbox.h"
#include "proto/ledger/client.h"

#include <stdlib.h>

struct deliver {
    struct deliver_config config;
    struct ledger_client *client;
    struct buf kind, data; /* of the row handed out last */
    uint64_t wanted;
    bool found;
};

/* One acknowledgement on its way into the database. */
struct ack {
    struct deliver *deliver;
    uint64_t seq;
    struct ledger_place place;
};

struct hello {
    struct str origin;
    uint64_t head;
    struct err err;
    int result;
};

static int
hello_unit(struct store *store, void *arg, struct err *err)
{
    struct hello *hello = arg;
    return outbox_hello(store, hello->origin, hello->head, err);
}

static void
hello_done(void *arg, int result, const struct err *err)
{
    struct hello *hello = arg;
    hello->result = result;
    if (result < 0) {
        hello->err = *err;
    }
}

static int
first_seen(void *arg, const struct outbox_row *row, struct err *err)
{
    (void)err;
    *(uint64_t *)arg = row->seq;
    return 1;
}

static int
feed_hello(void *ctx, struct str origin, uint64_t head, uint64_t *ret_from, struct err *err)
{
    struct deliver *deliver = ctx;
    struct hello hello = {.origin = origin, .head = head, .result = -1};
    store_write(deliver->config.store, hello_unit, hello_done, &hello);
    store_flush(deliver->config.store);
    if (hello.result < 0) {
        *err = hello.err;
        return -1;
    }
    *ret_from = head + 1;
    return outbox_next(deliver->config.store, 0, 1, first_seen, ret_from, err) < 0 ? -1 : 0;
}

static int
row_seen(void *arg, const struct outbox_row *row, struct err *err)
{
    (void)err;
    struct deliver *deliver = arg;
    buf_clear(&deliver->kind);
    buf_clear(&deliver->data);
    buf_put_str(&deliver->kind, row->kind);
    buf_put_str(&deliver->data, row->data);
    deliver->found = row->seq == deliver->wanted;
    return 1;
}

static bool
feed_next(void *ctx, uint64_t seq, struct ledger_row *ret)
{
    struct deliver *deliver = ctx;
    struct err err = {0};
    deliver->found = false;
    deliver->wanted = seq;
    if (outbox_next(deliver->config.store, seq - 1, 1, row_seen, deliver, &err) < 0) {
        deliver->config.state(deliver->config.ctx, &err);
        return false;
    }
    *ret = (struct ledger_row){
        .seq = seq, .kind = buf_str(&deliver->kind), .data = buf_str(&deliver->data)};
    return deliver->found;
}

static int
logged_seen(void *arg, const struct outbox_row *row, struct err *err)
{
    struct deliver *deliver = arg;
    return deliver->config.logged(deliver->config.ctx, row, err);
}

static int
ack_unit(struct store *store, void *arg, struct err *err)
{
    struct ack *ack = arg;
    uint64_t id = 0;
    int rc = outbox_ack(store, ack->seq, ack->place.index, ack->place.at_us, &id, err);
    if (rc != 0) {
        return rc < 0 ? -1 : 0;
    }
    return outbox_get(store, id, logged_seen, ack->deliver, err) < 0 ? -1 : 0;
}

static void
ack_done(void *arg, int result, const struct err *err)
{
    struct ack *ack = arg;
    struct deliver *deliver = ack->deliver;
    deliver->config.state(deliver->config.ctx, result < 0 ? err : NULL);
    free(ack);
}

static void
feed_acked(void *ctx, uint64_t seq, const struct ledger_place *place)
{
    struct ack *ack = calloc(1, sizeof *ack);
    ensure(ack != NULL);
    *ack = (struct ack){.deliver = ctx, .seq = seq, .place = *place};
    store_write(ack->deliver->config.store, ack_unit, ack_done, ack);
}

static void
feed_state(void *ctx, bool up, const struct err *err)
{
    struct deliver *deliver = ctx;
    deliver->config.state(deliver->config.ctx, up ? NULL : err);
}

static const struct ledger_feed feed = {feed_hello, feed_next, feed_acked, feed_state};

/* Something was committed: there may be rows. */
static void
committed(void *arg)
{
    struct deliver *deliver = arg;
    ledger_client_kick(deliver->client);
}

struct deliver *
deliver_new(const struct deliver_config *config)
{
    struct deliver *deliver = calloc(1, sizeof *deliver);
    ensure(deliver != NULL);
    deliver->config = *config;
    buf_init(&deliver->kind, 256);
    buf_init(&deliver->data, 64 << 10);
    deliver->client = ledger_client_new(config->loop, config->edge, &feed, deliver);
    store_on_commit(config->store, committed, deliver);
    return deliver;
}

void
deliver_free(struct deliver *deliver)
{
    if (deliver != NULL) {
        store_on_commit(deliver->config.store, NULL, NULL);
        ledger_client_free(deliver->client);
        buf_free(&deliver->kind);
        buf_free(&deliver->data);
        free(deliver);
    }
}

void
deliver_kick(struct deliver *deliver)
{
    ledger_client_kick(deliver->client);
}

bool
deliver_up(const struct deliver *deliver)
{
    return ledger_client_up(deliver->client);
}
