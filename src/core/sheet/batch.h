/*
 * batch: one table that came in for a register: what was read, what each row would do, what became
 * of it. reading → previewed → applying → done; failed and dropped end it.
 *
 * The file is not kept, its digest is. What a row would set is kept until it is done; afterwards it
 * stands in the record and nowhere else. Only who sent a batch sees and applies it.
 */
#ifndef CORE_SHEET_BATCH_H
#define CORE_SHEET_BATCH_H

#include "base/mem/arena.h"
#include "core/store/store.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum { BATCH_OPEN_MOST = 20, BATCH_PREVIEW_DAYS = 14, BATCH_PAGE_MOST = 1000 };

struct batch {
    uint64_t id, person;
    struct str reg, factors, name, encoding, sheet, state, code, detail;
    bool pasted;
    uint64_t bytes;
    unsigned char file_digest[32], nonce[16], def_digest[32], digest[32];
    int64_t created, changed, same, errors, done, left_over, at, ended;
};

/* What becomes of one row. */
struct batch_row {
    uint32_t row;
    const char *kind; /* new, change, same, error */
    uint64_t record, rev;
    const unsigned char *digest; /* of RECORD, NULL: none */
    struct str fields, shown;
};

/* Adds BATCH (state reading, its id made here) in a unit. -1 sheet.busy when the person has
 * BATCH_OPEN_MOST that are not ended, or of core/store. */
int batch_add(struct store *store, struct batch *batch, struct err *err);

/* 0 with *RET in ARENA, 1 unknown, -1. */
int batch_get(struct store *store, struct arena *arena, uint64_t id, struct batch *ret,
              struct err *err);

/* All in a unit. */
int batch_row_add(struct store *store, uint64_t batch, const struct batch_row *row,
                  struct err *err);
int batch_note_add(struct store *store, uint64_t batch, unsigned turn, bool problem,
                   const char *code, struct str place, struct err *err);
/* Ends the reading of BATCH with its counts, definition and digest. */
int batch_previewed(struct store *store, const struct batch *batch, struct err *err);
/* Ends it with a reason; its rows go. */
int batch_fail(struct store *store, uint64_t id, const struct err *why, struct err *err);
/* Ends a previewed or failed one unused; its rows go. -1 sheet.state. */
int batch_drop(struct store *store, uint64_t id, struct err *err);

/* Begins the applying of BATCH for a session with FACTORS. -1 sheet.state (it is not previewed),
 * sheet.preview_changed (DIGEST or the definition DEF_DIGEST is another), sheet.errors. */
int batch_begin(struct store *store, const struct batch *batch, const unsigned char digest[32],
                const unsigned char def_digest[32], struct str factors, struct err *err);

/* The first row of BATCH for RECORD: 0 with *RET, 1 none, -1. */
int batch_row_of(struct store *store, uint64_t batch, uint64_t record, uint32_t *ret,
                 struct err *err);

/* After a start: previews that were being read are failed (sheet.lost), those older than
 * BATCH_PREVIEW_DAYS dropped. In a unit. */
int batch_tidy(struct store *store, int64_t now_us, struct err *err);

/* The oldest batch that is being applied: 0 with *RET, 1 none, -1. */
int batch_applying(struct store *store, uint64_t *ret, struct err *err);

/* The batch as an answer: counts, notes, digest. -1. */
int batch_json(struct store *store, const struct batch *batch, json_t **ret, struct err *err);

/* Rows of BATCH of KIND (empty: all that are not same), above AFTER, at most MOST. */
struct batch_page {
    struct str kind;
    uint64_t after;
    size_t most;
};
int batch_rows_json(struct store *store, const struct batch *batch, const struct batch_page *page,
                    json_t **ret, struct err *err);

/* The batches of PERSON, newest first, at most 100. */
int batch_list_json(struct store *store, uint64_t person, json_t **ret, struct err *err);

#endif
