/*
 * img_png: PNG (ISO/IEC 15948) decoded by libspng and encoded by our own writer on libdeflate. Runs
 * in the disarm worker. Kept: colour type, depth, palette, tRNS, pHYs, sRGB, gAMA, the pixels. An
 * animation keeps its still picture.
 */
#include "format/disarm/img.h"

#include <libdeflate.h>
#include <spng.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem/ensure.h"

struct picture {
    struct spng_ihdr head;
    struct spng_plte palette;
    struct spng_trns trns;
    struct spng_phys phys;
    bool has_palette, has_trns, has_phys, has_srgb, has_gamma;
    uint8_t intent;
    uint32_t gamma;
    unsigned char *pixels;
    size_t size, row_bytes;
};

static void
put32(struct buf *out, uint32_t v)
{
    char b[4] = {(char)(v >> 24), (char)(v >> 16), (char)(v >> 8), (char)v};
    buf_put(out, b, 4);
}

static void
put_chunk(struct buf *out, const char *name, const void *data, size_t n)
{
    put32(out, (uint32_t)n);
    buf_put(out, name, 4);
    buf_put(out, data, n);
    uint32_t crc = libdeflate_crc32(0, name, 4);
    put32(out, libdeflate_crc32(crc, data, n));
}

static unsigned
channels(unsigned color_type)
{
    static const unsigned char counts[] = {1, 0, 3, 1, 2, 0, 4};
    return color_type < sizeof counts ? counts[color_type] : 1;
}

static unsigned
paeth(unsigned a, unsigned b, unsigned c)
{
    int p = (int)a + (int)b - (int)c;
    int pa = abs(p - (int)a), pb = abs(p - (int)b), pc = abs(p - (int)c);
    return pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
}

/* Filters one row by METHOD and returns the sum of the result's magnitudes. */
static uint64_t
filter_row(unsigned method, const unsigned char *row, const unsigned char *above, size_t n,
           size_t step, unsigned char *to)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < n; i++) {
        unsigned a = i >= step ? row[i - step] : 0, b = above[i],
                 c = i >= step ? above[i - step] : 0;
        unsigned guess = method == 0   ? 0
                         : method == 1 ? a
                         : method == 2 ? b
                         : method == 3 ? (a + b) / 2
                                       : paeth(a, b, c);
        to[i] = (unsigned char)(row[i] - guess);
        sum += to[i] < 128 ? to[i] : 256U - to[i];
    }
    return sum;
}

static void
filter_all(const struct picture *p, unsigned char *to)
{
    unsigned bits = channels(p->head.color_type) * p->head.bit_depth;
    size_t step = bits < 8 ? 1 : bits / 8, n = p->row_bytes;
    bool plain = p->head.bit_depth < 8 || p->head.color_type == 3;
    unsigned char *zero = calloc(1, n + 1), *tried = malloc(n + 1);
    ensure(zero != NULL && tried != NULL);
    for (uint32_t y = 0; y < p->head.height; y++, to += n + 1) {
        const unsigned char *row = p->pixels + (size_t)y * n;
        const unsigned char *above = y > 0 ? row - n : zero;
        uint64_t best = filter_row(0, row, above, n, step, to + 1);
        to[0] = 0;
        for (unsigned method = 1; !plain && method <= 4; method++) {
            uint64_t sum = filter_row(method, row, above, n, step, tried);
            if (sum >= best)
                continue;
            best = sum;
            to[0] = (unsigned char)method;
            memcpy(to + 1, tried, n);
        }
    }
    free(zero);
    free(tried);
}

static void
put_pixels(struct buf *out, const struct picture *p)
{
    size_t raw_n = (p->row_bytes + 1) * p->head.height;
    unsigned char *raw = malloc(raw_n + 1);
    struct libdeflate_compressor *c = libdeflate_alloc_compressor(6);
    ensure(raw != NULL && c != NULL);
    filter_all(p, raw);
    size_t room = libdeflate_zlib_compress_bound(c, raw_n);
    unsigned char *packed = malloc(room);
    ensure(packed != NULL);
    size_t n = libdeflate_zlib_compress(c, raw, raw_n, packed, room);
    ensure(n > 0);
    put_chunk(out, "IDAT", packed, n);
    libdeflate_free_compressor(c);
    free(packed);
    free(raw);
}

static void
put_transparency(struct buf *out, const struct picture *p)
{
    unsigned char data[256];
    size_t n = 0;
    if (p->head.color_type == 3) {
        n = p->trns.n_type3_entries < p->palette.n_entries ? p->trns.n_type3_entries
                                                           : p->palette.n_entries;
        memcpy(data, p->trns.type3_alpha, n);
    } else if (p->head.color_type == 0) {
        data[0] = (unsigned char)(p->trns.gray >> 8);
        data[1] = (unsigned char)p->trns.gray;
        n = 2;
    } else if (p->head.color_type == 2) {
        const uint16_t v[3] = {p->trns.red, p->trns.green, p->trns.blue};
        for (size_t i = 0; i < 3; i++) {
            data[n++] = (unsigned char)(v[i] >> 8);
            data[n++] = (unsigned char)v[i];
        }
    }
    if (n > 0)
        put_chunk(out, "tRNS", data, n);
}

static void
put_palette(struct buf *out, const struct picture *p)
{
    unsigned char data[768];
    size_t n = 0;
    for (uint32_t i = 0; i < p->palette.n_entries && i < 256; i++) {
        data[n++] = p->palette.entries[i].red;
        data[n++] = p->palette.entries[i].green;
        data[n++] = p->palette.entries[i].blue;
    }
    put_chunk(out, "PLTE", data, n);
}

static void
put_picture(struct buf *out, const struct picture *p)
{
    struct buf piece;
    buf_init(&piece, 64);
    buf_put(out, "\x89PNG\r\n\x1A\n", 8);
    put32(&piece, p->head.width);
    put32(&piece, p->head.height);
    buf_put_char(&piece, (char)p->head.bit_depth);
    buf_put_char(&piece, (char)p->head.color_type);
    buf_put(&piece, "\0\0\0", 3);
    put_chunk(out, "IHDR", piece.p, piece.n);
    buf_clear(&piece);
    if (p->has_srgb)
        put_chunk(out, "sRGB", &p->intent, 1);
    put32(&piece, p->gamma);
    if (p->has_gamma)
        put_chunk(out, "gAMA", piece.p, piece.n);
    buf_clear(&piece);
    put32(&piece, p->phys.ppu_x);
    put32(&piece, p->phys.ppu_y);
    buf_put_char(&piece, (char)p->phys.unit_specifier);
    if (p->has_phys)
        put_chunk(out, "pHYs", piece.p, piece.n);
    if (p->has_palette && p->head.color_type == 3)
        put_palette(out, p);
    if (p->has_trns)
        put_transparency(out, p);
    put_pixels(out, p);
    put_chunk(out, "IEND", "", 0);
    buf_free(&piece);
}

/* Reads all of the picture. */
static enum img_result
read_picture(struct disarm_ctx *ctx, spng_ctx *spng, struct picture *p)
{
    if (spng_get_ihdr(spng, &p->head) != 0)
        return IMG_BAD;
    uint64_t bits = (uint64_t)p->head.width * channels(p->head.color_type) * p->head.bit_depth;
    p->row_bytes = (size_t)((bits + 7) / 8);
    uint64_t all = (uint64_t)p->row_bytes * p->head.height;
    if ((uint64_t)p->head.width * p->head.height > ctx->profile->limits.pixels ||
        all > ctx->profile->limits.inflated_bytes / 2)
        return IMG_LIMIT;
    size_t size = 0;
    if (spng_decoded_image_size(spng, SPNG_FMT_RAW, &size) != 0 || size != all)
        return IMG_BAD;
    p->pixels = malloc(size + 1);
    if (p->pixels == NULL)
        return IMG_LIMIT;
    if (spng_decode_image(spng, p->pixels, size, SPNG_FMT_RAW, 0) != 0 ||
        spng_decode_chunks(spng) != 0)
        return IMG_BAD;
    p->size = size;
    p->has_palette = spng_get_plte(spng, &p->palette) == 0;
    p->has_trns = spng_get_trns(spng, &p->trns) == 0;
    p->has_phys = spng_get_phys(spng, &p->phys) == 0;
    p->has_srgb = spng_get_srgb(spng, &p->intent) == 0;
    p->has_gamma = spng_get_gama_int(spng, &p->gamma) == 0;
    return IMG_OK;
}

/* Walks over the chunks and notes what will not be written again. The decoder saw them all. */
static void
note_chunks(struct disarm_ctx *ctx, struct str b, const char *at)
{
    static const char kept[] = "IHDR PLTE tRNS pHYs sRGB gAMA IDAT IEND";
    size_t i = 8;
    while (i + 12 <= b.n) {
        const unsigned char *u = (const unsigned char *)b.p + i;
        size_t n = (size_t)u[0] << 24 | (size_t)u[1] << 16 | (size_t)u[2] << 8 | u[3];
        char name[5] = {(char)u[4], (char)u[5], (char)u[6], (char)u[7], '\0'};
        if (n > b.n - i - 12)
            break;
        bool frame =
            strcmp(name, "acTL") == 0 || strcmp(name, "fcTL") == 0 || strcmp(name, "fdAT") == 0;
        bool text =
            strcmp(name, "tEXt") == 0 || strcmp(name, "zTXt") == 0 || strcmp(name, "iTXt") == 0;
        if (frame)
            disarm_found(ctx, CHECK_IMG_16, "removed", "animation", at, 1);
        else if (strstr(kept, name) == NULL)
            disarm_found(ctx, text ? CHECK_IMG_04 : CHECK_IMG_14, "removed", "chunk", at, 1);
        i += n + 12;
        if (strcmp(name, "IEND") == 0)
            break;
    }
    if (i < b.n)
        disarm_found(ctx, CHECK_IMG_15, "removed", "bytes behind the picture", at, 1);
}

enum img_result
img_png(struct disarm_ctx *ctx, struct str bytes, const char *at, struct buf *out)
{
    spng_ctx *spng = spng_ctx_new(0);
    if (spng == NULL)
        return IMG_LIMIT;
    struct picture picture = {0};
    spng_set_image_limits(spng, 1 << 20, 1 << 20);
    spng_set_chunk_limits(spng, 8 << 20, 16 << 20);
    spng_set_crc_action(spng, SPNG_CRC_ERROR, SPNG_CRC_DISCARD);
    enum img_result result = IMG_BAD;
    if (spng_set_png_buffer(spng, bytes.p, bytes.n) == 0)
        result = read_picture(ctx, spng, &picture);
    if (result == IMG_OK) {
        note_chunks(ctx, bytes, at);
        put_picture(out, &picture);
        result = out->over ? IMG_LIMIT : IMG_OK;
    }
    free(picture.pixels);
    spng_ctx_free(spng);
    return result;
}

void
img_grey(struct buf *out)
{
    unsigned char pixel = 0xC0;
    struct picture picture = {.head = {.width = 1, .height = 1, .bit_depth = 8},
                              .pixels = &pixel,
                              .size = 1,
                              .row_bytes = 1};
    put_picture(out, &picture);
}
