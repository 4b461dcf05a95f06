/*
 * zip: a writer of stored ZIP archives (APPNOTE.TXT 6.3.10), for the demo's samples.
 */
#ifndef CMD_SEKISHO_TOWN_ZIP_H
#define CMD_SEKISHO_TOWN_ZIP_H

#include "base/mem/buf.h"

#include <stdint.h>

enum { ZIP_ENTRIES_MOST = 64, ZIP_FLAG_UTF8 = 0x0800 };

struct zip_entry {
    struct str name; /* its bytes as they stand in the archive */
    uint32_t crc, size, offset;
    uint16_t flags;
};

struct zip {
    struct buf *out; /* borrowed */
    struct zip_entry entry[ZIP_ENTRIES_MOST];
    size_t count;
};

/* An archive that is appended to OUT, which must be empty. */
void zip_begin(struct zip *zip, struct buf *out);

/* Adds BYTES stored as NAME (which must live until zip_end). FLAGS: 0 for names in the old code
 * page, ZIP_FLAG_UTF8 for names beyond ASCII in UTF-8. */
void zip_add(struct zip *zip, struct str name, uint16_t flags, struct str bytes);

/* Writes the directory. buf_done(out) then says whether all of it fitted. */
void zip_end(struct zip *zip);

#endif
