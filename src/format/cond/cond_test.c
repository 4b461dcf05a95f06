/*
 * Tests of format/cond: what each operator says of each type, what is refused and where, what the
 * SQL and the JSON look like. core/register's cond_sql_test holds both back ends against each
 * other.
 */
#include "format/cond/cond.h"

#include "base/os/time.h"
#include "tests/test.h"

#include <stdio.h>
#include <string.h>

static const struct str states[] = {{"draft", 5}, {"open", 4}, {"closed", 6}};

static bool find_row(const struct cond_scope *scope, struct str name, struct cond_name *ret);
static bool find(const struct cond_scope *scope, struct str name, struct cond_name *ret);
static bool find_term(const struct cond_scope *scope, struct str name, struct cond_name *ret);

static const struct cond_scope row_scope = {
    .find = find_row, .table = "lines", .id = "id", .key = "record"};
static const struct cond_scope list_scope = {.find = find_row, .table = "people", .key = "record"};
static const struct cond_scope scope = {.find = find, .table = "record", .id = "id"};
static const struct cond_scope term_scope = {.find = find_term};

struct known {
    const char *name;
    struct cond_name is;
};

static bool
known_find(const struct known *names, size_t count, struct str name, struct cond_name *ret)
{
    for (size_t i = 0; i < count; i++) {
        if (str_equal_z(name, names[i].name)) {
            *ret = names[i].is;
            return true;
        }
    }
    return false;
}

static bool
find(const struct cond_scope *self, struct str name, struct cond_name *ret)
{
    (void)self;
    static const struct known names[] = {
        {"state", {.type = COND_CHOICE, .codes = states, .code_count = 3, .column = "state"}},
        {"count_of", {.type = COND_NUMBER, .column = "count_of"}},
        {"price", {.type = COND_NUMBER, .scale = 2, .column = "price"}},
        {"title", {.type = COND_TEXT, .column = "title"}},
        {"note", {.type = COND_TEXT, .column = "note"}},
        {"urgent", {.type = COND_FLAG, .column = "urgent"}},
        {"due", {.type = COND_DATE, .column = "due"}},
        {"made", {.type = COND_DATE, .column = "made"}},
        {"entered", {.type = COND_TIME, .column = "entered"}},
        {"class", {.type = COND_CLASS, .column = "class", .rank_column = "class_rank"}},
        {"owner", {.type = COND_PERSON, .column = "owner"}},
        {"people", {.type = COND_PERSON, .many = true, .to = &list_scope, .column = "person"}},
        {"section", {.type = COND_SECTION, .column = "section"}},
        {"renews", {.type = COND_REF, .to = &scope, .column = "renews"}},
        {"other", {.type = COND_REF, .kind = {"system", 6}, .column = "other"}},
        {"term", {.type = COND_GROUP, .to = &term_scope}},
        {"lines", {.type = COND_TABLE, .to = &row_scope}},
        {"hidden", {.type = COND_TEXT}},
    };
    return known_find(names, sizeof names / sizeof *names, name, ret);
}

static bool
find_term(const struct cond_scope *self, struct str name, struct cond_name *ret)
{
    (void)self;
    static const struct known names[] = {{"from", {.type = COND_DATE, .column = "term_from"}},
                                         {"until", {.type = COND_DATE, .column = "term_until"}}};
    return known_find(names, 2, name, ret);
}

static bool
find_row(const struct cond_scope *self, struct str name, struct cond_name *ret)
{
    (void)self;
    static const struct known names[] = {{"size", {.type = COND_NUMBER, .column = "size"}},
                                         {"name", {.type = COND_TEXT, .column = "name"}}};
    return known_find(names, 2, name, ret);
}

/* ---- a record ---- */

static int64_t
day(const char *text)
{
    int64_t n = 0;
    assert_true(date_parse(str_of(text), &n));
    return n;
}

static int
get(void *ctx, const struct cond_path *path, struct cond_value *ret, struct err *err)
{
    (void)ctx;
    (void)err;
    struct str name = path->parts[path->count - 1];
    ret->empty = false;
    if (path->table != NULL) {
        ret->n = (int64_t)path->row * 10;
        ret->text = STR("row");
        ret->empty = str_equal_z(name, "name") && path->row == 0;
    } else if (str_equal_z(path->parts[0], "renews") && path->count > 1) {
        ret->text = STR("closed");
    } else if (str_equal_z(name, "state")) {
        ret->text = STR("open");
    } else if (str_equal_z(name, "count_of")) {
        ret->n = 5;
    } else if (str_equal_z(name, "price")) {
        ret->n = 1250; /* 12.50 */
    } else if (str_equal_z(name, "title")) {
        ret->text = STR("住民課の鍵");
    } else if (str_equal_z(name, "urgent")) {
        ret->n = 1;
    } else if (str_equal_z(name, "due") || str_equal_z(name, "until")) {
        ret->n = day("2026-01-31");
    } else if (str_equal_z(name, "from")) {
        ret->n = day("2025-01-31");
    } else if (str_equal_z(name, "entered")) {
        ret->n = tokyo_day_start(day("2026-01-30")) + 3600 * TIME_US_SECOND;
    } else if (str_equal_z(name, "class")) {
        ret->text = STR("c3");
        ret->n = 3;
    } else if (str_equal_z(name, "owner")) {
        ret->n = 8;
    } else if (str_equal_z(name, "section")) {
        ret->n = 21;
    } else {
        ret->empty = true; /* note, made, other */
    }
    return 0;
}

static int
count(void *ctx, const struct cond_path *path, size_t *ret, struct err *err)
{
    (void)err;
    *ret = ctx != NULL ? 2001 : str_equal_z(path->parts[0], "lines") ? 3 : 2;
    return 0;
}

static int
item(void *ctx, const struct cond_path *path, size_t index, struct cond_value *ret, struct err *err)
{
    (void)ctx;
    (void)path;
    (void)err;
    *ret = (struct cond_value){.n = index == 0 ? 7 : 100};
    return 0;
}

static const int64_t me[] = {7, 8}, mine[] = {20}, below[] = {20, 21};
static struct cond_moment moment = {
    .fy_now = 2025, .me = {me, 2}, .mine = {mine, 1}, .below = {below, 2}};
static struct arena *arena;

static int
set_up(void **state)
{
    (void)state;
    arena = arena_new(64 << 20);
    moment.today = day("2026-02-01");
    moment.now_us = tokyo_day_start(moment.today);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static const struct cond *
parse(const char *text)
{
    struct err err = {0};
    const struct cond *cond = NULL;
    if (cond_parse(arena, str_of(text), &scope, &cond, &err) < 0) {
        fail_msg("%s: %s %s", text, err.code, err.detail);
    }
    return cond;
}

static int
holds(const char *text)
{
    struct err err = {0};
    struct cond_values values = {NULL, get, count, item, &moment};
    return cond_eval(parse(text), &values, &err);
}

static void
holding(void **state)
{
    (void)state;
    static const char *const yes[] = {
        "state = open",
        "open = state",
        "state = 'open'",
        "state != draft",
        "state in [draft, open]",
        "state not in [draft, closed]",
        "count_of = 5",
        "count_of + 3 >= 8",
        "10 - count_of > 4",
        "count_of - -2 = 7",
        "price = 12.5",
        "price > 12.49 and price < 12.51",
        "price in [1, 12.50]",
        "title = '住民課の鍵'",
        "starts(title, '住民')",
        "title >= '住民'",
        "urgent",
        "urgent = true",
        "not (urgent = false)",
        "due < today",
        "due + 1d = today",
        "due + 1m = 2026-02-28",
        "due - 2m = 2025-11-30",
        "due + 1bd = 2026-02-02",
        "today + 1bd = 2026-02-02",
        "term.until <= term.from + 1y",
        "term.until - term.from = 365d",
        "today - due < 2d",
        "entered + 48h > now",
        "now - entered = 47h",
        "entered + 1bd < now + 1bd",
        "class = c3",
        "class != 'c2'",
        "rank(class) >= 3",
        "owner = me",
        "me = owner",
        "owner in [me]",
        "people has me",
        "me in people",
        "owner not in people",
        "section in below",
        "section not in mine",
        "below has section",
        "note is empty",
        "title is not empty",
        "lines is not empty",
        "count(lines) = 3 and count(people) = 2",
        "sum(lines.size) = 30",
        "min(lines.size) = 0 and max(lines.size) = 20",
        "any(lines, size > 15)",
        "all(lines, size < parent.count_of + 10 or size <= 20)",
        "not any(lines, size > 20)",
        "not all(lines, name = 'row')",
        "any(lines, name is empty)",
        "renews.state = closed",
        "renews.renews.state = closed",
        "fy_now = 2025",
        /* a comparison with an empty value is false, and its negation true */
        "not (note = 'x')",
        "not (note != 'x')",
        "not (made < today)",
        "not (made >= today)",
        "not (note in ['x'])",
        "not (note not in ['x'])",
        "not starts(note, 'x')",
        "not (made + 1d = today)",
    };
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++) {
        char opposite[200];
        assert_true(snprintf(opposite, sizeof opposite, "not (%s)", yes[i]) < 200);
        if (holds(yes[i]) != 1 || holds(opposite) != 0) {
            fail_msg("%s", yes[i]);
        }
    }
}

static void
refused(void **state)
{
    (void)state;
    static const struct {
        const char *text, *code, *at;
    } bad[] = {
        {"", "cond.syntax", "1:1"},
        {"count_of =", "cond.syntax", "1:11"},
        {"count_of = 5 5", "cond.syntax", "1:14"},
        {"(urgent", "cond.syntax", "1:8"},
        {"title = ''", "cond.syntax", "1:9"},
        {"title = 'x", "cond.syntax", "1:9"},
        {"due = 2026-02-30", "cond.syntax", "1:7"},
        {"count_of = 5w", "cond.syntax", "1:12"},
        {"urgent;", "cond.syntax", "1:7"},
        {"urgent\nand\n x", "cond.name", "3:2"},
        {"nobody = 1", "cond.name", "1:1"},
        {"renews.nobody = 1", "cond.name", "1:1"},
        {"any(lines, nobody = 1)", "cond.name", "1:12"},
        {"other.state = open", "cond.name", "1:1"},
        {"title = 5", "cond.type", "1:9"},
        {"title + 'x' = 'xx'", "cond.type", "1:1"},
        {"owner > me", "cond.type", "1:1"},
        {"class >= c2", "cond.type", "1:1"},
        {"renews = other", "cond.type", "1:10"},
        {"due = entered", "cond.type", "1:7"},
        {"due + 3h < today", "cond.type", "1:7"},
        {"price = 1.255", "cond.type", "1:9"},
        {"price = count_of", "cond.type", "1:9"},
        {"3d < 4d", "cond.type", "1:1"},
        {"due - made > 1m", "cond.type", "1:14"},
        {"title", "cond.type", "1:1"},
        {"people = me", "cond.type", "1:10"},
        {"title has 'x'", "cond.type", "1:1"},
        {"owner in [section]", "cond.type", "1:11"},
        {"count_of in [price]", "cond.type", "1:14"},
        {"term = today", "cond.type", "1:1"},
        {"title.x = 'x'", "cond.type", "1:1"},
        {"count(title) = 1", "cond.type", "1:1"},
        {"sum(lines.name) = 1", "cond.type", "1:1"},
        {"rank(title) = 1", "cond.type", "1:1"},
        {"starts(title, note)", "cond.type", "1:8"},
        {"any(lines, any(lines, size = 1))", "cond.name", "1:12"},
        {"state = nowhere", "cond.code", "1:9"},
        {"nowhere = state", "cond.code", "1:1"},
        {"state in [open, gone]", "cond.code", "1:17"},
        {"due < made + 3bd", "cond.bd", "1:14"},
        {"renews.renews.renews.state = open", "cond.limit", "1:1"},
        {"count_of = 100000000000001", "cond.limit", "1:12"},
        {"price = 99999999999999", "cond.limit", "1:9"},
        {"due < today + 99999d", "cond.limit", "1:15"},
        {"((((((((((((((((( urgent )))))))))))))))))", "cond.limit", "1:17"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct err err = {0};
        const struct cond *cond = NULL;
        int rc = cond_parse(arena, str_of(bad[i].text), &scope, &cond, &err);
        size_t n = strlen(bad[i].at);
        if (rc == 0 || !err_is(&err, bad[i].code) || strncmp(err.detail, bad[i].at, n) != 0 ||
            err.detail[n] != ':') {
            fail_msg("%s: %s %s", bad[i].text, rc == 0 ? "taken" : err.code, err.detail);
        }
    }
}

static void
limits(void **state)
{
    (void)state;
    struct err err = {0};
    const struct cond *cond = NULL;
    struct buf text;
    buf_init(&text, 4000);
    buf_put_z(&text, "urgent");
    for (int i = 0; i < 30; i++) {
        buf_put_z(&text, " and urgent"); /* 31 tests, 31 values, 1 connective */
    }
    assert_int_equal(cond_parse(arena, buf_str(&text), &scope, &cond, &err), 0);
    buf_put_z(&text, " and urgent");
    assert_int_equal(cond_parse(arena, buf_str(&text), &scope, &cond, &err), -1);
    assert_true(err_is(&err, "cond.limit"));
    buf_clear(&text);
    buf_printf(&text, "urgent%994s", "");
    assert_int_equal(cond_parse(arena, buf_str(&text), &scope, &cond, &err), 0);
    buf_put_z(&text, " ");
    assert_int_equal(cond_parse(arena, buf_str(&text), &scope, &cond, &err), -1);
    assert_true(err_is(&err, "cond.limit"));
    assert_int_equal(cond_parse(arena, STR("title = '\xff'"), &scope, &cond, &err), -1);
    assert_true(err_is(&err, "cond.syntax"));
    buf_free(&text);
    int many = 1;
    struct cond_values values = {&many, get, count, item, &moment};
    assert_int_equal(cond_eval(parse("any(lines, size > 15)"), &values, &err), -1);
    assert_true(err_is(&err, "cond.limit"));
    struct arena *small = arena_new(64);
    assert_int_equal(cond_parse(small, STR("urgent and urgent"), &scope, &cond, &err), -1);
    assert_true(err_is(&err, "limit.memory"));
    arena_free(small);
}

static void
expect_sql(const char *text, const char *sql, int64_t first)
{
    static struct cond_binds binds;
    struct err err = {0};
    struct buf buf;
    buf_init(&buf, 1 << 20);
    binds.first = 3;
    assert_int_equal(cond_sql(arena, parse(text), &moment, "r", &buf, &binds, &err), 0);
    buf_put_char(&buf, '\0');
    assert_string_equal(buf.p, sql);
    if (first != 0) {
        assert_int_equal(binds.list[0].n, first);
    }
    buf_free(&buf);
}

static void
emitted(void **state)
{
    (void)state;
    expect_sql("due + 3d < today", "r.due < $3", moment.today - 3);
    expect_sql("due + 10bd < today", "r.due < $3", 0);
    expect_sql("not (due < today)", "(r.due IS NULL OR NOT (r.due < $3))", moment.today);
    expect_sql("urgent and not urgent",
               "(r.urgent = $3 AND (r.urgent IS NULL OR NOT (r.urgent = "
               "$4)))",
               1);
    expect_sql("starts(title, '住')", "(r.title >= $3 AND r.title < $4)", 0);
    expect_sql("section in below", "r.section IN ($3, $4)", 20);
    expect_sql("owner = me", "r.owner IN ($3, $4)", 7);
    expect_sql("renews.state = open",
               "(SELECT h1.state FROM record h1 WHERE h1.id = r.renews) = $3", 0);
    expect_sql("any(lines, size > parent.count_of)",
               "EXISTS (SELECT 1 FROM lines l1 WHERE l1.record = r.id AND (l1.size > r.count_of))",
               0);
    expect_sql("all(lines, size > 1)",
               "NOT EXISTS (SELECT 1 FROM lines l1 WHERE l1.record = r.id AND ((l1.size IS NULL OR "
               "NOT (l1.size > $3))))",
               1);
    expect_sql("people has owner",
               "EXISTS (SELECT 1 FROM people l1 WHERE l1.record = r.id AND l1.person = r.owner)",
               0);
    expect_sql("today > 2026-01-01", "1 = 1", 0);
    expect_sql("title is empty", "r.title IS NULL", 0);
    expect_sql("count_of < 5 - count_of", "r.count_of + r.count_of < $3", 5);
    struct err err = {0};
    static struct cond_binds binds;
    struct buf buf;
    buf_init(&buf, 1000);
    binds.first = 1;
    assert_int_equal(cond_sql(arena, parse("hidden = 'x'"), &moment, "r", &buf, &binds, &err), -1);
    assert_true(err_is(&err, "cond.sql"));
    assert_int_equal(cond_sql(arena, parse("urgent"), &moment, "r;--", &buf, &binds, &err), -1);
    assert_true(err_is(&err, "cond.sql"));
    buf_free(&buf);
}

static void
shown(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf, 10000);
    cond_json(parse("not (state = open and price + 1 > 2) or any(lines, size in [1])"), &buf);
    buf_put_char(&buf, '\0');
    assert_string_equal(
        buf.p,
        "[\"or\",[\"not\",[\"=\",[\"name\",\"choice\",\"state\"],[\"code\",\"open\"]]],"
        "[\"not\",[\">\",[\"sum\",[\"name\",\"number\",\"price\"],[\"+\",[\"number\",100,2]]],"
        "[\"number\",200,2]]],[\"any\",[\"name\",\"table\",\"lines\"],"
        "[\"in\",[\"name\",\"number\",\"size\"],[[\"number\",1,0]]]]]");
    buf_clear(&buf);
    cond_print(parse("not (state=open and (urgent or title='it''s')) and due+3bd<today"), &buf);
    buf_put_char(&buf, '\0');
    assert_string_equal(buf.p, "(not state = 'open' or not urgent and not title = 'it''s') and due "
                               "+ 3bd < today");
    buf_free(&buf);
    assert_true(cond_mentions(parse("urgent and section in mine"), STR("mine")));
    assert_false(cond_mentions(parse("urgent and section in mine"), STR("below")));
    assert_true(cond_reserved(STR("today")) && cond_reserved(STR("and")));
    assert_false(cond_reserved(STR("due")));
}

/* Nobody asks: `me` is empty. */
static void
nobody(void **state)
{
    (void)state;
    struct cond_ids kept = moment.me;
    moment.me.count = 0;
    assert_int_equal(holds("owner = me"), 0);
    assert_int_equal(holds("owner != me"), 0);
    assert_int_equal(holds("owner in [me]"), 0);
    assert_int_equal(holds("people has me"), 0);
    assert_int_equal(holds("me not in people"), 0);
    expect_sql("owner != me", "1 = 0", 0);
    moment.me = kept;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(holding), cmocka_unit_test(refused),
                                       cmocka_unit_test(limits),  cmocka_unit_test(emitted),
                                       cmocka_unit_test(shown),   cmocka_unit_test(nobody)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
