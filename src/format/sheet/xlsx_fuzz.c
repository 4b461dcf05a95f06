/* xlsx_fuzz: any bytes as a workbook; or, behind s, t or w, as the styles, the shared strings or
 * the sheet of an otherwise good one. What was read is written as a workbook and must read back
 * with the same texts. */
#include "base/mem/ensure.h"
#include "format/disarm/zip.h"
#include "format/sheet/sheet.h"
#include "format/sheet/xlsx_write.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MAIN "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
#define OFFICE "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
#define PACKAGE "http://schemas.openxmlformats.org/package/2006/relationships"

static const char package[] =
    "<Relationships xmlns='" PACKAGE "'><Relationship Id='a' Type='" OFFICE
    "/officeDocument' Target='w.xml'/></Relationships>";
static const char relations[] =
    "<Relationships xmlns='" PACKAGE "'><Relationship Id='a' Type='" OFFICE
    "/worksheet' Target='1.xml'/><Relationship Id='b' Type='" OFFICE
    "/styles' Target='s.xml'/><Relationship Id='c' Type='" OFFICE
    "/sharedStrings' Target='t.xml'/></Relationships>";
static const char workbook[] = "<workbook xmlns='" MAIN "' xmlns:r='" OFFICE
                               "'><sheets><sheet name='f' r:id='a'/></sheets></workbook>";
static const char styles[] = "<styleSheet xmlns='" MAIN "'><numFmts><numFmt numFmtId='170' "
                             "formatCode='yyyy'/></numFmts><cellXfs><xf numFmtId='0'/><xf "
                             "numFmtId='170'/></cellXfs></styleSheet>";
static const char strings[] = "<sst xmlns='" MAIN "'><si><t>a</t></si><si><t>b</t></si></sst>";
static const char sheet[] =
    "<worksheet xmlns='" MAIN "'><sheetData><row r='2'><c r='A2' t='s'><v>0"
    "</v></c><c r='C2' s='1'><v>46112</v></c></row></sheetData></worksheet>";

struct taken {
    struct buf texts;
    struct xlsx_writer *writer;
};

static int
on_sheet(void *data, struct str name, struct err *err)
{
    struct taken *t = data;
    return t->writer == NULL ? 0 : xlsx_writer_sheet(t->writer, name, false, err);
}

static int
on_row(void *data, const struct sheet_row *row, struct err *err)
{
    struct taken *t = data;
    buf_printf(&t->texts, "%u", row->number);
    for (size_t i = 0; i < row->count; i++)
        buf_printf(&t->texts, "\t%.*s", STR_FMT(row->cells[i].text));
    return t->writer == NULL ? 0 : xlsx_writer_row(t->writer, row, err);
}

static int
on_note(void *data, const struct sheet_note *note, struct err *err)
{
    (void)data;
    (void)err;
    ensure(sheet_code(str_of(note->code)) != NULL);
    return 0;
}

static int
take(struct taken *t, struct str source, struct err *err)
{
    struct sheet_result result;
    struct sheet_options options = {.name = STR("f")};
    struct arena *arena = arena_new(SHEET_ARENA_BYTES);
    struct sheet_sink sink = {t, on_sheet, on_row, on_note};
    int rc = sheet_read(arena, source, &options, &sink, &result, err);
    ensure(rc == 0 || sheet_code(str_of(err->code)) != NULL);
    arena_free(arena);
    return rc;
}

static void
check(struct str source)
{
    struct err err;
    struct buf out;
    struct taken first = {.writer = xlsx_writer_new(false)}, second = {0};
    buf_init(&out, 64 << 20);
    buf_init(&first.texts, 64 << 20);
    buf_init(&second.texts, 64 << 20);
    /* U+FFFE and U+FFFF can be read (escaped) but not written. */
    int rc = take(&first, source, &err);
    if (rc == 0) {
        ensure(xlsx_writer_put(first.writer, &out, &err) == 0);
        ensure(take(&second, buf_str(&out), &err) == 0);
        ensure(str_equal(buf_str(&first.texts), buf_str(&second.texts)));
    }
    xlsx_writer_free(first.writer);
    buf_free(&out);
    buf_free(&first.texts);
    buf_free(&second.texts);
}

static void
check_part(struct str part, char which)
{
    struct buf out;
    struct zip_writer *zip = zip_writer_new();
    buf_init(&out, 64 << 20);
    zip_writer_add(zip, STR("_rels/.rels"), str_of(package), true);
    zip_writer_add(zip, STR("w.xml"), str_of(workbook), true);
    zip_writer_add(zip, STR("_rels/w.xml.rels"), str_of(relations), true);
    zip_writer_add(zip, STR("s.xml"), which == 's' ? part : str_of(styles), true);
    zip_writer_add(zip, STR("t.xml"), which == 't' ? part : str_of(strings), true);
    zip_writer_add(zip, STR("1.xml"), which == 'w' ? part : str_of(sheet), true);
    zip_writer_put(zip, 0, &out);
    zip_writer_free(zip);
    check(buf_str(&out));
    buf_free(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str all = {(const char *)data, size};
    if (str_starts(all, STR("PK\3\4")))
        check(all);
    else if (size > 0)
        check_part(str_slice(all, 1, size), (char)data[0]);
    return 0;
}
