/*
 * rules_test: what loads, what is refused and where it is told, which rule counts for whom.
 */
#include "format/rules/rules.h"
#include "tests/test.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct arena *arena;
static const struct roles *roles;
static struct err err;

static const char roles_text[] =
    "sekisho: roles/1\n"
    "roles:\n"
    "  ciso: {title: {ja: あ, en: a}, scope: body}\n"
    "  chief: {title: {ja: い, en: b}, scope: body, above: ciso}\n"
    "  clerk: {title: {ja: う, en: c}, scope: section, above: chief}\n";

static int
setup(void **state)
{
    (void)state;
    arena = arena_new(4 << 20);
    return roles_load(arena, "roles.yaml", str_of(roles_text), &roles, &err);
}

static int
teardown(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

/* A file of these RULES lines. */
static const struct rules *
load(const char *lines)
{
    const struct rules *rules = NULL;
    char *text =
        arena_printf(arena, "sekisho: auth/1\nprivileged: [ciso, chief]\nrules:\n%s", lines);
    err = (struct err){0};
    return rules_load(arena, "r.yaml", str_of(text), roles, &rules, &err) == 0 ? rules : NULL;
}

#define LIMITS "idle_min: 15, absolute_h: 8, tries: 10, clause: c}\n"
#define REST "  - {when: {}, kinds: 2, any: [[password, totp]], " LIMITS

static void
assert_refused(const char *lines, const char *code, const char *place)
{
    assert_null(load(lines));
    assert_string_equal(err.code, code);
    if (strncmp(err.detail, place, strlen(place)) != 0)
        fail_msg("%s: %s does not begin with %s", code, err.detail, place);
}

static void
weak_rules_are_refused(void **state)
{
    (void)state;
    assert_refused("  - {when: {}, kinds: 2, any: [[password, totp], [password, ldap]], " LIMITS,
                   "rules.kinds", "r.yaml:4:");
    assert_refused("  - {when: {}, kinds: 2, any: [[totp, card]], " LIMITS, "rules.kinds",
                   "r.yaml:4:");
    assert_refused("  - {when: {zone: mynumber}, kinds: 1, any: [[password]], " LIMITS REST,
                   "rules.mynumber", "r.yaml:4:");
    assert_refused("  - {when: {}, kinds: 1, any: [[password]], " LIMITS, "rules.mynumber",
                   "r.yaml:4:");
    assert_refused("  - {when: {role: clerk}, kinds: 1, any: [[password]], " LIMITS REST,
                   "rules.mynumber", "r.yaml:4:");
    assert_refused("  - {when: {}, kinds: 2, any: [[]], " LIMITS, "rules.factor", "r.yaml:4:");
    assert_refused("  - {when: {}, kinds: 2, any: [[password, iris]], " LIMITS, "rules.factor",
                   "r.yaml:4:");
}

static void
a_single_kind_is_fine_where_mynumber_cannot_come(void **state)
{
    (void)state;
    assert_non_null(
        load("  - {when: {zone: [internet, lgwan]}, kinds: 1, any: [[password]], " LIMITS REST));
    assert_non_null(load("  - {when: {zone: mynumber}, kinds: 2, any: [[password, totp]], " LIMITS
                         "  - {when: {}, kinds: 1, any: [[password]], " LIMITS));
}

static void
rules_nobody_can_reach_or_satisfy_are_refused(void **state)
{
    (void)state;
    assert_refused(REST REST, "rules.unreachable", "r.yaml:5:");
    assert_refused(
        "  - {when: {role: [ciso, chief]}, kinds: 2, any: [[password, totp]], " LIMITS
        "  - {when: {role: chief, zone: lgwan}, kinds: 2, any: [[password, totp]], " LIMITS REST,
        "rules.unreachable", "r.yaml:5:");
    assert_refused("  - {when: {role: pope}, kinds: 2, any: [[password, totp]], " LIMITS REST,
                   "rules.role", "r.yaml:4:");
    assert_refused("  - {when: {}, kinds: 2, must: [card], any: [[password, totp]], " LIMITS,
                   "rules.unsatisfiable", "r.yaml:4:");
    assert_refused("  - {when: {zone: lgwan}, kinds: 2, any: [[password, totp]], " LIMITS,
                   "rules.open_end", "r.yaml:4:");
    assert_refused("  - {when: {weekday: 1}, kinds: 2, any: [[password, totp]], " LIMITS REST,
                   "yaml.unknown_key", "r.yaml:4:");
    assert_refused(
        "  - {when: {}, kinds: 2, any: [[password, totp]], idle_min: 600, absolute_h: 8, "
        "tries: 10, clause: c}\n",
        "yaml.range", "r.yaml:4:");
}

static void
the_first_rule_that_fits_counts(void **state)
{
    (void)state;
    const struct rules *rules =
        load("  - {when: {from: outside}, kinds: 2, must: [card], any: [[card, password], "
             "[password, totp]], " LIMITS
             "  - {when: {zone: mynumber}, kinds: 2, any: [[card_pin]], " LIMITS
             "  - {when: {role: [ciso]}, kinds: 2, any: [[passkey_uv]], " LIMITS REST);
    assert_non_null(rules);
    struct str ciso = STR("ciso");
    struct rules_subject subject = {false, STR("lgwan"), &ciso, 1};
    assert_ptr_equal(rules_match(rules, &subject), &rules->rule[2]);
    assert_true(rules_privileged(rules, &subject));
    subject.zone = STR("mynumber");
    assert_ptr_equal(rules_match(rules, &subject), &rules->rule[1]);
    subject.outside = true;
    assert_ptr_equal(rules_match(rules, &subject), &rules->rule[0]);
    assert_int_equal(rules->rule[0].any_count, 1); /* must: card leaves one combination */
    subject = (struct rules_subject){false, STR("lgwan"), NULL, 0};
    assert_ptr_equal(rules_match(rules, &subject), &rules->rule[3]);
    assert_false(rules_privileged(rules, &subject));
}

static void
combinations_survive_their_text(void **state)
{
    (void)state;
    const struct rules *rules =
        load("  - {when: {}, kinds: 2, any: [[totp, password], [card_pin]], " LIMITS);
    struct buf text;
    buf_init(&text, 200);
    rules_put_any(&text, &rules->rule[0]);
    assert_true(str_equal_z(buf_str(&text), "password+totp card_pin"));
    unsigned any[RULES_COMBINATIONS_MOST];
    size_t count;
    assert_true(rules_read_any(buf_str(&text), any, &count));
    assert_int_equal(count, 2);
    assert_int_equal(any[0], FACTOR_PASSWORD | FACTOR_TOTP);
    assert_false(rules_read_any(STR("password+"), any, &count));
    assert_false(rules_read_any(STR(""), any, &count));
    buf_free(&text);
}

static void
ladders_must_end(void **state)
{
    (void)state;
    const struct roles *ret;
    const char head[] = "sekisho: roles/1\nroles:\n"
                        "  aa: {title: {ja: あ, en: a}, scope: body, above: bb}\n";
    char *text =
        arena_printf(arena, "%s  bb: {title: {ja: あ, en: a}, scope: body, above: aa}\n", head);
    assert_int_equal(roles_load(arena, "o.yaml", str_of(text), &ret, &err), -1);
    assert_string_equal(err.code, "roles.circle");
    assert_int_equal(roles_load(arena, "o.yaml", str_of(head), &ret, &err), -1);
    assert_string_equal(err.code, "roles.above");
}

static const char *
shipped(const char *name)
{
    char *path = arena_printf(arena, SEKISHO_SOURCE_DIR "/data/%s", name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    char *text = arena_alloc(arena, 65536);
    assert_in_range(fread(text, 1, 65535, file), 1, 65534);
    (void)fclose(file);
    return text;
}

static void
the_shipped_files_load(void **state)
{
    (void)state;
    const struct roles *all;
    const struct rules *rules;
    assert_int_equal(roles_load(arena, "roles.yaml", str_of(shipped("roles.yaml")), &all, &err), 0);
    assert_int_equal(
        rules_load(arena, "rules.yaml", str_of(shipped("auth/rules.yaml")), all, &rules, &err), 0);
    struct rules_subject subject = {false, STR("mynumber"), NULL, 0};
    assert_int_equal(rules_match(rules, &subject)->kinds, 2);
    assert_int_equal(rules_match(rules, &subject)->idle_s, 600);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weak_rules_are_refused),
        cmocka_unit_test(a_single_kind_is_fine_where_mynumber_cannot_come),
        cmocka_unit_test(rules_nobody_can_reach_or_satisfy_are_refused),
        cmocka_unit_test(the_first_rule_that_fits_counts),
        cmocka_unit_test(combinations_survive_their_text),
        cmocka_unit_test(ladders_must_end),
        cmocka_unit_test(the_shipped_files_load),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
