/*
 * form: numbers as Word prints them (ECMA-376 part 1, 17.18.59 ST_NumberFormat). A form we do not
 * know is written in digits. Runs in policy-worker.
 */
#include "base/text/utf8.h"
#include "format/docx/read.h"

#include <string.h>

static void
put_digits(struct buf *out, unsigned n, uint32_t zero)
{
    if (n >= 10)
        put_digits(out, n / 10, zero);
    utf8_put(out, zero + n % 10);
}

/* The N-th sign of SIGNS (three bytes each), counted on from the first behind the last. */
static void
put_sign(struct buf *out, const char *signs, unsigned n)
{
    size_t count = strlen(signs) / 3;
    buf_put(out, signs + 3 * ((n - 1) % count), 3);
}

static void
put_letters(struct buf *out, unsigned n, char first)
{
    for (unsigned times = (n - 1) / 26 + 1; times > 0 && times < 100; times--)
        buf_put_char(out, (char)(first + (int)((n - 1) % 26)));
}

static void
put_roman(struct buf *out, unsigned n, bool lower)
{
    static const struct {
        unsigned value;
        const char *upper, *lower;
    } rows[] = {{1000, "M", "m"}, {900, "CM", "cm"}, {500, "D", "d"}, {400, "CD", "cd"},
                {100, "C", "c"},  {90, "XC", "xc"},  {50, "L", "l"},  {40, "XL", "xl"},
                {10, "X", "x"},   {9, "IX", "ix"},   {5, "V", "v"},   {4, "IV", "iv"},
                {1, "I", "i"}};
    for (size_t i = 0; n < 5000 && i < sizeof rows / sizeof *rows; i++)
        for (; n >= rows[i].value; n -= rows[i].value)
            buf_put_z(out, lower ? rows[i].lower : rows[i].upper);
}

/* 十二, 百三; digits past 999. */
static void
put_kanji(struct buf *out, unsigned n)
{
    static const char digits[] = "一二三四五六七八九";
    if (n >= 1000) {
        put_digits(out, n, '0');
        return;
    }
    if (n >= 200)
        put_sign(out, digits, n / 100);
    if (n >= 100)
        buf_put_z(out, "百");
    n %= 100;
    if (n >= 20)
        put_sign(out, digits, n / 10);
    if (n >= 10)
        buf_put_z(out, "十");
    if (n % 10 > 0)
        put_sign(out, digits, n % 10);
}

static void
put_circle(struct buf *out, unsigned n)
{
    if (n <= 20)
        utf8_put(out, 0x2460 + n - 1);
    else if (n <= 35)
        utf8_put(out, 0x3251 + n - 21);
    else if (n <= 50)
        utf8_put(out, 0x32b1 + n - 36);
    else
        put_digits(out, n, '0');
}

static const char kana[] = "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモ"
                           "ヤユヨラリルレロワヲン";
static const char iroha[] = "イロハニホヘトチリヌルヲワカヨタレソツネナラムウヰノオクヤマケフコエテ"
                            "アサキユメミシヱヒモセス";

/* Forms that write one sign or a run of letters; false when FORMAT is none of them. */
static bool
put_other(struct buf *out, const char *format, unsigned n)
{
    if (strncmp(format, "aiueo", 5) == 0)
        put_sign(out, kana, n);
    else if (strncmp(format, "iroha", 5) == 0)
        put_sign(out, iroha, n);
    else if (strcmp(format, "upperLetter") == 0)
        put_letters(out, n, 'A');
    else if (strcmp(format, "lowerLetter") == 0)
        put_letters(out, n, 'a');
    else if (strcmp(format, "upperRoman") == 0)
        put_roman(out, n, false);
    else if (strcmp(format, "lowerRoman") == 0)
        put_roman(out, n, true);
    else if (strncmp(format, "japanese", 8) == 0 || strncmp(format, "ideograph", 9) == 0 ||
             strncmp(format, "chinese", 7) == 0 || strcmp(format, "koreanDigital2") == 0)
        put_kanji(out, n);
    else
        return false;
    return true;
}

void
form_put(struct buf *out, const char *format, unsigned n)
{
    if (strcmp(format, "none") == 0)
        return;
    if (n == 0)
        put_digits(out, 0, '0');
    else if (strncmp(format, "decimalFullWidth", 16) == 0)
        put_digits(out, n, 0xff10);
    else if (strncmp(format, "decimalEnclosedCircle", 21) == 0)
        put_circle(out, n);
    else if (strcmp(format, "decimalEnclosedParen") == 0 && n <= 20)
        utf8_put(out, 0x2474 + n - 1);
    else if (strcmp(format, "decimalEnclosedFullstop") == 0) {
        put_digits(out, n, '0');
        buf_put_char(out, '.');
    } else if (strcmp(format, "decimalZero") == 0 && n < 10) {
        buf_put_char(out, '0');
        put_digits(out, n, '0');
    } else if (!put_other(out, format, n))
        put_digits(out, n, '0');
}
