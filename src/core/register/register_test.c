/*
 * Tests of core/register: what a bad definition is told, and what the engine refuses whoever asks.
 */
#include "core/register/register.h"

#include "core/store/outbox.h"
#include "tests/postgres.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DATA SEKISHO_SOURCE_DIR "/data"

/* 1 applies; 2 section manager; 3 chief; 4 = the same natural person as 1; 5 stranger. */
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
     " (2, 'chief', 'body', 1, 103, NULL, 0, 99999)"},
};

/* A permit with two steps, a key and a step apart. */
static const char two_steps[] =
    "register: two_steps\nversion: 1\nextends: base/permit\ntitle: {ja: 二段, en: Two}\n"
    "topics: [\"5(3)\"]\nretain: {years: 5, from: closed, then: review}\nnumber: "
    "\"二-{wy}-{seq:3}\"\n"
    "fields:\n  - {key: reason, type: text, required: true, title: {ja: 理由, en: Reason}}\n"
    "  - {key: who, type: person, subject: true, title: {ja: 人, en: Who}}\n"
    "  - {key: code, type: text, unique: true, was: [old_code], title: {ja: 記号, en: Code}}\n"
    "  - {key: result, type: text, free: true, title: {ja: 結果, en: Result}}\n"
    "  - {key: due, type: calc, value: \"term.until > today\", title: {ja: 期間内, en: Running}}\n"
    "  - {key: note, type: text, free: true, level: restricted, title: {ja: 覚え, en: Note}}\n"
    "access:\n  - {role: [chief], rows: all}\n"
    "  - {role: [owner], rows: \"owner = me\", write: {draft: all, in_force: [result]}}\n"
    "  - {role: [everyone], rows: \"state = 'in_force'\", read: [code]}\n"
    "states:\n  in_force: {keys: [{control.waive: {control: reason}}]}\n  pending: {route: main}\n"
    "routes:\n  main:\n"
    "    - {key: dept, kind: approve, who: {role: section_manager, of: section}, title: {ja: 一, "
    "en: One}}\n"
    "    - {key: final, kind: decide, who: {role: chief}, title: {ja: 二, en: Two}}\n"
    "apart: [{of: [dept.actor, final.actor]}]\n";

static char folder[64];
static struct store *store;
static struct register_set *set;
static struct arena *arena;
static unsigned keys_open, keys_closed;

static int
on_key(void *ctx, struct store *s, const struct register_event *event, struct err *err)
{
    (void)ctx;
    (void)s;
    (void)err;
    assert_true(json_is_object(event->fields));
    *(event->closes ? &keys_closed : &keys_open) += 1;
    return 0;
}

static const struct register_effect effects[] = {{"control.waive", on_key, NULL}};

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
set_up(void **state)
{
    (void)state;
    struct err err = {0};
    static char path[256];
    memcpy(folder, "/tmp/register_test_XXXXXX", 26);
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
    struct register_def *def = NULL;
    struct register_finding *findings = NULL;
    if (register_check(set, set->arena, "two_steps.yaml", str_of(two_steps), &def, &findings,
                       &err) < 0 ||
        findings != NULL) {
        print_error("%s\n", findings != NULL ? findings->err.detail : err.code);
        return -1;
    }
    set->defs[set->def_count++] = *def;
    register_effects_add(set, effects, 1);
    arena = arena_new(16 << 20);
    keys_open = keys_closed = 0;
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

/* ---- definitions ---- */

/* The register two_steps with FROM replaced by TO must give CODE among its findings. */
static void
finding(const char *from, const char *to, const char *code)
{
    static char text[8192];
    const char *at = strstr(two_steps, from);
    assert_non_null(at);
    (void)snprintf(text, sizeof text, "%.*s%s%s", (int)(at - two_steps), two_steps, to,
                   at + strlen(from));
    struct register_def *def = NULL;
    struct register_finding *findings = NULL;
    struct err err = {0};
    assert_int_equal(register_check(set, arena, "f.yaml", str_of(text), &def, &findings, &err), 0);
    for (struct register_finding *one = findings; one != NULL; one = one->next) {
        if (strcmp(one->err.code, code) == 0) {
            assert_non_null(strstr(one->err.detail, "f.yaml:"));
            return;
        }
    }
    fail_msg("%s: no %s (%s)", to, code, findings != NULL ? findings->err.code : "clean");
}

static void
test_definitions(void **state)
{
    (void)state;
    finding("number:", "nummer:", "yaml.unknown_key");
    finding("version: 1\n", "version: 1\nclock: []\n", "yaml.unknown_key");
    finding("topics: [\"5(3)\"]\n", "", "register.r118");
    finding("{ja: 二段, en: Two}", "{ja: 二段}", "register.r118");
    finding("role: chief}", "role: boss}", "register.r120");
    finding("{route: main}", "{route: mein}", "register.r120");
    finding("control.waive:", "control.wave:", "register.r125");
    finding("control.waive:", "path.open:", "register.r125"); /* no engine of it here yet */
    finding("control.waive:", "record.move:", "register.r125");
    finding("{control: reason}", "{control: reasons}", "register.r120");
    finding("{control: reason}", "{contrl: reason}", "register.r120");
    finding("{control.waive: {control: reason}}", "control.waive", "register.r120");
    finding("extends: base/permit", "extends: base/permitt", "register.r120");
    finding("kind: decide", "kind: approve", "register.r103");
    finding("kind: approve", "kind: decide", "register.r103");
    finding("type: text", "type: txt", "yaml.choice");
    finding("rows: all", "rows: everything", "cond.name");
    finding("of: [dept.actor", "of: [dep.actor", "register.r120");
    finding("of: section", "of: town", "register.r102");
    /* a way to the key past the decision */
    finding(
        "apart:",
        "moves:\n  jump: {from: draft, to: in_force, by: owner, title: {ja: 直, en: J}}\napart:",
        "register.r110");
    /* a key without an end */
    finding("in_force: {", "in_force: {until: reason, ", "register.r111");
    finding("in_force: {", "in_force: {until: term - 2bd, ", "register.r111");
    finding("in_force: {", "in_force: {then: finish, ", "register.r126");
    /* a dead end */
    finding("states:\n", "states:\n  limbo: {title: {ja: 淵, en: Limbo}}\n", "register.r113");
    finding("apart:", "drop: {moves: [finish, expire]}\napart:", "register.r113");
    finding("apart:", "moves:\n  reject: {reason: \"no\"}\napart:", "register.r108");
    /* a ring of states without an end */
    finding("  pending: {route: main}\n",
            "  pending: {route: main}\n  ring: {title: {ja: 環, en: Ring}}\n"
            "  ring_b: {title: {ja: 環, en: Ring}}\nmoves:\n"
            "  in: {from: draft, to: ring, by: owner, title: {ja: 入, en: In}}\n"
            "  a: {from: ring, to: ring_b, by: owner, title: {ja: 一, en: A}}\n"
            "  b: {from: ring_b, to: ring, by: owner, title: {ja: 二, en: B}}\n",
            "register.r113");
    finding("extends: base/permit", "extends: two_steps", "register.r120");
    /* the topic asks for more than the route has */
    finding("topics: [\"5(3)\"]", "topics: [\"7(1)⑩\"]", "register.r114");
    finding("topics: [\"5(3)\"]", "topics: [\"8(4)\"]", "register.r114");
    /* codes of one body's classes */
    finding("{key: code, type: text, unique: true,", "{key: code, type: class, of: [a],",
            "register.r119");
    finding("type: calc, value: \"term.until > today\"",
            "type: calc, value: \"any(t, c in [a, b]) or term.until > today\", title: {ja: 一, en: "
            "One}}\n  - {key: t, type: table, columns: [{key: c, type: class, title: {ja: 一, en: "
            "One}}]",
            "register.r119");
    /* what is computed from a field above open is above open */
    finding("value: \"term.until > today\"", "value: \"note = 'x'\"", "register.r121");
    /* steps nobody may be there for */
    finding("kind: approve, who: {role: section_manager, of: section}",
            "kind: approve, who: {person: who}", "register.r124");
    /* a bound field that is written after the decision, or while it is judged */
    finding("in_force: [result]", "in_force: [reason]", "register.r112");
    finding("in_force: [result]", "pending: [result]", "register.r112");
    finding("in_force: [result]", "nowhere: [result]", "register.r106");
    finding("in_force: [result]", "in_force: [nothing]", "register.r120");
    finding("read: [code]", "read: [nothing]", "register.r120");
    finding("read: [code]", "bodies: all", "register.r101");
    finding("apart:", "forms: {sort: [code]}\napart:", "register.r117");
    finding("apart:", "forms: {list: [nothing]}\napart:", "register.r120");
    finding("apart:", "forms: {print: {to: boss, rows: [code]}}\napart:", "register.r120");
    finding("apart:", "match: [note]\napart:", "register.r121");
    finding("from: closed, then: review", "from: never, then: review", "register.r120");
    finding("from: closed, then: review", "from: closed, then: burn", "yaml.choice");
    finding("apart:", "moves:\n  approve: {effect: gate.open}\napart:", "register.r125");
}

/* ---- the engine ---- */

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
    bool only_reason = strcmp(code, "register.reason_missing") == 0;
    assert_int_equal(may, strcmp(code, "") == 0 || only_reason ? 0 : -1);
    store_write(store, unit_try, tried, &try);
    assert_string_equal(try.why, code);
    if (code[0] == '\0') {
        last = try.outcome;
    }
}

static const char *
fields_act(uint64_t person, const char *move, const char *json)
{
    static struct try try;
    try = (struct try){.caller = {.person = person},
                       .call = {.reg = STR("two_steps"),
                                .record = last.record,
                                .move = str_of(move),
                                .rev = last.rev,
                                .fields = json_loads(json, 0, NULL)}};
    memcpy(try.call.digest, last.digest, sizeof last.digest);
    assert_non_null(try.call.fields);
    store_write(store, unit_try, tried, &try);
    json_decref(try.call.fields);
    if (try.why[0] == '\0') {
        last = try.outcome;
    }
    return try.why;
}

#define TERM "\"term\":{\"from\":\"2031-04-01\",\"until\":\"2031-05-01\"}"

static void
test_route(void **state)
{
    (void)state;
    assert_string_equal(fields_act(1, "open", "{\"reason\":5}"), "register.field_text");
    assert_string_equal(fields_act(1, "open", "{\"x\":\"y\"}"), "register.field_unknown");
    assert_string_equal(fields_act(1, "open", "{\"reason\":\"急ぎ\"}"), "");
    act(1, "submit", "", "register.field_missing");
    assert_string_equal(fields_act(5, "edit", "{" TERM "}"), "register.not_candidate");
    assert_string_equal(fields_act(1, "edit", "{" TERM "}"), "");
    act(1, "approve", "", "register.move");
    act(5, "submit", "", "register.not_candidate");
    act(1, "submit", "", "");
    assert_true(str_starts(last.number, STR("二-R")));
    assert_string_equal(fields_act(1, "edit", "{\"reason\":\"別\"}"), "register.move");
    act(1, "approve", "", "register.apart");
    act(4, "approve", "", "register.apart"); /* her second staff number */
    act(5, "approve", "", "register.not_candidate");
    act(3, "approve", "", "register.not_candidate");    /* the second step is not open yet */
    act(0, "approve", "", "register.not_candidate");    /* the system never decides */
    act(2, "reject", "理由", "register.not_candidate"); /* only who decides may reject */
    act(2, "send_back", "  ", "register.reason_missing");
    act(2, "expire", "", "register.move");
    act(2, "approve", "", "");
    assert_string_equal(last.state.p, "pending");
    act(2, "approve", "", "register.apart"); /* dept.actor is not final.actor */
    struct register_outcome shown = last;
    last.digest[0] ^= 1;
    act(3, "approve", "", "register.changed");
    last = shown;
    last.rev++;
    act(3, "approve", "", "register.changed");
    last = shown;
    assert_int_equal(keys_open, 0);
    act(3, "approve", "", "");
    assert_int_equal(keys_open, 1);
    act(3, "approve", "", "register.move");
    act(5, "finish", "", "register.not_candidate");
    act(1, "finish", "", "");
    assert_int_equal(keys_closed, 1);
}

/* Whoever is named as a benefiting person, or wrote into it, may not approve. */
static void
test_subject(void **state)
{
    (void)state;
    assert_string_equal(fields_act(1, "open", "{\"reason\":\"急ぎ\"," TERM ",\"who\":\"2\"}"), "");
    act(1, "submit", "", "");
    act(2, "approve", "", "register.apart");
    /* the only other holder of the post is the applicant herself: the chief is asked instead */
    struct register_waiting waiting;
    struct err err = {0};
    assert_int_equal(register_waiting(set, store, arena, last.record, &waiting, &err), 0);
    assert_true(str_equal_z(waiting.role, "chief"));
    assert_int_equal(waiting.holder_count, 1);
    assert_int_equal(waiting.holders[0], 3);
    assert_int_equal(register_candidate(set, store, arena, last.record, 3, &err), 1);
    struct register_ids inbox;
    assert_int_equal(register_inbox(set, store, arena, 3, 10, &inbox, &err), 0);
    assert_int_equal(inbox.count, 1);
    assert_int_equal(register_inbox(set, store, arena, 2, 10, &inbox, &err), 0);
    assert_int_equal(inbox.count, 0);
}

static int
unit_clock(struct store *s, void *arg, struct err *err)
{
    size_t moved = 0;
    int rc = register_clock(set, s, arena, *(int64_t *)arg, &moved, err);
    return rc < 0 ? -1 : (int)moved;
}

static void
on_clock(void *arg, int result, const struct err *err)
{
    (void)err;
    *(int64_t *)arg = result;
}

static void
test_clock_and_reading(void **state)
{
    (void)state;
    struct err err = {0};
    assert_string_equal(fields_act(1, "open", "{\"reason\":\"急ぎ\"," TERM ",\"note\":\"内緒\"}"),
                        "");
    act(1, "submit", "", "");
    act(2, "approve", "", "");
    act(3, "approve", "", "");
    int64_t last_evening = INT64_C(1935414000) * 1000000; /* 2031-05-02 00:00 in Japan */
    int64_t early = last_evening - 1;
    store_write(store, unit_clock, on_clock, &early);
    assert_int_equal(early, 0);
    int64_t late = last_evening;
    store_write(store, unit_clock, on_clock, &late);
    assert_int_equal(late, 1);
    assert_int_equal(keys_closed, 1);
    json_t *seen = NULL;
    struct register_caller chief = {.person = 3}, owner = {.person = 1}, stranger = {.person = 5};
    assert_int_equal(record_read(set, store, arena, &stranger, last.record, &seen, &err), 1);
    assert_int_equal(record_visible(set, store, arena, &stranger, last.record, &err), 0);
    assert_int_equal(record_read(set, store, arena, &chief, last.record, &seen, &err), 0);
    assert_string_equal(json_string_value(json_object_get(seen, "state")), "closed");
    char *text = json_dumps(seen, 0);
    assert_null(strstr(text, "内緒")); /* restricted: not for `read: open` */
    assert_non_null(strstr(text, "急ぎ"));
    free(text);
    json_decref(seen);
    assert_int_equal(record_read(set, store, arena, &owner, last.record, &seen, &err), 0);
    text = json_dumps(seen, 0);
    assert_non_null(strstr(text, "内緒"));
    free(text);
    json_decref(seen);
}

/* Two live records never have the same code; one that ended gives it free. */
static void
test_unique(void **state)
{
    (void)state;
    assert_string_equal(fields_act(1, "open", "{\"reason\":\"一\",\"code\":\"A-1\"," TERM "}"), "");
    struct register_outcome first = last;
    assert_string_equal(fields_act(5, "open", "{\"reason\":\"二\",\"code\":\"A-1\"}"),
                        "register.field_taken");
    assert_string_equal(fields_act(5, "open", "{\"reason\":\"二\",\"code\":\"A-2\"}"), "");
    assert_string_equal(fields_act(5, "edit", "{\"code\":\"A-1\"}"), "register.field_taken");
    struct register_outcome second = last;
    last = first;
    assert_string_equal(fields_act(1, "edit", "{\"code\":\"A-1\",\"reason\":\"三\"}"), "");
    act(1, "withdraw", "", "");
    last = second;
    assert_string_equal(fields_act(5, "edit", "{\"code\":\"A-1\"}"), "");
}

/* What an access row lets write in a later state, and nothing else. */
static void
test_later_edit(void **state)
{
    (void)state;
    assert_string_equal(fields_act(1, "open", "{\"reason\":\"急ぎ\",\"code\":\"B\"," TERM "}"), "");
    act(1, "submit", "", "");
    assert_string_equal(fields_act(1, "edit", "{\"result\":\"済\"}"), "register.move");
    act(2, "approve", "", "");
    act(3, "approve", "", "");
    assert_string_equal(fields_act(1, "edit", "{\"reason\":\"別\"}"), "register.not_candidate");
    assert_string_equal(fields_act(1, "edit", "{\"result\":\"済\",\"code\":\"C\"}"),
                        "register.not_candidate");
    assert_string_equal(fields_act(3, "edit", "{\"result\":\"済\"}"), "register.not_candidate");
    assert_string_equal(fields_act(1, "edit", "{}"), "register.not_candidate");
    assert_string_equal(fields_act(1, "edit", "{\"result\":\"済\"}"), "");
    assert_string_equal(last.state.p, "in_force");
    assert_int_equal(last.rev, 2);
    /* a colleague reads what her row names; the owner sees what is computed */
    struct register_caller colleague = {.person = 5}, owner = {.person = 1};
    struct err err = {0};
    json_t *seen = NULL;
    assert_int_equal(record_read(set, store, arena, &colleague, last.record, &seen, &err), 0);
    json_t *fields = json_object_get(seen, "fields");
    assert_int_equal(json_array_size(fields), 1);
    assert_string_equal(json_string_value(json_object_get(json_array_get(fields, 0), "key")),
                        "code");
    json_decref(seen);
    assert_int_equal(record_read(set, store, arena, &owner, last.record, &seen, &err), 0);
    char *text = json_dumps(json_object_get(seen, "fields"), JSON_COMPACT);
    assert_non_null(strstr(text, "\"key\":\"due\""));
    assert_non_null(strstr(text, "\"value\":true"));
    free(text);
    json_decref(seen);
}

static int
unit_tamper(struct store *s, void *arg, struct err *err)
{
    return db_exec(s, *(const struct store_statement **)arg, err);
}

static void
on_tamper(void *arg, int result, const struct err *err)
{
    (void)arg;
    (void)err;
    assert_int_equal(result, -1);
}

/* History is insert-only in the database itself. */
static void
test_history(void **state)
{
    (void)state;
    static const struct store_statement bad[] = {
        {"x1", "UPDATE revision SET fields = '{}'"},
        {"x2", "DELETE FROM revision"},
        {"x3", "UPDATE act SET person = 3"},
        {"x4", "DELETE FROM act"},
    };
    assert_string_equal(fields_act(1, "open", "{\"reason\":\"急ぎ\"," TERM "}"), "");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const struct store_statement *statement = &bad[i];
        store_write(store, unit_tamper, on_tamper, &statement);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_definitions, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_route, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_subject, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_clock_and_reading, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_unique, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_later_edit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_history, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
