/*
 * apply: does what a preview showed, as the person who sent the table: every row is one call of
 * register_act, with the revision and digest that the preview saw. A row whose record moved on is
 * left, with the reason, and the others go on. Begun again after a crash where it stood: a row's
 * act and its answer are of one unit.
 */
#ifndef CORE_SHEET_APPLY_H
#define CORE_SHEET_APPLY_H

#include "core/register/register.h"
#include "core/sheet/batch.h"

enum { APPLY_STEP_ROWS = 500 };

/* Where the applying of a batch stands. AFTER saves the search for the next row: every row up to it
 * has its answer (0: nothing is known). LAST is the row that a step did last: it becomes AFTER when
 * the unit was committed. */
struct apply_place {
    uint64_t batch;
    uint32_t after, last;
};

/*
 * Does the next MOST rows of PLACE's batch, in a unit. The number of rows done; 0: there were none
 * left, so the batch is done and its leaf (register.import) written. -1: nothing of these rows
 * happened: with store.* try again later; with another code and MOST 1, leave the row.
 */
int apply_step(struct register_set *set, struct store *store, struct apply_place *place,
               size_t most, struct err *err);

/* Leaves the next row with WHY, in a unit. */
int apply_leave(struct store *store, uint64_t id, const struct err *why, struct err *err);

#endif
