/*
 * state_test: the shipped catalogue loads, wrong ones are refused with their place, and every state
 * of a clause is reached and left by facts and the clock alone.
 */
#include "base/mem/buf.h"
#include "core/control/state.h"
#include "tests/test.h"

#include <stdio.h>
#include <string.h>

static struct arena *arena;
static struct err err;

static const char topics[] =
    "- {id: zone.split, group: \"4(2)\", kind: [E], title: {ja: 分割, en: Split},\n"
    "   parts: [{key: gate, kind: [E], title: {ja: 関所, en: Gate}, by: {control: gate}},\n"
    "           {key: mail, kind: [E], title: {ja: 文, en: Mail}, by: {none: later}}]}\n"
    "- {id: asset.provide, group: \"3(2)\", kind: [W], title: {ja: 提供, en: Give},\n"
    "   parts: [{key: p, kind: [W], title: {ja: 提供, en: Give}, by: {control: give}}]}\n"
    "- {id: tech.backup, group: \"7(1)\", kind: [C], title: {ja: 控え, en: Backup},\n"
    "   parts: [{key: p, kind: [C], title: {ja: 控え, en: Backup}, by: {control: backup}}]}\n"
    "- {id: phys.mount, group: \"5(1)\", kind: [R], title: {ja: 据付, en: Mount},\n"
    "   parts: [{key: p, kind: [R], title: {ja: 据付, en: Mount}, by: {control: mount}}]}\n"
    "- {id: tech.wireless, group: \"7(1)\", kind: [Ex], title: {ja: 無線, en: Wireless},\n"
    "   parts: [{key: p, kind: [Ex], title: {ja: 無線, en: Wireless}, by: {control: wifi}}]}\n"
    "- {id: org.role, group: \"2(1)\", kind: [Wd], title: {ja: 役, en: Role},\n"
    "   parts: [{key: p, kind: [Wd], title: {ja: 役, en: Role}, by: {master: role}}]}\n"
    "- {id: dev.none, group: \"7(3)\", kind: [W], title: {ja: 無し, en: None}}\n"
    "- {id: people.book, group: \"6(1)\", kind: [W], title: {ja: 簿, en: Book},\n"
    "   parts: [{key: p, kind: [W], title: {ja: 簿, en: Book}, by: {register: book}}]}\n"
    "- {id: basic.all, group: basic, kind: [Wd], title: {ja: 全体, en: All}, covers: "
    "[zone.split]}\n";

static const char controls[] =
    "- {id: gate, kind: E, title: {ja: 関所, en: Gate}, verify: {by: self_test, every: 15m}}\n"
    "- {id: give, kind: W, title: {ja: 提供, en: Give}, verify: {by: register, every: 1d}}\n"
    "- {id: backup, kind: C, title: {ja: 控え, en: Backup}, verify: {by: check, every: 1d}}\n"
    "- {id: mount, kind: R, title: {ja: 据付, en: Mount}, verify: {by: register, every: 300d}}\n"
    "- {id: wifi, kind: Ex, title: {ja: 無線, en: Wireless}, verify: {by: check, every: 1d}}\n";

static const char binds[] =
    "bindings:\n"
    "  - {clause: \"std:1(1)\", topic: zone.split, part: gate, confirmed: true}\n"
    "  - {clause: \"std:2\", topic: asset.provide, confirmed: true}\n"
    "  - {clause: \"std:3\", topic: tech.backup, confirmed: true}\n"
    "  - {clause: \"std:4\", topic: phys.mount, confirmed: true}\n"
    "  - {clause: \"std:5\", topic: org.role, confirmed: true}\n"
    "  - {clause: \"std:6\", topic: dev.none, confirmed: true}\n"
    "  - {clause: \"std:7\", topic: tech.backup}\n"
    "  - {clause: \"std:8\", topic: people.book, part: p, confirmed: true}\n"
    "  - {clause: \"std:9\", topic: tech.wireless, confirmed: true}\n"
    "  - {clause: \"basic:1\", topic: basic.all, confirmed: true}\n";

#define NOW INT64_C(1000000000000000)
#define MINUTE INT64_C(60000000)

static struct clause clauses[] = {
    {.doc = 0, .key = {"c1", 2}, .label = {"1", 1}, .parent = CLAUSE_NONE, .duty = false},
    {.doc = 0, .key = {"c2", 2}, .label = {"1(1)", 4}, .parent = 0, .duty = true},
    {.doc = 0, .key = {"c3", 2}, .label = {"2", 1}, .parent = CLAUSE_NONE, .duty = true},
    {.doc = 0, .key = {"c4", 2}, .label = {"3", 1}, .parent = CLAUSE_NONE, .duty = true},
    {.doc = 0, .key = {"c5", 2}, .label = {"4", 1}, .parent = CLAUSE_NONE, .duty = true},
    {.doc = 0, .key = {"c6", 2}, .label = {"5", 1}, .parent = CLAUSE_NONE, .duty = true},
    {.doc = 0, .key = {"c7", 2}, .label = {"6", 1}, .parent = CLAUSE_NONE, .duty = true},
    {.doc = 0, .key = {"c8", 2}, .label = {"7", 1}, .parent = CLAUSE_NONE, .duty = true},
    {.doc = 0, .key = {"c9", 2}, .label = {"8", 1}, .parent = CLAUSE_NONE, .duty = true},
    {.doc = 0, .key = {"c10", 3}, .label = {"9", 1}, .parent = CLAUSE_NONE, .duty = true},
    {.doc = 0, .key = {"c12", 3}, .label = {"10", 2}, .parent = CLAUSE_NONE, .duty = true},
    {.doc = 1, .key = {"c11", 3}, .label = {"1", 1}, .parent = CLAUSE_NONE, .duty = true},
};
enum { COUNT = sizeof clauses / sizeof *clauses };

static struct clause_doc docs[] = {
    {.kind = POLICY_STANDARD, .word = {"std", 3}, .first = 0, .count = COUNT - 1},
    {.kind = POLICY_BASIC, .word = {"basic", 5}, .first = COUNT - 1, .count = 1},
};

static struct clause_set set = {
    .docs = docs, .doc_count = 2, .clauses = clauses, .clause_count = COUNT};

static struct catalogue *
load(const char *t, const char *c)
{
    const struct catalogue_file files[] = {{CATALOGUE_FILE_CONTROLS, "c.yaml", str_of(c)},
                                           {CATALOGUE_FILE_TOPICS, "t.yaml", str_of(t)}};
    struct catalogue *catalogue = NULL;
    if (catalogue_load(arena, files, 2, &catalogue, &err) < 0)
        return NULL;
    return catalogue;
}

static struct control_policy *
make(void)
{
    struct catalogue *catalogue = load(topics, controls);
    struct bindings *bindings = NULL;
    struct control_policy *policy = NULL;
    assert_non_null(catalogue);
    assert_int_equal(bindings_load(arena, catalogue, "b.yaml", str_of(binds), &bindings, &err), 0);
    struct control_bound *bound;
    size_t count;
    assert_int_equal(control_bindings_resolve(arena, &set, bindings, &bound, &count, &err), 0);
    assert_int_equal(control_policy_make(arena, catalogue, &set, bound, count, &policy, &err), 0);
    return policy;
}

/* The state of LABEL of DOC under FACTS. */
static enum control_state
state_in(const char *doc, const char *label, const struct control_facts *facts,
         struct control_judgement *ret)
{
    struct control_policy *policy = make();
    struct control_judgement all[COUNT];
    control_judge(policy, facts, all);
    size_t i = control_clause_find(policy, str_of(doc), str_of(label));
    assert_in_range(i, 0, COUNT - 1);
    if (ret != NULL)
        *ret = all[i];
    return all[i].state;
}

static enum control_state
with(const char *label, struct control_result result, int64_t now_us)
{
    struct control_facts facts = {.results = &result, .result_count = 1, .now_us = now_us};
    return state_in("std", label, &facts, NULL);
}

static struct control_result
passed(const char *control)
{
    return (struct control_result){.control = str_of(control),
                                   .verdict = VERDICT_PASS,
                                   .at_us = NOW,
                                   .since_us = NOW - MINUTE};
}

static void
enforced_is_reached_and_left(void **state)
{
    (void)state;
    struct control_result r = passed("gate");
    assert_int_equal(with("1(1)", r, NOW + MINUTE), STATE_ENFORCED);
    assert_int_equal(with("1(1)", r, NOW + 15 * MINUTE), STATE_ENFORCED);
    assert_int_equal(with("1(1)", r, NOW + 15 * MINUTE + 1), STATE_NOT_VERIFIED); /* silent */
    r.until_us = NOW + 2 * MINUTE;
    assert_int_equal(with("1(1)", r, NOW + 3 * MINUTE), STATE_NOT_VERIFIED);
    r.until_us = 0;
    assert_int_equal(with("1(1)", r, NOW - 6 * MINUTE), STATE_NOT_VERIFIED); /* from the future */
    r.config = STR("aa");
    r.approved = STR("bb");
    assert_int_equal(with("1(1)", r, NOW), STATE_OPEN_GAP); /* not what was approved */
    r.approved = STR("aa");
    assert_int_equal(with("1(1)", r, NOW), STATE_ENFORCED);
    r.verdict = VERDICT_UNKNOWN;
    assert_int_equal(with("1(1)", r, NOW), STATE_NOT_VERIFIED);
    r.verdict = VERDICT_FAIL;
    assert_int_equal(with("1(1)", r, NOW), STATE_OPEN_GAP);
    assert_int_equal(with("1(1)", r, NOW + 1000 * MINUTE), STATE_OPEN_GAP);
}

static void
each_kind_has_its_best(void **state)
{
    (void)state;
    assert_int_equal(with("2", passed("give"), NOW), STATE_RUNNING);
    assert_int_equal(with("3", passed("backup"), NOW), STATE_CHECKED);
    assert_int_equal(with("4", passed("mount"), NOW), STATE_EVIDENCED);
    assert_int_equal(with("9", passed("wifi"), NOW), STATE_CHECKED);       /* never enforced */
    assert_int_equal(with("5", passed("gate"), NOW), STATE_NONE);          /* a definition */
    assert_int_equal(with("6", passed("gate"), NOW), STATE_OPEN_GAP);      /* nobody does it */
    assert_int_equal(with("10", passed("gate"), NOW), STATE_NOT_VERIFIED); /* bound to nothing */
    assert_int_equal(with("2", passed("gate"), NOW), STATE_NOT_VERIFIED);  /* no data */
    struct control_result late = passed("give");
    late.verdict = VERDICT_FAIL;
    assert_int_equal(with("2", late, NOW), STATE_OPEN_GAP);
}

static enum control_register said;

static enum control_register
ask_register(void *ctx, struct str id)
{
    (void)ctx;
    return str_equal_z(id, "book") ? said : REGISTER_MISSING;
}

static void
a_register_is_asked(void **state)
{
    (void)state;
    static const struct {
        enum control_register said;
        enum control_state state;
    } rows[] = {{REGISTER_MISSING, STATE_OPEN_GAP},
                {REGISTER_SILENT, STATE_NOT_VERIFIED},
                {REGISTER_RUNNING, STATE_RUNNING},
                {REGISTER_OVERDUE, STATE_OPEN_GAP}};
    struct control_facts facts = {.registers = ask_register, .now_us = NOW};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        said = rows[i].said;
        assert_int_equal(state_in("std", "8", &facts, NULL), rows[i].state);
    }
    facts.registers = NULL;
    assert_int_equal(state_in("std", "8", &facts, NULL), STATE_OPEN_GAP);
}

static void
unconfirmed_never_counts(void **state)
{
    (void)state;
    assert_int_equal(with("7", passed("backup"), NOW), STATE_NOT_VERIFIED);
    struct control_result bad = passed("backup");
    bad.verdict = VERDICT_FAIL;
    assert_int_equal(with("7", bad, NOW), STATE_NOT_VERIFIED);
}

static void
parents_and_basic_take_the_worst(void **state)
{
    (void)state;
    struct control_result r = passed("gate");
    assert_int_equal(with("1", r, NOW), STATE_ENFORCED);
    r.verdict = VERDICT_FAIL;
    assert_int_equal(with("1", r, NOW), STATE_OPEN_GAP);
    struct control_facts facts = {.results = &r, .result_count = 1, .now_us = NOW};
    struct control_judgement j;
    assert_int_equal(state_in("basic", "1", &facts, &j), STATE_OPEN_GAP);
    r.verdict = VERDICT_PASS;
    assert_int_equal(state_in("basic", "1", &facts, &j), STATE_ENFORCED);
    assert_int_equal(state_in("std", "1(1)", &facts, &j), STATE_ENFORCED);
    assert_int_equal(j.since_us, NOW - MINUTE);
}

static void
exceptions_flag_and_then_gap(void **state)
{
    (void)state;
    struct control_result r = passed("gate");
    struct control_exception e = {.clause = 1, .until_us = NOW + MINUTE};
    struct control_facts facts = {&r, 1, &e, 1, NULL, NULL, NOW};
    struct control_judgement j;
    assert_int_equal(state_in("std", "1(1)", &facts, &j), STATE_ENFORCED);
    assert_int_equal(j.exception_until_us, NOW + MINUTE);
    facts.now_us = NOW + MINUTE + 1;
    assert_int_equal(state_in("std", "1(1)", &facts, &j), STATE_OPEN_GAP);
    assert_int_equal(j.exception_until_us, 0);
}

static void
wrong_files_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *topics, *controls, *code;
    } rows[] = {
        {"- {id: a.b, group: g, kind: [E], title: {ja: a}}\n", controls, "yaml.missing"},
        {"- {id: a.b, group: g, kind: [X], title: {ja: a, en: b}}\n", "[]", "yaml.choice"},
        {"- {id: a.b, group: g, kind: [E], title: {ja: a, en: b}}\n"
         "- {id: a.b, group: g, kind: [E], title: {ja: a, en: b}}\n",
         "[]", "control.twice"},
        {"- {id: a.b, group: g, kind: [E], title: {ja: a, en: b}, covers: [no.such]}\n", "[]",
         "control.unknown"},
        {"- {id: a.b, group: g, kind: [E], title: {ja: a, en: b}, colour: red}\n", "[]",
         "yaml.unknown_key"},
        {"[]",
         "- {id: x, kind: E, title: {ja: a, en: b}, topics: [a.b], verify: {by: check, every: "
         "1d}}\n",
         "yaml.unknown_key"},
        {"[]", "- {id: x, kind: E, title: {ja: a, en: b}, verify: {by: check, every: 3}}\n",
         "control.every"},
        {"- {id: a.b, group: g, kind: [E], title: {ja: a, en: b},"
         " parts: [{key: k, kind: [E], title: {ja: a, en: b}, by: {control: nobody}}]}\n",
         "[]", "control.unknown"},
        {"{id: a.b}", "[]", "yaml.kind"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_null(load(rows[i].topics, rows[i].controls));
        assert_string_equal(err.code, rows[i].code);
    }
    struct catalogue *catalogue = load(topics, controls);
    struct bindings *b = NULL;
    struct control_bound *bound;
    size_t count;
    struct str no_clause = STR("bindings: [{clause: \"std:99\", topic: org.role}]");
    assert_int_equal(bindings_load(arena, catalogue, "b", no_clause, &b, &err), 0);
    assert_int_equal(control_bindings_resolve(arena, &set, b, &bound, &count, &err), -1);
    assert_string_equal(err.code, "control.clause");
    struct str no_topic = STR("bindings: [{clause: \"std:1\", topic: org.rule}]");
    assert_int_equal(bindings_load(arena, catalogue, "b", no_topic, &b, &err), -1);
    assert_string_equal(err.code, "control.unknown");
}

int
main(void)
{
    arena = arena_new(64 << 20);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(enforced_is_reached_and_left),
        cmocka_unit_test(each_kind_has_its_best),
        cmocka_unit_test(a_register_is_asked),
        cmocka_unit_test(unconfirmed_never_counts),
        cmocka_unit_test(parents_and_basic_take_the_worst),
        cmocka_unit_test(exceptions_flag_and_then_gap),
        cmocka_unit_test(wrong_files_are_refused),
    };
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    arena_free(arena);
    return rc;
}
