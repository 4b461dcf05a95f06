/*
 * batch: see batch.h. Runs in cored. The tables are those of 0600-sheet.sql.
 */
#include "core/sheet/batch.h"

#include "base/crypt/encode.h"
#include "base/mem/ensure.h"
#include "base/os/time.h"
#include "core/json/json.h"
#include "core/store/id.h"

#include <string.h>
#include <sys/random.h>

enum {
    ADD,
    OPEN,
    GET,
    ROW_ADD,
    NOTE_ADD,
    PREVIEWED,
    FAIL,
    DROP,
    ROWS_DROP,
    BEGIN,
    ROW_OF,
    LOST,
    OLD,
    APPLYING,
    NOTES,
    ROWS,
    LIST
};

#define COLUMNS                                                                                    \
    "id, register, person, factors, name, encoding, sheet, pasted, bytes, file_digest, nonce,"     \
    " state, code, detail, def_digest, digest, created, changed, same, errors, done, left_over,"   \
    " at, ended"

static const struct store_statement sql[] = {
    [ADD] = {"batch.add", "INSERT INTO sheet_batch(id, register, person, name, encoding, sheet,"
                          " pasted, bytes, file_digest, nonce, state, at)"
                          " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'reading', $11)"},
    [OPEN] = {"batch.open", "SELECT count(*) FROM sheet_batch WHERE person = $1 AND state IN"
                            " ('reading', 'previewed', 'applying')"},
    [GET] = {"batch.get", "SELECT " COLUMNS " FROM sheet_batch WHERE id = $1"},
    [ROW_ADD] = {"batch.row_add", "INSERT INTO sheet_row(batch, row, kind, record, rev, digest,"
                                  " fields, shown) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"},
    [NOTE_ADD] = {"batch.note_add", "INSERT INTO sheet_note VALUES ($1, $2, $3, $4, $5)"},
    [PREVIEWED] = {"batch.previewed",
                   "UPDATE sheet_batch SET state = 'previewed', def_digest = $2, digest = $3,"
                   " created = $4, changed = $5, same = $6, errors = $7"
                   " WHERE id = $1 AND state = 'reading'"},
    [FAIL] = {"batch.fail", "UPDATE sheet_batch SET state = 'failed', code = $2, detail = $3,"
                            " ended = $4 WHERE id = $1 AND state = 'reading'"},
    [DROP] = {"batch.drop", "UPDATE sheet_batch SET state = 'dropped', ended = $2"
                            " WHERE id = $1 AND state IN ('previewed', 'failed')"},
    [ROWS_DROP] = {"batch.rows_drop", "DELETE FROM sheet_row WHERE batch = $1"},
    [BEGIN] = {"batch.begin", "UPDATE sheet_batch SET state = 'applying', factors = $2"
                              " WHERE id = $1 AND state = 'previewed'"},
    [ROW_OF] = {"batch.row_of", "SELECT row FROM sheet_row WHERE batch = $1 AND record = $2"
                                " AND record > 0 ORDER BY row LIMIT 1"},
    [LOST] = {"batch.lost", "SELECT id FROM sheet_batch WHERE state = 'reading' LIMIT 100"},
    [OLD] = {"batch.old", "SELECT id FROM sheet_batch WHERE state = 'previewed' AND at < $1"
                          " ORDER BY id LIMIT 20"},
    [APPLYING] = {"batch.applying", "SELECT id FROM sheet_batch WHERE state = 'applying'"
                                    " ORDER BY id LIMIT 1"},
    [NOTES] = {"batch.notes", "SELECT problem, code, place FROM sheet_note WHERE batch = $1"
                              " ORDER BY turn"},
    [ROWS] = {"batch.rows", "SELECT row, kind, record, fields, shown, answer, code, detail"
                            " FROM sheet_row WHERE batch = $1 AND row > $2"
                            " AND (kind = $3 OR ($3 = '' AND kind <> 'same')"
                            " OR ($3 = 'left' AND answer = 'left')) ORDER BY row LIMIT $4"},
    [LIST] = {"batch.list", "SELECT " COLUMNS " FROM sheet_batch WHERE person = $1"
                            " ORDER BY id DESC LIMIT 100"},
};

int
batch_add(struct store *store, struct batch *batch, struct err *err)
{
    int64_t open = 0;
    struct db_query *q = db_query(store, &sql[OPEN]);
    db_bind_int(q, 1, (int64_t)batch->person);
    if (db_one_int(q, &open, err) < 0) {
        return -1;
    }
    if (open >= BATCH_OPEN_MOST) {
        return ERR(err, "sheet.busy", "%d", BATCH_OPEN_MOST);
    }
    batch->id = id_new();
    batch->at = time_now_us();
    ensure(getrandom(batch->nonce, sizeof batch->nonce, 0) == (ssize_t)sizeof batch->nonce);
    q = db_query(store, &sql[ADD]);
    db_bind_int(q, 1, (int64_t)batch->id);
    db_bind_text(q, 2, batch->reg);
    db_bind_int(q, 3, (int64_t)batch->person);
    db_bind_text(q, 4, batch->name);
    db_bind_text(q, 5, batch->encoding);
    db_bind_text(q, 6, batch->sheet);
    db_bind_int(q, 7, batch->pasted);
    db_bind_int(q, 8, (int64_t)batch->bytes);
    db_bind_blob(q, 9, batch->file_digest, 32);
    db_bind_blob(q, 10, batch->nonce, 16);
    db_bind_int(q, 11, batch->at);
    return db_run(q, err) < 0 ? -1 : 0;
}

/* The row of COLUMNS that stands ready; texts in ARENA. */
static void
batch_fill(struct db_query *q, struct arena *arena, struct batch *ret)
{
    struct str *texts[] = {&ret->reg, NULL, &ret->factors, &ret->name, &ret->encoding, &ret->sheet};
    *ret = (struct batch){.id = (uint64_t)db_int(q, 0), .person = (uint64_t)db_int(q, 2)};
    for (int i = 0; i < 6; i++) {
        if (texts[i] != NULL) {
            *texts[i] = str_dup(arena, db_text(q, i + 1));
        }
    }
    ret->pasted = db_int(q, 7) != 0;
    ret->bytes = (uint64_t)db_int(q, 8);
    (void)db_blob_to(q, 9, ret->file_digest, 32);
    (void)db_blob_to(q, 10, ret->nonce, 16);
    ret->state = str_dup(arena, db_text(q, 11));
    ret->code = str_dup(arena, db_text(q, 12));
    ret->detail = str_dup(arena, db_text(q, 13));
    (void)db_blob_to(q, 14, ret->def_digest, 32);
    (void)db_blob_to(q, 15, ret->digest, 32);
    int64_t *counts[] = {&ret->created, &ret->changed,   &ret->same, &ret->errors,
                         &ret->done,    &ret->left_over, &ret->at,   &ret->ended};
    for (int i = 0; i < 8; i++) {
        *counts[i] = db_int(q, 16 + i);
    }
}

int
batch_get(struct store *store, struct arena *arena, uint64_t id, struct batch *ret, struct err *err)
{
    struct db_query *q = db_query(store, &sql[GET]);
    db_bind_int(q, 1, (int64_t)id);
    int rc = db_step(q, err);
    if (rc > 0) {
        batch_fill(q, arena, ret);
    }
    db_end(q);
    return rc < 0 ? -1 : rc == 0 ? 1 : arena_check(arena, err);
}

int
batch_row_add(struct store *store, uint64_t batch, const struct batch_row *row, struct err *err)
{
    struct db_query *q = db_query(store, &sql[ROW_ADD]);
    db_bind_int(q, 1, (int64_t)batch);
    db_bind_int(q, 2, row->row);
    db_bind_z(q, 3, row->kind);
    db_bind_int(q, 4, (int64_t)row->record);
    db_bind_int(q, 5, (int64_t)row->rev);
    if (row->digest != NULL) {
        db_bind_blob(q, 6, row->digest, 32);
    }
    db_bind_text(q, 7, row->fields);
    db_bind_text(q, 8, row->shown);
    return db_run(q, err) < 0 ? -1 : 0;
}

int
batch_note_add(struct store *store, uint64_t batch, unsigned turn, bool problem, const char *code,
               struct str place, struct err *err)
{
    struct db_query *q = db_query(store, &sql[NOTE_ADD]);
    db_bind_int(q, 1, (int64_t)batch);
    db_bind_int(q, 2, turn);
    db_bind_int(q, 3, problem);
    db_bind_z(q, 4, code);
    db_bind_text(q, 5, place);
    return db_run(q, err) < 0 ? -1 : 0;
}

int
batch_previewed(struct store *store, const struct batch *batch, struct err *err)
{
    struct db_query *q = db_query(store, &sql[PREVIEWED]);
    db_bind_int(q, 1, (int64_t)batch->id);
    db_bind_blob(q, 2, batch->def_digest, 32);
    db_bind_blob(q, 3, batch->digest, 32);
    db_bind_int(q, 4, batch->created);
    db_bind_int(q, 5, batch->changed);
    db_bind_int(q, 6, batch->same);
    db_bind_int(q, 7, batch->errors);
    int64_t n = db_run(q, err);
    return n < 0 ? -1 : n == 1 ? 0 : ERR(err, "sheet.state", "reading");
}

static int
rows_drop(struct store *store, uint64_t id, struct err *err)
{
    struct db_query *q = db_query(store, &sql[ROWS_DROP]);
    db_bind_int(q, 1, (int64_t)id);
    return db_run(q, err) < 0 ? -1 : 0;
}

int
batch_fail(struct store *store, uint64_t id, const struct err *why, struct err *err)
{
    struct db_query *q = db_query(store, &sql[FAIL]);
    db_bind_int(q, 1, (int64_t)id);
    db_bind_z(q, 2, why->code);
    db_bind_z(q, 3, why->detail);
    db_bind_int(q, 4, time_now_us());
    return db_run(q, err) < 0 ? -1 : rows_drop(store, id, err);
}

int
batch_drop(struct store *store, uint64_t id, struct err *err)
{
    struct db_query *q = db_query(store, &sql[DROP]);
    db_bind_int(q, 1, (int64_t)id);
    db_bind_int(q, 2, time_now_us());
    int64_t n = db_run(q, err);
    return n < 0 ? -1 : n == 0 ? ERR(err, "sheet.state", "previewed") : rows_drop(store, id, err);
}

int
batch_begin(struct store *store, const struct batch *batch, const unsigned char digest[32],
            const unsigned char def_digest[32], struct str factors, struct err *err)
{
    if (!str_equal_z(batch->state, "previewed")) {
        return ERR(err, "sheet.state", "%.*s", STR_FMT(batch->state));
    }
    if (memcmp(batch->digest, digest, 32) != 0 || memcmp(batch->def_digest, def_digest, 32) != 0) {
        return ERR(err, "sheet.preview_changed", "digest");
    }
    if (batch->errors > 0) {
        return ERR(err, "sheet.errors", "%lld", (long long)batch->errors);
    }
    struct db_query *q = db_query(store, &sql[BEGIN]);
    db_bind_int(q, 1, (int64_t)batch->id);
    db_bind_text(q, 2, factors);
    int64_t n = db_run(q, err);
    return n < 0 ? -1 : n == 1 ? 0 : ERR(err, "sheet.state", "previewed");
}

int
batch_row_of(struct store *store, uint64_t batch, uint64_t record, uint32_t *ret, struct err *err)
{
    int64_t row = 0;
    struct db_query *q = db_query(store, &sql[ROW_OF]);
    db_bind_int(q, 1, (int64_t)batch);
    db_bind_int(q, 2, (int64_t)record);
    int rc = db_one_int(q, &row, err);
    *ret = (uint32_t)row;
    return rc;
}

/* The ids that QUERY gives, at most MOST; ends it. */
static int
ids_of(struct db_query *q, uint64_t *ret, size_t most, size_t *ret_count, struct err *err)
{
    int rc = 0;
    *ret_count = 0;
    while (*ret_count < most && (rc = db_step(q, err)) > 0) {
        ret[(*ret_count)++] = (uint64_t)db_int(q, 0);
    }
    db_end(q);
    return rc < 0 ? -1 : 0;
}

int
batch_tidy(struct store *store, int64_t now_us, struct err *err)
{
    uint64_t ids[100];
    size_t count = 0;
    struct err lost;
    (void)ERR(&lost, "sheet.lost", "%s", "restart");
    if (ids_of(db_query(store, &sql[LOST]), ids, 100, &count, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < count; i++) {
        if (batch_fail(store, ids[i], &lost, err) < 0) {
            return -1;
        }
    }
    struct db_query *q = db_query(store, &sql[OLD]);
    db_bind_int(q, 1, now_us - BATCH_PREVIEW_DAYS * TIME_US_DAY);
    if (ids_of(q, ids, 20, &count, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < count; i++) {
        if (batch_drop(store, ids[i], err) < 0) {
            return -1;
        }
    }
    return 0;
}

int
batch_applying(struct store *store, uint64_t *ret, struct err *err)
{
    int64_t id = 0;
    int rc = db_one_int(db_query(store, &sql[APPLYING]), &id, err);
    *ret = (uint64_t)id;
    return rc;
}

/* ---- answers ---- */

static json_t *
head_json(const struct batch *b)
{
    char file[65], digest[65];
    hex_encode(b->file_digest, 32, file);
    hex_encode(b->digest, 32, digest);
    json_t *one = json_pack(
        "{so so so so ss sI sI s{sI sI sI sI sI sI} sb}", "import", json_of_id(b->id), "register",
        json_of_text(b->reg), "name", json_of_text(b->name), "state", json_of_text(b->state),
        "file", file, "at", (json_int_t)b->at, "ended", (json_int_t)b->ended, "counts", "new",
        (json_int_t)b->created, "change", (json_int_t)b->changed, "same", (json_int_t)b->same,
        "error", (json_int_t)b->errors, "done", (json_int_t)b->done, "left",
        (json_int_t)b->left_over, "pasted", b->pasted);
    bool read = !str_equal_z(b->state, "reading") && !str_equal_z(b->state, "failed");
    if (read) {
        (void)json_object_set_new(one, "digest", json_string(digest));
    }
    if (b->code.n > 0) {
        (void)json_object_set_new(
            one, "failure",
            json_pack("{soso}", "code", json_of_text(b->code), "detail", json_of_text(b->detail)));
    }
    return one;
}

int
batch_json(struct store *store, const struct batch *batch, json_t **ret, struct err *err)
{
    json_t *notes = json_array();
    struct db_query *q = db_query(store, &sql[NOTES]);
    db_bind_int(q, 1, (int64_t)batch->id);
    int rc = 0;
    while ((rc = db_step(q, err)) > 0) {
        (void)json_array_append_new(notes, json_pack("{sb so so}", "problem", db_int(q, 0) != 0,
                                                     "code", json_of_text(db_text(q, 1)), "place",
                                                     json_of_text(db_text(q, 2))));
    }
    db_end(q);
    *ret = head_json(batch);
    (void)json_object_set_new(*ret, "notes", notes);
    return rc < 0 ? -1 : 0;
}

static json_t *
row_json(struct db_query *q)
{
    json_t *one =
        json_pack("{sI so}", "row", (json_int_t)db_int(q, 0), "kind", json_of_text(db_text(q, 1)));
    struct str fields = db_text(q, 3), shown = db_text(q, 4);
    if (db_int(q, 2) != 0) {
        (void)json_object_set_new(one, "record", json_of_id((uint64_t)db_int(q, 2)));
    }
    if (str_equal_z(db_text(q, 1), "new") && fields.n > 0) {
        (void)json_object_set_new(one, "fields", json_loadb(fields.p, fields.n, 0, NULL));
    }
    if (shown.n > 0) {
        bool wrong = str_equal_z(db_text(q, 1), "error");
        (void)json_object_set_new(one, wrong ? "errors" : "changes",
                                  json_loadb(shown.p, shown.n, 0, NULL));
    }
    if (db_text(q, 5).n > 0) {
        (void)json_object_set_new(one, "answer", json_of_text(db_text(q, 5)));
    }
    if (db_text(q, 6).n > 0) {
        (void)json_object_set_new(one, "code", json_of_text(db_text(q, 6)));
        (void)json_object_set_new(one, "detail", json_of_text(db_text(q, 7)));
    }
    return one;
}

int
batch_rows_json(struct store *store, const struct batch *batch, const struct batch_page *page,
                json_t **ret, struct err *err)
{
    size_t most = page->most == 0 || page->most > BATCH_PAGE_MOST ? 100 : page->most, count = 0;
    json_t *list = json_array();
    int64_t last = 0;
    struct db_query *q = db_query(store, &sql[ROWS]);
    db_bind_int(q, 1, (int64_t)batch->id);
    db_bind_int(q, 2, (int64_t)(page->after > UINT32_MAX ? UINT32_MAX : page->after));
    db_bind_text(q, 3, page->kind);
    db_bind_int(q, 4, (int64_t)most + 1);
    int rc = 0;
    while (count < most && (rc = db_step(q, err)) > 0) {
        last = db_int(q, 0);
        (void)json_array_append_new(list, row_json(q));
        count++;
    }
    bool more = rc > 0 && db_step(q, err) > 0;
    db_end(q);
    *ret = json_pack("{so sb sI}", "rows", list, "more", more, "next", (json_int_t)last);
    return rc < 0 ? -1 : 0;
}

int
batch_list_json(struct store *store, uint64_t person, json_t **ret, struct err *err)
{
    struct arena *arena = arena_new(4 << 20);
    json_t *list = json_array();
    struct batch batch;
    struct db_query *q = db_query(store, &sql[LIST]);
    db_bind_int(q, 1, (int64_t)person);
    int rc = 0;
    while ((rc = db_step(q, err)) > 0) {
        batch_fill(q, arena, &batch);
        (void)json_array_append_new(list, head_json(&batch));
    }
    db_end(q);
    if (rc == 0) {
        rc = arena_check(arena, err);
    }
    arena_free(arena);
    *ret = json_pack("{so}", "imports", list);
    return rc < 0 ? -1 : 0;
}
