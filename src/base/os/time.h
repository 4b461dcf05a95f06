/*
 * time: instants are microseconds since 1970-01-01T00:00:00Z (no leap seconds), days are counted
 * from 1970-01-01. Their one text form is the 27 characters "2026-04-01T00:00:00.000000Z".
 */
#ifndef BASE_OS_TIME_H
#define BASE_OS_TIME_H

#include "base/mem/str.h"

#include <stdbool.h>
#include <stdint.h>

enum { TIME_CHARS = 27, DATE_CHARS = 10 };

#define TIME_US_SECOND INT64_C(1000000)
#define TIME_US_DAY (INT64_C(86400) * TIME_US_SECOND)
#define TIME_US_LAST INT64_C(253402300799999999) /* 9999-12-31T23:59:59.999999Z */

struct civil {
    int year;  /* 1970 … 9999, Gregorian */
    int month; /* 1 … 12 */
    int day;   /* 1 … 31 */
};

/* The instant now, UTC microseconds. May step when the clock is set. */
int64_t time_now_us(void);

/* Milliseconds, or microseconds, of a clock that never steps back; its zero means nothing. */
int64_t time_mono_ms(void);
int64_t time_mono_us(void);

/* Writes US (0 … TIME_US_LAST) in the 27-character form with a NUL. */
void time_format(int64_t us, char ret[TIME_CHARS + 1]);

/* Reads exactly the 27-character form; false on anything else (also on 30 February). */
bool time_parse(struct str s, int64_t *ret_us);

/* Day number of a date that exists (proleptic Gregorian). */
int64_t day_of_civil(struct civil date);

/* The date of a day number. */
struct civil civil_of_day(int64_t day);

/* True if DATE exists and lies in 1970 … 9999. */
bool civil_exists(struct civil date);

/* Reads exactly "2026-04-01"; false on anything else. */
bool date_parse(struct str s, int64_t *ret_day);

/* Writes DAY (1970 … 9999) as "2026-04-01" with a NUL. */
void date_format(int64_t day, char ret[DATE_CHARS + 1]);

/* 0 Sunday … 6 Saturday. */
int day_weekday(int64_t day);

/* The day on the calendar of Japan (UTC+9, no daylight saving) at the instant US. */
int64_t tokyo_day(int64_t us);

/* The instant at which DAY begins in Japan. */
int64_t tokyo_day_start(int64_t day);

#endif
