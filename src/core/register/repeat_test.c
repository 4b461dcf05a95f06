/*
 * repeat_test: what `repeat` of a register file means, and every mistake in it with its place.
 */
#include "core/register/repeat.h"

#include "tests/test.h"

#include <stdio.h>
#include <string.h>

#define DATA SEKISHO_SOURCE_DIR "/data"

static struct register_set *set;
static struct arena *arena;
static struct err err;

static int
begin(void **state)
{
    (void)state;
    arena = arena_new(64 << 20);
    return register_set_load(DATA, &set, &err);
}

static int
end(void **state)
{
    (void)state;
    register_set_free(set);
    arena_free(arena);
    return 0;
}

/* A register whose `repeat` list is REPEAT. */
static struct register_finding *
check(const char *repeat, struct register_def **ret)
{
    char text[2000];
    struct register_finding *findings = NULL;
    (void)snprintf(text, sizeof text,
                   "register: round\nversion: 1\nextends: base/permit\n"
                   "title: {ja: 巡回, en: Round}\ntopics: [\"8(4)\"]\n"
                   "retain: {years: 5, from: closed, then: review}\n"
                   "access: [{role: [chief], rows: all}]\nrepeat:\n%s",
                   repeat);
    assert_int_equal(
        register_check(set, arena, "f.yaml", str_dup(arena, str_of(text)), ret, &findings, &err),
        0);
    return findings;
}

static void
reads_what_it_says(void **state)
{
    (void)state;
    struct register_def *def = NULL;
    assert_null(check("  - {key: review, every: 3m, each: record, do: report, who: {role: ciso},"
                      " due: 10bd}\n"
                      "  - {key: plan, on: fy+1m, open: round, who: {role: chief}, due: 30d,"
                      " topics: [ops.exception], title: {ja: 計画, en: Plan}}\n"
                      "  - {key: weekly, every: 7d, each: room, do: confirm, who: {role: chief}}\n",
                      &def));
    assert_int_equal(def->repeat_count, 3);
    const struct register_repeat *r = def->repeats;
    assert_true(r[0].months == 3 && r[0].each == REPEAT_RECORD && !r[0].confirm &&
                r[0].due_days == 10 && r[0].due_open_days && r[0].open.n == 0);
    assert_true(str_equal_z(r[0].title.ja, "巡回") && str_equal_z(r[0].topics[0], "8(4)"));
    assert_true(r[1].yearly && r[1].opens == 1 && str_equal_z(r[1].open, "round") &&
                r[1].due_days == 30 && !r[1].due_open_days);
    assert_true(str_equal_z(r[1].title.en, "Plan") && str_equal_z(r[1].topics[0], "ops.exception"));
    assert_true(r[2].days == 7 && r[2].months == 0 && r[2].confirm && r[2].due_days == 0);
}

static void
says_what_is_wrong_and_where(void **state)
{
    (void)state;
    static const struct {
        const char *repeat, *code;
    } rows[] = {
        {"  - {key: a, do: report, who: {role: ciso}}\n", "register.r102"},
        {"  - {key: a, every: 3m, on: fy+1m, do: report, who: {role: ciso}}\n", "register.r102"},
        {"  - {key: a, every: 13m, do: report, who: {role: ciso}}\n", "register.r102"},
        {"  - {key: a, every: 0m, do: report, who: {role: ciso}}\n", "register.r102"},
        {"  - {key: a, every: 2y, do: report, who: {role: ciso}}\n", "register.r102"},
        {"  - {key: a, every: 1d, do: report, who: {role: ciso}}\n", "register.r102"},
        {"  - {key: a, on: fy+12m, do: report, who: {role: ciso}}\n", "register.r102"},
        {"  - {key: a, every: 3m, who: {role: ciso}}\n", "register.r102"},
        {"  - {key: a, every: 3m, do: dance, who: {role: ciso}}\n", "register.r102"},
        {"  - {key: a, every: 3m, do: report, open: round, who: {role: ciso}}\n", "register.r102"},
        {"  - {key: a, every: 3m, do: report, who: {role: ciso}, due: 0bd}\n", "register.r102"},
        {"  - {key: a, every: 3m, do: report, who: {role: ciso}, due: 4h}\n", "register.r102"},
        {"  - {key: a, every: 3m, do: report, who: {role: nobody}}\n", "register.r120"},
        {"  - {key: a, every: 3m, do: report, who: {role: ciso}, each: moon}\n", "yaml.choice"},
        {"  - {key: a, every: 3m, do: report, who: {role: ciso}, colour: red}\n",
         "yaml.unknown_key"},
        {"  - {key: a, every: 3m, do: report}\n", "yaml.missing"},
        {"  - {key: a, every: 3m, do: report, who: {role: ciso}}\n"
         "  - {key: a, every: 6m, do: report, who: {role: ciso}}\n",
         "register.r102"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct register_def *def = NULL;
        struct register_finding *findings = check(rows[i].repeat, &def);
        if (findings == NULL) {
            fail_msg("taken: %s", rows[i].repeat);
        } else if (strcmp(findings->err.code, rows[i].code) != 0) {
            fail_msg("%s: %s", rows[i].repeat, findings->err.code);
        }
        assert_memory_equal(findings->err.detail, "f.yaml:", 7);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_it_says),
        cmocka_unit_test(says_what_is_wrong_and_where),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
