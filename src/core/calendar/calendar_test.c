/*
 * calendar_test: the shipped days against the rules of the law on holidays, reckoned here anew;
 * ends of terms over Golden Week, the turn of the year and the end of the fiscal year; what is
 * provisional; what is refused.
 */
#include "core/calendar/calendar.h"

#include "base/os/time.h"
#include "tests/test.h"

#include <stdio.h>

static struct calendar *shipped;
static struct err err;

static int64_t
day_of(const char *text)
{
    int64_t day = 0;
    assert_true(date_parse(str_of(text), &day));
    return day;
}

static int
load(void **state)
{
    (void)state;
    return calendar_load(SEKISHO_SOURCE_DIR "/data", &shipped, &err);
}

static int
unload(void **state)
{
    (void)state;
    calendar_free(shipped);
    return 0;
}

/* The n-th Monday. */
static int
monday(int year, int month, int n)
{
    int64_t first = day_of_civil((struct civil){year, month, 1});
    return 1 + (8 - day_weekday(first)) % 7 + 7 * (n - 1);
}

/* The law's days but the equinoxes, which the gazette gives: 20 or 21 March, 22 or 23 September. */
static bool
named_by_law(int64_t day, int spring, int autumn)
{
    struct civil d = civil_of_day(day);
    const int rows[][2] = {{1, 1},      {1, monday(d.year, 1, 2)},
                           {2, 11},     {2, 23},
                           {3, spring}, {4, 29},
                           {5, 3},      {5, 4},
                           {5, 5},      {7, monday(d.year, 7, 3)},
                           {8, 11},     {9, monday(d.year, 9, 3)},
                           {9, autumn}, {10, monday(d.year, 10, 2)},
                           {11, 3},     {11, 23}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (d.month == rows[i][0] && d.day == rows[i][1]) {
            return true;
        }
    }
    return false;
}

/* The next day that is none after a Sunday that is one; a day between two. */
static bool
rest_by_law(int64_t day, int spring, int autumn)
{
    if (named_by_law(day, spring, autumn)) {
        return true;
    }
    int64_t before = day - 1;
    while (named_by_law(before, spring, autumn)) {
        if (day_weekday(before) == 0) {
            return true;
        }
        before--;
    }
    return named_by_law(day - 1, spring, autumn) && named_by_law(day + 1, spring, autumn);
}

static void
the_shipped_days_are_the_laws(void **state)
{
    (void)state;
    const int equinoxes[][3] = {{2025, 20, 23}, {2026, 20, 23}, {2027, 21, 23}};
    for (size_t i = 0; i < 3; i++) {
        int64_t first = day_of_civil((struct civil){equinoxes[i][0], 1, 1});
        int64_t last = day_of_civil((struct civil){equinoxes[i][0], 12, 31});
        for (int64_t day = first; day <= last; day++) {
            struct civil d = civil_of_day(day);
            bool shut = rest_by_law(day, equinoxes[i][1], equinoxes[i][2]) ||
                        day_weekday(day) % 6 == 0 || (d.month == 12 && d.day >= 29) ||
                        (d.month == 1 && d.day <= 3);
            if (calendar_open_day(shipped, day) == shut) {
                fail_msg("%04d-%02d-%02d", d.year, d.month, d.day);
            }
        }
    }
    assert_int_equal(calendar_known_until(shipped), day_of("2027-12-31"));
}

static void
a_closed_day_says_why(void **state)
{
    (void)state;
    struct str ja, en;
    assert_true(calendar_closed_why(shipped, day_of("2026-09-22"), &ja, &en));
    assert_true(str_equal_z(ja, "国民の休日"));
    assert_true(calendar_closed_why(shipped, day_of("2026-12-30"), &ja, &en));
    assert_true(str_equal_z(en, "Turn of the year"));
    assert_true(calendar_closed_why(shipped, day_of("2026-11-21"), &ja, &en));
    assert_int_equal(ja.n, 0);
    assert_false(calendar_closed_why(shipped, day_of("2026-11-20"), &ja, &en));
}

/* The last day of SPAN from noon in Japan of START; the end itself is that day's 24:00. */
static void
assert_last_day(const char *start, const char *span_text, enum calendar_roll roll, const char *last)
{
    struct calendar_span span;
    struct calendar_date date;
    char text[DATE_CHARS + 1];
    assert_int_equal(calendar_span_parse(str_of(span_text), &span, &err), 0);
    assert_int_equal(calendar_due(shipped, tokyo_day_start(day_of(start)) + TIME_US_DAY / 2, span,
                                  roll, &date, &err),
                     0);
    date_format(tokyo_day(date.at_us - 1), text);
    assert_string_equal(text, last);
    assert_int_equal(date.at_us, tokyo_day_start(day_of(last) + 1));
    assert_false(date.provisional);
}

static void
open_days_are_counted_over_the_holidays(void **state)
{
    (void)state;
    assert_last_day("2026-11-16", "3bd", ROLL_NEXT, "2026-11-19");
    assert_last_day("2026-11-20", "1bd", ROLL_NEXT, "2026-11-24"); /* Fri, Labour Thanksgiving */
    assert_last_day("2026-11-21", "1bd", ROLL_NEXT, "2026-11-24"); /* begun on a Saturday */
    /* Golden Week 2026: 29 April, then 2 to 6 May */
    assert_last_day("2026-04-28", "1bd", ROLL_NEXT, "2026-04-30");
    assert_last_day("2026-04-28", "3bd", ROLL_NEXT, "2026-05-07");
    assert_last_day("2027-04-28", "4bd", ROLL_NEXT, "2027-05-10");
    assert_last_day("2026-09-18", "1bd", ROLL_NEXT, "2026-09-24"); /* five days on end */
    /* the turn of the year: 29 December 2026 to Sunday 3 January 2027 */
    assert_last_day("2026-12-28", "1bd", ROLL_NEXT, "2027-01-04");
    assert_last_day("2026-12-25", "2bd", ROLL_NEXT, "2027-01-04");
    /* the end of the fiscal year */
    assert_last_day("2026-03-30", "2bd", ROLL_NEXT, "2026-04-01");
    assert_last_day("2026-03-31", "0bd", ROLL_NEXT, "2026-03-31");
}

static void
days_roll_as_asked(void **state)
{
    (void)state;
    assert_last_day("2026-04-01", "30d", ROLL_NEXT, "2026-05-01");
    assert_last_day("2026-04-03", "30d", ROLL_NEXT, "2026-05-07"); /* ends on a holiday */
    assert_last_day("2026-04-03", "30d", ROLL_PREVIOUS, "2026-05-01");
    assert_last_day("2026-04-03", "30d", ROLL_NONE, "2026-05-03");
    assert_last_day("2026-12-24", "5d", ROLL_NEXT, "2027-01-04");
    assert_last_day("2026-12-24", "5d", ROLL_PREVIOUS, "2026-12-28");
    assert_last_day("2026-11-20", "0d", ROLL_NEXT, "2026-11-20");
}

static void
hours_run_on(void **state)
{
    (void)state;
    struct calendar_date date;
    int64_t friday_night = tokyo_day_start(day_of("2026-11-20")) + 22 * 3600 * TIME_US_SECOND + 7;
    struct calendar_span span = {4, SPAN_H};
    assert_int_equal(calendar_due(shipped, friday_night, span, ROLL_NEXT, &date, &err), 0);
    assert_int_equal(date.at_us, friday_night + 4 * 3600 * TIME_US_SECOND);
}

static void
the_day_is_japans(void **state)
{
    (void)state;
    struct calendar_date date;
    struct calendar_span span = {1, SPAN_D};
    /* 15:00 UTC is midnight in Japan */
    int64_t midnight = tokyo_day_start(day_of("2026-11-18"));
    assert_int_equal(calendar_due(shipped, midnight - 1, span, ROLL_NONE, &date, &err), 0);
    assert_int_equal(date.at_us, tokyo_day_start(day_of("2026-11-19")));
    assert_int_equal(calendar_due(shipped, midnight, span, ROLL_NONE, &date, &err), 0);
    assert_int_equal(date.at_us, tokyo_day_start(day_of("2026-11-20")));
}

static void
what_is_not_gazetted_is_provisional(void **state)
{
    (void)state;
    struct calendar_date date;
    int64_t start = tokyo_day_start(day_of("2027-12-27"));
    struct calendar_span one = {1, SPAN_BD}, five = {5, SPAN_BD}, days = {5, SPAN_D};
    assert_int_equal(calendar_due(shipped, start, one, ROLL_NEXT, &date, &err), 0);
    assert_false(date.provisional);
    assert_int_equal(calendar_due(shipped, start, five, ROLL_NEXT, &date, &err), 0);
    assert_true(date.provisional);
    /* a day before known_until that had to ask about one after it */
    assert_int_equal(calendar_due(shipped, start, days, ROLL_PREVIOUS, &date, &err), 0);
    assert_true(date.provisional);
    assert_int_equal(tokyo_day(date.at_us - 1), day_of("2027-12-28"));
    assert_int_equal(calendar_due(shipped, start, days, ROLL_NONE, &date, &err), 0);
    assert_false(date.provisional);
}

static void
warnings_are_counted_back_from_the_last_day(void **state)
{
    (void)state;
    struct calendar_date date;
    struct calendar_span bd = {1, SPAN_BD}, days = {30, SPAN_D}, hours = {2, SPAN_H};
    int64_t end = tokyo_day_start(day_of("2026-05-08")); /* 24:00 of 7 May */
    assert_int_equal(calendar_before(shipped, end, bd, &date, &err), 0);
    assert_int_equal(date.at_us, tokyo_day_start(day_of("2026-05-01")));
    assert_int_equal(calendar_before(shipped, end, days, &date, &err), 0);
    assert_int_equal(date.at_us, tokyo_day_start(day_of("2026-04-07")));
    assert_int_equal(calendar_before(shipped, end, hours, &date, &err), 0);
    assert_int_equal(date.at_us, end - 2 * 3600 * TIME_US_SECOND);
}

static void
fiscal_years_begin_in_april(void **state)
{
    (void)state;
    assert_int_equal(calendar_fiscal_year(day_of("2026-03-31")), 2025);
    assert_int_equal(calendar_fiscal_year(day_of("2026-04-01")), 2026);
    assert_int_equal(calendar_fiscal_first(2026), day_of("2026-04-01"));
    assert_int_equal(calendar_fiscal_last(2026), day_of("2027-03-31"));
    assert_int_equal(calendar_months_later(day_of("2026-01-31"), 1), day_of("2026-02-28"));
    assert_int_equal(calendar_months_later(day_of("2026-04-01"), 11), day_of("2027-03-01"));
    assert_int_equal(calendar_months_later(day_of("2026-12-15"), 1), day_of("2027-01-15"));
    assert_int_equal(calendar_months_later(day_of("2028-02-29"), 12), day_of("2029-02-28"));
    assert_int_equal(calendar_months_later(day_of("2026-11-30"), 1), day_of("2026-12-30"));
}

#define HEAD "sekisho: calendar/1\n"
#define SHIPPED                                                                                    \
    HEAD "known_until: 2026-12-31\nweekly: [sunday]\nyearly: []\n"                                 \
         "days: [{day: 2026-01-01, title: {ja: 元日, en: New Year}}]\n"

static void
a_body_adds_closures(void **state)
{
    (void)state;
    struct calendar *own = NULL;
    assert_int_equal(
        calendar_read(STR(SHIPPED),
                      STR(HEAD "days: [{day: 2026-06-15, title: {ja: 開庁記念日, en: Founding}},"
                               " {day: 2026-01-01, title: {ja: 休, en: Closed}}]\n"
                               "yearly: [{from: 08-13, until: 08-15, title: {ja: 盆, en: Bon}}]\n"),
                      &own, &err),
        0);
    assert_false(calendar_open_day(own, day_of("2026-06-15")));
    assert_false(calendar_open_day(own, day_of("2030-08-14")));
    assert_true(calendar_open_day(own, day_of("2026-08-12")));
    assert_true(calendar_open_day(own, day_of("2026-11-21"))); /* a Saturday, not closed here */
    struct str ja, en;
    assert_true(calendar_closed_why(own, day_of("2026-01-01"), &ja, &en));
    assert_true(str_equal_z(ja, "元日"));
    calendar_free(own);
}

static void
assert_refused(struct str shipped_text, struct str body, const char *code)
{
    struct calendar *none = NULL;
    assert_int_equal(calendar_read(shipped_text, body, &none, &err), -1);
    assert_string_equal(err.code, code);
    assert_null(none);
}

static void
mistakes_are_refused_with_their_place(void **state)
{
    (void)state;
    struct str fine = STR(SHIPPED);
    assert_refused(fine, STR(""), "yaml.empty");
    assert_refused(fine, STR("sekisho: calendar/2\n"), "rules.version");
    assert_refused(fine, STR(HEAD "known_until: 2027-01-01\n"), "yaml.unknown_key");
    assert_refused(fine, STR(HEAD "weekly: [funday]\n"), "calendar.weekly");
    assert_refused(fine,
                   STR(HEAD "weekly: [monday, tuesday, wednesday, thursday, friday,"
                            " saturday]\n"),
                   "calendar.weekly");
    assert_refused(fine, STR(HEAD "days: [{day: 2026-02-30, title: {ja: a, en: b}}]\n"),
                   "calendar.day");
    assert_memory_equal(err.detail, "calendar/body.yaml:2:", 21);
    assert_refused(fine,
                   STR(HEAD "days: [{day: 2026-02-10, title: {ja: a, en: b}},"
                            " {day: 2026-02-10, title: {ja: a, en: b}}]\n"),
                   "calendar.day");
    assert_refused(fine, STR(HEAD "yearly: [{from: 02-29, until: 03-01, title: {ja: a, en: b}}]\n"),
                   "calendar.day");
    assert_refused(STR("sekisho: calendar/1\n"), (struct str){0}, "yaml.missing");
}

static void
an_office_that_never_opens_has_no_due_day(void **state)
{
    (void)state;
    struct calendar *own = NULL;
    struct calendar_date date;
    struct calendar_span span = {1, SPAN_BD};
    assert_int_equal(
        calendar_read(
            STR(SHIPPED),
            STR(HEAD "yearly: [{from: 01-01, until: 12-31, title: {ja: 休, en: Closed}}]\n"), &own,
            &err),
        0);
    assert_int_equal(calendar_due(own, 0, span, ROLL_NEXT, &date, &err), -1);
    assert_string_equal(err.code, "calendar.shut");
    calendar_free(own);
    struct calendar_span wrong[] = {{-1, SPAN_BD}, {CALENDAR_COUNT_MOST + 1, SPAN_D}};
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(calendar_due(shipped, 0, wrong[i], ROLL_NEXT, &date, &err), -1);
        assert_string_equal(err.code, "calendar.span");
    }
    assert_int_equal(calendar_due(shipped, TIME_US_LAST, span, ROLL_NEXT, &date, &err), -1);
    assert_int_equal(calendar_due(shipped, -1, span, ROLL_NEXT, &date, &err), -1);
    const char *const words[] = {"", "bd", "3", "3 bd", "-3bd", "03d", "3w", "99999d", "3bd "};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        assert_int_equal(calendar_span_parse(str_of(words[i]), &span, &err), -1);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_shipped_days_are_the_laws),
        cmocka_unit_test(a_closed_day_says_why),
        cmocka_unit_test(open_days_are_counted_over_the_holidays),
        cmocka_unit_test(days_roll_as_asked),
        cmocka_unit_test(hours_run_on),
        cmocka_unit_test(the_day_is_japans),
        cmocka_unit_test(what_is_not_gazetted_is_provisional),
        cmocka_unit_test(warnings_are_counted_back_from_the_last_day),
        cmocka_unit_test(fiscal_years_begin_in_april),
        cmocka_unit_test(a_body_adds_closures),
        cmocka_unit_test(mistakes_are_refused_with_their_place),
        cmocka_unit_test(an_office_that_never_opens_has_no_due_day),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
