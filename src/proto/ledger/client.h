/*
 * client: delivers rows to ledgerd exactly once and in order, whatever dies meanwhile.
 *
 * Where the rows are kept is the feed's matter: a file (queue.h, for gated and authd) or the outbox
 * table of cored's database. Each row has a seq, 1, 2, 3 … per log without gap. On every new socket
 * the client says hello, learns the head, and sends what comes after what the feed knows to be
 * acknowledged; a row that the log holds already is answered as a duplicate with its old index. At
 * most 256 rows are in flight. Nothing here waits: the loop calls back.
 */
#ifndef PROTO_LEDGER_CLIENT_H
#define PROTO_LEDGER_CLIENT_H

#include "base/ipc/ipc.h"

enum { LEDGER_FLIGHT_MOST = 256 };

struct ledger_client;

struct ledger_row {
    uint64_t seq;
    struct str kind; /* borrowed until the next call of the feed */
    struct str data;
};

/* Where an entry came to stand. */
struct ledger_place {
    uint64_t index;
    int64_t at_us;
    bool duplicate;
};

/* Callbacks of the keeper of the rows; all with CTX. */
struct ledger_feed {
    /*
     * The socket is up: the log is ORIGIN and holds rows of this source up to HEAD. Sets *RET_FROM
     * to the seq of the first row to send (the first one not known to be acknowledged; HEAD + 1 at
     * most). -1 with err when the rows cannot belong to this log (ledger.rolled_back,
     * ledger.ahead): nothing is sent until the next socket. Called from the loop.
     */
    int (*hello)(void *ctx, struct str origin, uint64_t head, uint64_t *ret_from, struct err *err);
    /* Row SEQ: true and filled, or false when there is none yet. */
    bool (*next)(void *ctx, uint64_t seq, struct ledger_row *ret);
    /* Row SEQ is in the log, durable. Called once for each row and socket, in order of seq. */
    void (*acked)(void *ctx, uint64_t seq, const struct ledger_place *place);
    /* The state changed: UP after a good hello; else ERR (never NULL) says why nothing moves. May
     * be NULL. ledger.entry and ledger.kind mean that the row can never be delivered. */
    void (*state)(void *ctx, bool up, const struct err *err);
};

/* A client on EDGE (borrowed, to ledgerd; its on_state is taken over). FEED is static. */
struct ledger_client *ledger_client_new(struct loop *loop, struct ipc_edge *edge,
                                        const struct ledger_feed *feed, void *ctx);

/* Frees CLIENT; callbacks end. NULL is fine. */
void ledger_client_free(struct ledger_client *client);

/* There may be new rows. Cheap. */
void ledger_client_kick(struct ledger_client *client);

/* True between a good hello and the loss of the socket (or a row that cannot be delivered). */
bool ledger_client_up(const struct ledger_client *client);

#endif
