/* Any bytes as an OSCAL file: refused, or a tree that is exported and comes back with as many
 * clauses and sentences. */
#include "format/oscal/oscal.h"

#include "base/mem/ensure.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct oscal_reading *
read_bytes(struct arena *arena, struct str bytes)
{
    struct oscal_reading *reading;
    struct err err;
    return oscal_read(arena, bytes, STR("a.json"), STR("00"), &reading, &err) < 0 ? NULL : reading;
}

/* What was read is exported and read again. */
static void
there_and_back(struct arena *arena, const struct clause_set *set)
{
    struct catalogue catalogue = {0};
    struct oscal_export *export;
    struct clause_set back;
    struct err err;
    const struct oscal_input input = {.set = set,
                                      .catalogue = &catalogue,
                                      .modified = STR("2026-04-01T00:00:00+09:00"),
                                      .version = OSCAL_1_2_1};
    if (oscal_export(arena, &input, 1 << OSCAL_CATALOG | 1 << OSCAL_SSP | 1 << OSCAL_RESULTS,
                     &export, &err) < 0)
        return;
    const struct oscal_reading *again = read_bytes(arena, export->files[0].bytes);
    clause_set_init(&back, arena);
    ensure(again != NULL && clause_set_add(&back, again->tree, &err) == 0);
    ensure(back.clause_count == set->clause_count && back.sentence_count == set->sentence_count);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(64 << 20);
    struct str bytes = {(const char *)data, size};
    struct clause_set set;
    struct err err;
    (void)oscal_is(bytes);
    const struct oscal_reading *reading = read_bytes(arena, bytes);
    clause_set_init(&set, arena);
    if (reading != NULL && reading->model == OSCAL_CATALOG &&
        clause_set_add(&set, reading->tree, &err) == 0)
        there_and_back(arena, &set);
    arena_free(arena);
    return 0;
}
