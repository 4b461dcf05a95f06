/*
 * img: pictures rebuilt. JPEG: Huffman-decoded to coefficients and encoded with fresh markers and
 * tables, no pixel is changed; PNG: decoded and encoded anew. Metadata goes, orientation and
 * resolution stay. The second run over the result writes the same bytes.
 */
#ifndef FORMAT_DISARM_IMG_H
#define FORMAT_DISARM_IMG_H

#include "format/disarm/report.h"

enum img_format {
    IMG_NONE,
    IMG_PNG,
    IMG_JPEG,
    IMG_GIF,
    IMG_BMP,
    IMG_TIFF,
    IMG_WEBP,
    IMG_EMF,
    IMG_WMF
};

enum img_result {
    IMG_OK,
    IMG_BAD,         /* malformed */
    IMG_UNSUPPORTED, /* a format or codec that is not rebuilt */
    IMG_LIMIT,       /* too many pixels or bytes */
};

/* The format by the first bytes, and its word. */
enum img_format img_sniff(struct str bytes);
const char *img_format_word(enum img_format format);

/* Appends the rebuilt picture BYTES to OUT; what was dropped is noted in the report at AT. Nothing
 * is blocked here: the caller decides what becomes of a picture that is not IMG_OK. */
enum img_result img_rebuild(struct disarm_ctx *ctx, struct str bytes, const char *at,
                            struct buf *out);

/* Appends a small grey PNG in the form that img_rebuild writes. */
void img_grey(struct buf *out);

/* One format each; for img.c. */
enum img_result img_jpeg(struct disarm_ctx *ctx, struct str bytes, const char *at, struct buf *out);
enum img_result img_png(struct disarm_ctx *ctx, struct str bytes, const char *at, struct buf *out);

#endif
