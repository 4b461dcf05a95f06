/*
 * wareki: see wareki.h. Used by every program that reads or shows dates. Pure.
 */
#include "base/text/wareki.h"

#include "base/mem/ensure.h"
#include "base/text/utf8.h"

#include <string.h>

struct era {
    const char *name;
    char letter;
    int year_one;
    struct wareki_date from;
};

static const struct era eras[] = {
#define ERA(name, letter, year_one, year, month, day) {name, letter, year_one, {year, month, day}},
#include "base/text/eras.def"
#undef ERA
};

enum { ERA_COUNT = sizeof eras / sizeof *eras, FORM_CHARS = 40 };

static int
compare(struct wareki_date a, struct wareki_date b)
{
    if (a.year != b.year)
        return a.year < b.year ? -1 : 1;
    if (a.month != b.month)
        return a.month < b.month ? -1 : 1;
    return (a.day > b.day) - (a.day < b.day);
}

bool
wareki_exists(struct wareki_date d)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (d.year < 1873 || d.year > 9999 || d.month < 1 || d.month > 12 || d.day < 1)
        return false;
    bool leap = (d.year % 4 == 0 && d.year % 100 != 0) || d.year % 400 == 0;
    return d.day <= days[d.month - 1] + (d.month == 2 && leap);
}

static const struct era *
era_of(struct wareki_date date)
{
    const struct era *era = NULL;
    for (size_t i = 0; i < ERA_COUNT && era == NULL; i++)
        if (compare(date, eras[i].from) >= 0)
            era = &eras[i];
    ensure(era != NULL); /* the caller's promise: the day exists here */
    return era;
}

/* S in half width without blanks, 元 as 1, into RET. False when it is longer than any date. */
static bool
simplify(struct str s, char ret[4 * FORM_CHARS])
{
    size_t n = 0;
    while (s.n > 0) {
        struct str before = s;
        int32_t c = utf8_next(&s);
        size_t len = before.n - s.n;
        if (c < 0 || n + 4 >= FORM_CHARS)
            return false;
        if (c == ' ' || c == 0x3000)
            continue;
        if (c >= 0xff01 && c <= 0xff5e)
            ret[n++] = (char)(c - 0xff01 + '!');
        else if (c == 0x5143) /* 元 */
            ret[n++] = '1';
        else {
            memcpy(ret + n, before.p, len);
            n += len;
        }
    }
    ret[n] = 0;
    return true;
}

/* Reads 1 to MOST digits at *P, which moves. False when there are none. */
static bool
take_number(const char **p, unsigned most, int *ret)
{
    unsigned digits = 0;
    int value = 0;
    for (; digits < most && **p >= '0' && **p <= '9'; ++*p, digits++)
        value = value * 10 + (**p - '0');
    *ret = value;
    return digits > 0;
}

static bool
take_word(const char **p, const char *word)
{
    size_t n = strlen(word);
    if (strncmp(*p, word, n) != 0)
        return false;
    *p += n;
    return true;
}

/* The rest behind the year: 年3月31日, or SEPARATOR 3 SEPARATOR 31. */
static bool
take_month_day(const char **p, struct wareki_date *date)
{
    static const char *const separators[] = {".", "/", "-"};
    if (take_word(p, "年"))
        return take_number(p, 2, &date->month) && take_word(p, "月") &&
               take_number(p, 2, &date->day) && take_word(p, "日");
    for (size_t i = 0; i < 3; i++)
        if (take_word(p, separators[i]))
            return take_number(p, 2, &date->month) && take_word(p, separators[i]) &&
                   take_number(p, 2, &date->day);
    return false;
}

static bool
read_gregorian(const char *p, struct wareki_date *date)
{
    size_t n = strspn(p, "0123456789");
    if (n == 8 && p[8] == 0) {
        int number = 0;
        take_number(&p, 8, &number);
        *date = (struct wareki_date){number / 10000, number / 100 % 100, number % 100};
        return true;
    }
    return n == 4 && take_number(&p, 4, &date->year) && take_month_day(&p, date) && *p == 0;
}

static const struct era *
read_era(const char *p, struct wareki_date *date)
{
    for (size_t i = 0; i < ERA_COUNT; i++) {
        const char *rest = p;
        char lower = (char)(eras[i].letter - 'A' + 'a');
        if (*p == eras[i].letter || *p == lower)
            rest = p + 1;
        else if (!take_word(&rest, eras[i].name))
            continue;
        int year;
        if (!take_number(&rest, 2, &year) || year == 0 || !take_month_day(&rest, date) ||
            *rest != 0)
            return NULL;
        date->year = eras[i].year_one + year - 1;
        return &eras[i];
    }
    return NULL;
}

static int
wrong_era(struct wareki_date date, struct err *err)
{
    struct buf right;
    buf_init(&right, 100);
    wareki_put(&right, date);
    ERR(err, "wareki.era", "%.*s", STR_FMT(buf_str(&right)));
    buf_free(&right);
    return -1;
}

int
wareki_parse(struct str s, struct wareki_date *ret_date, struct err *err)
{
    char text[4 * FORM_CHARS];
    struct wareki_date date = {0};
    if (s.n > 4 * FORM_CHARS || !simplify(s, text))
        return ERR(err, "wareki.form", "%.*s", STR_FMT(str_slice(s, 0, 80)));
    const struct era *era = NULL;
    if (!read_gregorian(text, &date) && (era = read_era(text, &date)) == NULL)
        return ERR(err, "wareki.form", "%.*s", STR_FMT(s));
    if (!wareki_exists(date))
        return ERR(err, "wareki.date", "%.*s", STR_FMT(s));
    if (era != NULL && era_of(date) != era)
        return wrong_era(date, err);
    *ret_date = date;
    return 0;
}

void
wareki_put(struct buf *buf, struct wareki_date date)
{
    const struct era *era = era_of(date);
    int year = date.year - era->year_one + 1;
    buf_put_z(buf, era->name);
    if (year == 1)
        buf_put_z(buf, "元");
    else
        buf_printf(buf, "%d", year);
    buf_printf(buf, "年%d月%d日", date.month, date.day);
}

void
wareki_put_short(struct buf *buf, struct wareki_date date)
{
    const struct era *era = era_of(date);
    buf_printf(buf, "%c%d.%d.%d", era->letter, date.year - era->year_one + 1, date.month, date.day);
}

void
wareki_put_iso(struct buf *buf, struct wareki_date date)
{
    buf_printf(buf, "%04d-%02d-%02d", date.year, date.month, date.day);
}

int
wareki_fiscal_year(struct wareki_date date)
{
    return date.month >= 4 ? date.year : date.year - 1;
}

void
wareki_put_fiscal_year(struct buf *buf, int fiscal_year)
{
    const struct era *era = era_of((struct wareki_date){fiscal_year, 4, 1});
    int year = fiscal_year - era->year_one + 1;
    buf_put_z(buf, era->name);
    if (year == 1)
        buf_put_z(buf, "元年度");
    else
        buf_printf(buf, "%d年度", year);
}

void
wareki_put_fiscal_short(struct buf *buf, int fiscal_year)
{
    const struct era *era = era_of((struct wareki_date){fiscal_year, 4, 1});
    buf_printf(buf, "%c%d", era->letter, fiscal_year - era->year_one + 1);
}
