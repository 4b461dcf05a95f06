/*
 * search: words in records. Runs in cored.
 *
 * The index has one row for each chunk of a record's searched text of one level: SQLite's FTS5 with
 * our tokens and the access tokens in two columns, on a server a tsvector of both (access tokens
 * without a place). Access tokens: r<register>v<level>, the same with s<section>, o<owner>v<level>.
 *
 * Invariants: the index only proposes; what is shown was found once more in a field that the person
 * may read of the record as it is now. Rows are replaced in the unit that changes the record.
 */
#include "core/register/search.h"

#include "core/json/json.h"
#include "core/register/condition.h"
#include "core/register/rights.h"
#include "core/register/show.h"
#include "core/register/words.h"
#include "core/store/id.h"

#include <stdio.h>
#include <string.h>

enum { CHUNK_OVERLAP = 40, KEY_BYTES = 4 << 20, MATCH_BYTES = 1 << 20, LEVELS = 3, REBUILD = 500 };

/* Of the tables, and of what a key is; another word makes the index anew. */
static const char form[] = "bigrams 1";

enum { FORM, NOTE, ROWS_OF, ROWS_DROP, ROW_ADD, INDEX_DROP, INDEX_ADD, ALL_DROP, RECORDS, FIND };

static const struct store_statement sql[] = {
    [FORM] = {"search.form", "SELECT layout FROM projection WHERE register = ''"},
    [NOTE] = {"search.note", "INSERT INTO projection VALUES ('', $1)"
                             " ON CONFLICT(register) DO UPDATE SET layout = excluded.layout"},
    [ROWS_OF] = {"search.rows_of", "SELECT id FROM search_row WHERE record = $1 ORDER BY id"},
    [ROWS_DROP] = {"search.rows_drop", "DELETE FROM search_row WHERE record = $1"},
    [ROW_ADD] = {"search.row_add", "INSERT INTO search_row VALUES ($1, $2, $3, $4)"},
    [INDEX_DROP] = {"search.index_drop", "DELETE FROM search_index WHERE rowid = $1",
                    "DELETE FROM search_index WHERE id = $1"},
    [INDEX_ADD] = {"search.index_add",
                   "INSERT INTO search_index(rowid, words, access) VALUES ($1, $2, $3)",
                   "INSERT INTO search_index VALUES ($1, CAST($2 || $3 AS tsvector))"},
    [ALL_DROP] = {"search.all_drop", "DELETE FROM search_row"},
    [RECORDS] = {"search.records", "SELECT id FROM record WHERE id > $1 ORDER BY id LIMIT 500"},
    [FIND] = {"search.find",
              "SELECT r.id, r.record, r.register FROM search_index i"
              " JOIN search_row r ON r.id = i.rowid WHERE search_index MATCH $1 AND i.rowid < $2"
              " ORDER BY i.rowid DESC LIMIT 2000",
              "SELECT r.id, r.record, r.register FROM search_index i JOIN search_row r"
              " ON r.id = i.id WHERE i.words @@ CAST($1 AS tsquery) AND i.id < $2"
              " ORDER BY i.id DESC LIMIT 2000"},
};

/* ---- writing ---- */

/* A register's name as a token: names have characters that are none. */
static uint64_t
name_hash(struct str name)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < name.n; i++) {
        hash = (hash ^ (unsigned char)name.p[i]) * UINT64_C(1099511628211);
    }
    return hash;
}

static void
put_access(struct buf *out, const struct record *record, unsigned level, bool server)
{
    unsigned long long name = name_hash(record->reg);
    const char *quote = server ? "'" : "";
    buf_printf(out, "%sr%llxv%u%s %sr%llxv%us%llu%s %so%lluv%u%s", quote, name, level, quote, quote,
               name, level, (unsigned long long)record->section, quote, quote,
               (unsigned long long)record->owner, level, quote);
}

/* True when FIELD is found by words in RECORD as it is now. */
static bool
field_searched(const struct record *record, const struct register_field *field)
{
    json_t *value = json_object_getn(record->fields, field->key.p, field->key.n);
    return field->search && !field->personal && json_is_string(value) &&
           field_visible(record, field);
}

static int
put_field(struct buf *key, const struct record *record, const struct register_field *field,
          struct err *err)
{
    json_t *value = json_object_getn(record->fields, field->key.p, field->key.n);
    struct str text = {json_string_value(value), json_string_length(value)};
    if (key->n > 0) {
        buf_put_char(key, ' ');
    }
    return words_key(key, text, err);
}

/* The key of all searched fields of LEVEL; the number is open. */
static int
level_key(const struct record *record, unsigned level, struct buf *key, struct err *err)
{
    if (level == 0 && record->number.n > 0 && words_key(key, record->number, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < record->def->field_count; i++) {
        const struct register_field *field = &record->def->fields[i];
        if (field->level == level && field_searched(record, field) &&
            put_field(key, record, field, err) < 0) {
            return -1;
        }
    }
    return buf_done(key, err);
}

static int
row_add(struct store *store, const struct record *record, unsigned level, struct str words,
        struct err *err)
{
    bool server = store_on_server(store);
    uint64_t id = id_new();
    struct buf tokens, access;
    buf_init(&tokens, KEY_BYTES);
    buf_init(&access, 1024);
    words_tokens(&tokens, words, server);
    put_access(&access, record, level, server);
    struct db_query *q = db_query(store, &sql[ROW_ADD]);
    db_bind_int(q, 1, (int64_t)id);
    db_bind_int(q, 2, (int64_t)record->id);
    db_bind_text(q, 3, record->reg);
    db_bind_int(q, 4, level);
    int rc = db_run(q, err) < 0 ? -1 : buf_done(&tokens, err);
    if (rc == 0) {
        q = db_query(store, &sql[INDEX_ADD]);
        db_bind_int(q, 1, (int64_t)id);
        db_bind_text(q, 2, buf_str(&tokens));
        db_bind_text(q, 3, buf_str(&access));
        rc = db_run(q, err) < 0 ? -1 : 0;
    }
    buf_free(&tokens);
    buf_free(&access);
    return rc;
}

static int
rows_add(struct store *store, const struct record *record, struct err *err)
{
    int rc = 0;
    for (unsigned level = 0; rc == 0 && level < LEVELS; level++) {
        struct buf key;
        struct str chunk;
        buf_init(&key, KEY_BYTES);
        rc = level_key(record, level, &key, err);
        struct str rest = buf_str(&key);
        while (rc == 0 && words_chunk(&rest, SEARCH_CHUNK_CHARS, CHUNK_OVERLAP, &chunk)) {
            rc = row_add(store, record, level, chunk, err);
        }
        buf_free(&key);
    }
    return rc;
}

static int
rows_drop(struct store *store, uint64_t record, struct err *err)
{
    struct db_query *rows = db_query(store, &sql[ROWS_OF]);
    db_bind_int(rows, 1, (int64_t)record);
    int rc = 0, row = 0;
    while (rc == 0 && (row = db_step(rows, err)) > 0) {
        struct db_query *q = db_query(store, &sql[INDEX_DROP]);
        db_bind_int(q, 1, db_int(rows, 0));
        rc = db_run(q, err) < 0 ? -1 : 0;
    }
    db_end(rows);
    if (rc < 0 || row < 0) {
        return -1;
    }
    struct db_query *q = db_query(store, &sql[ROWS_DROP]);
    db_bind_int(q, 1, (int64_t)record);
    return db_run(q, err) < 0 ? -1 : 0;
}

/* 1 when the index stands in its form, 0, -1. */
static int
index_stands(struct store *store, struct err *err)
{
    struct db_query *q = db_query(store, &sql[FORM]);
    int rc = db_step(q, err);
    bool same = rc > 0 && str_equal_z(db_text(q, 0), form);
    db_end(q);
    return rc < 0 ? -1 : same;
}

static int
index_make(struct store *store, struct err *err)
{
    if (store_define(store, "DROP TABLE IF EXISTS search_index", NULL, err) < 0 ||
        store_define(store,
                     "CREATE VIRTUAL TABLE search_index USING fts5(words, access,"
                     " tokenize = 'ascii')",
                     "CREATE TABLE search_index(id BIGINT PRIMARY KEY, words TSVECTOR NOT NULL);"
                     "CREATE INDEX search_words ON search_index USING gin(words)",
                     err) < 0 ||
        db_exec(store, &sql[ALL_DROP], err) < 0) {
        return -1;
    }
    struct db_query *q = db_query(store, &sql[NOTE]);
    db_bind_z(q, 1, form);
    return db_run(q, err) < 0 ? -1 : 0;
}

/* Up to REBUILD ids behind AFTER. */
static int
records_next(struct store *store, uint64_t after, uint64_t *ret, size_t *ret_count, struct err *err)
{
    struct db_query *q = db_query(store, &sql[RECORDS]);
    db_bind_int(q, 1, (int64_t)after);
    int rc = 0;
    *ret_count = 0;
    while (*ret_count < REBUILD && (rc = db_step(q, err)) > 0) {
        ret[(*ret_count)++] = (uint64_t)db_int(q, 0);
    }
    db_end(q);
    return rc < 0 ? -1 : 0;
}

int
search_project(struct register_set *set, struct store *store, struct err *err)
{
    int stands = index_stands(store, err);
    if (stands != 0) {
        return stands < 0 ? -1 : 0;
    }
    struct arena *arena = arena_new(8 << 20);
    uint64_t ids[REBUILD], after = 0;
    size_t count = 0;
    int rc = index_make(store, err);
    do {
        rc = rc < 0 ? rc : records_next(store, after, ids, &count, err);
        for (size_t i = 0; rc == 0 && i < count; i++) {
            struct record record = {0};
            struct err why = {0};
            after = ids[i];
            if (record_load(set, store, arena, ids[i], &record, &why) == 0) {
                rc = rows_add(store, &record, err);
            }
            record_done(&record);
            arena_clear(arena);
        }
    } while (rc == 0 && count == REBUILD);
    arena_free(arena);
    return rc;
}

int
search_write(struct register_set *set, struct store *store, const struct record *record,
             struct err *err)
{
    int stands = index_stands(store, err);
    if (stands <= 0) {
        return stands < 0 ? -1 : search_project(set, store, err); /* this record included */
    }
    return rows_drop(store, record->id, err) < 0 ? -1 : rows_add(store, record, err);
}

/* ---- asking ---- */

struct searching {
    const struct register_asker *asker;
    struct str q, after;
    struct buf key; /* of the question */
    struct str words[SEARCH_WORDS_MOST];
    size_t word_count;
    struct rights *rights; /* by the place of the definition in the set */
    uint64_t shown[SEARCH_HITS_MOST + 1];
    size_t shown_count;
    json_t *items;
    char next[ID_CHARS + 1];
    bool more;
    json_t *ret;
};

static int
searching_words(struct searching *s, struct err *err)
{
    struct str rest, word;
    if (words_key(&s->key, s->q, err) < 0 || buf_done(&s->key, err) < 0) {
        return ERR(err, "register.query", "q");
    }
    rest = buf_str(&s->key);
    while (str_split_next(&rest, ' ', &word) && word.n > 0) {
        if (s->word_count == SEARCH_WORDS_MOST || words_chars(word) > SEARCH_WORD_CHARS) {
            return ERR(err, "register.query", "q");
        }
        s->words[s->word_count++] = word;
    }
    return s->word_count > 0 ? 0 : ERR(err, "register.query", "q");
}

static void
put_token(struct buf *out, bool server, const char *token)
{
    buf_put_z(out, out->n == 0 ? "" : server ? " | " : " OR ");
    buf_printf(out, server ? "'%s'" : "\"%s\"", token);
}

/* What RIGHT gives of DEF's rows of LEVEL. */
static void
put_right(struct buf *out, bool server, const struct right *right, unsigned long long name,
          unsigned level)
{
    char token[96];
    enum { SECTIONS_MOST = 200 };
    bool all = right->whole || right->rows != NULL || right->sections.count > SECTIONS_MOST;
    if (all) { /* which of them is judged one by one */
        (void)snprintf(token, sizeof token, "r%llxv%u", name, level);
        put_token(out, server, token);
        return;
    }
    for (size_t i = 0; i < right->sections.count; i++) {
        (void)snprintf(token, sizeof token, "r%llxv%us%lld", name, level,
                       (long long)right->sections.list[i]);
        put_token(out, server, token);
    }
}

/* True when RIGHT shows a searched field of LEVEL, or the number. */
static bool
right_level(const struct register_def *def, const struct right *right, unsigned level)
{
    struct sight sight = right_sight(right);
    for (size_t i = 0; i < def->field_count; i++) {
        const struct register_field *field = &def->fields[i];
        if (field->search && field->level == level && sight_reads(def, &sight, field)) {
            return true;
        }
    }
    return level == 0;
}

static int
put_rights(struct searching *s, struct buf *out, struct err *err)
{
    const struct register_set *set = s->asker->set;
    bool server = store_on_server(s->asker->store), owners = false;
    s->rights = arena_array(s->asker->arena, set->def_count, sizeof *s->rights);
    if (s->rights == NULL) {
        return ERR(err, "limit.memory", "search");
    }
    for (size_t i = 0; i < set->def_count; i++) {
        const struct register_def *def = &set->defs[i];
        struct rights *rights = &s->rights[i];
        if (def->shape) {
            continue;
        }
        if (rights_load(s->asker, def, rights, err) < 0) {
            return -1;
        }
        for (unsigned level = 0; level < LEVELS; level++) {
            for (size_t k = 0; k < rights->count; k++) {
                if (right_level(def, &rights->list[k], level)) {
                    put_right(out, server, &rights->list[k], name_hash(def->name), level);
                }
            }
            for (size_t k = 0; !owners && k < rights->belongs.self.count; k++) {
                char token[64];
                (void)snprintf(token, sizeof token, "o%lldv%u",
                               (long long)rights->belongs.self.list[k], level);
                put_token(out, server, token);
            }
        }
        owners = true;
    }
    return buf_done(out, err);
}

/* The whole question for the index. 1: the person can see nothing at all. */
static int
put_match(struct searching *s, struct buf *out, struct err *err)
{
    bool server = store_on_server(s->asker->store);
    struct buf access;
    buf_init(&access, MATCH_BYTES);
    int rc = put_rights(s, &access, err);
    if (rc == 0 && access.n == 0) {
        rc = 1;
    }
    buf_put_z(out, server ? "" : "words : (");
    for (size_t i = 0; rc == 0 && i < s->word_count; i++) {
        buf_put_z(out, i == 0 ? "" : server ? " & " : " AND ");
        words_ask(out, s->words[i], server);
    }
    buf_put_z(out, server ? " & (" : ") AND access : (");
    buf_put_str(out, buf_str(&access));
    buf_put_z(out, ")");
    buf_free(&access);
    return rc != 0 ? rc : buf_done(out, err);
}

/* ---- hits ---- */

/* Marks which words of the question stand in KEY; true when one does. */
static bool
words_mark(const struct searching *s, struct str key, unsigned *marks)
{
    bool any = false;
    for (size_t i = 0; i < s->word_count; i++) {
        if (words_stand(key, s->words[i])) {
            *marks |= 1U << i;
            any = true;
        }
    }
    return any;
}

/* The field of RECORD that is shown with the hit: the first in which a word stands; NULL with
 * *RET_ALL when only the number has it. *RET_ALL: every word stands somewhere she may read. */
static int
hit_field(const struct searching *s, const struct record *record, const struct sight *sight,
          const struct register_field **ret, bool *ret_all, struct err *err)
{
    unsigned marks = 0;
    struct buf key;
    int rc = 0;
    *ret = NULL;
    buf_init(&key, KEY_BYTES);
    if (record->number.n > 0 && (rc = words_key(&key, record->number, err)) == 0) {
        (void)words_mark(s, buf_str(&key), &marks);
    }
    for (size_t i = 0; rc == 0 && i < record->def->field_count; i++) {
        const struct register_field *field = &record->def->fields[i];
        if (!field_searched(record, field) || !sight_reads(record->def, sight, field)) {
            continue;
        }
        buf_clear(&key);
        rc = put_field(&key, record, field, err);
        bool here = rc == 0 && words_mark(s, buf_str(&key), &marks);
        *ret = here && *ret == NULL ? field : *ret;
    }
    buf_free(&key);
    *ret_all = marks == (1U << s->word_count) - 1;
    return rc;
}

static json_t *
hit_json(const struct record *record, const struct register_field *field)
{
    char id[ID_CHARS + 1];
    const struct register_state *state = &record->def->states[record->state_at];
    id_format(record->id, id);
    json_t *row = json_pack(
        "{ss so so so so so sI sI}", "id", id, "number",
        record->number.n > 0 ? json_of_text(record->number) : json_null(), "register",
        json_of_text(record->reg), "title", register_title_json(&record->def->title), "state",
        json_of_text(record->state), "state_title", register_title_json(&state->title), "created",
        (json_int_t)record->created, "changed", (json_int_t)record->changed);
    if (field != NULL) {
        json_t *value = json_object_getn(record->fields, field->key.p, field->key.n);
        (void)json_object_set_new(row, "field", json_of_text(field->key));
        (void)json_object_set_new(row, "field_title", register_title_json(&field->title));
        (void)json_object_set(row, "text", value);
    }
    return row;
}

/* Judges what the index proposes. *RET: the hit, NULL when it is none. */
static int
hit_judge(struct searching *s, uint64_t id, struct arena *arena, json_t **ret, struct err *err)
{
    const struct register_set *set = s->asker->set;
    struct record record = {0};
    struct sight sight = {.any = false};
    struct err why = {0};
    const struct register_field *field = NULL;
    bool all = false;
    *ret = NULL;
    int rc = record_load(s->asker->set, s->asker->store, arena, id, &record, &why);
    if (rc != 0) {
        record_done(&record);
        return rc < 0 && !err_is(&why, "register.unreadable") ? (*err = why, -1) : 0;
    }
    struct rights rights = s->rights[record.def - set->defs];
    rights.arena = arena;
    rc = rights_sight(&rights, &record, &sight, err);
    if (rc == 0 && sight.any) {
        rc = hit_field(s, &record, &sight, &field, &all, err);
    }
    if (rc == 0 && all) {
        *ret = hit_json(&record, field);
    }
    record_done(&record);
    return rc;
}

static bool
hit_shown(const struct searching *s, uint64_t record)
{
    for (size_t i = 0; i < s->shown_count; i++) {
        if (s->shown[i] == record) {
            return true;
        }
    }
    return false;
}

static int
hits(struct searching *s, struct db_query *q, struct err *err)
{
    struct arena *arena = arena_new(8 << 20);
    int rc = 0, row = 0;
    size_t looked = 0;
    while (rc == 0 && !s->more && (row = db_step(q, err)) > 0) {
        uint64_t record = (uint64_t)db_int(q, 1);
        json_t *hit = NULL;
        looked++;
        if (!hit_shown(s, record)) {
            rc = hit_judge(s, record, arena, &hit, err);
        }
        if (hit != NULL) {
            s->shown[s->shown_count++] = record;
            (void)json_array_append_new(s->items, hit);
        }
        id_format((uint64_t)db_int(q, 0), s->next);
        s->more = s->shown_count == SEARCH_HITS_MOST || looked == SEARCH_ROWS_MOST;
        arena_clear(arena);
    }
    arena_free(arena);
    return row < 0 ? -1 : rc;
}

static int
search_unit(struct store *store, void *arg, struct err *err)
{
    struct searching *s = arg;
    struct buf match;
    uint64_t before = INT64_MAX;
    if (s->after.n > 0 && !id_parse(s->after, &before)) {
        return ERR(err, "register.query", "after");
    }
    int stands = index_stands(store, err);
    if (stands <= 0) {
        return stands < 0 ? -1 : ERR(err, "register.unreadable", "search_index");
    }
    buf_init(&match, MATCH_BYTES);
    int rc = put_match(s, &match, err);
    s->items = json_array();
    if (rc == 0) {
        struct db_query *q = db_query(store, &sql[FIND]);
        db_bind_text(q, 1, buf_str(&match));
        db_bind_int(q, 2, (int64_t)before);
        rc = hits(s, q, err);
        db_end(q);
    }
    buf_free(&match);
    if (rc < 0) {
        json_decref(s->items);
        return -1;
    }
    s->ret = json_pack("{so so sb}", "items", s->items, "next",
                       s->more ? json_string(s->next) : json_null(), "more", s->more);
    return 0;
}

int
register_search(const struct register_asker *asker, struct str q, struct str after, json_t **ret,
                struct err *err)
{
    struct searching *s = arena_alloc(asker->arena, sizeof *s);
    if (s == NULL) {
        return ERR(err, "limit.memory", "search");
    }
    *s = (struct searching){.asker = asker, .q = q, .after = after};
    buf_init(&s->key, KEY_BYTES);
    int rc = searching_words(s, err);
    if (rc == 0) {
        store_hurry(asker->store, LIST_SLOW_MS);
        rc = store_read(asker->store, search_unit, s, err);
        store_hurry(asker->store, 0);
    }
    buf_free(&s->key);
    *ret = s->ret;
    return rc;
}
