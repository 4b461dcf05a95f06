/*
 * img: see img.h: which format, and the one picture we make ourselves. Runs in the disarm worker.
 */
#include "format/disarm/img.h"

#include <string.h>

static const struct {
    enum img_format format;
    unsigned at;
    struct str bytes;
} magics[] = {
    {IMG_PNG, 0, {"\x89PNG\r\n\x1A\n", 8}},
    {IMG_JPEG, 0, {"\xFF\xD8\xFF", 3}},
    {IMG_GIF, 0, {"GIF8", 4}},
    {IMG_BMP, 0, {"BM", 2}},
    {IMG_TIFF, 0, {"II*\0", 4}},
    {IMG_TIFF, 0, {"MM\0*", 4}},
    {IMG_WEBP, 8, {"WEBP", 4}},
    {IMG_EMF, 40, {" EMF", 4}},
    {IMG_WMF, 0, {"\xD7\xCD\xC6\x9A", 4}},
    {IMG_WMF, 0, {"\x01\0\x09\0", 4}},
};

enum img_format
img_sniff(struct str bytes)
{
    for (size_t i = 0; i < sizeof magics / sizeof magics[0]; i++)
        if (str_starts(str_slice(bytes, magics[i].at, bytes.n), magics[i].bytes))
            return magics[i].format;
    return IMG_NONE;
}

const char *
img_format_word(enum img_format format)
{
    static const char *const words[] = {"unknown", "png",  "jpeg", "gif", "bmp",
                                        "tiff",    "webp", "emf",  "wmf"};
    return words[format];
}

enum img_result
img_rebuild(struct disarm_ctx *ctx, struct str bytes, const char *at, struct buf *out)
{
    switch (img_sniff(bytes)) {
    case IMG_PNG:
        return img_png(ctx, bytes, at, out);
    case IMG_JPEG:
        return img_jpeg(ctx, bytes, at, out);
    case IMG_NONE:
    case IMG_GIF:
    case IMG_BMP:
    case IMG_TIFF:
    case IMG_WEBP:
    case IMG_EMF:
    case IMG_WMF:
        break;
    }
    return IMG_UNSUPPORTED;
}
