/* policy_states: the states of clauses from a file, for `sekisho policy export --state`. */
#ifndef CMD_SEKISHO_POLICY_STATES_H
#define CMD_SEKISHO_POLICY_STATES_H

#include "base/mem/arena.h"
#include "base/mem/err.h"
#include "format/oscal/oscal.h"

struct policy_states {
    struct oscal_state *rows; /* at most one per clause of the set */
    size_t count;
    struct oscal_note *notes; /* clauses the text does not have: "state" */
    size_t note_count;
};

/*
 * Reads FILE (JSON, at most OSCAL_INPUT_BYTES) against SET: what GET policy/DOC or
 * policy/DOC/clause/KEY answered, or a list of those. A clause is named by "clause" ("std:4(2)①"),
 * or by "doc" (its own or that of the answer around it) with "key" or "label"; "state" null says
 * nothing. "since", "exception_until" and the "until" of "exceptions" are microseconds or RFC 3339;
 * "evidence" is [{log, index, kind}]. -1 with state.json (the detail names the key), state.word (no
 * state), state.twice (two states of a clause), file.*, limit.memory.
 */
int policy_states_read(struct arena *arena, const char *file, const struct clause_set *set,
                       struct policy_states *ret, struct err *err);

#endif
