/*
 * zip: see zip.h. Run by sekisho-town.
 *
 * Layout: for each entry a local header (30 bytes and the name) and the bytes; then for each a
 * central header (46 bytes and the name); then the end record (22 bytes). All numbers
 * little-endian. Dates are 2026-04-01 00:00, so the same samples have the same bytes.
 */
#include "cmd/sekisho-town/zip.h"

#include "base/mem/ensure.h"

#include <libdeflate.h>

enum { DATE = (2026 - 1980) << 9 | 4 << 5 | 1, VERSION = 20 };

static void
put16(struct buf *out, uint32_t value)
{
    buf_put_char(out, (char)(value & 0xff));
    buf_put_char(out, (char)(value >> 8 & 0xff));
}

static void
put32(struct buf *out, uint32_t value)
{
    put16(out, value);
    put16(out, value >> 16);
}

void
zip_begin(struct zip *zip, struct buf *out)
{
    ensure(out->n == 0);
    *zip = (struct zip){.out = out};
}

/* What local and central headers have in common. */
static void
put_entry(struct buf *out, const struct zip_entry *entry)
{
    put16(out, VERSION);
    put16(out, entry->flags);
    put16(out, 0); /* stored */
    put16(out, 0); /* time */
    put16(out, DATE);
    put32(out, entry->crc);
    put32(out, entry->size);
    put32(out, entry->size);
    put16(out, (uint32_t)entry->name.n);
    put16(out, 0); /* extra */
}

void
zip_add(struct zip *zip, struct str name, uint16_t flags, struct str bytes)
{
    ensure(zip->count < ZIP_ENTRIES_MOST && bytes.n < UINT32_MAX && name.n < UINT16_MAX);
    struct zip_entry *entry = &zip->entry[zip->count++];
    *entry = (struct zip_entry){.name = name,
                                .crc = libdeflate_crc32(0, bytes.p, bytes.n),
                                .size = (uint32_t)bytes.n,
                                .offset = (uint32_t)zip->out->n,
                                .flags = flags};
    put32(zip->out, 0x04034b50);
    put_entry(zip->out, entry);
    buf_put_str(zip->out, name);
    buf_put_str(zip->out, bytes);
}

void
zip_end(struct zip *zip)
{
    uint32_t start = (uint32_t)zip->out->n;
    for (size_t i = 0; i < zip->count; i++) {
        const struct zip_entry *entry = &zip->entry[i];
        put32(zip->out, 0x02014b50);
        put16(zip->out, VERSION);
        put_entry(zip->out, entry);
        put16(zip->out, 0); /* comment */
        put16(zip->out, 0); /* disk */
        put16(zip->out, 0); /* internal attributes */
        put32(zip->out, 0); /* external attributes */
        put32(zip->out, entry->offset);
        buf_put_str(zip->out, entry->name);
    }
    uint32_t size = (uint32_t)zip->out->n - start;
    put32(zip->out, 0x06054b50);
    put16(zip->out, 0);
    put16(zip->out, 0);
    put16(zip->out, (uint32_t)zip->count);
    put16(zip->out, (uint32_t)zip->count);
    put32(zip->out, size);
    put32(zip->out, start);
    put16(zip->out, 0);
}
