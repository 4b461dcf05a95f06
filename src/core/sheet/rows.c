/*
 * rows: see rows.h. Runs in cored. Each record is as it stood when its step read it.
 */
#include "core/sheet/rows.h"

#include "base/crypt/encode.h"
#include "base/crypt/hash.h"
#include "base/mem/ensure.h"
#include "base/os/file.h"
#include "base/os/time.h"
#include "core/account/account.h"
#include "core/register/plain.h"
#include "core/sheet/columns.h"
#include "core/sheet/value.h"
#include "core/store/id.h"
#include "core/store/outbox.h"
#include "format/sheet/stream.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum { KEEP_BYTES = 4 << 20, SCRATCH_BYTES = 64 << 20, STEP_BYTES = 256 << 20 };

static const struct store_statement sql_keep = {
    "rows.keep", "INSERT INTO sheet_export VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"};

struct rows {
    struct rows_ask ask;
    const struct register_def *def;
    struct arena *keep;
    struct columns columns;
    struct register_range range;
    uint32_t count;
    bool begun;
};

int
rows_new(const struct rows_ask *ask, struct rows **ret, struct err *err)
{
    const struct register_def *def = register_def_find(ask->set, ask->reg);
    if (def == NULL || def->shape) {
        return ERR(err, "not_found", "register");
    }
    struct rows *r = calloc(1, sizeof *r);
    ensure(r != NULL);
    *r = (struct rows){.ask = *ask, .def = def, .keep = arena_new(KEEP_BYTES)};
    if (columns_of(r->keep, def, &r->columns, err) < 0) {
        rows_free(r);
        return -1;
    }
    r->range = (struct register_range){.reg = def->name, .state = ask->state, .most = ROWS_STEP};
    if (ask->fiscal_year > 0) {
        struct civil from = {(int)ask->fiscal_year, 4, 1},
                     until = {(int)ask->fiscal_year + 1, 4, 1};
        r->range.from_us = tokyo_day_start(day_of_civil(from));
        r->range.until_us = tokyo_day_start(day_of_civil(until));
    }
    *ret = r;
    return 0;
}

void
rows_free(struct rows *rows)
{
    if (rows != NULL) {
        arena_free(rows->keep);
        free(rows);
    }
}

uint32_t
rows_count(const struct rows *rows)
{
    return rows->count;
}

static int
titles_put(struct rows *r, struct buf *out, struct err *err)
{
    struct sheet_cell cells[SHEET_COLUMNS];
    struct str name = r->def->title.ja;
    if (r->columns.count > SHEET_COLUMNS) {
        return ERR(err, "sheet.columns", "%zu", r->columns.count);
    }
    for (size_t i = 0; i < r->columns.count; i++) {
        cells[i] =
            (struct sheet_cell){.text = column_header(&r->columns.list[i]), .type = SHEET_TEXT};
    }
    struct sheet_row row = {1, r->columns.count, cells};
    sheet_stream_put_sheet(out, name.n <= SHEET_NAME_BYTES ? name : r->def->name);
    sheet_stream_put_row(out, &row);
    r->begun = true;
    return 0;
}

static int
cell_put(const struct rows *r, const struct value_ask *ask, const struct column *column,
         const struct record_plain *plain, struct sheet_cell *ret, struct err *err)
{
    char id[ID_CHARS + 1];
    *ret = (struct sheet_cell){.type = SHEET_TEXT};
    switch (column->kind) {
    case COLUMN_ID:
        id_format(plain->id, id);
        ret->text = str_dup(ask->arena, str_of(id));
        break;
    case COLUMN_NUMBER:
        ret->text = plain->number;
        break;
    case COLUMN_STATE:
        ret->text = r->def->states[plain->state].title.ja;
        break;
    case COLUMN_SECTION:
        return value_put_section(ask, plain->section, ret, err);
    case COLUMN_OWNER:
        return value_put_person(ask, plain->owner, ret, err);
    case COLUMN_FIELD:
        return value_put(ask, column->field,
                         json_object_getn(plain->fields, column->key.p, column->key.n), ret, err);
    }
    ret->type = ret->text.n > 0 ? SHEET_TEXT : SHEET_EMPTY;
    return 0;
}

/* A cell that is too long is told with its record: nothing may be cut silently. */
static int
row_put(struct rows *r, const struct value_ask *ask, const struct record_plain *plain,
        struct buf *out, struct err *err)
{
    struct sheet_cell cells[SHEET_COLUMNS];
    size_t count = 0;
    for (size_t i = 0; i < r->columns.count; i++) {
        if (cell_put(r, ask, &r->columns.list[i], plain, &cells[i], err) < 0) {
            if (err_is(err, "sheet.cell")) {
                return ERR(err, "sheet.cell", "%u %.*s", r->count + 2,
                           STR_FMT(r->columns.list[i].key));
            }
            return -1;
        }
        count = cells[i].text.n > 0 ? i + 1 : count;
    }
    if (r->count + 1 >= SHEET_ROWS) {
        return ERR(err, "sheet.rows", "%d", SHEET_ROWS);
    }
    struct sheet_row row = {r->count + 2, count, cells};
    sheet_stream_put_row(out, &row);
    r->count++;
    return arena_check(ask->arena, err);
}

static int
step(struct rows *r, struct store *store, struct arena *arena, struct buf *out, struct err *err)
{
    struct record_ask ask = {r->ask.set, store, arena, &r->ask.caller};
    struct value_ask values = {store, arena, tokyo_day(time_now_us())};
    struct register_ids ids;
    if (!r->begun && titles_put(r, out, err) < 0) {
        return -1;
    }
    if (register_next_ids(store, arena, &r->range, &ids, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < ids.count; i++) {
        struct record_plain plain = {0};
        int rc = record_plain(&ask, ids.list[i], &plain, err);
        if (rc == 0) {
            rc = row_put(r, &values, &plain, out, err);
        }
        record_plain_done(&plain);
        if (rc < 0) {
            return -1;
        }
        r->range.after = ids.list[i];
    }
    if (ids.count == ROWS_STEP) {
        return 1;
    }
    struct sheet_result result = {
        .encoding = SHEET_UTF8, .separator = ',', .sheets = 1, .rows = r->count + 1};
    sheet_stream_put_end(out, &result);
    return 0;
}

int
rows_step(struct rows *rows, struct store *store, struct err *err)
{
    struct arena *arena = arena_new(SCRATCH_BYTES);
    struct buf out;
    buf_init(&out, STEP_BYTES);
    int rc = step(rows, store, arena, &out, err);
    if (rc >= 0 && (buf_done(&out, err) < 0 || file_write(rows->ask.file, out.p, out.n, err) < 0)) {
        rc = -1;
    }
    buf_free(&out);
    arena_free(arena);
    return rc;
}

/* ---- its leaf ---- */

static char *
filter_text(const struct rows_done *done)
{
    json_t *filter = json_pack("{sI ss%}", "fy", (json_int_t)done->fiscal_year, "state",
                               done->state.n > 0 ? done->state.p : "", done->state.n);
    char *text = filter != NULL ? json_dumps(filter, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    json_decref(filter);
    ensure(text != NULL);
    return text;
}

struct kept {
    unsigned char nonce[16];
    char commit[65];
    uint64_t id;
    const char *filter;
};

static int
keep(struct store *store, const struct rows_done *done, const struct kept *kept, struct err *err)
{
    struct db_query *q = db_query(store, &sql_keep);
    db_bind_int(q, 1, (int64_t)kept->id);
    db_bind_text(q, 2, done->reg);
    db_bind_int(q, 3, (int64_t)done->person);
    db_bind_z(q, 4, kept->filter);
    db_bind_text(q, 5, done->format);
    db_bind_int(q, 6, done->count);
    db_bind_blob(q, 7, kept->nonce, sizeof kept->nonce);
    db_bind_blob(q, 8, done->digest, 32);
    db_bind_int(q, 9, time_now_us());
    return db_run(q, err) < 0 ? -1 : 0;
}

static int
leaf(struct store *store, const struct rows_done *done, const struct kept *kept, struct err *err)
{
    struct arena *arena = arena_new(1 << 20);
    struct account_person person;
    char id[ID_CHARS + 1];
    char *text = NULL;
    id_format(kept->id, id);
    int rc = account_person_get(store, arena, done->person, &person, err);
    if (rc == 0) {
        json_t *data =
            json_pack("{ss% ss sI ss ss% ss%}", "actor", person.handle.p, person.handle.n, "commit",
                      kept->commit, "count", (json_int_t)done->count, "export", id, "format",
                      done->format.p, done->format.n, "register", done->reg.p, done->reg.n);
        text = data != NULL ? json_dumps(data, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
        json_decref(data);
    }
    if (text == NULL) {
        rc = rc < 0 ? -1 : ERR(err, "not_found", "person");
    } else {
        struct outbox_new row = {.kind = "register.export",
                                 .data = str_of(text),
                                 .topic = "export",
                                 .subject = kept->id};
        rc = outbox_add(store, &row, NULL, err);
    }
    free(text);
    arena_free(arena);
    return rc;
}

int
rows_kept(struct store *store, const struct rows_done *done, struct err *err)
{
    struct kept kept = {.id = id_new()};
    unsigned char digest[32];
    char *filter = filter_text(done);
    struct sha256 h;
    ensure(getrandom(kept.nonce, sizeof kept.nonce, 0) == (ssize_t)sizeof kept.nonce);
    kept.filter = filter;
    sha256_init(&h);
    sha256_put(&h, kept.nonce, sizeof kept.nonce);
    sha256_put(&h, filter, strlen(filter));
    sha256_put(&h, done->digest, 32);
    sha256_take(&h, digest);
    sha256_done(&h);
    hex_encode(digest, 32, kept.commit);
    int rc = keep(store, done, &kept, err);
    rc = rc < 0 ? -1 : leaf(store, done, &kept, err);
    free(filter);
    return rc;
}
