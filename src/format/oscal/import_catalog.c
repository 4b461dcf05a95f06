/*
 * import_catalog: an OSCAL catalog as the JSON that the reader of texts writes, so that everything
 * behind takes it like any other policy. Runs in the command line.
 *
 * Groups and controls become clauses in reading order, statements sentences. Of our own catalogs
 * every property is taken back, so the tree is the one that was exported; of others, sentences have
 * no modality that anyone stated: they are read as plain duties, and that is told.
 */
#include "format/oscal/import.h"

#include "base/mem/ensure.h"

#include <string.h>

enum { KEY_BYTES = 32, PART_DEPTH = 12 };

struct rebuild {
    struct importer *im;
    const json_t *body;
    bool ours;
    json_t *doc; /* "other", … */
    json_t *clauses, *supplements, *tables, *refs;
    json_t *keys;   /* of all clauses */
    json_t *params; /* id → words */
    json_t *front;
    struct buf text; /* of the clause at hand */
    size_t number;   /* of the next key */
    size_t chapters, nodes, leaves, sentences, unstated;
    size_t supplement_count, supplement_sentences;
};

/* Where a clause hangs. */
struct place {
    json_t *parent; /* key, or null */
    const char *path;
    unsigned depth;
    size_t *position;
};

static json_t *
copy_or(json_t *value, const char *other)
{
    return value != NULL ? value : text_json(str_of(other));
}

static bool
is_class(const json_t *object, const char *word)
{
    const char *class = member_text(object, "class");
    return class != NULL && strcmp(class, word) == 0;
}

/* Markup undone, inserted parameters put into words. */
static json_t *
plain_json(struct rebuild *b, const char *markup, const char *where)
{
    struct buf words, out;
    struct str rest = str_of(markup);
    buf_init(&words, OSCAL_INPUT_BYTES);
    buf_init(&out, OSCAL_INPUT_BYTES);
    ptrdiff_t at;
    while ((at = str_find(rest, STR("{{"), 0)) >= 0) {
        ptrdiff_t end = str_find(rest, STR("}}"), (size_t)at);
        struct str inner = str_trim(str_slice(rest, (size_t)at + 2, end < 0 ? 0 : (size_t)end));
        ptrdiff_t comma = str_find(inner, STR(","), 0);
        if (end < 0 || !str_starts(inner, STR("insert:")) || comma < 0)
            break;
        struct str id = str_trim(str_slice(inner, (size_t)comma + 1, inner.n));
        const json_t *value = json_object_getn(b->params, id.p, id.n);
        buf_put(&words, rest.p, (size_t)at);
        buf_put_z(&words, "［");
        buf_put_str(&words, value == NULL ? id : str_of(json_string_value(value)));
        buf_put_z(&words, "］");
        importer_find(b->im, "P303", where, "");
        rest = str_slice(rest, (size_t)end + 2, rest.n);
    }
    buf_put_str(&words, rest);
    markup_undo(&out, buf_str(&words));
    json_t *text = text_json(buf_str(&out));
    buf_free(&words);
    buf_free(&out);
    return text;
}

/* The words of a property as a list of texts: "ciso chief". */
static json_t *
words_json(const json_t *object, const char *name)
{
    json_t *list = json_array(), *value = prop_value(object, name);
    struct str rest = str_of(json_string_value(value)), word;
    while (value != NULL && str_split_next(&rest, ' ', &word))
        if (word.n > 0)
            push(list, text_json(word));
    json_decref(value);
    return list;
}

static json_t *
flag_json(const json_t *object, const char *name)
{
    json_t *value = prop_value(object, name);
    bool yes = value != NULL && strcmp(json_string_value(value), "yes") == 0;
    json_decref(value);
    return json_boolean(yes);
}

/* The number at the end of "std-c0012_s3", or the next one. */
static json_int_t
number_of(const json_t *part, size_t next)
{
    const char *id = member_text(part, "id"), *end = id == NULL ? NULL : strrchr(id, '_');
    uint64_t number;
    if (end != NULL && end[1] == 's' && str_to_u64(str_of(end + 2), &number) && number > 0 &&
        number <= POLICY_SENTENCES)
        return (json_int_t)number;
    return (json_int_t)next;
}

static int
add_sentence(struct rebuild *b, json_t *clause, const json_t *part)
{
    json_t *list = json_object_get(clause, "sentences"), *s = json_object();
    const char *prose = member_text(part, "prose"), *where = member_text(clause, "label");
    json_t *type = b->ours ? prop_value(part, "type") : NULL;
    if (b->sentences++ >= POLICY_SENTENCES) {
        json_decref(s);
        json_decref(type);
        return ERR(b->im->err, "oscal.count", "%d", POLICY_SENTENCES);
    }
    b->unstated += type == NULL;
    put(s, "n", json_integer(number_of(b->ours ? part : NULL, json_array_size(list) + 1)));
    put(s, "text", plain_json(b, prose == NULL ? "" : prose, where));
    put(s, "type", copy_or(type, "duty"));
    put(s, "modality", copy_or(b->ours ? prop_value(part, "modality") : NULL, "plain"));
    put(s, "subject", words_json(b->ours ? part : NULL, "subject"));
    put(s, "when", words_json(b->ours ? part : NULL, "when"));
    put(s, "needs", words_json(b->ours ? part : NULL, "needs"));
    put(s, "effort", flag_json(b->ours ? part : NULL, "effort"));
    put(s, "exception", flag_json(b->ours ? part : NULL, "exception"));
    put(s, "inherited", flag_json(b->ours ? part : NULL, "inherited"));
    put(s, "at", json_array());
    push(list, s);
    return 0;
}

/* The text at hand is longer by the last sentence of CLAUSE. */
static void
add_text(struct rebuild *b, const json_t *clause, bool paragraph)
{
    const json_t *list = json_object_get(clause, "sentences");
    const json_t *last = json_array_get(list, json_array_size(list) - 1);
    if (paragraph)
        buf_put_char(&b->text, '\n');
    buf_put_z(&b->text, member_text(last, "text"));
}

/* Our own statement: a prose is the whole text, the sentences are its parts. */
static int
take_statement(struct rebuild *b, json_t *clause, const json_t *part)
{
    const char *prose = member_text(part, "prose");
    size_t i;
    json_t *item;
    json_array_foreach(json_object_get(part, "parts"), i, item)
    {
        if (add_sentence(b, clause, item) < 0)
            return -1;
        json_t *paragraph = prop_value(item, "paragraph");
        if (prose == NULL)
            add_text(b, clause, paragraph != NULL);
        json_decref(paragraph);
    }
    if (prose != NULL) {
        json_t *text = plain_json(b, prose, member_text(clause, "label"));
        buf_put_z(&b->text, json_string_value(text));
        json_decref(text);
    }
    return 0;
}

/* A statement of others: its prose is a sentence, and so is that of each part below. */
static int
take_foreign(struct rebuild *b, json_t *clause, const json_t *part, unsigned depth)
{
    size_t i;
    json_t *item;
    if (depth > PART_DEPTH)
        return ERR(b->im->err, "oscal.count", "parts %d", PART_DEPTH);
    if (member_text(part, "prose") != NULL) {
        if (add_sentence(b, clause, part) < 0)
            return -1;
        add_text(b, clause, b->text.n > 0);
    }
    json_array_foreach(json_object_get(part, "parts"), i,
                       item) if (take_foreign(b, clause, item, depth + 1) < 0) return -1;
    return 0;
}

static json_t *
row_json(struct rebuild *b, const json_t *part)
{
    json_t *row = json_object(), *cells = json_array();
    size_t i;
    json_t *cell;
    json_array_foreach(json_object_get(part, "parts"), i, cell)
    {
        const char *prose = member_text(cell, "prose");
        push(cells, plain_json(b, prose == NULL ? "" : prose, "table"));
    }
    put(row, "cells", cells);
    put(row, "role", words_json(part, "role"));
    put(row, "at", json_array());
    return row;
}

static int
take_table(struct rebuild *b, json_t *key, const json_t *part)
{
    json_t *table = json_object(), *rows = json_array();
    size_t i;
    json_t *row;
    put(table, "kind", copy_or(prop_value(part, "kind"), "other"));
    put(table, "axis", copy_or(prop_value(part, "axis"), ""));
    put(table, "clause", json_incref(key));
    put(table, "head", text_json(STR("")));
    json_array_foreach(json_object_get(part, "parts"), i, row) push(rows, row_json(b, row));
    put(table, "rows", rows);
    push(b->tables, table);
    return json_array_size(rows) <= POLICY_TABLE_ROWS
               ? 0
               : ERR(b->im->err, "oscal.count", "rows %d", POLICY_TABLE_ROWS);
}

static int
take_parts(struct rebuild *b, json_t *clause, const json_t *object)
{
    size_t i;
    json_t *part;
    json_array_foreach(json_object_get(object, "parts"), i, part)
    {
        const char *name = member_text(part, "name");
        int rc = 0;
        if (name == NULL)
            return ERR(b->im->err, "oscal.shape", "parts name");
        if (b->ours && strcmp(name, "table") == 0)
            rc = take_table(b, json_object_get(clause, "key"), part);
        else if (strcmp(name, "statement") != 0)
            importer_find(b->im, "P302", member_text(clause, "label"), name);
        else
            rc = b->ours ? take_statement(b, clause, part) : take_foreign(b, clause, part, 0);
        if (rc < 0)
            return -1;
    }
    return 0;
}

static bool
key_fits(const struct rebuild *b, const char *key)
{
    return key != NULL && key[0] != 0 && strlen(key) < KEY_BYTES &&
           strspn(key, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-") ==
               strlen(key) &&
           json_object_get(b->keys, key) == NULL;
}

/* The key it had, or a new one. */
static json_t *
take_key(struct rebuild *b, const json_t *object)
{
    json_t *key = b->ours ? prop_value(object, "key") : NULL;
    if (!key_fits(b, json_string_value(key))) {
        char text[KEY_BYTES];
        json_decref(key);
        do
            snprintf(text, sizeof text, "c%04zu", ++b->number);
        while (json_object_get(b->keys, text) != NULL);
        key = text_json(str_of(text));
    }
    put(b->keys, json_string_value(key), json_true());
    return key;
}

/* "60812-60893" as [[60812, 60893]]. */
static json_t *
take_range(const json_t *object)
{
    json_t *list = json_array(), *value = prop_value(object, "source-range");
    struct str rest = str_of(json_string_value(value)), from = {0}, to = {0};
    uint64_t a, b;
    if (value != NULL && str_split_next(&rest, '-', &from) && str_split_next(&rest, '-', &to) &&
        str_to_u64(from, &a) && str_to_u64(to, &b) && a <= b && b <= INT32_MAX) {
        json_t *pair = json_array();
        push(pair, json_integer((json_int_t)a));
        push(pair, json_integer((json_int_t)b));
        push(list, pair);
    }
    json_decref(value);
    return list;
}

static void
take_refs(struct rebuild *b, const json_t *key, const json_t *object)
{
    size_t i;
    json_t *prop;
    json_array_foreach(json_object_get(object, "props"), i, prop)
    {
        const char *name = member_text(prop, "name"), *ns = member_text(prop, "ns");
        const char *value = member_text(prop, "value"), *text = member_text(prop, "remarks");
        const char *kind = member_text(prop, "class");
        struct str rest = str_of(value), word;
        if (name == NULL || ns == NULL || value == NULL || kind == NULL ||
            strcmp(name, "reference") != 0 || strcmp(ns, OSCAL_NS) != 0)
            continue;
        json_t *ref = json_object(), *to = json_array();
        put(ref, "kind", text_json(str_of(kind)));
        put(ref, "from", json_incref((json_t *)(uintptr_t)key));
        while (strcmp(value, "none") != 0 && str_split_next(&rest, ' ', &word))
            push(to, text_json(word));
        put(ref, "to", to);
        put(ref, "text", plain_json(b, text == NULL ? "" : text, "reference"));
        push(b->refs, ref);
    }
}

/* References to clauses of other files, or to nothing, are left out and told. */
static void
settle_refs(struct rebuild *b)
{
    size_t i;
    json_t *ref;
    json_array_foreach(b->refs, i, ref)
    {
        json_t *to = json_object_get(ref, "to");
        for (size_t k = json_array_size(to); k-- > 0;) {
            const char *key = json_string_value(json_array_get(to, k));
            if (json_object_get(b->keys, key) != NULL)
                continue;
            importer_find(b->im, "P305", member_text(ref, "from"), key);
            json_array_remove(to, k);
        }
    }
}

/* The value of OSCAL's own property NAME, or NULL. */
static const char *
plain_prop(const json_t *object, const char *name)
{
    size_t i;
    json_t *prop;
    json_array_foreach(json_object_get(object, "props"), i, prop)
    {
        const char *own = member_text(prop, "name");
        if (own != NULL && strcmp(own, name) == 0 && json_object_get(prop, "ns") == NULL)
            return member_text(prop, "value");
    }
    return NULL;
}

/* Our own "label", which may be quoted; others' as it stands, or the id. */
static json_t *
take_label(struct rebuild *b, const json_t *object)
{
    const char *label = plain_prop(object, "label"), *id = member_text(object, "id");
    size_t i;
    json_t *prop;
    json_array_foreach(json_object_get(object, "props"), i, prop)
    {
        const char *name = member_text(prop, "name");
        if (name == NULL || strcmp(name, "label") != 0 || !is_class(prop, "quoted") ||
            json_object_get(prop, "ns") != NULL || label == NULL)
            continue;
        json_t *plain = json_loads(label, JSON_DECODE_ANY, NULL);
        if (json_is_string(plain))
            return plain;
        json_decref(plain);
    }
    if (label == NULL && !b->ours)
        label = id;
    return text_json(str_of(label));
}

static json_t *
take_title(struct rebuild *b, const json_t *object, const char *where)
{
    const char *title = member_text(object, "title");
    json_t *exact = b->ours ? prop_value(object, "title") : NULL;
    json_t *untitled = b->ours ? prop_value(object, "untitled") : NULL;
    if (exact != NULL || untitled != NULL || title == NULL) {
        json_decref(untitled);
        return copy_or(exact, "");
    }
    return plain_json(b, title, where);
}

static void
add_proposal(struct rebuild *b, struct oscal_proposal proposal)
{
    struct oscal_reading *r = b->im->reading;
    if ((r->proposal_count & (r->proposal_count + 1)) == 0) { /* full: 0, 1, 3, 7 … */
        struct oscal_proposal *more =
            arena_array(b->im->arena, (r->proposal_count + 1) * 2, sizeof *more);
        if (more == NULL)
            return; /* the arena is full: oscal_read ends with limit.memory */
        if (r->proposal_count > 0)
            memcpy(more, r->proposals, r->proposal_count * sizeof *more);
        r->proposals = more;
    }
    r->proposals[r->proposal_count++] = proposal;
}

/* "topic" begins a binding, a "part" of the same group belongs to it. */
static void
take_proposals(struct rebuild *b, const char *key, const json_t *object)
{
    struct oscal_reading *r = b->im->reading;
    const char *group = NULL;
    size_t i;
    json_t *prop;
    json_array_foreach(json_object_get(object, "props"), i, prop)
    {
        const char *name = member_text(prop, "name"), *ns = member_text(prop, "ns");
        const char *value = member_text(prop, "value"), *own = member_text(prop, "group");
        if (name == NULL || ns == NULL || value == NULL || own == NULL || strcmp(ns, OSCAL_NS) != 0)
            continue;
        struct str text = str_dup(b->im->arena, str_of(value));
        if (strcmp(name, "topic") == 0) {
            add_proposal(b, (struct oscal_proposal){.key = str_dup(b->im->arena, str_of(key)),
                                                    .topic = text});
            group = own;
        } else if (strcmp(name, "part") == 0 && group != NULL && strcmp(own, group) == 0) {
            r->proposals[r->proposal_count - 1].part = text;
        }
    }
}

static bool
is_kind(const char *class)
{
    static const char *const kinds[] = {"limit", "term", "supplement"};
    for (size_t i = 0; class != NULL && i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(class, kinds[i]) == 0)
            return true;
    return false;
}

/* Everything of a clause but its sentences and children. */
static json_t *
clause_json(struct rebuild *b, const json_t *object, const struct place *at)
{
    json_t *clause = json_object(), *mark = json_object(), *label = take_label(b, object);
    const char *class = b->ours ? member_text(object, "class") : NULL;
    struct buf path;
    buf_init(&path, 4096);
    buf_printf(&path, "%s%s%zu", at->path, at->path[0] == 0 ? "" : ".", ++*at->position);
    put(clause, "key", take_key(b, object));
    put(clause, "doc", json_incref(b->doc));
    put(clause, "label", label);
    json_t *own = b->ours ? prop_value(object, "path") : NULL;
    put(clause, "path", own != NULL ? own : text_json(buf_str(&path)));
    put(clause, "depth", json_integer((json_int_t)at->depth));
    put(clause, "kind", text_json(is_kind(class) ? str_of(class) : STR("clause")));
    put(clause, "title", take_title(b, object, json_string_value(label)));
    put(clause, "text", text_json(STR("")));
    put(mark, "class",
        copy_or(b->ours ? prop_value(object, "mark") : NULL, policy_mark_word(MARK_NONE)));
    put(mark, "printed",
        copy_or(b->ours ? prop_value(object, "printed") : NULL,
                b->ours ? "" : json_string_value(label)));
    put(mark, "ordinal", json_integer(0));
    put(clause, "mark", mark);
    put(clause, "parent", json_incref(at->parent));
    put(clause, "at", b->ours ? take_range(object) : json_array());
    put(clause, "sentences", json_array());
    take_refs(b, json_object_get(clause, "key"), b->ours ? object : NULL);
    take_proposals(b, member_text(clause, "key"), b->ours ? object : NULL);
    buf_free(&path);
    return clause;
}

static void
tell_props(struct rebuild *b, const json_t *object, const char *where)
{
    static const char *const known[] = {"label", "sort-id", "status", "alt-identifier"};
    size_t i;
    json_t *prop;
    json_array_foreach(json_object_get(object, "props"), i, prop)
    {
        const char *name = member_text(prop, "name"), *ns = member_text(prop, "ns");
        bool ours = ns != NULL && strcmp(ns, OSCAL_NS) == 0 && b->ours;
        for (size_t k = 0; !ours && name != NULL && k < sizeof known / sizeof *known; k++)
            ours = strcmp(name, known[k]) == 0;
        if (!ours)
            importer_find(b->im, "P301", where, name == NULL ? "props" : name);
    }
}

static int take_clause(struct rebuild *b, const json_t *object, const struct place *at);

/* Is it a chapter's own text, which belongs to the group it stands in? */
static bool
is_chapter_text(const struct rebuild *b, const json_t *control)
{
    return b->ours && is_class(control, "chapter-text");
}

static int
take_children(struct rebuild *b, const json_t *object, const struct place *at)
{
    static const char *const lists[] = {"groups", "controls"};
    for (size_t k = 0; k < sizeof lists / sizeof *lists; k++) {
        const json_t *list = json_object_get(object, lists[k]);
        size_t i;
        json_t *child;
        if (list != NULL && !json_is_array(list))
            return ERR(b->im->err, "oscal.shape", "%s", lists[k]);
        json_array_foreach(list, i, child) if (!is_chapter_text(b, child) &&
                                               take_clause(b, child, at) < 0) return -1;
    }
    return 0;
}

static bool
is_withdrawn(const json_t *object)
{
    const char *status = plain_prop(object, "status");
    return status != NULL && strcasecmp(status, "withdrawn") == 0;
}

static int
take_texts(struct rebuild *b, json_t *clause, const json_t *object)
{
    const json_t *controls = json_object_get(object, "controls");
    size_t i;
    json_t *control;
    buf_clear(&b->text);
    if (take_parts(b, clause, object) < 0)
        return -1;
    json_array_foreach(controls, i, control) if (is_chapter_text(b, control) &&
                                                 take_parts(b, clause, control) < 0) return -1;
    put(clause, "text", text_json(buf_str(&b->text)));
    return 0;
}

static int
take_clause(struct rebuild *b, const json_t *object, const struct place *at)
{
    static const char *const known[] = {"id",    "class", "title",    "params", "props",
                                        "links", "parts", "controls", "groups", NULL};
    if (!json_is_object(object))
        return ERR(b->im->err, "oscal.shape", "controls");
    const char *id = member_text(object, "id");
    if (is_withdrawn(object)) {
        importer_find(b->im, "P306", id == NULL ? "" : id, id == NULL ? "" : id);
        return 0;
    }
    if (at->depth > POLICY_DEPTH || b->nodes + b->supplement_count >= POLICY_NODES)
        return ERR(b->im->err, "oscal.count", "%zu", b->nodes);
    importer_known(b->im, object, id == NULL ? "" : id, known);
    tell_props(b, object, id == NULL ? "" : id);
    if (!b->ours && json_object_get(object, "links") != NULL)
        importer_find(b->im, "P301", id == NULL ? "" : id, "links");
    bool supplement = b->ours && is_class(object, "supplement");
    struct place here = *at;
    if (supplement) {
        here.position = &b->supplement_count;
        here.depth = 0; /* as the reader has it: beside the chapters */
    }
    json_t *clause = clause_json(b, object, &here);
    push(supplement ? b->supplements : b->clauses, clause);
    size_t before = b->nodes += !supplement;
    if (take_texts(b, clause, object) < 0)
        return -1;
    if (supplement)
        b->supplement_sentences += json_array_size(json_object_get(clause, "sentences"));
    size_t position = 0;
    struct place below = {json_object_get(clause, "key"), member_text(clause, "path"),
                          here.depth + 1, &position};
    int rc = take_children(b, object, &below);
    b->leaves += !supplement && b->nodes == before;
    return rc;
}

/* What stands before the first chapter: a group of class "front". */
static int
take_front(struct rebuild *b, const json_t *group)
{
    size_t i;
    json_t *part, *nothing = json_null();
    json_array_foreach(json_object_get(group, "parts"), i, part)
    {
        const char *name = member_text(part, "name"), *prose = member_text(part, "prose");
        if (name != NULL && strcmp(name, "table") == 0) {
            if (take_table(b, nothing, part) < 0)
                return -1;
        } else if (prose != NULL) {
            json_decref(b->front);
            b->front = plain_json(b, prose, "front");
        }
    }
    return 0;
}

/* The words of all parameters, wherever they stand: their values, or what they are called. */
static void
gather_params(struct rebuild *b, const json_t *node)
{
    size_t i;
    const char *key;
    json_t *value, *param;
    json_array_foreach(node, i, value) gather_params(b, value);
    json_object_foreach((json_t *)(uintptr_t)node, key, value)
    {
        json_array_foreach(strcmp(key, "params") == 0 ? value : NULL, i, param)
        {
            const char *id = member_text(param, "id"), *label = member_text(param, "label");
            const char *first =
                json_string_value(json_array_get(json_object_get(param, "values"), 0));
            if (id != NULL)
                put(b->params, id,
                    text_json(str_of(first != NULL   ? first
                                     : label != NULL ? label
                                                     : id)));
        }
        gather_params(b, value);
    }
}

static int
take_all(struct rebuild *b)
{
    static const char *const known[] = {"uuid",     "metadata",    "params", "groups",
                                        "controls", "back-matter", NULL};
    json_t *nothing = json_null();
    struct place top = {nothing, "", 1, &b->chapters};
    const json_t *groups = json_object_get(b->body, "groups");
    size_t i;
    json_t *object;
    importer_known(b->im, b->body, "catalog", known);
    gather_params(b, b->body);
    if (groups != NULL && !json_is_array(groups))
        return ERR(b->im->err, "oscal.shape", "groups");
    json_array_foreach(groups, i, object)
    {
        bool front = b->ours && is_class(object, "front");
        if ((front ? take_front(b, object) : take_clause(b, object, &top)) < 0)
            return -1;
    }
    json_array_foreach(json_object_get(b->body, "controls"), i,
                       object) if (take_clause(b, object, &top) < 0) return -1;
    settle_refs(b);
    return 0;
}

static json_t *
document_json(struct rebuild *b)
{
    const json_t *metadata = json_object_get(b->body, "metadata");
    json_t *d = json_object();
    const char *modified = member_text(metadata, "last-modified");
    const char *version = member_text(metadata, "version"), *title = member_text(metadata, "title");
    put(d, "doc", json_incref(b->doc));
    if (b->ours) {
        put(d, "title", copy_or(prop_value(metadata, "title"), ""));
        put(d, "body_name", copy_or(prop_value(metadata, "body-name"), ""));
        put(d, "version", copy_or(prop_value(metadata, "version"), ""));
        put(d, "dated", copy_or(prop_value(metadata, "dated"), ""));
    } else {
        put(d, "title", plain_json(b, title == NULL ? "" : title, "metadata"));
        put(d, "body_name", text_json(STR("")));
        put(d, "version", text_json(str_of(version)));
        put(d, "dated", text_json(str_slice(str_of(modified), 0, 10)));
    }
    put(d, "chapters", json_integer((json_int_t)b->chapters));
    put(d, "nodes", json_integer((json_int_t)b->nodes));
    put(d, "leaves", json_integer((json_int_t)b->leaves));
    put(d, "sentences", json_integer((json_int_t)(b->sentences - b->supplement_sentences)));
    put(d, "front", json_incref(b->front));
    return d;
}

static json_t *
findings_json(const struct oscal_reading *reading)
{
    json_t *list = json_array();
    for (size_t i = 0; i < reading->finding_count; i++) {
        const struct oscal_finding *f = &reading->findings[i];
        json_t *finding = json_object(), *at = json_array();
        bool ask = strcmp(f->code, "P302") == 0 || strcmp(f->code, "P304") == 0;
        put(finding, "code", text_json(str_of(f->code)));
        put(finding, "severity", text_json(ask ? STR("ask") : STR("note")));
        put(finding, "clause", json_null());
        put(finding, "label", text_json(f->where));
        push(at, json_integer(0));
        push(at, json_integer(0));
        put(finding, "at", at);
        put(finding, "text", text_json(f->what));
        push(list, finding);
    }
    return list;
}

/* The reader's JSON; what B holds is taken. */
static json_t *
tree_json(struct rebuild *b, struct str name, struct str sha256_hex, size_t bytes)
{
    json_t *tree = json_object(), *source = json_object(), *documents = json_array();
    json_t *stats = json_object();
    put(source, "name", text_json(name));
    put(source, "bytes", json_integer((json_int_t)bytes));
    put(source, "sha256", text_json(sha256_hex));
    put(source, "kind", text_json(STR("oscal")));
    put(source, "encoding", text_json(STR("utf-8")));
    put(tree, "source", source);
    put(tree, "reader", text_json(STR("1")));
    push(documents, document_json(b));
    put(tree, "documents", documents);
    put(tree, "clauses", json_incref(b->clauses));
    put(tree, "supplements", json_incref(b->supplements));
    put(tree, "tables", json_incref(b->tables));
    put(tree, "refs", json_incref(b->refs));
    put(tree, "short_names", json_array());
    put(tree, "dropped", json_array());
    put(tree, "findings", findings_json(b->im->reading));
    put(stats, "nodes", json_integer((json_int_t)b->nodes));
    put(stats, "sentences", json_integer((json_int_t)b->sentences));
    put(stats, "lines", json_integer(0));
    put(stats, "findings", json_integer((json_int_t)b->im->reading->finding_count));
    put(tree, "stats", stats);
    return tree;
}

static json_t *
document_word(const json_t *metadata)
{
    json_t *word = prop_value(metadata, "document");
    for (int i = POLICY_PREFACE; word != NULL && i <= POLICY_OTHER; i++)
        if (strcmp(json_string_value(word), policy_doc_word((enum policy_doc_kind)i)) == 0)
            return word;
    json_decref(word);
    return NULL;
}

static void
rebuild_free(struct rebuild *b)
{
    json_t *all[] = {b->doc,  b->clauses, b->supplements, b->tables,
                     b->refs, b->keys,    b->params,      b->front};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        json_decref(all[i]);
    buf_free(&b->text);
}

int
catalog_read(struct importer *im, const json_t *body, struct str name, struct str sha256_hex,
             size_t bytes)
{
    struct rebuild b = {.im = im,
                        .body = body,
                        .doc = document_word(json_object_get(body, "metadata")),
                        .clauses = json_array(),
                        .supplements = json_array(),
                        .tables = json_array(),
                        .refs = json_array(),
                        .keys = json_object(),
                        .params = json_object(),
                        .front = json_string("")};
    buf_init(&b.text, OSCAL_INPUT_BYTES);
    b.ours = b.doc != NULL;
    if (!b.ours)
        b.doc = text_json(STR("other"));
    int rc = take_all(&b);
    if (rc == 0 && b.unstated > 0)
        importer_find(im, "P304", "", "");
    if (rc == 0) {
        json_t *tree = tree_json(&b, name, sha256_hex, bytes);
        char *text = json_dumps(tree, JSON_COMPACT);
        ensure(text != NULL);
        im->reading->tree = str_dup(im->arena, str_of(text));
        free(text);
        json_decref(tree);
    }
    rebuild_free(&b);
    return rc;
}
