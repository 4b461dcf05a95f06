/*
 * preview: see preview.h. Runs in cored. The stream is made by a worker that read a hostile file:
 * its form is checked by format/sheet/stream, every value here.
 *
 * The digest of a preview is SHA-256 over the definition's digest and the file's, then for every
 * row its number, kind, record, revision and texts, in order.
 */
#include "core/sheet/preview.h"

#include "base/crypt/hash.h"
#include "base/mem/ensure.h"
#include "base/os/time.h"
#include "core/register/plain.h"
#include "core/sheet/columns.h"
#include "core/sheet/value.h"
#include "core/store/id.h"
#include "format/sheet/stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SCRATCH_BYTES = 64 << 20, KEEP_BYTES = 4 << 20, ERRORS_MOST = 20, NOTES_MOST = 400 };

/* What the `match` fields of new rows say, so that none stands twice: a table with open places,
 * never more than half full. */
struct key {
    unsigned char hash[32];
    uint32_t row; /* 0: free */
};

struct keys {
    struct key *list;
    size_t room, count;
};

struct preview {
    struct register_set *set;
    const struct register_def *def;
    struct register_caller caller;
    struct batch batch; /* counts grow */
    struct arena *keep;
    struct columns columns;
    struct sheet_stream stream;
    struct str rest;
    struct sha256 digest;
    int map[SHEET_COLUMNS]; /* of the table's columns; COLUMN_UNKNOWN */
    size_t map_count;
    bool headed, bad_titles;
    unsigned sheets, notes;
    uint32_t rows;
    struct keys keys; /* of new rows */
};

/* One row on its way. */
struct row {
    struct preview *p;
    struct store *store;
    struct arena *arena;
    struct value_ask values;
    const struct sheet_row *cells;
    json_t *set;                    /* field → value, those whose cell could be read */
    json_t *errors;                 /* {column, field, code, detail} */
    struct str fixed[COLUMN_FIELD]; /* what stands in the columns that name the record */
    size_t fixed_at[COLUMN_FIELD];
    bool told[SHEET_COLUMNS]; /* columns of fields that only go out */
    unsigned char key[32];    /* what its `match` fields say */
    bool keyed;
};

static struct key *
keys_place(const struct keys *keys, const unsigned char hash[32])
{
    size_t at;
    memcpy(&at, hash, sizeof at);
    for (at &= keys->room - 1;; at = (at + 1) & (keys->room - 1)) {
        struct key *key = &keys->list[at];
        if (key->row == 0 || memcmp(key->hash, hash, 32) == 0) {
            return key;
        }
    }
}

static void
keys_grow(struct keys *keys)
{
    struct keys old = *keys;
    keys->room = old.room == 0 ? 1024 : old.room * 2;
    keys->list = calloc(keys->room, sizeof *keys->list);
    ensure(keys->list != NULL);
    for (size_t i = 0; i < old.room; i++) {
        if (old.list[i].row != 0) {
            *keys_place(keys, old.list[i].hash) = old.list[i];
        }
    }
    free(old.list);
}

/* Adds HASH for ROW; the row that has it already, 0 when none had. */
static uint32_t
keys_add(struct keys *keys, const unsigned char hash[32], uint32_t row)
{
    if (keys->count * 2 >= keys->room) {
        keys_grow(keys);
    }
    struct key *key = keys_place(keys, hash);
    if (key->row != 0) {
        return key->row;
    }
    memcpy(key->hash, hash, 32);
    key->row = row;
    keys->count++;
    return 0;
}

int
preview_new(struct register_set *set, const struct batch *batch, struct str stream,
            struct preview **ret, struct err *err)
{
    const struct register_def *def = register_def_find(set, batch->reg);
    if (def == NULL || def->shape || str_equal_z(def->states[0].route, "given")) {
        return ERR(err, "sheet.not_register", "%.*s", STR_FMT(str_slice(batch->reg, 0, 40)));
    }
    struct preview *p = calloc(1, sizeof *p);
    ensure(p != NULL);
    p->set = set;
    p->def = def;
    p->batch = *batch;
    p->caller.person = batch->person;
    p->rest = stream;
    p->keep = arena_new(KEEP_BYTES);
    sha256_init(&p->digest);
    if (columns_of(p->keep, def, &p->columns, err) < 0) {
        preview_free(p);
        return -1;
    }
    memcpy(p->batch.def_digest, def->digest, 32);
    sha256_put(&p->digest, def->digest, 32);
    sha256_put(&p->digest, batch->file_digest, 32);
    *ret = p;
    return 0;
}

void
preview_free(struct preview *preview)
{
    if (preview != NULL) {
        sha256_done(&preview->digest);
        free(preview->keys.list);
        arena_free(preview->keep);
        free(preview);
    }
}

/* ---- titles ---- */

static int
note_add(struct preview *p, struct store *store, bool problem, const char *code, struct str place,
         struct err *err)
{
    p->batch.errors += problem;
    if (p->notes >= NOTES_MOST) {
        return 0;
    }
    return batch_note_add(store, p->batch.id, p->notes++, problem, code, place, err);
}

/* A problem of the title in column AT. */
static int
title_bad(struct row *row, size_t at, const char *code, struct err *err)
{
    struct buf place;
    buf_init(&place, 400);
    sheet_put_column(&place, (uint32_t)at);
    buf_printf(&place, "%u ", row->cells->number);
    struct str title = row->cells->cells[at].text;
    buf_put_str(&place, str_slice(title, 0, title.n < 150 ? title.n : 0));
    row->p->bad_titles = true;
    int rc = note_add(row->p, row->store, true, code, buf_str(&place), err);
    buf_free(&place);
    return rc;
}

static bool
map_has(const struct preview *p, size_t until, int column)
{
    for (size_t i = 0; i < until; i++) {
        if (p->map[i] == column) {
            return true;
        }
    }
    return false;
}

/* Every required field has a column: a table that lacks one would lose what it cannot say. */
static int
titles_missing(struct row *row, struct err *err)
{
    struct preview *p = row->p;
    for (size_t i = 0; i < p->columns.count; i++) {
        const struct register_field *field = p->columns.list[i].field;
        bool needed = field != NULL && field->required && field->visible_if == NULL &&
                      field->fallback.p == NULL;
        if (!needed || map_has(p, p->map_count, (int)i)) {
            continue;
        }
        p->bad_titles = true;
        if (note_add(p, row->store, true, "sheet.missing_column",
                     column_header(&p->columns.list[i]), err) < 0) {
            return -1;
        }
    }
    return 0;
}

static int
titles_take(struct row *row, struct err *err)
{
    struct preview *p = row->p;
    p->headed = true;
    p->map_count = row->cells->count;
    for (size_t i = 0; i < p->map_count; i++) {
        int found = columns_find(&p->columns, row->arena, row->cells->cells[i].text);
        const char *code = found == COLUMN_AMBIGUOUS ? "sheet.ambiguous_column"
                           : found < 0               ? "sheet.unknown_column"
                           : map_has(p, i, found)    ? "sheet.double_column"
                                                     : NULL;
        p->map[i] = found < 0 ? COLUMN_UNKNOWN : found;
        if (code != NULL && title_bad(row, i, code, err) < 0) {
            return -1;
        }
    }
    return titles_missing(row, err);
}

/* ---- a row ---- */

/* The place of FIELD's column in the table, or -1. */
static int
column_of(const struct preview *p, struct str key)
{
    for (size_t i = 0; i < p->map_count; i++) {
        if (p->map[i] >= 0 && str_equal(p->columns.list[p->map[i]].key, key)) {
            return (int)i;
        }
    }
    return -1;
}

/* Notes an error of the row in column AT (-1: none); DETAIL of WHY. */
static void
row_bad(struct row *row, int at, const char *code, const char *detail)
{
    if (json_array_size(row->errors) >= ERRORS_MOST) {
        return;
    }
    struct buf column;
    buf_init(&column, 20);
    if (at >= 0) {
        sheet_put_column(&column, (uint32_t)at);
    }
    struct str key = at >= 0 ? row->p->columns.list[row->p->map[at]].key : STR("");
    json_t *value = json_string(detail);
    (void)json_array_append_new(row->errors,
                                json_pack("{ss% ss% ss so}", "column", column.n > 0 ? column.p : "",
                                          column.n, "field", key.p, key.n, "code", code, "detail",
                                          value != NULL ? value : json_string("")));
    buf_free(&column);
}

/* An error that a check of core/register told. */
static void
row_told(struct row *row, const struct err *why)
{
    bool closed = err_is(why, "register.move") || err_is(why, "register.not_candidate");
    row_bad(row, column_of(row->p, str_of(why->detail)), closed ? "sheet.closed" : why->code,
            why->detail);
}

/* 0, also when the cell is wrong; -1 when the store failed. */
static int
cell_take(struct row *row, size_t at, struct err *err)
{
    const struct column *column = &row->p->columns.list[row->p->map[at]];
    static const struct sheet_cell none;
    const struct sheet_cell *cell = at < row->cells->count ? &row->cells->cells[at] : &none;
    struct err why = {0};
    json_t *value = NULL;
    if (column->kind != COLUMN_FIELD) {
        row->fixed[column->kind] = cell->text;
        row->fixed_at[column->kind] = at;
        return 0;
    }
    if (!value_comes_in(column->field)) {
        row->told[at] = true;
        return 0;
    }
    if (value_take(&row->values, column->field, cell, &value, &why) == 0) {
        (void)json_object_setn_new(row->set, column->key.p, column->key.n, value);
        return 0;
    }
    if (strncmp(why.code, "sheet.", 6) != 0) {
        *err = why;
        return -1;
    }
    row_bad(row, (int)at, why.code, why.detail);
    return 0;
}

static int
cells_take(struct row *row, struct err *err)
{
    struct preview *p = row->p;
    for (size_t i = 0; i < p->map_count; i++) {
        if (cell_take(row, i, err) < 0) {
            return -1;
        }
    }
    for (size_t i = p->map_count; i < row->cells->count; i++) {
        if (row->cells->cells[i].text.n > 0) {
            row_bad(row, -1, "sheet.unknown_column", "");
            break;
        }
    }
    return 0;
}

/* The values of the row in their one form. */
static int
set_take(struct row *row, struct err *err)
{
    struct err why = {0};
    json_t *made = NULL;
    while (register_values_take(row->p->def, &row->p->caller, row->set, &made, &why) < 0) {
        if (strncmp(why.code, "register.", 9) != 0) {
            *err = why;
            return -1;
        }
        row_told(row, &why);
        if (json_object_del(row->set, why.detail) < 0) {
            return 0; /* inside a table of rows */
        }
    }
    json_decref(row->set);
    row->set = made;
    return 0;
}

/* The record the row names: 0 with *RET, 1 it names none (a new one), 2 it is not there. */
static int
row_record(struct row *row, uint64_t *ret, struct err *err)
{
    struct str id = str_trim(row->fixed[COLUMN_ID]), number = str_trim(row->fixed[COLUMN_NUMBER]);
    if (id.n > 0) {
        return id_parse(id, ret) ? 0 : 2;
    }
    if (number.n > 0) {
        int rc = register_numbered(row->store, row->p->def->name, number, ret, err);
        return rc == 1 ? 2 : rc;
    }
    int rc = register_matched(row->store, row->p->def, row->set, row->key, ret, err);
    row->keyed = rc == 1;
    return rc == 2 ? 1 : rc;
}

/* One of the columns that only tell: it must say what is, or nothing. */
static void
fixed_check(struct row *row, enum column_kind kind, struct str is)
{
    struct str says = str_trim(row->fixed[kind]);
    if (says.n > 0 && !str_equal(says, is)) {
        row_bad(row, (int)row->fixed_at[kind], "sheet.closed", "");
    }
}

/* The columns of fields that only go out say what is, or nothing. */
static int
told_checks(struct row *row, const struct record_plain *plain, struct err *err)
{
    for (size_t at = 0; at < row->p->map_count && at < row->cells->count; at++) {
        struct str says = row->cells->cells[at].text;
        if (!row->told[at] || says.n == 0) {
            continue;
        }
        const struct column *column = &row->p->columns.list[row->p->map[at]];
        struct sheet_cell is = {0};
        json_t *value =
            plain != NULL ? json_object_getn(plain->fields, column->key.p, column->key.n) : NULL;
        if (value_put(&row->values, column->field, value, &is, err) < 0) {
            return -1;
        }
        if (!str_equal(says, is.text)) {
            row_bad(row, (int)at, "sheet.closed", "");
        }
    }
    return 0;
}

static int
fixed_checks(struct row *row, const struct record_plain *plain, struct err *err)
{
    struct sheet_cell section = {0}, owner = {0};
    struct str state = {0};
    if (plain != NULL) {
        const struct register_state *is = &plain->def->states[plain->state];
        bool titled = str_equal(str_trim(row->fixed[COLUMN_STATE]), is->title.ja);
        state = titled ? is->title.ja : is->name;
        if (value_put_section(&row->values, plain->section, &section, err) < 0 ||
            value_put_person(&row->values, plain->owner, &owner, err) < 0) {
            return -1;
        }
        fixed_check(row, COLUMN_NUMBER, plain->number);
    }
    fixed_check(row, COLUMN_STATE, state);
    fixed_check(row, COLUMN_SECTION, section.text);
    fixed_check(row, COLUMN_OWNER, owner.text);
    return told_checks(row, plain, err);
}

static int
shown_text(struct row *row, const struct register_field *field, const json_t *value,
           struct str *ret, struct err *err)
{
    struct sheet_cell cell;
    if (value_put(&row->values, field, value, &cell, err) < 0) {
        if (!err_is(err, "sheet.cell")) {
            return -1;
        }
        cell.text = STR("…");
    }
    *ret = cell.text.n > 0 ? cell.text : STR("");
    return 0;
}

/* The fields of the row that differ from the record's, to CHANGES and SHOWN. */
static int
row_compare(struct row *row, const struct record_plain *plain, json_t *changes, json_t *shown,
            struct err *err)
{
    const struct register_def *def = plain->def;
    for (size_t i = 0; i < def->field_count; i++) {
        const struct register_field *field = &def->fields[i];
        json_t *is = json_object_getn(row->set, field->key.p, field->key.n);
        json_t *was = json_object_getn(plain->fields, field->key.p, field->key.n);
        struct str from, to;
        if (is == NULL || value_same(is, was)) {
            continue;
        }
        if (!register_mask_has(&plain->seen, i)) {
            row_bad(row, column_of(row->p, field->key), "sheet.closed", "");
            continue;
        }
        if (shown_text(row, field, was, &from, err) < 0 ||
            shown_text(row, field, is, &to, err) < 0) {
            return -1;
        }
        (void)json_object_setn(changes, field->key.p, field->key.n, is);
        (void)json_array_append_new(shown,
                                    json_pack("{ss% ss% ss%}", "field", field->key.p, field->key.n,
                                              "from", from.p, from.n, "to", to.p, to.n));
    }
    return 0;
}

/* Whether the caller may make CHANGES to the record, and whether its fields are right then. */
static int
change_check(struct row *row, const struct record_plain *plain, json_t *changes, struct err *err)
{
    struct err why = {0};
    struct register_call call = {
        .record = plain->id, .move = STR("edit"), .rev = plain->rev, .fields = changes};
    memcpy(call.digest, plain->digest, sizeof call.digest);
    if (register_may(row->p->set, row->store, row->arena, &row->p->caller, &call, &why) == 0) {
        return 0;
    }
    if (strncmp(why.code, "register.", 9) != 0) {
        *err = why;
        return -1;
    }
    row_told(row, &why);
    return 0;
}

static int
new_check(struct row *row, struct err *err)
{
    struct err why = {0};
    struct register_call call = {.reg = row->p->def->name, .move = STR("open"), .fields = row->set};
    if (register_values_whole(row->p->def, &row->p->caller, row->set, &why) == 0 &&
        register_may(row->p->set, row->store, row->arena, &row->p->caller, &call, &why) == 0) {
        return 0;
    }
    if (strncmp(why.code, "register.", 9) != 0) {
        *err = why;
        return -1;
    }
    row_told(row, &why);
    return 0;
}

static void
digest_number(struct sha256 *h, uint64_t value)
{
    unsigned char bytes[8];
    for (int i = 0; i < 8; i++) {
        bytes[i] = (unsigned char)(value >> (56 - 8 * i));
    }
    sha256_put(h, bytes, sizeof bytes);
}

static void
digest_text(struct sha256 *h, struct str s)
{
    digest_number(h, s.n);
    sha256_put(h, s.p, s.n);
}

/* Writes the row as DONE, its texts from FIELDS and SHOWN. */
static int
row_write(struct row *row, struct batch_row *done, json_t *fields, json_t *shown, struct err *err)
{
    struct preview *p = row->p;
    char *set = fields != NULL ? json_dumps(fields, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    char *text = shown != NULL ? json_dumps(shown, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    done->row = row->cells->number;
    done->fields = str_of(set != NULL ? set : "");
    done->shown = str_of(text != NULL ? text : "");
    digest_number(&p->digest, done->row);
    digest_text(&p->digest, str_of(done->kind));
    digest_number(&p->digest, done->record);
    digest_number(&p->digest, done->rev);
    digest_text(&p->digest, done->fields);
    digest_text(&p->digest, done->shown);
    int rc = batch_row_add(row->store, p->batch.id, done, err);
    free(set);
    free(text);
    return rc;
}

/* The null values of a new record say nothing. */
static void
drop_empty(json_t *fields)
{
    const char *key;
    json_t *value;
    void *next;
    json_object_foreach_safe(fields, next, key, value)
    {
        if (json_is_null(value)) {
            (void)json_object_del(fields, key);
        }
    }
}

static int
row_new(struct row *row, struct err *err)
{
    struct batch_row done = {.kind = "new"};
    drop_empty(row->set);
    if (fixed_checks(row, NULL, err) < 0 ||
        (json_array_size(row->errors) == 0 && new_check(row, err) < 0)) {
        return -1;
    }
    uint32_t first = json_array_size(row->errors) == 0 && row->keyed
                         ? keys_add(&row->p->keys, row->key, row->cells->number)
                         : 0;
    if (first > 0) {
        char detail[20];
        (void)snprintf(detail, sizeof detail, "%u", first);
        row_bad(row, column_of(row->p, row->p->def->match[0]), "sheet.twice", detail);
    }
    if (json_array_size(row->errors) > 0) {
        return 0;
    }
    row->p->batch.created++;
    return row_write(row, &done, row->set, NULL, err);
}

static int
row_change(struct row *row, const struct record_plain *plain, struct err *err)
{
    json_t *changes = json_object(), *shown = json_array();
    struct batch_row done = {
        .kind = "same", .record = plain->id, .rev = plain->rev, .digest = plain->digest};
    int rc = fixed_checks(row, plain, err);
    if (rc == 0) {
        rc = row_compare(row, plain, changes, shown, err);
    }
    bool differs = json_object_size(changes) > 0;
    if (rc == 0 && differs && json_array_size(row->errors) == 0) {
        rc = change_check(row, plain, changes, err);
    }
    if (rc == 0 && json_array_size(row->errors) == 0) {
        done.kind = differs ? "change" : "same";
        *(differs ? &row->p->batch.changed : &row->p->batch.same) += 1;
        rc = row_write(row, &done, differs ? changes : NULL, differs ? shown : NULL, err);
    }
    json_decref(changes);
    json_decref(shown);
    return rc;
}

/* A row that names a record. */
static int
row_existing(struct row *row, uint64_t record, struct err *err)
{
    struct preview *p = row->p;
    struct record_ask ask = {p->set, row->store, row->arena, &p->caller};
    struct record_plain plain = {0};
    uint32_t first = 0;
    int rc = record_plain(&ask, record, &plain, err);
    if (rc < 0) {
        return -1;
    }
    bool named = row->fixed[COLUMN_ID].n > 0, numbered = row->fixed[COLUMN_NUMBER].n > 0;
    int at = named      ? (int)row->fixed_at[COLUMN_ID]
             : numbered ? (int)row->fixed_at[COLUMN_NUMBER]
                        : column_of(p, p->def->match[0]);
    if (rc > 0 || plain.def != p->def) {
        row_bad(row, at, named || numbered ? "sheet.no_record" : "register.field_taken", "");
        record_plain_done(&plain);
        return 0;
    }
    rc = batch_row_of(row->store, p->batch.id, record, &first, err);
    if (rc == 0) {
        char detail[20];
        (void)snprintf(detail, sizeof detail, "%u", first);
        row_bad(row, at, "sheet.twice", detail);
    }
    rc = rc < 0 ? -1 : row_change(row, &plain, err);
    record_plain_done(&plain);
    return rc;
}

static int
row_judge(struct row *row, struct err *err)
{
    uint64_t record = 0;
    if (cells_take(row, err) < 0 || set_take(row, err) < 0) {
        return -1;
    }
    int rc = row_record(row, &record, err);
    if (rc == 2) {
        bool id = row->fixed[COLUMN_ID].n > 0;
        row_bad(row, (int)row->fixed_at[id ? COLUMN_ID : COLUMN_NUMBER], "sheet.no_record", "");
        rc = 0;
    } else if (rc >= 0) {
        rc = rc == 1 ? row_new(row, err) : row_existing(row, record, err);
    }
    if (rc < 0 || json_array_size(row->errors) == 0) {
        return rc;
    }
    struct batch_row done = {.kind = "error"};
    row->p->batch.errors++;
    return row_write(row, &done, NULL, row->errors, err);
}

static int
row_take(struct preview *p, struct store *store, struct arena *arena, const struct sheet_row *cells,
         struct err *err)
{
    struct row row = {.p = p, .store = store, .arena = arena, .cells = cells};
    row.values = (struct value_ask){store, arena, tokyo_day(time_now_us())};
    if (p->sheets > 1 && p->headed) {
        return ERR(err, "sheet.which", "%u", p->sheets);
    }
    if (!p->headed) {
        return titles_take(&row, err);
    }
    if (++p->rows > PREVIEW_PASTE_ROWS && p->batch.pasted) {
        return ERR(err, "sheet.paste_rows", "%d", PREVIEW_PASTE_ROWS);
    }
    if (p->bad_titles) {
        return 0;
    }
    row.set = json_object();
    row.errors = json_array();
    int rc = row_judge(&row, err);
    json_decref(row.set);
    json_decref(row.errors);
    return rc;
}

/* ---- the stream ---- */

/* One record: 1 go on, 0 it was the last, -1. */
static int
record_take(struct preview *p, struct store *store, struct arena *arena,
            const struct sheet_record *record, struct err *err)
{
    switch (record->kind) {
    case SHEET_RECORD_SHEET:
        p->sheets++;
        return 1;
    case SHEET_RECORD_ROW:
        return row_take(p, store, arena, &record->row, err) < 0 ? -1 : 1;
    case SHEET_RECORD_NOTE:
        return note_add(p, store, record->note.problem, record->note.code, record->note.place,
                        err) < 0
                   ? -1
                   : 1;
    case SHEET_RECORD_END:
        break;
    case SHEET_RECORD_ERROR:
        return ERR(err, record->code, "%.*s", STR_FMT(str_slice(record->detail, 0, 200)));
    }
    uint32_t untold =
        record->result.problems > SHEET_NOTES ? record->result.problems - SHEET_NOTES : 0;
    p->batch.errors += untold;
    if (!p->headed || (p->rows == 0 && !p->bad_titles)) {
        return ERR(err, "sheet.empty", "%.*s", STR_FMT(str_slice(p->batch.name, 0, 100)));
    }
    sha256_take(&p->digest, p->batch.digest);
    return batch_previewed(store, &p->batch, err);
}

int
preview_step(struct preview *p, struct store *store, struct err *err)
{
    struct arena *arena = arena_new(SCRATCH_BYTES);
    struct sheet_record record;
    uint32_t until = p->rows + PREVIEW_STEP_ROWS;
    int rc = 1;
    while (rc > 0 && p->rows < until) {
        rc = sheet_stream_next(&p->stream, &p->rest, &record, err);
        if (rc == 0) {
            rc = ERR(err, "sheet.stream", "cut");
        }
        rc = rc < 0 ? -1 : record_take(p, store, arena, &record, err);
        if (arena_used(arena) > SCRATCH_BYTES / 2) {
            arena_clear(arena);
        }
    }
    arena_free(arena);
    return rc;
}
