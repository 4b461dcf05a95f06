/*
 * yaml: libyaml's events built into a tree, with everything outside the house's subset refused.
 * Used by every program that reads settings or data; the files are ours or an administrator's, yet
 * nothing here trusts them.
 *
 * Invariants: `depth` open frames, at most DEPTH_MOST; a map's `sorted` holds each child once and
 * no key twice; a node's file, line and column are those of its first character.
 */
#include "format/yaml/yaml.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

enum { DEPTH_MOST = 64, DEPTH_USUAL = 32, NODES_USUAL = 100000, BYTES_USUAL = 1 << 20 };

struct frame {
    struct yaml_node *node;
    struct yaml_node *last; /* its newest child */
    struct str key;         /* the key that waits for its value */
    bool has_key;
};

struct builder {
    struct arena *arena;
    const char *name;
    struct yaml_limits limits;
    struct frame frames[DEPTH_MOST];
    unsigned depth;
    size_t nodes;
    struct yaml_node *root;
    struct err *err;
};

int
yaml_error(struct err *err, const char *code, const char *file, int line,
           const struct yaml_node *node, const char *format, ...)
{
    char text[ERR_DETAIL_BYTES];
    va_list ap;
    va_start(ap, format);
    vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    if (node == NULL)
        return err_set(err, code, file, line, "%s", text);
    return err_set(err, code, file, line, "%s:%u:%u: %s", node->file, node->line, node->column,
                   text);
}

#define REFUSE(b, code, mark, ...) refuse((b), (code), __LINE__, (mark), __VA_ARGS__)

static int __attribute__((format(printf, 5, 6)))
refuse(struct builder *b, const char *code, int line, yaml_mark_t mark, const char *format, ...)
{
    char text[ERR_DETAIL_BYTES];
    va_list ap;
    va_start(ap, format);
    vsnprintf(text, sizeof text, format, ap);
    va_end(ap);
    return err_set(b->err, code, __FILE__, line, "%s:%zu:%zu: %s", b->name, mark.line + 1,
                   mark.column + 1, text);
}

/* A new node of KIND at MARK, hung under the open frame. NULL with b->err set. */
static struct yaml_node *
node_add(struct builder *b, enum yaml_kind kind, yaml_mark_t mark)
{
    if (++b->nodes > b->limits.nodes) {
        REFUSE(b, "yaml.nodes", mark, "%zu", b->limits.nodes);
        return NULL;
    }
    struct yaml_node *node = arena_alloc(b->arena, sizeof *node);
    if (node == NULL) {
        arena_check(b->arena, b->err);
        return NULL;
    }
    node->kind = kind;
    node->file = b->name;
    node->line = (unsigned)mark.line + 1;
    node->column = (unsigned)mark.column + 1;
    if (b->depth == 0) {
        b->root = node;
        return node;
    }
    struct frame *f = &b->frames[b->depth - 1];
    node->key = f->key;
    f->has_key = false;
    f->key = (struct str){0};
    if (f->last == NULL)
        f->node->first = node;
    else
        f->last->next = node;
    f->last = node;
    f->node->count++;
    return node;
}

static bool
awaits_key(const struct builder *b)
{
    const struct frame *f = b->depth > 0 ? &b->frames[b->depth - 1] : NULL;
    return f != NULL && f->node->kind == YAML_MAP && !f->has_key;
}

static int
on_key(struct builder *b, const yaml_event_t *e)
{
    struct str key = {(const char *)e->data.scalar.value, e->data.scalar.length};
    bool plain = e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    if (plain && str_equal(key, STR("<<")))
        return REFUSE(b, "yaml.merge", e->start_mark, "<<");
    if (key.n == 0)
        return REFUSE(b, "yaml.key", e->start_mark, "empty");
    struct frame *f = &b->frames[b->depth - 1];
    f->key = str_dup(b->arena, key);
    f->has_key = true;
    return arena_check(b->arena, b->err);
}

static int
on_scalar(struct builder *b, const yaml_event_t *e)
{
    if (e->data.scalar.anchor != NULL)
        return REFUSE(b, "yaml.anchor", e->start_mark, "&%s", (const char *)e->data.scalar.anchor);
    if (e->data.scalar.tag != NULL)
        return REFUSE(b, "yaml.tag", e->start_mark, "%s", (const char *)e->data.scalar.tag);
    if (awaits_key(b))
        return on_key(b, e);
    struct yaml_node *node = node_add(b, YAML_TEXT, e->start_mark);
    if (node == NULL)
        return -1;
    node->text =
        str_dup(b->arena, (struct str){(const char *)e->data.scalar.value, e->data.scalar.length});
    node->quoted = e->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    return arena_check(b->arena, b->err);
}

static int
on_open(struct builder *b, const yaml_event_t *e, enum yaml_kind kind)
{
    const yaml_char_t *anchor =
        kind == YAML_MAP ? e->data.mapping_start.anchor : e->data.sequence_start.anchor;
    const yaml_char_t *tag =
        kind == YAML_MAP ? e->data.mapping_start.tag : e->data.sequence_start.tag;
    if (anchor != NULL)
        return REFUSE(b, "yaml.anchor", e->start_mark, "&%s", (const char *)anchor);
    if (tag != NULL)
        return REFUSE(b, "yaml.tag", e->start_mark, "%s", (const char *)tag);
    if (awaits_key(b))
        return REFUSE(b, "yaml.key", e->start_mark, "%s", kind == YAML_MAP ? "map" : "list");
    if (b->depth >= b->limits.depth)
        return REFUSE(b, "yaml.depth", e->start_mark, "%u", b->limits.depth);
    struct yaml_node *node = node_add(b, kind, e->start_mark);
    if (node == NULL)
        return -1;
    b->frames[b->depth++] = (struct frame){.node = node};
    return 0;
}

static int
by_key(const void *a, const void *b)
{
    const struct yaml_node *const *x = a, *const *y = b;
    int order = str_compare((*x)->key, (*y)->key);
    if (order != 0)
        return order;
    if ((*x)->line != (*y)->line)
        return (*x)->line < (*y)->line ? -1 : 1;
    return (*x)->column < (*y)->column ? -1 : 1;
}

static int
on_close(struct builder *b)
{
    struct yaml_node *node = b->frames[--b->depth].node;
    if (node->kind != YAML_MAP || node->count == 0)
        return 0;
    node->sorted = arena_array(b->arena, node->count, sizeof(struct yaml_node *));
    if (node->sorted == NULL)
        return arena_check(b->arena, b->err);
    size_t n = 0;
    for (struct yaml_node *child = node->first; child != NULL; child = child->next)
        node->sorted[n++] = child;
    qsort(node->sorted, n, sizeof *node->sorted, by_key);
    for (size_t i = 1; i < n; i++)
        if (str_equal(node->sorted[i - 1]->key, node->sorted[i]->key))
            return YAML_ERR(b->err, "yaml.duplicate", node->sorted[i], "%.*s (line %u)",
                            STR_FMT(node->sorted[i]->key), node->sorted[i - 1]->line);
    return 0;
}

static int
on_document(struct builder *b, const yaml_event_t *e)
{
    if (b->root != NULL)
        return REFUSE(b, "yaml.documents", e->start_mark, "---");
    if (e->data.document_start.version_directive != NULL ||
        e->data.document_start.tag_directives.start != e->data.document_start.tag_directives.end)
        return REFUSE(b, "yaml.directive", e->start_mark, "%%");
    return 0;
}

static int
on_event(struct builder *b, const yaml_event_t *e)
{
    switch (e->type) {
    case YAML_DOCUMENT_START_EVENT:
        return on_document(b, e);
    case YAML_ALIAS_EVENT:
        return REFUSE(b, "yaml.anchor", e->start_mark, "*%s", (const char *)e->data.alias.anchor);
    case YAML_SCALAR_EVENT:
        return on_scalar(b, e);
    case YAML_MAPPING_START_EVENT:
        return on_open(b, e, YAML_MAP);
    case YAML_SEQUENCE_START_EVENT:
        return on_open(b, e, YAML_LIST);
    case YAML_MAPPING_END_EVENT:
    case YAML_SEQUENCE_END_EVENT:
        return on_close(b);
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_STREAM_END_EVENT:
    case YAML_DOCUMENT_END_EVENT:
        break;
    }
    return 0;
}

static int
run(struct builder *b, yaml_parser_t *parser)
{
    for (bool more = true; more;) {
        yaml_event_t event;
        if (!yaml_parser_parse(parser, &event)) {
            yaml_mark_t mark = parser->problem_mark;
            return REFUSE(b, "yaml.syntax", mark, "%s",
                          parser->problem != NULL ? parser->problem : "unreadable");
        }
        more = event.type != YAML_STREAM_END_EVENT;
        int rc = on_event(b, &event);
        yaml_event_delete(&event);
        if (rc < 0)
            return -1;
    }
    return 0;
}

static struct yaml_limits
limits_of(const struct yaml_limits *given)
{
    struct yaml_limits l = given != NULL ? *given : (struct yaml_limits){0};
    l.bytes = l.bytes != 0 ? l.bytes : BYTES_USUAL;
    l.depth = l.depth != 0 ? l.depth : DEPTH_USUAL;
    l.nodes = l.nodes != 0 ? l.nodes : NODES_USUAL;
    l.depth = l.depth < DEPTH_MOST ? l.depth : DEPTH_MOST;
    return l;
}

int
yaml_parse(struct arena *arena, const char *name, struct str bytes,
           const struct yaml_limits *limits, const struct yaml_node **ret_root, struct err *err)
{
    struct builder b = {.arena = arena, .limits = limits_of(limits), .err = err};
    b.name = str_dup_z(arena, str_of(name));
    if (b.name == NULL)
        return arena_check(arena, err);
    if (bytes.n > b.limits.bytes)
        return ERR(err, "yaml.size", "%s: %zu > %zu", name, bytes.n, b.limits.bytes);
    if (str_starts(bytes, STR("\xef\xbb\xbf")))
        bytes = str_slice(bytes, 3, bytes.n);
    yaml_parser_t parser;
    if (!yaml_parser_initialize(&parser))
        abort();
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, (const unsigned char *)bytes.p, bytes.n);
    int rc = run(&b, &parser);
    yaml_parser_delete(&parser);
    if (rc < 0)
        return -1;
    if (b.root == NULL)
        return ERR(err, "yaml.empty", "%s", name);
    *ret_root = b.root;
    return 0;
}
