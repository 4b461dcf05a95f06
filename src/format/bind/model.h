/*
 * model: the catalogue made ready to be compared with: its parts with what they are worded like,
 * their phrases in search form, their examples, and the wordings of its topics' titles. Made once
 * per binding. Private to format/bind.
 */
#ifndef FORMAT_BIND_MODEL_H
#define FORMAT_BIND_MODEL_H

#include "format/bind/bind.h"
#include "format/bind/grams.h"

enum weight_name {
#define WEIGHT(name, value) W_##name,
#include "format/bind/weights.def"
#undef WEIGHT
    W_COUNT
};

extern const double model_weights[W_COUNT];

#define W(name) (model_weights[W_##name])

/* One part of a topic; a topic without parts has one entry, whose part is NULL. */
struct entry {
    const struct topic *topic;
    const struct topic_part *part;
    size_t topic_index;
    bool definition; /* master data, no duty: a definition may satisfy it */
    double length;   /* grams, each as often as it was added */
    struct form *examples;
    size_t example_count, example_room;
    struct form *never;
    size_t never_count;
};

struct phrase {
    uint32_t entry;
    struct form *words;
    size_t word_count;
    double bonus;
};

/* One wording of a topic's title. */
struct wording {
    size_t topic;
    double weight; /* of all its grams */
};

struct model {
    struct arena *arena;
    bool no_phrases; /* see struct bind_options */
    const struct catalogue *catalogue;
    const struct form_rules *rules;
    struct entry *entries;
    size_t entry_count;
    size_t *first_entry; /* by topic; [topic_count] is entry_count */
    struct grams words;  /* gram → entries */
    double mean_length;
    struct phrase *phrases;
    size_t phrase_count;
    struct grams phrase_grams; /* one gram of each phrase → phrases */
    uint32_t *always;          /* phrases too short for a gram */
    size_t always_count;
    struct wording *wordings;
    size_t wording_count;
    struct grams titles; /* gram → wordings */
};

/* The model of CATALOGUE with the examples of OPTIONS (may be NULL); names of bodies in SET are its
 * own sign. -1 with limit.memory. */
int model_make(struct arena *arena, const struct catalogue *catalogue, const struct clause_set *set,
               const struct bind_options *options, struct model **ret, struct err *err);

/* True when all words of PHRASE stand in TEXT and none of its entry's `never` words does. */
bool model_phrase_met(const struct model *model, const struct phrase *phrase,
                      const struct form *text);

/* True when the sentence says what a word means and orders nothing, wherever it stands. */
bool model_defines(const struct clause_sentence *sentence);

/* True when the sentence says that something is not done or need not be (監査は行わない): it cannot
 * satisfy PART (or NULL), unless the part is itself a prohibition. */
bool model_waives(const struct clause_sentence *sentence, const struct topic_part *part);

/* True when clause C of SET is bound at all: prefaces and supplements are not. */
bool model_binds(const struct clause_set *set, const struct clause *c);

/* True when topics like TOPIC are offered to documents of kind DOC. */
bool model_offers(const struct topic *topic, enum policy_doc_kind doc);

/* Row ROW of the examples' bindings: the clause it stands in (index in their set) and, in
 * *RET_ENTRY, the entry it is an example of. CLAUSE_NONE when it is none: no such clause, or no
 * single part. */
size_t model_example(const struct model *model, const struct bind_examples *examples, size_t row,
                     size_t *ret_entry);

#endif
