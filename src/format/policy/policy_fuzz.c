/*
 * policy_fuzz: any bytes into the reader, as the kind they look like and as each kind a person may
 * say. The conservation law is checked by the reader itself and must never fail; every range lies
 * inside the source (or the text, when the places are its); all outputs can be written.
 */
#include "base/mem/ensure.h"
#include "format/policy/policy.h"

#include <string.h>

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

static void
write_all(const struct policy_tree *tree)
{
    struct buf out, noisy;
    buf_init(&out, 64 << 20);
    buf_init(&noisy, 64 << 20);
    policy_put_json(&out, tree, STR("fuzz"), STR(""));
    policy_put_outline(&out, tree);
    policy_put_csv(&out, tree);
    buf_clear(&out);
    for (const struct policy_doc *doc = tree->docs; doc != NULL; doc = doc->next)
        policy_render(&out, doc, (enum policy_style)(tree->source.n % STYLE_COUNT));
    policy_spoil(&noisy, buf_str(&out), (unsigned)tree->source.n % (1U << NOISE_COUNT), 1);
    buf_free(&noisy);
    buf_free(&out);
}

static void
read_as(struct str source, enum policy_input kind)
{
    struct arena *arena = arena_new(POLICY_ARENA_BYTES);
    struct policy_tree *tree;
    struct err err;
    if (policy_read_as(arena, source, kind, &tree, &err) == 0) {
        ensure(tree->kind != POLICY_ANY);
        check_tree(tree, tree->text_places ? tree->text.n : source.n);
        write_all(tree);
    } else {
        ensure(!err_is(&err, "policy.conservation"));
    }
    arena_free(arena);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str source = {(const char *)data, size};
    read_as(source, POLICY_ANY);
    if (memchr(data, '<', size) != NULL)
        read_as(source, POLICY_REIKI);
    return 0;
}
