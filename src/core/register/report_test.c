/*
 * Tests of the shipped table of reports: which rows hit an incident, and their exact clocks. Time
 * is given as a parameter; the records are made here.
 */
#include "base/os/time.h"
#include "core/register/reader.h"
#include "core/register/report.h"
#include "format/yaml/yaml.h"
#include "tests/test.h"

#include <stdio.h>
#include <string.h>

#define DATA SEKISHO_SOURCE_DIR "/data"

static struct register_set *set;
static struct arena *arena;
static struct report_due *list;
static size_t count;

static int
set_up(void **state)
{
    (void)state;
    struct err err = {0};
    if (register_set_load(DATA, &set, &err) < 0) {
        print_error("%s %s\n", err.code, err.detail);
        return -1;
    }
    arena = arena_new(16 << 20);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    register_set_free(set);
    arena_free(arena);
    return 0;
}

/* HOURS and MINUTES of DAY in Japan. */
static int64_t
at(const char *day, int hours, int minutes)
{
    int64_t number = 0;
    assert_true(date_parse(str_of(day), &number));
    return tokyo_day_start(number) + (int64_t)(hours * 60 + minutes) * 60 * TIME_US_SECOND;
}

/* Fields, as JSON, of an incident noticed and known at the times given (0: not known yet). */
static json_t *
fields(int64_t noticed, int64_t known, const char *more)
{
    json_error_t why;
    json_t *object = json_loads(more, 0, &why);
    assert_non_null(object);
    (void)json_object_set_new(object, "noticed_at", json_integer(noticed));
    if (known != 0) {
        (void)json_object_set_new(object, "known_at", json_integer(known));
    }
    return object;
}

/* Judges an incident in STATE that has FACTS (taken) at NOW. */
static json_t *
judge(const char *state, json_t *facts, int64_t now)
{
    struct err err = {0};
    const struct register_def *def = register_def_find(set, STR("incident"));
    assert_non_null(def);
    struct record record = {.reg = STR("incident"),
                            .def = def,
                            .state = str_of(state),
                            .state_at = register_state_find(def, str_of(state)),
                            .fields = facts};
    assert_true(record.state_at >= 0);
    if (reports_due(set, arena, &record, now, &list, &count, &err) < 0) {
        fail_msg("%s %s", err.code, err.detail);
    }
    return facts;
}

static const struct report_due *
row(const char *key)
{
    for (size_t i = 0; i < count; i++) {
        if (str_equal_z(list[i].row->key, key)) {
            return &list[i];
        }
    }
    return NULL;
}

#define CLEAR                                                                                      \
    "\"malice\": \"no\", \"number_system\": \"no\", \"crime\": \"no\", \"service\": \"no\""

/* 1 May 2026 is a Friday; 3 to 6 May are holidays, 30 May is a Saturday. */
static void
test_clocks(void **state)
{
    (void)state;
    int64_t noticed = at("2026-05-01", 9, 50), known = at("2026-05-01", 10, 0);
    json_t *facts = judge("acting", fields(noticed, known, "{}"), known);
    assert_int_equal(count, 11); /* nothing is known: everything hits */
    assert_int_equal(row("in_section")->due_us, at("2026-05-01", 10, 20));
    assert_int_equal(row("in_chief")->due_us, at("2026-05-01", 10, 50));
    assert_int_equal(row("in_ciso")->due_us, at("2026-05-01", 11, 50));
    assert_int_equal(row("authority")->due_us, at("2026-05-02", 0, 0));
    assert_int_equal(row("ppc")->warn_us, at("2026-05-03", 0, 0)); /* day 3 begins */
    assert_int_equal(row("ppc")->due_us, at("2026-05-06", 0, 0));  /* day 5 ends, closed or not */
    assert_int_equal(row("ppc_final")->due_us, at("2026-06-02", 0, 0)); /* day 30 goes on */
    assert_int_equal(row("ppc_final")->warn_us, 0);
    assert_int_equal(row("press")->due_us, at("2026-05-08", 0, 0)); /* the next open day is 7 May */
    json_decref(facts);
    facts = judge("acting", fields(noticed, known, "{\"malice\": \"yes\"}"), known);
    assert_int_equal(row("ppc_final")->due_us, at("2026-06-30", 0, 0)); /* 60 days */
    assert_int_equal(row("ppc")->due_us, at("2026-05-06", 0, 0));
    json_decref(facts);
    facts = judge("acting", fields(noticed, known, "{\"malice\": \"unknown\"}"), known);
    assert_int_equal(row("ppc_final")->due_us, at("2026-06-02", 0, 0)); /* unsure is not longer */
    json_decref(facts);
}

static void
expect_rows(const char *facts, const char *key, bool hit)
{
    int64_t known = at("2026-05-01", 10, 0);
    json_t *fields_of = judge("acting", fields(known, known, facts), known);
    if ((row(key) != NULL) != hit) {
        fail_msg("%s: %s %s", facts, key, hit ? "missing" : "hits");
    }
    json_decref(fields_of);
}

static void
test_rows(void **state)
{
    (void)state;
    static const char *const some = "\"data\": [\"personal\"], " CLEAR;
    char text[400];
    static const struct {
        const char *persons;
        bool hit;
    } numbers[] = {{"100", false}, {"101", true}, {"null", true}};
    for (size_t i = 0; i < 3; i++) {
        (void)snprintf(text, sizeof text, "{%s, \"persons\": %s}", some, numbers[i].persons);
        expect_rows(text, "ppc", numbers[i].hit);
        expect_rows(text, "ppc_final", numbers[i].hit);
        expect_rows(text, "persons", numbers[i].hit);
        expect_rows(text, "number", false);
    }
    expect_rows("{\"data\": [\"sensitive\"], \"persons\": 1, " CLEAR "}", "ppc", true);
    expect_rows("{\"data\": [\"financial\"], \"persons\": 1, " CLEAR "}", "ppc", true);
    expect_rows("{\"data\": [\"ordinance\"], \"persons\": 1, " CLEAR "}", "ppc", true);
    expect_rows("{\"data\": [\"none\"], " CLEAR "}", "ppc", false);
    expect_rows("{\"data\": [\"none\"], " CLEAR "}", "authority", true);
    expect_rows("{\"data\": [\"none\"], " CLEAR "}", "police", false);
    expect_rows("{\"data\": [\"none\"], \"crime\": \"unknown\"}", "police", true);
    /* a leak from such a system counts whatever the number */
    expect_rows("{\"data\": [\"personal\"], \"persons\": 1, \"malice\": \"no\", \"number_system\": "
                "\"yes\"}",
                "number", true);
    expect_rows("{\"data\": [\"personal\"], \"persons\": 1, \"malice\": \"no\", \"number_system\": "
                "\"yes\"}",
                "ppc", false);
}

static void
test_encryption(void **state)
{
    (void)state;
    static const char file[] = "{\"encrypted\": true, \"persons\": 5000, \"encryption_proof\": "
                               "[{\"sha256\": \"00\", \"size\": 1, \"name\": \"a.pdf\"}]}";
    static const char *const rows[] = {"ppc", "ppc_final", "number", "number_final", "persons"};
    for (size_t i = 0; i < 5; i++) {
        expect_rows("{\"encrypted\": true, \"persons\": 5000}", rows[i], true); /* no proof */
        expect_rows("{\"encrypted\": true, \"encryption_proof\": []}", rows[i], true);
        expect_rows(file, rows[i], false);
    }
    expect_rows(file, "authority", true);
}

static void
test_states(void **state)
{
    (void)state;
    int64_t known = at("2026-05-01", 10, 0), later = known + 6 * TIME_US_DAY;
    json_t *facts = judge("reported", fields(known, 0, "{}"), known);
    assert_int_equal(row("ppc")->state, REPORT_WAITING); /* nobody knows yet */
    assert_int_equal(row("in_section")->state, REPORT_RUNNING);
    json_decref(facts);
    facts = judge("acting", fields(known, known, "{}"), later); /* entered six days late */
    assert_int_equal(row("ppc")->state, REPORT_LATE);
    assert_int_equal(row("ppc_final")->state, REPORT_RUNNING);
    json_decref(facts);
    int64_t end = at("2026-05-06", 0, 0);
    facts = judge("acting", fields(known, known, "{}"), end - 1);
    assert_int_equal(row("ppc")->state, REPORT_WARN);
    json_decref(facts);
    facts = judge("acting", fields(known, known, "{}"), end);
    assert_int_equal(row("ppc")->state, REPORT_LATE);
    json_decref(facts);
}

static void
test_sent(void **state)
{
    (void)state;
    int64_t known = at("2026-05-01", 10, 0), end = at("2026-05-06", 0, 0);
    static const int64_t shift[] = {-1, 0};
    for (size_t i = 0; i < 2; i++) {
        char text[300];
        (void)snprintf(text, sizeof text,
                       "{\"sent\": [{\"report\": \"ppc\", \"at\": %lld, \"how\": \"電子申請\","
                       " \"evidence\": [{\"name\": \"r.pdf\"}]}]}",
                       (long long)(end + shift[i]));
        json_t *facts = judge("acting", fields(known, known, text), end + 90 * TIME_US_DAY);
        assert_int_equal(row("ppc")->state, i == 0 ? REPORT_DONE : REPORT_DONE_LATE);
        assert_int_equal(json_array_size(row("ppc")->evidence), 1);
        assert_int_equal(row("ppc_final")->state, REPORT_LATE);
        json_decref(facts);
    }
}

/* What is switched off says why; while the case is only reported nothing can be. */
static void
test_off(void **state)
{
    (void)state;
    static const char off[] = "{\"off\": [{\"report\": \"press\", \"reason\": \"公表済み\"}]}";
    int64_t known = at("2026-05-01", 10, 0);
    json_t *facts = judge("acting", fields(known, known, off), known + 30 * TIME_US_DAY);
    assert_int_equal(row("press")->state, REPORT_OFF);
    assert_true(str_equal_z(row("press")->reason, "公表済み"));
    assert_int_equal(row("ppc")->state, REPORT_LATE);
    json_decref(facts);
    facts = judge("reported", fields(known, known, off), known + 30 * TIME_US_DAY);
    assert_int_equal(row("press")->state, REPORT_LATE);
    json_decref(facts);
}

/* ---- the file ---- */

static const char good[] = "sekisho: incident_report/1\nregister: incident\nrows:\n"
                           "  - {key: ppc, from: known_at, late: 5d, when: \"persons > 100\","
                           " target: {ja: 先, en: To}, form: {ja: 様式, en: Form},"
                           " basis: {ja: 根拠, en: Basis}}\n";

static void
expect_finding(const char *from, const char *to, const char *code)
{
    static char text[2048];
    const char *place = strstr(good, from);
    const struct yaml_node *root = NULL;
    struct err err = {0};
    assert_non_null(place);
    (void)snprintf(text, sizeof text, "%.*s%s%s", (int)(place - good), good, to,
                   place + strlen(from));
    assert_int_equal(yaml_parse(arena, "t.yaml", str_of(text), NULL, &root, &err), 0);
    struct reader reader = {.arena = arena, .set = set};
    reader.last = &reader.first;
    set->report_count = 0;
    reports_read(&reader, root);
    if (code == NULL) {
        assert_null(reader.first);
        return;
    }
    if (reader.first == NULL || strcmp(reader.first->err.code, code) != 0) {
        fail_msg("%s: %s", to, reader.first != NULL ? reader.first->err.code : "clean");
    }
}

static void
test_file(void **state)
{
    (void)state;
    expect_finding("key: ppc", "key: ppc", NULL);
    expect_finding("key: ppc", "key: nobody", "register.r120");
    expect_finding("known_at", "what", "register.r120");
    expect_finding("known_at", "never", "register.r120");
    expect_finding("5d", "soon", "register.r102");
    expect_finding("persons > 100", "person > 100", "cond.name");
    expect_finding("register: incident", "register: incidents", "register.r120");
    expect_finding("late: 5d", "late: 5d, longer: 9d", "register.r102");
    expect_finding("late: 5d", "late: 5d, longest: 9d", "yaml.unknown_key");
    expect_finding(", en: Basis", "", "register.r118");
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_clocks, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_rows, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_encryption, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_states, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_sent, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_off, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_file, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
