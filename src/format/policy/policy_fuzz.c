/*
 * policy_fuzz: any bytes into the reader. The conservation law is checked by the reader itself and
 * must never fail; every range lies inside the source; all outputs can be written.
 */
#include "base/mem/ensure.h"
#include "format/policy/policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_ranges(const struct policy_range *at, size_t count, size_t size)
{
    for (size_t i = 0; i < count; i++)
        ensure(at[i].from <= at[i].to && at[i].to <= size);
}

static void
check_tree(const struct policy_tree *tree, size_t size)
{
    size_t nodes = 0;
    for (const struct policy_node *n = tree->nodes; n != NULL; n = n->following) {
        nodes++;
        ensure(n->parent != NULL && n->key != NULL && n->label.n > 0);
        check_ranges(n->at, n->at_count, size);
        for (const struct policy_sentence *s = n->sentences; s != NULL; s = s->next)
            check_ranges(s->at, s->at_count, size);
    }
    ensure(nodes == tree->node_count);
    for (const struct policy_finding *f = tree->findings; f != NULL; f = f->next)
        check_ranges(&f->at, 1, size);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(POLICY_ARENA_BYTES);
    struct policy_tree *tree;
    struct err err;
    if (policy_read(arena, (struct str){(const char *)data, size}, &tree, &err) == 0) {
        check_tree(tree, size);
        struct buf out;
        buf_init(&out, 64 << 20);
        policy_put_json(&out, tree, STR("fuzz"), STR(""));
        policy_put_outline(&out, tree);
        policy_put_csv(&out, tree);
        for (const struct policy_doc *doc = tree->docs; doc != NULL; doc = doc->next)
            policy_render(&out, doc, STYLE_MARKDOWN);
        buf_free(&out);
    } else {
        ensure(!err_is(&err, "policy.conservation"));
    }
    arena_free(arena);
    return 0;
}
