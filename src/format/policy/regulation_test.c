/*
 * regulation_test: what regulations and old files have: イロハ as a level, 別表 and 様式 behind the
 * 附則, bare carriage returns as line ends, contents that are not the headings, HTML lists and
 * hidden text.
 */
#include "base/text/cp932.h"
#include "format/policy/policy.h"
#include "tests/test.h"

#include <string.h>

static struct arena *arena, *other;
static struct err err;

static struct policy_tree *
read_in(struct arena *into, struct str s)
{
    struct policy_tree *tree = NULL;
    err = (struct err){0};
    arena_clear(into);
    if (policy_read(into, s, &tree, &err) < 0)
        fail_msg("%s %s", err.code, err.detail);
    return tree;
}

static struct policy_tree *
read_z(const char *z)
{
    return read_in(arena, str_of(z));
}

static void
assert_labels(const struct policy_tree *tree, const char *labels)
{
    struct buf all;
    buf_init(&all, 1 << 16);
    for (const struct policy_node *n = tree->nodes; n != NULL; n = n->following) {
        if (all.n > 0)
            buf_put_char(&all, ' ');
        buf_put_str(&all, n->label);
    }
    if (!str_equal_z(buf_str(&all), labels))
        fail_msg("labels %.*s, not %s", STR_FMT(buf_str(&all)), labels);
    buf_free(&all);
}

static const struct policy_node *
at_label(const struct policy_tree *tree, const char *label)
{
    const struct policy_node *n = policy_find(tree, str_of(label));
    if (n == NULL)
        fail_msg("no clause %s", label);
    return n;
}

static size_t
count(const struct policy_tree *tree, const char *code)
{
    size_t n = 0;
    for (const struct policy_finding *f = tree->findings; f != NULL; f = f->next)
        n += strcmp(f->code, code) == 0;
    return n;
}

/* The Nth finding (from 0) with CODE. */
static const struct policy_finding *
finding(const struct policy_tree *tree, const char *code, size_t n)
{
    for (const struct policy_finding *f = tree->findings; f != NULL; f = f->next)
        if (strcmp(f->code, code) == 0 && n-- == 0)
            return f;
    fail_msg("no %s", code);
    return NULL;
}

/* The same text with LF and with CR: the same tree at the same bytes. */
static void
carriage_returns_end_lines(void **state)
{
    (void)state;
    char text[] = "# 海山町情報セキュリティ基本方針\n\n## 1. 目的\n\nこの方針は、町を守る。\n"
                  "## 2. 備え\n(1) 鍵を掛ける。\n(2) 窓を閉める。\n\n| 役職名 | 該当者 |\n"
                  "| --- | --- |\n| 情報セキュリティ管理者 | 課の長 |\n";
    struct policy_tree *plain = read_in(other, str_of(text));
    char old[sizeof text];
    for (size_t i = 0; i < sizeof text; i++)
        old[i] = (char)(text[i] == '\n' ? '\r' : text[i]);
    struct policy_tree *tree = read_in(arena, str_of(old));
    assert_int_equal(tree->kind, POLICY_MARKDOWN);
    assert_int_equal(tree->line_count, plain->line_count);
    assert_int_equal(tree->finding_count, plain->finding_count);
    assert_int_equal(tree->node_count, 4);
    assert_int_equal(tree->tables->row_count, 1);
    const struct policy_node *a = plain->nodes, *b = tree->nodes;
    for (; a != NULL && b != NULL; a = a->following, b = b->following) {
        assert_true(str_equal(a->label, b->label) && str_equal(a->text, b->text));
        assert_int_equal(a->at_count, b->at_count);
        assert_memory_equal(a->at, b->at, a->at_count * sizeof *a->at);
    }
    assert_true(a == NULL && b == NULL);
    tree = read_z("1 目的\r\r\n守る。\r\n2 備え\r\r鍵を掛ける。\r");
    assert_labels(tree, "1 2");
    assert_int_equal(count(tree, "P106") + count(tree, "P107"), 0);
    assert_true(str_equal_z(at_label(tree, "1")->text, "守る。"));
    assert_true(str_equal_z(at_label(tree, "2")->text, "鍵を掛ける。"));
}

/* 別表 and 様式 behind the 附則 are parts of their own; text that speaks of them is text. */
static void
schedules_and_forms_are_parts_of_their_own(void **state)
{
    (void)state;
    static const char text[] =
        "海山町情報セキュリティ規程\n第1条 町を守る。\n第2条 鍵の区分は、次に掲げる表（\n"
        "別表第1に掲げるもの）による。\n附　則\nこの規程は、令和8年4月1日から施行する。\n"
        "別表第1の改正は、告示による。\n別表第１（第2条関係）\n区分\t鍵\n門\t大きな鍵\n"
        "別表第二 鍵の置き場\n役場の棚\n別紙 のとおり\n様式第1号(第2条関係)\n鍵を借りる願い\n"
        "第2号様式\n鍵を返す届\n附則（令和9年規程第3号）\nこの規程は、公布の日から施行する。\n";
    static const struct {
        const char *key, *label, *holds;
        enum policy_annex annex;
    } rows[] = {{"s1", "附則1", "別表第1の改正は、告示による。", ANNEX_RULES},
                {"s2", "別表第1", "", ANNEX_SCHEDULE},
                {"s3", "別表第二", "役場の棚", ANNEX_SCHEDULE},
                {"s4", "様式第1号", "鍵を借りる願い", ANNEX_FORM},
                {"s5", "第2号様式", "鍵を返す届", ANNEX_FORM},
                {"s6", "附則2", "公布の日", ANNEX_RULES}};
    struct policy_tree *tree = read_z(text);
    assert_labels(tree, "第1条 第2条");
    const struct policy_node *n = tree->docs->supplements;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++, n = n->next) {
        assert_non_null(n);
        assert_string_equal(n->key, rows[i].key);
        assert_int_equal(n->annex, rows[i].annex);
        if (!str_equal_z(n->label, rows[i].label))
            fail_msg("%.*s, not %s", STR_FMT(n->label), rows[i].label);
        if (str_find(n->text, str_of(rows[i].holds), 0) < 0)
            fail_msg("%s holds %.*s", rows[i].key, STR_FMT(n->text));
    }
    assert_null(n);
    for (const struct policy_table *t = tree->tables; t != NULL; t = t->next)
        assert_string_equal(t->node->key, "s2");
    tree = read_z("1 目的\n守る。\n2 区分\n次の表による。\n別表1 鍵\n門の鍵\n3 備え\n備える。\n");
    assert_labels(tree, "1 2 3"); /* a chapter's own table, no end of the clauses */
    assert_null(tree->docs->supplements);
}

static void
iroha_counts_in_its_own_order(void **state)
{
    (void)state;
    static const char text[] =
        "海山町情報セキュリティ規程\n第1条 次の者を置く。\n(1) 長\nイ 朝の長\nロ 昼の長\n"
        "ハ 夜の長\nニ 休みの長\nホ 祭りの長\nヘ 旅の長\nト 山の長\n(2) 番人\nイ 門番\n"
        "（イ） 表の門番\n（ロ） 裏の門番\nロ 鍵番\nア 大きい鍵\nイ 小さい鍵\nハ 火の番\n"
        "2 長は、見回る。\n第2条 鍵を掛ける。\nア 門\nイ 窓\nウ 蔵\n";
    struct policy_tree *tree = read_z(text);
    assert_labels(tree, "第1条 第1条(1) 第1条(1)イ 第1条(1)ロ 第1条(1)ハ 第1条(1)ニ 第1条(1)ホ "
                        "第1条(1)ヘ 第1条(1)ト 第1条(2) 第1条(2)イ 第1条(2)イ(イ) 第1条(2)イ(ロ) "
                        "第1条(2)ロ 第1条(2)ロア 第1条(2)ロイ 第1条(2)ハ 第1条-2 第2条 第2条ア "
                        "第2条イ 第2条ウ");
    assert_int_equal(count(tree, "P106") + count(tree, "P107") + count(tree, "P108"), 0);
    assert_int_equal(at_label(tree, "第1条(1)ト")->mark.class, MARK_IROHA);
    assert_int_equal(at_label(tree, "第1条(1)ト")->mark.ordinal, 7);
    assert_int_equal(at_label(tree, "第1条(2)イ(ロ)")->mark.class, MARK_PAREN_IROHA);
    assert_int_equal(at_label(tree, "第1条(2)ロイ")->mark.class, MARK_KATA);
    assert_int_equal(at_label(tree, "第2条イ")->mark.class, MARK_KATA);
    assert_string_equal(policy_mark_word(MARK_PAREN_IROHA), "paren_iroha");
    assert_string_equal(policy_mark_word(MARK_BULLET), "bullet");
}

/* What is lost of イロハ, or of アイウ, is asked. */
static void
gaps_of_iroha_are_told(void **state)
{
    (void)state;
    struct policy_tree *tree =
        read_z("第1条 置く。\n(1) 長\nイ 朝の長\nロ 昼の長\nニ 夜の長\nホ 旅の長\n");
    assert_labels(tree, "第1条 第1条(1) 第1条(1)イ 第1条(1)ロ 第1条(1)ニ 第1条(1)ホ");
    assert_int_equal(count(tree, "P106"), 1);
    assert_true(str_equal_z(finding(tree, "P106", 0)->node->label, "第1条(1)ニ"));
    tree = read_z("第1条 置く。\n(1) 長\nロ 昼の長\nハ 夜の長\n");
    assert_labels(tree, "第1条 第1条(1) 第1条(1)ロ 第1条(1)ハ");
    assert_int_equal(count(tree, "P106"), 1);
    tree = read_z("1 役\n(1) 長\nイ 昼の長\nウ 夜の長\nエ 旅の長\n"); /* ア is lost */
    assert_labels(tree, "1 1(1) 1(1)イ 1(1)ウ 1(1)エ");
    assert_int_equal(at_label(tree, "1(1)イ")->mark.class, MARK_KATA);
    assert_int_equal(count(tree, "P106"), 1);
    tree = read_z("第1条 置く。\n(1) 長\nイ 朝の長\nロ 昼の長\nイ 夜の長\nロ 旅の長\n");
    assert_int_equal(count(tree, "P108"), 1);
}

/* Rendered as a regulation and read again: the same tree, with イ below the 号. */
static void
iroha_is_rendered_back(void **state)
{
    (void)state;
    static const char text[] =
        "海山町情報セキュリティ規程\n第1章 役\n第1節 長\n第1条 次による。\n2 次の者を置く。\n"
        "(1) 長\nイ 朝の長\nロ 昼の長\nハ 夜の長\n(2) 番人\nイ 門番\nロ 鍵番\n第2章 備え\n"
        "鍵を掛ける。\n";
    struct policy_tree *tree = read_z(text);
    static const enum policy_style styles[] = {STYLE_ARTICLE, STYLE_REIKI};
    for (size_t i = 0; i < 2; i++) {
        struct buf out;
        buf_init(&out, 1 << 16);
        policy_render(&out, tree->docs, styles[i]);
        struct policy_tree *back = read_in(other, buf_str(&out));
        assert_int_equal(back->node_count, tree->node_count);
        const struct policy_node *a = tree->nodes, *b = back->nodes;
        unsigned old = 0;
        for (; a != NULL && b != NULL; a = a->following, b = b->following) {
            assert_true(str_equal(a->path, b->path) && str_equal(a->text, b->text));
            old += b->mark.class == MARK_IROHA && b->mark.ordinal == b->position;
        }
        assert_int_equal(old, 5);
        buf_free(&out);
    }
}

/* One finding for each difference between the contents and the headings, at its place. */
static void
contents_are_held_against_headings(void **state)
{
    (void)state;
    static const char text[] =
        "海山町情報セキュリティ基本方針\n目次\n1. 目的\t1\n2. 体制\t2\n3. 備え\t3\n4. 罰\t4\n"
        "5. 鍵\t5\n5.1 門の鍵\t5\n附則\t6\n1. 目的\n町を守る。\n2. 体制と役割\n長を置く。\n"
        "3. 備え\n備える。\n4. 鍵\n4.1 門の鍵\n掛ける。\n4.2 窓の鍵\n閉める。\n5. 見直し\n"
        "改める。\n附則\nこの方針は、令和8年4月1日から施行する。\n";
    static const char *const details[] = {"2. 体制と役割 / 2.体制", "4. 鍵 / 5.鍵", "5.",
                                          "4. 罰\t4", "5.1 門の鍵\t5"};
    struct policy_tree *tree = read_z(text);
    assert_int_equal(count(tree, "P219"), 5);
    for (size_t i = 0; i < 5; i++) {
        const struct policy_finding *f = finding(tree, "P219", i);
        if (!str_equal_z(f->detail, details[i]))
            fail_msg("%.*s, not %s", STR_FMT(f->detail), details[i]);
    }
    tree = read_z("海山町情報セキュリティ規則\n目次\n第1章 総則（第1条）\n第2章 備え（第2条）\n"
                  "附則\n第1章 総則\n第1条 町を守る。\n第2章 鍵の備え\n第2条 鍵を掛ける。\n"
                  "附則\nこの規則は、令和8年4月1日から施行する。\n");
    assert_int_equal(count(tree, "P219"), 1);
    assert_true(str_equal_z(finding(tree, "P219", 0)->detail, "第2章 鍵の備え / 第2章備え"));
    tree = read_z("海山町情報セキュリティ規則\n目次\n第1章 総則（第1条）\n第2章 備え（第2条）\n"
                  "附則\n第1章 総則\n第1条 町を守る。\n第2章 備え\n第2条 鍵を掛ける。\n"
                  "附則\nこの規則は、令和8年4月1日から施行する。\n");
    assert_int_equal(count(tree, "P219"), 0);
}

int
main(void)
{
    arena = arena_new(POLICY_ARENA_BYTES);
    other = arena_new(POLICY_ARENA_BYTES);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(carriage_returns_end_lines),
        cmocka_unit_test(iroha_counts_in_its_own_order),
        cmocka_unit_test(gaps_of_iroha_are_told),
        cmocka_unit_test(iroha_is_rendered_back),
        cmocka_unit_test(contents_are_held_against_headings),
        cmocka_unit_test(schedules_and_forms_are_parts_of_their_own),
    };
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    arena_free(arena);
    arena_free(other);
    return rc;
}
