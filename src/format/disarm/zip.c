/*
 * zip: the reader, see zip.h. Runs in the disarm worker on hostile bytes.
 *
 * Byte layout: local header (30 bytes + name + extra), data, optional descriptor; central directory
 * (46 bytes + name + extra + comment each); end record (22 bytes + comment).
 */
#include "format/disarm/zip.h"

#include <libdeflate.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LOCAL_BYTES = 30,
    CENTRAL_BYTES = 46,
    END_BYTES = 22,
    FLAG_ENCRYPTED = 1 << 0,
    FLAG_DESCRIPTOR = 1 << 3,
    FLAG_UTF8 = 1 << 11,
    SIG_LOCAL = 0x04034b50,
    SIG_CENTRAL = 0x02014b50,
    SIG_END = 0x06054b50,
    SIG_DESCRIPTOR = 0x08074b50,
    SIG_ZIP64_LOCATOR = 0x07064b50,
};

static uint16_t
get16(const char *p)
{
    const unsigned char *u = (const unsigned char *)p;
    return (uint16_t)(u[0] | u[1] << 8);
}

static uint32_t
get32(const char *p)
{
    return get16(p) | (uint32_t)get16(p + 2) << 16;
}

struct end {
    size_t at;
    uint32_t count, size, offset;
};

/* True if the end record at AT describes a directory that ends right before it. */
static bool
end_fits(struct str b, size_t at, struct end *ret)
{
    const char *p = b.p + at;
    if (b.n - at < END_BYTES || get32(p) != SIG_END || get16(p + 20) > b.n - at - END_BYTES)
        return false;
    struct end end = {at, get16(p + 10), get32(p + 12), get32(p + 16)};
    if ((size_t)end.offset + end.size != at)
        return false;
    *ret = end;
    return true;
}

/* The one end record. More than one that fits is ambiguous; the search covers the whole file. */
static int
find_end(struct disarm_ctx *ctx, struct str b, struct end *ret)
{
    unsigned fitting = 0, signatures = 0;
    struct str mark = STR("PK\x05\x06");
    for (ptrdiff_t at = str_find(b, mark, 0); at >= 0; at = str_find(b, mark, (size_t)at + 1)) {
        signatures++;
        fitting += end_fits(b, (size_t)at, ret);
    }
    if (fitting == 0)
        return disarm_block(ctx, REASON_PARSE_MALFORMED, "zip end record");
    const char *p = b.p + ret->at;
    bool last = (size_t)str_find(b, mark, ret->at) == ret->at && str_find(b, mark, ret->at + 1) < 0;
    if (fitting > 1 || (signatures > 1 && !last))
        return disarm_block(ctx, REASON_PARSE_AMBIGUOUS, "two zip end records");
    if (get16(p + 4) != 0 || get16(p + 6) != 0 || get16(p + 8) != get16(p + 10))
        return disarm_block(ctx, REASON_PARSE_AMBIGUOUS, "zip over several disks");
    bool huge = ret->count == 0xFFFF || ret->size == UINT32_MAX || ret->offset == UINT32_MAX;
    if (huge || (ret->at >= 20 && get32(p - 20) == SIG_ZIP64_LOCATOR))
        return disarm_block(ctx, REASON_PARSE_AMBIGUOUS, "zip64");
    return 0;
}

/* The Info-ZIP unicode name, when its CRC says it belongs to NAME. */
static struct str
unicode_name(struct str extra, struct str name)
{
    while (extra.n >= 4) {
        size_t n = get16(extra.p + 2);
        if (n > extra.n - 4)
            break;
        const char *p = extra.p + 4;
        if (get16(extra.p) == 0x7075 && n > 5 && p[0] == 1 &&
            get32(p + 1) == libdeflate_crc32(0, name.p, name.n))
            return (struct str){p + 5, n - 5};
        extra = str_slice(extra, 4 + n, extra.n);
    }
    return (struct str){"", 0};
}

static int
read_central(struct disarm_ctx *ctx, struct str dir, size_t *at, struct zip_entry *e)
{
    const char *p = dir.p + *at;
    if (dir.n - *at < CENTRAL_BYTES || get32(p) != SIG_CENTRAL)
        return disarm_block(ctx, REASON_PARSE_MALFORMED, "zip directory");
    size_t name = get16(p + 28), extra = get16(p + 30), comment = get16(p + 32);
    size_t all = CENTRAL_BYTES + name + extra + comment;
    if (all > dir.n - *at)
        return disarm_block(ctx, REASON_PARSE_MALFORMED, "zip directory");
    *e = (struct zip_entry){.name = {p + CENTRAL_BYTES, name},
                            .packed = {NULL, get32(p + 20)},
                            .size = get32(p + 24),
                            .crc = get32(p + 16),
                            .flags = get16(p + 8),
                            .method = get16(p + 10),
                            .made_by = get16(p + 4),
                            .attributes = get32(p + 38),
                            .offset = get32(p + 42)};
    e->utf8 = unicode_name((struct str){p + CENTRAL_BYTES + name, extra}, e->name);
    if (e->packed.n == UINT32_MAX || e->size == UINT32_MAX || e->offset == UINT32_MAX)
        return disarm_block(ctx, REASON_PARSE_AMBIGUOUS, "zip64 member");
    if (get16(p + 34) != 0)
        return disarm_block(ctx, REASON_PARSE_AMBIGUOUS, "zip over several disks");
    if (extra > 0 || comment > 0)
        disarm_found(ctx, CHECK_ZIP_15, "removed", "extra field", "", 1);
    *at += all;
    return 0;
}

/* The descriptor behind the data, with or without its signature. */
static int
check_descriptor(struct disarm_ctx *ctx, struct str b, struct zip_entry *e)
{
    struct str rest = str_slice(b, e->end, b.n);
    size_t skip = rest.n >= 16 && get32(rest.p) == SIG_DESCRIPTOR ? 4 : 0;
    if (rest.n < skip + 12 || get32(rest.p + skip) != e->crc ||
        get32(rest.p + skip + 4) != e->packed.n || get32(rest.p + skip + 8) != e->size)
        return disarm_block(ctx, REASON_PARSE_AMBIGUOUS, "zip data descriptor");
    e->end += (uint32_t)skip + 12;
    return 0;
}

static int
check_local(struct disarm_ctx *ctx, struct str b, size_t limit, struct zip_entry *e)
{
    const char *p = b.p + e->offset;
    if (e->offset > limit || limit - e->offset < LOCAL_BYTES || get32(p) != SIG_LOCAL)
        return disarm_block(ctx, REASON_PARSE_MALFORMED, "zip local header");
    size_t name = get16(p + 26), extra = get16(p + 28);
    size_t room = limit - e->offset - LOCAL_BYTES;
    if (name + extra > room || e->packed.n > room - name - extra)
        return disarm_block(ctx, REASON_PARSE_MALFORMED, "zip member runs out of the file");
    uint16_t compared = FLAG_ENCRYPTED | FLAG_DESCRIPTOR | FLAG_UTF8;
    if (!str_equal(e->name, (struct str){p + LOCAL_BYTES, name}) || get16(p + 8) != e->method ||
        ((get16(p + 6) ^ e->flags) & compared) != 0)
        return disarm_block(ctx, REASON_PARSE_AMBIGUOUS, "zip local and central header differ");
    bool later = (e->flags & FLAG_DESCRIPTOR) != 0;
    bool same = get32(p + 14) == e->crc && get32(p + 18) == e->packed.n && get32(p + 22) == e->size;
    bool zero = get32(p + 14) == 0 && (get32(p + 18) == 0 || get32(p + 18) == UINT32_MAX) &&
                (get32(p + 22) == 0 || get32(p + 22) == UINT32_MAX);
    if (!same && !(later && zero))
        return disarm_block(ctx, REASON_PARSE_AMBIGUOUS, "zip local and central header differ");
    e->packed.p = p + LOCAL_BYTES + name + extra;
    e->end = (uint32_t)(e->packed.p + e->packed.n - b.p);
    return later ? check_descriptor(ctx, b, e) : 0;
}

static int
check_method(struct disarm_ctx *ctx, struct zip *zip, const struct zip_entry *e)
{
    if (e->flags & FLAG_ENCRYPTED) {
        zip->encrypted = true;
        return 0;
    }
    if (e->method != 0 && e->method != 8)
        return disarm_block(ctx, REASON_CONTENT_UNSUPPORTED, "zip compression method");
    if (e->method == 0 && e->packed.n != e->size)
        return disarm_block(ctx, REASON_PARSE_AMBIGUOUS, "zip stored size");
    return 0;
}

static int
offset_compare(const void *a, const void *b)
{
    const struct zip_entry *const *x = a, *const *y = b;
    return ((*x)->offset > (*y)->offset) - ((*x)->offset < (*y)->offset);
}

static bool
all_zero(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] != 0)
            return false;
    return true;
}

/* Members must lie one behind the other from 0 to the directory, nothing over and nothing between.
 */
static int
check_layout(struct disarm_ctx *ctx, const struct zip *zip, size_t directory)
{
    const struct zip_entry **order = disarm_alloc(ctx, zip->count * sizeof *order + 1);
    if (order == NULL)
        return -1;
    for (size_t i = 0; i < zip->count; i++)
        order[i] = &zip->entries[i];
    qsort(order, zip->count, sizeof(struct zip_entry *), offset_compare);
    size_t at = 0;
    for (size_t i = 0; i <= zip->count; i++) {
        size_t next = i < zip->count ? order[i]->offset : directory;
        if (next < at)
            return disarm_block(ctx, REASON_PARSE_AMBIGUOUS, "zip members overlap");
        if (!all_zero(str_slice(zip->bytes, at, next)))
            return disarm_block(ctx, REASON_PARSE_AMBIGUOUS, "bytes between zip members");
        at = i < zip->count ? order[i]->end : at;
    }
    return 0;
}

int
zip_open(struct disarm_ctx *ctx, struct str bytes, uint32_t entries_max, struct zip *ret_zip)
{
    struct end end = {0};
    if (find_end(ctx, bytes, &end) < 0)
        return -1;
    if (end.count > entries_max || end.count > entries_max - ctx->budget->entries)
        return disarm_block(ctx, REASON_LIMIT_ENTRIES, NULL);
    ctx->budget->entries += end.count;
    struct zip zip = {.bytes = bytes, .count = end.count};
    zip.trailing = bytes.n - end.at - END_BYTES;
    zip.entries = disarm_alloc(ctx, (zip.count + 1) * sizeof *zip.entries);
    if (zip.entries == NULL)
        return -1;
    struct str dir = str_slice(bytes, end.offset, end.at);
    size_t at = 0;
    for (size_t i = 0; i < zip.count; i++)
        if (read_central(ctx, dir, &at, &zip.entries[i]) < 0 ||
            check_local(ctx, bytes, end.offset, &zip.entries[i]) < 0 ||
            check_method(ctx, &zip, &zip.entries[i]) < 0)
            return -1;
    if (at != dir.n)
        return disarm_block(ctx, REASON_PARSE_AMBIGUOUS, "zip directory is longer than its count");
    if (check_layout(ctx, &zip, end.offset) < 0)
        return -1;
    if (zip.trailing > 0)
        disarm_found(ctx, CHECK_ZIP_04, "removed", "bytes behind the archive", "", 1);
    *ret_zip = zip;
    return 0;
}

static int
inflate_into(struct disarm_ctx *ctx, const struct zip_entry *e, char *to, const char *at)
{
    struct libdeflate_decompressor *d = libdeflate_alloc_decompressor();
    if (d == NULL)
        return disarm_block(ctx, REASON_LIMIT_MEMORY, at);
    size_t used = 0, made = 0;
    enum libdeflate_result got =
        libdeflate_deflate_decompress_ex(d, e->packed.p, e->packed.n, to, e->size, &used, &made);
    libdeflate_free_decompressor(d);
    if (got != LIBDEFLATE_SUCCESS || used != e->packed.n || made != e->size)
        return disarm_block(ctx, REASON_PARSE_AMBIGUOUS, at);
    return 0;
}

int
zip_read(struct disarm_ctx *ctx, const struct zip_entry *e, struct str *ret)
{
    char at[120];
    snprintf(at, sizeof at, "%.*s", STR_FMT(str_slice(e->name, 0, 100)));
    if (e->flags & FLAG_ENCRYPTED)
        return disarm_block(ctx, REASON_PASSWORD_NEEDED, at);
    /* Deflate cannot do better than 1:1032, so a bigger claim is a lie that needs no memory. */
    if (e->method == 8 && e->size / 1040 > e->packed.n)
        return disarm_block(ctx, REASON_PARSE_AMBIGUOUS, at);
    if (disarm_spend(ctx, e->size, at) < 0)
        return -1;
    char *to = malloc((size_t)e->size + 1);
    if (to == NULL)
        return disarm_block(ctx, REASON_LIMIT_MEMORY, at);
    if (e->method == 0)
        memcpy(to, e->packed.p, e->size);
    else if (inflate_into(ctx, e, to, at) < 0) {
        free(to);
        return -1;
    }
    if (libdeflate_crc32(0, to, e->size) != e->crc) {
        free(to);
        return disarm_block(ctx, REASON_PARSE_AMBIGUOUS, at);
    }
    to[e->size] = '\0';
    *ret = (struct str){to, e->size};
    return 0;
}
