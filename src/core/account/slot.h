/*
 * slot: who holds a role, for which body or section, from when to when. Written only for a decided
 * record (registers.md §2).
 */
#ifndef CORE_ACCOUNT_SLOT_H
#define CORE_ACCOUNT_SLOT_H

#include "core/store/store.h"

struct slot_new {
    struct str role;
    const char *scope_kind; /* body, section */
    uint64_t scope;
    uint64_t post, person;       /* one of them, the other 0 */
    int64_t from_day, until_day; /* both are held */
};

/* Inside a unit: opens a slot. 0 with *RET_ID; -1 account.slot (no such post, person or scope, or
 * the days are the wrong way round) or store.*. */
int slot_add(struct store *store, const struct slot_new *slot, uint64_t *ret_id, struct err *err);

/* Inside a unit: from DAY on nobody holds slot ID any more; one that would begin then or later is
 * taken away. A slot that is over, or not there, stays as it is. */
int slot_end(struct store *store, uint64_t id, int64_t day, struct err *err);

#endif
