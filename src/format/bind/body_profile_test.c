/*
 * body_profile_test: what a text says of the body itself, on texts of our own: a zone is ordered by
 * a duty and never by a definition, ranks follow the printed numbers, a class without limits is
 * asked, two definitions of staff that differ are asked, a person's word counts, a hidden document
 * is not told.
 */
#include "format/bind/body_profile.h"

#include "base/text/json.h"
#include "tests/test.h"

static const char topics_yaml[] =
    "- id: zone.lgwan_split\n"
    "  group: \"4(2)①\"\n"
    "  kind: [E]\n"
    "  title: {ja: LGWAN接続系の切離し, en: Split}\n"
    "  headings: [LGWAN接続系]\n"
    "  parts:\n"
    "    - {key: split, kind: [E], title: {ja: 系を切り離す, en: Split}, any: [[切り離]],"
    " by: {none: later}}\n"
    "    - {key: disarm, kind: [E], title: {ja: ファイルの無害化, en: Disarm}, any: [[無害化]],"
    " not: [をいう], by: {none: later}}\n"
    "- id: scope.bodies\n"
    "  group: \"1(1)\"\n"
    "  kind: [Wd]\n"
    "  title: {ja: 適用する機関, en: Bodies}\n"
    "  headings: [適用範囲]\n"
    "  parts:\n"
    "    - {key: bodies, kind: [Wd], title: {ja: 従う機関, en: Bodies}, any: [[適用, 機関]],"
    " by: {master: scope}}\n"
    "    - {key: school_apart, kind: [C], title: {ja: 学校の網, en: School}, any: [[学校, 分け]],"
    " by: {none: later}}\n";

static const char text[] =
    "関乃町情報セキュリティ対策基準\n\n"
    "1 適用範囲\n"
    "① この基準が適用される機関は、町長、監査委員及び教育委員会とする。ただし、消防は除く。\n"
    "2 LGWAN接続系\n"
    "① LGWAN接続系は、よその系から切り離さなければならない。\n"
    "② 無害化とは、ファイルの危ない部分を取り去ることをいう。\n"
    "3 情報資産の分類\n"
    "機密性の表\n"
    "| 分類 | 分類基準 | 取扱制限 |\n"
    "| --- | --- | --- |\n"
    "| 機密性３Ａ | 秘密のもの | ・写さない ・鍵を掛ける |\n"
    "| 機密性３Ｂ | 限られたもの | |\n"
    "| 機密性1 | ほかのもの | － |\n"
    "4 学び\n"
    "① 職員、再任用職員及び委託事業者（以下「職員等」という。）は、学ばなければならない。\n";

static struct arena *arena;
static struct clause_set set;
static struct coverage *coverage;
static struct body_profile *profile;
static struct err err;

static void
read_profile(const char *basic)
{
    struct catalogue_file file = {CATALOGUE_FILE_TOPICS, "topics.yaml", str_of(topics_yaml)};
    struct catalogue *catalogue;
    struct bind_result *result;
    struct bind_options options = {0};
    const char *texts[] = {basic, text};
    arena_clear(arena);
    assert_int_equal(catalogue_load(arena, &file, 1, &catalogue, &err), 0);
    clause_set_init(&set, arena);
    for (size_t i = basic == NULL; i < 2; i++) {
        struct policy_tree *tree;
        struct buf out;
        buf_init(&out, 1 << 20);
        assert_int_equal(policy_read(arena, str_of(texts[i]), &tree, &err), 0);
        policy_put_json(&out, tree, STR("a.md"), STR("00"));
        assert_int_equal(clause_set_add(&set, buf_str(&out), &err), 0);
        buf_free(&out);
    }
    assert_int_equal(bind_make(arena, catalogue, &set, &options, &result, &err), 0);
    assert_int_equal(coverage_make(arena, result, NULL, NULL, &coverage, &err), 0);
    assert_int_equal(body_profile_make(arena, &set, coverage, NULL, &profile, &err), 0);
}

static const struct body_profile_class *class(const char *code)
{
    return body_profile_class_get(profile, STR("confidentiality"), str_of(code));
}

static void
test_zones(void **state)
{
    (void)state;
    read_profile(NULL);
    assert_true(body_profile_orders(profile, "zone.lgwan_split", "split"));
    assert_false(body_profile_orders(profile, "zone.lgwan_split", "disarm"));
    const struct body_profile_zone *lgwan = body_profile_zone_get(profile, STR("lgwan"));
    assert_non_null(lgwan);
    assert_true(lgwan->ordered);
    assert_int_equal(lgwan->part_count, 2);
    assert_false(lgwan->parts[0].confirmed); /* nobody confirmed anything */
    assert_false(body_profile_zone_get(profile, STR("school"))->ordered);
    assert_null(body_profile_zone_get(profile, STR("moon")));
    bool *confirmed = arena_array(arena, set.clause_count, sizeof *confirmed);
    confirmed[clause_find(&set, STR("2"), NULL)] = true;
    assert_int_equal(body_profile_make(arena, &set, coverage, confirmed, &profile, &err), 0);
    lgwan = body_profile_zone_get(profile, STR("lgwan"));
    assert_true(lgwan->parts[0].confirmed && !lgwan->parts[1].confirmed);
}

static void
test_classes(void **state)
{
    (void)state;
    read_profile(NULL);
    assert_int_equal(profile->class_count, 3);
    assert_int_equal(class("3A")->rank, 4);
    assert_int_equal(class("3A")->limit_count, 2);
    assert_false(class("3A")->unsure_limits);
    assert_int_equal(class("3B")->rank, 3);
    assert_true(class("3B")->unsure_limits);
    assert_int_equal(class("1")->rank, 1);
    assert_false(class("1")->unsure_limits);
    assert_null(class("2"));
    assert_int_equal(profile->unsure, 1);
}

static void
test_staff(void **state)
{
    (void)state;
    read_profile(NULL);
    unsigned said = body_profile_staff_of(STR("staff reemployed contractor"));
    assert_int_equal(profile->staff.counts, said);
    assert_int_equal(profile->staff.place_count, 1);
    assert_false(profile->staff.unsure);
    assert_int_equal(body_profile_staff_of(STR("staff ghosts")), 0);
    read_profile("関乃町情報セキュリティ基本方針\n\n1 目的\n情報を守る。\n2 務め\n"
                 "職員（以下「職員等」という。）は、この方針を守らなければならない。\n");
    assert_int_equal(profile->staff.place_count, 2);
    assert_true(profile->staff.unsure);
    assert_int_equal(profile->staff.counts, body_profile_staff_of(STR("staff")));
    assert_int_equal(profile->unsure, 2);
}

static void
test_organs(void **state)
{
    (void)state;
    read_profile(NULL);
    assert_int_equal(profile->organ_count, 3); /* the exception names whom it does not bind */
    assert_true(str_equal_z(profile->organs[0].code, "education"));
    assert_true(str_equal_z(profile->organs[1].code, "audit"));
    assert_true(str_equal_z(profile->organs[2].code, "mayor"));
}

static bool
fix(const char *fact, const char *value)
{
    struct body_profile_fix one = {str_of(fact), str_of(value)};
    return body_profile_fix(profile, &one);
}

static void
test_fixes(void **state)
{
    (void)state;
    read_profile(NULL);
    assert_false(fix("limits.confidentiality.2", "above"));
    assert_false(fix("limits.confidentiality.3B", "below"));
    assert_false(fix("rank.confidentiality.3B", "5"));
    assert_false(fix("rank.confidentiality", "1"));
    assert_false(fix("staff", "ghosts"));
    assert_false(fix("", ""));
    assert_int_equal(profile->unsure, 1);
    assert_true(fix("limits.confidentiality.3B", "above"));
    assert_int_equal(profile->unsure, 0);
    assert_true(class("3B")->shares && class("3B")->fixed);
    assert_true(fix("rank.confidentiality.3B", "2"));
    assert_int_equal(class("3B")->rank, 2);
    assert_true(fix("staff", "staff teacher"));
    assert_int_equal(profile->staff.counts, body_profile_staff_of(STR("teacher staff")));
}

static bool
hides_all(const void *ctx, size_t doc)
{
    (void)ctx;
    (void)doc;
    return false;
}

static void
test_hidden(void **state)
{
    (void)state;
    struct buf out;
    struct json j;
    read_profile(NULL);
    for (int hidden = 0; hidden < 2; hidden++) {
        buf_init(&out, 1 << 16);
        json_init(&j, &out);
        json_open_object(&j);
        body_profile_put(&j, profile, hidden ? hides_all : NULL, NULL);
        json_end(&j);
        assert_int_equal(buf_done(&out, &err), 0);
        bool told = str_find(buf_str(&out), STR("機密性3A"), 0) >= 0;
        assert_true(told != hidden);
        told = str_find(buf_str(&out), STR("\"std\""), 0) >= 0;
        assert_true(told != hidden);
        buf_free(&out);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_zones), cmocka_unit_test(test_classes),
        cmocka_unit_test(test_staff), cmocka_unit_test(test_organs),
        cmocka_unit_test(test_fixes), cmocka_unit_test(test_hidden),
    };
    arena = arena_new(64 << 20);
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    arena_free(arena);
    return rc;
}
