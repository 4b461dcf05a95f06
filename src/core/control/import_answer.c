/*
 * import_answer: the JSON of GET policy/import… (docs/design/contract.md). Runs in cored. What it
 * shows is foreign text: it leaves as JSON text and nothing else.
 */
#include "base/text/utf8.h"
#include "core/control/answer.h"
#include "core/control/draft.h"
#include "core/control/import.h"
#include "core/control/import_row.h"
#include "core/store/id.h"

#include <string.h>

enum { ARENA_BYTES = 512 << 20 };

struct telling {
    struct control *control;
    struct arena *arena;
    struct import_row row;
    struct json json;
    struct err *err;
};

static void
put_id(struct json *j, int64_t id)
{
    char text[ID_CHARS + 1];
    id_format((uint64_t)id, text);
    put_str(j, "id", str_of(text));
}

/* The I-th draft (or, once confirmed, version) of the import; NULL past the last. */
static const struct control_version *
version_at(const struct telling *t, size_t at)
{
    for (size_t i = 0; i < t->control->loaded.version_count; i++)
        if (t->control->loaded.versions[i].import == t->row.id && at-- == 0)
            return &t->control->loaded.versions[i];
    return NULL;
}

static void
put_body(struct telling *t)
{
    struct json *j = &t->json;
    const struct control_version *first = version_at(t, 0);
    struct str id = first != NULL ? first->body : t->row.body;
    const struct control_body *body = body_find(t->control, id);
    json_key(j, "body");
    json_open_object(j);
    put_str(j, "id", id);
    put_str(j, "name", body == NULL ? STR("") : body->name);
    json_key(j, "new");
    json_bool(j, body == NULL);
    json_end(j);
}

/* The name of a body nobody knew yet: as its documents call it. */
static void
put_new_body(struct telling *t, const struct clause_set *set)
{
    struct json *j = &t->json;
    struct str name = STR("");
    for (size_t i = 0; i < set->doc_count && name.n == 0; i++)
        name = set->docs[i].body_name;
    json_key(j, "body");
    json_open_object(j);
    put_str(j, "id", t->row.body);
    put_str(j, "name", name);
    json_key(j, "new");
    json_bool(j, true);
    json_end(j);
}

static void
put_document(struct telling *t, const struct clause_doc *doc, const struct control_version *v)
{
    struct json *j = &t->json;
    const struct control_version *base = version_find(t->control, v->base);
    json_open_object(j);
    put_str(j, "doc", v->doc);
    put_str(j, "title", doc->title);
    put_str(j, "version", v->version);
    put_str(j, "dated", doc->dated);
    put_str(j, "visibility", v->visibility);
    put_i64(j, "chapters", (int64_t)doc->chapters);
    put_i64(j, "nodes", (int64_t)doc->nodes);
    put_i64(j, "leaves", (int64_t)doc->leaves);
    if (base != NULL)
        put_str(j, "replaces", base->version);
    json_end(j);
}

struct tally {
    size_t clauses, confidence[BOUND_COUNT], none;
};

static int
count_version(struct telling *t, struct clause_set *set, size_t doc,
              const struct control_version *v, struct tally *tally)
{
    struct bound_list list;
    if (load_bound(t->control, v->id, set, doc, t->arena, &list, t->err) < 0)
        return -1;
    for (size_t i = 0; i < list.count; i++)
        if (list.rows[i].counts)
            tally->confidence[list.rows[i].confidence]++;
    tally->clauses += set->docs[doc].count;
    return 0;
}

/* Documents, and what was bound in them. */
static int
put_documents(struct telling *t, struct clause_set *set, struct tally *tally)
{
    json_key(&t->json, "documents");
    json_open_array(&t->json);
    const struct control_version *v;
    for (size_t i = 0; (v = version_at(t, i)) != NULL; i++) {
        if (load_text(t->control, v->id, set, t->err) < 0)
            return -1;
        put_document(t, &set->docs[set->doc_count - 1], v);
        if (count_version(t, set, set->doc_count - 1, v, tally) < 0)
            return -1;
    }
    json_end(&t->json);
    return 0;
}

/* Candidates with the titles of today's catalogue. */
static void
put_candidates(struct telling *t, struct str json)
{
    struct json *j = &t->json;
    json_t *list = json_loadb(json.p, json.n, 0, NULL), *row;
    size_t i;
    json_key(j, "candidates");
    json_open_array(j);
    json_array_foreach(list, i, row)
    {
        const char *id = json_string_value(json_object_get(row, "topic"));
        const char *key = json_string_value(json_object_get(row, "part"));
        const struct topic *topic = topic_get(t->control->catalogue, str_of(id == NULL ? "" : id));
        const struct topic_part *part = NULL;
        for (size_t k = 0; topic != NULL && key != NULL && k < topic->part_count; k++)
            if (str_equal_z(topic->parts[k].key, key))
                part = &topic->parts[k];
        if (topic == NULL)
            continue;
        json_open_object(j);
        put_str(j, "topic", topic->id);
        put_str(j, "part", part == NULL ? STR("") : part->key);
        put_title(j, part == NULL ? &topic->title : &part->title);
        put_i64(j, "score", json_integer_value(json_object_get(row, "score")));
        json_end(j);
    }
    json_end(j);
    json_decref(list);
}

static void
put_at(struct json *j, int64_t from, int64_t to)
{
    json_key(j, "at");
    json_open_array(j);
    json_i64(j, from);
    json_i64(j, to);
    json_end(j);
}

static void
put_question(struct telling *t, const struct question_row *q)
{
    struct json *j = &t->json;
    json_open_object(j);
    put_str(j, "id", q->id);
    put_str(j, "kind", q->kind);
    put_str(j, "severity", q->severity);
    put_str(j, "doc", q->doc);
    put_str(j, "key", q->key);
    put_str(j, "label", q->label);
    put_str(j, "title", q->title);
    put_str(j, "text", q->text);
    put_str(j, "code", q->code);
    put_i64(j, "sentence", q->sentence);
    put_at(j, q->from, q->to);
    if (str_equal_z(q->kind, "profile")) {
        json_key(j, "profile");
        json_raw(j, q->candidates); /* made by us of words of ours */
    }
    put_candidates(t, str_equal_z(q->kind, "profile") ? STR("[]") : q->candidates);
    if (q->choice.n > 0) {
        json_key(j, "chosen");
        json_raw(j, q->choice); /* dumped by us from what settle had checked */
    }
    json_end(j);
}

static int
put_questions(struct telling *t, struct tally *tally, size_t *ret_open)
{
    struct question_row *list;
    size_t count;
    *ret_open = 0;
    if (question_all(t->control, t->arena, t->row.id, &list, &count, t->err) < 0)
        return -1;
    json_key(&t->json, "questions");
    json_open_array(&t->json);
    for (size_t i = 0; i < count; i++) {
        put_question(t, &list[i]);
        *ret_open += list[i].choice.n == 0;
        tally->none += str_equal_z(list[i].code, "none");
    }
    json_end(&t->json);
    return 0;
}

static void
put_counts(struct json *j, const struct tally *tally, size_t open)
{
    json_key(j, "counts");
    json_open_object(j);
    put_i64(j, "clauses", (int64_t)tally->clauses);
    put_i64(j, "sure", (int64_t)(tally->confidence[BOUND_SURE] + tally->confidence[BOUND_HAND]));
    put_i64(j, "likely", (int64_t)tally->confidence[BOUND_LIKELY]);
    put_i64(j, "ask", (int64_t)tally->confidence[BOUND_ASK]);
    put_i64(j, "none", (int64_t)tally->none);
    put_i64(j, "questions", (int64_t)open);
    json_end(j);
}

static void
put_error(struct telling *t)
{
    if (t->row.error_code.n == 0)
        return;
    json_key(&t->json, "error");
    json_open_object(&t->json);
    put_str(&t->json, "code", t->row.error_code);
    put_str(&t->json, "detail", t->row.error_detail);
    json_end(&t->json);
}

static int
tell(struct telling *t)
{
    struct json *j = &t->json;
    struct clause_set set;
    struct tally tally = {0};
    size_t open;
    clause_set_init(&set, t->arena);
    json_open_object(j);
    put_id(j, t->row.id);
    put_str(j, "state", t->row.state);
    put_error(t);
    put_str(j, "name", t->row.name);
    put_str(j, "sha256", t->row.sha256);
    put_str(j, "digest", str_of(t->row.digest));
    put_i64(j, "at", t->row.made_at);
    if (put_documents(t, &set, &tally) < 0 || put_questions(t, &tally, &open) < 0)
        return -1;
    const struct control_version *first = version_at(t, 0);
    if (body_find(t->control, first == NULL ? t->row.body : first->body) == NULL)
        put_new_body(t, &set);
    else
        put_body(t);
    put_counts(j, &tally, open);
    json_end(j);
    return 0;
}

/* ---- clauses ---- */

static void
put_bindings(struct telling *t, const struct control_bound *rows, size_t count, size_t clause)
{
    struct json *j = &t->json;
    json_key(j, "bindings");
    json_open_array(j);
    for (size_t i = 0; i < count; i++) {
        const struct control_bound *b = &rows[i];
        if (b->clause != clause || b->topic == NULL)
            continue;
        json_open_object(j);
        put_str(j, "topic", b->topic->id);
        put_str(j, "part", b->part == NULL ? STR("") : b->part->key);
        put_title(j, b->part == NULL ? &b->topic->title : &b->part->title);
        put_i64(j, "sentence", b->sentence);
        put_str(j, "confidence", str_of(control_bound_word(b->confidence)));
        json_key(j, "confirmed");
        json_bool(j, b->confirmed);
        json_key(j, "heading");
        json_bool(j, !b->counts);
        json_end(j);
    }
    json_end(j);
}

/* The finding belongs to CLAUSE; one of no clause, to the clause its place lies in. */
static bool
is_at(const struct clause_set *set, const struct clause_finding *f, size_t clause)
{
    const struct policy_range *at = &set->clauses[clause].at;
    if (f->clause != CLAUSE_NONE)
        return f->clause == clause;
    return f->at.from >= at->from && f->at.from < at->to;
}

static void
put_findings(struct telling *t, const struct clause_set *set, size_t clause)
{
    struct json *j = &t->json;
    json_key(j, "findings");
    json_open_array(j);
    for (size_t i = 0; i < set->finding_count; i++) {
        if (!is_at(set, &set->findings[i], clause))
            continue;
        json_open_object(j);
        put_str(j, "code", set->findings[i].code);
        put_str(j, "severity", set->findings[i].severity);
        put_str(j, "text", set->findings[i].text);
        json_end(j);
    }
    json_end(j);
}

static int
tell_version(struct telling *t, const struct control_version *v)
{
    struct clause_set set;
    struct bound_list list;
    struct control_policy *policy; /* sorts the rows */
    clause_set_init(&set, t->arena);
    if (load_text(t->control, v->id, &set, t->err) < 0 ||
        load_bound(t->control, v->id, &set, 0, t->arena, &list, t->err) < 0 ||
        control_policy_make(t->arena, t->control->catalogue, &set, list.rows, list.count, &policy,
                            t->err) < 0)
        return -1;
    struct json *j = &t->json;
    for (size_t i = 0; i < set.clause_count; i++) {
        const struct clause *c = &set.clauses[i];
        size_t first = policy->first_bound[i];
        json_open_object(j);
        put_str(j, "doc", v->doc);
        put_str(j, "key", c->key);
        put_str(j, "label", c->label);
        put_i64(j, "depth", c->depth);
        put_str(j, "kind", str_of(policy_kind_word(c->kind)));
        put_str(j, "title", c->title);
        put_str(j, "text", c->text);
        put_at(j, (int64_t)c->at.from, (int64_t)c->at.to);
        put_bindings(t, policy->bound + first, policy->first_bound[i + 1] - first, i);
        put_findings(t, &set, i);
        json_end(j);
    }
    return 0;
}

static int
tell_clauses(struct telling *t)
{
    const struct control_version *v;
    json_open_object(&t->json);
    json_key(&t->json, "clauses");
    json_open_array(&t->json);
    for (size_t i = 0; (v = version_at(t, i)) != NULL; i++)
        if (tell_version(t, v) < 0)
            return -1;
    json_end(&t->json);
    json_end(&t->json);
    return 0;
}

/* ---- what it would change ---- */

static int
tell_diff(struct telling *t, struct str doc)
{
    const struct control_version *v = NULL, *base;
    for (size_t i = 0; (v = version_at(t, i)) != NULL && !str_equal(v->doc, doc); i++)
        continue;
    base = v == NULL ? NULL : version_find(t->control, v->base);
    if (base == NULL)
        return 1;
    const struct control_version *const ends[2] = {base, v};
    return put_compared(t->control, t->arena, &t->json, ends, t->err);
}

/* ---- entrances ---- */

struct question {
    struct control *control;
    int64_t id;
    struct str doc;
    int (*tell)(struct telling *t);
    struct buf *out;
};

static int
answer(struct store *store, void *arg, struct err *err)
{
    (void)store;
    struct question *q = arg;
    struct telling t = {.control = q->control, .arena = arena_new(ARENA_BYTES), .err = err};
    json_init(&t.json, q->out);
    int rc = import_row_get(q->control, t.arena, q->id, &t.row, err);
    if (rc == 0 && str_equal_z(t.row.state, "discarded"))
        rc = 1;
    if (rc == 0)
        rc = q->tell != NULL ? q->tell(&t) : tell_diff(&t, q->doc);
    if (rc == 0)
        rc = buf_done(q->out, err);
    arena_free(t.arena);
    return rc;
}

static int
ask(struct question q, struct err *err)
{
    return store_read(q.control->store, answer, &q, err);
}

int
import_answer(struct control *control, int64_t id, struct buf *out, struct err *err)
{
    return ask((struct question){control, id, {0}, tell, out}, err);
}

int
import_clauses(struct control *control, int64_t id, struct buf *out, struct err *err)
{
    return ask((struct question){control, id, {0}, tell_clauses, out}, err);
}

int
import_diff(struct control *control, int64_t id, struct str doc, struct buf *out, struct err *err)
{
    return ask((struct question){control, id, doc, NULL, out}, err);
}

static int
list(struct telling *t, const struct import_row *rows, size_t count)
{
    struct json *j = &t->json;
    json_open_object(j);
    json_key(j, "imports");
    json_open_array(j);
    for (size_t i = 0; i < count; i++) {
        struct question_row *questions;
        size_t n, open = 0;
        t->row = rows[i];
        if (question_all(t->control, t->arena, rows[i].id, &questions, &n, t->err) < 0)
            return -1;
        for (size_t k = 0; k < n; k++)
            open += questions[k].choice.n == 0;
        json_open_object(j);
        put_id(j, rows[i].id);
        put_str(j, "state", rows[i].state);
        put_str(j, "name", rows[i].name);
        put_body(t);
        put_i64(j, "at", rows[i].made_at);
        put_i64(j, "questions", (int64_t)open);
        json_end(j);
    }
    json_end(j);
    json_end(j);
    return 0;
}

int
import_list(struct control *control, struct buf *out, struct err *err)
{
    struct telling t = {.control = control, .arena = arena_new(ARENA_BYTES), .err = err};
    struct import_row *rows;
    size_t count;
    json_init(&t.json, out);
    int rc = import_row_open(control, t.arena, &rows, &count, err);
    if (rc == 0)
        rc = list(&t, rows, count);
    if (rc == 0)
        rc = buf_done(out, err);
    arena_free(t.arena);
    return rc;
}
