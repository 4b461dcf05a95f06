/*
 * zip: a strict reader and a plain writer of ZIP archives (PKWARE APPNOTE 6.3, ISO/IEC 21320-1).
 *
 * The reader takes the central directory as the list; every local header and data descriptor must
 * agree with it, nothing may overlap and nothing may hide between members. What two readers could
 * read in two ways is refused (parse.ambiguous). The writer puts members in the order given, dates
 * 1980-01-01, no extra fields, no comments.
 */
#ifndef FORMAT_DISARM_ZIP_H
#define FORMAT_DISARM_ZIP_H

#include "format/disarm/report.h"

#include <stdbool.h>

struct zip_entry {
    struct str name;    /* raw bytes */
    struct str utf8;    /* name from the Info-ZIP unicode field 0x7075, or empty */
    struct str packed;  /* the member's bytes as stored */
    uint32_t size, crc; /* inflated */
    uint16_t flags, method;
    uint16_t made_by; /* high byte: system */
    uint32_t attributes;
    uint32_t offset; /* of the local header */
    uint32_t end;    /* behind data and descriptor */
};

struct zip {
    struct str bytes;
    struct zip_entry *entries;
    size_t count;
    size_t trailing; /* bytes behind the end record */
    bool encrypted;  /* some member is */
};

/* Reads the directory of BYTES. 0, or -1 after disarm_block: parse.malformed, parse.ambiguous,
 * limit.entries, content.unsupported (method), password.needed. ENTRIES_MAX is the profile's. */
int zip_open(struct disarm_ctx *ctx, struct str bytes, uint32_t entries_max, struct zip *ret_zip);

/*
 * Inflates ENTRY into heap memory, *RET (with a NUL behind it, not counted), to be freed with
 * free(). The declared size is taken from the budget first; a member that is shorter, longer or has
 * another CRC is refused. 0 or -1 after disarm_block.
 */
int zip_read(struct disarm_ctx *ctx, const struct zip_entry *entry, struct str *ret);

struct zip_writer;

/* A writer whose members live until zip_writer_free. */
struct zip_writer *zip_writer_new(void);
void zip_writer_free(struct zip_writer *writer);

/* Adds a member NAME (copied) with CONTENT, deflated unless STORE or that is no smaller. */
void zip_writer_add(struct zip_writer *writer, struct str name, struct str content, bool store);

/* How many members were added. */
size_t zip_writer_count(const struct zip_writer *writer);

/* Appends the archive to OUT, the last-added FIRST members first. ensure()s that it fits 4 GiB. */
void zip_writer_put(struct zip_writer *writer, size_t first, struct buf *out);

#endif
