/*
 * import: a policy text that a person hands in: read by policy-worker (elsewhere), proposed,
 * settled question by question, confirmed. Nothing of an import is in force, counts or loosens a
 * control before it is confirmed by who may (the caller checks that).
 *
 * What changes runs inside a unit; after IMPORT calls that say so, control_refresh follows the
 * commit. Errors besides those of core/store: not_found, policy.import_moved (another digest),
 * policy.import_state, policy.choice, policy.questions_open, policy.body, policy.effective,
 * policy.link.
 */
#ifndef CORE_CONTROL_IMPORT_H
#define CORE_CONTROL_IMPORT_H

#include "core/control/control.h"

#include <jansson.h>

enum { IMPORT_SOURCE_BYTES = 16 << 20, IMPORT_SLICE_BYTES = 64 << 10 };

struct import_new {
    struct str body, name; /* empty body: the town itself */
    struct str source;
    uint64_t person;
    int64_t now_us;
};

/* Keeps the file, state "reading". *RET_ID names the import. -1 also policy.size, policy.body,
 * policy.imports (too many are open). */
int import_begin(struct control *control, const struct import_new *new, int64_t *ret_id,
                 struct err *err);

/* The file of an import that waits to be read, for the worker: 0 with *RET_SOURCE and *RET_NAME in
 * ARENA, 1 when it does not wait. */
int import_waiting(struct control *control, struct arena *arena, int64_t id, struct str *ret_source,
                   struct str *ret_name, struct err *err);

/* The oldest import that waits to be read: 0 with *RET_ID, 1 none. */
int import_next(struct control *control, int64_t *ret_id, struct err *err);

/* The worker's answer JSON with exit code CODE: state "read", or "failed" with the reason. An
 * answer that is not the reader's is a failure of the import, not of the call. Refresh after it. */
int import_take(struct control *control, int64_t id, unsigned code, struct str json, int64_t now_us,
                struct err *err);

/* The text could not be read: state "failed". */
int import_fail(struct control *control, int64_t id, const struct err *why, struct err *err);

struct import_act {
    int64_t id;
    struct str digest; /* as shown */
    uint64_t person;
    struct str handle;  /* of the person, for the ledger */
    const json_t *body; /* of the call: question, choice; or body, effective, visibility, links */
    int64_t now_us;
};

/* Answers one question; refresh after it. */
int import_settle(struct control *control, const struct import_act *act, struct err *err);

/* Makes its documents versions of the body, in force at once or on their day. Refresh after it. */
int import_confirm(struct control *control, const struct import_act *act, struct err *err);

/* Forgets the file and its drafts. Refresh after it. */
int import_discard(struct control *control, int64_t id, struct err *err);

/* GET policy/import: 0 with the JSON in OUT. */
int import_list(struct control *control, struct buf *out, struct err *err);

/* GET policy/import/ID: 0, or 1 when there is none. */
int import_answer(struct control *control, int64_t id, struct buf *out, struct err *err);

/* …/clauses, …/diff?doc=, …/source?from&to. 0, 1 none. */
int import_clauses(struct control *control, int64_t id, struct buf *out, struct err *err);
int import_diff(struct control *control, int64_t id, struct str doc, struct buf *out,
                struct err *err);
int import_slice(struct control *control, int64_t id, uint64_t from, uint64_t to, struct buf *out,
                 struct err *err);

#endif
