/*
 * chunk: see chunk.h. Used by gated. Layout, integers little-endian:
 *   header  0 "SKSPOOL1"  8 u32 65536  12 u32 0  16 object id  32 side key id  40 u64 length
 *           48 wrapped key (nonce, sealed key, tag) or zeros  120 u64 0
 *   chunk i at 128 + i * 65576: nonce 24, sealed bytes, tag 16
 * The tag binds object id, index and last flag, so chunks cannot be moved, swapped or cut away. The
 * nonce is random on every write, because a resumed upload may write one chunk's place again.
 */
#include "edge/gate/spool/chunk.h"

#include "base/crypt/secret.h"
#include "base/mem/ensure.h"

#include <string.h>

static const uint8_t magic[8] = {'S', 'K', 'S', 'P', 'O', 'O', 'L', '1'};

static void
put_le(uint8_t *to, uint64_t value, size_t n)
{
    for (size_t i = 0; i < n; i++)
        to[i] = (uint8_t)(value >> (8 * i));
}

static uint64_t
get_le(const uint8_t *from, size_t n)
{
    uint64_t value = 0;
    for (size_t i = 0; i < n; i++)
        value |= (uint64_t)from[i] << (8 * i);
    return value;
}

void
object_header_put(const struct object_header *header, uint8_t ret[OBJECT_HEADER_BYTES])
{
    memset(ret, 0, OBJECT_HEADER_BYTES);
    memcpy(ret, magic, sizeof magic);
    put_le(ret + 8, CHUNK_BYTES, 4);
    memcpy(ret + 16, header->id, OBJECT_ID_BYTES);
    memcpy(ret + 32, header->key_id, SIDE_KEY_ID_BYTES);
    put_le(ret + 40, header->length, 8);
    memcpy(ret + 48, header->wrapped, CHUNK_WRAPPED_BYTES);
}

int
object_header_get(const uint8_t bytes[OBJECT_HEADER_BYTES], struct object_header *ret,
                  struct err *err)
{
    if (memcmp(bytes, magic, sizeof magic) != 0 || get_le(bytes + 8, 8) != CHUNK_BYTES ||
        get_le(bytes + 120, 8) != 0)
        return ERR(err, "gate.damaged", "header");
    memcpy(ret->id, bytes + 16, OBJECT_ID_BYTES);
    memcpy(ret->key_id, bytes + 32, SIDE_KEY_ID_BYTES);
    memcpy(ret->wrapped, bytes + 48, CHUNK_WRAPPED_BYTES);
    ret->length = get_le(bytes + 40, 8);
    if (ret->length == 0 || ret->length > OBJECT_BYTES_MOST)
        return ERR(err, "gate.damaged", "length");
    return 0;
}

uint64_t
object_chunks(uint64_t length)
{
    return (length + CHUNK_BYTES - 1) / CHUNK_BYTES;
}

uint32_t
object_chunk_bytes(uint64_t length, uint64_t index)
{
    uint64_t rest = length - index * CHUNK_BYTES;
    return rest < CHUNK_BYTES ? (uint32_t)rest : CHUNK_BYTES;
}

uint64_t
object_file_bytes(uint64_t length)
{
    return OBJECT_HEADER_BYTES + length + object_chunks(length) * CHUNK_EXTRA_BYTES;
}

uint64_t
object_chunk_at(uint64_t index)
{
    return OBJECT_HEADER_BYTES + index * CHUNK_SEALED_BYTES;
}

enum { AD_BYTES = OBJECT_ID_BYTES + 9 };

static void
ad_put(const struct chunk_place *place, uint8_t ret[AD_BYTES])
{
    memcpy(ret, place->id, OBJECT_ID_BYTES);
    put_le(ret + OBJECT_ID_BYTES, place->index, 8);
    ret[AD_BYTES - 1] = place->last;
}

void
chunk_seal(const uint8_t key[SEAL_KEY_BYTES], const struct chunk_place *place, struct str plain,
           uint8_t *ret)
{
    uint8_t ad[AD_BYTES];
    ensure(plain.n > 0 && plain.n <= CHUNK_BYTES);
    ad_put(place, ad);
    random_bytes(ret, SEAL_NONCE_BYTES);
    seal_encrypt(key, ret, (struct str){(const char *)ad, sizeof ad}, plain,
                 ret + SEAL_NONCE_BYTES);
}

bool
chunk_open(const uint8_t key[SEAL_KEY_BYTES], const struct chunk_place *place, struct str sealed,
           uint8_t *ret)
{
    uint8_t ad[AD_BYTES];
    if (sealed.n <= CHUNK_EXTRA_BYTES || sealed.n > CHUNK_SEALED_BYTES)
        return false;
    ad_put(place, ad);
    return seal_decrypt(key, (const uint8_t *)sealed.p, (struct str){(const char *)ad, sizeof ad},
                        str_slice(sealed, SEAL_NONCE_BYTES, sealed.n), ret);
}
