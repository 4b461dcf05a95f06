/*
 * condition_random: random conditions as text, over the scope that docs/design/cond.md describes
 * for the shared vectors. The same ones in every run. Also `pick`, for random records.
 */
#ifndef TESTS_CONDITION_RANDOM_H
#define TESTS_CONDITION_RANDOM_H

#include "base/mem/buf.h"

#include <stdbool.h>
#include <stdint.h>

static uint64_t seed = 88172645463325252ULL;

static size_t
pick(size_t below)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (size_t)(seed >> 11) % below;
}

static struct buf text;

#define PICK(...)                                                                                  \
    ((const char *const[]){                                                                        \
        __VA_ARGS__})[pick(sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))]

/* A name's beginning: in a row its own or the record's, else perhaps through references. */
static const char *
from(bool row)
{
    return row ? PICK("", "", "", "parent.", "r.") : PICK("", "", "", "", "r.", "r.r.");
}

static void
put_op(bool ordered)
{
    buf_printf(&text, " %s ", ordered ? PICK("=", "!=", "<", "<=", ">", ">=") : PICK("=", "!="));
}

static void
put_number(bool row)
{
    const char *aggregate =
        PICK("count(%sb)", "count(%sl)", "sum(%sb.n)", "min(%sb.m)", "max(%sb.n)");
    switch (pick(6)) {
    case 0:
        buf_printf(&text, "%d", (int)pick(9) - 3);
        return;
    case 1:
        buf_printf(&text, "rank(%sc)", from(row));
        return;
    case 2:
        for (const char *p = aggregate; *p != '\0'; p++) {
            if (*p == '%') {
                buf_put_z(&text, row ? "parent." : "");
                p++;
            } else {
                buf_put_char(&text, *p);
            }
        }
        return;
    default:
        buf_printf(&text, "%s%s", from(row), PICK("n", "m"));
    }
}

static void
put_numbers(bool row)
{
    put_number(row);
    while (pick(3) == 0) {
        buf_put_z(&text, PICK(" + ", " - "));
        put_number(row);
    }
}

static void
put_durations(bool time, bool calendar)
{
    while (pick(2) == 0) {
        buf_printf(&text, " %s %zu%s", PICK("+", "-"), pick(7),
                   calendar ? PICK("d", "m", "y", "bd")
                   : time   ? PICK("d", "h")
                            : "d");
    }
}

static void
put_moment(bool row, bool time)
{
    if (pick(3) == 0) {
        buf_put_z(&text, time ? "now" : PICK("today", "2028-02-29", "2028-01-31"));
    } else if (!time && !row && pick(5) == 0) {
        buf_put_z(&text, PICK("g.from", "r.g.until", "min(b.d)", "max(b.e)"));
    } else {
        buf_printf(&text, "%s%s", from(row), time ? PICK("i", "j") : PICK("d", "e"));
    }
}

static void
leaf_moment(bool row)
{
    bool time = pick(2) == 0, calendar = pick(3) == 0;
    put_moment(row, time);
    if (pick(8) == 0) { /* a difference */
        buf_put_z(&text, " - ");
        put_moment(row, time);
        put_op(true);
        buf_printf(&text, "%zud", pick(60));
        return;
    }
    put_durations(time, calendar);
    if (pick(6) == 0 && !time) {
        buf_put_z(&text, PICK(" in [today, 2028-01-31]", " not in [2028-02-29, today]"));
        return;
    }
    put_op(true);
    put_moment(row, time);
    put_durations(time, calendar && pick(2) == 0);
}

static void
leaf_word(bool row)
{
    if (pick(3) == 0) {
        buf_printf(&text, "starts(%s%s, %s)", from(row), PICK("t", "u"),
                   PICK("'a'", "'ab'", "'あ'", "'%'", "'\xed\x9f\xbf'", "'ab\xf4\x8f\xbf\xbf'",
                        "'\xf4\x8f\xbf\xbf'"));
        return;
    }
    buf_printf(&text, "%s%s", from(row), PICK("t", "u"));
    if (pick(4) == 0) {
        buf_put_z(&text, PICK(" in ['a', 'ab', '''']", " not in ['b', 'い']"));
        return;
    }
    put_op(true);
    buf_put_z(&text, PICK("'a'", "'ab'", "'あ'", "''''", "'b'", "t", "u"));
}

static void
leaf_person(bool row)
{
    const char *who = PICK("p", "q", "me", "me");
    switch (pick(4)) {
    case 0:
        buf_printf(&text, "%s%s", from(row), PICK("p", "q"));
        put_op(false);
        buf_put_z(&text, who);
        return;
    case 1:
        buf_printf(&text, "%sl has %s", row ? "parent." : PICK("", "r."), who);
        return;
    case 2:
        buf_printf(&text, "%s %s %sl", who, PICK("in", "not in"), row ? "parent." : PICK("", "r."));
        return;
    default:
        buf_printf(&text, "%sp %s", from(row), PICK("in [me]", "not in [me]"));
    }
}

static void
leaf_code(bool row)
{
    switch (pick(5)) {
    case 0:
        buf_printf(&text, "%ss %s %s", from(row), PICK("=", "!="),
                   PICK("draft", "open", "'closed'"));
        return;
    case 1:
        buf_printf(&text, "%ss %s", from(row), PICK("in [draft, open]", "not in [draft]"));
        return;
    case 2:
        buf_printf(&text, "%sc %s %s", from(row), PICK("=", "!="), PICK("c1", "'c2'", "c"));
        return;
    case 3:
        buf_printf(&text, "%sw %s", from(row),
                   PICK("in mine", "not in mine", "in below", "not in below"));
        return;
    default:
        buf_printf(&text, "%s%s = %s", from(row), PICK("r"), "r");
    }
}

static void
leaf_any_type(bool row)
{
    switch (pick(8)) {
    case 0:
        put_numbers(row);
        put_op(true);
        put_numbers(row);
        return;
    case 1:
        put_numbers(row);
        buf_put_z(&text, PICK(" in [1, 2, -1]", " not in [0, 3]"));
        return;
    case 2:
        leaf_moment(row);
        return;
    case 3:
        leaf_word(row);
        return;
    case 4:
        leaf_person(row);
        return;
    case 5:
        leaf_code(row);
        return;
    case 6:
        buf_printf(&text, "%s%s is %sempty", from(row),
                   PICK("n", "t", "d", "i", "s", "c", "p", "r", "f"), PICK("", "not "));
        return;
    default:
        buf_printf(&text, "%sf%s", from(row), PICK("", " = true", " = false", " != true"));
    }
}

static void
put_condition(unsigned depth, bool row)
{
    size_t kind = pick(depth == 0 ? 3 : 9);
    if (kind == 3 && !row) {
        buf_put_z(&text, PICK("any(b, ", "all(b, ", "not any(b, ", "not all(b, "));
        put_condition(depth - 1, true);
        buf_put_z(&text, ")");
    } else if (kind == 4 && !row) {
        buf_put_z(&text, PICK("b is empty", "l is not empty", "r.l is empty"));
    } else if (kind <= 3) {
        buf_put_z(&text, PICK("", "", "not "));
        leaf_any_type(row);
    } else {
        const char *word = PICK(" and ", " or ");
        buf_put_z(&text, PICK("(", "not ("));
        put_condition(depth - 1, row);
        buf_put_z(&text, word);
        put_condition(depth - 1, row);
        buf_put_z(&text, ")");
    }
}

#endif
