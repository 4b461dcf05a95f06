/*
 * wareki: dates as people in Japanese offices write them, era years included (元号法, the table is
 * eras.def). Gregorian calendar; a date is year, month and day and nothing else.
 */
#ifndef BASE_TEXT_WAREKI_H
#define BASE_TEXT_WAREKI_H

#include "base/mem/buf.h"
#include "base/mem/err.h"
#include "base/mem/str.h"

struct wareki_date {
    int year, month, day; /* 1873-01-01 … 9999-12-31 */
};

/*
 * Reads all of S: 令和8年3月31日, 令和元年5月1日, R8.3.31, 2026年3月31日, 2026-03-31, 2026/3/31 or
 * 20260331; digits may be full width, blanks may stand between. -1 with wareki.form (none of
 * these), wareki.date (a day that does not exist or lies before 1873), or wareki.era (the day is not
 * in that era, 平成31年5月1日: the detail is the right form, 令和元年5月1日).
 */
int wareki_parse(struct str s, struct wareki_date *ret_date, struct err *err);

/* Appends 令和8年3月31日 (the first year is 元年), R8.3.31, or 2026-03-31. DATE must exist. */
void wareki_put(struct buf *buf, struct wareki_date date);
void wareki_put_short(struct buf *buf, struct wareki_date date);
void wareki_put_iso(struct buf *buf, struct wareki_date date);

/* The fiscal year (April to March) of DATE: 2025 for 2026-03-31. */
int wareki_fiscal_year(struct wareki_date date);

/* Appends the fiscal year as 令和7年度 (named by the era of its 1 April, as offices do; the year
 * that begins on 2019-04-01 is 平成31年度). */
void wareki_put_fiscal_year(struct buf *buf, int fiscal_year);

/* Appends the same year as letter and number, as document numbers do: R8. */
void wareki_put_fiscal_short(struct buf *buf, int fiscal_year);

/* True if the day exists and lies in 1873 … 9999. */
bool wareki_exists(struct wareki_date date);

#endif
