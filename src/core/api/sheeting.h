/*
 * sheeting: tables on their way into registers: has sheetd read them, previews them step by step,
 * applies what was approved step by step, so that nobody else waits for a large one. What a crash
 * left half applied goes on at the next start; what was being read has to be sent again.
 */
#ifndef CORE_API_SHEETING_H
#define CORE_API_SHEETING_H

#include "base/ipc/ipc.h"
#include "core/register/register.h"
#include "core/store/store.h"

enum { SHEETING_WAITING_MOST = 4 };

struct sheeting;

/* Reads through EDGE (to sheetd; NULL: nothing can be read). All borrowed. Owned by the caller. */
struct sheeting *sheeting_new(struct loop *loop, struct store *store, struct register_set *set,
                              struct ipc_edge *edge);
void sheeting_free(struct sheeting *sheeting);

/* Takes over FILE of the committed batch BATCH and reads it when its turn comes. */
void sheeting_read(struct sheeting *sheeting, uint64_t batch, int file);

/* True while no more than SHEETING_WAITING_MOST files wait. */
bool sheeting_has_room(const struct sheeting *sheeting);

/* Goes on with the batches that are being applied. */
void sheeting_apply(struct sheeting *sheeting);

/* The edge to sheetd, or NULL. */
struct ipc_edge *sheeting_edge(const struct sheeting *sheeting);

#endif
