/*
 * outbox: what must become a leaf of the ledger, written in the transaction of the act itself.
 *
 * Rows are numbered 1, 2, 3 … without gaps by a counter row (a sequence would leave gaps on
 * rollback). One deliverer sends them in order; ledgerd answers the leaf's index, also for a
 * repeated number. (ledger.md §5.)
 */
#ifndef CORE_STORE_OUTBOX_H
#define CORE_STORE_OUTBOX_H

#include "base/mem/arena.h"
#include "core/store/store.h"

struct outbox_new {
    const char *kind;  /* of proto/ledger's table */
    struct str data;   /* one canonical JSON object */
    const char *topic; /* who is told when the leaf is there ("transfer") */
    uint64_t subject;  /* of the topic */
};

struct outbox_row {
    uint64_t id, seq;
    struct str kind, data, topic, origin; /* borrowed while the visit runs */
    uint64_t subject;
    bool again;  /* numbered anew for a later log */
    bool logged; /* leaf and at are set */
    uint64_t leaf;
    int64_t at;
};

/* Says whether a row may become a leaf at all (proto/ledger's table): 0 or -1. */
typedef int outbox_check(struct str kind, struct str data, struct err *err);

/* Sets what every later outbox_add asks first, so a row that could never be delivered is never
 * written. */
void outbox_check_set(struct store *store, outbox_check *check);

/* Returns 0 to go on, 1 to end, -1. */
typedef int outbox_visit(void *arg, const struct outbox_row *row, struct err *err);

/* Adds a row in the running unit. *RET_ID (may be NULL) names it for ever. -1 with store.behind
 * when OUTBOX_MOST rows wait already (the ledger is away too long: nothing new may happen), or of
 * db_step. */
enum { OUTBOX_MOST = 100000 };
int outbox_add(struct store *store, const struct outbox_new *row, uint64_t *ret_id,
               struct err *err);

/* Visits at most COUNT rows that have no leaf yet and a number above AFTER, in order. */
int outbox_next(struct store *store, uint64_t after, size_t count, outbox_visit *visit, void *arg,
                struct err *err);

/* Row SEQ of the present log became LEAF at AT. 0 with *RET_ID, 1 when it was noted before or is
 * unknown. In a unit. */
int outbox_ack(struct store *store, uint64_t seq, uint64_t leaf, int64_t at, uint64_t *ret_id,
               struct err *err);

/* The row ID: 0 after VISIT saw it, 1 unknown. */
int outbox_get(struct store *store, uint64_t id, outbox_visit *visit, void *arg, struct err *err);

/*
 * What a fresh hello of ledgerd means: it knows the log ORIGIN and HEAD as our last number there.
 * In a unit. 0: go on. A new origin numbers the undelivered rows anew from 1. -1 ledger.ahead: the
 * ledger has acts this database lacks (it was restored); ledger.rolled_back: the ledger lacks acts
 * it acknowledged. Both: nothing may be delivered, nothing may open.
 */
int outbox_hello(struct store *store, struct str origin, uint64_t head, struct err *err);

/* Entries the log held at least, by what was acknowledged. */
int outbox_size(struct store *store, uint64_t *ret_size, struct err *err);

/* The log rows are numbered for; empty before the first hello. */
int outbox_origin(struct store *store, struct arena *arena, struct str *ret, struct err *err);

/* How many rows wait, and the origin's last number given. */
int outbox_behind(struct store *store, uint64_t *ret_waiting, struct err *err);

#endif
