/*
 * evidence: which duty sentences of a policy satisfy which part, and in what words. Private to
 * format/bind.
 */
#ifndef FORMAT_BIND_EVIDENCE_H
#define FORMAT_BIND_EVIDENCE_H

#include "format/bind/score.h"

enum { EVIDENCE_CLAUSES = 64 }; /* kept for a part; more are counted only */

/* Of one entry. How strongly, for whom and how often is read from the clauses that are titled for
 * its topic where there are any, from all others else: what is said in passing elsewhere mends
 * nothing. */
struct evidence {
    size_t *clauses; /* in reading order, each once */
    size_t clause_count, more;
    size_t sentences;  /* that satisfy it */
    unsigned modality; /* the strongest: EVIDENCE_MAY … EVIDENCE_MUST */
    unsigned subject, when;
    bool free;     /* at least one of them makes no exception */
    bool home;     /* some of them stand under a title of the topic */
    bool stand_in; /* all of them stand in the basic policy, for the standard that was not given */
};

enum { EVIDENCE_NONE, EVIDENCE_MAY, EVIDENCE_SHOULD, EVIDENCE_EFFORT, EVIDENCE_MUST };

struct evidence_set {
    struct evidence *list; /* by entry */
    bool *bound;           /* by topic: something is bound to it */
    size_t **nearest;      /* by topic: at most 4 clauses, of its title or likeness */
    size_t *nearest_count;
};

/* The evidence in RESULT for each entry of its model. STAND_INS: sentences of the basic policy
 * count for the topics that theirs covers. -1 with limit.memory. */
int evidence_make(struct arena *arena, const struct bind_result *result, bool stand_ins,
                  struct evidence_set *ret, struct err *err);

/* True when the sentence makes an exception, or the next one of its clause does (ただし、…). */
bool evidence_exempts(const struct clause_set *set, size_t sentence);

/* How much a sentence orders. */
unsigned evidence_modality(const struct clause_sentence *sentence);

#endif
