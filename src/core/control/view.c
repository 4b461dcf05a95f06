/*
 * view: see view.h. Runs in cored; writes nothing.
 */
#include "core/control/view.h"

#include <stdlib.h>

struct viewing {
    struct control *control;
    struct arena *arena;
    struct view *v;
    struct err *err;
};

static enum bind_confidence
confidence_of(const struct control_bound *b)
{
    if (b->confirmed || b->confidence == BOUND_SURE || b->confidence == BOUND_HAND)
        return BIND_SURE;
    return b->confidence == BOUND_LIKELY ? BIND_LIKELY : BIND_ASK;
}

/* The index of sentence NUMBER of clause C; CLAUSE_NONE: the whole clause. */
static size_t
sentence_of(const struct clause_set *set, const struct clause *c, unsigned number)
{
    for (size_t i = c->first_sentence; i < c->first_sentence + c->sentence_count; i++)
        if (set->sentences[i].number == number)
            return i;
    return CLAUSE_NONE;
}

static void
put_one(struct view *v, const struct control_bound *b, size_t sentence)
{
    bool defines = sentence != CLAUSE_NONE && v->set.sentences[sentence].type == POLICY_DEFINITION;
    struct bind_row *row = &v->result->rows[v->result->row_count++];
    *row = (struct bind_row){.clause = b->clause,
                             .sentence = sentence,
                             .topic = b->topic,
                             .part = b->part,
                             .confidence = confidence_of(b),
                             .heading = !b->counts && b->part == NULL,
                             .duty = b->counts && !defines};
    row->candidates[row->candidate_count++] = (struct bind_candidate){b->topic, b->part, 0};
}

/* A row of a whole clause speaks for each sentence of it. */
static void
add_row(struct view *v, const struct control_bound *b)
{
    const struct clause *c = &v->set.clauses[b->clause];
    size_t sentence = sentence_of(&v->set, c, b->sentence), put = 0;
    if (b->topic == NULL)
        return;
    if (sentence == CLAUSE_NONE && b->counts)
        for (; put < c->sentence_count; put++)
            put_one(v, b, c->first_sentence + put);
    if (put == 0)
        put_one(v, b, sentence);
}

/* Rows that add_row may make of LIST. */
static size_t
room_for(const struct view *v, const struct bound_list *list)
{
    size_t room = 0;
    for (size_t i = 0; i < list->count; i++)
        room += 1 + v->set.clauses[list->rows[i].clause].sentence_count;
    return room;
}

static int
by_place(const void *a, const void *b)
{
    const struct bind_row *x = a, *y = b;
    if (x->clause != y->clause)
        return x->clause < y->clause ? -1 : 1;
    return (x->sentence > y->sentence) - (x->sentence < y->sentence);
}

static bool
counts_above(const struct view *v, size_t clause)
{
    for (; clause != CLAUSE_NONE; clause = v->set.clauses[clause].parent)
        for (size_t i = v->result->first[clause]; i < v->result->first[clause + 1]; i++)
            if (!v->result->rows[i].heading)
                return true;
    return false;
}

/* Sorts the rows and notes what has none. */
static void
finish(struct view *v)
{
    struct bind_result *r = v->result;
    if (r->row_count > 0)
        qsort(r->rows, r->row_count, sizeof *r->rows, by_place);
    for (size_t i = 0, k = 0; i <= v->set.clause_count; i++) {
        while (k < r->row_count && r->rows[k].clause < i)
            k++;
        r->first[i] = k;
    }
    for (size_t i = 0; i < r->row_count; i++)
        r->counts[r->rows[i].confidence] += !r->rows[i].heading;
    for (size_t i = 0; i < v->set.clause_count; i++)
        if (v->set.clauses[i].duty && clause_is_leaf(&v->set.clauses[i]) && !counts_above(v, i))
            r->unbound[r->unbound_count++] = i;
    r->counts[BIND_NOTHING] = r->unbound_count;
}

static int
add_doc(struct viewing *g, int64_t version, struct bound_list *ret)
{
    if (load_text(g->control, version, &g->v->set, g->err) < 0)
        return -1;
    return load_bound(g->control, version, &g->v->set, g->v->set.doc_count - 1, g->arena, ret,
                      g->err);
}

/* The binder's own answer, its rows taken out: TOTAL others will stand there. */
static int
make_result(struct viewing *g, size_t total)
{
    struct bind_examples *examples;
    if (draft_examples(g->control, g->arena, &examples, g->err) < 0)
        return -1;
    struct bind_options options = {.examples = examples};
    g->v->examples = examples;
    if (bind_make(g->arena, g->control->catalogue, &g->v->set, &options, &g->v->result, g->err) < 0)
        return -1;
    struct bind_result *r = g->v->result;
    r->rows = arena_array(g->arena, total + 1, sizeof *r->rows);
    r->first = arena_array(g->arena, g->v->set.clause_count + 2, sizeof *r->first);
    r->unbound = arena_array(g->arena, g->v->set.clause_count + 1, sizeof *r->unbound);
    g->v->confirmed = arena_array(g->arena, g->v->set.clause_count + 1, sizeof *g->v->confirmed);
    r->row_count = r->unbound_count = 0;
    for (int i = 0; i < BIND_CONFIDENCES; i++)
        r->counts[i] = 0;
    return arena_check(g->arena, g->err);
}

static int
make(struct viewing *g, const int64_t *versions, size_t count)
{
    struct bound_list lists[CONTROL_DOCS_MOST];
    size_t total = 0;
    clause_set_init(&g->v->set, g->arena);
    for (size_t i = 0; i < count; i++) {
        if (add_doc(g, versions[i], &lists[i]) < 0)
            return -1;
        total += room_for(g->v, &lists[i]);
    }
    if (make_result(g, total) < 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < lists[i].count; k++) {
            add_row(g->v, &lists[i].rows[k]);
            if (lists[i].rows[k].confirmed)
                g->v->confirmed[lists[i].rows[k].clause] = true;
        }
    finish(g->v);
    return coverage_make(g->arena, g->v->result, NULL, g->v->examples, &g->v->coverage, g->err);
}

int
view_make(struct control *control, struct arena *arena, const int64_t *versions, size_t count,
          struct view **ret, struct err *err)
{
    struct view *view = arena_alloc(arena, sizeof *view);
    struct viewing g = {control, arena, view, err};
    if (view == NULL)
        return arena_check(arena, err);
    *view = (struct view){.result = NULL};
    *ret = view;
    return make(&g, versions, count < CONTROL_DOCS_MOST ? count : CONTROL_DOCS_MOST);
}
