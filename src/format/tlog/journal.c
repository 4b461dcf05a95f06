/*
 * journal: see journal.h for the layout. Pure; used by ledgerd, and by the edges for their queues.
 */
#include "format/tlog/journal.h"

#include "base/crypt/hash.h"
#include "base/mem/ensure.h"

#include <string.h>

static void
put_u32(uint8_t *to, uint32_t v)
{
    for (unsigned i = 0; i < 4; i++)
        to[i] = (uint8_t)(v >> (24 - 8 * i));
}

static void
put_u64(uint8_t *to, uint64_t v)
{
    put_u32(to, (uint32_t)(v >> 32));
    put_u32(to + 4, (uint32_t)v);
}

static uint32_t
get_u32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static uint64_t
get_u64(const uint8_t *p)
{
    return (uint64_t)get_u32(p) << 32 | get_u32(p + 4);
}

void
journal_header_write(const struct journal_header *h, uint8_t ret[JOURNAL_HEADER_BYTES])
{
    memset(ret, 0, JOURNAL_HEADER_BYTES);
    memcpy(ret, "SKJ1", 4);
    put_u32(ret + 4, 1);
    memcpy(ret + 8, h->salt, JOURNAL_SALT_BYTES);
    put_u64(ret + 24, h->first);
    memcpy(ret + 32, h->origin, 32);
}

int
journal_header_read(const uint8_t bytes[JOURNAL_HEADER_BYTES], struct journal_header *ret,
                    struct err *err)
{
    static const uint8_t zeros[8];
    if (memcmp(bytes, "SKJ1", 4) != 0 || get_u32(bytes + 4) != 1 ||
        memcmp(bytes + 16, zeros, 8) != 0)
        return ERR(err, "ledger.journal", "header");
    memcpy(ret->salt, bytes + 8, JOURNAL_SALT_BYTES);
    ret->first = get_u64(bytes + 24);
    memcpy(ret->origin, bytes + 32, 32);
    return 0;
}

size_t
journal_record_bytes(size_t n)
{
    return (JOURNAL_RECORD_HEAD + n + 7) / 8 * 8;
}

void
journal_record_put(struct buf *buf, const struct journal_header *h,
                   const struct journal_record *record)
{
    ensure(record->entry.n <= JOURNAL_ENTRY_MOST);
    uint8_t head[JOURNAL_RECORD_HEAD];
    memcpy(head, h->salt, JOURNAL_SALT_BYTES);
    put_u64(head + 8, record->index);
    put_u32(head + 16, (uint32_t)record->entry.n);
    put_u32(head + 20, record->back);
    sha256_of_pair(head, 24, record->entry.p, record->entry.n, head + 24);
    static const char zeros[8];
    buf_put(buf, head, sizeof head);
    buf_put_str(buf, record->entry);
    buf_put(buf, zeros,
            journal_record_bytes(record->entry.n) - JOURNAL_RECORD_HEAD - record->entry.n);
}

bool
journal_record_read(struct str segment, size_t at, const struct journal_header *h,
                    struct journal_record *ret, size_t *ret_end)
{
    if (segment.n < JOURNAL_RECORD_HEAD || at > segment.n - JOURNAL_RECORD_HEAD)
        return false;
    const uint8_t *p = (const uint8_t *)segment.p + at;
    if (memcmp(p, h->salt, JOURNAL_SALT_BYTES) != 0)
        return false;
    ret->index = get_u64(p + 8);
    uint32_t n = get_u32(p + 16);
    ret->back = get_u32(p + 20);
    if (n > JOURNAL_ENTRY_MOST || n > segment.n - at - JOURNAL_RECORD_HEAD ||
        ret->back > ret->index)
        return false;
    ret->entry = str_slice(segment, at + JOURNAL_RECORD_HEAD, at + JOURNAL_RECORD_HEAD + n);
    uint8_t digest[SHA256_BYTES];
    sha256_of_pair(p, 24, ret->entry.p, n, digest);
    *ret_end = at + journal_record_bytes(n);
    return memcmp(digest, p + 24, SHA256_BYTES) == 0;
}

static bool
only_zeros(struct str s, size_t from)
{
    for (size_t i = from; i < s.n; i++)
        if (s.p[i] != 0)
            return false;
    return true;
}

/* Looks behind the place of record NEXT, which does not check, for what is still readable. */
static void
judge_rest(struct str segment, const struct journal_header *h, struct journal_scan *scan)
{
    if (only_zeros(segment, scan->at)) {
        scan->end = JOURNAL_CLEAN;
        return;
    }
    scan->end = JOURNAL_TORN;
    scan->dropped = 1;
    for (size_t at = scan->at; at + JOURNAL_RECORD_HEAD <= segment.n; at += 8) {
        struct journal_record record;
        size_t end;
        if (!journal_record_read(segment, at, h, &record, &end) || record.index <= scan->next)
            continue;
        scan->dropped++;
        if (record.index - record.back > scan->next) {
            scan->end = JOURNAL_DAMAGED;
            return;
        }
        at = end - 8;
    }
}

int
journal_scan(struct str segment, const struct journal_header *h, journal_take *take, void *context,
             struct journal_scan *ret, struct err *err)
{
    *ret = (struct journal_scan){.next = h->first, .at = JOURNAL_HEADER_BYTES};
    struct journal_record record;
    size_t end;
    while (journal_record_read(segment, ret->at, h, &record, &end) && record.index == ret->next) {
        if (take(context, &record, err) != 0)
            return -1;
        ret->next++;
        ret->at = end < segment.n ? end : segment.n;
    }
    judge_rest(segment, h, ret);
    return 0;
}
