/* values: each type takes what it is and refuses what it is not, in its own words. */
#include "core/register/values.h"

#include "core/register/pattern.h"
#include "tests/test.h"

#include <string.h>

static struct register_set *set;
static struct arena *arena;

static int
set_up(void **state)
{
    (void)state;
    struct err err = {0};
    arena = arena_new(16 << 20);
    return register_set_load(SEKISHO_SOURCE_DIR "/data", &set, &err);
}

static int
tear_down(void **state)
{
    (void)state;
    register_set_free(set);
    arena_free(arena);
    return 0;
}

/* A register with one field f, TYPE and what follows; NULL when it is refused with CODE. */
static struct register_def *
reg(const char *type, const char *code)
{
    static char text[4096];
    (void)snprintf(text, sizeof text,
                   "register: one\nversion: 1\nextends: base/permit\ntitle: {ja: 一, en: One}\n"
                   "topics: [\"5(3)\"]\nretain: {years: 5, from: closed, then: review}\n"
                   "fields:\n  - {key: f, type: %s, title: {ja: 項, en: Field}}\n"
                   "access: [{role: [chief], rows: all}]\n",
                   type);
    struct register_def *def = NULL;
    struct register_finding *findings = NULL;
    struct err err = {0};
    char *kept = str_dup_z(arena, str_of(text));
    assert_int_equal(register_check(set, arena, "one.yaml", str_of(kept), &def, &findings, &err),
                     0);
    if (code == NULL) {
        if (findings != NULL) {
            fail_msg("%s: %s %s", type, findings->err.code, findings->err.detail);
        }
        return def;
    }
    for (; findings != NULL; findings = findings->next) {
        if (strcmp(findings->err.code, code) == 0) {
            assert_non_null(strstr(findings->err.detail, "one.yaml:8:"));
            return NULL;
        }
    }
    fail_msg("%s: no %s", type, code);
    return NULL;
}

/* GIVEN (JSON) for field f of DEF is kept as KEPT (JSON), or refused with that code. */
static void
takes(const struct register_def *def, const char *given, const char *kept)
{
    struct values_taking taking = {.def = def, .person = 7, .now_us = 1000000};
    struct err err = {0};
    json_t *fields = json_pack("{so}", "f", json_loads(given, JSON_DECODE_ANY, NULL));
    json_t *into = NULL, *again = NULL;
    int rc = values_take(&taking, fields, &into, &err);
    if (strncmp(kept, "field", 5) == 0) {
        char code[64];
        (void)snprintf(code, sizeof code, "register.%s", kept);
        assert_int_equal(rc, -1);
        assert_string_equal(err.code, code);
        assert_string_equal(err.detail, "f");
        json_decref(fields);
        return;
    }
    if (rc < 0) {
        fail_msg("%s: %s %s", given, err.code, err.detail);
    }
    char *text = json_dumps(json_object_get(into, "f"), JSON_ENCODE_ANY | JSON_COMPACT);
    assert_string_equal(text, kept);
    free(text);
    taking.old = into;
    assert_int_equal(values_take(&taking, into, &again, &err), 0); /* it is its own form */
    assert_true(json_equal(into, again));
    json_decref(fields);
    json_decref(into);
    json_decref(again);
}

static void
test_text(void **state)
{
    (void)state;
    const struct register_def *text = reg("text, max: 5, min: 2, lines: 1", NULL);
    takes(text, "\"情報\"", "\"情報\"");
    takes(text, "\"\"", "\"\"");
    takes(text, "\"一\"", "field_length");
    takes(text, "\"一二三四五六\"", "field_length");
    takes(text, "\"a\\nb\"", "field_text");
    takes(text, "\"a\\u0007b\"", "field_text");
    takes(text, "5", "field_text");
    takes(reg("text, lines: 3", NULL), "\"a\\nb\"", "\"a\\nb\"");
    const struct register_def *code = reg("text, pad: 5, pattern: \"\\\\d{5}\"", NULL);
    takes(code, "\"123\"", "\"00123\"");
    takes(code, "\"12a\"", "field_pattern");
    takes(code, "\"123456\"", "field_pattern");
    takes(reg("text, pattern: \"[A-Z]{2}-\\\\d+\"", NULL), "\"AB-7\"", "\"AB-7\"");
    reg("text, pattern: \"(a|b)\"", "register.r122");
    reg("text, pattern: \"[\"", "register.r122");
    reg("text, min: 9, max: 3", "register.r102");
    reg("text, max: 20001", "register.r102");
    reg("text, scale: 2", "register.r121");
    reg("text, lines: 1, max: 5000", "register.r121");
    reg("text, many: true", "register.r121");
}

static void
test_number(void **state)
{
    (void)state;
    const struct register_def *number =
        reg("number, scale: 2, min: -1.5, max: 100, unit: 円", NULL);
    takes(number, "150", "150");
    takes(number, "\"12.5\"", "1250");
    takes(number, "\"-1.50\"", "-150");
    takes(number, "\"-1.51\"", "field_range");
    takes(number, "\"100.01\"", "field_range");
    takes(number, "\"1.005\"", "field_number");
    takes(number, "\"1.\"", "field_number");
    takes(number, "\"99999999999999999999\"", "field_number");
    takes(number, "1.5", "field_number");
    takes(number, "true", "field_number");
    reg("number, scale: 7", "yaml.range");
    reg("number, min: a", "register.r102");
}

static void
test_time(void **state)
{
    (void)state;
    const struct register_def *date = reg("date", NULL), *time = reg("datetime", NULL);
    takes(date, "\"2026-04-01\"", "\"2026-04-01\"");
    takes(date, "\"2026-02-30\"", "field_date");
    takes(date, "\"R8.4.1\"", "field_date");
    takes(time, "\"1970-01-01T09:00\"", "0");
    takes(time, "\"1970-01-01T00:00:01Z\"", "1000000");
    takes(time, "\"1970-01-01T10:00:00+09:00\"", "3600000000");
    takes(time, "5", "5");
    takes(time, "\"1970-01-01 09:00\"", "field_datetime");
    takes(time, "\"1970-01-01T24:00\"", "field_datetime");
    takes(time, "-1", "field_datetime");
    takes(reg("period", NULL), "{\"from\":\"2026-04-01\",\"until\":\"2026-04-01\"}",
          "{\"from\":\"2026-04-01\",\"until\":\"2026-04-01\"}");
    takes(reg("period", NULL), "{\"from\":\"2026-04-02\",\"until\":\"2026-04-01\"}",
          "field_period");
    takes(reg("flag", NULL), "true", "true");
    takes(reg("flag", NULL), "\"はい\"", "field_flag");
}

static void
test_choice(void **state)
{
    (void)state;
    const struct register_def *one = reg(
        "choice, of: [{key: a, title: {ja: 甲, en: A}}, {key: b, title: {ja: 乙, en: B}}]", NULL);
    takes(one, "\"a\"", "\"a\"");
    takes(one, "\"甲\"", "field_choice");
    takes(one, "[\"a\"]", "field_choice");
    const struct register_def *many = reg("choice, of: [a, b, c], many: true", NULL);
    takes(many, "[\"a\",\"c\"]", "[\"a\",\"c\"]");
    takes(many, "[\"a\",\"a\"]", "field_many");
    takes(many, "[\"d\"]", "field_choice");
    takes(many, "\"a\"", "field_choice");
    reg("choice", "register.r102");
    reg("choice, of: [a, a]", "register.r102");
    reg("choice, set: nobody_knows", "register.r120");
}

static void
test_names(void **state)
{
    (void)state;
    const struct register_def *person = reg("person, many: true", NULL);
    takes(person, "[\"1\",\"2\"]", "[\"1\",\"2\"]");
    takes(person, "[\"0\"]", "field_person");
    takes(person, "[1]", "field_person");
    takes(reg("section", NULL), "\"山\"", "field_section");
    takes(reg("post", NULL), "\"12\"", "\"12\"");
    takes(reg("ref, to: carry_permit", NULL), "\"x\"", "field_ref");
    takes(reg("ref, to: control", NULL), "\"gate_disarm\"", "\"gate_disarm\"");
    takes(reg("clause", NULL), "\"std:8(4)①\"", "\"std:8(4)①\"");
    takes(reg("clause", NULL), "\"8(4)①\"", "field_clause");
    reg("ref, to: nowhere", "register.r120");
    reg("person, kinds: [robot]", "yaml.choice");
}

static void
test_net(void **state)
{
    (void)state;
    takes(reg("net, kind: ip", NULL), "\"2001:DB8:0::1\"", "\"2001:db8::1\"");
    takes(reg("net, kind: ip", NULL), "\"192.0.2.01\"", "field_net");
    takes(reg("net, kind: cidr", NULL), "\"192.0.2.0/24\"", "\"192.0.2.0/24\"");
    takes(reg("net, kind: cidr", NULL), "\"192.0.2.1/24\"", "field_net");
    takes(reg("net, kind: cidr", NULL), "\"192.0.2.0/33\"", "field_net");
    takes(reg("net, kind: mac", NULL), "\"00-1A-2B-3C-4D-5E\"", "\"00:1a:2b:3c:4d:5e\"");
    takes(reg("net, kind: fqdn", NULL), "\"WWW.Example.JP\"", "\"www.example.jp\"");
    takes(reg("net, kind: fqdn", NULL), "\"-a.example\"", "field_net");
    takes(reg("net, kind: fqdn", NULL), "\"a..example\"", "field_net");
    takes(reg("net, kind: port", NULL), "\"443/TCP\"", "\"443/tcp\"");
    takes(reg("net, kind: port", NULL), "\"65536\"", "field_net");
    takes(reg("address, kind: mail", NULL), "\"a.b@Example.JP\"", "\"a.b@example.jp\"");
    takes(reg("address, kind: mail", NULL), "\"a@b@c.jp \"", "field_address");
    takes(reg("address, kind: phone", NULL), "\"+81-3-1234-5678\"", "\"+81-3-1234-5678\"");
    takes(reg("address, kind: phone", NULL), "\"12\"", "field_address");
    takes(reg("address, kind: url", NULL), "\"https://example.jp/a\"", "\"https://example.jp/a\"");
    takes(reg("address, kind: url", NULL), "\"javascript:alert(1)\"", "field_address");
    reg("net", "register.r102");
    reg("net, kind: mail", "yaml.choice");
}

#define SHA "\"0000000000000000000000000000000000000000000000000000000000000001\""

static void
test_file(void **state)
{
    (void)state;
    const struct register_def *file = reg("file, kinds: [pdf], size: 1, max: 1", NULL);
    takes(file, "[{\"sha256\":" SHA ",\"size\":5,\"name\":\"案.PDF\"}]",
          "[{\"sha256\":" SHA ",\"size\":5,\"name\":\"案.PDF\"}]");
    takes(file, "[{\"sha256\":" SHA ",\"size\":5,\"name\":\"a.exe\"}]", "field_file");
    takes(file, "[{\"sha256\":" SHA ",\"size\":1048577,\"name\":\"a.pdf\"}]", "field_file");
    takes(file, "[{\"sha256\":" SHA ",\"size\":-1,\"name\":\"a.pdf\"}]", "field_file");
    takes(file, "[{\"sha256\":" SHA ",\"size\":1,\"name\":\"../a.pdf\"}]", "field_file");
    takes(file,
          "[{\"sha256\":" SHA ",\"size\":5,\"name\":\"a.pdf\"},{\"sha256\":" SHA
          ",\"size\":5,\"name\":\"b.pdf\"}]",
          "field_many");
    takes(file, "{}", "field_file");
    takes(reg("hash", NULL), SHA, SHA);
    takes(reg("hash", NULL), "\"12\"", "field_hash");
    reg("file, size: 101", "register.r104");
    reg("file, max: 51", "register.r102");
}

static void
test_compound(void **state)
{
    (void)state;
    const struct register_def *table = reg(
        "table, max: 2, columns: [{key: n, type: number, scale: 1, title: {ja: 数, en: N}}]", NULL);
    takes(table, "[{\"n\":\"1.5\"},{}]", "[{\"n\":15},{}]");
    takes(table, "[{},{},{}]", "field_table");
    takes(table, "[5]", "field_table");
    const struct register_def *sheet =
        reg("sheet, template: [{key: a, title: {ja: 一, en: One}, clause: \"std:1\"}]", NULL);
    takes(sheet, "{\"a\":{\"answer\":\"yes\"}}", "{\"a\":{\"answer\":\"yes\"}}");
    takes(sheet, "{\"a\":{\"answer\":\"na\"}}", "field_sheet");
    takes(sheet, "{\"a\":{\"answer\":\"na\",\"note\":\"ない\"}}",
          "{\"a\":{\"answer\":\"na\",\"note\":\"ない\"}}");
    takes(sheet, "{\"a\":{\"answer\":\"maybe\"}}", "field_sheet");
    takes(sheet, "{\"b\":{\"answer\":\"yes\"}}", "field_sheet");
    takes(sheet, "{\"a\":{\"answer\":\"yes\",\"who\":\"me\"}}", "field_sheet");
    const struct register_def *sign = reg("sign, text: {ja: 守ります, en: I will}", NULL);
    takes(sign, "null", "null");
    takes(sign, "{\"person\":\"7\",\"at\":1,\"text\":" SHA "}", "field_sign");
    takes(sign, "false", "field_sign");
    takes(reg("calc, value: \"term.from is not empty\"", NULL), "true", "field_calc");
    reg("sheet", "register.r104");
    reg("sheet, template: [{key: a, title: {ja: 一, en: One}}, {key: a, title: {ja: 二, en: T}}]",
        "register.r102");
    reg("sign", "register.r102");
    reg("calc", "register.r102");
    reg("calc, value: \"f = true\"", "cond.name");
    reg("calc, value: \"true\", required: true", "register.r121");
    reg("table, columns: []", "register.r104");
}

/* What `true` becomes: who, when, and what was read. */
static void
test_sign(void **state)
{
    (void)state;
    const struct register_def *def = reg("sign, text: {ja: 守ります, en: I will}", NULL);
    struct values_taking taking = {.def = def, .person = 7, .now_us = 1000000};
    json_t *yes = json_pack("{sb}", "f", 1), *into = NULL;
    struct err err = {0};
    assert_int_equal(values_take(&taking, yes, &into, &err), 0);
    json_t *sign = json_object_get(into, "f");
    assert_string_equal(json_string_value(json_object_get(sign, "person")), "7");
    assert_int_equal(json_integer_value(json_object_get(sign, "at")), 1000000);
    assert_int_equal(json_string_length(json_object_get(sign, "text")), 64);
    json_decref(into);
    taking.person = 0; /* the system signs nothing */
    assert_int_equal(values_take(&taking, yes, &into, &err), -1);
    assert_string_equal(err.code, "register.field_sign");
    json_decref(yes);
}

static void
test_default(void **state)
{
    (void)state;
    static const struct {
        const char *type, *kept;
    } rows[] = {
        {"flag, default: \"false\"", "false"},
        {"number, scale: 1, default: \"2.5\"", "25"},
        {"text, default: なし", "\"なし\""},
        {"date, default: today", "\"1970-01-01\""},
        {"person, default: me", "\"7\""},
        {"section, default: mine", "\"11\""},
        {"choice, of: [a, b], default: b", "\"b\""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct values_taking taking = {
            .def = reg(rows[i].type, NULL), .person = 7, .section = 11, .now_us = 1000000};
        json_t *fields = json_object();
        values_default(&taking, fields);
        char *text = json_dumps(json_object_get(fields, "f"), JSON_ENCODE_ANY);
        assert_string_equal(text, rows[i].kept);
        free(text);
        json_decref(fields);
    }
    reg("flag, default: maybe", "register.r123");
    reg("number, max: 5, default: \"6\"", "register.r123");
    reg("choice, of: [a], default: b", "register.r123");
    reg("person, default: \"5\"", "register.r123");
}

static void
test_attributes(void **state)
{
    (void)state;
    reg("text, search: true, personal: true", "register.r116");
    reg("text, search: true, level: secret", "register.r116");
    reg("text, search: true, index: true", NULL);
    reg("text, unique: true, level: restricted", "register.r121");
    reg("text, unique: true", NULL);
    reg("flag, subject: true", "register.r121");
    reg("text, colour: red", "yaml.unknown_key");
    reg("text, help: {ja: 例}", "register.r118");
    reg("text, help: {ja: 例, en: Example}", NULL);
    reg("text, was: [Old]", "register.r102");
    reg("number, index: true, unique: true", NULL);
}

static void
test_pattern(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *text;
        bool fits;
    } rows[] = {
        {"a*b", "aaab", true},
        {"a*b", "b", true},
        {"a*b", "aa", false},
        {"a?a?a", "a", true},
        {"a{2,3}", "aaaa", false},
        {"a{2,3}", "aa", true},
        {"[^a-c]", "d", true},
        {"[^a-c]", "b", false},
        {"[a-]", "-", true},
        {"[ぁ-ん]+", "ひら", true},
        {"\\.", "x", false},
        {".", "\n", false},
        {"a+", "", false},
        {"(a)", "a", false},
        {"\\(a\\)", "(a)", true},
        {"a{0}", "", false},
        {"a+a+a+b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaac", false},
        {"a+", "aaaaaaa", true},
        {"[\\]]", "]", true},
        {"a{201}", "a", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (pattern_fits(str_of(rows[i].pattern), str_of(rows[i].text)) != rows[i].fits) {
            fail_msg("%s: %s", rows[i].pattern, rows[i].text);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),       cmocka_unit_test(test_number),
        cmocka_unit_test(test_time),       cmocka_unit_test(test_choice),
        cmocka_unit_test(test_names),      cmocka_unit_test(test_net),
        cmocka_unit_test(test_file),       cmocka_unit_test(test_compound),
        cmocka_unit_test(test_sign),       cmocka_unit_test(test_default),
        cmocka_unit_test(test_attributes), cmocka_unit_test(test_pattern),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
