/*
 * time: see time.h. Calendar arithmetic is own (days since 0000-03-01 in 400-year eras), because
 * the C library's depends on the environment. Used by every program.
 */
#include "base/os/time.h"

#include "base/mem/ensure.h"

#include <stdio.h>
#include <time.h>

static int64_t
clock_us(clockid_t id)
{
    struct timespec ts;
    ensure(clock_gettime(id, &ts) == 0);
    return (int64_t)ts.tv_sec * TIME_US_SECOND + ts.tv_nsec / 1000;
}

int64_t
time_now_us(void)
{
    return clock_us(CLOCK_REALTIME);
}

int64_t
time_mono_us(void)
{
    return clock_us(CLOCK_MONOTONIC);
}

int64_t
time_mono_ms(void)
{
    return time_mono_us() / 1000;
}

int64_t
day_of_civil(struct civil date)
{
    int64_t y = date.year - (date.month <= 2);
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (date.month + (date.month > 2 ? -3 : 9)) + 2) / 5 + date.day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

struct civil
civil_of_day(int64_t day)
{
    int64_t z = day + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t doe = z - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t mp = (5 * doy + 2) / 153;
    int month = (int)(mp < 10 ? mp + 3 : mp - 9);
    return (struct civil){(int)(yoe + era * 400) + (month <= 2), month,
                          (int)(doy - (153 * mp + 2) / 5 + 1)};
}

bool
civil_exists(struct civil date)
{
    static const int days[13] = {0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (date.year < 1970 || date.year > 9999 || date.month < 1 || date.month > 12)
        return false;
    bool leap = (date.year % 4 == 0 && date.year % 100 != 0) || date.year % 400 == 0;
    int most = date.month == 2 && leap ? 29 : days[date.month];
    return date.day >= 1 && date.day <= most;
}

/* Reads N digits at *AT, which moves on; false when one is no digit. */
static bool
digits(struct str s, size_t *at, size_t n, int *ret)
{
    *ret = 0;
    for (size_t i = 0; i < n; i++, (*at)++) {
        if (*at >= s.n || s.p[*at] < '0' || s.p[*at] > '9')
            return false;
        *ret = *ret * 10 + (s.p[*at] - '0');
    }
    return true;
}

static bool
literal(struct str s, size_t *at, char c)
{
    return *at < s.n && s.p[(*at)++] == c;
}

static bool
date_at(struct str s, size_t *at, int64_t *ret_day)
{
    struct civil d;
    if (!digits(s, at, 4, &d.year) || !literal(s, at, '-') || !digits(s, at, 2, &d.month) ||
        !literal(s, at, '-') || !digits(s, at, 2, &d.day) || !civil_exists(d))
        return false;
    *ret_day = day_of_civil(d);
    return true;
}

bool
date_parse(struct str s, int64_t *ret_day)
{
    size_t at = 0;
    return s.n == DATE_CHARS && date_at(s, &at, ret_day);
}

bool
time_parse(struct str s, int64_t *ret_us)
{
    size_t at = 0;
    int64_t day;
    int hour, minute, second, us;
    if (s.n != TIME_CHARS || !date_at(s, &at, &day) || !literal(s, &at, 'T') ||
        !digits(s, &at, 2, &hour) || !literal(s, &at, ':') || !digits(s, &at, 2, &minute) ||
        !literal(s, &at, ':') || !digits(s, &at, 2, &second) || !literal(s, &at, '.') ||
        !digits(s, &at, 6, &us) || !literal(s, &at, 'Z'))
        return false;
    if (hour > 23 || minute > 59 || second > 59)
        return false;
    *ret_us = day * TIME_US_DAY + (hour * 3600 + minute * 60 + second) * TIME_US_SECOND + us;
    return true;
}

void
date_format(int64_t day, char ret[DATE_CHARS + 1])
{
    struct civil d = civil_of_day(day);
    ensure(d.year >= 1970 && d.year <= 9999);
    char text[64];
    snprintf(text, sizeof text, "%04d-%02d-%02d", d.year, d.month, d.day);
    for (int i = 0; i <= DATE_CHARS; i++)
        ret[i] = text[i];
}

void
time_format(int64_t us, char ret[TIME_CHARS + 1])
{
    ensure(us >= 0 && us <= TIME_US_LAST);
    date_format(us / TIME_US_DAY, ret);
    int64_t rest = us % TIME_US_DAY;
    int second = (int)(rest / TIME_US_SECOND);
    char text[64];
    snprintf(text, sizeof text, "T%02d:%02d:%02d.%06dZ", second / 3600, second / 60 % 60,
             second % 60, (int)(rest % TIME_US_SECOND));
    for (int i = 0; i <= TIME_CHARS - DATE_CHARS; i++)
        ret[DATE_CHARS + i] = text[i];
}

int
day_weekday(int64_t day)
{
    return (int)(((day + 4) % 7 + 7) % 7);
}

static const int64_t TOKYO_US = INT64_C(9) * 3600 * TIME_US_SECOND;

int64_t
tokyo_day(int64_t us)
{
    int64_t local = us + TOKYO_US;
    return local >= 0 ? local / TIME_US_DAY : -((-local + TIME_US_DAY - 1) / TIME_US_DAY);
}

int64_t
tokyo_day_start(int64_t day)
{
    return day * TIME_US_DAY - TOKYO_US;
}
