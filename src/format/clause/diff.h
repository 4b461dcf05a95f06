/*
 * diff: what became of each clause between two texts: two versions of a document, or the documents
 * of two bodies. Pure; bounded in time and memory whatever the texts are.
 *
 * Pairs are found in this order: the same words and only once on each side; the same place with
 * likeness >= 0.8; the best >= 0.6 under the same parent; the best >= 0.6 anywhere; one that became
 * two, or two that became one, when the two together reach 0.8. Likeness is Dice's over character
 * bigrams of title and text, blanks and width of letters aside.
 */
#ifndef FORMAT_CLAUSE_DIFF_H
#define FORMAT_CLAUSE_DIFF_H

#include "format/clause/clause.h"

enum diff_kind {
    DIFF_SAME,
    DIFF_RENUMBERED, /* the same words under the same parent at another place */
    DIFF_REWORDED,   /* other words; nothing below says that the duty is another */
    DIFF_CHANGED,    /* see enum diff_field: a person looks again */
    DIFF_MOVED,      /* under another parent */
    DIFF_SPLIT,      /* one became two: a row for each of the two */
    DIFF_MERGED,     /* two became one: a row for each of the two */
    DIFF_ADDED,
    DIFF_REMOVED,
    DIFF_KINDS,
};

/* "same", "renumbered" … */
const char *diff_kind_word(enum diff_kind kind);

/* Bits: in what a changed clause differs. */
enum diff_field {
    DIFF_MODALITY = 1 << 0,  /* must, may …; a duty or only an effort */
    DIFF_SUBJECT = 1 << 1,   /* who */
    DIFF_WHEN = 1 << 2,      /* how often, how soon */
    DIFF_NUMBER = 1 << 3,    /* a number in the text */
    DIFF_CLASS = 1 << 4,     /* a class of information that is named */
    DIFF_EXCEPTION = 1 << 5, /* an exception came or went */
    DIFF_NEEDS = 1 << 6,     /* permit, record, report, consent */
    DIFF_DUTY = 1 << 7,      /* a sentence that orders something came or went */
    DIFF_PHRASE = 1 << 8,    /* words that answer a part of a topic came or went */
    DIFF_FIELD_COUNT = 9,
};

/* "modality", "subject" … of bit INDEX. */
const char *diff_field_word(unsigned index);

/* A run of text: '=' in both, '-' only in the old one, '+' only in the new one. */
struct diff_span {
    char sign;
    struct str text;
};

struct diff_pair {
    size_t old, new; /* indices in their sets; CLAUSE_NONE: there is none */
    enum diff_kind kind;
    unsigned fields;
    bool recheck; /* a duty whose meaning may be another, or a new duty: a person looks again */
    struct diff_span *spans; /* over title and text; of same and renumbered: none */
    size_t span_count;
};

/* One document. */
struct diff_side {
    const struct clause_set *set;
    size_t doc; /* index; CLAUSE_NONE: no document, everything was added or removed */
};

/* True when words that matter for clause OLD (of the old set) stand in one of the texts only. */
typedef bool diff_phrase_call(void *ctx, size_t old, struct str old_text, struct str new_text);

struct diff_options {
    diff_phrase_call *phrase; /* NULL: phrases are not compared */
    void *ctx;
};

struct diff {
    struct diff_pair *pairs; /* in the new text's order, what was removed where it had stood */
    size_t pair_count;
    size_t counts[DIFF_KINDS]; /* of pairs */
};

/*
 * Compares two documents. OPTIONS may be NULL. Texts of spans live in ARENA or the sets. -1 with
 * limit.memory.
 */
int diff_make(struct arena *arena, const struct diff_side *old, const struct diff_side *new,
              const struct diff_options *options, struct diff **ret, struct err *err);

#endif
