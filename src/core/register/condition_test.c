/*
 * Tests of conditions in register files: where a wrong one is reported, what a record must be to be
 * submitted, what is shown, and whom a condition on rows lets read.
 */
#include "core/register/condition.h"

#include "base/os/time.h"
#include "core/account/sections.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DATA SEKISHO_SOURCE_DIR "/data"

/* 1 applies in 11; 2 manages 11; 3 manages 13 above 11 and 12; 4 = the person of 1; 5 manages 12.
 */
static const struct store_statement town[] = {
    {"t1", "INSERT INTO body VALUES (1, 'mayor', '町長', 'mayor', NULL, 0, 99999)"},
    {"t2", "INSERT INTO section VALUES (13, 1, 'C', '総務部', '', NULL, 0, 99999),"
           " (11, 1, 'A', '住民課', '', 13, 0, 99999), (12, 1, 'B', '税務課', '', 13, 0, 99999),"
           " (14, 1, 'D', '旧課', '', 13, 0, 10)"},
    {"t3", "INSERT INTO post VALUES (100, 11, 'kacho', '課長', 3, 1, 9, 0, 99999),"
           " (101, 11, 'shuji', '主事', 9, 0, 9, 0, 99999), (102, 12, 'kacho', '課長', 3, 1, 9, 0,"
           " 99999), (103, 13, 'bucho', '部長', 2, 1, 9, 0, 99999)"},
    {"t4", "INSERT INTO person VALUES (1, 'p:a', '佐藤', ''), (2, 'p:b', '山﨑', ''),"
           " (3, 'p:c', '中村', ''), (4, 'p:d', '佐藤', ''), (5, 'p:e', '小林', '')"},
    {"t5", "INSERT INTO person_join VALUES (4, 1)"},
    {"t6", "INSERT INTO engagement VALUES (1, 1, 'S1', 'staff', 0, 99999),"
           " (2, 2, 'S2', 'staff', 0, 99999), (3, 3, 'S3', 'staff', 0, 99999),"
           " (5, 5, 'S5', 'staff', 0, 99999)"},
    {"t7", "INSERT INTO appointment VALUES (1, 1, 101, 'main', 0, 99999, ''),"
           " (2, 2, 100, 'main', 0, 99999, ''), (3, 3, 103, 'main', 0, 99999, ''),"
           " (5, 5, 102, 'main', 0, 99999, '')"},
    {"t8", "INSERT INTO role_slot VALUES (1, 'section_manager', 'section', 11, 100, NULL, 0,"
           " 99999), (2, 'section_manager', 'section', 12, 102, NULL, 0, 99999),"
           " (3, 'department_officer', 'section', 13, 103, NULL, 0, 99999)"},
};

static const char permit[] =
    "register: trial\nversion: 1\nextends: base/permit\ntitle: {ja: 試し, en: Trial}\n"
    "topics: [\"5(3)\"]\nretain: {years: 5, from: closed, then: review}\n"
    "fields:\n"
    "  - {key: term, type: period, required: true, check: \"term.until <= term.from + 1m\","
    " title: {ja: 期間, en: Term}}\n"
    "  - {key: urgent, type: flag, title: {ja: 緊急, en: Urgent}}\n"
    "  - {key: why, type: text, required: \"urgent\", title: {ja: 理由, en: Why}}\n"
    "  - {key: means, type: choice, of: [foot, car], title: {ja: 手段, en: Means}}\n"
    "  - {key: plate, type: text, required: true, visible_if: \"means = car\","
    " title: {ja: 車, en: Plate}}\n"
    "  - {key: result, type: text, free: true, visible_if: \"state in [in_force, closed]\","
    " title: {ja: 結果, en: Result}}\n"
    "  - {key: items, type: table, check: \"count(items) <= 2 and all(items, size > 0)\","
    " title: {ja: 品, en: Items}, columns: [{key: size, type: number, title: {ja: 数, en: "
    "Size}}]}\n"
    "access:\n"
    "  - {role: [section_manager], rows: \"owner = me or section in mine and state != draft\"}\n"
    "  - {role: [department_officer], rows: \"section in below and not urgent\"}\n";

static char folder[64];
static struct store *store;
static struct register_set *set;
static struct arena *arena;

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
on_filled(void *arg, int result, const struct err *err)
{
    (void)arg;
    if (result < 0) {
        print_error("%s %s\n", err->code, err->detail);
    }
}

static struct register_finding *
check(const char *text, struct register_def **ret_def)
{
    struct register_finding *findings = NULL;
    struct err err = {0};
    assert_int_equal(
        register_check(set, set->arena, "f.yaml", str_of(text), ret_def, &findings, &err), 0);
    return findings;
}

static int
set_up(void **state)
{
    (void)state;
    struct err err = {0};
    static char path[128];
    memcpy(folder, "/tmp/condition_test_XXXXXX", 27);
    if (mkdtemp(folder) == NULL || register_set_load(DATA, &set, &err) < 0) {
        print_error("%s %s\n", err.code, err.detail);
        return -1;
    }
    (void)snprintf(path, sizeof path, "%s/db", folder);
    struct store_options options = {.path = path, .sql_dir = DATA "/sql/core"};
    if (store_open(&options, &store, &err) < 0) {
        return -1;
    }
    store_write(store, unit_fill, on_filled, NULL);
    struct register_def *def = NULL;
    struct register_finding *findings = check(permit, &def);
    if (findings != NULL) {
        print_error("%s %s\n", findings->err.code, findings->err.detail);
        return -1;
    }
    set->defs[set->def_count++] = *def;
    arena = arena_new(16 << 20);
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

/* FROM replaced by TO is a finding CODE whose detail begins with PLACE. */
static void
finding(const char *from, const char *to, const char *code, const char *place)
{
    static char text[8192];
    const char *at = strstr(permit, from);
    assert_non_null(at);
    (void)snprintf(text, sizeof text, "%.*s%s%s", (int)(at - permit), permit, to,
                   at + strlen(from));
    struct register_def *def = NULL;
    struct register_finding *one = check(text, &def);
    if (one == NULL || strcmp(one->err.code, code) != 0 ||
        strncmp(one->err.detail, place, strlen(place)) != 0) {
        fail_msg("%s: %s %s", to, one != NULL ? one->err.code : "clean",
                 one != NULL ? one->err.detail : "");
    }
}

static void
test_findings(void **state)
{
    (void)state;
    /* line 8 is the first field; its condition begins behind the quote at column 55 */
    finding("term.until <=", "term.untli <=", "cond.name", "f.yaml:8:55: unknown untli");
    finding("<= term.from + 1m\"", "<= term.from + 'x'\"", "cond.type", "f.yaml:8:81: ");
    finding("+ 1m\"", "+ 3bd\"", "cond.bd", "f.yaml:8:81: ");
    finding("required: \"urgent\"", "required: urgnt", "cond.name", "f.yaml:10:38: unknown urgnt");
    finding("required: \"urgent\"", "required: \"state = draft\"", "cond.name", "f.yaml:10:");
    finding("required: \"urgent\"", "required: \"me = me\"", "cond.name", "f.yaml:10:");
    finding("means = car", "means = bus", "cond.code", "f.yaml:12:");
    finding("[in_force, closed]\"", "[in_farce]\"", "cond.code", "f.yaml:13:");
    finding("owner = me or", "owner = you or", "cond.name", "f.yaml:16:46: unknown you");
    finding("and not urgent", "and not rank(term)", "cond.type", "f.yaml:17:");
    finding("{key: size, type: number,", "{key: size, type: number, required: \"size > 1\",",
            "register.r109", "f.yaml:14:");
    finding("key: urgent", "key: today", "register.r102", "f.yaml:9:");
    finding(", rows: \"section in below and not urgent\"", "", "register.r107", "");
    /* a key's end must always be there */
    finding("access:\n", "states:\n  in_force: {key: control.waive, until: when}\naccess:\n",
            "register.r111", "f.yaml:");
}

/* ---- records ---- */

struct
try {
    struct register_caller caller;
    struct register_call call;
    struct register_outcome outcome;
    char why[64], detail[ERR_DETAIL_BYTES];
};

static int
unit_try(struct store *s, void *arg, struct err *err)
{
    struct try *try = arg;
    return register_act(set, s, arena, &try->caller, &try->call, &try->outcome, err);
}

static void
tried(void *arg, int result, const struct err *err)
{
    struct try *try = arg;
    (void)snprintf(try->why, sizeof try->why, "%s", result < 0 ? err->code : "");
    (void)snprintf(try->detail, sizeof try->detail, "%s", result < 0 ? err->detail : "");
}

static struct register_outcome last;

static const char *
act(uint64_t person, const char *move, const char *json, const char *detail)
{
    static struct try try;
    try = (struct try){.caller = {.person = person},
                       .call = {.reg = STR("trial"),
                                .record = last.record,
                                .move = str_of(move),
                                .rev = last.rev,
                                .fields = json_loads(json, 0, NULL)}};
    memcpy(try.call.digest, last.digest, sizeof last.digest);
    store_write(store, unit_try, tried, &try);
    json_decref(try.call.fields);
    if (try.why[0] == '\0') {
        last = try.outcome;
    }
    assert_string_equal(try.detail, detail);
    return try.why;
}

#define TERM "\"term\":{\"from\":\"2026-04-01\",\"until\":\"2026-05-01\"}"
#define LONG "\"term\":{\"from\":\"2026-04-01\",\"until\":\"2026-05-02\"}"

static void
test_submit(void **state)
{
    (void)state;
    /* a draft may be unfinished and wrong */
    assert_string_equal(act(1, "open", "{" LONG ",\"urgent\":true}", ""), "");
    assert_string_equal(act(1, "submit", "{}", "term"), "register.check");
    assert_string_equal(act(1, "edit", "{" TERM "}", ""), "");
    assert_string_equal(act(1, "submit", "{}", "why"), "register.field_missing");
    assert_string_equal(act(1, "edit", "{\"why\":\"急ぎ\",\"plate\":\"い1\"}", ""), "");
    assert_string_equal(act(1, "submit", "{}", "plate"), "register.field_hidden");
    assert_string_equal(act(1, "edit", "{\"plate\":null,\"means\":\"car\"}", ""), "");
    assert_string_equal(act(1, "submit", "{}", "plate"), "register.field_missing");
    assert_string_equal(act(1, "edit", "{\"plate\":\"い1\",\"result\":\"済\"}", ""), "");
    assert_string_equal(act(1, "submit", "{}", "result"), "register.field_hidden");
    assert_string_equal(act(1, "edit", "{\"result\":null,\"items\":[{\"size\":1},{}]}", ""), "");
    assert_string_equal(act(1, "submit", "{}", "items"), "register.check");
    assert_string_equal(act(1, "edit", "{\"items\":[{\"size\":1}]}", ""), "");
    assert_string_equal(act(1, "submit", "{}", ""), "");
}

static bool
sees(uint64_t person)
{
    struct err err = {0};
    struct register_caller caller = {.person = person};
    int rc = record_visible(set, store, arena, &caller, last.record, &err);
    assert_true(rc >= 0);
    return rc > 0;
}

/* True when what PERSON reads has the field KEY. */
static bool
reads(uint64_t person, const char *key)
{
    struct err err = {0};
    struct register_caller caller = {.person = person};
    json_t *seen = NULL, *field;
    size_t i;
    bool found = false;
    assert_int_equal(record_read(set, store, arena, &caller, last.record, &seen, &err), 0);
    json_array_foreach(json_object_get(seen, "fields"), i, field)
    {
        found = found || strcmp(json_string_value(json_object_get(field, "key")), key) == 0;
    }
    json_decref(seen);
    return found;
}

static void
test_rows(void **state)
{
    (void)state;
    assert_string_equal(act(1, "open", "{" TERM ",\"urgent\":false,\"result\":\"早\"}", ""), "");
    assert_true(sees(1));
    assert_true(sees(4));  /* the same person */
    assert_false(sees(2)); /* a draft: state != draft does not hold */
    assert_true(sees(3));  /* her department's, not urgent */
    assert_false(sees(5)); /* another section's manager */
    assert_false(reads(1, "result"));
    assert_true(reads(1, "term"));
    assert_string_equal(act(1, "edit", "{\"urgent\":true,\"why\":\"急\",\"result\":null}", ""), "");
    assert_false(sees(3));
    assert_string_equal(act(1, "submit", "{}", ""), "");
    assert_true(sees(2));
    assert_false(sees(3));
    assert_false(sees(5));
}

static void
test_belongs(void **state)
{
    (void)state;
    struct err err = {0};
    struct account_belongs belongs;
    int64_t now = time_now_us();
    assert_int_equal(account_belongs(store, arena, 3, now, &belongs, &err), 0);
    assert_int_equal(belongs.mine.count, 1);
    assert_int_equal(belongs.mine.list[0], 13);
    assert_int_equal(belongs.below.count, 3); /* not the section that is over */
    assert_int_equal(belongs.below.list[0], 11);
    assert_int_equal(account_belongs(store, arena, 4, now, &belongs, &err), 0);
    assert_int_equal(belongs.self.count, 2);
    assert_int_equal(belongs.mine.list[0], 11); /* through the joined row */
    assert_int_equal(account_belongs(store, arena, 99, now, &belongs, &err), 0);
    assert_int_equal(belongs.mine.count, 0);
    assert_int_equal(belongs.below.count, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_findings, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_submit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_rows, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_belongs, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
