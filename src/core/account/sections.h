/*
 * sections: who a person is and where she belongs on a day, as lists of ids: what the condition
 * language calls me, mine and below.
 */
#ifndef CORE_ACCOUNT_SECTIONS_H
#define CORE_ACCOUNT_SECTIONS_H

#include "base/mem/arena.h"
#include "core/store/store.h"

#include <stdint.h>

enum { ACCOUNT_SECTIONS_MOST = 5000 };

struct account_ids {
    int64_t *list;
    size_t count;
};

struct account_belongs {
    struct account_ids self;  /* every row that is this natural person */
    struct account_ids mine;  /* sections of her posts and role slots that day */
    struct account_ids below; /* those and all under them */
};

/* Where PERSON belongs at AT_US (the day in Japan counts). Lists live in ARENA; a person without
 * appointment has none. -1 with the codes of core/store, or limit.memory also when there are more
 * than ACCOUNT_SECTIONS_MOST. */
int account_belongs(struct store *store, struct arena *arena, uint64_t person, int64_t at_us,
                    struct account_belongs *ret, struct err *err);

#endif
