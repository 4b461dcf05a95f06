/*
 * document: policy texts into the database and back. Runs in cored. The JSON comes from a sandboxed
 * process that has read foreign text, so every field is checked before a row is written, and the
 * text stays text.
 */
#include "base/text/utf8.h"
#include "core/control/private.h"

#include <jansson.h>
#include <string.h>

enum {
    DOC_PUT,
    DOC_DROP,
    CLAUSE_PUT,
    CLAUSE_DROP,
    BIND_PUT,
    BIND_DROP,
    DOC_ALL,
    CLAUSE_ALL,
    CLAUSE_COUNT,
    BIND_ALL,
    BIND_COUNT,
    DOC_COUNT
};

static const struct store_statement sql[] = {
    [DOC_PUT] = {"control.doc_put",
                 "INSERT INTO policy_doc(doc, position, title, body, version, visibility,"
                 " source_sha256, loaded) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"},
    [DOC_DROP] = {"control.doc_drop", "DELETE FROM policy_doc WHERE doc = $1"},
    [CLAUSE_PUT] = {"control.clause_put",
                    "INSERT INTO policy_clause(doc, seq, key, label, path, parent, depth, kind,"
                    " title, text, role, duty) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10,"
                    " $11, $12)"},
    [CLAUSE_DROP] = {"control.clause_drop", "DELETE FROM policy_clause WHERE doc = $1"},
    [BIND_PUT] = {"control.bind_put",
                  "INSERT INTO policy_binding(doc, label, topic, part, confirmed)"
                  " VALUES ($1, $2, $3, $4, $5)"},
    [BIND_DROP] = {"control.bind_drop", "DELETE FROM policy_binding WHERE doc = $1"},
    [DOC_ALL] = {"control.doc_all", "SELECT doc, title, body, version, visibility, source_sha256"
                                    " FROM policy_doc ORDER BY position, doc"},
    [CLAUSE_ALL] = {"control.clause_all",
                    "SELECT seq, key, label, path, parent, depth, kind, title, text, role, duty"
                    " FROM policy_clause WHERE doc = $1 ORDER BY seq"},
    [CLAUSE_COUNT] = {"control.clause_count", "SELECT count(*) FROM policy_clause"},
    [BIND_ALL] = {"control.bind_all",
                  "SELECT doc, label, topic, part, confirmed FROM policy_binding"},
    [BIND_COUNT] = {"control.bind_count", "SELECT count(*) FROM policy_binding"},
    [DOC_COUNT] = {"control.doc_count", "SELECT count(*) FROM policy_doc"},
};

/* The text of KEY in OBJECT; an error when it is none. NUL cannot be kept. */
static int
text_of(const json_t *object, const char *key, struct str *ret, struct err *err)
{
    const json_t *value = json_object_get(object, key);
    if (!json_is_string(value))
        return ERR(err, "control.json", "%s", key);
    *ret = (struct str){json_string_value(value), json_string_length(value)};
    if (!utf8_valid(*ret) || memchr(ret->p, 0, ret->n) != NULL)
        return ERR(err, "control.json", "%s", key);
    return 0;
}

static int
put_doc(struct control *c, const json_t *doc, struct str sha256, int64_t position_and_now[2],
        struct err *err)
{
    struct str word, title, body, version;
    if (text_of(doc, "doc", &word, err) < 0 || text_of(doc, "title", &title, err) < 0 ||
        text_of(doc, "body_name", &body, err) < 0 || text_of(doc, "version", &version, err) < 0)
        return -1;
    static const int drops[] = {BIND_DROP, CLAUSE_DROP, DOC_DROP};
    for (size_t i = 0; i < sizeof drops / sizeof *drops; i++) {
        struct db_query *q = db_query(c->store, &sql[drops[i]]);
        db_bind_text(q, 1, word);
        if (db_run(q, err) < 0)
            return -1;
    }
    struct db_query *q = db_query(c->store, &sql[DOC_PUT]);
    db_bind_text(q, 1, word);
    db_bind_int(q, 2, str_equal_z(word, "basic") ? 0 : 1 + position_and_now[0]);
    db_bind_text(q, 3, title);
    db_bind_text(q, 4, body);
    db_bind_text(q, 5, version);
    db_bind_z(q, 6, str_equal_z(word, "basic") ? "public" : "staff");
    db_bind_text(q, 7, sha256);
    db_bind_int(q, 8, position_and_now[1]);
    return db_run(q, err) < 0 ? -1 : 0;
}

/* Who must act: the subjects of the sentences, in their order, each once. */
static void
put_roles(struct buf *out, const json_t *sentences, bool *ret_duty)
{
    size_t i, k;
    json_t *sentence, *role;
    *ret_duty = false;
    json_array_foreach(sentences, i, sentence)
    {
        const char *type = json_string_value(json_object_get(sentence, "type"));
        *ret_duty = *ret_duty || (type != NULL && strcmp(type, "definition") != 0);
        json_array_foreach(json_object_get(sentence, "subject"), k, role)
        {
            struct str word = str_of(json_string_value(role));
            if (word.n == 0 || str_find(buf_str(out), word, 0) >= 0)
                continue;
            if (out->n > 0)
                buf_put_char(out, ' ');
            buf_put_str(out, word);
        }
    }
}

/* A clause and where it stands; PARENTS gives the sequence of a key. */
static int
put_clause(struct control *c, const json_t *clause, int64_t seq, json_t *parents, struct err *err)
{
    static const char *const keys[] = {"doc", "key", "label", "path", "kind", "title", "text"};
    static const int columns[] = {1, 3, 4, 5, 8, 9, 10};
    struct str values[7];
    for (size_t i = 0; i < 7; i++)
        if (text_of(clause, keys[i], &values[i], err) < 0)
            return -1;
    const json_t *depth = json_object_get(clause, "depth");
    const json_t *parent = json_object_get(clause, "parent");
    const json_t *above =
        json_is_string(parent) ? json_object_get(parents, json_string_value(parent)) : NULL;
    if (!json_is_integer(depth) || json_integer_value(depth) < 1 ||
        json_integer_value(depth) > 12 || (json_is_string(parent) && above == NULL))
        return ERR(err, "control.json", "clause %.*s", STR_FMT(values[1]));
    struct buf roles;
    bool duty;
    buf_init(&roles, 1000);
    put_roles(&roles, json_object_get(clause, "sentences"), &duty);
    struct db_query *q = db_query(c->store, &sql[CLAUSE_PUT]);
    for (size_t i = 0; i < 7; i++)
        db_bind_text(q, columns[i], values[i]);
    db_bind_int(q, 2, seq);
    db_bind_int(q, 6, above == NULL ? -1 : json_integer_value(above));
    db_bind_int(q, 7, json_integer_value(depth));
    db_bind_text(q, 11, buf_str(&roles));
    db_bind_int(q, 12, duty);
    buf_free(&roles);
    json_object_set_new(parents, json_string_value(json_object_get(clause, "key")),
                        json_integer(seq));
    return db_run(q, err) < 0 ? -1 : 0;
}

static int
put_bindings(struct control *c, const json_t *docs, const struct bindings *bindings,
             struct err *err)
{
    for (size_t i = 0; i < bindings->count; i++) {
        const struct binding *b = &bindings->rows[i];
        size_t k;
        json_t *doc;
        bool here = false;
        json_array_foreach(docs, k, doc) here =
            here || str_equal_z(b->doc, json_string_value(json_object_get(doc, "doc")));
        if (!here)
            continue;
        struct db_query *q = db_query(c->store, &sql[BIND_PUT]);
        db_bind_text(q, 1, b->doc);
        db_bind_text(q, 2, b->label);
        db_bind_text(q, 3, b->topic->id);
        db_bind_text(q, 4, b->part == NULL ? STR("") : b->part->key);
        db_bind_int(q, 5, b->confirmed);
        if (db_run(q, err) < 0)
            return -1;
    }
    return 0;
}

static int
put_all(struct control *c, const json_t *root, struct str bind, int64_t now_us, struct err *err)
{
    const json_t *docs = json_object_get(root, "documents");
    const json_t *clauses = json_object_get(root, "clauses");
    struct str sha256;
    if (!json_is_array(docs) || !json_is_array(clauses))
        return ERR(err, "control.json", "documents");
    if (text_of(json_object_get(root, "source"), "sha256", &sha256, err) < 0)
        return -1;
    size_t i;
    json_t *row;
    json_array_foreach(docs, i, row)
    {
        int64_t position_and_now[2] = {(int64_t)i, now_us};
        if (put_doc(c, row, sha256, position_and_now, err) < 0)
            return -1;
    }
    json_t *parents = json_object();
    int rc = 0;
    json_array_foreach(clauses, i, row) if (rc == 0) rc =
        put_clause(c, row, (int64_t)i, parents, err);
    json_decref(parents);
    if (rc < 0 || bind.n == 0)
        return rc;
    struct arena *arena = arena_new(16 << 20);
    struct bindings *bindings = NULL;
    rc = bindings_load(arena, c->catalogue, "bind.yaml", bind, &bindings, err);
    if (rc == 0)
        rc = put_bindings(c, docs, bindings, err);
    arena_free(arena);
    return rc;
}

int
control_store_documents(struct control *control, struct str json, struct str bind, int64_t now_us,
                        struct err *err)
{
    json_error_t why;
    if (json.n > CONTROL_JSON_BYTES)
        return ERR(err, "control.json", "%zu", json.n);
    json_t *root = json_loadb(json.p, json.n, JSON_REJECT_DUPLICATES, &why);
    if (!json_is_object(root)) {
        json_decref(root);
        return ERR(err, "control.json", "line %d", why.line);
    }
    int rc = put_all(control, root, bind, now_us, err);
    json_decref(root);
    if (rc < 0)
        return -1;
    /* What was written must be loadable, or the unit takes it back. */
    struct control_loaded trial;
    if (document_load(control, &trial, err) < 0)
        return -1;
    arena_free(trial.arena);
    return 0;
}

static struct str
column(struct db_query *q, int i, struct arena *arena)
{
    return str_dup(arena, db_text(q, i));
}

static int
load_clauses(struct control *c, struct control_loaded *l, struct control_doc *doc,
             struct control_clause *clauses, size_t *at, struct err *err)
{
    struct db_query *q = db_query(c->store, &sql[CLAUSE_ALL]);
    db_bind_text(q, 1, doc->doc);
    int rc;
    doc->first = *at;
    int64_t first_seq = -1;
    while ((rc = db_step(q, err)) == 1) {
        struct control_clause *clause = &clauses[(*at)++];
        first_seq = first_seq < 0 ? db_int(q, 0) : first_seq;
        clause->doc = doc->doc;
        clause->key = column(q, 1, l->arena);
        clause->label = column(q, 2, l->arena);
        clause->path = column(q, 3, l->arena);
        int64_t parent = db_int(q, 4);
        clause->parent =
            parent < first_seq ? CONTROL_NO_PARENT : doc->first + (size_t)(parent - first_seq);
        clause->depth = (unsigned)db_int(q, 5);
        clause->kind = column(q, 6, l->arena);
        clause->title = column(q, 7, l->arena);
        clause->text = column(q, 8, l->arena);
        clause->role = column(q, 9, l->arena);
        clause->duty = db_int(q, 10) != 0;
    }
    db_end(q);
    doc->count = *at - doc->first;
    return rc < 0 ? -1 : arena_check(l->arena, err);
}

static int
load_docs(struct control *c, struct control_loaded *l, struct err *err)
{
    struct db_query *q = db_query(c->store, &sql[DOC_ALL]);
    int rc;
    while ((rc = db_step(q, err)) == 1) {
        struct control_doc *doc = &l->docs[l->doc_count++];
        doc->doc = column(q, 0, l->arena);
        doc->title = column(q, 1, l->arena);
        doc->body = column(q, 2, l->arena);
        doc->version = column(q, 3, l->arena);
        doc->visibility = column(q, 4, l->arena);
        doc->sha256 = column(q, 5, l->arena);
    }
    db_end(q);
    return rc < 0 ? -1 : arena_check(l->arena, err);
}

/* Topics that the catalogue no longer knows leave their clause unbound: "not verified". */
static int
load_bindings(struct control *c, struct control_loaded *l, struct bindings *b, struct err *err)
{
    struct db_query *q = db_query(c->store, &sql[BIND_ALL]);
    int rc;
    while ((rc = db_step(q, err)) == 1) {
        struct binding *row = &b->rows[b->count];
        row->topic = topic_get(c->catalogue, db_text(q, 2));
        if (row->topic == NULL)
            continue;
        row->doc = column(q, 0, l->arena);
        row->label = column(q, 1, l->arena);
        row->confirmed = db_int(q, 4) != 0;
        for (size_t i = 0; i < row->topic->part_count; i++)
            if (str_equal(row->topic->parts[i].key, db_text(q, 3)))
                row->part = &row->topic->parts[i];
        b->count++;
    }
    db_end(q);
    return rc < 0 ? -1 : arena_check(l->arena, err);
}

static int
count_of(struct control *c, int statement, size_t *ret, struct err *err)
{
    int64_t n = 0;
    if (db_one_int(db_query(c->store, &sql[statement]), &n, err) < 0)
        return -1;
    *ret = (size_t)n;
    return 0;
}

static int
load_into(struct control *c, struct control_loaded *l, struct err *err)
{
    size_t docs, clauses, rows, at = 0;
    if (count_of(c, DOC_COUNT, &docs, err) < 0 || count_of(c, CLAUSE_COUNT, &clauses, err) < 0 ||
        count_of(c, BIND_COUNT, &rows, err) < 0)
        return -1;
    struct bindings bindings = {.rows = arena_array(l->arena, rows, sizeof *bindings.rows)};
    struct control_clause *list = arena_array(l->arena, clauses, sizeof *list);
    l->docs = arena_array(l->arena, docs, sizeof *l->docs);
    if (arena_check(l->arena, err) < 0 || load_docs(c, l, err) < 0)
        return -1;
    for (size_t i = 0; i < l->doc_count; i++)
        if (load_clauses(c, l, &l->docs[i], list, &at, err) < 0)
            return -1;
    if (load_bindings(c, l, &bindings, err) < 0)
        return -1;
    return control_policy_make(l->arena, c->catalogue, list, at, &bindings, &l->policy, err);
}

int
document_load(struct control *control, struct control_loaded *ret, struct err *err)
{
    *ret = (struct control_loaded){.arena = arena_new(256 << 20)};
    if (load_into(control, ret, err) == 0)
        return 0;
    arena_free(ret->arena);
    return -1;
}
