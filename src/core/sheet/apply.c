/*
 * apply: see apply.h. Runs in cored, inside units.
 */
#include "core/sheet/apply.h"

#include "base/crypt/encode.h"
#include "base/crypt/hash.h"
#include "base/mem/ensure.h"
#include "base/os/time.h"
#include "core/account/account.h"
#include "core/store/id.h"
#include "core/store/outbox.h"

#include <stdlib.h>
#include <string.h>

enum { NEXT, ANSWER, COUNT_DONE, COUNT_LEFT, DONE };
enum { ARENA_BYTES = 64 << 20 };

static const struct store_statement sql[] = {
    [NEXT] = {"apply.next", "SELECT row, kind, record, rev, digest, fields FROM sheet_row"
                            " WHERE batch = $1 AND kind IN ('new', 'change') AND answer = ''"
                            " AND row > $2 ORDER BY row LIMIT $3"},
    [ANSWER] = {"apply.answer", "UPDATE sheet_row SET answer = $3, record = $4, code = $5,"
                                " detail = $6, fields = '', shown = ''"
                                " WHERE batch = $1 AND row = $2"},
    [COUNT_DONE] = {"apply.count_done", "UPDATE sheet_batch SET done = done + $2 WHERE id = $1"},
    [COUNT_LEFT] = {"apply.count_left",
                    "UPDATE sheet_batch SET left_over = left_over + $2 WHERE id = $1"},
    [DONE] = {"apply.done", "UPDATE sheet_batch SET state = 'done', ended = $2"
                            " WHERE id = $1 AND state = 'applying'"},
};

/* A row as it waits. */
struct waiting {
    uint32_t row;
    bool opens;
    uint64_t record, rev;
    unsigned char digest[32];
    struct str fields;
};

struct applying {
    struct register_set *set;
    struct store *store;
    struct arena *arena;
    struct batch batch;
    struct waiting *list;
    size_t count;
};

static int
waiting_load(struct applying *a, uint32_t after, size_t most, struct err *err)
{
    a->list = arena_array(a->arena, most, sizeof *a->list);
    if (a->list == NULL) {
        return ERR(err, "limit.memory", "rows");
    }
    struct db_query *q = db_query(a->store, &sql[NEXT]);
    db_bind_int(q, 1, (int64_t)a->batch.id);
    db_bind_int(q, 2, after);
    db_bind_int(q, 3, (int64_t)most);
    int rc = 0;
    while (a->count < most && (rc = db_step(q, err)) > 0) {
        struct waiting *w = &a->list[a->count++];
        *w = (struct waiting){.row = (uint32_t)db_int(q, 0),
                              .opens = str_equal_z(db_text(q, 1), "new"),
                              .record = (uint64_t)db_int(q, 2),
                              .rev = (uint64_t)db_int(q, 3),
                              .fields = str_dup(a->arena, db_text(q, 5))};
        (void)db_blob_to(q, 4, w->digest, sizeof w->digest);
    }
    db_end(q);
    return rc < 0 ? -1 : arena_check(a->arena, err);
}

static int
answer(struct store *store, uint64_t batch, const struct waiting *w, const struct err *why,
       struct err *err)
{
    struct db_query *q = db_query(store, &sql[ANSWER]);
    db_bind_int(q, 1, (int64_t)batch);
    db_bind_int(q, 2, w->row);
    db_bind_z(q, 3, why == NULL ? "done" : "left");
    db_bind_int(q, 4, (int64_t)w->record);
    db_bind_z(q, 5, why == NULL ? "" : why->code);
    db_bind_z(q, 6, why == NULL ? "" : why->detail);
    return db_run(q, err) < 0 ? -1 : 0;
}

static int
count_up(struct store *store, uint64_t batch, int which, size_t count, struct err *err)
{
    struct db_query *q = db_query(store, &sql[which]);
    db_bind_int(q, 1, (int64_t)batch);
    db_bind_int(q, 2, (int64_t)count);
    return db_run(q, err) < 0 ? -1 : 0;
}

static int
row_act(struct applying *a, struct waiting *w, struct err *err)
{
    struct register_caller caller = {.person = a->batch.person, .factors = a->batch.factors};
    struct register_outcome outcome;
    json_t *fields = json_loadb(w->fields.p, w->fields.n, JSON_REJECT_DUPLICATES, NULL);
    struct register_call call = {.reg = a->batch.reg,
                                 .record = w->record,
                                 .move = w->opens ? STR("open") : STR("edit"),
                                 .rev = w->rev,
                                 .fields = fields};
    memcpy(call.digest, w->digest, sizeof call.digest);
    int rc = fields == NULL
                 ? ERR(err, "register.unreadable", "%u", w->row)
                 : register_act(a->set, a->store, a->arena, &caller, &call, &outcome, err);
    json_decref(fields);
    if (rc < 0) {
        return -1;
    }
    w->record = outcome.record;
    return answer(a->store, a->batch.id, w, NULL, err);
}

/* SHA-256 of the batch's nonce, the file's digest and the preview's: the leaf tells none of them.
 */
static void
commitment(const struct batch *batch, char ret[65])
{
    unsigned char digest[32];
    struct sha256 h;
    sha256_init(&h);
    sha256_put(&h, batch->nonce, sizeof batch->nonce);
    sha256_put(&h, batch->file_digest, 32);
    sha256_put(&h, batch->digest, 32);
    sha256_take(&h, digest);
    sha256_done(&h);
    hex_encode(digest, 32, ret);
}

static int
leaf(struct applying *a, struct err *err)
{
    struct account_person person;
    char id[ID_CHARS + 1], commit[65];
    const struct batch *b = &a->batch;
    int rc = account_person_get(a->store, a->arena, b->person, &person, err);
    if (rc != 0) {
        return rc < 0 ? -1 : ERR(err, "not_found", "person");
    }
    id_format(b->id, id);
    commitment(b, commit);
    json_t *data = json_pack("{ss% ss sI ss sI ss%}", "actor", person.handle.p, person.handle.n,
                             "batch", id, "changed", (json_int_t)b->done, "commit", commit, "left",
                             (json_int_t)b->left_over, "register", b->reg.p, b->reg.n);
    char *text = data != NULL ? json_dumps(data, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    json_decref(data);
    if (text == NULL) {
        return ERR(err, "limit.memory", "leaf");
    }
    struct outbox_new row = {
        .kind = "register.import", .data = str_of(text), .topic = "import", .subject = b->id};
    rc = outbox_add(a->store, &row, NULL, err);
    free(text);
    return rc;
}

static int
finish(struct applying *a, struct err *err)
{
    struct db_query *q = db_query(a->store, &sql[DONE]);
    db_bind_int(q, 1, (int64_t)a->batch.id);
    db_bind_int(q, 2, time_now_us());
    int64_t n = db_run(q, err);
    return n < 0 ? -1 : n == 0 ? ERR(err, "sheet.state", "applying") : leaf(a, err);
}

static int
step(struct applying *a, struct apply_place *place, size_t most, struct err *err)
{
    int rc = batch_get(a->store, a->arena, place->batch, &a->batch, err);
    if (rc != 0 || !str_equal_z(a->batch.state, "applying")) {
        return rc < 0 ? -1 : ERR(err, "sheet.state", "applying");
    }
    if (waiting_load(a, place->after, most, err) < 0 ||
        (a->count == 0 && place->after > 0 && waiting_load(a, 0, most, err) < 0)) {
        return -1;
    }
    if (a->count == 0) {
        return finish(a, err);
    }
    struct arena *keep = a->arena, *scratch = arena_new(ARENA_BYTES);
    a->arena = scratch;
    for (size_t i = 0; rc == 0 && i < a->count; i++) {
        rc = row_act(a, &a->list[i], err);
        arena_clear(scratch);
    }
    a->arena = keep;
    arena_free(scratch);
    place->last = a->list[a->count - 1].row;
    return rc < 0 ? -1 : count_up(a->store, place->batch, COUNT_DONE, a->count, err);
}

int
apply_step(struct register_set *set, struct store *store, struct apply_place *place, size_t most,
           struct err *err)
{
    struct applying a = {.set = set, .store = store, .arena = arena_new(ARENA_BYTES)};
    int rc = step(&a, place, most, err);
    int count = (int)a.count;
    arena_free(a.arena);
    return rc < 0 ? -1 : count;
}

int
apply_leave(struct store *store, uint64_t id, const struct err *why, struct err *err)
{
    struct applying a = {.store = store, .arena = arena_new(ARENA_BYTES), .batch = {.id = id}};
    int rc = waiting_load(&a, 0, 1, err);
    if (rc == 0 && a.count > 0) {
        rc = answer(store, id, &a.list[0], why, err);
        rc = rc < 0 ? -1 : count_up(store, id, COUNT_LEFT, 1, err);
    }
    arena_free(a.arena);
    return rc;
}
