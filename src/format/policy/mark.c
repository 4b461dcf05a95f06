/*
 * mark: the number or sign at the beginning of a paragraph, read before anything is normalised
 * (NFKC would turn ① into 1). Full and half width are one class. Runs in policy-worker and the
 * command line. Whether a mark counts is decided by the sequence (tree.c), not here.
 */
#include "base/text/utf8.h"
#include "format/policy/read.h"

#include <string.h>

static uint32_t
peek(struct str s)
{
    return s.n == 0 ? 0 : char_first(s);
}

/* Reads 1-3 digits. False when there are none or more. */
static bool
read_number(struct str *rest, unsigned *ret_number)
{
    unsigned value = 0, digits = 0;
    struct str s = *rest;
    while (char_is_digit(peek(s))) {
        value = value * 10 + char_digit(peek(s));
        utf8_next(&s);
        if (++digits > 3)
            return false;
    }
    if (digits == 0)
        return false;
    *rest = s;
    *ret_number = value;
    return true;
}

/* Reads a kanji number below 1000 (一, 十二, 二十, 百三). */
static bool
read_kanji(struct str *rest, unsigned *ret_number)
{
    static const char digits[] = "一二三四五六七八九";
    unsigned total = 0, digit = 0;
    struct str s = *rest;
    for (unsigned taken = 0; taken < 6; taken++) {
        uint32_t c = peek(s);
        ptrdiff_t place = c == 0 ? -1 : str_find(str_of(digits), str_slice(s, 0, 3), 0);
        if (c == 0x5341 || c == 0x767e) {
            total += (digit == 0 ? 1 : digit) * (c == 0x5341 ? 10 : 100);
            digit = 0;
        } else if (s.n >= 3 && place >= 0 && place % 3 == 0) {
            digit = (unsigned)place / 3 + 1;
        } else {
            break;
        }
        utf8_next(&s);
    }
    if (s.n == rest->n)
        return false;
    *rest = s;
    *ret_number = total + digit;
    return true;
}

/* The の2 of 第4条の2, put between two numbers later; の2の3 counts as its first part. Nothing is
 * read where words follow (第4条の二つ, 第4条の2に). */
static void
read_branch(struct str *rest, struct policy_mark *mark)
{
    struct str s = *rest;
    unsigned first = 0, number;
    while (str_begins(s, "の")) {
        utf8_next(&s);
        if (!read_number(&s, &number) && !read_kanji(&s, &number))
            return;
        first = first == 0 ? number : first;
    }
    if (first < 2 || !(s.n == 0 || char_is_blank(peek(s)) || peek(s) == '(' || peek(s) == 0xff08))
        return;
    mark->branch = first;
    *rest = s;
}

/* 第n章, 第n条の2, 第n. */
static bool
read_dai(struct str *rest, struct policy_mark *mark)
{
    static const struct {
        const char *word;
        enum policy_mark_class class;
    } units[] = {
        {"章", MARK_CHAPTER}, {"節", MARK_SECTION}, {"款", MARK_SUBSECTION}, {"条", MARK_ARTICLE}};
    struct str s = *rest;
    if (!str_begins(s, "第"))
        return false;
    utf8_next(&s);
    s = str_slice(s, char_blank_prefix(s), s.n);
    if (!read_number(&s, &mark->ordinal) && !read_kanji(&s, &mark->ordinal))
        return false;
    struct str unit = str_slice(s, char_blank_prefix(s), s.n);
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (str_begins(unit, units[i].word)) {
            mark->class = units[i].class;
            *rest = str_slice(unit, strlen(units[i].word), unit.n);
            read_branch(rest, mark);
            return rest->n == 0 || !str_begins(*rest, "第");
        }
    if (s.n > 0 && !char_is_blank(peek(s)))
        return false;
    mark->class = MARK_DAI;
    *rest = s;
    return true;
}

static bool
is_dot(uint32_t c)
{
    return c == '.' || c == 0xff0e;
}

static bool
is_dash(uint32_t c)
{
    return c == '-' || c == 0x2015 || c == 0x2010 || c == 0xff0d || c == 0x2212 || c == 0x2014;
}

/* Words behind a number that make it a quantity or a date, not a mark. */
static bool
is_counted(struct str s)
{
    static const char *const words[] = {"年", "月", "日", "条", "項", "号", "％", "%", "つ", "回"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (str_begins(s, words[i]))
            return !str_begins(s, "日々") && !str_begins(s, "回線") && !str_begins(s, "条例");
    return false;
}

/* 1.1, 2―4―1; then 1. and 1 with a blank. */
static bool
read_plain(struct str *rest, struct policy_mark *mark)
{
    struct str s = *rest;
    if (!read_number(&s, &mark->parts[0]))
        return false;
    mark->part_count = 1;
    while (mark->part_count < MARK_PARTS && (is_dot(peek(s)) || is_dash(peek(s)))) {
        struct str next = s;
        utf8_next(&next);
        if (!read_number(&next, &mark->parts[mark->part_count]))
            break;
        mark->part_count++;
        s = next;
    }
    mark->ordinal = mark->parts[mark->part_count - 1];
    bool point = is_dot(peek(s));
    if (point)
        utf8_next(&s);
    bool blank = s.n == 0 || char_is_blank(peek(s));
    struct str behind = str_slice(s, char_blank_prefix(s), s.n);
    if (behind.n == 0 || (!point && mark->part_count == 1 && is_counted(behind)) ||
        char_is_digit(peek(behind)))
        return false;
    mark->class = mark->part_count > 1 ? MARK_DOT : MARK_NUM;
    *rest = s;
    return point || blank || mark->class == MARK_DOT;
}

/* The place of C in ORDER, from 1; 0: it is not there. */
static unsigned
place_in(const char *order, uint32_t c)
{
    struct str s = str_of(order);
    for (unsigned n = 1; s.n > 0; n++)
        if ((uint32_t)utf8_next(&s) == c)
            return n;
    return 0;
}

static unsigned
kata_ordinal(uint32_t c)
{
    static const char order[] = "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホ"
                                "マミムメモヤユヨラリルレロワヲン";
    unsigned n = place_in(order, c);
    if (n == 0 && c >= 0xff71 && c <= 0xff9c)
        return c - 0xff71 + 1;
    return n;
}

/* The old order of kana, in which regulations count below their 号. */
static unsigned
iroha_ordinal(uint32_t c)
{
    static const char order[] = "イロハニホヘトチリヌルヲワカヨタレソツネナラムウヰノオクヤマ"
                                "ケフコエテアサキユメミシヱヒモセスン";
    static const char half[] = "ｲﾛﾊﾆﾎﾍﾄﾁﾘﾇﾙｦﾜｶﾖﾀﾚｿﾂﾈﾅﾗﾑｳヰﾉｵｸﾔﾏｹﾌｺｴﾃｱｻｷﾕﾒﾐｼヱﾋﾓｾｽﾝ";
    unsigned n = place_in(order, c);
    return n > 0 ? n : place_in(half, c);
}

bool
mark_iroha(const struct policy_mark *mark, struct policy_mark *ret_mark)
{
    if (mark->class != MARK_KATA && mark->class != MARK_PAREN_KATA)
        return false;
    struct str s = mark->printed;
    unsigned ordinal = 0;
    while (s.n > 0 && ordinal == 0) /* behind the bracket and its blanks */
        ordinal = iroha_ordinal((uint32_t)utf8_next(&s));
    *ret_mark = *mark;
    ret_mark->class = mark->class == MARK_KATA ? MARK_IROHA : MARK_PAREN_IROHA;
    ret_mark->ordinal = ordinal;
    return ordinal > 0;
}

static unsigned
alpha_ordinal(uint32_t c)
{
    if (c >= 0xff21)
        c -= 0xff21 - 'A';
    if (c >= 'A' && c <= 'Z')
        return c - 'A' + 1;
    return c >= 'a' && c <= 'z' ? c - 'a' + 1 : 0;
}

/* （1）, （ア）, （a）. */
static bool
read_bracketed(struct str *rest, struct policy_mark *mark)
{
    struct str s = *rest;
    if (peek(s) != '(' && peek(s) != 0xff08)
        return false;
    utf8_next(&s);
    s = str_slice(s, char_blank_prefix(s), s.n);
    uint32_t c = peek(s);
    if (read_number(&s, &mark->ordinal)) {
        mark->class = MARK_PAREN;
    } else if ((mark->ordinal = kata_ordinal(c)) != 0) {
        mark->class = MARK_PAREN_KATA;
        utf8_next(&s);
    } else if ((mark->ordinal = iroha_ordinal(c)) != 0) { /* ヰ, ヱ */
        mark->class = MARK_PAREN_IROHA;
        utf8_next(&s);
    } else if ((mark->ordinal = alpha_ordinal(c)) != 0) {
        mark->class = MARK_PAREN_ALPHA;
        utf8_next(&s);
    } else {
        return false;
    }
    s = str_slice(s, char_blank_prefix(s), s.n);
    if (peek(s) != ')' && peek(s) != 0xff09)
        return false;
    utf8_next(&s);
    *rest = s;
    return true;
}

/* ① to ㊿ and ⑴ to ⒇. */
static bool
read_sign(struct str *rest, struct policy_mark *mark)
{
    uint32_t c = peek(*rest);
    mark->class = MARK_CIRCLE;
    if (c >= 0x2460 && c <= 0x2473)
        mark->ordinal = c - 0x2460 + 1;
    else if (c >= 0x3251 && c <= 0x325f)
        mark->ordinal = c - 0x3251 + 21;
    else if (c >= 0x32b1 && c <= 0x32bf)
        mark->ordinal = c - 0x32b1 + 36;
    else if (c >= 0x2474 && c <= 0x2487) {
        mark->ordinal = c - 0x2474 + 1;
        mark->class = MARK_PAREN;
    } else if (c == 0x30fb || c == 0x25cb || c == 0x25cf || c == 0x2022 || c == 0xff65) {
        mark->class = MARK_BULLET;
    } else {
        return false;
    }
    utf8_next(rest);
    return true;
}

/* Ⅰ to Ⅻ stand for 第1 to 第12. */
static bool
read_roman(struct str *rest, struct policy_mark *mark)
{
    struct str s = *rest;
    uint32_t c = peek(s);
    if (c < 0x2160 || c > 0x216b)
        return false;
    utf8_next(&s);
    bool point = is_dot(peek(s));
    if (point)
        utf8_next(&s);
    if (!point && !char_is_blank(peek(s)))
        return false;
    mark->class = MARK_DAI;
    mark->ordinal = c - 0x2160 + 1;
    *rest = s;
    return true;
}

/* 一 with a full-width blank: the 号 of regulations set in columns, （1） elsewhere. */
static bool
read_column(struct str *rest, struct policy_mark *mark)
{
    struct str s = *rest;
    if (!read_kanji(&s, &mark->ordinal) || peek(s) != 0x3000)
        return false;
    mark->class = MARK_PAREN;
    *rest = s;
    return true;
}

/* ア and A, each with a blank behind it. */
static bool
read_letter(struct str *rest, struct policy_mark *mark)
{
    struct str s = *rest;
    uint32_t c = peek(s);
    if (c == 0)
        return false;
    utf8_next(&s);
    bool point = is_dot(peek(s));
    if (!point && !char_is_blank(peek(s)))
        return false;
    if (point)
        utf8_next(&s);
    if ((mark->ordinal = kata_ordinal(c)) != 0)
        mark->class = MARK_KATA;
    else if ((mark->ordinal = iroha_ordinal(c)) != 0) /* ヰ, ヱ */
        mark->class = MARK_IROHA;
    else if ((mark->ordinal = alpha_ordinal(c)) != 0)
        mark->class = MARK_ALPHA;
    else
        return false;
    struct str behind = str_slice(s, char_blank_prefix(s), s.n);
    if (behind.n == 0 || (mark->class == MARK_ALPHA && char_is_latin(peek(behind))))
        return false;
    *rest = s;
    return true;
}

size_t
mark_read(struct str s, struct policy_mark *ret_mark)
{
    typedef bool reader_fn(struct str *, struct policy_mark *);
    static reader_fn *const readers[] = {read_dai,   read_plain,  read_bracketed, read_sign,
                                         read_roman, read_column, read_letter};
    for (size_t i = 0; i < sizeof readers / sizeof *readers; i++) {
        struct policy_mark mark = {0};
        struct str rest = s;
        if (!readers[i](&rest, &mark) || (mark.ordinal == 0 && mark.class != MARK_BULLET))
            continue;
        size_t taken = s.n - rest.n;
        struct str printed = str_slice(s, 0, taken);
        mark.printed = str_slice(printed, 0, taken - char_blank_suffix(printed));
        *ret_mark = mark;
        return taken + char_blank_prefix(rest);
    }
    return 0;
}

struct str
mark_half(struct arena *arena, struct str s)
{
    char *p = arena_alloc(arena, s.n + 1);
    if (p == NULL)
        return (struct str){0};
    size_t n = 0;
    while (s.n > 0) {
        struct str before = s;
        int32_t next = utf8_next(&s);
        uint32_t c = next < 0 ? 0 : (uint32_t)next;
        size_t len = before.n - s.n;
        if (char_is_blank(c))
            continue;
        if (c >= 0xff01 && c <= 0xff5e)
            p[n++] = (char)(c - 0xff01 + '!');
        else {
            memcpy(p + n, before.p, len);
            n += len;
        }
    }
    return (struct str){p, n};
}
