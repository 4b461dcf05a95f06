/*
 * Differential test of format/cond: random conditions on random records with empties, and the
 * vectors of tests/corpus/condition. What cond_eval says of a record must be what SQLite says of
 * the expression that cond_sql made. It stands here because this module links SQLite and jansson.
 */
#include "format/cond/cond.h"

#include "base/os/time.h"
#include "tests/condition_random.h"
#include "tests/test.h"

#include <jansson.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RECORDS = 120, TARGETS = 20, ROWS = 4, CONDITIONS = 10000, COLUMNS = 16 };

/* Columns of every table here; each table uses those its scope names. */
enum column { N, M, K, T, U, F, D, E, I, J, STATE, CLASS, P, Q, S, R };
static const struct {
    const char *name;
    enum cond_type type;
    unsigned scale;
} columns[COLUMNS] = {
    [N] = {"n", COND_NUMBER, 0}, [M] = {"m", COND_NUMBER, 0},     [K] = {"k", COND_NUMBER, 2},
    [T] = {"t", COND_TEXT, 0},   [U] = {"u", COND_TEXT, 0},       [F] = {"f", COND_FLAG, 0},
    [D] = {"d", COND_DATE, 0},   [E] = {"e", COND_DATE, 0},       [I] = {"i", COND_TIME, 0},
    [J] = {"j", COND_TIME, 0},   [STATE] = {"s", COND_CHOICE, 0}, [CLASS] = {"c", COND_CLASS, 0},
    [P] = {"p", COND_PERSON, 0}, [Q] = {"q", COND_PERSON, 0},     [S] = {"w", COND_SECTION, 0},
    [R] = {"r", COND_REF, 0},
};
static const struct str states[] = {{"draft", 5}, {"open", 4}, {"closed", 6}};
static const struct str classes[] = {{"c0", 2}, {"c1", 2}, {"c2", 2}, {"c3", 2}, {"c4", 2}};
static const char *const texts[] = {"a",
                                    "ab",
                                    "abc",
                                    "b",
                                    "A",
                                    "あ",
                                    "あい",
                                    "い",
                                    "\xee\x80\x80",
                                    "\xf0\xa0\xae\xb7",
                                    "ab\xf4\x8f\xbf\xbf",
                                    "'",
                                    "%",
                                    "_"};

struct row {
    struct cond_value cells[COLUMNS];
};
struct record {
    struct row row, lines[ROWS];
    size_t line_count, list_count;
    int64_t list[ROWS];
};
static struct record records[RECORDS], targets[TARGETS];

/* ---- scopes ---- */

static bool find(const struct cond_scope *scope, struct str name, struct cond_name *ret);
static struct cond_scope target_scope = {.find = find, .table = "target", .id = "id"};
static struct cond_scope record_scope = {.find = find, .table = "record", .id = "id"};
static struct cond_scope line_scope = {.find = find, .table = "line", .id = "id", .key = "up"};
static struct cond_scope list_scope = {.find = find, .table = "list", .id = "id", .key = "up"};
static struct cond_scope target_list = {
    .find = find, .table = "target_list", .id = "id", .key = "up"};
static struct cond_scope group_scope = {.find = find, .table = NULL};

static bool
find(const struct cond_scope *scope, struct str name, struct cond_name *ret)
{
    if (scope == &group_scope) {
        *ret = (struct cond_name){.type = COND_DATE, .column = name.n == 4 ? "d" : "e"};
        return str_equal_z(name, "from") || str_equal_z(name, "until");
    }
    if (str_equal_z(name, "l") && scope != &line_scope) {
        *ret = (struct cond_name){.type = COND_PERSON,
                                  .many = true,
                                  .to = scope == &record_scope ? &list_scope : &target_list,
                                  .column = "v"};
        return true;
    }
    if (str_equal_z(name, "b") && scope == &record_scope) {
        *ret = (struct cond_name){.type = COND_TABLE, .to = &line_scope};
        return true;
    }
    if (str_equal_z(name, "g") && scope != &line_scope) {
        *ret = (struct cond_name){.type = COND_GROUP, .to = &group_scope};
        return true;
    }
    for (size_t i = 0; i < COLUMNS; i++) {
        if (str_equal_z(name, columns[i].name)) {
            *ret = (struct cond_name){.type = columns[i].type,
                                      .scale = columns[i].scale,
                                      .column = columns[i].name,
                                      .rank_column = "c_rank",
                                      .to = &target_scope};
            ret->codes = i == STATE ? states : NULL;
            ret->code_count = i == STATE ? 3 : 0;
            return true;
        }
    }
    return false;
}

/* ---- values in C ---- */

static size_t
column_of(struct str name)
{
    for (size_t i = 0; i < COLUMNS; i++) {
        if (str_equal_z(name, columns[i].name)) {
            return i;
        }
    }
    return str_equal_z(name, "from") ? D : E;
}

/* The record PATH ends in; NULL behind an empty reference. */
static const struct record *
place(const struct record *record, const struct cond_path *path)
{
    for (size_t i = 0; i + 1 < path->count && record != NULL; i++) {
        if (!str_equal_z(path->parts[i], "g")) {
            const struct cond_value *id = &record->row.cells[R];
            record = id->empty ? NULL : &targets[id->n - 1];
        }
    }
    return record;
}

static int
get(void *ctx, const struct cond_path *path, struct cond_value *ret, struct err *err)
{
    (void)err;
    size_t column = column_of(path->parts[path->count - 1]);
    if (path->table != NULL && path->count == 1) {
        const struct record *owner = ctx;
        *ret = owner->lines[path->row].cells[column];
        return 0;
    }
    struct record start = {0};
    const struct record *from = ctx;
    if (path->table != NULL) {
        start.row = from->lines[path->row];
        from = &start;
    }
    from = place(from, path);
    if (from != NULL) {
        *ret = from->row.cells[column];
    }
    return 0;
}

static int
count(void *ctx, const struct cond_path *path, size_t *ret, struct err *err)
{
    (void)err;
    const struct record *record = place(ctx, path);
    bool list = str_equal_z(path->parts[path->count - 1], "l");
    *ret = record == NULL ? 0 : list ? record->list_count : record->line_count;
    return 0;
}

static int
item(void *ctx, const struct cond_path *path, size_t index, struct cond_value *ret, struct err *err)
{
    (void)err;
    *ret = (struct cond_value){.n = place(ctx, path)->list[index]};
    return 0;
}

/* ---- random records ---- */

static int64_t
random_day(void)
{
    int64_t first = day_of_civil((struct civil){2027, 12, 20});
    return pick(12) == 0 ? (int64_t)pick(2932897) : first + (int64_t)pick(100);
}

static struct cond_value
random_cell(size_t column)
{
    struct cond_value cell = {.empty = pick(4) == 0};
    switch (columns[column].type) {
    case COND_NUMBER:
        cell.n = pick(20) == 0 ? COND_NUMBER_MOST : (int64_t)pick(9) - 3;
        break;
    case COND_TEXT:
        cell.text = str_of(texts[pick(sizeof texts / sizeof *texts)]);
        break;
    case COND_FLAG:
        cell.n = (int64_t)pick(2);
        break;
    case COND_DATE:
        cell.n = random_day();
        break;
    case COND_TIME:
        cell.n = random_day() * TIME_US_DAY + (int64_t)pick(24) * 3600 * TIME_US_SECOND;
        break;
    case COND_CHOICE:
        cell.text = states[pick(3)];
        break;
    case COND_CLASS:
        cell.n = (int64_t)pick(5);
        cell.text = classes[cell.n];
        break;
    case COND_REF:
        cell.n = (int64_t)pick(TARGETS) + 1;
        break;
    case COND_PERSON:
    case COND_SECTION:
    case COND_POST:
    case COND_DURATION:
    case COND_GROUP:
    case COND_TABLE:
        cell.n = (int64_t)pick(6) + 1;
        break;
    }
    return cell;
}

static void
random_record(struct record *record)
{
    *record = (struct record){.line_count = pick(ROWS + 1), .list_count = pick(ROWS + 1)};
    for (size_t i = 0; i < COLUMNS; i++) {
        record->row.cells[i] = random_cell(i);
        for (size_t k = 0; k < ROWS; k++) {
            record->lines[k].cells[i] = random_cell(i);
        }
    }
    for (size_t k = 0; k < ROWS; k++) {
        record->list[k] = (int64_t)pick(6) + 1;
    }
}

/* ---- the same in SQLite ---- */

static sqlite3 *db;

static void
run(const char *sql)
{
    char *why = NULL;
    if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK) {
        fail_msg("%s: %s", sql, why);
    }
}

/* ---- the same for PostgreSQL, as a script that tests/store/conditions runs ---- */

static FILE *script, *answers; /* NULL: nobody asked for it */

static void
script_value(const struct cond_value *value)
{
    if (value->empty) {
        (void)fputs("NULL", script);
    } else if (value->text.n == 0) {
        (void)fprintf(script, "%lld", (long long)value->n);
    } else {
        (void)fputc('\'', script);
        for (size_t i = 0; i < value->text.n; i++) {
            (void)fprintf(script, value->text.p[i] == '\'' ? "''" : "%c", value->text.p[i]);
        }
        (void)fputc('\'', script);
    }
}

static void
script_row(const char *table, int64_t id, int64_t up, const struct row *row)
{
    (void)fprintf(script, "INSERT INTO %s VALUES (%lld, %lld", table, (long long)id, (long long)up);
    struct cond_value rank = {.empty = row->cells[CLASS].empty, .n = row->cells[CLASS].n};
    for (size_t i = 0; i <= COLUMNS; i++) {
        (void)fputs(", ", script);
        script_value(i < COLUMNS ? &row->cells[i] : &rank);
    }
    (void)fputs(");\n", script);
}

/* The condition as a prepared statement with its parameters; psql prints the ids that hold. */
static void
script_condition(struct str sql, const struct cond_binds *binds)
{
    (void)fprintf(script,
                  "PREPARE q AS SELECT coalesce(string_agg(id::text, ',' ORDER BY id), '') FROM"
                  " (%.*s) AS s;\nEXECUTE q",
                  STR_FMT(sql));
    for (size_t i = 0; i < binds->count; i++) {
        struct cond_value value = {.n = binds->list[i].n, .text = binds->list[i].text};
        (void)fputs(i == 0 ? "(" : ", ", script);
        script_value(&value);
    }
    (void)fprintf(script, "%s;\nDEALLOCATE q;\n", binds->count > 0 ? ")" : "");
}

static void
insert_row(const char *table, int64_t id, int64_t up, const struct row *row)
{
    char sql[400];
    assert_true(snprintf(sql, sizeof sql,
                         "INSERT INTO %s VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,"
                         "?15,?16,?17,?18,?19)",
                         table) < (int)sizeof sql);
    sqlite3_stmt *q = NULL;
    if (script != NULL) {
        script_row(table, id, up, row);
    }
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &q, NULL), SQLITE_OK);
    sqlite3_bind_int64(q, 1, id);
    sqlite3_bind_int64(q, 2, up);
    for (size_t i = 0; i < COLUMNS; i++) {
        const struct cond_value *cell = &row->cells[i];
        int at = (int)i + 3;
        if (cell->empty) {
            continue;
        }
        if (cell->text.n > 0) {
            sqlite3_bind_text(q, at, cell->text.p, (int)cell->text.n, SQLITE_STATIC);
        } else {
            sqlite3_bind_int64(q, at, cell->n);
        }
        if (i == CLASS) {
            sqlite3_bind_int64(q, COLUMNS + 3, cell->n);
        }
    }
    assert_int_equal(sqlite3_step(q), SQLITE_DONE);
    sqlite3_finalize(q);
}

static void
insert_record(const char *table, const char *list, int64_t id, const struct record *record)
{
    insert_row(table, id, 0, &record->row);
    for (size_t k = 0; k < record->line_count && strcmp(table, "record") == 0; k++) {
        insert_row("line", id * ROWS + (int64_t)k, id, &record->lines[k]);
    }
    for (size_t k = 0; k < record->list_count; k++) {
        char sql[120];
        assert_true(snprintf(sql, sizeof sql, "INSERT INTO %s VALUES (%lld, %lld)", list,
                             (long long)id, (long long)record->list[k]) < (int)sizeof sql);
        run(sql);
        if (script != NULL) {
            (void)fprintf(script, "%s;\n", sql);
        }
    }
}

static void
tables_make(void)
{
    for (size_t t = 0; t < 3 && script != NULL; t++) {
        (void)fprintf(script, "CREATE TABLE %s(id bigint PRIMARY KEY, up bigint",
                      ((const char *const[]){"record", "target", "line"})[t]);
        for (size_t i = 0; i < COLUMNS; i++) {
            bool textual = columns[i].type == COND_TEXT || i == STATE || i == CLASS;
            (void)fprintf(script, ", %s %s", columns[i].name,
                          textual ? "text COLLATE \"C\"" : "bigint");
        }
        (void)fputs(", c_rank bigint);\n", script);
    }
    if (script != NULL) {
        (void)fputs("CREATE TABLE list(up bigint, v bigint);\n"
                    "CREATE TABLE target_list(up bigint, v bigint);\n",
                    script);
    }
    static const char *const names[] = {"record", "target", "line"};
    for (size_t t = 0; t < 3; t++) {
        char sql[600];
        int n = snprintf(sql, sizeof sql, "CREATE TABLE %s(id INTEGER PRIMARY KEY, up INTEGER",
                         names[t]);
        for (size_t i = 0; i < COLUMNS; i++) {
            bool textual = columns[i].type == COND_TEXT || i == STATE || i == CLASS;
            n += snprintf(sql + n, sizeof sql - (size_t)n, ", %s %s", columns[i].name,
                          textual ? "TEXT" : "INTEGER");
        }
        (void)snprintf(sql + n, sizeof sql - (size_t)n, ", c_rank INTEGER) STRICT");
        run(sql);
    }
    run("CREATE TABLE list(up INTEGER, v INTEGER) STRICT");
    run("CREATE TABLE target_list(up INTEGER, v INTEGER) STRICT");
}

/* ---- judging ---- */

static int64_t
town_days(void *ctx, int64_t day, int64_t days)
{
    (void)ctx;
    int64_t step = days < 0 ? -1 : 1;
    for (int64_t left = days * step; left > 0;) {
        day += step;
        left -= day % 7 != 2 && day % 7 != 3 && day % 11 != 0; /* with holidays */
    }
    return day;
}

static const int64_t me[] = {2, 5}, mine[] = {1}, below[] = {1, 3, 4};
static struct cond_moment moment = {
    .fy_now = 2027, .me = {me, 2}, .mine = {mine, 1}, .below = {below, 3}};

static sqlite3_stmt *
statement(struct arena *arena, const struct cond *cond, const char *condition)
{
    static struct cond_binds binds;
    struct err err = {0};
    struct buf sql;
    buf_init(&sql, 1 << 20);
    buf_put_z(&sql, "SELECT x.id FROM record x WHERE ");
    binds.first = 1;
    if (cond_sql(arena, cond, &moment, "x", &sql, &binds, &err) < 0) {
        fail_msg("%s: %s %s", condition, err.code, err.detail);
    }
    buf_put_z(&sql, " ORDER BY x.id");
    sqlite3_stmt *q = NULL;
    if (sqlite3_prepare_v2(db, sql.p, (int)sql.n, &q, NULL) != SQLITE_OK) {
        fail_msg("%s: %.*s: %s", condition, (int)sql.n, sql.p, sqlite3_errmsg(db));
    }
    if (script != NULL) {
        script_condition(buf_str(&sql), &binds);
    }
    for (size_t i = 0; i < binds.count; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "$%zu", i + 1);
        int at = sqlite3_bind_parameter_index(q, name);
        const struct cond_bind *bind = &binds.list[i];
        if (bind->is_text) {
            sqlite3_bind_text(q, at, bind->text.p, (int)bind->text.n, SQLITE_STATIC);
        } else {
            sqlite3_bind_int64(q, at, bind->n);
        }
    }
    buf_free(&sql);
    return q;
}

/* Both back ends over all records; the number that hold. */
static size_t
compare(struct arena *arena, const struct cond *cond, const char *condition, size_t record_count)
{
    sqlite3_stmt *q = statement(arena, cond, condition);
    size_t yes = 0;
    int rc = sqlite3_step(q);
    for (size_t i = 0; i < record_count; i++) {
        struct cond_values values = {&records[i], get, count, item, &moment};
        struct err err = {0};
        bool sql = rc == SQLITE_ROW && sqlite3_column_int64(q, 0) == (int64_t)i + 1;
        int c = cond_eval(cond, &values, &err);
        if (c != (int)sql) {
            fail_msg("record %zu: C %d, SQLite %d: %s\n%s", i + 1, c, sql, condition,
                     sqlite3_sql(q));
        }
        if (answers != NULL && sql) {
            (void)fprintf(answers, "%s%zu", yes > 0 ? "," : "", i + 1);
        }
        yes += sql;
        rc = sql ? sqlite3_step(q) : rc;
    }
    assert_int_equal(rc, SQLITE_DONE);
    sqlite3_finalize(q);
    if (answers != NULL) {
        (void)fputc('\n', answers);
    }
    return yes;
}

static void
random_conditions(void **state)
{
    (void)state;
    size_t done = 0, refused = 0, some = 0;
    const char *fewer = getenv("SEKISHO_CONDITIONS");
    uint64_t wanted = CONDITIONS;
    assert_true(fewer == NULL || str_to_u64(str_of(fewer), &wanted));
    while (done < wanted) {
        struct arena *arena = arena_new(4 << 20);
        struct err err = {0};
        const struct cond *cond = NULL;
        moment.business_day = pick(2) == 0 ? town_days : NULL;
        buf_clear(&text);
        put_condition(3, false);
        buf_put_char(&text, '\0');
        struct str source = {text.p, text.n - 1};
        if (cond_parse(arena, source, &record_scope, &cond, &err) == 0) {
            size_t yes = compare(arena, cond, text.p, RECORDS);
            some += yes > 0 && yes < RECORDS;
            done++;
        } else {
            bool known =
                err_is(&err, "cond.type") || err_is(&err, "cond.bd") || err_is(&err, "cond.limit");
            if (!known) {
                fail_msg("%s: %s %s", text.p, err.code, err.detail);
            }
            refused++;
        }
        arena_free(arena);
    }
    print_message("%zu conditions, %zu told records apart, %zu refused at load\n", done, some,
                  refused);
    assert_true(some > wanted / 2);
}

/* ---- vectors ---- */

static void
scripts_close(void)
{
    if (script != NULL) {
        (void)fclose(script);
        (void)fclose(answers);
    }
    script = answers = NULL;
}

static struct cond_value
cell_json(size_t column, json_t *value)
{
    struct cond_value cell = {.empty = value == NULL || json_is_null(value)};
    const char *z = json_string_value(value);
    cell.n = json_is_integer(value) ? json_integer_value(value) : json_is_true(value);
    if (z != NULL && columns[column].type == COND_DATE) {
        assert_true(date_parse(str_of(z), &cell.n));
    } else if (z != NULL && columns[column].type == COND_TIME) {
        assert_true(time_parse(str_of(z), &cell.n));
    } else if (z != NULL) {
        cell.text = str_of(z);
        cell.n = column == CLASS ? z[1] - '0' : 0;
    }
    return cell;
}

static void
row_json(struct row *row, json_t *object)
{
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value)
    {
        bool cell = strcmp(key, "b") != 0 && strcmp(key, "l") != 0;
        assert_true(!cell || strcmp(key, columns[column_of(str_of(key))].name) == 0);
    }
    for (size_t i = 0; i < COLUMNS; i++) {
        row->cells[i] = cell_json(i, json_object_get(object, columns[i].name));
    }
}

/* The tree that the page is sent: the vector holds it, so that the page's own test reads it too. */
static void
tree_check(const struct cond *cond, const json_t *vector, const char *line)
{
    buf_clear(&text);
    cond_json(cond, &text);
    json_t *tree = json_loadb(text.p, text.n, 0, NULL);
    assert_non_null(tree);
    if (!json_equal(tree, json_object_get(vector, "tree"))) {
        fail_msg("%s: %.*s", line, (int)text.n, text.p);
    }
    json_decref(tree);
}

static void
one_vector(const char *line)
{
    json_t *vector = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(vector);
    const char *condition = json_string_value(json_object_get(vector, "condition"));
    json_t *record = json_object_get(vector, "record"), *rows = json_object_get(record, "b");
    json_t *list = json_object_get(record, "l");
    records[0] =
        (struct record){.line_count = json_array_size(rows), .list_count = json_array_size(list)};
    assert_true(records[0].line_count <= ROWS && records[0].list_count <= ROWS);
    row_json(&records[0].row, record);
    for (size_t i = 0; i < records[0].line_count; i++) {
        row_json(&records[0].lines[i], json_array_get(rows, i));
    }
    for (size_t i = 0; i < records[0].list_count; i++) {
        records[0].list[i] = json_integer_value(json_array_get(list, i));
    }
    run("DELETE FROM record; DELETE FROM line; DELETE FROM list");
    insert_record("record", "list", 1, &records[0]);
    struct arena *arena = arena_new(4 << 20);
    struct err err = {0};
    const struct cond *cond = NULL;
    json_t *expected = json_object_get(vector, "expected");
    int rc = cond_parse(arena, str_of(condition), &record_scope, &cond, &err);
    if (json_is_string(expected)) {
        if (rc == 0 || !err_is(&err, json_string_value(expected))) {
            fail_msg("%s: %s", line, rc == 0 ? "taken" : err.code);
        }
    } else if (rc < 0) {
        fail_msg("%s: %s %s", line, err.code, err.detail);
    } else if (compare(arena, cond, condition, 1) != (size_t)json_is_true(expected)) {
        fail_msg("%s", line);
    } else {
        tree_check(cond, vector, line);
    }
    arena_free(arena);
    json_decref(vector);
}

/* Each line is a condition, a record, and what holds (or the code it is refused with). */
static void
vectors(void **state)
{
    (void)state;
    FILE *file = fopen(SEKISHO_SOURCE_DIR "/tests/corpus/condition/vectors.jsonl", "re");
    assert_non_null(file);
    char line[2000];
    size_t lines = 0;
    scripts_close();
    moment.business_day = NULL;
    while (fgets(line, sizeof line, file) != NULL) {
        one_vector(line);
        lines++;
    }
    (void)fclose(file);
    assert_true(lines >= 40);
}

static int
set_up(void **state)
{
    (void)state;
    const char *dir = getenv("SEKISHO_COND_SCRIPT");
    if (dir != NULL) {
        char path[300];
        (void)snprintf(path, sizeof path, "%s/script.sql", dir);
        script = fopen(path, "we");
        (void)snprintf(path, sizeof path, "%s/answers", dir);
        answers = fopen(path, "we");
        assert_true(script != NULL && answers != NULL);
    }
    buf_init(&text, 1 << 16);
    moment.today = day_of_civil((struct civil){2028, 2, 1});
    moment.now_us = tokyo_day_start(moment.today) + 12 * 3600 * TIME_US_SECOND;
    assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
    tables_make();
    for (size_t i = 0; i < TARGETS; i++) {
        random_record(&targets[i]);
        insert_record("target", "target_list", (int64_t)i + 1, &targets[i]);
    }
    for (size_t i = 0; i < RECORDS; i++) {
        random_record(&records[i]);
        insert_record("record", "list", (int64_t)i + 1, &records[i]);
    }
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    buf_free(&text);
    return sqlite3_close(db) == SQLITE_OK ? 0 : -1;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(random_conditions),
                                       cmocka_unit_test(vectors)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
