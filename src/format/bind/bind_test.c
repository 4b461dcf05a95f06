/*
 * bind_test: binding and coverage on texts of our own: a phrase decides over likeness, titles over
 * words, a definition orders nothing, an also-topic stands beside, another body's document is
 * named.
 */
#include "format/bind/coverage.h"
#include "base/mem/buf.h"
#include "format/bind/evidence.h"
#include "tests/test.h"

#include <stdio.h>

static const char topics_yaml[] =
    "- id: basic.lgwan\n"
    "  group: basic\n"
    "  kind: [Wd]\n"
    "  title: {ja: LGWAN接続系, en: LGWAN}\n"
    "  headings: [LGWAN接続系]\n"
    "  covers: [zone.split]\n"
    "  parts:\n"
    "    - {key: split, kind: [Wd], title: {ja: 経路を分ける, en: S}, any: [[経路, 分割]],"
    " by: {master: covers}}\n"
    "    - {key: disarm, kind: [Wd], title: {ja: 無害化する, en: D}, any: [[無害化]],"
    " by: {master: covers}}\n"
    "- id: basic.terms\n"
    "  group: basic\n"
    "  kind: [Wd]\n"
    "  title: {ja: 用語, en: Terms}\n"
    "  headings: [定義]\n"
    "  parts:\n"
    "    - {key: words, kind: [Wd], title: {ja: 言葉の意味, en: W}, any: [[通信をいう]],"
    " by: {master: definition}}\n"
    "- id: basic.audit\n"
    "  group: basic\n"
    "  kind: [W]\n"
    "  title: {ja: 監査, en: Audit}\n"
    "  headings: [監査]\n"
    "  parts:\n"
    "    - {key: audit, kind: [W], title: {ja: 監査をする, en: A}, any: [[監査, 行]],"
    " expect: {modality: must}, by: {register: audits}}\n"
    "- id: basic.standard\n"
    "  group: basic\n"
    "  kind: [Wd]\n"
    "  title: {ja: 対策基準の策定, en: Standard}\n"
    "- id: zone.split\n"
    "  group: \"4(2)①\"\n"
    "  kind: [E]\n"
    "  title: {ja: LGWAN接続系の切離し, en: Split}\n"
    "  headings: [LGWAN接続系]\n"
    "  parts:\n"
    "    - {key: split, kind: [E], weight: 3, title: {ja: 系を切り離す, en: Split},"
    " any: [[切離], [経路, 分割]], by: {none: later}}\n"
    "    - {key: disarm, kind: [E], weight: 3, title: {ja: ファイルの無害化, en: Disarm},"
    " any: [[無害化]], not: [をいう], by: {none: later}}\n"
    "- id: tech.mail\n"
    "  group: \"7(1)\"\n"
    "  kind: [E, R]\n"
    "  title: {ja: 電子メールの使い方, en: Mail}\n"
    "  headings: [電子メールの利用]\n"
    "  parts:\n"
    "    - {key: forward, kind: [E], title: {ja: 自動で転送しない, en: No forward},"
    " any: [[自動転送]], expect: {modality: must_not, subject: [person]}, by: {none: later}}\n"
    "    - {key: private, kind: [R], title: {ja: 私用に使わない, en: No private use},"
    " any: [[業務以外]], expect: {modality: must_not, subject: [person]}, by: {training: yearly}}\n"
    "- id: tech.backup\n"
    "  group: \"7(2)\"\n"
    "  kind: [C]\n"
    "  title: {ja: バックアップ, en: Backup}\n"
    "  headings: [バックアップの実施]\n"
    "  parts:\n"
    "    - {key: make, kind: [C], title: {ja: 定期に控えを取る, en: Make},"
    " any: [[バックアップ]], by: {none: later}}\n"
    "- id: personal.specific\n"
    "  group: more\n"
    "  kind: [W]\n"
    "  title: {ja: 特定個人情報, en: Specific}\n"
    "  also: true\n"
    "  parts:\n"
    "    - {key: handle, kind: [W], title: {ja: 扱い, en: Handle}, any: [[特定個人情報]],"
    " by: {none: later}}\n";

static struct arena *arena;
static struct catalogue *catalogue;
static struct clause_set set;
static struct bind_result *result;
static struct coverage *coverage;
static struct err err;

static void
read_text(struct clause_set *into, const char *text)
{
    struct policy_tree *tree;
    struct buf out;
    buf_init(&out, 1 << 20);
    assert_int_equal(policy_read(arena, str_of(text), &tree, &err), 0);
    policy_put_json(&out, tree, STR("a.md"), STR("00"));
    assert_int_equal(clause_set_add(into, buf_str(&out), &err), 0);
    buf_free(&out);
}

static void
bind_texts(const char *first, const char *second, bool no_titles)
{
    struct catalogue_file file = {CATALOGUE_FILE_TOPICS, "topics.yaml", str_of(topics_yaml)};
    arena_clear(arena);
    assert_int_equal(catalogue_load(arena, &file, 1, &catalogue, &err), 0);
    clause_set_init(&set, arena);
    read_text(&set, first);
    if (second != NULL)
        read_text(&set, second);
    struct bind_options options = {.no_titles = no_titles};
    assert_int_equal(bind_make(arena, catalogue, &set, &options, &result, &err), 0);
    assert_int_equal(coverage_make(arena, result, NULL, NULL, &coverage, &err), 0);
}

/* The NUMBERth row of clause NAME that is no title's; NULL when there are fewer. */
static const struct bind_row *
row_of(const char *name, size_t number)
{
    size_t count, at = clause_find(&set, str_of(name), NULL);
    assert_true(at != CLAUSE_NONE);
    const struct bind_row *rows = bind_rows_of(result, at, &count);
    for (size_t i = 0; i < count; i++)
        if (!rows[i].heading && number-- == 0)
            return &rows[i];
    return NULL;
}

static bool
is_part(const struct bind_row *row, const char *topic, const char *part)
{
    return row != NULL && str_equal_z(row->topic->id, topic) && row->part != NULL &&
           str_equal_z(row->part->key, part);
}

static const struct coverage_row *
cover_of(const char *topic, const char *part)
{
    for (size_t i = 0; i < coverage->row_count; i++) {
        const struct coverage_row *row = &coverage->rows[i];
        if (str_equal_z(row->topic->id, topic) &&
            (part == NULL || (row->part != NULL && str_equal_z(row->part->key, part))))
            return row;
    }
    fail_msg("%s is no row", topic);
    return NULL;
}

static const char std_text[] =
    "関乃町情報セキュリティ対策基準\n\n"
    "1 技術\n"
    "(1) 電子メールの利用\n"
    "① 職員等は、電子メールの自動転送をしてはならない。\n"
    "② 職員等は、業務以外の用に使ってはならない。\n"
    "③ 職員等は、電子メールで特定個人情報を業務以外に使ってはならない。\n"
    "(2) バックアップの実施\n"
    "① 情報システム管理者は、毎月、写しを取らなければならない。\n"
    "② 職員等は、天気を楽しまなければならない。\n";

static void
test_phrase_and_titles(void **state)
{
    (void)state;
    bind_texts(std_text, NULL, false);
    assert_true(is_part(row_of("1(1)①", 0), "tech.mail", "forward"));
    assert_true((row_of("1(1)①", 0)->why & BIND_WHY_PHRASE) != 0);
    assert_int_equal(row_of("1(1)①", 0)->confidence, BIND_SURE);
    assert_true(is_part(row_of("1(1)②", 0), "tech.mail", "private"));
    /* nothing of it stands in the catalogue: the title says what it is about, and no more */
    assert_true(is_part(row_of("1(2)①", 0), "tech.backup", "make"));
    assert_true(row_of("1(2)①", 0)->confidence != BIND_SURE);
    assert_int_equal(cover_of("tech.backup", "make")->verdict, COVERAGE_ABSENT);
    assert_int_equal(cover_of("tech.mail", "forward")->verdict, COVERAGE_PRESENT);
    size_t count, at = clause_find(&set, STR("1(1)"), NULL);
    const struct bind_row *title = bind_rows_of(result, at, &count);
    assert_int_equal(count, 1);
    assert_true(title->heading && str_equal_z(title->topic->id, "tech.mail"));
}

static void
test_without_titles(void **state)
{
    (void)state;
    bind_texts(std_text, NULL, true);
    assert_true(is_part(row_of("1(1)①", 0), "tech.mail", "forward"));
    assert_true(is_part(row_of("1(1)②", 0), "tech.mail", "private"));
    for (size_t i = 0; i < result->row_count; i++)
        assert_false(result->rows[i].heading);
}

static void
test_also(void **state)
{
    (void)state;
    bind_texts(std_text, NULL, false);
    assert_true(is_part(row_of("1(1)③", 0), "tech.mail", "private"));
    const struct bind_row *also = row_of("1(1)③", 1);
    assert_true(is_part(also, "personal.specific", "handle"));
    assert_true((also->why & BIND_WHY_BESIDE) != 0);
    assert_true(also->confidence != BIND_SURE);
    assert_int_equal(cover_of("personal.specific", "handle")->verdict, COVERAGE_PRESENT);
}

/* Inside the title's topic a weak likeness is enough; outside it takes a clear margin: the phrase.
 */
static void
test_outside(void **state)
{
    (void)state;
    bind_texts("関乃町情報セキュリティ対策基準\n\n"
               "1 技術\n"
               "(1) バックアップの実施\n"
               "① 職員等は、電子メールの控えを取る。\n"
               "② 職員等は、電子メールの自動転送をしてはならない。\n",
               NULL, false);
    assert_true(is_part(row_of("1(1)①", 0), "tech.backup", "make"));
    assert_true(is_part(row_of("1(1)②", 0), "tech.mail", "forward"));
    const struct bind_row *row = row_of("1(1)②", 0);
    assert_true((row->why & BIND_WHY_ABOVE) == 0 && row->candidate_count > 1);
    assert_true(row->candidates[1].score == row->second && row->second < row->score);
}

static const char basic_split[] = "関乃町情報セキュリティ基本方針\n\n"
                                  "1 定義\n"
                                  "(1) 無害化通信\n"
                                  "危ない部分を取り去る無害化をした通信をいう。\n"
                                  "2 対策\n"
                                  "(1) LGWAN接続系\n"
                                  "本町は、通信の経路を分割する。%s\n"
                                  "3 監査\n"
                                  "本町は、必要に応じて監査を行うことができる。\n"
                                  "4 対策基準の策定\n"
                                  "詳細を定める基準は、%s情報セキュリティ対策基準とする。\n";

static const char *
basic_text(const char *more, const char *body)
{
    static char text[2000];
    snprintf(text, sizeof text, basic_split, more, body);
    return text;
}

/* The one sentence that matters is gone; the word stands in a definition only. */
static void
test_absent_disarm(void **state)
{
    (void)state;
    bind_texts(basic_text("", "関乃町"), NULL, false);
    assert_int_equal(cover_of("basic.lgwan", "split")->verdict, COVERAGE_PRESENT);
    assert_int_equal(cover_of("basic.lgwan", "disarm")->verdict, COVERAGE_ABSENT);
    assert_true(is_part(row_of("1(1)", 0), "basic.terms", "words"));
    const struct coverage_row *split = cover_of("zone.split", "split");
    assert_int_equal(split->verdict, COVERAGE_PRESENT);
    assert_true(split->stands_in);
    assert_int_equal(cover_of("zone.split", "disarm")->verdict, COVERAGE_ABSENT);
    assert_int_equal(cover_of("tech.backup", "make")->verdict, COVERAGE_NOT_LOADED);
    bind_texts(basic_text("越えさせるものには無害化を施す。", "関乃町"), NULL, false);
    assert_int_equal(cover_of("basic.lgwan", "disarm")->verdict, COVERAGE_PRESENT);
    assert_int_equal(cover_of("zone.split", "disarm")->verdict, COVERAGE_PRESENT);
}

/* What is said not to be done is not done, whatever words stand there; a prohibition is kept. */
static void
test_waived(void **state)
{
    (void)state;
    bind_texts(basic_text("越えさせるものに無害化は行わないものとする。", "関乃町"), NULL, false);
    assert_int_equal(cover_of("basic.lgwan", "disarm")->verdict, COVERAGE_ABSENT);
    assert_int_equal(cover_of("zone.split", "disarm")->verdict, COVERAGE_ABSENT);
    assert_int_equal(row_of("2(1)", 1)->confidence, BIND_ASK);
    bind_texts("関乃町情報セキュリティ対策基準\n\n1 技術\n(1) 電子メールの利用\n"
               "① 電子メールの自動転送は行わない。\n",
               NULL, false);
    assert_int_equal(cover_of("tech.mail", "forward")->verdict, COVERAGE_PRESENT);
}

/* ただし behind the duty is its exception. */
static void
test_exempted(void **state)
{
    (void)state;
    bind_texts(
        basic_text("監査を行わなければならない。ただし、休みの日は、この限りでない。監査を行う。",
                   "関乃町"),
        NULL, false);
    size_t at = set.clauses[clause_find(&set, STR("2(1)"), NULL)].first_sentence;
    assert_true(!evidence_exempts(&set, at) && evidence_exempts(&set, at + 1));
    assert_true(evidence_exempts(&set, at + 2) && !evidence_exempts(&set, at + 3));
}

static void
test_weaker_and_delegated(void **state)
{
    (void)state;
    bind_texts(basic_text("", "隣乃市"), NULL, false);
    const struct coverage_row *audit = cover_of("basic.audit", "audit");
    assert_int_equal(audit->verdict, COVERAGE_WEAKER);
    assert_int_equal(audit->weaker, WEAKER_MODALITY);
    assert_true(str_equal_z(audit->found, "may"));
    assert_int_equal(coverage->link_count, 1);
    assert_true(coverage->links[0].delegated && str_equal_z(coverage->links[0].body, "隣乃市"));
    assert_int_equal(cover_of("basic.standard", NULL)->verdict, COVERAGE_DELEGATED);
    assert_int_equal(cover_of("tech.backup", "make")->verdict, COVERAGE_DELEGATED);
    bind_texts(basic_text("", "関乃町"), NULL, false);
    assert_int_equal(coverage->link_count, 1);
    assert_false(coverage->links[0].delegated || coverage->links[0].loaded);
    assert_int_equal(cover_of("basic.standard", NULL)->verdict, COVERAGE_PRESENT);
}

static void
test_both_documents(void **state)
{
    (void)state;
    struct str excluded[] = {STR("tech."), STR("zone.split")};
    struct coverage_profile profile = {.excluded = excluded, .excluded_count = 1};
    bind_texts(basic_text("", "関乃町"), std_text, false);
    assert_int_equal(cover_of("zone.split", "split")->verdict, COVERAGE_ABSENT);
    assert_true(coverage->links[0].loaded);
    assert_int_equal(coverage->chapter_count, 5);
    const struct coverage_chapter *last = &coverage->chapters[4];
    assert_int_equal(last->leaves, 5);
    assert_int_equal(last->answered + last->gaps, 5);
    assert_true(last->answered >= 2);
    assert_int_equal(coverage_make(arena, result, &profile, NULL, &coverage, &err), 0);
    assert_int_equal(cover_of("tech.mail", "forward")->verdict, COVERAGE_EXCLUDED);
    assert_int_equal(cover_of("zone.split", "split")->verdict, COVERAGE_ABSENT);
}

static void
test_unbound(void **state)
{
    (void)state;
    bind_texts("関乃町情報セキュリティ対策基準\n\n1 花壇\n(1) 水やり\n① 朝に水をまく。\n", NULL,
               false);
    assert_int_equal(result->unbound_count, 1);
    assert_int_equal(result->counts[BIND_NOTHING], 1);
    assert_int_equal(result->row_count, 0);
    assert_null(row_of("1(1)①", 0));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_phrase_and_titles),
        cmocka_unit_test(test_without_titles),
        cmocka_unit_test(test_also),
        cmocka_unit_test(test_outside),
        cmocka_unit_test(test_absent_disarm),
        cmocka_unit_test(test_waived),
        cmocka_unit_test(test_exempted),
        cmocka_unit_test(test_weaker_and_delegated),
        cmocka_unit_test(test_both_documents),
        cmocka_unit_test(test_unbound),
    };
    arena = arena_new(64 << 20);
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    arena_free(arena);
    return rc;
}
