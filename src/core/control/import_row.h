/*
 * import_row: imports and their questions as rows. Private to core/control.
 */
#ifndef CORE_CONTROL_IMPORT_ROW_H
#define CORE_CONTROL_IMPORT_ROW_H

#include "core/control/private.h"

struct import_row {
    int64_t id, made_at, rev;
    struct str state, body, name, sha256, error_code, error_detail;
    char digest[65]; /* of what is shown: changes with every answer */
};

struct question_row {
    struct str id, kind, severity, doc, key, label, title, text, code, candidates, choice;
    int64_t version, from, to;
    unsigned sentence;
};

/* The import ID in ARENA: 0, 1 there is none, -1. */
int import_row_get(struct control *control, struct arena *arena, int64_t id, struct import_row *ret,
                   struct err *err);

/* All imports that are open, newest first. */
int import_row_open(struct control *control, struct arena *arena, struct import_row **ret,
                    size_t *ret_count, struct err *err);

/* The reader's whole answer, or the bytes of the file, in ARENA. */
int import_row_json(struct control *control, struct arena *arena, int64_t id, struct str *ret,
                    struct err *err);
int import_row_source(struct control *control, struct arena *arena, int64_t id, struct str *ret,
                      struct err *err);

/* Questions of import ID in their order. */
int question_all(struct control *control, struct arena *arena, int64_t id,
                 struct question_row **ret, size_t *ret_count, struct err *err);

/* Inside a unit: adds a question, SEQ in the order of the text. */
int question_put(struct control *control, int64_t import, size_t seq,
                 const struct question_row *row, struct err *err);

/* Inside a unit: the answer to a question (empty: taken back). 1: there is no such question. */
int question_settle(struct control *control, int64_t import, struct str id, struct str choice,
                    uint64_t person, int64_t now_us, struct err *err);

/* Around the making of new questions: the old ones are set aside, then their answers go to the new
 * ones of the same name. */
int question_aside(struct control *control, int64_t import, struct err *err);
int question_restore(struct control *control, int64_t import, struct err *err);

/* Inside a unit: state, and one more revision. */
int import_row_state(struct control *control, int64_t id, const char *state, const struct err *why,
                     struct err *err);

/* Inside a unit: keeps the reader's answer. */
int import_row_keep(struct control *control, int64_t id, struct str json, struct err *err);

/* Inside a unit: drops the drafts of an import, with their bindings. */
int import_row_drop_drafts(struct control *control, int64_t id, struct err *err);

/* Inside a unit: forgets file and answer. */
int import_row_forget(struct control *control, int64_t id, struct err *err);

#endif
