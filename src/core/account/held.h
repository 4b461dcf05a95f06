/*
 * held: for which sections a person holds a role: account_has_role the other way round, as one
 * question, for lists that are asked by section.
 */
#ifndef CORE_ACCOUNT_HELD_H
#define CORE_ACCOUNT_HELD_H

#include "core/account/sections.h"

/* The sections for which account_has_role(PERSON, ROLE) is true at AT_US, in order of their ids,
 * in ARENA; none is an ordinary answer. -1 with the codes of core/store, or limit.memory also when
 * there are more than ACCOUNT_SECTIONS_MOST. */
int account_role_sections(struct store *store, struct arena *arena, uint64_t person,
                          struct str role, int64_t at_us, struct account_ids *ret, struct err *err);

#endif
