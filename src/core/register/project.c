/*
 * project: the current values of records as typed tables. Runs in cored.
 *
 * Invariants: a row is written in the unit that changes its record; the table of a register stands
 * in the layout noted in `projection`, else it is made anew before anything is written. Names of
 * tables and columns come from checked keys ([a-z][a-z0-9_]*) only.
 */
#include "core/register/project.h"

#include "base/crypt/encode.h"
#include "base/crypt/hash.h"
#include "base/mem/buf.h"
#include "base/os/time.h"
#include "core/register/condition.h"
#include "core/register/search.h"
#include "core/register/timer.h"

#include <stdio.h>

enum { SQL_BYTES = 1 << 18, REBUILD_ROWS = 500, WORK_BYTES = 8 << 20 };

enum { LAYOUT, NOTE, RECORDS };

static const struct store_statement sql[] = {
    [LAYOUT] = {"project.layout", "SELECT layout FROM projection WHERE register = $1"},
    [NOTE] = {"project.note", "INSERT INTO projection VALUES ($1, $2)"
                              " ON CONFLICT(register) DO UPDATE SET layout = excluded.layout"},
    [RECORDS] = {"project.records", "SELECT id FROM record WHERE register = $1 AND id > $2"
                                    " ORDER BY id LIMIT 500"},
};

/* ---- layout ---- */

/* Types that have a column (texts: the shorter ones). */
static const bool columned[VALUE_TYPES] = {
    [VALUE_NUMBER] = true,  [VALUE_FLAG] = true,    [VALUE_DATE] = true,   [VALUE_DATETIME] = true,
    [VALUE_PERIOD] = true,  [VALUE_CHOICE] = true,  [VALUE_CLASS] = true,  [VALUE_PERSON] = true,
    [VALUE_SECTION] = true, [VALUE_POST] = true,    [VALUE_REF] = true,    [VALUE_HASH] = true,
    [VALUE_NET] = true,     [VALUE_ADDRESS] = true, [VALUE_CLAUSE] = true,
};

bool
field_projected(const struct register_field *field)
{
    static const char *const moving[] = {"today", "now", "fy_now"};
    for (size_t i = 0; field->visible_if != NULL && i < 3; i++) {
        if (cond_mentions(field->visible_if, str_of(moving[i]))) {
            return false;
        }
    }
    return !field->many && ((field->type == VALUE_TEXT && field->max <= PROJECT_TEXT_MOST) ||
                            columned[field->type]);
}

bool
field_indexed(const struct register_field *field)
{
    return field->index && field_projected(field);
}

const char *
field_column(struct arena *arena, const struct register_field *field, bool until)
{
    const char *kind = field->type != VALUE_PERIOD ? "f" : until ? "q" : "p";
    return arena_printf(arena, "%s_%.*s", kind, STR_FMT(field->key));
}

static bool
is_text(const struct register_field *field)
{
    enum cond_type type = field_cond_type(field);
    return type == COND_TEXT || type == COND_CHOICE || type == COND_CLASS;
}

static void
put_columns(struct buf *buf, const struct register_def *def, const char *format,
            const char *separator)
{
    for (size_t i = 0; i < def->field_count; i++) {
        const struct register_field *field = &def->fields[i];
        if (!field_projected(field)) {
            continue;
        }
        bool period = field->type == VALUE_PERIOD;
        for (int k = 0; k < (period ? 2 : 1); k++) {
            buf_put_z(buf, separator);
            buf_printf(buf, "%c_%.*s", period ? "pq"[k] : 'f', STR_FMT(field->key));
            buf_put_z(buf, is_text(field) ? format : format[0] != '\0' ? " INTEGER" : "");
        }
    }
}

/* True for what lists are filtered by as it stands (a code, a person), not by what is before it:
 * the newest of one code are found along an index of their own. */
static bool
asked_equal(const struct register_field *field)
{
    return is_text(field) || field->type == VALUE_FLAG || field->type == VALUE_PERSON ||
           field->type == VALUE_SECTION || field->type == VALUE_POST || field->type == VALUE_REF;
}

/* The statements that make the table of DEF. */
static void
layout_put(struct buf *buf, const struct register_def *def)
{
    static const char *const indexes[] = {
        "changed, id",        "section, changed, id",     "fy, changed, id",
        "owner, changed, id", "section, fy, changed, id", "state, fy, changed, id",
        "created, id",        "section, created, id",     "due, id"};
    enum { FIXED = sizeof indexes / sizeof *indexes };
    int n = (int)def->name.n;
    const char *name = def->name.p;
    buf_printf(buf,
               "CREATE TABLE cur_%.*s(id INTEGER PRIMARY KEY, state TEXT NOT NULL,"
               " section INTEGER NOT NULL, owner INTEGER NOT NULL, number TEXT,"
               " fy INTEGER NOT NULL, created INTEGER NOT NULL, entered INTEGER NOT NULL,"
               " changed INTEGER NOT NULL, due INTEGER",
               n, name);
    put_columns(buf, def, " TEXT", ", ");
    buf_put_z(buf, ") STRICT;\n");
    for (size_t i = 0; i < FIXED; i++) {
        buf_printf(buf, "CREATE INDEX cur_%.*s_i%zu ON cur_%.*s(%s);\n", n, name, i, n, name,
                   indexes[i]);
    }
    for (size_t i = 0; i < def->field_count; i++) {
        const struct register_field *field = &def->fields[i];
        if (field_indexed(field)) {
            char kind = field->type == VALUE_PERIOD ? 'q' : 'f';
            int k = (int)field->key.n;
            buf_printf(buf, "CREATE INDEX cur_%.*s_f%zu ON cur_%.*s(%c_%.*s, id);\n", n, name, i, n,
                       name, kind, k, field->key.p);
            buf_printf(buf, "CREATE INDEX cur_%.*s_s%zu ON cur_%.*s(section, %c_%.*s, id);\n", n,
                       name, i, n, name, kind, k, field->key.p);
            if (!asked_equal(field)) {
                continue;
            }
            buf_printf(buf, "CREATE INDEX cur_%.*s_g%zu ON cur_%.*s(%c_%.*s, changed, id, fy);\n",
                       n, name, i, n, name, kind, k, field->key.p);
            buf_printf(buf,
                       "CREATE INDEX cur_%.*s_h%zu ON cur_%.*s(section, %c_%.*s, changed, id,"
                       " fy);\n",
                       n, name, i, n, name, kind, k, field->key.p);
        }
    }
}

static int
layout_digest(const struct register_def *def, struct buf *layout, char ret[65], struct err *err)
{
    unsigned char digest[32];
    struct sha256 h;
    buf_init(layout, SQL_BYTES);
    layout_put(layout, def);
    if (buf_done(layout, err) < 0) {
        return -1;
    }
    sha256_init(&h);
    sha256_put(&h, layout->p, layout->n);
    sha256_take(&h, digest);
    sha256_done(&h);
    hex_encode(digest, sizeof digest, ret);
    return 0;
}

int
project_stands(struct store *store, const struct register_def *def, struct err *err)
{
    char digest[65];
    struct buf layout;
    int rc = layout_digest(def, &layout, digest, err);
    buf_free(&layout);
    if (rc < 0) {
        return -1;
    }
    struct db_query *q = db_query(store, &sql[LAYOUT]);
    db_bind_text(q, 1, def->name);
    rc = db_step(q, err);
    bool same = rc > 0 && str_equal_z(db_text(q, 0), digest);
    db_end(q);
    return rc < 0 ? -1 : same;
}

/* ---- one row ---- */

/* When something is due: the open step, else the deadline of the state or its end, whichever comes
 * first. An end that stands in a field above open is not told: a list shows dues to all its
 * readers. */
static int
record_due(struct register_set *set, const struct record *record, int64_t *ret, struct err *err)
{
    const struct register_state *state = &record->def->states[record->state_at];
    const struct register_field *field = register_field_find(record->def, state->until.field);
    int64_t until = 0, late = 0;
    int rc = 0;
    if (record->step >= 0 && record->step_due > 0) {
        *ret = record->step_due;
        return 0;
    }
    if (field == NULL || field->level == 0) {
        rc = state_until(set, record, state, record->entered, &until, err);
    }
    if (rc >= 0) {
        rc = state_late(set, state, record->entered, &late, err);
    }
    *ret = until == 0 || (late > 0 && late < until) ? late : until;
    return rc < 0 ? -1 : 0;
}

static void
bind_value(struct db_query *q, int n, const struct register_field *field,
           const struct cond_value *value)
{
    if (value->empty) {
        db_bind_null(q, n);
    } else if (is_text(field)) {
        db_bind_text(q, n, value->text);
    } else {
        db_bind_int(q, n, value->n);
    }
}

static void
bind_fields(struct db_query *q, int n, const struct record *record)
{
    struct err why;
    for (size_t i = 0; i < record->def->field_count; i++) {
        const struct register_field *field = &record->def->fields[i];
        if (!field_projected(field)) {
            continue;
        }
        json_t *value = json_object_getn(record->fields, field->key.p, field->key.n);
        bool shown =
            field->visible_if == NULL ||
            fields_hold(record->def, record->fields, record->state, field->visible_if, &why) > 0;
        for (int k = 0; k < (field->type == VALUE_PERIOD ? 2 : 1); k++) {
            struct cond_value one = {.empty = true};
            if (shown && field->type == VALUE_PERIOD) {
                field_value_part(value, k == 0, &one);
            } else if (shown) {
                field_value(field, value, &one);
            }
            bind_value(q, n++, field, &one);
        }
    }
}

enum { HEADER_COLUMNS = 10 };

/* INSERT … ON CONFLICT of every column. */
static void
upsert_put(struct buf *buf, const struct register_def *def, int *ret_count)
{
    static const char header[] =
        "id, state, section, owner, number, fy, created, entered, changed, due";
    int count = HEADER_COLUMNS;
    for (size_t i = 0; i < def->field_count; i++) {
        const struct register_field *field = &def->fields[i];
        count += field_projected(field) ? field->type == VALUE_PERIOD ? 2 : 1 : 0;
    }
    buf_printf(buf, "INSERT INTO cur_%.*s(%s", STR_FMT(def->name), header);
    put_columns(buf, def, "", ", ");
    buf_put_z(buf, ") VALUES (");
    for (int i = 1; i <= count; i++) {
        buf_printf(buf, i == 1 ? "$%d" : ", $%d", i);
    }
    buf_put_z(buf, ") ON CONFLICT(id) DO UPDATE SET state = excluded.state,"
                   " number = excluded.number, entered = excluded.entered, section ="
                   " excluded.section, owner = excluded.owner, changed = excluded.changed,"
                   " due = excluded.due");
    for (size_t i = 0; i < def->field_count; i++) {
        const struct register_field *field = &def->fields[i];
        bool period = field->type == VALUE_PERIOD;
        for (int k = 0; field_projected(field) && k < (period ? 2 : 1); k++) {
            char kind = period ? "pq"[k] : 'f';
            buf_printf(buf, ", %c_%.*s = excluded.%c_%.*s", kind, STR_FMT(field->key), kind,
                       STR_FMT(field->key));
        }
    }
    *ret_count = count;
}

static int
row_write(struct register_set *set, struct store *store, const struct record *record,
          struct err *err)
{
    struct buf text;
    int count = 0;
    int64_t due = 0;
    if (record_due(set, record, &due, err) < 0) {
        return -1;
    }
    buf_init(&text, SQL_BYTES);
    upsert_put(&text, record->def, &count);
    if (buf_done(&text, err) < 0 || count > STORE_PARAMETERS_MOST) {
        buf_free(&text);
        return ERR(err, "limit.buffer", "columns");
    }
    struct db_query *q =
        db_query(store, store_statement_of(store, "project.write", buf_str(&text)));
    buf_free(&text);
    db_bind_int(q, 1, (int64_t)record->id);
    db_bind_text(q, 2, record->state);
    db_bind_int(q, 3, (int64_t)record->section);
    db_bind_int(q, 4, (int64_t)record->owner);
    if (record->number.n > 0) {
        db_bind_text(q, 5, record->number);
    }
    db_bind_int(q, 6, fiscal_year_of(tokyo_day(record->created)));
    db_bind_int(q, 7, record->created);
    db_bind_int(q, 8, record->entered);
    db_bind_int(q, 9, record->changed);
    if (due > 0) {
        db_bind_int(q, 10, due);
    }
    bind_fields(q, HEADER_COLUMNS + 1, record);
    return db_run(q, err) < 0 ? -1 : 0;
}

/* ---- making anew ---- */

struct rebuild {
    uint64_t ids[REBUILD_ROWS];
    size_t count;
};

static int
rebuild_ids(struct store *store, const struct register_def *def, uint64_t after,
            struct rebuild *ret, struct err *err)
{
    struct db_query *q = db_query(store, &sql[RECORDS]);
    db_bind_text(q, 1, def->name);
    db_bind_int(q, 2, (int64_t)after);
    int rc = 0;
    ret->count = 0;
    while (ret->count < REBUILD_ROWS && (rc = db_step(q, err)) > 0) {
        ret->ids[ret->count++] = (uint64_t)db_int(q, 0);
    }
    db_end(q);
    return rc < 0 ? -1 : 0;
}

/* A record whose state the definition no longer knows has no row: it is in no list, and stays
 * where record_read says so. */
static int
rebuild_row(struct register_set *set, struct store *store, struct arena *arena, uint64_t id,
            struct err *err)
{
    struct record record = {0};
    struct err why = {0};
    int rc = record_load(set, store, arena, id, &record, &why);
    if (rc == 0) {
        rc = row_write(set, store, &record, err);
    } else if (rc < 0 && !err_is(&why, "register.unreadable")) {
        *err = why;
    } else {
        rc = 0;
    }
    record_done(&record);
    return rc;
}

static int
rebuild(struct register_set *set, struct store *store, const struct register_def *def,
        struct err *err)
{
    struct arena *arena = arena_new(WORK_BYTES);
    struct rebuild part = {.count = 0};
    uint64_t after = 0;
    int rc = 0;
    do {
        rc = rebuild_ids(store, def, after, &part, err);
        for (size_t i = 0; rc == 0 && i < part.count; i++) {
            rc = rebuild_row(set, store, arena, part.ids[i], err);
            after = part.ids[i];
            arena_clear(arena);
        }
    } while (rc == 0 && part.count == REBUILD_ROWS);
    arena_free(arena);
    return rc;
}

int
register_project_anew(struct register_set *set, struct store *store, const struct register_def *def,
                      struct err *err)
{
    char digest[65], drop[96];
    struct buf layout;
    (void)snprintf(drop, sizeof drop, "DROP TABLE IF EXISTS cur_%.*s", STR_FMT(def->name));
    int rc = layout_digest(def, &layout, digest, err);
    if (rc == 0) {
        buf_put_char(&layout, '\0');
        rc = store_define(store, drop, NULL, err);
    }
    rc = rc < 0 ? rc : store_define(store, layout.p, NULL, err);
    buf_free(&layout);
    if (rc == 0) {
        struct db_query *q = db_query(store, &sql[NOTE]);
        db_bind_text(q, 1, def->name);
        db_bind_z(q, 2, digest);
        rc = db_run(q, err) < 0 ? -1 : 0;
    }
    return rc < 0 ? rc : rebuild(set, store, def, err);
}

int
register_project(struct register_set *set, struct store *store, struct err *err)
{
    for (size_t i = 0; i < set->def_count; i++) {
        const struct register_def *def = &set->defs[i];
        int stands = def->shape ? 1 : project_stands(store, def, err);
        if (stands == 0) {
            stands = register_project_anew(set, store, def, err);
        }
        if (stands < 0) {
            return -1;
        }
    }
    return search_project(set, store, err);
}

int
record_project(struct register_set *set, struct store *store, struct arena *arena, uint64_t id,
               struct err *err)
{
    struct record record = {0};
    int rc = record_load(set, store, arena, id, &record, err);
    if (rc != 0) {
        return rc < 0 ? -1 : ERR(err, "not_found", "record");
    }
    rc = project_stands(store, record.def, err);
    if (rc == 0) { /* made from the records, this one included */
        rc = register_project_anew(set, store, record.def, err);
    } else if (rc > 0) {
        rc = row_write(set, store, &record, err);
    }
    rc = rc < 0 ? rc : search_write(set, store, &record, err);
    record_done(&record);
    return rc;
}
