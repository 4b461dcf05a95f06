/*
 * Tests of the judges: links, fields, formulas, CSV cells, names, kinds, profiles.
 */
#include "format/disarm/csv.h"
#include "format/disarm/field.h"
#include "format/disarm/formula.h"
#include "format/disarm/kind.h"
#include "format/disarm/link.h"
#include "format/disarm/name.h"
#include "format/disarm/text.h"

#include "tests/test.h"

#include <string.h>

struct row {
    const char *text;
    int id; /* -1: kept */
};

static void
test_links(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"https://www.example.lg.jp/a?b=c#d", -1},
        {"http://例え.jp/", -1},
        {"mailto:soumu@town.example.jp?subject=a", -1},
        {"#Sheet2!A1", -1},
        {"HTTPS://EXAMPLE.JP/", -1},
        {"file:///c:/windows/calc.exe", CHECK_LINK_01},
        {"C:\\temp\\a.exe", CHECK_LINK_01},
        {"\\\\host\\share", CHECK_LINK_02},
        {"//host/share", CHECK_LINK_02},
        {"/\\host/share", CHECK_LINK_02},
        {"smb://host/a", CHECK_LINK_03},
        {"ftp://host/a", CHECK_LINK_03},
        {"http://host@SSL@8443/DavWWWRoot/a", CHECK_LINK_09},
        {"ms-msdt:/id PCWDiagnostic", CHECK_LINK_04},
        {"search-ms:query=a", CHECK_LINK_04},
        {"mhtml:http://a/b", CHECK_LINK_05},
        {"x-usc:http://a", CHECK_LINK_05},
        {"JavaScript:alert(1)", CHECK_LINK_06},
        {" java\tscript:alert(1)", CHECK_LINK_06},
        {"ｊａｖａｓｃｒｉｐｔ：alert(1)", CHECK_LINK_06},
        {"%6aavascript:alert(1)", CHECK_LINK_06},
        {"data:text/html,a", CHECK_LINK_07},
        {"vnd.sun.star.script:a", CHECK_LINK_08},
        {"macro:a()", CHECK_LINK_08},
        {"https://www.example.jp@evil.test/", CHECK_LINK_09},
        {"ｈttps://evil.test/", CHECK_LINK_10},
        {"https:evil.test", CHECK_LINK_10},
        {"https://a\\b/", CHECK_LINK_10},
        {"https://a/\xE2\x80\xAE", CHECK_LINK_10},
        {"folder/book.xlsx", CHECK_LINK_11},
        {"", CHECK_LINK_11},
        {"mailto:a@b?%61ttach=/etc/passwd", CHECK_LINK_14},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct link_verdict v = link_judge(str_of(rows[i].text));
        if ((rows[i].id < 0) != v.keep || (rows[i].id >= 0 && (int)v.id != rows[i].id))
            fail_msg("%s: keep %d id %s", rows[i].text, v.keep, check_get(v.id)->id);
    }
    assert_true(link_judge(STR("http://192.168.0.1/")).note);
    assert_true(link_judge(STR("http://3232235521/")).note);
    char longest[3000];
    memset(longest, 'a', sizeof longest);
    memcpy(longest, "http://", 7);
    assert_int_equal(link_judge((struct str){longest, sizeof longest}).id, CHECK_LINK_15);
}

static void
test_link_form(void **state)
{
    (void)state;
    struct buf once, twice;
    buf_init(&once, 1000);
    buf_init(&twice, 1000);
    link_put(&once, STR("  HTTPS://Example.JP/a b\"c "));
    assert_true(str_equal_z(buf_str(&once), "https://Example.JP/a%20b%22c"));
    link_put(&twice, buf_str(&once));
    assert_true(str_equal(buf_str(&once), buf_str(&twice)));
    buf_free(&once);
    buf_free(&twice);
}

static void
test_fields(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {" PAGE ", -1},
        {"PAGE  \\* MERGEFORMAT", -1},
        {"TOC \\o \"1-3\" \\h \\z \\u", -1},
        {"EQ \\* jc2 \\* \"Font:ＭＳ 明朝\" \\* hps10 \\o\\ad(\\s\\up 9(せき),関)", -1},
        {"FORMCHECKBOX", -1},
        {"=1+2", -1},
        {"= \x01 - 1", -1},
        {"IF \x01 > 1 \"a\" \"b\"", -1},
        {"HYPERLINK \"https://example.jp/\" \\t \"_blank\"", -1},
        {"HYPERLINK \\l \"_Toc1\"", -1},
        {"HYPERLINK \"file:///c:/a\"", CHECK_FLD_19},
        {"HYPERLINK \x01", CHECK_FLD_02},
        {"DDEAUTO c:\\\\windows\\\\cmd.exe \"/k calc\"", CHECK_FLD_06},
        {" ddeauto a b", CHECK_FLD_06},
        {"ＤＤＥ a b", CHECK_FLD_05},
        {"D\xC2\xAD"
         "DE a b",
         CHECK_FLD_05},
        {"\"DDE\" a", CHECK_FLD_15},
        {"\x01 a", CHECK_FLD_02},
        {"DD\x01 a", CHECK_FLD_02},
        {"QUOTE 68 68 69", CHECK_FLD_02},
        {"INCLUDEPICTURE \"http://evil/a.png\" \\d", CHECK_FLD_09},
        {"INCLUDETEXT a", CHECK_FLD_08},
        {"LINK Excel.Sheet.8 a", CHECK_FLD_07},
        {"MACROBUTTON a b", CHECK_FLD_12},
        {"DATABASE \\d a", CHECK_FLD_11},
        {"MERGEFIELD a", CHECK_FLD_18},
        {"NOSUCHFIELD", CHECK_FLD_15},
        {"", CHECK_FLD_15},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct field_verdict v = field_judge(str_of(rows[i].text));
        if ((rows[i].id < 0) != v.keep || (rows[i].id >= 0 && (int)v.id != rows[i].id))
            fail_msg("%s: keep %d id %s", rows[i].text, v.keep, check_get(v.id)->id);
    }
}

static void
test_formulas(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"SUM(A1:B2)+IF(A1=\"x|y\",1,2)", -1},
        {"VLOOKUP(A1,'一覧 表'!$A$1:$B$9,2,FALSE)", -1},
        {"_xlfn.XLOOKUP(A1,B:B,C:C)", -1},
        {"SUBTOTAL(109,Table1[売上])", -1},
        {"Table1[[#This Row],[a]]*2", -1},
        {"DATEDIF(A1,TODAY(),\"Y\")", -1},
        {"PHONETIC(A1)", -1},
        {"INDIRECT(\"A\"&1)", -1},
        {"HYPERLINK(\"https://example.jp/\",\"a\")", -1},
        {"-A1%", -1},
        {"", -1},
        {"WEBSERVICE(\"http://evil/\")", CHECK_FML_01},
        {"_xlfn.WEBSERVICE(A1)", CHECK_FML_01},
        {"ＷＥＢＳＥＲＶＩＣＥ(A1)", CHECK_FML_01},
        {"HYPERLINK(\"file:///c:/a\",\"a\")", CHECK_FML_02},
        {"HYPERLINK(A1,\"a\")", CHECK_FML_02},
        {"HYPERLINK(\"http://a/\"&A1,\"a\")", CHECK_FML_02},
        {"_xlfn.IMAGE(\"http://a\")", CHECK_FML_03},
        {"RTD(\"a\",\"b\")", CHECK_FML_04},
        {"CALL(\"kernel32\",\"a\")", CHECK_FML_05},
        {"REGISTER.ID(\"a\",\"b\")", CHECK_FML_06},
        {"EXEC(\"calc\")", CHECK_FML_07},
        {"exec (\"calc\")", CHECK_FML_07},
        {"MyMacro()", CHECK_FML_07},
        {"FILTERXML(A1,\"//a\")", CHECK_FML_08},
        {"CUBEVALUE(\"a\")", CHECK_FML_09},
        {"_xlws.PY(1,2)", CHECK_FML_10},
        {"cmd|'/c calc'!A0", CHECK_FML_11},
        {"'cmd|/c calc'!A0", CHECK_FML_12},
        {"[1]Sheet1!A1", CHECK_FML_12},
        {"SUM([2]a!B1)", CHECK_FML_12},
        {"'C:\\a\\[b.xlsx]c'!A1", CHECK_FML_12},
        {"'\\\\host\\share\\[b.xlsx]c'!A1", CHECK_FML_12},
        {"INDIRECT(\"'[b.xlsx]c'!A1\")", CHECK_FML_17},
        {"IMPORTXML(\"http://a\",\"b\")", CHECK_FML_19},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct formula_verdict v = formula_judge(str_of(rows[i].text));
        if ((rows[i].id < 0) != v.keep || (rows[i].id >= 0 && (int)v.id != rows[i].id))
            fail_msg("%s: keep %d id %s", rows[i].text, v.keep, check_get(v.id)->id);
    }
}

static void
test_cells(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "=1+1", "+SUM(A1)", "-cmd", "@a",   "\t=1",           "\ra",
        "＝1",  "＠a",      " =1",  "\"=1", "\xE2\x80\x8B=1", "-2+3+cmd|' /C calc'!A0"};
    static const char *const good[] = {
        "",     "-5",   "+81-3-1234-5678", "1e5",      "-1,234.50", "'=1+1", "a=b",
        "-12%", "－５", "北海道",          "-2.5E+10", "−5"};
    enum check_id id;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (!csv_dangerous(str_of(bad[i]), &id))
            fail_msg("passed: %s", bad[i]);
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        if (csv_dangerous(str_of(good[i]), &id))
            fail_msg("guarded: %s", good[i]);
}

struct fixture {
    struct arena *arena;
    struct disarm_profile profile;
    struct disarm_budget budget;
    struct disarm_report report;
    struct disarm_ctx ctx;
};

static void
fixture_init(struct fixture *f)
{
    *f = (struct fixture){.arena = arena_new(1 << 24)};
    assert_int_equal(disarm_profile_builtin("standard", &f->profile), 0);
    f->ctx = (struct disarm_ctx){f->arena, &f->profile, &f->budget, &f->report, 0};
}

static void
test_csv_file(void **state)
{
    (void)state;
    struct fixture f;
    struct buf once, twice;
    fixture_init(&f);
    buf_init(&once, 1000);
    buf_init(&twice, 1000);
    csv_guard(&f.ctx, STR("氏名,額\r\n=cmd|' /C calc'!A0,\"a\nb\"\r\n\"=1,\"\"x\"\"\";-5;+x\r\n"),
              &once);
    assert_true(str_equal_z(buf_str(&once), "氏名,額\r\n\"'=cmd|' /C calc'!A0\",\"a\nb\"\r\n"
                                            "\"'=1,\"\"x\"\"\";-5;\"'+x\"\r\n"));
    csv_guard(&f.ctx, buf_str(&once), &twice);
    assert_true(str_equal(buf_str(&once), buf_str(&twice)));
    buf_free(&once);
    buf_free(&twice);
    arena_free(f.arena);
}

static void
test_names(void **state)
{
    (void)state;
    static const struct {
        const char *in, *extension, *out;
    } rows[] = {
        {"案内.docm", "docx", "案内.docx"},
        {"..\\..\\windows\\a.txt", NULL, "a.txt"},
        {"/etc/passwd", "txt", "passwd.txt"},
        {"a\xE2\x80\xAEtxt.exe.docx", NULL, "atxt.docx"},
        {"CON.txt", NULL, "_CON.txt"},
        {"com1.docx", NULL, "_com1.docx"},
        {"か\xE3\x82\x99.txt", NULL, "が.txt"},
        {"葛\xF3\xA0\x84\x80\xEE\x80\x80.txt", NULL, "葛\xF3\xA0\x84\x80\xEE\x80\x80.txt"},
        {"a:b?.txt", NULL, "a_b_.txt"},
        {"a.txt. .", NULL, "a.txt"},
        {"\x83\x5C\x95\x5C.txt", NULL, "ソ表.txt"},
        {"請求書.pdf.exe.xlsx", "xlsx", "請求書.pdf.xlsx"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct fixture f;
        struct str out, again;
        fixture_init(&f);
        assert_int_equal(name_clean(&f.ctx, str_of(rows[i].in), rows[i].extension, &out), 0);
        if (!str_equal_z(out, rows[i].out))
            fail_msg("%s: %.*s", rows[i].in, STR_FMT(out));
        size_t found = f.report.finding_count;
        assert_int_equal(name_clean(&f.ctx, out, rows[i].extension, &again), 0);
        assert_true(str_equal(out, again));
        assert_int_equal(f.report.finding_count, found);
        arena_free(f.arena);
    }
}

static void
test_name_limits(void **state)
{
    (void)state;
    struct fixture f;
    struct str out;
    char longest[600] = "";
    fixture_init(&f);
    for (int i = 0; i < 100; i++)
        memcpy(longest + strlen(longest), "関", 4);
    assert_int_equal(name_clean(&f.ctx, str_of(longest), "docx", &out), 0);
    assert_true(out.n <= 255 && str_ends(out, STR(".docx")) && str_starts(out, STR("関関")));
    assert_int_equal(name_clean(&f.ctx, STR("\xFF\xFE.docx"), "docx", &out), 0);
    assert_true(str_starts(out, STR("file-")) && out.n == strlen("file-12345678.docx"));
    arena_free(f.arena);
}

static void
test_kinds(void **state)
{
    (void)state;
    assert_int_equal(kind_by_extension("docm"), KIND_DOCM);
    assert_int_equal(kind_by_extension("jpg"), KIND_JPEG);
    assert_int_equal(kind_by_extension("scr"), KIND_FORBIDDEN);
    assert_int_equal(kind_by_extension("pp"), KIND_UNKNOWN);
    assert_int_equal(kind_by_magic(STR("MZ\x90")), KIND_FORBIDDEN);
    assert_int_equal(kind_by_magic(STR("\x89PNG\r\n\x1A\n")), KIND_PNG);
    assert_int_equal(kind_by_mime(STR("text/csv; charset=utf-8")), KIND_CSV);
    assert_true(kind_forbidden_name(STR("AutoRun.inf")));
}

static void
test_charsets(void **state)
{
    (void)state;
    bool doubt;
    assert_int_equal(text_charset(STR("abc"), &doubt), CHARSET_UTF8);
    assert_int_equal(text_charset(STR("\x93\xFA\x96\x7B\x8C\xEA"), &doubt), CHARSET_CP932);
    assert_false(doubt);
    assert_int_equal(text_charset(STR("\xC6\xFC\xCB\xDC\xB8\xEC\xA4\xCE\xCA\xB8"), &doubt),
                     CHARSET_EUC);
    assert_int_equal(text_charset(STR("\xFF\xFE"
                                      "a"),
                                  &doubt),
                     CHARSET_UNKNOWN);
    assert_int_equal(text_charset(STR("\x80\x81"), &doubt), CHARSET_UNKNOWN);
}

static void
test_profiles(void **state)
{
    (void)state;
    struct disarm_profile strict, back;
    struct buf json, again;
    struct err err;
    buf_init(&json, 1 << 16);
    buf_init(&again, 1 << 16);
    assert_int_equal(disarm_profile_builtin("strict", &strict), 0);
    assert_int_equal(disarm_profile_builtin("none", &back), -1);
    assert_int_equal(disarm_profile_set(&strict, "link", "keep", &err), 0);
    assert_int_equal(disarm_profile_set(&strict, "nosuch", "keep", &err), -1);
    disarm_profile_put(&json, &strict);
    assert_int_equal(disarm_profile_parse(buf_str(&json), &back, &err), 0);
    disarm_profile_put(&again, &back);
    assert_true(str_equal(buf_str(&json), buf_str(&again)));
    assert_int_equal(back.setting[SWITCH_MACRO], SETTING_BLOCK);
    for (size_t cut = 0; cut < json.n; cut++)
        assert_int_equal(disarm_profile_parse(str_slice(buf_str(&json), 0, cut), &back, &err), -1);
    buf_free(&json);
    buf_free(&again);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_links),    cmocka_unit_test(test_link_form),
        cmocka_unit_test(test_fields),   cmocka_unit_test(test_formulas),
        cmocka_unit_test(test_cells),    cmocka_unit_test(test_csv_file),
        cmocka_unit_test(test_names),    cmocka_unit_test(test_name_limits),
        cmocka_unit_test(test_kinds),    cmocka_unit_test(test_charsets),
        cmocka_unit_test(test_profiles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
