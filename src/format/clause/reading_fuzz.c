/*
 * reading_fuzz: any bytes through the reader, its JSON through clause_set_add: whatever the reader
 * answers is taken, unless two documents of one kind stand in it or a table is wider than those
 * that are kept.
 */
#include "format/clause/clause.h"

#include "base/mem/buf.h"
#include "base/mem/ensure.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(POLICY_ARENA_BYTES), *mine = arena_new(POLICY_ARENA_BYTES);
    struct policy_tree *tree;
    struct clause_set set;
    struct buf json;
    struct err err;
    buf_init(&json, 64 << 20);
    clause_set_init(&set, mine);
    if (policy_read(arena, (struct str){(const char *)data, size}, &tree, &err) == 0) {
        policy_put_json(&json, tree, STR("fuzz"), STR("00"));
        ensure(!json.over);
        if (clause_set_add(&set, buf_str(&json), &err) < 0)
            ensure(err_is(&err, "clause.twice") || err_is(&err, "clause.count"));
        else
            ensure(set.clause_count >= tree->node_count);
    }
    buf_free(&json);
    arena_free(arena);
    arena_free(mine);
    return 0;
}
