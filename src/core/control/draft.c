/*
 * draft: see draft.h. Runs in cored.
 *
 * Invariant: a binding counts as confirmed only when it was confirmed for a clause whose duty is
 * the same; whatever changed is asked again.
 */
#include "core/control/draft.h"

#include "base/text/utf8.h"

#include <stdio.h>
#include <stdlib.h>

enum { DOC_WORD_BYTES = 32 };

/* ---- examples ---- */

static void
add_example(struct bindings *list, const struct control_body *body, const struct control_bound *b)
{
    const struct clause *c = &body->set.clauses[b->clause];
    if (!b->confirmed || !b->counts || b->topic == NULL)
        return;
    list->rows[list->count++] = (struct binding){.doc = body->set.docs[c->doc].word,
                                                 .label = c->key,
                                                 .topic = b->topic,
                                                 .part = b->part,
                                                 .confirmed = true};
}

int
draft_examples(struct control *control, struct arena *arena, struct bind_examples **ret,
               struct err *err)
{
    const struct control_body *town = body_find(control, (struct str){0});
    *ret = NULL;
    if (town == NULL || town->set.clause_count == 0)
        return 0;
    struct bind_examples *examples = arena_alloc(arena, sizeof *examples);
    struct bindings *list = arena_alloc(arena, sizeof *list);
    if (examples == NULL || list == NULL)
        return arena_check(arena, err);
    *list = (struct bindings){
        .rows = arena_array(arena, town->policy->bound_count + 1, sizeof *list->rows)};
    if (list->rows == NULL)
        return arena_check(arena, err);
    for (size_t i = 0; i < town->policy->bound_count; i++)
        add_example(list, town, &town->policy->bound[i]);
    *examples = (struct bind_examples){.set = &town->set, .bindings = list};
    *ret = examples;
    return 0;
}

/* ---- documents ---- */

/* What is made, while it is made. */
struct drafting {
    struct control *control;
    struct arena *arena;
    const struct draft_from *from;
    const json_t *root;
    const struct control_body *body; /* NULL: a new one */
    struct draft *draft;
    struct err *err;
};

static struct str
called(const struct draft_from *from, struct str doc)
{
    for (size_t i = 0; i < from->word_count; i++)
        if (str_equal(from->words[i].doc, doc))
            return from->words[i].as;
    return doc;
}

/* S without blanks, letters of full width as half. */
static void
fold(struct str s, struct buf *out)
{
    while (s.n > 0) {
        int32_t c = utf8_next(&s);
        if (c >= 0xff01 && c <= 0xff5e)
            c -= 0xfee0;
        if (c > ' ' && c != 0x3000)
            utf8_put(out, (uint32_t)c);
    }
}

static bool
stands(struct str word, const struct buf *text)
{
    struct buf folded;
    buf_init(&folded, 4096);
    fold(word, &folded);
    bool is = folded.n > 0 && str_find(buf_str(text), buf_str(&folded), 0) >= 0;
    buf_free(&folded);
    return is;
}

/* One phrase of PART stands in TEXT and none of its excluding words does. */
static bool
phrase_met(const struct topic_part *part, struct str text)
{
    struct buf folded;
    bool met = false;
    buf_init(&folded, 1 << 20);
    fold(text, &folded);
    for (size_t i = 0; i < part->any_count && !met; i++) {
        met = part->any[i].count > 0;
        for (size_t k = 0; k < part->any[i].count; k++)
            met = met && stands(part->any[i].words[k], &folded);
    }
    for (size_t i = 0; i < part->never_count; i++)
        met = met && !stands(part->never[i], &folded);
    buf_free(&folded);
    return met;
}

/* A phrase of what B says (of any part, when it says the whole topic) came or went. */
static bool
bound_changed(const struct control_bound *b, struct str old_text, struct str new_text)
{
    if (b->part != NULL)
        return phrase_met(b->part, old_text) != phrase_met(b->part, new_text);
    for (size_t i = 0; b->topic != NULL && i < b->topic->part_count; i++)
        if (phrase_met(&b->topic->parts[i], old_text) != phrase_met(&b->topic->parts[i], new_text))
            return true;
    return false;
}

/* Words of a part that OLD is bound to stand in one of the texts only. */
static bool
phrase_changed(void *ctx, size_t old, struct str old_text, struct str new_text)
{
    const struct control_policy *policy = ctx;
    for (size_t i = policy->first_bound[old]; i < policy->first_bound[old + 1]; i++)
        if (bound_changed(&policy->bound[i], old_text, new_text))
            return true;
    return false;
}

int
draft_phrases(struct control *control, struct arena *arena, int64_t id, struct clause_set *set,
              struct diff_options *ret, struct err *err)
{
    struct bound_list list;
    struct control_policy *policy;
    if (load_bound(control, id, set, 0, arena, &list, err) < 0 ||
        control_policy_make(arena, control->catalogue, set, list.rows, list.count, &policy, err) <
            0)
        return -1;
    *ret = (struct diff_options){phrase_changed, policy};
    return 0;
}

/* The base of document D, called AS: the body's own version in force. */
static int
find_base(const struct drafting *g, struct draft_doc *d, struct str as,
          struct diff_options *options, struct text_base *ret)
{
    const struct control_doc *known = g->body == NULL ? NULL : doc_find(g->body, as);
    if (known == NULL || !str_equal(known->version->body, g->body->id))
        return 0;
    struct clause_set *set = arena_alloc(g->arena, sizeof *set);
    if (set == NULL)
        return arena_check(g->arena, g->err);
    clause_set_init(set, g->arena);
    if (load_text(g->control, known->version->id, set, g->err) < 0 ||
        draft_phrases(g->control, g->arena, known->version->id, set, options, g->err) < 0)
        return -1;
    d->base = known->version;
    *ret = (struct text_base){set, 0, known->version->key_next, options};
    return 0;
}

static int
add_doc(const struct drafting *g, struct str doc, struct str as)
{
    char word[DOC_WORD_BYTES], name[DOC_WORD_BYTES];
    struct draft_doc *d = &g->draft->docs[g->draft->doc_count];
    struct diff_options options = {NULL, NULL};
    struct text_base base = {.set = NULL};
    if (doc.n >= sizeof word || as.n >= sizeof name)
        return ERR(g->err, "control.json", "doc");
    (void)snprintf(word, sizeof word, "%.*s", STR_FMT(doc));
    (void)snprintf(name, sizeof name, "%.*s", STR_FMT(as));
    if (find_base(g, d, as, &options, &base) < 0 ||
        text_cut(g->arena, g->root, word, name, &base, &d->text, g->err) < 0)
        return -1;
    d->printed = d->text.set.docs[0].version;
    g->draft->doc_count++;
    return 0;
}

static int
add_docs(const struct drafting *g, const struct clause_set *whole)
{
    for (size_t i = 0; i < whole->doc_count; i++) {
        struct str as = called(g->from, whole->docs[i].word);
        if (as.n == 0)
            continue;
        if (g->draft->doc_count == CONTROL_DOCS_MOST)
            return ERR(g->err, "clause.count", "documents");
        for (size_t k = 0; k < g->draft->doc_count; k++)
            if (str_equal(g->draft->docs[k].text.doc, as))
                return ERR(g->err, "clause.twice", "%.*s", STR_FMT(as));
        if (add_doc(g, whole->docs[i].word, as) < 0)
            return -1;
    }
    return 0;
}

/* ---- bindings ---- */

static enum control_confidence
confidence_of(enum bind_confidence confidence)
{
    if (confidence == BIND_SURE)
        return BOUND_SURE;
    return confidence == BIND_LIKELY ? BOUND_LIKELY : BOUND_ASK;
}

/* The binder's rows for clause INDEX of D, unconfirmed. */
static void
propose(const struct draft *draft, struct draft_doc *d, size_t index)
{
    size_t count;
    const struct bind_row *rows = bind_rows_of(draft->binder, d->first + index, &count);
    for (size_t i = 0; i < count; i++) {
        unsigned sentence =
            rows[i].sentence == CLAUSE_NONE ? 0 : draft->set.sentences[rows[i].sentence].number;
        d->bound[d->bound_count++] =
            (struct control_bound){.clause = index,
                                   .sentence = sentence,
                                   .topic = rows[i].topic,
                                   .part = rows[i].part,
                                   .counts = !rows[i].heading && rows[i].duty,
                                   .confidence = confidence_of(rows[i].confidence)};
    }
}

/* Rows of the base for its clause OLD; FROM is sorted by clause. */
static size_t
rows_of(const struct control_bound *from, size_t count, size_t old, size_t *ret_first)
{
    size_t low = 0, high = count, n = 0;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (from[mid].clause < old)
            low = mid + 1;
        else
            high = mid;
    }
    while (low + n < count && from[low + n].clause == old)
        n++;
    *ret_first = low;
    return n;
}

static int
by_clause(const void *a, const void *b)
{
    size_t x = ((const struct control_bound *)a)->clause;
    size_t y = ((const struct control_bound *)b)->clause;
    return (x > y) - (x < y);
}

/* Some clause above OLD in the base was bound: OLD was spoken for there, and still is. */
static bool
spoken_above(const struct clause_set *base, const struct bound_list *rows, size_t old)
{
    size_t first;
    for (size_t at = base->clauses[old].parent; at != CLAUSE_NONE; at = base->clauses[at].parent)
        if (rows_of(rows->rows, rows->count, at, &first) > 0)
            return true;
    return false;
}

/* Carries the COUNT rows of the base over to clause INDEX; KIND says what became of it. */
static void
carry(struct draft_doc *d, size_t index, const struct control_bound *rows, size_t count,
      enum diff_kind kind)
{
    for (size_t i = 0; i < count; i++) {
        struct control_bound bound = rows[i];
        bound.clause = index;
        if (kind == DIFF_CHANGED) {
            bound.confirmed = false;
            bound.by = 0;
            bound.at_us = 0;
            bound.confidence = BOUND_ASK;
        }
        d->bound[d->bound_count++] = bound;
    }
}

/* Who each clause follows, and how. */
static int
note_kinds(struct arena *arena, struct draft_doc *d, size_t **ret_old, struct err *err)
{
    size_t count = d->text.set.clause_count;
    d->kinds = arena_array(arena, count + 1, sizeof *d->kinds);
    *ret_old = arena_array(arena, count + 1, sizeof **ret_old);
    if (d->kinds == NULL || *ret_old == NULL)
        return arena_check(arena, err);
    for (size_t i = 0; i < count; i++) {
        d->kinds[i] = DIFF_ADDED;
        (*ret_old)[i] = CLAUSE_NONE;
    }
    for (size_t i = 0; d->text.diff != NULL && i < d->text.diff->pair_count; i++) {
        const struct diff_pair *pair = &d->text.diff->pairs[i];
        if (pair->new == CLAUSE_NONE)
            continue;
        d->kinds[pair->new] = pair->kind;
        if (pair->kind < DIFF_SPLIT)
            (*ret_old)[pair->new] = pair->old;
    }
    return 0;
}

static int
bind_doc(struct control *control, struct arena *arena, struct draft *draft, struct draft_doc *d,
         struct err *err)
{
    struct bound_list old = {NULL, 0};
    size_t *follows, room = 0;
    struct clause_set base;
    clause_set_init(&base, arena);
    if (note_kinds(arena, d, &follows, err) < 0)
        return -1;
    if (d->base != NULL && (load_text(control, d->base->id, &base, err) < 0 ||
                            load_bound(control, d->base->id, &base, 0, arena, &old, err) < 0))
        return -1;
    if (old.count > 0)
        qsort(old.rows, old.count, sizeof *old.rows, by_clause);
    for (size_t i = 0, n; i < d->text.set.clause_count; i++) {
        (void)bind_rows_of(draft->binder, d->first + i, &n);
        room += n;
    }
    d->bound = arena_array(arena, room + old.count + 1, sizeof *d->bound);
    if (d->bound == NULL)
        return arena_check(arena, err);
    for (size_t i = 0; i < d->text.set.clause_count; i++) {
        size_t first = 0,
               n = follows[i] == CLAUSE_NONE ? 0 : rows_of(old.rows, old.count, follows[i], &first);
        if (n > 0)
            carry(d, i, old.rows + first, n, d->kinds[i]);
        else if (follows[i] == CLAUSE_NONE || !spoken_above(&base, &old, follows[i]))
            propose(draft, d, i);
    }
    return 0;
}

static int
bind_all(struct control *control, struct arena *arena, struct draft *draft, struct err *err)
{
    struct bind_examples *examples;
    if (draft_examples(control, arena, &examples, err) < 0)
        return -1;
    draft->examples = examples;
    clause_set_init(&draft->set, arena);
    for (size_t i = 0; i < draft->doc_count; i++) {
        draft->docs[i].first = draft->set.clause_count;
        if (clause_set_add(&draft->set, draft->docs[i].text.json, err) < 0)
            return -1;
    }
    struct bind_options options = {.examples = examples};
    if (bind_make(arena, control->catalogue, &draft->set, &options, &draft->binder, err) < 0)
        return -1;
    for (size_t i = 0; i < draft->doc_count; i++)
        if (bind_doc(control, arena, draft, &draft->docs[i], err) < 0)
            return -1;
    return 0;
}

int
draft_make(struct control *control, struct arena *arena, const struct draft_from *from,
           struct draft *ret, struct err *err)
{
    struct clause_set whole;
    struct str json = from->json;
    *ret = (struct draft){0};
    clause_set_init(&whole, arena);
    if (json.n > DRAFT_JSON_BYTES)
        return ERR(err, "policy.size", "%zu", json.n);
    if (clause_set_add(&whole, json, err) < 0) /* all of it, or nothing */
        return -1;
    if (whole.clause_count > DRAFT_CLAUSES_MOST)
        return ERR(err, "policy.nodes", "%d", DRAFT_CLAUSES_MOST);
    json_t *root = json_loadb(json.p, json.n, JSON_REJECT_DUPLICATES, NULL);
    if (root == NULL)
        return ERR(err, "control.json", "JSON");
    struct drafting g = {control, arena, from, root, body_find(control, from->body), ret, err};
    int rc = add_docs(&g, &whole);
    json_decref(root);
    if (rc == 0 && ret->doc_count == 0)
        rc = ERR(err, "control.json", "documents");
    return rc < 0 ? -1 : bind_all(control, arena, ret, err);
}
