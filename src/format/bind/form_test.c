/* form_test: what counts as the same wording, and what stays different. */
#include "format/bind/form.h"
#include "tests/test.h"

#include <string.h>

static struct arena *arena;
static struct form_rules *rules;
static struct err err;

static struct form
form_of(const char *text)
{
    struct form form;
    assert_int_equal(form_make(arena, rules, str_of(text), false, &form, &err), 0);
    return form;
}

static bool
is_same(const char *a, const char *b)
{
    struct form x = form_of(a), y = form_of(b);
    return x.n == y.n && memcmp(x.chars, y.chars, x.n * sizeof *x.chars) == 0;
}

static void
test_same(void **state)
{
    (void)state;
    assert_true(is_same("情報の持ち出し", "情報の 持出し"));
    assert_true(is_same("強靱性", "強靭性") && is_same("強じん性", "強靭性"));
    assert_true(is_same("ＬＧＷＡＮ接続系", "LGWAN 接続系") && is_same("ｻｰﾊﾞｰ", "サーバ"));
    assert_true(is_same("①「無害化」、", "1無害化"));
    assert_true(is_same("本市の方針", "関乃町の方針") && !is_same("本市の方針", "隣乃市の方針"));
    assert_true(is_same("CISOは", "最高情報セキュリティ責任者は"));
    assert_false(is_same("統括情報セキュリティ責任者", "情報セキュリティ責任者"));
    assert_true(is_same("か\xe3\x82\x99", "が")); /* a voiced sound in two characters */
    assert_true(is_same("", "　、。\xe2\x80\x8b") && form_of("").n == 0);
}

static void
test_has(void **state)
{
    (void)state;
    struct form text = form_of("情報セキュリティ委員会に報告する。"), word = form_of("委員会"),
                other = form_of("委員長"), none = form_of("。");
    assert_true(form_has(&text, &word));
    assert_false(form_has(&text, &other));
    assert_false(form_has(&text, &none));
    assert_false(form_has(&word, &text));
}

static void
test_dice(void **state)
{
    (void)state;
    struct form a = form_of("無害化する"), b = form_of("無害化した"), c = form_of("監査"),
                none = form_of("");
    assert_true(form_dice(&a, &a) > 0.999 && form_dice(&a, &c) < 0.001);
    assert_true(form_dice(&a, &b) > 0.4 && form_dice(&a, &b) < 0.6);
    assert_true(form_dice(&none, &none) < 0.001);
}

/* Longer than any duty: cut, and no worse. Broken bytes are passed over. */
static void
test_limits(void **state)
{
    (void)state;
    static char text[FORM_CHARS_MOST * 6 + 1];
    for (size_t i = 0; i < FORM_CHARS_MOST * 2; i++)
        memcpy(text + 3 * i, i % 2 == 0 ? "監" : "査", 3);
    struct form form = form_of(text);
    assert_int_equal(form.n, FORM_CHARS_MOST);
    assert_int_equal(form.gram_count, 2);
    assert_true(is_same("\xff監\xe3\x81査", "監査"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_same), cmocka_unit_test(test_has),
                                       cmocka_unit_test(test_dice), cmocka_unit_test(test_limits)};
    struct str own = STR("関乃町");
    arena = arena_new(8 << 20);
    rules = form_rules_make(arena, &own, 1);
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    arena_free(arena);
    return rc;
}
