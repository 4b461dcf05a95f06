/*
 * xlsx_write: see xlsx_write.h. Pure; runs in cored and the command line.
 *
 * Strings stand in their cells (inlineStr). Cell styles: 0 plain, 1 bold (header), 2 text, 3 date,
 * 4 date and time, 5 time.
 */
#include "format/sheet/xlsx_write.h"

#include "base/mem/ensure.h"
#include "base/text/utf8.h"
#include "base/text/wareki.h"
#include "format/disarm/zip.h"

#include <stdlib.h>
#include <string.h>

enum { NAME_UNITS = 31, WIDTH_LEAST = 8, WIDTH_MOST = 60, ROW_MOST = 1048576 };
#define BODY_BYTES ((size_t)SHEET_PART_BYTES)
#define MAIN "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
#define OFFICE "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
#define PACKAGE "http://schemas.openxmlformats.org/package/2006/"
#define TYPE "application/vnd.openxmlformats-officedocument.spreadsheetml."
#define DECLARATION "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n"

enum style_number { STYLE_PLAIN, STYLE_BOLD, STYLE_TEXT, STYLE_DATE, STYLE_DATETIME, STYLE_TIME };

struct out_sheet {
    struct buf name;
    bool header;
};

struct xlsx_writer {
    bool wareki, open;
    struct zip_writer *zip;
    struct out_sheet sheets[SHEET_SHEETS];
    size_t sheet_count;
    uint32_t row, rows;
    struct buf body; /* the rows of the open sheet */
    unsigned width[SHEET_COLUMNS];
};

struct xlsx_writer *
xlsx_writer_new(bool wareki)
{
    struct xlsx_writer *w = calloc(1, sizeof *w);
    ensure(w != NULL);
    w->wareki = wareki;
    w->zip = zip_writer_new();
    buf_init(&w->body, BODY_BYTES);
    return w;
}

void
xlsx_writer_free(struct xlsx_writer *w)
{
    if (w == NULL)
        return;
    for (size_t i = 0; i < w->sheet_count; i++)
        buf_free(&w->sheets[i].name);
    buf_free(&w->body);
    zip_writer_free(w->zip);
    free(w);
}

/* Appends S as XML text, with what looks like an escape of Excel (_x0041_) escaped. False: a
 * character that XML cannot hold. */
static bool
put_xml(struct buf *out, struct str s)
{
    while (s.n > 0) {
        struct str before = s;
        int32_t c = utf8_next(&s);
        bool control = c < ' ' && c != '\t' && c != '\n';
        if (c < 0 || control || c == 0xFFFE || c == 0xFFFF)
            return false;
        if (c == '&')
            buf_put_z(out, "&amp;");
        else if (c == '<')
            buf_put_z(out, "&lt;");
        else if (c == '>')
            buf_put_z(out, "&gt;");
        else if (c == '"')
            buf_put_z(out, "&quot;");
        else if (c == '_' && s.n >= 6 && s.p[0] == 'x' && s.p[5] == '_')
            buf_put_z(out, "_x005F_");
        else
            buf_put(out, before.p, before.n - s.n);
    }
    return true;
}

/* ---- the names of sheets ---- */

static bool
name_taken(const struct xlsx_writer *w, struct str name)
{
    for (size_t i = 0; i < w->sheet_count; i++)
        if (str_equal_nocase(buf_str(&w->sheets[i].name), name))
            return true;
    return false;
}

/* Appends what Excel takes of NAME, at most UNITS. */
static void
put_name(struct buf *out, struct str name, unsigned units)
{
    while (name.n > 0) {
        int32_t c = utf8_next(&name);
        unsigned more = c > 0xFFFF ? 2 : 1;
        if (more > units)
            return;
        units -= more;
        bool edge = c == '\'' && (out->n == 0 || name.n == 0);
        if (c < ' ' || c == 0x7F || edge || (c < 0x80 && strchr("[]:*?/\\", c) != NULL) ||
            c >= 0xFFFE)
            c = '_';
        utf8_put(out, (uint32_t)c);
    }
}

static void
make_name(struct xlsx_writer *w, struct str name, struct buf *out)
{
    buf_init(out, SHEET_NAME_BYTES);
    put_name(out, name, NAME_UNITS);
    if (out->n == 0)
        buf_put_z(out, "Sheet");
    if (out->p[out->n - 1] == '\'')
        out->p[out->n - 1] = '_';
    if (str_equal_nocase(buf_str(out), STR("History")))
        buf_put_char(out, '_');
    for (unsigned n = 2; name_taken(w, buf_str(out)); n++) {
        buf_clear(out);
        put_name(out, name, NAME_UNITS - 6);
        buf_printf(out, " (%u)", n);
    }
}

/* ---- cells ---- */

/* True when S is a number as Excel keeps it: at most 15 digits, no needless zeros. */
static bool
is_number(struct str s)
{
    size_t i = s.n > 0 && s.p[0] == '-', digits = 0, whole = 0;
    bool zero = i < s.n && s.p[i] == '0';
    for (; i < s.n && s.p[i] >= '0' && s.p[i] <= '9'; i++)
        whole++;
    digits = whole;
    if (i < s.n && s.p[i] == '.') {
        size_t from = digits;
        for (i++; i < s.n && s.p[i] >= '0' && s.p[i] <= '9'; i++)
            digits++;
        if (digits == from || s.p[s.n - 1] == '0')
            return false;
    }
    return i == s.n && whole > 0 && digits <= 15 && !(zero && whole > 1) && !str_equal_z(s, "-0");
}

/* Two digits at I, or -1. */
static int
two(struct str s, size_t i)
{
    if (i + 2 > s.n || s.p[i] < '0' || s.p[i] > '9' || s.p[i + 1] < '0' || s.p[i + 1] > '9')
        return -1;
    return (s.p[i] - '0') * 10 + s.p[i + 1] - '0';
}

/* Days from 1899-12-30 of the date that S begins with; -1 when it is none, or before the day on
 * which Excel's calendar is right. */
static int64_t
day_of(struct str s)
{
    enum { FIRST_RIGHT = 61 };
    int high = two(s, 0), low = two(s, 2), month = two(s, 5), day = two(s, 8);
    if (s.n < 10 || high < 0 || low < 0 || month < 1 || day < 1 || s.p[4] != '-' || s.p[7] != '-')
        return -1;
    struct wareki_date date = {high * 100 + low, month, day};
    if (!wareki_exists(date))
        return -1;
    int64_t y = date.year - (month <= 2), era = y / 400, yoe = y - era * 400;
    int64_t doy = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    int64_t serial = era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468 + 25569;
    return serial >= FIRST_RIGHT ? serial : -1;
}

/* Seconds of hh:mm:ss, or -1. */
static int
clock_of(struct str s)
{
    int hour = two(s, 0), minute = two(s, 3), second = two(s, 6);
    if (s.n != 8 || hour < 0 || minute < 0 || second < 0 || s.p[2] != ':' || s.p[5] != ':' ||
        minute > 59 || second > 59)
        return -1;
    return hour * 3600 + minute * 60 + second;
}

/* The value of CELL as Excel keeps it in OUT and its style; STYLE_TEXT when it is to be text. */
static enum style_number
put_value(struct buf *out, const struct sheet_cell *cell)
{
    struct str s = cell->text;
    int64_t day = day_of(s);
    int clock = clock_of(cell->type == SHEET_DATETIME ? str_slice(s, 11, s.n) : s);
    if (cell->type == SHEET_NUMBER && is_number(s)) {
        buf_put_str(out, s);
        return STYLE_PLAIN;
    }
    if (cell->type == SHEET_DATE && day >= 0 && s.n == 10) {
        buf_printf(out, "%lld", (long long)day);
        return STYLE_DATE;
    }
    if (cell->type == SHEET_DATETIME && day >= 0 && clock >= 0 && clock < 86400 && s.p[10] == 'T') {
        buf_printf(out, "%.10f", (double)day + clock / 86400.0);
        return STYLE_DATETIME;
    }
    if (cell->type == SHEET_TIME && clock >= 0) {
        buf_printf(out, "%.15g", clock / 86400.0);
        return STYLE_TIME;
    }
    return STYLE_TEXT;
}

static void
grow_width(struct xlsx_writer *w, size_t column, struct str text)
{
    unsigned width = 2;
    while (text.n > 0 && width < WIDTH_MOST) {
        int32_t c = utf8_next(&text);
        if (c == '\n')
            break;
        width += c >= 0x1100 && !(c >= 0xFF61 && c <= 0xFF9F) ? 2 : 1;
    }
    if (width > w->width[column])
        w->width[column] = width;
}

static int
put_cell(struct xlsx_writer *w, const struct sheet_row *row, size_t column, struct err *err)
{
    const struct sheet_cell *cell = &row->cells[column];
    char text[40];
    struct buf place, value, *out = &w->body;
    if (cell->text.n == 0)
        return 0;
    buf_init(&place, 16);
    buf_init(&value, sizeof text);
    sheet_put_column(&place, (uint32_t)column);
    buf_printf(&place, "%u", row->number);
    enum style_number style = put_value(&value, cell);
    bool bold = w->sheets[w->sheet_count - 1].header && w->rows == 0, good = true;
    grow_width(w, column, cell->text);
    if (cell->type == SHEET_BOOL) {
        bool yes = str_equal_z(cell->text, "1");
        buf_printf(out, "<c r=\"%.*s\" t=\"b\"><v>%d</v></c>", STR_FMT(buf_str(&place)), yes);
    } else if (style != STYLE_TEXT && !bold) {
        buf_printf(out, "<c r=\"%.*s\" s=\"%d\"><v>%.*s</v></c>", STR_FMT(buf_str(&place)),
                   (int)style, STR_FMT(buf_str(&value)));
    } else {
        buf_printf(out, "<c r=\"%.*s\" s=\"%d\" t=\"inlineStr\"><is><t xml:space=\"preserve\">",
                   STR_FMT(buf_str(&place)), bold ? (int)STYLE_BOLD : (int)STYLE_TEXT);
        if (cell->text.p[0] == '\'' && sheet_is_risky(cell->text))
            buf_put_char(out, '\''); /* our reader takes one off */
        good = put_xml(out, cell->text);
        buf_put_z(out, "</t></is></c>");
    }
    const char *code = cell->text.n > SHEET_CELL_BYTES ? "sheet.cell"
                       : good                          ? NULL
                                                       : "sheet.control";
    if (code != NULL)
        (void)ERR(err, code, "%.*s", STR_FMT(buf_str(&place)));
    buf_free(&place);
    buf_free(&value);
    return code != NULL ? -1 : 0;
}

int
xlsx_writer_row(struct xlsx_writer *w, const struct sheet_row *row, struct err *err)
{
    if (!w->open || row->number <= w->row || row->number > ROW_MOST)
        return ERR(err, "sheet.order", "%u", row->number);
    if (row->count > SHEET_COLUMNS)
        return ERR(err, "sheet.columns", "%u", row->number);
    if (w->rows >= SHEET_ROWS)
        return ERR(err, "sheet.rows", "%u", row->number);
    buf_printf(&w->body, "<row r=\"%u\">", row->number);
    for (size_t i = 0; i < row->count; i++)
        if (put_cell(w, row, i, err) < 0)
            return -1;
    buf_put_z(&w->body, "</row>");
    w->row = row->number;
    w->rows++;
    return buf_done(&w->body, err);
}

/* ---- parts ---- */

static void
add_part(struct xlsx_writer *w, const char *name, struct buf *content)
{
    ensure(!content->over);
    zip_writer_add(w->zip, str_of(name), buf_str(content), false);
    buf_free(content);
}

static int
close_sheet(struct xlsx_writer *w, struct err *err)
{
    struct buf part, name;
    if (!w->open)
        return 0;
    w->open = false;
    buf_init(&part, BODY_BYTES + (1 << 20));
    buf_put_z(&part, DECLARATION "<worksheet xmlns=\"" MAIN "\"><sheetViews><sheetView ");
    if (w->sheet_count == 1)
        buf_put_z(&part, "tabSelected=\"1\" ");
    buf_put_z(&part, "workbookViewId=\"0\">");
    if (w->sheets[w->sheet_count - 1].header && w->rows > 0)
        buf_put_z(&part, "<pane ySplit=\"1\" topLeftCell=\"A2\" activePane=\"bottomLeft\" "
                         "state=\"frozen\"/>");
    buf_put_z(&part, "</sheetView></sheetViews><cols>");
    for (unsigned i = 0; i < SHEET_COLUMNS; i++)
        if (w->width[i] > 0)
            buf_printf(&part, "<col min=\"%u\" max=\"%u\" width=\"%u\" customWidth=\"1\"/>", i + 1,
                       i + 1, w->width[i] < WIDTH_LEAST ? WIDTH_LEAST : w->width[i]);
    if (str_ends(buf_str(&part), STR("<cols>")))
        part.n -= strlen("<cols>");
    else
        buf_put_z(&part, "</cols>");
    buf_put_z(&part, "<sheetData>");
    buf_put_str(&part, buf_str(&w->body));
    buf_put_z(&part, "</sheetData></worksheet>");
    buf_free(&w->body);
    if (buf_done(&part, err) < 0) {
        buf_free(&part);
        return -1;
    }
    buf_init(&name, 80);
    buf_printf(&name, "xl/worksheets/sheet%zu.xml%c", w->sheet_count, 0);
    add_part(w, name.p, &part);
    buf_free(&name);
    return 0;
}

int
xlsx_writer_sheet(struct xlsx_writer *w, struct str name, bool header, struct err *err)
{
    if (close_sheet(w, err) < 0)
        return -1;
    if (w->sheet_count >= SHEET_SHEETS)
        return ERR(err, "sheet.form", "%zu", w->sheet_count);
    struct out_sheet sheet = {.header = header};
    make_name(w, name, &sheet.name);
    w->sheets[w->sheet_count++] = sheet;
    memset(w->width, 0, sizeof w->width);
    w->row = w->rows = 0;
    w->open = true;
    return 0;
}

static void
put_styles(struct xlsx_writer *w)
{
    const char *day =
        w->wareki ? "[$-411]ggge&quot;年&quot;m&quot;月&quot;d&quot;日&quot;" : "yyyy\\-mm\\-dd";
    struct buf part;
    buf_init(&part, 1 << 16);
    buf_printf(&part,
               DECLARATION "<styleSheet xmlns=\"" MAIN "\"><numFmts count=\"3\">"
                           "<numFmt numFmtId=\"164\" formatCode=\"%s\"/>"
                           "<numFmt numFmtId=\"165\" formatCode=\"%s\\ hh:mm:ss\"/>"
                           "<numFmt numFmtId=\"166\" formatCode=\"[hh]:mm:ss\"/></numFmts>",
               day, day);
    buf_put_z(&part, "<fonts count=\"2\"><font><sz val=\"11\"/><name val=\"游ゴシック\"/></font>"
                     "<font><b/><sz val=\"11\"/><name val=\"游ゴシック\"/></font></fonts>"
                     "<fills count=\"2\"><fill><patternFill patternType=\"none\"/></fill><fill>"
                     "<patternFill patternType=\"gray125\"/></fill></fills><borders count=\"1\">"
                     "<border><left/><right/><top/><bottom/><diagonal/></border></borders>"
                     "<cellStyleXfs count=\"1\"><xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" "
                     "borderId=\"0\"/></cellStyleXfs><cellXfs count=\"6\">");
    static const struct {
        int format, font;
    } styles[] = {{0, 0}, {49, 1}, {49, 0}, {164, 0}, {165, 0}, {166, 0}};
    for (size_t i = 0; i < sizeof styles / sizeof *styles; i++)
        buf_printf(&part,
                   "<xf numFmtId=\"%d\" fontId=\"%d\" fillId=\"0\" borderId=\"0\" xfId=\"0\" "
                   "applyNumberFormat=\"1\" applyFont=\"1\"/>",
                   styles[i].format, styles[i].font);
    buf_put_z(&part, "</cellXfs><cellStyles count=\"1\"><cellStyle name=\"Normal\" xfId=\"0\" "
                     "builtinId=\"0\"/></cellStyles></styleSheet>");
    add_part(w, "xl/styles.xml", &part);
}

static void
put_workbook(struct xlsx_writer *w)
{
    struct buf book, relations, types;
    buf_init(&book, 1 << 20);
    buf_init(&relations, 1 << 20);
    buf_init(&types, 1 << 20);
    buf_put_z(&book, DECLARATION "<workbook xmlns=\"" MAIN "\" xmlns:r=\"" OFFICE "\"><sheets>");
    buf_put_z(&relations, DECLARATION "<Relationships xmlns=\"" PACKAGE "relationships\">");
    buf_put_z(&types, DECLARATION
              "<Types xmlns=\"" PACKAGE "content-types\"><Default Extension=\"rels\" "
              "ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>"
              "<Default Extension=\"xml\" ContentType=\"application/xml\"/>"
              "<Override PartName=\"/xl/workbook.xml\" ContentType=\"" TYPE "sheet.main+xml\"/>"
              "<Override PartName=\"/xl/styles.xml\" ContentType=\"" TYPE "styles+xml\"/>");
    for (size_t i = 0; i < w->sheet_count; i++) {
        size_t n = i + 1;
        buf_put_z(&book, "<sheet name=\"");
        ensure(put_xml(&book, buf_str(&w->sheets[i].name)));
        buf_printf(&book, "\" sheetId=\"%zu\" r:id=\"rId%zu\"/>", n, n);
        buf_printf(&relations,
                   "<Relationship Id=\"rId%zu\" Type=\"" OFFICE
                   "/worksheet\" Target=\"worksheets/sheet%zu.xml\"/>",
                   n, n);
        buf_printf(&types,
                   "<Override PartName=\"/xl/worksheets/sheet%zu.xml\" ContentType=\"" TYPE
                   "worksheet+xml\"/>",
                   n);
    }
    buf_put_z(&book, "</sheets></workbook>");
    buf_printf(&relations,
               "<Relationship Id=\"rId%zu\" Type=\"" OFFICE
               "/styles\" Target=\"styles.xml\"/></Relationships>",
               w->sheet_count + 1);
    buf_put_z(&types, "</Types>");
    add_part(w, "xl/workbook.xml", &book);
    add_part(w, "xl/_rels/workbook.xml.rels", &relations);
    buf_init(&relations, 1 << 12);
    buf_put_z(&relations, DECLARATION "<Relationships xmlns=\"" PACKAGE
                                      "relationships\"><Relationship Id=\"rId1\" Type=\"" OFFICE
                                      "/officeDocument\" Target=\"xl/workbook.xml\"/>"
                                      "</Relationships>");
    add_part(w, "_rels/.rels", &relations);
    add_part(w, "[Content_Types].xml", &types);
}

int
xlsx_writer_put(struct xlsx_writer *w, struct buf *out, struct err *err)
{
    if (w->sheet_count == 0)
        return ERR(err, "sheet.form", "0");
    if (close_sheet(w, err) < 0)
        return -1;
    put_styles(w);
    put_workbook(w);
    zip_writer_put(w->zip, 1, out); /* the list of types first, as Excel does */
    return buf_done(out, err);
}
