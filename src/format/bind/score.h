/*
 * score: how well each part of the catalogue fits one text, by its words, its phrases and its
 * place. Private to format/bind.
 */
#ifndef FORMAT_BIND_SCORE_H
#define FORMAT_BIND_SCORE_H

#include "format/bind/model.h"

#define ENTRY_NONE UINT32_MAX

enum { SCORE_BEST = 12 };

/* What is known of a text besides its words. */
struct score_place {
    enum policy_doc_kind doc;
    const double *near;                     /* agreement of the titles above, by topic */
    uint32_t lead, before;                  /* entries: of the lead sentence, of the text before */
    const struct clause_sentence *sentence; /* NULL: a title or a limit of a class */
    bool definition;
};

struct scored {
    uint32_t entry;
    double score;
    unsigned why;
};

struct scorer {
    const struct model *model;
    double *words, *phrases;        /* by entry: work space, all 0 between two calls */
    bool *seen;                     /* by phrase */
    struct scored best[SCORE_BEST]; /* of the last text, best first */
    size_t count;
    struct scored also[BIND_PARTS_MOST]; /* parts of `also` topics whose phrase stands in it */
    size_t also_count;
};

/* -1 with limit.memory. */
int scorer_init(struct scorer *scorer, struct arena *arena, const struct model *model,
                struct err *err);

/* Sets scorer->best for TEXT at PLACE. `also` topics are never in it: they stand beside. */
void score_text(struct scorer *scorer, const struct form *text, const struct score_place *place);

/* The entries of which a phrase stands in TEXT: the first MOST of them into RET, their number is
 * the answer. */
size_t score_phrases(struct scorer *scorer, const struct form *text, uint32_t *ret, size_t most);

#endif
