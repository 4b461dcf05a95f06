/*
 * batch: a file of appointments as a record: taken in, shown, approved, taken back. Runs in cored,
 * in units.
 *
 * Invariants: an approval compares file and preview with what the approver's revision names and
 * runs the batch once more, so nothing is written that was not shown; what is written stands in
 * people_change.
 */
#include "base/crypt/encode.h"
#include "base/crypt/hash.h"
#include "base/os/time.h"
#include "core/account/account.h"
#include "core/people/private.h"
#include "core/store/id.h"
#include "core/store/outbox.h"

#include <stdlib.h>
#include <string.h>

enum { BATCH_ADD, BATCH_GET, BATCH_SHOWN, BATCH_APPLIED, BATCH_LATER, SAME_FILE, DUE, TO_ISSUE };
enum { DUE_MOST = 200, ISSUE_MOST = 1000 };

static const struct store_statement sql[] = {
    [BATCH_ADD] =
        {"people.batch_add",
         "INSERT INTO people_batch(record, uploader, at, first_day, last_day, retro, file,"
         " asked, preview, mass) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"},
    [BATCH_GET] =
        {"people.batch_get",
         "SELECT b.uploader, b.first_day, b.last_day, b.retro, b.asked, b.preview, b.mass,"
         " b.applied, r.state, r.rev, r.digest FROM people_batch b JOIN record r ON"
         " r.id = b.record WHERE b.record = $1"},
    [BATCH_SHOWN] = {"people.batch_shown",
                     "UPDATE people_batch SET preview = $2, mass = $3 WHERE record = $1"},
    [BATCH_APPLIED] = {"people.batch_applied",
                       "UPDATE people_batch SET applied = CASE WHEN $2 = 0 THEN 0 ELSE (SELECT"
                       " coalesce(max(applied), 0) + 1 FROM people_batch) END WHERE record = $1"},
    [BATCH_LATER] = {"people.batch_later",
                     "SELECT count(*) FROM people_batch WHERE applied > (SELECT applied FROM"
                     " people_batch WHERE record = $1)"},
    [SAME_FILE] = {"people.same_file",
                   "SELECT count(*) FROM people_batch b JOIN record r ON r.id = b.record WHERE"
                   " b.file = $1 AND r.state NOT IN ('rejected', 'withdrawn', 'cancelled')"},
    [DUE] = {"people.due", "SELECT b.record, r.state, b.first_day, b.last_day, b.mass, b.preview"
                           " FROM people_batch b JOIN record r ON r.id = b.record WHERE r.state IN"
                           " ('parsed', 'previewed', 'waiting', 'effective') ORDER BY b.record"
                           " LIMIT 200"},
    [TO_ISSUE] = {"people.to_issue",
                  "SELECT a.login, p.name FROM account a JOIN person p ON p.id = a.person WHERE"
                  " a.state = 'enrol' ORDER BY a.login LIMIT 1000"},
};

/* A batch as it is kept. */
struct batch {
    uint64_t record, uploader, rev;
    int64_t first_day, last_day, applied;
    bool retro, mass;
    struct str asked, preview, state;
    unsigned char digest[32];
};

static int
batch_get(struct people_desk *desk, struct arena *arena, uint64_t record, struct batch *ret,
          struct err *err)
{
    struct db_query *q = db_query(desk->store, &sql[BATCH_GET]);
    db_bind_int(q, 1, (int64_t)record);
    int rc = db_step(q, err);
    if (rc > 0) {
        *ret = (struct batch){.record = record,
                              .uploader = (uint64_t)db_int(q, 0),
                              .first_day = db_int(q, 1),
                              .last_day = db_int(q, 2),
                              .retro = db_int(q, 3) != 0,
                              .asked = str_dup(arena, db_text(q, 4)),
                              .preview = str_dup(arena, db_text(q, 5)),
                              .mass = db_int(q, 6) != 0,
                              .applied = db_int(q, 7),
                              .state = str_dup(arena, db_text(q, 8)),
                              .rev = (uint64_t)db_int(q, 9)};
        (void)db_blob_to(q, 10, ret->digest, sizeof ret->digest);
    }
    db_end(q);
    return rc < 0 ? -1 : rc == 0 ? 1 : arena_check(arena, err);
}

/* ---- what was asked ---- */

static int
table_row(json_t *row, struct people_rows *ret, size_t at, struct err *err)
{
    if (!json_is_array(row) || json_array_size(row) > ret->columns) {
        return ERR(err, "people.shape", "row %zu", at + 1);
    }
    for (size_t c = 0; c < ret->columns; c++) {
        json_t *cell = json_array_get(row, c);
        if (cell != NULL && !json_is_string(cell)) {
            return ERR(err, "people.shape", "row %zu", at + 1);
        }
        struct str text = {json_string_value(cell), json_string_length(cell)};
        ret->cells[at * ret->columns + c] = text.p != NULL ? text : STR("");
    }
    return 0;
}

/* The table TABLE; its texts stay the JSON's. NULL is an empty one. */
static int
table_read(struct arena *arena, json_t *table, size_t most, struct people_rows *ret,
           struct err *err)
{
    *ret = (struct people_rows){.rows = json_array_size(table),
                                .columns = json_array_size(json_array_get(table, 0))};
    if (table != NULL && !json_is_array(table)) {
        return ERR(err, "people.shape", "table");
    }
    if (ret->rows > most + 1 || ret->columns > PEOPLE_COLUMNS_MOST) {
        return ERR(err, "people.size", "%zu", ret->rows);
    }
    ret->cells = arena_array(arena, ret->rows * ret->columns, sizeof *ret->cells);
    int rc = arena_check(arena, err);
    for (size_t i = 0; rc == 0 && i < ret->rows; i++) {
        rc = table_row(json_array_get(table, i), ret, i, err);
    }
    return rc;
}

static int
asked_read(struct arena *arena, json_t *asked, struct people_sheet *ret, struct err *err)
{
    struct people_rows rows, sections;
    json_t *map = json_object_get(asked, "map");
    if (table_read(arena, json_object_get(asked, "rows"), PEOPLE_ROWS_MOST, &rows, err) < 0 ||
        table_read(arena, json_object_get(asked, "sections"), PEOPLE_SECTIONS_MOST, &sections,
                   err) < 0) {
        return -1;
    }
    if (rows.rows + sections.rows == 0 || (map != NULL && !json_is_object(map))) {
        return ERR(err, "people.shape", "rows");
    }
    return people_sheet_read(arena, &rows, &sections, map, ret, err);
}

/* The text that is kept and digested: rows, sections and map only. */
static char *
asked_text(json_t *asked)
{
    static const char *const keys[] = {"rows", "sections", "map"};
    json_t *kept = json_object();
    for (size_t i = 0; i < 3; i++) {
        json_t *value = json_object_get(asked, keys[i]);
        if (value != NULL) {
            (void)json_object_set(kept, keys[i], value);
        }
    }
    char *text = json_dumps(kept, JSON_COMPACT | JSON_SORT_KEYS);
    json_decref(kept);
    return text;
}

static int
may_import(struct people_desk *desk, const struct register_caller *caller, struct err *err)
{
    static const char *const roles[] = {"personnel", "system_manager", "system_operator"};
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++) {
        int has = caller->person == 0 ? 0
                                      : account_has_role(desk->store, caller->person, roles[i], 0,
                                                         time_now_us(), err);
        if (has != 0) {
            return has < 0 ? -1 : 0;
        }
    }
    return ERR(err, "register.not_candidate", "personnel");
}

/* ---- the record ---- */

static json_int_t
size_of(json_t *preview, const char *key)
{
    return (json_int_t)json_array_size(json_object_get(preview, key));
}

static json_t *
fields_make(const struct people_sheet *sheet, const struct people_result *result,
            const unsigned char file[32], bool retro)
{
    static const char *const counts[] = {"joiners", "movers",   "leavers", "concurrent",
                                         "names",   "sections", "vacant",  "errors"};
    char file_hex[65], preview_hex[65];
    hex_encode(file, 32, file_hex);
    hex_encode(result->digest, 32, preview_hex);
    json_t *fields = json_pack("{ss ss so so sb sb}", "file", file_hex, "preview", preview_hex,
                               "first", people_day(sheet->first_day), "last",
                               people_day(sheet->last_day), "retro", retro, "mass", result->mass);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        (void)json_object_set_new(fields, counts[i],
                                  json_integer(size_of(result->preview, counts[i])));
    }
    return fields;
}

/* Acts MOVE on what OUTCOME says the record is; OUTCOME is then what it became. */
static int
act(struct people_desk *desk, struct arena *arena, const struct register_caller *caller,
    const char *move, json_t *fields, struct register_outcome *outcome, struct err *err)
{
    struct register_call call = {.reg = STR("people_batch"),
                                 .record = outcome->record,
                                 .move = str_of(move),
                                 .rev = outcome->rev,
                                 .fields = fields};
    memcpy(call.digest, outcome->digest, sizeof call.digest);
    return register_act(desk->registers, desk->store, arena, caller, &call, outcome, err);
}

/* A batch on its way in. */
struct incoming {
    json_t *asked;
    char *text;
    struct people_sheet sheet;
    struct people_result result;
    unsigned char file[32];
    bool retro;
};

static int
batch_add(struct people_desk *desk, const struct incoming *in, uint64_t person, uint64_t record,
          struct err *err)
{
    char *preview = json_dumps(in->result.preview, JSON_COMPACT);
    if (preview == NULL) {
        return ERR(err, "limit.memory", "preview");
    }
    struct db_query *q = db_query(desk->store, &sql[BATCH_ADD]);
    db_bind_int(q, 1, (int64_t)record);
    db_bind_int(q, 2, (int64_t)person);
    db_bind_int(q, 3, time_now_us());
    db_bind_int(q, 4, in->sheet.first_day);
    db_bind_int(q, 5, in->sheet.last_day);
    db_bind_int(q, 6, in->retro);
    db_bind_blob(q, 7, in->file, 32);
    db_bind_z(q, 8, in->text);
    db_bind_z(q, 9, preview);
    db_bind_int(q, 10, in->result.mass);
    int64_t rc = db_run(q, err);
    free(preview);
    return rc < 0 ? -1 : 0;
}

static int
file_fresh(struct people_desk *desk, const unsigned char file[32], struct err *err)
{
    int64_t same = 0;
    struct db_query *q = db_query(desk->store, &sql[SAME_FILE]);
    db_bind_blob(q, 1, file, 32);
    if (db_one_int(q, &same, err) < 0) {
        return -1;
    }
    return same == 0 ? 0 : ERR(err, "people.again", "file");
}

static int
take_in(struct people_desk *desk, struct arena *arena, const struct register_caller *caller,
        struct incoming *in, struct register_outcome *outcome, struct err *err)
{
    in->text = asked_text(in->asked);
    if (in->text == NULL || strlen(in->text) > PEOPLE_ASKED_BYTES) {
        return ERR(err, "people.size", "bytes");
    }
    sha256_of(in->text, strlen(in->text), in->file);
    in->retro = json_is_true(json_object_get(in->asked, "retro"));
    if (file_fresh(desk, in->file, err) < 0 || asked_read(arena, in->asked, &in->sheet, err) < 0) {
        return -1;
    }
    if (in->sheet.first_day == 0) {
        return ERR(err, "people.nothing", "%zu", in->sheet.row_count);
    }
    if (people_run(desk, arena, &in->sheet, in->retro, 0, &in->result, err) < 0) {
        return -1;
    }
    if (in->result.done == 0) {
        return ERR(err, "people.nothing", "%zu", in->sheet.row_count);
    }
    json_t *fields = fields_make(&in->sheet, &in->result, in->file, in->retro);
    int rc = act(desk, arena, caller, "open", fields, outcome, err);
    json_decref(fields);
    if (rc == 0) {
        rc = act(desk, arena, caller, "submit", NULL, outcome, err);
    }
    return rc < 0 ? -1 : batch_add(desk, in, caller->person, outcome->record, err);
}

int
people_import(struct people_desk *desk, struct arena *arena, const struct register_caller *caller,
              json_t *asked, uint64_t *ret_record, struct err *err)
{
    struct incoming in = {.asked = asked};
    struct register_outcome outcome = {0};
    if (may_import(desk, caller, err) < 0) {
        return -1;
    }
    int rc = take_in(desk, arena, caller, &in, &outcome, err);
    json_decref(in.result.preview);
    free(in.text);
    *ret_record = outcome.record;
    return rc;
}

/* ---- once more ---- */

/* Tries BATCH on the base of now; KEEP: it is approved. */
static int
batch_run(struct people_desk *desk, struct arena *arena, const struct batch *batch, bool keep,
          struct incoming *ret, struct err *err)
{
    ret->asked = json_loadb(batch->asked.p, batch->asked.n, 0, NULL);
    ret->retro = batch->retro;
    sha256_of(batch->asked.p, batch->asked.n, ret->file);
    if (ret->asked == NULL) {
        return ERR(err, "people.shape", "batch");
    }
    if (asked_read(arena, ret->asked, &ret->sheet, err) < 0) {
        return -1;
    }
    return people_run(desk, arena, &ret->sheet, batch->retro, keep ? batch->record : 0,
                      &ret->result, err);
}

static void
incoming_done(struct incoming *in)
{
    json_decref(in->result.preview);
    json_decref(in->asked);
}

static int
batch_shown(struct people_desk *desk, uint64_t record, const struct people_result *result,
            struct err *err)
{
    char *preview = json_dumps(result->preview, JSON_COMPACT);
    if (preview == NULL) {
        return ERR(err, "limit.memory", "preview");
    }
    struct db_query *q = db_query(desk->store, &sql[BATCH_SHOWN]);
    db_bind_int(q, 1, (int64_t)record);
    db_bind_z(q, 2, preview);
    db_bind_int(q, 3, result->mass);
    int64_t rc = db_run(q, err);
    free(preview);
    return rc < 0 ? -1 : 0;
}

/* Hands the new preview in: back to the owner, changed, submitted. */
static int
hand_in(struct people_desk *desk, struct arena *arena, const struct register_caller *caller,
        const struct batch *batch, const struct incoming *in, struct err *err)
{
    struct register_outcome outcome = {.record = batch->record, .rev = batch->rev};
    memcpy(outcome.digest, batch->digest, sizeof outcome.digest);
    json_t *fields = fields_make(&in->sheet, &in->result, in->file, in->retro);
    int rc = str_equal_z(batch->state, "previewed")
                 ? act(desk, arena, caller, "pull_back", NULL, &outcome, err)
                 : 0;
    if (rc == 0) {
        rc = act(desk, arena, caller, "edit", fields, &outcome, err);
    }
    if (rc == 0) {
        rc = act(desk, arena, caller, "submit", NULL, &outcome, err);
    }
    json_decref(fields);
    return rc;
}

int
people_again(struct people_desk *desk, struct arena *arena, const struct register_caller *caller,
             uint64_t record, struct err *err)
{
    struct batch batch;
    struct incoming in = {0};
    int rc = batch_get(desk, arena, record, &batch, err);
    if (rc != 0) {
        return rc < 0 ? -1 : ERR(err, "not_found", "batch");
    }
    if (!str_equal_z(batch.state, "previewed") && !str_equal_z(batch.state, "parsed")) {
        return ERR(err, "register.move", "%.*s", STR_FMT(batch.state));
    }
    rc = account_same_person(desk->store, batch.uploader, caller->person, err);
    if (rc <= 0) {
        return rc < 0 ? -1 : ERR(err, "register.not_candidate", "preview");
    }
    rc = batch_run(desk, arena, &batch, false, &in, err);
    if (rc == 0) {
        rc = batch_shown(desk, record, &in.result, err);
    }
    if (rc == 0) {
        rc = hand_in(desk, arena, caller, &batch, &in, err);
    }
    incoming_done(&in);
    return rc;
}

/* ---- effects ---- */

static int
leaf_add(struct people_desk *desk, struct arena *arena, const struct batch *batch,
         const struct register_event *event, json_t *preview, struct err *err)
{
    struct account_person by[2] = {0};
    char id[ID_CHARS + 1], name[64] = "people_batch/", commit[65];
    id_format(batch->record, id);
    memcpy(name + strlen(name), id, sizeof id);
    hex_encode(event->digest, 32, commit);
    if (account_person_get(desk->store, arena, batch->uploader, &by[0], err) < 0 ||
        account_person_get(desk->store, arena, event->person, &by[1], err) < 0) {
        return -1;
    }
    json_int_t changed =
        size_of(preview, "movers") + size_of(preview, "concurrent") + size_of(preview, "names");
    json_t *leaf =
        json_pack("{sI ss s[s%,s%] sI ss sI}", "added", size_of(preview, "joiners"), "batch", name,
                  "by", by[0].handle.p, by[0].handle.n, by[1].handle.p, by[1].handle.n, "changed",
                  changed, "commit", commit, "left", size_of(preview, "leavers"));
    char *text = json_dumps(leaf, JSON_COMPACT | JSON_SORT_KEYS);
    json_decref(leaf);
    if (text == NULL) {
        return ERR(err, "limit.memory", "leaf");
    }
    struct outbox_new row = {
        .kind = "people.apply", .data = str_of(text), .topic = "people", .subject = batch->record};
    int rc = outbox_add(desk->store, &row, NULL, err);
    free(text);
    return rc;
}

static int
applied_set(struct people_desk *desk, uint64_t record, bool applied, struct err *err)
{
    struct db_query *q = db_query(desk->store, &sql[BATCH_APPLIED]);
    db_bind_int(q, 1, (int64_t)record);
    db_bind_int(q, 2, applied);
    return db_run(q, err) < 0 ? -1 : 0;
}

/* True when KEY of FIELDS is DIGEST. */
static bool
field_is(json_t *fields, const char *key, const unsigned char digest[32])
{
    char hex[65];
    const char *value = json_string_value(json_object_get(fields, key));
    hex_encode(digest, 32, hex);
    return value != NULL && strcmp(value, hex) == 0;
}

static int
apply_checked(struct people_desk *desk, struct arena *arena, const struct batch *batch,
              const struct register_event *event, struct err *err)
{
    struct incoming in = {0};
    int rc = batch_run(desk, arena, batch, true, &in, err);
    if (rc == 0 && (!field_is(event->fields, "file", in.file) ||
                    !field_is(event->fields, "preview", in.result.digest))) {
        rc = ERR(err, "people.preview_changed", "preview");
    }
    if (rc == 0 && in.result.mass && !desk->confirm_mass) {
        rc = ERR(err, "people.mass", "%zu",
                 json_array_size(json_object_get(in.result.preview, "leavers")));
    }
    if (rc == 0) {
        rc = applied_set(desk, batch->record, true, err);
    }
    if (rc == 0) {
        rc = leaf_add(desk, arena, batch, event, in.result.preview, err);
    }
    incoming_done(&in);
    return rc;
}

static int
effect_apply(void *ctx, struct store *store, const struct register_event *event, struct err *err)
{
    (void)store;
    struct people_desk *desk = ctx;
    struct batch batch;
    struct arena *arena = arena_new(512 << 20);
    int rc = batch_get(desk, arena, event->record, &batch, err);
    if (rc > 0) {
        rc = ERR(err, "not_found", "batch");
    }
    if (rc == 0) { /* two persons, whatever the route says */
        int same = account_same_person(desk->store, batch.uploader, event->person, err);
        rc = same < 0 ? -1 : same > 0 ? ERR(err, "register.apart", "uploader") : 0;
    }
    if (rc == 0 && !batch.retro && batch.first_day <= tokyo_day(time_now_us())) {
        rc = ERR(err, "people.late", "first_day");
    }
    if (rc == 0) {
        rc = apply_checked(desk, arena, &batch, event, err);
    }
    arena_free(arena);
    return rc;
}

static int
effect_cancel(void *ctx, struct store *store, const struct register_event *event, struct err *err)
{
    struct people_desk *desk = ctx;
    struct batch batch;
    int64_t later = 0;
    struct arena *arena = arena_new(64 << 20);
    int rc = batch_get(desk, arena, event->record, &batch, err);
    if (rc > 0) {
        rc = ERR(err, "not_found", "batch");
    }
    if (rc == 0 && batch.first_day <= tokyo_day(time_now_us())) {
        rc = ERR(err, "people.begun", "first_day");
    }
    if (rc == 0) {
        struct db_query *q = db_query(store, &sql[BATCH_LATER]);
        db_bind_int(q, 1, (int64_t)event->record);
        rc = db_one_int(q, &later, err) < 0 ? -1
             : later > 0 ? ERR(err, "people.later_batch", "%lld", (long long)later)
                         : 0;
    }
    if (rc == 0) {
        rc = base_undo(store, event->record, err);
    }
    arena_free(arena);
    return rc < 0 ? -1 : applied_set(desk, event->record, false, err);
}

void
people_effects(struct people_desk *desk)
{
    static struct register_effect effects[] = {
        {"people.apply", effect_apply, NULL},
        {"people.cancel", effect_cancel, NULL},
    };
    for (size_t i = 0; i < sizeof effects / sizeof *effects; i++) {
        effects[i].ctx = desk;
    }
    register_effects_add(desk->registers, effects, sizeof effects / sizeof *effects);
}

int
people_approve(struct people_desk *desk, struct arena *arena, const struct register_caller *caller,
               const struct register_call *call, bool confirm_mass, struct err *err)
{
    struct register_outcome outcome;
    struct register_call named = *call;
    struct batch batch;
    int rc = batch_get(desk, arena, call->record, &batch, err);
    if (rc != 0) {
        return rc < 0 ? -1 : ERR(err, "not_found", "batch");
    }
    named.move = STR("approve");
    desk->confirm_mass = confirm_mass;
    rc = register_act(desk->registers, desk->store, arena, caller, &named, &outcome, err);
    desk->confirm_mass = false;
    return rc;
}

/* ---- reading ---- */

int
people_read(struct people_desk *desk, struct arena *arena, const struct register_caller *caller,
            uint64_t record, json_t **ret, struct err *err)
{
    struct batch batch;
    char id[ID_CHARS + 1], digest[65];
    int seen = record_visible(desk->registers, desk->store, arena, caller, record, err);
    int rc = seen > 0 ? batch_get(desk, arena, record, &batch, err) : 1;
    if (seen < 0 || rc != 0) {
        return seen < 0 || rc < 0 ? -1 : 1;
    }
    id_format(record, id);
    hex_encode(batch.digest, 32, digest);
    json_t *preview = json_loadb(batch.preview.p, batch.preview.n, 0, NULL);
    *ret = json_pack("{ss so sI ss so so sb sb so}", "batch", id, "state", people_str(batch.state),
                     "rev", (json_int_t)batch.rev, "digest", digest, "first",
                     people_day(batch.first_day), "last", people_day(batch.last_day), "retro",
                     batch.retro, "mass", batch.mass, "preview",
                     preview != NULL ? preview : json_object());
    return *ret != NULL ? 0 : ERR(err, "limit.memory", "batch");
}

static json_t *
due_row(struct db_query *q, uint64_t record)
{
    char id[ID_CHARS + 1];
    id_format(record, id);
    struct str text = db_text(q, 5);
    json_t *preview = json_loadb(text.p, text.n, 0, NULL);
    json_t *row = json_pack("{ss so so so sb sI}", "batch", id, "state", people_str(db_text(q, 1)),
                            "first", people_day(db_int(q, 2)), "last", people_day(db_int(q, 3)),
                            "mass", db_int(q, 4) != 0, "errors", size_of(preview, "errors"));
    json_decref(preview);
    return row;
}

static int
due_batches(struct people_desk *desk, struct arena *arena, const struct register_caller *caller,
            json_t *list, struct err *err)
{
    int rc, seen = 0;
    struct db_query *q = db_query(desk->store, &sql[DUE]);
    while (seen >= 0 && (rc = db_step(q, err)) > 0) {
        uint64_t record = (uint64_t)db_int(q, 0);
        seen = record_visible(desk->registers, desk->store, arena, caller, record, err);
        if (seen > 0) {
            (void)json_array_append_new(list, due_row(q, record));
        }
    }
    db_end(q);
    return seen < 0 || rc < 0 ? -1 : 0;
}

int
people_due(struct people_desk *desk, struct arena *arena, const struct register_caller *caller,
           json_t **ret, struct err *err)
{
    json_t *batches = json_array(), *accounts = json_array();
    struct err none;
    int rc = due_batches(desk, arena, caller, batches, err);
    if (rc == 0 && may_import(desk, caller, &none) == 0) {
        struct db_query *q = db_query(desk->store, &sql[TO_ISSUE]);
        while ((rc = db_step(q, err)) > 0) {
            (void)json_array_append_new(accounts,
                                        json_pack("{so so}", "login", people_str(db_text(q, 0)),
                                                  "name", people_str(db_text(q, 1))));
        }
        db_end(q);
    }
    *ret = json_pack("{so so}", "batches", batches, "accounts", accounts);
    return rc;
}
