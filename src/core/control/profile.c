/*
 * profile: see profile.h. Runs in cored.
 *
 * Invariants: a profile is made from documents in force only, and what a person said counts for the
 * version it was said of and no other; a fact of a document the reader may not see is not told.
 */
#include "core/control/profile.h"

#include "base/crypt/encode.h"
#include "base/crypt/hash.h"
#include "core/control/view.h"
#include "core/store/id.h"
#include "core/store/outbox.h"

#include <stdio.h>
#include <string.h>

enum { FIX_OF, FIX_PUT, KEEP, KEPT };

static const struct store_statement sql[] = {
    [FIX_OF] = {"control.profile_fix_of",
                "SELECT fact, value FROM policy_profile_fix WHERE version = $1 ORDER BY fact"},
    [FIX_PUT] = {"control.profile_fix_put",
                 "INSERT INTO policy_profile_fix(version, fact, value, by_person, at)"
                 " VALUES ($1, $2, $3, $4, $5)"},
    [KEEP] = {"control.profile_keep", "INSERT INTO policy_profile(version, json, sha256, at)"
                                      " VALUES ($1, $2, $3, $4)"},
    [KEPT] = {"control.profile_kept", "SELECT sha256 FROM policy_profile WHERE version = $1"},
};

enum { PROFILE_BYTES = 4 << 20, VALUE_BYTES = 400 };

/* ---- making ---- */

/* What persons said of version ID goes into PROFILE. */
static int
take_fixes(struct control *control, int64_t id, struct body_profile *profile, struct err *err)
{
    struct db_query *q = db_query(control->store, &sql[FIX_OF]);
    int rc;
    db_bind_int(q, 1, id);
    while ((rc = db_step(q, err)) == 1) {
        struct body_profile_fix fix = {db_text(q, 0), db_text(q, 1)};
        (void)body_profile_fix(profile, &fix); /* of a fact this reader no longer finds: nothing */
    }
    db_end(q);
    return rc < 0 ? -1 : 0;
}

static int
make(struct control *control, struct arena *arena, const int64_t *versions, size_t count,
     struct body_profile **ret, struct err *err)
{
    struct view *view;
    if (view_make(control, arena, versions, count, &view, err) < 0 ||
        body_profile_make(arena, &view->set, view->coverage, view->confirmed, ret, err) < 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        if (take_fixes(control, versions[i], *ret, err) < 0)
            return -1;
    return 0;
}

int
control_profile_of(struct control *control, struct control_body *body, struct body_profile **ret,
                   struct err *err)
{
    int64_t versions[CONTROL_DOCS_MOST];
    for (size_t i = 0; i < body->doc_count; i++)
        versions[i] = body->docs[i].version->id;
    if (body->profile == NULL &&
        make(control, control->loaded.arena, versions, body->doc_count, &body->profile, err) < 0) {
        body->profile = NULL;
        return -1;
    }
    *ret = body->profile;
    return 0;
}

/* ---- telling ---- */

static bool
visible(const void *ctx, size_t doc)
{
    const struct answer *a = ctx;
    return doc < a->body->doc_count && may_see(&a->ask->reader, a->body->docs[doc].version);
}

/* The body whose documents this one follows, with their kinds. */
static void
put_followed(struct answer *a)
{
    struct json *j = &a->json;
    json_key(j, "links");
    json_open_array(j);
    for (size_t i = 0; i < a->body->doc_count; i++) {
        const struct control_version *v = a->body->docs[i].version;
        const struct control_body *owner = body_find(a->control, v->body);
        if (str_equal(v->body, a->body->id))
            continue;
        json_open_object(j);
        put_str(j, "doc", v->doc);
        put_str(j, "body", v->body);
        put_str(j, "name", owner == NULL ? v->body : owner->name);
        json_end(j);
    }
    json_end(j);
}

/* The digests under which it stands in the ledger: of each own document that was confirmed here. */
static int
put_kept(struct answer *a)
{
    json_key(&a->json, "confirmed");
    json_open_array(&a->json);
    for (size_t i = 0; i < a->body->doc_count; i++) {
        const struct control_version *v = a->body->docs[i].version;
        if (!may_see(&a->ask->reader, v))
            continue;
        struct db_query *q = db_query(a->control->store, &sql[KEPT]);
        db_bind_int(q, 1, v->id);
        int rc = db_step(q, a->err);
        if (rc > 0) {
            json_open_object(&a->json);
            put_str(&a->json, "doc", v->doc);
            put_str(&a->json, "version", v->version);
            put_str(&a->json, "sha256", db_text(q, 0));
            json_end(&a->json);
        }
        db_end(q);
        if (rc < 0)
            return -1;
    }
    json_end(&a->json);
    return 0;
}

static void
put_findings(struct answer *a)
{
    json_key(&a->json, "findings");
    json_open_array(&a->json);
    if (a->body == body_find(a->control, (struct str){0}))
        control_put_flow_findings(a->control, (struct str){0}, &a->json);
    json_end(&a->json);
}

static int
put_members(struct answer *a)
{
    struct body_profile *profile;
    if (control_profile_of(a->control, a->body, &profile, a->err) < 0)
        return -1;
    body_profile_put(&a->json, profile, visible, a);
    put_followed(a);
    put_findings(a);
    return put_kept(a);
}

int
put_profile(struct answer *a)
{
    json_key(&a->json, "profile");
    if (a->body == NULL || a->body->doc_count == 0) {
        json_put_null(&a->json);
        return 0;
    }
    json_open_object(&a->json);
    int rc = put_members(a);
    json_end(&a->json);
    return rc;
}

int
answer_profile(struct answer *a)
{
    if (a->body->doc_count == 0)
        return 1;
    json_open_object(&a->json);
    json_key(&a->json, "body");
    json_open_object(&a->json);
    put_str(&a->json, "id", a->body->id);
    put_str(&a->json, "name", a->body->name);
    json_end(&a->json);
    int rc = put_members(a);
    json_end(&a->json);
    return rc;
}

/* ---- asking ---- */

/* Is VALUE something a person can say of FACT? */
static bool
value_fits(struct str fact, struct str value)
{
    if (str_equal_z(fact, "staff"))
        return value.n < VALUE_BYTES && body_profile_staff_of(value) != 0;
    if (str_starts(fact, STR("rank.")))
        return value.n == 1 && value.p[0] >= '0' && value.p[0] <= '0' + BODY_PROFILE_RANK_MOST;
    return str_starts(fact, STR("limits.")) &&
           (str_equal_z(value, "above") || str_equal_z(value, "none"));
}

/* What CHOICE says of Q: the value chosen, or the one that was read; NULL: nothing. */
static const char *
value_of(const struct question_row *q, const json_t *choice, json_t **ret_read)
{
    *ret_read = json_loadb(q->candidates.p, q->candidates.n, 0, NULL);
    bool accept = json_is_true(json_object_get(choice, "accept"));
    return json_string_value(json_object_get(accept ? *ret_read : choice, "value"));
}

static struct str
fact_of(const struct question_row *q)
{
    return str_slice(q->id, strlen("profile."), q->id.n);
}

bool
profile_choice_fits(const struct question_row *q, const json_t *choice)
{
    json_t *read;
    const char *value = value_of(q, choice, &read);
    bool fits = value != NULL && value_fits(fact_of(q), str_of(value));
    json_decref(read);
    return fits;
}

static void
put_options(struct json *j, struct str fact)
{
    static const char *const ranks[] = {"0", "1", "2", "3", "4"};
    json_key(j, "options");
    json_open_array(j);
    if (str_equal_z(fact, "staff")) {
        for (unsigned i = 0; body_profile_staff_word(i) != NULL; i++)
            json_z(j, body_profile_staff_word(i));
    } else if (str_starts(fact, STR("rank."))) {
        for (size_t i = 0; i < sizeof ranks / sizeof *ranks; i++)
            json_z(j, ranks[i]);
    } else {
        json_z(j, "above");
        json_z(j, "none");
    }
    json_end(j);
}

/* {options, value}: VALUE as the text was read, perhaps empty. */
static struct str
choices_of(struct arena *arena, struct str fact, struct str value)
{
    struct buf out;
    struct json j;
    buf_init(&out, 4000);
    json_init(&j, &out);
    json_open_object(&j);
    put_options(&j, fact);
    put_str(&j, "value", value);
    json_end(&j);
    struct str copy = buf_done(&out, NULL) == 0 ? str_dup(arena, buf_str(&out)) : STR("{}");
    buf_free(&out);
    return copy;
}

/* What a person said of FACT in version BASE, as a choice; empty: nothing. */
static int
said_before(const struct profile_asking *k, int64_t base, struct str fact, struct str *ret,
            struct err *err)
{
    struct db_query *q = db_query(k->control->store, &sql[FIX_OF]);
    int rc;
    *ret = STR("");
    db_bind_int(q, 1, base);
    while ((rc = db_step(q, err)) == 1)
        if (str_equal(db_text(q, 0), fact)) /* one of our words: nothing to escape */
            *ret = str_of(arena_printf(k->arena, "{\"value\":\"%.*s\"}", STR_FMT(db_text(q, 1))));
    db_end(q);
    return rc < 0 ? -1 : 0;
}

struct profile_question {
    struct str fact, title, text, value;
    size_t clause, doc; /* clause CLAUSE_NONE: in front of document DOC */
};

static int
ask(const struct profile_asking *k, const struct profile_question *what, struct err *err)
{
    const struct clause_set *set = k->profile->set;
    const struct control_version *draft = NULL;
    struct str said = STR("");
    size_t doc = what->clause == CLAUSE_NONE ? what->doc : set->clauses[what->clause].doc;
    for (size_t i = 0; i < k->draft_count; i++)
        if (str_equal(k->drafts[i].doc, set->docs[doc].word))
            draft = &k->drafts[i];
    if (draft == NULL)
        return 0;
    struct question_row q = {
        .id = str_of(arena_printf(k->arena, "profile.%.*s", STR_FMT(what->fact))),
        .kind = STR("profile"),
        .severity = STR("ask"),
        .version = draft->id,
        .doc = draft->doc,
        .title = what->title,
        .text = what->text,
        .code = str_starts(what->fact, STR("rank."))     ? STR("rank")
                : str_starts(what->fact, STR("limits.")) ? STR("limits")
                                                         : STR("staff"),
        .candidates = choices_of(k->arena, what->fact, what->value),
    };
    if (what->clause != CLAUSE_NONE) {
        const struct clause *c = &set->clauses[what->clause];
        q.key = c->key;
        q.label = c->label;
        q.from = (int64_t)c->at.from;
        q.to = (int64_t)c->at.to;
    }
    if (question_put(k->control, k->import, (*k->seq)++, &q, err) < 0 ||
        (draft->base != 0 && said_before(k, draft->base, what->fact, &said, err) < 0))
        return -1;
    return said.n == 0 ? 0 : question_settle(k->control, k->import, q.id, said, 0, 0, err);
}

static int
ask_class(const struct profile_asking *k, const struct body_profile_class *c, const char *what,
          struct str value, struct err *err)
{
    struct profile_question q = {
        .fact = str_of(
            arena_printf(k->arena, "%s.%.*s.%.*s", what, STR_FMT(c->axis), STR_FMT(c->code))),
        .title = c->title,
        .text = c->title,
        .value = value,
        .clause = c->clause,
    };
    return ask(k, &q, err);
}

/* The words of the places that say who staff are, one below the other. */
static int
ask_staff(const struct profile_asking *k, struct err *err)
{
    const struct body_profile_staff *s = &k->profile->staff;
    struct buf text, words;
    buf_init(&text, 64 << 10);
    buf_init(&words, VALUE_BYTES);
    for (size_t i = 0; i < s->place_count; i++)
        buf_printf(&text, "%s%.*s", i == 0 ? "" : "\n", STR_FMT(s->places[i].term));
    for (unsigned i = 0; body_profile_staff_word(i) != NULL; i++)
        if ((s->counts >> i & 1) != 0)
            buf_printf(&words, "%s%s", words.n == 0 ? "" : " ", body_profile_staff_word(i));
    int rc = buf_done(&text, err) < 0 || buf_done(&words, err) < 0 ? -1 : 0;
    struct profile_question q = {
        .fact = STR("staff"),
        .title = s->short_name,
        .text = buf_str(&text),
        .value = buf_str(&words),
        .clause = s->place_count == 0 ? CLAUSE_NONE : s->places[0].clause,
        .doc = s->place_count == 0 ? 0 : s->places[0].doc,
    };
    if (rc == 0)
        rc = ask(k, &q, err);
    buf_free(&text);
    buf_free(&words);
    return rc;
}

/* Has the body a document in force that is not handed in now? It may say what this one does not. */
static bool
has_other_document(const struct profile_asking *k)
{
    const struct control_body *body = body_find(k->control, k->body);
    for (size_t i = 0; body != NULL && i < body->doc_count; i++) {
        bool among = false;
        for (size_t n = 0; n < k->draft_count; n++)
            among = among || str_equal(k->drafts[n].doc, body->docs[i].version->doc);
        if (!among)
            return true;
    }
    return false;
}

int
profile_questions(const struct profile_asking *k, struct err *err)
{
    const struct body_profile *p = k->profile;
    if (p->staff.unsure && (p->staff.place_count > 0 || !has_other_document(k)) &&
        ask_staff(k, err) < 0)
        return -1;
    for (size_t i = 0; i < p->class_count; i++) {
        const struct body_profile_class *c = &p->classes[i];
        char rank[2] = {(char)('0' + c->rank), 0};
        if (c->axis.n + c->code.n > 120) /* no class, but a paragraph in a table's first cell */
            continue;
        if (c->unsure_rank && ask_class(k, c, "rank", str_dup(k->arena, str_of(rank)), err) < 0)
            return -1;
        if (c->unsure_limits && ask_class(k, c, "limits", STR("none"), err) < 0)
            return -1;
    }
    return arena_check(k->arena, err);
}

/* ---- confirming ---- */

static int
keep_answers(const struct profile_confirming *c, struct err *err)
{
    for (size_t i = 0; i < c->question_count; i++) {
        const struct question_row *q = &c->questions[i];
        if (!str_equal_z(q->kind, "profile") || q->choice.n == 0)
            continue;
        json_t *read, *choice = json_loadb(q->choice.p, q->choice.n, 0, NULL);
        const char *said = value_of(q, choice, &read);
        struct str fact = fact_of(q), value = str_dup(c->arena, str_of(said == NULL ? "" : said));
        json_decref(read);
        json_decref(choice);
        if (!value_fits(fact, value))
            return ERR(err, "policy.choice", "profile");
        struct db_query *query = db_query(c->control->store, &sql[FIX_PUT]);
        db_bind_int(query, 1, q->version);
        db_bind_text(query, 2, fact);
        db_bind_text(query, 3, value);
        db_bind_int(query, 4, (int64_t)c->person);
        db_bind_int(query, 5, c->now_us);
        if (db_run(query, err) < 0)
            return -1;
    }
    return 0;
}

/* These versions, and the body's documents in force that they do not replace. */
static size_t
documents_of(const struct profile_confirming *c, int64_t *ret)
{
    const struct control_body *body = body_find(c->control, c->body);
    size_t count = 0;
    for (size_t i = 0; i < c->version_count; i++)
        ret[count++] = c->versions[i].id;
    for (size_t i = 0; body != NULL && i < body->doc_count && count < CONTROL_DOCS_MOST; i++) {
        bool replaced = false;
        for (size_t k = 0; k < c->version_count; k++)
            replaced = replaced || str_equal(c->versions[k].doc, body->docs[i].version->doc);
        if (!replaced)
            ret[count++] = body->docs[i].version->id;
    }
    return count;
}

static int
keep_one(const struct profile_confirming *c, const struct control_version *v, struct str json,
         const char *digest, struct err *err)
{
    char data[1200], id[ID_CHARS + 1];
    struct db_query *q = db_query(c->control->store, &sql[KEEP]);
    db_bind_int(q, 1, v->id);
    db_bind_text(q, 2, json);
    db_bind_z(q, 3, digest);
    db_bind_int(q, 4, c->now_us);
    if (db_run(q, err) < 0)
        return -1;
    id_format((uint64_t)v->id, id);
    int n =
        snprintf(data, sizeof data,
                 "{\"actor\":\"%.*s\",\"body\":\"%.*s\",\"digest\":\"%s\",\"document\":\"%.*s\","
                 "\"version\":\"%s\"}",
                 STR_FMT(c->handle), STR_FMT(c->body), digest, STR_FMT(v->doc), id);
    if (n < 0 || (size_t)n >= sizeof data)
        return ERR(err, "limit.buffer", "profile");
    struct outbox_new row = {.kind = "policy.profile.confirm",
                             .data = str_of(data),
                             .topic = "policy",
                             .subject = (uint64_t)v->id};
    return outbox_add(c->control->store, &row, NULL, err);
}

int
profile_confirm(const struct profile_confirming *c, struct err *err)
{
    int64_t versions[CONTROL_DOCS_MOST];
    struct body_profile *profile;
    struct buf out;
    struct json j;
    uint8_t digest[SHA256_BYTES];
    char hex[HEX_CHARS(SHA256_BYTES) + 1];
    if (keep_answers(c, err) < 0)
        return -1;
    size_t count = documents_of(c, versions);
    if (make(c->control, c->arena, versions, count, &profile, err) < 0)
        return -1;
    buf_init(&out, PROFILE_BYTES);
    json_init(&j, &out);
    json_open_object(&j);
    body_profile_put(&j, profile, NULL, NULL);
    json_end(&j);
    int rc = buf_done(&out, err);
    sha256_of(out.p == NULL ? "" : out.p, out.n, digest);
    hex_encode(digest, sizeof digest, hex);
    for (size_t i = 0; rc == 0 && i < c->version_count; i++)
        rc = keep_one(c, &c->versions[i], buf_str(&out), hex, err);
    buf_free(&out);
    return rc;
}
