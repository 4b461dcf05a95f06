/*
 * people_test: rows that are refused, what a batch does and what follows from it, two persons, the
 * state that was approved, taking back, and what the day brings.
 */
#include "core/people/people.h"

#include "base/os/time.h"
#include "core/account/account.h"
#include "core/people/private.h"
#include "core/store/id.h"
#include "tests/postgres.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DATA SEKISHO_SOURCE_DIR "/data"

/* 1 personnel, 2 runs the system, 3 chief, 4 manager of 住民課, 5 and 6 clerks there, 7 manager of
 * 税務課, 8 clerk there, 9 deputy of the chief, 6 has a second staff number. */
static const struct store_statement town[] = {
    {"t1", "INSERT INTO body VALUES (1, 'mayor', '町長', 'mayor', NULL, 0, 99999)"},
    {"t2", "INSERT INTO section VALUES (10, 1, '0001', '町長部局', '', NULL, 0, 99999),"
           " (11, 1, '0300', '住民課', '', 10, 0, 99999), (12, 1, '0400', '税務課', '', 10, 0,"
           " 99999), (13, 1, '0100', '人事課', '', 10, 0, 99999), (14, 1, '0301', '戸籍係', '',"
           " 11, 0, 99999)"},
    {"t3",
     "INSERT INTO post VALUES (101, 13, 'head', '課長', 5, 1, 1, 0, 99999),"
     " (102, 13, 'it', '主任', 8, 0, 1, 0, 99999), (103, 13, 'chief', '室長', 4, 0, 1, 0, 99999),"
     " (104, 11, 'head', '課長', 5, 1, 1, 0, 99999), (105, 11, 'clerk', '主事', 9, 0, 9, 0, 99999),"
     " (107, 12, 'head', '課長', 5, 1, 1, 0, 99999), (108, 12, 'clerk', '主事', 9, 0, 9, 0, 99999),"
     " (109, 13, 'd', '室長補佐', 5, 0, 1, 0, 99999)"},
    {"t4",
     "INSERT INTO person VALUES (1, 'p:1', '髙橋 誠', ''), (2, 'p:2', '伊藤 翼', ''),"
     " (3, 'p:3', '石橋 真理', ''), (4, 'p:4', '山﨑 彩', ''), (5, 'p:5', '佐藤 未来', ''),"
     " (6, 'p:6', '小川 修', ''), (7, 'p:7', '中村 恵', ''), (8, 'p:8', '渡邉󠄁 健', "
     "''),"
     " (9, 'p:9', '森 和夫', '')"},
    {"t5", "INSERT INTO engagement SELECT id, id, 'S' || id, 'staff', 0, 2932896 FROM person"},
    {"t6", "INSERT INTO engagement VALUES (16, 6, 'X6', 'special', 0, 2932896)"},
    {"t7", "INSERT INTO appointment SELECT id, id, 100 + id, 'main', 0, 2932896, '' FROM person"
           " WHERE id <> 6"},
    {"t8", "INSERT INTO appointment VALUES (6, 6, 105, 'main', 0, 2932896, '')"},
    {"t9",
     "INSERT INTO role_slot VALUES (1, 'personnel', 'body', 1, 101, NULL, 0, 2932896),"
     " (2, 'system_operator', 'body', 1, 102, NULL, 0, 2932896), (3, 'chief', 'body', 1, 103, NULL,"
     " 0, 2932896), (4, 'section_manager', 'section', 11, 104, NULL, 0, 2932896), (5,"
     " 'section_manager', 'section', 12, 107, NULL, 0, 2932896), (6, 'csirt', 'body', 1, NULL, 8, "
     "0,"
     " 2932896)"},
    {"t10", "INSERT INTO deputy VALUES (1, 'chief', 'body', 1, NULL, 1, 109, 0, 2932896)"},
    {"t11", "INSERT INTO account SELECT 1000 + id, id, 'login' || id, 'open', 'lgwan' FROM person"},
};

static char folder[64];
static struct store *store;
static struct register_set *set;
static struct people_desk desk;
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
    static char path[256];
    memcpy(folder, "/tmp/people_test_XXXXXX", 24);
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
        print_error("%s %s\n", err.code, err.detail);
        return -1;
    }
    store_write(store, unit_fill, filled, NULL);
    arena = arena_new(512 << 20);
    desk = (struct people_desk){.store = store, .registers = set, .zones = "lgwan"};
    people_effects(&desk);
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

/* ---- units ---- */

static char why[64];

static void
done(void *arg, int result, const struct err *err)
{
    (void)arg;
    (void)snprintf(why, sizeof why, "%s", result < 0 ? err->code : "");
}

struct doing {
    uint64_t person, record;
    json_t *asked;
    bool mass;
    int64_t at_us;
    struct register_call call;
};

static int
unit_import(struct store *s, void *arg, struct err *err)
{
    (void)s;
    struct doing *d = arg;
    struct register_caller caller = {.person = d->person};
    return people_import(&desk, arena, &caller, d->asked, &d->record, err);
}

static int
unit_again(struct store *s, void *arg, struct err *err)
{
    (void)s;
    struct doing *d = arg;
    struct register_caller caller = {.person = d->person};
    return people_again(&desk, arena, &caller, d->record, err);
}

static int
unit_approve(struct store *s, void *arg, struct err *err)
{
    (void)s;
    struct doing *d = arg;
    struct register_caller caller = {.person = d->person};
    return people_approve(&desk, arena, &caller, &d->call, d->mass, err);
}

static int
unit_act(struct store *s, void *arg, struct err *err)
{
    struct doing *d = arg;
    struct register_caller caller = {.person = d->person};
    struct register_outcome outcome;
    int rc = register_act(set, s, arena, &caller, &d->call, &outcome, err);
    d->record = outcome.record;
    return rc;
}

static int
unit_clock(struct store *s, void *arg, struct err *err)
{
    (void)s;
    struct doing *d = arg;
    return people_clock(&desk, arena, d->at_us, err);
}

static int
unit_sql(struct store *s, void *arg, struct err *err)
{
    struct store_statement *statement = arena_alloc(arena, sizeof *statement);
    *statement = (struct store_statement){"test.sql", arg};
    return db_exec(s, statement, err);
}

static void
sql_run(const char *text)
{
    store_write(store, unit_sql, filled, str_dup_z(arena, str_of(text)));
}

static int64_t
sql_int(const char *text)
{
    struct err err = {0};
    int64_t value = -1;
    struct store_statement *statement = arena_alloc(arena, sizeof *statement);
    *statement = (struct store_statement){"test.int", str_dup_z(arena, str_of(text))};
    assert_int_equal(db_one_int(db_query(store, statement), &value, &err), 0);
    return value;
}

/* ---- files ---- */

#define HEAD "職員番号,氏名,カナ,所属コード,職,発令日,区分,兼務,任用終了日\n"
#define PARTS "旧所属コード,区分,新所属コード,新所属名,施行日,引継\n"

/* TEXT, rows by line and cells by comma, +N a day N days on, as a table. */
static json_t *
table(const char *text)
{
    json_t *rows = json_array();
    struct str rest = str_of(text), line, one;
    while (rest.n > 0 && str_split_next(&rest, '\n', &line)) {
        json_t *row = json_array();
        bool more = line.n > 0;
        while (more && str_split_next(&line, ',', &one)) {
            char day[DATE_CHARS + 1];
            if (one.n > 0 && one.p[0] == '+') {
                date_format(tokyo_day(time_now_us()) + strtol(one.p, NULL, 10), day);
                one = str_of(day);
            }
            (void)json_array_append_new(row, json_stringn(one.p, one.n));
        }
        if (json_array_size(row) > 0) {
            (void)json_array_append(rows, row);
        }
        json_decref(row);
    }
    return rows;
}

/* PERSON brings ROWS and SECTIONS; the record, 0 with the code in `why`. */
static uint64_t
brings(uint64_t person, const char *rows, const char *sections)
{
    struct doing d = {.person = person, .asked = json_object()};
    (void)json_object_set_new(d.asked, "rows", table(rows));
    if (sections != NULL) {
        (void)json_object_set_new(d.asked, "sections", table(sections));
    }
    store_write(store, unit_import, done, &d);
    json_decref(d.asked);
    return why[0] == '\0' ? d.record : 0;
}

static json_t *
batch(uint64_t record)
{
    struct err err = {0};
    struct register_caller caller = {.person = 3};
    json_t *ret = NULL;
    assert_int_equal(people_read(&desk, arena, &caller, record, &ret, &err), 0);
    return ret;
}

static void
shown(uint64_t record, struct register_call *ret)
{
    json_t *seen = batch(record);
    const char *hex = json_string_value(json_object_get(seen, "digest"));
    *ret = (struct register_call){
        .record = record, .rev = (uint64_t)json_integer_value(json_object_get(seen, "rev"))};
    for (size_t i = 0; i < 32; i++) {
        char two[3] = {hex[2 * i], hex[2 * i + 1], '\0'};
        ret->digest[i] = (unsigned char)strtoul(two, NULL, 16);
    }
    json_decref(seen);
}

static void
approves(uint64_t person, uint64_t record, bool mass, const char *code)
{
    struct doing d = {.person = person, .mass = mass};
    shown(record, &d.call);
    store_write(store, unit_approve, done, &d);
    assert_string_equal(why, code);
}

static void
acts(uint64_t person, uint64_t record, const char *move, const char *code)
{
    struct doing d = {.person = person};
    shown(record, &d.call);
    d.call.move = str_of(move);
    d.call.reason = STR("試験");
    store_write(store, unit_act, done, &d);
    assert_string_equal(why, code);
}

static void
day_comes(int64_t ahead)
{
    struct doing d = {.at_us = tokyo_day_start(tokyo_day(time_now_us()) + ahead)};
    store_write(store, unit_clock, done, &d);
    assert_string_equal(why, "");
}

/* How many lines the list KEY of the preview has. */
static size_t
lines(uint64_t record, const char *key)
{
    json_t *seen = batch(record);
    size_t n = json_array_size(json_object_get(json_object_get(seen, "preview"), key));
    json_decref(seen);
    return n;
}

/* The one row set aside in RECORD is for CODE. */
static void
aside(uint64_t record, size_t at, const char *code)
{
    json_t *seen = batch(record);
    json_t *row = json_array_get(json_object_get(json_object_get(seen, "preview"), "errors"), at);
    assert_non_null(row);
    assert_string_equal(json_string_value(json_object_get(row, "code")), code);
    json_decref(seen);
}

/* The only holder of ROLE for SECTION in AHEAD days is PERSON (0: nobody). */
static void
holds(const char *role, uint64_t section, int64_t ahead, uint64_t person)
{
    struct err err = {0};
    uint64_t *list = NULL;
    size_t count = 0;
    int64_t at = tokyo_day_start(tokyo_day(time_now_us()) + ahead);
    assert_int_equal(account_who(store, arena, role, section, at, &list, &count, &err), 0);
    assert_int_equal(count, person != 0);
    assert_true(person == 0 || list[0] == person);
}

/* ---- tests ---- */

/* One good row, so that the others are set aside beside it. */
#define GOOD "S5,佐藤 未来,,0400,主事,+10,異動,,\n"

static void
rows_in_error_are_set_aside(void **state)
{
    (void)state;
    static const struct {
        const char *row, *code;
    } cases[] = {
        {"S6,小川 修,,9999,主事,+10,異動,,\n", "people.no_section"},
        {"S6,小川 修,,0400,宇宙飛行士,+10,異動,,\n", "people.no_post"},
        {"S6,小川 治,,0400,主事,+10,異動,,\n", "people.name_differs"},
        {"S77,誰 か,,0400,主事,+10,異動,,\n", "people.unknown"},
        {"S6,誰 か,,0400,主事,+10,採用,,\n", "people.known"},
        {"S6,小川 修,,0400,主事,+0,異動,,\n", "people.retro"},
        {"S6,小川 修,,0400,主事,あした,異動,,\n", "people.date"},
        {"S6,小川 修,,0400,主事,令和8年2月30日,異動,,\n", "people.date"},
        {"S6,小川 修,,0400,主事,+10,出世,,\n", "people.order"},
        {"S6,小川 修,,0400,主事,+10,異動,たぶん,\n", "people.also"},
        {"S6,,,0400,主事,+10,異動,,\n", "people.name"},
        {"S6,小川 修,,,主事,+10,異動,,\n", "people.section"},
        {"S6,小川 修,,0400,,+10,異動,,\n", "people.post"},
        {",小川 修,,0400,主事,+10,異動,,\n", "people.staff_no"},
        {"S6,小川 修,,0400,主事,+10,採用,,+5\n", "people.until"},
        {"S6,小川 修,,0400,主事,+10,兼務解除,,\n", "people.no_seat"},
        {"S6,小\x01川,,0400,主事,+10,異動,,\n", "people.cell"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *text = arena_printf(arena, HEAD GOOD "%s", cases[i].row);
        uint64_t record = brings(2, text, NULL);
        if (record == 0) {
            fail_msg("%s: %s", cases[i].row, why);
        }
        assert_int_equal(lines(record, "errors"), 1);
        assert_int_equal(lines(record, "movers"), 1);
        aside(record, 0, cases[i].code);
        acts(2, record, "withdraw", "");
    }
}

static void
a_wrong_table_is_refused(void **state)
{
    (void)state;
    assert_int_equal(brings(2, "職員番号,氏名\nS5,佐藤 未来\n", NULL), 0);
    assert_string_equal(why, "people.column");
    assert_int_equal(brings(2, "職員番号,職員番号\nS5,S5\n", NULL), 0);
    assert_string_equal(why, "people.column");
    assert_int_equal(brings(2, HEAD "S6,小川 修,,9999,主事,+10,異動,,\n", NULL), 0);
    assert_string_equal(why, "people.nothing");
    assert_int_equal(brings(5, HEAD GOOD, NULL), 0); /* a clerk of a section */
    assert_string_equal(why, "register.not_candidate");
}

static void
two_main_posts_on_a_day(void **state)
{
    (void)state;
    uint64_t record = brings(2,
                             HEAD "S6,小川 修,,0300,主事,+10,任用更新,,+400\n" GOOD
                                  "S5,佐藤　未来,,0300,課長,+10,異動,,\n",
                             NULL);
    assert_int_not_equal(record, 0);
    assert_int_equal(lines(record, "errors"), 2);
    assert_int_equal(lines(record, "movers"), 0);
    aside(record, 0, "people.two_mains");
    aside(record, 1, "people.two_mains");
}

static void
two_persons_and_the_state_that_was_shown(void **state)
{
    (void)state;
    const char *file =
        HEAD "S4,山﨑 彩,,0400,課長,+10,異動,,\nS7,中村 恵,,0300,課長,+10,異動,,\n"
             "N1,新井 薫,あらい かおる,0300,主事,+10,採用,,\n"
             "S8,渡邉󠄁 健,,,,+9,退職,,\nS9,森 和夫,,0300,課長,+10,事務取扱,,\n";
    uint64_t record = brings(1, file, NULL);
    assert_string_equal(why, "");
    assert_int_equal(lines(record, "movers"), 2);
    assert_int_equal(lines(record, "joiners"), 1);
    assert_int_equal(lines(record, "leavers"), 1);
    assert_int_equal(lines(record, "concurrent"), 1);
    assert_int_equal(lines(record, "accounts"), 2);
    assert_int_equal(lines(record, "vacant"), 1); /* csirt was she who leaves */
    assert_int_equal(brings(2, file, NULL), 0);
    assert_string_equal(why, "people.again");
    approves(1, record, false, "register.apart");
    approves(6, record, false, "register.not_candidate");
    holds("section_manager", 11, 10, 4); /* a trial leaves nothing */
    /* the base moves on: another name for a person of the file */
    sql_run("UPDATE person SET name = '中村 めぐみ' WHERE id = 7");
    approves(3, record, false, "people.preview_changed");
    holds("section_manager", 11, 10, 4);
    struct doing d = {.person = 1, .record = record};
    store_write(store, unit_again, done, &d);
    assert_string_equal(why, "");
    assert_int_equal(lines(record, "errors"), 1);
    sql_run("UPDATE person SET name = '中村 恵' WHERE id = 7");
    approves(3, record, false, "people.preview_changed");
    d.person = 3;
    store_write(store, unit_again, done, &d);
    assert_string_equal(why, "register.not_candidate"); /* hers who brought it */
    d.person = 1;
    store_write(store, unit_again, done, &d);
    approves(3, record, false, "");
    assert_int_equal(sql_int("SELECT count(*) FROM outbox WHERE kind = 'people.apply'"), 1);
    holds("section_manager", 11, 9, 4); /* by dates alone */
    holds("section_manager", 12, 9, 7);
    holds("section_manager", 12, 10, 4);
    holds("csirt", 0, 9, 8);
    holds("csirt", 0, 10, 0);
    assert_int_equal(sql_int("SELECT count(*) FROM account WHERE state = 'enrol'"), 1);
    struct err err = {0};
    uint64_t person = 0;
    int64_t noon = tokyo_day_start(tokyo_day(time_now_us()) + 9) + TIME_US_DAY / 2;
    assert_int_equal(account_of_at(store, 1008, noon, &person, &err), 0);
    assert_int_equal(account_of_at(store, 1008, noon + TIME_US_DAY, &person, &err), 1);
    acts(2, record, "cancel", "register.not_candidate");
    acts(1, record, "cancel", "");
    holds("section_manager", 12, 10, 7); /* everything is as it was */
    holds("csirt", 0, 10, 8);
    assert_int_equal(sql_int("SELECT count(*) FROM account WHERE state = 'enrol'"), 0);
    assert_int_equal(sql_int("SELECT count(*) FROM engagement WHERE staff_no = 'N1'"), 0);
    assert_int_equal(sql_int("SELECT count(*) FROM people_change"), 0);
}

static void
the_newest_is_taken_back_first(void **state)
{
    (void)state;
    uint64_t first = brings(2, HEAD "S5,佐藤 未来,,0400,主事,+10,異動,,\n", NULL);
    approves(1, first, false, "");
    uint64_t second = brings(2, HEAD "S5,佐藤 未来,,0300,主事,+20,異動,,\n", NULL);
    approves(1, second, false, "");
    acts(1, first, "cancel", "people.later_batch");
    /* an order never reaches behind a later one */
    uint64_t third = brings(2,
                            HEAD "S6,小川 修,,0400,主事,+15,異動,,\nS5,佐藤 未来,,0400,課長,+15,"
                                 "異動,,\n",
                            NULL);
    aside(third, 0, "people.later_order");
    acts(2, third, "withdraw", "");
    acts(1, second, "cancel", "");
    acts(1, first, "cancel", "");
    assert_int_equal(sql_int("SELECT count(*) FROM appointment WHERE engagement = 5"), 1);
}

static void
a_name_changes_on_its_day(void **state)
{
    (void)state;
    uint64_t record = brings(2, HEAD "S5,加藤 未来,かとう みらい,,,+10,氏名変更,,\n", NULL);
    assert_int_equal(lines(record, "names"), 1);
    approves(1, record, false, "");
    struct err err = {0};
    struct account_person person;
    assert_int_equal(account_person_get(store, arena, 5, &person, &err), 0);
    assert_true(str_equal_z(person.name, "佐藤 未来"));
    sql_run("UPDATE person_name SET from_day = 1");
    assert_int_equal(account_person_get(store, arena, 5, &person, &err), 0);
    assert_true(str_equal_z(person.name, "加藤 未来"));
    assert_true(str_equal_z(person.kana, "かとう みらい"));
    acts(1, record, "cancel", "");
}

static void
brakes(void **state)
{
    (void)state;
    uint64_t record = brings(2,
                             HEAD "S5,佐藤 未来,,,,+10,退職,,\nS6,小川 修,,,,+10,退職,,\n"
                                  "S8,渡邉󠄁 健,,,,+10,退職,,\n",
                             NULL);
    assert_int_equal(lines(record, "leavers"), 3);
    approves(1, record, false, "people.mass");
    approves(1, record, true, "");
    assert_int_equal(
        sql_int("SELECT count(*) FROM engagement WHERE person = 6 AND until_day > 90000"),
        1); /* her other engagement goes on */
    acts(1, record, "cancel", "");
}

static void
a_section_is_renamed_and_all_go_along(void **state)
{
    (void)state;
    uint64_t record = brings(2, HEAD GOOD, PARTS "0300,改称,0300,市民課,+10,\n");
    assert_int_equal(lines(record, "errors"), 0);
    assert_int_equal(lines(record, "sections"), 1);
    assert_int_equal(lines(record, "carried"), 1);
    assert_int_equal(lines(record, "vacant"), 0);
    approves(1, record, false, "");
    holds("section_manager", 11, 10, 4); /* asked for the old one, the heir answers */
    holds("section_manager", 14, 10, 4); /* what was below hangs below the new one */
    struct err err = {0};
    uint64_t heir = 0;
    int64_t at = tokyo_day_start(tokyo_day(time_now_us()) + 10);
    assert_int_equal(account_section_heir(store, 11, at, &heir, &err), 0);
    assert_true(heir != 11 && heir != 0);
    assert_int_equal(account_section_heir(store, 11, at - 1, &heir, &err), 0);
    assert_int_equal(heir, 11);
    assert_int_equal(sql_int("SELECT count(*) FROM section WHERE code = '0300'"), 2);
    acts(1, record, "cancel", "");
    assert_int_equal(sql_int("SELECT count(*) FROM section WHERE code = '0300'"), 1);
    holds("section_manager", 14, 10, 4);
}

#define SPLIT PARTS "0300,分割,0310,窓口課,+10,○\n0300,分割,0320,戸籍課,+10,\n"

static void
a_split_section_names_its_heir_and_leaves_nobody(void **state)
{
    (void)state;
    /* 小川 is left: the split is set aside, and with it whoever was to go to a section it makes */
    const char *left = HEAD "S4,山﨑 彩,,0310,課長,+10,異動,,\nS5,佐藤 未来,,0320,主事,+10,異動,,\n"
                            "S8,渡邉󠄁 健,,0100,主任,+10,異動,,\n";
    uint64_t record = brings(2, left, SPLIT);
    assert_int_equal(lines(record, "sections"), 0);
    assert_int_equal(lines(record, "movers"), 1);
    assert_int_equal(lines(record, "errors"), 4);
    aside(record, 2, "people.left_behind");
    acts(2, record, "withdraw", "");
    const char *whole =
        HEAD "S4,山﨑 彩,,0310,課長,+10,異動,,\nS5,佐藤 未来,,0320,主事,+10,異動,,\n"
             "S6,小川 修,,0320,課長,+10,異動,,\n";
    assert_int_equal(brings(2, whole,
                            PARTS "0300,分割,0310,窓口課,+10,○\n0300,分割,0320,戸籍課,+10,"
                                  "○\n"),
                     0);
    assert_string_equal(why, "people.nothing"); /* two heirs: no section, and so no row */
    record = brings(2, whole, SPLIT);
    assert_int_equal(lines(record, "errors"), 0);
    assert_int_equal(lines(record, "sections"), 2);
    approves(1, record, false, "people.mass"); /* a section vanishes */
    approves(1, record, true, "");
    holds("section_manager", 11, 10, 4);
    int64_t second = sql_int("SELECT id FROM section WHERE code = '0320'");
    holds("section_manager", (uint64_t)second, 10, 6);
    acts(1, record, "cancel", "");
    holds("section_manager", 11, 10, 4);
}

static void
an_abolished_section(void **state)
{
    (void)state;
    uint64_t record =
        brings(2,
               HEAD "S7,中村 恵,,0300,主事,+10,異動,,\nS8,渡邉󠄁 健,,0300,主事,+10,"
                    "異動,,\n",
               PARTS "0400,廃止,0300,,+10,\n");
    assert_int_equal(lines(record, "errors"), 0);
    approves(1, record, true, "");
    holds("section_manager", 12, 10, 4); /* the heir's */
    acts(1, record, "cancel", "");
}

/* A draft of PERSON in the register of exceptions; its id. */
static uint64_t
drafts(uint64_t person)
{
    struct doing d = {.person = person, .call = {.reg = STR("carry_permit"), .move = STR("open")}};
    d.call.fields = json_object();
    store_write(store, unit_act, done, &d);
    json_decref(d.call.fields);
    assert_string_equal(why, "");
    return d.record;
}

static void
the_day_closes_accounts_and_offers_matters(void **state)
{
    (void)state;
    uint64_t matter = drafts(5);
    uint64_t record = brings(2, HEAD "S5,佐藤 未来,,,,+9,退職,,\n", NULL);
    assert_int_equal(lines(record, "handover"), 1);
    approves(1, record, false, "");
    day_comes(9);
    assert_int_equal(sql_int("SELECT count(*) FROM account WHERE state = 'closed'"), 0);
    day_comes(10); /* nobody was here at midnight: it is caught up */
    day_comes(10); /* and repeated without harm */
    assert_int_equal(sql_int("SELECT id FROM account WHERE state = 'closed'"), 1005);
    assert_int_equal(sql_int("SELECT count(*) FROM outbox WHERE kind = 'account.disable'"), 1);
    assert_int_equal(sql_int("SELECT count(*) FROM people_handover"), 1);
    char *text = arena_printf(arena, "SELECT count(*) FROM people_handover WHERE matter = %lld",
                              (long long)matter);
    assert_int_equal(sql_int(text), 1);
    json_t *seen = batch(record);
    assert_string_equal(json_string_value(json_object_get(seen, "state")), "closed");
    json_decref(seen);
    acts(1, record, "cancel", "register.move"); /* only a counter-batch helps now */
    uint64_t back = brings(2, HEAD "N5,佐藤 未来,,0300,主事,+12,採用,,\n", NULL);
    assert_int_not_equal(back, 0);
    approves(1, back, false, "");
}

static void
odd_bodies_are_refused(void **state)
{
    (void)state;
    static const char *const bodies[] = {"{}",
                                         "{\"rows\": 1}",
                                         "{\"rows\": [1]}",
                                         "{\"rows\": [[\"職員番号\"], [1]]}",
                                         "{\"rows\": [[\"a\"], [\"b\", \"c\"]]}",
                                         "{\"rows\": [[]], \"map\": []}"};
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        struct doing d = {.person = 2, .asked = json_loads(bodies[i], 0, NULL)};
        store_write(store, unit_import, done, &d);
        json_decref(d.asked);
        assert_true(strcmp(why, "people.shape") == 0 || strcmp(why, "people.column") == 0);
    }
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(rows_in_error_are_set_aside),
        TEST(a_wrong_table_is_refused),
        TEST(two_main_posts_on_a_day),
        TEST(two_persons_and_the_state_that_was_shown),
        TEST(the_newest_is_taken_back_first),
        TEST(a_name_changes_on_its_day),
        TEST(brakes),
        TEST(a_section_is_renamed_and_all_go_along),
        TEST(a_split_section_names_its_heir_and_leaves_nobody),
        TEST(an_abolished_section),
        TEST(the_day_closes_accounts_and_offers_matters),
        TEST(odd_bodies_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
