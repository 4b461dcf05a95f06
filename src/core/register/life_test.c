/*
 * Tests of the life of records: what files may say about moves, ends, keys and clocks, and what the
 * engine then does, by time given as a parameter.
 */
#include "base/os/time.h"
#include "core/account/account.h"
#include "core/register/register.h"
#include "core/store/outbox.h"
#include "tests/postgres.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DATA SEKISHO_SOURCE_DIR "/data"

/* 1 applies; 2 section manager; 3 chief; 4 = the same natural person as 1; 5 of another section; 6
 * CISO. */
static const struct store_statement town[] = {
    {"t1", "INSERT INTO body VALUES (1, 'mayor', '町長', 'mayor', NULL, 0, 99999)"},
    {"t2", "INSERT INTO section VALUES (11, 1, 'A1', '住民課', '', NULL, 0, 99999),"
           " (12, 1, 'B1', '税務課', '', NULL, 0, 99999)"},
    {"t3", "INSERT INTO post VALUES (100, 11, 'kacho', '課長', 3, 1, 9, 0, 99999),"
           " (101, 11, 'shuji', '主事', 9, 0, 9, 0, 99999),"
           " (102, 12, 'shuji', '主事', 9, 0, 9, 0, 99999),"
           " (103, 12, 'chief', '室長', 2, 1, 9, 0, 99999),"
           " (104, 12, 'ciso', '副町長', 1, 1, 9, 0, 99999)"},
    {"t4", "INSERT INTO person VALUES (1, 'p:a', '佐藤', ''), (2, 'p:b', '山﨑', ''),"
           " (3, 'p:c', '中村', ''), (4, 'p:d', '佐藤', ''), (5, 'p:e', '小林', ''),"
           " (6, 'p:f', '髙橋', '')"},
    {"t5", "INSERT INTO person_join VALUES (4, 1)"},
    {"t6", "INSERT INTO engagement VALUES (1, 1, 'S1', 'staff', 0, 99999),"
           " (2, 2, 'S2', 'staff', 0, 99999), (3, 3, 'S3', 'staff', 0, 99999),"
           " (4, 4, 'S4', 'staff', 0, 99999), (5, 5, 'S5', 'staff', 0, 99999),"
           " (6, 6, 'S6', 'staff', 0, 99999)"},
    {"t7", "INSERT INTO appointment VALUES (1, 1, 101, 'main', 0, 99999, ''),"
           " (2, 2, 100, 'main', 0, 99999, ''), (3, 3, 103, 'main', 0, 99999, ''),"
           " (4, 4, 100, 'main', 0, 99999, ''), (5, 5, 102, 'main', 0, 99999, ''),"
           " (6, 6, 104, 'main', 0, 99999, '')"},
    {"t8",
     "INSERT INTO role_slot VALUES (1, 'section_manager', 'section', 11, 100, NULL, 0, 99999),"
     " (2, 'chief', 'body', 1, 103, NULL, 0, 99999),"
     " (3, 'ciso', 'body', 1, 104, NULL, 0, 99999)"},
};

/* A case: found late, handled by several, with a clock of its own. */
static const char matter[] =
    "register: matter\nversion: 1\ntitle: {ja: 事案, en: Matter}\n"
    "topics: [\"5(3)\"]\nretain: {years: 5, from: closed, then: review}\n"
    "number: \"事-{wy}-{seq:3}\"\n"
    "fields:\n  - {key: what, type: text, required: true, title: {ja: 内容, en: What}}\n"
    "  - {key: noticed, type: date, title: {ja: 発見日, en: Noticed}}\n"
    "  - {key: big, type: flag, title: {ja: 重大, en: Big}}\n"
    "  - {key: target, type: ref, title: {ja: 対象, en: Target}}\n"
    "  - {key: outcome, type: text, free: true, check: \"outcome != '未定'\","
    " title: {ja: 結果, en: Outcome}}\n"
    "  - {key: score, type: number, free: true, visible_if: \"big is empty or not big\", check:"
    " \"score <= 10\", title: {ja: 点, en: Score}}\n"
    "access: [{role: [chief], rows: all}]\n"
    "states:\n"
    "  draft: {title: {ja: 下書き, en: Draft}}\n"
    "  open: {title: {ja: 対応中, en: Open}, within: 3d, late: {notify: [chief], again: 2d}}\n"
    "  held: {title: {ja: 保留, en: Held}, until: entered + 5d, then: resume,"
    " warn: {before: 1d, notify: [owner]}}\n"
    "  closed: {title: {ja: 終了, en: Closed}, end: done}\n"
    "moves:\n"
    "  report: {from: draft, to: open, by: owner, ask: [noticed, big], title: {ja: 報告, en: "
    "Report}}\n"
    "  hold: {from: open, to: held, by: [owner, {post: kacho, of: section}], not: {role: chief},"
    " title: {ja: 保留, en: Hold}}\n"
    "  resume: {from: held, to: open, by: [clock, owner], title: {ja: 再開, en: Resume}}\n"
    "  close: {from: open, to: closed, by: [{role: chief}, system], if: \"not big\", need: "
    "[outcome],"
    " ask: [outcome], fresh_min: 5, title: {ja: 終了, en: Close}}\n"
    "  close_big: {from: open, to: closed, by: {role: ciso}, not: owner, if: \"big\","
    " title: {ja: 重大の終了, en: Close}}\n"
    "  note: {from: open, to: open, by: owner, ask: [outcome, score], title: {ja: 追記, en: "
    "Note}}\n"
    "  seen: {from: open, to: open, by: everyone, title: {ja: 既読, en: Seen}}\n"
    "  spawn: {from: open, to: open, by: owner, effect: {record.open: {register: matter, what: "
    "what,"
    " target: target}}, title: {ja: 派生, en: Spawn}}\n"
    "  end_other: {from: open, to: open, by: owner, effect: {record.move: {record: target, move: "
    "close}},"
    " title: {ja: 他を終了, en: End}}\n"
    "clocks:\n"
    "  - {key: report, start: noticed, stop: close, late: 5, warn: 3, count: d, first_day: true,"
    " notify: [ciso], title: {ja: 報告期限, en: Report}}\n";

static char folder[64];
static struct store *store;
static struct register_set *set;
static struct arena *arena;
static unsigned keys_open, keys_closed;
static int64_t key_until;
static char key_control[64];

static int
on_key(void *ctx, struct store *s, const struct register_event *event, struct err *err)
{
    (void)ctx;
    (void)s;
    (void)err;
    json_t *control = json_object_get(event->args, "control");
    (void)snprintf(key_control, sizeof key_control, "%s", json_string_value(control));
    key_until = event->until_us;
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
    memcpy(folder, "/tmp/register_life_XXXXXX", 26);
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
    if (register_check(set, set->arena, "matter.yaml", str_of(matter), &def, &findings, &err) < 0 ||
        findings != NULL) {
        print_error("%s %s\n", findings != NULL ? findings->err.code : err.code,
                    findings != NULL ? findings->err.detail : "");
        return -1;
    }
    set->defs[set->def_count++] = *def;
    register_effects_add(set, effects, 1);
    arena = arena_new(16 << 20);
    keys_open = keys_closed = 0;
    key_until = 0;
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

/* ---- what files may say ---- */

/* The register TEXT with FROM replaced by TO must give CODE among its findings. */
static void
finding(const char *whole, const char *from, const char *to, const char *code)
{
    static char text[8192];
    const char *at = strstr(whole, from);
    assert_non_null(at);
    (void)snprintf(text, sizeof text, "%.*s%s%s", (int)(at - whole), whole, to, at + strlen(from));
    struct register_def *def = NULL;
    struct register_finding *findings = NULL;
    struct err err = {0};
    assert_int_equal(register_check(set, arena, "f.yaml", str_of(text), &def, &findings, &err), 0);
    for (struct register_finding *one = findings; one != NULL; one = one->next) {
        if (strcmp(one->err.code, code) == 0) {
            return;
        }
    }
    fail_msg("%s: no %s (%s %s)", to, code, findings != NULL ? findings->err.code : "clean",
             findings != NULL ? findings->err.detail : "");
}

static void
test_files(void **state)
{
    (void)state;
    finding(matter, "if: \"not big\"", "if: \"not bigg\"", "cond.name");
    finding(matter, "if: \"not big\"", "if: \"owner = me\"", "cond.name");
    finding(matter, "by: [clock, owner]", "by: [clock, anybody]", "yaml.choice");
    finding(matter, "by: [clock, owner]", "by: [{role: boss}]", "register.r120");
    finding(matter, "not: {role: chief}", "not: chief", "register.r102");
    finding(matter, "need: [outcome]", "need: [outcom]", "register.r120");
    finding(matter, "need: [outcome], ask: [outcome]", "ask: [outcom]", "register.r120");
    /* after the first state only what no approval covers is written */
    finding(matter, "need: [outcome], ask: [outcome]", "ask: [what]", "register.r112");
    /* everyone acknowledges, and moves nothing on */
    finding(matter, "to: open, by: everyone", "to: closed, by: everyone", "register.r102");
    finding(matter, "from: open, to: open, by: everyone",
            "from: [open, held], to: open, by: everyone", "register.r102");
    finding(matter, "by: owner, effect: {record.open", "by: everyone, effect: {record.open",
            "register.r102");
    finding(matter, "fresh_min: 5", "fresh_min: 0", "register.r102");
    finding(matter, "then: resume", "then: close", "register.r126");
    finding(matter, "then: resume", "then: nothing", "register.r126");
    finding(matter, "by: [clock, owner]", "by: owner", "register.r126");
    finding(matter, "entered + 5d", "entered", "register.r111");
    finding(matter, "entered + 5d", "what", "register.r111");
    finding(matter, "entered + 5d", "entered + 5x", "register.r102");
    finding(matter, "warn: {before: 1d, notify: [owner]}", "warn: {before: 1d}", "register.r126");
    finding(matter, "warn: {before: 1d,", "warn: {", "register.r126");
    finding(matter, "within: 3d, ", "", "register.r126");
    finding(matter, "late: {notify: [chief]", "late: {notify: [boss]", "register.r120");
    finding(matter, "late: {notify: [chief]", "late: {after: close, notify: [chief]",
            "register.r126"); /* close is not the clock's */
    finding(matter, "start: noticed", "start: what", "register.r126");
    finding(matter, "start: noticed", "start: \"today > 2026-01-01\"", "cond.name");
    finding(matter, "late: 5,", "late: soon,", "register.r102");
    finding(matter, "notify: [ciso]", "notify: [boss]", "register.r120");
    finding(matter, "end: done}", "end: done, within: 1d}", "register.r113");
    finding(matter, "{record.open:", "{record.shut:", "register.r125");
    finding(matter, "move: close}", "mode: close}", "register.r120");
    finding(matter, "what: what, target: target", "what: whatever", "register.r120");
}

/* The shipped exception may act first; what is slacker may not. */
static const char exception[] =
    "register: hasty\nversion: 1\nextends: exception\ntitle: {ja: 急, en: Hasty}\n"
    "topics: [\"8(4)\"]\nstates:\n  acted: {until: entered + 5d, within: 1bd, route: main}\n"
    "moves:\n  act_now: {ex_post: true}\n";

static void
test_ex_post_files(void **state)
{
    (void)state;
    struct register_def *def = NULL;
    struct register_finding *findings = NULL;
    struct err err = {0};
    assert_int_equal(register_check(set, arena, "f.yaml", str_of(exception), &def, &findings, &err),
                     0);
    assert_null(findings);
    finding(exception, "ex_post: true", "ex_post: false", "register.r110");
    finding(exception, "topics: [\"8(4)\"]", "topics: [\"8(5)\"]", "register.r110");
    finding(exception, "entered + 5d", "entered + 8d", "register.r110");
    finding(exception, "entered + 5d", "term", "register.r110");
    finding(exception, "within: 1bd", "within: 2bd", "register.r110");
    finding(exception, "ex_post: true", "ex_post: true, by: [owner, system]", "register.r110");
}

/* ---- acting ---- */

struct
try {
    struct register_caller caller;
    struct register_call call;
    struct register_outcome outcome;
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
static int64_t fresh;                /* when the caller's factors were given */

/* PERSON does MOVE on the record of `last` with JSON (NULL: none); what comes of it. */
static const char *
act(const char *reg, uint64_t person, const char *move, const char *json)
{
    static struct try try;
    try = (struct try){.caller = {.person = person, .factors_at = fresh},
                       .call = {.reg = str_of(reg),
                                .record = last.record,
                                .move = str_of(move),
                                .rev = last.rev,
                                .reason = STR("理由"),
                                .fields = json != NULL ? json_loads(json, 0, NULL) : NULL}};
    memcpy(try.call.digest, last.digest, sizeof last.digest);
    store_write(store, unit_try, tried, &try);
    json_decref(try.call.fields);
    if (try.why[0] == '\0') {
        last = try.outcome;
    }
    return try.why;
}

struct minute {
    int64_t now;
    int moved;
    char why[64];
};

static int
unit_clock(struct store *s, void *arg, struct err *err)
{
    struct minute *minute = arg;
    size_t moved = 0;
    int rc = register_clock(set, s, arena, minute->now, &moved, err);
    minute->moved = (int)moved;
    return rc;
}

static void
on_clock(void *arg, int result, const struct err *err)
{
    struct minute *minute = arg;
    (void)snprintf(minute->why, sizeof minute->why, "%s", result < 0 ? err->code : "");
}

/* The clock at US; how many records it moved, -1: it refused. */
static int
at(int64_t us)
{
    struct minute minute = {.now = us};
    store_write(store, unit_clock, on_clock, &minute);
    if (minute.why[0] != '\0') {
        assert_string_equal(minute.why, "register.clock_back");
        return -1;
    }
    return minute.moved;
}

/* How often PERSON was told of KIND. */
static int64_t
told(uint64_t person, const char *kind)
{
    struct register_notices notices;
    struct err err = {0};
    int64_t count = 0;
    assert_int_equal(register_notices(store, arena, person, 200, &notices, &err), 0);
    for (size_t i = 0; i < notices.count; i++) {
        count += str_equal_z(notices.list[i].kind, kind) ? notices.list[i].count : 0;
    }
    return count;
}

static json_t *
seen_by(uint64_t person)
{
    struct register_caller caller = {.person = person};
    struct err err = {0};
    json_t *record = NULL;
    assert_int_equal(record_read(set, store, arena, &caller, last.record, &record, &err), 0);
    return record;
}

static void
test_moves(void **state)
{
    (void)state;
    fresh = 0;
    assert_string_equal(act("matter", 1, "open", "{\"what\":\"紛失\"}"), "");
    /* only what the move asks for comes along, and it is checked */
    assert_string_equal(act("", 1, "report", "{\"what\":\"別\"}"), "register.field");
    assert_string_equal(act("", 1, "report", "{\"noticed\":\"昨日\"}"), "register.field_date");
    assert_string_equal(act("", 1, "report", "{\"big\":false}"), "");
    assert_int_equal(last.rev, 2); /* a revision of its own */
    assert_string_equal(last.state.p, "open");
    assert_string_equal(act("", 1, "note", "{\"score\":11}"), "register.check");
    assert_string_equal(act("", 5, "seen", NULL), ""); /* who has an appointment */
    assert_string_equal(last.state.p, "open");
    assert_string_equal(act("", 99, "seen", NULL), "register.not_candidate"); /* nobody */
    assert_string_equal(act("", 5, "hold", NULL), "register.not_candidate");
    assert_string_equal(act("", 3, "hold", NULL), "register.apart"); /* `not` */
    assert_string_equal(act("", 2, "hold", NULL), "");               /* the post in the section */
    assert_string_equal(act("", 2, "resume", NULL), "register.not_candidate");
    assert_string_equal(act("", 4, "resume", NULL), ""); /* the owner, by her other number */
    assert_string_equal(act("", 6, "close_big", NULL), "register.if");
    assert_string_equal(act("", 1, "close", NULL), "register.not_candidate");
    assert_string_equal(act("", 3, "close", NULL), "register.step_up"); /* nobody knows how old */
    fresh = time_now_us() - 6 * 60 * TIME_US_SECOND;
    assert_string_equal(act("", 3, "close", NULL), "register.step_up");
    fresh = time_now_us() + 60 * TIME_US_SECOND;
    assert_string_equal(act("", 3, "close", NULL), "register.step_up");
    fresh = time_now_us();
    assert_string_equal(act("", 3, "close", NULL), "register.field_missing");
    assert_string_equal(act("", 3, "close", "{\"outcome\":\"  \"}"), "register.field_missing");
    assert_string_equal(act("", 3, "close", "{\"outcome\":\"未定\"}"), "register.check");
    assert_string_equal(act("", 3, "close", "{\"outcome\":\"見つかった\"}"), "");
    assert_string_equal(last.state.p, "closed");
    json_t *record = seen_by(3);
    assert_int_equal(json_integer_value(json_object_get(record, "rev")), 3);
    json_decref(record);
}

static void
test_if_and_not(void **state)
{
    (void)state;
    assert_string_equal(act("matter", 6, "open", "{\"what\":\"漏えい\"}"), "");
    assert_string_equal(act("", 6, "report", "{\"big\":true}"), "");
    assert_string_equal(act("", 6, "note", "{\"score\":1}"), "register.field_hidden");
    fresh = time_now_us();
    assert_string_equal(act("", 3, "close", "{\"outcome\":\"済\"}"), "register.if");
    /* she holds the role, but it is her own record */
    assert_string_equal(act("", 6, "close_big", NULL), "register.apart");
}

#define DAY TIME_US_DAY

static void
test_times(void **state)
{
    (void)state;
    assert_string_equal(act("matter", 1, "open", "{\"what\":\"紛失\"}"), "");
    assert_string_equal(act("", 1, "report", NULL), "");
    struct err err = {0};
    assert_int_equal(register_standing(set, store, STR("matter"), time_now_us(), &err),
                     STANDING_IN_TIME);
    int64_t now = time_now_us(), end = tokyo_day_start(tokyo_day(now) + 4);
    while (told(3, "late") == 0 && end < now + 15 * DAY) { /* rolls over closed days */
        assert_int_equal(at(end - 1), 0);
        int64_t before = told(3, "late");
        assert_int_equal(at(end), 0);
        if (before == 0 && told(3, "late") == 0) {
            end += DAY;
        }
    }
    assert_int_equal(told(3, "late"), 1);
    assert_int_equal(register_standing(set, store, STR("matter"), end, &err), STANDING_OVERDUE);
    assert_int_equal(at(end), 0); /* once */
    assert_int_equal(told(3, "late"), 1);
    assert_int_equal(at(end + 9 * DAY), 0); /* again: it is told again */
    assert_int_equal(told(3, "late"), 2);
    /* a state with an end of its own */
    assert_string_equal(act("", 1, "hold", NULL), "");
    int64_t held = time_now_us();
    assert_int_equal(told(1, "due"), 0);
    assert_int_equal(at(held + 5 * DAY - 60 * TIME_US_SECOND), 0);
    assert_int_equal(told(1, "due"), 1);
    assert_int_equal(at(held + 5 * DAY + TIME_US_SECOND), 1);
    json_t *record = seen_by(1);
    assert_string_equal(json_string_value(json_object_get(record, "state")), "open");
    json_decref(record);
    /* the record was moved at a time that the clock now denies: nothing moves any more */
    assert_int_equal(at(held), -1);
}

/* What is entered six days late is late at once; the clock keeps its time when it stops. */
static void
test_clock_beside(void **state)
{
    (void)state;
    char json[80], day[DATE_CHARS + 1];
    int64_t now = time_now_us();
    date_format(tokyo_day(now) - 6, day);
    (void)snprintf(json, sizeof json, "{\"noticed\":\"%s\",\"big\":false}", day);
    assert_string_equal(act("matter", 1, "open", "{\"what\":\"紛失\"}"), "");
    assert_string_equal(act("", 1, "report", json), "");
    json_t *record = seen_by(3), *clock = json_array_get(json_object_get(record, "clocks"), 0);
    assert_string_equal(json_string_value(json_object_get(clock, "key")), "report");
    assert_string_equal(json_string_value(json_object_get(clock, "state")), "late");
    int64_t started = json_integer_value(json_object_get(clock, "started"));
    assert_int_equal(started, tokyo_day_start(tokyo_day(now) - 6));
    /* the day it was noticed is day 1: the fifth day ends five days after its beginning */
    assert_int_equal(json_integer_value(json_object_get(clock, "late")), started + 5 * DAY);
    assert_int_equal(json_integer_value(json_object_get(clock, "warn")), started + 3 * DAY);
    json_decref(record);
    assert_int_equal(told(6, "late"), 0);
    assert_int_equal(at(time_now_us()), 0);
    assert_int_equal(told(6, "late"), 1);
    assert_int_equal(told(6, "due"), 1);
    assert_int_equal(at(time_now_us() + DAY), 0);
    assert_int_equal(told(6, "late"), 1); /* once */
    fresh = time_now_us();
    assert_string_equal(act("", 3, "close", "{\"outcome\":\"済\"}"), "");
    record = seen_by(3);
    clock = json_array_get(json_object_get(record, "clocks"), 0);
    assert_string_equal(json_string_value(json_object_get(clock, "state")), "stopped");
    assert_true(json_is_false(json_object_get(clock, "in_time")));
    assert_true(json_integer_value(json_object_get(clock, "elapsed")) >= 6 * DAY);
    json_decref(record);
}

static const struct store_statement spawned = {
    "life_test.spawned", "SELECT count(*) FROM record r JOIN revision v ON v.record = r.id WHERE"
                         " r.state = 'draft' AND r.owner = 1 AND v.fields LIKE '%二%target%' OR"
                         " r.state = 'draft' AND r.owner = 1 AND v.fields LIKE '%target%二%'"};

/* An act on one record that opens or moves another. */
static void
test_others(void **state)
{
    (void)state;
    char json[120], id[40];
    assert_string_equal(act("matter", 1, "open", "{\"what\":\"一\"}"), "");
    assert_string_equal(act("", 1, "report", "{\"big\":false}"), "");
    struct register_outcome first = last;
    json_t *record = seen_by(1);
    (void)snprintf(id, sizeof id, "%s", json_string_value(json_object_get(record, "id")));
    json_decref(record);
    (void)snprintf(json, sizeof json, "{\"what\":\"二\",\"target\":\"%s\"}", id);
    assert_string_equal(act("matter", 1, "open", json), "");
    assert_string_equal(act("", 1, "report", NULL), "");
    assert_string_equal(act("", 1, "spawn", NULL), "");
    /* the other's own rules hold: its result is not filled in, so nothing happens to either */
    assert_string_equal(act("", 1, "end_other", NULL), "register.field_missing");
    struct register_outcome second = last;
    last = first;
    record = seen_by(1);
    assert_string_equal(json_string_value(json_object_get(record, "state")), "open");
    json_decref(record);
    /* a move that brings a field is judged by the field's check */
    assert_string_equal(act("", 1, "note", "{\"outcome\":\"未定\"}"), "register.check");
    assert_string_equal(act("", 1, "note", "{\"outcome\":\"済\"}"), "");
    last = second;
    assert_string_equal(act("", 1, "end_other", NULL), "");
    last = first;
    record = seen_by(1);
    assert_string_equal(json_string_value(json_object_get(record, "state")), "closed");
    json_decref(record);
    last = second;
    assert_string_equal(act("", 1, "end_other", NULL), "register.move"); /* it is closed already */
    int64_t drafts = 0;
    struct err err = {0};
    struct db_query *q = db_query(store, &spawned);
    assert_int_equal(db_one_int(q, &drafts, &err), 0);
    assert_int_equal(drafts, 1); /* for the owner, with the fields given */
}

/* ---- the shipped exception ---- */

#define FILLED                                                                                         \
    "\"control\":\"login_two_factors\",\"class\":\"C1\",\"reason\":\"停止\",\"measure\":\"目視\"," \
    "\"term\":{\"from\":\"2031-04-01\",\"until\":\"2031-05-01\"}"

static void
test_acted_first(void **state)
{
    (void)state;
    assert_string_equal(act("exception", 1, "open", "{" FILLED "}"), "");
    assert_string_equal(act("", 1, "act_now", NULL), "register.if"); /* it is not urgent */
    assert_string_equal(act("", 1, "edit", "{\"urgent\":true}"), "");
    assert_string_equal(act("", 2, "act_now", NULL), "register.not_candidate");
    assert_int_equal(keys_open, 0);
    int64_t now = time_now_us();
    assert_string_equal(act("", 1, "act_now", NULL), "");
    assert_string_equal(last.state.p, "acted");
    assert_int_equal(keys_open, 1);
    assert_string_equal(key_control, "login_two_factors");
    assert_true(key_until >= now + 5 * DAY && key_until < now + 5 * DAY + 60 * TIME_US_SECOND);
    json_t *record = seen_by(1), *key = json_array_get(json_object_get(record, "keys"), 0);
    assert_string_equal(json_string_value(json_object_get(key, "state")), "open");
    assert_int_equal(json_integer_value(json_object_get(key, "until")), key_until);
    json_decref(record);
    /* the route runs, but nobody decides */
    assert_true(told(3, "opened") + told(6, "opened") + told(2, "opened") > 0 ||
                told(3, "stuck") > 0);
    int64_t end = key_until;
    assert_int_equal(at(end - 1), 0);
    assert_true(told(6, "late") > 0);
    assert_int_equal(keys_closed, 0);
    assert_int_equal(at(end), 1);
    assert_int_equal(keys_closed, 1);
    record = seen_by(1);
    assert_string_equal(json_string_value(json_object_get(record, "state")), "closed");
    key = json_array_get(json_object_get(record, "keys"), 0);
    assert_string_equal(json_string_value(json_object_get(key, "state")), "closed");
    json_decref(record);
    assert_int_equal(told(1, "key_closed"), 1);
    assert_int_equal(at(end + DAY), 0);
}

/* A decided record gives a role; leaving its state takes it back at once. */
static const char roles[] =
    "register: slots\nversion: 1\ntitle: {ja: 役割, en: Roles}\ntopics: [\"2(1)\"]\n"
    "retain: {years: 5, from: closed, then: review}\nfields:\n"
    "  - {key: role, type: text, required: true, title: {ja: 役割, en: Role}}\n"
    "  - {key: holder, type: person, subject: true, title: {ja: 人, en: Holder}}\n"
    "  - {key: place, type: section, title: {ja: 所属, en: Section}}\n"
    "access: [{role: [chief], rows: all}]\n"
    "states:\n  draft: {title: {ja: 下書き, en: Draft}}\n"
    "  pending: {title: {ja: 待ち, en: Waiting}, route: ask}\n"
    "  current: {title: {ja: 任命中, en: Current},"
    " keys: [{role.set: {role: role, person: holder, section: place}}]}\n"
    "  ended: {title: {ja: 終了, en: Ended}, end: done}\n"
    "  rejected: {title: {ja: 却下, en: Rejected}, end: refused}\n"
    "moves:\n  submit: {from: draft, to: pending, by: owner, title: {ja: 申請, en: Submit}}\n"
    "  decide: {from: pending, to: current, on: decided, title: {ja: 決定, en: Decide}}\n"
    "  reject: {from: pending, to: rejected, on: rejected, reason: true, title: {ja: 却, en: No}}\n"
    "  finish: {from: current, to: ended, by: owner, title: {ja: 終了, en: End}}\n"
    "routes:\n  ask: [{key: d, kind: decide, who: {role: chief}, within: 3bd,\n"
    "    title: {ja: 決, en: D}}]\n";

static int
holds(uint64_t person, const char *role)
{
    struct err err = {0};
    return account_has_role(store, person, role, 12, time_now_us(), &err);
}

static void
test_role_set(void **state)
{
    (void)state;
    struct register_def *def = NULL;
    struct register_finding *findings = NULL;
    struct err err = {0};
    assert_int_equal(
        register_check(set, set->arena, "r.yaml", str_of(roles), &def, &findings, &err), 0);
    assert_null(findings);
    set->defs[set->def_count++] = *def;
    finding(roles, "to: pending", "to: current", "register.r110");
    assert_string_equal(act("slots", 1, "open", "{\"role\":\"boss\",\"holder\":\"5\"}"), "");
    assert_string_equal(act("", 1, "submit", NULL), "");
    assert_string_equal(act("", 3, "decide", NULL), "register.field"); /* no such role */
    assert_string_equal(act("slots", 1, "open", "{\"role\":\"section_manager\",\"holder\":\"5\"}"),
                        "");
    assert_string_equal(act("", 1, "submit", NULL), "");
    assert_string_equal(act("", 3, "decide", NULL),
                        "register.field_missing"); /* of which section? */
    assert_string_equal(
        act("slots", 1, "open", "{\"role\":\"section_manager\",\"holder\":\"5\",\"place\":\"12\"}"),
        "");
    assert_string_equal(act("", 1, "submit", NULL), "");
    assert_int_equal(holds(5, "section_manager"), 0);
    struct register_waiting waiting;
    assert_int_equal(register_waiting(set, store, arena, last.record, &waiting, &err), 0);
    int64_t due = told(3, "due"), late = told(3, "late");
    assert_true(waiting.due > time_now_us() + 2 * DAY);
    assert_int_equal(at(waiting.due - DAY + TIME_US_SECOND), 0); /* the last day has begun */
    assert_int_equal(told(3, "due"), due + 3); /* the two that were refused wait as well */
    assert_int_equal(told(3, "late"), late);
    assert_int_equal(at(waiting.due), 0);
    assert_int_equal(told(3, "late"), late + 3);
    assert_int_equal(at(waiting.due + DAY), 0);
    assert_int_equal(told(3, "late"), late + 3); /* once */
    assert_string_equal(act("", 3, "decide", NULL), "");
    assert_int_equal(holds(5, "section_manager"), 1);
    assert_string_equal(act("", 1, "finish", NULL), "");
    assert_int_equal(holds(5, "section_manager"), 0);
}

/* Equal notices melt; a person reads her own only, under any of her numbers. */
static void
test_notices(void **state)
{
    (void)state;
    struct register_notices notices;
    struct err err = {0};
    assert_string_equal(act("matter", 1, "open", "{\"what\":\"紛失\"}"), "");
    assert_string_equal(act("", 1, "report", NULL), "");
    for (int i = 0; i < 3; i++) {
        assert_string_equal(act("", 2, "hold", NULL), "");
        assert_string_equal(act("", 1, "resume", NULL), "");
    }
    assert_int_equal(register_notices(store, arena, 4, 50, &notices, &err), 0);
    assert_int_equal(notices.count, 1); /* what she did herself is not told */
    assert_int_equal(notices.list[0].count, 3);
    assert_int_equal(notices.unread, 1);
    assert_true(str_equal_z(notices.list[0].kind, "moved"));
    assert_int_equal(register_notices(store, arena, 5, 50, &notices, &err), 0);
    assert_int_equal(notices.count, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_files, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_ex_post_files, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_moves, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_if_and_not, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_times, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_clock_beside, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_others, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_acted_first, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_role_set, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_notices, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
