/*
 * control_test: the shipped catalogue and the model town's policy in a real database: loaded,
 * judged, answered; hostile JSON stores nothing.
 */
#include "base/mem/ensure.h"
#include "core/control/private.h"
#include "core/control/waive.h"
#include "format/policy/policy.h"
#include "tests/test.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NOW INT64_C(1775000000000000)
#define MINUTE INT64_C(60000000)

static char path[64];
static struct store *store;
static struct control *control;
static struct err err;

static void
read_file(const char *name, struct buf *buf)
{
    char full[512];
    snprintf(full, sizeof full, "%s/data/policy/model_town/%s", SEKISHO_SOURCE_DIR, name);
    FILE *f = fopen(full, "rb");
    assert_non_null(f);
    buf_init(buf, 1 << 22);
    char *p = buf_reserve(buf, 1 << 20);
    buf->n = fread(p, 1, 1 << 20, f);
    fclose(f);
}

/* What policy-worker would say of the model town's NAME. */
static void
read_policy(const char *name, struct buf *json)
{
    struct buf source;
    struct arena *arena = arena_new(POLICY_ARENA_BYTES);
    struct policy_tree *tree = NULL;
    read_file(name, &source);
    assert_int_equal(policy_read(arena, buf_str(&source), &tree, &err), 0);
    buf_init(json, 64 << 20);
    policy_put_json(json, tree, str_of(name), str_of(name)); /* any word stands for the digest */
    arena_free(arena);
    buf_free(&source);
}

struct loading {
    struct str json, bind;
};

static int
load_unit(struct store *s, void *arg, struct err *e)
{
    (void)s;
    struct loading *l = arg;
    return control_store_documents(control, l->json, l->bind, NOW, e);
}

static int outcome;

static void
note(void *arg, int result, const struct err *e)
{
    (void)arg;
    outcome = result;
    if (result < 0)
        err = *e;
}

static int
load(struct str json, struct str bind)
{
    struct loading l = {json, bind};
    store_write(store, load_unit, note, &l);
    return outcome;
}

static int
report_unit(struct store *s, void *arg, struct err *e)
{
    (void)s;
    static uint64_t index = 100;
    struct control_evidence evidence = {STR("gate"), index++, NOW, STR("transfer.deposit"),
                                        STR("R8-000001")};
    return control_report(control, arg, &evidence, e);
}

static void
report(const char *id, enum control_verdict verdict, int64_t at_us)
{
    struct control_result r = {
        .control = str_of(id), .verdict = verdict, .at_us = at_us, .count = 3};
    store_write(store, report_unit, note, &r);
    assert_int_equal(outcome, 0);
}

static json_t *
ask(const char *what, int64_t now_us, int expected)
{
    struct buf out;
    struct control_ask question = {
        .path = str_of(what), .reader = {.staff = true}, .now_us = now_us};
    buf_init(&out, 8 << 20);
    assert_int_equal(control_answer(control, &question, &out, &err), expected);
    json_t *root = expected == 0 ? json_loadb(out.p, out.n, 0, NULL) : NULL;
    if (expected == 0)
        assert_non_null(root);
    buf_free(&out);
    return root;
}

static const char *
word(const json_t *object, const char *key)
{
    const char *z = json_string_value(json_object_get(object, key));
    return z == NULL ? "" : z;
}

static int
set_up(void **state)
{
    (void)state;
    snprintf(path, sizeof path, "/tmp/control_test_XXXXXX");
    int fd = mkstemp(path);
    close(fd);
    struct store_options options = {.path = path, .sql_dir = SEKISHO_SOURCE_DIR "/data/sql/core"};
    if (store_open(&options, &store, &err) < 0 ||
        control_open(store, SEKISHO_SOURCE_DIR "/data", &control, &err) < 0) {
        printf("# %s %s\n", err.code, err.detail);
        return -1;
    }
    struct buf standard, basic, bind;
    read_policy("standard.md", &standard);
    read_policy("basic.md", &basic);
    read_file("bind.yaml", &bind);
    buf_put_z(&bind, "  - {clause: \"std:6(1)③\", topic: people.briefing, part: at_hand,"
                     " confirmed: true}\n");
    int rc = load(buf_str(&standard), buf_str(&bind));
    if (rc == 0)
        rc = load(buf_str(&basic), buf_str(&bind));
    if (rc == 0)
        rc = control_refresh(control, &err);
    if (rc < 0)
        printf("# %s %s\n", err.code, err.detail);
    buf_free(&standard);
    buf_free(&basic);
    buf_free(&bind);
    return rc;
}

static int
tear_down(void **state)
{
    (void)state;
    control_close(control);
    store_close(store);
    char extra[80];
    snprintf(extra, sizeof extra, "%s-wal", path);
    unlink(extra);
    snprintf(extra, sizeof extra, "%s-shm", path);
    unlink(extra);
    return unlink(path);
}

static void
the_index_counts(void **state)
{
    (void)state;
    json_t *root = ask("policy", NOW, 0);
    json_t *docs = json_object_get(root, "documents");
    assert_int_equal(json_array_size(docs), 2);
    assert_string_equal(word(json_array_get(docs, 0), "doc"), "basic");
    const json_t *std = json_array_get(docs, 1);
    assert_string_equal(word(std, "doc"), "std");
    assert_int_equal(json_array_size(json_object_get(std, "chapters")), 10);
    const json_t *counts = json_object_get(std, "counts");
    assert_int_equal(json_integer_value(json_object_get(counts, "enforced")), 0);
    assert_true(json_integer_value(json_object_get(counts, "not_verified")) >= 10);
    json_decref(root);
    assert_true(control_has_source(control, STR("standard.md")));
    assert_false(control_has_source(control, STR("other.md")));
}

static void
a_clause_shows_its_evidence(void **state)
{
    (void)state;
    report("gate_flows", VERDICT_PASS, NOW);
    report("gate_disarm", VERDICT_PASS, NOW);
    json_t *root = ask("policy/std/clause/4(2)①ウ", NOW + 3 * MINUTE, 0);
    assert_string_equal(word(root, "state"), "enforced");
    const json_t *controls = json_object_get(root, "controls");
    assert_int_equal(json_array_size(controls), 1);
    assert_string_equal(word(json_array_get(controls, 0), "id"), "gate_disarm");
    const json_t *live = json_object_get(json_array_get(controls, 0), "live");
    assert_string_equal(word(live, "key"), "control.live.pass_count");
    assert_int_equal(json_integer_value(json_object_get(json_object_get(live, "args"), "minutes")),
                     3);
    const json_t *evidence = json_object_get(root, "evidence");
    assert_int_equal(json_array_size(evidence), 1);
    assert_string_equal(word(json_array_get(evidence, 0), "kind"), "transfer.deposit");
    json_decref(root);
    root = ask("policy/standard/clause/4(2)①", NOW + 3 * MINUTE, 0);
    assert_string_equal(word(root, "state"), "enforced"); /* the clause and its three ways */
    json_decref(root);
    root = ask("policy/std/clause/4(2)①", NOW + 1441 * MINUTE, 0);
    assert_string_equal(word(root, "state"), "not_verified"); /* nothing was seen for a day */
    json_decref(root);
    root = ask("policy/basic/clause/6(3)②", NOW + 3 * MINUTE, 0);
    assert_string_equal(word(root, "state"), "enforced"); /* rolls up what it covers */
    json_decref(root);
    report("gate_disarm", VERDICT_FAIL, NOW + MINUTE);
    root = ask("policy/std/clause/4(2)①", NOW + 3 * MINUTE, 0);
    assert_string_equal(word(root, "state"), "open_gap");
    json_decref(root);
}

static int
observe_unit(struct store *s, void *arg, struct err *e)
{
    (void)s;
    const struct control_evidence *leaf = arg;
    return control_observe(control, leaf, !str_equal_z(leaf->record, "bad"), e);
}

static void
observe(const char *kind, uint64_t index, int64_t at_us, const char *record)
{
    struct control_evidence leaf = {STR("n1"), index, at_us, str_of(kind), str_of(record)};
    store_write(store, observe_unit, note, &leaf);
    assert_int_equal(outcome, 0);
}

static void
leaves_are_results_and_evidence(void **state)
{
    (void)state;
    observe("nobody.cares", 1, NOW, "x");
    observe("transfer.scan", 2, NOW, "t1"); /* shows it at work, proves nothing */
    json_t *root = ask("policy/std/clause/7(4)①", NOW, 0);
    assert_string_equal(word(root, "state"), "not_verified");
    assert_int_equal(json_array_size(json_object_get(root, "evidence")), 1);
    json_decref(root);
    observe("gate.probe", 3, NOW, "");
    root = ask("policy/std/clause/7(4)①", NOW, 0);
    assert_string_equal(word(root, "state"), "enforced");
    json_decref(root);
    observe("gate.probe", 4, NOW + 1, "bad");
    root = ask("policy/std/clause/7(4)①", NOW + 1, 0);
    assert_string_equal(word(root, "state"), "open_gap");
    json_decref(root);
}

static int
tick_unit(struct store *s, void *arg, struct err *e)
{
    (void)s;
    (void)arg;
    return control_tick(control, NOW, e);
}

static void
the_policy_is_published(void **state)
{
    (void)state;
    store_write(store, tick_unit, note, NULL);
    assert_int_equal(outcome, 0);
    json_t *root = ask("policy/std/clause/6(1)③", NOW + MINUTE, 0);
    assert_string_equal(word(root, "state"), "running");
    json_decref(root);
}

static void
an_older_result_changes_nothing(void **state)
{
    (void)state;
    report("login_two_factors", VERDICT_PASS, NOW);
    report("login_two_factors", VERDICT_FAIL, NOW - MINUTE);
    json_t *root = ask("policy/std/clause/4(1)②ア", NOW, 0);
    assert_string_equal(word(root, "state"), "enforced");
    assert_int_equal(json_integer_value(json_object_get(root, "since")), NOW);
    json_decref(root);
    report("login_two_factors", VERDICT_PASS, NOW + MINUTE);
    root = ask("policy/std/clause/4(1)②ア", NOW + MINUTE, 0);
    assert_int_equal(json_integer_value(json_object_get(root, "since")), NOW);
    json_decref(root);
}

static void
only_the_last_five_leaves(void **state)
{
    (void)state;
    for (int i = 0; i < 9; i++)
        report("ledger_proof", VERDICT_PASS, NOW + i);
    json_t *root = ask("policy/std/clause/7(1)⑥", NOW + 10, 0);
    const json_t *evidence = json_object_get(root, "evidence");
    assert_int_equal(json_array_size(evidence), 5);
    int64_t first = json_integer_value(json_object_get(json_array_get(evidence, 0), "index"));
    int64_t last = json_integer_value(json_object_get(json_array_get(evidence, 4), "index"));
    assert_int_equal(first - last, 4);
    json_decref(root);
}

static void
every_clause_is_listed_as_written(void **state)
{
    (void)state;
    json_t *root = ask("policy/std", NOW, 0);
    const json_t *clauses = json_object_get(root, "clauses");
    assert_true(json_array_size(clauses) > 150);
    size_t i, found = 0;
    json_t *clause;
    json_array_foreach(clauses, i, clause)
    {
        if (strcmp(word(clause, "label"), "2(8)①") != 0)
            continue;
        found++;
        assert_non_null(strstr(word(clause, "text"), "自らその許可を与えてはならない"));
        assert_int_equal(json_integer_value(json_object_get(clause, "controls")), 1);
    }
    assert_int_equal(found, 1);
    json_decref(root);
}

static void
what_is_not_there_is_not_found(void **state)
{
    (void)state;
    static const char *const paths[] = {"policy/no",
                                        "policy/std/clause/99",
                                        "policy/std/clause",
                                        "policy/std/x/1",
                                        "policy/std/clause/1/2",
                                        "policies",
                                        "",
                                        "policy/std/clause/1/2/3/4"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        ask(paths[i], NOW, 1);
}

static void
put_file(const char *folder, const char *name, struct str bytes)
{
    char full[200];
    snprintf(full, sizeof full, "%s/%s", folder, name);
    FILE *f = fopen(full, "wb");
    assert_non_null(f);
    fwrite(bytes.p, 1, bytes.n, f);
    fclose(f);
}

static void
seeding_twice_changes_nothing(void **state)
{
    (void)state;
    char folder[] = "/tmp/control_seed_XXXXXX", name[200];
    struct buf json, bind;
    size_t loaded = 99;
    assert_int_equal(control_seed(control, "/tmp/no/such/folder", NOW, &loaded, &err), 0);
    assert_int_equal(loaded, 0);
    assert_non_null(mkdtemp(folder));
    read_policy("basic.md", &json);
    read_file("bind.yaml", &bind);
    /* another digest: a new edition of the same text */
    json.p[str_find(buf_str(&json), STR("\"sha256\":\""), 0) + 10] = 'B';
    put_file(folder, "basic.json", buf_str(&json));
    put_file(folder, "bind.yaml", buf_str(&bind));
    assert_int_equal(control_seed(control, folder, NOW, &loaded, &err), 0);
    assert_int_equal(loaded, 1);
    assert_true(control_has_source(control, STR("Basic.md")));
    assert_int_equal(control_seed(control, folder, NOW, &loaded, &err), 0);
    assert_int_equal(loaded, 0);
    json_decref(ask("policy/basic/clause/6(3)②", NOW, 0));
    put_file(folder, "basic.json", STR("{\"source\":{\"sha256\":\"x\"}}"));
    assert_int_equal(control_seed(control, folder, NOW, &loaded, &err), -1);
    assert_string_equal(err.code, "clause.json");
    snprintf(name, sizeof name, "%s/basic.json", folder);
    unlink(name);
    snprintf(name, sizeof name, "%s/bind.yaml", folder);
    unlink(name);
    rmdir(folder);
    buf_free(&json);
    buf_free(&bind);
}

static void
wrong_json_stores_nothing(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "[]",
        "{",
        "{\"documents\":[],\"clauses\":{}}",
        "{\"source\":{\"sha256\":\"x\"},\"documents\":[{\"doc\":\"std\",\"title\":1,\"body_name\":"
        "\"\","
        "\"version\":\"\"}],\"clauses\":[]}",
        "{\"source\":{\"sha256\":\"x\"},\"documents\":[{\"doc\":\"std\",\"title\":\"t\",\"body_"
        "name\":"
        "\"\",\"version\":\"\"}],\"clauses\":[{\"doc\":\"std\",\"key\":\"c1\",\"label\":\"1\","
        "\"path\":"
        "\"1\",\"kind\":\"clause\",\"title\":\"\",\"text\":\"\",\"depth\":99,\"parent\":null}]}",
        "{\"source\":{\"sha256\":\"x\"},\"documents\":[{\"doc\":\"std\",\"title\":\"t\",\"body_"
        "name\":"
        "\"\",\"version\":\"\"}],\"clauses\":[{\"doc\":\"std\",\"key\":\"c1\",\"label\":\"1\","
        "\"path\":"
        "\"1\",\"kind\":\"clause\",\"title\":\"\",\"text\":\"\",\"depth\":1,\"parent\":\"c9\"}]}"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        assert_int_equal(load(str_of(texts[i]), STR("")), -1);
        assert_string_equal(err.code, "clause.json");
    }
    assert_int_equal(control_refresh(control, &err), 0);
    assert_true(control_has_source(control, STR("standard.md")));
    struct control_result r = {.control = STR("no_such"), .at_us = NOW};
    store_write(store, report_unit, note, &r);
    assert_int_equal(outcome, -1);
    assert_string_equal(err.code, "control.unknown");
}

static int
unit_waive(struct store *s, void *arg, struct err *why)
{
    (void)s;
    return control_waive(control, arg, why);
}

static int
unit_waive_end(struct store *s, void *arg, struct err *why)
{
    (void)s;
    const struct control_waiver *waiver = arg;
    return control_waive_end(control, waiver->record, waiver->control, waiver->now_us, why);
}

static char why_code[64];

static void
waive_done(void *arg, int result, const struct err *why)
{
    (void)arg;
    (void)snprintf(why_code, sizeof why_code, "%s", result < 0 ? why->code : "");
}

/* How many exceptions the clauses of a control show, the number of the first into NUMBER. */
static size_t
exceptions_shown(int64_t now_us, const char *label, char number[32])
{
    char what[120];
    (void)snprintf(what, sizeof what, "policy/std/clause/%s", label);
    json_t *root = ask(what, now_us, 0);
    json_t *list = json_object_get(root, "exceptions");
    (void)snprintf(number, 32, "%s", word(json_array_get(list, 0), "record"));
    size_t count = json_array_size(list);
    json_decref(root);
    return count;
}

/* An exception on a control shows on the clauses it serves, and is gone when it is closed. */
static void
waived(void **state)
{
    (void)state;
    char number[32], label[64] = "";
    struct control_waiver waiver = {7, STR("例外-R8-001"), STR("login_two_factors"), 1000,
                                    INT64_C(900000000000)};
    struct control_facts facts;
    struct arena *arena = arena_new(8 << 20);
    struct control_body *body = body_find(control, (struct str){0});
    struct control_waiver bad = waiver;
    bad.control = STR("no_such_control");
    store_write(store, unit_waive, waive_done, &bad);
    assert_string_equal(why_code, "control.unknown");
    bad = waiver;
    bad.until_us = waiver.now_us;
    store_write(store, unit_waive, waive_done, &bad);
    assert_string_equal(why_code, "control.waive_end");
    store_write(store, unit_waive, waive_done, &waiver);
    assert_string_equal(why_code, "");
    assert_int_equal(control_facts_read(control, arena, body, 2000, &facts, &err), 0);
    assert_true(facts.exception_count > 0);
    for (size_t i = 0; i < facts.exception_count; i++) {
        const struct clause *clause = &body->set.clauses[facts.exceptions[i].clause];
        if (str_equal_z(body->set.docs[clause->doc].word, "std")) {
            (void)snprintf(label, sizeof label, "%.*s", STR_FMT(clause->key));
        }
    }
    assert_true(label[0] != '\0');
    assert_int_equal(exceptions_shown(2000, label, number), 1);
    assert_string_equal(number, "例外-R8-001");
    store_write(store, unit_waive_end, waive_done, &waiver);
    assert_string_equal(why_code, "");
    assert_int_equal(exceptions_shown(3000, label, number), 0);
    arena_free(arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_index_counts),
        cmocka_unit_test(a_clause_shows_its_evidence),
        cmocka_unit_test(leaves_are_results_and_evidence),
        cmocka_unit_test(the_policy_is_published),
        cmocka_unit_test(an_older_result_changes_nothing),
        cmocka_unit_test(only_the_last_five_leaves),
        cmocka_unit_test(every_clause_is_listed_as_written),
        cmocka_unit_test(what_is_not_there_is_not_found),
        cmocka_unit_test(seeding_twice_changes_nothing),
        cmocka_unit_test(wrong_json_stores_nothing),
        cmocka_unit_test(waived),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
