/*
 * yaml_fuzz: any bytes into yaml_parse; whatever tree comes out is walked and every key found
 * again.
 */
#include "base/mem/ensure.h"
#include "format/yaml/yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t
walk(const struct yaml_node *node, unsigned depth)
{
    ensure(depth <= 32);
    size_t n = 1, children = 0;
    YAML_EACH(child, node)
    {
        children++;
        if (node->kind == YAML_MAP)
            ensure(yaml_get_str(node, child->key) == child);
        n += walk(child, depth + 1);
    }
    ensure(children == node->count);
    ensure(node->kind != YAML_TEXT || children == 0);
    return n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(64 << 20);
    const struct yaml_node *root;
    struct err err;
    if (yaml_parse(arena, "fuzz", (struct str){(const char *)data, size}, NULL, &root, &err) == 0)
        ensure(walk(root, 0) <= 100000);
    else
        ensure(err.code != NULL);
    arena_free(arena);
    return 0;
}
