/*
 * chunk_fuzz: any bytes as a header and as a chunk: sizes stay in bounds, nothing opens that was
 * not sealed, and what is sealed opens only at its place.
 */
#include "edge/gate/spool/chunk.h"

#include "base/mem/ensure.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t key[SEAL_KEY_BYTES] = {1, 2, 3};

static void
check_header(const uint8_t *data, size_t size)
{
    uint8_t bytes[OBJECT_HEADER_BYTES] = {0};
    uint8_t again[OBJECT_HEADER_BYTES];
    struct object_header header;
    memcpy(bytes, data, size < sizeof bytes ? size : sizeof bytes);
    if (object_header_get(bytes, &header, NULL) != 0)
        return;
    ensure(header.length > 0 && header.length <= OBJECT_BYTES_MOST);
    uint64_t chunks = object_chunks(header.length);
    uint32_t last = object_chunk_bytes(header.length, chunks - 1);
    ensure(last > 0 && last <= CHUNK_BYTES);
    ensure(object_chunk_at(chunks - 1) + last + CHUNK_EXTRA_BYTES ==
           object_file_bytes(header.length));
    object_header_put(&header, again);
    ensure(memcmp(bytes, again, sizeof bytes) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t room[CHUNK_SEALED_BYTES];
    static uint8_t plain[CHUNK_BYTES];
    const uint8_t id[OBJECT_ID_BYTES] = {9};
    struct chunk_place place = {id, size, false};
    struct chunk_place other = {id, size, true};
    struct str all = {(const char *)data, size};
    check_header(data, size);
    ensure(!chunk_open(key, &place, all, plain));
    if (size == 0 || size > CHUNK_BYTES)
        return 0;
    chunk_seal(key, &place, all, room);
    struct str sealed = {(const char *)room, size + CHUNK_EXTRA_BYTES};
    ensure(chunk_open(key, &place, sealed, plain) && memcmp(plain, data, size) == 0);
    ensure(!chunk_open(key, &other, sealed, plain));
    return 0;
}
