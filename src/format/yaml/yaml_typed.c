/*
 * yaml_typed: finding values in a tree of yaml.c and giving them types. Its prototypes stand in
 * yaml.h. Pure; used by every program that reads settings or data.
 */
#include "format/yaml/yaml.h"

#include <string.h>

const struct yaml_node *
yaml_get_str(const struct yaml_node *map, struct str key)
{
    if (map == NULL || map->kind != YAML_MAP)
        return NULL;
    size_t low = 0, high = map->count;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int order = str_compare(map->sorted[mid]->key, key);
        if (order == 0)
            return map->sorted[mid];
        if (order < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return NULL;
}

const struct yaml_node *
yaml_get(const struct yaml_node *map, const char *key)
{
    return yaml_get_str(map, str_of(key));
}

struct str
yaml_text(const struct yaml_node *node)
{
    return node != NULL && node->kind == YAML_TEXT ? node->text : (struct str){0};
}

struct str
yaml_text_or(const struct yaml_node *map, const char *key, struct str fallback)
{
    const struct yaml_node *node = yaml_get(map, key);
    return node != NULL && node->kind == YAML_TEXT ? node->text : fallback;
}

static const char *
kind_name(enum yaml_kind kind)
{
    static const char *const names[] = {
        [YAML_MAP] = "map", [YAML_LIST] = "list", [YAML_TEXT] = "text"};
    return names[kind];
}

static const struct yaml_key *
row_of(struct str key, const struct yaml_key *keys, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal_z(key, keys[i].name))
            return &keys[i];
    return NULL;
}

int
yaml_check(const struct yaml_node *map, const struct yaml_key *keys, size_t count, struct err *err)
{
    if (map == NULL || map->kind != YAML_MAP)
        return YAML_ERR(err, "yaml.kind", map, "map");
    YAML_EACH(child, map)
    {
        const struct yaml_key *row = row_of(child->key, keys, count);
        if (row == NULL)
            return YAML_ERR(err, "yaml.unknown_key", child, "%.*s", STR_FMT(child->key));
        if (child->kind != row->kind)
            return YAML_ERR(err, "yaml.kind", child, "%s: %s", row->name, kind_name(row->kind));
    }
    for (size_t i = 0; i < count; i++)
        if (keys[i].required && yaml_get(map, keys[i].name) == NULL)
            return YAML_ERR(err, "yaml.missing", map, "%s", keys[i].name);
    return 0;
}

int
yaml_int(const struct yaml_node *node, int64_t min, int64_t max, int64_t *ret_value,
         struct err *err)
{
    if (node == NULL || node->kind != YAML_TEXT)
        return YAML_ERR(err, "yaml.kind", node, "text");
    struct str digits = node->text;
    bool minus = str_starts(digits, STR("-"));
    if (minus)
        digits = str_slice(digits, 1, digits.n);
    uint64_t value;
    if (!str_to_u64(digits, &value) || value > (uint64_t)INT64_MAX || (minus && value == 0))
        return YAML_ERR(err, "yaml.number", node, "%.*s", STR_FMT(node->text));
    int64_t number = minus ? -(int64_t)value : (int64_t)value;
    if (number < min || number > max)
        return YAML_ERR(err, "yaml.range", node, "%lld (%lld..%lld)", (long long)number,
                        (long long)min, (long long)max);
    *ret_value = number;
    return 0;
}

int
yaml_bool(const struct yaml_node *node, bool *ret_value, struct err *err)
{
    static const char *const names[] = {"false", "true", "no", "yes"};
    if (node == NULL || node->kind != YAML_TEXT)
        return YAML_ERR(err, "yaml.kind", node, "text");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (str_equal_z(node->text, names[i])) {
            *ret_value = i % 2 == 1;
            return 0;
        }
    return YAML_ERR(err, "yaml.bool", node, "%.*s", STR_FMT(node->text));
}

int
yaml_enum(const struct yaml_node *node, const char *const *names, size_t count, size_t *ret_value,
          struct err *err)
{
    if (node == NULL || node->kind != YAML_TEXT)
        return YAML_ERR(err, "yaml.kind", node, "text");
    for (size_t i = 0; i < count; i++)
        if (str_equal_z(node->text, names[i])) {
            *ret_value = i;
            return 0;
        }
    return YAML_ERR(err, "yaml.choice", node, "%.*s", STR_FMT(node->text));
}
