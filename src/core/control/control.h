/*
 * control: what cored knows about the policy: its clauses, the controls that serve them, what those
 * last said, and the evidence; and the answers of GET policy… (docs/design/contract.md).
 *
 * The text is never parsed here: it comes as the JSON that policy-worker wrote, and its fields are
 * checked before anything is stored. States are computed when asked (core/control/state.h).
 */
#ifndef CORE_CONTROL_CONTROL_H
#define CORE_CONTROL_CONTROL_H

#include "base/mem/buf.h"
#include "core/control/state.h"
#include "core/store/store.h"

enum { CONTROL_JSON_BYTES = 32 << 20, CONTROL_EVIDENCE_SHOWN = 5 };

struct control;

/*
 * Loads the catalogue from DATA_DIR/topics and DATA_DIR/controls and the policy from STORE (which
 * is borrowed). An empty database is fine: no document yet. Errors of catalogue_load, file.*,
 * store.*, control.clause.
 */
int control_open(struct store *store, const char *data_dir, struct control **ret, struct err *err);
void control_close(struct control *control);

/*
 * Inside a unit: puts the documents of JSON (the answer of policy-worker) in force for the body
 * "town", in place of older ones of the same kind, with the rows of BIND (a bind.yaml) that speak
 * of them; BIND empty: with what the binder proposes, unconfirmed. Call control_refresh after the
 * commit. -1 with clause.* (a field is missing or of another kind), control.clause, errors of
 * bindings_load, store.*.
 */
int control_store_documents(struct control *control, struct str json, struct str bind,
                            int64_t now_us, struct err *err);

/* Takes documents, clauses and bindings from the database anew. On -1 the former ones stay. */
int control_refresh(struct control *control, struct err *err);

/*
 * At start, outside a unit: stores each .json file of FOLDER (answers of policy-worker) whose
 * source is not loaded yet, with FOLDER/bind.yaml, commits and refreshes. A folder that is missing
 * is fine. *RET_LOADED (may be NULL) counts the files taken. Errors of control_store_documents and
 * file.*.
 */
int control_seed(struct control *control, const char *folder, int64_t now_us, size_t *ret_loaded,
                 struct err *err);

/* Who tells about registers from now on (control_answer asks it); NULL: nobody. */
void control_registers_set(struct control *control, control_register_call *call, void *ctx);

/* True when a document is loaded whose source has this SHA-256 (hex): nothing to do at start. */
bool control_has_source(const struct control *control, struct str sha256_hex);

/* A leaf that shows what a control did. */
struct control_evidence {
    struct str log;
    uint64_t index;
    int64_t at_us;
    struct str kind, record;
};

/*
 * Inside a unit: keeps RESULT as the last one of its control (an older one than the known is passed
 * over; since_us is kept here) with EVIDENCE, which may be NULL and may come twice. -1 with
 * control.unknown, store.*.
 */
int control_report(struct control *control, const struct control_result *result,
                   const struct control_evidence *evidence, struct err *err);

/* Inside a unit: keeps a leaf as evidence of CONTROL_ID without a new result. */
int control_add_evidence(struct control *control, struct str control_id,
                         const struct control_evidence *evidence, struct err *err);

/*
 * Inside a unit: a leaf of the ledger was acknowledged. Each control whose file names its kind
 * under `passes` gets a result from it (GOOD: pass, else fail), each that names it under `evidence`
 * keeps it. Most kinds concern nobody: 0 and nothing is written.
 */
int control_observe(struct control *control, const struct control_evidence *leaf, bool good,
                    struct err *err);

/*
 * Inside a unit, at start and every hour: the results that only this module can know
 * (policy_published: a document is loaded and can be answered).
 */
int control_tick(struct control *control, int64_t now_us, struct err *err);

/*
 * Inside a unit, every minute: versions whose day has come are put in force, each with its leaf
 * policy.version.effective. 1 when one was: control_refresh follows the commit; 0; -1 store.*.
 */
int control_due(struct control *control, int64_t now_us, struct err *err);

/* A duty that comes back, as the town's own policy in force orders it. */
enum { CONTROL_DUTY_CLAUSES = 8 };
struct control_duty {
    const struct topic *topic;
    const struct topic_part *part;
    const struct topic_duty *duty;
    struct str clauses[CONTROL_DUTY_CLAUSES]; /* "std:10(3)", at most so many */
    size_t clause_count;
};

/* The duties of all parts that a confirmed binding names, in the order of the text, in ARENA; they
 * live until the next control_refresh. -1 limit.memory. */
int control_duties(const struct control *control, struct arena *arena, struct control_duty **ret,
                   size_t *ret_count, struct err *err);

/* True when a confirmed binding of the town's own policy names a topic of that id, or of a group
 * whose label begins with it ("8(4)"). */
bool control_topic_bound(const struct control *control, struct str topic);

/* True when NAME is the topic's id, its group, or a label its group lies under. */
bool control_topic_named(const struct topic *topic, struct str name);

/* A flow of the gate, as far as the policy speaks of it; borrowed texts. */
struct control_flow {
    struct str id, from, to;
    const struct str *classes; /* ids of confidentiality */
    size_t class_count;
    bool disarms;
};

/* Which flows there are from now on (borrowed); none at first. */
void control_flows_set(struct control *control, const struct control_flow *flows, size_t count);

/* A duty that a confirmed version changed, added or took away. */
struct control_revision {
    struct str body, doc, title, version; /* of the document; version: as it is called */
    struct str key;                       /* of the clause */
    struct str kind;                      /* changed, added, removed, moved, split, merged */
    struct str fields;                    /* in what it differs: "modality when" */
    struct str old_label, new_label;      /* empty: there is none */
    struct str heading;                   /* the nearest title at or above it */
    struct str touched;                   /* ids of controls and registers that answer it */
    struct str role;                      /* who looks at it: chief, system_manager … */
    uint64_t person;                      /* who confirmed */
};

/* Told inside the unit of a confirmation, once per duty. *RET_RECORD names what was made of it; on
 * -1 nothing is confirmed. */
typedef int control_revision_call(void *ctx, const struct control_revision *revision,
                                  uint64_t *ret_record, struct err *err);

/* Who keeps changed duties from now on; NULL: nobody. */
void control_revisions_set(struct control *control, control_revision_call *call, void *ctx);

struct json;

/*
 * Inside a read: one object {code, flow, class?} into the open array of JSON for each thing in
 * which FLOW (empty: any) and the town's policy disagree: flow.class_unknown (a class that the
 * policy's table lacks), flow.disarm_not_ordered (it disarms, and no sentence of the policy orders
 * that). A policy that could not be read says nothing.
 */
void control_put_flow_findings(struct control *control, struct str flow, struct json *json);

/* The neutral rank of a class of the town. */
struct control_rank {
    struct str code; /* "3A"; lives until the next refresh */
    unsigned rank;   /* 0 to 4 */
};

/* The classes of the town's policy, at most MOST, each code once; the number of them. */
int control_ranks(struct control *control, struct control_rank *ret, size_t most);

/*
 * CALL is told now and whenever other documents of the town came into force (after the refresh
 * that loaded them); NULL: nobody.
 */
typedef void control_changed_call(void *ctx);
void control_changed_set(struct control *control, control_changed_call *call, void *ctx);

/* Who asks: what may be seen is decided here, by the document's visibility. */
struct control_reader {
    bool staff;   /* of the body, not of a contractor */
    bool officer; /* holds a role of roles.yaml */
    bool import;  /* may import: chief, or whom the chief names */
};

struct control_ask {
    struct str path;          /* "policy", "policy/profile", "policy/DOC", "policy/DOC/clause/NAME",
                                 "policy/DOC/diff", "coverage" */
    struct str body, version; /* empty: the town itself, the version in force */
    struct str from, to, other; /* of a diff: versions; or another body */
    struct control_reader reader;
    int64_t now_us;
};

/*
 * Answers ASK as JSON into OUT (docs/design/contract.md). 0 done, 1 there is no such thing or not
 * for this reader (the caller's 404), -1.
 */
int control_answer(struct control *control, const struct control_ask *ask, struct buf *out,
                   struct err *err);

#endif
