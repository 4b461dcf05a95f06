/*
 * life: the clock's side of a definition. For the files of core/register alone.
 */
#ifndef CORE_REGISTER_LIFE_H
#define CORE_REGISTER_LIFE_H

#include "core/register/definition.h"

/* The move the clock makes from STATE: the one `then` names, else the first by the clock. NULL when
 * there is none. */
const struct register_move *life_end_move(const struct register_def *def, size_t state);

/* Bits of the states that a path from the first one reaches; with UNDECIDED only by moves that are
 * no decision. */
uint64_t life_reach(const struct register_def *def, bool undecided);

#endif
