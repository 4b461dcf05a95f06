/*
 * draft: what a reader's answer makes of a body's policy: its documents with the keys they had, and
 * what each sentence is about: carried over where the words or their place did not change the duty,
 * proposed by the binder where it is new. Private to core/control; writes nothing.
 */
#ifndef CORE_CONTROL_DRAFT_H
#define CORE_CONTROL_DRAFT_H

#include "core/control/private.h"
#include "core/control/text.h"
#include "format/bind/bind.h"

/* cored binds and compares in its loop, so one text may not keep it for long: six times the longest
 * policy known. */
enum { DRAFT_CLAUSES_MOST = 4000, DRAFT_JSON_BYTES = 6 << 20 };

/* A document of a draft. */
struct draft_doc {
    struct text text;
    struct str printed;                 /* its version as printed; may be empty */
    const struct control_version *base; /* what it follows; NULL: nothing */
    struct control_bound *bound;        /* clause: index in text.set */
    size_t bound_count;
    size_t first;          /* its clauses in the binder's set begin here */
    int64_t version;       /* its row, once there is one */
    enum diff_kind *kinds; /* per clause: what became of it; DIFF_ADDED without a base */
};

struct draft {
    struct draft_doc docs[CONTROL_DOCS_MOST];
    size_t doc_count;
    struct clause_set set; /* all of them, as the binder saw them */
    struct bind_result *binder;
    const struct bind_examples *examples; /* NULL: none */
};

/* What another document is called than the reader says. */
struct draft_word {
    struct str doc, as; /* as empty: it is left out */
};

struct draft_from {
    struct str json, body;
    const struct draft_word *words;
    size_t word_count;
};

/*
 * Makes the draft of FROM's json for its body (of which nothing may be known yet) in ARENA. -1 with
 * control.json, clause.*, policy.size, policy.nodes, bind.rows, limit.memory.
 */
int draft_make(struct control *control, struct arena *arena, const struct draft_from *from,
               struct draft *ret, struct err *err);

/* Options for a diff whose old side is SET, the text of version ID alone: phrases of what its
 * clauses are bound to count. They live as long as ARENA and SET; ctx is the struct control_policy
 * of SET. */
int draft_phrases(struct control *control, struct arena *arena, int64_t id, struct clause_set *set,
                  struct diff_options *ret, struct err *err);

/* The examples a binder may learn from: what was confirmed for the town itself. *RET NULL: none. */
int draft_examples(struct control *control, struct arena *arena, struct bind_examples **ret,
                   struct err *err);

#endif
