/*
 * header_test: what a browser, and what an attacker, puts into the parts portald reads itself.
 */
#include "edge/portal/header.h"
#include "tests/test.h"

#include <string.h>

static void
assert_str(struct str got, const char *want)
{
    if (!str_equal_z(got, want))
        fail_msg("got \"%.*s\", want \"%s\"", STR_FMT(got), want);
}

static void
test_cookie(void **state)
{
    (void)state;
    static const struct {
        const char *header, *want;
    } cases[] = {
        {"__Host-sekisho=abc", "abc"},
        {"a=b; __Host-sekisho=a-B_9.~+/=; c=d", "a-B_9.~+/="},
        {" __Host-sekisho=x ;y=z", "x"},
        {"", ""},
        {"__Host-sekisho", ""},
        {"__Host-sekisho=", ""},
        {"__Host-sekishox=1", ""},
        {"x__Host-sekisho=1", ""},
        {"__host-sekisho=1", ""},
        {"__Host-sekisho=1; __Host-sekisho=2", ""},
        {"__Host-sekisho=1; __Host-sekisho=1", ""},
        {"__Host-sekisho=\"q\"", ""},
        {"__Host-sekisho=a b", ""},
        {"__Host-sekisho=\xe3\x81\x82", ""},
        {";;;=;__Host-sekisho=k", "k"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_str(header_cookie(str_of(cases[i].header), STR("__Host-sekisho")), cases[i].want);
    char longer[200] = "c=";
    memset(longer + 2, 'x', 129);
    assert_int_equal(header_cookie(str_of(longer), STR("c")).n, 0);
    longer[130] = '\0';
    assert_int_equal(header_cookie(str_of(longer), STR("c")).n, 128);
}

static void
test_type(void **state)
{
    (void)state;
    struct str json = STR("application/json");
    assert_true(header_type_is(STR("application/json"), json));
    assert_true(header_type_is(STR("Application/JSON ; charset=utf-8"), json));
    assert_false(header_type_is(STR("application/jsonx"), json));
    assert_false(header_type_is(STR("text/plain; application/json"), json));
    assert_false(header_type_is(STR(""), json));
}

static void
test_choices(void **state)
{
    (void)state;
    assert_true(header_takes_gzip(STR("gzip")));
    assert_true(header_takes_gzip(STR("br, GZIP;q=0.1")));
    assert_false(header_takes_gzip(STR("gzip;q=0")));
    assert_false(header_takes_gzip(STR("gzip;q=0.000")));
    assert_false(header_takes_gzip(STR("br")));
    assert_false(header_takes_gzip(STR("")));
    assert_true(header_likes_english(STR("en")));
    assert_true(header_likes_english(STR("en-GB,en;q=0.9,ja;q=0.8")));
    assert_true(header_likes_english(STR("ja;q=0.3, en;q=0.31")));
    assert_false(header_likes_english(STR("ja,en;q=0.9")));
    assert_false(header_likes_english(STR("ja,en")));
    assert_false(header_likes_english(STR("english")));
    assert_false(header_likes_english(STR("de, *;q=0.5")));
    assert_false(header_likes_english(STR("")));
    assert_false(header_likes_english(STR(",,;;q=,en;q=0,")));
}

static bool
path_is(const char *part, const char *want)
{
    struct buf out;
    buf_init(&out, HEADER_PATH_BYTES * 3);
    bool right = header_path(str_of(part), &out);
    if (right && want != NULL)
        right = str_equal_z(buf_str(&out), want);
    buf_free(&out);
    return right;
}

static void
test_path(void **state)
{
    (void)state;
    assert_true(path_is("transfers", "transfers"));
    assert_true(path_is("policy/std/clause/std:4(2)%E2%91%A0", "policy/std/clause/std:4(2)①"));
    assert_true(path_is("a%2Fb", "a/b"));
    assert_true(path_is("%e3%81%82", "あ"));
    static const char *const bad[] = {
        "",    "/",   "a/",    "a//b", "..",   "a/../b", "%2e%2e", "a/%2e",     "%",     "%4",
        "%zz", "%00", "a%0ab", "%7f",  "a\\b", "%ff",    "%c0%ae", "%ed%a0%80", "a/%2F", "%5c"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (path_is(bad[i], NULL))
            fail_msg("%s passed", bad[i]);
    char longer[HEADER_PATH_BYTES + 2];
    memset(longer, 'a', sizeof longer);
    longer[HEADER_PATH_BYTES + 1] = '\0';
    assert_false(path_is(longer, NULL));
    longer[HEADER_PATH_BYTES] = '\0';
    assert_true(path_is(longer, longer));
}

static void
test_disposition(void **state)
{
    (void)state;
    static const struct {
        const char *name, *want;
    } cases[] = {
        {"a.docx", "attachment; filename=\"a.docx\"; filename*=UTF-8''a.docx"},
        {"a b\"c\\.txt", "attachment; filename=\"a b_c_.txt\"; filename*=UTF-8''a%20b%22c%5F.txt"},
        {"あ.txt", "attachment; filename=\"___.txt\"; filename*=UTF-8''%E3%81%82.txt"},
        {"x\r\nSet-Cookie: a", "attachment; filename=\"x__Set-Cookie_ a\"; "
                               "filename*=UTF-8''x%5F%5FSet-Cookie%3A%20a"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf out;
        buf_init(&out, 4096);
        header_disposition(str_of(cases[i].name), &out);
        assert_str(buf_str(&out), cases[i].want);
        buf_free(&out);
    }
}

static void
test_word(void **state)
{
    (void)state;
    assert_true(header_is_word(STR("0abc-_z9")));
    assert_false(header_is_word(STR("")));
    assert_false(header_is_word(STR("A")));
    assert_false(header_is_word(STR("a/b")));
    assert_false(header_is_word(STR("a.b")));
    char longer[66];
    memset(longer, 'a', 65);
    assert_false(header_is_word((struct str){longer, 65}));
    assert_true(header_is_word((struct str){longer, 64}));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cookie),      cmocka_unit_test(test_type),
        cmocka_unit_test(test_choices),     cmocka_unit_test(test_path),
        cmocka_unit_test(test_disposition), cmocka_unit_test(test_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
