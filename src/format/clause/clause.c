/*
 * clause: see clause.h. Runs in cored and on the command line. Everything is counted before it is
 * copied, so nothing grows while foreign JSON is walked; a set that fails to grow keeps what it
 * had.
 *
 * Invariant: a document's clauses are contiguous, parents before children; all indices are in
 * range.
 */
#include "format/clause/clause.h"

#include "base/text/utf8.h"

#include <jansson.h>
#include <string.h>

enum { DOCS_MOST = 16, REFS_MOST = 10000, CELLS_MOST = 100000, KEY_BYTES = 32 };

struct loader {
    struct clause_set set; /* what will be, with all rows of the old one */
    json_t *root;
    json_t *keys;     /* key → index of what this answer brings */
    size_t first_doc; /* of this answer */
    struct err *err;
};

/* The text of KEY in OBJECT; NUL and broken UTF-8 cannot be kept. */
static int
text_of(struct loader *l, const json_t *object, const char *key, struct str *ret)
{
    const json_t *value = json_object_get(object, key);
    struct str s = {json_string_value(value), json_string_length(value)};
    if (!json_is_string(value) || !utf8_valid(s) || memchr(s.p, 0, s.n) != NULL)
        return ERR(l->err, "clause.json", "%s", key);
    *ret = str_dup(l->set.arena, s);
    return arena_check(l->set.arena, l->err);
}

static int
number_of(struct loader *l, const json_t *object, const char *key, size_t *ret)
{
    const json_t *value = json_object_get(object, key);
    if (!json_is_integer(value) || json_integer_value(value) < 0)
        return ERR(l->err, "clause.json", "%s", key);
    *ret = (size_t)json_integer_value(value);
    return 0;
}

static int
flag_of(struct loader *l, const json_t *object, const char *key, bool *ret)
{
    const json_t *value = json_object_get(object, key);
    if (value != NULL && !json_is_boolean(value))
        return ERR(l->err, "clause.json", "%s", key);
    *ret = json_is_true(value);
    return 0;
}

/* The list KEY of OBJECT with at most MOST elements. */
static json_t *
list_of(struct loader *l, const json_t *object, const char *key, size_t most)
{
    json_t *list = json_object_get(object, key);
    if (!json_is_array(list))
        ERR(l->err, "clause.json", "%s", key);
    else if (json_array_size(list) > most)
        ERR(l->err, "clause.count", "%s %zu", key, json_array_size(list));
    else
        return list;
    return NULL;
}

/* The place of the word under KEY among the COUNT words that WORD gives. */
static int
word_of(struct loader *l, const json_t *object, const char *key, const char *(*word)(unsigned),
        unsigned count, unsigned *ret)
{
    const char *s = json_string_value(json_object_get(object, key));
    for (unsigned i = 0; s != NULL && i < count; i++)
        if (strcmp(s, word(i)) == 0) {
            *ret = i;
            return 0;
        }
    return ERR(l->err, "clause.json", "%s", key);
}

static int
bits_of(struct loader *l, const json_t *object, const char *key, const char *(*word)(unsigned),
        unsigned count, unsigned *ret)
{
    const json_t *list = list_of(l, object, key, count);
    *ret = 0;
    if (list == NULL)
        return -1;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *s = json_string_value(json_array_get(list, i));
        unsigned k = 0;
        while (k < count && (s == NULL || strcmp(s, word(k)) != 0))
            k++;
        if (k == count)
            return ERR(l->err, "clause.json", "%s", key);
        *ret |= 1u << k;
    }
    return 0;
}

static const char *
doc_word(unsigned i)
{
    return policy_doc_word((enum policy_doc_kind)i);
}
static const char *
mark_word(unsigned i)
{
    return policy_mark_word((enum policy_mark_class)i);
}
static const char *
kind_word(unsigned i)
{
    return policy_kind_word((enum policy_kind)i);
}
static const char *
type_word(unsigned i)
{
    return policy_type_word((enum policy_type)i);
}
static const char *
modality_word(unsigned i)
{
    return policy_modality_word((enum policy_modality)i);
}
static const char *
table_word(unsigned i)
{
    return policy_table_word((enum policy_table_kind)i);
}

static int
range_of(struct loader *l, const json_t *pair, struct policy_range *ret)
{
    const json_t *from = json_array_get(pair, 0), *to = json_array_get(pair, 1);
    if (json_array_size(pair) != 2 || !json_is_integer(from) || !json_is_integer(to) ||
        json_integer_value(from) < 0 || json_integer_value(to) < json_integer_value(from))
        return ERR(l->err, "clause.json", "at");
    *ret = (struct policy_range){(size_t)json_integer_value(from), (size_t)json_integer_value(to)};
    return 0;
}

/* From the first byte of a list of ranges to its last; nothing: [0, 0). */
static int
span_of(struct loader *l, const json_t *object, struct policy_range *ret)
{
    const json_t *list = list_of(l, object, "at", POLICY_SOURCE_BYTES);
    *ret = (struct policy_range){0, 0};
    if (list == NULL)
        return -1;
    for (size_t i = 0; i < json_array_size(list); i++) {
        struct policy_range one;
        if (range_of(l, json_array_get(list, i), &one) < 0)
            return -1;
        if (i == 0 || one.from < ret->from)
            ret->from = one.from;
        if (i == 0 || one.to > ret->to)
            ret->to = one.to;
    }
    return 0;
}

/* The clause a key of this answer means; null is CLAUSE_NONE. */
static int
clause_of(struct loader *l, const json_t *object, const char *key, size_t *ret)
{
    const json_t *value = json_object_get(object, key), *at;
    *ret = CLAUSE_NONE;
    if (json_is_null(value))
        return 0;
    if (!json_is_string(value) || (at = json_object_get(l->keys, json_string_value(value))) == NULL)
        return ERR(l->err, "clause.json", "%s", key);
    *ret = (size_t)json_integer_value(at);
    return 0;
}

static int
add_sentence(struct loader *l, const json_t *row, struct clause *c)
{
    struct clause_sentence *s = &l->set.sentences[l->set.sentence_count];
    size_t number;
    unsigned type, modality;
    s->clause = (size_t)(c - l->set.clauses);
    if (number_of(l, row, "n", &number) < 0 || text_of(l, row, "text", &s->text) < 0 ||
        word_of(l, row, "type", type_word, POLICY_STATEMENT + 1, &type) < 0 ||
        word_of(l, row, "modality", modality_word, POLICY_PLAIN + 1, &modality) < 0 ||
        flag_of(l, row, "effort", &s->effort) < 0 ||
        flag_of(l, row, "exception", &s->exception) < 0 ||
        flag_of(l, row, "inherited", &s->inherited) < 0 ||
        bits_of(l, row, "subject", policy_role_word, ROLE_COUNT, &s->subject) < 0 ||
        bits_of(l, row, "when", policy_when_word, WHEN_COUNT, &s->when) < 0 ||
        bits_of(l, row, "needs", policy_needs_word, NEEDS_COUNT, &s->needs) < 0)
        return -1;
    s->number = (unsigned)number;
    s->type = (enum policy_type)type;
    s->modality = (enum policy_modality)modality;
    c->duty = c->duty || s->type != POLICY_DEFINITION;
    c->roles |= s->subject;
    l->set.sentence_count++;
    return 0;
}

static int
add_sentences(struct loader *l, const json_t *row, struct clause *c)
{
    const json_t *list =
        list_of(l, row, "sentences",
                POLICY_SENTENCES - (l->set.sentence_count < POLICY_SENTENCES ? l->set.sentence_count
                                                                             : POLICY_SENTENCES));
    c->first_sentence = l->set.sentence_count;
    if (list == NULL)
        return -1;
    for (size_t i = 0; i < json_array_size(list); i++)
        if (add_sentence(l, json_array_get(list, i), c) < 0)
            return -1;
    c->sentence_count = l->set.sentence_count - c->first_sentence;
    return 0;
}

/* Under its parent, which must have come before and belong to the same document. */
static int
hang(struct loader *l, const json_t *row, struct clause *c)
{
    if (clause_of(l, row, "parent", &c->parent) < 0)
        return -1;
    if (c->parent == CLAUSE_NONE)
        return 0;
    struct clause *parent = &l->set.clauses[c->parent];
    if (parent->doc != c->doc || c->depth != parent->depth + 1)
        return ERR(l->err, "clause.json", "parent");
    c->position = ++parent->child_count;
    return 0;
}

/* Keys go into addresses, identifiers and the ledger's lines as they are. */
static bool
is_key(struct str s)
{
    static const char signs[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] == 0 || strchr(signs, s.p[i]) == NULL)
            return false;
    return s.n > 0 && s.n < KEY_BYTES;
}

static int
add_clause(struct loader *l, const json_t *row, size_t doc)
{
    size_t index = l->set.clause_count, depth;
    unsigned kind, mark;
    struct clause *c = &l->set.clauses[index];
    const json_t *printed = json_object_get(row, "mark");
    *c = (struct clause){.doc = doc};
    if (index == POLICY_NODES)
        return ERR(l->err, "clause.count", "clauses");
    if (text_of(l, row, "key", &c->key) < 0 || text_of(l, row, "label", &c->label) < 0 ||
        text_of(l, row, "path", &c->path) < 0 || text_of(l, row, "title", &c->title) < 0 ||
        text_of(l, row, "text", &c->text) < 0 || number_of(l, row, "depth", &depth) < 0 ||
        word_of(l, row, "kind", kind_word, POLICY_SUPPLEMENT + 1, &kind) < 0 ||
        word_of(l, printed, "class", mark_word, MARK_BULLET + 1, &mark) < 0 ||
        text_of(l, printed, "printed", &c->printed) < 0 || span_of(l, row, &c->at) < 0)
        return -1;
    if (depth > POLICY_DEPTH + 1 || !is_key(c->key))
        return ERR(l->err, "clause.json", "depth or key");
    c->depth = (unsigned)depth;
    c->kind = (enum policy_kind)kind;
    c->mark = str_of(policy_mark_word((enum policy_mark_class)mark));
    char key[KEY_BYTES];
    memcpy(key, c->key.p, c->key.n);
    key[c->key.n] = 0;
    if (hang(l, row, c) < 0 || add_sentences(l, row, c) < 0)
        return -1;
    if (json_object_get(l->keys, key) != NULL)
        return ERR(l->err, "clause.json", "key");
    l->set.clause_count++;
    return json_object_set_new(l->keys, key, json_integer((json_int_t)index));
}

/* The clauses of the list KEY that belong to document WORD. */
static int
add_clauses(struct loader *l, const char *key, struct str word, size_t doc)
{
    const json_t *list = list_of(l, l->root, key, POLICY_NODES);
    if (list == NULL)
        return -1;
    size_t before = 0;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *row = json_array_get(list, i), *name = json_object_get(row, "doc");
        if (!json_is_string(name))
            return ERR(l->err, "clause.json", "doc");
        if (!str_equal_z(word, json_string_value(name)))
            continue;
        if (add_clause(l, row, doc) < 0)
            return -1;
        struct clause *c = &l->set.clauses[l->set.clause_count - 1];
        if (c->parent == CLAUSE_NONE)
            c->position = ++before;
    }
    return 0;
}

/* Does a document from FIRST on have this WORD (and clauses, if FULL)? Rows name their document by
 * its word, so one answer cannot say which of two they belong to. */
static bool
is_known(const struct loader *l, struct str word, size_t first, bool full)
{
    for (size_t i = first; i < l->set.doc_count; i++)
        if (str_equal(l->set.docs[i].word, word) && (!full || l->set.docs[i].count > 0))
            return true;
    return false;
}

static int
add_doc(struct loader *l, const json_t *row)
{
    unsigned kind;
    const json_t *source = json_object_get(l->root, "source");
    if (word_of(l, row, "doc", doc_word, POLICY_OTHER + 1, &kind) < 0)
        return -1;
    struct str word = str_of(policy_doc_word((enum policy_doc_kind)kind));
    bool single = kind != POLICY_PREFACE && kind != POLICY_OTHER;
    if (is_known(l, word, single ? 0 : l->first_doc, !single))
        return ERR(l->err, "clause.twice", "%.*s", STR_FMT(word));
    if (l->set.doc_count == DOCS_MOST)
        return ERR(l->err, "clause.count", "documents");
    size_t index = l->set.doc_count;
    struct clause_doc *doc = &l->set.docs[index];
    *doc = (struct clause_doc){
        .kind = (enum policy_doc_kind)kind, .word = word, .first = l->set.clause_count};
    if (text_of(l, row, "title", &doc->title) < 0 ||
        text_of(l, row, "body_name", &doc->body_name) < 0 ||
        text_of(l, row, "version", &doc->version) < 0 ||
        text_of(l, row, "dated", &doc->dated) < 0 || text_of(l, row, "front", &doc->front) < 0 ||
        text_of(l, source, "sha256", &doc->sha256) < 0 ||
        text_of(l, source, "name", &doc->name) < 0 ||
        number_of(l, row, "chapters", &doc->chapters) < 0 ||
        number_of(l, row, "nodes", &doc->nodes) < 0 ||
        number_of(l, row, "leaves", &doc->leaves) < 0 ||
        number_of(l, row, "sentences", &doc->sentences) < 0)
        return -1;
    l->set.doc_count++;
    if (add_clauses(l, "clauses", word, index) < 0 ||
        add_clauses(l, "supplements", word, index) < 0)
        return -1;
    doc->count = l->set.clause_count - doc->first;
    return 0;
}

static int
add_row(struct loader *l, const json_t *row, struct clause_row *ret)
{
    const json_t *cells = list_of(l, row, "cells", CELLS_MOST);
    const json_t *role = json_array_get(json_object_get(row, "role"), 0);
    if (cells == NULL)
        return -1;
    *ret = (struct clause_row){0};
    if (span_of(l, row, &ret->at) < 0)
        return -1;
    ret->cells = arena_array(l->set.arena, json_array_size(cells) + 1, sizeof *ret->cells);
    for (size_t i = 0; ret->cells != NULL && i < json_array_size(cells); i++) {
        const json_t *cell = json_array_get(cells, i);
        struct str s = {json_string_value(cell), json_string_length(cell)};
        if (!json_is_string(cell) || !utf8_valid(s))
            return ERR(l->err, "clause.json", "cells");
        ret->cells[ret->cell_count++] = str_dup(l->set.arena, s);
    }
    if (json_is_string(role))
        ret->role = str_dup(l->set.arena, str_of(json_string_value(role)));
    return arena_check(l->set.arena, l->err);
}

static int
add_table(struct loader *l, const json_t *row)
{
    unsigned kind;
    struct clause_table *t = &l->set.tables[l->set.table_count];
    const json_t *rows = list_of(l, row, "rows", POLICY_TABLE_ROWS);
    *t = (struct clause_table){0};
    if (rows == NULL || word_of(l, row, "kind", table_word, TABLE_OTHER + 1, &kind) < 0 ||
        text_of(l, row, "axis", &t->axis) < 0 || clause_of(l, row, "clause", &t->clause) < 0)
        return -1;
    t->kind = (enum policy_table_kind)kind;
    t->rows = arena_array(l->set.arena, json_array_size(rows) + 1, sizeof *t->rows);
    for (size_t i = 0; t->rows != NULL && i < json_array_size(rows); i++)
        if (add_row(l, json_array_get(rows, i), &t->rows[t->row_count++]) < 0)
            return -1;
    l->set.table_count++;
    return arena_check(l->set.arena, l->err);
}

static int
add_ref(struct loader *l, const json_t *row)
{
    struct clause_ref *ref = &l->set.refs[l->set.ref_count];
    const json_t *to = list_of(l, row, "to", POLICY_NODES);
    *ref = (struct clause_ref){0};
    if (to == NULL || text_of(l, row, "kind", &ref->kind) < 0 ||
        text_of(l, row, "text", &ref->text) < 0 || clause_of(l, row, "from", &ref->from) < 0)
        return -1;
    ref->to = arena_array(l->set.arena, json_array_size(to) + 1, sizeof *ref->to);
    for (size_t i = 0; ref->to != NULL && i < json_array_size(to); i++) {
        const char *key = json_string_value(json_array_get(to, i));
        const json_t *at = key == NULL ? NULL : json_object_get(l->keys, key);
        if (at == NULL)
            return ERR(l->err, "clause.json", "to");
        ref->to[ref->to_count++] = (size_t)json_integer_value(at);
    }
    l->set.ref_count++;
    return arena_check(l->set.arena, l->err);
}

static int
add_finding(struct loader *l, const json_t *row)
{
    struct clause_finding *f = &l->set.findings[l->set.finding_count];
    *f = (struct clause_finding){0};
    if (text_of(l, row, "code", &f->code) < 0 || text_of(l, row, "severity", &f->severity) < 0 ||
        text_of(l, row, "label", &f->label) < 0 || text_of(l, row, "text", &f->text) < 0 ||
        clause_of(l, row, "clause", &f->clause) < 0 ||
        range_of(l, json_object_get(row, "at"), &f->at) < 0)
        return -1;
    l->set.finding_count++;
    return 0;
}

/* NEW places for COUNT + MORE rows of SIZE bytes, the first COUNT copied from OLD. */
static void *
grown(struct arena *arena, const void *old, size_t count, size_t more, size_t size)
{
    void *p = arena_array(arena, count + more + 1, size);
    if (p != NULL && count > 0)
        memcpy(p, old, count * size);
    return p;
}

static size_t
sentences_in(const json_t *list)
{
    size_t n = 0;
    for (size_t i = 0; i < json_array_size(list); i++)
        n += json_array_size(json_object_get(json_array_get(list, i), "sentences"));
    return n;
}

/* Room for all that this answer can bring. */
static int
make_room(struct loader *l)
{
    struct clause_set *s = &l->set;
    const json_t *docs = list_of(l, l->root, "documents", DOCS_MOST);
    const json_t *clauses = list_of(l, l->root, "clauses", POLICY_NODES);
    const json_t *supplements = list_of(l, l->root, "supplements", POLICY_NODES);
    const json_t *tables = list_of(l, l->root, "tables", POLICY_NODES);
    const json_t *refs = list_of(l, l->root, "refs", REFS_MOST);
    const json_t *findings = list_of(l, l->root, "findings", POLICY_FINDINGS);
    if (docs == NULL || clauses == NULL || supplements == NULL || tables == NULL || refs == NULL ||
        findings == NULL)
        return -1;
    s->docs = grown(s->arena, s->docs, s->doc_count, DOCS_MOST, sizeof *s->docs);
    s->clauses = grown(s->arena, s->clauses, s->clause_count,
                       json_array_size(clauses) + json_array_size(supplements), sizeof *s->clauses);
    s->sentences = grown(s->arena, s->sentences, s->sentence_count,
                         sentences_in(clauses) + sentences_in(supplements), sizeof *s->sentences);
    s->tables =
        grown(s->arena, s->tables, s->table_count, json_array_size(tables), sizeof *s->tables);
    s->refs = grown(s->arena, s->refs, s->ref_count, json_array_size(refs), sizeof *s->refs);
    s->findings = grown(s->arena, s->findings, s->finding_count, json_array_size(findings),
                        sizeof *s->findings);
    return arena_check(s->arena, l->err);
}

static int
add_each(struct loader *l, const char *key, int (*add)(struct loader *, const json_t *))
{
    const json_t *list = json_object_get(l->root, key);
    for (size_t i = 0; i < json_array_size(list); i++)
        if (add(l, json_array_get(list, i)) < 0)
            return -1;
    return 0;
}

static int
load(struct loader *l)
{
    size_t before = l->set.clause_count;
    if (make_room(l) < 0 || add_each(l, "documents", add_doc) < 0)
        return -1;
    size_t rows = json_array_size(json_object_get(l->root, "clauses")) +
                  json_array_size(json_object_get(l->root, "supplements"));
    if (l->set.clause_count - before != rows) /* one names a document that is not there */
        return ERR(l->err, "clause.json", "doc");
    if (add_each(l, "tables", add_table) < 0 || add_each(l, "refs", add_ref) < 0 ||
        add_each(l, "findings", add_finding) < 0)
        return -1;
    return 0;
}

void
clause_set_init(struct clause_set *set, struct arena *arena)
{
    *set = (struct clause_set){.arena = arena};
}

int
clause_set_add(struct clause_set *set, struct str json, struct err *err)
{
    struct loader l = {.set = *set, .first_doc = set->doc_count, .err = err};
    l.root = json_loadb(json.p == NULL ? "" : json.p, json.n, JSON_REJECT_DUPLICATES, NULL);
    l.keys = json_object();
    int rc = l.root == NULL || l.keys == NULL ? ERR(err, "clause.json", "JSON") : load(&l);
    json_decref(l.root);
    json_decref(l.keys);
    if (rc == 0)
        *set = l.set;
    return rc;
}

const struct clause_doc *
clause_doc_get(const struct clause_set *set, struct str word)
{
    for (size_t i = 0; i < set->doc_count; i++)
        if (str_equal(set->docs[i].word, word))
            return &set->docs[i];
    return NULL;
}

size_t
clause_find(const struct clause_set *set, struct str name, bool *ret_twice)
{
    ptrdiff_t colon = str_find(name, STR(":"), 0);
    struct str doc = colon < 0 ? (struct str){0} : str_slice(name, 0, (size_t)colon);
    struct str rest = colon < 0 ? name : str_slice(name, (size_t)colon + 1, name.n);
    size_t found = CLAUSE_NONE, count = 0;
    for (size_t i = 0; rest.n > 0 && i < set->clause_count; i++) {
        const struct clause *c = &set->clauses[i];
        if ((colon >= 0 && !str_equal(doc, set->docs[c->doc].word)) ||
            (!str_equal(c->label, rest) && !str_equal(c->key, rest)))
            continue;
        found = i;
        count++;
    }
    if (ret_twice != NULL)
        *ret_twice = count > 1;
    return count == 1 ? found : CLAUSE_NONE;
}

size_t
clause_titled(const struct clause_set *set, size_t index)
{
    while (index != CLAUSE_NONE && set->clauses[index].title.n == 0)
        index = set->clauses[index].parent;
    return index;
}
