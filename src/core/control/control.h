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
 * Inside a unit: stores the documents of JSON (the answer of policy-worker) in place of older ones
 * of the same kind, with the rows of BIND (a bind.yaml; may be empty) that speak of them. Call
 * control_refresh after the commit. -1 with control.json (a field is missing or of another kind),
 * control.clause, errors of bindings_load, store.*.
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
 * Answers `policy`, `policy/DOC` or `policy/DOC/clause/NAME` (NAME a key or a label) as JSON into
 * OUT. 0 done, 1 there is no such thing (the caller's 404), -1.
 */
int control_answer(struct control *control, struct str path, int64_t now_us, struct buf *out,
                   struct err *err);

#endif
