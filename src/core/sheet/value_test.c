/*
 * Tests of core/sheet: that a cell comes back as the value it was written from, what is no value,
 * and how columns are met.
 */
#include "core/sheet/value.h"

#include "base/os/time.h"
#include "core/register/plain.h"
#include "core/sheet/columns.h"
#include "tests/postgres.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DATA SEKISHO_SOURCE_DIR "/data"

static const struct store_statement town[] = {
    {"t1", "INSERT INTO body VALUES (1, 'mayor', '町長', 'mayor', NULL, 0, 99999)"},
    {"t2", "INSERT INTO section VALUES (11, 1, 'A1', '住民課', '', NULL, 0, 99999),"
           " (12, 1, 'B1', '税務課', '', NULL, 0, 99999), (13, 1, 'C1', '旧課', '', NULL, 0, 10)"},
    {"t3", "INSERT INTO person VALUES (1, 'p:a', '佐藤 未来', ''), (2, 'p:b', '山﨑 彩', ''),"
           " (3, 'p:c', '山﨑 彩', ''), (4, 'p:d', '番号なし', '')"},
    {"t4", "INSERT INTO engagement VALUES (1, 1, 'S001', 'staff', 0, 99999),"
           " (2, 2, 'S002', 'staff', 0, 99999), (3, 3, 'S003', 'staff', 0, 99999)"},
};

static const char every[] =
    "register: every\nversion: 1\nextends: base/permit\ntitle: {ja: 全型, en: Every}\n"
    "topics: [\"8(4)\"]\nretain: {years: 5, from: closed, then: review}\n"
    "fields:\n"
    "  - {key: words, type: text, max: 9000, lines: 5, title: {ja: 文, en: Words}}\n"
    "  - {key: code, type: text, pad: 5, title: {ja: 番号, en: Code}}\n"
    "  - {key: money, type: number, scale: 2, min: -1000, max: 1000, title: {ja: 金額, en: "
    "Money}}\n"
    "  - {key: amount, type: number, min: -5, max: 100000, title: {ja: 数, en: Count}}\n"
    "  - {key: yes, type: flag, title: {ja: 要否, en: Yes}}\n"
    "  - {key: day, type: date, title: {ja: 日, en: Day}}\n"
    "  - {key: when, type: datetime, title: {ja: 日時, en: Time}}\n"
    "  - {key: kind, type: choice, of: [{key: a, title: {ja: 甲, en: First}},"
    " {key: b, title: {ja: 乙, en: Second}}], title: {ja: 種別, en: Kind}}\n"
    "  - {key: kinds, type: choice, of: [x, y, z], many: true, title: {ja: 種別たち, en: Kinds}}\n"
    "  - {key: who, type: person, title: {ja: 人, en: Who}}\n"
    "  - {key: where, type: section, title: {ja: 課, en: Where}}\n"
    "  - {key: range, type: net, kind: cidr, title: {ja: 網, en: Net}}\n"
    "  - {key: rows, type: table, max: 5, columns: [{key: n, type: number, title: {ja: 数, en: "
    "N}}],"
    " title: {ja: 表, en: Rows}}\n"
    "access: [{role: [chief], rows: all}]\n";

static char folder[64];
static struct store *store;
static struct register_set *set;
static struct arena *arena;
static struct register_def *def;
static struct value_ask ask;

static int
unit_fill(struct store *s, void *arg, struct err *err)
{
    (void)arg;
    for (size_t i = 0; i < sizeof town / sizeof *town; i++) {
        if (db_exec(s, &town[i], err) < 0) {
            return -1;
        }
    }
    return 0;
}

static void
filled(void *arg, int result, const struct err *err)
{
    (void)arg;
    if (result < 0) {
        fail_msg("%s %s", err->code, err->detail);
    }
}

static int
set_up(void **state)
{
    (void)state;
    struct err err = {0};
    char path[256];
    struct register_finding *findings = NULL;
    memcpy(folder, "/tmp/sheet_value_XXXXXX", 24);
    if (mkdtemp(folder) == NULL || register_set_load(DATA, &set, &err) < 0) {
        print_error("%s %s\n", err.code, err.detail);
        return -1;
    }
    if (test_server() != NULL) {
        test_database(path, sizeof path);
    } else {
        (void)snprintf(path, sizeof path, "%s/db", folder);
    }
    struct store_options options = {.path = path, .sql_dir = DATA "/sql/core"};
    if (store_open(&options, &store, &err) < 0) {
        return -1;
    }
    store_write(store, unit_fill, filled, NULL);
    if (register_check(set, set->arena, "every.yaml", str_of(every), &def, &findings, &err) < 0 ||
        findings != NULL) {
        print_error("%s\n", findings != NULL ? findings->err.detail : err.code);
        return -1;
    }
    arena = arena_new(16 << 20);
    ask = (struct value_ask){store, arena, tokyo_day(time_now_us())};
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    store_close(store);
    register_set_free(set);
    arena_free(arena);
    static const char *const names[] = {"db", "db-wal", "db-shm"};
    for (size_t i = 0; i < 3; i++) {
        char path[128];
        (void)snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        (void)unlink(path);
    }
    return rmdir(folder);
}

/* What KEY's cell TEXT means, in its one form, as compact JSON; or the code it is refused with. */
static const char *
meant(const char *key, const char *text)
{
    struct err err = {0};
    struct register_caller caller = {.person = 1};
    const struct register_field *field = register_field_find(def, str_of(key));
    struct sheet_cell cell = {.text = str_of(text), .type = SHEET_TEXT};
    json_t *value = NULL, *made = NULL;
    assert_non_null(field);
    if (value_take(&ask, field, &cell, &value, &err) < 0) {
        return arena_printf(arena, "%s", err.code);
    }
    json_t *fields = json_pack("{so}", key, value);
    int rc = register_values_take(def, &caller, fields, &made, &err);
    json_decref(fields);
    if (rc < 0) {
        return arena_printf(arena, "%s", err.code);
    }
    char *dump =
        json_dumps(json_object_get(made, key), JSON_COMPACT | JSON_ENCODE_ANY | JSON_SORT_KEYS);
    const char *kept = arena_printf(arena, "%s", dump);
    free(dump);
    json_decref(made);
    return kept;
}

/* The cell that JSON, a value of KEY as it is kept, goes out as. */
static const char *
written(const char *key, const char *json)
{
    struct err err = {0};
    struct sheet_cell cell;
    json_t *value = json_loads(json, JSON_DECODE_ANY, NULL);
    assert_non_null(value);
    if (value_put(&ask, register_field_find(def, str_of(key)), value, &cell, &err) < 0) {
        fail_msg("%s %s", err.code, err.detail);
    }
    json_decref(value);
    return arena_printf(arena, "%.*s", STR_FMT(cell.text));
}

/* ---- cells ---- */

static void
test_meaning(void **state)
{
    (void)state;
    static const char *const rows[][3] = {
        {"words", "", "null"},
        {"words", "一行目\n二行目", "\"一行目\\n二行目\""},
        {"code", "123", "\"00123\""},
        {"money", "１，２３４．5", "register.field_range"},
        {"money", "-12.5", "-1250"},
        {"money", "12.345", "sheet.value"},
        {"amount", "1,234", "1234"},
        {"amount", "12.0", "sheet.value"},
        {"amount", "1e3", "sheet.value"},
        {"amount", "--1", "sheet.value"},
        {"yes", "はい", "true"},
        {"yes", "ＮＯ", "false"},
        {"yes", "maybe", "sheet.value"},
        {"day", "令和8年4月1日", "\"2026-04-01\""},
        {"day", "R8.4.1", "\"2026-04-01\""},
        {"day", "2026/4/1", "\"2026-04-01\""},
        {"day", "平成40年4月1日", "sheet.value"},
        {"day", "2026-02-30", "sheet.value"},
        {"when", "2026-04-01T09:30:00", "1775003400000000"},
        {"when", "きのう", "register.field_datetime"},
        {"term", "2026-04-01～2027-03-31", "{\"from\":\"2026-04-01\",\"until\":\"2027-03-31\"}"},
        {"term", "R8.4.1 から 令和9年3月31日",
         "{\"from\":\"2026-04-01\",\"until\":\"2027-03-31\"}"},
        {"term", "2027-04-01～2026-03-31", "register.field_period"},
        {"term", "2026-04-01", "sheet.value"},
        {"kind", "甲", "\"a\""},
        {"kind", "second", "\"b\""},
        {"kind", "丙", "sheet.value"},
        {"kinds", "x\nz", "[\"x\",\"z\"]"},
        {"kinds", "x\nx", "register.field_many"},
        {"who", "S001", "\"1\""},
        {"who", "ｓ001", "sheet.person"},
        {"who", "Ｓ００１", "\"1\""},
        {"who", "佐藤未来", "\"1\""},
        {"who", "山﨑 彩", "sheet.person_many"},
        {"who", "id:4", "\"4\""},
        {"who", "id:x", "sheet.person"},
        {"where", "A1", "\"11\""},
        {"where", "C1", "sheet.section"},
        {"range", "10.0.0.0/8", "\"10.0.0.0/8\""},
        {"range", "10.0.0.1/8", "register.field_net"},
        {"rows", "[{\"n\":1}]", "[{\"n\":1}]"},
        {"rows", "x", "sheet.value"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *is = meant(rows[i][0], rows[i][1]);
        if (strcmp(is, rows[i][2]) != 0) {
            fail_msg("%s %s: %s, not %s", rows[i][0], rows[i][1], is, rows[i][2]);
        }
    }
}

static void
test_round_trip(void **state)
{
    (void)state;
    static const char *const rows[][3] = {
        {"words", "\"=1+1\"", "=1+1"},
        {"code", "\"00123\"", "00123"},
        {"money", "-5", "-0.05"},
        {"money", "100000", "1000.00"},
        {"amount", "0", "0"},
        {"yes", "false", "いいえ"},
        {"day", "\"2026-04-01\"", "2026-04-01"},
        {"when", "1775003400000000", "2026-04-01T09:30:00"},
        {"when", "1775003400000001", "2026-04-01T00:30:00.000001Z"},
        {"term", "{\"from\":\"2026-04-01\",\"until\":\"2027-03-31\"}", "2026-04-01～2027-03-31"},
        {"kind", "\"b\"", "乙"},
        {"kinds", "[\"x\",\"z\"]", "x\nz"},
        {"who", "\"2\"", "S002"},
        {"who", "\"4\"", "id:4"},
        {"where", "\"12\"", "B1"},
        {"where", "\"13\"", "id:13"},
        {"range", "\"10.0.0.0/8\"", "10.0.0.0/8"},
        {"rows", "[{\"n\":1},{\"n\":2}]", "[{\"n\":1},{\"n\":2}]"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *cell = written(rows[i][0], rows[i][1]);
        if (strcmp(cell, rows[i][2]) != 0) {
            fail_msg("%s %s: %s, not %s", rows[i][0], rows[i][1], cell, rows[i][2]);
        }
        const char *back = meant(rows[i][0], cell);
        if (strcmp(back, rows[i][1]) != 0) {
            fail_msg("%s %s came back as %s", rows[i][0], rows[i][1], back);
        }
    }
}

static void
test_digits(void **state)
{
    (void)state;
    struct err err = {0};
    json_t *value = NULL;
    struct sheet_cell cell = {
        .text = STR("1.23456789012346E+15"), .type = SHEET_NUMBER, .flags = SHEET_DIGITS};
    assert_int_equal(-1,
                     value_take(&ask, register_field_find(def, STR("words")), &cell, &value, &err));
    assert_string_equal(err.code, "sheet.digits");
}

static void
test_cell_limit(void **state)
{
    (void)state;
    struct err err = {0};
    struct sheet_cell cell;
    char *text = malloc((size_t)SHEET_CELL_BYTES + 2);
    memset(text, 'a', (size_t)SHEET_CELL_BYTES + 1);
    json_t *value = json_stringn(text, (size_t)SHEET_CELL_BYTES + 1);
    assert_int_equal(-1,
                     value_put(&ask, register_field_find(def, STR("words")), value, &cell, &err));
    assert_string_equal(err.code, "sheet.cell");
    json_decref(value);
    free(text);
}

/* ---- columns ---- */

static void
test_columns(void **state)
{
    (void)state;
    struct err err = {0};
    struct columns columns;
    assert_int_equal(0, columns_of(arena, def, &columns, &err));
    int money = columns_find(&columns, arena, STR("金額"));
    assert_true(money >= 0);
    assert_int_equal(money, columns_find(&columns, arena, STR(" ＭＯＮＥＹ ")));
    assert_int_equal(money, columns_find(&columns, arena, STR("money")));
    assert_int_equal(COLUMN_ID, columns.list[columns_find(&columns, arena, STR("記録ＩＤ"))].kind);
    assert_int_equal(COLUMN_UNKNOWN, columns_find(&columns, arena, STR("金")));
    assert_int_equal(COLUMN_UNKNOWN, columns_find(&columns, arena, STR("")));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_meaning, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_round_trip, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_digits, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_cell_limit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_columns, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("sheet values", tests, NULL, NULL);
}
