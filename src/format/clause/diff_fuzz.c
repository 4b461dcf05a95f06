/* Any two texts (cut at the first NUL): read, compared; every clause stands in a row. */
#include "format/clause/diff.h"

#include "base/mem/buf.h"
#include "base/mem/ensure.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
set_of(struct arena *arena, const uint8_t *data, size_t size, struct clause_set *ret)
{
    struct policy_tree *tree;
    struct buf out;
    struct err err;
    clause_set_init(ret, arena);
    if (policy_read(arena, (struct str){(const char *)data, size}, &tree, &err) < 0)
        return false;
    buf_init(&out, 32 << 20);
    policy_put_json(&out, tree, STR("a"), STR("00"));
    bool good = buf_done(&out, &err) == 0 && clause_set_add(ret, buf_str(&out), &err) == 0;
    buf_free(&out);
    return good && ret->doc_count > 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *cut = memchr(data, 0, size);
    if (cut == NULL || size > 100000)
        return 0;
    struct arena *arena = arena_new(256 << 20);
    struct clause_set old, new;
    struct diff *diff;
    struct err err;
    if (set_of(arena, data, (size_t)(cut - data), &old) &&
        set_of(arena, cut + 1, size - (size_t)(cut - data) - 1, &new)) {
        struct diff_side a = {&old, 0}, b = {&new, 0};
        if (diff_make(arena, &a, &b, NULL, &diff, &err) == 0) {
            bool *seen = arena_array(arena, old.docs[0].count + 1, sizeof *seen);
            size_t rows = 0;
            for (size_t i = 0; i < diff->pair_count; i++) {
                const struct diff_pair *p = &diff->pairs[i];
                ensure(p->old != CLAUSE_NONE || p->new != CLAUSE_NONE);
                if (p->old != CLAUSE_NONE && seen != NULL)
                    seen[p->old - old.docs[0].first] = true;
                rows += p->new != CLAUSE_NONE;
            }
            ensure(rows >= new.docs[0].count);
            for (size_t i = 0; seen != NULL && i < old.docs[0].count; i++)
                ensure(seen[i]);
        }
    }
    arena_free(arena);
    return 0;
}
