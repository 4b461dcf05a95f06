/*
 * journal: the bytes of the files in which entries wait, durable, for their place in the tiles (and
 * of the queue files of the edges).
 *
 * Segment: header of 64 bytes, then records, then zeros.
 *   header  "SKJ1" | uint32 1 | salt[8] | 0[8] | uint64 first index | SHA-256(origin)[32]
 *   record  salt[8] | uint64 index | uint32 length | uint32 back | SHA-256(those 24 bytes |
 * entry)[32] | entry | zeros to a multiple of 8 Integers are big-endian; `back` is index - the
 * first index of the record's group (one group is one write and one sync). The salt is random per
 * segment, so what an older segment left on the disk is never taken for a record of this one.
 */
#ifndef FORMAT_TLOG_JOURNAL_H
#define FORMAT_TLOG_JOURNAL_H

#include "base/mem/buf.h"
#include "base/mem/err.h"
#include "base/mem/str.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    JOURNAL_HEADER_BYTES = 64,
    JOURNAL_RECORD_HEAD = 56,
    JOURNAL_SALT_BYTES = 8,
    JOURNAL_ENTRY_MOST = 65535
};

struct journal_header {
    uint8_t salt[JOURNAL_SALT_BYTES];
    uint64_t first;     /* index of the first record */
    uint8_t origin[32]; /* SHA-256 of the log's origin */
};

struct journal_record {
    uint64_t index;
    uint32_t back;
    struct str entry;
};

/* Writes the header. */
void journal_header_write(const struct journal_header *h, uint8_t ret[JOURNAL_HEADER_BYTES]);

/* Reads a header. Err ledger.journal. */
int journal_header_read(const uint8_t bytes[JOURNAL_HEADER_BYTES], struct journal_header *ret,
                        struct err *err);

/* Bytes that a record of an entry of N bytes takes. */
size_t journal_record_bytes(size_t n);

/* Appends RECORD. */
void journal_record_put(struct buf *buf, const struct journal_header *h,
                        const struct journal_record *record);

/* Reads the record at AT (a multiple of 8) of SEGMENT. True when its salt and digest are right;
 * *RET points into SEGMENT and *RET_END is the place behind it. */
bool journal_record_read(struct str segment, size_t at, const struct journal_header *h,
                         struct journal_record *ret, size_t *ret_end);

enum journal_end { JOURNAL_CLEAN, JOURNAL_TORN, JOURNAL_DAMAGED };

/* What a scan of a segment came to. */
struct journal_scan {
    enum journal_end end;
    uint64_t next;    /* index behind the last record that counts */
    size_t at;        /* its place in the segment */
    uint64_t dropped; /* records found behind a torn one, that one included */
};

/* Called for each record that counts. 0, or -1 with err, which ends the scan. */
typedef int journal_take(void *context, const struct journal_record *record, struct err *err);

/*
 * Goes through SEGMENT (header included). A record that does not check ends it: TORN when no valid
 * record behind it belongs to a group that began later, so that it was never acknowledged; else
 * DAMAGED; CLEAN when only zeros follow. Returns 0, or -1 with what TAKE said.
 */
int journal_scan(struct str segment, const struct journal_header *h, journal_take *take,
                 void *context, struct journal_scan *ret, struct err *err);

#endif
