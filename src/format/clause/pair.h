/*
 * pair: which clause of one document is which of another: the pairing of diff.h. Private to
 * format/clause.
 */
#ifndef FORMAT_CLAUSE_PAIR_H
#define FORMAT_CLAUSE_PAIR_H

#include "format/clause/diff.h"

#include <stdint.h>

/* The bigrams of a text, sorted; blanks left out, letters of full width as half. */
struct grams {
    uint32_t *list;
    size_t n;
};

/* Grams of A and then B in ARENA; list is NULL at the arena's limit. */
struct grams grams_of(struct arena *arena, struct str a, struct str b);

/* Dice's likeness of two bags, 0 … 1; 0 at once when it cannot reach LEAST. */
double grams_likeness(const struct grams *a, const struct grams *b, double least);

/* True if A and B hold the same characters, blanks and width aside. */
bool text_same(struct str a, struct str b);

/* One side while it is paired; clauses are counted from the document's first. */
struct pair_side {
    const struct clause *clauses;
    size_t count, first;
    struct grams *grams;
    size_t *mate; /* of each clause: its partner, or CLAUSE_NONE */
    size_t
        *half;   /* one of two: the clause on the other side they make up; that clause: the first */
    bool *whole; /* it stands for two of the other side */
};

/* The other half stands at most so many clauses away. */
enum { PAIR_NEIGHBOURS = 2 };

/* Pairs OLD with NEW; all arrays live in ARENA. -1 limit.memory. */
int pair_clauses(struct arena *arena, const struct diff_side *old, const struct diff_side *new,
                 struct pair_side *ret_old, struct pair_side *ret_new, struct err *err);

#endif
