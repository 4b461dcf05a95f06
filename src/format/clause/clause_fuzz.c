/* Any bytes as the reader's answer: refused, or a set whose indices are all in range. */
#include "format/clause/clause.h"

#include "base/mem/ensure.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(64 << 20);
    struct clause_set set;
    struct err err;
    clause_set_init(&set, arena);
    if (clause_set_add(&set, (struct str){(const char *)data, size}, &err) == 0) {
        for (size_t i = 0; i < set.clause_count; i++) {
            const struct clause *c = &set.clauses[i];
            ensure(c->doc < set.doc_count && (c->parent == CLAUSE_NONE || c->parent < i));
            ensure(c->first_sentence + c->sentence_count <= set.sentence_count);
        }
        for (size_t i = 0; i < set.ref_count; i++)
            for (size_t k = 0; k < set.refs[i].to_count; k++)
                ensure(set.refs[i].to[k] < set.clause_count);
    }
    arena_free(arena);
    return 0;
}
