/*
 * keep: see keep.h. Pure.
 *
 * Invariant: MAP holds, for each clause of the old set, its index in the new one or CLAUSE_NONE; an
 * index leaves the old set only through it.
 */
#include "format/clause/keep.h"

#include <string.h>

struct keeping {
    const struct clause_set *from;
    struct clause_set *to;
    size_t *map, *doc_map;
    bool all; /* every document stays */
};

static int
make_room(struct keeping *k, struct err *err)
{
    const struct clause_set *f = k->from;
    struct clause_set *t = k->to;
    struct arena *a = f->arena;
    *t = (struct clause_set){.arena = a};
    t->docs = arena_array(a, f->doc_count + 1, sizeof *t->docs);
    t->clauses = arena_array(a, f->clause_count + 1, sizeof *t->clauses);
    t->sentences = arena_array(a, f->sentence_count + 1, sizeof *t->sentences);
    t->tables = arena_array(a, f->table_count + 1, sizeof *t->tables);
    t->refs = arena_array(a, f->ref_count + 1, sizeof *t->refs);
    t->findings = arena_array(a, f->finding_count + 1, sizeof *t->findings);
    k->map = arena_array(a, f->clause_count + 1, sizeof *k->map);
    k->doc_map = arena_array(a, f->doc_count + 1, sizeof *k->doc_map);
    return arena_check(a, err);
}

static size_t
mapped(const struct keeping *k, size_t clause)
{
    return clause == CLAUSE_NONE ? CLAUSE_NONE : k->map[clause];
}

static void
keep_clause(struct keeping *k, size_t index)
{
    struct clause_set *t = k->to;
    const struct clause *old = &k->from->clauses[index];
    struct clause *new = &t->clauses[t->clause_count];
    *new = *old;
    new->doc = k->doc_map[old->doc];
    new->parent = mapped(k, old->parent); /* parents stand before their children */
    new->first_sentence = t->sentence_count;
    for (size_t i = 0; i < old->sentence_count; i++) {
        struct clause_sentence *s = &t->sentences[t->sentence_count++];
        *s = k->from->sentences[old->first_sentence + i];
        s->clause = t->clause_count;
    }
    k->map[index] = t->clause_count++;
}

static void
keep_documents(struct keeping *k, clause_keep_call *keep, const void *ctx)
{
    const struct clause_set *f = k->from;
    k->all = true;
    for (size_t i = 0; i < f->clause_count; i++)
        k->map[i] = CLAUSE_NONE;
    for (size_t d = 0; d < f->doc_count; d++) {
        k->doc_map[d] = CLAUSE_NONE;
        if (!keep(ctx, &f->docs[d])) {
            k->all = false;
            continue;
        }
        struct clause_doc *doc = &k->to->docs[k->to->doc_count];
        *doc = f->docs[d];
        doc->first = k->to->clause_count;
        k->doc_map[d] = k->to->doc_count++;
        for (size_t i = f->docs[d].first; i < f->docs[d].first + f->docs[d].count; i++)
            keep_clause(k, i);
    }
}

static bool
stays(const struct keeping *k, size_t clause)
{
    return clause == CLAUSE_NONE ? k->all : k->map[clause] != CLAUSE_NONE;
}

static int
keep_rows(struct keeping *k, struct err *err)
{
    const struct clause_set *f = k->from;
    struct clause_set *t = k->to;
    for (size_t i = 0; i < f->table_count; i++)
        if (stays(k, f->tables[i].clause)) {
            t->tables[t->table_count] = f->tables[i];
            t->tables[t->table_count++].clause = mapped(k, f->tables[i].clause);
        }
    for (size_t i = 0; i < f->finding_count; i++)
        if (stays(k, f->findings[i].clause)) {
            t->findings[t->finding_count] = f->findings[i];
            t->findings[t->finding_count++].clause = mapped(k, f->findings[i].clause);
        }
    for (size_t i = 0; i < f->ref_count; i++) {
        if (!stays(k, f->refs[i].from))
            continue;
        struct clause_ref *ref = &t->refs[t->ref_count++];
        *ref = f->refs[i];
        ref->from = mapped(k, f->refs[i].from);
        ref->to = arena_array(f->arena, f->refs[i].to_count + 1, sizeof *ref->to);
        ref->to_count = 0;
        for (size_t n = 0; ref->to != NULL && n < f->refs[i].to_count; n++)
            if (k->map[f->refs[i].to[n]] != CLAUSE_NONE)
                ref->to[ref->to_count++] = k->map[f->refs[i].to[n]];
    }
    return arena_check(f->arena, err);
}

int
clause_set_keep(const struct clause_set *set, clause_keep_call *keep, const void *ctx,
                struct clause_set *ret, struct err *err)
{
    struct clause_set made;
    struct keeping k = {.from = set, .to = &made};
    if (make_room(&k, err) < 0)
        return -1;
    keep_documents(&k, keep, ctx);
    if (keep_rows(&k, err) < 0)
        return -1;
    *ret = made;
    return 0;
}
