/*
 * writer: see writer.h. Runs in gated.
 *
 * Invariants: the file holds whole chunks only (and the last one); a chunk that is not full yet
 * waits in memory and, once acknowledged, in ID.tail, which is replaced by rename. So no
 * acknowledged byte is ever overwritten in place, and a crash at any instruction leaves at least
 * the synced offset. What stands after a crash is found by opening every chunk: the first that does
 * not open is the end. Tail file: u64 index (little-endian), sealed chunk.
 */
#include "edge/gate/spool/writer.h"

#include "base/crypt/encode.h"
#include "base/crypt/secret.h"
#include "base/mem/ensure.h"
#include "base/os/file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

enum { TAIL_INDEX_BYTES = 8, SYNC_EACH_BYTES = 8 << 20 };

struct spool_writer {
    struct spool *spool;
    struct spool_ref ref;
    struct object_header header;
    uint8_t *key; /* locked memory */
    int fd;
    bool upload;    /* may go on later; else ID.new */
    bool verifying; /* former bytes are still being read */
    bool named;     /* the folder knows the file for sure */
    bool sealed_whole, finished;
    bool lost;         /* a sync failed, the file is gone */
    uint64_t whole;    /* chunks in the file */
    uint64_t synced;   /* plain bytes that survive a crash */
    uint64_t unsynced; /* bytes written to the file since its last sync */
    struct sha256 sha;
    struct spool_receipt receipt; /* once sealed_whole */
    uint32_t held;                /* plain bytes in `chunk` */
    uint8_t chunk[CHUNK_BYTES];
    uint8_t sealed[CHUNK_SEALED_BYTES + TAIL_INDEX_BYTES];
};

static const char *
suffix_of(const struct spool_writer *writer)
{
    return writer->upload ? ".part" : ".new";
}

static struct chunk_place
place_of(const struct spool_writer *writer, uint64_t index)
{
    return (struct chunk_place){writer->header.id, index,
                                index + 1 == object_chunks(writer->header.length)};
}

uint64_t
spool_writer_offset(const struct spool_writer *writer)
{
    uint64_t at = writer->whole * CHUNK_BYTES;
    return at >= writer->header.length ? writer->header.length : at + writer->held;
}

uint64_t
spool_writer_synced(const struct spool_writer *writer)
{
    return writer->synced;
}

uint64_t
spool_writer_length(const struct spool_writer *writer)
{
    return writer->header.length;
}

/* Makes the file with its header and room for every chunk. */
static int
file_make(struct spool_writer *writer, struct err *err)
{
    uint8_t bytes[OBJECT_HEADER_BYTES];
    char name[SPOOL_NAME_CHARS];
    struct object_header plain = writer->header;
    spool_name(&writer->ref, suffix_of(writer), name);
    writer->fd = file_open(spool_dir(writer->spool), name, O_RDWR | O_CREAT | O_EXCL, 0600, err);
    if (writer->fd < 0)
        return -1;
    if (!writer->upload) /* the key goes to the receipt only */
        memset(plain.wrapped, 0, sizeof plain.wrapped);
    object_header_put(&plain, bytes);
    if (file_reserve(writer->fd, object_file_bytes(writer->header.length), err) != 0)
        return -1;
    spool_count(writer->spool, (int64_t)object_file_bytes(writer->header.length));
    return file_pwrite(writer->fd, bytes, sizeof bytes, 0, err);
}

static int
writer_begin(struct spool_writer *writer, struct err *err)
{
    if (spool_is_full(writer->spool) && writer->upload)
        return ERR(err, "gate.full", "%llu", (unsigned long long)spool_used_bytes(writer->spool));
    random_bytes(writer->key, SEAL_KEY_BYTES);
    if (spool_key_wrap(writer->spool, &writer->ref, writer->key, &writer->header, err) != 0)
        return -1;
    if (file_make(writer, err) == 0)
        return 0;
    struct err ignored;
    file_close(&writer->fd);
    spool_destroy(writer->spool, &writer->ref, &ignored);
    return -1;
}

/* Takes up the file of a former process. 0 usable, 1 not (header, key or length do not fit), -1. */
static int
part_open(struct spool_writer *writer, struct err *err)
{
    uint8_t bytes[OBJECT_HEADER_BYTES];
    char name[SPOOL_NAME_CHARS];
    struct object_header found;
    struct err why;
    spool_name(&writer->ref, ".part", name);
    writer->fd = file_open(spool_dir(writer->spool), name, O_RDWR, 0, err);
    if (writer->fd < 0)
        return -1;
    if (file_pread(writer->fd, bytes, sizeof bytes, 0, &why) != 0 ||
        object_header_get(bytes, &found, &why) != 0 ||
        memcmp(found.id, writer->header.id, OBJECT_ID_BYTES) != 0 ||
        found.length != writer->header.length ||
        spool_key_unwrap(writer->spool, &writer->ref, &found, writer->key, &why) != 0) {
        file_close(&writer->fd);
        return 1;
    }
    writer->header = found;
    writer->verifying = true;
    return 0;
}

static struct spool_writer *
writer_make(struct spool *spool, const struct spool_ref *ref, uint64_t length)
{
    struct spool_writer *writer = calloc(1, sizeof *writer);
    ensure(writer != NULL);
    ensure(length > 0 && length <= OBJECT_BYTES_MOST);
    writer->spool = spool;
    writer->ref = *ref;
    writer->fd = -1;
    writer->header.length = length;
    ensure(hex_decode(str_of(ref->object), writer->header.id, OBJECT_ID_BYTES));
    writer->key = secret_new(SEAL_KEY_BYTES);
    sha256_init(&writer->sha);
    return writer;
}

int
spool_writer_resume(struct spool *spool, const struct spool_ref *ref, uint64_t length,
                    struct spool_writer **ret, struct err *err)
{
    struct spool_writer *writer = writer_make(spool, ref, length);
    writer->upload = true;
    int rc = spool_side_ready(spool, ref->side, err);
    bool there = rc == 0 && spool_has_part(spool, ref);
    if (there)
        rc = part_open(writer, err);
    if (there && rc == 1)
        rc = spool_destroy(spool, ref, err);
    if (rc == 0 && writer->fd < 0)
        rc = writer_begin(writer, err);
    if (rc != 0) {
        spool_writer_close(writer);
        return -1;
    }
    *ret = writer;
    return 0;
}

int
spool_writer_new(struct spool *spool, const struct spool_ref *ref, uint64_t length,
                 struct spool_writer **ret, struct err *err)
{
    struct spool_writer *writer = writer_make(spool, ref, length);
    if (spool_side_ready(spool, ref->side, err) != 0 || writer_begin(writer, err) != 0) {
        spool_writer_close(writer);
        return -1;
    }
    *ret = writer;
    return 0;
}

/* Reads and opens the next chunk of the file. True if it stands. */
static bool
chunk_verify(struct spool_writer *writer)
{
    if (writer->whole == object_chunks(writer->header.length))
        return false;
    uint32_t plain = object_chunk_bytes(writer->header.length, writer->whole);
    struct chunk_place place = place_of(writer, writer->whole);
    struct str sealed = {(const char *)writer->sealed, plain + CHUNK_EXTRA_BYTES};
    if (file_pread(writer->fd, writer->sealed, sealed.n, object_chunk_at(writer->whole), NULL) !=
            0 ||
        !chunk_open(writer->key, &place, sealed, writer->chunk))
        return false;
    sha256_put(&writer->sha, writer->chunk, plain);
    writer->whole++;
    return true;
}

/* Takes the started chunk out of ID.tail when it continues the file. */
static int
tail_load(struct spool_writer *writer, struct err *err)
{
    char name[SPOOL_NAME_CHARS];
    struct buf tail;
    spool_name(&writer->ref, ".tail", name);
    buf_init(&tail, sizeof writer->sealed);
    int rc = file_read(spool_dir(writer->spool), name, tail.limit, &tail, err);
    if (rc != 0 && (err_is(err, "file.missing") || err_is(err, "file.size"))) {
        buf_free(&tail);
        return 0;
    }
    struct chunk_place place = {writer->header.id, writer->whole, false};
    struct str sealed = str_slice(buf_str(&tail), TAIL_INDEX_BYTES, tail.n);
    uint64_t index = 0;
    for (size_t i = 0; i < TAIL_INDEX_BYTES && i < tail.n; i++)
        index |= (uint64_t)(uint8_t)tail.p[i] << (8 * i);
    if (rc == 0 && index == writer->whole && sealed.n < CHUNK_SEALED_BYTES &&
        writer->whole < object_chunks(writer->header.length) &&
        chunk_open(writer->key, &place, sealed, writer->chunk)) {
        writer->held = (uint32_t)(sealed.n - CHUNK_EXTRA_BYTES);
        sha256_put(&writer->sha, writer->chunk, writer->held);
    }
    buf_free(&tail);
    return rc;
}

int
spool_writer_verify(struct spool_writer *writer, size_t budget_bytes, struct err *err)
{
    if (!writer->verifying)
        return 0;
    for (size_t read = 0; read < budget_bytes; read += CHUNK_BYTES) {
        if (chunk_verify(writer))
            continue;
        writer->verifying = false;
        if (tail_load(writer, err) != 0)
            return -1;
        writer->unsynced = 1; /* it may be only in the system's memory */
        writer->synced = 0;
        return spool_writer_sync(writer, err);
    }
    return 1;
}

/* Seals and writes the chunk that is held. */
static int
chunk_flush(struct spool_writer *writer, struct err *err)
{
    struct chunk_place place = place_of(writer, writer->whole);
    struct str plain = {(const char *)writer->chunk, writer->held};
    chunk_seal(writer->key, &place, plain, writer->sealed);
    if (file_pwrite(writer->fd, writer->sealed, plain.n + CHUNK_EXTRA_BYTES,
                    object_chunk_at(writer->whole), err) != 0)
        return -1;
    writer->whole++;
    writer->held = 0;
    writer->unsynced += plain.n;
    return 0;
}

int
spool_writer_put(struct spool_writer *writer, const void *p, size_t n, struct err *err)
{
    const uint8_t *from = p;
    ensure(!writer->verifying && !writer->sealed_whole && !writer->lost);
    if (n > writer->header.length - spool_writer_offset(writer))
        return ERR(err, "gate.too_long", "%s", writer->ref.object);
    while (n > 0) {
        uint32_t room = object_chunk_bytes(writer->header.length, writer->whole) - writer->held;
        uint32_t take = n < room ? (uint32_t)n : room;
        memcpy(writer->chunk + writer->held, from, take);
        sha256_put(&writer->sha, from, take);
        writer->held += take;
        from += take;
        n -= take;
        if (take == room && chunk_flush(writer, err) != 0) {
            writer->lost = true;
            return -1;
        }
    }
    /* Long uploads write to the disk as they go, so that no sync takes long. */
    return writer->unsynced >= SYNC_EACH_BYTES ? spool_writer_sync(writer, err) : 0;
}

/* Puts the started chunk where a crash leaves it. */
static int
tail_store(struct spool_writer *writer, struct err *err)
{
    char name[SPOOL_NAME_CHARS];
    char tmp[SPOOL_NAME_CHARS];
    struct chunk_place place = {writer->header.id, writer->whole, false};
    spool_name(&writer->ref, ".tail", name);
    spool_name(&writer->ref, ".tail.tmp", tmp);
    for (size_t i = 0; i < TAIL_INDEX_BYTES; i++)
        writer->sealed[i] = (uint8_t)(writer->whole >> (8 * i));
    chunk_seal(writer->key, &place, (struct str){(const char *)writer->chunk, writer->held},
               writer->sealed + TAIL_INDEX_BYTES);
    int dir = spool_dir(writer->spool);
    struct file_new new = {dir, tmp, dir, name, 0600};
    struct str bytes = {(const char *)writer->sealed,
                        TAIL_INDEX_BYTES + writer->held + CHUNK_EXTRA_BYTES};
    return file_replace(&new, bytes, err);
}

static int
sync_all(struct spool_writer *writer, struct err *err)
{
    if ((writer->unsynced > 0 || !writer->named) && file_sync_data(writer->fd, err) != 0)
        return -1;
    writer->unsynced = 0;
    if (!writer->named && file_sync_dir(spool_dir(writer->spool), writer->ref.side, err) != 0)
        return -1;
    writer->named = true;
    return writer->held > 0 && writer->upload ? tail_store(writer, err) : 0;
}

int
spool_writer_sync(struct spool_writer *writer, struct err *err)
{
    ensure(!writer->lost);
    if (writer->named && spool_writer_offset(writer) == writer->synced)
        return 0;
    if (sync_all(writer, err) == 0) {
        writer->synced = spool_writer_offset(writer);
        return 0;
    }
    struct err ignored;
    writer->lost = true;
    spool_destroy(writer->spool, &writer->ref, &ignored);
    return -1;
}

int
spool_writer_seal(struct spool_writer *writer, struct spool_receipt *ret, struct err *err)
{
    ensure(!writer->verifying && spool_writer_offset(writer) == writer->header.length);
    if (!writer->sealed_whole) {
        if (spool_writer_sync(writer, err) != 0)
            return -1;
        writer->receipt.size = writer->header.length;
        sha256_take(&writer->sha, writer->receipt.sha256);
        spool_key_text(&writer->header, writer->receipt.key);
        writer->sealed_whole = true;
    }
    *ret = writer->receipt;
    return 0;
}

int
spool_writer_finish(struct spool_writer *writer, struct err *err)
{
    char from[SPOOL_NAME_CHARS];
    char to[SPOOL_NAME_CHARS];
    ensure(!writer->upload && writer->sealed_whole);
    spool_name(&writer->ref, ".new", from);
    spool_name(&writer->ref, "", to);
    if (file_rename(spool_dir(writer->spool), from, to, err) != 0)
        return -1;
    writer->finished = true; /* from here on it has its name */
    return file_sync_dir(spool_dir(writer->spool), writer->ref.side, err);
}

void
spool_writer_close(struct spool_writer *writer)
{
    struct err ignored;
    if (writer == NULL)
        return;
    if (!writer->upload && !writer->finished && writer->fd >= 0)
        spool_destroy(writer->spool, &writer->ref, &ignored);
    file_close(&writer->fd);
    sha256_done(&writer->sha);
    secret_free(writer->key);
    secret_wipe(writer, sizeof *writer);
    free(writer);
}
