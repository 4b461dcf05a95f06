/*
 * Fuzz target of flow files: any bytes end in flows that judge every set of facts, or in an error.
 */
#include "core/transfer/flow.h"

#include "base/mem/ensure.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* No loaded flow lets an unscanned file of any of its classes pass without a person. */
static void
judge_all(const struct flow_set *set)
{
    for (size_t i = 0; i < set->count; i++) {
        for (size_t k = 0; k < set->flows[i].class_count; k++) {
            struct flow_facts facts = {.class_rank = set->flows[i].classes[k]->rank,
                                       .items = 1,
                                       .size_bytes = 1,
                                       .unscanned = true};
            ensure(!set->flows[i].rules[flow_judge(&set->flows[i], &facts)].none);
        }
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct register_set *registers;
    struct err err = {0};
    if (registers == NULL && register_set_load(SEKISHO_SOURCE_DIR "/data", &registers, &err) < 0) {
        ensure(registers != NULL);
    }
    struct flow_set set = {.arena = arena_new(32 << 20)};
    set.flows = arena_array(set.arena, FLOWS_MOST + 1, sizeof *set.flows);
    set.classes = arena_array(set.arena, FLOW_CLASSES_MOST + 1, sizeof *set.classes);
    ensure(set.flows != NULL && set.classes != NULL);
    if (flow_file_read(&set, "f.yaml", (struct str){(const char *)data, size}, registers, &err) ==
        0) {
        judge_all(&set);
    }
    arena_free(set.arena);
    return 0;
}
