/*
 * Tests of routes: what is refused, who acts in whose place, what votes and objections do, and what
 * is kept of it.
 */
#include "core/register/register.h"

#include "base/os/time.h"
#include "core/store/id.h"
#include "tests/postgres.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DATA SEKISHO_SOURCE_DIR "/data"

/* 1 applies; 2 section manager; 3 chief; 4 ciso; 5 stranger; 6, 7 deputies of the chief in that
 * order; 8 system manager; 9, 10, 11 committee; 12 csirt; 13 deputy of the ciso. */
static const struct store_statement town[] = {
    {"t1", "INSERT INTO body VALUES (1, 'mayor', '町長', 'mayor', NULL, 0, 99999)"},
    {"t2", "INSERT INTO section VALUES (11, 1, 'A1', '住民課', '', NULL, 0, 99999),"
           " (12, 1, 'B1', '総務課', '', NULL, 0, 99999)"},
    {"t3",
     "INSERT INTO post VALUES (101, 11, 'shuji', '主事', 9, 0, 9, 0, 99999),"
     " (102, 11, 'kacho', '課長', 3, 1, 1, 0, 99999), (103, 12, 'chief', '室長', 2, 1, 1, 0,"
     " 99999), (104, 12, 'ciso', '副町長', 1, 1, 1, 0, 99999), (105, 12, 'shuji', '主事', 9, 0,"
     " 9, 0, 99999), (106, 12, 'd1', '室長補佐', 4, 0, 1, 0, 99999), (107, 12, 'd2', '係長', 5,"
     " 0, 1, 0, 99999), (108, 12, 'sys', '情報係長', 5, 0, 1, 0, 99999), (113, 12, 'd3',"
     " '総務課長', 3, 0, 1, 0, 99999)"},
    {"t4",
     "INSERT INTO person VALUES (1, 'p:1', '佐藤', ''), (2, 'p:2', '山﨑', ''), (3, 'p:3',"
     " '中村', ''), (4, 'p:4', '森', ''), (5, 'p:5', '小林', ''), (6, 'p:6', '加藤', ''),"
     " (7, 'p:7', '吉田', ''), (8, 'p:8', '山田', ''), (9, 'p:9', '松本', ''), (10, 'p:10',"
     " '井上', ''), (11, 'p:11', '木村', ''), (12, 'p:12', '林', ''), (13, 'p:13', '清水', '')"},
    {"t5", "INSERT INTO engagement SELECT id, id, 'S' || id, 'staff', 0, 99999 FROM person"},
    {"t6",
     "INSERT INTO appointment SELECT id, id, CASE id WHEN 1 THEN 101 WHEN 2 THEN 102 WHEN 3 THEN"
     " 103 WHEN 4 THEN 104 WHEN 6 THEN 106 WHEN 7 THEN 107 WHEN 8 THEN 108 WHEN 13 THEN 113"
     " ELSE 105 END, 'main', 0, 99999, '' FROM person"},
    {"t7",
     "INSERT INTO role_slot VALUES (1, 'section_manager', 'section', 11, 102, NULL, 0, 99999),"
     " (2, 'chief', 'body', 1, 103, NULL, 0, 99999), (3, 'ciso', 'body', 1, 104, NULL, 0,"
     " 99999), (4, 'system_manager', 'body', 1, 108, NULL, 0, 99999), (5, 'committee', 'body',"
     " 1, NULL, 9, 0, 99999), (6, 'committee', 'body', 1, NULL, 10, 0, 99999), (7, 'committee',"
     " 'body', 1, NULL, 11, 0, 99999), (8, 'csirt', 'body', 1, NULL, 12, 0, 99999)"},
    {"t8",
     "INSERT INTO deputy VALUES (1, 'chief', 'body', 1, NULL, 1, 106, 0, 99999),"
     " (2, '', '', 0, 103, 2, 107, 0, 99999), (3, 'ciso', 'body', 1, NULL, 1, 113, 0, 99999)"},
};

#define TITLE "title: {ja: 段, en: Step}}\n"
#define DEPT "    - {key: dept, kind: approve, who: {role: section_manager, of: section}, "
#define FINAL "    - {key: final, kind: decide, who: {role: chief}, "

static const struct {
    const char *name, *route;
} routes[] = {
    {"many", DEPT TITLE
     "    - {key: sys, kind: consult, who: {role: system_manager}, object: stop, together: "
     "a, " TITLE
     "    - {key: net, kind: consult, who: {role: csirt}, together: a, " TITLE FINAL TITLE},
    {"some", "    - {key: board, kind: approve, who: {role: committee}, votes: 2, " TITLE
             "    - {key: final, kind: decide, who: {role: ciso}, bar_daiketsu: true, " TITLE},
    {"everyone",
     "    - {key: board, kind: approve, who: {role: committee}, votes: all, " TITLE FINAL TITLE},
    {"rule", DEPT TITLE "    - {key: final, kind: decide, who: {role: ciso}, senketsu: [{who: "
                        "{role: section_manager, of:"
                        " section}, basis: 専決規程 別表1}], " TITLE},
    {"ranked",
     "    - {key: sys, kind: consult, who: {role: system_manager}, if: \"rank(class) >= 2\", " TITLE
     "    - {key: final, kind: decide, who: {role: ciso}, bar_daiketsu: \"rank(class) >= 3\","
     " senketsu: [{if: \"rank(class) <= 1 and term.until <= term.from + 30d\", who: {role:"
     " chief}, basis: 別表2}], " TITLE},
    {"simple", FINAL TITLE},
    {"passed", DEPT "deputy: [koetsu], " TITLE FINAL TITLE},
};

static char folder[64];
static struct store *store;
static struct register_set *set;
static struct arena *arena;
static struct register_outcome last;

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

static char *
register_text(const char *name, const char *route)
{
    static char text[4096];
    (void)snprintf(text, sizeof text,
                   "register: %s\nversion: 1\nextends: base/permit\ntitle: {ja: 試, en: Try}\n"
                   "topics: [\"5(3)\"]\nretain: {years: 5, from: closed, then: review}\n"
                   "fields:\n  - {key: class, type: class, title: {ja: 機, en: Class}}\n"
                   "access: [{role: [auditor], rows: all}]\nstates:\n  pending: {route: main}\n"
                   "routes:\n  main:\n%s",
                   name, route);
    return text;
}

static int
registers_add(void)
{
    struct err err = {0};
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++) {
        struct register_def *def = NULL;
        struct register_finding *findings = NULL;
        const char *text =
            str_dup_z(set->arena, str_of(register_text(routes[i].name, routes[i].route)));
        if (register_check(set, set->arena, routes[i].name, str_of(text), &def, &findings, &err) <
                0 ||
            findings != NULL) {
            print_error("%s %s\n", routes[i].name,
                        findings != NULL ? findings->err.detail : err.code);
            return -1;
        }
        set->defs[set->def_count++] = *def;
    }
    return 0;
}

static int
set_up(void **state)
{
    (void)state;
    struct err err = {0};
    static char path[256];
    memcpy(folder, "/tmp/route_test_XXXXXX", 23);
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
    arena = arena_new(64 << 20);
    return registers_add();
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

/* How an act is meant. */
struct how {
    const char *step, *back, *reason, *code;
};

static void
does(uint64_t person, const char *move, struct how how)
{
    const char *code = how.code != NULL ? how.code : "";
    struct try try = {.caller = {.person = person, .factors = STR("password")},
                      .call = {.record = last.record,
                               .move = str_of(move),
                               .step = str_of(how.step != NULL ? how.step : ""),
                               .back_to = str_of(how.back != NULL ? how.back : ""),
                               .rev = last.rev,
                               .reason = str_of(how.reason != NULL ? how.reason : "")}};
    memcpy(try.call.digest, last.digest, sizeof last.digest);
    struct err err = {0};
    int may = register_may(set, store, arena, &try.caller, &try.call, &err);
    if (strcmp(code, "register.reason_missing") != 0) {
        assert_int_equal(may, code[0] == '\0' ? 0 : -1);
    }
    store_write(store, unit_try, tried, &try);
    if (strcmp(try.why, code) != 0) {
        fail_msg("%llu %s %s: %s, not %s", (unsigned long long)person, move, how.step, try.why,
                 code);
    }
    if (code[0] == '\0') {
        last = try.outcome;
    }
}

#define DOES(person, move, ...) does(person, move, (struct how){__VA_ARGS__})

static void
writes(uint64_t person, const char *move, const char *reg, const char *json)
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
    assert_string_equal(try.why, "");
    last = try.outcome;
}

#define TERM "{\"term\":{\"from\":\"2026-04-01\",\"until\":\"2026-05-01\"}}"

/* PERSON opens and submits a record of REG. */
static void
applies(uint64_t person, const char *reg)
{
    writes(person, "open", reg, TERM);
    DOES(person, "submit");
    assert_true(str_equal_z(last.state, "pending"));
}

static int
unit_sql(struct store *s, void *arg, struct err *err)
{
    struct store_statement *statement = arena_alloc(arena, sizeof *statement);
    *statement = (struct store_statement){"test.sql", arg}; /* the store keeps it prepared */
    return db_exec(s, statement, err);
}

/* Runs the statement HEAD NUMBER TAIL. */
static void
sql_run(const char *head, long long number, const char *tail)
{
    store_write(store, unit_sql, on_filled, arena_printf(arena, "%s%lld%s", head, number, tail));
}

/* PERSON is away from an hour ago until an hour from now, as BY entered in time. */
static void
is_away(uint64_t person, uint64_t by)
{
    long long now = time_now_us(), hour = 3600 * TIME_US_SECOND;
    char *text = arena_printf(
        arena, "INSERT INTO absence VALUES (%llu, %llu, %lld, %lld, 'leave', %llu, %lld)",
        (unsigned long long)id_new(), (unsigned long long)person, now - hour, now + hour,
        (unsigned long long)by, now - 2 * hour);
    store_write(store, unit_sql, on_filled, text);
}

/* The acts of the record, as PERSON reads it. */
static json_t *
acts_seen(uint64_t person)
{
    json_t *whole = NULL;
    struct err err = {0};
    struct register_caller caller = {.person = person};
    assert_int_equal(record_read(set, store, arena, &caller, last.record, &whole, &err), 0);
    json_t *acts = json_incref(json_object_get(whole, "acts"));
    json_decref(whole);
    return acts;
}

/* The marks of all acts, with a blank between, are MARKS. */
static void
marks_are(const char *marks)
{
    char text[256] = "";
    json_t *acts = acts_seen(1), *act;
    size_t i;
    json_array_foreach(acts, i, act)
    {
        const char *mark = json_string_value(json_object_get(act, "mark"));
        if (mark[0] != '\0') {
            (void)snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s",
                           text[0] == '\0' ? "" : " ", mark);
        }
    }
    json_decref(acts);
    assert_string_equal(text, marks);
}

/* ---- definitions ---- */

static void
bad_route(const char *route)
{
    struct register_def *def = NULL;
    struct register_finding *findings = NULL;
    struct err err = {0};
    char *text = register_text("bad", route);
    assert_int_equal(register_check(set, arena, "bad.yaml", str_of(text), &def, &findings, &err),
                     0);
    for (struct register_finding *one = findings; one != NULL; one = one->next) {
        if (strcmp(one->err.code, "register.r103") == 0 ||
            strcmp(one->err.code, "register.r102") == 0 ||
            strncmp(one->err.code, "cond.", 5) == 0) {
            return;
        }
    }
    fail_msg("no finding: %s", route);
}

static void
test_definitions(void **state)
{
    (void)state;
    bad_route(FINAL "together: a, " TITLE);
    bad_route(DEPT "together: a, " TITLE FINAL "together: a, " TITLE);
    bad_route(DEPT
              "together: a, " TITLE "    - {key: b, kind: approve, who: {role: csirt}, " TITLE
              "    - {key: c, kind: approve, who: {role: csirt}, together: a, " TITLE FINAL TITLE);
    bad_route(DEPT TITLE DEPT TITLE FINAL TITLE);
    bad_route(DEPT "votes: 0, " TITLE FINAL TITLE);
    bad_route(DEPT "votes: many, " TITLE FINAL TITLE);
    bad_route(DEPT "deputy: [daiketsu], " TITLE FINAL TITLE);
    bad_route(FINAL "deputy: [koetsu], " TITLE);
    bad_route(FINAL "deputy: [stranger], " TITLE);
    bad_route(FINAL "deputy: [daiketsu], bar_daiketsu: true, " TITLE);
    bad_route(DEPT "object: stop, " TITLE FINAL TITLE);
    bad_route(FINAL "senketsu: [{who: {role: chief}, basis: \"\"}], " TITLE);
    bad_route(FINAL "senketsu: [{who: {role: chief}, basis: a, if: \"x = 1\"}], " TITLE);
    bad_route(FINAL "if: \"term.from = 2026-04-01\", " TITLE);
    bad_route(DEPT "if: \"owner = me\", " TITLE FINAL TITLE);
    bad_route(FINAL "bar_daiketsu: \"rank(klass) >= 3\", " TITLE);
    bad_route(DEPT "senketsu: [{who: {role: chief}, basis: a}], " TITLE FINAL TITLE);
    bad_route("    - {key: p, kind: approve, who: {peer: section}, votes: 2, " TITLE FINAL TITLE);
}

/* ---- routes ---- */

/* What PERSON is told of the record: true when KEY is. */
static bool
told(uint64_t person, const char *key)
{
    struct register_caller caller = {.person = person};
    struct err err = {0};
    json_t *json = NULL;
    assert_int_equal(record_read(set, store, arena, &caller, last.record, &json, &err), 0);
    bool is = json_is_true(json_object_get(json, key));
    json_decref(json);
    return is;
}

static void
test_groups(void **state)
{
    (void)state;
    applies(1, "many");
    DOES(3, "approve", .step = "final", .code = "register.not_open"); /* a skipped step */
    DOES(8, "consult", .step = "sys", .code = "register.not_open");
    DOES(1, "approve", .step = "dept", .code = "register.apart");
    DOES(2, "decide", .step = "dept", .code = "register.kind");
    DOES(2, "approve", .step = "dept");
    DOES(2, "approve", .step = "dept", .code = "register.not_open");
    DOES(3, "approve", .step = "final", .code = "register.not_open");
    DOES(8, "object", .step = "sys", .code = "register.reason_missing");
    DOES(8, "object", .step = "sys", .reason = "経路が不明");
    DOES(8, "consult", .step = "sys", .code = "register.again");
    DOES(12, "consult"); /* the step that runs beside it */
    DOES(3, "decide", .code = "register.not_candidate");
    DOES(3, "decide", .step = "final", .code = "register.not_open"); /* the objection stops it */
    assert_true(told(1, "stopped") && told(1, "answer"));
    assert_true(told(2, "stopped") && !told(2, "answer"));
    DOES(5, "answer", .reason = "図を添えた", .code = "register.not_candidate");
    DOES(1, "answer", .code = "register.reason_missing");
    DOES(1, "answer", .reason = "図を添えた");
    DOES(1, "answer", .reason = "もう一度", .code = "register.move");
    assert_true(!told(1, "stopped") && !told(1, "answer"));
    DOES(3, "decide");
    assert_true(str_equal_z(last.state, "in_force"));
    marks_are("認 異 合 答 決");
}

static void
test_send_back(void **state)
{
    (void)state;
    applies(1, "many");
    DOES(2, "approve");
    DOES(8, "consult");
    DOES(12, "consult");
    DOES(3, "send_back", .reason = "確認", .back = "final", .code = "register.not_open");
    DOES(3, "send_back", .reason = "確認", .back = "none", .code = "register.not_open");
    DOES(3, "send_back", .back = "dept", .code = "register.reason_missing");
    DOES(3, "send_back", .reason = "確認", .back = "net"); /* the group it is in opens anew */
    DOES(12, "consult", .step = "net");
    DOES(8, "send_back", .reason = "直して"); /* to the owner */
    assert_true(str_equal_z(last.state, "draft"));
    DOES(1, "submit");
    DOES(2, "approve", .code = "register.not_candidate"); /* her vote stands: the same digest */
    DOES(12, "send_back", .reason = "直して");
    writes(1, "edit", "many", "{\"term\":{\"from\":\"2026-04-01\",\"until\":\"2026-04-20\"}}");
    DOES(1, "submit");
    DOES(8, "consult", .code = "register.not_candidate"); /* what changed is asked anew */
    DOES(2, "approve");
    DOES(8, "consult");
    DOES(12, "consult");
    DOES(3, "reject", .reason = "不可");
    marks_are("認 合 合 戻 合 戻 戻 認 合 合 却");
}

static void
test_pull_back(void **state)
{
    (void)state;
    applies(1, "many");
    DOES(1, "pull_back");
    assert_true(str_equal_z(last.state, "draft"));
    DOES(1, "submit");
    DOES(2, "approve");
    DOES(1, "pull_back", .code = "register.acted");
    DOES(1, "withdraw");
    marks_are("引戻 認 取下");
}

static void
test_votes(void **state)
{
    (void)state;
    applies(1, "some");
    DOES(9, "approve");
    DOES(9, "approve", .code = "register.again");
    DOES(4, "decide", .step = "final", .code = "register.not_open");
    DOES(10, "approve");
    DOES(11, "approve", .code = "register.not_candidate");
    is_away(4, 4);
    DOES(13, "decide", .code = "register.daiketsu_barred");
    DOES(4, "decide"); /* she is back early */
    applies(1, "everyone");
    DOES(9, "approve");
    DOES(10, "approve");
    DOES(3, "decide", .step = "final", .code = "register.not_open");
    DOES(11, "approve");
    DOES(3, "decide");
    applies(9, "everyone"); /* a member applies: all the others */
    DOES(9, "approve", .code = "register.apart");
    DOES(10, "approve");
    DOES(11, "approve");
    DOES(3, "decide");
}

static void
test_daiketsu(void **state)
{
    (void)state;
    applies(1, "simple");
    DOES(6, "approve", .code = "register.holder_present");
    is_away(3, 6); /* entered by the very deputy: it gives her nothing */
    DOES(6, "daiketsu", .code = "register.holder_present");
    DOES(7, "daiketsu"); /* the next one */
    marks_are("代");
    applies(7, "simple");
    sql_run("UPDATE absence SET until_us = from_us WHERE person = ", 3, "");
    is_away(3, 7); /* entered by the applicant: it gives nobody anything */
    DOES(6, "daiketsu", .code = "register.holder_present");
    DOES(7, "withdraw");
    applies(1, "simple");
    sql_run("UPDATE absence SET until_us = from_us WHERE person = ", 3, "");
    DOES(7, "daiketsu", .code = "register.holder_present"); /* it is over */
    is_away(3, 3);
    DOES(7, "daiketsu", .code = "register.holder_present"); /* the first deputy is there */
    DOES(6, "decide", .code = "register.kind");
    struct register_waiting waiting;
    struct err err = {0};
    assert_int_equal(register_waiting(set, store, arena, last.record, &waiting, &err), 0);
    assert_int_equal(waiting.holder_count, 1);
    assert_int_equal(waiting.holders[0], 6);
    struct register_task task;
    assert_int_equal(register_task(set, store, arena, last.record, 6, &task, &err), 0);
    assert_string_equal(task.kind, "daiketsu");
    assert_int_equal(task.for_person, 3);
    struct register_ids inbox;
    assert_int_equal(register_inbox(set, store, arena, 6, 10, &inbox, &err), 0);
    assert_int_equal(inbox.count, 1);
    DOES(6, "daiketsu");
    assert_true(str_equal_z(last.state, "in_force"));
    json_t *acts = acts_seen(1), *act = json_array_get(acts, json_array_size(acts) - 1);
    json_t *whom = json_object_get(act, "for");
    assert_string_equal(json_string_value(json_object_get(whom, "who")), "中村");
    assert_string_equal(json_string_value(json_object_get(whom, "post")), "室長");
    assert_non_null(json_object_get(act, "absence"));
    json_decref(acts);
    DOES(6, "read", .code = "register.not_candidate");
    DOES(3, "read");
    DOES(3, "read", .code = "register.not_candidate");
    marks_are("代 後閲");
}

static void
test_mutual(void **state)
{
    (void)state;
    is_away(3, 3);
    applies(6, "simple"); /* the first deputy applies */
    DOES(6, "daiketsu", .code = "register.apart");
    DOES(7, "daiketsu");
    applies(7, "simple");
    DOES(7, "daiketsu", .code = "register.apart");
    DOES(6, "daiketsu", .code = "register.apart"); /* not one for the other */
    DOES(4, "hikiage");
    json_t *acts = acts_seen(7);
    json_t *act = json_array_get(acts, json_array_size(acts) - 1);
    assert_string_equal(json_string_value(json_object_get(act, "mark")), "引");
    json_decref(acts);
}

/* A post lost this morning gives nothing; nobody left: the record waits, it is never approved. */
static void
test_lost_post(void **state)
{
    (void)state;
    applies(1, "simple");
    sql_run("UPDATE appointment SET until_day = ", (long long)tokyo_day(time_now_us()) - 1,
            " WHERE engagement = 3");
    DOES(3, "approve", .code = "register.not_candidate");
    DOES(7, "daiketsu", .code = "register.holder_present"); /* the first deputy is there */
    sql_run("UPDATE appointment SET until_day = ", (long long)tokyo_day(time_now_us()) - 1,
            " WHERE engagement IN (6, 7)");
    DOES(6, "daiketsu", .code = "register.not_candidate");
    sql_run("UPDATE appointment SET until_day = ", (long long)tokyo_day(time_now_us()) - 1,
            " WHERE engagement = 4");
    DOES(4, "hikiage", .code = "register.not_candidate");
    struct register_waiting waiting;
    struct err err = {0};
    assert_int_equal(register_waiting(set, store, arena, last.record, &waiting, &err), 0);
    assert_true(waiting.stuck);
    assert_int_equal(waiting.holder_count, 0);
}

static void
test_koetsu(void **state)
{
    (void)state;
    is_away(2, 2);
    applies(1, "passed");
    DOES(2, "approve", .step = "dept", .code = "register.not_open");
    DOES(3, "decide");
    DOES(1, "read", .code = "register.not_candidate");
    DOES(2, "read", .step = "dept");
    marks_are("決 後閲");
}

static void
test_senketsu(void **state)
{
    (void)state;
    applies(1, "rule");
    DOES(4, "decide", .code = "register.not_candidate");
    DOES(2, "senketsu", .step = "final"); /* her own approval melts into it */
    assert_true(str_equal_z(last.state, "in_force"));
    json_t *acts = acts_seen(1), *act = json_array_get(acts, json_array_size(acts) - 1);
    assert_string_equal(json_string_value(json_object_get(act, "mark")), "専");
    assert_string_equal(json_string_value(json_object_get(act, "basis")), "専決規程 別表1");
    json_decref(acts);
    applies(2, "rule"); /* the manager herself: her superior */
    DOES(2, "senketsu", .code = "register.apart");
    DOES(3, "hikiage");
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

/* The chief may end a record with a reason; the clock ends what nobody stands behind any more. */
static void
test_abandon(void **state)
{
    (void)state;
    applies(1, "simple");
    DOES(2, "abandon", .reason = "不要", .code = "register.not_candidate");
    DOES(3, "abandon", .code = "register.reason_missing");
    DOES(3, "abandon", .reason = "事業が終わった");
    marks_are("廃");
    applies(1, "simple");
    int64_t now = time_now_us(), moved = now;
    sql_run("UPDATE engagement SET until_day = ", tokyo_day(now) - 30, " WHERE id = 1");
    store_write(store, unit_clock, on_clock, &moved);
    assert_int_equal(moved, 0); /* she left just 30 days ago */
    moved = now + TIME_US_DAY;
    store_write(store, unit_clock, on_clock, &moved);
    assert_int_equal(moved, 1);
    json_t *acts = acts_seen(1), *act = json_array_get(acts, json_array_size(acts) - 1);
    assert_string_equal(json_string_value(json_object_get(act, "to")), "abandoned");
    assert_string_equal(json_string_value(json_object_get(act, "mark")), "廃");
    json_decref(acts);
}

/* PERSON applies for a permit of CLASS. */
static void
applies_class(uint64_t person, const char *class)
{
    writes(person, "open", "ranked",
           arena_printf(arena,
                        "{\"class\":\"%s\",\"term\":{\"from\":\"2026-04-01\",\"until\":"
                        "\"2026-05-01\"}}",
                        class));
    DOES(person, "submit");
}

/* Who is asked depends on the record; a class whose rank nobody knows opens nothing. */
static void
test_conditions(void **state)
{
    (void)state;
    static const struct register_rank ranks[] = {{{"1", 1}, 1}, {{"2", 1}, 2}, {{"3", 1}, 3}};
    register_ranks_set(set, ranks, 3);
    applies_class(1, "1");
    DOES(4, "decide", .code = "register.not_candidate");
    DOES(3, "senketsu");
    applies_class(1, "2");
    DOES(4, "decide", .step = "final", .code = "register.not_open");
    DOES(8, "consult");
    DOES(3, "senketsu", .code = "register.not_candidate");
    is_away(4, 4);
    DOES(13, "daiketsu");
    applies_class(1, "3");
    DOES(8, "consult");
    DOES(13, "daiketsu", .code = "register.daiketsu_barred");
    DOES(4, "decide");
    applies_class(1, "9"); /* no such rank: asked, barred, decided by the step's own holder */
    DOES(3, "senketsu", .code = "register.not_candidate");
    DOES(8, "consult");
    DOES(13, "daiketsu", .code = "register.daiketsu_barred");
    DOES(4, "decide");
}

static void
waiver_open(uint64_t by, const struct register_outcome *of, uint64_t person)
{
    char id[ID_CHARS + 1];
    id_format(of->record, id);
    char *json =
        arena_printf(arena,
                     "{\"record\":\"%s\",\"rev\":%llu,\"step\":\"final\",\"person\":\"%llu\","
                     "\"reason\":\"ほかに処理できる人がいない\"}",
                     id, (unsigned long long)of->rev, (unsigned long long)person);
    writes(by, "open", "waiver", json);
    DOES(by, "submit");
}

static void
test_waiver(void **state)
{
    (void)state;
    applies(3, "simple"); /* the chief applies */
    struct register_outcome own = last;
    DOES(3, "decide", .code = "register.apart");
    waiver_open(3, &own, 3);
    DOES(3, "grant", .code = "register.apart"); /* not by whom it is for */
    DOES(13, "grant", .code = "register.daiketsu_barred");
    DOES(4, "grant");
    struct register_outcome waiver = last;
    assert_true(str_equal_z(waiver.state, "granted"));
    last = own;
    DOES(3, "decide");
    struct register_outcome done = last;
    last = waiver;
    json_t *acts = acts_seen(4);
    json_t *act = json_array_get(acts, json_array_size(acts) - 1);
    assert_string_equal(json_string_value(json_object_get(act, "to")), "used");
    json_decref(acts);
    last = done;
    applies(3, "simple"); /* valid for that one act */
    DOES(3, "decide", .code = "register.apart");
    applies(4, "simple");
    own = last;
    waiver_open(3, &own, 3);
    DOES(4, "grant", .code = "register.apart"); /* the ciso is concerned by the record itself */
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_definitions, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_groups, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_send_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_pull_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_votes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_daiketsu, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_mutual, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_lost_post, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_koetsu, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_senketsu, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_abandon, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_conditions, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_waiver, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
