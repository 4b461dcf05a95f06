/*
 * text: the reader's answer cut into one answer per document, with the keys that the document's
 * clauses have had before. Private to core/control.
 */
#ifndef CORE_CONTROL_TEXT_H
#define CORE_CONTROL_TEXT_H

#include "format/clause/diff.h"

#include <jansson.h>

/* One document of an answer as a text of its own. */
struct text {
    struct str doc;        /* "std" */
    struct str json;       /* in the arena */
    char sha256[65];       /* of json */
    struct clause_set set; /* of json */
    size_t key_next;       /* the first number that no key of this document ever had */
    struct diff *diff;     /* against the base; NULL: there is none */
};

/* What a text follows. */
struct text_base {
    const struct clause_set *set; /* NULL: nothing */
    size_t doc;                   /* index in it */
    size_t key_next;
    const struct diff_options *options; /* for the diff */
};

/*
 * Cuts document DOC (a word in ROOT) out of the answer ROOT, calls it AS, and gives each clause
 * that BASE has the key it has there; new ones get numbers never used before. All in ARENA. -1 with
 * the codes of clause_set_add, limit.memory, control.json.
 */
int text_cut(struct arena *arena, const json_t *root, const char *doc, const char *as,
             const struct text_base *base, struct text *ret, struct err *err);

#endif
