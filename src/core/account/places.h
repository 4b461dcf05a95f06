/*
 * places: the sections a role is answered for in, one by one.
 */
#ifndef CORE_ACCOUNT_PLACES_H
#define CORE_ACCOUNT_PLACES_H

#include "core/account/sections.h"

/*
 * For every section that has none below it at AT_US: the nearest section upwards where a slot of
 * ROLE stands, or the section itself when there is none; each once, by id, in ARENA. So a role that
 * departments have counts per department, and a section nobody answers for is listed by itself. -1
 * with the codes of core/store, or limit.memory also for more than ACCOUNT_SECTIONS_MOST.
 */
int account_role_places(struct store *store, struct arena *arena, struct str role, int64_t at_us,
                        struct account_ids *ret, struct err *err);

#endif
