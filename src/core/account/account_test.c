/*
 * account_test: roles come and go with dates, are served by the nearest place, and are judged on
 * the natural person; what authd is told about logins.
 */
#include "core/account/account.h"
#include "core/account/names.h"
#include "core/account/resolve.h"

#include "base/os/time.h"
#include "tests/postgres.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Day 100 is the last day of the old term, 101 the first of the new one. */
static const struct store_statement rows[] = {
    {"t1", "INSERT INTO body VALUES (1, 'mayor', '町長', 'mayor', NULL, 0, 9999),"
           " (2, 'audit', '監査委員', 'commissioners', 1, 0, 9999),"
           " (3, 'union', '組合', 'union', NULL, 0, 9999)"},
    {"t2", "INSERT INTO section VALUES (10, 1, 'A', '町民部', '', NULL, 0, 9999),"
           " (11, 1, 'A1', '住民課', '', 10, 0, 9999), (12, 1, 'A11', '戸籍係', '', 11, 0, 9999),"
           " (20, 2, 'K', '事務局', '', NULL, 0, 9999), (30, 3, 'U', '組合課', '', NULL, 0, 9999)"},
    {"t3",
     "INSERT INTO post VALUES (100, 11, 'kacho', '住民課長', 3, 1, 1, 0, 9999),"
     " (101, 11, 'shuji', '主事', 9, 0, 5, 0, 9999), (102, 10, 'bucho', '町民部長', 2, 1, 1, 0, "
     "9999),"
     " (103, 20, 'shoki', '書記', 8, 0, 1, 0, 9999), (104, 10, 'fuku', '副町長', 1, 0, 1, 0, 9999),"
     " (105, 11, 'hosa', '課長補佐', 4, 0, 1, 0, 150)"},
    {"t4",
     "INSERT INTO person VALUES (1, 'p:1', '山﨑 彩', 'やまざき あや'), (2, 'p:2', '小川 修', ''),"
     " (3, 'p:3', '佐藤 未来', ''), (4, 'p:4', '長谷川 学', ''), (5, 'p:5', '森 和夫', ''),"
     " (6, 'p:6', '山崎 彩', '')"},
    {"t5", "INSERT INTO person_join VALUES (6, 1)"},
    {"t6",
     "INSERT INTO engagement VALUES (1, 1, 'S1', 'staff', 0, 9999), (2, 2, 'S2', 'staff', 0, 9999),"
     " (3, 3, 'S3', 'staff', 0, 200), (4, 4, 'S4', 'staff', 0, 9999), (5, 5, 'S5', 'special', 0, "
     "9999),"
     " (6, 6, 'S6', 'temporary', 0, 9999)"},
    {"t7", "INSERT INTO appointment VALUES (1, 1, 100, 'main', 0, 100, ''), (2, 2, 100, 'main', "
           "101, 9999, ''),"
           " (3, 3, 101, 'main', 0, 9999, ''), (4, 4, 103, 'main', 0, 9999, ''),"
           " (5, 5, 104, 'main', 0, 9999, ''), (6, 1, 101, 'main', 101, 9999, ''),"
           " (7, 6, 105, 'main', 0, 9999, '')"},
    {"t8", "INSERT INTO role_slot VALUES (1, 'section_manager', 'section', 11, 100, NULL, 0, 9999),"
           " (2, 'ciso', 'body', 1, 104, NULL, 0, 9999), (3, 'csirt', 'body', 1, NULL, 3, 50, 60),"
           " (4, 'department_officer', 'section', 10, 102, NULL, 0, 9999),"
           " (5, 'auditor', 'body', 2, 103, NULL, 0, 9999), (6, 'auditor', 'body', 1, 103, NULL, "
           "0, 9999),"
           " (7, 'chief', 'body', 1, 105, NULL, 0, 9999)"},
    {"t9", "INSERT INTO account VALUES (1001, 1, 'yamazaki', 'open', 'internet lgwan'),"
           " (1003, 3, 'sato', 'open', 'internet lgwan mynumber'), (1005, 5, 'mori', 'open', "
           "'lgwan mynumber'),"
           " (1004, 4, 'hasegawa', 'suspended', 'lgwan')"},
};

static char folder[] = "/tmp/sekisho-account-XXXXXX";
static struct store *store;
static struct arena *arena;
static struct err err;

static int
fill(struct store *s, void *arg, struct err *e)
{
    (void)arg;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (db_exec(s, &rows[i], e) < 0)
            return -1;
    return 0;
}

static void
filled(void *arg, int result, const struct err *e)
{
    *(int *)arg = result;
    if (result < 0)
        print_error("%s %s\n", e->code, e->detail);
}

static int
setup(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL)
        return -1;
    arena = arena_new(16 << 20);
    char path[256];
    (void)snprintf(path, sizeof path, "%s/t.db", folder);
    if (test_server() != NULL) {
        test_database(path, sizeof path);
    }
    struct store_options options = {NULL, path, SEKISHO_SOURCE_DIR "/data/sql/core"};
    int result = store_open(&options, &store, &err);
    if (result < 0) {
        print_error("%s %s\n", err.code, err.detail);
        return -1;
    }
    store_write(store, fill, filled, &result);
    return result;
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

/* Noon in Japan of DAY. */
static int64_t
noon(int64_t day)
{
    return tokyo_day_start(day) + TIME_US_DAY / 2;
}

static void
assert_who(const char *role, uint64_t section, int64_t day, uint64_t person)
{
    uint64_t *persons;
    size_t count;
    assert_int_equal(account_who(store, arena, role, section, noon(day), &persons, &count, &err),
                     0);
    if (person == 0) {
        assert_int_equal(count, 0);
        return;
    }
    assert_int_equal(count, 1);
    assert_int_equal(persons[0], person);
}

static void
a_role_follows_the_post_and_ends_with_the_term(void **state)
{
    (void)state;
    assert_who("section_manager", 11, 100, 1);
    assert_who("section_manager", 11, 101, 2);
    assert_int_equal(account_has_role(store, 1, "section_manager", 11, noon(100), &err), 1);
    assert_int_equal(account_has_role(store, 1, "section_manager", 11, noon(101), &err), 0);
    assert_int_equal(account_has_role(store, 2, "section_manager", 11, noon(100), &err), 0);
    /* the change is at midnight in Japan */
    int64_t midnight = tokyo_day_start(101);
    assert_int_equal(account_has_role(store, 2, "section_manager", 11, midnight, &err), 1);
    assert_int_equal(account_has_role(store, 2, "section_manager", 11, midnight - 1, &err), 0);
}

static void
a_role_held_by_a_person_ends_too(void **state)
{
    (void)state;
    assert_who("csirt", 0, 49, 0);
    assert_who("csirt", 0, 50, 3);
    assert_who("csirt", 0, 60, 3);
    assert_who("csirt", 0, 61, 0);
}

static void
an_abolished_post_gives_nothing(void **state)
{
    (void)state;
    assert_int_equal(account_has_role(store, 6, "chief", 0, noon(150), &err), 1);
    assert_who("chief", 0, 151, 0);
}

static void
the_nearest_place_serves(void **state)
{
    (void)state;
    assert_who("section_manager", 12, 100, 1);    /* the section above */
    assert_who("section_manager", 10, 100, 0);    /* never the one below */
    assert_who("department_officer", 11, 100, 0); /* nobody holds that post */
    assert_who("ciso", 11, 100, 5);
    assert_who("ciso", 20, 100, 5); /* the body whose standard is shared */
    assert_who("ciso", 30, 100, 0); /* a body of its own */
    assert_who("ciso", 999, 100, 0);
    assert_who("ciso", 0, 100, 5);
    assert_who("pope", 11, 100, 0);
    assert_who("auditor", 20, 100, 4);
}

static void
joined_rows_are_one_person(void **state)
{
    (void)state;
    assert_int_equal(account_same_person(store, 1, 6, &err), 1);
    assert_int_equal(account_same_person(store, 6, 1, &err), 1);
    assert_int_equal(account_same_person(store, 6, 6, &err), 1);
    assert_int_equal(account_same_person(store, 6, 2, &err), 0);
    assert_int_equal(account_has_role(store, 6, "section_manager", 11, noon(100), &err), 1);
    struct account_post *posts;
    size_t count;
    assert_int_equal(account_posts(store, arena, 6, noon(100), &posts, &count, &err), 0);
    assert_int_equal(count, 2);
    assert_int_equal(posts[0].post, 105); /* its own first */
    assert_int_equal(posts[1].post, 100);
}

static void
posts_roles_and_names_of_the_day(void **state)
{
    (void)state;
    struct account_post *posts;
    struct account_role *roles;
    size_t count;
    assert_int_equal(account_posts(store, arena, 1, noon(100), &posts, &count, &err), 0);
    assert_true(str_equal_z(posts[0].section_name, "住民課"));
    assert_int_equal(account_posts(store, arena, 2, noon(101), &posts, &count, &err), 0);
    assert_int_equal(count, 1);
    assert_true(str_equal_z(posts[0].name, "住民課長"));
    assert_true(str_equal_z(posts[0].role, "section_manager"));
    assert_int_equal(account_roles(store, arena, 2, noon(101), &roles, &count, &err), 0);
    assert_int_equal(count, 1);
    assert_true(str_equal_z(roles[0].role, "section_manager"));
    assert_true(str_equal_z(roles[0].scope_name, "住民課"));
    assert_int_equal(account_roles(store, arena, 2, noon(100), &roles, &count, &err), 0);
    assert_int_equal(count, 0);
    assert_int_equal(account_roles(store, arena, 3, noon(55), &roles, &count, &err), 0);
    assert_int_equal(count, 1);
    struct account_person person;
    assert_int_equal(account_person_get(store, arena, 1, &person, &err), 0);
    assert_true(str_equal_z(person.name, "山﨑 彩"));
    assert_int_equal(account_person_get(store, arena, 77, &person, &err), 1);
    uint64_t section;
    assert_int_equal(account_section_of(store, 4, noon(5), &section, &err), 0);
    assert_int_equal(section, 20);
    assert_int_equal(account_section_of(store, 3, noon(201), &section, &err), 1);
    struct account_body body;
    assert_int_equal(account_body_of(store, arena, 4, noon(5), &body, &err), 0);
    assert_true(str_equal_z(body.code, "audit"));
    struct str name;
    assert_int_equal(account_section_name(store, arena, 11, &name, &err), 0);
    assert_true(str_equal_z(name, "住民課"));
    assert_int_equal(account_section_name(store, arena, 99, &name, &err), 1);
}

static void
accounts_that_are_not_open_are_nobody(void **state)
{
    (void)state;
    uint64_t person;
    assert_int_equal(account_of_at(store, 1003, noon(200), &person, &err), 0);
    assert_int_equal(person, 3);
    assert_int_equal(account_of_at(store, 1003, noon(201), &person, &err), 1); /* left */
    assert_int_equal(account_of_at(store, 1004, noon(5), &person, &err), 1);   /* suspended */
    assert_int_equal(account_of_at(store, 4711, noon(5), &person, &err), 1);
}

static void
assert_resolved(struct account_desk *desk, const char *login, const char *zone, uint64_t account)
{
    struct account_resolve ask = {str_of(login), str_of(zone)};
    struct account_known known;
    assert_int_equal(account_resolve(desk, &ask, noon(120), &known, &err), 0);
    assert_int_equal(known.known, account != 0);
    assert_int_equal(known.account, account);
    if (account == 0) { /* nothing tells why */
        assert_int_equal(known.kinds + known.idle_s + known.absolute_s + known.tries, 0);
        assert_int_equal(known.any.n, 0);
        assert_false(known.privileged);
    }
}

static void
authd_is_told_the_rule_and_no_more(void **state)
{
    (void)state;
    struct account_desk desk;
    assert_int_equal(account_desk_open(&desk, store, SEKISHO_SOURCE_DIR "/data", &err), 0);
    assert_resolved(&desk, "sato", "internet", 1003);
    assert_resolved(&desk, "yamazaki", "mynumber", 0); /* not a zone of this account */
    assert_resolved(&desk, "yamazaki", "", 0);
    assert_resolved(&desk, "yamazaki", "internet lgwan", 0);
    assert_resolved(&desk, "hasegawa", "lgwan", 0);
    assert_resolved(&desk, "nobody", "lgwan", 0);
    assert_resolved(&desk, "SATO", "lgwan", 0);
    struct account_resolve ask = {STR("mori"), STR("lgwan")};
    struct account_known known;
    assert_int_equal(account_resolve(&desk, &ask, noon(120), &known, &err), 0);
    assert_true(known.known && known.privileged);
    assert_int_equal(known.tries, 3);
    assert_int_equal(known.idle_s, 900);
    assert_true(str_find(known.any, STR("password+totp"), 0) >= 0);
    ask.zone = STR("mynumber"); /* another rule, the counters stay strict */
    assert_int_equal(account_resolve(&desk, &ask, noon(120), &known, &err), 0);
    assert_int_equal(known.idle_s, 600);
    assert_int_equal(known.tries, 3);
    ask = (struct account_resolve){STR("sato"), STR("lgwan")};
    assert_int_equal(account_resolve(&desk, &ask, noon(120), &known, &err), 0);
    assert_false(known.privileged);
    assert_int_equal(known.tries, 10);
    account_desk_close(&desk);
}

static int
second_main(struct store *s, void *arg, struct err *e)
{
    (void)arg;
    static const struct store_statement add = {
        "test.add", "INSERT INTO appointment VALUES (90, 3, 100, 'main', 150, 160, '')"};
    return db_exec(s, &add, e);
}

static void
refused(void *arg, int result, const struct err *e)
{
    (void)arg;
    assert_int_equal(result, -1);
    assert_string_equal(e->code, "store.constraint");
}

static void
one_main_appointment_a_day(void **state)
{
    (void)state;
    store_write(store, second_main, refused, NULL);
}

/* How many PERSON finds on day DAY, the ids in order as "1 4 ". */
static const char *
names(uint64_t person, enum account_name_kind kind, const char *text, int64_t day)
{
    static char list[400];
    struct account_search search = {kind, person, str_of(text), noon(day)};
    struct account_names found;
    if (account_names(store, arena, &search, &found, &err) < 0)
        fail_msg("%s %s", err.code, err.detail);
    list[0] = '\0';
    for (size_t i = 0; i < found.count; i++)
        (void)snprintf(list + strlen(list), sizeof list - strlen(list), "%llu ",
                       (unsigned long long)found.list[i].id);
    return list;
}

static void
names_are_found_as_they_are_typed(void **state)
{
    (void)state;
    assert_string_equal(names(5, NAME_PERSON, "山崎", 120), "6 1 "); /* 﨑 too; by rank */
    assert_string_equal(names(5, NAME_PERSON, "ﾔﾏｻﾞｷ", 120), "1 ");
    assert_string_equal(names(5, NAME_PERSON, "佐藤未来", 120), "3 "); /* without its blank */
    assert_string_equal(names(5, NAME_PERSON, "佐藤　未来", 120), "3 ");
    assert_string_equal(names(5, NAME_PERSON, "未来", 120), "3 ");
    assert_string_equal(names(5, NAME_PERSON, "未", 120), ""); /* one character begins */
    assert_string_equal(names(5, NAME_PERSON, "佐", 120), "3 ");
    assert_string_equal(names(5, NAME_PERSON, "ｓ３", 120), "3 "); /* the staff number */
    assert_string_equal(names(5, NAME_PERSON, "住民課 小川", 120), "2 ");
    assert_string_equal(names(5, NAME_PERSON, "税務課 小川", 120), "");
    assert_string_equal(names(5, NAME_PERSON, "%", 120), "5 "); /* no word: my own section's */
    assert_string_equal(names(5, NAME_SECTION, "戸籍", 120), "12 ");
    assert_string_equal(names(5, NAME_SECTION, "", 120), "10 11 12 ");
    assert_string_equal(names(5, NAME_POST, "住民課長", 120), "100 ");
    assert_string_equal(names(5, NAME_POST, "hosa", 160), ""); /* abolished */
}

static void
names_of_others_are_not_found(void **state)
{
    (void)state;
    assert_string_equal(names(5, NAME_PERSON, "長谷川", 120), ""); /* of another body */
    assert_string_equal(names(4, NAME_PERSON, "長谷川", 120), "4 ");
    assert_string_equal(names(4, NAME_PERSON, "佐藤", 120), "");
    assert_string_equal(names(5, NAME_PERSON, "佐藤", 201), "");  /* has left */
    assert_string_equal(names(5, NAME_PERSON, "小川", 100), "");  /* comes tomorrow */
    assert_string_equal(names(99, NAME_PERSON, "佐藤", 120), ""); /* who belongs nowhere */
    assert_string_equal(names(3, NAME_SECTION, "", 201), "");
    assert_string_equal(names(5, NAME_SECTION, "組合", 120), "");
    assert_string_equal(names(5, NAME_POST, "書記", 120), "");
    struct account_search search = {NAME_PERSON, 5, STR("\xff"), noon(120)};
    struct account_names found;
    assert_int_equal(account_names(store, arena, &search, &found, &err), -1);
    assert_true(err_is(&err, "text.utf8"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_role_follows_the_post_and_ends_with_the_term),
        cmocka_unit_test(a_role_held_by_a_person_ends_too),
        cmocka_unit_test(an_abolished_post_gives_nothing),
        cmocka_unit_test(the_nearest_place_serves),
        cmocka_unit_test(joined_rows_are_one_person),
        cmocka_unit_test(posts_roles_and_names_of_the_day),
        cmocka_unit_test(accounts_that_are_not_open_are_nobody),
        cmocka_unit_test(authd_is_told_the_rule_and_no_more),
        cmocka_unit_test(names_are_found_as_they_are_typed),
        cmocka_unit_test(names_of_others_are_not_found),
        cmocka_unit_test(one_main_appointment_a_day),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
