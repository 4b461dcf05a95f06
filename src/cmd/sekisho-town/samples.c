/*
 * samples: see samples.h. Run by sekisho-town. The texts are the fictional town's; links go to
 * names below .invalid, which no resolver answers (RFC 2606).
 */
#include "cmd/sekisho-town/samples.h"

#include "base/mem/ensure.h"
#include "base/os/file.h"
#include "base/text/cp932.h"
#include "cmd/sekisho-town/zip.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

enum { SAMPLE_BYTES = 4 << 20, WIDTH = 640, HEIGHT = 400 };

#define XML "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n"
#define TYPES "http://schemas.openxmlformats.org/package/2006/content-types"
#define RELS "http://schemas.openxmlformats.org/package/2006/relationships"
#define DOC_RELS "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
#define OFFICE "application/vnd.openxmlformats-officedocument."

/* A part of a package. */
struct part {
    const char *name, *text;
};

static const struct part docx_parts[] = {
    {"[Content_Types].xml",
     XML "<Types xmlns=\"" TYPES "\">"
         "<Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package."
         "relationships+xml\"/><Default Extension=\"xml\" ContentType=\"application/xml\"/>"
         "<Default Extension=\"bin\" ContentType=\"application/vnd.ms-office.vbaProject\"/>"
         "<Override PartName=\"/word/document.xml\" ContentType=\"" OFFICE
         "wordprocessingml.document.main+xml\"/><Override PartName=\"/word/settings.xml\""
         " ContentType=\"" OFFICE "wordprocessingml.settings+xml\"/></Types>"},
    {"_rels/.rels",
     XML "<Relationships xmlns=\"" RELS "\"><Relationship Id=\"rId1\" Type=\"" DOC_RELS
         "/officeDocument\" Target=\"word/document.xml\"/></Relationships>"},
    {"word/document.xml",
     XML "<w:document xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\">"
         "<w:body><w:p><w:r><w:t>転入のお客様へのご案内</w:t></w:r></w:p>"
         "<w:p><w:r><w:t>届出は、引っ越した日から14日以内に住民課の窓口でお願いします。</w:t></"
         "w:r></w:p>"
         "<w:p><w:r><w:t>本人確認のできる書類をお持ちください。担当 "
         "髙﨑・渡邉󠄁・𠮷田</w:t></w:r></w:p>"
         "<w:sectPr/></w:body></w:document>"},
    {"word/_rels/document.xml.rels",
     XML "<Relationships xmlns=\"" RELS "\"><Relationship Id=\"rId1\" Type=\"" DOC_RELS
         "/settings\" Target=\"settings.xml\"/><Relationship Id=\"rId2\""
         " Type=\"http://schemas.microsoft.com/office/2006/relationships/vbaProject\""
         " Target=\"vbaProject.bin\"/></Relationships>"},
    {"word/settings.xml",
     XML "<w:settings xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\""
         " xmlns:r=\"" DOC_RELS "\"><w:attachedTemplate r:id=\"rId1\"/></w:settings>"},
    {"word/_rels/settings.xml.rels",
     XML "<Relationships xmlns=\"" RELS "\"><Relationship Id=\"rId1\" Type=\"" DOC_RELS
         "/attachedTemplate\" Target=\"https://template.example.invalid/annai.dotm\""
         " TargetMode=\"External\"/></Relationships>"},
    /* a stand-in: it has the name and the kind of a macro part and no code that could run */
    {"word/vbaProject.bin", "Sub AutoOpen()\r\n    MsgBox \"sekisho sample\"\r\nEnd Sub\r\n"},
};

#define MAIN_XLSX "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
#define CELL(ref, text) "<c r=\"" ref "\" t=\"inlineStr\"><is><t>" text "</t></is></c>"

static const struct part xlsx_parts[] = {
    {"[Content_Types].xml",
     XML "<Types xmlns=\"" TYPES "\">"
         "<Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package."
         "relationships+xml\"/><Default Extension=\"xml\" ContentType=\"application/xml\"/>"
         "<Override PartName=\"/xl/workbook.xml\" ContentType=\"" OFFICE
         "spreadsheetml.sheet.main+xml\"/>"
         "<Override PartName=\"/xl/worksheets/sheet1.xml\" ContentType=\"" OFFICE
         "spreadsheetml.worksheet+xml\"/>"
         "<Override PartName=\"/xl/worksheets/sheet2.xml\" ContentType=\"" OFFICE
         "spreadsheetml.worksheet+xml\"/>"
         "<Override PartName=\"/xl/externalLinks/externalLink1.xml\" ContentType=\"" OFFICE
         "spreadsheetml.externalLink+xml\"/></Types>"},
    {"_rels/.rels",
     XML "<Relationships xmlns=\"" RELS "\"><Relationship Id=\"rId1\" Type=\"" DOC_RELS
         "/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"},
    {"xl/workbook.xml",
     XML "<workbook xmlns=\"" MAIN_XLSX "\" xmlns:r=\"" DOC_RELS "\"><sheets>"
         "<sheet name=\"申請書\" sheetId=\"1\" r:id=\"rId1\"/>"
         "<sheet name=\"集計用\" sheetId=\"2\" state=\"hidden\" r:id=\"rId2\"/></sheets>"
         "<externalReferences><externalReference r:id=\"rId3\"/></externalReferences></workbook>"},
    {"xl/_rels/workbook.xml.rels", XML
     "<Relationships xmlns=\"" RELS "\">"
     "<Relationship Id=\"rId1\" Type=\"" DOC_RELS "/worksheet\" Target=\"worksheets/sheet1.xml\"/>"
     "<Relationship Id=\"rId2\" Type=\"" DOC_RELS "/worksheet\" Target=\"worksheets/sheet2.xml\"/>"
     "<Relationship Id=\"rId3\" Type=\"" DOC_RELS
     "/externalLink\" Target=\"externalLinks/externalLink1.xml\"/></Relationships>"},
    {"xl/worksheets/sheet1.xml",
     XML "<worksheet xmlns=\"" MAIN_XLSX "\"><sheetData><row r=\"1\">" CELL(
         "A1", "施設利用申請書") "</row><row r=\"2\">" CELL("A2", "申請者")
         CELL("B2", "見本 太郎") "</row><row r=\"3\">" CELL(
             "A3", "使用料") "<c r=\"B3\"><f>[1]料金!$A$1</f><v>1200</v></c></row></sheetData>"
                             "</worksheet>"},
    {"xl/worksheets/sheet2.xml",
     XML "<worksheet xmlns=\"" MAIN_XLSX
         "\"><sheetData><row r=\"1\">" CELL("A1", "隠れたシート") "</row></sheetData></worksheet>"},
    {"xl/externalLinks/externalLink1.xml",
     XML "<externalLink xmlns=\"" MAIN_XLSX "\" xmlns:r=\"" DOC_RELS "\"><externalBook"
         " r:id=\"rId1\"><sheetNames><sheetName val=\"料金\"/></sheetNames></externalBook>"
         "</externalLink>"},
    {"xl/externalLinks/_rels/externalLink1.xml.rels",
     XML "<Relationships xmlns=\"" RELS "\"><Relationship Id=\"rId1\" Type=\"" DOC_RELS
         "/externalLinkPath\" Target=\"https://files.example.invalid/ryokin.xlsx\""
         " TargetMode=\"External\"/></Relationships>"},
};

static void
package(struct buf *out, const struct part *parts, size_t count)
{
    struct zip zip;
    zip_begin(&zip, out);
    for (size_t i = 0; i < count; i++)
        zip_add(&zip, str_of(parts[i].name), 0, str_of(parts[i].text));
    zip_end(&zip);
}

static void
docx(struct buf *out)
{
    package(out, docx_parts, sizeof docx_parts / sizeof *docx_parts);
}

static void
xlsx(struct buf *out)
{
    package(out, xlsx_parts, sizeof xlsx_parts / sizeof *xlsx_parts);
}

static void
csv(struct buf *out)
{
    struct err err;
    ensure(cp932_from_utf8(out,
                           STR("番号,氏名,ふりがな,備考\r\n"
                               "1,山﨑 彩,やまざき あや,\r\n"
                               "2,髙橋 誠,たかはし まこと,①\r\n"
                               "3,見本 太郎,みほん たろう,"
                               "\"=HYPERLINK(\"\"https://example.invalid/\"\",\"\"詳細\"\")\"\r\n"),
                           &err) == 0);
}

/* Names in the old code page, as Windows writes them. */
static void
zip_sample(struct buf *out)
{
    static const char *const names[] = {"資料/名簿.csv", "資料/表①.txt"};
    struct buf name[2], list;
    struct zip zip;
    struct err err;
    buf_init(&list, SAMPLE_BYTES);
    csv(&list);
    zip_begin(&zip, out);
    for (size_t i = 0; i < 2; i++) {
        buf_init(&name[i], 256);
        ensure(cp932_from_utf8(&name[i], str_of(names[i]), &err) == 0);
    }
    zip_add(&zip, buf_str(&name[0]), 0, buf_str(&list));
    zip_add(&zip, buf_str(&name[1]), 0, STR("No,Item\r\n1,sample\r\n"));
    zip_end(&zip);
    for (size_t i = 0; i < 2; i++)
        buf_free(&name[i]);
    buf_free(&list);
}

/* Five objects with their places; the open action is a script that shows a box. */
static void
pdf(struct buf *out)
{
    static const char text[] = "BT /F1 24 Tf 72 760 Td (Sekino Town News) Tj ET";
    static const char *const objects[] = {
        "<</Type/Catalog/Pages 2 0 R/OpenAction<</S/JavaScript/JS(app.alert\\(\"sekisho "
        "sample\"\\))>>>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 "
        "R>>>>>>",
        NULL,
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    };
    size_t at[5];
    buf_put_z(out, "%PDF-1.7\n%\xe2\xe3\xcf\xd3\n");
    for (size_t i = 0; i < 5; i++) {
        at[i] = out->n;
        buf_printf(out, "%zu 0 obj\n", i + 1);
        if (objects[i] != NULL)
            buf_put_z(out, objects[i]);
        else
            buf_printf(out, "<</Length %zu>>stream\n%s\nendstream", sizeof text - 1, text);
        buf_put_z(out, "\nendobj\n");
    }
    size_t xref = out->n;
    buf_put_z(out, "xref\n0 6\n0000000000 65535 f \n");
    for (size_t i = 0; i < 5; i++)
        buf_printf(out, "%010zu 00000 n \n", at[i]);
    buf_printf(out, "trailer\n<</Size 6/Root 1 0 R>>\nstartxref\n%zu\n%%%%EOF\n", xref);
}

/* Exif 2.32, big-endian: IFD0 with a pointer to a GPS IFD that says 35 deg N, 139 deg E. */
static const unsigned char exif[] = "Exif\0\0"
                                    "MM\0\x2a\0\0\0\x08"
                                    "\0\x01"
                                    "\x88\x25\0\x04\0\0\0\x01\0\0\0\x1a"
                                    "\0\0\0\0"
                                    "\0\x04"
                                    "\0\x01\0\x02\0\0\0\x02N\0\0\0"
                                    "\0\x02\0\x05\0\0\0\x03\0\0\0\x50"
                                    "\0\x03\0\x02\0\0\0\x02"
                                    "E\0\0\0"
                                    "\0\x04\0\x05\0\0\0\x03\0\0\0\x68"
                                    "\0\0\0\0"
                                    "\0\0\0\x23\0\0\0\x01\0\0\0\x1e\0\0\0\x01\0\0\0\0\0\0\0\x01"
                                    "\0\0\0\x8b\0\0\0\x01\0\0\0\x2d\0\0\0\x01\0\0\0\0\0\0\0\x01";

/* Hills under a sky. */
static void
row_paint(unsigned char *row, unsigned y)
{
    for (unsigned x = 0; x < WIDTH; x++) {
        unsigned hill = HEIGHT / 2 + (x * (WIDTH - x)) / (WIDTH * 2);
        bool sky = y < HEIGHT - hill / 2;
        row[x * 3] = (unsigned char)(sky ? 120 + y / 4 : 60);
        row[x * 3 + 1] = (unsigned char)(sky ? 170 + y / 6 : 110 + (y * 40) / HEIGHT);
        row[x * 3 + 2] = (unsigned char)(sky ? 220 : 70);
    }
}

static void
jpeg(struct buf *out)
{
    struct jpeg_compress_struct c;
    struct jpeg_error_mgr errors;
    unsigned char *bytes = NULL, row[WIDTH * 3];
    unsigned long n = 0;
    c.err = jpeg_std_error(&errors);
    jpeg_create_compress(&c);
    jpeg_mem_dest(&c, &bytes, &n);
    c.image_width = WIDTH;
    c.image_height = HEIGHT;
    c.input_components = 3;
    c.in_color_space = JCS_RGB;
    jpeg_set_defaults(&c);
    jpeg_start_compress(&c, TRUE);
    jpeg_write_marker(&c, JPEG_APP0 + 1, exif, sizeof exif - 1);
    while (c.next_scanline < c.image_height) {
        JSAMPROW rows[1] = {row};
        row_paint(row, c.next_scanline);
        (void)jpeg_write_scanlines(&c, rows, 1);
    }
    jpeg_finish_compress(&c);
    jpeg_destroy_compress(&c);
    buf_put(out, bytes, n);
    free(bytes);
}

/* The standard test string that every scanner knows, put together here so that none finds it in
 * this program. */
static void
test_string(struct buf *out)
{
    buf_put_z(out, "X5O!P%@AP[4\\PZX54(P^)7CC)7}$");
    buf_put_z(out, "EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*");
}

struct sample {
    const char *name;
    void (*write)(struct buf *out);
};

static const struct sample samples[] = {
    {"案内.docx", docx},
    {"申請書.xlsx", xlsx},
    {"写真.jpg", jpeg},
    {"資料.zip", zip_sample},
    {"名簿.csv", csv},
    {"広報.pdf", pdf},
    {"検査用文字列.txt", test_string},
};

int
samples_make(const char *state_dir, struct err *err)
{
    int state = file_open_dir(AT_FDCWD, state_dir, err);
    if (state < 0)
        return -1;
    int rc = file_mkdirs(state, "samples", 0755, err);
    int dir = rc == 0 ? file_open_dir(state, "samples", err) : -1;
    rc = dir < 0 ? -1 : 0;
    for (size_t i = 0; rc == 0 && i < sizeof samples / sizeof *samples; i++) {
        struct buf bytes;
        buf_init(&bytes, SAMPLE_BYTES);
        samples[i].write(&bytes);
        struct file_new file = {dir, "new", dir, samples[i].name, 0644};
        rc = buf_done(&bytes, err);
        if (rc == 0)
            rc = file_put(&file, buf_str(&bytes), err);
        buf_free(&bytes);
    }
    file_close(&dir);
    file_close(&state);
    return rc;
}
