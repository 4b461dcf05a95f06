/*
 * Tests of lists: who sees which rows, in which order, counted how; and that nothing a person may
 * not read can be learnt by filter, order, count, error or place.
 */
#include "tests/lists_scene.h"

#include "base/mem/buf.h"
#include "core/account/account.h"
#include "core/account/held.h"

static bool all[SEEN_RECORDS];

/* The record with this id in the answer. */
static struct seen_record *
record_of(const json_t *item)
{
    uint64_t id = 0;
    assert_true(id_parse(str_of(json_string_value(json_object_get(item, "id"))), &id));
    for (size_t i = 0; i < SEEN_RECORDS; i++) {
        if (seen[i].id == id) {
            return &seen[i];
        }
    }
    fail_msg("a record of nobody");
    return NULL;
}

/* Every page of QUERY for PERSON, in order; how many rows. Each row may be there once only. */
static size_t
pages(uint64_t person, struct list_query query, struct seen_record **ret)
{
    static char after[2000];
    size_t n = 0;
    memset(all, 0, sizeof all);
    for (bool more = true; more;) {
        json_t *page = scene_list(person, &query, NULL), *item;
        size_t i;
        json_array_foreach(json_object_get(page, "items"), i, item)
        {
            struct seen_record *r = record_of(item);
            assert_false(all[r - seen]);
            all[r - seen] = true;
            ret[n++] = r;
        }
        more = json_is_true(json_object_get(page, "more"));
        assert_true(!more || i == query.limit);
        if (more) {
            (void)snprintf(after, sizeof after, "%s",
                           json_string_value(json_object_get(page, "next")));
            query.after = str_of(after);
        }
        json_decref(page);
    }
    return n;
}

static size_t
expected(uint64_t person, const char *fy, bool (*holds)(const struct seen_record *))
{
    size_t n = 0;
    int64_t now = scene_year(time_now_us());
    for (size_t i = 0; i < SEEN_RECORDS; i++) {
        bool year = strcmp(fy, "all") == 0 || scene_year(seen[i].created) == now;
        n += year && scene_sees(person, &seen[i]) && (holds == NULL || holds(&seen[i]));
    }
    return n;
}

/* QUERY gives PERSON exactly the records that HOLDS (NULL: all) among those she sees. */
static void
gives(uint64_t person, const struct list_query *query, bool (*holds)(const struct seen_record *))
{
    struct seen_record *got[SEEN_RECORDS];
    const char *fy = query->fy.n > 0 ? "all" : "";
    size_t n = pages(person, *query, got);
    for (size_t i = 0; i < n; i++) {
        assert_true(scene_sees(person, got[i]));
        assert_true(holds == NULL || holds(got[i]));
    }
    assert_int_equal(n, expected(person, fy, holds));
    json_t *page = scene_list(person, query, NULL);
    assert_int_equal(json_integer_value(json_object_get(page, "count")), n);
    assert_true(json_is_false(json_object_get(page, "count_more")));
    json_decref(page);
}

static void
test_rows(void **state)
{
    (void)state;
    static const char *const sorts[] = {
        "",     "-created", "changed", "number",  "-number", "due",    "-due",  "day",
        "-day", "kind",     "-term",   "section", "id",      "-class", "state", "owner"};
    for (uint64_t person = 1; person < SEEN_PERSONS; person++) {
        for (size_t i = 0; i < sizeof sorts / sizeof *sorts; i++) {
            struct list_query query = {.fy = STR("all"), .sort = str_of(sorts[i]), .limit = 7};
            gives(person, &query, NULL);
        }
        gives(person, &(struct list_query){.limit = 7}, NULL);
    }
    assert_true(expected(2, "all", NULL) > 20 && expected(7, "all", NULL) > 20);
}

static bool
in_order(const struct seen_record *a, const struct seen_record *b)
{
    if (a->day == 0 || b->day == 0) { /* those without a day come last */
        return b->day == 0 && (a->day != 0 || a->id < b->id);
    }
    return a->day != b->day ? a->day < b->day : a->id < b->id;
}

static void
test_order(void **state)
{
    (void)state;
    struct seen_record *got[SEEN_RECORDS];
    for (uint64_t person = 1; person < SEEN_PERSONS; person++) {
        size_t n = pages(
            person, (struct list_query){.fy = STR("all"), .sort = STR("day"), .limit = 5}, got);
        for (size_t i = 1; i < n; i++) {
            assert_true(in_order(got[i - 1], got[i]));
        }
        n = pages(person,
                  (struct list_query){.fy = STR("all"), .sort = STR("-created"), .limit = 5}, got);
        for (size_t i = 1; i < n; i++) {
            assert_true(got[i - 1]->created > got[i]->created ||
                        (got[i - 1]->created == got[i]->created && got[i - 1]->id > got[i]->id));
        }
    }
}

static bool
is_b(const struct seen_record *r)
{
    return r->kind == 'b';
}

static bool
is_large(const struct seen_record *r)
{
    return !r->amount_empty && r->amount > 2;
}

static bool
is_not_large(const struct seen_record *r)
{
    return r->amount_empty || r->amount <= 2;
}

static bool
is_day(const struct seen_record *r)
{
    return r->day == 20004;
}

static bool
is_own_1(const struct seen_record *r)
{
    return r->owner == 1 || r->owner == 4;
}

static bool
is_pending(const struct seen_record *r)
{
    return r->submitted && !r->approved;
}

static bool
is_12(const struct seen_record *r)
{
    return r->section == 12;
}

static bool
is_x(const struct seen_record *r)
{
    return r->grade == 'x';
}

static bool
is_shy(const struct seen_record *r)
{
    return r->kind == 'a';
}

static bool
is_none(const struct seen_record *r)
{
    (void)r;
    return false;
}

static const struct {
    struct list_query query;
    bool (*holds)(const struct seen_record *);
} filter_rows[] = {
    {{.where = STR("kind = b")}, is_b},
    {{.filters = {{STR("kind"), STR("b")}}, .filter_count = 1}, is_b},
    {{.where = STR("amount > 2")}, is_large},
    {{.where = STR("not (amount > 2)")}, is_not_large},
    {{.where = STR("day = 2024-10-08")}, is_day},
    {{.filters = {{STR("day"), STR("2024-10-08")}}, .filter_count = 1}, is_day},
    {{.filters = {{STR("term"), STR("2026-05-01")}}, .filter_count = 1}, NULL},
    {{.filters = {{STR("term"), STR("2031-05-01")}}, .filter_count = 1}, is_none},
    {{.state = STR("pending")}, is_pending},
    {{.where = STR("state = pending")}, is_pending},
    {{.state = STR("draft,pending,in_force")}, NULL},
    {{.section = STR("12")}, is_12},
    {{.where = STR("shy = '内気'")}, is_shy},
    {{.where = STR("shy is not empty")}, is_shy},
    {{.where = STR("fy < 1990")}, is_none},
};

static void
test_filters(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof filter_rows / sizeof *filter_rows; i++) {
        struct list_query query = filter_rows[i].query;
        query.fy = STR("all");
        query.limit = 9;
        for (uint64_t person = 1; person < SEEN_PERSONS; person++) {
            gives(person, &query, filter_rows[i].holds);
        }
    }
    gives(1, &(struct list_query){.fy = STR("all"), .mine = true, .limit = 9}, is_own_1);
    gives(4, &(struct list_query){.fy = STR("all"), .where = STR("owner = me"), .limit = 9},
          is_own_1);
    struct seen_record *got[SEEN_RECORDS];
    size_t n = pages(3, (struct list_query){.fy = STR("all"), .mine = true, .limit = 9}, got);
    assert_int_equal(n, 0);
}

/* ---- what must not be learnt ---- */

static void
refused(uint64_t person, struct list_query query)
{
    query.fy = STR("all");
    json_decref(scene_list(person, &query, "register.query"));
}

static void
test_unreadable(void **state)
{
    (void)state;
    for (uint64_t person = 1; person < SEEN_PERSONS; person++) {
        struct list_query by_grade = {.fy = STR("all"), .where = STR("grade = x"), .limit = 8};
        if (person == 3) {
            gives(person, &by_grade, is_x);
            gives(person, &(struct list_query){.fy = STR("all"), .sort = STR("grade"), .limit = 8},
                  NULL);
            continue;
        }
        refused(person, by_grade);
        refused(person, (struct list_query){.sort = STR("grade")});
        refused(person, (struct list_query){.sort = STR("-note")});
        refused(person, (struct list_query){.where = STR("note is empty or kind = a")});
        refused(person, (struct list_query){.where = STR("count(note) > 0")});
        refused(person,
                (struct list_query){.filters = {{STR("grade"), STR("x")}}, .filter_count = 1});
    }
}

/* An unknown name and one that may not be read are told alike. */
static void
test_same_refusal(void **state)
{
    (void)state;
    struct register_caller caller = {.person = 2};
    struct register_asker asker = {scene_set, scene_store, scene_arena, &caller};
    struct err hidden = {0}, unknown = {0};
    json_t *none = NULL;
    static const char *const pairs[][2] = {{"note = 'a'", "nota = 'a'"},
                                           {"grade = x", "grado = x"}};
    for (size_t i = 0; i < 2; i++) {
        struct list_query a = {.where = str_of(pairs[i][0])}, b = {.where = str_of(pairs[i][1])};
        assert_int_equal(register_list(&asker, STR("seen"), &a, &none, &hidden), -1);
        assert_int_equal(register_list(&asker, STR("seen"), &b, &none, &unknown), -1);
        assert_string_equal(hidden.code, unknown.code);
        assert_int_equal(strlen(hidden.detail), strlen(unknown.detail));
        assert_int_equal(strcspn(hidden.detail, "ng"), strcspn(unknown.detail, "ng"));
    }
    assert_int_equal(
        register_list(&asker, STR("unseen"), &(struct list_query){.limit = 1}, &none, &hidden), 1);
    assert_int_equal(
        register_list(&asker, STR("base/permit"), &(struct list_query){.limit = 1}, &none, &hidden),
        1);
}

static void
test_fields(void **state)
{
    (void)state;
    for (uint64_t person = 1; person < SEEN_PERSONS; person++) {
        json_t *page = scene_list(person, &(struct list_query){.fy = STR("all")}, NULL), *item;
        size_t i;
        json_array_foreach(json_object_get(page, "items"), i, item)
        {
            const struct seen_record *r = record_of(item);
            json_t *fields = json_object_get(item, "fields");
            bool own = r->owner == person || ((person == 1 || person == 4) && is_own_1(r));
            assert_null(json_object_get(fields, "note")); /* past the columns, or not for her */
            assert_true(person == 3 || own || json_object_get(fields, "grade") == NULL);
            assert_non_null(json_object_get(fields, "subject"));
            assert_true(json_is_string(json_object_get(item, "class")));
            assert_true(is_shy(r) || json_object_get(fields, "shy") == NULL);
        }
        json_decref(page);
    }
}

static void
test_bad_queries(void **state)
{
    (void)state;
    static const char *const afters[] = {"v",
                                         "v.",
                                         "x00.0000000000001",
                                         "v31",
                                         "n31.!",
                                         "vzz.0000000000001",
                                         "v61.0000000000001",
                                         "n.0000000000001",
                                         "v2d2d.0000000000001"};
    for (size_t i = 0; i < sizeof afters / sizeof *afters; i++) {
        refused(3, (struct list_query){.after = str_of(afters[i])});
    }
    refused(3, (struct list_query){.state = STR("gone")});
    refused(3, (struct list_query){.state = STR("draft,,pending")});
    refused(3, (struct list_query){.section = STR("12x")});
    refused(3, (struct list_query){.sort = STR("subject; DROP TABLE record")});
    refused(3, (struct list_query){.sort = STR("amount")}); /* not an index */
    refused(3, (struct list_query){.where = STR("kind = ")});
    refused(3, (struct list_query){.where = STR("subject = 'a' or 1")});
    refused(3, (struct list_query){.filters = {{STR("day"), STR("yesterday")}}, .filter_count = 1});
    struct list_query query = {.fy = STR("next")};
    json_decref(scene_list(3, &query, "register.query"));
    struct seen_record *got[SEEN_RECORDS];
    /* another's place is only a place */
    assert_true(
        pages(1,
              (struct list_query){.fy = STR("all"),
                                  .limit = 3,
                                  .after = STR("v393939393939393939393939393939.0000000000001")},
              got) <= expected(1, "all", NULL));
}

/* ---- the projection ---- */

static void
dump(struct buf *ret)
{
    static const struct store_statement rows = {
        "dump",
        "SELECT id, state, section, owner, coalesce(number, '-'), fy, created, entered, changed,"
        " coalesce(due, 0), coalesce(f_kind, '-'), coalesce(f_amount, 99), coalesce(f_day, 0),"
        " coalesce(f_shy, '-'), coalesce(f_note, '-'), p_term, q_term FROM cur_seen ORDER BY id"};
    struct db_query *q = db_query(scene_store, &rows);
    struct err err = {0};
    int rc = 0;
    while ((rc = db_step(q, &err)) > 0) {
        for (int i = 0; i < 17; i++) {
            bool text = i == 1 || i == 4 || i == 10 || i == 13 || i == 14;
            struct str s = text ? db_text(q, i) : (struct str){"", 0};
            buf_printf(ret, "%.*s|%lld|", STR_FMT(s), text ? 0LL : (long long)db_int(q, i));
        }
    }
    db_end(q);
    assert_int_equal(rc, 0);
    assert_true(ret->n > 0);
}

static int
unit_anew(struct store *s, void *arg, struct err *err)
{
    (void)arg;
    static const struct store_statement spoil = {"spoil",
                                                 "UPDATE cur_seen SET f_kind = 'z', due = 1"};
    return db_exec(s, &spoil, err) < 0
               ? -1
               : register_project_anew(scene_set, s, register_def_find(scene_set, STR("seen")),
                                       err);
}

static int
unit_forget(struct store *s, void *arg, struct err *err)
{
    (void)arg;
    static const struct store_statement forget = {"forget", "UPDATE projection SET layout = 'old'"};
    return db_exec(s, &forget, err);
}

static int
unit_project(struct store *s, void *arg, struct err *err)
{
    (void)arg;
    return register_project(scene_set, s, err);
}

static void
test_rebuild(void **state)
{
    (void)state;
    struct buf before, after;
    buf_init(&before, 1 << 20);
    buf_init(&after, 1 << 20);
    /* rows written act by act, then once more from the records */
    struct register_call open = {.reg = STR("seen"),
                                 .move = STR("open"),
                                 .fields = json_pack("{ss ss}", "kind", "a", "shy", "内")};
    struct register_outcome at = scene_do(5, open);
    json_decref(open.fields);
    struct register_call edit = scene_call(&at, "edit");
    edit.fields = json_pack("{ss sn}", "kind", "b", "shy");
    (void)scene_do(5, edit);
    json_decref(edit.fields);
    dump(&before);
    store_write(scene_store, unit_anew, scene_done, NULL);
    dump(&after);
    assert_int_equal(before.n, after.n);
    assert_memory_equal(before.p, after.p, before.n);
    /* a layout of another time: nobody is answered from it, and it is made anew */
    store_write(scene_store, unit_forget, scene_done, NULL);
    json_decref(scene_list(3, &(struct list_query){.limit = 1}, "register.unreadable"));
    store_write(scene_store, unit_project, scene_done, NULL);
    buf_clear(&after);
    dump(&after);
    assert_memory_equal(before.p, after.p, before.n);
    buf_free(&before);
    buf_free(&after);
}

/* ---- one by one ---- */

struct told {
    uint64_t person;
    size_t count, acts, notes;
};

static int
on_record(void *ctx, json_t *record, struct err *err)
{
    (void)err;
    struct told *told = ctx;
    const struct seen_record *r = record_of(record);
    assert_true(scene_sees(told->person, r));
    told->count++;
    told->acts += json_array_size(json_object_get(record, "acts"));
    size_t i;
    json_t *field;
    json_array_foreach(json_object_get(record, "fields"), i, field)
    {
        const char *key = json_string_value(json_object_get(field, "key"));
        told->notes += strcmp(key, "note") == 0;
        bool own =
            told->person == r->owner || ((told->person == 1 || told->person == 4) && is_own_1(r));
        assert_true(strcmp(key, "note") != 0 || told->person == 3 || own);
    }
    assert_null(json_object_get(record, "moves"));
    return 0;
}

static int
on_third(void *ctx, json_t *record, struct err *err)
{
    (void)record;
    (void)err;
    return ++*(int *)ctx == 3 ? 7 : 0;
}

static void
test_each(void **state)
{
    (void)state;
    for (uint64_t person = 1; person < SEEN_PERSONS; person++) {
        struct register_caller caller = {.person = person};
        struct register_asker asker = {scene_set, scene_store, scene_arena, &caller};
        struct told told = {.person = person};
        struct err err = {0};
        arena_clear(scene_arena);
        assert_int_equal(register_each(&asker, STR("seen"), NULL, on_record, &told, &err), 0);
        assert_int_equal(told.count, expected(person, "all", NULL));
        assert_true(told.acts >= told.count);
        assert_true(person != 3 || told.notes == told.count);
        arena_clear(scene_arena);
        struct list_query query = {.where = STR("kind = b")};
        told = (struct told){.person = person};
        assert_int_equal(register_each(&asker, STR("seen"), &query, on_record, &told, &err), 0);
        assert_int_equal(told.count, expected(person, "all", is_b));
        query.where = STR("grade = x");
        assert_int_equal(register_each(&asker, STR("seen"), &query, on_record, &told, &err),
                         person == 3 ? 0 : -1);
    }
    struct register_caller chief = {.person = 3};
    struct register_asker asker = {scene_set, scene_store, scene_arena, &chief};
    struct err err = {0};
    int seen_rows = 0;
    assert_int_equal(register_each(&asker, STR("seen"), NULL, on_third, &seen_rows, &err), 7);
    assert_int_equal(register_each(&asker, STR("none"), NULL, on_third, &seen_rows, &err), -1);
}

static void
test_counts(void **state)
{
    (void)state;
    for (uint64_t person = 1; person < SEEN_PERSONS; person++) {
        struct register_caller caller = {.person = person};
        struct register_asker asker = {scene_set, scene_store, scene_arena, &caller};
        struct err err = {0};
        json_t *counts = NULL;
        arena_clear(scene_arena);
        assert_int_equal(register_counts(&asker, STR("seen"), &counts, &err), 0);
        assert_int_equal(json_integer_value(json_object_get(counts, "all")),
                         expected(person, "all", NULL));
        assert_int_equal(json_integer_value(json_object_get(counts, "open")),
                         expected(person, "all", NULL));
        assert_int_equal(json_integer_value(json_object_get(counts, "late")), 0);
        json_decref(counts);
    }
}

/* The sections of a role are those for which account_has_role says so. */
static void
test_role_sections(void **state)
{
    (void)state;
    static const char *const roles[] = {"section_manager", "chief", "system_manager", "ciso"};
    int64_t now = time_now_us();
    size_t held = 0;
    for (uint64_t person = 1; person < SEEN_PERSONS; person++) {
        for (size_t i = 0; i < 4; i++) {
            struct account_ids ids;
            struct err err = {0};
            arena_clear(scene_arena);
            assert_int_equal(account_role_sections(scene_store, scene_arena, person,
                                                   str_of(roles[i]), now, &ids, &err),
                             0);
            for (uint64_t section = 11; section <= 13; section++) {
                bool among = false;
                for (size_t k = 0; k < ids.count; k++) {
                    among = among || ids.list[k] == (int64_t)section;
                }
                int has = account_has_role(scene_store, person, roles[i], section, now, &err);
                assert_int_equal(has, among);
                held += among;
            }
        }
    }
    assert_int_equal(held, 7); /* 2: 11; 6: 12, 13; 3: all; 7: 13 */
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),         cmocka_unit_test(test_order),
        cmocka_unit_test(test_filters),      cmocka_unit_test(test_unreadable),
        cmocka_unit_test(test_same_refusal), cmocka_unit_test(test_fields),
        cmocka_unit_test(test_bad_queries),  cmocka_unit_test(test_each),
        cmocka_unit_test(test_counts),       cmocka_unit_test(test_role_sections),
        cmocka_unit_test(test_rebuild),
    };
    return cmocka_run_group_tests(tests, scene_set_up, scene_tear_down);
}
