/*
 * rules_fuzz: any bytes as rules.yaml and as roles.yaml: what loads keeps its promises.
 */
#include "base/mem/ensure.h"
#include "format/rules/rules.h"

#include <stddef.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char roles_text[] = "sekisho: roles/1\nroles:\n"
                                 "  ciso: {title: {ja: あ, en: a}, scope: body}\n"
                                 "  chief: {title: {ja: い, en: b}, scope: body, above: ciso}\n";

static void
promises(const struct rules *rules)
{
    struct rules_subject mynumber = {false, STR("mynumber"), NULL, 0};
    ensure(rules_match(rules, &mynumber)->kinds >= 2);
    for (size_t i = 0; i < rules->count; i++) {
        const struct rule *rule = &rules->rule[i];
        ensure(rule->any_count > 0);
        for (size_t j = 0; j < rule->any_count; j++)
            ensure(rules_kinds(rule->any[j]) >= rule->kinds);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(64 << 20);
    const struct roles *roles, *other;
    const struct rules *rules;
    struct err err;
    struct str bytes = {(const char *)data, size};
    ensure(roles_load(arena, "roles", str_of(roles_text), &roles, &err) == 0);
    if (rules_load(arena, "fuzz", bytes, roles, &rules, &err) == 0)
        promises(rules);
    else
        ensure(err.code != NULL);
    (void)roles_load(arena, "fuzz", bytes, &other, &err);
    arena_free(arena);
    return 0;
}
