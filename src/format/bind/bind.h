/*
 * bind: which topic, and which part of it, each clause and sentence of a body's policy is about. A
 * suggestion is never a binding: a person confirms it. Pure: two tables in, one table out.
 *
 * Top-down, because titles carry most: titled clauses find their topics first, then each sentence
 * its parts inside the topics of the titles above it; a part outside wins only by a clear margin.
 * Likeness is measured on character bigrams (no dictionary, so no term is split wrongly); a part's
 * phrase that stands in the sentence counts more than any likeness. A definition orders nothing,
 * so it is bound to no part.
 */
#ifndef FORMAT_BIND_BIND_H
#define FORMAT_BIND_BIND_H

#include "base/mem/arena.h"
#include "base/mem/err.h"
#include "format/catalogue/catalogue.h"
#include "format/clause/clause.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    BIND_CANDIDATES = 5,
    BIND_ROWS_MOST = 400000,
    BIND_PARTS_MOST = 4, /* of one sentence */
};

/*
 * SURE: its phrase stands there and the next topic or part is far behind: confirmed in batches.
 * LIKELY: preselected. ASK: the candidates are shown. NOTHING: an own duty of this body; such
 * clauses have no row and stand in `unbound`.
 */
enum bind_confidence { BIND_SURE, BIND_LIKELY, BIND_ASK, BIND_NOTHING, BIND_CONFIDENCES };

/* "sure", "likely", "ask", "none". */
const char *bind_confidence_word(enum bind_confidence confidence);

/* Bits: what spoke for a row. */
enum bind_why {
    BIND_WHY_PHRASE = 1 << 0,   /* a phrase of the part stands there */
    BIND_WHY_TITLE = 1 << 1,    /* the clause's own title */
    BIND_WHY_ABOVE = 1 << 2,    /* inside the topic of a title above it */
    BIND_WHY_LEAD = 1 << 3,     /* an item: the sentence it belongs to */
    BIND_WHY_WORDS = 1 << 4,    /* likeness of the words */
    BIND_WHY_EXAMPLE = 1 << 5,  /* likeness to an example of that part */
    BIND_WHY_SUBJECT = 1 << 6,  /* the expected role */
    BIND_WHY_MODALITY = 1 << 7, /* the expected must, must_not … */
    BIND_WHY_BESIDE = 1 << 8,   /* a further part or an also-topic, beside the first row */
    BIND_WHY_ORDER = 1 << 9,    /* between its neighbours' parts, where the catalogue has it too */
    BIND_WHY_COUNT = 10,
};

/* "phrase", "title" … of bit INDEX. */
const char *bind_why_word(unsigned index);

struct bind_candidate {
    const struct topic *topic;
    const struct topic_part *part; /* NULL: the topic has no parts, or the row is a title's */
    double score;
};

struct bind_row {
    size_t clause;   /* index in the set */
    size_t sentence; /* index in the set's sentences; CLAUSE_NONE: the whole clause */
    const struct topic *topic;
    const struct topic_part *part;   /* NULL: the whole topic */
    double score, second;            /* second: of the best other topic or part, 0 when none */
    enum bind_confidence confidence; /* SURE, LIKELY or ASK */
    unsigned why;                    /* bits of enum bind_why */
    /* The row says what is below a title and orders nothing itself: the clause has sentences or
     * children that have rows of their own. Never counts as what answers a duty. */
    bool heading;
    /* The sentence orders something. False for definitions and plain statements: they are bound to
     * a topic (a reader finds them there) but satisfy no part. */
    bool duty;
    struct bind_candidate candidates[BIND_CANDIDATES]; /* best first; [0] is this row */
    size_t candidate_count;
};

struct model;

struct bind_result {
    const struct model *model;         /* private: coverage uses it again */
    const struct catalogue *catalogue; /* borrowed */
    const struct clause_set *set;      /* borrowed */
    struct bind_row *rows;             /* by clause, then sentence; a sentence's best part first */
    size_t row_count;
    size_t *first;   /* by clause: its first row; [clause_count] is row_count */
    size_t *unbound; /* indices of clauses that order something and found no topic */
    size_t unbound_count;
    size_t counts[BIND_CONFIDENCES]; /* rows that are no headings; BIND_NOTHING: unbound clauses */
};

/* Sentences whose topic and part are known: those of the model policy, bound by its bind.yaml. */
struct bind_examples {
    const struct clause_set *set;
    const struct bindings *bindings;
};

struct bind_options {
    const struct bind_examples *examples; /* NULL: none */
    bool no_titles;                       /* for measuring: titles and chapters are not looked at */
    bool no_phrases;                      /* for measuring: nor phrases, as if none were met */
};

/*
 * Binds the clauses of SET to topics and parts of CATALOGUE, in reading order. Topics of the group
 * "basic" are offered to the basic policy, the other ones to the other documents; `also` topics to
 * both, beside another topic only. OPTIONS may be NULL. Time is linear in the text times the parts
 * that share a bigram with it. CATALOGUE and SET must outlive the result. -1 with bind.rows (more
 * than BIND_ROWS_MOST) or limit.memory.
 */
int bind_make(struct arena *arena, const struct catalogue *catalogue, const struct clause_set *set,
              const struct bind_options *options, struct bind_result **ret, struct err *err);

/* The rows of clause INDEX: *RET_COUNT of them from the answer on; NULL when there is none. */
const struct bind_row *bind_rows_of(const struct bind_result *result, size_t index,
                                    size_t *ret_count);

#endif
