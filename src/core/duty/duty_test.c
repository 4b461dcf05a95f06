/*
 * duty_test: the model town's policy over the turn of a fiscal year: what is listed, planned,
 * opened and when; what an undecided plan, a changed policy, a missing holder and a long sleep do
 * to it.
 */
#include "core/duty/duty.h"

#include "base/os/time.h"
#include "core/store/id.h"
#include "format/policy/policy.h"
#include "tests/duty_scene.h"
#include "tests/postgres.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DATA SEKISHO_SOURCE_DIR "/data"

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
    for (size_t i = 0; i < sizeof scene_town / sizeof *scene_town; i++) {
        if (db_exec(s, &scene_town[i], e) < 0) {
            return -1;
        }
    }
    return 0;
}

static int
set_up(void **state)
{
    (void)state;
    static char path[256];
    memcpy(folder, "/tmp/duty_test_XXXXXX", 22);
    if (mkdtemp(folder) == NULL || scene_data(folder, &err) < 0) {
        print_error("%s %s\n", err.code, err.detail);
        return -1;
    }
    if (test_server() != NULL) {
        test_database(path, sizeof path);
    } else {
        (void)snprintf(path, sizeof path, "%s/db", folder);
    }
    struct store_options options = {.path = path, .sql_dir = DATA "/sql/core"};
    if (store_open(&options, &store, &err) < 0 || register_set_load(folder, &set, &err) < 0 ||
        control_open(store, DATA, &control, &err) < 0 || calendar_load(DATA, &calendar, &err) < 0) {
        print_error("%s %s\n", err.code, err.detail);
        return -1;
    }
    arena = arena_new(512 << 20);
    desk = (struct duty_desk){store, set, control, calendar, 0};
    store_write(store, fill_unit, note, NULL);
    policy_load(NULL);
    return outcome;
}

static int
tear_down(void **state)
{
    (void)state;
    control_close(control);
    calendar_free(calendar);
    register_set_free(set);
    store_close(store);
    arena_free(arena);
    return scene_remove(folder);
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
    assert_int_equal(decided.opened, 1);
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

static uint64_t
record_of(const json_t *row)
{
    uint64_t id = 0;
    assert_true(id_parse(str_of(word(row, "record")), &id));
    return id;
}

/* What PERSON sees of a record, a new reference. */
static json_t *
shown(uint64_t person, uint64_t record)
{
    struct register_caller caller = {.person = person, .factors = STR("password")};
    json_t *seen = NULL;
    assert_int_equal(record_read(set, store, arena, &caller, record, &seen, &err), 0);
    return seen;
}

/* The register of a record. */
static const char *
register_of(uint64_t record)
{
    struct register_caller system = {.system = true};
    static char name[64];
    json_t *seen = NULL;
    assert_int_equal(record_read(set, store, arena, &system, record, &seen, &err), 0);
    (void)snprintf(name, sizeof name, "%s", word(seen, "register"));
    json_decref(seen);
    return name;
}

/* PERSON moves a record as it stands, with FIELDS (stolen; NULL: none). */
static void
move(uint64_t person, uint64_t record, const char *name, json_t *fields)
{
    json_t *seen = shown(person, record);
    struct register_call call = {.record = record,
                                 .move = str_of(name),
                                 .rev = (uint64_t)json_integer_value(json_object_get(seen, "rev")),
                                 .reason = STR("理由"),
                                 .fields = fields};
    const char *digest = word(seen, "digest");
    assert_int_equal(strlen(digest), 2 * sizeof call.digest);
    for (size_t i = 0; i < sizeof call.digest; i++) {
        assert_int_equal(sscanf(digest + 2 * i, "%2hhx", &call.digest[i]), 1);
    }
    json_decref(seen);
    (void)act(person, call);
    json_decref(fields);
}

static void
what_has_a_register_opens_there(void **state)
{
    (void)state;
    (void)tick("2027-04-01");
    json_t *root = list(2027, "2027-04-01");
    json_t *review = first_of(root, "review.policy.yearly");
    uint64_t record = record_of(review);
    assert_string_equal(word(review, "state"), "open");
    assert_string_equal(register_of(record), "policy_review");
    /* of its first holder, with the year, and still to be written */
    json_t *seen = shown(1, record);
    assert_string_equal(word(seen, "state"), "draft");
    assert_int_equal(json_array_size(json_object_get(seen, "fields")), 1);
    json_t *year = json_array_get(json_object_get(seen, "fields"), 0);
    assert_string_equal(word(year, "key"), "year");
    assert_int_equal(json_integer_value(json_object_get(year, "value")), 2027);
    json_decref(seen);
    /* no file has this one, and this one cannot be opened with nothing in it */
    assert_string_equal(register_of(record_of(first_of(root, "review.audit.yearly"))), "duty");
    assert_string_equal(register_of(record_of(first_of(root, "org.committee.plan"))), "duty");
    assert_int_equal(findings_of(root, "register_missing", "review.audit.yearly"), 1);
    assert_int_equal(findings_of(root, "register_missing", "review.policy.yearly"), 0);
    assert_int_equal(findings_of(root, "register_missing", "org.committee.plan"), 0);
    json_decref(root);
}

static void
a_draft_lies_on_its_holders_desk(void **state)
{
    (void)state;
    (void)tick("2027-04-01");
    json_t *root = list(2027, "2027-04-01");
    uint64_t record = record_of(first_of(root, "review.policy.yearly"));
    json_decref(root);
    struct duty_items items;
    assert_int_equal(duty_items(&desk, arena, 1, noon("2027-04-01"), 100, &items, &err), 0);
    assert_int_equal(items.count, 1); /* what waits for a step stands in the inbox alone */
    assert_int_equal(items.list[0].record, record);
    assert_true(str_equal_z(items.list[0].reg, "policy_review"));
    assert_int_equal(items.list[0].due, tokyo_day_start(calendar_fiscal_first(2028)));
    assert_int_equal(duty_items(&desk, arena, 6, noon("2027-04-01"), 100, &items, &err), 0);
    assert_int_equal(items.count, 0);
    move(1, record, "edit", json_pack("{ss}", "found", "改めない"));
    move(1, record, "close", NULL);
    assert_int_equal(duty_items(&desk, arena, 1, noon("2027-04-01"), 100, &items, &err), 0);
    assert_int_equal(items.count, 0);
}

static void
its_registers_end_is_the_dutys(void **state)
{
    (void)state;
    /* acts are stamped with the real time */
    (void)tick("2025-06-02");
    json_t *root = list(2025, "2025-06-02");
    uint64_t past = record_of(first_of(root, "review.policy.yearly"));
    json_decref(root);
    move(1, past, "edit", json_pack("{ss}", "found", "改めない"));
    root = list(2025, "2026-05-01");
    assert_string_equal(word(first_of(root, "review.policy.yearly"), "state"), "late");
    json_decref(root);
    assert_int_equal(duty_standing(&desk, STR("policy_review"), noon("2026-05-01"), &err), 2);
    move(1, past, "close", NULL);
    assert_int_equal(tick("2026-05-01").ended, 1);
    assert_int_equal(duty_standing(&desk, STR("policy_review"), noon("2026-05-01"), &err), 1);
    root = list(2025, "2026-05-01");
    assert_string_equal(word(first_of(root, "review.policy.yearly"), "state"), "done_late");
    json_decref(root);
    (void)tick("2090-04-03");
    root = list(2090, "2090-04-03");
    uint64_t given = record_of(first_of(root, "review.policy.yearly"));
    json_decref(root);
    /* given up it is not done: another is opened */
    move(1, given, "give_up", NULL);
    (void)tick("2090-04-04");
    root = list(2090, "2090-04-04");
    uint64_t again = record_of(first_of(root, "review.policy.yearly"));
    assert_string_equal(word(first_of(root, "review.policy.yearly"), "state"), "open");
    assert_true(again != given);
    json_decref(root);
    move(1, again, "edit", json_pack("{ss}", "found", "改める"));
    move(1, again, "close", NULL);
    root = list(2090, "2090-04-04");
    assert_string_equal(word(first_of(root, "review.policy.yearly"), "state"), "done");
    json_decref(root);
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
        TEST(what_has_a_register_opens_there),
        TEST(a_draft_lies_on_its_holders_desk),
        TEST(its_registers_end_is_the_dutys),
    };
    policy_parse();
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    buf_free(&standard);
    return rc;
}
