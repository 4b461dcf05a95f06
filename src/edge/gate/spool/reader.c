/*
 * reader: see reader.h. Runs in gated. Invariant: no byte leaves that its chunk's tag has not
 * proved; behind an error nothing is given out any more.
 */
#include "edge/gate/spool/reader.h"

#include "base/crypt/encode.h"
#include "base/crypt/secret.h"
#include "base/mem/ensure.h"
#include "base/os/file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

struct spool_reader {
    int fd;
    bool failed;
    uint8_t *key; /* locked memory */
    struct object_header header;
    uint64_t index;
    struct sha256 sha;
    uint8_t plain[CHUNK_BYTES];
    uint8_t sealed[CHUNK_SEALED_BYTES];
};

static int
header_check(struct spool_reader *reader, const struct spool_ref *ref, struct err *err)
{
    uint8_t bytes[OBJECT_HEADER_BYTES];
    uint8_t id[OBJECT_ID_BYTES];
    ensure(hex_decode(str_of(ref->object), id, sizeof id));
    int64_t size = file_size(reader->fd, err);
    if (size < 0)
        return -1;
    if (size < OBJECT_HEADER_BYTES)
        return ERR(err, "gate.damaged", "%s/%s: short", ref->side, ref->object);
    if (file_pread(reader->fd, bytes, sizeof bytes, 0, err) != 0 ||
        object_header_get(bytes, &reader->header, err) != 0)
        return -1;
    if (memcmp(reader->header.id, id, sizeof id) != 0 ||
        (uint64_t)size != object_file_bytes(reader->header.length))
        return ERR(err, "gate.damaged", "%s/%s: header", ref->side, ref->object);
    return 0;
}

int
spool_reader_open(struct spool *spool, const struct spool_ref *ref, struct str key,
                  struct spool_reader **ret, struct err *err)
{
    char name[SPOOL_NAME_CHARS];
    struct object_header wrapped;
    spool_name(ref, "", name);
    if (!spool_key_read(key, &wrapped))
        return ERR(err, "gate.damaged", "%s/%s: key text", ref->side, ref->object);
    int fd = file_open(spool_dir(spool), name, O_RDONLY, 0, err);
    if (fd < 0)
        return -1;
    struct spool_reader *reader = calloc(1, sizeof *reader);
    ensure(reader != NULL);
    reader->fd = fd;
    reader->key = secret_new(SEAL_KEY_BYTES);
    sha256_init(&reader->sha);
    if (header_check(reader, ref, err) != 0 ||
        spool_key_unwrap(spool, ref, &wrapped, reader->key, err) != 0) {
        spool_reader_close(reader);
        return -1;
    }
    *ret = reader;
    return 0;
}

uint64_t
spool_reader_size(const struct spool_reader *reader)
{
    return reader->header.length;
}

int
spool_reader_next(struct spool_reader *reader, struct str *ret_part, struct err *err)
{
    uint64_t count = object_chunks(reader->header.length);
    ensure(!reader->failed);
    *ret_part = (struct str){NULL, 0};
    if (reader->index == count)
        return 0;
    uint32_t n = object_chunk_bytes(reader->header.length, reader->index);
    struct chunk_place place = {reader->header.id, reader->index, reader->index + 1 == count};
    struct str sealed = {(const char *)reader->sealed, n + CHUNK_EXTRA_BYTES};
    reader->failed = true;
    if (file_pread(reader->fd, reader->sealed, sealed.n, object_chunk_at(reader->index), err) != 0)
        return -1;
    if (!chunk_open(reader->key, &place, sealed, reader->plain))
        return ERR(err, "gate.damaged", "chunk %llu", (unsigned long long)reader->index);
    reader->failed = false;
    reader->index++;
    sha256_put(&reader->sha, reader->plain, n);
    *ret_part = (struct str){(const char *)reader->plain, n};
    return 0;
}

void
spool_reader_sha256(struct spool_reader *reader, uint8_t ret[SHA256_BYTES])
{
    ensure(reader->index == object_chunks(reader->header.length));
    sha256_take(&reader->sha, ret);
}

void
spool_reader_close(struct spool_reader *reader)
{
    if (reader == NULL)
        return;
    file_close(&reader->fd);
    sha256_done(&reader->sha);
    secret_free(reader->key);
    secret_wipe(reader, sizeof *reader);
    free(reader);
}
