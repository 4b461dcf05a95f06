/*
 * calendar: the working days of an office (registers.md §8): weekly closed days, national holidays
 * by date, the turn of the year, what a body closes besides; and the ends that terms have by them.
 * Read from data/calendar/ja.yaml and, where it lies beside it, body.yaml. Days are Japan's and
 * counted from 1970-01-01; instants are UTC microseconds. Pure after loading.
 *
 * The equinoxes of later years are not gazetted yet: the shipped file says until which day it is
 * known (known_until). An end that was reckoned with a day after it is provisional: whoever keeps
 * it reckons it anew under a newer file.
 */
#ifndef CORE_CALENDAR_CALENDAR_H
#define CORE_CALENDAR_CALENDAR_H

#include "base/mem/err.h"
#include "base/mem/str.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    CALENDAR_FILE_BYTES = 256 << 10,
    CALENDAR_DAYS_MOST = 4000,   /* closed days named by date, body's included */
    CALENDAR_COUNT_MOST = 36600, /* of one span, in its unit */
    CALENDAR_SHUT_MOST = 400     /* days on end that may be closed */
};

struct calendar;

/* 3bd: the end (24:00) of the third open day after the day of the start. 30d: the end of the
 * thirtieth day after it. 4h, 30min: so much later, to the microsecond. */
enum calendar_unit { SPAN_BD, SPAN_D, SPAN_H, SPAN_MIN };

struct calendar_span {
    int64_t count; /* 0 … CALENDAR_COUNT_MOST */
    enum calendar_unit unit;
};

/* Where an end goes that falls on a closed day. Hours and minutes never roll. */
enum calendar_roll { ROLL_NEXT, ROLL_PREVIOUS, ROLL_NONE };

struct calendar_date {
    int64_t at_us; /* the first instant that is too late: 24:00 of the last day */
    bool provisional;
};

/*
 * Reads DATA_DIR/calendar/ja.yaml and, if it is there, DATA_DIR/calendar/body.yaml. -1 with file.*,
 * the codes of format/yaml, rules.version, calendar.day (no such day), calendar.weekly (no weekday,
 * or all of them), calendar.most, limit.memory.
 */
int calendar_load(const char *data_dir, struct calendar **ret, struct err *err);

/* calendar_load from bytes: SHIPPED, and BODY where its p is not NULL. */
int calendar_read(struct str shipped, struct str body, struct calendar **ret, struct err *err);

/* NULL is fine. */
void calendar_free(struct calendar *calendar);

/* True if the office is open on DAY (by what is known of it). */
bool calendar_open_day(const struct calendar *calendar, int64_t day);

/* Why DAY is closed, in JA and EN, as long as CALENDAR; false when it is open. A plain weekly
 * closed day has empty words. */
bool calendar_closed_why(const struct calendar *calendar, int64_t day, struct str *ret_ja,
                         struct str *ret_en);

/* The last day of which all holidays are known. */
int64_t calendar_known_until(const struct calendar *calendar);

/*
 * The end of SPAN from START_US. The day of the start is not counted; when it is a closed day
 * nothing changes but that. -1 with calendar.span (a count or an instant out of range) or
 * calendar.shut (no open day within CALENDAR_SHUT_MOST days).
 */
int calendar_due(const struct calendar *calendar, int64_t start_us, struct calendar_span span,
                 enum calendar_roll roll, struct calendar_date *ret, struct err *err);

/*
 * When a warning is due that is given SPAN before the end END_US (as calendar_due gives it): 0:00
 * of the day so many days, or open days, before the last day; or so many hours before END_US.
 * Errors as calendar_due.
 */
int calendar_before(const struct calendar *calendar, int64_t end_us, struct calendar_span span,
                    struct calendar_date *ret, struct err *err);

/* Reads "3bd", "30d", "4h", "30min", all of S: 0; or -1 with calendar.span. */
int calendar_span_parse(struct str s, struct calendar_span *ret, struct err *err);

/* The fiscal year (April to March) DAY lies in, and the days it begins and ends with. */
int calendar_fiscal_year(int64_t day);
int64_t calendar_fiscal_first(int fiscal_year);
int64_t calendar_fiscal_last(int fiscal_year);

/* DAY so many MONTHS later; from the 31st of January one month leads to the last of February. */
int64_t calendar_months_later(int64_t day, int64_t months);

#endif
