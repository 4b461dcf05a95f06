/*
 * yaml_test: what the subset takes, what it refuses and where it says so, and the typed getters.
 */
#include "base/mem/buf.h"
#include "format/yaml/yaml.h"
#include "tests/test.h"

#include <stdlib.h>
#include <string.h>

static struct arena *arena;
static struct err err;

static const struct yaml_node *
parse(const char *text)
{
    const struct yaml_node *root = NULL;
    err = (struct err){0};
    arena_clear(arena);
    return yaml_parse(arena, "t.yaml", str_of(text), NULL, &root, &err) == 0 ? root : NULL;
}

static void
assert_refused(const char *text, const char *code, const char *place)
{
    assert_null(parse(text));
    assert_string_equal(err.code, code);
    if (strncmp(err.detail, place, strlen(place)) != 0)
        fail_msg("%s: %s does not begin with %s", code, err.detail, place);
}

static void
reads_maps_lists_and_text(void **state)
{
    (void)state;
    const struct yaml_node *root =
        parse("# c\n一: {ja: 門, en: \"ga\\te\"}\nb: [x, [y, z], {k: v}]\n"
              "c:\n  - 1\n  -\nd: |\n  two\n  lines\n");
    assert_non_null(root);
    assert_int_equal(root->count, 4);
    assert_true(str_equal_z(yaml_text(yaml_get(yaml_get(root, "一"), "ja")), "門"));
    assert_true(str_equal_z(yaml_text(yaml_get(yaml_get(root, "一"), "en")), "ga\te"));
    const struct yaml_node *b = yaml_get(root, "b");
    assert_int_equal(b->kind, YAML_LIST);
    assert_int_equal(b->count, 3);
    assert_int_equal(b->line, 3);
    assert_int_equal(b->column, 4);
    assert_int_equal(b->first->next->count, 2);
    assert_true(str_equal_z(yaml_text_or(b->first->next->next, "k", STR("no")), "v"));
    assert_true(str_equal_z(yaml_text_or(root, "zz", STR("no")), "no"));
    assert_true(str_equal_z(yaml_text(yaml_get(root, "c")->first->next), ""));
    assert_true(str_equal_z(yaml_text(yaml_get(root, "d")), "two\nlines\n"));
    assert_null(yaml_get(b, "k"));
    assert_null(yaml_get(NULL, "k"));
}

static void
every_scalar_is_text(void **state)
{
    (void)state;
    const struct yaml_node *root = parse("\xef\xbb\xbf"
                                         "a: no\nb: 010\nc: ~\nd: 2026-04-01\n");
    assert_true(str_equal_z(yaml_text(yaml_get(root, "a")), "no"));
    assert_true(str_equal_z(yaml_text(yaml_get(root, "b")), "010"));
    assert_true(str_equal_z(yaml_text(yaml_get(root, "c")), "~"));
    assert_int_equal(yaml_get(root, "a")->column, 4);
}

static void
refuses_what_is_outside(void **state)
{
    (void)state;
    assert_refused("a: &x 1\n", "yaml.anchor", "t.yaml:1:4: ");
    assert_refused("a: 1\nb: *x\n", "yaml.anchor", "t.yaml:2:4: ");
    assert_refused("a: &x {b: c}\n", "yaml.anchor", "t.yaml:1:4: ");
    assert_refused("a: !!int 1\n", "yaml.tag", "t.yaml:1:4: ");
    assert_refused("a: !x [1]\n", "yaml.tag", "t.yaml:1:4: ");
    assert_refused("a:\n  <<: {b: c}\n", "yaml.merge", "t.yaml:2:3: ");
    assert_refused("a: 1\nb: 2\na: 3\n", "yaml.duplicate", "t.yaml:3:4: a");
    assert_refused("? [a]\n: 1\n", "yaml.key", "t.yaml:1:3: ");
    assert_refused("\"\": 1\n", "yaml.key", "t.yaml:1:1: ");
    assert_refused("a: 1\n---\nb: 2\n", "yaml.documents", "t.yaml:2:1: ");
    assert_refused("%YAML 1.1\n---\na: 1\n", "yaml.directive", "t.yaml:1:1: ");
    assert_refused("a: [1\n", "yaml.syntax", "t.yaml:2:");
    assert_refused("a: \xff\n", "yaml.syntax", "t.yaml:");
    assert_refused("# nothing\n", "yaml.empty", "t.yaml");
    assert_refused("", "yaml.empty", "t.yaml");
    assert_non_null(parse("---\na: 1\n"));
    assert_non_null(parse("\"<<\": 1\n"));
}

static void
limits_hold(void **state)
{
    (void)state;
    char deep[100];
    memset(deep, '[', 40);
    memset(deep + 40, ']', 40);
    deep[80] = 0;
    assert_refused(deep, "yaml.depth", "t.yaml:1:33: 32");
    deep[32] = ']';
    memset(deep + 32, ']', 32);
    deep[64] = 0;
    assert_non_null(parse(deep));
    const struct yaml_node *root;
    struct yaml_limits limits = {.nodes = 3};
    assert_int_equal(yaml_parse(arena, "t", STR("[1, 2]"), &limits, &root, &err), 0);
    assert_int_equal(yaml_parse(arena, "t", STR("[1, 2, 3]"), &limits, &root, &err), -1);
    assert_string_equal(err.code, "yaml.nodes");
    limits = (struct yaml_limits){.bytes = 5};
    assert_int_equal(yaml_parse(arena, "t", STR("[1, 2]"), &limits, &root, &err), -1);
    assert_string_equal(err.code, "yaml.size");
    struct arena *small = arena_new(300);
    assert_int_equal(yaml_parse(small, "t", STR("[1, 2, 3, 4, 5]"), NULL, &root, &err), -1);
    assert_string_equal(err.code, "limit.memory");
    arena_free(small);
}

static void
schema_refuses_unknown_and_missing(void **state)
{
    (void)state;
    static const struct yaml_key keys[] = {{"id", YAML_TEXT, true}, {"parts", YAML_LIST, false}};
    assert_int_equal(yaml_check(parse("{id: a}"), keys, 2, &err), 0);
    assert_int_equal(yaml_check(parse("{id: a, parts: []}"), keys, 2, &err), 0);
    assert_int_equal(yaml_check(parse("id: a\nporta: []\n"), keys, 2, &err), -1);
    assert_string_equal(err.code, "yaml.unknown_key");
    assert_string_equal(err.detail, "t.yaml:2:8: porta");
    assert_int_equal(yaml_check(parse("{parts: []}"), keys, 2, &err), -1);
    assert_string_equal(err.code, "yaml.missing");
    assert_string_equal(err.detail, "t.yaml:1:1: id");
    assert_int_equal(yaml_check(parse("{id: [a]}"), keys, 2, &err), -1);
    assert_string_equal(err.code, "yaml.kind");
    assert_int_equal(yaml_check(parse("[a]"), keys, 2, &err), -1);
    assert_int_equal(yaml_check(NULL, keys, 2, &err), -1);
}

static void
typed_getters(void **state)
{
    (void)state;
    int64_t n = 99;
    assert_int_equal(yaml_int(parse("-5"), -5, 5, &n, &err), 0);
    assert_int_equal(n, -5);
    assert_int_equal(yaml_int(parse("6"), -5, 5, &n, &err), -1);
    assert_string_equal(err.code, "yaml.range");
    static const char *const bad[] = {"007", "+1", "1x", "-0", "'-'", "9223372036854775808",
                                      "''",  "1_0"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(yaml_int(parse(bad[i]), INT64_MIN, INT64_MAX, &n, &err), -1);
        assert_string_equal(err.code, "yaml.number");
    }
    assert_int_equal(n, -5);
    bool flag = false;
    assert_int_equal(yaml_bool(parse("yes"), &flag, &err), 0);
    assert_true(flag);
    assert_int_equal(yaml_bool(parse("false"), &flag, &err), 0);
    assert_false(flag);
    assert_int_equal(yaml_bool(parse("on"), &flag, &err), -1);
    static const char *const names[] = {"E", "W"};
    size_t place = 9;
    assert_int_equal(yaml_enum(parse("W"), names, 2, &place, &err), 0);
    assert_int_equal(place, 1);
    assert_int_equal(yaml_enum(parse("w"), names, 2, &place, &err), -1);
    assert_string_equal(err.code, "yaml.choice");
    assert_int_equal(yaml_enum(NULL, names, 2, &place, &err), -1);
}

static void
large_maps_stay_fast(void **state)
{
    (void)state;
    struct buf text;
    buf_init(&text, 1 << 20);
    for (unsigned i = 0; i < 40000; i++)
        buf_printf(&text, "k%u: %u\n", i * 7919 % 40000, i);
    buf_put_char(&text, 0);
    const struct yaml_node *root = parse(text.p);
    assert_non_null(root);
    assert_int_equal(root->count, 40000);
    assert_true(str_equal_z(yaml_text(yaml_get(root, "k7919")), "1"));
    buf_free(&text);
}

int
main(void)
{
    arena = arena_new(64 << 20);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_maps_lists_and_text),
        cmocka_unit_test(every_scalar_is_text),
        cmocka_unit_test(refuses_what_is_outside),
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(schema_refuses_unknown_and_missing),
        cmocka_unit_test(typed_getters),
        cmocka_unit_test(large_maps_stay_fast),
    };
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    arena_free(arena);
    return rc;
}
