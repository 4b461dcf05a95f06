/*
 * Tests of base/text: utf8, cp932, json, markup.
 */
#include "base/text/cp932.h"
#include "base/text/json.h"
#include "base/text/markup.h"
#include "base/text/utf8.h"

#include "tests/test.h"

static void
check_nfc(const char *in, const char *want)
{
    struct buf out;
    struct err err;
    buf_init(&out, 1000);
    assert_int_equal(utf8_put_nfc(&out, str_of(in), &err), 0);
    assert_true(str_equal_z(buf_str(&out), want));
    buf_free(&out);
}

static void
test_utf8_strict(void **state)
{
    (void)state;
    assert_true(utf8_valid(STR("関所 \xF0\xA0\xAE\xB7 \x7F")));
    static const char *const bad[] = {"\x80",
                                      "\xC0\x80",
                                      "\xE0\x9F\xBF",
                                      "\xED\xA0\x80",
                                      "\xF0\x8F\xBF\xBF",
                                      "\xF4\x90\x80\x80",
                                      "\xE3\x81",
                                      "\xFF"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(utf8_valid(str_of(bad[i])));
    assert_int_equal(utf8_valid_prefix(STR("abcdefghij関\xE3\x81")), 13);
}

static void
test_utf8_round(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out, 16);
    for (uint32_t c = 0; c < 0x110000; c += c < 0x3000 ? 1 : 7) {
        if (c >= 0xD800 && c <= 0xDFFF)
            continue;
        buf_clear(&out);
        utf8_put(&out, c);
        struct str s = buf_str(&out);
        assert_int_equal(utf8_next(&s), c);
        assert_int_equal(s.n, 0);
    }
    buf_free(&out);
}

static void
test_utf8_nfc(void **state)
{
    (void)state;
    check_nfc("ハ\xE3\x82\x99ンク", "バンク");
    check_nfc("か\xE3\x82\x99", "が");
    check_nfc("\xEF\xA8\x99社", "\xEF\xA8\x99社");                             /* U+FA19 stays */
    check_nfc("葛\xF3\xA0\x84\x80飾", "葛\xF3\xA0\x84\x80飾");                 /* IVS stays */
    check_nfc("外\xEE\x80\x80字\xE2\x80\xAE", "外\xEE\x80\x80字\xE2\x80\xAE"); /* PUA, bidi stay */
}

static void
test_utf8_class(void **state)
{
    (void)state;
    assert_int_equal(utf8_classes(STR("普通の文\t\r\n")), 0);
    assert_int_equal(utf8_classes(STR("a\xE2\x80\xAE")), UTF8_BIDI);
    assert_int_equal(utf8_class(0xE0100), UTF8_VARIATION);
    assert_int_equal(utf8_class(0xE000), UTF8_PRIVATE);
    assert_int_equal(utf8_class(0x1B), UTF8_CONTROL);
    assert_int_equal(utf8_class(0x200B), UTF8_ZERO_WIDTH);
    assert_int_equal(utf8_class(0x1FFFE), UTF8_NONCHAR);
    assert_int_equal(utf8_class(0x3042), 0);
}

static void
test_cp932_extensions(void **state)
{
    (void)state;
    /* ① ㈱ 髙 﨑 ～ － ∥ 表 ｱ gaiji F040 */
    struct str bytes =
        STR("\x87\x40\x87\x8A\xFB\xFC\xFA\xB1\x81\x60\x81\x7C\x81\x61\x95\x5C\xB1\xF0\x40");
    struct buf text, back;
    struct err err;
    buf_init(&text, 1000);
    buf_init(&back, 1000);
    assert_int_equal(cp932_to_utf8(&text, bytes, &err), 0);
    assert_true(str_equal_z(buf_str(&text), "①㈱髙﨑～－∥表ｱ\xEE\x80\x80"));
    assert_int_equal(cp932_from_utf8(&back, buf_str(&text), &err), 0);
    assert_true(str_equal(buf_str(&back), bytes));
    buf_clear(&back);
    assert_int_equal(cp932_from_utf8(&back, STR("〜−‖"), &err), 0);
    assert_true(str_equal_z(buf_str(&back), "\x81\x60\x81\x7C\x81\x61"));
    assert_int_equal(cp932_from_utf8(&back, STR("葛\xF3\xA0\x84\x80"), &err), -1);
    assert_string_equal(err.detail, "U+E0100");
    buf_free(&text);
    buf_free(&back);
}

static void
test_cp932_bad(void **state)
{
    (void)state;
    static const char *const bad[] = {"\x80",     "\xA0",     "\xFD",     "\x81",
                                      "\x81\x20", "\x81\x7F", "\x85\x40", "\x81\xFD"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(cp932_valid(str_of(bad[i])));
    assert_true(cp932_valid(STR("abc\\~")));
}

static void
test_json_shape(void **state)
{
    (void)state;
    struct buf out;
    struct json json;
    buf_init(&out, 1000);
    json_init(&json, &out);
    json_open_object(&json);
    json_key(&json, "a");
    json_open_array(&json);
    json_u64(&json, UINT64_MAX);
    json_i64(&json, -5);
    json_bool(&json, true);
    json_put_null(&json);
    json_open_object(&json);
    json_end(&json);
    json_end(&json);
    json_key(&json, "b");
    json_str(&json, STR("\"\\\n\x01関\xFF\xE2\x80\xA8"));
    json_key(&json, "c");
    json_raw(&json, STR("[1]"));
    assert_false(json_complete(&json));
    json_end(&json);
    assert_true(json_complete(&json));
    assert_true(str_equal_z(buf_str(&out),
                            "{\"a\":[18446744073709551615,-5,true,null,{}],"
                            "\"b\":\"\\\"\\\\\\n\\u0001関\xEF\xBF\xBD\\u2028\",\"c\":[1]}"));
    buf_free(&out);
}

static void
test_markup(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out, 1024);
    markup_put(&out, STR("<a href=\"x\">&'あ"));
    assert_true(str_equal_z(buf_str(&out), "&lt;a href=&quot;x&quot;&gt;&amp;&#39;あ"));
    buf_free(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_utf8_strict),      cmocka_unit_test(test_utf8_round),
        cmocka_unit_test(test_utf8_nfc),         cmocka_unit_test(test_utf8_class),
        cmocka_unit_test(test_cp932_extensions), cmocka_unit_test(test_cp932_bad),
        cmocka_unit_test(test_json_shape),       cmocka_unit_test(test_markup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
