/*
 * answer_coverage: what of the catalogue a body's policy orders, from the bindings as they stand
 * (not as a binder would propose them). Runs in cored. Only documents the reader may see count: of
 * the others it says what it says of a document nobody has loaded.
 */
#include "core/control/answer.h"
#include "core/control/draft.h"
#include "format/bind/coverage.h"

#include <stdlib.h>

/* The visible documents with their bindings as the binder would have given them. */
struct view {
    struct clause_set set;
    struct bind_result *result;
    const struct bind_examples *examples;
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
add_doc(struct answer *a, struct view *v, const struct control_doc *doc, struct bound_list *ret)
{
    if (load_text(a->control, doc->version->id, &v->set, a->err) < 0)
        return -1;
    return load_bound(a->control, doc->version->id, &v->set, v->set.doc_count - 1, a->arena, ret,
                      a->err);
}

/* The binder's own answer, its rows taken out: TOTAL others will stand there. */
static int
make_result(struct answer *a, struct view *v, size_t total)
{
    struct bind_examples *examples;
    if (draft_examples(a->control, a->arena, &examples, a->err) < 0)
        return -1;
    struct bind_options options = {.examples = examples};
    v->examples = examples;
    if (bind_make(a->arena, a->control->catalogue, &v->set, &options, &v->result, a->err) < 0)
        return -1;
    struct bind_result *r = v->result;
    r->rows = arena_array(a->arena, total + 1, sizeof *r->rows);
    r->first = arena_array(a->arena, v->set.clause_count + 2, sizeof *r->first);
    r->unbound = arena_array(a->arena, v->set.clause_count + 1, sizeof *r->unbound);
    r->row_count = r->unbound_count = 0;
    for (int i = 0; i < BIND_CONFIDENCES; i++)
        r->counts[i] = 0;
    return arena_check(a->arena, a->err);
}

static int
make_view(struct answer *a, struct view *v)
{
    struct bound_list lists[CONTROL_DOCS_MOST];
    size_t docs = 0, total = 0;
    clause_set_init(&v->set, a->arena);
    for (size_t i = 0; i < a->body->doc_count; i++) {
        if (!may_see(&a->ask->reader, a->body->docs[i].version))
            continue;
        if (add_doc(a, v, &a->body->docs[i], &lists[docs]) < 0)
            return -1;
        total += room_for(v, &lists[docs]);
        docs++;
    }
    if (make_result(a, v, total) < 0)
        return -1;
    for (size_t i = 0; i < docs; i++)
        for (size_t k = 0; k < lists[i].count; k++)
            add_row(v, &lists[i].rows[k]);
    finish(v);
    return 0;
}

/* ---- the answer ---- */

static void
put_row(struct answer *a, const struct view *v, const struct coverage_row *row)
{
    static const struct bilingual none = {{"", 0}, {"", 0}};
    struct json *j = &a->json;
    const struct topic_part *part = row->part;
    json_open_object(j);
    put_str(j, "key", part == NULL ? STR("") : part->key);
    put_title(j, part == NULL ? (row->topic == NULL ? &none : &row->topic->title) : &part->title);
    put_kinds(j, part == NULL ? row->topic->kinds : part->kinds);
    put_str(j, "by", str_of(answer_by_word(part == NULL ? BY_NONE : part->by)));
    put_answers(j, a->control->catalogue, part);
    put_str(j, "verdict", str_of(coverage_verdict_word(row->verdict)));
    json_key(j, "clauses");
    json_open_array(j);
    for (size_t i = 0; i < row->clause_count; i++)
        put_place(j, &v->set, row->clauses[i]);
    json_end(j);
    if (row->expected.n > 0)
        put_str(j, "expected", row->expected);
    if (row->found.n > 0)
        put_str(j, "found", row->found);
    json_end(j);
}

/* Rows stand in the catalogue's order: those of one topic together. */
static void
put_topics(struct answer *a, const struct view *v, const struct coverage *coverage)
{
    struct json *j = &a->json;
    json_key(j, "topics");
    json_open_array(j);
    for (size_t i = 0, next; i < coverage->row_count; i = next) {
        const struct topic *topic = coverage->rows[i].topic;
        json_open_object(j);
        put_str(j, "id", topic->id);
        put_str(j, "group", topic->group);
        put_title(j, &topic->title);
        put_kinds(j, topic->kinds);
        json_key(j, "parts");
        json_open_array(j);
        for (next = i; next < coverage->row_count && coverage->rows[next].topic == topic; next++)
            put_row(a, v, &coverage->rows[next]);
        json_end(j);
        json_end(j);
    }
    json_end(j);
}

static void
put_chapters(struct answer *a, const struct view *v, const struct coverage *coverage)
{
    struct json *j = &a->json;
    json_key(j, "chapters");
    json_open_array(j);
    for (size_t i = 0; i < coverage->chapter_count; i++) {
        const struct coverage_chapter *chapter = &coverage->chapters[i];
        const struct clause *c = &v->set.clauses[chapter->clause];
        json_open_object(j);
        put_str(j, "doc", v->set.docs[c->doc].word);
        put_str(j, "label", c->label);
        put_str(j, "title", c->title);
        put_i64(j, "leaves", (int64_t)chapter->leaves);
        put_i64(j, "bound", (int64_t)chapter->bound);
        json_key(j, "kind");
        json_open_object(j);
        for (int k = 0; k < KIND_COUNT; k++)
            put_i64(j, topic_kind_word((enum topic_kind)k), (int64_t)chapter->kinds[k]);
        json_end(j);
        put_i64(j, "answered", (int64_t)chapter->answered);
        put_i64(j, "gaps", (int64_t)chapter->gaps);
        json_end(j);
    }
    json_end(j);
}

static void
put_links(struct answer *a, const struct view *v, const struct coverage *coverage)
{
    struct json *j = &a->json;
    json_key(j, "links");
    json_open_array(j);
    for (size_t i = 0; i < coverage->link_count; i++) {
        const struct coverage_link *link = &coverage->links[i];
        json_open_object(j);
        json_key(j, "clause");
        put_place(j, &v->set, link->clause);
        put_str(j, "doc", link->doc);
        put_str(j, "body", link->body);
        json_key(j, "delegated");
        json_bool(j, link->delegated);
        json_key(j, "loaded");
        json_bool(j, link->loaded);
        json_end(j);
    }
    json_end(j);
}

int
answer_coverage(struct answer *a)
{
    struct view view = {.result = NULL};
    struct coverage *coverage;
    if (make_view(a, &view) < 0 ||
        coverage_make(a->arena, view.result, NULL, view.examples, &coverage, a->err) < 0)
        return -1;
    json_open_object(&a->json);
    put_topics(a, &view, coverage);
    json_key(&a->json, "counts");
    json_open_object(&a->json);
    for (int i = 0; i < COVERAGE_VERDICTS; i++)
        put_i64(&a->json, coverage_verdict_word((enum coverage_verdict)i),
                (int64_t)coverage->counts[i]);
    json_end(&a->json);
    put_chapters(a, &view, coverage);
    put_links(a, &view, coverage);
    json_end(&a->json);
    return 0;
}
