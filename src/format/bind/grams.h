/*
 * grams: an inverted index from bigrams to what contains them, so that a sentence is compared only
 * with what shares a bigram with it. Entries are numbered from 0 in the order they are added.
 * Private to format/bind.
 */
#ifndef FORMAT_BIND_GRAMS_H
#define FORMAT_BIND_GRAMS_H

#include "base/mem/arena.h"
#include "format/bind/form.h"

struct posting {
    uint32_t entry, count; /* how often the gram stands in it */
    double score;          /* what a text that has the gram gains for the entry; set by its owner */
};

struct gram {
    uint64_t gram;
    struct posting *postings; /* by entry */
    uint32_t posting_count, room;
    double weight; /* how little it is used: set by grams_weigh */
};

struct grams {
    struct arena *arena;
    struct gram *slots; /* a power of two of them, at most half full */
    size_t slot_count, used, entry_count;
};

/* An empty index of about SIZE_HINT grams. -1 with limit.memory, as all below. */
int grams_init(struct grams *grams, struct arena *arena, size_t size_hint, struct err *err);

/* One more occurrence of all grams of FORM in ENTRY, which is the last one or a new one. */
int grams_add(struct grams *grams, size_t entry, const struct form *form, struct err *err);

/* Sets every weight to ln(1 + (N - n + 0.5) / (n + 0.5)), N entries of which n use the gram. */
void grams_weigh(struct grams *grams, size_t entry_count);

/* The gram, or NULL when no entry has it. */
const struct gram *grams_get(const struct grams *grams, uint64_t gram);

#endif
