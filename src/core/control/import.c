/*
 * import: see import.h. Runs in cored. The reader's answer is foreign: all of it is checked and
 * stored, or the import has failed.
 *
 * Invariant: only import_confirm makes a draft a version, and only for what was shown (the digest)
 * and for a body that did not move meanwhile.
 */
#include "core/control/import.h"

#include "base/text/json.h"
#include "base/text/utf8.h"
#include "core/control/draft.h"
#include "core/control/import_row.h"
#include "core/control/profile.h"

#include <stdlib.h>
#include <string.h>

enum { ARENA_BYTES = 768 << 20, CANDIDATES_BYTES = 16384 };

struct taking {
    struct control *control;
    struct arena *arena;
    int64_t id, now_us;
    struct import_row row;
    struct draft draft;
    size_t seq; /* of the next question */
    struct err *err;
};

/* ---- questions ---- */

static void
put_candidate(struct json *j, const struct topic *topic, const struct topic_part *part,
              double score)
{
    json_open_object(j);
    json_key(j, "topic");
    json_str(j, topic->id);
    json_key(j, "part");
    json_str(j, part == NULL ? STR("") : part->key);
    json_key(j, "score");
    json_i64(j, (int64_t)(score * 100));
    json_end(j);
}

/* The binder's row behind BOUND, or NULL when it was carried over. */
static const struct bind_row *
row_behind(const struct taking *t, const struct draft_doc *d, const struct control_bound *bound)
{
    size_t count;
    const struct bind_row *rows = bind_rows_of(t->draft.binder, d->first + bound->clause, &count);
    for (size_t i = 0; i < count; i++)
        if (rows[i].topic == bound->topic && rows[i].part == bound->part)
            return &rows[i];
    return NULL;
}

static struct str
candidates_of(const struct taking *t, const struct draft_doc *d, const struct control_bound *bound)
{
    struct buf out;
    struct json j;
    const struct bind_row *row = bound == NULL ? NULL : row_behind(t, d, bound);
    buf_init(&out, CANDIDATES_BYTES);
    json_init(&j, &out);
    json_open_array(&j);
    if (bound != NULL && bound->topic != NULL)
        put_candidate(&j, bound->topic, bound->part, row == NULL ? 1 : row->score);
    for (size_t i = 0; row != NULL && i < row->candidate_count; i++)
        if (row->candidates[i].topic != bound->topic || row->candidates[i].part != bound->part)
            put_candidate(&j, row->candidates[i].topic, row->candidates[i].part,
                          row->candidates[i].score);
    json_end(&j);
    struct str copy = buf_done(&out, NULL) == 0 ? str_dup(t->arena, buf_str(&out)) : STR("[]");
    buf_free(&out);
    return copy;
}

static void
place_question(struct question_row *q, const struct draft_doc *d, size_t clause)
{
    const struct clause *c = &d->text.set.clauses[clause];
    q->key = c->key;
    q->label = c->label;
    q->title = c->title;
    q->text = c->text;
    q->from = (int64_t)c->at.from;
    q->to = (int64_t)c->at.to;
}

static int
ask_finding(struct taking *t, const struct draft_doc *d, int64_t version, size_t index)
{
    const struct clause_finding *f = &d->text.set.findings[index];
    if (str_equal_z(f->severity, "note"))
        return 0;
    struct question_row q = {.kind = STR("finding"),
                             .severity = f->severity,
                             .version = version,
                             .doc = d->text.doc,
                             .code = f->code};
    if (f->clause != CLAUSE_NONE)
        place_question(&q, d, f->clause);
    q.text = f->text;
    q.from = (int64_t)f->at.from;
    q.to = (int64_t)f->at.to;
    q.id = str_of(arena_printf(t->arena, "%.*s.f%zu", STR_FMT(d->text.doc), index));
    return question_put(t->control, t->id, t->seq++, &q, t->err);
}

/* BOUND NULL: the clause found no topic. */
static int
ask_binding(struct taking *t, const struct draft_doc *d, int64_t version, size_t clause,
            const struct control_bound *bound)
{
    struct question_row q = {.kind = STR("binding"),
                             .severity = STR("ask"),
                             .version = version,
                             .doc = d->text.doc,
                             .code = bound == NULL                      ? STR("none")
                                     : d->kinds[clause] == DIFF_CHANGED ? STR("changed")
                                                                        : STR("ask"),
                             .sentence = bound == NULL ? 0 : bound->sentence,
                             .candidates = candidates_of(t, d, bound)};
    place_question(&q, d, clause);
    q.id = str_of(
        arena_printf(t->arena, "%.*s.%.*s.%u", STR_FMT(d->text.doc), STR_FMT(q.key), q.sentence));
    return question_put(t->control, t->id, t->seq++, &q, t->err);
}

static int
ask_bindings(struct taking *t, const struct draft_doc *d, int64_t version)
{
    for (size_t i = 0; i < d->bound_count; i++) {
        const struct control_bound *b = &d->bound[i];
        bool again = i > 0 && d->bound[i - 1].clause == b->clause &&
                     d->bound[i - 1].sentence == b->sentence &&
                     d->bound[i - 1].confidence == BOUND_ASK && d->bound[i - 1].counts;
        if (b->counts && b->confidence == BOUND_ASK && !again &&
            ask_binding(t, d, version, b->clause, b) < 0)
            return -1;
    }
    for (size_t i = 0; i < t->draft.binder->unbound_count; i++) {
        size_t clause = t->draft.binder->unbound[i] - d->first; /* below the first: a huge number */
        if (t->draft.binder->unbound[i] < d->first || clause >= d->text.set.clause_count ||
            d->kinds[clause] < DIFF_CHANGED)
            continue;
        if (ask_binding(t, d, version, clause, NULL) < 0)
            return -1;
    }
    return 0;
}

/* A document whose kind its own words do not say. */
static int
ask_documents(struct taking *t, const struct clause_set *whole)
{
    for (size_t i = 0; i < whole->doc_count; i++) {
        const struct clause_doc *doc = &whole->docs[i];
        if (doc->kind != POLICY_OTHER)
            continue;
        struct question_row q = {.id = STR("document"),
                                 .kind = STR("document"),
                                 .severity = STR("error"),
                                 .doc = doc->word,
                                 .title = doc->title,
                                 .text = doc->front};
        if (question_put(t->control, t->id, t->seq++, &q, t->err) < 0)
            return -1;
    }
    return 0;
}

/* ---- drafts ---- */

static int
put_draft(struct taking *t, struct draft_doc *d)
{
    int64_t id;
    const struct clause_doc *doc = &d->text.set.docs[0];
    bool basic = str_equal_z(d->text.doc, "basic");
    struct str same = d->base == NULL ? (struct str){0} : d->base->visibility;
    struct version_new new = {.body = t->row.body,
                              .doc = d->text.doc,
                              .title = doc->title,
                              .visibility = same.n > 0 ? same
                                            : basic    ? STR("public")
                                                       : STR("staff"),
                              .source_sha256 = t->row.sha256,
                              .json = d->text.json,
                              .tree_sha256 = d->text.sha256,
                              .state = "draft",
                              .base = d->base == NULL ? 0 : d->base->id,
                              .import = t->id,
                              .now_us = t->now_us,
                              .key_next = d->text.key_next};
    if (version_name(t->control, t->arena, &new, d->printed, &new.version, t->err) < 0 ||
        version_put(t->control, &new, &id, t->err) < 0)
        return -1;
    d->version = id;
    for (size_t i = 0; i < d->bound_count; i++)
        if (version_bind(t->control, id, d->text.set.clauses[d->bound[i].clause].key, &d->bound[i],
                         t->err) < 0)
            return -1;
    for (size_t i = 0; i < d->text.set.finding_count; i++)
        if (ask_finding(t, d, id, i) < 0)
            return -1;
    return ask_bindings(t, d, id);
}

/* What a person said a document of unknown kind is. */
static int
words_of(struct taking *t, struct draft_word *ret, size_t *ret_count)
{
    struct question_row *list;
    size_t count;
    *ret_count = 0;
    if (question_all(t->control, t->arena, t->id, &list, &count, t->err) < 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        if (!str_equal_z(list[i].kind, "document") || list[i].choice.n == 0 || *ret_count > 0)
            continue;
        json_t *choice = json_loadb(list[i].choice.p, list[i].choice.n, 0, NULL);
        const char *as = json_string_value(json_object_get(choice, "doc"));
        *ret = (struct draft_word){list[i].doc, str_dup(t->arena, str_of(as == NULL ? "" : as))};
        *ret_count = 1;
        json_decref(choice);
    }
    return arena_check(t->arena, t->err);
}

/* What the documents together leave open about the body itself. */
static int
ask_profile(struct taking *t)
{
    struct control_version drafts[CONTROL_DOCS_MOST];
    struct coverage *coverage;
    struct body_profile *profile;
    for (size_t i = 0; i < t->draft.doc_count; i++)
        drafts[i] = (struct control_version){
            .id = t->draft.docs[i].version,
            .doc = t->draft.docs[i].text.doc,
            .base = t->draft.docs[i].base == NULL ? 0 : t->draft.docs[i].base->id};
    if (coverage_make(t->arena, t->draft.binder, NULL, t->draft.examples, &coverage, t->err) < 0 ||
        body_profile_make(t->arena, &t->draft.set, coverage, NULL, &profile, t->err) < 0)
        return -1;
    struct profile_asking asking = {t->control, t->arena,           t->id,  t->row.body, profile,
                                    drafts,     t->draft.doc_count, &t->seq};
    return profile_questions(&asking, t->err);
}

/* Makes drafts and questions of JSON anew; answers that were given stay. */
static int
draft_again(struct taking *t, struct str json)
{
    struct clause_set whole;
    struct draft_word word;
    size_t words;
    if (words_of(t, &word, &words) < 0)
        return -1;
    struct draft_from from = {json, t->row.body, &word, words};
    if (draft_make(t->control, t->arena, &from, &t->draft, t->err) < 0)
        return -1;
    clause_set_init(&whole, t->arena);
    if (clause_set_add(&whole, json, t->err) < 0 ||
        import_row_drop_drafts(t->control, t->id, t->err) < 0 ||
        question_aside(t->control, t->id, t->err) < 0 || ask_documents(t, &whole) < 0)
        return -1;
    for (size_t i = 0; i < t->draft.doc_count; i++)
        if (put_draft(t, &t->draft.docs[i]) < 0)
            return -1;
    if (ask_profile(t) < 0)
        return -1;
    return question_restore(t->control, t->id, t->err);
}

/* ---- taking the worker's answer ---- */

/* True when CODE is a word of ours: only such a word becomes a sentence on a page. */
static bool
is_code(const char *code)
{
    size_t n = strlen(code);
    return n > 0 && n < 40 && strspn(code, "abcdefghijklmnopqrstuvwxyz_.") == n;
}

/* The worker says why it could not read. */
static void
reason_of(struct str json, struct err *ret)
{
    static const char *const known[] = {"policy.empty",     "policy.size",         "policy.binary",
                                        "policy.encoding",  "policy.nodes",        "policy.depth",
                                        "policy.sentences", "policy.paragraph",    "policy.table",
                                        "policy.refs",      "policy.conservation", "limit.memory",
                                        "limit.buffer"};
    json_t *root = json.n > 4096 ? NULL : json_loadb(json.p == NULL ? "" : json.p, json.n, 0, NULL);
    const json_t *error = json_object_get(root, "error");
    const char *code = json_string_value(json_object_get(error, "code"));
    const char *detail = json_string_value(json_object_get(error, "detail"));
    (void)ERR(ret, "policy.worker", "answer");
    for (size_t i = 0; code != NULL && is_code(code) && i < sizeof known / sizeof *known; i++)
        if (strcmp(code, known[i]) == 0)
            (void)err_set(ret, known[i], __FILE__, __LINE__, "%s", detail == NULL ? "" : detail);
    json_decref(root);
}

int
import_fail(struct control *control, int64_t id, const struct err *why, struct err *err)
{
    return import_row_state(control, id, "failed", why, err);
}

/* The text could be read, but holds nothing that is a clause. */
static bool
is_hollow(const struct taking *t)
{
    for (size_t i = 0; i < t->draft.doc_count; i++)
        if (t->draft.docs[i].text.set.clause_count > 0)
            return false;
    return true;
}

static int
take(struct taking *t, unsigned code, struct str json)
{
    struct err why;
    int rc = import_row_get(t->control, t->arena, t->id, &t->row, t->err);
    if (rc != 0 || !str_equal_z(t->row.state, "reading"))
        return rc < 0 ? -1 : 0; /* discarded meanwhile */
    if (code >= 2) {
        reason_of(json, &why);
        return import_fail(t->control, t->id, &why, t->err);
    }
    if (draft_again(t, json) < 0)
        return -1;
    if (is_hollow(t))
        return ERR(t->err, "policy.no_clauses", "%.*s", STR_FMT(t->row.name));
    if (import_row_keep(t->control, t->id, json, t->err) < 0)
        return -1;
    return import_row_state(t->control, t->id, "read", NULL, t->err);
}

int
import_take(struct control *control, int64_t id, unsigned code, struct str json, int64_t now_us,
            struct err *err)
{
    struct taking t = {.control = control,
                       .arena = arena_new(ARENA_BYTES),
                       .id = id,
                       .now_us = now_us,
                       .err = err};
    int rc = take(&t, code, json);
    arena_free(t.arena);
    return rc;
}

/* ---- settling ---- */

static int
act_check(struct taking *t, const struct import_act *act)
{
    int rc = import_row_get(t->control, t->arena, t->id, &t->row, t->err);
    if (rc != 0)
        return rc < 0 ? -1 : ERR(t->err, "not_found", "import");
    if (!str_equal_z(t->row.state, "read"))
        return ERR(t->err, "policy.import_state", "%.*s", STR_FMT(t->row.state));
    if (!str_equal_z(act->digest, t->row.digest))
        return ERR(t->err, "policy.import_moved", "digest");
    return 0;
}

static bool
own_name(const char *name)
{
    struct str s = str_of(name);
    return s.n > 0 && s.n <= 120 && utf8_valid(s) &&
           (utf8_classes(s) & (UTF8_CONTROL | UTF8_BIDI | UTF8_ZERO_WIDTH | UTF8_LINE)) == 0;
}

/* A topic, and a part of it when one is named, that the catalogue knows. */
static bool
known_topic(const struct control *control, const json_t *choice, const struct topic **ret_topic,
            const struct topic_part **ret_part)
{
    const char *id = json_string_value(json_object_get(choice, "topic"));
    const char *key = json_string_value(json_object_get(choice, "part"));
    *ret_topic = id == NULL ? NULL : topic_get(control->catalogue, str_of(id));
    *ret_part = NULL;
    if (*ret_topic == NULL)
        return false;
    for (size_t i = 0; key != NULL && i < (*ret_topic)->part_count; i++)
        if (str_equal_z((*ret_topic)->parts[i].key, key))
            *ret_part = &(*ret_topic)->parts[i];
    return key == NULL || *key == 0 || *ret_part != NULL;
}

/* Is CHOICE an answer to question Q? */
static bool
fits(const struct control *control, const struct question_row *q, const json_t *choice)
{
    const struct topic *topic;
    const struct topic_part *part;
    const char *doc = json_string_value(json_object_get(choice, "doc"));
    const char *local = json_string_value(json_object_get(choice, "local"));
    bool accept = json_is_true(json_object_get(choice, "accept"));
    bool none = json_is_true(json_object_get(choice, "none"));
    if (json_object_size(choice) > 2)
        return false;
    if (str_equal_z(q->kind, "document"))
        return none || (doc != NULL && (strcmp(doc, "basic") == 0 || strcmp(doc, "std") == 0 ||
                                        strcmp(doc, "procedure") == 0));
    if (str_equal_z(q->kind, "finding"))
        return accept;
    if (str_equal_z(q->kind, "profile"))
        return profile_choice_fits(q, choice);
    return accept || none || (local != NULL && own_name(local)) ||
           known_topic(control, choice, &topic, &part);
}

static int
question_of(struct taking *t, struct str id, struct question_row *ret)
{
    struct question_row *list;
    size_t count;
    if (question_all(t->control, t->arena, t->id, &list, &count, t->err) < 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        if (str_equal(list[i].id, id)) {
            *ret = list[i];
            return 0;
        }
    return ERR(t->err, "not_found", "question");
}

static int
settle(struct taking *t, const struct import_act *act)
{
    struct question_row q;
    struct str json;
    const char *id = json_string_value(json_object_get(act->body, "question"));
    const json_t *choice = json_object_get(act->body, "choice");
    if (act_check(t, act) < 0 || question_of(t, str_of(id == NULL ? "" : id), &q) < 0)
        return -1;
    bool open = json_is_true(json_object_get(choice, "open"));
    if (!open && !fits(t->control, &q, choice))
        return ERR(t->err, "policy.choice", "%.*s", STR_FMT(q.kind));
    char *text = open ? NULL : json_dumps(choice, JSON_COMPACT | JSON_SORT_KEYS);
    int rc = question_settle(t->control, t->id, str_of(id), str_of(text == NULL ? "" : text),
                             act->person, act->now_us, t->err);
    free(text);
    if (rc == 0 && str_equal_z(q.kind, "document")) {
        rc = import_row_json(t->control, t->arena, t->id, &json, t->err);
        if (rc == 0)
            rc = draft_again(t, json);
    }
    return rc < 0 ? -1 : import_row_state(t->control, t->id, "read", NULL, t->err);
}

int
import_settle(struct control *control, const struct import_act *act, struct err *err)
{
    struct taking t = {.control = control,
                       .arena = arena_new(ARENA_BYTES),
                       .id = act->id,
                       .now_us = act->now_us,
                       .err = err};
    int rc = settle(&t, act);
    arena_free(t.arena);
    return rc;
}

int
import_discard(struct control *control, int64_t id, struct err *err)
{
    struct arena *arena = arena_new(1 << 20);
    struct import_row row;
    int rc = import_row_get(control, arena, id, &row, err);
    if (rc > 0)
        rc = ERR(err, "not_found", "import");
    if (rc == 0 && str_equal_z(row.state, "confirmed"))
        rc = ERR(err, "policy.import_state", "confirmed");
    arena_free(arena);
    if (rc < 0 || import_row_drop_drafts(control, id, err) < 0 ||
        import_row_forget(control, id, err) < 0)
        return -1;
    return import_row_state(control, id, "discarded", NULL, err);
}
