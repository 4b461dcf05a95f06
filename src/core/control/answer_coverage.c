/*
 * answer_coverage: what of the catalogue a body's policy orders, from the bindings as they stand
 * (not as a binder would propose them). Runs in cored. Only documents the reader may see count: of
 * the others it says what it says of a document nobody has loaded.
 */
#include "core/control/answer.h"
#include "core/control/view.h"

static int
make_view(struct answer *a, struct view **ret)
{
    int64_t versions[CONTROL_DOCS_MOST];
    size_t count = 0;
    for (size_t i = 0; i < a->body->doc_count; i++)
        if (may_see(&a->ask->reader, a->body->docs[i].version))
            versions[count++] = a->body->docs[i].version->id;
    return view_make(a->control, a->arena, versions, count, ret, a->err);
}

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

/* Documents whose bindings were made with other topics than those that are asked about here. */
static void
put_older(struct answer *a)
{
    json_key(&a->json, "older_topics");
    json_open_array(&a->json);
    for (size_t i = 0; i < a->body->doc_count; i++)
        if (a->body->docs[i].version->older_topics &&
            may_see(&a->ask->reader, a->body->docs[i].version))
            json_str(&a->json, a->body->docs[i].version->doc);
    json_end(&a->json);
}

int
answer_coverage(struct answer *a)
{
    struct view *view;
    if (make_view(a, &view) < 0)
        return -1;
    const struct coverage *coverage = view->coverage;
    json_open_object(&a->json);
    put_topics(a, view, coverage);
    json_key(&a->json, "counts");
    json_open_object(&a->json);
    for (int i = 0; i < COVERAGE_VERDICTS; i++)
        put_i64(&a->json, coverage_verdict_word((enum coverage_verdict)i),
                (int64_t)coverage->counts[i]);
    json_end(&a->json);
    put_chapters(a, view, coverage);
    put_links(a, view, coverage);
    put_older(a);
    json_end(&a->json);
    return 0;
}
