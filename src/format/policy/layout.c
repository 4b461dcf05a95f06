/*
 * layout: questions about how the text is laid out: headings of mixed levels (P109), a duty without
 * its full stop (P112), brackets in tables (P113), revisions out of order (P214). Runs in
 * policy-worker and the command line.
 *
 * Invariant: every list is walked once.
 */
#include "base/text/utf8.h"
#include "base/text/wareki.h"
#include "format/policy/lint.h"
#include "format/policy/read.h"

#include <stdlib.h>
#include <string.h>

static bool
ends_in_duty(struct str s)
{
    return str_finishes(s, "なければならない") || str_finishes(s, "てはならない") ||
           str_finishes(s, "ものとする");
}

/* The place of the paragraph's last line. */
static struct policy_range
last_place(const struct policy_para *para)
{
    const struct policy_piece *piece = para->pieces;
    while (piece->next != NULL)
        piece = piece->next;
    return piece->source;
}

static void
check_stops(struct reader *r)
{
    for (struct policy_node *n = r->tree->nodes; n != NULL; n = n->following)
        for (struct policy_para *p = n->paras; p != NULL; p = p->next)
            if (!p->title && p->pieces != NULL && ends_in_duty(p->text))
                finding_add(r, "P112", POLICY_ASK, n, last_place(p));
}

/* Signs "#" in front of the mark of NODE; 0: it is no Markdown heading. */
static unsigned
heading_level(const struct reader *r, const struct policy_node *node)
{
    if (node->mark_piece == NULL)
        return 0;
    size_t at = node->mark_piece->source.from;
    unsigned level = 0;
    while (at > 0 && (r->text.p[at - 1] == ' ' || r->text.p[at - 1] == '#'))
        level += r->text.p[--at] == '#';
    return level;
}

/*
 * Neighbours of one list under headings of different levels: the marks count, the signs do not. One
 * note for a list.
 */
static void
check_list(struct reader *r, const struct policy_node *parent)
{
    for (struct policy_node *n = parent->first; n != NULL && n->next != NULL; n = n->next) {
        unsigned level = heading_level(r, n), other = heading_level(r, n->next);
        if (level == other || n->mark.class != n->next->mark.class)
            continue;
        finding_add(r, "P109", POLICY_NOTE, n->next, n->next->mark_piece->source);
        return;
    }
}

static void
check_levels(struct reader *r)
{
    for (const struct policy_doc *doc = r->tree->docs; doc != NULL; doc = doc->next)
        check_list(r, doc->root);
    for (const struct policy_node *n = r->tree->nodes; n != NULL; n = n->following)
        check_list(r, n);
}

static int
bracket_depth(struct str s)
{
    static const char *const open[] = {"（", "(", "「", "『"}, *const shut[] = {"）", ")", "」",
                                                                                "』"};
    int depth = 0;
    while (s.n > 0) {
        for (size_t i = 0; i < 4; i++)
            depth += str_begins(s, open[i]) - str_begins(s, shut[i]);
        utf8_next(&s);
    }
    return depth;
}

/* A cell whose brackets do not close, or close twice. */
static void
check_cells(struct reader *r)
{
    for (const struct policy_table *t = r->tree->tables; t != NULL; t = t->next)
        for (const struct policy_row *row = t->rows; row != NULL; row = row->next)
            for (const struct policy_cell *c = row->cells; c != NULL; c = c->next) {
                int depth = 0;
                struct policy_range at = {0};
                for (const struct policy_para *p = c->text; p != NULL; p = p->next) {
                    int here = bracket_depth(p->text);
                    depth += here;
                    if (p->pieces != NULL && (here != 0 || at.to == 0))
                        at = p->pieces->source;
                }
                if (depth != 0 && at.to > 0)
                    finding_add(r, "P113", POLICY_ASK, t->node, at);
            }
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

/* H30.9, R5.3: year and month of an edition that a row cites; 0 when there is none. */
static long
cited_month(struct str s)
{
    static const struct {
        char letter;
        int before;
    } eras[] = {{'S', 1925}, {'H', 1988}, {'R', 2018}};
    for (size_t at = 0; at + 4 <= s.n; at++)
        for (size_t i = 0; i < 3; i++) {
            unsigned year = 0, month = 0;
            size_t k = at + 1;
            if (s.p[at] != eras[i].letter || (at > 0 && char_is_latin((unsigned char)s.p[at - 1])))
                continue;
            for (; k < s.n && k < at + 3 && s.p[k] >= '0' && s.p[k] <= '9'; k++)
                year = year * 10 + (unsigned)(s.p[k] - '0');
            if (year == 0 || k + 1 >= s.n || s.p[k] != '.')
                continue;
            for (k++; k < s.n && month < 10 && s.p[k] >= '0' && s.p[k] <= '9'; k++)
                month = month * 10 + (unsigned)(s.p[k] - '0');
            if (month >= 1 && month <= 12)
                return (eras[i].before + (long)year) * 10000 + month * 100;
        }
    return 0;
}

/* A row that cites an edition which came later. */
static void
check_cited(struct reader *r, const struct policy_row *row, long date)
{
    for (const struct policy_cell *c = row->cells->next; c != NULL; c = c->next)
        for (const struct policy_para *p = c->text; p != NULL; p = p->next)
            if (p->pieces != NULL && cited_month(lint_bare(r->arena, p->text)) > date) {
                finding_add(r, "P214", POLICY_ASK, NULL, p->pieces->source);
                return;
            }
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
        check_cited(r, row, date);
        before = date;
    }
}

void
reader_layout(struct reader *r)
{
    check_stops(r);
    check_levels(r);
    check_cells(r);
    for (const struct policy_table *t = r->tree->tables; t != NULL; t = t->next)
        if (t->kind == TABLE_REVISIONS)
            check_revisions(r, t);
    reader_contents(r);
}
