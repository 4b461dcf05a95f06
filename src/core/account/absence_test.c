/*
 * absence_test: absences are entered beforehand by the right person and only cut short; deputies
 * stand in their order where the role is held.
 */
#include "core/account/absence.h"

#include "base/os/time.h"
#include "tests/postgres.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* 1 manages section 11; 2 works there; 3 in 12; 6 is a second row of 2. 104 and 105 are deputies.
 */
static const struct store_statement rows[] = {
    {"t1", "INSERT INTO body VALUES (1, 'mayor', '町長', 'mayor', NULL, 0, 9999)"},
    {"t2", "INSERT INTO section VALUES (10, 1, 'A', '町民部', '', NULL, 0, 9999),"
           " (11, 1, 'A1', '住民課', '', 10, 0, 9999), (12, 1, 'B1', '税務課', '', 10, 0, 9999)"},
    {"t3", "INSERT INTO post VALUES (100, 11, 'kacho', '課長', 3, 1, 1, 0, 9999),"
           " (101, 11, 'shuji', '主事', 9, 0, 5, 0, 9999), (102, 12, 'shuji', '主事', 9, 0, 1, 0,"
           " 9999), (104, 11, 'hosa', '補佐', 4, 0, 1, 0, 9999),"
           " (105, 12, 'hosa', '補佐', 4, 0, 1, 0, 9999)"},
    {"t4", "INSERT INTO person VALUES (1, 'p:1', '山﨑', ''), (2, 'p:2', '小川', ''),"
           " (3, 'p:3', '佐藤', ''), (4, 'p:4', '森', ''), (6, 'p:6', '小川', '')"},
    {"t5", "INSERT INTO person_join VALUES (6, 2)"},
    {"t6", "INSERT INTO engagement VALUES (1, 1, 'S1', 'staff', 0, 9999),"
           " (2, 2, 'S2', 'staff', 0, 9999), (3, 3, 'S3', 'staff', 0, 9999),"
           " (4, 4, 'S4', 'staff', 0, 9999)"},
    {"t7", "INSERT INTO appointment VALUES (1, 1, 100, 'main', 0, 9999, ''),"
           " (2, 2, 101, 'main', 0, 9999, ''), (3, 3, 102, 'main', 0, 9999, ''),"
           " (4, 4, 104, 'main', 0, 9999, '')"},
    {"t8", "INSERT INTO role_slot VALUES (1, 'section_manager', 'section', 11, 100, NULL, 0, 9999),"
           " (2, 'chief', 'body', 1, 102, NULL, 0, 9999)"},
};

static char folder[] = "/tmp/sekisho-absence-XXXXXX";
static struct store *store;
static struct arena *arena;

/* One thing tried in a unit. */
struct
try {
    struct absence absence;
    struct deputy_new deputy;
    uint64_t end, by, id;
    int64_t now;
    const struct store_statement *statement;
    int result;
    struct err err;
};

static int
unit(struct store *s, void *arg, struct err *err)
{
    struct try *try = arg;
    if (try->statement != NULL)
        return db_exec(s, try->statement, err);
    if (try->end != 0)
        return absence_end(s, try->end, try->by, try->now, err);
    if (try->deputy.turn != 0)
        return deputy_add(s, &try->deputy, &try->id, err);
    return absence_add(s, &try->absence, try->now, &try->id, err);
}

static void
tried(void *arg, int result, const struct err *err)
{
    struct try *try = arg;
    try->result = result;
    if (result < 0)
        try->err = *err;
}

static int
fill(struct store *s, void *arg, struct err *err)
{
    (void)arg;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (db_exec(s, &rows[i], err) < 0)
            return -1;
    return 0;
}

static int
setup(void **state)
{
    (void)state;
    struct err err = {0};
    if (mkdtemp(folder) == NULL)
        return -1;
    arena = arena_new(16 << 20);
    char path[256];
    (void)snprintf(path, sizeof path, "%s/t.db", folder);
    if (test_server() != NULL)
        test_database(path, sizeof path);
    struct store_options options = {NULL, path, SEKISHO_SOURCE_DIR "/data/sql/core"};
    if (store_open(&options, &store, &err) < 0)
        return -1;
    struct try filled = {0};
    store_write(store, fill, tried, &filled);
    return filled.result;
}

static int
teardown(void **state)
{
    (void)state;
    store_close(store);
    arena_free(arena);
    const char *names[] = {"t.db", "t.db-wal", "t.db-shm"};
    for (size_t i = 0; i < 3; i++) {
        char path[64];
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        (void)unlink(path);
    }
    return rmdir(folder);
}

#define HOUR (INT64_C(3600) * TIME_US_SECOND)

static int64_t
noon(int64_t day)
{
    return tokyo_day_start(day) + TIME_US_DAY / 2;
}

/* BY enters an absence of PERSON from FROM for HOURS at NOW; what comes of it ("": done). */
static uint64_t
enters(uint64_t by, uint64_t person, int64_t from, int64_t hours, const char *code)
{
    struct try try = {.absence = {.person = person,
                                  .entered_by = by,
                                  .from_us = from,
                                  .until_us = from + hours * HOUR,
                                  .reason = STR("leave")},
                      .now = noon(100)};
    store_write(store, unit, tried, &try);
    assert_string_equal(try.result < 0 ? try.err.code : "", code);
    return try.id;
}

static bool
away(uint64_t person, int64_t at)
{
    struct absence found;
    struct err err = {0};
    int rc = absence_at(store, arena, person, at, &found, &err);
    assert_true(rc >= 0);
    return rc == 1;
}

static void
an_absence_is_entered_beforehand_and_by_whom_it_concerns(void **state)
{
    (void)state;
    int64_t from = noon(101);
    enters(2, 2, noon(100) - 1, 4, "absence.past");
    enters(3, 2, from, 4, "absence.not_yours");
    enters(2, 1, from, 4, "absence.not_yours"); /* not one's manager's */
    enters(2, 2, from, 0, "absence.span");
    enters(2, 2, from, 24 * 401, "absence.span");
    enters(1, 99, from, 4, "absence.person");
    enters(1, 2, from, 4, ""); /* the manager, for her section */
    assert_false(away(2, from - 1));
    assert_true(away(2, from));
    assert_true(away(6, from)); /* one natural person */
    assert_true(away(2, from + 4 * HOUR - 1));
    assert_false(away(2, from + 4 * HOUR));
    assert_false(away(1, from));
    struct absence *list;
    size_t count;
    struct err err = {0};
    assert_int_equal(absence_list(store, arena, 1, noon(100), &list, &count, &err), 0);
    assert_int_equal(count, 1);
    assert_int_equal(list[0].entered_by, 1);
    assert_int_equal(absence_list(store, arena, 3, noon(100), &list, &count, &err), 0);
    assert_int_equal(count, 0);
}

static int
ends(uint64_t by, uint64_t id, int64_t now, const char *code)
{
    struct try try = {.end = id, .by = by, .now = now};
    store_write(store, unit, tried, &try);
    assert_string_equal(try.result < 0 ? try.err.code : "", code);
    return try.result;
}

static void
an_absence_can_only_be_cut_short(void **state)
{
    (void)state;
    int64_t from = noon(110);
    uint64_t id = enters(3, 3, from, 8, "");
    ends(2, id, from + HOUR, "absence.not_yours");
    assert_int_equal(ends(3, id, from + HOUR, ""), 0);
    assert_true(away(3, from));
    assert_false(away(3, from + HOUR));
    assert_int_equal(ends(3, id, from + 2 * HOUR, ""), 1); /* it is over already */
    uint64_t early = enters(3, 3, noon(120), 8, "");
    assert_int_equal(ends(3, early, noon(119), ""), 0);
    assert_false(away(3, noon(120)));
    static const struct store_statement bad[] = {
        {"x1", "UPDATE absence SET until_us = until_us + 1"},
        {"x2", "UPDATE absence SET from_us = from_us - 1"},
        {"x3", "DELETE FROM absence"},
        {"x4", "INSERT INTO absence VALUES (7, 3, 10, 20, 'leave', 3, 11)"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct try try = {.statement = &bad[i]};
        store_write(store, unit, tried, &try);
        assert_string_equal(try.err.code, "store.constraint");
    }
}

static const char *
deputises(struct deputy_new row)
{
    static struct try try;
    try = (struct try){.deputy = row};
    store_write(store, unit, tried, &try);
    return try.result < 0 ? try.err.code : "";
}

static void
deputies_stand_in_order_where_the_role_is_held(void **state)
{
    (void)state;
    struct err err = {0};
    struct deputy_turns turns;
    struct deputy_new row = {"section_manager", 11, 0, 2, 105, 0, 9999};
    assert_string_equal(deputises(row), "");
    row.turn = 1;
    row.deputy_post = 104;
    row.until_day = 130;
    assert_string_equal(deputises(row), "");
    row.post = 100;
    assert_string_equal(deputises(row), "deputy.row"); /* role or post, not both */
    row = (struct deputy_new){"", 0, 102, 1, 104, 0, 9999};
    assert_string_equal(deputises(row), "");
    row.turn = 21;
    assert_string_equal(deputises(row), "deputy.row");
    row = (struct deputy_new){"chief", 0, 0, 1, 999, 0, 9999};
    assert_string_equal(deputises(row), "store.constraint");
    assert_int_equal(deputy_turns(store, arena, "section_manager", 11, noon(120), &turns, &err), 0);
    assert_int_equal(turns.count, 2);
    assert_int_equal(turns.list[0].post, 104);
    assert_int_equal(turns.list[0].persons[0], 4);
    assert_int_equal(turns.list[1].count, 0); /* a vacant post */
    assert_int_equal(deputy_turns(store, arena, "section_manager", 11, noon(131), &turns, &err), 0);
    assert_int_equal(turns.count, 1); /* the first one's term is over */
    assert_int_equal(deputy_turns(store, arena, "chief", 12, noon(120), &turns, &err), 0);
    assert_int_equal(turns.count, 1); /* the deputy of the post that holds the role */
    assert_int_equal(turns.list[0].post, 104);
    assert_int_equal(deputy_turns(store, arena, "section_manager", 12, noon(120), &turns, &err), 0);
    assert_int_equal(turns.count, 0); /* those of another section do not serve here */
    assert_int_equal(deputy_is(store, 4, noon(120), &err), 1);
    assert_int_equal(deputy_is(store, 2, noon(120), &err), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_absence_is_entered_beforehand_and_by_whom_it_concerns),
        cmocka_unit_test(an_absence_can_only_be_cut_short),
        cmocka_unit_test(deputies_stand_in_order_where_the_role_is_held),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
