/*
 * text: see text.h. Runs in cored. ROOT was checked as a whole (clause_set_add) before it is cut;
 * what is cut is checked again, so nothing that could not be loaded is ever stored.
 *
 * Invariant: a key of a document means the same clause for ever, or one that followed it.
 */
#include "core/control/text.h"

#include "base/crypt/encode.h"
#include "base/crypt/hash.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_BYTES = 32 << 20, KEY_BYTES = 40 };

/* The document while it is cut. */
struct cut {
    const json_t *root;
    const char *doc, *as;
    json_t *keys; /* of its clauses: key → key it shall have (text), or itself */
    bool first;   /* it is the first of its file: it takes what belongs to no clause */
};

static bool
is_of(const struct cut *c, const json_t *row)
{
    const char *word = json_string_value(json_object_get(row, "doc"));
    return word != NULL && strcmp(word, c->doc) == 0;
}

/* The new key for the text VALUE, or NULL when it is no key of this document. */
static json_t *
key_for(const struct cut *c, const json_t *value)
{
    const char *key = json_string_value(value);
    return key == NULL ? NULL : json_object_get(c->keys, key);
}

static void
note_keys(struct cut *c, const char *list_name)
{
    size_t i;
    json_t *row;
    json_array_foreach(json_object_get(c->root, list_name), i, row)
    {
        json_t *key = json_object_get(row, "key");
        if (is_of(c, row) && json_is_string(key))
            (void)json_object_set(c->keys, json_string_value(key), key);
    }
}

/* The clauses of LIST_NAME, renamed. */
static json_t *
cut_clauses(const struct cut *c, const char *list_name)
{
    json_t *list = json_array(), *row;
    size_t i;
    json_array_foreach(json_object_get(c->root, list_name), i, row)
    {
        if (!is_of(c, row))
            continue;
        json_t *copy = json_copy(row);
        json_t *parent = key_for(c, json_object_get(row, "parent"));
        (void)json_object_set_new(copy, "doc", json_string(c->as));
        (void)json_object_set(copy, "key", key_for(c, json_object_get(row, "key")));
        if (parent != NULL)
            (void)json_object_set(copy, "parent", parent);
        (void)json_array_append_new(list, copy);
    }
    return list;
}

/* Rows of LIST_NAME that stand in a clause of this document under FIELD; those of no clause go with
 * the first document. */
static json_t *
cut_rows(const struct cut *c, const char *list_name, const char *field)
{
    json_t *list = json_array(), *row;
    size_t i;
    json_array_foreach(json_object_get(c->root, list_name), i, row)
    {
        json_t *at = json_object_get(row, field), *key = key_for(c, at);
        if (key == NULL && (json_is_string(at) || !c->first))
            continue;
        json_t *copy = json_copy(row);
        if (key != NULL)
            (void)json_object_set(copy, field, key);
        (void)json_array_append_new(list, copy);
    }
    return list;
}

/* References from this document to itself; those to another document keep their words only. */
static json_t *
cut_refs(const struct cut *c)
{
    json_t *list = cut_rows(c, "refs", "from"), *row, *to;
    size_t i, k;
    json_array_foreach(list, i, row)
    {
        json_t *kept = json_array();
        json_array_foreach(json_object_get(row, "to"), k, to)
        {
            json_t *key = key_for(c, to);
            if (key != NULL)
                (void)json_array_append(kept, key);
        }
        (void)json_object_set_new(row, "to", kept);
    }
    return list;
}

static json_t *
cut_documents(const struct cut *c)
{
    json_t *list = json_array(), *row;
    size_t i;
    json_array_foreach(json_object_get(c->root, "documents"), i, row)
    {
        if (!is_of(c, row))
            continue;
        json_t *copy = json_copy(row);
        (void)json_object_set_new(copy, "doc", json_string(c->as));
        (void)json_array_append_new(list, copy);
    }
    return list;
}

static json_t *
cut_make(const struct cut *c)
{
    json_t *out = json_object();
    (void)json_object_set(out, "source", json_object_get(c->root, "source"));
    (void)json_object_set(out, "reader", json_object_get(c->root, "reader"));
    (void)json_object_set_new(out, "documents", cut_documents(c));
    (void)json_object_set_new(out, "clauses", cut_clauses(c, "clauses"));
    (void)json_object_set_new(out, "supplements", cut_clauses(c, "supplements"));
    (void)json_object_set_new(out, "tables", cut_rows(c, "tables", "clause"));
    (void)json_object_set_new(out, "refs", cut_refs(c));
    (void)json_object_set_new(out, "short_names", cut_rows(c, "short_names", "clause"));
    (void)json_object_set_new(out, "findings", cut_rows(c, "findings", "clause"));
    return out;
}

/* The text of the cut, and its set. */
static int
cut_load(const struct cut *c, struct arena *arena, struct text *ret, struct err *err)
{
    uint8_t digest[SHA256_BYTES];
    json_t *out = cut_make(c);
    char *json = json_dumps(out, JSON_COMPACT);
    json_decref(out);
    if (json == NULL || strlen(json) > TEXT_BYTES) {
        free(json);
        return ERR(err, "control.json", "%s", c->doc);
    }
    ret->json = str_dup(arena, str_of(json));
    free(json);
    if (arena_check(arena, err) < 0)
        return -1;
    sha256_of(ret->json.p, ret->json.n, digest);
    hex_encode(digest, sizeof digest, ret->sha256);
    clause_set_init(&ret->set, arena);
    return clause_set_add(&ret->set, ret->json, err);
}

/* The number in a key like c0412; 0: none. */
static size_t
number_of(struct str key)
{
    uint64_t n = 0;
    for (size_t i = 0; i < key.n; i++)
        if (key.p[i] >= '0' && key.p[i] <= '9')
            n = n * 10 + (uint64_t)(key.p[i] - '0');
        else if (i > 0)
            return 0;
    return n > POLICY_NODES * 64u ? 0 : (size_t)n;
}

static size_t
next_number(const struct clause_set *set)
{
    size_t next = 1;
    for (size_t i = 0; i < set->clause_count; i++) {
        size_t n = number_of(set->clauses[i].key);
        next = n >= next ? n + 1 : next;
    }
    return next;
}

/* The key that the clause of PAIR follows; empty: none, or another clause follows it already. */
static struct str
followed(const struct text_base *base, const struct diff_pair *pair, bool *taken)
{
    if (pair->old == CLAUSE_NONE || pair->new == CLAUSE_NONE || taken[pair->old])
        return (struct str){0};
    taken[pair->old] = true;
    return base->set->clauses[pair->old].key;
}

/* Names every clause of RET's set after the clause of BASE it follows. */
static int
rename_keys(struct cut *c, const struct text_base *base, struct text *ret, struct err *err)
{
    bool *taken = calloc(base->set->clause_count + 1, sizeof *taken);
    bool *named = calloc(ret->set.clause_count + 1, sizeof *named);
    if (taken == NULL || named == NULL) {
        free(taken);
        free(named);
        return ERR(err, "limit.memory", "keys");
    }
    for (size_t i = 0; i < ret->diff->pair_count; i++) {
        const struct diff_pair *pair = &ret->diff->pairs[i];
        if (pair->new == CLAUSE_NONE || named[pair->new])
            continue;
        char own[KEY_BYTES], fresh[KEY_BYTES];
        struct str key = ret->set.clauses[pair->new].key, follows = followed(base, pair, taken);
        (void)snprintf(own, sizeof own, "%.*s", STR_FMT(key));
        (void)snprintf(fresh, sizeof fresh, "%c%04zu", own[0], ret->key_next);
        ret->key_next += follows.n == 0;
        named[pair->new] = true;
        (void)json_object_set_new(
            c->keys, own, follows.n > 0 ? json_stringn(follows.p, follows.n) : json_string(fresh));
    }
    free(taken);
    free(named);
    return 0;
}

static int
follow(struct cut *c, struct arena *arena, const struct text_base *base, struct text *ret,
       struct err *err)
{
    struct diff_side old = {base->set, base->doc}, new = {&ret->set, 0};
    if (diff_make(arena, &old, &new, base->options, &ret->diff, err) < 0)
        return -1;
    ret->key_next = base->key_next > ret->key_next ? base->key_next : ret->key_next;
    if (rename_keys(c, base, ret, err) < 0)
        return -1;
    return cut_load(c, arena, ret, err); /* the clauses keep their places: the diff still holds */
}

int
text_cut(struct arena *arena, const json_t *root, const char *doc, const char *as,
         const struct text_base *base, struct text *ret, struct err *err)
{
    struct cut c = {root, doc, as, json_object(), false};
    *ret = (struct text){.doc = str_dup(arena, str_of(as))};
    c.first = is_of(&c, json_array_get(json_object_get(root, "documents"), 0));
    note_keys(&c, "clauses");
    note_keys(&c, "supplements");
    int rc = cut_load(&c, arena, ret, err);
    if (rc == 0)
        ret->key_next = next_number(&ret->set);
    if (rc == 0 && ret->set.doc_count != 1)
        rc = ERR(err, "control.json", "%s", doc);
    if (rc == 0 && base->set != NULL)
        rc = follow(&c, arena, base, ret, err);
    json_decref(c.keys);
    return rc;
}
