/*
 * deliver: brings the rows of the outbox to ledgerd and goes on with what waited for them.
 */
#ifndef CORE_API_DELIVER_H
#define CORE_API_DELIVER_H

#include "base/ipc/ipc.h"
#include "core/store/outbox.h"

struct deliver;

/* Told in the unit that notes the acknowledgement: ROW stands in the log (its leaf and at are set).
 */
typedef int deliver_logged(void *ctx, const struct outbox_row *row, struct err *err);

/* Told outside units that rows were acknowledged (ERR NULL), or why nothing moves. */
typedef void deliver_state(void *ctx, const struct err *err);

struct deliver_config {
    struct loop *loop;
    struct store *store;
    struct ipc_edge *edge; /* to ledgerd */
    deliver_logged *logged;
    deliver_state *state;
    void *ctx;
};

/* Begins to deliver. CONFIG is copied. Owned by the caller. */
struct deliver *deliver_new(const struct deliver_config *config);
void deliver_free(struct deliver *deliver);

/* There may be new rows. Cheap. */
void deliver_kick(struct deliver *deliver);

/* True while rows move. */
bool deliver_up(const struct deliver *deliver);

#endif
