/*
 * titles: what the titles above a clause say it is about, as an agreement of 0 … 1 with every
 * topic. Private to format/bind.
 */
#ifndef FORMAT_BIND_TITLES_H
#define FORMAT_BIND_TITLES_H

#include "format/bind/model.h"

enum { TITLES_BEST = BIND_CANDIDATES };

/* What one title is like, best first. */
struct title_match {
    size_t topics[TITLES_BEST];
    double scores[TITLES_BEST];
    size_t count;
    double ratio;   /* second / first; 0 when there is no second */
    bool contested; /* a title above names another topic */
    bool inside;    /* the best lies in the area that the titles name, or they name none */
};

struct titles {
    const struct model *model;
    const struct clause_set *set;
    struct arena *scratch; /* borrowed; cleared for each title */
    bool silent;           /* titles are not looked at */
    struct title_level {
        size_t owner;  /* clause whose level this is; CLAUSE_NONE */
        double *near;  /* by topic */
        size_t bound;  /* topic of the nearest title that clearly names one; SIZE_MAX */
        unsigned area; /* bits of areas.def that the titles down to here name */
        struct title_match match;
    } levels[POLICY_DEPTH + 3]; /* [0] is above all; of depth d it is [d + 1] */
    double *shared;             /* by wording: work space */
    size_t *touched;
    double *best; /* by topic: work space */
};

/* -1 with limit.memory. */
int titles_init(struct titles *titles, struct arena *arena, const struct model *model,
                const struct clause_set *set, struct arena *scratch, struct err *err);

/* What stands above and in the title of clause INDEX. Valid until the next call. Clauses asked in
 * reading order cost one title each, any other order at most one path to the top. */
const struct title_level *titles_of(struct titles *titles, size_t index, struct err *err);

#endif
