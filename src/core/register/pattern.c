/*
 * pattern: patterns of text fields. Pure.
 *
 * A pattern is unrolled into at most PATTERN_ITEMS items; matching keeps the set of items that may
 * come next, one bit for each and each count of it, and walks the text once.
 */
#include "core/register/pattern.h"

#include "base/text/utf8.h"

#include <stdint.h>
#include <string.h>

struct item {
    struct str set; /* what stands between the brackets */
    int32_t one;    /* a single character */
    enum { UNIT_ONE, UNIT_ANY, UNIT_DIGIT, UNIT_SET } unit;
    bool negated;
    unsigned least, most; /* most 0: without end */
};

struct items {
    struct item list[PATTERN_ITEMS];
    size_t count;
};

static bool
number_take(struct str *rest, unsigned *ret)
{
    unsigned n = 0;
    size_t digits = 0;
    while (rest->n > 0 && rest->p[0] >= '0' && rest->p[0] <= '9' && digits < 4) {
        n = n * 10 + (unsigned)(rest->p[0] - '0');
        *rest = str_slice(*rest, 1, rest->n);
        digits++;
    }
    *ret = n;
    return digits > 0 && n <= PATTERN_REPEAT;
}

static bool
byte_take(struct str *rest, char c)
{
    if (rest->n == 0 || rest->p[0] != c) {
        return false;
    }
    *rest = str_slice(*rest, 1, rest->n);
    return true;
}

static bool
quantifier_take(struct str *rest, struct item *item)
{
    item->least = item->most = 1;
    if (byte_take(rest, '?')) {
        item->least = 0;
    } else if (byte_take(rest, '*')) {
        item->least = item->most = 0;
    } else if (byte_take(rest, '+')) {
        item->most = 0;
    } else if (byte_take(rest, '{')) {
        if (!number_take(rest, &item->least)) {
            return false;
        }
        item->most = item->least;
        if (byte_take(rest, ',') && !number_take(rest, &item->most)) {
            return false;
        }
        return byte_take(rest, '}') && item->most >= item->least && item->most > 0;
    }
    return true;
}

/* One character of a set; a backslash takes the next as it is. */
static int32_t
set_next(struct str *rest)
{
    (void)byte_take(rest, '\\');
    return rest->n > 0 ? utf8_next(rest) : -1;
}

static bool
set_take(struct str *rest, struct item *item)
{
    item->unit = UNIT_SET;
    item->negated = byte_take(rest, '^');
    item->set = *rest;
    size_t members = 0;
    while (rest->n > 0 && rest->p[0] != ']') {
        int32_t from = set_next(rest), to = from;
        if (rest->n > 1 && rest->p[0] == '-' && rest->p[1] != ']') {
            *rest = str_slice(*rest, 1, rest->n);
            to = set_next(rest);
        }
        if (from < 0 || to < from) {
            return false;
        }
        members++;
    }
    item->set.n -= rest->n;
    return members > 0 && byte_take(rest, ']');
}

static bool
item_take(struct str *rest, struct item *item)
{
    if (byte_take(rest, '[')) {
        return set_take(rest, item) && quantifier_take(rest, item);
    }
    bool escaped = byte_take(rest, '\\');
    if (escaped && byte_take(rest, 'd')) {
        item->unit = UNIT_DIGIT;
    } else if (!escaped && byte_take(rest, '.')) {
        item->unit = UNIT_ANY;
    } else {
        int32_t c = rest->n > 0 ? utf8_next(rest) : -1;
        if (c < 0 || (!escaped && c < 128 && strchr("?*+{}]()|^$", c) != NULL)) {
            return false;
        }
        item->unit = UNIT_ONE;
        item->one = c;
    }
    return quantifier_take(rest, item);
}

static bool
items_read(struct str pattern, struct items *ret)
{
    *ret = (struct items){.count = 0};
    if (pattern.n == 0 || pattern.n > PATTERN_BYTES || !utf8_valid(pattern)) {
        return false;
    }
    while (pattern.n > 0) {
        if (ret->count == PATTERN_ITEMS || !item_take(&pattern, &ret->list[ret->count])) {
            return false;
        }
        ret->count++;
    }
    return true;
}

static bool
set_has(const struct item *item, int32_t c)
{
    struct str rest = item->set;
    bool found = false;
    while (rest.n > 0) {
        int32_t from = set_next(&rest), to = from;
        if (rest.n > 1 && rest.p[0] == '-') {
            rest = str_slice(rest, 1, rest.n);
            to = set_next(&rest);
        }
        found = found || (c >= from && c <= to);
    }
    return found != item->negated;
}

static bool
unit_fits(const struct item *item, int32_t c)
{
    switch (item->unit) {
    case UNIT_ONE:
        return c == item->one;
    case UNIT_DIGIT:
        return c >= '0' && c <= '9';
    case UNIT_SET:
        return set_has(item, c);
    case UNIT_ANY:
        break;
    }
    return c != '\n';
}

/* Where the match may stand: before item I with K of it taken already. */
struct places {
    unsigned char at[PATTERN_ITEMS + 1][PATTERN_REPEAT + 1];
};

/* Adds item I with K taken, and what may be passed over behind it. */
static void
place_add(const struct items *items, struct places *places, size_t i, unsigned k)
{
    while (!places->at[i][k]) {
        places->at[i][k] = 1;
        if (i == items->count || k < items->list[i].least) {
            return;
        }
        i++;
        k = 0;
    }
}

static void
places_step(const struct items *items, const struct places *now, int32_t c, struct places *ret)
{
    memset(ret, 0, sizeof *ret);
    for (size_t i = 0; i < items->count; i++) {
        const struct item *item = &items->list[i];
        unsigned top = item->most > 0 ? item->most : item->least;
        if (!unit_fits(item, c)) {
            continue;
        }
        for (unsigned k = 0; k <= top; k++) {
            bool endless = item->most == 0 && k == top;
            if (now->at[i][k] && (k < top || endless)) {
                place_add(items, ret, i, endless ? k : k + 1);
            }
        }
    }
}

bool
pattern_good(struct str pattern)
{
    struct items items;
    return items_read(pattern, &items);
}

bool
pattern_fits(struct str pattern, struct str text)
{
    struct items items;
    struct places places[2];
    if (!items_read(pattern, &items) || !utf8_valid(text)) {
        return false;
    }
    size_t turn = 0;
    memset(&places[0], 0, sizeof places[0]);
    place_add(&items, &places[0], 0, 0);
    while (text.n > 0) {
        places_step(&items, &places[turn], utf8_next(&text), &places[1 - turn]);
        turn = 1 - turn;
    }
    return places[turn].at[items.count][0] != 0;
}

bool
pattern_example(struct str pattern, struct buf *ret)
{
    struct items items;
    if (!items_read(pattern, &items)) {
        return false;
    }
    for (size_t i = 0; i < items.count; i++) {
        const struct item *item = &items.list[i];
        struct str rest = item->set;
        int32_t c = item->unit == UNIT_ONE     ? item->one
                    : item->unit == UNIT_DIGIT ? '1'
                    : item->unit == UNIT_ANY   ? 'a'
                                               : set_next(&rest);
        for (int32_t try = 'a'; item->negated && try <= 'z'; try++) {
            c = set_has(item, try) ?
            try : c
                ;
        }
        for (unsigned k = 0; k < item->least && unit_fits(item, c); k++) {
            utf8_put(ret, (uint32_t)c);
        }
    }
    return pattern_fits(pattern, buf_str(ret));
}
