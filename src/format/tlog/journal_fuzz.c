/*
 * journal_fuzz: segments: every record that counts lies inside, and writing it again gives its
 * bytes.
 */
#include "format/tlog/journal.h"

#include "base/mem/ensure.h"

#include <string.h>

struct seen {
    const struct journal_header *header;
    struct str segment;
};

static int
take(void *context, const struct journal_record *record, struct err *err)
{
    const struct seen *seen = context;
    struct buf again;
    (void)err;
    ensure(record->entry.p >= seen->segment.p + JOURNAL_HEADER_BYTES + JOURNAL_RECORD_HEAD);
    ensure(record->entry.p + record->entry.n <= seen->segment.p + seen->segment.n);
    buf_init(&again, 1 << 20);
    journal_record_put(&again, seen->header, record);
    size_t n = JOURNAL_RECORD_HEAD + record->entry.n;
    ensure(memcmp(again.p, record->entry.p - JOURNAL_RECORD_HEAD, n) == 0);
    buf_free(&again);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str s = {(const char *)data, size};
    struct journal_header header;
    struct journal_scan scan;
    struct err err;
    if (size < JOURNAL_HEADER_BYTES || journal_header_read(data, &header, &err) != 0)
        return 0;
    struct seen seen = {&header, s};
    ensure(journal_scan(s, &header, take, &seen, &scan, &err) == 0);
    ensure(scan.at <= size || scan.at == JOURNAL_HEADER_BYTES);
    return 0;
}
