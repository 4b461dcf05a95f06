/*
 * lint: the order of the questions about one file, and the places of the answers. It makes the view
 * the comparisons work on from the tree. Runs in policy-worker and the command line. Only what
 * stands in the file is judged.
 *
 * Invariant: passage I of the view is paragraph I of `paras`, in reading order: fronts, clauses,
 * supplements, then tables with their cells side by side.
 */
#include "format/policy/lint.h"

#include "format/policy/read.h"

#include <stdlib.h>
#include <string.h>

enum { NAMES_MOST = 1000, LISTED_MOST = 400 };

struct linter {
    struct reader *r;
    struct lint_view view;
    const struct policy_para **paras; /* of each passage; NULL while they are counted */
    struct policy_node **nodes;       /* of each section */
    struct lint_term terms[LISTED_MOST];
    struct lint_role roles[LISTED_MOST];
    struct str classes[LISTED_MOST];
    size_t term_count, role_count, class_count;
};

static void
add_section(struct linter *l, struct policy_node *node)
{
    size_t i = l->view.section_count++;
    node->index = i;
    if (l->paras == NULL)
        return;
    const struct policy_node *parent = node->parent;
    bool chapter = parent == NULL || parent->kind == POLICY_ROOT;
    l->nodes[i] = node;
    l->view.sections[i] = (struct lint_section){.label = node->label,
                                                .title = node->title,
                                                .parent = chapter ? LINT_NONE : parent->index,
                                                .doc = node->doc->kind};
}

static void
add_para(struct linter *l, const struct policy_para *para, size_t section)
{
    if (para->pieces == NULL)
        return;
    if (l->paras == NULL) {
        l->view.passage_count++;
        return;
    }
    l->paras[l->view.passage_count] = para;
    lint_view_add(&l->view, l->r->arena, para->text, section, para->title);
}

static void
add_node(struct linter *l, struct policy_node *node)
{
    add_section(l, node);
    for (const struct policy_para *p = node->paras; p != NULL; p = p->next)
        add_para(l, p, node->index);
}

/* The passages of CELL; the first one's number. */
static size_t
add_cell(struct linter *l, const struct policy_cell *cell, size_t section)
{
    size_t first = l->view.passage_count;
    for (const struct policy_para *p = cell->text; p != NULL; p = p->next)
        add_para(l, p, section);
    return first;
}

/* The name without the bracket behind it, and what stands in the bracket. */
static void
set_names(struct lint_term *term, struct str bare)
{
    static const char *const open[] = {"（", "("}, *const shut[] = {"）", ")"};
    term->name = bare;
    for (size_t i = 0; i < 2; i++) {
        ptrdiff_t at = str_find(bare, str_of(open[i]), 0);
        if (at <= 0)
            continue;
        term->name = str_slice(bare, 0, (size_t)at);
        term->alias = str_slice(bare, (size_t)at + strlen(open[i]), bare.n);
        ptrdiff_t end = str_find(term->alias, str_of(shut[i]), 0);
        term->alias = str_slice(term->alias, 0, end < 0 ? 0 : (size_t)end);
        return;
    }
}

static void
add_term(struct linter *l, size_t passage)
{
    if (l->paras == NULL || l->term_count == LISTED_MOST || passage >= l->view.passage_count)
        return;
    struct str bare = l->view.passages[passage].bare;
    struct lint_term *term = &l->terms[l->term_count++];
    *term = (struct lint_term){.spot = {passage, 0, bare.n}};
    set_names(term, bare);
    term->spot.n = term->name.n;
}

static void
add_row(struct linter *l, const struct policy_table *t, const struct policy_row *row,
        size_t section)
{
    size_t name = l->view.passage_count, rest = name;
    for (const struct policy_cell *c = row->cells; c != NULL; c = c->next) {
        size_t first = add_cell(l, c, section);
        rest = c == row->cells ? l->view.passage_count : rest;
        (void)first;
    }
    size_t end = l->view.passage_count;
    if (l->paras == NULL || name == end)
        return;
    struct str bare = l->view.passages[name].bare;
    if (t->kind == TABLE_TERMS)
        add_term(l, name);
    else if (t->kind == TABLE_CLASSES && l->class_count < LISTED_MOST)
        l->classes[l->class_count++] = bare;
    else if (t->kind == TABLE_ROLES && l->role_count < LISTED_MOST)
        l->roles[l->role_count++] = (struct lint_role){bare, rest, end - rest};
}

static void
add_tables(struct linter *l, size_t fallback)
{
    for (const struct policy_table *t = l->r->tree->tables; t != NULL; t = t->next) {
        size_t section = t->node != NULL ? t->node->index : fallback;
        for (const struct policy_para *p = t->head; p != NULL; p = p->next)
            add_para(l, p, section);
        for (const struct policy_row *row = t->rows; row != NULL; row = row->next)
            add_row(l, t, row, section);
    }
}

static void
walk(struct linter *l)
{
    l->view.section_count = l->view.passage_count = 0;
    for (struct policy_doc *doc = l->r->tree->docs; doc != NULL; doc = doc->next)
        add_node(l, doc->root);
    for (struct policy_node *n = l->r->tree->nodes; n != NULL; n = n->following) {
        size_t first = l->view.passage_count;
        add_node(l, n);
        if (n->kind == POLICY_TERM)
            add_term(l, first);
    }
    for (struct policy_doc *doc = l->r->tree->docs; doc != NULL; doc = doc->next)
        for (struct policy_node *s = doc->supplements; s != NULL; s = s->next)
            add_node(l, s);
    add_tables(l, 0);
}

/* Counted first, then filled. */
static int
make_view(struct linter *l)
{
    struct arena *arena = l->r->arena;
    walk(l);
    size_t sections = l->view.section_count, passages = l->view.passage_count;
    l->view.sections = arena_array(arena, sections + 1, sizeof *l->view.sections);
    l->view.passages = arena_array(arena, passages + 1, sizeof *l->view.passages);
    l->nodes = arena_array(arena, sections + 1, sizeof *l->nodes);
    l->paras = arena_array(arena, passages + 1, sizeof *l->paras);
    if (arena_check(arena, l->r->err) < 0)
        return -1;
    walk(l);
    return arena_check(arena, l->r->err);
}

/* The source place of TEXT[at, at + n) of PARA. */
static struct policy_range
place_in(const struct policy_para *para, size_t at, size_t n)
{
    struct policy_range range = para->pieces->source;
    bool begun = false;
    for (const struct policy_piece *p = para->pieces; p != NULL; p = p->next) {
        if (!begun && at < p->at + p->n && at >= p->at) {
            range.from = p->source.from + (at - p->at);
            range.to = p->source.to;
            begun = true;
        }
        if (begun && at + n > p->at && at + n <= p->at + p->n)
            range.to = p->source.from + (at + n - p->at);
        else if (begun && at + n > p->at + p->n)
            range.to = p->source.to;
    }
    return range;
}

/* The remarks become findings at their source places. */
static void
tell(struct linter *l, const struct lint_remarks *remarks)
{
    for (const struct lint_remark *m = remarks->first; m != NULL; m = m->next) {
        struct policy_node *node = l->nodes[l->view.passages[m->passage].section];
        finding_add_text(l->r, m->code, m->severity, node->key == NULL ? NULL : node,
                         place_in(l->paras[m->passage], m->at, m->n), m->detail);
    }
    size_t kept = remarks->count < LINT_REMARKS ? remarks->count : LINT_REMARKS;
    l->r->tree->finding_count += remarks->count - kept;
}

static int
by_name(const void *a, const void *b)
{
    const struct policy_short_name *x = *(struct policy_short_name *const *)a;
    const struct policy_short_name *y = *(struct policy_short_name *const *)b;
    return str_compare(x->name, y->name);
}

/* A short name that is given twice (P203). */
static void
check_names(struct reader *r)
{
    struct policy_short_name **list = arena_array(r->arena, NAMES_MOST, sizeof *list);
    size_t n = 0;
    if (list == NULL)
        return;
    for (struct policy_short_name *s = r->tree->short_names; s != NULL && n < NAMES_MOST;
         s = s->next)
        list[n++] = s;
    qsort(list, n, sizeof(struct policy_short_name *), by_name);
    for (size_t i = 1; i < n; i++) {
        if (!str_equal(list[i - 1]->name, list[i]->name))
            continue;
        struct policy_node *node = list[i]->node->key != NULL ? list[i]->node : list[i - 1]->node;
        const struct policy_piece *mark = node->mark_piece;
        finding_add_text(r, "P203", POLICY_ASK, node->key == NULL ? NULL : node,
                         mark != NULL ? mark->source : (struct policy_range){0}, list[i]->name);
    }
}

/* The figure that fell into the table of roles names one that no clause knows (P204). */
static void
check_figures(struct linter *l)
{
    struct reader *r = l->r;
    struct policy_node *node = NULL;
    for (const struct policy_table *t = r->tree->tables; t != NULL && node == NULL; t = t->next)
        node = t->figure ? t->node : NULL;
    for (const struct policy_dropped *d = r->tree->dropped; d != NULL; d = d->next) {
        struct str text = str_slice(r->text, d->at.from, d->at.to);
        if (d->reason != DROP_FIGURE || text.n > 200)
            continue;
        struct str bare = lint_bare(r->arena, text);
        if (str_ends(bare, STR("責任者")) && bare.n > strlen("統括責任者") &&
            !lint_is_role(bare, l->roles, l->role_count))
            finding_add(r, "P204", POLICY_ASK, node, d->at);
    }
}

int
reader_lint(struct reader *r)
{
    reader_layout(r);
    check_names(r);
    struct linter *l = arena_alloc(r->arena, sizeof *l);
    if (l == NULL)
        return arena_check(r->arena, r->err);
    l->r = r;
    if (make_view(l) < 0)
        return -1;
    struct lint_remarks remarks = {.arena = r->arena, .view = &l->view};
    lint_terms(&remarks, l->terms, l->term_count);
    lint_words(&remarks, l->classes, l->class_count);
    lint_roles(&remarks, l->roles, l->role_count);
    lint_near(&remarks, l->terms, l->term_count);
    lint_agree(&remarks);
    lint_spelling(&remarks);
    tell(l, &remarks);
    check_figures(l);
    return arena_check(r->arena, r->err);
}
