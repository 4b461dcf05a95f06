/*
 * confirm: a settled import becomes versions. Runs in cored, inside a unit; import_confirm stands
 * in import.h.
 *
 * Order: checks, body, versions with their bindings, leaves, then what is in force at once. A
 * failure takes all of it back.
 */
#include "base/crypt/encode.h"
#include "base/crypt/hash.h"
#include "base/os/time.h"
#include "base/text/utf8.h"
#include "core/control/import.h"
#include "core/control/import_row.h"
#include "core/control/profile.h"
#include "core/control/revision.h"
#include "core/store/id.h"
#include "core/store/outbox.h"
#include "proto/ledger/kinds.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    DRAFTS,
    BASE_NOW,
    PROMOTE,
    BIND_CONFIRM,
    BIND_ACCEPT,
    BIND_CLEAR,
    BIND_ROWS,
    LINK_DROP,
    LINK_PUT
};

static const struct store_statement sql[] = {
    [DRAFTS] = {"control.drafts", "SELECT id, doc, base, version, tree_sha256, visibility, title"
                                  " FROM policy_version WHERE import = $1 AND state = 'draft'"
                                  " ORDER BY id"},
    [BASE_NOW] = {"control.base_now", "SELECT coalesce(max(id), 0) FROM policy_version"
                                      " WHERE body = $1 AND doc = $2 AND state = 'in_force'"},
    [PROMOTE] = {"control.promote",
                 "UPDATE policy_version SET state = 'confirmed', body = $2, version = $3,"
                 " visibility = $4, effective = $5, confirmed_by = $6, confirmed_at = $7"
                 " WHERE id = $1"},
    [BIND_CONFIRM] = {"control.bind_confirm",
                      "UPDATE policy_bind SET confirmed = 1, by_person = $2, at = $3"
                      " WHERE version = $1 AND confirmed = 0 AND confidence <> 2"},
    [BIND_ACCEPT] = {"control.bind_accept",
                     "UPDATE policy_bind SET confirmed = 1, confidence = 3, by_person = $4, at = $5"
                     " WHERE version = $1 AND key = $2 AND sentence = $3 AND confirmed = 0"},
    [BIND_CLEAR] = {"control.bind_clear", "DELETE FROM policy_bind WHERE version = $1 AND key = $2"
                                          " AND sentence = $3 AND counts = 1"},
    [BIND_ROWS] = {"control.bind_rows",
                   "SELECT key, sentence, topic, part FROM policy_bind WHERE version = $1"
                   " AND confirmed = 1 AND counts = 1 ORDER BY key, sentence, topic, part"},
    [LINK_DROP] = {"control.link_drop", "DELETE FROM policy_link WHERE body = $1 AND doc = $2"},
    [LINK_PUT] = {"control.link_put",
                  "INSERT INTO policy_link(body, doc, to_body) VALUES ($1, $2, $3)"},
};

enum { DRAFTS_MOST = CONTROL_DOCS_MOST, ARENA_BYTES = 256 << 20, CHAPTERS_TOLD = LEDGER_LIST_MOST };

struct confirming {
    struct control *control;
    struct arena *arena;
    const struct import_act *act;
    struct import_row row;
    struct str body, body_name;
    int64_t effective_us; /* 0: at once */
    struct control_version drafts[DRAFTS_MOST];
    size_t draft_count;
    struct question_row *questions;
    size_t question_count;
    struct err *err;
};

/* ---- what was asked for ---- */

static bool
body_word(struct str s)
{
    if (s.n == 0 || s.n > 32 || s.p[0] < 'a' || s.p[0] > 'z')
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (!(s.p[i] >= 'a' && s.p[i] <= 'z') && !(s.p[i] >= '0' && s.p[i] <= '9') &&
            s.p[i] != '-' && s.p[i] != '_')
            return false;
    return true;
}

static struct str
text_in(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_string(value) ? (struct str){json_string_value(value), json_string_length(value)}
                                 : (struct str){"", 0};
}

/* The body: the import's, or for a new one the id and name given now. */
static int
read_body(struct confirming *c)
{
    const json_t *given = json_object_get(c->act->body, "body");
    struct str id = text_in(given, "id");
    bool known = body_find(c->control, c->row.body) != NULL;
    c->body = id.n == 0 ? c->row.body : id;
    c->body_name = text_in(given, "name");
    if (!body_word(c->body) || c->body_name.n > 300 ||
        memchr(c->body_name.p, 0, c->body_name.n) != NULL ||
        (utf8_classes(c->body_name) & (UTF8_CONTROL | UTF8_BIDI | UTF8_LINE)) != 0)
        return ERR(c->err, "policy.body", "%.*s", STR_FMT(str_slice(c->body, 0, 40)));
    if (str_equal(c->body, c->row.body))
        return 0;
    /* what was shown was compared with the other body: only a new one may still be called anew */
    return known || body_find(c->control, c->body) != NULL
               ? ERR(c->err, "policy.import_moved", "body")
               : 0;
}

static int
read_effective(struct confirming *c)
{
    int64_t day;
    struct str text = text_in(c->act->body, "effective");
    c->effective_us = 0;
    if (text.n == 0)
        return 0;
    if (!date_parse(text, &day) || day > tokyo_day(c->act->now_us) + 3660)
        return ERR(c->err, "policy.effective", "%.*s", STR_FMT(str_slice(text, 0, 20)));
    c->effective_us = tokyo_day_start(day);
    return 0;
}

static int
read_drafts(struct confirming *c)
{
    struct db_query *q = db_query(c->control->store, &sql[DRAFTS]);
    db_bind_int(q, 1, c->row.id);
    int rc;
    while ((rc = db_step(q, c->err)) == 1 && c->draft_count < DRAFTS_MOST)
        c->drafts[c->draft_count++] =
            (struct control_version){.id = db_int(q, 0),
                                     .doc = str_dup(c->arena, db_text(q, 1)),
                                     .base = db_int(q, 2),
                                     .version = str_dup(c->arena, db_text(q, 3)),
                                     .tree_sha256 = str_dup(c->arena, db_text(q, 4)),
                                     .visibility = str_dup(c->arena, db_text(q, 5)),
                                     .title = str_dup(c->arena, db_text(q, 6)),
                                     .effective_us = c->effective_us,
                                     .body = c->body};
    db_end(q);
    return rc < 0 ? -1 : arena_check(c->arena, c->err);
}

/* The body's documents are still those that the draft was compared with. */
static int
check_bases(struct confirming *c)
{
    for (size_t i = 0; i < c->draft_count; i++) {
        int64_t now = 0;
        struct db_query *q = db_query(c->control->store, &sql[BASE_NOW]);
        db_bind_text(q, 1, c->body);
        db_bind_text(q, 2, c->drafts[i].doc);
        if (db_one_int(q, &now, c->err) < 0)
            return -1;
        if (now != c->drafts[i].base)
            return ERR(c->err, "policy.import_moved", "%.*s", STR_FMT(c->drafts[i].doc));
        if (str_equal_z(c->drafts[i].doc, "other"))
            return ERR(c->err, "policy.questions_open", "document");
    }
    return 0;
}

static int
check_questions(struct confirming *c)
{
    size_t open = 0;
    if (question_all(c->control, c->arena, c->row.id, &c->questions, &c->question_count, c->err) <
        0)
        return -1;
    for (size_t i = 0; i < c->question_count; i++)
        open += str_equal_z(c->questions[i].severity, "error") && c->questions[i].choice.n == 0;
    return open == 0 ? 0 : ERR(c->err, "policy.questions_open", "%zu", open);
}

static int
read_visibility(struct confirming *c)
{
    static const char *const words[] = {"public", "staff", "roles"};
    const json_t *given = json_object_get(c->act->body, "visibility");
    for (size_t i = 0; i < c->draft_count; i++) {
        char doc[40];
        (void)snprintf(doc, sizeof doc, "%.*s", STR_FMT(c->drafts[i].doc));
        struct str word = text_in(given, doc);
        for (size_t k = 0; k < 3; k++)
            if (str_equal_z(word, words[k]))
                c->drafts[i].visibility = str_of(words[k]);
    }
    return 0;
}

static int
check(struct confirming *c)
{
    int rc = import_row_get(c->control, c->arena, c->act->id, &c->row, c->err);
    if (rc != 0)
        return rc < 0 ? -1 : ERR(c->err, "not_found", "import");
    if (!str_equal_z(c->row.state, "read"))
        return ERR(c->err, "policy.import_state", "%.*s", STR_FMT(c->row.state));
    if (!str_equal_z(c->act->digest, c->row.digest))
        return ERR(c->err, "policy.import_moved", "digest");
    if (read_body(c) < 0 || read_effective(c) < 0 || read_drafts(c) < 0 || check_questions(c) < 0 ||
        check_bases(c) < 0)
        return -1;
    return c->draft_count == 0 ? ERR(c->err, "policy.import_state", "empty") : read_visibility(c);
}

/* ---- bindings ---- */

/* What a person chose instead of what was proposed. */
static int
bind_chosen(struct confirming *c, const struct question_row *q, const json_t *choice)
{
    const char *id = json_string_value(json_object_get(choice, "topic"));
    const char *key = json_string_value(json_object_get(choice, "part"));
    const char *local = json_string_value(json_object_get(choice, "local"));
    struct control_bound bound = {.sentence = q->sentence,
                                  .counts = true,
                                  .confirmed = true,
                                  .confidence = BOUND_HAND,
                                  .by = c->act->person,
                                  .at_us = c->act->now_us};
    if (local != NULL)
        bound.own = str_of(local);
    else if (id != NULL)
        bound.topic = topic_get(c->control->catalogue, str_of(id));
    if (id != NULL && bound.topic == NULL) /* the catalogue changed meanwhile */
        return ERR(c->err, "policy.import_moved", "%s", id);
    for (size_t i = 0; bound.topic != NULL && key != NULL && i < bound.topic->part_count; i++)
        if (str_equal_z(bound.topic->parts[i].key, key))
            bound.part = &bound.topic->parts[i];
    struct db_query *query = db_query(c->control->store, &sql[BIND_CLEAR]);
    db_bind_int(query, 1, q->version);
    db_bind_text(query, 2, q->key);
    db_bind_int(query, 3, q->sentence);
    if (db_run(query, c->err) < 0)
        return -1;
    return version_bind(c->control, q->version, q->key, &bound, c->err);
}

static int
bind_accepted(struct confirming *c, const struct question_row *q)
{
    struct db_query *query = db_query(c->control->store, &sql[BIND_ACCEPT]);
    db_bind_int(query, 1, q->version);
    db_bind_text(query, 2, q->key);
    db_bind_int(query, 3, q->sentence);
    db_bind_int(query, 4, (int64_t)c->act->person);
    db_bind_int(query, 5, c->act->now_us);
    return db_run(query, c->err) < 0 ? -1 : 0;
}

static int
bind_questions(struct confirming *c)
{
    for (size_t i = 0; i < c->question_count; i++) {
        const struct question_row *q = &c->questions[i];
        if (!str_equal_z(q->kind, "binding") || q->choice.n == 0)
            continue;
        json_t *choice = json_loadb(q->choice.p, q->choice.n, 0, NULL);
        int rc = json_is_true(json_object_get(choice, "accept")) ? bind_accepted(c, q)
                                                                 : bind_chosen(c, q, choice);
        json_decref(choice);
        if (rc < 0)
            return -1;
    }
    return 0;
}

/* What was not asked is confirmed with the whole; an open question stays open. */
static int
bind_rest(struct confirming *c, int64_t version)
{
    struct db_query *q = db_query(c->control->store, &sql[BIND_CONFIRM]);
    db_bind_int(q, 1, version);
    db_bind_int(q, 2, (int64_t)c->act->person);
    db_bind_int(q, 3, c->act->now_us);
    return db_run(q, c->err) < 0 ? -1 : 0;
}

/* The digest of all that is confirmed of a version: its text, the catalogue, row by row. */
static int
bind_digest(struct confirming *c, const struct control_version *v, char *ret)
{
    struct sha256 h;
    uint8_t digest[SHA256_BYTES];
    struct db_query *q = db_query(c->control->store, &sql[BIND_ROWS]);
    db_bind_int(q, 1, v->id);
    sha256_init(&h);
    sha256_put(&h, v->tree_sha256.p, v->tree_sha256.n);
    sha256_put(&h, c->control->catalogue_sha256, strlen(c->control->catalogue_sha256));
    int rc;
    while ((rc = db_step(q, c->err)) == 1) {
        char line[600];
        int n = snprintf(line, sizeof line, "%.*s %lld %.*s %.*s\n", STR_FMT(db_text(q, 0)),
                         (long long)db_int(q, 1), STR_FMT(db_text(q, 2)), STR_FMT(db_text(q, 3)));
        sha256_put(&h, line, n < (int)sizeof line ? (size_t)n : sizeof line - 1);
    }
    db_end(q);
    sha256_take(&h, digest);
    sha256_done(&h);
    hex_encode(digest, sizeof digest, ret);
    return rc < 0 ? -1 : 0;
}

/* Leaf policy.binding.confirm: names the chapters, the digest covers every row. */
static int
bind_leaf(struct confirming *c, const struct control_version *v)
{
    struct clause_set set;
    struct buf data;
    char digest[HEX_CHARS(SHA256_BYTES) + 1], id[ID_CHARS + 1];
    size_t told = 0;
    clause_set_init(&set, c->arena);
    if (bind_digest(c, v, digest) < 0 || load_text(c->control, v->id, &set, c->err) < 0)
        return -1;
    id_format((uint64_t)v->id, id);
    buf_init(&data, 8000);
    buf_printf(&data, "{\"actor\":\"%.*s\",\"body\":\"%.*s\",\"clauses\":[",
               STR_FMT(c->act->handle), STR_FMT(v->body));
    for (size_t i = 0; i < set.clause_count && told < CHAPTERS_TOLD; i++)
        if (set.clauses[i].parent == CLAUSE_NONE && set.clauses[i].kind == POLICY_CLAUSE)
            buf_printf(&data, "%s\"%.*s:%.*s\"", told++ == 0 ? "" : ",", STR_FMT(v->doc),
                       STR_FMT(set.clauses[i].key));
    buf_printf(&data, "],\"digest\":\"%s\",\"document\":\"%.*s\",\"version\":\"%s\"}", digest,
               STR_FMT(v->doc), id);
    struct outbox_new row = {.kind = "policy.binding.confirm",
                             .data = buf_str(&data),
                             .topic = "policy",
                             .subject = (uint64_t)v->id};
    int rc = buf_done(&data, c->err);
    if (rc == 0)
        rc = outbox_add(c->control->store, &row, NULL, c->err);
    buf_free(&data);
    return rc;
}

/* ---- versions ---- */

static int
promote(struct confirming *c, struct control_version *v)
{
    struct version_new name = {.body = c->body, .doc = v->doc, .now_us = c->act->now_us};
    if (version_name(c->control, c->arena, &name, v->version, &v->version, c->err) < 0)
        return -1;
    struct db_query *q = db_query(c->control->store, &sql[PROMOTE]);
    db_bind_int(q, 1, v->id);
    db_bind_text(q, 2, c->body);
    db_bind_text(q, 3, v->version);
    db_bind_text(q, 4, v->visibility);
    db_bind_int(q, 5, c->effective_us);
    db_bind_int(q, 6, (int64_t)c->act->person);
    db_bind_int(q, 7, c->act->now_us);
    if (db_run(q, c->err) < 0 || bind_rest(c, v->id) < 0 ||
        version_leaf(c->control, "policy.version.confirm", v, c->act->handle, c->err) < 0 ||
        bind_leaf(c, v) < 0)
        return -1;
    if (c->effective_us > c->act->now_us)
        return 0;
    if (version_begin(c->control, v->id, c->err) < 0)
        return -1;
    return version_leaf(c->control, "policy.version.effective", v, c->act->handle, c->err);
}

/* {std: {body}} or {std: "external"}. */
static int
put_links(struct confirming *c)
{
    const json_t *links = json_object_get(c->act->body, "links");
    const char *doc;
    json_t *to;
    json_object_foreach((json_t *)(uintptr_t)links, doc, to)
    {
        struct str other = text_in(to, "body");
        bool outside = json_is_string(to) && strcmp(json_string_value(to), "external") == 0;
        for (size_t i = 0; i < c->draft_count; i++)
            if (str_equal_z(c->drafts[i].doc, doc))
                return ERR(c->err, "policy.link", "%s", doc);
        if ((strcmp(doc, "std") != 0 && strcmp(doc, "procedure") != 0) ||
            (!outside &&
             (body_find(c->control, other) == NULL || other.n == 0 || str_equal(other, c->body))))
            return ERR(c->err, "policy.link", "%.40s", doc);
        struct db_query *q = db_query(c->control->store, &sql[LINK_DROP]);
        db_bind_text(q, 1, c->body);
        db_bind_z(q, 2, doc);
        if (db_run(q, c->err) < 0)
            return -1;
        q = db_query(c->control->store, &sql[LINK_PUT]);
        db_bind_text(q, 1, c->body);
        db_bind_z(q, 2, doc);
        db_bind_text(q, 3, outside ? STR("") : other);
        if (db_run(q, c->err) < 0)
            return -1;
    }
    return 0;
}

/* An own document takes the place of a link. */
static int
drop_links(struct confirming *c)
{
    for (size_t i = 0; i < c->draft_count; i++) {
        struct db_query *q = db_query(c->control->store, &sql[LINK_DROP]);
        db_bind_text(q, 1, c->body);
        db_bind_text(q, 2, c->drafts[i].doc);
        if (db_run(q, c->err) < 0)
            return -1;
    }
    return 0;
}

static int
confirm(struct confirming *c)
{
    if (check(c) < 0 || body_put(c->control, c->body, c->body_name, c->err) < 0 ||
        put_links(c) < 0 || drop_links(c) < 0 || bind_questions(c) < 0)
        return -1;
    for (size_t i = 0; i < c->draft_count; i++)
        if (promote(c, &c->drafts[i]) < 0 ||
            revision_tell(c->control, c->arena, &c->drafts[i], c->act->person, c->err) < 0)
            return -1;
    struct profile_confirming profile = {
        c->control,     c->arena,  c->body,        c->act->handle, c->act->person,
        c->act->now_us, c->drafts, c->draft_count, c->questions,   c->question_count};
    if (profile_confirm(&profile, c->err) < 0)
        return -1;
    return import_row_state(c->control, c->row.id, "confirmed", NULL, c->err);
}

int
import_confirm(struct control *control, const struct import_act *act, struct err *err)
{
    struct confirming *c = calloc(1, sizeof *c);
    if (c == NULL)
        return ERR(err, "limit.memory", "confirm");
    c->control = control;
    c->arena = arena_new(ARENA_BYTES);
    c->act = act;
    c->err = err;
    int rc = confirm(c);
    arena_free(c->arena);
    free(c);
    return rc;
}
