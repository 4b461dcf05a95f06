/*
 * coverage: what of the catalogue a body's policy orders, and what of the policy is answered. The
 * verdict is per part, never per likeness: a clause may be nearly the model's and lack the one
 * sentence that matters. Only a duty sentence satisfies a part; a definition never does. Pure.
 */
#ifndef FORMAT_BIND_COVERAGE_H
#define FORMAT_BIND_COVERAGE_H

#include "format/bind/bind.h"

enum coverage_verdict {
    COVERAGE_PRESENT,
    COVERAGE_WEAKER,     /* ordered, but less than expected: see `weaker` */
    COVERAGE_ABSENT,     /* the topic is unbound, or this part stands in no duty sentence */
    COVERAGE_DELEGATED,  /* the text names another body's document for it */
    COVERAGE_NOT_LOADED, /* it would stand in a document that was not given (or is secret) */
    COVERAGE_EXCLUDED,   /* the profile says that it does not apply */
    COVERAGE_VERDICTS,
};

/* "present", "weaker", "absent", "delegated", "not_loaded", "excluded". */
const char *coverage_verdict_word(enum coverage_verdict verdict);

/* Bits: in what a part is weaker. */
enum coverage_weaker {
    WEAKER_MODALITY = 1 << 0,  /* should or may for must, or only an effort */
    WEAKER_FREQUENCY = 1 << 1, /* as needed for periodic, periodic for yearly */
    WEAKER_SUBJECT = 1 << 2,   /* only some of the expected roles */
    WEAKER_EXCEPTION = 1 << 3, /* an exception that the examples do not have */
    WEAKER_COUNT = 4,
};

/* "modality", "frequency", "subject", "exception". */
const char *coverage_weaker_word(unsigned index);

struct coverage_row {
    const struct topic *topic;
    const struct topic_part *part; /* NULL: the topic has no parts */
    enum coverage_verdict verdict;
    unsigned weaker; /* bits of enum coverage_weaker */
    size_t *clauses; /* indices of the clauses that order it (absent: that come nearest) */
    size_t clause_count;
    bool stands_in;             /* found in the basic policy, for want of the standard */
    struct str expected, found; /* words: "must", "yearly" …; empty when nothing is to be said */
};

/* One chapter of the policy. */
struct coverage_chapter {
    size_t clause; /* index of the chapter */
    size_t leaves, bound;
    size_t confidence[BIND_CONFIDENCES]; /* leaves by the best of their rows */
    size_t kinds[KIND_COUNT];            /* bound leaves by the first kind of their part or topic */
    size_t answered; /* bound leaves that something answers: a control, register, check … */
    size_t gaps;     /* bound leaves that nothing answers yet, and unbound leaves */
};

/* A document that the text names for a duty and that is another body's, or was not given. */
struct coverage_link {
    size_t clause;   /* where it is named */
    struct str doc;  /* "std" or "procedure" */
    struct str body; /* the other body's name as it stands there; empty: own */
    bool delegated;  /* another body's */
    bool loaded;
};

/* What applies to a body; lists of ids of topics, or of groups by their prefix ("zone."). */
struct coverage_profile {
    struct str *excluded;
    size_t excluded_count;
};

struct coverage {
    struct coverage_row *rows; /* in the catalogue's order, each part once */
    size_t row_count;
    struct coverage_chapter *chapters; /* in reading order */
    size_t chapter_count;
    struct coverage_link *links;
    size_t link_count;
    size_t counts[COVERAGE_VERDICTS]; /* rows */
};

/*
 * Computes coverage from RESULT. PROFILE may be NULL (nothing is excluded); EXAMPLES may be NULL
 * (then frequency and exception are compared with nothing). RESULT, its set and catalogue must
 * outlive the answer. -1 with limit.memory.
 */
int coverage_make(struct arena *arena, const struct bind_result *result,
                  const struct coverage_profile *profile, const struct bind_examples *examples,
                  struct coverage **ret, struct err *err);

#endif
