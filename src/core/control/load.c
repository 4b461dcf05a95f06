/*
 * load: bodies, their documents in force and bindings out of the database. Runs in cored, at start
 * and after every change.
 *
 * Invariants: what is stored was checked when it was stored, and is checked again here; a binding
 * whose clause or topic is gone leaves its clause unbound ("not verified"), it never fails a start.
 */
#include "core/control/private.h"

#include <stdlib.h>
#include <string.h>

enum {
    BODY_ALL,
    BODY_COUNT_OF,
    VERSION_ALL,
    VERSION_COUNT,
    VERSION_JSON,
    BIND_OF,
    BIND_COUNT,
    LINK_ALL
};

static const struct store_statement sql[] = {
    [BODY_ALL] = {"control.body_all", "SELECT id, name FROM policy_body ORDER BY position, id"},
    [BODY_COUNT_OF] = {"control.body_count", "SELECT count(*) FROM policy_body"},
    [VERSION_ALL] = {"control.version_all",
                     "SELECT id, base, import, effective, body, doc, version, title, state,"
                     " visibility, source_sha256, tree_sha256, key_next, catalogue_sha256"
                     " FROM policy_version"
                     " ORDER BY CASE doc WHEN 'basic' THEN 0 WHEN 'std' THEN 1 WHEN 'procedure'"
                     " THEN 2 ELSE 3 END, doc, id"},
    [VERSION_COUNT] = {"control.version_count", "SELECT count(*) FROM policy_version"},
    [VERSION_JSON] = {"control.version_json", "SELECT json FROM policy_version WHERE id = $1"},
    [BIND_OF] = {"control.bind_of",
                 "SELECT key, sentence, topic, part, counts, confidence, confirmed, by_person, at"
                 " FROM policy_bind WHERE version = $1"},
    [BIND_COUNT] = {"control.bind_count", "SELECT count(*) FROM policy_bind WHERE version = $1"},
    [LINK_ALL] = {"control.link_all", "SELECT body, doc, to_body FROM policy_link"},
};

static struct str
column(struct db_query *q, int i, struct arena *arena)
{
    return str_dup(arena, db_text(q, i));
}

static int
count_of(struct control *c, int statement, int64_t id, size_t *ret, struct err *err)
{
    int64_t n = 0;
    struct db_query *q = db_query(c->store, &sql[statement]);
    if (id != 0)
        db_bind_int(q, 1, id);
    if (db_one_int(q, &n, err) < 0)
        return -1;
    *ret = (size_t)n;
    return 0;
}

static int
load_bodies(struct control *c, struct control_loaded *l, struct err *err)
{
    size_t count;
    if (count_of(c, BODY_COUNT_OF, 0, &count, err) < 0)
        return -1;
    l->bodies = arena_array(l->arena, count + 1, sizeof *l->bodies);
    if (l->bodies == NULL)
        return arena_check(l->arena, err);
    struct db_query *q = db_query(c->store, &sql[BODY_ALL]);
    int rc;
    while ((rc = db_step(q, err)) == 1 && l->body_count < count) {
        struct control_body *body = &l->bodies[l->body_count++];
        body->id = column(q, 0, l->arena);
        body->name = column(q, 1, l->arena);
        clause_set_init(&body->set, l->arena);
    }
    db_end(q);
    return rc < 0 ? -1 : arena_check(l->arena, err);
}

static int
load_versions(struct control *c, struct control_loaded *l, struct err *err)
{
    size_t count;
    if (count_of(c, VERSION_COUNT, 0, &count, err) < 0)
        return -1;
    l->versions = arena_array(l->arena, count + 1, sizeof *l->versions);
    if (l->versions == NULL)
        return arena_check(l->arena, err);
    struct db_query *q = db_query(c->store, &sql[VERSION_ALL]);
    int rc;
    while ((rc = db_step(q, err)) == 1 && l->version_count < count)
        l->versions[l->version_count++] = (struct control_version){
            .id = db_int(q, 0),
            .base = db_int(q, 1),
            .import = db_int(q, 2),
            .effective_us = db_int(q, 3),
            .body = column(q, 4, l->arena),
            .doc = column(q, 5, l->arena),
            .version = column(q, 6, l->arena),
            .title = column(q, 7, l->arena),
            .state = column(q, 8, l->arena),
            .visibility = column(q, 9, l->arena),
            .source_sha256 = column(q, 10, l->arena),
            .tree_sha256 = column(q, 11, l->arena),
            .key_next = (size_t)db_int(q, 12),
            .older_topics = !str_equal_z(db_text(q, 13), c->catalogue_sha256)};
    db_end(q);
    return rc < 0 ? -1 : arena_check(l->arena, err);
}

int
load_text(struct control *control, int64_t id, struct clause_set *set, struct err *err)
{
    struct db_query *q = db_query(control->store, &sql[VERSION_JSON]);
    db_bind_int(q, 1, id);
    int rc = db_step(q, err);
    if (rc == 0)
        rc = ERR(err, "not_found", "version");
    if (rc > 0)
        rc = clause_set_add(set, db_text(q, 0), err);
    db_end(q);
    return rc;
}

/* ---- bindings ---- */

struct key_row {
    struct str key;
    size_t clause;
};

static int
by_key(const void *a, const void *b)
{
    return str_compare(((const struct key_row *)a)->key, ((const struct key_row *)b)->key);
}

static struct key_row *
keys_of(struct arena *arena, const struct clause_set *set, size_t doc, size_t *ret_count)
{
    size_t first = set->docs[doc].first, count = set->docs[doc].count;
    struct key_row *rows = arena_array(arena, count + 1, sizeof *rows);
    for (size_t i = 0; rows != NULL && i < count; i++)
        rows[i] = (struct key_row){set->clauses[first + i].key, first + i};
    if (rows != NULL)
        qsort(rows, count, sizeof *rows, by_key);
    *ret_count = count;
    return rows;
}

/* What a row of policy_bind says; false when the catalogue no longer knows it. */
static bool
read_bound(struct control *c, struct db_query *q, struct arena *arena, struct control_bound *ret)
{
    struct str topic = db_text(q, 2), part = db_text(q, 3);
    int64_t confidence = db_int(q, 5);
    if (confidence < 0 || confidence >= BOUND_COUNT)
        return false;
    *ret = (struct control_bound){.sentence = (unsigned)db_int(q, 1),
                                  .counts = db_int(q, 4) != 0,
                                  .confidence = (enum control_confidence)confidence,
                                  .confirmed = db_int(q, 6) != 0,
                                  .by = (uint64_t)db_int(q, 7),
                                  .at_us = db_int(q, 8)};
    if (topic.n == 0)
        return true;
    if (str_starts(topic, STR("local."))) {
        ret->own = str_dup(arena, str_slice(topic, 6, topic.n));
        return true;
    }
    ret->topic = topic_get(c->catalogue, topic);
    for (size_t i = 0; ret->topic != NULL && i < ret->topic->part_count; i++)
        if (str_equal(ret->topic->parts[i].key, part))
            ret->part = &ret->topic->parts[i];
    return ret->topic != NULL && (part.n == 0 || ret->part != NULL);
}

int
load_bound(struct control *control, int64_t id, struct clause_set *set, size_t doc,
           struct arena *arena, struct bound_list *ret, struct err *err)
{
    size_t count, key_count;
    struct key_row *keys = keys_of(arena, set, doc, &key_count);
    ret->count = 0;
    if (count_of(control, BIND_COUNT, id, &count, err) < 0)
        return -1;
    ret->rows = arena_array(arena, count + 1, sizeof *ret->rows);
    if (keys == NULL || ret->rows == NULL)
        return arena_check(arena, err);
    struct db_query *q = db_query(control->store, &sql[BIND_OF]);
    db_bind_int(q, 1, id);
    int rc;
    while ((rc = db_step(q, err)) == 1 && ret->count < count) {
        struct control_bound *bound = &ret->rows[ret->count];
        struct key_row wanted = {.key = db_text(q, 0)};
        const struct key_row *row = bsearch(&wanted, keys, key_count, sizeof *keys, by_key);
        if (row == NULL || !read_bound(control, q, arena, bound))
            continue;
        bound->clause = row->clause;
        ret->count++;
    }
    db_end(q);
    return rc < 0 ? -1 : arena_check(arena, err);
}

/* ---- bodies ---- */

/* Where BODY's DOC comes from: itself, or the body it follows. */
static struct str
owner_of(const struct control_body *body, struct str doc)
{
    for (size_t i = 0; i < body->link_count; i++)
        if (str_equal(body->links[i].doc, doc))
            return body->links[i].to;
    return body->id;
}

/* Adds VERSION to BODY's documents; its bindings go behind those in BOUND. */
static int
load_doc(struct control *c, struct control_loaded *l, struct control_body *body,
         const struct control_version *version, struct err *err)
{
    if (body->doc_count == CONTROL_DOCS_MOST)
        return 0;
    if (load_text(c, version->id, &body->set, err) < 0)
        return -1;
    const struct clause_doc *doc = &body->set.docs[body->set.doc_count - 1];
    body->docs[body->doc_count++] = (struct control_doc){version, doc->first, doc->count};
    return arena_check(l->arena, err);
}

static int
load_policy(struct control *c, struct control_loaded *l, struct control_body *body, struct err *err)
{
    struct bound_list lists[CONTROL_DOCS_MOST];
    struct control_bound *all;
    size_t total = 0, at = 0;
    for (size_t i = 0; i < body->doc_count; i++) {
        if (load_bound(c, body->docs[i].version->id, &body->set, i, l->arena, &lists[i], err) < 0)
            return -1;
        total += lists[i].count;
    }
    all = arena_array(l->arena, total + 1, sizeof *all);
    if (all == NULL)
        return arena_check(l->arena, err);
    for (size_t i = 0; i < body->doc_count; i++)
        for (size_t k = 0; k < lists[i].count; k++)
            all[at++] = lists[i].rows[k];
    return control_policy_make(l->arena, c->catalogue, &body->set, all, total, &body->policy, err);
}

static int
load_body(struct control *c, struct control_loaded *l, struct control_body *body, struct err *err)
{
    for (size_t i = 0; i < l->version_count; i++) {
        const struct control_version *v = &l->versions[i];
        if (str_equal_z(v->state, "in_force") && str_equal(owner_of(body, v->doc), v->body) &&
            load_doc(c, l, body, v, err) < 0)
            return -1;
    }
    return load_policy(c, l, body, err);
}

static int
load_links(struct control *c, struct control_loaded *l, struct err *err)
{
    struct db_query *q = db_query(c->store, &sql[LINK_ALL]);
    int rc;
    while ((rc = db_step(q, err)) == 1)
        for (size_t i = 0; i < l->body_count; i++) {
            struct control_body *body = &l->bodies[i];
            if (str_equal(body->id, db_text(q, 0)) && body->link_count < CONTROL_DOCS_MOST)
                body->links[body->link_count++] =
                    (struct control_link){column(q, 1, l->arena), column(q, 2, l->arena)};
        }
    db_end(q);
    return rc < 0 ? -1 : arena_check(l->arena, err);
}

static int
load_into(struct control *c, struct control_loaded *l, struct err *err)
{
    if (load_bodies(c, l, err) < 0 || load_versions(c, l, err) < 0 || load_links(c, l, err) < 0)
        return -1;
    for (size_t i = 0; i < l->body_count; i++)
        if (load_body(c, l, &l->bodies[i], err) < 0)
            return -1;
    return 0;
}

int
load_all(struct control *control, struct control_loaded *ret, struct err *err)
{
    *ret = (struct control_loaded){.arena = arena_new((size_t)1 << 30)};
    if (load_into(control, ret, err) == 0)
        return 0;
    arena_free(ret->arena);
    return -1;
}

/* ---- finding ---- */

struct control_body *
body_find(const struct control *control, struct str id)
{
    const struct control_loaded *l = &control->loaded;
    if (id.n == 0)
        return l->body_count > 0 ? &l->bodies[0] : NULL;
    for (size_t i = 0; i < l->body_count; i++)
        if (str_equal(l->bodies[i].id, id))
            return &l->bodies[i];
    return NULL;
}

const struct control_doc *
doc_find(const struct control_body *body, struct str doc)
{
    for (size_t i = 0; i < body->doc_count; i++)
        if (str_equal(body->docs[i].version->doc, doc))
            return &body->docs[i];
    return NULL;
}

const struct control_version *
version_find(const struct control *control, int64_t id)
{
    for (size_t i = 0; i < control->loaded.version_count; i++)
        if (control->loaded.versions[i].id == id)
            return &control->loaded.versions[i];
    return NULL;
}

const struct control_version *
version_named(const struct control *control, struct str body, struct str doc, struct str name)
{
    for (size_t i = 0; i < control->loaded.version_count; i++) {
        const struct control_version *v = &control->loaded.versions[i];
        if (!str_equal(v->body, body) || !str_equal(v->doc, doc))
            continue;
        if (name.n == 0 ? str_equal_z(v->state, "in_force") : str_equal(v->version, name))
            return v;
    }
    return NULL;
}
