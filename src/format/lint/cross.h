/*
 * cross: the basic policy and the standard of one body, each read from a file of its own, held
 * against each other. What one file alone can tell stands in its reader's answer; here is only what
 * needs both, found by the same comparisons (format/policy/lint.h). Pure.
 */
#ifndef FORMAT_LINT_CROSS_H
#define FORMAT_LINT_CROSS_H

#include "format/clause/clause.h"
#include "format/policy/lint.h"

struct cross_finding {
    const char *code; /* P215, P216 */
    enum policy_severity severity;
    size_t doc, clause;     /* indices; clause may be CLAUSE_NONE: the front of the document */
    struct policy_range at; /* of that clause, in its source */
    struct str text;        /* what stands there, and what stands in the other file */
};

struct cross_answer {
    struct cross_finding *findings;
    size_t count;
    bool *settled; /* one per finding of the set: a term (P201, P202) that the other file uses */
};

/*
 * Compares the files of SET, told apart by name and digest; a set of one file gives an empty
 * answer. The result lives in ARENA and borrows from SET. -1 with limit.memory.
 */
int cross_check(struct arena *arena, const struct clause_set *set, struct cross_answer *ret,
                struct err *err);

#endif
