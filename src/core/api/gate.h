/*
 * gate: the door of cored for gated (proto/transfer): sessions are asked of authd, reports become
 * units.
 */
#ifndef CORE_API_GATE_H
#define CORE_API_GATE_H

#include "core/api/session.h"
#include "core/transfer/transfer.h"

struct gate_door;

/* EDGE (borrowed, may be NULL) leads to gated; it is woken when there is work. Owned by the
 * caller.
 */
struct gate_door *gate_door_new(struct loop *loop, struct transfer_desk *desk,
                                struct session_desk *sessions, struct ipc_edge *edge);
void gate_door_free(struct gate_door *door);

/* Something may have queued work: tells gated at the end of this turn, once. */
void gate_door_wake(struct gate_door *door);

/* What the edge of gated accepts. The edge's context points to a struct that begins with a struct
 * gate_door *. */
extern const struct ipc_service gate_door_service;

#endif
