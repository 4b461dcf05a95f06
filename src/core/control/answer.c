/*
 * answer: the JSON of GET policy… (docs/design/contract.md). Runs in cored. States are judged anew
 * for every answer, on one snapshot of the database.
 */
#include "base/text/json.h"
#include "core/control/private.h"

struct answer {
    struct control *control;
    struct arena *arena;
    struct control_facts facts;
    struct control_judgement *judged;
    struct json json;
    struct err *err;
};

struct counts {
    uint64_t of[STATE_COUNT];
};

static void
put_str(struct json *j, const char *key, struct str s)
{
    json_key(j, key);
    json_str(j, s.p == NULL ? STR("") : s);
}

static void
put_i64(struct json *j, const char *key, int64_t n)
{
    json_key(j, key);
    json_i64(j, n);
}

static void
put_title(struct json *j, const struct bilingual *title)
{
    json_key(j, "title");
    json_open_object(j);
    put_str(j, "ja", title->ja);
    put_str(j, "en", title->en);
    json_end(j);
}

static void
put_state(struct json *j, enum control_state state)
{
    json_key(j, "state");
    if (state == STATE_NONE)
        json_put_null(j);
    else
        json_z(j, control_state_word(state));
}

static void
put_counts(struct json *j, const struct counts *counts)
{
    json_key(j, "counts");
    json_open_object(j);
    for (int s = STATE_ENFORCED; s < STATE_COUNT; s++) {
        json_key(j, control_state_word((enum control_state)s));
        json_u64(j, counts->of[s]);
    }
    json_end(j);
}

/* Each clause with a state of its own counts once; its parents only show it. */
static struct counts
count_states(const struct answer *a, size_t from, size_t to)
{
    struct counts counts = {0};
    for (size_t i = from; i < to; i++)
        counts.of[a->judged[i].own]++;
    return counts;
}

static void
put_chapters(struct answer *a, const struct control_doc *doc)
{
    const struct control_policy *p = a->control->loaded.policy;
    size_t end = doc->first + doc->count;
    json_key(&a->json, "chapters");
    json_open_array(&a->json);
    for (size_t i = doc->first, next; i < end; i = next) {
        for (next = i + 1; next < end && p->clauses[next].parent != CONTROL_NO_PARENT; next++)
            continue;
        struct counts counts = count_states(a, i, next);
        json_open_object(&a->json);
        put_str(&a->json, "key", p->clauses[i].key);
        put_str(&a->json, "label", p->clauses[i].label);
        put_str(&a->json, "title", p->clauses[i].title);
        put_state(&a->json, a->judged[i].state);
        put_counts(&a->json, &counts);
        json_end(&a->json);
    }
    json_end(&a->json);
}

static int
answer_index(struct answer *a)
{
    const struct control_loaded *l = &a->control->loaded;
    json_open_object(&a->json);
    json_key(&a->json, "documents");
    json_open_array(&a->json);
    for (size_t i = 0; i < l->doc_count; i++) {
        const struct control_doc *doc = &l->docs[i];
        struct counts counts = count_states(a, doc->first, doc->first + doc->count);
        json_open_object(&a->json);
        put_str(&a->json, "doc", doc->doc);
        put_str(&a->json, "title", doc->title);
        put_str(&a->json, "body", doc->body);
        put_str(&a->json, "version", doc->version);
        put_str(&a->json, "visibility", doc->visibility);
        put_counts(&a->json, &counts);
        put_chapters(a, doc);
        json_end(&a->json);
    }
    json_end(&a->json);
    json_end(&a->json);
    return 0;
}

static bool
serves(const struct control_policy *p, const struct control_def *def, size_t clause)
{
    for (size_t i = p->first_bound[clause]; i < p->first_bound[clause + 1]; i++)
        if (control_serves(def, p->bound[i].binding->topic, p->bound[i].binding->part))
            return true;
    return false;
}

static uint64_t
count_controls(const struct answer *a, size_t clause)
{
    uint64_t n = 0;
    for (size_t i = 0; i < a->control->catalogue->control_count; i++)
        n += serves(a->control->loaded.policy, &a->control->catalogue->controls[i], clause);
    return n;
}

static int
answer_doc(struct answer *a, const struct control_doc *doc)
{
    const struct control_policy *p = a->control->loaded.policy;
    struct json *j = &a->json;
    json_open_object(j);
    put_str(j, "doc", doc->doc);
    put_str(j, "title", doc->title);
    json_key(j, "clauses");
    json_open_array(j);
    for (size_t i = doc->first; i < doc->first + doc->count; i++) {
        const struct control_clause *c = &p->clauses[i];
        json_open_object(j);
        put_str(j, "key", c->key);
        put_str(j, "label", c->label);
        put_i64(j, "depth", c->depth);
        put_str(j, "kind", c->kind);
        put_str(j, "title", c->title);
        put_str(j, "text", c->text);
        put_state(j, a->judged[i].state);
        if (a->judged[i].exception_until_us != 0)
            put_i64(j, "exception_until", a->judged[i].exception_until_us);
        json_key(j, "controls");
        json_u64(j, count_controls(a, i));
        json_end(j);
    }
    json_end(j);
    json_end(j);
    return 0;
}

/* The key of the one live sentence: by what the control last said, and whether that still holds. */
static const char *
live_key(const struct control_result *r, enum control_state state)
{
    if (r == NULL)
        return "control.live.never";
    if (state == STATE_OPEN_GAP)
        return r->verdict == VERDICT_FAIL ? "control.live.failed" : "control.live.unapproved";
    if (state == STATE_NOT_VERIFIED)
        return r->verdict == VERDICT_UNKNOWN ? "control.live.unknown" : "control.live.silent";
    return r->count > 0 ? "control.live.pass_count" : "control.live.pass";
}

static void
put_control(struct answer *a, const struct control_def *def)
{
    struct json *j = &a->json;
    const struct control_result *r = control_result_of(&a->facts, def);
    enum control_state state = control_state_of(def, &a->facts);
    json_open_object(j);
    put_str(j, "id", def->id);
    put_title(j, &def->title);
    json_key(j, "kind");
    json_z(j, topic_kind_word(def->kind));
    put_state(j, state);
    json_key(j, "verdict");
    json_z(j, control_verdict_word(r == NULL ? VERDICT_UNKNOWN : r->verdict));
    put_i64(j, "at", r == NULL ? 0 : r->at_us);
    json_key(j, "live");
    json_open_object(j);
    json_key(j, "key");
    json_z(j, live_key(r, state));
    json_key(j, "args");
    json_open_object(j);
    put_i64(j, "at", r == NULL ? 0 : r->at_us);
    put_i64(j, "minutes", r == NULL ? 0 : (a->facts.now_us - r->at_us) / 60000000);
    put_i64(j, "count", r == NULL ? 0 : r->count);
    json_end(j);
    json_end(j);
    json_end(j);
}

static void
put_topics(struct answer *a, size_t clause)
{
    const struct control_policy *p = a->control->loaded.policy;
    struct json *j = &a->json;
    json_key(j, "topics");
    json_open_array(j);
    for (size_t i = p->first_bound[clause]; i < p->first_bound[clause + 1]; i++) {
        const struct binding *b = p->bound[i].binding;
        json_open_object(j);
        put_str(j, "id", b->topic->id);
        put_title(j, b->part == NULL ? &b->topic->title : &b->part->title);
        put_str(j, "part", b->part == NULL ? STR("") : b->part->key);
        json_key(j, "confirmed");
        json_bool(j, b->confirmed);
        json_end(j);
    }
    json_end(j);
}

static int
put_evidence(struct answer *a, size_t clause)
{
    struct evidence_row rows[CONTROL_EVIDENCE_SHOWN];
    size_t count;
    struct json *j = &a->json;
    if (control_evidence_read(a->control, a->arena, clause, rows, &count, a->err) < 0)
        return -1;
    json_key(j, "evidence");
    json_open_array(j);
    for (size_t i = 0; i < count; i++) {
        json_open_object(j);
        put_str(j, "log", rows[i].log);
        put_i64(j, "index", rows[i].index);
        put_i64(j, "at", rows[i].at);
        put_str(j, "kind", rows[i].kind);
        put_str(j, "record", rows[i].record);
        json_end(j);
    }
    json_end(j);
    return 0;
}

static int
answer_clause(struct answer *a, size_t clause)
{
    const struct control_clause *c = &a->control->loaded.policy->clauses[clause];
    struct json *j = &a->json;
    json_open_object(j);
    put_str(j, "doc", c->doc);
    put_str(j, "key", c->key);
    put_str(j, "label", c->label);
    put_str(j, "path", c->path);
    put_str(j, "kind", c->kind);
    put_str(j, "title", c->title);
    put_str(j, "text", c->text);
    put_state(j, a->judged[clause].state);
    put_i64(j, "since", a->judged[clause].since_us);
    put_i64(j, "exception_until", a->judged[clause].exception_until_us);
    ptrdiff_t blank = str_find(c->role, STR(" "), 0);
    put_str(j, "role", blank < 0 ? c->role : str_slice(c->role, 0, (size_t)blank));
    put_str(j, "roles", c->role);
    put_topics(a, clause);
    json_key(j, "controls");
    json_open_array(j);
    for (size_t i = 0; i < a->control->catalogue->control_count; i++)
        if (serves(a->control->loaded.policy, &a->control->catalogue->controls[i], clause))
            put_control(a, &a->control->catalogue->controls[i]);
    json_end(j);
    int rc = put_evidence(a, clause);
    json_end(j);
    return rc;
}

static const struct control_doc *
doc_find(const struct control *control, struct str word)
{
    for (size_t i = 0; i < control->loaded.doc_count; i++)
        if (str_equal(control->loaded.docs[i].doc, word))
            return &control->loaded.docs[i];
    return NULL;
}

/* Which answer PATH asks for. */
static int
route(struct answer *a, struct str path)
{
    struct str rest = path, part[5];
    size_t n = 0;
    while (n < 5 && str_split_next(&rest, '/', &part[n]))
        n++;
    if (n == 0 || rest.p != NULL || !str_equal_z(part[0], "policy"))
        return 1;
    if (n == 1)
        return answer_index(a);
    if (str_equal_z(part[1], "standard"))
        part[1] = STR("std"); /* both words are used for 対策基準 */
    const struct control_doc *doc = doc_find(a->control, part[1]);
    if (doc == NULL)
        return 1;
    if (n == 2)
        return answer_doc(a, doc);
    if (n != 4 || !str_equal_z(part[2], "clause"))
        return 1;
    size_t clause = control_clause_find(a->control->loaded.policy, part[1], part[3]);
    return clause == SIZE_MAX ? 1 : answer_clause(a, clause);
}

struct question {
    struct control *control;
    struct str path;
    int64_t now_us;
    struct buf *out;
};

static int
answer(struct store *store, void *arg, struct err *err)
{
    (void)store;
    struct question *q = arg;
    const struct control_policy *p = q->control->loaded.policy;
    struct answer a = {.control = q->control, .arena = arena_new(64 << 20), .err = err};
    json_init(&a.json, q->out);
    a.judged = arena_array(a.arena, p->clause_count + 1, sizeof *a.judged);
    int rc = a.judged == NULL ? arena_check(a.arena, err)
                              : control_facts_read(q->control, a.arena, q->now_us, &a.facts, err);
    if (rc == 0) {
        control_judge(p, &a.facts, a.judged);
        rc = route(&a, q->path);
    }
    if (rc == 0)
        rc = buf_done(q->out, err);
    arena_free(a.arena);
    return rc;
}

int
control_answer(struct control *control, struct str path, int64_t now_us, struct buf *out,
               struct err *err)
{
    struct question q = {control, path, now_us, out};
    return store_read(control->store, answer, &q, err);
}
