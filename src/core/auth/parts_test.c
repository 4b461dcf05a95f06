/*
 * parts_test: forms of what is typed, one-time codes (RFC 6238 vectors), brakes, the clock, the
 * key, enrolment codes, and the queue of the hasher.
 */
#include "base/crypt/password.h"
#include "base/os/file.h"
#include "base/os/time.h"
#include "core/auth/attempts.h"
#include "core/auth/brake.h"
#include "core/auth/clock.h"
#include "core/auth/hasher.h"
#include "core/auth/text.h"
#include "core/auth/vault.h"
#include "tests/test.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[64];
static struct store *store;
static struct vault *vault;
static struct err err;

static const char *
in_folder(const char *name)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static int
folder_open(void)
{
    struct store_options options = {NULL, in_folder("auth.db"),
                                    SEKISHO_SOURCE_DIR "/data/sql/auth"};
    return store_open(&options, &store, &err) == 0 ? vault_open(store, folder, &vault, &err) : -1;
}

static void
folder_close(void)
{
    vault_close(vault);
    store_close(store);
    vault = NULL;
    store = NULL;
}

static int
setup(void **state)
{
    (void)state;
    memcpy(folder, "/tmp/sekisho-parts-XXXXXX", sizeof "/tmp/sekisho-parts-XXXXXX");
    return mkdtemp(folder) == NULL ? -1 : folder_open();
}

static int
teardown(void **state)
{
    (void)state;
    folder_close();
    static const char *const names[] = {"auth.db", "auth.db-wal", "auth.db-shm", "key", "key.old"};
    for (size_t i = 0; i < 5; i++)
        (void)unlink(in_folder(names[i]));
    return rmdir(folder);
}

static void
assert_login(const char *typed, const char *form)
{
    char made[LOGIN_BYTES + 1];
    login_form(str_of(typed), made);
    assert_string_equal(made, form);
}

static void
what_is_typed_has_one_form(void **state)
{
    (void)state;
    assert_login("sato", "sato");
    assert_login("ＳＡＴＯ", "sato");
    assert_login("  Sato\t", "sato");
    assert_login("", "-");
    assert_login("佐藤", "-");
    assert_login("a", "-");
    assert_login("abcdefghijklmnopqrstuvwxyzabcdefg", "-");
    assert_login("sato; drop", "-");
    assert_login("\xff\xfe", "-");
    char a[PASSWORD_FORM_BYTES], b[PASSWORD_FORM_BYTES];
    size_t an, bn;
    assert_true(password_form(STR("ｐａｓｓ１２３４"), a, &an));
    assert_true(password_form(STR("pass1234"), b, &bn));
    assert_int_equal(an, bn);
    assert_memory_equal(a, b, an);
    assert_true(password_form(STR("か゛"), a, &an) && password_form(STR("か\u3099"), b, &bn));
    assert_false(password_form(STR("\xc3"), a, &an));
    char longest[PASSWORD_BYTES + 1];
    memset(longest, 'x', sizeof longest);
    assert_true(password_form((struct str){longest, PASSWORD_BYTES}, a, &an));
    assert_false(password_form((struct str){longest, PASSWORD_BYTES + 1}, a, &an));
    uint32_t code;
    assert_true(otp_read(STR("０１２ ３４５"), &code));
    assert_int_equal(code, 12345);
    assert_false(otp_read(STR("12345"), &code));
    assert_false(otp_read(STR("1234567"), &code));
    assert_false(otp_read(STR("12345a"), &code));
    assert_false(otp_read(STR("-12345"), &code));
}

struct totp_try {
    uint64_t account;
    uint32_t code;
    int64_t seconds;
    int result;
};

static const uint8_t rfc_secret[] = "12345678901234567890";

static int
totp_unit(struct store *s, void *arg, struct err *e)
{
    (void)s;
    struct totp_try *try = arg;
    try->result = vault_totp_use(vault, try->account, try->code, try->seconds * TIME_US_SECOND, e);
    return try->result;
}

static int
totp_set(struct store *s, void *arg, struct err *e)
{
    (void)s;
    (void)arg;
    return vault_totp_put(vault, 7, rfc_secret, 0, e) | vault_totp_put(vault, 8, rfc_secret, 0, e);
}

static int
use(uint64_t account, uint32_t code, int64_t seconds)
{
    struct totp_try try = {account, code, seconds, -2};
    store_write(store, totp_unit, NULL, &try);
    return try.result;
}

static void
one_time_codes_count_once(void **state)
{
    (void)state;
    store_write(store, totp_set, NULL, NULL);
    /* RFC 6238 appendix B, SHA-1, the last six of its eight digits */
    assert_int_equal(use(7, 287082, 59), TOTP_RIGHT);
    assert_int_equal(use(7, 287082, 59), TOTP_REPLAYED);
    assert_int_equal(use(7, 81804, 1111111109), TOTP_RIGHT);
    assert_int_equal(use(7, 50471, 1111111111), TOTP_RIGHT);    /* the next step */
    assert_int_equal(use(7, 81804, 1111111111), TOTP_REPLAYED); /* an older one is over */
    assert_int_equal(use(7, 5924, 1234567890), TOTP_RIGHT);
    assert_int_equal(use(7, 279037, 2000000000), TOTP_RIGHT);
    assert_int_equal(use(7, 353130, 20000000000), TOTP_RIGHT);
    assert_int_equal(use(7, 353131, 20000000030), TOTP_WRONG);
    assert_int_equal(use(8, 353130, 20000000000), TOTP_RIGHT); /* another account's own count */
    assert_int_equal(use(9, 353130, 20000000000), TOTP_WRONG); /* no seed */
}

static uint32_t
code_at(int64_t step)
{
    return totp_code((struct str){(const char *)rfc_secret, 20}, (uint64_t)step);
}

static void
a_clock_that_drifts_is_followed_two_steps(void **state)
{
    (void)state;
    store_write(store, totp_set, NULL, NULL);
    int64_t now = 1000;
    assert_int_equal(use(7, code_at(now + 2), now * 30), TOTP_WRONG);
    assert_int_equal(use(7, code_at(now + 1), now * 30), TOTP_RIGHT); /* drift 1 */
    now = 2000;
    assert_int_equal(use(7, code_at(now + 2), now * 30), TOTP_RIGHT); /* drift 2 */
    now = 3000;
    assert_int_equal(use(7, code_at(now + 3), now * 30), TOTP_RIGHT); /* drift stays 2 */
    now = 4000;
    assert_int_equal(use(7, code_at(now + 4), now * 30), TOTP_WRONG);
    assert_int_equal(use(7, code_at(now - 2), now * 30), TOTP_WRONG);
    assert_int_equal(use(7, code_at(now), now * 30), TOTP_RIGHT); /* the true time is always fine */
}

static int
swap_unit(struct store *s, void *arg, struct err *e)
{
    (void)arg;
    static const struct store_statement swap = {
        "t.swap", "UPDATE totp SET sealed = (SELECT sealed FROM totp WHERE account = 8),"
                  " last_step = 0 WHERE account = 7"};
    return db_exec(s, &swap, e);
}

static void
a_seed_of_another_account_does_not_open(void **state)
{
    (void)state;
    store_write(store, totp_set, NULL, NULL);
    store_write(store, swap_unit, NULL, NULL);
    assert_int_equal(use(7, 287082, 59), TOTP_WRONG);
    assert_int_equal(use(8, 287082, 59), TOTP_RIGHT);
}

static void
the_key_must_be_the_right_one(void **state)
{
    (void)state;
    folder_close();
    char old[128];
    snprintf(old, sizeof old, "%s", in_folder("key.old"));
    assert_int_equal(rename(in_folder("key"), old), 0);
    assert_int_equal(folder_open(), -1);
    assert_string_equal(err.code, "auth.key_missing");
    folder_close();
    int fd = open(in_folder("key"), O_WRONLY | O_CREAT, 0600);
    assert_int_equal(write(fd, rfc_secret, 20), 20);
    assert_int_equal(write(fd, rfc_secret, 12), 12);
    close(fd);
    assert_int_equal(folder_open(), -1);
    assert_string_equal(err.code, "auth.key_wrong");
    folder_close();
    assert_int_equal(rename(old, in_folder("key")), 0);
    assert_int_equal(chmod(in_folder("key"), 0640), 0);
    assert_int_equal(folder_open(), -1);
    assert_string_equal(err.code, "auth.key_mode");
    folder_close();
    assert_int_equal(chmod(in_folder("key"), 0600), 0);
    assert_int_equal(folder_open(), 0);
}

struct code_try {
    char text[CODE_CHARS];
    int64_t now_us;
    uint64_t account;
    int result;
};

static int
code_new_unit(struct store *s, void *arg, struct err *e)
{
    (void)s;
    struct code_try *try = arg;
    return vault_code_new(vault, try->account, try->now_us, try->text, e);
}

static int
code_use_unit(struct store *s, void *arg, struct err *e)
{
    (void)s;
    struct code_try *try = arg;
    try->account = 0;
    try->result = vault_code_use(vault, str_of(try->text), try->now_us, &try->account, e);
    return try->result;
}

static void
enrolment_codes_count_once_and_for_three_days(void **state)
{
    (void)state;
    struct code_try try = {.account = 42, .now_us = 0};
    store_write(store, code_new_unit, NULL, &try);
    assert_int_equal(strlen(try.text), 24);
    struct code_try late = try;
    late.now_us = INT64_C(72) * 3600 * TIME_US_SECOND;
    store_write(store, code_use_unit, NULL, &late);
    assert_int_equal(late.result, 1);
    struct code_try wrong = try;
    wrong.text[0] = wrong.text[0] == 'a' ? 'b' : 'a';
    store_write(store, code_use_unit, NULL, &wrong);
    assert_int_equal(wrong.result, 1);
    struct code_try once = try;
    for (char *c = once.text; *c != '\0'; c++)
        if (*c >= 'a' && *c <= 'z')
            *c = (char)(*c - 'a' + 'A');
    store_write(store, code_use_unit, NULL, &once);
    assert_int_equal(once.result, 0);
    assert_int_equal(once.account, 42);
    store_write(store, code_use_unit, NULL, &try);
    assert_int_equal(try.result, 1);
    struct code_try first = {.account = 43}, second = {.account = 43};
    store_write(store, code_new_unit, NULL, &first);
    store_write(store, code_new_unit, NULL, &second); /* takes the place of the first */
    store_write(store, code_use_unit, NULL, &first);
    assert_int_equal(first.result, 1);
    store_write(store, code_use_unit, NULL, &second);
    assert_int_equal(second.result, 0);
}

static void
waits_grow_and_lock(void **state)
{
    (void)state;
    static const uint64_t ordinary[] = {0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 900, 900};
    const struct brake_rule rule = {11, false}, strict = {3, true};
    bool locked;
    for (uint64_t n = 0; n < 10; n++) {
        assert_int_equal(brake_wait_s(&rule, n, &locked), ordinary[n]);
        assert_false(locked);
    }
    assert_int_equal(brake_wait_s(&rule, 10, &locked), 60);
    assert_int_equal(brake_wait_s(&rule, 11, &locked), 900);
    assert_false(locked);
    (void)brake_wait_s(&rule, 49, &locked);
    assert_false(locked);
    (void)brake_wait_s(&rule, 50, &locked);
    assert_true(locked);
    assert_int_equal(brake_wait_s(&strict, 2, &locked), 0);
    assert_int_equal(brake_wait_s(&strict, 3, &locked), 900);
    assert_false(locked);
    (void)brake_wait_s(&strict, 10, &locked);
    assert_true(locked);
}

static void
sources_are_counted_by_the_minute(void **state)
{
    (void)state;
    struct brake_sources *sources = brake_sources_new();
    const uint8_t a[SUBJECT_BYTES] = {1}, b[SUBJECT_BYTES] = {2};
    int64_t now = 1000 * TIME_US_SECOND;
    for (int i = 0; i < BRAKE_SOURCE_FAILURES; i++) {
        assert_int_equal(brake_source_left_s(sources, a, now), 0);
        brake_source_fail(sources, a, now);
    }
    assert_int_equal(brake_source_left_s(sources, a, now + 10 * TIME_US_SECOND), 50);
    assert_int_equal(brake_source_left_s(sources, b, now), 0);
    assert_int_equal(brake_source_left_s(sources, a, now + 60 * TIME_US_SECOND), 0);
    for (uint8_t i = 0; i < 255; i++) /* many others do not break the table */
        for (uint8_t j = 0; j < 20; j++) {
            const uint8_t other[SUBJECT_BYTES] = {9, i, j};
            brake_source_begin(sources, other, now);
        }
    assert_int_equal(brake_source_left_s(sources, b, now), 0);
    brake_sources_free(sources);
}

static void
addresses_of_one_source_are_one(void **state)
{
    (void)state;
    uint8_t a[SUBJECT_BYTES], b[SUBJECT_BYTES];
    size_t an, bn;
    brake_address(STR("192.0.2.7"), a, &an);
    brake_address(STR("::ffff:192.0.2.7"), b, &bn);
    assert_int_equal(an, bn);
    assert_memory_equal(a, b, an);
    brake_address(STR("2001:db8:1:2::3"), a, &an);
    brake_address(STR("2001:db8:1:2:ffff::9"), b, &bn);
    assert_int_equal(an, 8);
    assert_memory_equal(a, b, SUBJECT_BYTES);
    brake_address(STR("2001:db8:1:3::3"), b, &bn);
    assert_memory_not_equal(a, b, SUBJECT_BYTES);
    brake_address(STR(""), b, &bn);
    assert_int_equal(bn, 0);
}

static int64_t wall_us, mono_us;

static int64_t
wall(void)
{
    return wall_us;
}

static int64_t
mono(void)
{
    return mono_us;
}

static void
the_clock_never_goes_back(void **state)
{
    (void)state;
    static const struct clock_source source = {wall, mono};
    struct auth_clock clock;
    wall_us = 1000;
    mono_us = 50;
    auth_clock_init(&clock, &source, 0);
    assert_int_equal(auth_clock_now(&clock), 1000);
    wall_us = 2000;
    assert_int_equal(auth_clock_now(&clock), 2000);
    wall_us = 500; /* set back; ten microseconds pass */
    mono_us = 60;
    assert_int_equal(auth_clock_now(&clock), 2010);
    mono_us = 70;
    assert_int_equal(auth_clock_now(&clock), 2020);
    wall_us = 3000;
    assert_int_equal(auth_clock_now(&clock), 3000);
    wall_us = 100; /* and over a restart */
    auth_clock_init(&clock, &source, 3000);
    assert_int_equal(auth_clock_now(&clock), 3000);
    assert_int_equal(auth_clock_wall(&clock), 100);
}

static void
attempts_make_room_only_for_their_own(void **state)
{
    (void)state;
    struct attempts *attempts = attempts_new();
    struct attempt like = {.account = 1, .zone = "lgwan", .source = {1}};
    const struct attempt *other = attempt_add(attempts, &like, 0);
    char id[ATTEMPT_CHARS + 1];
    memcpy(id, other->id, sizeof id);
    like.source[0] = 2;
    for (int i = 0; i < 3 * ATTEMPTS_SOURCE_MOST; i++)
        assert_non_null(attempt_add(attempts, &like, i));
    assert_non_null(attempt_find(attempts, str_of(id), "lgwan", 0));
    assert_null(attempt_find(attempts, str_of(id), "internet", 0));
    assert_null(attempt_find(attempts, STR("short"), "lgwan", 0));
    assert_null(attempt_find(attempts, str_of(id), "lgwan", ATTEMPT_S * TIME_US_SECOND));
    assert_null(attempt_find(attempts, str_of(id), "lgwan", 0)); /* it is gone for good */
    attempts_free(attempts);
}

static void
combinations_decide_what_is_accepted(void **state)
{
    (void)state;
    struct attempt attempt = {.any = {FACTOR_PASSWORD | FACTOR_TOTP, FACTOR_PASSWORD | FACTOR_CARD},
                              .any_count = 2,
                              .kinds = 2};
    unsigned here = FACTOR_PASSWORD | FACTOR_TOTP;
    assert_int_equal(attempt_accepts(&attempt, here), here);
    attempt.passed = FACTOR_PASSWORD;
    assert_int_equal(attempt_accepts(&attempt, here), FACTOR_TOTP);
    assert_false(attempt_complete(&attempt, FACTOR_PASSWORD));
    assert_false(attempt_complete(&attempt, FACTOR_TOTP | FACTOR_CARD));
    assert_true(attempt_complete(&attempt, here));
    attempt.any[0] = FACTOR_PASSWORD; /* even a bad rule cannot lower the number of kinds */
    assert_false(attempt_complete(&attempt, FACTOR_PASSWORD));
}

struct told {
    int right, wrong, busy, made;
    char fresh[PASSWORD_HASH_CHARS];
};

static void
hashed(void *arg, enum hasher_result result, const char *fresh)
{
    struct told *told = arg;
    told->right += result == HASHER_RIGHT;
    told->wrong += result == HASHER_WRONG;
    told->busy += result == HASHER_BUSY;
    told->made += result == HASHER_MADE;
    if (fresh != NULL)
        snprintf(told->fresh, sizeof told->fresh, "%s", fresh);
}

static void
the_hasher_checks_renews_and_refuses(void **state)
{
    (void)state;
    struct loop *loop = loop_new();
    struct hasher *hasher;
    const struct hasher_cost cost = {16384, 2};
    assert_int_equal(hasher_new(loop, &cost, &hasher, &err), 0);
    char old[PASSWORD_HASH_CHARS];
    assert_int_equal(password_hash(STR("correct horse"), 8192, 1, old, &err), 0);
    struct told told = {0};
    assert_int_equal(hasher_check(hasher, old, STR("correct horse"), hashed, &told), 0);
    assert_int_equal(hasher_check(hasher, old, STR("wrong"), hashed, &told), 0);
    assert_int_equal(hasher_check(hasher, NULL, STR(""), hashed, &told), 0);
    for (int i = 0; i < 200 && told.right + told.wrong < 3; i++)
        loop_once(loop, 20);
    assert_int_equal(told.right, 1);
    assert_int_equal(told.wrong, 2);
    assert_true(password_check(told.fresh, STR("correct horse"))); /* renewed at the new cost */
    assert_false(password_is_stale(told.fresh, 16384, 2));
    hasher_free(hasher);
    const struct hasher_cost slow = {4 << 20, 2};
    assert_int_equal(hasher_new(loop, &slow, &hasher, &err), 0);
    int taken = 0; /* jobs come faster than they are done: the queue fills up */
    struct told many = {0}, gone = {0};
    while (hasher_make(hasher, STR("x"), hashed, taken % 2 == 0 ? &many : &gone) == 0)
        assert_true(++taken < 5000);
    assert_true(taken >= HASHER_QUEUE_MOST);
    hasher_forget(hasher, &gone);
    for (int i = 0; i < 2000 && many.made < (taken + 1) / 2; i++)
        loop_once(loop, 20);
    assert_int_equal(many.made, (taken + 1) / 2);
    assert_int_equal(gone.made, 0);
    hasher_free(hasher);
    loop_free(loop);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_typed_has_one_form),
        cmocka_unit_test_setup_teardown(one_time_codes_count_once, setup, teardown),
        cmocka_unit_test_setup_teardown(a_clock_that_drifts_is_followed_two_steps, setup, teardown),
        cmocka_unit_test_setup_teardown(a_seed_of_another_account_does_not_open, setup, teardown),
        cmocka_unit_test_setup_teardown(the_key_must_be_the_right_one, setup, teardown),
        cmocka_unit_test_setup_teardown(enrolment_codes_count_once_and_for_three_days, setup,
                                        teardown),
        cmocka_unit_test(waits_grow_and_lock),
        cmocka_unit_test(sources_are_counted_by_the_minute),
        cmocka_unit_test(addresses_of_one_source_are_one),
        cmocka_unit_test(the_clock_never_goes_back),
        cmocka_unit_test(attempts_make_room_only_for_their_own),
        cmocka_unit_test(combinations_decide_what_is_accepted),
        cmocka_unit_test(the_hasher_checks_renews_and_refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
