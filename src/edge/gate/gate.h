/*
 * gate: the checkpoint's hands (docs/design/gate.md). gated takes uploads into the spool, scans,
 * has them disarmed, copies what cored released to the other side and hands it out. It observes and
 * reports; every decision is cored's. What it saw goes to the ledger through a durable queue.
 */
#ifndef EDGE_GATE_GATE_H
#define EDGE_GATE_GATE_H

#include "base/ipc/ipc.h"

struct gate;

/* Tells the program what happened, for its log: EVENT is a static word, KEY and VALUE one pair (KEY
 * may be NULL), ERR why (may be NULL). */
typedef void gate_event(const char *event, const char *key, const char *value,
                        const struct err *err);

/* Borrowed for the gate's life. */
struct gate_config {
    struct loop *loop;
    struct ipc_edge *cored, *ledgerd; /* never NULL; may be down */
    const char *state_dir;            /* spool, keys, queue and journal stand there */
    const char *program_dir;          /* of disarm-worker and inspect-worker */
    const char *node;                 /* this machine's name in job claims */
    const char *clamd;                /* UNIX socket of clamd; NULL: none, items are "unscanned" */
    uint64_t spool_bytes;             /* most bytes of the spool */
    unsigned workers;                 /* most jobs at once; 0: processors + 1 */
    gate_event *event;
};

/* What the portals' edges and cored's edge accept; the context is the gate. */
extern const struct ipc_service gate_portal_service, gate_core_service;

/* Opens the spool, the queue of leaves and the journal of reports, and starts the timers. Err of
 * spool_open, ledger_queue_open, gate.journal. */
int gate_open(const struct gate_config *config, struct gate **ret, struct err *err);

/* Tells the gate about one portal's edge, so that uploads of a portal that died are kept at once.
 */
void gate_portal_add(struct gate *gate, struct ipc_edge *edge);

#endif
