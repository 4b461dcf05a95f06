/*
 * policy_test: one small text of an invented town for every noise and trap the reader knows, every
 * encoding, every limit; and that hostile sizes are answered in linear time.
 */
#include "base/text/cp932.h"
#include "format/policy/policy.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct arena *arena;
static struct err err;

static struct policy_tree *
read_str(struct str s)
{
    struct policy_tree *tree = NULL;
    err = (struct err){0};
    arena_clear(arena);
    return policy_read(arena, s, &tree, &err) == 0 ? tree : NULL;
}

static struct policy_tree *
read_z(const char *z)
{
    struct policy_tree *tree = read_str(str_of(z));
    if (tree == NULL)
        fail_msg("%s %s", err.code, err.detail);
    return tree;
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

static void
assert_text(const struct policy_tree *tree, const char *label, const char *text)
{
    const struct policy_node *n = policy_find(tree, str_of(label));
    if (n == NULL)
        fail_msg("no clause %s", label);
    if (!str_equal_z(n->text, text))
        fail_msg("%s: %.*s, not %s", label, STR_FMT(n->text), text);
}

static size_t
count(const struct policy_tree *tree, const char *code)
{
    size_t n = 0;
    for (const struct policy_finding *f = tree->findings; f != NULL; f = f->next)
        n += strcmp(f->code, code) == 0;
    return n;
}

static void
marks_of_every_width(void **state)
{
    (void)state;
    struct policy_tree *tree =
        read_z("海山町情報セキュリティ対策基準\n\n１　範囲\n（１）庁舎\n庁舎に及ぶ。\n（２）出先\n"
               "①支所に及ぶ。\n②公民館に及ぶ。\nア　西館\nイ　東館\n（ア）一階\n（イ）二階\n"
               "③車庫に及ぶ。\n2. 体制\n(1) 長\n長を置く。\n⑵ 班\n班を置く。\n・朝番\n・夜番\n");
    assert_labels(tree, "1 1(1) 1(2) 1(2)① 1(2)② 1(2)②ア 1(2)②イ 1(2)②イ(ア) 1(2)②イ(イ) 1(2)③ "
                        "2 2(1) 2(2) 2(2)・1 2(2)・2");
    assert_text(tree, "2(1)", "長を置く。");
    assert_true(str_equal_z(policy_find(tree, STR("2(1)"))->title, "長"));
    assert_int_equal(tree->docs->kind, POLICY_STANDARD);
    assert_true(str_equal_z(tree->docs->body_name, "海山町"));
}

static void
wrapped_lines_with_a_space_at_the_end(void **state)
{
    (void)state;
    struct policy_tree *tree = read_z(
        "１ 目的 \nこの基本方針は、海山町の情報を\n\n守る仕組みの根を定める。 \n\n２ 備え \n"
        "（１）町は、次の表の区分に応じて\n\n（２）を除く備えをする。 \n"
        "（２）町は、機器（庁舎の外に置 \nくものを含む。）を守る。 \n"
        "（３）町は、Local \nArea Network を見張る。 \n３ 見直し \n町は、年度ごとに改める。 \n");
    assert_labels(tree, "1 2 2(1) 2(2) 2(3) 3");
    assert_text(tree, "1", "この基本方針は、海山町の情報を守る仕組みの根を定める。");
    assert_text(tree, "2(1)", "町は、次の表の区分に応じて（２）を除く備えをする。");
    assert_text(tree, "2(2)", "町は、機器（庁舎の外に置くものを含む。）を守る。");
}

static void
running_headers_and_page_numbers(void **state)
{
    (void)state;
    struct policy_tree *tree =
        read_z("1. 目的\n町を守る仕組みを\n海山町の方針\n3\n定める。\n2. "
               "体制\n長を置く。\n海山町の方針\n4\n"
               "3. 備え\n鍵を掛ける。\n海山町の方針\n5\n4. 見直し\n改める。\n");
    assert_labels(tree, "1 2 3 4");
    assert_text(tree, "1", "町を守る仕組みを定める。");
    assert_int_equal(count(tree, "P101"), 3);
}

static void
contents_are_dropped(void **state)
{
    (void)state;
    struct policy_tree *tree =
        read_z("海山町情報セキュリティ基本方針\n目 次\n1. 目的\t1\n2. 体制……2\n"
               "1. 目的\n町を守る。\n2. 体制\n長を置く。\n");
    assert_labels(tree, "1 2");
    assert_int_equal(count(tree, "P102"), 1);
}

static void
sentences_cut_by_a_page(void **state)
{
    (void)state;
    struct policy_tree *tree =
        read_z("1. 目的\n海の役所は、町のみんなの暮らしの記録を守るため、山の上の役所と力を合わ"
               "せて、情報の守りを固めなければならない\n\nい。\n2. 体制\n長を置く。\n"
               "3. 情報の守り\n町の情報の守りを固めるため、長は、毎朝、情報の守り\n\n"
               "守りの様子を見回る。\n");
    assert_text(
        tree, "1",
        "海の役所は、町のみんなの暮らしの記録を守るため、山の上の役所と力を合わせて、情報の守り"
        "を固めなければならない。");
    assert_int_equal(count(tree, "P104"), 2);
    assert_text(tree, "3", "町の情報の守りを固めるため、長は、毎朝、情報の守りの様子を見回る。");
}

static void
damaged_and_missing_marks_are_told(void **state)
{
    (void)state;
    struct policy_tree *tree =
        read_z("9 監査\n調べる。\n10 見直し\n改める。\n1.1 基準\n作る。\n1.2 手順\n書く。\n");
    (void)tree;
    tree = read_z(
        "1 目的\n守る。\n2 体制\n置く。\n3 範囲\n及ぶ。\n4 備え\n備える。\n5 人\n学ぶ。\n6 "
        "技\n使う。\n"
        "7 運用\n見る。\n8 委託\n選ぶ。\n9 監査\n調べる。\n10 見直し\n改める。\n1.1 基準\n作る。\n"
        "1.2 手順\n書く。\n");
    assert_labels(tree, "1 2 3 4 5 6 7 8 9 10 11 12");
    assert_int_equal(count(tree, "P105"), 2);
    tree = read_z("1 目的\n守る。\n2 備え\n(1) 鍵を掛ける。\n(2) 窓を閉める。\n(4) 灯を消す。\n");
    assert_labels(tree, "1 2 2(1) 2(2) 2(4)");
    assert_int_equal(count(tree, "P106"), 1);
    tree = read_z("1 備え\n(1) 朝\n① 開ける。\n② 掃く。\n③ 並べる。\n① 閉める。\n② 拭く。\n");
    assert_int_equal(count(tree, "P108"), 1);
}

static void
mentions_are_not_marks(void **state)
{
    (void)state;
    struct policy_tree *tree =
        read_z("１ 分類 \n（１）区分 \n情報を分ける。 \n（２）扱い \n"
               "ア 写しも、\n（１）の分類に従う。また、平成\n25 年の例に倣う。 \n"
               "イ 紙も、\n・棚に置く。 \n");
    assert_labels(tree, "1 1(1) 1(2) 1(2)ア 1(2)イ");
    assert_text(tree, "1(2)ア", "写しも、（１）の分類に従う。また、平成25 年の例に倣う。");
    assert_int_equal(tree->refs->to_count, 1);
    assert_true(str_equal_z(tree->refs->to[0]->label, "1(1)"));
}

static void
tables_of_all_kinds(void **state)
{
    (void)state;
    struct policy_tree *tree = read_z(
        "# 海山町情報セキュリティ対策基準\n## 1. "
        "用語の定義\n用語\t定義\n端末\t机の上の\n\t機械\n鍵\t棚の鍵\n"
        "## 2. 体制\n| 役職名 | 該当者 |\n| --- | --- |\n| 情報セキュリティ管理者 | 課の長 |\n"
        "### (1) 長\n長を置く。\n## 3. 分類\n機密性の表\n\n| 分類 | 分類基準 | 取扱制限 "
        "|\n|---|---|---|\n"
        "| 機密性2 | 公にしないもの | ・棚に置く ・貸さない |\n| 機密性1 | 公のもの | － |\n\n"
        "附則\nこの基準は、令和8年4月1日から行う。\n改定履歴\n令和8年4月1日\t第1版\t初め\n");
    assert_labels(tree, "1 2 2(1) 3 3・1 3・2");
    assert_int_equal(policy_find(tree, STR("3・1"))->kind, POLICY_LIMIT);
    size_t rows[6] = {0};
    for (const struct policy_table *t = tree->tables; t != NULL; t = t->next)
        rows[t->kind] += t->row_count;
    assert_int_equal(rows[TABLE_TERMS], 2);
    assert_int_equal(rows[TABLE_ROLES], 1);
    assert_int_equal(rows[TABLE_CLASSES], 2);
    assert_int_equal(rows[TABLE_REVISIONS], 1);
    assert_non_null(tree->docs->supplements);
}

static void
articles_count_on_through_chapters(void **state)
{
    (void)state;
    struct policy_tree *tree =
        read_z("海山町情報セキュリティ対策基準\n第1章 総則\n（目的）\n第1条 町を守る。\n"
               "（体制）\n第2条 長を置く。\n2 長は、町を見回る。\n第二章 備え\n（鍵）\n"
               "第3条 鍵を掛ける。\n(1) 朝\n(2) 夜\n");
    assert_labels(tree, "第1章 第1条 第2条 第2条-2 第二章 第3条 第3条(1) 第3条(2)");
    assert_true(str_equal_z(policy_find(tree, STR("第3条"))->title, "（鍵）"));
}

/* A regulation as collections print it: a circle before the title, contents that name ranges of
 * 条 and the 附則, 条 with branches, a 項 behind 号 that end without a full stop. */
static void
regulations_have_contents_and_branches(void **state)
{
    (void)state;
    struct policy_tree *tree = read_z(
        "○海山町情報セキュリティ規則\n令和5年3月31日規則第12号\n\n目次\n"
        "第1章 総則（第1条・第2条）\n第2章 備え\n　第1節 鍵（第3条―第4条の2）\n附則\n\n"
        "第1章 総則\n（目的）\n第1条 町を守る。\n（体制）\n第2条 次の者を置く。\n(1) 長\n(2) 番人\n"
        "2 長は、町を見回る。\n第2章 備え\n第1節 鍵\n（鍵）\n第3条 鍵を掛ける。\n"
        "第3条の2 鍵を数える。\n第3条の3 鍵を磨く。\n（柵）\n第4条 第3条の2の鍵で柵を閉じる。\n"
        "附 則\nこの規則は、令和5年4月1日から施行する。\n");
    assert_labels(tree,
                  "第1章 第1条 第2条 第2条(1) 第2条(2) 第2条-2 第2章 第2章第1節 第3条 第3条の2 "
                  "第3条の3 第4条");
    assert_int_equal(count(tree, "P102"), 1);
    assert_int_equal(count(tree, "P106") + count(tree, "P107") + count(tree, "P220"), 0);
    assert_true(str_equal_z(tree->docs->title, "海山町情報セキュリティ規則"));
    assert_true(str_equal_z(tree->docs->body_name, "海山町"));
    assert_non_null(tree->docs->supplements);
    assert_text(tree, "第2条(2)", "番人");
}

static void
roman_and_column_numbers_count(void **state)
{
    (void)state;
    struct policy_tree *tree = read_z(
        "海山町情報セキュリティ基本方針\nⅠ　目的\n町を守る。\nⅡ　備え\n１　鍵\n（１）鍵を掛ける。\n"
        "（２）鍵を数える。\n２　柵\n柵を閉じる。\nⅢ　見回り\n毎年度、町を見回る。\n");
    assert_int_equal(tree->docs->root->child_count, 3);
    assert_int_equal(tree->node_count, 7);
    tree = read_z(
        "海山町規程\n（体制）\n第一条　次の者を置く。\n一　長\n二　番人\n２　長は、町を見回る。\n"
        "３　番人は、次の事をする。\n一　鍵を掛けること。\n二　柵を閉じること。\n"
        "（備え）\n第二条　鍵を掛ける。\n");
    assert_labels(tree,
                  "第一条 第一条(1) 第一条(2) 第一条-2 第一条-3 第一条-3(1) 第一条-3(2) 第二条");
    assert_int_equal(count(tree, "P103") + count(tree, "P106") + count(tree, "P107"), 0);
}

static void
what_the_supplement_swallows_is_asked(void **state)
{
    (void)state;
    struct policy_tree *tree = read_z("第1条 町を守る。\n附則\nこの規則は、明日から施行する。\n"
                                      "第2条 長を置く。\n第2章 備え\n第3条 鍵を掛ける。\n");
    assert_int_equal(count(tree, "P107"), 2);
}

static void
two_documents_in_one_file(void **state)
{
    (void)state;
    struct policy_tree *tree =
        read_z("海山町情報セキュリティ基本方針\n1 目的\n守る。\n2 体制\n置く。\n"
               "海山町情報セキュリティ対策基準\n1 範囲\n及ぶ。\n");
    assert_int_equal(tree->docs->kind, POLICY_BASIC);
    assert_int_equal(tree->docs->next->kind, POLICY_STANDARD);
    assert_null(policy_find(tree, STR("1")));
    assert_non_null(policy_find(tree, STR("std:1")));
    tree = read_z(
        "1 目的\n守る。\n2 体制\n置く。\n3 備え\n備える。\n1 目的\n守る。\n2 体制\n置く。\n");
    assert_non_null(tree->docs->next);
    assert_int_equal(count(tree, "P108"), 1);
}

static void
sentences_say_who_and_when(void **state)
{
    (void)state;
    struct policy_tree *tree =
        read_z("1 "
               "報告\n統括情報セキュリティ責任者及び情報システム管理者は、事故のとき（軽いものを除"
               "く。）、直ちにCISO"
               "へ報告しなければならない。ただし、やむを得ないときは、この限りでない。\n2 禁止\n"
               "職員等は、鍵を貸してはならない。\n3 "
               "許し\n職員等は、許可を得て、鍵を借りることができる。\n");
    const struct policy_sentence *s = policy_find(tree, STR("1"))->sentences;
    assert_int_equal(s->subject, ROLE_CHIEF | ROLE_SYSTEM_MANAGER);
    assert_int_equal(s->modality, POLICY_MUST);
    assert_int_equal(s->when, WHEN_AT_ONCE);
    assert_int_equal(s->needs, NEEDS_REPORT);
    assert_true(s->next->exception);
    assert_null(s->next->next);
    assert_int_equal(policy_find(tree, STR("2"))->sentences->modality, POLICY_MUST_NOT);
    s = policy_find(tree, STR("3"))->sentences;
    assert_int_equal(s->modality, POLICY_MAY);
    assert_int_equal(s->needs, NEEDS_PERMIT);
}

/* The range of the first clause's text in SOURCE holds the same bytes in every encoding. */
static void
places_are_those_of_the_source(void **state)
{
    (void)state;
    static const char text[] = "1 目的\n① ﾊﾝｶｸと髙い所を守る。\n② 終わり。\n";
    struct buf cp932, utf16;
    buf_init(&cp932, 1000);
    buf_init(&utf16, 1000);
    assert_int_equal(cp932_from_utf8(&cp932, str_of(text), &err), 0);
    struct policy_tree *tree = read_str(buf_str(&cp932));
    assert_int_equal(tree->encoding, POLICY_CP932);
    const struct policy_node *n = policy_find(tree, STR("1②"));
    struct policy_range at = n->at[1];
    struct buf back;
    buf_init(&back, 100);
    assert_int_equal(cp932_to_utf8(&back, str_slice(buf_str(&cp932), at.from, at.to), &err), 0);
    assert_true(str_equal_z(buf_str(&back), "終わり。"));
    buf_put(&utf16, "\xff\xfe", 2);
    static const uint16_t units[] = {'1',    ' ',    0x76ee, 0x7684, '\n',   0x2460,
                                     ' ',    0xd842, 0xdfb7, 0x5bb6, 0x3002, '\n',
                                     0x2461, ' ',    0x7d42, 0x3002};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        buf_put_char(&utf16, (char)(units[i] & 255));
        buf_put_char(&utf16, (char)(units[i] >> 8));
    }
    tree = read_str(buf_str(&utf16));
    assert_int_equal(tree->encoding, POLICY_UTF16LE);
    at = policy_find(tree, STR("1②"))->at[1];
    assert_int_equal(at.from, 2 + 2 * 14);
    assert_int_equal(at.to, 2 + 2 * 16);
    tree = read_z("\xef\xbb\xbf"
                  "1 目的\n守る。\n");
    assert_int_equal(tree->nodes->at[0].from, 3);
    buf_free(&cp932);
    buf_free(&utf16);
    buf_free(&back);
}

static int
by_from(const void *a, const void *b)
{
    const struct policy_range *x = a, *y = b;
    return (x->from > y->from) - (x->from < y->from);
}

static void
take_ranges(struct policy_range *all, size_t *n, const struct policy_para *paras)
{
    for (const struct policy_para *p = paras; p != NULL; p = p->next)
        for (const struct policy_piece *x = p->pieces; x != NULL; x = x->next)
            if (x->source.to > x->source.from) /* a bar of a table stands nowhere in HTML */
                all[(*n)++] = x->source;
}

/* The conservation law, counted again on the outside: by the source's own bytes. */
static void
assert_conserved(const struct policy_tree *tree, struct str source)
{
    enum { MOST = 5000 };
    struct policy_range *all = calloc(MOST, sizeof *all);
    size_t n = 0, at = 0;
    for (const struct policy_node *node = tree->nodes; node != NULL; node = node->following)
        for (size_t i = 0; i < node->at_count; i++)
            all[n++] = node->at[i];
    for (const struct policy_doc *doc = tree->docs; doc != NULL; doc = doc->next) {
        take_ranges(all, &n, doc->root->paras);
        for (const struct policy_node *s = doc->supplements; s != NULL; s = s->next)
            take_ranges(all, &n, s->paras);
    }
    for (const struct policy_table *t = tree->tables; t != NULL; t = t->next) {
        take_ranges(all, &n, t->head);
        for (const struct policy_row *row = t->rows; row != NULL; row = row->next)
            for (const struct policy_cell *cell = row->cells; cell != NULL; cell = cell->next)
                take_ranges(all, &n, cell->text);
    }
    for (const struct policy_dropped *d = tree->dropped; d != NULL; d = d->next)
        all[n++] = d->at;
    qsort(all, n, sizeof *all, by_from);
    for (size_t i = 0; i <= n; i++) {
        size_t to = i < n ? all[i].from : source.n;
        assert_true(to >= at && (i == n || all[i].to > all[i].from));
        for (size_t k = at; k < to; k++) /* U+3000 in UTF-8 and CP932 */
            if (strchr(" \t\r\n\xe3\x80\x81\x40", source.p[k]) == NULL)
                fail_msg("byte %zu of the source is lost", k);
        at = i < n ? all[i].to : at;
    }
    free(all);
}

/* 例規 HTML: the same reader; every place is one of the file's bytes, markup is dropped. */
static void
html_of_a_rule_book(void **state)
{
    (void)state;
    static const char html[] =
        "<!DOCTYPE html><html><head><title>例規</title></head><body><a href=\"/\">戻る</a>\n"
        "<div class=\"eline\"><div "
        "class=\"head\"><p><span>○海山町情報セキュリティ対策基準</span></p>"
        "</div></div>\n<div class=\"eline\"><div class=\"article\"><p "
        "class=\"title\"><span>(目的)</span>"
        "</p><p class=\"num\"><span class=\"num\">第1条</span>　<span class=\"p\">町の<a "
        "href=\"#a\">鍵"
        "</a>を守る。</span></p></div></div>\n"
        "<div class=\"eline\"><div class=\"article\"><p class=\"title\">(体制)</p><p class=\"num\">"
        "<span class=\"num\">第2条</span>　長を置く。</p></div></div>\n"
        "<div class=\"eline\"><div class=\"clause\"><p class=\"num\"><span class=\"num\">2</span>　"
        "長は、次の者に見回らせる。</p></div></div>\n"
        "<div class=\"eline\"><div class=\"item\"><p><span "
        "class=\"num\">(1)</span>&nbsp;朝番&amp;夜番"
        "</p></div></div>\n"
        "<div class=\"eline\"><table class=\"b-on\"><tr><td></td><td></td></tr><tr><td>役職名</td>"
        "<td>該当者</td></tr><tr><td>情報セキュリティ管理者</td><td>課の長</td></tr></table></"
        "div>\n"
        "<div class=\"eline\"><p class=\"s-head\"><span>附</span>則</p></div>\n"
        "<div class=\"eline\">この基準は、公布の日から行う。</div>\n<script>x('<p>鍵</p>')</script>"
        "</body></html>";
    struct policy_tree *tree = read_z(html);
    assert_int_equal(tree->kind, POLICY_REIKI);
    assert_int_equal(tree->docs->kind, POLICY_STANDARD);
    assert_labels(tree, "第1条 第2条 第2条-2 第2条-2(1)");
    assert_text(tree, "第1条", "町の鍵を守る。");
    assert_text(tree, "第2条-2(1)", "朝番&夜番");
    assert_true(str_equal_z(policy_find(tree, STR("第1条"))->title, "(目的)"));
    assert_int_equal(tree->tables->kind, TABLE_ROLES);
    assert_int_equal(tree->tables->row_count, 1);
    assert_int_equal(tree->tables->rows->role, ROLE_SECTION_MANAGER);
    assert_non_null(tree->docs->supplements);
    const struct policy_node *n = policy_find(tree, STR("第1条"));
    struct buf joined;
    buf_init(&joined, 1000);
    for (size_t i = 0; i < n->at_count; i++)
        buf_put_str(&joined, str_slice(str_of(html), n->at[i].from, n->at[i].to));
    assert_true(str_equal_z(buf_str(&joined), "第1条(目的)町の鍵を守る。"));
    buf_free(&joined);
    assert_conserved(tree, str_of(html));
}

static void
html_in_cp932_keeps_its_places(void **state)
{
    (void)state;
    static const char html[] = "<html><body><p>1 目的</p><p>鍵を<b>守る</b>。</p></body></html>";
    struct buf cp932;
    buf_init(&cp932, 1000);
    assert_int_equal(cp932_from_utf8(&cp932, str_of(html), &err), 0);
    struct policy_tree *tree = read_str(buf_str(&cp932));
    assert_non_null(tree);
    assert_int_equal(tree->encoding, POLICY_CP932);
    assert_text(tree, "1", "鍵を守る。");
    assert_conserved(tree, buf_str(&cp932));
    buf_free(&cp932);
}

static void
a_person_may_say_the_kind(void **state)
{
    (void)state;
    static const char text[] = "<div>\n1 目的\n守る。\n</div>\n";
    struct policy_tree *tree;
    arena_clear(arena);
    assert_int_equal(policy_read_as(arena, str_of(text), POLICY_TEXT, &tree, &err), 0);
    assert_int_equal(tree->kind, POLICY_TEXT);
    assert_text(tree, "1", "守る。\n</div>");
    assert_int_equal(read_z(text)->kind, POLICY_REIKI);
    assert_int_equal(read_z("# 海山町情報セキュリティ基本方針\n## 1. 目的\n守る。\n")->kind,
                     POLICY_MARKDOWN);
    for (int kind = 0; kind < POLICY_INPUTS; kind++)
        assert_int_equal(policy_input_of(policy_input_word((enum policy_input)kind)), kind);
    assert_int_equal(policy_input_of("pdf"), POLICY_INPUTS);
}

static void
bad_input_is_refused_with_its_place(void **state)
{
    (void)state;
    static const struct {
        struct str text;
        const char *code;
    } rows[] = {{{"", 0}, "policy.empty"},
                {{" \n\t\xe3\x80\x80", 6}, "policy.empty"},
                {{"1 a\0b", 5}, "policy.binary"},
                {{"%PDF\x01\x02", 6}, "policy.binary"},
                {{"\xe7\x9b\xff\xff\xff", 5}, "policy.encoding"},
                {{"\xff\xfe\x00\xd8\x41\x00", 6}, "policy.encoding"},
                {{"\xff\xfe\x41", 3}, "policy.encoding"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_null(read_str(rows[i].text));
        assert_string_equal(err.code, rows[i].code);
    }
    struct policy_tree *tree = read_z("ただの手紙です。\nお元気ですか。\n");
    assert_int_equal(tree->node_count, 0);
    assert_int_equal(tree->docs->kind, POLICY_OTHER);
    tree = read_z("1 目的\n守\xe2\x80\x8bる\xe2\x80\xae。\n");
    assert_int_equal(count(tree, "P121"), 2);
    assert_text(tree, "1", "守\xe2\x80\x8bる\xe2\x80\xae。");
}

static void
wording_is_asked_with_its_place(void **state)
{
    (void)state;
    static const char text[] =
        "1 法令\n① 著作権法（昭和45年法律第84号）を守る。\n② 著作権法（昭和45年法律第48号）"
        "も、いろいろ守らなければならならない。\n2 役\n総括防災対策責任者（以下「甲」という。）"
        "と情報セキュリティ責任者（以下「甲」という。）を置く。\n";
    struct policy_tree *tree = read_z(text);
    static const char *const codes[] = {"P203", "P204", "P207", "P208"};
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(count(tree, codes[i]), 1);
    for (const struct policy_finding *f = tree->findings; f != NULL; f = f->next)
        if (strcmp(f->code, "P204") == 0)
            assert_true(
                str_equal_z(str_slice(str_of(text), f->at.from, f->at.to), "総括防災対策責任者"));
        else if (strcmp(f->code, "P208") == 0)
            assert_true(str_equal_z(f->node->label, "1①"));
}

static void
formulas_are_guarded_in_csv(void **state)
{
    (void)state;
    struct policy_tree *tree = read_z("1 目的\n=HYPERLINK(\"x\")をいう。\n");
    struct buf out;
    buf_init(&out, 10000);
    policy_put_csv(&out, tree);
    assert_true(str_find(buf_str(&out), STR("\"'=HYPERLINK(\"\"x\"\")"), 0) > 0);
    buf_free(&out);
}

/* COUNT times UNIT behind a first chapter. */
static struct policy_tree *
read_many(const char *unit, size_t times, double *ret_seconds)
{
    struct buf text;
    struct timespec a, b;
    buf_init(&text, 17 << 20);
    buf_put_z(&text, "1 目的\n守る。\n");
    for (size_t i = 0; i < times && text.n < POLICY_SOURCE_BYTES - 100; i++)
        buf_put_z(&text, unit);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &a);
    struct policy_tree *tree = read_str(buf_str(&text));
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &b);
    *ret_seconds = (double)(b.tv_sec - a.tv_sec) + (double)(b.tv_nsec - a.tv_nsec) / 1e9;
    buf_free(&text);
    return tree;
}

static void
hostile_sizes_take_linear_time(void **state)
{
    (void)state;
    static const char *const units[] = {"（１）あ\n",
                                        "①い。\n",
                                        "あ。",
                                        "あ。\n",
                                        "上記1、",
                                        "前項",
                                        "（",
                                        "以下「",
                                        "\t",
                                        "用語\t定義\n",
                                        "|a|b|\n",
                                        "海\n\n海",
                                        "1.1.1.1 x\n",
                                        "分類 分類基準\n",
                                        "附則\n",
                                        "前各項の\n① あ\n",
                                        "7\n",
                                        "目次\n",
                                        "・あ \n",
                                        "海山町情報セキュリティ対策基準\n",
                                        "2 題\n\n題文\n",
                                        " あ ① い",
                                        "(1) 鍵\n\n鍵鍵\n",
                                        "1鍵を守る。\n"};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        double small = 0, large = 0;
        read_many(units[i], 20000, &small);
        read_many(units[i], 40000, &large);
        if (large > 0.2 && large > 3.2 * small)
            fail_msg("%s: %f s for 20000, %f s for 40000", units[i], small, large);
    }
    double seconds;
    assert_null(read_many("（１）あ\n", 100000, &seconds));
    assert_string_equal(err.code, "policy.nodes");
    assert_null(read_many("あ", 5500000, &seconds)); /* one line of 16 MiB */
    assert_string_equal(err.code, "policy.paragraph");
}

int
main(void)
{
    arena = arena_new(POLICY_ARENA_BYTES);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(marks_of_every_width),
        cmocka_unit_test(wrapped_lines_with_a_space_at_the_end),
        cmocka_unit_test(running_headers_and_page_numbers),
        cmocka_unit_test(contents_are_dropped),
        cmocka_unit_test(sentences_cut_by_a_page),
        cmocka_unit_test(damaged_and_missing_marks_are_told),
        cmocka_unit_test(mentions_are_not_marks),
        cmocka_unit_test(tables_of_all_kinds),
        cmocka_unit_test(articles_count_on_through_chapters),
        cmocka_unit_test(regulations_have_contents_and_branches),
        cmocka_unit_test(roman_and_column_numbers_count),
        cmocka_unit_test(what_the_supplement_swallows_is_asked),
        cmocka_unit_test(two_documents_in_one_file),
        cmocka_unit_test(sentences_say_who_and_when),
        cmocka_unit_test(places_are_those_of_the_source),
        cmocka_unit_test(html_of_a_rule_book),
        cmocka_unit_test(html_in_cp932_keeps_its_places),
        cmocka_unit_test(a_person_may_say_the_kind),
        cmocka_unit_test(bad_input_is_refused_with_its_place),
        cmocka_unit_test(wording_is_asked_with_its_place),
        cmocka_unit_test(formulas_are_guarded_in_csv),
        cmocka_unit_test(hostile_sizes_take_linear_time),
    };
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    arena_free(arena);
    return rc;
}
