/*
 * lint: what a careful reader would ask about the text itself: a term nobody uses (P201), revisions
 * out of order (P214), a duty without its full stop (P112). Runs in policy-worker and the command
 * line. Only what stands in the document is judged; each finding has its place.
 */
#include "base/text/wareki.h"
#include "format/policy/read.h"

#include <string.h>

enum { TERMS_MOST = 200 };

/* The term without the bracket behind it, without blanks. */
static struct str
term_name(struct reader *r, struct str title)
{
    struct str bare = str_unblank(r->arena, title);
    static const char *const brackets[] = {"（", "("};
    for (size_t i = 0; i < 2; i++) {
        ptrdiff_t at = str_find(bare, str_of(brackets[i]), 0);
        if (at > 0)
            bare = str_slice(bare, 0, (size_t)at);
    }
    return bare;
}

/* "通信経路の分割" is also used as "通信経路を分割する". */
static struct str
as_verb(struct reader *r, struct str name)
{
    ptrdiff_t at = str_find(name, STR("の"), 0);
    if (at <= 0)
        return name;
    char *z = arena_printf(r->arena, "%.*sを%.*s", (int)at, name.p,
                           STR_FMT(str_slice(name, (size_t)at + 3, name.n)));
    return z == NULL ? name : str_of(z);
}

/* Is NAME in any clause but its own definition? TEXT is the whole document without blanks. */
static bool
is_used(struct reader *r, struct str text, struct str name)
{
    ptrdiff_t first = str_find(text, name, 0);
    if (first < 0 || str_find(text, name, (size_t)first + name.n) >= 0)
        return true;
    struct str verb = as_verb(r, name);
    return !str_equal(verb, name) && str_find(text, verb, 0) >= 0;
}

static void
check_terms(struct reader *r)
{
    struct str text = {0};
    unsigned checked = 0;
    for (struct policy_node *n = r->tree->nodes; n != NULL; n = n->following) {
        if (n->kind != POLICY_TERM || ++checked > TERMS_MOST)
            continue;
        if (text.p == NULL)
            text = str_unblank(r->arena, r->text);
        struct str name = term_name(r, n->title);
        if (name.n > 0 && text.p != NULL && !is_used(r, text, name))
            finding_add(r, "P201", POLICY_ASK, n, n->paras->pieces->source);
    }
}

static bool
ends_in_duty(struct str s)
{
    return str_finishes(s, "なければならない") || str_finishes(s, "てはならない") ||
           str_finishes(s, "ものとする");
}

static void
check_stops(struct reader *r)
{
    for (struct policy_node *n = r->tree->nodes; n != NULL; n = n->following)
        for (struct policy_para *p = n->paras; p != NULL; p = p->next)
            if (!p->title && p->pieces != NULL && ends_in_duty(p->text))
                finding_add(r, "P112", POLICY_ASK, n, p->pieces->source);
}

static long
day_number(struct wareki_date d)
{
    return d.year * 10000L + d.month * 100L + d.day;
}

/* The dates of the first column; rows without a whole date are passed over. */
static bool
date_of(const struct policy_row *row, long *ret)
{
    struct wareki_date date;
    if (row->cells == NULL || wareki_parse(row->cells->text->text, &date, NULL) < 0)
        return false;
    *ret = day_number(date);
    return true;
}

/* Newest first or oldest first, as the first and the last row say; a row against that is told. */
static void
check_revisions(struct reader *r, const struct policy_table *table)
{
    long first = 0, last = 0, date, before = 0;
    for (const struct policy_row *row = table->rows; row != NULL; row = row->next)
        if (date_of(row, &date)) {
            first = first == 0 ? date : first;
            last = date;
        }
    for (const struct policy_row *row = table->rows; row != NULL; row = row->next) {
        if (!date_of(row, &date))
            continue;
        bool wrong = first > last ? date > before : date < before;
        if (before != 0 && wrong)
            finding_add(r, "P214", POLICY_ASK, NULL, row->cells->text->pieces->source);
        before = date;
    }
}

int
reader_lint(struct reader *r)
{
    check_terms(r);
    check_stops(r);
    for (const struct policy_table *t = r->tree->tables; t != NULL; t = t->next)
        if (t->kind == TABLE_REVISIONS)
            check_revisions(r, t);
    return arena_check(r->arena, r->err);
}
