/*
 * queue: the rows of an edge (gated, authd) that must reach the ledger, kept in a file of its own
 * folder until they did. What was put is durable before ledger_queue_put returns, is sent after
 * that, and is sent again until ledgerd answered; so an entry stands in the log once, whoever dies
 * in between.
 *
 *   NAME.queue   header and records of format/tlog/journal.h: `index` is the seq, the entry is
 *                kind LF data; `origin` is SHA-256 of the log's origin (zeros before the first
 * hello) NAME.acked   uint64 big-endian: the last seq acknowledged (may lag behind after a power
 * cut)
 */
#ifndef PROTO_LEDGER_QUEUE_H
#define PROTO_LEDGER_QUEUE_H

#include "proto/ledger/client.h"

struct ledger_queue;

enum { LEDGER_QUEUE_ROWS_MOST = 100000 };

/* Row SEQ of this queue came to stand at PLACE. */
typedef void ledger_done(void *arg, uint64_t seq, const struct ledger_place *place);

/* A row of an earlier run of the program came to stand: its KIND and DATA tell what it was. */
typedef void ledger_left(void *arg, const struct ledger_row *row, const struct ledger_place *place);

/* UP, or why rows do not move (never NULL then). */
typedef void ledger_queue_state(void *arg, bool up, const struct err *err);

struct ledger_queue_config {
    int dir;                   /* folder of the two files; borrowed, stays open */
    const char *name;          /* their name without ending, at most 40 bytes */
    const char *source;        /* the name of this edge at ledgerd: "gated", "authd" */
    ledger_left *left;         /* may be NULL */
    ledger_queue_state *state; /* may be NULL */
    void *arg;                 /* of both */
};

/*
 * Opens (or makes) the queue and delivers through EDGE (its on_state is taken over). NULL with err:
 * ledger.queue (damaged), ledger.journal, file.*.
 */
struct ledger_queue *ledger_queue_open(struct loop *loop, struct ipc_edge *edge,
                                       const struct ledger_queue_config *config, struct err *err);

/* Closes the files and frees QUEUE; no callback comes any more. NULL is fine. */
void ledger_queue_close(struct ledger_queue *queue);

/*
 * Queues one entry of KIND with DATA (a canonical object). It is checked against kinds.def and
 * durable when this returns 0; DONE (may be NULL) is called with ARG once it stands in the log. -1
 * with ledger.kind or ledger.entry (nothing was queued: our own mistake), ledger.full (100,000 rows
 * wait), or file.* (the disk; nothing may be built on this entry).
 */
int ledger_queue_put(struct ledger_queue *queue, struct str kind, struct str data,
                     ledger_done *done, void *arg, struct err *err);

/* Forgets DONE of every row whose ARG is ARG: the rows are delivered all the same. */
void ledger_queue_forget(struct ledger_queue *queue, const void *arg);

/* Rows without acknowledgement. */
size_t ledger_queue_waiting(const struct ledger_queue *queue);

/* True while rows move. */
bool ledger_queue_up(const struct ledger_queue *queue);

#endif
