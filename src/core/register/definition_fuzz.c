/*
 * Fuzz target of register files: any bytes end in a definition or in findings, never in anything
 * else.
 */
#include "base/mem/ensure.h"
#include "core/register/definition.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct register_set *set;
    struct err err = {0};
    if (set == NULL && register_set_load(SEKISHO_SOURCE_DIR "/data", &set, &err) < 0) {
        ensure(set != NULL);
    }
    struct arena *arena = arena_new(4 << 20);
    struct register_def *def = NULL;
    struct register_finding *findings = NULL;
    int rc = register_check(set, arena, "f.yaml", (struct str){(const char *)data, size}, &def,
                            &findings, &err);
    ensure(rc < 0 || def != NULL || findings != NULL);
    arena_free(arena);
    return 0;
}
