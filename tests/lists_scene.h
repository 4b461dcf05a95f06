/*
 * lists_scene: a town with three sections and a register of some hundred random records, for tests
 * of what lists and searches show to whom. Runs on SQLite, or on the server of
 * tests/store/postgres.
 *
 * Who may see what is said here once more, by hand: 1 clerk of 11 (4 is the same natural person),
 * 2 manager of 11, 3 chief (all, and what is restricted), 5 clerk of 12, 6 manager of 12 and so of
 * 13, which has none, 7 system manager of 13 (kind b, or her sections), 8 nobody.
 */
#ifndef TESTS_LISTS_SCENE_H
#define TESTS_LISTS_SCENE_H

#include "base/os/time.h"
#include "core/register/list.h"
#include "core/register/project.h"
#include "core/store/id.h"
#include "tests/postgres.h"
#include "tests/test.h"

#include <string.h>

enum { SEEN_RECORDS = 150, SEEN_PERSONS = 9 };

static const struct store_statement scene_town[] = {
    {"t1", "INSERT INTO body VALUES (1, 'mayor', '町長', 'mayor', NULL, 0, 99999)"},
    {"t2",
     "INSERT INTO section VALUES (11, 1, 'A1', '住民課', '', NULL, 0, 99999),"
     " (12, 1, 'B1', '税務課', '', NULL, 0, 99999), (13, 1, 'B2', '収納係', '', 12, 0, 99999)"},
    {"t3", "INSERT INTO post VALUES (100, 11, 'k', '課長', 3, 1, 9, 0, 99999),"
           " (101, 11, 's', '主事', 9, 0, 9, 0, 99999), (102, 12, 's', '主事', 9, 0, 9, 0, 99999),"
           " (103, 12, 'c', '室長', 2, 1, 9, 0, 99999), (104, 12, 'k', '課長', 3, 1, 9, 0, 99999),"
           " (105, 13, 'y', '係長', 4, 1, 9, 0, 99999), (106, 11, 't', '主任', 9, 0, 9, 0, 99999)"},
    {"t4", "INSERT INTO person VALUES (1, 'p:a', '佐藤', ''), (2, 'p:b', '山﨑', ''),"
           " (3, 'p:c', '中村', ''), (4, 'p:d', '佐藤', ''), (5, 'p:e', '小林', ''),"
           " (6, 'p:f', '加藤', ''), (7, 'p:g', '渡辺', ''), (8, 'p:h', '伊藤', '')"},
    {"t5", "INSERT INTO person_join VALUES (4, 1)"},
    {"t6", "INSERT INTO engagement VALUES (1, 1, 'S1', 'staff', 0, 99999),"
           " (2, 2, 'S2', 'staff', 0, 99999), (3, 3, 'S3', 'staff', 0, 99999),"
           " (4, 4, 'S4', 'staff', 0, 99999), (5, 5, 'S5', 'staff', 0, 99999),"
           " (6, 6, 'S6', 'staff', 0, 99999), (7, 7, 'S7', 'staff', 0, 99999),"
           " (8, 8, 'S8', 'staff', 0, 99999)"},
    {"t7", "INSERT INTO appointment VALUES (1, 1, 101, 'main', 0, 99999, ''),"
           " (2, 2, 100, 'main', 0, 99999, ''), (3, 3, 103, 'main', 0, 99999, ''),"
           " (4, 4, 106, 'main', 0, 99999, ''), (5, 5, 102, 'main', 0, 99999, ''),"
           " (6, 6, 104, 'main', 0, 99999, ''), (7, 7, 105, 'main', 0, 99999, ''),"
           " (8, 8, 106, 'main', 0, 99999, '')"},
    {"t8",
     "INSERT INTO role_slot VALUES (1, 'section_manager', 'section', 11, 100, NULL, 0, 99999),"
     " (2, 'chief', 'body', 1, 103, NULL, 0, 99999),"
     " (3, 'section_manager', 'section', 12, 104, NULL, 0, 99999),"
     " (4, 'system_manager', 'section', 13, 105, NULL, 0, 99999)"},
};

static const char scene_register[] =
    "register: seen\nversion: 1\nextends: base/permit\ntitle: {ja: 見, en: Seen}\n"
    "topics: [\"8(4)\"]\nretain: {years: 5, from: closed, then: review}\n"
    "number: \"見-{wy}-{seq:3}\"\n"
    "fields:\n  - {key: term, index: true}\n  - {key: subject, type: text, max: 200, search: true, "
    "title: {ja: "
    "件名, en: Subject}}\n"
    "  - {key: kind, type: choice, index: true, of: [a, b, c], title: {ja: 種類, en: Kind}}\n"
    "  - {key: class, type: class, index: true, title: {ja: 機密性, en: Class}}\n"
    "  - {key: amount, type: number, min: -1000, max: 1000, title: {ja: 数, en: Amount}}\n"
    "  - {key: day, type: date, index: true, title: {ja: 日, en: Day}}\n"
    "  - {key: note, type: text, max: 200, free: true, level: restricted, title: {ja: 覚え, en: "
    "Note}}\n"
    "  - {key: grade, type: choice, index: true, of: [x, y], level: restricted, title: {ja: 評価, "
    "en: Grade}}\n"
    "  - {key: shy, type: text, max: 40, visible_if: \"kind = a\", title: {ja: 隠, en: Shy}}\n"
    "access:\n  - {role: section_manager, rows: \"section in mine\"}\n"
    "  - {role: system_manager, rows: \"kind = b or section in mine\"}\n"
    "  - {role: chief, rows: all, levels: [restricted]}\n";

/* What is in a record, as the test put it there. */
struct seen_record {
    uint64_t id, owner, section;
    int64_t created, amount, day; /* day 0: empty */
    bool amount_empty, submitted, approved;
    char kind, grade; /* 0: empty */
    uint64_t acted;   /* who approved */
};

static char scene_folder[64];
static struct store *scene_store;
static struct register_set *scene_set;
static struct arena *scene_arena;
static struct seen_record seen[SEEN_RECORDS];
static uint64_t scene_state = 42;

static inline size_t
scene_pick(size_t n)
{
    scene_state = scene_state * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (size_t)(scene_state >> 33) % n;
}

struct scene_act {
    struct register_caller caller;
    struct register_call call;
    struct register_outcome outcome;
};

static inline int
scene_unit(struct store *s, void *arg, struct err *err)
{
    struct scene_act *act = arg;
    return register_act(scene_set, s, scene_arena, &act->caller, &act->call, &act->outcome, err);
}

static inline void
scene_done(void *arg, int result, const struct err *err)
{
    (void)arg;
    if (result < 0) {
        fail_msg("%s %s", err->code, err->detail);
    }
}

static inline struct register_outcome
scene_do(uint64_t person, struct register_call call)
{
    struct scene_act act = {.caller = {.person = person, .factors = STR("password")}, .call = call};
    store_write(scene_store, scene_unit, scene_done, &act);
    return act.outcome;
}

static inline json_t *
scene_fields(struct seen_record *r, size_t i)
{
    static const char *const subjects[] = {"監査の計画",   "情報セキュリティ監査",
                                           "住民票の発行", "ＶＰＮ装置の更新",
                                           "がっこう給食", "検査"};
    char text[80], day[DATE_CHARS + 1];
    (void)snprintf(text, sizeof text, "%s %zu", subjects[i % 6], i);
    json_t *fields = json_pack("{ss s{ssss}}", "subject", text, "term", "from", "2026-04-01",
                               "until", i % 3 == 0 ? "2030-03-31" : "2030-09-30");
    r->kind = "abc\0"[scene_pick(4)];
    if (r->kind != 0) {
        char code[2] = {r->kind, 0};
        (void)json_object_set_new(fields, "kind", json_string(code));
    }
    r->amount = (int64_t)scene_pick(21) - 10;
    r->amount_empty = scene_pick(4) == 0;
    if (!r->amount_empty) {
        (void)json_object_set_new(fields, "amount", json_integer(r->amount));
    }
    r->day = scene_pick(3) == 0 ? 0 : 20000 + (int64_t)scene_pick(20);
    if (r->day != 0) {
        date_format(r->day, day);
        (void)json_object_set_new(fields, "day", json_string(day));
    }
    r->grade = scene_pick(2) == 0 ? 'x' : 'y';
    char grade[2] = {r->grade, 0};
    (void)json_object_set_new(fields, "grade", json_string(grade));
    (void)json_object_set_new(fields, "class", json_string("2"));
    (void)json_object_set_new(fields, "note", json_string("極秘の覚え書き"));
    (void)json_object_set_new(fields, "shy", json_string(r->kind == 'a' ? "内気" : ""));
    return fields;
}

static inline struct register_call
scene_call(const struct register_outcome *at, const char *move)
{
    struct register_call call = {.record = at->record, .move = str_of(move), .rev = at->rev};
    memcpy(call.digest, at->digest, sizeof call.digest);
    return call;
}

static inline void
scene_record(size_t i)
{
    static const uint64_t owners[] = {1, 5, 4, 7, 1, 8};
    static const uint64_t sections[] = {11, 12, 11, 13, 11, 11};
    struct seen_record *r = &seen[i];
    size_t who = scene_pick(6);
    *r = (struct seen_record){.owner = owners[who], .section = sections[who]};
    struct register_call open = {
        .reg = STR("seen"), .move = STR("open"), .fields = scene_fields(r, i)};
    struct register_outcome at = scene_do(r->owner, open);
    json_decref(open.fields);
    r->id = at.record;
    r->submitted = scene_pick(2) == 0;
    if (r->submitted) {
        at = scene_do(r->owner, scene_call(&at, "submit"));
        r->approved = scene_pick(2) == 0;
    }
    if (r->approved) {
        r->acted = r->section == 11 ? 2 : 6;
        (void)scene_do(r->acted, scene_call(&at, "approve"));
    }
    arena_clear(scene_arena);
}

/* Records of several years: when they were made is moved, then the projection made anew. */
static inline int
scene_years(struct store *s, void *arg, struct err *err)
{
    static const struct store_statement move = {
        "m", "UPDATE record SET created = $2, changed = $3 WHERE id = $1"};
    (void)arg;
    int64_t now = time_now_us();
    for (size_t i = 0; i < SEEN_RECORDS; i++) {
        seen[i].created = now - (int64_t)scene_pick(800) * TIME_US_DAY;
        struct db_query *q = db_query(s, &move);
        db_bind_int(q, 1, (int64_t)seen[i].id);
        db_bind_int(q, 2, seen[i].created);
        db_bind_int(q, 3, seen[i].created + (int64_t)scene_pick(5) * TIME_US_SECOND);
        if (db_run(q, err) < 0) {
            return -1;
        }
    }
    return register_project_anew(scene_set, s, register_def_find(scene_set, STR("seen")), err);
}

static inline int
scene_fill(struct store *s, void *arg, struct err *err)
{
    (void)arg;
    for (size_t i = 0; i < sizeof scene_town / sizeof *scene_town; i++) {
        if (db_exec(s, &scene_town[i], err) < 0) {
            return -1;
        }
    }
    return register_project(scene_set, s, err);
}

static inline int
scene_set_up(void **state)
{
    (void)state;
    struct err err = {0};
    static char path[256];
    memcpy(scene_folder, "/tmp/lists_test_XXXXXX", 23);
    if (mkdtemp(scene_folder) == NULL ||
        register_set_load(SEKISHO_SOURCE_DIR "/data", &scene_set, &err) < 0) {
        print_error("%s %s\n", err.code, err.detail);
        return -1;
    }
    struct register_def *def = NULL;
    struct register_finding *findings = NULL;
    if (register_check(scene_set, scene_set->arena, "seen.yaml", str_of(scene_register), &def,
                       &findings, &err) < 0 ||
        findings != NULL) {
        print_error("%s %s\n", findings != NULL ? findings->err.code : err.code,
                    findings != NULL ? findings->err.detail : "");
        return -1;
    }
    scene_set->defs[scene_set->def_count++] = *def;
    if (test_server() != NULL) {
        test_database(path, sizeof path);
    } else {
        (void)snprintf(path, sizeof path, "%s/db", scene_folder);
    }
    struct store_options options = {.path = path, .sql_dir = SEKISHO_SOURCE_DIR "/data/sql/core"};
    if (store_open(&options, &scene_store, &err) < 0) {
        print_error("%s %s\n", err.code, err.detail);
        return -1;
    }
    scene_arena = arena_new(64 << 20);
    scene_state = 42;
    store_write(scene_store, scene_fill, scene_done, NULL);
    for (size_t i = 0; i < SEEN_RECORDS; i++) {
        scene_record(i);
    }
    store_write(scene_store, scene_years, scene_done, NULL);
    return 0;
}

static inline int
scene_tear_down(void **state)
{
    (void)state;
    store_close(scene_store);
    register_set_free(scene_set);
    arena_free(scene_arena);
    static const char *const names[] = {"db", "db-wal", "db-shm"};
    for (size_t i = 0; i < 3; i++) {
        char path[128];
        (void)snprintf(path, sizeof path, "%s/%s", scene_folder, names[i]);
        (void)unlink(path);
    }
    return rmdir(scene_folder);
}

/* May PERSON see R in a list? */
static inline bool
scene_sees(uint64_t person, const struct seen_record *r)
{
    bool one = (r->owner == 1 || r->owner == 4) && (person == 1 || person == 4);
    bool gives = (person == 2 && r->section == 11) ||
                 (person == 6 && (r->section == 12 || r->section == 13)) || person == 3 ||
                 (person == 7 && (r->kind == 'b' || r->section == 13));
    return one || r->owner == person || gives || r->acted == person;
}

static inline int64_t
scene_year(int64_t us)
{
    struct civil day = civil_of_day(tokyo_day(us));
    return day.month >= 4 ? day.year : day.year - 1;
}

/* One page for PERSON; fails the test when it is refused with another code than CODE (NULL: not).
 */
static inline json_t *
scene_list(uint64_t person, const struct list_query *query, const char *code)
{
    struct register_caller caller = {.person = person};
    struct register_asker asker = {scene_set, scene_store, scene_arena, &caller};
    struct err err = {0};
    json_t *ret = NULL;
    arena_clear(scene_arena);
    int rc = register_list(&asker, STR("seen"), query, &ret, &err);
    if (code == NULL && rc != 0) {
        fail_msg("%llu: %s %s", (unsigned long long)person, err.code, err.detail);
    }
    if (code != NULL) {
        assert_int_equal(rc, -1);
        assert_string_equal(err.code, code);
    }
    return ret;
}

#endif
