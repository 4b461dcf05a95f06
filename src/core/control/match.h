/*
 * match: which topic a titled clause is about, from its title and the titles above it (policy.md
 * §6). Headings carry most of what a clause is about; the sentence alone says much less. A
 * suggestion is never a binding: a person confirms it.
 */
#ifndef CORE_CONTROL_MATCH_H
#define CORE_CONTROL_MATCH_H

#include "core/control/state.h"

/* One clause of a policy, in reading order, parents before children. */
struct control_clause {
    struct str doc, key, label, path, kind, title, text, role;
    size_t parent; /* index, or CONTROL_NO_PARENT */
    unsigned depth;
    bool duty; /* it has a sentence of its own that is no definition */
};

#define CONTROL_NO_PARENT SIZE_MAX

/* By how far the second topic is behind: sure is confirmed in batches, likely is preselected, ask
 * shows both. */
enum control_confidence { CONFIDENCE_SURE, CONFIDENCE_LIKELY, CONFIDENCE_ASK };

/* "sure", "likely", "ask". */
const char *control_confidence_word(enum control_confidence confidence);

struct control_match {
    size_t clause; /* index */
    const struct topic *topic, *second;
    double score, second_score;
    enum control_confidence confidence;
};

enum { CONTROL_MATCHES_MOST = 5000 };

/*
 * Suggests a topic for each titled clause that resembles one, in reading order, at most
 * CONTROL_MATCHES_MOST. Topics of the basic policy are offered to clauses of document "basic", the
 * others to the rest. -1 limit.memory.
 */
int control_match(struct arena *arena, const struct catalogue *catalogue,
                  const struct control_clause *clauses, size_t count,
                  struct control_match **ret_matches, size_t *ret_count, struct err *err);

#endif
