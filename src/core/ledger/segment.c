/*
 * segment: the journal's files state/journal.<n> (bytes: format/tlog/journal.h). Part of ledgerd.
 *
 * A segment is zero-filled and synced before its first record, so that the sync of a group writes
 * data only. A group never spans two segments. Records are appended to one segment; a start never
 * continues an old one.
 */
#include "core/ledger/inside.h"

#include "base/crypt/hash.h"
#include "base/crypt/secret.h"
#include "base/mem/ensure.h"
#include "base/os/file.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SEGMENTS_MOST = 4096, ZEROS = 1 << 16 };

static void
segment_path(uint64_t number, char ret[LEDGER_NAME])
{
    snprintf(ret, LEDGER_NAME, "journal.%llu", (unsigned long long)number);
}

/* Fills FD with the header and zeros up to SIZE, and syncs it. */
static int
fill(int fd, const struct journal_header *header, uint64_t size, struct err *err)
{
    static const char zeros[ZEROS];
    uint8_t head[JOURNAL_HEADER_BYTES];
    journal_header_write(header, head);
    if (file_write(fd, head, sizeof head, err) != 0)
        return -1;
    for (uint64_t left = size - sizeof head; left > 0;) {
        size_t n = left < ZEROS ? (size_t)left : ZEROS;
        if (file_write(fd, zeros, n, err) != 0)
            return -1;
        left -= n;
    }
    return file_sync(fd, err);
}

int
segment_open(struct ledger *ledger, uint64_t index, struct err *err)
{
    struct segment *s = &ledger->segment;
    struct segment next = {.fd = -1, .number = s->number + 1, .end = JOURNAL_HEADER_BYTES};
    char path[LEDGER_NAME];
    next.size = ledger->config.journal_bytes;
    next.header.first = index;
    random_bytes(next.header.salt, sizeof next.header.salt);
    sha256_of(ledger->config.origin, strlen(ledger->config.origin), next.header.origin);
    segment_path(next.number, path);
    next.fd =
        file_open(ledger->state_dir, "tmp/journal", O_RDWR | O_CREAT | O_TRUNC, PRIVATE_MODE, err);
    if (next.fd < 0)
        return -1;
    if (fill(next.fd, &next.header, next.size, err) != 0 ||
        file_move(ledger->state_dir, "tmp/journal", path, err) != 0) {
        file_close(&next.fd);
        return -1;
    }
    file_close(&s->fd);
    *s = next;
    return 0;
}

int
segment_write_group(struct ledger *ledger, struct err *err)
{
    struct buf bytes;
    size_t need = 0;
    for (uint64_t i = ledger->committed; i < ledger->size; i++)
        need += journal_record_bytes(pending_entry(&ledger->pending, i).n);
    if (need > ledger->segment.size - ledger->segment.end &&
        segment_open(ledger, ledger->committed, err) != 0)
        return -1;
    struct segment *s = &ledger->segment;
    ensure(need <= s->size - s->end);
    buf_init(&bytes, need);
    for (uint64_t i = ledger->committed; i < ledger->size; i++) {
        struct journal_record record = {i, (uint32_t)(i - ledger->committed),
                                        pending_entry(&ledger->pending, i)};
        journal_record_put(&bytes, &s->header, &record);
    }
    int r = file_pwrite(s->fd, bytes.p, bytes.n, s->end, err);
    if (r == 0)
        r = file_sync_data(s->fd, err);
    s->end += bytes.n;
    buf_free(&bytes);
    return r;
}

struct found {
    uint64_t number[SEGMENTS_MOST];
    size_t n;
};

static int
note_segment(void *context, const char *path, const struct stat *st, struct err *err)
{
    struct found *found = context;
    struct str name = str_of(path);
    uint64_t number;
    if (!str_starts(name, STR("journal.")) || !S_ISREG(st->st_mode))
        return 0;
    if (!str_to_u64(str_slice(name, 8, name.n), &number) || found->n == SEGMENTS_MOST)
        return ERR(err, "ledger.journal", "%s", path);
    found->number[found->n++] = number;
    return 0;
}

static int
by_number(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static int
segments_find(struct ledger *ledger, struct found *ret, struct err *err)
{
    ret->n = 0;
    if (file_walk(ledger->state_dir, ".", note_segment, ret, err) != 0)
        return -1;
    qsort(ret->number, ret->n, sizeof ret->number[0], by_number);
    return 0;
}

/* The header of segment NUMBER. */
static int
header_of(struct ledger *ledger, uint64_t number, struct journal_header *ret, struct err *err)
{
    char path[LEDGER_NAME];
    uint8_t bytes[JOURNAL_HEADER_BYTES];
    segment_path(number, path);
    int fd = file_open(ledger->state_dir, path, O_RDONLY, 0, err);
    if (fd < 0)
        return -1;
    int r = file_pread(fd, bytes, sizeof bytes, 0, err);
    file_close(&fd);
    return r != 0 ? -1 : journal_header_read(bytes, ret, err);
}

int
segment_drop_below(struct ledger *ledger, uint64_t size, struct err *err)
{
    struct found found;
    if (segments_find(ledger, &found, err) != 0)
        return -1;
    /* A segment ends where the next one begins. */
    for (size_t i = 0; i + 1 < found.n; i++) {
        struct journal_header next;
        char path[LEDGER_NAME];
        if (header_of(ledger, found.number[i + 1], &next, err) != 0)
            return -1;
        if (next.first > size || found.number[i] == ledger->segment.number)
            return 0;
        segment_path(found.number[i], path);
        if (file_remove(ledger->state_dir, path, err) != 0)
            return -1;
    }
    return 0;
}

struct replay {
    struct ledger *ledger;
    uint64_t from;
    uint64_t next; /* index expected next */
    uint64_t dropped;
    journal_take *take;
};

static int
replay_one(void *context, const struct journal_record *record, struct err *err)
{
    struct replay *r = context;
    if (record->index < r->from)
        return 0;
    return r->take(r->ledger, record, err);
}

static int
damaged(struct err *err, uint64_t number, uint64_t index)
{
    return ERR(err, "ledger.damaged", "journal.%llu, entry %llu", (unsigned long long)number,
               (unsigned long long)index);
}

static int
replay_bytes(struct replay *r, uint64_t number, struct str bytes, struct err *err)
{
    struct journal_header header;
    struct journal_scan scan;
    uint8_t origin[SHA256_BYTES];
    if (bytes.n < JOURNAL_HEADER_BYTES ||
        journal_header_read((const uint8_t *)bytes.p, &header, err) != 0)
        return damaged(err, number, r->next);
    sha256_of(r->ledger->config.origin, strlen(r->ledger->config.origin), origin);
    if (memcmp(origin, header.origin, sizeof origin) != 0)
        return ERR(err, "ledger.damaged", "journal.%llu is of another log",
                   (unsigned long long)number);
    /* The first segment may begin below what the tiles hold, each other where the last one ended.
     */
    if (r->next == UINT64_MAX ? header.first > r->from : header.first != r->next)
        return damaged(err, number, r->next == UINT64_MAX ? r->from : r->next);
    if (journal_scan(bytes, &header, replay_one, r, &scan, err) != 0)
        return -1;
    if (scan.end == JOURNAL_DAMAGED)
        return damaged(err, number, scan.next);
    r->dropped += scan.dropped;
    r->next = scan.next;
    return 0;
}

static int
replay_segment(struct replay *r, uint64_t number, struct err *err)
{
    char path[LEDGER_NAME];
    struct buf bytes;
    segment_path(number, path);
    buf_init(&bytes, (size_t)1 << 31);
    int got = file_read(r->ledger->state_dir, path, (size_t)1 << 31, &bytes, err);
    if (got == 0)
        got = replay_bytes(r, number, buf_str(&bytes), err);
    buf_free(&bytes);
    return got;
}

int
segment_replay(struct ledger *ledger, uint64_t from, journal_take *take, uint64_t *ret_dropped,
               struct err *err)
{
    struct found found;
    struct replay r = {.ledger = ledger, .from = from, .next = UINT64_MAX, .take = take};
    if (segments_find(ledger, &found, err) != 0)
        return -1;
    for (size_t i = 0; i < found.n; i++)
        if (replay_segment(&r, found.number[i], err) != 0)
            return -1;
    if (found.n == 0 && from > 0)
        return ERR(err, "ledger.damaged", "no journal");
    if (found.n > 0 && r.next < from)
        return damaged(err, found.number[found.n - 1], r.next);
    ledger->segment.number = found.n == 0 ? 0 : found.number[found.n - 1];
    *ret_dropped = r.dropped;
    return 0;
}
