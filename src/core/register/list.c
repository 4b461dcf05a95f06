/*
 * list: pages of records, their counts, and all of them one by one. Runs in cored; it only reads.
 *
 * Invariants: the database chooses the rows by ask.c; each row is judged once more in C (rights.c)
 * before anything of it is shown, and a row that fails is dropped. Paging is by the sort value and
 * the id of the last row; rows without the value come after those with it.
 *
 * `after` is "v" or "n" (with or without a value), the value's text in hex, ".", the id.
 */
#include "core/register/list.h"

#include "base/crypt/encode.h"
#include "base/mem/buf.h"
#include "base/os/time.h"
#include "core/json/json.h"
#include "core/register/ask.h"
#include "core/register/condition.h"
#include "core/register/project.h"
#include "core/register/show.h"
#include "core/store/id.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SHOWN_FIELDS = 6, SHOWN_CHARS = 1000, KEY_BYTES = 4 * PROJECT_TEXT_MOST };

/* A page being made. */
struct page {
    struct ask ask;
    size_t limit;
    json_t *items;
    size_t seen; /* rows the database gave in this answer */
    bool more;
    char *next; /* in the arena */
};

/* Where a page begins: behind this row. */
struct place {
    bool any, null;
    struct str text; /* of the sort value */
    int64_t n;
    uint64_t id;
};

/* ---- places ---- */

static int
place_read(const struct ask *ask, struct str after, struct place *ret, struct err *err)
{
    *ret = (struct place){.any = after.n > 0};
    if (!ret->any) {
        return 0;
    }
    ptrdiff_t dot = str_find(after, STR("."), 0);
    size_t bytes = dot > 0 ? ((size_t)dot - 1) / 2 : 0;
    unsigned char *value = arena_alloc(ask->asker->arena, bytes + 1);
    bool good = dot > 0 && (after.p[0] == 'v' || after.p[0] == 'n') && bytes <= KEY_BYTES &&
                id_parse(str_slice(after, (size_t)dot + 1, after.n), &ret->id) && value != NULL &&
                hex_decode(str_slice(after, 1, (size_t)dot), value, bytes);
    if (!good) {
        return ERR(err, "register.query", "after");
    }
    ret->null = after.p[0] == 'n';
    ret->text = (struct str){(const char *)value, bytes};
    bool minus = bytes > 0 && value[0] == '-';
    uint64_t n = 0;
    if (!ret->null && !ask->sort_text &&
        (!str_to_u64(str_slice(ret->text, minus, bytes), &n) || n > INT64_MAX)) {
        return ERR(err, "register.query", "after");
    }
    ret->n = minus ? -(int64_t)n : (int64_t)n;
    return 0;
}

/* Where the page behind a row begins: its sort value is column 11. */
static char *
place_write(const struct ask *ask, struct db_query *q, bool null)
{
    char id[ID_CHARS + 1], number[24];
    id_format((uint64_t)db_int(q, 0), id);
    (void)snprintf(number, sizeof number, "%lld",
                   null || ask->sort_text ? 0LL : (long long)db_int(q, 11));
    struct str value = null ? (struct str){0} : ask->sort_text ? db_text(q, 11) : str_of(number);
    char *hex = arena_alloc(ask->asker->arena, value.n * 2 + 1);
    if (hex == NULL) {
        return NULL;
    }
    hex_encode(value.p, value.n, hex);
    return arena_printf(ask->asker->arena, "%c%s.%s", null ? 'n' : 'v', hex, id);
}

/* ---- the statement ---- */

/* Conditions of the part with values, or with NULL the part without, behind PLACE. */
static void
put_place(struct ask *ask, const struct place *place, bool null, struct buf *buf)
{
    int n = (int)ask->sort.n;
    const char *order = ask->down ? "<" : ">", *sort = ask->sort.p;
    if (ask->nullable) {
        buf_printf(buf, " AND c.%.*s IS %s", n, sort, null ? "NULL" : "NOT NULL");
    }
    if (!place->any || place->null != null) {
        return;
    }
    if (null) {
        buf_printf(buf, " AND c.id %s $%zu", order, ask_bind_int(ask, (int64_t)place->id));
        return;
    }
    size_t value = ask->sort_text ? ask_bind_text(ask, place->text) : ask_bind_int(ask, place->n);
    size_t id = ask_bind_int(ask, (int64_t)place->id);
    buf_printf(buf, " AND (c.%.*s, c.id) %s ($%zu, $%zu)", n, sort, order, value, id);
}

/* The branches, each the first LIMIT of its own, as one list of (id, k, due). */
static void
put_branches(struct ask *ask, struct str place, bool null, size_t limit, struct buf *buf)
{
    const char *down = ask->down ? " DESC" : "";
    for (size_t i = 0; i < ask->branch_count; i++) {
        buf_printf(buf, "%sSELECT * FROM (SELECT c.id AS id, ", i > 0 ? " UNION ALL " : "");
        if (null) {
            buf_put_z(buf, "c.id");
        } else {
            buf_printf(buf, "c.%.*s", STR_FMT(ask->sort));
        }
        buf_printf(buf, " AS k, c.due AS due FROM cur_%.*s c WHERE %s%s", STR_FMT(ask->def->name),
                   ask->branches[i], ask->filter);
        buf_put_str(buf, place);
        if (null) {
            buf_printf(buf, " ORDER BY c.id%s", down);
        } else {
            buf_printf(buf, " ORDER BY c.%.*s%s, c.id%s", STR_FMT(ask->sort), down, down);
        }
        buf_printf(buf, " LIMIT %zu) AS b%zu", limit, i);
    }
}

static void
put_page(struct ask *ask, const struct place *place, bool null, size_t limit, struct buf *buf)
{
    const char *down = ask->down ? " DESC" : "";
    struct buf where;
    buf_init(&where, 1024);
    put_place(ask, place, null, &where);
    buf_put_z(buf, "SELECT r.id, coalesce(r.number, ''), r.state, r.section, coalesce(s.name, ''),"
                   " r.owner, coalesce(p.name, ''), r.created, r.changed, y.due, v.fields, y.k,"
                   " r.rev, r.entered FROM (");
    put_branches(ask, buf_str(&where), null, limit, buf);
    buf_printf(buf,
               " ORDER BY k%s, id%s LIMIT %zu) AS y JOIN record r ON r.id = y.id"
               " JOIN revision v ON v.record = r.id AND v.rev = r.rev"
               " LEFT JOIN section s ON s.id = r.section LEFT JOIN person p ON p.id = r.owner"
               " ORDER BY y.k%s, y.id%s",
               down, down, limit, down, down);
    buf_free(&where);
}

static void
put_count(struct ask *ask, struct buf *buf)
{
    buf_put_z(buf, "SELECT count(*) FROM (");
    for (size_t i = 0; i < ask->branch_count; i++) {
        buf_printf(buf, "%sSELECT c.id FROM cur_%.*s c WHERE %s%s", i > 0 ? " UNION ALL " : "",
                   STR_FMT(ask->def->name), ask->branches[i], ask->filter);
    }
    buf_printf(buf, " LIMIT %d) AS n", LIST_COUNT_MOST + 1);
}

/* ---- rows ---- */

static int
row_record(const struct ask *ask, struct db_query *q, struct record *ret)
{
    struct str text = db_text(q, 10), state = db_text(q, 2);
    *ret = (struct record){.id = (uint64_t)db_int(q, 0),
                           .reg = ask->def->name,
                           .number = db_text(q, 1),
                           .state = state,
                           .state_at = register_state_find(ask->def, state),
                           .section = (uint64_t)db_int(q, 3),
                           .owner = (uint64_t)db_int(q, 5),
                           .created = db_int(q, 7),
                           .changed = db_int(q, 8),
                           .rev = (uint64_t)db_int(q, 12),
                           .entered = db_int(q, 13),
                           .def = ask->def,
                           .fields = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, NULL)};
    return ret->fields != NULL && ret->state_at >= 0 ? 0 : -1;
}

bool
field_listed(const struct register_def *def, const struct register_field *field)
{
    const struct register_forms *forms = &def->forms;
    size_t before = 0;
    for (size_t i = 0; i < forms->list_count; i++) {
        if (str_equal(forms->list[i], field->key)) {
            return true;
        }
    }
    for (size_t i = 0; forms->list_count == 0 && i < def->field_count; i++) {
        const struct register_field *one = &def->fields[i];
        bool fits = field_projected(one) || (one->type == VALUE_TEXT && one->max <= SHOWN_CHARS);
        if (one == field) {
            return fits && before < SHOWN_FIELDS;
        }
        before += fits;
    }
    return false;
}

static json_t *
row_json(struct db_query *q, const struct record *record, const struct sight *sight)
{
    char id[ID_CHARS + 1];
    const struct register_state *state = &record->def->states[record->state_at];
    json_t *fields = json_object(), *class = NULL;
    for (size_t i = 0; i < record->def->field_count; i++) {
        const struct register_field *field = &record->def->fields[i];
        json_t *value = json_object_getn(record->fields, field->key.p, field->key.n);
        if (value == NULL || !sight_reads(record->def, sight, field) ||
            !field_visible(record, field)) {
            continue;
        }
        if (class == NULL && field->type == VALUE_CLASS) {
            class = value;
        }
        if (field_listed(record->def, field)) {
            (void)json_object_setn(fields, field->key.p, field->key.n, value);
        }
    }
    id_format(record->id, id);
    json_t *row = json_pack(
        "{ss so so so so so so so sI sI so so}", "id", id, "number",
        record->number.n > 0 ? json_of_text(record->number) : json_null(), "state",
        json_of_text(record->state), "state_title", register_title_json(&state->title), "section",
        json_of_decimal(record->section), "section_name", json_of_text(db_text(q, 4)), "owner",
        json_of_decimal(record->owner), "owner_name", json_of_text(db_text(q, 6)), "created",
        (json_int_t)record->created, "changed", (json_int_t)record->changed, "due",
        db_is_null(q, 9) ? json_null() : json_integer(db_int(q, 9)), "fields", fields);
    if (class != NULL) {
        (void)json_object_set(row, "class", class);
    }
    return row;
}

/* Judges one row and adds it. */
static int
page_row(struct page *page, struct db_query *q, struct err *err)
{
    struct record record;
    struct sight sight = {.any = false};
    int rc = row_record(&page->ask, q, &record);
    if (rc == 0) {
        rc = rights_sight(&page->ask.rights, &record, &sight, err);
        if (rc == 0 && ask_shown(&page->ask, &sight)) {
            (void)json_array_append_new(page->items, row_json(q, &record, &sight));
        }
    } else {
        rc = 0; /* nobody can read it as it is */
    }
    record_done(&record);
    return rc;
}

/* Adds the rows with, or without, a sort value behind PLACE, as far as there is room. */
static int
page_part(struct page *page, const struct place *place, bool null, struct err *err)
{
    struct ask *ask = &page->ask;
    size_t bound = ask->bind_count, room = page->limit - page->seen + 1;
    struct buf text;
    buf_init(&text, ASK_SQL_BYTES);
    put_page(ask, place, null, room, &text);
    if (buf_done(&text, err) < 0 || ask->full) {
        buf_free(&text);
        return ERR(err, "limit.memory", "statement");
    }
    struct db_query *q = db_query_once(ask->asker->store, "list.page", buf_str(&text));
    buf_free(&text);
    ask_bind(ask, q);
    ask->bind_count = bound;
    int rc = 0;
    while (!page->more && (rc = db_step(q, err)) > 0) {
        page->more = page->seen == page->limit;
        if (page->more) {
            break;
        }
        rc = page_row(page, q, err);
        page->seen++;
        if (rc == 0 && page->seen == page->limit) {
            page->next = place_write(ask, q, null);
            rc = page->next != NULL ? 0 : ERR(err, "limit.memory", "next");
        }
        if (rc < 0) {
            break;
        }
    }
    db_end(q);
    return rc < 0 ? -1 : 0;
}

static int
page_rows(struct page *page, struct str after, struct err *err)
{
    struct place place;
    if (place_read(&page->ask, after, &place, err) < 0) {
        return -1;
    }
    if (place.any && place.null && !page->ask.nullable) {
        return ERR(err, "register.query", "after");
    }
    if (page->ask.branch_count == 0) {
        return 0;
    }
    if (!(place.any && place.null) && page_part(page, &place, false, err) < 0) {
        return -1;
    }
    return page->ask.nullable && !page->more ? page_part(page, &place, true, err) : 0;
}

static int
ask_count(struct ask *ask, int64_t *ret, struct err *err)
{
    struct buf text;
    *ret = 0;
    if (ask->branch_count == 0) {
        return 0;
    }
    buf_init(&text, ASK_SQL_BYTES);
    put_count(ask, &text);
    if (buf_done(&text, err) < 0) {
        buf_free(&text);
        return -1;
    }
    struct db_query *q = db_query_once(ask->asker->store, "list.count", buf_str(&text));
    buf_free(&text);
    ask_bind(ask, q);
    return db_one_int(q, ret, err) < 0 ? -1 : 0;
}

/* ---- the answers ---- */

/* One question on one snapshot, within LIST_SLOW_MS. */
struct listing {
    const struct register_asker *asker;
    const struct register_def *def;
    const struct list_query *query;
    json_t *ret;
};

static int
list_unit(struct store *store, void *arg, struct err *err)
{
    (void)store;
    struct listing *listing = arg;
    size_t limit = listing->query->limit;
    struct page *page = arena_alloc(listing->asker->arena, sizeof *page);
    int64_t count = 0;
    if (page == NULL) {
        return ERR(err, "limit.memory", "page");
    }
    if (ask_make(listing->asker, listing->def, listing->query, &page->ask, err) < 0) {
        return -1;
    }
    page->limit = limit == 0 || limit > LIST_ROWS_MOST ? LIST_ROWS_MOST : limit;
    page->items = json_array();
    if (page_rows(page, listing->query->after, err) < 0 || ask_count(&page->ask, &count, err) < 0) {
        json_decref(page->items);
        return -1;
    }
    bool over = count > LIST_COUNT_MOST;
    listing->ret =
        json_pack("{so so sb sI sb}", "items", page->items, "next",
                  page->more ? json_string(page->next) : json_null(), "more", page->more, "count",
                  (json_int_t)(over ? LIST_COUNT_MOST : count), "count_more", over);
    return 0;
}

static const struct register_def *
def_asked(const struct register_asker *asker, struct str reg)
{
    const struct register_def *def = register_def_find(asker->set, reg);
    return def == NULL || def->shape ? NULL : def;
}

int
register_list(const struct register_asker *asker, struct str reg, const struct list_query *query,
              json_t **ret, struct err *err)
{
    struct listing listing = {.asker = asker, .def = def_asked(asker, reg), .query = query};
    if (listing.def == NULL) {
        return 1;
    }
    store_hurry(asker->store, LIST_SLOW_MS);
    int rc = store_read(asker->store, list_unit, &listing, err);
    store_hurry(asker->store, 0);
    *ret = listing.ret;
    return rc;
}

/* How many records a question has, at most LIST_COUNT_MOST. */
static int
counted(const struct register_asker *asker, const struct register_def *def,
        const struct list_query *query, int64_t *ret, struct err *err)
{
    struct ask *ask = arena_alloc(asker->arena, sizeof *ask);
    if (ask == NULL) {
        return ERR(err, "limit.memory", "count");
    }
    if (ask_make(asker, def, query, ask, err) < 0 || ask_count(ask, ret, err) < 0) {
        return -1;
    }
    *ret = *ret > LIST_COUNT_MOST ? LIST_COUNT_MOST : *ret;
    return 0;
}

static int
counts_unit(struct store *store, void *arg, struct err *err)
{
    (void)store;
    struct listing *listing = arg;
    const struct register_asker *asker = listing->asker;
    const struct register_def *def = listing->def;
    int64_t all = 0, open = 0, late = 0;
    struct list_query query = {.fy = STR("all")};
    struct buf states;
    buf_init(&states, 4096);
    for (size_t i = 0; i < def->state_count; i++) {
        if (def->states[i].end == END_NONE) {
            buf_printf(&states, "%s%.*s", states.n > 0 ? "," : "", STR_FMT(def->states[i].name));
        }
    }
    int rc = counted(asker, def, &query, &all, err);
    query.state = str_dup(asker->arena, buf_str(&states));
    bool open_any = all > 0 && states.n > 0;
    buf_free(&states);
    if (rc == 0 && open_any) {
        rc = counted(asker, def, &query, &open, err);
        query.late = true;
        rc = rc < 0 || open == 0 ? rc : counted(asker, def, &query, &late, err);
    }
    if (rc < 0) {
        return -1;
    }
    listing->ret = json_pack("{sI sI sI}", "all", (json_int_t)all, "open", (json_int_t)open, "late",
                             (json_int_t)late);
    return 0;
}

int
register_counts(const struct register_asker *asker, struct str reg, json_t **ret, struct err *err)
{
    struct listing listing = {.asker = asker, .def = def_asked(asker, reg)};
    if (listing.def == NULL) {
        return 1;
    }
    store_hurry(asker->store, LIST_SLOW_MS);
    int rc = store_read(asker->store, counts_unit, &listing, err);
    store_hurry(asker->store, 0);
    *ret = listing.ret;
    return rc;
}
