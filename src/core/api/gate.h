/*
 * gate: the door of cored for gated (proto/transfer): sessions are asked of authd, reports become
 * units.
 */
#ifndef CORE_API_GATE_H
#define CORE_API_GATE_H

#include "core/api/session.h"
#include "core/transfer/transfer.h"

struct gate_door;

/* EDGE (borrowed, may be NULL) leads to gated; it is served and woken from here. Owned by the
 * caller.
 */
struct gate_door *gate_door_new(struct loop *loop, struct transfer_desk *desk,
                                struct session_desk *sessions, struct ipc_edge *edge);
void gate_door_free(struct gate_door *door);

/* Something may have queued work: tells gated at the end of this turn, once. */
void gate_door_wake(struct gate_door *door);

#endif
