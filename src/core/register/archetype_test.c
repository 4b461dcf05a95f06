/*
 * Tests of the archetypes below data/registers/base: a small register of each walks its life, and
 * is refused what its kind does not let happen.
 */
#include "core/register/register.h"

#include "core/store/id.h"
#include "tests/postgres.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DATA SEKISHO_SOURCE_DIR "/data"
#define HEAD(name, base)                                                                           \
    "register: " name "\nversion: 1\nextends: base/" base "\ntitle: {ja: 試し, en: Trial}\n"     \
    "topics: [\"5(3)\"]\nretain: {years: 5, from: closed, then: review}\n"                         \
    "number: \"" name "-{wy}-{seq:3}\"\n"

/* 1 applies; 2 section manager; 3 chief; 4 = the same natural person as 1; 5 of the csirt. */
static const struct store_statement town[] = {
    {"t1", "INSERT INTO body VALUES (1, 'mayor', '町長', 'mayor', NULL, 0, 99999)"},
    {"t2", "INSERT INTO section VALUES (11, 1, 'A1', '住民課', '', NULL, 0, 99999),"
           " (12, 1, 'B1', '税務課', '', NULL, 0, 99999)"},
    {"t3", "INSERT INTO post VALUES (100, 11, 'kacho', '課長', 3, 1, 9, 0, 99999),"
           " (101, 11, 'shuji', '主事', 9, 0, 9, 0, 99999), (102, 12, 'shuji', '主事', 9, 0, 9, 0, "
           "99999),"
           " (103, 12, 'chief', '室長', 2, 1, 9, 0, 99999)"},
    {"t4", "INSERT INTO person VALUES (1, 'p:a', '佐藤', ''), (2, 'p:b', '山﨑', ''),"
           " (3, 'p:c', '中村', ''), (4, 'p:d', '佐藤', ''), (5, 'p:e', '小林', '')"},
    {"t5", "INSERT INTO person_join VALUES (4, 1)"},
    {"t6", "INSERT INTO engagement VALUES (1, 1, 'S1', 'staff', 0, 99999),"
           " (2, 2, 'S2', 'staff', 0, 99999), (3, 3, 'S3', 'staff', 0, 99999),"
           " (4, 4, 'S4', 'staff', 0, 99999), (5, 5, 'S5', 'staff', 0, 99999)"},
    {"t7", "INSERT INTO appointment VALUES (1, 1, 101, 'main', 0, 99999, ''),"
           " (2, 2, 100, 'main', 0, 99999, ''), (3, 3, 103, 'main', 0, 99999, ''),"
           " (4, 4, 100, 'main', 0, 99999, ''), (5, 5, 102, 'main', 0, 99999, '')"},
    {"t8",
     "INSERT INTO role_slot VALUES (1, 'section_manager', 'section', 11, 100, NULL, 0, 99999),"
     " (2, 'chief', 'body', 1, 103, NULL, 0, 99999),"
     " (3, 'csirt', 'body', 1, NULL, 5, 0, 99999)"},
};

static const struct {
    const char *name, *text;
} registers[] = {
    {"thing",
     HEAD("thing", "inventory") "fields:\n  - {key: name, type: text, required: true, unique: "
                                "true, title: {ja: 名, en: "
                                "Name}}\n"
                                "  - {key: place, type: text, title: {ja: 所, en: Place}}\n"},
    {"visit", HEAD("visit", "journal") "fields:\n  - {key: who, type: text, required: true, title: "
                                       "{ja: 人, en: Who}}\n"},
    {"trouble", HEAD("trouble", "case")},
    {"lesson", HEAD("lesson", "campaign")},
    {"sheet",
     HEAD("sheet",
          "checklist") "fields:\n  - key: answers\n    type: sheet\n    required: true\n    title: "
                       "{ja: 答え, en: "
                       "Answers}\n    template:\n      - {key: a, title: {ja: 一, en: One}}\n"
                       "      - {key: b, title: {ja: 二, en: Two}}\n"},
};

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
        fail_msg("%s %s", err->code, err->detail);
    }
}

static int
register_add(const char *name, const char *text)
{
    struct register_def *def = NULL;
    struct register_finding *findings = NULL;
    struct err err = {0};
    if (register_check(set, set->arena, name, str_of(text), &def, &findings, &err) < 0 ||
        findings != NULL) {
        print_error("%s: %s\n", name, findings != NULL ? findings->err.detail : err.code);
        return -1;
    }
    set->defs[set->def_count++] = *def;
    return 0;
}

static int
set_up(void **state)
{
    (void)state;
    struct err err = {0};
    static char path[256];
    memcpy(folder, "/tmp/archetype_test_XXXXXX", 27);
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
    store_write(store, unit_fill, on_filled, NULL);
    for (size_t i = 0; i < sizeof registers / sizeof *registers; i++) {
        if (register_add(registers[i].name, registers[i].text) < 0) {
            return -1;
        }
    }
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

struct
try {
    struct register_caller caller;
    struct register_call call;
    struct register_outcome outcome;
    const char *code;
    char why[64];
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
}

static struct register_outcome last; /* of the last act that was done */

/* PERSON does MOVE on the record of `last`, as it was shown; CODE is what must come of it ("":
 * done). */
static void
act(uint64_t person, const char *move, const char *reason, const char *code)
{
    struct err err = {0};
    struct try try = {
        .caller = {.person = person, .system = person == 0, .factors = STR("password,totp")},
        .call = {.record = last.record,
                 .move = str_of(move),
                 .rev = last.rev,
                 .reason = str_of(reason)}};
    memcpy(try.call.digest, last.digest, sizeof last.digest);
    int may = register_may(set, store, arena, &try.caller, &try.call, &err);
    /* what may still be filled in along with the move is not asked for beforehand */
    bool only_reason = strcmp(code, "register.reason_missing") == 0 ||
                       (may == 0 && strcmp(code, "register.field_missing") == 0);
    assert_int_equal(may, strcmp(code, "") == 0 || only_reason ? 0 : -1);
    store_write(store, unit_try, tried, &try);
    assert_string_equal(try.why, code);
    if (code[0] == '\0') {
        last = try.outcome;
    }
}

/* PERSON writes JSON: a new record of REG, or with MOVE "edit" into the last one. */
static void
writes(uint64_t person, const char *reg, const char *move, const char *json, const char *code)
{
    struct try try = {.caller = {.person = person},
                      .call = {.reg = str_of(reg),
                               .record = last.record,
                               .move = str_of(move),
                               .rev = last.rev,
                               .fields = json_loads(json, 0, NULL)}};
    memcpy(try.call.digest, last.digest, sizeof last.digest);
    assert_non_null(try.call.fields);
    store_write(store, unit_try, tried, &try);
    json_decref(try.call.fields);
    assert_string_equal(try.why, code);
    if (code[0] == '\0') {
        last = try.outcome;
    }
}

static void
stands(const char *state)
{
    assert_string_equal(last.state.p, state);
}

static void
test_inventory(void **state)
{
    (void)state;
    writes(1, "thing", "open", "{\"name\":\"端末1\"}", "");
    act(1, "submit", "", "");
    assert_true(str_starts(last.number, STR("thing-R")));
    act(1, "approve", "", "register.apart");
    act(2, "approve", "", "");
    stands("current");
    writes(1, "", "edit", "{\"place\":\"倉庫\"}", "register.move"); /* only after amend */
    act(5, "amend", "", "register.not_candidate");
    act(1, "amend", "", "");
    writes(5, "", "edit", "{\"place\":\"倉庫\"}", "register.not_candidate");
    writes(1, "", "edit", "{\"name\":null}", "register.field_missing"); /* it stays whole */
    writes(1, "", "edit", "{\"place\":\"倉庫\"}", "");
    act(1, "submit_change", "", "");
    stands("amended");
    writes(1, "", "edit", "{\"place\":\"別\"}", "register.move");
    act(2, "reject", "違います", "");
    stands("amending"); /* what was not approved does not count */
    act(2, "submit_for", "", "");
    act(2, "approve_change", "", "");
    stands("current");
    writes(1, "thing", "open", "{\"name\":\"端末1\"}", "register.field_taken");
    act(1, "retire", "", "register.reason_missing");
    act(1, "retire", "故障", "");
    stands("retired");
    writes(1, "thing", "open", "{\"name\":\"端末1\"}", "");
}

static void
test_journal(void **state)
{
    (void)state;
    writes(1, "visit", "open", "{}", "register.field_missing"); /* there is no draft */
    writes(1, "visit", "open", "{\"who\":\"業者\"}", "");
    assert_true(last.number.n > 0);
    writes(1, "", "edit", "{\"who\":\"別\"}", "register.move");
    act(1, "check", "", "register.apart");
    act(4, "check", "", "register.apart"); /* her second staff number */
    act(2, "dispute", "", "register.reason_missing");
    act(2, "dispute", "氏名が違う", "");
    stands("disputed");
    char first[ID_CHARS + 1], json[128];
    id_format(last.record, first);
    (void)snprintf(json, sizeof json, "{\"who\":\"本当の業者\",\"amends\":\"%s\"}", first);
    writes(5, "visit", "open", json, "register.field_ref"); /* she may not see the first */
    writes(1, "visit", "open", "{\"who\":\"業\",\"amends\":\"0000000000001\"}",
           "register.field_ref");
    writes(1, "visit", "open", json, "");
    act(2, "check", "", "");
    stands("checked");
    writes(1, "", "edit", "{\"who\":\"別\"}", "register.move");
}

static void
test_case(void **state)
{
    (void)state;
    writes(1, "trouble", "open", "{\"what\":\"誤って送った\"}", "");
    act(1, "assess", "", "register.not_candidate");
    act(5, "assess", "", "");
    writes(1, "", "edit", "{\"cause\":\"x\"}", "register.not_candidate");
    act(5, "act", "", "");
    act(5, "find", "", "register.field_missing");
    writes(5, "", "edit", "{\"measures\":\"回収した\"}", "");
    act(5, "find", "", "");
    writes(5, "", "edit", "{\"cause\":\"宛先\",\"prevention\":\"確認\"}", "");
    act(5, "finish", "", "");
    act(2, "approve", "", ""); /* the chief's route: the manager first */
    act(3, "not_yet", "まだ", "");
    stands("acting");
    act(5, "find", "", "");
    act(5, "finish", "", "");
    act(2, "approve", "", "");
    act(3, "close", "", "");
    stands("closed");
    act(5, "reopen", "", "register.not_candidate");
    act(3, "reopen", "再発", "");
    stands("acting");
}

static void
test_campaign(void **state)
{
    (void)state;
    writes(1, "lesson", "open",
           "{\"year\":2026,\"goal\":\"全員が受ける\",\"report\":\"まだ\",\"term\":{\"from\":"
           "\"2026-06-01\",\"until\":\"2026-06-30\"}}",
           "");
    act(1, "submit", "", "register.field_hidden"); /* a report of what was not done yet */
    writes(1, "", "edit", "{\"report\":null}", "");
    act(1, "submit", "", "");
    act(2, "approve", "", "");
    act(3, "approve", "", "");
    stands("decided");
    writes(1, "", "edit", "{\"goal\":\"半分でよい\"}", "register.move");
    act(1, "start", "", "");
    writes(1, "", "edit", "{\"goal\":\"半分でよい\"}", "register.not_candidate");
    act(1, "close", "", "register.field_missing");
    writes(1, "", "edit", "{\"report\":\"全員が受けた\"}", "");
    act(1, "close", "", "");
    stands("closed");
}

static void
test_checklist(void **state)
{
    (void)state;
    writes(1, "sheet", "open", "{\"answers\":{\"a\":{\"answer\":\"yes\"}}}", "");
    act(1, "answer", "", "register.field_rows");
    writes(1, "", "edit", "{\"answers\":{\"a\":{\"answer\":\"yes\"},\"b\":{\"answer\":\"na\"}}}",
           "register.field_sheet");
    writes(1, "", "edit",
           "{\"answers\":{\"a\":{\"answer\":\"yes\"},\"b\":{\"answer\":\"na\",\"note\":\"機器が"
           "ない\"}}}",
           "");
    act(1, "answer", "", "");
    act(1, "confirm", "", "register.apart");
    act(2, "send_back", "根拠を", "");
    stands("open");
    act(1, "answer", "", "");
    act(2, "confirm", "", "");
    stands("confirmed");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_inventory, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_journal, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_case, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_campaign, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_checklist, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
