/*
 * life: the clock's side of a definition. For the files of core/register alone.
 */
#ifndef CORE_REGISTER_LIFE_H
#define CORE_REGISTER_LIFE_H

#include "core/register/definition.h"

/* The move the clock makes from STATE: the one `then` names, else the first by the clock. NULL when
 * there is none. */
const struct register_move *life_end_move(const struct register_def *def, size_t state);

/* The states that a record may be in without a decision: bit n is state n. */
uint64_t life_undecided(const struct register_def *def);

#endif
