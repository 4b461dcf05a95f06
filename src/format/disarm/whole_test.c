/*
 * Tests of whole files: our own archive and pictures through disarm_run, cut at every place, with
 * every byte flipped, and against limits. Only a clean end is accepted, and what is rebuilt must be
 * rebuilt again to the same bytes.
 */
#include "format/disarm/disarm.h"

#include "format/disarm/img.h"
#include "format/disarm/zip.h"

#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

static struct disarm_profile standard;

/* Disarms BYTES; the first reason (REASON_NONE: rebuilt). With OUT, the output is appended. */
static enum disarm_reason
run(struct str bytes, const char *name, struct buf *out)
{
    struct arena *arena = arena_new(64 << 20);
    struct disarm_report *report;
    struct disarm_request request = {.input = bytes, .name = str_of(name)};
    disarm_run(arena, &request, &standard, &report);
    enum disarm_reason reason = report->reason_count > 0 ? report->reasons[0].reason : REASON_NONE;
    assert_int_equal(report->verdict == VERDICT_REBUILT, reason == REASON_NONE);
    if (out != NULL && reason == REASON_NONE)
        buf_put_str(out, buf_str(&report->bytes));
    disarm_report_done(report);
    arena_free(arena);
    return reason;
}

static void
check_stable(struct str bytes, const char *name)
{
    struct buf once, twice;
    buf_init(&once, 16 << 20);
    buf_init(&twice, 16 << 20);
    assert_int_equal(run(bytes, name, &once), REASON_NONE);
    assert_int_equal(run(buf_str(&once), name, &twice), REASON_NONE);
    assert_true(str_equal(buf_str(&once), buf_str(&twice)));
    buf_free(&once);
    buf_free(&twice);
}

static void
make_document(struct buf *out)
{
    struct zip_writer *zip = zip_writer_new();
    zip_writer_add(
        zip, STR("[Content_Types].xml"),
        STR("<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">"
            "<Override PartName=\"/word/document.xml\" ContentType=\"application/vnd."
            "openxmlformats-officedocument.wordprocessingml.document.main+xml\"/></Types>"),
        false);
    zip_writer_add(
        zip, STR("_rels/.rels"),
        STR("<Relationships><Relationship Id=\"a\" Type=\"http://schemas.openxmlformats.org/"
            "officeDocument/2006/relationships/officeDocument\" Target=\"word/document.xml\"/>"
            "</Relationships>"),
        false);
    zip_writer_add(
        zip, STR("word/document.xml"),
        STR("<w:document xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/"
            "main\"><w:body><w:p><w:r><w:t>関所</w:t></w:r></w:p></w:body></w:document>"),
        true);
    zip_writer_put(zip, 0, out);
    zip_writer_free(zip);
}

static void
test_document(void **state)
{
    (void)state;
    struct buf doc;
    buf_init(&doc, 1 << 20);
    make_document(&doc);
    check_stable(buf_str(&doc), "a.docx");
    assert_int_equal(run(buf_str(&doc), "a.xlsx", NULL), REASON_TYPE_MISMATCH);
    for (size_t cut = 1; cut < doc.n; cut++)
        assert_int_not_equal(run(str_slice(buf_str(&doc), 0, cut), "a.docx", NULL), REASON_NONE);
    for (size_t i = 0; i < doc.n; i++) {
        doc.p[i] ^= 0x20;
        (void)run(buf_str(&doc), "a.docx", NULL);
        doc.p[i] ^= 0x20;
    }
    struct disarm_profile kept = standard;
    standard.limits.size_bytes = doc.n - 1;
    assert_int_equal(run(buf_str(&doc), "a.docx", NULL), REASON_LIMIT_SIZE);
    standard = kept;
    standard.limits.inflated_bytes = 100;
    assert_int_equal(run(buf_str(&doc), "a.docx", NULL), REASON_LIMIT_INFLATED);
    standard = kept;
    standard.limits.entries = standard.limits.parts = 2;
    assert_int_equal(run(buf_str(&doc), "a.docx", NULL), REASON_LIMIT_ENTRIES);
    standard = kept;
    buf_free(&doc);
}

/* A small gradient with an EXIF orientation, a comment and bytes behind it. */
static void
make_jpeg(struct buf *out)
{
    static const unsigned char exif[] =
        "Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0";
    struct jpeg_compress_struct to;
    struct jpeg_error_mgr errors;
    unsigned char *made = NULL, row[32 * 3];
    unsigned long size = 0;
    to.err = jpeg_std_error(&errors);
    jpeg_create_compress(&to);
    jpeg_mem_dest(&to, &made, &size);
    to.image_width = to.image_height = 32;
    to.input_components = 3;
    to.in_color_space = JCS_RGB;
    jpeg_set_defaults(&to);
    jpeg_start_compress(&to, TRUE);
    jpeg_write_marker(&to, JPEG_APP0 + 1, exif, 32);
    jpeg_write_marker(&to, JPEG_COM, (const unsigned char *)"secret", 6);
    for (unsigned y = 0; y < 32; y++) {
        JSAMPROW rows[1] = {row};
        for (unsigned i = 0; i < sizeof row; i++)
            row[i] = (unsigned char)(y * 8 + i);
        jpeg_write_scanlines(&to, rows, 1);
    }
    jpeg_finish_compress(&to);
    jpeg_destroy_compress(&to);
    buf_put(out, made, size);
    buf_put_z(out, "trailing");
    free(made);
}

static void
decode(struct str bytes, unsigned char pixels[32 * 32 * 3])
{
    struct jpeg_decompress_struct in;
    struct jpeg_error_mgr errors;
    in.err = jpeg_std_error(&errors);
    jpeg_create_decompress(&in);
    jpeg_mem_src(&in, (const unsigned char *)bytes.p, bytes.n);
    jpeg_read_header(&in, TRUE);
    jpeg_start_decompress(&in);
    while (in.output_scanline < in.output_height) {
        JSAMPROW rows[1] = {pixels + in.output_scanline * 96};
        jpeg_read_scanlines(&in, rows, 1);
    }
    jpeg_finish_decompress(&in);
    jpeg_destroy_decompress(&in);
}

static void
test_jpeg(void **state)
{
    (void)state;
    static unsigned char before[32 * 32 * 3], after[32 * 32 * 3];
    struct buf in, out;
    buf_init(&in, 1 << 20);
    buf_init(&out, 1 << 20);
    make_jpeg(&in);
    check_stable(buf_str(&in), "a.jpg");
    assert_int_equal(run(buf_str(&in), "a.jpg", &out), REASON_NONE);
    decode(buf_str(&in), before);
    decode(buf_str(&out), after);
    assert_memory_equal(before, after, sizeof before);
    assert_int_equal(str_find(buf_str(&out), STR("secret"), 0), -1);
    assert_int_equal(str_find(buf_str(&out), STR("trailing"), 0), -1);
    /* Orientation 6 stands in our own EXIF block. */
    assert_true(str_find(buf_str(&out), (struct str){"\x01\x12\0\x03\0\0\0\x01\0\x06", 10}, 0) > 0);
    for (size_t cut = 3; cut + 20 < in.n; cut += 7)
        assert_int_not_equal(run(str_slice(buf_str(&in), 0, cut), "a.jpg", NULL), REASON_NONE);
    for (size_t i = 0; i < in.n; i += 3) {
        in.p[i] ^= 0x41;
        (void)run(buf_str(&in), "a.jpg", NULL);
        in.p[i] ^= 0x41;
    }
    buf_free(&in);
    buf_free(&out);
}

static void
test_png(void **state)
{
    (void)state;
    struct buf grey, out;
    buf_init(&grey, 1 << 16);
    buf_init(&out, 1 << 16);
    img_grey(&grey);
    check_stable(buf_str(&grey), "a.png");
    assert_int_equal(run(buf_str(&grey), "a.png", &out), REASON_NONE);
    assert_true(str_equal(buf_str(&grey), buf_str(&out)));
    for (size_t cut = 8; cut + 12 < grey.n; cut++)
        assert_int_not_equal(run(str_slice(buf_str(&grey), 0, cut), "a.png", NULL), REASON_NONE);
    buf_free(&grey);
    buf_free(&out);
}

static void
test_archive(void **state)
{
    (void)state;
    struct buf doc, zip, outer;
    buf_init(&doc, 1 << 20);
    buf_init(&zip, 1 << 20);
    buf_init(&outer, 1 << 20);
    make_document(&doc);
    struct zip_writer *writer = zip_writer_new();
    zip_writer_add(writer, STR("案内.docx"), buf_str(&doc), false);
    zip_writer_add(writer, STR("b.exe"), STR("MZ"), false);
    zip_writer_put(writer, 0, &zip);
    zip_writer_free(writer);
    check_stable(buf_str(&zip), "a.zip");
    for (int depth = 0; depth < 4; depth++) {
        enum disarm_reason want = depth < 3 ? REASON_NONE : REASON_LIMIT_DEPTH;
        assert_int_equal(run(buf_str(&zip), "a.zip", NULL), want);
        writer = zip_writer_new();
        zip_writer_add(writer, STR("a.zip"), buf_str(&zip), false);
        buf_clear(&outer);
        zip_writer_put(writer, 0, &outer);
        zip_writer_free(writer);
        buf_clear(&zip);
        buf_put_str(&zip, buf_str(&outer));
    }
    buf_free(&doc);
    buf_free(&zip);
    buf_free(&outer);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_document),
        cmocka_unit_test(test_jpeg),
        cmocka_unit_test(test_png),
        cmocka_unit_test(test_archive),
    };
    if (disarm_profile_builtin("standard", &standard) < 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
