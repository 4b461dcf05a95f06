/*
 * reiki_test: HTML of an invented town, as publishers print it and as people damage it: the lines,
 * the places of every run, and what is refused.
 */
#include "format/reiki/reiki.h"

#include "base/mem/buf.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct arena *arena;
static struct err err;

static struct reiki_text
read_z(const char *z)
{
    struct reiki_text text;
    arena_clear(arena);
    if (reiki_read(arena, str_of(z), &text, &err) < 0)
        fail_msg("%s %s", err.code, err.detail);
    return text;
}

static void
assert_text(const char *html, const char *wanted)
{
    struct reiki_text text = read_z(html);
    if (!str_equal_z(text.text, wanted))
        fail_msg("%.*s\nnot %s", STR_FMT(text.text), wanted);
}

static void
lines_of_publishers_only(void **state)
{
    (void)state;
    assert_text(
        "<!DOCTYPE html><html><head><title>海山町例規集</title></head><body>\n"
        "<div class=\"menu\">戻る</div>\n"
        "<div class=\"eline\"><div class=\"head\"><p "
        "class=\"title\">○海山町の規程</p></div></div>\n"
        "<div id='x' class='a eline'><div class=\"article\"><p class=\"title\">(目的)</p>"
        "<p class=\"num\"><span class=\"num\">第1条</span>　<span class=\"p\"><a "
        "href=\"#y\">この規程"
        "</a>は、鍵を守る。</span></p></div></div>\n<p>欄外</p>\n"
        "<div class=\"eline\"><p class=\"s-head\"><span>附</span>則</p></div></body></html>",
        "海山町の規程\n(目的)\n第1条　この規程は、鍵を守る。\n附則\n");
}

static void
a_page_of_any_kind(void **state)
{
    (void)state;
    assert_text(
        "<html><body><h2>1 目的</h2><p>鍵を\n守る。<br>窓を閉める。</p><ul><li>朝<li>夜</ul>",
        "1 目的\n鍵を 守る。\n窓を閉める。\n朝\n夜\n");
}

static void
nothing_that_runs_or_loads(void **state)
{
    (void)state;
    assert_text(
        "<p>鍵<script>if (a < b) document.write('<p>窓</p>')</script>を"
        "<style>p { x: 1 }</style>守<!-- <p>戸</p> -->る。</p><img src=\"http://x/\" alt='壁'>"
        "<ruby>錠<rt>じょう</rt></ruby><iframe src=x>床</iframe>",
        "鍵を守る。\n錠");
}

static void
tables_are_rows_of_cells(void **state)
{
    (void)state;
    assert_text("<p>表</p><table class=\"b-on\"><thead><tr><td></td><td></td></tr></thead>"
                "<tr><td><p>用語</p></td><td><p>定義</p></td></tr>"
                "<tr><td>鍵</td><td><p>戸の</p><p>錠を開ける物</p></td></tr></table><p>後</p>",
                "表\n | 用語 | 定義 |\n | 鍵 | 戸の 錠を開ける物 |\n後\n");
    assert_text("<table><tr><td>外<table><tr><td>中</td></tr></table></td><td>次</td></table>",
                " | 外 中 | 次 |\n");
}

static void
references_to_characters(void **state)
{
    (void)state;
    assert_text("<p>A&amp;B &lt;鍵&gt; &#x9375;&#12424; &nosuch; & &#0; &#xD800; &copy;</p>",
                "A&B <鍵> 鍵よ &nosuch; & &#0; &#xD800; ©\n");
}

static void
tolerant_of_what_browsers_take(void **state)
{
    (void)state;
    assert_text("<P CLASS=x ID='a>b'>鍵<B>を</b >守る</P\n><p>1 < 2 と <3",
                "鍵を守る\n1 < 2 と <3");
    assert_text("<div class=eline>朝<div>昼</div></div>夜<div class=\"eline\">晩</div>",
                "朝\n昼\n晩\n");
}

/* Every run of the text stands at its place; no place is used twice. */
static void
places_of_every_run(void **state)
{
    (void)state;
    static const char html[] = "<p>鍵<b>を</b>&amp;守\n る。</p>\n<table><tr><td>朝 昼</table>";
    struct reiki_text text = read_z(html);
    size_t at = 0, from = 0;
    for (size_t i = 0; i < text.span_count; i++) {
        const struct reiki_span *s = &text.spans[i];
        assert_true(s->at >= at && s->from >= from && s->to > s->from && s->n > 0);
        if (s->n == s->to - s->from)
            assert_memory_equal(text.text.p + s->at, html + s->from, s->n);
        else
            assert_memory_equal(html + s->from, "&amp;", 5);
        at = s->at + s->n;
        from = s->to;
    }
    assert_true(at <= text.text.n && from <= sizeof html - 1);
    assert_true(str_equal_z(text.text, "鍵を&守 る。\n | 朝 昼 |\n"));
}

static void
what_does_not_end_is_refused(void **state)
{
    (void)state;
    static const char *const cut[] = {"<p>鍵<script>var a", "<p>鍵<!-- 窓",   "<p>鍵<b class=\"x",
                                      "<p>鍵<a href=x",     "<!DOCTYPE html", "<p>鍵<style>"};
    struct reiki_text text;
    for (size_t i = 0; i < sizeof cut / sizeof *cut; i++) {
        assert_int_equal(reiki_read(arena, str_of(cut[i]), &text, &err), -1);
        assert_string_equal(err.code, "reiki.tag");
    }
    struct buf deep;
    buf_init(&deep, 1 << 20);
    for (int i = 0; i < 2 * REIKI_DEPTH; i++)
        buf_put_z(&deep, "<table><tr><td>");
    assert_int_equal(reiki_read(arena, buf_str(&deep), &text, &err), -1);
    assert_string_equal(err.code, "reiki.depth");
    buf_clear(&deep);
    buf_put_z(&deep, "<p ");
    for (int i = 0; i < REIKI_TAG_BYTES; i++)
        buf_put_char(&deep, 'a');
    buf_put_z(&deep, ">鍵");
    assert_int_equal(reiki_read(arena, buf_str(&deep), &text, &err), -1);
    assert_string_equal(err.code, "reiki.tag");
    buf_free(&deep);
}

static void
lists_and_hidden_elements(void **state)
{
    (void)state;
    static const struct {
        const char *html, *text;
        size_t hidden;
    } rows[] = {
        {"<ol><li>朝<li>昼</ol>", "1. 朝\n2. 昼\n", 0},
        {"<ol start=3><li>朝<ol type=A><li>昼</ol><li>夜</ol>", "3. 朝\nA. 昼\n4. 夜\n", 0},
        {"<ol style='list-style-type:katakana-iroha'><li>朝<li>昼</ol>", "イ 朝\nロ 昼\n", 0},
        {"<ol start=27 type=a><li>朝</ol><ul><li>昼</ul><li>夜", "27. 朝\n昼\n夜\n", 0},
        {"<ol><li>（１） 朝<li>ア 昼<li>第２条 夜<li>第三の者",
         "（１） 朝\nア 昼\n第２条 夜\n4. 第三の者\n", 0},
        {"<ol><li><li>朝</ol>", "2. 朝\n", 0},
        {"<table><tr><td><ol><li>朝<li>昼</ol></table>", " | 1. 朝 2. 昼 |\n", 0},
        {"<p>朝<span style=display:none>昼</span>夜", "朝夜\n", 1},
        {"<p>朝<span style='display:inline'>昼</span>夜", "朝昼夜\n", 0},
        {"<p>朝<span aria-hidden=true class=hidden>昼</span>夜", "朝昼夜\n", 0},
        {"<table><tr hidden><td>朝<td>昼<tr><td>夜</table>", " | 夜 |\n", 1},
        {"<ul><li hidden>朝<ul><li>昼<li>夕</ul><li>夜</ul>", "夜\n", 1},
        {"<p>朝<br hidden>昼<img hidden src=x>夜", "朝\n昼夜\n", 0},
        {"<a hidden>朝</a><div class=eline>昼</div><div class=eline hidden>夜</div>", "昼\n", 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct reiki_text text = read_z(rows[i].html);
        struct str got = str_trim(text.text), want = str_trim(str_of(rows[i].text));
        if (!str_equal(got, want) || text.hidden_count != rows[i].hidden)
            fail_msg("%s: %.*s, %zu hidden", rows[i].html, STR_FMT(got), text.hidden_count);
    }
}

static void
html_is_known_by_its_beginning(void **state)
{
    (void)state;
    assert_true(reiki_detect(STR("\xef\xbb\xbf\n <!DOCTYPE HTML PUBLIC \"x\">")));
    assert_true(reiki_detect(STR("<div class=\"eline\">")));
    assert_true(reiki_detect(STR("<?xml version=\"1.0\"?><HTML>")));
    assert_false(reiki_detect(STR("1 目的 <p>は段落である。")));
    assert_false(reiki_detect(STR("<目的>")));
    assert_false(reiki_detect(STR("")));
}

int
main(void)
{
    arena = arena_new(16 << 20);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_of_publishers_only),
        cmocka_unit_test(a_page_of_any_kind),
        cmocka_unit_test(nothing_that_runs_or_loads),
        cmocka_unit_test(tables_are_rows_of_cells),
        cmocka_unit_test(references_to_characters),
        cmocka_unit_test(tolerant_of_what_browsers_take),
        cmocka_unit_test(places_of_every_run),
        cmocka_unit_test(what_does_not_end_is_refused),
        cmocka_unit_test(lists_and_hidden_elements),
        cmocka_unit_test(html_is_known_by_its_beginning),
    };
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    arena_free(arena);
    return rc;
}
