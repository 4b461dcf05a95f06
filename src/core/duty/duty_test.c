/*
 * duty_test: the model town's policy over the turn of a fiscal year: what is listed, planned,
 * opened and when; what an undecided plan, a changed policy, a missing holder and a long sleep do
 * to it.
 */
#include "core/duty/duty.h"

#include "base/os/time.h"
#include "core/store/id.h"
#include "format/policy/policy.h"
#include "tests/postgres.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DATA SEKISHO_SOURCE_DIR "/data"

/* Sections 11 and 12 of department 10, and 20 of a board. 1 ciso, 2 chief, 3 department officer, 4
 * manager of 11, 5 system manager, 6 clerk of 11; nobody answers for 12 and 20. */
static const struct store_statement town[] = {
    {"t1", "INSERT INTO body VALUES (1, 'mayor', '町長', 'mayor', NULL, 0, 99999),"
           " (2, 'board', '教育委員会', 'board', 1, 0, 99999)"},
    {"t2", "INSERT INTO section VALUES (10, 1, 'A', '町長部局', '', NULL, 0, 99999),"
           " (11, 1, 'A1', '住民課', '', 10, 0, 99999), (12, 1, 'A2', '税務課', '', 10, 0, 99999),"
           " (20, 2, 'B1', '事務局', '', NULL, 0, 99999)"},
    {"t3",
     "INSERT INTO post VALUES (100, 10, 'deputy', '副町長', 1, 1, 9, 0, 99999),"
     " (101, 12, 'head', '情報課長', 3, 1, 9, 0, 99999),"
     " (102, 10, 'head', '総務課長', 3, 0, 9, 0, 99999),"
     " (103, 11, 'head', '住民課長', 3, 1, 9, 0, 99999),"
     " (104, 12, 'it', '係長', 5, 0, 9, 0, 99999), (105, 11, 'clerk', '主事', 9, 0, 9, 0, 99999)"},
    {"t4", "INSERT INTO person VALUES (1, 'p:a', '森', ''), (2, 'p:b', '石橋', ''),"
           " (3, 'p:c', '髙橋', ''), (4, 'p:d', '山﨑', ''), (5, 'p:e', '渡邉', ''),"
           " (6, 'p:f', '佐藤', '')"},
    {"t5", "INSERT INTO engagement VALUES (1, 1, 'S1', 'staff', 0, 99999),"
           " (2, 2, 'S2', 'staff', 0, 99999), (3, 3, 'S3', 'staff', 0, 99999),"
           " (4, 4, 'S4', 'staff', 0, 99999), (5, 5, 'S5', 'staff', 0, 99999),"
           " (6, 6, 'S6', 'staff', 0, 99999)"},
    {"t6", "INSERT INTO appointment VALUES (1, 1, 100, 'main', 0, 99999, ''),"
           " (2, 2, 101, 'main', 0, 99999, ''), (3, 3, 102, 'main', 0, 99999, ''),"
           " (4, 4, 103, 'main', 0, 99999, ''), (5, 5, 104, 'main', 0, 99999, ''),"
           " (6, 6, 105, 'main', 0, 99999, '')"},
    {"t7", "INSERT INTO role_slot VALUES (1, 'ciso', 'body', 1, 100, NULL, 0, 99999),"
           " (2, 'chief', 'body', 1, 101, NULL, 0, 99999),"
           " (3, 'committee', 'body', 1, 100, NULL, 0, 99999),"
           " (4, 'department_officer', 'section', 10, 102, NULL, 0, 99999),"
           " (5, 'section_manager', 'section', 11, 103, NULL, 0, 99999),"
           " (6, 'system_manager', 'body', 1, 104, NULL, 0, 99999)"},
};

/* The six that the clauses themselves order once a year. */
static const char *const fixed_keys[] = {"org.committee.plan",
                                         "people.training_plan.committee_report",
                                         "review.audit.yearly",
                                         "review.self_check.yearly.systems",
                                         "review.self_check.yearly.sections",
                                         "review.policy.yearly"};

static char folder[64];
static struct store *store;
static struct register_set *set;
static struct control *control;
static struct calendar *calendar;
static struct duty_desk desk;
static struct arena *arena;
static struct err err;
static int outcome;

static void
note(void *arg, int result, const struct err *e)
{
    (void)arg;
    outcome = result;
    if (result < 0) {
        err = *e;
        print_error("%s %s\n", e->code, e->detail);
    }
}

/* ---- the model town's policy ---- */

static void
read_file(const char *name, struct buf *buf)
{
    char full[512];
    (void)snprintf(full, sizeof full, "%s/policy/model_town/%s", DATA, name);
    FILE *f = fopen(full, "rb");
    assert_non_null(f);
    buf_init(buf, 1 << 22);
    char *p = buf_reserve(buf, 1 << 20);
    buf->n = fread(p, 1, 1 << 20, f);
    (void)fclose(f);
}

struct loading {
    struct str json, bind;
};

static int
load_unit(struct store *s, void *arg, struct err *e)
{
    (void)s;
    struct loading *l = arg;
    return control_store_documents(control, l->json, l->bind, 1, e);
}

static struct buf standard;

/* Puts the standard in force; lines of bind.yaml that name WITHOUT are left out. */
static void
policy_load(const char *without)
{
    struct buf bind, kept;
    read_file("bind.yaml", &bind);
    buf_init(&kept, 1 << 22);
    struct str rest = buf_str(&bind), line;
    while (str_split_next(&rest, '\n', &line)) {
        if (without == NULL || str_find(line, str_of(without), 0) < 0) {
            buf_put_str(&kept, line);
            buf_put_char(&kept, '\n');
        }
    }
    struct loading l = {buf_str(&standard), buf_str(&kept)};
    store_write(store, load_unit, note, &l);
    assert_int_equal(outcome, 0);
    assert_int_equal(control_refresh(control, &err), 0);
    buf_free(&bind);
    buf_free(&kept);
}

static void
policy_parse(void)
{
    struct buf source;
    struct arena *scratch = arena_new(POLICY_ARENA_BYTES);
    struct policy_tree *tree = NULL;
    read_file("standard.md", &source);
    assert_int_equal(policy_read(scratch, buf_str(&source), &tree, &err), 0);
    buf_init(&standard, 64 << 20);
    policy_put_json(&standard, tree, STR("standard.md"), STR("standard.md"));
    arena_free(scratch);
    buf_free(&source);
}

static int
fill_unit(struct store *s, void *arg, struct err *e)
{
    (void)arg;
    for (size_t i = 0; i < sizeof town / sizeof *town; i++) {
        if (db_exec(s, &town[i], e) < 0) {
            return -1;
        }
    }
    return 0;
}

/* The body has no such register: what orders a record of it opens in the register duty. */
static void
register_hide(const char *name)
{
    for (size_t i = 0; i < set->def_count; i++) {
        if (str_equal_z(set->defs[i].name, name)) {
            set->defs[i].name = STR("hidden");
        }
    }
}

static int
set_up(void **state)
{
    (void)state;
    static char path[256];
    memcpy(folder, "/tmp/duty_test_XXXXXX", 22);
    if (mkdtemp(folder) == NULL) {
        return -1;
    }
    if (test_server() != NULL) {
        test_database(path, sizeof path);
    } else {
        (void)snprintf(path, sizeof path, "%s/db", folder);
    }
    struct store_options options = {.path = path, .sql_dir = DATA "/sql/core"};
    if (store_open(&options, &store, &err) < 0 || register_set_load(DATA, &set, &err) < 0 ||
        control_open(store, DATA, &control, &err) < 0 || calendar_load(DATA, &calendar, &err) < 0) {
        print_error("%s %s\n", err.code, err.detail);
        return -1;
    }
    arena = arena_new(512 << 20);
    register_hide("self_check");
    desk = (struct duty_desk){store, set, control, calendar, 0};
    store_write(store, fill_unit, note, NULL);
    policy_load(NULL);
    return outcome;
}

static int
tear_down(void **state)
{
    (void)state;
    char command[3][80];
    static const char *const ends[] = {"", "-wal", "-shm"};
    control_close(control);
    calendar_free(calendar);
    register_set_free(set);
    store_close(store);
    arena_free(arena);
    for (size_t i = 0; i < 3; i++) {
        (void)snprintf(command[i], sizeof command[i], "%s/db%s", folder, ends[i]);
        (void)unlink(command[i]);
    }
    (void)rmdir(folder);
    return 0;
}

/* ---- what a test does ---- */

/* Noon in Japan. */
static int64_t
noon(const char *text)
{
    int64_t day = 0;
    assert_true(date_parse(str_of(text), &day));
    return tokyo_day_start(day) + TIME_US_DAY / 2;
}

struct ticking {
    int64_t now;
    struct duty_changes changes;
};

static int
tick_unit(struct store *s, void *arg, struct err *e)
{
    (void)s;
    struct ticking *t = arg;
    return duty_tick(&desk, arena, t->now, true, &t->changes, e);
}

static struct duty_changes
tick(const char *day)
{
    struct ticking t = {.now = noon(day)};
    store_write(store, tick_unit, note, &t);
    assert_int_equal(outcome, 0);
    return t.changes;
}

static json_t *
list(int fy, const char *day)
{
    struct duty_ask ask = {.fiscal_year = fy, .now_us = noon(day)};
    json_t *root = NULL;
    assert_int_equal(duty_list(&desk, arena, &ask, &root, &err), 0);
    return root;
}

static const char *
word(const json_t *object, const char *key)
{
    const char *z = json_string_value(json_object_get(object, key));
    return z != NULL ? z : "";
}

/* How many duties of ROOT have KEY (NULL: any) and STATE (NULL: any). */
static size_t
count_of(const json_t *root, const char *key, const char *state)
{
    size_t n = 0, i;
    json_t *row;
    json_array_foreach(json_object_get(root, "duties"), i, row)
    {
        n += (key == NULL || strcmp(word(row, "key"), key) == 0) &&
             (state == NULL || strcmp(word(row, "state"), state) == 0);
    }
    return n;
}

static size_t
findings_of(const json_t *root, const char *code, const char *duty)
{
    size_t n = 0, i;
    json_t *row;
    json_array_foreach(json_object_get(root, "findings"), i, row)
    {
        n += strcmp(word(row, "code"), code) == 0 &&
             (duty == NULL || strcmp(word(row, "duty"), duty) == 0);
    }
    return n;
}

static json_t *
first_of(const json_t *root, const char *key)
{
    size_t i;
    json_t *row;
    json_array_foreach(json_object_get(root, "duties"), i, row)
    {
        if (strcmp(word(row, "key"), key) == 0) {
            return row;
        }
    }
    fail_msg("no duty %s", key);
    return NULL;
}

struct acting {
    struct register_caller caller;
    struct register_call call;
    struct register_outcome outcome;
};

static int
act_unit(struct store *s, void *arg, struct err *e)
{
    struct acting *a = arg;
    return register_act(set, s, arena, &a->caller, &a->call, &a->outcome, e);
}

static struct register_outcome
act(uint64_t person, struct register_call call)
{
    struct acting a = {.caller = {.person = person, .factors = STR("password")}, .call = call};
    store_write(store, act_unit, note, &a);
    assert_int_equal(outcome, 0);
    return a.outcome;
}

/* PERSON fills the open step of the record of that text id. */
static void
decide(uint64_t person, const char *record, const char *move)
{
    struct register_waiting waiting;
    uint64_t id = 0;
    assert_true(id_parse(str_of(record), &id));
    assert_int_equal(register_waiting(set, store, arena, id, &waiting, &err), 0);
    struct register_call call = {
        .record = id, .move = str_of(move), .rev = waiting.rev, .reason = STR("終わりました")};
    memcpy(call.digest, waiting.digest, sizeof call.digest);
    (void)act(person, call);
}

/* The clerk asks for an interval, the chief decides it. */
static void
interval_set(const char *duty, const char *every)
{
    json_t *fields = json_pack("{ss ss ss ss}", "title", "間隔", "duty", duty, "every", every,
                               "reason", "年の計画による");
    struct register_outcome made = act(
        6,
        (struct register_call){.reg = STR("duty_interval"), .move = STR("open"), .fields = fields});
    json_decref(fields);
    struct register_call submit = {.record = made.record, .move = STR("submit"), .rev = made.rev};
    memcpy(submit.digest, made.digest, sizeof submit.digest);
    (void)act(6, submit);
    char id[ID_CHARS + 1];
    id_format(made.record, id);
    decide(2, id, "approve");
}

static const char *
plan_record(const json_t *root)
{
    return word(json_object_get(root, "plan"), "record");
}

/* ---- tests ---- */

static void
the_year_has_the_six_fixed_duties(void **state)
{
    (void)state;
    struct duty_changes first = tick("2027-02-15");
    assert_true(first.added > 0 && first.opened > 0);
    json_t *root = list(2026, "2027-02-15");
    for (size_t i = 0; i < 6; i++) {
        assert_true(count_of(root, fixed_keys[i], NULL) > 0);
        json_t *row = first_of(root, fixed_keys[i]);
        assert_true(json_is_true(json_object_get(row, "fixed")));
        assert_true(json_array_size(json_object_get(row, "clauses")) > 0);
    }
    /* one per department that has the role, and one for each section nobody answers for */
    assert_int_equal(count_of(root, "review.self_check.yearly.sections", NULL), 2);
    assert_int_equal(count_of(root, "review.self_check.yearly.sections", "open"), 1);
    assert_int_equal(count_of(root, "review.self_check.yearly.sections", "nobody"), 1);
    assert_int_equal(findings_of(root, "nobody", "review.self_check.yearly.sections"), 1);
    assert_string_equal(word(first_of(root, "people.training_plan.committee_report"), "state"),
                        "planned");
    /* its day had passed before it was first ordered: due with the year, a Wednesday */
    json_t *plan = first_of(root, "org.committee.plan");
    assert_string_equal(word(plan, "state"), "open");
    assert_int_equal(json_integer_value(json_object_get(plan, "due")),
                     tokyo_day_start(calendar_fiscal_first(2027)));
    json_decref(root);
}

static void
a_second_run_changes_nothing(void **state)
{
    (void)state;
    interval_set("people.training.regular", "3m");
    (void)tick("2027-03-01");
    struct duty_changes again = tick("2027-03-01");
    assert_int_equal(again.added + again.changed + again.dropped + again.opened + again.ended, 0);
    again = tick("2027-03-20");
    assert_int_equal(again.added + again.changed + again.dropped + again.opened + again.ended, 0);
}

static void
what_has_no_interval_is_a_finding(void **state)
{
    (void)state;
    (void)tick("2027-02-15");
    json_t *root = list(2026, "2027-02-15");
    size_t before = findings_of(root, "not_set", NULL);
    assert_int_equal(before, 13);
    assert_int_equal(count_of(root, NULL, "not_set"), 13);
    assert_int_equal(count_of(root, "tech.backup.servers", "not_set"), 1);
    json_decref(root);
    interval_set("tech.backup.servers", "6m");
    (void)tick("2027-02-16");
    root = list(2026, "2027-02-16");
    assert_int_equal(findings_of(root, "not_set", NULL), 12);
    /* the first half had passed when it was set; the second one waits for a decided plan */
    assert_int_equal(count_of(root, "tech.backup.servers", NULL), 1);
    assert_int_equal(count_of(root, "tech.backup.servers", "planned"), 1);
    assert_string_equal(word(first_of(root, "tech.backup.servers"), "period"), "2026-10-01");
    json_decref(root);
}

static void
the_coming_year_is_planned_on_the_first_of_march(void **state)
{
    (void)state;
    (void)tick("2027-02-28");
    json_t *root = list(2027, "2027-02-28");
    assert_true(json_is_null(json_object_get(root, "plan")));
    assert_int_equal(count_of(root, "review.audit.yearly", NULL), 0);
    json_decref(root);
    interval_set("people.training.regular", "4m");
    (void)tick("2027-03-01");
    root = list(2027, "2027-03-01");
    assert_int_equal(count_of(root, "people.training.regular", "planned"), 3);
    assert_int_equal(count_of(root, NULL, "open"), 0);
    assert_int_equal(findings_of(root, "plan_waiting", NULL), 1);
    /* the plan is a record that only the chief decides, and it holds every line */
    uint64_t id = 0;
    json_t *fields = NULL;
    struct register_caller system = {.system = true};
    assert_true(id_parse(str_of(plan_record(root)), &id));
    assert_int_equal(record_read(set, store, arena, &system, id, &fields, &err), 0);
    json_t *seen = json_object_get(fields, "fields"), *field;
    size_t i, lines = 0;
    json_array_foreach(seen, i, field)
    {
        if (strcmp(word(field, "key"), "duties") == 0) {
            lines = json_array_size(json_object_get(field, "value"));
        }
    }
    assert_int_equal(lines, json_array_size(json_object_get(root, "duties")) -
                                count_of(root, NULL, "not_set"));
    assert_int_equal(register_candidate(set, store, arena, id, 2, &err), 1);
    assert_int_equal(register_candidate(set, store, arena, id, 1, &err), 0);
    json_decref(fields);
    json_decref(root);
}

static void
an_undecided_plan_does_not_stop_the_fixed_ones(void **state)
{
    (void)state;
    interval_set("people.training.regular", "4m");
    (void)tick("2027-03-01");
    json_t *root = list(2027, "2027-03-31");
    assert_int_equal(count_of(root, NULL, "open"), 0);
    json_decref(root);
    (void)tick("2027-04-01");
    root = list(2027, "2027-04-01");
    json_t *audit = first_of(root, "review.audit.yearly");
    assert_string_equal(word(audit, "state"), "open");
    assert_true(json_is_false(json_object_get(audit, "planned")));
    assert_int_equal(count_of(root, "people.training.regular", "planned"), 3);
    assert_int_equal(findings_of(root, "plan_waiting", NULL), 1);
    char plan[ID_CHARS + 1];
    (void)snprintf(plan, sizeof plan, "%s", plan_record(root));
    json_decref(root);
    decide(2, plan, "approve");
    struct duty_changes decided = tick("2027-04-02");
    assert_true(decided.opened >= 1); /* and what registers repeat */
    root = list(2027, "2027-04-02");
    assert_int_equal(count_of(root, "people.training.regular", "open"), 1);
    assert_int_equal(count_of(root, "people.training.regular", "planned"), 2);
    assert_true(json_is_true(json_object_get(first_of(root, "review.audit.yearly"), "planned")));
    assert_int_equal(findings_of(root, "plan_waiting", NULL), 0);
    json_decref(root);
}

static void
a_refused_plan_stays_refused_until_another_is_made(void **state)
{
    (void)state;
    (void)tick("2027-03-01");
    json_t *root = list(2027, "2027-03-01");
    decide(2, plan_record(root), "reject");
    json_decref(root);
    (void)tick("2027-03-02");
    root = list(2027, "2027-03-02");
    assert_int_equal(findings_of(root, "plan_refused", NULL), 1);
    json_decref(root);
    (void)tick("2027-04-01");
    root = list(2027, "2027-04-01");
    assert_int_equal(count_of(root, "review.audit.yearly", "open"), 1);
    assert_int_equal(findings_of(root, "plan_refused", NULL), 1);
    json_decref(root);
}

static void
what_was_slept_through_is_caught_up(void **state)
{
    (void)state;
    (void)tick("2027-02-15");
    (void)tick("2027-07-20"); /* down since February */
    json_t *root = list(2027, "2027-07-20");
    assert_int_equal(count_of(root, "review.audit.yearly", "open"), 1);
    assert_int_equal(count_of(root, "org.committee.plan", "late"), 1); /* due in June */
    json_decref(root);
    root = list(2026, "2027-07-20");
    assert_int_equal(count_of(root, "review.audit.yearly", "late"), 1);
    json_decref(root);
    (void)tick("2029-05-01"); /* a year that nobody saw */
    root = list(2028, "2029-05-01");
    assert_int_equal(count_of(root, "review.policy.yearly", "late"), 1);
    json_decref(root);
}

static void
done_in_time_and_done_late(void **state)
{
    (void)state;
    /* acts are stamped with the real time: the due day of a past year has passed, of a far one not
     */
    (void)tick("2025-06-02");
    json_t *root = list(2025, "2025-06-02");
    char record[ID_CHARS + 1];
    (void)snprintf(record, sizeof record, "%s",
                   word(first_of(root, "review.self_check.yearly.systems"), "record"));
    json_decref(root);
    assert_int_equal(duty_standing(&desk, STR("self_check"), noon("2025-06-02"), &err), 1);
    assert_int_equal(duty_standing(&desk, STR("self_check"), noon("2026-04-01"), &err), 2);
    assert_int_equal(duty_standing(&desk, STR("no_such"), noon("2026-04-01"), &err), 0);
    decide(5, record, "done");
    root = list(2025, "2026-05-01");
    assert_string_equal(word(first_of(root, "review.self_check.yearly.systems"), "state"),
                        "done_late");
    json_decref(root);
    assert_int_equal(tick("2026-05-01").ended, 1);
    root = list(2025, "2026-05-01");
    assert_string_equal(word(first_of(root, "review.self_check.yearly.systems"), "state"),
                        "done_late");
    assert_int_equal(count_of(root, "review.audit.yearly", "late"), 1);
    json_decref(root);
    (void)tick("2090-04-03");
    root = list(2090, "2090-04-03");
    decide(5, word(first_of(root, "review.self_check.yearly.systems"), "record"), "done");
    json_decref(root);
    root = list(2090, "2090-04-03");
    assert_string_equal(word(first_of(root, "review.self_check.yearly.systems"), "state"), "done");
    assert_true(json_is_true(
        json_object_get(first_of(root, "review.self_check.yearly.systems"), "provisional")));
    json_decref(root);
}

static void
a_changed_policy_adds_and_marks(void **state)
{
    (void)state;
    policy_load("topic: review.audit,");
    (void)tick("2027-04-01");
    json_t *root = list(2027, "2027-04-01");
    assert_int_equal(count_of(root, "review.audit.yearly", NULL), 0);
    json_decref(root);
    policy_load("topic: review.policy,");
    struct duty_changes changed = tick("2027-09-01");
    assert_int_equal(changed.added, 1);
    assert_int_equal(changed.dropped, 1);
    root = list(2027, "2027-09-01");
    assert_int_equal(count_of(root, "review.audit.yearly", "open"), 1);
    assert_int_equal(count_of(root, "review.policy.yearly", "open"), 1); /* begun, marked, kept */
    assert_true(json_is_true(json_object_get(first_of(root, "review.policy.yearly"), "dropped")));
    assert_int_equal(findings_of(root, "dropped", "review.policy.yearly"), 1);
    json_decref(root);
    policy_load(NULL);
    assert_int_equal(tick("2027-09-02").changed, 1);
    root = list(2027, "2027-09-02");
    assert_int_equal(findings_of(root, "dropped", NULL), 0);
    json_decref(root);
}

static void
a_shorter_interval_adds_and_a_longer_one_marks(void **state)
{
    (void)state;
    interval_set("tech.logs.review", "3m");
    (void)tick("2027-03-01");
    json_t *root = list(2027, "2027-03-01");
    assert_int_equal(count_of(root, "tech.logs.review", NULL), 4);
    json_decref(root);
    interval_set("tech.logs.review", "1m");
    assert_int_equal(tick("2027-03-02").added, 8 + 1); /* and March of the year that runs */
    interval_set("tech.logs.review", "6m");
    assert_int_equal(tick("2027-03-03").dropped, 10 + 1);
    root = list(2027, "2027-03-03");
    assert_int_equal(findings_of(root, "dropped", "tech.logs.review"), 10);
    json_decref(root);
}

static void
a_person_sees_her_own(void **state)
{
    (void)state;
    (void)tick("2027-04-01");
    struct duty_ask ask = {.fiscal_year = 2027, .person = 5, .now_us = noon("2027-04-01")};
    json_t *root = NULL;
    assert_int_equal(duty_list(&desk, arena, &ask, &root, &err), 0);
    assert_int_equal(count_of(root, "review.self_check.yearly.systems", "open"), 1);
    assert_int_equal(count_of(root, "review.audit.yearly", NULL), 0);
    assert_int_equal(json_array_size(json_object_get(root, "findings")), 0);
    json_decref(root);
    ask.person = 6;
    assert_int_equal(duty_list(&desk, arena, &ask, &root, &err), 0);
    assert_int_equal(json_array_size(json_object_get(root, "duties")), 0);
    json_decref(root);
    /* and it lies on the desk of whom it concerns, with its day */
    struct register_ids ids;
    struct register_waiting waiting;
    assert_int_equal(register_inbox(set, store, arena, 5, 100, &ids, &err), 0);
    assert_int_equal(ids.count, 1);
    assert_int_equal(register_waiting(set, store, arena, ids.list[0], &waiting, &err), 0);
    assert_int_equal(waiting.due, tokyo_day_start(calendar_fiscal_first(2028)));
}

/* How many notices of KIND a person has. */
static size_t
told(uint64_t person, const char *kind)
{
    struct register_notices notices;
    size_t n = 0;
    assert_int_equal(register_notices(store, arena, person, 100, &notices, &err), 0);
    for (size_t i = 0; i < notices.count; i++) {
        n += str_equal_z(notices.list[i].kind, kind);
    }
    return n;
}

static void
who_answers_is_told_once(void **state)
{
    (void)state;
    (void)tick("2027-04-01");
    (void)tick("2028-03-29");
    assert_int_equal(told(5, "due"), 0);
    (void)tick("2028-03-30"); /* the day before the last, both open */
    (void)tick("2028-03-31");
    assert_int_equal(told(5, "due"), 1);
    assert_int_equal(told(5, "late"), 0);
    (void)tick("2028-04-03");
    assert_int_equal(told(5, "late"), 1);
    size_t chief = told(2, "late");
    assert_true(chief > 0);
    (void)tick("2028-04-04");
    assert_int_equal(told(5, "due"), 1);
    assert_int_equal(told(5, "late"), 1);
    assert_int_equal(told(2, "late"), chief);
}

struct planning {
    int fy;
    int64_t now;
    uint64_t record;
};

static int
plan_unit(struct store *s, void *arg, struct err *e)
{
    (void)s;
    struct planning *p = arg;
    return duty_plan(&desk, arena, p->fy, p->now, &p->record, e);
}

static void
a_plan_is_made_anew_while_it_waits(void **state)
{
    (void)state;
    (void)tick("2027-03-01");
    json_t *root = list(2027, "2027-03-01");
    uint64_t old = 0;
    assert_true(id_parse(str_of(plan_record(root)), &old));
    json_decref(root);
    struct planning again = {2027, noon("2027-03-05"), 0};
    store_write(store, plan_unit, note, &again);
    assert_int_equal(outcome, 0);
    assert_true(again.record != 0 && again.record != old);
    assert_int_equal(register_candidate(set, store, arena, old, 2, &err), 0);
    assert_int_equal(register_candidate(set, store, arena, again.record, 2, &err), 1);
    struct planning far = {2029, noon("2027-03-05"), 0};
    store_write(store, plan_unit, note, &far);
    assert_int_equal(outcome, -1);
    assert_string_equal(err.code, "duty.year");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_year_has_the_six_fixed_duties),
        TEST(a_second_run_changes_nothing),
        TEST(what_has_no_interval_is_a_finding),
        TEST(the_coming_year_is_planned_on_the_first_of_march),
        TEST(an_undecided_plan_does_not_stop_the_fixed_ones),
        TEST(a_refused_plan_stays_refused_until_another_is_made),
        TEST(what_was_slept_through_is_caught_up),
        TEST(done_in_time_and_done_late),
        TEST(a_changed_policy_adds_and_marks),
        TEST(a_shorter_interval_adds_and_a_longer_one_marks),
        TEST(a_person_sees_her_own),
        TEST(who_answers_is_told_once),
        TEST(a_plan_is_made_anew_while_it_waits),
    };
    policy_parse();
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    buf_free(&standard);
    return rc;
}
