/*
 * tree: what both back ends must agree on: constants, durations, order. Pure; runs in cored and in
 * the command line.
 *
 * Moving a day or instant by durations never falls when the day rises; cond_sql finds its bounds by
 * that. So where a calendar step cannot keep the time of day (the 31st moved to a month of 30 days,
 * a Sunday moved by business days), an instant moved forward ends at the end of its day.
 */
#include "format/cond/tree.h"

#include "base/os/time.h"

#include <string.h>

const char *const cond_know_names[KNOWS] = {"me", "mine", "below", "today", "now", "fy_now"};
const char *const cond_unit_names[UNITS] = {"h", "d", "bd", "m", "y"};
const char *const cond_op_names[OPS] = {
    "=", "!=", "<", "<=", ">", ">=", "in", "not in", "empty", "has", "true", "starts"};
const char *const cond_type_names[COND_TABLE + 1] = {
    "number", "text",   "flag",    "date", "time", "duration", "choice",
    "class",  "person", "section", "post", "ref",  "group",    "table"};

enum { DAY_LAST = 2932896 }; /* 9999-12-31 */

bool
term_asks(const struct term *term)
{
    return term->kind >= TERM_NAME;
}

bool
sum_asks(const struct sum *sum)
{
    for (const struct term *term = sum->first; term != NULL; term = term->next) {
        if (term_asks(term)) {
            return true;
        }
    }
    return false;
}

const struct cond_ids *
term_ids(const struct term *term, const struct cond_moment *moment)
{
    if (term->kind != TERM_KNOW) {
        return NULL;
    }
    return term->know == KNOW_ME      ? &moment->me
           : term->know == KNOW_MINE  ? &moment->mine
           : term->know == KNOW_BELOW ? &moment->below
                                      : NULL;
}

bool
term_constant(const struct term *term, const struct cond_moment *moment, struct cond_value *ret)
{
    *ret = (struct cond_value){.n = term->n, .text = term->text};
    if (term->kind != TERM_KNOW) {
        return true;
    }
    const struct cond_ids *ids = term_ids(term, moment);
    if (ids != NULL) {
        ret->n = ids->count > 0 ? ids->list[0] : 0;
        ret->empty = ids->count == 0;
    } else {
        ret->n = term->know == KNOW_TODAY ? moment->today
                 : term->know == KNOW_NOW ? moment->now_us
                                          : moment->fy_now;
    }
    return !ret->empty;
}

bool
value_fits(enum cond_type type, const struct cond_value *value)
{
    if (value->empty) {
        return false;
    }
    switch (type) {
    case COND_NUMBER:
        return value->n <= COND_NUMBER_MOST && value->n >= -COND_NUMBER_MOST;
    case COND_TEXT:
    case COND_CHOICE:
    case COND_CLASS:
        return value->text.n > 0;
    case COND_DATE:
        return value->n >= 0 && value->n <= DAY_LAST;
    case COND_TIME:
        return value->n >= 0 && value->n <= TIME_US_LAST;
    case COND_FLAG:
        return value->n == 0 || value->n == 1;
    case COND_DURATION:
    case COND_PERSON:
    case COND_SECTION:
    case COND_POST:
    case COND_REF:
    case COND_GROUP:
    case COND_TABLE:
        break;
    }
    return true;
}

int
value_order(enum cond_type type, const struct cond_value *a, const struct cond_value *b)
{
    if (type == COND_TEXT || type == COND_CHOICE || type == COND_CLASS) {
        return str_compare(a->text, b->text);
    }
    return (a->n > b->n) - (a->n < b->n);
}

bool
op_holds(enum leaf_op op, int order)
{
    static const unsigned char holds[6][3] = {
        /* below, equal, above */
        [OP_EQ] = {0, 1, 0}, [OP_NE] = {1, 0, 1}, [OP_LT] = {1, 0, 0},
        [OP_LE] = {1, 1, 0}, [OP_GT] = {0, 0, 1}, [OP_GE] = {0, 1, 1}};
    return holds[op][order < 0 ? 0 : order == 0 ? 1 : 2] != 0;
}

/* ---- durations ---- */

static int64_t
weekdays(void *ctx, int64_t day, int64_t count)
{
    (void)ctx;
    int64_t step = count < 0 ? -1 : 1;
    for (int64_t left = count * step; left > 0;) {
        day += step;
        int weekday = (int)(((day + 4) % 7 + 7) % 7); /* 0 Sunday */
        left -= weekday != 0 && weekday != 6;
    }
    return day;
}

static int64_t
day_business(const struct cond_moment *moment, int64_t day, int64_t count)
{
    if (count == 0) {
        return day;
    }
    return moment->business_day != NULL ? moment->business_day(moment->business_ctx, day, count)
                                        : weekdays(NULL, day, count);
}

static int
month_days(int year, int month)
{
    struct civil next = {month == 12 ? year + 1 : year, month == 12 ? 1 : month + 1, 1};
    return (int)(day_of_civil(next) - day_of_civil((struct civil){year, month, 1}));
}

/* DAY moved by COUNT months; the last day of a shorter month instead of one it lacks. */
static int64_t
day_months(int64_t day, int64_t count)
{
    struct civil civil = civil_of_day(day);
    int64_t month = (int64_t)civil.year * 12 + civil.month - 1 + count;
    int64_t year = (month >= 0 ? month : month - 11) / 12;
    struct civil moved = {(int)year, (int)(month - year * 12) + 1, civil.day};
    int most = month_days(moved.year, moved.month);
    moved.day = moved.day > most ? most : moved.day;
    return day_of_civil(moved);
}

static int64_t
day_move(const struct term *term, int64_t day, const struct cond_moment *moment)
{
    int64_t count = term->minus ? -term->n : term->n;
    switch (term->unit) {
    case UNIT_D:
        return day + count;
    case UNIT_BD:
        return day_business(moment, day, count);
    case UNIT_M:
        return day_months(day, count);
    case UNIT_Y:
        return day_months(day, count * 12);
    case UNIT_H:
    case UNITS:
        break;
    }
    return day;
}

/* True when moving DAY by TERM could not keep its place in the month or week. */
static bool
day_bent(const struct term *term, int64_t day, int64_t moved, const struct cond_moment *moment)
{
    if (term->unit == UNIT_BD) {
        return day_business(moment, day_business(moment, day, 1), -1) != day;
    }
    return civil_of_day(day).day != civil_of_day(moved).day;
}

static int64_t
time_move(const struct term *term, int64_t us, const struct cond_moment *moment)
{
    int64_t count = term->minus ? -term->n : term->n;
    if (term->unit == UNIT_H || term->unit == UNIT_D || term->n == 0) {
        return us + count * (term->unit == UNIT_H ? 3600 * TIME_US_SECOND : TIME_US_DAY);
    }
    int64_t local = us + 9 * 3600 * TIME_US_SECOND;
    int64_t day = (local >= 0 ? local : local - TIME_US_DAY + 1) / TIME_US_DAY;
    int64_t clock = local - day * TIME_US_DAY;
    int64_t moved = day_move(term, day, moment);
    if (day_bent(term, day, moved, moment)) {
        clock = term->unit == UNIT_BD && term->minus ? 0 : TIME_US_DAY - 1;
    }
    return moved * TIME_US_DAY + clock - 9 * 3600 * TIME_US_SECOND;
}

int64_t
sum_shift(const struct sum *sum, int64_t value, const struct cond_moment *moment)
{
    for (const struct term *term = sum->first->next; term != NULL; term = term->next) {
        value = sum->type.type == COND_TIME ? time_move(term, value, moment)
                                            : day_move(term, value, moment);
    }
    return value;
}

bool
sum_offset(const struct sum *sum, int64_t *ret_offset)
{
    *ret_offset = 0;
    for (const struct term *term = sum->first->next; term != NULL; term = term->next) {
        if (term->unit != UNIT_D && term->unit != UNIT_H && term->n != 0) {
            return false;
        }
    }
    *ret_offset = sum_shift(sum, 0, NULL);
    return true;
}

int64_t
duration_value(const struct term *term, bool timed)
{
    int64_t us = term->unit == UNIT_H ? 3600 * TIME_US_SECOND : TIME_US_DAY;
    return term->n * (timed ? us : 1);
}

/* ---- looking through ---- */

static bool
term_mentions(const struct term *term, struct str what)
{
    for (; term != NULL; term = term->next) {
        if (term->ref != NULL && str_equal(term->ref->parts[0], what)) {
            return true;
        }
        if (term->kind == TERM_KNOW && str_equal_z(what, cond_know_names[term->know])) {
            return true;
        }
    }
    return false;
}

static bool
node_mentions(const struct node *node, struct str what)
{
    for (; node != NULL; node = node->next) {
        if (node_mentions(node->child, what) || term_mentions(node->left.first, what) ||
            term_mentions(node->right.first, what) || term_mentions(node->list, what) ||
            (node->table != NULL && str_equal(node->table->parts[0], what))) {
            return true;
        }
    }
    return false;
}

bool
cond_mentions(const struct cond *cond, struct str what)
{
    return node_mentions(cond->root, what);
}

size_t
cond_branches(struct arena *arena, const struct cond *cond, const struct cond **ret, size_t most)
{
    const struct node *root = cond->root;
    size_t count = 0;
    for (const struct node *n = root->kind == NODE_OR ? root->child : NULL; n != NULL;
         n = n->next) {
        count++;
    }
    if (count < 2 || count > most) {
        ret[0] = cond;
        return 1;
    }
    count = 0;
    for (const struct node *n = root->child; n != NULL; n = n->next) {
        struct cond *part = arena_alloc(arena, sizeof *part);
        struct node *top = arena_alloc(arena, sizeof *top);
        if (part == NULL || top == NULL) {
            return 0;
        }
        *top = *n;
        top->next = NULL;
        part->root = top;
        ret[count++] = part;
    }
    return count;
}
