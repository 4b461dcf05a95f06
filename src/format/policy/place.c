/*
 * place: every range found so far is a place of the text; here the conservation law is checked
 * (each non-blank byte in exactly one range) and all are turned into byte ranges of the source:
 * through the spans when the text was taken out of markup (what lies between is `dropped`, and
 * checked to be markup), then through the encoding, in one walk. Runs in policy-worker and the
 * command line.
 */
#include "base/text/utf8.h"
#include "format/policy/read.h"

#include <stdlib.h>

/* A list of pointers to ranges. `owner` ones must not overlap; the others lie inside them. */
struct ranges {
    struct policy_range **list;
    size_t n, cap;
};

static void
ranges_add(struct ranges *all, struct policy_range *range)
{
    if (all->n == all->cap) {
        all->cap = all->cap == 0 ? 256 : all->cap * 2;
        all->list = reallocarray(all->list, all->cap, sizeof *all->list);
        if (all->list == NULL)
            abort();
    }
    all->list[all->n++] = range;
}

static void
add_pieces(struct ranges *all, struct policy_piece *pieces)
{
    for (struct policy_piece *p = pieces; p != NULL; p = p->next)
        ranges_add(all, &p->source);
}

static void
add_paras(struct ranges *all, struct policy_para *paras)
{
    for (struct policy_para *p = paras; p != NULL; p = p->next)
        add_pieces(all, p->pieces);
}

static void
add_tables(struct ranges *all, struct policy_table *tables)
{
    for (struct policy_table *t = tables; t != NULL; t = t->next) {
        add_paras(all, t->head);
        for (struct policy_row *row = t->rows; row != NULL; row = row->next)
            for (struct policy_cell *cell = row->cells; cell != NULL; cell = cell->next)
                add_paras(all, cell->text);
    }
}

static void
collect(struct reader *r, struct ranges *all)
{
    for (struct policy_node *n = r->tree->nodes; n != NULL; n = n->following) {
        add_pieces(all, n->mark_piece);
        add_paras(all, n->paras);
    }
    for (struct policy_doc *doc = r->tree->docs; doc != NULL; doc = doc->next) {
        add_paras(all, doc->root->paras);
        for (struct policy_node *s = doc->supplements; s != NULL; s = s->next)
            add_paras(all, s->paras);
    }
    add_tables(all, r->tree->tables);
    for (struct policy_dropped *d = r->tree->dropped; d != NULL; d = d->next)
        ranges_add(all, &d->at);
}

static int
by_from(const void *a, const void *b)
{
    const struct policy_range *x = *(struct policy_range *const *)a;
    const struct policy_range *y = *(struct policy_range *const *)b;
    if (x->from != y->from)
        return x->from < y->from ? -1 : 1;
    return (x->to > y->to) - (x->to < y->to);
}

static bool
all_blank(struct str s)
{
    return char_blank_prefix(s) == s.n;
}

/* ALL sorted: no overlap, and nothing but blanks between. */
static int
check(struct reader *r, const struct ranges *all)
{
    size_t at = 0;
    for (size_t i = 0; i < all->n; i++) {
        const struct policy_range *range = all->list[i];
        if (range->from < at)
            return ERR(r->err, "policy.conservation", "twice %zu-%zu", range->from, at);
        if (!all_blank(str_slice(r->text, at, range->from)))
            return ERR(r->err, "policy.conservation", "lost %zu-%zu", at, range->from);
        at = range->to;
    }
    if (!all_blank(str_slice(r->text, at, r->text.n)))
        return ERR(r->err, "policy.conservation", "lost %zu-%zu", at, r->text.n);
    return 0;
}

static int
by_place(const void *a, const void *b)
{
    size_t x = **(size_t *const *)a, y = **(size_t *const *)b;
    return (x > y) - (x < y);
}

/* Bytes of the source for a character of N bytes of UTF-8. */
static size_t
source_bytes(enum policy_encoding encoding, uint32_t c, size_t n)
{
    switch (encoding) {
    case POLICY_UTF8:
        return n;
    case POLICY_UTF16LE:
    case POLICY_UTF16BE:
        return c >= 0x10000 ? 4 : 2;
    case POLICY_CP932:
        return c < 0x80 || (c >= 0xff61 && c <= 0xff9f) ? 1 : 2;
    }
    return n;
}

/* Turns the COUNT places into source offsets, walking the text once. */
static void
translate(const struct reader *r, size_t **places, size_t count)
{
    qsort(places, count, sizeof *places, by_place);
    struct str rest = r->decoded;
    size_t source = r->text_skip;
    for (size_t i = 0; i < count; i++) {
        while (rest.n > 0 && r->decoded.n - rest.n < *places[i]) {
            size_t before = rest.n;
            int32_t c = utf8_next(&rest);
            source += source_bytes(r->tree->encoding, c < 0 ? 0 : (uint32_t)c, before - rest.n);
        }
        *places[i] = source;
    }
}

/* Ranges inside owners; those of findings that are places of the source already with OUTSIDE. */
static void
collect_inner(struct reader *r, struct ranges *all, bool outside)
{
    for (struct policy_node *n = r->tree->nodes; n != NULL; n = n->following)
        for (struct policy_sentence *s = n->sentences; s != NULL; s = s->next)
            for (size_t i = 0; i < s->at_count; i++)
                ranges_add(all, &s->at[i]);
    for (struct policy_finding *f = r->tree->findings; f != NULL; f = f->next)
        if (outside || !f->outside)
            ranges_add(all, &f->at);
}

/* The ranges of NODE: its mark and its paragraphs; a number that only a browser prints has none. */
static int
set_at(struct reader *r, struct policy_node *node)
{
    struct ranges all = {0};
    if (node->mark_piece != NULL)
        ranges_add(&all, &node->mark_piece->source);
    add_paras(&all, node->paras);
    node->at = arena_array(r->arena, all.n, sizeof *node->at);
    for (size_t i = 0; node->at != NULL && i < all.n; i++)
        if (all.list[i]->to > all.list[i]->from)
            node->at[node->at_count++] = *all.list[i];
    free(all.list);
    return arena_check(r->arena, r->err);
}

/* [FROM, TO) of the decoded source lies in no range: markup, or blank. */
static int
drop_markup(struct reader *r, size_t from, size_t to)
{
    struct str s = str_slice(r->decoded, from, to);
    size_t blank = char_blank_prefix(s);
    if (blank == s.n)
        return 0;
    if (!span_is_markup(r, from, to))
        return ERR(r->err, "policy.conservation", "markup %zu-%zu", from, to);
    drop_add(r, from + blank, to - char_blank_suffix(s), DROP_MARKUP);
    return 0;
}

/* Dropped signs that stand nowhere in the source (the bars of a table's cells) are forgotten. */
static void
forget_empty(struct reader *r)
{
    struct policy_dropped **link = &r->tree->dropped;
    r->last_dropped = NULL;
    while (*link != NULL) {
        if ((*link)->at.from == (*link)->at.to) {
            *link = (*link)->next;
            continue;
        }
        r->last_dropped = *link;
        link = &(*link)->next;
    }
}

/* The ranges ALL, sorted and checked, as ranges of the decoded source, and the markup between. */
static int
leave_text(struct reader *r, const struct ranges *all)
{
    size_t at = 0;
    for (size_t i = 0; i < all->n; i++)
        span_translate(r, all->list[i]);
    for (size_t i = 0; i < all->n; i++) {
        const struct policy_range *range = all->list[i];
        if (range->from == range->to)
            continue;
        if (range->from < at)
            return ERR(r->err, "policy.conservation", "twice %zu-%zu", range->from, at);
        if (drop_markup(r, at, range->from) < 0)
            return -1;
        at = range->to;
    }
    if (drop_markup(r, at, r->decoded.n) < 0)
        return -1;
    forget_empty(r);
    return arena_check(r->arena, r->err);
}

/* Ranges of the decoded source as ranges of the source's bytes. */
static void
leave_encoding(struct reader *r, const struct ranges *all)
{
    size_t **places = calloc(all->n * 2 + 1, sizeof *places);
    if (places == NULL)
        abort();
    for (size_t i = 0; i < all->n; i++) {
        places[2 * i] = &all->list[i]->from;
        places[2 * i + 1] = &all->list[i]->to;
    }
    translate(r, places, all->n * 2);
    free(places);
}

static int
translate_all(struct reader *r, struct ranges *all)
{
    struct ranges text = {0}, inner = {0}, owners = {0};
    collect_inner(r, &text, false);
    collect_inner(r, &inner, true);
    int rc = 0;
    if (r->spans != NULL) {
        rc = leave_text(r, all);
        for (size_t i = 0; rc == 0 && i < text.n; i++)
            span_translate(r, text.list[i]);
    }
    free(text.list);
    if (rc == 0 && (r->tree->encoding != POLICY_UTF8 || r->text_skip > 0)) {
        collect(r, &owners); /* again: markup has come to it */
        leave_encoding(r, &owners);
        leave_encoding(r, &inner);
    }
    free(inner.list);
    free(owners.list);
    return rc;
}

/* All nodes and supplements know where they stand. */
static int
set_all_at(struct reader *r)
{
    for (struct policy_node *n = r->tree->nodes; n != NULL; n = n->following)
        if (set_at(r, n) < 0)
            return -1;
    for (struct policy_doc *doc = r->tree->docs; doc != NULL; doc = doc->next)
        for (struct policy_node *s = doc->supplements; s != NULL; s = s->next)
            if (set_at(r, s) < 0)
                return -1;
    return 0;
}

int
reader_places(struct reader *r)
{
    struct ranges all = {0};
    collect(r, &all);
    qsort(all.list, all.n, sizeof *all.list, by_from);
    int rc = check(r, &all);
    if (rc == 0 && !r->tree->text_places)
        rc = translate_all(r, &all);
    free(all.list);
    return rc < 0 ? -1 : set_all_at(r);
}
