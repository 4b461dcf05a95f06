/*
 * contents: a list of contents, which noise.c took out, held against the headings (P219): an entry
 * without a heading, a heading without an entry, or both with other words or numbers. Runs in
 * policy-worker and the command line.
 *
 * Invariant: headings find their entries through a sorted list; only the first SEARCHED_MOST
 * without one walk all entries, so that the time stays linear.
 */
#include "base/text/utf8.h"
#include "format/policy/lint.h"
#include "format/policy/read.h"

#include <stdlib.h>
#include <string.h>

enum { CONTENTS_MOST = 2000, SEARCHED_MOST = 500 };

/* A line of the contents: mark and title without blanks, without leaders and page number. */
struct entry {
    struct str text;
    struct str mark, title; /* of it; no mark: the title is the text */
    struct policy_range at;
    bool met;
};

struct contents {
    struct reader *r;
    struct entry *list;
    size_t count;
    unsigned depth; /* the deepest heading that the list names */
};

static bool
is_leader(uint32_t c)
{
    return char_is_blank(c) || c == '.' || c == 0x2026 || c == 0x30fb || c == 0xff0e || c == 0x2025;
}

/* S without page number and leaders; empty when it has no page number. */
static struct str
without_page(struct str s)
{
    size_t n = s.n;
    while (s.n > 0 && char_is_digit(char_last(s)))
        s.n -= char_last(s) < 0x80 ? 1 : 3;
    if (s.n == n)
        return (struct str){0};
    while (s.n > 0 && is_leader(char_last(s)))
        s.n -= char_last(s) < 0x80 ? 1 : char_last(s) < 0x800 ? 2 : 3;
    return s;
}

/* S without the （第1条―第3条） behind a chapter of a regulation; empty when S has no mark: then it
 * is the word 目次 or the like. */
static struct str
without_articles(struct str s)
{
    static const char *const begins[] = {"（第", "(第"};
    struct policy_mark mark;
    if (mark_read(s, &mark) == 0)
        return (struct str){0};
    for (size_t i = 0; i < 2; i++) {
        ptrdiff_t at = str_find(s, str_of(begins[i]), 0);
        if (at > 0 && (char_last(s) == ')' || char_last(s) == 0xff09))
            s = str_slice(s, 0, (size_t)at);
    }
    return str_trim(s);
}

static struct entry
entry_make(struct reader *r, struct str line, struct policy_range at)
{
    struct policy_mark mark;
    struct entry e = {.text = lint_bare(r->arena, line), .at = at};
    size_t n = mark_read(line, &mark);
    e.mark = n > 0 ? lint_bare(r->arena, mark.printed) : (struct str){0};
    e.title = n > 0 ? lint_bare(r->arena, str_slice(line, n, line.n)) : e.text;
    return e;
}

static void
read_entries(struct contents *c)
{
    struct reader *r = c->r;
    for (const struct policy_dropped *d = r->tree->dropped; d != NULL; d = d->next) {
        if (d->reason != DROP_CONTENTS || c->count == CONTENTS_MOST)
            continue;
        struct str whole = str_trim(str_slice(r->text, d->at.from, d->at.to));
        struct str line = without_page(whole);
        if (line.n == 0)
            line = without_articles(whole);
        while (str_begins(line, "#") || str_begins(line, "-") || str_begins(line, " "))
            line = str_slice(line, 1, line.n);
        if (line.n > 0)
            c->list[c->count++] = entry_make(r, line, d->at);
    }
}

static int
by_text(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    int order = str_compare(x->text, y->text);
    return order != 0 ? order : (x->at.from > y->at.from) - (x->at.from < y->at.from);
}

/* The entry that reads TEXT, or NULL. */
static struct entry *
entry_of(const struct contents *c, struct str text)
{
    size_t low = 0, high = c->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (str_compare(c->list[middle].text, text) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < c->count && str_equal(c->list[low].text, text) ? &c->list[low] : NULL;
}

/* "1.目的": the mark as it is printed, and the title. */
static struct entry *
entry_of_node(const struct contents *c, const struct policy_node *n)
{
    struct str mark = lint_bare(c->r->arena, n->mark.printed);
    struct str title = lint_bare(c->r->arena, n->title);
    char *z = arena_printf(c->r->arena, "%.*s%.*s", STR_FMT(mark), STR_FMT(title));
    struct entry *e = z == NULL ? NULL : entry_of(c, str_of(z));
    return e != NULL ? e : entry_of(c, title);
}

static void
meet_paras(struct contents *c, const struct policy_para *paras)
{
    for (const struct policy_para *p = paras; p != NULL; p = p->next) {
        struct entry *e = entry_of(c, lint_bare(c->r->arena, p->text));
        if (e != NULL)
            e->met = true;
    }
}

static void
meet_headings(struct contents *c)
{
    for (struct policy_node *n = c->r->tree->nodes; n != NULL; n = n->following) {
        struct entry *e = n->title.n == 0 ? NULL : entry_of_node(c, n);
        if (e == NULL)
            continue;
        e->met = true;
        n->parent->listed = true;
        c->depth = n->depth > c->depth ? n->depth : c->depth;
    }
    for (const struct policy_doc *d = c->r->tree->docs; d != NULL; d = d->next) {
        meet_paras(c, d->root->paras);
        for (const struct policy_node *s = d->supplements; s != NULL; s = s->next)
            meet_paras(c, s->paras);
    }
}

/* The entry without a heading that stands for N in other words or under another number, or NULL. */
static struct entry *
twin_of(struct contents *c, const struct policy_node *n)
{
    struct str mark = lint_bare(c->r->arena, n->mark.printed);
    struct str title = lint_bare(c->r->arena, n->title);
    struct entry *found = NULL;
    for (size_t i = 0; i < c->count; i++) {
        struct entry *e = &c->list[i];
        if (e->met || e->mark.n == 0)
            continue;
        if (str_equal(e->title, title))
            return e;
        if (found == NULL && str_equal(e->mark, mark))
            found = e;
    }
    return found;
}

/* A heading that the list should name: a chapter, or one with neighbours that it names. */
static bool
should_be_listed(const struct contents *c, const struct policy_node *n)
{
    return n->title.n > 0 && n->depth <= c->depth && (n->depth == 1 || n->parent->listed) &&
           entry_of_node(c, n) == NULL;
}

/* A heading without its entry: told with the entry that differs from it, when there is one. */
static void
tell_heading(struct contents *c, struct policy_node *n, bool search)
{
    struct reader *r = c->r;
    struct entry *twin = search ? twin_of(c, n) : NULL;
    if (twin == NULL) {
        finding_add(r, "P219", POLICY_ASK, n, n->mark_piece->source);
        return;
    }
    twin->met = true;
    char *z = arena_printf(r->arena, "%.*s %.*s / %.*s", STR_FMT(n->mark.printed),
                           STR_FMT(n->title), STR_FMT(twin->text));
    if (z != NULL)
        finding_add_text(r, "P219", POLICY_ASK, n, n->mark_piece->source, str_of(z));
}

/* One finding for each difference: headings without an entry, or with another; then entries
 * without a heading. */
static void
tell_contents(struct contents *c)
{
    unsigned searched = 0;
    for (struct policy_node *n = c->r->tree->nodes; n != NULL; n = n->following)
        if (should_be_listed(c, n))
            tell_heading(c, n, searched++ < SEARCHED_MOST);
    for (size_t i = 0; i < c->count; i++) {
        struct str title = c->list[i].text;
        bool other = str_finishes(title, "基本方針") || str_finishes(title, "対策基準");
        bool again = i > 0 && str_equal(title, c->list[i - 1].text);
        if (!c->list[i].met && !other && !again)
            finding_add(c->r, "P219", POLICY_ASK, NULL, c->list[i].at);
    }
}

void
reader_contents(struct reader *r)
{
    struct contents c = {.r = r};
    bool any = false;
    for (const struct policy_dropped *d = r->tree->dropped; d != NULL && !any; d = d->next)
        any = d->reason == DROP_CONTENTS;
    if (!any)
        return;
    c.list = arena_array(r->arena, CONTENTS_MOST, sizeof *c.list);
    if (c.list == NULL)
        return;
    read_entries(&c);
    qsort(c.list, c.count, sizeof *c.list, by_text);
    meet_headings(&c);
    if (c.count >= 2)
        tell_contents(&c);
}
