/* Unit tests of format/sheet: decoding, CSV, guards, styles and serials, the stream, both writers.
 */
#include "base/mem/arena.h"
#include "base/text/cp932.h"
#include "format/sheet/csv_write.h"
#include "format/sheet/sheet.h"
#include "format/sheet/stream.h"
#include "format/sheet/xlsx.h"
#include "format/sheet/xlsx_write.h"

#include <stdio.h>
#include <string.h>

#include "tests/test.h"

/* What a reading gave, as lines: "#name", "2|a|b", "!code place" (problem), "?code place". */
struct seen {
    struct buf text;
    struct buf stream;
    struct sheet_result result;
    struct err err;
    int rc;
};

static int
on_sheet(void *data, struct str name, struct err *err)
{
    struct seen *s = data;
    (void)err;
    buf_printf(&s->text, "#%.*s\n", STR_FMT(name));
    sheet_stream_put_sheet(&s->stream, name);
    return 0;
}

static int
on_row(void *data, const struct sheet_row *row, struct err *err)
{
    static const char types[] = "_tndDTb";
    struct seen *s = data;
    (void)err;
    buf_printf(&s->text, "%u", row->number);
    for (size_t i = 0; i < row->count; i++) {
        const struct sheet_cell *c = &row->cells[i];
        buf_put_char(&s->text, '|');
        if (c->type != SHEET_TEXT)
            buf_put_char(&s->text, types[c->type]);
        if (c->type != SHEET_TEXT)
            buf_put_char(&s->text, ':');
        buf_put_str(&s->text, c->text);
        buf_put_z(&s->text, c->flags & SHEET_FORMULA ? "{f}" : "");
        buf_put_z(&s->text, c->flags & SHEET_DIGITS ? "{15}" : "");
        buf_put_z(&s->text, c->flags & SHEET_GUARDED ? "{'}" : "");
    }
    buf_put_char(&s->text, '\n');
    sheet_stream_put_row(&s->stream, row);
    return 0;
}

static int
on_note(void *data, const struct sheet_note *note, struct err *err)
{
    struct seen *s = data;
    (void)err;
    if (strcmp(note->code, "sheet.formula") != 0 && strcmp(note->code, "sheet.digits") != 0)
        buf_printf(&s->text, "%c%s %.*s\n", note->problem ? '!' : '?', note->code,
                   STR_FMT(note->place));
    sheet_stream_put_note(&s->stream, note);
    return 0;
}

static void
read_as(struct seen *s, struct str source, const struct sheet_options *options)
{
    struct sheet_sink sink = {s, on_sheet, on_row, on_note};
    struct arena *arena = arena_new(SHEET_ARENA_BYTES);
    *s = (struct seen){.err = {.code = ""}};
    buf_init(&s->text, 64 << 20);
    buf_init(&s->stream, 64 << 20);
    s->rc = sheet_read(arena, source, options, &sink, &s->result, &s->err);
    if (s->rc == 0)
        sheet_stream_put_end(&s->stream, &s->result);
    else
        sheet_stream_put_error(&s->stream, &s->err);
    arena_free(arena);
}

static void
seen_done(struct seen *s)
{
    buf_free(&s->text);
    buf_free(&s->stream);
}

/* Reads CSV SOURCE called t.csv and compares all that came. */
static void
expect_csv(struct str source, const struct sheet_options *options, const char *want)
{
    struct seen s;
    struct sheet_options plain = {.name = STR("t")};
    read_as(&s, source, options == NULL ? &plain : options);
    if (s.rc < 0)
        buf_printf(&s.text, "-%s %s\n", s.err.code, s.err.detail);
    buf_put_char(&s.text, 0);
    assert_string_equal(s.text.p, want);
    seen_done(&s);
}

static void
test_csv_form(void **state)
{
    (void)state;
    expect_csv(STR("a,b\r\n1,\"x \"\"y\"\" z\"\r\n"), NULL, "#t\n1|a|b\n2|1|x \"y\" z\n");
    expect_csv(STR("a,b\n\"1\r\n2\",\n\n,,\n,c"), NULL, "#t\n1|a|b\n2|1\n2\n5|_:|c\n");
    expect_csv(STR("a\rb\r\rc"), NULL, "#t\n1|a\n2|b\n4|c\n");
    expect_csv(STR("a\tb,c\n"), NULL, "#t\n1|a\tb|c\n");
    expect_csv(STR("5\" disk,x\n"), NULL, "#t\n1|5\" disk|x\n");
    expect_csv(STR("a\n\"b"), NULL, "#t\n1|a\n-sheet.quote t!A2\n");
    expect_csv(STR("a,\"b\"c\n"), NULL, "#t\n-sheet.quote t!B1\n");
    expect_csv(STR("a,b\0c\n"), NULL, "#t\n-sheet.control t!B1\n");
    expect_csv(STR(""), NULL, "#t\n");
    expect_csv(STR("=1+1,1.23457E+15,1.5E+X\n"), NULL, "#t\n1|=1+1{f}|1.23457E+15{15}|1.5E+X\n");
    struct sheet_options tab = {.name = STR("t"), .separator = '\t'};
    expect_csv(STR("a,b\tc"), &tab, "#t\n1|a,b|c\n");
    struct sheet_options other = {.name = STR("t"), .sheet = STR("u")};
    expect_csv(STR("a"), &other, "-sheet.none u\n");
}

static void
test_csv_limits(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, 4 << 20);
    for (int i = 0; i < SHEET_COLUMNS; i++)
        buf_put_z(&b, ",");
    expect_csv(buf_str(&b), NULL, "#t\n");
    buf_put_z(&b, "x");
    expect_csv(buf_str(&b), NULL, "#t\n-sheet.columns t!GS1\n");
    buf_clear(&b);
    for (int i = 0; i < SHEET_CELL_BYTES + 1; i++)
        buf_put_z(&b, "x");
    expect_csv(buf_str(&b), NULL, "#t\n-sheet.cell t!A1\n");
    struct seen s;
    struct sheet_options plain = {.name = STR("t")};
    read_as(&s, str_slice(buf_str(&b), 0, SHEET_CELL_BYTES), &plain);
    assert_int_equal(s.rc, 0);
    seen_done(&s);
    buf_clear(&b);
    for (int i = 0; i < SHEET_ROWS; i++)
        buf_put_z(&b, "x\n\n");
    read_as(&s, buf_str(&b), &plain);
    assert_int_equal(s.rc, 0);
    assert_int_equal(s.result.rows, SHEET_ROWS);
    seen_done(&s);
    buf_put_z(&b, "y\n");
    read_as(&s, buf_str(&b), &plain);
    assert_int_equal(s.rc, -1);
    assert_string_equal(s.err.code, "sheet.rows");
    assert_string_equal(s.err.detail, "t!400001");
    seen_done(&s);
    buf_free(&b);
}

static void
test_encoding(void **state)
{
    (void)state;
    struct sheet_options o = {.name = STR("t")};
    expect_csv(STR("\xEF\xBB\xBF氏名\n髙﨑\n"), NULL, "#t\n1|氏名\n2|髙﨑\n");
    expect_csv(STR("氏名\n"), NULL, "#t\n1|氏名\n");
    expect_csv(STR("\x8E\x81\x96\xBC\r\n\x87\x40\xFB\xFC\r\n"), NULL, "#t\n1|氏名\n2|①髙\n");
    expect_csv(STR("\xFF\xFE\x0F\x5C\t\0\x42\xD8\xB7\xDF\r\0\n\0"), NULL, "#t\n1|小|𠮷\n");
    expect_csv(STR("\xFF\xFE\x42\xD8"), NULL, "-sheet.encoding utf-16le 0\n");
    expect_csv(STR("\xFF\xFE\xB7\xDF"), NULL, "-sheet.encoding utf-16le 0\n");
    expect_csv(STR("\xFF\xFE\x41"), NULL, "-sheet.encoding utf-16le 1\n");
    expect_csv(STR("\xFE\xFF\0A"), NULL, "-sheet.encoding utf-16be\n");
    expect_csv(STR("ab\xA0\n"), NULL, "-sheet.encoding 2\n");
    o.encoding = SHEET_UTF8;
    expect_csv(STR("\x8E\x81\n"), &o, "-sheet.encoding utf-8 0\n");
    o.encoding = SHEET_CP932;
    expect_csv(STR("\xC3\xB1\n"), &o, "#t\n1|ﾃｱ\n");
}

/* C3 B1 is ñ in UTF-8 and ﾃｱ in CP932: the titles decide, else a person. */
static void
test_encoding_ask(void **state)
{
    (void)state;
    struct str kana = STR("テア"), latin = STR("ñ"), plain = STR("id");
    struct sheet_options o = {.name = STR("t.csv"), .headers = &kana, .header_count = 1};
    expect_csv(STR("\xC3\xB1\n"), &o, "#t\n1|ﾃｱ\n");
    o.headers = &latin;
    expect_csv(STR("\xC3\xB1\n"), &o, "#t\n1|ñ\n");
    o.headers = &plain;
    expect_csv(STR("id\n\xC3\xB1\n"), &o, "-sheet.encoding_ask t.csv\n");
    expect_csv(STR("id\nabc\n"), &o, "#t\n1|id\n2|abc\n");
    o.header_count = 0;
    expect_csv(STR("\xC3\xB1\n"), &o, "#t\n1|ñ\n");
    struct buf a, b;
    buf_init(&a, 1000);
    buf_init(&b, 1000);
    assert_int_equal(sheet_fold_title(&a, STR("職員 ＩＤ ｶﾞ"), NULL), 0);
    assert_int_equal(sheet_fold_title(&b, STR("職員id　ガ"), NULL), 0);
    assert_true(str_equal(buf_str(&a), buf_str(&b)));
    buf_free(&a);
    buf_free(&b);
}

static void
test_stream(void **state)
{
    (void)state;
    struct seen s;
    struct sheet_options o = {.name = STR("名簿")};
    read_as(&s, STR("a,,c\n'=x,=y\n"), &o);
    struct sheet_stream stream = {0};
    struct sheet_record record;
    struct str all = buf_str(&s.stream), rest = all;
    struct err err;
    assert_int_equal(sheet_stream_next(&stream, &rest, &record, &err), 1);
    assert_int_equal(record.kind, SHEET_RECORD_SHEET);
    assert_true(str_equal_z(record.name, "名簿"));
    assert_int_equal(sheet_stream_next(&stream, &rest, &record, &err), 1);
    assert_int_equal(record.row.count, 3);
    assert_int_equal(record.row.cells[1].type, SHEET_EMPTY);
    assert_true(str_equal_z(record.row.cells[2].text, "c"));
    assert_int_equal(sheet_stream_next(&stream, &rest, &record, &err), 1);
    assert_int_equal(record.kind, SHEET_RECORD_NOTE);
    assert_string_equal(record.note.code, "sheet.formula");
    assert_true(str_equal_z(record.note.place, "名簿!B2"));
    assert_int_equal(sheet_stream_next(&stream, &rest, &record, &err), 1);
    assert_int_equal(record.row.cells[0].flags, SHEET_GUARDED);
    assert_int_equal(sheet_stream_next(&stream, &rest, &record, &err), 1);
    assert_int_equal(record.kind, SHEET_RECORD_END);
    assert_int_equal(record.result.rows, 2);
    assert_int_equal(sheet_stream_next(&stream, &rest, &record, &err), 0);
    /* Cut anywhere: never a wrong record, never an end. */
    for (size_t n = 0; n < all.n; n++) {
        struct sheet_stream cut = {0};
        rest = str_slice(all, 0, n);
        while (sheet_stream_next(&cut, &rest, &record, &err) > 0)
            assert_int_not_equal(record.kind, SHEET_RECORD_END);
        assert_false(cut.done);
    }
    seen_done(&s);
}

/* One record of KIND and BODY before which STREAM stands. */
static int
take_one(struct sheet_stream stream, char kind, struct str body)
{
    struct buf b;
    struct sheet_record record;
    struct err err;
    buf_init(&b, 1000);
    buf_put_char(&b, kind);
    buf_put(&b, (char[4]){(char)body.n, 0, 0, 0}, 4);
    buf_put_str(&b, body);
    struct str rest = buf_str(&b);
    int rc = sheet_stream_next(&stream, &rest, &record, &err);
    buf_free(&b);
    return rc;
}

static void
test_stream_lies(void **state)
{
    (void)state;
    struct sheet_stream none = {0}, in = {.has_sheet = true, .sheets = 1, .row = 4};
    assert_int_equal(take_one(in, 'R', STR("\5\0\0\0\1\0\1\1\0x")), 1);
    assert_int_equal(take_one(none, 'R', STR("\5\0\0\0\1\0\1\1\0x")), -1);  /* no sheet */
    assert_int_equal(take_one(in, 'R', STR("\4\0\0\0\1\0\1\1\0x")), -1);    /* does not rise */
    assert_int_equal(take_one(in, 'R', STR("\5\0\0\0\2\0\1\1\0x")), -1);    /* a cell too few */
    assert_int_equal(take_one(in, 'R', STR("\5\0\0\0\1\0\1\1\0xy")), -1);   /* a byte too many */
    assert_int_equal(take_one(in, 'R', STR("\5\0\0\0\1\0\7\1\0x")), -1);    /* unknown type */
    assert_int_equal(take_one(in, 'R', STR("\5\0\0\0\1\0\1\1\0\xFF")), -1); /* no UTF-8 */
    assert_int_equal(take_one(in, 'R', STR("\5\0\0\0\1\0\0\1\0x")), -1);    /* empty with a text */
    assert_int_equal(take_one(in, 'N', STR("\1\014sheet.mergedA1")), 1);
    assert_int_equal(take_one(in, 'N', STR("\2\014sheet.mergedA1")), -1);
    assert_int_equal(take_one(in, 'N', STR("\1\014sheet.mergexA1")), -1); /* no code of ours */
    assert_int_equal(take_one(in, 'X', STR("\011sheet.zipx")), 1);
    assert_int_equal(take_one(in, 'Z', STR("")), -1);
    char end[19] = {1, 1, 0, 1, 0, 0, 0, 7};
    assert_int_equal(take_one(in, 'E', (struct str){end, 19}), -1); /* counts rows it never gave */
    end[7] = 0;
    assert_int_equal(take_one(in, 'E', (struct str){end, 19}), 1);
    struct sheet_stream done = {.done = true};
    assert_int_equal(take_one(done, 'S', STR("a")), -1);
}

static void
test_guard(void **state)
{
    (void)state;
    static const char *const texts[] = {"=1",  "+1",  "-1",    "@a",  "＝1",  "＋", "－", "＠",
                                        "\ta", "\na", "'=",    "''=", "'",    "'a", "a=", "",
                                        "\"",  "a\"", "\"\"x", "a,b", "a\nb", "-"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct buf out;
        struct csv_writer w;
        struct err err;
        struct seen s;
        struct sheet_options o = {.name = STR("t")};
        struct sheet_cell cells[2] = {{str_of(texts[i]), SHEET_TEXT, 0}, {STR("z"), SHEET_TEXT, 0}};
        struct sheet_row row = {1, 2, cells};
        buf_init(&out, 1000);
        assert_int_equal(csv_writer_init(&w, SHEET_UTF8, ',', (struct str){0}, &out, &err), 0);
        csv_writer_row(&w, &row);
        assert_int_equal(csv_writer_done(&w, &err), 0);
        const char *first = out.p + 3 + (out.p[3] == '"');
        if (sheet_is_risky(str_of(texts[i])))
            assert_int_equal(*first, '\'');
        read_as(&s, buf_str(&out), &o);
        assert_int_equal(s.rc, 0);
        struct sheet_stream stream = {0};
        struct sheet_record record;
        struct str rest = buf_str(&s.stream);
        while (sheet_stream_next(&stream, &rest, &record, &err) > 0 &&
               record.kind != SHEET_RECORD_ROW)
            continue;
        assert_int_equal(record.kind, SHEET_RECORD_ROW);
        assert_true(str_equal_z(record.row.cells[0].text, texts[i]));
        seen_done(&s);
        buf_free(&out);
    }
    assert_false(sheet_is_risky(STR("'a")));
    assert_false(sheet_is_risky(STR("")));
}

static void
test_cp932_lacks(void **state)
{
    (void)state;
    struct buf out;
    struct csv_writer w;
    struct err err;
    struct sheet_cell cells[] = {{STR("㈱髙﨑～"), SHEET_TEXT, 0},
                                 {STR("𠮷野、葛󠄀城"), SHEET_TEXT, 0},
                                 {STR("-5"), SHEET_NUMBER, 0}};
    struct sheet_row row = {7, 3, cells};
    buf_init(&out, 1000);
    assert_int_equal(csv_writer_init(&w, SHEET_CP932, ',', (struct str){0}, &out, &err), 0);
    csv_writer_row(&w, &row);
    assert_int_equal(csv_writer_done(&w, &err), -1);
    assert_string_equal(err.code, "sheet.lacks");
    assert_string_equal(err.detail, "B7 U+20BB7, B7 U+E0100");
    assert_int_equal(w.lack_count, 2);
    buf_clear(&out);
    assert_int_equal(csv_writer_init(&w, SHEET_CP932, ',', STR("〓"), &out, &err), 0);
    csv_writer_row(&w, &row);
    assert_int_equal(csv_writer_done(&w, &err), 0);
    struct buf back;
    buf_init(&back, 1000);
    assert_int_equal(cp932_to_utf8(&back, buf_str(&out), &err), 0);
    buf_put_char(&back, 0);
    assert_string_equal(back.p, "㈱髙﨑～,〓野、葛〓城,-5\r\n");
    assert_int_equal(csv_writer_init(&w, SHEET_CP932, ',', STR("𠮷"), &out, &err), -1);
    assert_string_equal(err.code, "sheet.replacement");
    assert_int_equal(csv_writer_init(&w, SHEET_UTF16LE, ',', STR(""), &out, &err), -1);
    buf_free(&back);
    buf_free(&out);
}

static void
expect_style(const char *code, enum form form)
{
    assert_int_equal(style_of_code(str_of(code)).form, form);
}

static void
test_format_codes(void **state)
{
    (void)state;
    expect_style("General", FORM_NUMBER);
    expect_style("0.00E+00", FORM_NUMBER);
    expect_style("#,##0;[Red]-#,##0", FORM_NUMBER);
    expect_style("\"yen\" 0", FORM_NUMBER);
    expect_style("[$¥-411]#,##0", FORM_NUMBER);
    expect_style("0_d", FORM_NUMBER);
    expect_style("@", FORM_NUMBER);
    expect_style("[Red]0", FORM_NUMBER);
    expect_style("yyyy/m/d", FORM_DATE);
    expect_style("[$-411]ggge\"年\"m\"月\"d\"日\";@", FORM_DATE);
    expect_style("[$-F800]dddd\\,\\ mmmm\\ dd\\,\\ yyyy", FORM_DATE);
    expect_style("aaa", FORM_DATE);
    expect_style("mmm", FORM_DATE);
    expect_style("yyyy/m/d h:mm", FORM_DATETIME);
    expect_style("h:mm AM/PM", FORM_TIME);
    expect_style("[h]:mm:ss", FORM_TIME);
    expect_style("mm:ss.0", FORM_TIME);
    expect_style("00000", FORM_ZEROS);
    assert_int_equal(style_of_code(STR("00000")).zeros, 5);
    expect_style("0", FORM_NUMBER);
    expect_style("0.00", FORM_NUMBER);
}

static void
expect_number(const char *text, struct style style, bool since_1904, const char *want)
{
    struct buf out;
    struct piece kind = {.type = SHEET_TEXT};
    buf_init(&out, 200);
    int rc = style_put(&out, str_of(text), style, since_1904, &kind);
    buf_printf(&out, "%s%s%c", kind.flags & SHEET_DIGITS ? "{15}" : "",
               rc > 0   ? "!"
               : rc < 0 ? "-"
                        : "",
               0);
    assert_string_equal(out.p, want);
    buf_free(&out);
}

static void
test_serials(void **state)
{
    (void)state;
    struct style plain = {0}, date = {.form = FORM_DATE}, both = {.form = FORM_DATETIME},
                 time = {.form = FORM_TIME}, zeros = {FORM_ZEROS, 6};
    expect_number("1", date, false, "1900-01-01");
    expect_number("59", date, false, "1900-02-28");
    expect_number("60", date, false, "60!");
    expect_number("61", date, false, "1900-03-01");
    expect_number("46112", date, false, "2026-03-31");
    expect_number("43586", date, false, "2019-05-01");
    expect_number("45351", date, false, "2024-02-29");
    expect_number("2958465", date, false, "9999-12-31");
    expect_number("2958466", date, false, "2958466!");
    expect_number("-1", date, false, "-1!");
    expect_number("0", date, false, "0!");
    expect_number("0", date, true, "1904-01-01");
    expect_number("44650", date, true, "2026-03-31");
    expect_number("46112.5", both, false, "2026-03-31T12:00:00");
    expect_number("46112.999999999", both, false, "2026-04-01T00:00:00");
    expect_number("0.395833333333333", time, false, "09:30:00");
    expect_number("1.5", time, false, "36:00:00");
    expect_number("123", zeros, false, "000123");
    expect_number("-123", zeros, false, "-123");
    expect_number("0.30000000000000004", plain, false, "0.3");
    expect_number("123456789012345", plain, false, "123456789012345");
    expect_number("1234567890123456", plain, false, "1234567890123456{15}");
    expect_number("1.23456789012345E+15", plain, false, "1234567890123450{15}");
    expect_number("-0", plain, false, "0");
    expect_number("1E5", plain, false, "100000");
    expect_number("0x10", plain, false, "-");
    expect_number("1e999", plain, false, "-");
    expect_number("nan", plain, false, "-");
    expect_number("", plain, false, "-");
    expect_number("1 ", plain, false, "-");
}

static void
test_xstring(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to;
    } pairs[] = {{"a_x0041_b", "aAb"},   {"_x005F_x0041_", "_x0041_"}, {"_x00", "_x00"},
                 {"_xZZZZ_", "_xZZZZ_"}, {"_xD842_", "_xD842_"},       {"_x_x0042_", "_xB"}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        struct buf out;
        buf_init(&out, 100);
        xstring_put(&out, str_of(pairs[i].from));
        assert_true(str_equal_z(buf_str(&out), pairs[i].to));
        buf_free(&out);
    }
}

static struct sheet_cell
cell_of(const char *text, enum sheet_type type)
{
    return (struct sheet_cell){str_of(text), (uint8_t)type, 0};
}

static void
write_book(struct buf *out, bool wareki)
{
    struct err err;
    struct sheet_cell head[] = {cell_of("氏名", SHEET_TEXT), cell_of("5", SHEET_NUMBER)};
    struct sheet_cell body[] = {cell_of("=cmd|' /C calc'!A0", SHEET_TEXT),
                                cell_of("'=x", SHEET_TEXT),
                                cell_of("00123", SHEET_NUMBER),
                                cell_of("-12.5", SHEET_NUMBER),
                                cell_of("2026-03-31", SHEET_DATE),
                                cell_of("2026-03-31T23:59:59", SHEET_DATETIME),
                                cell_of("25:00:01", SHEET_TIME),
                                cell_of("1", SHEET_BOOL),
                                cell_of("1873-01-01", SHEET_DATE),
                                cell_of("", SHEET_EMPTY),
                                cell_of("a\n<&>\"_x0041_ 𠮷葛󠄀", SHEET_TEXT),
                                cell_of("1234567890123456", SHEET_NUMBER)};
    struct sheet_row rows[] = {{1, 2, head}, {3, sizeof body / sizeof *body, body}};
    struct xlsx_writer *w = xlsx_writer_new(wareki);
    assert_int_equal(xlsx_writer_sheet(w, STR("名簿[1]"), true, &err), 0);
    assert_int_equal(xlsx_writer_row(w, &rows[0], &err), 0);
    assert_int_equal(xlsx_writer_row(w, &rows[1], &err), 0);
    assert_int_equal(xlsx_writer_row(w, &rows[1], &err), -1);
    assert_string_equal(err.code, "sheet.order");
    assert_int_equal(xlsx_writer_sheet(w, STR("名簿:1:"), false, &err), 0);
    assert_int_equal(xlsx_writer_row(w, &rows[0], &err), 0);
    assert_int_equal(xlsx_writer_put(w, out, &err), 0);
    xlsx_writer_free(w);
}

static void
test_xlsx_round_trip(void **state)
{
    (void)state;
    struct buf out, again;
    struct seen s;
    struct sheet_options o = {.name = STR("t.xlsx")};
    buf_init(&out, 1 << 20);
    buf_init(&again, 1 << 20);
    write_book(&out, true);
    write_book(&again, true);
    assert_true(str_equal(buf_str(&out), buf_str(&again)));
    read_as(&s, buf_str(&out), &o);
    assert_int_equal(s.rc, 0);
    buf_put_char(&s.text, 0);
    assert_string_equal(
        s.text.p, "#名簿_1_\n1|氏名|5\n3|=cmd|' /C calc'!A0|'=x{'}|00123|n:-12.5|"
                  "d:2026-03-31|D:2026-03-31T23:59:59|T:25:00:01|b:1|1873-01-01|_:|"
                  "a\n<&>\"_x0041_ 𠮷葛󠄀|1234567890123456\n#名簿_1_ (2)\n1|氏名|n:5\n");
    assert_int_equal(s.result.problems, 0);
    seen_done(&s);
    o.sheet = STR("名簿_1_ (2)");
    read_as(&s, buf_str(&out), &o);
    buf_put_char(&s.text, 0);
    assert_string_equal(s.text.p, "#名簿_1_ (2)\n1|氏名|n:5\n");
    seen_done(&s);
    o.sheet = STR("無");
    expect_csv(buf_str(&out), &o, "-sheet.none 無\n");
    /* A byte of the archive changed or lost: refused, or read as it was. */
    for (size_t i = 0; i < out.n; i += 7) {
        out.p[i] ^= 0x20;
        o.sheet = (struct str){0};
        read_as(&s, buf_str(&out), &o);
        seen_done(&s);
        out.p[i] ^= 0x20;
        read_as(&s, str_slice(buf_str(&out), 0, i), &o);
        assert_true(s.rc < 0 || i < 4);
        seen_done(&s);
    }
    buf_free(&out);
    buf_free(&again);
}

static void
test_xlsx_refusals(void **state)
{
    (void)state;
    struct err err;
    struct sheet_cell bell = cell_of("a\x01", SHEET_TEXT);
    struct sheet_row row = {1, 1, &bell};
    struct buf out;
    buf_init(&out, 1 << 20);
    struct xlsx_writer *w = xlsx_writer_new(false);
    assert_int_equal(xlsx_writer_put(w, &out, &err), -1);
    assert_int_equal(xlsx_writer_row(w, &row, &err), -1);
    assert_int_equal(xlsx_writer_sheet(w, STR("a"), false, &err), 0);
    assert_int_equal(xlsx_writer_row(w, &row, &err), -1);
    assert_string_equal(err.code, "sheet.control");
    assert_string_equal(err.detail, "A1");
    xlsx_writer_free(w);
    buf_free(&out);
    expect_csv(STR("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"), NULL, "-sheet.kind t\n");
    expect_csv(STR("PK\3\4 nothing"), NULL, "-sheet.zip parse.malformed zip end record\n");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_csv_form),      cmocka_unit_test(test_csv_limits),
        cmocka_unit_test(test_encoding),      cmocka_unit_test(test_encoding_ask),
        cmocka_unit_test(test_stream),        cmocka_unit_test(test_stream_lies),
        cmocka_unit_test(test_guard),         cmocka_unit_test(test_cp932_lacks),
        cmocka_unit_test(test_format_codes),  cmocka_unit_test(test_serials),
        cmocka_unit_test(test_xstring),       cmocka_unit_test(test_xlsx_round_trip),
        cmocka_unit_test(test_xlsx_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
