/*
 * img_jpeg: JPEG (ITU T.81) through its coefficients, with libjpeg-turbo. Runs in the disarm
 * worker.
 *
 * The decoder reads all scans into coefficient arrays; the encoder writes baseline scans from them
 * with optimised tables. No marker is copied: JFIF density and APP14 (CMYK colours) are written by
 * the encoder from parsed values, the orientation as a fixed EXIF block of ours.
 */
#include "format/disarm/img.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include <jerror.h>

enum { SCANS_MOST = 200, EXIF_BYTES = 36 };

struct jpeg {
    struct jpeg_error_mgr errors; /* first: libjpeg hands it back */
    jmp_buf jump;
    bool truncated;
    struct jpeg_progress_mgr progress;
};

static void
on_error(j_common_ptr info)
{
    longjmp(((struct jpeg *)info->err)->jump, 1);
}

static void
on_message(j_common_ptr info, int level)
{
    int code = info->err->msg_code;
    if (level < 0 && (code == JWRN_JPEG_EOF || code == JWRN_HIT_MARKER))
        ((struct jpeg *)info->err)->truncated = true;
}

static void
on_output(j_common_ptr info)
{
    (void)info;
}

/* Called between rows: thousands of scans over one picture cost minutes. */
static void
on_progress(j_common_ptr info)
{
    if (info->is_decompressor && ((j_decompress_ptr)info)->input_scan_number > SCANS_MOST)
        on_error(info);
}

/* The orientation in an EXIF block, 1 when there is none. TIFF 6.0, Exif 2.3. */
static int
exif_orientation(struct str exif)
{
    if (exif.n < 14 + 6 || memcmp(exif.p, "Exif\0\0", 6) != 0)
        return 1;
    struct str t = str_slice(exif, 6, exif.n);
    bool big = t.p[0] == 'M';
#define GET(at, n)                                                                                 \
    ((unsigned)(big ? ((unsigned char)t.p[(at)] << 8 | (unsigned char)t.p[(at) + 1])               \
                    : ((unsigned char)t.p[(at) + ((n) == 4 && big ? 2 : 0)] |                      \
                       (unsigned char)t.p[(at) + 1] << 8)))
    /* Offsets beyond 64 KiB cannot stand in a JPEG segment: the low half is enough. */
    size_t ifd = big ? GET(6, 2) : GET(4, 2);
    if (ifd + 2 > t.n)
        return 1;
    size_t count = GET(ifd, 2);
    for (size_t i = 0; i < count && ifd + 2 + 12 * (i + 1) <= t.n; i++) {
        size_t at = ifd + 2 + 12 * i;
        if (GET(at, 2) == 0x0112) {
            unsigned value = GET(at + 8, 2);
            return value >= 1 && value <= 8 ? (int)value : 1;
        }
    }
#undef GET
    return 1;
}

static void
write_orientation(struct jpeg_compress_struct *out, int orientation)
{
    unsigned char exif[EXIF_BYTES] = {'E', 'x', 'i', 'f', 0, 0,    'M', 'M', 0, 42, 0, 0,
                                      0,   8,   0,   1,   1, 0x12, 0,   3,   0, 0,  0, 1};
    exif[25] = (unsigned char)orientation;
    if (orientation > 1)
        jpeg_write_marker(out, JPEG_APP0 + 1, exif, EXIF_BYTES - 4);
}

/* What the file carried beside the picture. Returns the orientation. */
static int
note_markers(struct disarm_ctx *ctx, const struct jpeg_decompress_struct *in, const char *at)
{
    int orientation = 1;
    for (jpeg_saved_marker_ptr m = in->marker_list; m != NULL; m = m->next) {
        struct str data = {(const char *)m->data, m->data_length};
        enum check_id id = CHECK_IMG_02;
        if (m->marker == JPEG_COM)
            id = CHECK_IMG_04;
        else if (m->marker == JPEG_APP0 + 2)
            id = CHECK_IMG_03;
        else if (m->marker == JPEG_APP0 + 1 && str_starts(data, (struct str){"Exif\0\0", 6})) {
            id = CHECK_IMG_01;
            orientation = exif_orientation(data);
            if (orientation > 1 && data.n == EXIF_BYTES - 4)
                continue; /* our own block */
            if (data.n > 2000)
                disarm_found(ctx, CHECK_IMG_06, "removed", "thumbnail", at, 1);
        }
        disarm_found(ctx, id, "removed", "metadata", at, 1);
    }
    return orientation;
}

static enum img_result
read_header(struct disarm_ctx *ctx, struct jpeg_decompress_struct *in, struct str bytes)
{
    jpeg_mem_src(in, (const unsigned char *)bytes.p, bytes.n);
    for (int i = 1; i < 14; i++)
        jpeg_save_markers(in, JPEG_APP0 + i, 0xFFFF);
    jpeg_save_markers(in, JPEG_APP0 + 15, 0xFFFF);
    jpeg_save_markers(in, JPEG_COM, 0xFFFF);
    jpeg_read_header(in, TRUE);
    uint64_t pixels = (uint64_t)in->image_width * in->image_height;
    if (pixels > ctx->profile->limits.pixels || in->num_components > 4)
        return IMG_LIMIT;
    if (pixels * (uint64_t)in->num_components * 2 > ctx->profile->limits.inflated_bytes)
        return IMG_LIMIT;
    return IMG_OK;
}

static void
note_trailing(struct disarm_ctx *ctx, const struct jpeg_decompress_struct *in, const char *at)
{
    if (in->src->bytes_in_buffer > 0)
        disarm_found(ctx, CHECK_IMG_05, "removed", "bytes behind the picture", at, 1);
}

static void
copy_picture(struct jpeg_compress_struct *out, struct jpeg_decompress_struct *in, int orientation)
{
    jvirt_barray_ptr *coefficients = jpeg_read_coefficients(in);
    jpeg_copy_critical_parameters(in, out);
    out->optimize_coding = TRUE;
    out->arith_code = FALSE;
    jpeg_write_coefficients(out, coefficients);
    write_orientation(out, orientation);
    jpeg_finish_compress(out);
    (void)jpeg_finish_decompress(in);
}

enum img_result
img_jpeg(struct disarm_ctx *ctx, struct str bytes, const char *at, struct buf *out)
{
    struct jpeg_decompress_struct in = {0};
    struct jpeg_compress_struct to = {0};
    struct jpeg jpeg = {.progress.progress_monitor = on_progress};
    unsigned char *volatile made = NULL;
    volatile enum img_result result = IMG_OK;
    unsigned char *buffer = NULL;
    unsigned long size = 0;
    in.err = to.err = jpeg_std_error(&jpeg.errors);
    jpeg.errors.error_exit = on_error;
    jpeg.errors.emit_message = on_message;
    jpeg.errors.output_message = on_output;
    if (setjmp(jpeg.jump) != 0) {
        int code = jpeg.errors.msg_code;
        bool codec = code == JERR_BAD_PRECISION || code == JERR_SOF_UNSUPPORTED ||
                     code == JERR_ARITH_NOTIMPL || code == JERR_CCIR601_NOTIMPL;
        result = codec ? IMG_UNSUPPORTED : IMG_BAD;
    } else {
        jpeg_create_decompress(&in);
        jpeg_create_compress(&to);
        in.progress = &jpeg.progress;
        result = read_header(ctx, &in, bytes);
        if (result == IMG_OK) {
            jpeg_mem_dest(&to, &buffer, &size);
            int orientation = note_markers(ctx, &in, at);
            copy_picture(&to, &in, orientation);
            note_trailing(ctx, &in, at);
        }
    }
    made = buffer;
    if (result == IMG_OK && jpeg.truncated)
        result = IMG_BAD;
    if (result == IMG_OK)
        buf_put(out, made, size);
    jpeg_destroy_compress(&to);
    jpeg_destroy_decompress(&in);
    free(made);
    return result == IMG_OK && out->over ? IMG_LIMIT : result;
}
