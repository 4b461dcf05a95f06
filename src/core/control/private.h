/*
 * private: what control.c, document.c and answer.c share. For core/control alone.
 */
#ifndef CORE_CONTROL_PRIVATE_H
#define CORE_CONTROL_PRIVATE_H

#include "core/control/control.h"

struct control_doc {
    struct str doc, title, body, version, visibility, sha256;
    size_t first, count; /* its clauses */
};

/* The policy as loaded from the database. */
struct control_loaded {
    struct arena *arena;
    struct control_doc *docs;
    size_t doc_count;
    struct control_policy *policy; /* never NULL */
};

struct control {
    struct store *store;
    struct arena *arena; /* the catalogue */
    struct catalogue *catalogue;
    struct control_loaded loaded;
};

/* document.c: reads documents, clauses and bindings of STORE into RET. */
int document_load(struct control *control, struct control_loaded *ret, struct err *err);

/* control.c: the last results and the exceptions, in ARENA. */
int control_facts_read(struct control *control, struct arena *arena, int64_t now_us,
                       struct control_facts *ret, struct err *err);

/* The newest evidence of the controls that serve CLAUSE, at most CONTROL_EVIDENCE_SHOWN. */
struct evidence_row {
    struct str log, kind, record;
    int64_t index, at;
};
int control_evidence_read(struct control *control, struct arena *arena, size_t clause,
                          struct evidence_row *ret, size_t *ret_count, struct err *err);

#endif
