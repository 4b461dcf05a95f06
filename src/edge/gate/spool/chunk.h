/*
 * chunk: the byte layout of a spool object (docs/formats/spool.md): a header and sealed chunks of
 * 64 KiB. Pure: bytes in, bytes out. Nothing of it is believed but what a chunk's tag proves.
 */
#ifndef EDGE_GATE_SPOOL_CHUNK_H
#define EDGE_GATE_SPOOL_CHUNK_H

#include "base/crypt/seal.h"
#include "base/mem/err.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    CHUNK_BYTES = 65536,                                      /* plain bytes of a full chunk */
    CHUNK_EXTRA_BYTES = SEAL_NONCE_BYTES + SEAL_TAG_BYTES,    /* what sealing adds */
    CHUNK_SEALED_BYTES = CHUNK_BYTES + CHUNK_EXTRA_BYTES,     /* a full chunk on the disk */
    CHUNK_WRAPPED_BYTES = SEAL_KEY_BYTES + CHUNK_EXTRA_BYTES, /* a wrapped object key */
    OBJECT_ID_BYTES = 16,
    OBJECT_HEADER_BYTES = 128,
    SIDE_KEY_ID_BYTES = 8
};

/* Plain bytes no object is longer than. */
#define OBJECT_BYTES_MOST (UINT64_C(1) << 40)

struct object_header {
    uint8_t id[OBJECT_ID_BYTES];
    uint8_t key_id[SIDE_KEY_ID_BYTES];    /* of the side key that wrapped the object's key */
    uint64_t length;                      /* plain bytes, > 0 */
    uint8_t wrapped[CHUNK_WRAPPED_BYTES]; /* zeros once the object is finished */
};

/* Writes HEADER. */
void object_header_put(const struct object_header *header, uint8_t ret[OBJECT_HEADER_BYTES]);

/* Reads a header. -1 with err gate.damaged when magic, version, chunk size, reserved bytes or
 * length are not as they must be. */
int object_header_get(const uint8_t bytes[OBJECT_HEADER_BYTES], struct object_header *ret,
                      struct err *err);

/* Chunks of an object of LENGTH plain bytes (> 0); the plain bytes of chunk INDEX; bytes of the
 * whole file. */
uint64_t object_chunks(uint64_t length);
uint32_t object_chunk_bytes(uint64_t length, uint64_t index);
uint64_t object_file_bytes(uint64_t length);

/* Where chunk INDEX begins in the file. */
uint64_t object_chunk_at(uint64_t index);

/* One chunk's place, which its tag binds. */
struct chunk_place {
    const uint8_t *id; /* OBJECT_ID_BYTES */
    uint64_t index;
    bool last;
};

/* Seals PLAIN under KEY with a fresh random nonce. RET gets plain.n + CHUNK_EXTRA_BYTES bytes. */
void chunk_seal(const uint8_t key[SEAL_KEY_BYTES], const struct chunk_place *place,
                struct str plain, uint8_t *ret);

/* Opens SEALED. RET gets sealed.n - CHUNK_EXTRA_BYTES bytes. False when anything differs. */
bool chunk_open(const uint8_t key[SEAL_KEY_BYTES], const struct chunk_place *place,
                struct str sealed, uint8_t *ret);

#endif
