/*
 * merge: lays one YAML tree over another. Pure. Runs in cored and in the command line.
 *
 * Invariant: the result is a tree as yaml_parse makes it (children linked, maps with their sorted
 * index); nodes of the inputs are shared, never changed.
 */
#include "core/register/merge.h"

#include "base/mem/buf.h"
#include "base/text/json.h"

#include <stdlib.h>

static int
node_compare(const void *a, const void *b)
{
    const struct yaml_node *const *x = a, *const *y = b;
    return str_compare((*x)->key, (*y)->key);
}

/* A copy of NODE's own values, without children. */
static struct yaml_node *
node_shell(struct arena *arena, const struct yaml_node *node, struct str key)
{
    struct yaml_node *copy = arena_alloc(arena, sizeof *copy);
    if (copy != NULL) {
        *copy = *node;
        copy->key = key;
        copy->next = NULL;
        if (node->kind != YAML_TEXT) {
            copy->first = NULL;
            copy->count = 0;
            copy->sorted = NULL;
        }
    }
    return copy;
}

/* NODE under KEY, able to stand in another list of siblings. */
static struct yaml_node *
node_share(struct arena *arena, const struct yaml_node *node, struct str key)
{
    struct yaml_node *copy = arena_alloc(arena, sizeof *copy);
    if (copy != NULL) {
        *copy = *node;
        copy->key = key;
        copy->next = NULL;
    }
    return copy;
}

struct growing {
    struct yaml_node *node;
    struct yaml_node **end;
    bool full;
};

static void
grow(struct growing *g, struct yaml_node *child)
{
    if (child == NULL) {
        g->full = true;
        return;
    }
    *g->end = child;
    g->end = &child->next;
    g->node->count++;
}

static const struct yaml_node *
grown(struct arena *arena, struct growing *g)
{
    struct yaml_node *node = g->node;
    if (g->full) {
        return NULL;
    }
    if (node->kind != YAML_MAP) {
        return node;
    }
    node->sorted = arena_array(arena, node->count, sizeof *node->sorted);
    if (node->sorted == NULL) {
        return NULL;
    }
    size_t i = 0;
    for (struct yaml_node *child = node->first; child != NULL; child = child->next) {
        node->sorted[i++] = child;
    }
    qsort(node->sorted, node->count, sizeof *node->sorted, node_compare);
    return node;
}

static bool
list_keyed(const struct yaml_node *list)
{
    YAML_EACH(child, list)
    {
        if (child->kind != YAML_MAP || yaml_text(yaml_get(child, "key")).n == 0) {
            return false;
        }
    }
    return list->count > 0;
}

static const struct yaml_node *
list_find(const struct yaml_node *list, struct str key)
{
    YAML_EACH(child, list)
    {
        if (str_equal(yaml_text(yaml_get(child, "key")), key)) {
            return child;
        }
    }
    return NULL;
}

static const struct yaml_node *overlay(struct arena *arena, const struct yaml_node *parent,
                                       const struct yaml_node *child, struct str key);

static const struct yaml_node *
overlay_map(struct arena *arena, const struct yaml_node *parent, const struct yaml_node *child,
            struct str key)
{
    struct growing g = {.node = node_shell(arena, child, key)};
    if (g.node == NULL) {
        return NULL;
    }
    g.end = &g.node->first;
    YAML_EACH(old, parent)
    {
        const struct yaml_node *new = yaml_get_str(child, old->key);
        const struct yaml_node *both = new == NULL ? old : overlay(arena, old, new, old->key);
        grow(&g, both == NULL ? NULL : node_share(arena, both, old->key));
    }
    YAML_EACH(new, child)
    {
        if (yaml_get_str(parent, new->key) == NULL) {
            grow(&g, node_share(arena, new, new->key));
        }
    }
    return grown(arena, &g);
}

static const struct yaml_node *
overlay_list(struct arena *arena, const struct yaml_node *parent, const struct yaml_node *child,
             struct str key)
{
    struct growing g = {.node = node_shell(arena, child, key)};
    if (g.node == NULL) {
        return NULL;
    }
    g.end = &g.node->first;
    YAML_EACH(old, parent)
    {
        const struct yaml_node *new = list_find(child, yaml_text(yaml_get(old, "key")));
        const struct yaml_node *both =
            new == NULL ? old : overlay(arena, old, new, (struct str){0});
        grow(&g, both == NULL ? NULL : node_share(arena, both, (struct str){0}));
    }
    YAML_EACH(new, child)
    {
        if (list_find(parent, yaml_text(yaml_get(new, "key"))) == NULL) {
            grow(&g, node_share(arena, new, (struct str){0}));
        }
    }
    return grown(arena, &g);
}

static const struct yaml_node *
overlay(struct arena *arena, const struct yaml_node *parent, const struct yaml_node *child,
        struct str key)
{
    /* a title is replaced whole: half of it from the parent would be another thing's name */
    bool whole = str_equal_z(key, "title") || str_equal_z(key, "help");
    if (parent->kind == YAML_MAP && child->kind == YAML_MAP && !whole) {
        return overlay_map(arena, parent, child, key);
    }
    if (parent->kind == YAML_LIST && child->kind == YAML_LIST && list_keyed(parent) &&
        list_keyed(child)) {
        return overlay_list(arena, parent, child, key);
    }
    return child;
}

static bool
drop_names(const struct yaml_node *names, struct str name)
{
    YAML_EACH(child, names)
    {
        if (str_equal(child->text, name)) {
            return true;
        }
    }
    return false;
}

/* SECTION of the parent without the children that NAMES lists. */
static const struct yaml_node *
section_without(struct arena *arena, const struct yaml_node *section, const struct yaml_node *names)
{
    struct growing g = {.node = node_shell(arena, section, section->key)};
    if (g.node == NULL) {
        return NULL;
    }
    g.end = &g.node->first;
    YAML_EACH(child, section)
    {
        struct str name =
            section->kind == YAML_MAP ? child->key : yaml_text(yaml_get(child, "key"));
        if (!drop_names(names, name)) {
            grow(&g, node_share(arena, child, child->key));
        }
    }
    return grown(arena, &g);
}

static const struct yaml_node *
parent_without(struct arena *arena, const struct yaml_node *parent, const struct yaml_node *drop)
{
    struct growing g = {.node = node_shell(arena, parent, parent->key)};
    if (g.node == NULL) {
        return NULL;
    }
    g.end = &g.node->first;
    YAML_EACH(section, parent)
    {
        const struct yaml_node *names = yaml_get_str(drop, section->key);
        const struct yaml_node *kept = names == NULL || section->kind == YAML_TEXT
                                           ? section
                                           : section_without(arena, section, names);
        grow(&g, kept == NULL ? NULL : node_share(arena, kept, section->key));
    }
    return grown(arena, &g);
}

const struct yaml_node *
register_merge(struct arena *arena, const struct yaml_node *parent, const struct yaml_node *child)
{
    const struct yaml_node *drop = yaml_get(child, "drop");
    if (drop != NULL && drop->kind == YAML_MAP) {
        parent = parent_without(arena, parent, drop);
    }
    return parent == NULL ? NULL : overlay(arena, parent, child, child->key);
}

static void
canonical(struct json *json, const struct yaml_node *node)
{
    if (node->kind == YAML_TEXT) {
        json_str(json, node->text);
        return;
    }
    if (node->kind == YAML_LIST) {
        json_open_array(json);
        YAML_EACH(child, node)
        {
            canonical(json, child);
        }
        json_end(json);
        return;
    }
    json_open_object(json);
    for (size_t i = 0; i < node->count; i++) {
        char key[128];
        struct str name = node->sorted[i]->key;
        size_t n = name.n < sizeof key ? name.n : sizeof key - 1;
        for (size_t k = 0; k < n; k++) {
            key[k] = name.p[k];
        }
        key[n] = '\0';
        json_key(json, key);
        canonical(json, node->sorted[i]);
    }
    json_end(json);
}

void
register_canonical(struct buf *buf, const struct yaml_node *node)
{
    struct json json;
    json_init(&json, buf);
    canonical(&json, node);
}
