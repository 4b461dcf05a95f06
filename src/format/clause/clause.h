/*
 * clause: the reader's answer (docs/formats/policy.md) as flat tables: what binding, coverage,
 * diff, OSCAL and the state of clauses are computed from. The JSON comes from a process that has
 * read foreign text, so every field is checked here, once, for all who use it. Pure.
 *
 * A set holds the documents of one body: often two files, the basic policy and the standard.
 */
#ifndef FORMAT_CLAUSE_CLAUSE_H
#define FORMAT_CLAUSE_CLAUSE_H

#include "base/mem/arena.h"
#include "base/mem/err.h"
#include "base/mem/str.h"
#include "format/policy/policy.h"

#include <stdbool.h>
#include <stddef.h>

#define CLAUSE_NONE SIZE_MAX

struct clause_sentence {
    size_t clause;   /* index */
    unsigned number; /* from 1, within the clause */
    struct str text;
    enum policy_type type;
    enum policy_modality modality;
    bool effort, exception, inherited; /* inherited: the subject comes from the lead or heading */
    unsigned subject, when, needs;     /* bits of enum policy_role, policy_when, policy_needs */
};

struct clause {
    size_t doc; /* index */
    struct str key, label, path, title, text;
    struct str mark;    /* word of its class: policy_mark_word */
    struct str printed; /* the mark as it stands in the text */
    enum policy_kind kind;
    size_t parent;   /* index, or CLAUSE_NONE: a chapter, a term, a supplement */
    unsigned depth;  /* 1 for a chapter */
    size_t position; /* among its siblings, from 1 */
    size_t child_count;
    size_t first_sentence, sentence_count;
    struct policy_range at; /* bytes of the source: from its first to its last */
    bool duty;              /* it has a sentence of its own that is no definition */
    unsigned roles;         /* subjects of its own sentences */
};

struct clause_table {
    enum policy_table_kind kind;
    struct str axis;
    size_t clause; /* it stands there; CLAUSE_NONE: the front of a document */
    struct clause_row {
        struct str *cells;
        size_t cell_count;
        struct str role;        /* TABLE_ROLES: "ciso" … or empty */
        struct policy_range at; /* bytes of the source: from its first to its last */
    } * rows;
    size_t row_count;
};

struct clause_ref {
    struct str kind, text; /* "absolute" … */
    size_t from;           /* index */
    size_t *to;
    size_t to_count;
};

struct clause_finding {
    struct str code, severity, label, text;
    size_t clause; /* or CLAUSE_NONE */
    struct policy_range at;
};

struct clause_doc {
    enum policy_doc_kind kind;
    struct str word; /* "basic", "std", … */
    struct str title, body_name, version, dated, front;
    struct str sha256; /* of the source, hex */
    struct str name;   /* of the source file */
    size_t first,
        count; /* its clauses, terms and supplements: contiguous, parents before children */
    size_t chapters, nodes, leaves, sentences;
};

struct clause_set {
    struct arena *arena; /* owns everything; borrowed */
    struct clause_doc *docs;
    size_t doc_count;
    struct clause *clauses;
    size_t clause_count;
    struct clause_sentence *sentences; /* in reading order */
    size_t sentence_count;
    struct clause_table *tables;
    size_t table_count;
    struct clause_ref *refs;
    size_t ref_count;
    struct clause_finding *findings;
    size_t finding_count;
};

/* An empty set whose contents will live in ARENA. */
void clause_set_init(struct clause_set *set, struct arena *arena);

/*
 * Adds the documents of JSON, an answer of policy-worker, to SET. A document of a kind that is
 * there already (two basic policies) is refused, except preface and other, which may come once per
 * file. JSON need not outlive the call. -1 with clause.json (a field is missing or of another kind;
 * the detail names it), clause.twice (document), clause.count (over a limit of policy.h),
 * limit.memory; SET is then as before.
 */
int clause_set_add(struct clause_set *set, struct str json, struct err *err);

/* The document of that word, or NULL. */
const struct clause_doc *clause_doc_get(const struct clause_set *set, struct str word);

/*
 * The index of the clause NAME means: "4(2)①", "std:4(2)①", a key "c0012" or "std:c0012".
 * CLAUSE_NONE when there is none or more than one (*RET_TWICE, may be NULL, is then true).
 */
size_t clause_find(const struct clause_set *set, struct str name, bool *ret_twice);

/* The nearest titled clause at or above INDEX, or CLAUSE_NONE. */
size_t clause_titled(const struct clause_set *set, size_t index);

/* True when nothing stands below the clause. */
static inline bool
clause_is_leaf(const struct clause *c)
{
    return c->child_count == 0;
}

#endif
