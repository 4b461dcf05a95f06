/*
 * zip_write: the writer of zip.h. Runs in the disarm worker. Same members, same bytes: no clock, no
 * names of systems, one compression level.
 */
#include "base/mem/ensure.h"
#include "format/disarm/zip.h"

#include <libdeflate.h>
#include <stdlib.h>
#include <string.h>

enum { LEVEL = 4, DATE_1980 = 0x0021 };

struct member {
    char *name;
    size_t name_n;
    char *packed;
    size_t packed_n, size;
    uint32_t crc, offset;
    bool deflated;
};

struct zip_writer {
    struct libdeflate_compressor *compressor;
    struct member *members;
    size_t count, room;
};

struct zip_writer *
zip_writer_new(void)
{
    struct zip_writer *writer = calloc(1, sizeof *writer);
    ensure(writer != NULL);
    writer->compressor = libdeflate_alloc_compressor(LEVEL);
    ensure(writer->compressor != NULL);
    return writer;
}

void
zip_writer_free(struct zip_writer *writer)
{
    if (writer == NULL)
        return;
    for (size_t i = 0; i < writer->count; i++) {
        free(writer->members[i].name);
        free(writer->members[i].packed);
    }
    free(writer->members);
    libdeflate_free_compressor(writer->compressor);
    free(writer);
}

static void
pack(struct zip_writer *writer, struct member *m, struct str content, bool store)
{
    m->packed = malloc(content.n + 1);
    ensure(m->packed != NULL);
    size_t made = 0;
    if (!store && content.n > 16)
        made = libdeflate_deflate_compress(writer->compressor, content.p, content.n, m->packed,
                                           content.n);
    m->deflated = made > 0 && made < content.n;
    m->packed_n = m->deflated ? made : content.n;
    if (!m->deflated && content.n > 0)
        memcpy(m->packed, content.p, content.n);
    char *smaller = realloc(m->packed, m->packed_n + 1);
    m->packed = smaller != NULL ? smaller : m->packed;
}

void
zip_writer_add(struct zip_writer *writer, struct str name, struct str content, bool store)
{
    ensure(content.n < UINT32_MAX && name.n < 0xFFFF);
    if (writer->count == writer->room) {
        writer->room = writer->room == 0 ? 32 : writer->room * 2;
        writer->members = realloc(writer->members, writer->room * sizeof *writer->members);
        ensure(writer->members != NULL);
    }
    struct member *m = &writer->members[writer->count++];
    *m = (struct member){.name_n = name.n, .size = content.n};
    m->name = malloc(name.n + 1);
    ensure(m->name != NULL);
    memcpy(m->name, name.p, name.n);
    m->crc = libdeflate_crc32(0, content.p, content.n);
    pack(writer, m, content, store);
}

size_t
zip_writer_count(const struct zip_writer *writer)
{
    return writer->count;
}

static void
put16(struct buf *out, size_t v)
{
    buf_put_char(out, (char)(v & 0xFF));
    buf_put_char(out, (char)(v >> 8 & 0xFF));
}

static void
put32(struct buf *out, size_t v)
{
    put16(out, v & 0xFFFF);
    put16(out, v >> 16);
}

/* The fields that local and central headers share, from "version needed" to the lengths. */
static void
put_common(struct buf *out, const struct member *m)
{
    bool utf8 = false;
    for (size_t i = 0; i < m->name_n; i++)
        utf8 = utf8 || (unsigned char)m->name[i] >= 0x80;
    put16(out, 20);
    put16(out, utf8 ? 1 << 11 : 0);
    put16(out, m->deflated ? 8 : 0);
    put16(out, 0);
    put16(out, DATE_1980);
    put32(out, m->crc);
    put32(out, m->packed_n);
    put32(out, m->size);
    put16(out, m->name_n);
    put16(out, 0);
}

static void
put_local(struct buf *out, struct member *m)
{
    m->offset = (uint32_t)out->n;
    buf_put_z(out, "PK\x03\x04");
    put_common(out, m);
    buf_put(out, m->name, m->name_n);
    buf_put(out, m->packed, m->packed_n);
}

static void
put_central(struct buf *out, const struct member *m)
{
    buf_put_z(out, "PK\x01\x02");
    put16(out, 20);
    put_common(out, m);
    buf_put(out, "\0\0\0\0\0\0\0\0\0\0", 10); /* comment, disk, attributes */
    put32(out, m->offset);
    buf_put(out, m->name, m->name_n);
}

void
zip_writer_put(struct zip_writer *writer, size_t first, struct buf *out)
{
    size_t n = writer->count;
    for (size_t i = 0; i < n; i++)
        put_local(out, &writer->members[(i + n - first) % n]);
    size_t directory = out->n;
    for (size_t i = 0; i < n; i++)
        put_central(out, &writer->members[(i + n - first) % n]);
    size_t end = out->n;
    ensure(out->over || end < UINT32_MAX);
    buf_put_z(out, "PK\x05\x06");
    put32(out, 0);
    put16(out, n);
    put16(out, n);
    put32(out, end - directory);
    put32(out, directory);
    put16(out, 0);
}
