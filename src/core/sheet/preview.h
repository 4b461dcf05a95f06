/*
 * preview: what a table that was read would do to a register, row by row: make a record, change one
 * (each field from → to), nothing, or an error with its column. Writes the rows of a batch; changes
 * no record. It sees what the sender may see and no more.
 */
#ifndef CORE_SHEET_PREVIEW_H
#define CORE_SHEET_PREVIEW_H

#include "core/register/register.h"
#include "core/sheet/batch.h"

enum { PREVIEW_PASTE_ROWS = 1000, PREVIEW_STEP_ROWS = 500 };

struct preview;

/* A preview of BATCH (its texts must outlive it) over STREAM, the record stream of sheet-worker
 * (borrowed). -1 sheet.not_register (nobody opens records of that register by hand), limit.memory.
 */
int preview_new(struct register_set *set, const struct batch *batch, struct str stream,
                struct preview **ret, struct err *err);
void preview_free(struct preview *preview);

/* Takes the next PREVIEW_STEP_ROWS rows, in a unit. 1: there is more; 0: the batch is previewed.
 * -1: it must be failed: the codes of format/sheet, sheet.which (several sheets hold rows),
 * sheet.empty, sheet.paste_rows, of core/store. */
int preview_step(struct preview *preview, struct store *store, struct err *err);

#endif
