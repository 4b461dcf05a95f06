/*
 * zip: three members out of a ZIP file (PKWARE APPNOTE 6.3), by its central directory. Runs in
 * policy-worker. A member whose local header, sizes or checksum disagree is refused; ZIP64,
 * encryption and methods other than stored and deflated too.
 *
 * End record (22 bytes): 0 "PK\5\6", 10 entries, 12 directory bytes, 16 directory offset.
 * Directory (46 bytes + name, extra, comment): 0 "PK\1\2", 8 flags, 10 method, 16 CRC, 20 packed,
 * 24 size, 28 name, 30 extra, 32 comment, 42 offset. Local (30 bytes + name, extra): 0 "PK\3\4",
 * 26 name, 28 extra.
 */
#include "format/docx/read.h"

#include <libdeflate.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { END_BYTES = 22, ENTRY_BYTES = 46, LOCAL_BYTES = 30, COMMENT_MOST = 65535 };

struct entry {
    struct str name;
    unsigned flags, method;
    uint32_t crc, packed, size, offset;
};

static unsigned
u16_at(struct str s, size_t i)
{
    return (unsigned)(unsigned char)s.p[i] | (unsigned)(unsigned char)s.p[i + 1] << 8;
}

static uint32_t
u32_at(struct str s, size_t i)
{
    return (uint32_t)u16_at(s, i) | (uint32_t)u16_at(s, i + 2) << 16;
}

/* The end record of S, searched from its end; false when there is none. */
static bool
find_end(struct str s, size_t *ret_at)
{
    if (s.n < END_BYTES)
        return false;
    for (size_t back = 0; back <= COMMENT_MOST && back + END_BYTES <= s.n; back++) {
        size_t at = s.n - END_BYTES - back;
        if (memcmp(s.p + at, "PK\5\6", 4) == 0 && u16_at(s, at + 20) == back) {
            *ret_at = at;
            return true;
        }
    }
    return false;
}

/* The directory entry at *AT, which moves behind it. False: damaged. */
static bool
read_entry(struct str s, size_t end, size_t *at, struct entry *ret)
{
    size_t i = *at;
    if (end - i < ENTRY_BYTES || memcmp(s.p + i, "PK\1\2", 4) != 0)
        return false;
    size_t name = u16_at(s, i + 28), more = (size_t)u16_at(s, i + 30) + u16_at(s, i + 32);
    if (end - i - ENTRY_BYTES < name + more)
        return false;
    *ret = (struct entry){.name = str_slice(s, i + ENTRY_BYTES, i + ENTRY_BYTES + name),
                          .flags = u16_at(s, i + 8),
                          .method = u16_at(s, i + 10),
                          .crc = u32_at(s, i + 16),
                          .packed = u32_at(s, i + 20),
                          .size = u32_at(s, i + 24),
                          .offset = u32_at(s, i + 42)};
    *at = i + ENTRY_BYTES + name + more;
    return true;
}

static int
inflate_entry(struct arena *arena, const struct entry *e, struct str packed, struct str *ret,
              struct err *err)
{
    char *bytes = arena_alloc(arena, (size_t)e->size + 1);
    if (bytes == NULL)
        return arena_check(arena, err);
    bool good = false;
    if (e->method == 0 && packed.n == e->size) {
        if (packed.n > 0)
            memcpy(bytes, packed.p, packed.n);
        good = true;
    } else if (e->method == 8) {
        struct libdeflate_decompressor *d = libdeflate_alloc_decompressor();
        if (d == NULL)
            abort();
        good = libdeflate_deflate_decompress(d, packed.p, packed.n, bytes, e->size, NULL) ==
               LIBDEFLATE_SUCCESS;
        libdeflate_free_decompressor(d);
    }
    if (!good || libdeflate_crc32(0, bytes, e->size) != e->crc)
        return ERR(err, "docx.zip", "%.*s", STR_FMT(e->name));
    *ret = (struct str){bytes, e->size};
    return 0;
}

static int
take_entry(struct arena *arena, struct str s, const struct entry *e, struct str *ret,
           struct err *err)
{
    if (ret->p != NULL || (e->flags & 1) != 0)
        return ERR(err, "docx.zip", "%.*s", STR_FMT(e->name));
    if (e->size > DOCX_PART_BYTES)
        return ERR(err, "docx.size", "%u", e->size);
    size_t at = e->offset;
    if (at > s.n || s.n - at < LOCAL_BYTES || memcmp(s.p + at, "PK\3\4", 4) != 0)
        return ERR(err, "docx.zip", "%zu", at);
    size_t name = u16_at(s, at + 26), extra = u16_at(s, at + 28);
    size_t from = at + LOCAL_BYTES + name + extra;
    if (from > s.n || s.n - from < e->packed ||
        !str_equal(str_slice(s, at + LOCAL_BYTES, at + LOCAL_BYTES + name), e->name))
        return ERR(err, "docx.zip", "%zu", at);
    return inflate_entry(arena, e, str_slice(s, from, from + e->packed), ret, err);
}

static struct str *
part_of(struct docx_parts *parts, struct str name)
{
    if (str_equal_nocase(name, STR("word/document.xml")))
        return &parts->document;
    if (str_equal_nocase(name, STR("word/numbering.xml")))
        return &parts->numbering;
    return str_equal_nocase(name, STR("word/styles.xml")) ? &parts->styles : NULL;
}

int
docx_open(struct arena *arena, struct str source, struct docx_parts *ret_parts, struct err *err)
{
    size_t end;
    if (!find_end(source, &end))
        return ERR(err, "docx.zip", "%zu", source.n);
    size_t count = u16_at(source, end + 10), at = u32_at(source, end + 16);
    if (count > DOCX_ENTRIES)
        return ERR(err, "docx.size", "%zu", count);
    *ret_parts = (struct docx_parts){0};
    for (size_t i = 0; i < count; i++) {
        struct entry e;
        if (at > end || !read_entry(source, end, &at, &e))
            return ERR(err, "docx.zip", "%zu", at);
        struct str *part = part_of(ret_parts, e.name);
        if (part != NULL && take_entry(arena, source, &e, part, err) < 0)
            return -1;
    }
    if (ret_parts->document.p == NULL)
        return ERR(err, "docx.part", "word/document.xml");
    return 0;
}

bool
docx_detect(struct str source)
{
    size_t end;
    if (!str_starts(source, STR("PK\3\4")) || !find_end(source, &end))
        return false;
    size_t count = u16_at(source, end + 10), at = u32_at(source, end + 16);
    struct docx_parts none = {0};
    for (size_t i = 0; i < count && i < DOCX_ENTRIES; i++) {
        struct entry e;
        if (at > end || !read_entry(source, end, &at, &e))
            return false;
        if (part_of(&none, e.name) == &none.document)
            return true;
    }
    return false;
}
