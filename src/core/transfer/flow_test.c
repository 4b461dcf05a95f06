/*
 * Tests of flows: what does not load, and the judge's table.
 */
#include "core/transfer/flow.h"

#include "tests/test.h"

#include <stdio.h>
#include <string.h>

#define DATA SEKISHO_SOURCE_DIR "/data"

static struct register_set *registers;

static const char good[] =
    "sekisho: flows/1\nclasses:\n"
    "  - {id: \"1\", rank: 1, label: {ja: 一, en: One}}\n  - {id: \"2\", rank: 2, label: {ja: 二, "
    "en: Two}}\n"
    "flows:\n  - id: inward\n    name: {ja: 内へ, en: In}\n    from: internet\n    to: lgwan\n"
    "    clause: [\"std:4(2)①\"]\n    receiver: [self]\n    classes: [\"1\", \"2\"]\n"
    "    scan: {before: yes, after: inspected, signature_age_h: 72}\n"
    "    disarm: {profile: standard, blocked: refuse}\n    approve:\n"
    "      - {when: {unscanned: yes}, route: chief, why: {ja: い, en: a}}\n"
    "      - {when: {verdict: inspected, depth: surface}, route: chief, why: {ja: ろ, en: b}}\n"
    "      - {when: {class_from: \"2\"}, route: section_manager, why: {ja: は, en: c}}\n"
    "      - {when: {items_from: 10}, route: section_manager, why: {ja: に, en: d}}\n"
    "      - {when: {}, route: none, why: {ja: ほ, en: e}}\n"
    "    keep: {original: 14d, clean: 14d, after_take: 7d}\n"
    "    limits: {item: 100, bundle: 200, items: 10}\n";

static int
set_up(void **state)
{
    (void)state;
    struct err err = {0};
    return register_set_load(DATA, &registers, &err);
}

static int
tear_down(void **state)
{
    (void)state;
    register_set_free(registers);
    return 0;
}

struct loaded {
    struct flow_set set;
    struct flow flows[FLOWS_MOST + 1];
    struct flow_class classes[FLOW_CLASSES_MOST + 1];
};

static int
load(struct loaded *loaded, const char *text, struct err *err)
{
    memset(loaded, 0, sizeof *loaded);
    loaded->set = (struct flow_set){
        .arena = arena_new(4 << 20), .flows = loaded->flows, .classes = loaded->classes};
    return flow_file_read(&loaded->set, "f.yaml", str_of(text), registers, err);
}

static struct loaded loaded;

static void
refused(const char *from, const char *to, const char *code)
{
    char text[4096];
    struct err err = {0};
    const char *at = strstr(good, from);
    assert_non_null(at);
    (void)snprintf(text, sizeof text, "%.*s%s%s", (int)(at - good), good, to, at + strlen(from));
    int rc = load(&loaded, text, &err);
    arena_free(loaded.set.arena);
    assert_int_equal(rc, -1);
    assert_string_equal(err.code, code);
    assert_non_null(strstr(err.detail, "f.yaml:"));
}

static void
test_refused(void **state)
{
    (void)state;
    refused("flows/1", "flows/2", "flow.key");
    refused("profile:", "profil:", "yaml.unknown_key");
    refused("{class_from:", "{class_form:", "flow.key");
    refused("{class_from: \"2\"}", "{class_from: \"7\"}", "flow.class");
    refused("{unscanned: yes}", "{night: yes}", "flow.key");
    refused("classes: [\"1\", \"2\"]", "classes: [\"1\", \"3\"]", "flow.class");
    refused("classes: [\"1\", \"2\"]", "classes: [\"1\", \"1\"]", "flow.class");
    refused("route: section_manager", "route: somebody", "flow.route");
    refused("from: internet", "from: mynumber", "flow.zone");
    refused("to: lgwan", "to: internet", "flow.zone");
    refused("to: lgwan", "to: moon", "yaml.choice");
    refused("before: yes", "before: no", "flow.key");
    refused("blocked: refuse", "blocked: ask", "flow.key");
    refused("{when: {}, route: none", "{when: {class_from: \"1\"}, route: none", "flow.rules");
    refused("{when: {items_from: 10}", "{when: {}",
            "flow.rules"); /* what follows is never reached */
    refused("{when: {unscanned: yes}, route: chief", "{when: {unscanned: yes}, route: none",
            "flow.unscanned");
    refused("{when: {unscanned: yes}", "{when: {unscanned: yes, class_from: \"2\"}",
            "flow.unscanned");
    refused("keep: {original: 14d", "keep: {original: 0d", "flow.key");
    refused("{id: \"2\", rank: 2", "{id: \"1\", rank: 2", "flow.twice");
}

static void
test_judge(void **state)
{
    (void)state;
    static const struct {
        struct flow_facts facts;
        const char *route;
    } table[] = {
        {{.class_rank = 1, .items = 1}, "none"},
        {{.class_rank = 1, .items = 9}, "none"},
        {{.class_rank = 1, .items = 10}, "section_manager"},
        {{.class_rank = 2, .items = 1}, "section_manager"},
        {{.class_rank = 1, .items = 1, .unscanned = true}, "chief"},
        {{.class_rank = 2, .items = 99, .unscanned = true}, "chief"},
        {{.class_rank = 1, .items = 1, .inspected = true}, "none"},
        {{.class_rank = 1, .items = 1, .inspected = true, .surface = true}, "chief"},
    };
    struct err err = {0};
    assert_int_equal(load(&loaded, good, &err), 0);
    const struct flow *flow = flow_find(&loaded.set, STR("inward"));
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const struct flow_rule *rule = &flow->rules[flow_judge(flow, &table[i].facts)];
        assert_true(str_equal_z(rule->route, table[i].route));
    }
    /* the digest is of the flow's content, not of its layout */
    unsigned char digest[32];
    memcpy(digest, flow->digest, sizeof digest);
    char text[4096];
    (void)snprintf(text, sizeof text, "# a comment\n%s", good);
    arena_free(loaded.set.arena);
    assert_int_equal(load(&loaded, text, &err), 0);
    assert_memory_equal(loaded.flows[0].digest, digest, sizeof digest);
    arena_free(loaded.set.arena);
}

/* The shipped flows: an unscanned file of any class, and class 2, wait for a person; nothing leaves
 * mynumber. */
static void
test_shipped(void **state)
{
    (void)state;
    struct flow_set *set = NULL;
    struct err err = {0};
    assert_int_equal(flow_set_load(DATA, registers, &set, &err), 0);
    const struct flow *flow = flow_find(set, STR("inward"));
    struct flow_facts facts = {.class_rank = 1, .items = 1};
    assert_true(flow->rules[flow_judge(flow, &facts)].none);
    facts.unscanned = true;
    assert_true(str_equal_z(flow->rules[flow_judge(flow, &facts)].route, "section_manager"));
    facts = (struct flow_facts){.class_rank = 2, .items = 1};
    assert_true(str_equal_z(flow->rules[flow_judge(flow, &facts)].route, "section_manager"));
    facts = (struct flow_facts){.class_rank = 1, .items = 1, .inspected = true};
    assert_true(str_equal_z(flow->rules[flow_judge(flow, &facts)].route, "section_manager"));
    assert_false(flow_has_class(flow, flow_class_find(set, STR("3"))));
    flow_set_free(set);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_judge),
        cmocka_unit_test(test_shipped),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
