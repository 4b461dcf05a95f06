/*
 * wareki_test: every form, every border between eras, and the days that are none.
 */
#include "base/text/wareki.h"
#include "tests/test.h"

static struct err err;

static void
assert_date(const char *text, int year, int month, int day)
{
    struct wareki_date d = {0};
    if (wareki_parse(str_of(text), &d, &err) < 0)
        fail_msg("%s: %s %s", text, err.code, err.detail);
    assert_int_equal(d.year * 10000 + d.month * 100 + d.day, year * 10000 + month * 100 + day);
}

static void
assert_refused(const char *text, const char *code)
{
    struct wareki_date d = {1, 1, 1};
    if (wareki_parse(str_of(text), &d, &err) == 0)
        fail_msg("%s was taken", text);
    assert_string_equal(err.code, code);
    assert_int_equal(d.year, 1);
}

static void
reads_all_forms(void **state)
{
    (void)state;
    assert_date("令和8年3月31日", 2026, 3, 31);
    assert_date("令和 ８ 年 ３ 月 31 日", 2026, 3, 31);
    assert_date("令和元年5月1日", 2019, 5, 1);
    assert_date("R8.3.31", 2026, 3, 31);
    assert_date("r08/03/31", 2026, 3, 31);
    assert_date("Ｒ８．３．３１", 2026, 3, 31);
    assert_date("2026-03-31", 2026, 3, 31);
    assert_date("2026/3/1", 2026, 3, 1);
    assert_date("20260331", 2026, 3, 31);
    assert_date("2026年3月31日", 2026, 3, 31);
    assert_date("平成31年4月30日", 2019, 4, 30);
    assert_date("昭和64年1月7日", 1989, 1, 7);
    assert_date("平成元年1月8日", 1989, 1, 8);
    assert_date("大正15年12月24日", 1926, 12, 24);
    assert_date("昭和元年12月25日", 1926, 12, 25);
    assert_date("明治6年1月1日", 1873, 1, 1);
    assert_date("H12.2.29", 2000, 2, 29);
}

static void
refuses_the_wrong_era_with_the_right_form(void **state)
{
    (void)state;
    assert_refused("平成31年5月1日", "wareki.era");
    assert_string_equal(err.detail, "令和元年5月1日");
    assert_refused("令和元年4月30日", "wareki.era");
    assert_string_equal(err.detail, "平成31年4月30日");
    assert_refused("昭和64年1月8日", "wareki.era");
    assert_string_equal(err.detail, "平成元年1月8日");
    assert_refused("S99.1.1", "wareki.era");
    assert_string_equal(err.detail, "令和6年1月1日");
}

static void
refuses_what_is_no_date(void **state)
{
    (void)state;
    static const char *const forms[] = {
        "",       "令和",       "令和8年",   "8年3月31日",    "令和8年3月31日頃", "R8",
        "2026-3", "2026-03/31", "202603311", "令和0年1月1日", "R-1.1.1",          "令和100年1月1日",
        "\xff",   "2026--3-1",  "元"};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        assert_refused(forms[i], "wareki.form");
    static const char *const dates[] = {"令和7年2月29日", "2026-02-30", "20261301",
                                        "2026-04-31",     "1872-12-31", "明治5年12月31日",
                                        "2026-00-10",     "19000229"};
    for (size_t i = 0; i < sizeof dates / sizeof *dates; i++)
        assert_refused(dates[i], "wareki.date");
}

static void
assert_put(void (*put)(struct buf *, struct wareki_date), struct wareki_date d, const char *text)
{
    struct buf buf;
    buf_init(&buf, 100);
    put(&buf, d);
    assert_true(str_equal_z(buf_str(&buf), text));
    buf_free(&buf);
}

static void
writes_both_and_fiscal_years(void **state)
{
    (void)state;
    assert_put(wareki_put, (struct wareki_date){2026, 3, 31}, "令和8年3月31日");
    assert_put(wareki_put, (struct wareki_date){2019, 5, 1}, "令和元年5月1日");
    assert_put(wareki_put_short, (struct wareki_date){2026, 3, 31}, "R8.3.31");
    assert_put(wareki_put_iso, (struct wareki_date){2026, 3, 1}, "2026-03-01");
    assert_int_equal(wareki_fiscal_year((struct wareki_date){2026, 3, 31}), 2025);
    assert_int_equal(wareki_fiscal_year((struct wareki_date){2026, 4, 1}), 2026);
    static const struct {
        int year;
        const char *text, *letter;
    } rows[] = {{2025, "令和7年度", "R7"},
                {2019, "平成31年度", "H31"},
                {2020, "令和2年度", "R2"},
                {1989, "平成元年度", "H1"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf buf;
        buf_init(&buf, 100);
        wareki_put_fiscal_year(&buf, rows[i].year);
        assert_true(str_equal_z(buf_str(&buf), rows[i].text));
        buf_clear(&buf);
        wareki_put_fiscal_short(&buf, rows[i].year);
        assert_true(str_equal_z(buf_str(&buf), rows[i].letter));
        buf_free(&buf);
    }
}

static void
every_day_comes_back(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf, 100);
    for (int year = 1873; year < 2040; year++)
        for (int month = 1; month <= 12; month++)
            for (int day = 1; day <= 31; day++) {
                struct wareki_date d = {year, month, day};
                if (!wareki_exists(d))
                    continue;
                buf_clear(&buf);
                wareki_put(&buf, d);
                buf_put_char(&buf, 0);
                assert_date(buf.p, year, month, day);
            }
    buf_free(&buf);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_all_forms),
        cmocka_unit_test(refuses_the_wrong_era_with_the_right_form),
        cmocka_unit_test(refuses_what_is_no_date),
        cmocka_unit_test(writes_both_and_fiscal_years),
        cmocka_unit_test(every_day_comes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
