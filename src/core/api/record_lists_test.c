/*
 * Tests of the calls about registers as a whole: which there are for whom, what their schema says,
 * lists with their queries, and that a register that is not there for me tells nothing.
 */
#include "core/api/names.h"
#include "core/store/id.h"
#include "tests/cored_scene.h"

static void
apply(int person, const char *assets, bool locked)
{
    char body[2600];
    (void)snprintf(
        body, sizeof body,
        "{\"register\":\"carry_permit\",\"fields\":{\"assets\":\"%s\",\"class\":\"2\","
        "\"from\":\"役場\",\"to\":\"支所\",\"means\":\"公用車\",\"locked\":%s,"
        "\"encrypted\":true,\"term\":{\"from\":\"2026-04-01\",\"until\":\"2030-04-02\"}}}",
        assets, locked ? "true" : "false");
    assert_int_equal(ask(person, 1, "POST", "records", body), 201);
}

/* The register NAME among those of the answer, or NULL. */
static json_t *
listed(const char *name)
{
    size_t i;
    json_t *one;
    json_array_foreach(json_object_get(s.body, "registers"), i, one)
    {
        if (strcmp(json_string_value(json_object_get(one, "register")), name) == 0) {
            return one;
        }
    }
    return NULL;
}

static size_t
rows(int person, const char *query)
{
    char path[600];
    (void)snprintf(path, sizeof path, "registers/carry_permit/records?%s", query);
    unsigned status = ask(person, 1, "GET", path, "");
    if (status != 200) {
        fail_msg("%s: %u %s", query, status, text("code"));
    }
    size_t n = json_array_size(json_object_get(s.body, "items"));
    assert_int_equal(json_integer_value(json_object_get(s.body, "count")), n);
    return n;
}

static void
test_lists(void **state)
{
    (void)state;
    apply(1, "帳票一式", true);
    apply(1, "媒体", false);
    apply(3, "台帳", true);
    assert_int_equal(rows(1, ""), 2);
    assert_int_equal(rows(4, "mine=1"), 2); /* the same natural person */
    assert_int_equal(rows(2, ""), 2);       /* her section */
    assert_int_equal(rows(3, ""), 1);
    assert_int_equal(rows(2, "where=locked%20%3D%20true"), 1);
    assert_int_equal(rows(2, "state=pending"), 0);
    assert_int_equal(rows(2, "state=draft&sort=-created&fy=all"), 2);
    assert_int_equal(rows(2, "fy=1999"), 0);
    assert_int_equal(rows(2, "section=12"), 0);
    assert_int_equal(rows(2, "late=1"), 0);
    assert_int_equal(ask(2, 1, "GET", "registers/carry_permit/records?limit=1", ""), 200);
    assert_true(json_is_true(json_object_get(s.body, "more")));
    json_t *row = json_array_get(json_object_get(s.body, "items"), 0);
    assert_string_equal(json_string_value(json_object_get(row, "owner_name")), "佐藤 未来");
    assert_string_equal(json_string_value(json_object_get(row, "section_name")), "住民課");
    assert_string_equal(json_string_value(json_object_get(row, "class")), "2");
    assert_string_equal(
        json_string_value(json_object_get(json_object_get(row, "fields"), "assets")), "媒体");
    refused(422, "register.query", ask(2, 1, "GET", "registers/carry_permit/records?limit=0", ""));
    refused(422, "register.query",
            ask(2, 1, "GET", "registers/carry_permit/records?limit=101", ""));
    refused(422, "register.query",
            ask(2, 1, "GET", "registers/carry_permit/records?f.nothing=1", ""));
    refused(422, "register.query",
            ask(2, 1, "GET", "registers/carry_permit/records?sort=assets", ""));
    refused(422, "register.query",
            ask(2, 1, "GET", "registers/carry_permit/records?where=%28", ""));
    refused(404, "not_found", ask(2, 0, "GET", "registers/carry_permit/records", ""));
    refused(404, "not_found", ask(2, 1, "GET", "registers/carry/records", ""));
}

/* A hundred rows with long texts: the answer is larger than a packet. */
static void
test_large(void **state)
{
    (void)state;
    static char assets[1801];
    for (size_t i = 0; i + 3 < sizeof assets; i += 3) {
        memcpy(assets + i, "紙", 3);
    }
    for (int i = 0; i < 100; i++) {
        apply(1, assets, true);
    }
    assert_int_equal(rows(1, ""), 100);
    char *dump = json_dumps(s.body, JSON_COMPACT);
    assert_true(strlen(dump) > 65536);
    free(dump);
}

static void
test_registers(void **state)
{
    (void)state;
    apply(1, "帳票一式", true);
    assert_int_equal(ask(2, 1, "GET", "registers", ""), 200);
    json_t *carry = listed("carry_permit");
    assert_non_null(carry);
    json_t *counts = json_object_get(carry, "counts");
    assert_int_equal(json_integer_value(json_object_get(counts, "all")), 1);
    assert_int_equal(json_integer_value(json_object_get(counts, "open")), 1);
    assert_int_equal(json_array_size(json_object_get(carry, "topics")), 1);
    assert_true(json_is_true(json_object_get(carry, "may_open")));
    assert_int_equal(ask(3, 1, "GET", "registers", ""), 200);
    counts = json_object_get(listed("carry_permit"), "counts");
    assert_int_equal(json_integer_value(json_object_get(counts, "all")), 0);
    json_t *journal = listed("contractor_briefing"); /* its first state needs its fields at once */
    assert_true(json_is_true(json_object_get(journal, "may_open")));
    assert_null(listed("file_transfer")); /* opened by the gate only, and none of hers */
    assert_null(listed("base/permit"));
    assert_int_equal(ask(1, 0, "GET", "registers", ""), 200);
    assert_int_equal(json_array_size(json_object_get(s.body, "registers")), 0);
    refused(404, "not_found", ask(3, 1, "GET", "registers/file_transfer/schema", ""));
    refused(404, "not_found", ask(3, 1, "GET", "registers/file_transfer/records", ""));
    refused(404, "not_found", ask(3, 1, "GET", "registers/base%2Fpermit/schema", ""));
    assert_int_equal(ask(3, 1, "GET", "registers/carry_permit/schema", ""), 200);
    assert_true(json_array_size(json_object_get(s.body, "fields")) >= 9);
    assert_true(json_array_size(json_object_get(s.body, "list")) > 3);
    json_t *field = json_array_get(json_object_get(s.body, "fields"), 0);
    assert_non_null(json_object_get(json_object_get(field, "label"), "ja"));
}

/* Nothing of these registers is marked for search but the number, and a draft has none. */
static void
test_search(void **state)
{
    (void)state;
    apply(1, "帳票一式", true);
    assert_int_equal(ask(1, 1, "GET", "search?q=%E7%9B%A3%E6%9F%BB", ""), 200);
    assert_int_equal(json_array_size(json_object_get(s.body, "items")), 0);
    refused(422, "register.query", ask(1, 1, "GET", "search?q=", ""));
    refused(422, "register.query", ask(1, 1, "GET", "search", ""));
    refused(404, "not_found", ask(1, 0, "GET", "search?q=a", ""));
}

/* How many names PERSON finds at ZONE. */
static size_t
found(int person, int zone, const char *query)
{
    char path[200];
    (void)snprintf(path, sizeof path, "names?%s", query);
    assert_int_equal(ask(person, zone, "GET", path, ""), 200);
    return json_array_size(json_object_get(s.body, "names"));
}

static const char *
named(const char *kind, const char *id)
{
    const json_t *of = json_object_get(json_object_get(s.body, "names"), kind);
    const char *name = json_string_value(json_object_get(of, id));
    return name != NULL ? name : "";
}

static void
test_names(void **state)
{
    (void)state;
    assert_int_equal(found(1, 1, "kind=person&q=%E5%B1%B1%E5%B4%8E"), 1); /* 山崎 for 山﨑 */
    json_t *one = json_array_get(json_object_get(s.body, "names"), 0);
    assert_string_equal(json_string_value(json_object_get(one, "id")), "2");
    assert_string_equal(json_string_value(json_object_get(one, "section_name")), "住民課");
    assert_string_equal(json_string_value(json_object_get(one, "post_name")), "課長");
    assert_null(json_object_get(one, "handle"));
    assert_int_equal(found(1, 1, "kind=section"), 3);
    assert_int_equal(found(1, 1, "kind=post&q=%E8%AA%B2%E9%95%B7"), 1);
    refused(404, "not_found", ask(1, 0, "GET", "names?kind=person&q=a", ""));
    refused(422, "api.field", ask(1, 1, "GET", "names?kind=account&q=a", ""));
    refused(422, "api.field", ask(1, 1, "GET", "names?q=a", ""));
    char path[600] = "names?kind=person&q=";
    memset(path + strlen(path), 'a', 100);
    refused(422, "api.field", ask(1, 1, "GET", path, ""));
}

/* A name stands beside an id that is shown; of a record only for whom may see that record. */
static void
test_names_of_ids(void **state)
{
    (void)state;
    apply(3, "台帳", true);
    char body[400], path[80], hidden[20];
    (void)snprintf(hidden, sizeof hidden, "%s", text("id"));
    apply(1, "帳票一式", true);
    (void)snprintf(path, sizeof path, "records/%s/edit", text("id"));
    (void)snprintf(body, sizeof body,
                   "{\"rev\":1,\"digest\":\"%s\",\"reason\":\"\",\"fields\":{\"assets\":\"紙\","
                   "\"carrier\":\"2\"}}",
                   text("digest"));
    assert_int_equal(ask(1, 1, "POST", path, body), 200);
    assert_string_equal(named("person", "2"), "山﨑 彩");
    path[strlen(path) - 5] = '\0';
    assert_int_equal(ask(2, 1, "GET", path, ""), 200);
    assert_string_equal(named("person", "2"), "山﨑 彩");
    assert_int_equal(ask(3, 1, "GET", path, ""), 404);
    assert_null(json_object_get(s.body, "names"));
    const struct register_field ref = {.type = VALUE_REF, .key = STR("record")};
    json_t *value = json_string(hidden);
    struct err err = {0};
    for (uint64_t person = 1; person <= 3; person += 2) {
        struct api_call call = {.api = s.api, .known.person = person};
        call.arena = arena_new(1 << 20);
        json_t *names = json_object();
        assert_int_equal(names_add(&call, &ref, value, names, &err), 0);
        json_t *record = json_object_get(json_object_get(names, "record"), hidden);
        assert_true((record != NULL) == (person == 3));
        json_decref(names);
        arena_free(call.arena);
    }
    json_decref(value);
}

/* A register whose records are whole from the start is open although an empty one is refused. */
static void
test_open_whole(void **state)
{
    (void)state;
    assert_int_equal(ask(1, 1, "GET", "registers/handover/schema", ""), 200);
    assert_true(json_is_true(json_object_get(s.body, "may_open")));
    assert_true(json_is_true(json_object_get(s.body, "whole")));
    assert_int_equal(ask(1, 1, "POST", "records", "{\"register\":\"handover\",\"fields\":{}}"),
                     422);
}

/* One item for inbox/approve from the answer that stands. */
static void
item(char *ret, size_t size, const char *digest)
{
    (void)snprintf(ret, size, "{\"id\":\"%s\",\"rev\":%d,\"digest\":\"%s\"}", text("id"),
                   (int)json_integer_value(json_object_get(s.body, "rev")),
                   digest != NULL ? digest : text("digest"));
}

static void
hand_over(char *ret, size_t size, const char *digest)
{
    char body[400], matter[20];
    apply(1, "帳票一式", true);
    (void)snprintf(matter, sizeof matter, "%s", text("id"));
    (void)snprintf(body, sizeof body,
                   "{\"register\":\"handover\",\"fields\":{\"matter\":\"%s\",\"register\":"
                   "\"carry_permit\",\"title\":\"紙\",\"to\":\"2\"}}",
                   matter);
    assert_int_equal(ask(1, 1, "POST", "records", body), 201);
    item(ret, size, digest);
}

static const char *
item_code(size_t at)
{
    const json_t *one = json_array_get(json_object_get(s.body, "items"), at);
    const char *code = json_string_value(json_object_get(one, "code"));
    return json_is_true(json_object_get(one, "done")) ? "done" : code != NULL ? code : "";
}

/* Each is judged by itself: one that is refused hinders no other. */
static void
test_bulk(void **state)
{
    (void)state;
    char good[200], stale[200], other[200], body[1200], path[80];
    hand_over(good, sizeof good, NULL);
    hand_over(stale, sizeof stale,
              "00000000000000000000000000000000000000000000000000000000000000ff");
    apply(1, "媒体", true);
    (void)snprintf(path, sizeof path, "records/%s/move/submit", text("id"));
    item(other, sizeof other, NULL);
    assert_int_equal(ask(1, 1, "POST", path, other), 200);
    item(other, sizeof other, NULL);
    assert_int_equal(ask(2, 1, "GET", "inbox", ""), 200);
    json_t *rows_of = json_object_get(s.body, "items");
    assert_int_equal(json_array_size(rows_of), 3);
    for (size_t i = 0; i < 3; i++) {
        const json_t *row = json_array_get(rows_of, i);
        bool over = strcmp(json_string_value(json_object_get(row, "register")), "handover") == 0;
        assert_true(json_is_true(json_object_get(row, "bulk")) == over);
        assert_int_equal(json_string_length(json_object_get(row, "digest")), 64);
    }
    (void)snprintf(body, sizeof body, "{\"items\":[%s,%s,%s,%s,{\"id\":\"x\"}]}", stale, good, good,
                   other);
    assert_int_equal(ask(1, 1, "POST", "inbox/approve", body), 200); /* who offered it */
    assert_string_equal(item_code(1), "register.not_candidate");
    assert_int_equal(ask(3, 1, "POST", "inbox/approve", body), 200); /* who sees nothing */
    assert_string_equal(item_code(1), "not_found");
    assert_int_equal(ask(2, 1, "POST", "inbox/approve", body), 200);
    assert_string_equal(item_code(0), "register.changed");
    assert_string_equal(item_code(1), "done");
    assert_string_equal(item_code(2), "register.not_candidate"); /* done already */
    assert_string_equal(item_code(3), "register.not_bulk");
    assert_string_equal(item_code(4), "not_found");
    refused(404, "not_found", ask(2, 0, "POST", "inbox/approve", body));
    refused(422, "api.field", ask(2, 1, "POST", "inbox/approve", "{\"items\":[]}"));
    refused(422, "api.field", ask(2, 1, "POST", "inbox/approve", "{}"));
}

/* A class above the lowest is approved by itself, and so is one whose rank nobody knows. */
static void
test_bulk_class(void **state)
{
    (void)state;
    static const struct register_rank ranks[] = {{STR("1"), 1}, {STR("2"), 2}};
    static const struct register_rank low[] = {{STR("2"), 1}, {STR("3"), 2}};
    char body[200], path[80];
    apply(1, "媒体", true);
    (void)snprintf(path, sizeof path, "records/%s/move/submit", text("id"));
    item(body, sizeof body, NULL);
    assert_int_equal(ask(1, 1, "POST", path, body), 200);
    uint64_t id = 0;
    assert_true(id_parse(str_of(text("id")), &id));
    const struct register_def *def = register_def_find(s.registers, STR("carry_permit"));
    struct arena *arena = arena_new(1 << 20);
    struct err err = {0};
    assert_int_equal(register_bulk(s.registers, s.store, arena, id, &err), 0);
    for (size_t i = 0; i < def->move_count; i++) {
        if (def->moves[i].on == ON_DECIDED) {
            ((struct register_move *)(uintptr_t)&def->moves[i])->bulk = true;
        }
    }
    assert_int_equal(register_bulk(s.registers, s.store, arena, id, &err), 0);
    register_ranks_set(s.registers, ranks, 2);
    assert_int_equal(register_bulk(s.registers, s.store, arena, id, &err), 0);
    register_ranks_set(s.registers, low, 2);
    assert_int_equal(register_bulk(s.registers, s.store, arena, id, &err), 1);
    arena_free(arena);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_lists, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_large, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_registers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_search, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_names, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_open_whole, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_bulk, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_bulk_class, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_names_of_ids, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
