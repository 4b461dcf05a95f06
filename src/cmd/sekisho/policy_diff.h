/*
 * policy_diff: `sekisho policy diff`.
 */
#ifndef CMD_SEKISHO_POLICY_DIFF_H
#define CMD_SEKISHO_POLICY_DIFF_H

#include "base/mem/err.h"
#include "base/mem/str.h"

#include <stdbool.h>

/*
 * Prints what became of each clause between OLD and NEW (answers of policy-worker), document by
 * document; AS_JSON as one object. 0 when nothing differs, 1 when something does, or -1 with the
 * errors of clause_set_add, limit.memory, limit.buffer.
 */
int policy_diff_print(struct str old, struct str new, bool as_json, struct err *err);

#endif
