/*
 * answer: the JSON of GET policy… (docs/design/contract.md). Runs in cored. States are judged anew
 * for every answer, on one snapshot of the database; what a reader may not see is not there.
 */
#include "core/control/answer.h"

#include "core/control/profile.h"

struct counts {
    uint64_t of[STATE_COUNT];
};

void
put_str(struct json *j, const char *key, struct str s)
{
    json_key(j, key);
    json_str(j, s.p == NULL ? STR("") : s);
}

void
put_i64(struct json *j, const char *key, int64_t n)
{
    json_key(j, key);
    json_i64(j, n);
}

void
put_title(struct json *j, const struct bilingual *title)
{
    json_key(j, "title");
    json_open_object(j);
    put_str(j, "ja", title->ja);
    put_str(j, "en", title->en);
    json_end(j);
}

void
put_state(struct json *j, enum control_state state)
{
    json_key(j, "state");
    if (state == STATE_NONE)
        json_put_null(j);
    else
        json_z(j, control_state_word(state));
}

void
put_kinds(struct json *j, unsigned kinds)
{
    json_key(j, "kind");
    json_open_array(j);
    for (int i = 0; i < KIND_COUNT; i++)
        if ((kinds >> i & 1) != 0)
            json_z(j, topic_kind_word((enum topic_kind)i));
    json_end(j);
}

void
put_roles(struct json *j, const char *key, unsigned roles)
{
    json_key(j, key);
    json_open_array(j);
    for (unsigned i = 0; i < ROLE_COUNT; i++)
        if ((roles >> i & 1) != 0)
            json_z(j, policy_role_word(i));
    json_end(j);
}

void
put_answers(struct json *j, const struct catalogue *catalogue, const struct topic_part *part)
{
    json_key(j, "answers");
    json_open_array(j);
    for (size_t i = 0; part != NULL && part->by != BY_NONE && i < part->answer_count; i++) {
        const struct control_def *def = control_def_get(catalogue, part->answers[i]);
        json_open_object(j);
        put_str(j, "id", part->answers[i]);
        if (def != NULL)
            put_title(j, &def->title);
        json_end(j);
    }
    json_end(j);
}

void
put_place(struct json *j, const struct clause_set *set, size_t index)
{
    const struct clause *c = &set->clauses[index];
    json_open_object(j);
    put_str(j, "doc", set->docs[c->doc].word);
    put_str(j, "label", c->label);
    put_str(j, "key", c->key);
    json_end(j);
}

bool
may_see(const struct control_reader *reader, const struct control_version *version)
{
    if (str_equal_z(version->visibility, "public"))
        return true;
    return str_equal_z(version->visibility, "staff") ? reader->staff || reader->officer
                                                     : reader->officer;
}

size_t
chapter_of(const struct clause_set *set, size_t clause)
{
    while (set->clauses[clause].parent != CLAUSE_NONE)
        clause = set->clauses[clause].parent;
    return clause;
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
    const struct clause *clauses = a->body->set.clauses;
    size_t end = doc->first + doc->count;
    json_key(&a->json, "chapters");
    json_open_array(&a->json);
    for (size_t i = doc->first, next; i < end; i = next) {
        for (next = i + 1; next < end && clauses[next].parent != CLAUSE_NONE; next++)
            continue;
        struct counts counts = count_states(a, i, next);
        json_open_object(&a->json);
        put_str(&a->json, "key", clauses[i].key);
        put_str(&a->json, "label", clauses[i].label);
        put_str(&a->json, "title", clauses[i].title);
        put_state(&a->json, a->judged[i].state);
        put_counts(&a->json, &counts);
        json_end(&a->json);
    }
    json_end(&a->json);
}

static void
put_versions(struct answer *a, struct str body, struct str doc)
{
    const struct control_loaded *l = &a->control->loaded;
    json_key(&a->json, "versions");
    json_open_array(&a->json);
    for (size_t i = l->version_count; i-- > 0;) { /* the newest first */
        const struct control_version *v = &l->versions[i];
        if (!str_equal(v->body, body) || !str_equal(v->doc, doc) ||
            str_equal_z(v->state, "draft") || !may_see(&a->ask->reader, v))
            continue;
        json_open_object(&a->json);
        put_str(&a->json, "version", v->version);
        put_str(&a->json, "state", v->state);
        put_i64(&a->json, "effective", v->effective_us);
        json_end(&a->json);
    }
    json_end(&a->json);
}

/* Where the document comes from when it is another body's. */
static void
put_link(struct answer *a, const struct control_version *version)
{
    if (str_equal(version->body, a->body->id))
        return;
    json_key(&a->json, "link");
    json_open_object(&a->json);
    put_str(&a->json, "body", version->body);
    put_str(&a->json, "doc", version->doc);
    json_end(&a->json);
}

static void
put_doc(struct answer *a, const struct control_doc *doc)
{
    const struct control_version *v = doc->version;
    struct counts counts = count_states(a, doc->first, doc->first + doc->count);
    json_open_object(&a->json);
    put_str(&a->json, "doc", v->doc);
    put_str(&a->json, "title", v->title);
    put_str(&a->json, "body", a->body->name);
    put_str(&a->json, "version", v->version);
    put_str(&a->json, "visibility", v->visibility);
    json_key(&a->json, "older_topics");
    json_bool(&a->json, v->older_topics);
    put_counts(&a->json, &counts);
    put_chapters(a, doc);
    put_versions(a, v->body, v->doc);
    put_link(a, v);
    json_end(&a->json);
}

/* A document of which only the name is known. */
static void
put_outside(struct answer *a, const struct control_link *link)
{
    struct counts none = {0};
    json_open_object(&a->json);
    put_str(&a->json, "doc", link->doc);
    put_str(&a->json, "title", STR(""));
    put_str(&a->json, "body", a->body->name);
    put_str(&a->json, "version", STR(""));
    put_str(&a->json, "visibility", STR("public"));
    put_counts(&a->json, &none);
    json_key(&a->json, "chapters");
    json_open_array(&a->json);
    json_end(&a->json);
    json_key(&a->json, "versions");
    json_open_array(&a->json);
    json_end(&a->json);
    put_str(&a->json, "link", STR("external"));
    json_end(&a->json);
}

static void
put_body(struct json *j, const struct control_body *body)
{
    json_open_object(j);
    put_str(j, "id", body->id);
    put_str(j, "name", body->name);
    json_end(j);
}

static int
answer_index(struct answer *a)
{
    struct json *j = &a->json;
    json_open_object(j);
    json_key(j, "documents");
    json_open_array(j);
    for (size_t i = 0; a->body != NULL && i < a->body->doc_count; i++)
        if (may_see(&a->ask->reader, a->body->docs[i].version))
            put_doc(a, &a->body->docs[i]);
    for (size_t i = 0; a->body != NULL && i < a->body->link_count; i++)
        if (a->body->links[i].to.n == 0)
            put_outside(a, &a->body->links[i]);
    json_end(j);
    json_key(j, "body");
    if (a->body == NULL)
        json_put_null(j);
    else
        put_body(j, a->body);
    json_key(j, "bodies");
    json_open_array(j);
    for (size_t i = 0; i < a->control->loaded.body_count; i++)
        put_body(j, &a->control->loaded.bodies[i]);
    json_end(j);
    json_key(j, "may");
    json_open_object(j);
    json_key(j, "import");
    json_bool(j, a->ask->reader.import);
    json_end(j);
    int rc = put_profile(a);
    json_end(j);
    return rc;
}

static uint64_t
count_controls(const struct answer *a, size_t clause)
{
    uint64_t n = 0;
    for (size_t i = 0; i < a->control->catalogue->control_count; i++)
        n += control_serves_clause(a->body->policy, &a->control->catalogue->controls[i], clause);
    return n;
}

/* Clause INDEX of SET; LIVE: of the version in force, with its state. */
static void
put_clause(struct answer *a, const struct clause_set *set, size_t index, bool live)
{
    const struct clause *c = &set->clauses[index];
    struct json *j = &a->json;
    json_open_object(j);
    put_str(j, "key", c->key);
    put_str(j, "label", c->label);
    put_i64(j, "depth", c->depth);
    put_str(j, "kind", str_of(policy_kind_word(c->kind)));
    put_str(j, "title", c->title);
    put_str(j, "text", c->text);
    put_state(j, live ? a->judged[index].state : STATE_NONE);
    if (live && a->judged[index].exception_until_us != 0)
        put_i64(j, "exception_until", a->judged[index].exception_until_us);
    json_key(j, "controls");
    json_u64(j, live ? count_controls(a, index) : 0);
    put_roles(j, "role", c->roles);
    put_str(j, "chapter", set->clauses[chapter_of(set, index)].key);
    json_end(j);
}

static void
put_doc_head(struct answer *a, const struct control_version *v)
{
    put_str(&a->json, "doc", v->doc);
    put_str(&a->json, "title", v->title);
    put_str(&a->json, "version", v->version);
    put_str(&a->json, "state", v->state);
    json_key(&a->json, "clauses");
    json_open_array(&a->json);
}

static int
answer_doc(struct answer *a, const struct control_doc *doc)
{
    json_open_object(&a->json);
    put_doc_head(a, doc->version);
    for (size_t i = doc->first; i < doc->first + doc->count; i++)
        put_clause(a, &a->body->set, i, true);
    json_end(&a->json);
    json_end(&a->json);
    return 0;
}

/* Another version than the one in force: its words, without states. */
static int
answer_version(struct answer *a, struct str doc)
{
    struct clause_set set;
    const struct control_version *v = version_named(a->control, a->body->id, doc, a->ask->version);
    if (v == NULL || str_equal_z(v->state, "draft") || !may_see(&a->ask->reader, v))
        return 1;
    clause_set_init(&set, a->arena);
    if (load_text(a->control, v->id, &set, a->err) < 0)
        return -1;
    json_open_object(&a->json);
    put_doc_head(a, v);
    for (size_t i = 0; i < set.clause_count; i++)
        put_clause(a, &set, i, false);
    json_end(&a->json);
    json_end(&a->json);
    return 0;
}

static int
route_doc(struct answer *a, struct str word)
{
    const struct control_doc *doc = doc_find(a->body, word);
    bool live = a->ask->version.n == 0 ||
                (doc != NULL && str_equal(doc->version->version, a->ask->version));
    if (!live)
        return answer_version(a, word);
    if (doc == NULL || !may_see(&a->ask->reader, doc->version))
        return 1;
    return answer_doc(a, doc);
}

static int
route_clause(struct answer *a, struct str word, struct str name)
{
    const struct control_doc *doc = doc_find(a->body, word);
    if (doc == NULL || !may_see(&a->ask->reader, doc->version))
        return 1;
    size_t clause = control_clause_find(a->body->policy, word, name);
    return clause == SIZE_MAX ? 1 : answer_clause(a, clause);
}

/* Which answer the path asks for. */
static int
route(struct answer *a, struct str path)
{
    struct str rest = path, part[5];
    size_t n = 0;
    while (n < 5 && str_split_next(&rest, '/', &part[n]))
        n++;
    if (n == 1 && rest.p == NULL && str_equal_z(part[0], "coverage"))
        return a->body == NULL ? 1 : answer_coverage(a);
    if (n == 0 || rest.p != NULL || !str_equal_z(part[0], "policy"))
        return 1;
    if (n == 1)
        return a->body == NULL && a->ask->body.n > 0 ? 1 : answer_index(a);
    if (a->body == NULL)
        return 1;
    if (str_equal_z(part[1], "standard"))
        part[1] = STR("std"); /* both words are used for 対策基準 */
    if (n == 2 && str_equal_z(part[1], "profile"))
        return answer_profile(a);
    if (n == 2)
        return route_doc(a, part[1]);
    if (n == 3 && str_equal_z(part[2], "diff"))
        return answer_diff(a, part[1]);
    if (n != 4 || !str_equal_z(part[2], "clause"))
        return 1;
    return route_clause(a, part[1], part[3]);
}

struct question {
    struct control *control;
    const struct control_ask *ask;
    struct buf *out;
};

static int
judge(struct answer *a)
{
    if (a->body == NULL)
        return 0;
    a->judged = arena_array(a->arena, a->body->set.clause_count + 1, sizeof *a->judged);
    if (a->judged == NULL)
        return arena_check(a->arena, a->err);
    if (control_facts_read(a->control, a->arena, a->body, a->ask->now_us, &a->facts, a->err) < 0)
        return -1;
    control_judge(a->body->policy, &a->facts, a->judged);
    return 0;
}

static int
answer(struct store *store, void *arg, struct err *err)
{
    (void)store;
    struct question *q = arg;
    struct answer a = {.control = q->control,
                       .arena = arena_new(512 << 20),
                       .ask = q->ask,
                       .body = body_find(q->control, q->ask->body),
                       .err = err};
    json_init(&a.json, q->out);
    int rc = judge(&a);
    if (rc == 0)
        rc = route(&a, q->ask->path);
    if (rc == 0)
        rc = buf_done(q->out, err);
    arena_free(a.arena);
    return rc;
}

int
control_answer(struct control *control, const struct control_ask *ask, struct buf *out,
               struct err *err)
{
    struct question q = {control, ask, out};
    return store_read(control->store, answer, &q, err);
}
