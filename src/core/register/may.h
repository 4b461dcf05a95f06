/*
 * may: whether a move may be made by the one who asks, now, and with what. For register.c alone.
 */
#ifndef CORE_REGISTER_MAY_H
#define CORE_REGISTER_MAY_H

#include "core/register/deed.h"

/* 0 when DEED's caller may make its move: she is one of `by`, none of `not`, `if` holds and the
 * factors are fresh. Sets deed->moves, and what belongs to a step. Else -1 with the reason. */
int move_may(struct deed *deed, struct err *err);

/* A move that fills the open step (register.c). */
int move_step(struct deed *deed, struct err *err);

/* Lays the call's fields over the record's where the move asks for them; any other field is
 * register.field. */
int move_fields(struct deed *deed, struct err *err);

/* What must be filled, and somebody to carry out what follows. */
int move_needs(struct deed *deed, struct err *err);

/* True when a field among FIELDS is covered by an approval. */
bool fields_bound(const struct register_def *def, json_t *fields);

#endif
