/*
 * docx_test: Word files made here, member by member: paragraphs, automatic numbers of every form,
 * tables, what is no text, and what is refused.
 */
#include "format/docx/docx.h"

#include "base/mem/buf.h"
#include "tests/test.h"

#include <libdeflate.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define W                                                                                          \
    "<w:document xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\" "        \
    "xmlns:mc=\"http://schemas.openxmlformats.org/markup-compatibility/2006\"><w:body>"
#define END "</w:body></w:document>"
#define NUMBERING                                                                                  \
    "<w:numbering xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\">"
#define P(text) "<w:p><w:r><w:t>" text "</w:t></w:r></w:p>"
#define N(id, level, text)                                                                         \
    "<w:p><w:pPr><w:numPr><w:ilvl w:val=\"" level "\"/><w:numId w:val=\"" id                       \
    "\"/></w:numPr></w:pPr><w:r><w:t>" text "</w:t></w:r></w:p>"
#define LEVEL(level, format, text, suffix)                                                         \
    "<w:lvl w:ilvl=\"" level "\"><w:start w:val=\"1\"/><w:numFmt w:val=\"" format                  \
    "\"/><w:suff w:val=\"" suffix "\"/><w:lvlText w:val=\"" text "\"/></w:lvl>"

static struct arena *arena;
static struct err err;

static void
assert_text(const char *document, const char *numbering, const char *styles, const char *wanted)
{
    struct docx_parts parts = {str_of(document), str_of(numbering), str_of(styles)};
    struct str text;
    arena_clear(arena);
    if (docx_text(arena, &parts, &text, &err) < 0)
        fail_msg("%s %s", err.code, err.detail);
    if (!str_equal_z(text, wanted))
        fail_msg("%.*s\nnot %s", STR_FMT(text), wanted);
}

static void
paragraphs_and_what_is_no_text(void **state)
{
    (void)state;
    assert_text(W P("鍵を守る。") "<w:p/><w:p><w:r><w:t>朝</w:t><w:tab/><w:t>晩</w:t></w:r>"
                                  "<w:del><w:r><w:delText>消</w:delText></w:r></w:del>"
                                  "<w:ins><w:r><w:t>足</w:t></w:r></w:ins>"
                                  "<w:r><w:instrText>PAGE</w:instrText></w:r>"
                                  "<w:moveFrom><w:r><w:t>移</w:t></w:r></w:moveFrom></w:p>"
                                  "<w:p><w:r><w:t>上</w:t><w:br/><w:t>下</w:t></w:r></w:p>" END,
                "", "", "鍵を守る。\n\n朝　晩足\n上\n下\n");
}

static void
text_boxes_come_behind(void **state)
{
    (void)state;
    assert_text(
        W "<w:p><w:r><w:t>前</w:t><mc:AlternateContent><mc:Choice><w:txbxContent>" P(
            "箱") "</w:txbxContent></mc:Choice><mc:Fallback><w:txbxContent>" P("箱") "</"
                                                                                     "w:"
                                                                                     "txbxContent><"
                                                                                     "/mc:Fallback>"
                                                                                     "</"
                                                                                     "mc:"
                                                                                     "AlternateCont"
                                                                                     "ent><w:t>後</"
                                                                                     "w:t></w:r></"
                                                                                     "w:p>" END,
        "", "", "前後\n箱\n");
}

static void
numbers_of_every_form(void **state)
{
    (void)state;
    static const char numbering[] = NUMBERING "<w:abstractNum w:abstractNumId=\"7\">" LEVEL(
        "0", "decimalFullWidth", "%1",
        "tab") LEVEL("1", "decimal", "（%2）",
                     "nothing") LEVEL("2", "decimalEnclosedCircle", "%3",
                                      "space") LEVEL("3", "aiueoFullWidth", "%4",
                                                     "tab") LEVEL("4", "upperRoman", "%5.",
                                                                  "space") LEVEL("5", "decimal",
                                                                                 "%1.%2", "space")
        LEVEL("6", "japaneseCounting", "第%7条", "tab") LEVEL(
            "7", "bullet", "\xef\x82\xb7",
            "tab") "</w:abstractNum><w:num w:numId=\"1\"><w:abstractNumId w:val=\"7\"/></w:num>"
                   "<w:num w:numId=\"2\"><w:abstractNumId w:val=\"7\"/><w:lvlOverride w:ilvl=\"0\">"
                   "<w:startOverride w:val=\"12\"/></w:lvlOverride></w:num></w:numbering>";
    assert_text(W N("1", "0", "目的") N("1", "1", "朝") N("1", "1", "晩") N("1", "2", "東")
                    N("1", "3", "西") N("1", "3", "南") N("1", "4", "北") N("1", "0", "体制")
                        N("1", "1", "長") N("1", "5", "法") N("1", "6", "条") N("1", "7", "点")
                            N("2", "0", "改め") N("1", "0", "次") P("終") END,
                numbering, "",
                "１　目的\n（1）朝\n（2）晩\n① 東\nア　西\nイ　南\nI. 北\n２　体制\n（1）長\n"
                "２.1 法\n第一条　条\n・　点\n１２　改め\n１３　次\n終\n");
}

static void
numbers_of_styles(void **state)
{
    (void)state;
    static const char styles[] =
        "<w:styles xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\">"
        "<w:style w:type=\"paragraph\" w:styleId=\"a\"><w:pPr><w:numPr><w:numId w:val=\"1\"/>"
        "</w:numPr></w:pPr></w:style><w:style w:type=\"paragraph\" w:styleId=\"b\">"
        "<w:basedOn w:val=\"a\"/><w:pPr><w:numPr><w:ilvl w:val=\"1\"/></w:numPr></w:pPr></w:style>"
        "<w:style w:styleId=\"r\"><w:basedOn w:val=\"r\"/></w:style></w:styles>";
    static const char numbering[] = NUMBERING
        "<w:abstractNum w:abstractNumId=\"0\">" LEVEL("0", "decimal", "第%1章", "space") LEVEL(
            "1", "decimal", "第%2条",
            "space") "</w:abstractNum>"
                     "<w:num w:numId=\"1\"><w:abstractNumId w:val=\"0\"/></w:num></w:numbering>";
    assert_text(
        W "<w:p><w:pPr><w:pStyle w:val=\"a\"/></w:pPr><w:r><w:t>総則</w:t></w:r></w:p>"
          "<w:p><w:pPr><w:pStyle w:val=\"b\"/></w:pPr><w:r><w:t>目的</w:t></w:r></w:p>"
          "<w:p><w:pPr><w:pStyle w:val=\"b\"/><w:numPr><w:numId w:val=\"0\"/></w:numPr></w:pPr>"
          "<w:r><w:t>地の文</w:t></w:r></w:p>"
          "<w:p><w:pPr><w:pStyle w:val=\"r\"/></w:pPr><w:r><w:t>輪</w:t></w:r></w:p>" END,
        numbering, styles, "第1章 総則\n第1条 目的\n地の文\n輪\n");
}

static void
tables_are_rows_of_cells(void **state)
{
    (void)state;
    assert_text(W P("表") "<w:tbl><w:tr><w:tc>" P("用語") "</w:tc><w:tc>" P(
                    "定義") "</w:tc></w:tr><w:tr><w:tc>" P("鍵") "</w:tc><w:tc>" P("戸の")
                    P("錠") "</w:tc></w:tr><w:tr><w:tc><w:p/></w:tc></w:tr></w:tbl>" P("後") END,
                "", "", "表\n| 用語 | 定義 |\n| 鍵 | 戸の 錠 |\n後\n");
}

static void
refused(const char *document, const char *code)
{
    struct docx_parts parts = {.document = str_of(document)};
    struct str text;
    arena_clear(arena);
    assert_int_equal(docx_text(arena, &parts, &text, &err), -1);
    assert_string_equal(err.code, code);
}

static void
bad_xml_is_refused(void **state)
{
    (void)state;
    refused("", "docx.xml");
    refused("<a/>", "docx.xml");
    refused(W "<w:p>", "docx.xml");
    refused("<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>", "docx.xml");
    refused("<!DOCTYPE a SYSTEM \"http://example.invalid/a.dtd\"><a/>", "docx.xml");
    struct buf deep;
    buf_init(&deep, 1 << 20);
    buf_put_z(&deep, W);
    for (int i = 0; i < DOCX_DEPTH; i++)
        buf_put_z(&deep, "<w:sdt>");
    buf_put_char(&deep, 0);
    refused(deep.p, "docx.size");
    buf_free(&deep);
}

static void
put_u16(struct buf *out, unsigned v)
{
    buf_put_char(out, (char)(v & 0xff));
    buf_put_char(out, (char)(v >> 8));
}

static void
put_u32(struct buf *out, uint32_t v)
{
    put_u16(out, v & 0xffff);
    put_u16(out, v >> 16);
}

/* What every header has: method to the length of the extra field. */
static void
put_member(struct buf *out, const char *name, struct str packed, struct str content, uint32_t size)
{
    put_u16(out, packed.p == content.p ? 0 : 8);
    put_u32(out, 0);
    put_u32(out, libdeflate_crc32(0, content.p, content.n));
    put_u32(out, (uint32_t)packed.n);
    put_u32(out, size);
    put_u16(out, (unsigned)strlen(name));
    put_u16(out, 0);
}

/* A ZIP file of COUNT members, each CONTENT, deflated, that say SIZE. */
static void
make_zip(struct buf *out, const char *const *names, size_t count, struct str content, uint32_t size)
{
    struct libdeflate_compressor *c = libdeflate_alloc_compressor(6);
    char *packed = malloc(content.n + 1000);
    size_t n = libdeflate_deflate_compress(c, content.p, content.n, packed, content.n + 1000);
    libdeflate_free_compressor(c);
    struct buf directory;
    buf_init(&directory, 1 << 20);
    for (size_t i = 0; i < count; i++) {
        size_t at = out->n;
        buf_put(out, "PK\3\4\24\0\0\0", 8);
        put_member(out, names[i], (struct str){packed, n}, content, size);
        buf_put_z(out, names[i]);
        buf_put(out, packed, n);
        buf_put(&directory, "PK\1\2\24\0\24\0\0\0", 10);
        put_member(&directory, names[i], (struct str){packed, n}, content, size);
        buf_put(&directory, "\0\0\0\0\0\0\0\0\0\0", 10);
        put_u32(&directory, (uint32_t)at);
        buf_put_z(&directory, names[i]);
    }
    size_t at = out->n;
    buf_put_str(out, buf_str(&directory));
    buf_put(out, "PK\5\6\0\0\0\0", 8);
    put_u16(out, (unsigned)count);
    put_u16(out, (unsigned)count);
    put_u32(out, (uint32_t)directory.n);
    put_u32(out, (uint32_t)at);
    put_u16(out, 0);
    buf_free(&directory);
    free(packed);
}

static const char *const names[] = {"[Content_Types].xml", "word/document.xml"};

static void
members_of_the_file(void **state)
{
    (void)state;
    static const char document[] = W P("鍵を守る。") END;
    struct docx_parts parts;
    struct buf zip;
    buf_init(&zip, 1 << 20);
    make_zip(&zip, names, 2, str_of(document), (uint32_t)strlen(document));
    arena_clear(arena);
    assert_true(docx_detect(buf_str(&zip)));
    assert_int_equal(docx_open(arena, buf_str(&zip), &parts, &err), 0);
    assert_true(str_equal_z(parts.document, document));
    assert_int_equal(parts.numbering.n, 0);
    for (size_t n = 0; n < zip.n; n++) /* cut anywhere */
        assert_int_equal(docx_open(arena, str_slice(buf_str(&zip), 0, n), &parts, &err), -1);
    zip.p[zip.n / 3] = (char)(zip.p[zip.n / 3] ^ 1);
    zip.p[zip.n / 4] = (char)(zip.p[zip.n / 4] ^ 1);
    docx_open(arena, buf_str(&zip), &parts, &err); /* whatever it says, no crash */
    buf_clear(&zip);
    make_zip(&zip, names, 1, str_of(document), (uint32_t)strlen(document));
    assert_false(docx_detect(buf_str(&zip)));
    assert_int_equal(docx_open(arena, buf_str(&zip), &parts, &err), -1);
    assert_string_equal(err.code, "docx.part");
    buf_free(&zip);
}

static void
bombs_and_twins_are_refused(void **state)
{
    (void)state;
    static const char *const twins[] = {"word/document.xml", "WORD/document.xml"};
    static const char document[] = W END;
    struct docx_parts parts;
    struct buf zip;
    buf_init(&zip, 1 << 20);
    make_zip(&zip, twins, 2, str_of(document), (uint32_t)strlen(document));
    assert_int_equal(docx_open(arena, buf_str(&zip), &parts, &err), -1);
    assert_string_equal(err.code, "docx.zip");
    uint32_t sizes[] = {1, 1000, DOCX_PART_BYTES, DOCX_PART_BYTES + 1U, 0xffffffffU};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        buf_clear(&zip);
        make_zip(&zip, names, 2, str_of(document), sizes[i]);
        arena_clear(arena);
        assert_int_equal(docx_open(arena, buf_str(&zip), &parts, &err), -1);
        assert_string_equal(err.code, sizes[i] > DOCX_PART_BYTES ? "docx.size" : "docx.zip");
    }
    buf_free(&zip);
}

int
main(void)
{
    arena = arena_new(256 << 20);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paragraphs_and_what_is_no_text),
        cmocka_unit_test(text_boxes_come_behind),
        cmocka_unit_test(numbers_of_every_form),
        cmocka_unit_test(numbers_of_styles),
        cmocka_unit_test(tables_are_rows_of_cells),
        cmocka_unit_test(bad_xml_is_refused),
        cmocka_unit_test(members_of_the_file),
        cmocka_unit_test(bombs_and_twins_are_refused),
    };
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    arena_free(arena);
    return rc;
}
