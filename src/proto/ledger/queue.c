/*
 * queue: see queue.h for the files. Part of gated and authd.
 *
 * Invariants: rows hold seq [first, next) in order; a row is in the file, synced, before it is in
 * `rows`. When nothing waits and the file has grown past COMPACT_BYTES, or when the rows are
 * numbered anew for another log, a new file replaces it at once and whole.
 */
#include "proto/ledger/queue.h"

#include "base/crypt/hash.h"
#include "base/crypt/secret.h"
#include "base/mem/ensure.h"
#include "base/os/file.h"
#include "format/tlog/journal.h"
#include "proto/ledger/kinds.h"
#include "proto/ledger/ledger.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    FILE_MOST = 1 << 30,
    COMPACT_BYTES = 1 << 20,
    NAME_MOST = 64,
    ENTRY_MOST_BYTES = LEDGER_KIND_MOST + 1 + LEDGER_DATA_MOST
};

struct row {
    char *entry; /* kind LF data; NULL once acknowledged */
    size_t n;
    bool old; /* of an earlier run */
    ledger_done *done;
    void *arg;
};

struct ledger_queue {
    struct ledger_queue_config config;
    char file[NAME_MOST];
    char acked_file[NAME_MOST];
    char tmp[NAME_MOST];
    int fd;
    int acked_fd;
    uint64_t end; /* place of the next record in the file */
    struct journal_header header;
    uint64_t first; /* seq of rows[from] */
    uint64_t next;
    struct row *rows;
    size_t from, n, cap;
    struct ledger_client *client;
};

static struct row *
row_of(struct ledger_queue *q, uint64_t seq)
{
    return &q->rows[q->from + (size_t)(seq - q->first)];
}

static void
row_add(struct ledger_queue *q, const struct row *row)
{
    if (q->from > 1024 && q->from > q->n / 2) {
        memmove(q->rows, q->rows + q->from, (q->n - q->from) * sizeof *q->rows);
        q->n -= q->from;
        q->from = 0;
    }
    if (q->n == q->cap) {
        q->cap = q->cap == 0 ? 64 : q->cap * 2;
        q->rows = realloc(q->rows, q->cap * sizeof *q->rows);
        ensure(q->rows != NULL);
    }
    q->rows[q->n++] = *row;
    q->next++;
}

static struct row
row_make(struct str entry)
{
    struct row row = {.entry = malloc(entry.n + 1), .n = entry.n};
    ensure(row.entry != NULL);
    memcpy(row.entry, entry.p, entry.n);
    row.entry[entry.n] = '\0';
    return row;
}

static void
record_put(struct buf *buf, const struct ledger_queue *q, uint64_t seq, const struct row *row)
{
    struct journal_record record = {seq, 0, {row->entry, row->n}};
    journal_record_put(buf, &q->header, &record);
}

static void
acked_write(struct ledger_queue *q, uint64_t seq)
{
    uint8_t bytes[8];
    for (unsigned i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(seq >> (56 - 8 * i));
    /* Not synced, and a failure does no harm: the rows are sent again and answered as duplicates.
     */
    (void)file_pwrite(q->acked_fd, bytes, sizeof bytes, 0, NULL);
}

/* Puts a new file in place that holds the rows that wait, under a fresh salt. */
static int
file_renew(struct ledger_queue *q, struct err *err)
{
    struct buf bytes;
    uint8_t head[JOURNAL_HEADER_BYTES];
    buf_init(&bytes, FILE_MOST);
    random_bytes(q->header.salt, sizeof q->header.salt);
    q->header.first = q->first;
    journal_header_write(&q->header, head);
    buf_put(&bytes, head, sizeof head);
    for (uint64_t seq = q->first; seq < q->next; seq++)
        record_put(&bytes, q, seq, row_of(q, seq));
    struct file_new new = {q->config.dir, q->tmp, q->config.dir, q->file, 0600};
    int r = buf_done(&bytes, err);
    if (r == 0)
        r = file_replace(&new, buf_str(&bytes), err);
    q->end = bytes.n;
    buf_free(&bytes);
    if (r != 0)
        return -1;
    file_close(&q->fd);
    q->fd = file_open(q->config.dir, q->file, O_RDWR, 0, err);
    if (q->fd < 0)
        return -1;
    acked_write(q, q->first - 1);
    return 0;
}

static bool
entry_split(struct str entry, struct ledger_row *ret)
{
    struct str rest = entry;
    return str_split_next(&rest, '\n', &ret->kind) && (ret->data = rest).p != NULL;
}

static int
row_load(void *context, const struct journal_record *record, struct err *err)
{
    struct ledger_queue *q = context;
    struct ledger_row row;
    if (!entry_split(record->entry, &row))
        return ERR(err, "ledger.queue", "row %llu", (unsigned long long)record->index);
    if (record->index < q->first)
        return 0;
    struct row made = row_make(record->entry);
    made.old = true;
    row_add(q, &made);
    return 0;
}

static uint64_t
acked_read(const struct ledger_queue *q)
{
    uint8_t bytes[8];
    uint64_t seq = 0;
    if (file_pread(q->acked_fd, bytes, sizeof bytes, 0, NULL) != 0)
        return 0;
    for (unsigned i = 0; i < 8; i++)
        seq = seq << 8 | bytes[i];
    return seq;
}

static int
rows_load(struct ledger_queue *q, struct str bytes, struct err *err)
{
    struct journal_scan scan;
    if (bytes.n < JOURNAL_HEADER_BYTES)
        return ERR(err, "ledger.queue", "%s: %zu bytes", q->file, bytes.n);
    if (journal_header_read((const uint8_t *)bytes.p, &q->header, err) != 0)
        return -1;
    uint64_t acked = acked_read(q);
    q->first = q->next = acked + 1 > q->header.first ? acked + 1 : q->header.first;
    if (journal_scan(bytes, &q->header, row_load, q, &scan, err) != 0)
        return -1;
    if (scan.end == JOURNAL_DAMAGED)
        return ERR(err, "ledger.queue", "%s: row %llu", q->file, (unsigned long long)scan.next);
    if (q->first > scan.next) {
        /* Rows that were acknowledged are missing at the end: numbers go on behind them. */
        q->next = q->first;
        return file_renew(q, err);
    }
    q->end = scan.at;
    if (scan.end == JOURNAL_TORN)
        return file_renew(q, err);
    q->fd = file_open(q->config.dir, q->file, O_RDWR, 0, err);
    return q->fd < 0 ? -1 : 0;
}

static int
files_open(struct ledger_queue *q, struct err *err)
{
    struct err missing;
    struct buf bytes;
    q->acked_fd = file_open(q->config.dir, q->acked_file, O_RDWR | O_CREAT, 0600, err);
    if (q->acked_fd < 0)
        return -1;
    buf_init(&bytes, FILE_MOST);
    int r = file_read(q->config.dir, q->file, FILE_MOST, &bytes, &missing);
    if (r == 0) {
        r = rows_load(q, buf_str(&bytes), err);
    } else if (err_is(&missing, "file.missing")) {
        q->first = q->next = 1;
        r = file_renew(q, err);
    } else if (err != NULL) {
        *err = missing;
    }
    buf_free(&bytes);
    return r;
}

/* Gives the waiting rows new numbers behind HEAD, in the log ORIGIN. */
static int
renumber(struct ledger_queue *q, const uint8_t origin[SHA256_BYTES], uint64_t head, struct err *err)
{
    uint64_t waiting = q->next - q->first;
    memcpy(q->header.origin, origin, SHA256_BYTES);
    q->first = head + 1;
    q->next = q->first + waiting;
    return file_renew(q, err);
}

static int
feed_hello(void *ctx, struct str origin, uint64_t head, uint64_t *ret_from, struct err *err)
{
    static const uint8_t unknown[SHA256_BYTES];
    struct ledger_queue *q = ctx;
    uint8_t digest[SHA256_BYTES];
    sha256_of(origin.p, origin.n, digest);
    if (memcmp(q->header.origin, digest, sizeof digest) != 0) {
        bool fresh = memcmp(q->header.origin, unknown, sizeof unknown) == 0;
        if (!fresh && head != 0)
            return ERR(err, "ledger.reused", "another log that knows this source already");
        if (renumber(q, digest, head, err) != 0)
            return -1;
    } else if (q->next <= head) {
        return ERR(err, "ledger.ahead", "the log holds %llu, this queue %llu",
                   (unsigned long long)head, (unsigned long long)q->next - 1);
    } else if (q->first > head + 1) {
        return ERR(err, "ledger.rolled_back", "the log holds %llu, %llu were acknowledged",
                   (unsigned long long)head, (unsigned long long)q->first - 1);
    }
    *ret_from = q->first;
    return 0;
}

static bool
feed_next(void *ctx, uint64_t seq, struct ledger_row *ret)
{
    struct ledger_queue *q = ctx;
    if (seq < q->first || seq >= q->next)
        return false;
    const struct row *row = row_of(q, seq);
    ret->seq = seq;
    ensure(entry_split((struct str){row->entry, row->n}, ret));
    return true;
}

static void
feed_acked(void *ctx, uint64_t seq, const struct ledger_place *place)
{
    struct ledger_queue *q = ctx;
    ensure(seq == q->first);
    struct row row = *row_of(q, seq);
    q->first++;
    q->from++;
    if (row.done != NULL) {
        row.done(row.arg, seq, place);
    } else if (row.old && q->config.left != NULL) {
        struct ledger_row left = {.seq = seq};
        ensure(entry_split((struct str){row.entry, row.n}, &left));
        q->config.left(q->config.arg, &left, place);
    }
    /* After the callback: whoever keeps the place in a file of his own hears of it again when the
     * process dies in between, and never misses it. */
    acked_write(q, seq);
    free(row.entry);
    if (q->first == q->next && q->end > COMPACT_BYTES)
        (void)file_renew(q, NULL); /* fails when the disk does; then the next put says so */
}

static void
feed_state(void *ctx, bool up, const struct err *err)
{
    struct ledger_queue *q = ctx;
    if (q->config.state != NULL)
        q->config.state(q->config.arg, up, err);
}

static const struct ledger_feed queue_feed = {feed_hello, feed_next, feed_acked, feed_state};

struct ledger_queue *
ledger_queue_open(struct loop *loop, struct ipc_edge *edge,
                  const struct ledger_queue_config *config, struct err *err)
{
    struct ledger_queue *q = calloc(1, sizeof *q);
    ensure(q != NULL && strlen(config->name) <= 40);
    q->config = *config;
    q->fd = q->acked_fd = -1;
    snprintf(q->file, sizeof q->file, "%s.queue", config->name);
    snprintf(q->acked_file, sizeof q->acked_file, "%s.acked", config->name);
    snprintf(q->tmp, sizeof q->tmp, "%s.queue.tmp", config->name);
    if (files_open(q, err) != 0) {
        ledger_queue_close(q);
        return NULL;
    }
    q->client = ledger_client_new(loop, edge, &queue_feed, q);
    return q;
}

void
ledger_queue_close(struct ledger_queue *queue)
{
    if (queue == NULL)
        return;
    ledger_client_free(queue->client);
    for (size_t i = queue->from; i < queue->n; i++)
        free(queue->rows[i].entry);
    free(queue->rows);
    file_close(&queue->fd);
    file_close(&queue->acked_fd);
    free(queue);
}

/* Appends the record of ROW to the file and syncs it. */
static int
row_write(struct ledger_queue *q, const struct row *row, struct err *err)
{
    struct buf bytes;
    if (q->fd < 0 && file_renew(q, err) != 0)
        return -1;
    buf_init(&bytes, JOURNAL_RECORD_HEAD + ENTRY_MOST_BYTES + 8);
    record_put(&bytes, q, q->next, row);
    int r = buf_done(&bytes, err);
    if (r == 0)
        r = file_pwrite(q->fd, bytes.p, bytes.n, q->end, err);
    if (r == 0)
        r = file_sync_data(q->fd, err);
    if (r == 0)
        q->end += bytes.n;
    else
        file_close(&q->fd); /* what is in it is unknown now: the next put writes a new one */
    buf_free(&bytes);
    return r;
}

int
ledger_queue_put(struct ledger_queue *queue, struct str kind, struct str data, ledger_done *done,
                 void *arg, struct err *err)
{
    if (queue->next - queue->first >= LEDGER_QUEUE_ROWS_MOST)
        return ERR(err, "ledger.full", "%d rows wait", LEDGER_QUEUE_ROWS_MOST);
    if (data.n > LEDGER_DATA_MOST)
        return ERR(err, "ledger.entry", "%zu bytes", data.n);
    if (ledger_row_check(str_of(queue->config.source), kind, data, err) != 0)
        return -1;
    struct buf entry;
    buf_init(&entry, ENTRY_MOST_BYTES);
    buf_put_str(&entry, kind);
    buf_put_char(&entry, '\n');
    buf_put_str(&entry, data);
    struct row row = row_make(buf_str(&entry));
    buf_free(&entry);
    row.done = done;
    row.arg = arg;
    if (row_write(queue, &row, err) != 0) {
        free(row.entry);
        return -1;
    }
    row_add(queue, &row);
    ledger_client_kick(queue->client);
    return 0;
}

void
ledger_queue_forget(struct ledger_queue *queue, const void *arg)
{
    for (size_t i = queue->from; i < queue->n; i++)
        if (queue->rows[i].arg == arg)
            queue->rows[i].done = NULL;
}

size_t
ledger_queue_waiting(const struct ledger_queue *queue)
{
    return (size_t)(queue->next - queue->first);
}

bool
ledger_queue_up(const struct ledger_queue *queue)
{
    return ledger_client_up(queue->client);
}
