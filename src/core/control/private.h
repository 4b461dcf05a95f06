/*
 * private: what the files of core/control share. For core/control alone.
 */
#ifndef CORE_CONTROL_PRIVATE_H
#define CORE_CONTROL_PRIVATE_H

#include "core/control/control.h"

struct body_profile;

/* A document as one version of it. */
struct control_version {
    int64_t id, base, import;
    int64_t effective_us; /* 0: since it was confirmed */
    struct str body, doc, version, title, state, visibility, source_sha256, tree_sha256;
    size_t key_next;
    bool older_topics; /* it was bound with topics other than those loaded now */
};

/* A document of a body, in force: its own, or another body's that it follows. */
struct control_doc {
    const struct control_version *version;
    size_t first, count; /* its clauses in the body's set */
};

struct control_link {
    struct str doc, to; /* to: the other body; empty: outside */
};

enum { CONTROL_DOCS_MOST = 12 };

struct control_body {
    struct str id, name;
    struct clause_set set;                      /* of its documents in force */
    struct control_doc docs[CONTROL_DOCS_MOST]; /* as in the set */
    size_t doc_count;
    struct control_link links[CONTROL_DOCS_MOST];
    size_t link_count;
    struct control_policy *policy; /* never NULL */
    struct body_profile *profile;  /* NULL: nobody asked yet */
};

/* All bodies as loaded from the database. */
struct control_loaded {
    struct arena *arena;
    struct control_body *bodies; /* the town itself first */
    size_t body_count;
    struct control_version *versions; /* oldest first, drafts too */
    size_t version_count;
};

struct control {
    struct store *store;
    struct arena *arena; /* the catalogue */
    struct catalogue *catalogue;
    char catalogue_sha256[65];
    struct control_loaded loaded;
    control_register_call *registers;
    void *registers_ctx;
    const struct control_flow *flows;
    size_t flow_count;
    control_changed_call *changed;
    void *changed_ctx;
    control_revision_call *revisions;
    void *revisions_ctx;
    uint64_t in_force; /* which documents of the town CHANGED was told of */
};

/* ---- flows.c ---- */

/* Tells who asked for it when the town's documents in force are others than before. */
void changed_tell(struct control *control);

/* ---- load.c ---- */

/* Reads bodies, versions in force and bindings of the store into RET. */
int load_all(struct control *control, struct control_loaded *ret, struct err *err);

/* Bindings of one document. */
struct bound_list {
    struct control_bound *rows;
    size_t count;
};

/* Adds the text of version ID to SET; its bindings, when it is document DOC of SET, in ARENA. */
int load_text(struct control *control, int64_t id, struct clause_set *set, struct err *err);
int load_bound(struct control *control, int64_t id, struct clause_set *set, size_t doc,
               struct arena *arena, struct bound_list *ret, struct err *err);

/* The body of that id (empty: the town itself), or NULL. */
struct control_body *body_find(const struct control *control, struct str id);

/* The document in force of BODY, or NULL; the version by its id, or NULL. */
const struct control_doc *doc_find(const struct control_body *body, struct str doc);
const struct control_version *version_find(const struct control *control, int64_t id);

/* The version of BODY's DOC by its name; empty: the one in force. NULL: none. */
const struct control_version *version_named(const struct control *control, struct str body,
                                            struct str doc, struct str name);

/* ---- version.c: changes, all inside a unit ---- */

struct version_new {
    struct str body, doc, version, title, visibility, source_sha256, json;
    const char *tree_sha256;
    const char *state;
    int64_t base, import, now_us;
    size_t key_next;
};

/* Writes a version; *RET_ID names it. */
int version_put(struct control *control, const struct version_new *new, int64_t *ret_id,
                struct err *err);

/* Writes what BOUND says of version ID. */
int version_bind(struct control *control, int64_t id, struct str key,
                 const struct control_bound *bound, struct err *err);

/* Puts version ID in force at NOW_US and the one before aside. */
int version_begin(struct control *control, int64_t id, struct err *err);

/* A leaf of the ledger about version V: KIND policy.version.confirm or .effective by HANDLE (empty:
 * the clock). */
int version_leaf(struct control *control, const char *kind, const struct control_version *v,
                 struct str handle, struct err *err);

/* Makes sure of a body. */
int body_put(struct control *control, struct str id, struct str name, struct err *err);

/* The name a version gets: as PRINTED, or the day; unlike every other of BODY's DOC. In ARENA. */
int version_name(struct control *control, struct arena *arena, const struct version_new *new,
                 struct str printed, struct str *ret, struct err *err);

/* ---- control.c ---- */

/* The last results and the exceptions of BODY, in ARENA. */
int control_facts_read(struct control *control, struct arena *arena,
                       const struct control_body *body, int64_t now_us, struct control_facts *ret,
                       struct err *err);

/* A list with room for so many. */
struct exception_list {
    struct control_exception *list;
    size_t count, most;
};

/* Adds to RET the waivers that stand (waive.c), one row for each clause their control serves. */
int control_waivers_read(struct control *control, struct arena *arena,
                         const struct control_body *body, struct exception_list *ret,
                         struct err *err);

/* The newest evidence of the controls that serve CLAUSE, at most CONTROL_EVIDENCE_SHOWN. */
struct evidence_row {
    struct str log, kind, record;
    int64_t index, at;
};
int control_evidence_read(struct control *control, struct arena *arena,
                          const struct control_policy *policy, size_t clause,
                          struct evidence_row *ret, size_t *ret_count, struct err *err);

/* True when a control answers what CLAUSE is bound to. */
bool control_serves_clause(const struct control_policy *policy, const struct control_def *def,
                           size_t clause);

#endif
