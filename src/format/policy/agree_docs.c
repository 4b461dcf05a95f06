/*
 * agree_docs: the basic policy against the standard (P215): an exception (ただし) that the
 * standard's section of the same name does not know, and a scope that names other bodies. Runs in
 * policy-worker, cored and the command line.
 *
 * Invariant: sections come parents first, so what stands below a section is known in one walk;
 * lists of bodies are cut at BODIES.
 */
#include "format/policy/lint.h"
#include "format/policy/read.h"

#include <string.h>

enum { BODIES = 40, TITLE_BYTES = 120 };

struct docs {
    struct lint_remarks *out;
    const struct lint_view *view;
    size_t *slots; /* sections of the standard by title, index + 1 */
    size_t slot_count;
    size_t *first; /* a section's first passage, or LINT_NONE */
    bool *excepts; /* an exception stands in it or below it */
};

/* The title without blanks and without a bracket behind it. */
static struct str
bare_title(const struct docs *d, size_t section)
{
    size_t p = d->first[section];
    if (p == LINT_NONE || !d->view->passages[p].title)
        return (struct str){0};
    struct str bare = d->view->passages[p].bare;
    ptrdiff_t bracket = str_find(bare, STR("（"), 0);
    return bracket > 0 ? str_slice(bare, 0, (size_t)bracket) : bare;
}

static size_t
slot_of(const struct docs *d, struct str title)
{
    size_t slot = lint_hash(title) & (d->slot_count - 1);
    while (d->slots[slot] > 0 && !str_equal(bare_title(d, d->slots[slot] - 1), title))
        slot = (slot + 1) & (d->slot_count - 1);
    return slot;
}

static void
index_sections(struct docs *d)
{
    const struct lint_view *view = d->view;
    memset(d->first, 0xff, view->section_count * sizeof *d->first); /* LINT_NONE */
    for (size_t p = view->passage_count; p-- > 0;)
        if (d->first[view->passages[p].section] == LINT_NONE || view->passages[p].title)
            d->first[view->passages[p].section] = p;
    for (size_t i = 0; i < view->section_count; i++) {
        struct str title = bare_title(d, i);
        if (view->sections[i].doc != POLICY_STANDARD || title.n == 0 || title.n > TITLE_BYTES)
            continue;
        size_t slot = slot_of(d, title);
        if (d->slots[slot] == 0)
            d->slots[slot] = i + 1;
    }
}

static void
on_exception(void *ctx, unsigned id, struct lint_spot spot)
{
    struct docs *d = ctx;
    (void)id;
    for (size_t i = d->view->passages[spot.passage].section; i != LINT_NONE && !d->excepts[i];
         i = d->view->sections[i].parent)
        d->excepts[i] = true;
}

static void
find_exceptions(struct docs *d)
{
    static const char *const list[] = {"ただし、", "この限りで", "を除く", "を除き",
                                       "やむを得", "原則",       "例外",   "場合を除"};
    struct lint_word words[sizeof list / sizeof *list];
    for (unsigned i = 0; i < sizeof list / sizeof *list; i++)
        words[i] = (struct lint_word){str_of(list[i]), i};
    struct lint_scan *scan = lint_scan_new(d->out->arena, words, sizeof list / sizeof *list);
    if (scan != NULL)
        lint_scan_view(scan, d->view, on_exception, d);
}

/* What the passage speaks of: the section's title, or its words in front of においては、 */
static struct str
topic_of(const struct docs *d, const struct lint_passage *p)
{
    struct str title = bare_title(d, p->section);
    if (title.n > 0)
        return title;
    static const char *const leads[] = {"においては、", "については、", "では、"};
    for (size_t i = 0; i < sizeof leads / sizeof *leads; i++) {
        ptrdiff_t at = str_find(str_slice(p->bare, 0, TITLE_BYTES), str_of(leads[i]), 0);
        if (at > 0)
            return str_slice(p->bare, 0, (size_t)at);
    }
    return title;
}

/* An exception of the basic policy at AT of passage INDEX. */
static void
check_exception(struct docs *d, size_t index, size_t at)
{
    const struct lint_passage *p = &d->view->passages[index];
    struct str topic = topic_of(d, p);
    if (topic.n == 0 || topic.n > TITLE_BYTES)
        return;
    size_t found = d->slots[slot_of(d, topic)];
    if (found == 0 || d->excepts[found - 1])
        return;
    ptrdiff_t end = str_find(p->bare, STR("。"), at);
    size_t to = end < 0 ? p->bare.n : (size_t)end + strlen("。");
    struct lint_spot other = {d->first[found - 1], 0,
                              d->view->passages[d->first[found - 1]].bare.n};
    lint_remark(d->out, "P215", POLICY_ASK, (struct lint_spot){index, at, to - at}, &other);
}

static void
check_exceptions(struct docs *d)
{
    for (size_t i = 0; i < d->view->passage_count; i++) {
        const struct lint_passage *p = &d->view->passages[i];
        if (p->title || d->view->sections[p->section].doc != POLICY_BASIC)
            continue;
        ptrdiff_t at = str_find(p->bare, STR("ただし、"), 0);
        if (at >= 0)
            check_exception(d, i, (size_t)at);
    }
}

struct bodies {
    size_t passage; /* LINT_NONE: no such clause */
    struct lint_spot list[BODIES];
    size_t count;
};

/* The next body of S from AT on: up to 、, 及び, 並びに or a bracket. What stands in brackets is
 * passed over. */
static size_t
body_end(struct str s, size_t at, size_t *ret_next)
{
    static const char *const ends[] = {"、", "及び", "並びに", "（", "("};
    for (size_t i = at; i < s.n; i++)
        for (size_t k = 0; k < sizeof ends / sizeof *ends; k++) {
            if (!str_begins(str_slice(s, i, s.n), ends[k]))
                continue;
            ptrdiff_t close = k < 3 ? -1 : str_find(s, k == 3 ? STR("）") : STR(")"), i);
            *ret_next = close < 0 ? i + strlen(ends[k]) : (size_t)close + (k == 3 ? 3 : 1);
            return i;
        }
    *ret_next = s.n;
    return s.n;
}

/* …は、A、B及びCとする。 */
static void
read_bodies(const struct docs *d, size_t passage, struct bodies *b)
{
    struct str s = d->view->passages[passage].bare;
    ptrdiff_t from = str_find(s, STR("は、"), 0), to = str_find(s, STR("とする"), 0);
    if (from < 0 || to < from)
        return;
    b->passage = passage;
    s = str_slice(s, 0, (size_t)to);
    for (size_t at = (size_t)from + strlen("は、"), next; at < s.n && b->count < BODIES;
         at = next) {
        size_t end = body_end(s, at, &next);
        if (end > at)
            b->list[b->count++] = (struct lint_spot){passage, at, end - at};
    }
}

static void
find_bodies(const struct docs *d, enum policy_doc_kind doc, struct bodies *b)
{
    b->passage = LINT_NONE;
    b->count = 0;
    for (size_t i = 0; i + 1 < d->view->passage_count && b->passage == LINT_NONE; i++) {
        const struct lint_passage *p = &d->view->passages[i];
        if (p->title && d->view->sections[p->section].doc == doc &&
            str_finishes(p->bare, "機関の範囲") && p[1].section == p->section)
            read_bodies(d, i + 1, b);
    }
}

static struct str
text_at(const struct docs *d, struct lint_spot spot)
{
    return str_slice(d->view->passages[spot.passage].bare, spot.at, spot.at + spot.n);
}

static bool
is_named(const struct docs *d, struct str body, const struct bodies *b)
{
    for (size_t i = 0; i < b->count; i++) {
        struct str other = text_at(d, b->list[i]);
        if (str_find(other, body, 0) >= 0 || str_find(body, other, 0) >= 0)
            return true;
    }
    return false;
}

static void
check_bodies(struct docs *d, const struct bodies *have, const struct bodies *against)
{
    struct lint_spot other = {against->passage, against->list[0].at, 0};
    const struct lint_spot *last = &against->list[against->count - 1];
    other.n = last->at + last->n - other.at;
    for (size_t i = 0; i < have->count; i++)
        if (!is_named(d, text_at(d, have->list[i]), against))
            lint_remark(d->out, "P215", POLICY_ASK, have->list[i], &other);
}

static void
check_scope(struct docs *d)
{
    struct bodies basic, standard;
    find_bodies(d, POLICY_BASIC, &basic);
    find_bodies(d, POLICY_STANDARD, &standard);
    if (basic.count == 0 || standard.count == 0)
        return;
    check_bodies(d, &basic, &standard);
    check_bodies(d, &standard, &basic);
}

void
lint_agree_docs(struct lint_remarks *out)
{
    const struct lint_view *view = out->view;
    struct docs d = {.out = out, .view = view, .slot_count = 1024};
    while (d.slot_count < 2 * view->section_count)
        d.slot_count *= 2;
    d.slots = arena_array(out->arena, d.slot_count, sizeof *d.slots);
    d.first = arena_array(out->arena, view->section_count + 1, sizeof *d.first);
    d.excepts = arena_array(out->arena, view->section_count + 1, sizeof *d.excepts);
    if (d.slots == NULL || d.first == NULL || d.excepts == NULL)
        return;
    index_sections(&d);
    find_exceptions(&d);
    check_exceptions(&d);
    check_scope(&d);
}
