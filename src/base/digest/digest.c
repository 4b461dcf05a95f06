/*
 * digest: see digest.h. Runs in the workers and in whoever starts them.
 */
#include "base/digest/digest.h"

#include "base/mem/ensure.h"

#include <sodium/utils.h>

_Static_assert(DIGEST_BYTES == crypto_hash_sha256_BYTES, "SHA-256 has 32 bytes");

void
digest_init(struct digest *sha)
{
    ensure(crypto_hash_sha256_init(&sha->state) == 0);
}

void
digest_add(struct digest *sha, struct str bytes)
{
    ensure(crypto_hash_sha256_update(&sha->state, (const unsigned char *)bytes.p, bytes.n) == 0);
}

void
digest_end(struct digest *sha, unsigned char ret_digest[DIGEST_BYTES])
{
    ensure(crypto_hash_sha256_final(&sha->state, ret_digest) == 0);
}

void
digest_hex(struct str s, char ret_hex[DIGEST_HEX])
{
    struct digest sha;
    unsigned char bytes[DIGEST_BYTES];
    digest_init(&sha);
    digest_add(&sha, s);
    digest_end(&sha, bytes);
    sodium_bin2hex(ret_hex, DIGEST_HEX, bytes, sizeof bytes);
}
