/*
 * spans: text that was taken out of markup, and where its runs stand in the source. Runs in
 * policy-worker and the command line.
 *
 * Invariant: after reader_split each piece lies inside runs that go on in the source without a gap,
 * so that its range of the source holds its own bytes and no markup but character references.
 */
#include "format/policy/read.h"

#include <stdlib.h>

/* The first span that ends behind AT, or span_count. */
static size_t
span_behind(const struct reader *r, size_t at)
{
    size_t low = 0, high = r->span_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (r->spans[middle].at + r->spans[middle].n <= at)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void
span_translate(const struct reader *r, struct policy_range *range)
{
    size_t first = span_behind(r, range->from), last = span_behind(r, range->to);
    bool inside = last < r->span_count && r->spans[last].at < range->to;
    const struct reiki_span *a = &r->spans[first], *b = &r->spans[inside ? last : last - 1];
    if (first == r->span_count || (!inside && last == 0) || b < a) {
        size_t at = first < r->span_count ? a->from : r->decoded.n;
        *range = (struct policy_range){at, at};
        return;
    }
    size_t from = a->from, to = b->to;
    if (range->from > a->at && a->n == a->to - a->from)
        from += range->from - a->at;
    if (range->to < b->at + b->n && b->n == b->to - b->from)
        to = b->from + (range->to - b->at);
    *range = (struct policy_range){from, to};
}

bool
span_is_markup(const struct reader *r, size_t from, size_t to)
{
    size_t low = 0, high = r->span_count;
    while (low < high) { /* the first span that ends behind FROM in the source */
        size_t middle = low + (high - low) / 2;
        if (r->spans[middle].to <= from)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < r->span_count && r->spans[low].from < to; low++) {
        const struct reiki_span *s = &r->spans[low];
        bool plain = s->n == s->to - s->from;
        size_t a = plain && from > s->from ? s->at + (from - s->from) : s->at;
        size_t b = plain && to < s->to ? s->at + (to - s->from) : s->at + s->n;
        struct str text = str_slice(r->text, a, b);
        if (char_blank_prefix(text) < text.n)
            return false;
    }
    return true;
}

/* Where the run of the source that holds the text at FROM stops, at most TO. */
static size_t
run_of(const struct reader *r, size_t from, size_t to)
{
    size_t i = span_behind(r, from);
    if (i == r->span_count || r->spans[i].at >= to)
        return to;
    while (i + 1 < r->span_count && r->spans[i].at + r->spans[i].n < to &&
           r->spans[i + 1].from == r->spans[i].to &&
           r->spans[i + 1].at == r->spans[i].at + r->spans[i].n)
        i++;
    size_t end = r->spans[i].at + r->spans[i].n;
    return end < to ? end : to;
}

static int
split_pieces(struct reader *r, struct policy_piece *piece)
{
    for (; piece != NULL; piece = piece->next) {
        size_t end = run_of(r, piece->source.from, piece->source.to);
        if (end >= piece->source.to)
            continue;
        size_t blank = char_blank_prefix(str_slice(r->text, end, piece->source.to));
        size_t n = end - piece->source.from;
        struct policy_piece *rest =
            piece_of(r, end + blank, piece->source.to, piece->at + n + blank);
        if (rest == NULL)
            return -1;
        rest->next = piece->next;
        piece->next = rest->n > 0 ? rest : piece->next;
        piece->source.to = end;
        piece->n = n;
    }
    return 0;
}

static int
split_paras(struct reader *r, struct policy_para *paras)
{
    for (struct policy_para *p = paras; p != NULL; p = p->next)
        if (split_pieces(r, p->pieces) < 0)
            return -1;
    return 0;
}

static int
split_tables(struct reader *r)
{
    for (struct policy_table *t = r->tree->tables; t != NULL; t = t->next) {
        if (split_paras(r, t->head) < 0)
            return -1;
        for (struct policy_row *row = t->rows; row != NULL; row = row->next)
            for (struct policy_cell *cell = row->cells; cell != NULL; cell = cell->next)
                if (split_paras(r, cell->text) < 0)
                    return -1;
    }
    return 0;
}

static int
split_dropped(struct reader *r)
{
    for (struct policy_dropped *d = r->tree->dropped; d != NULL; d = d->next) {
        size_t end = run_of(r, d->at.from, d->at.to);
        if (end >= d->at.to)
            continue;
        size_t blank = char_blank_prefix(str_slice(r->text, end, d->at.to));
        struct policy_dropped *rest = arena_alloc(r->arena, sizeof *rest);
        if (rest == NULL)
            return arena_check(r->arena, r->err);
        *rest = (struct policy_dropped){
            .next = d->next, .at = {end + blank, d->at.to}, .reason = d->reason};
        d->next = rest;
        d->at.to = end;
        if (r->last_dropped == d)
            r->last_dropped = rest;
    }
    return 0;
}

int
reader_split(struct reader *r)
{
    if (r->spans == NULL)
        return 0;
    for (struct policy_node *n = r->tree->nodes; n != NULL; n = n->following)
        if (split_pieces(r, n->mark_piece) < 0 || split_paras(r, n->paras) < 0)
            return -1;
    for (struct policy_doc *doc = r->tree->docs; doc != NULL; doc = doc->next) {
        if (split_paras(r, doc->root->paras) < 0)
            return -1;
        for (struct policy_node *s = doc->supplements; s != NULL; s = s->next)
            if (split_paras(r, s->paras) < 0)
                return -1;
    }
    return split_tables(r) < 0 ? -1 : split_dropped(r);
}
