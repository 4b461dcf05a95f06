/*
 * digest: SHA-256 (FIPS 180-4) by libsodium, for processes in which libcrypto costs more than the work
 * itself (the one-shot workers and the disarm client: 1.2 ms of start). Not for secrets.
 */
#ifndef BASE_DIGEST_DIGEST_H
#define BASE_DIGEST_DIGEST_H

#include "base/mem/str.h"

#include <sodium/crypto_hash_sha256.h>

enum { DIGEST_BYTES = 32, DIGEST_HEX = 65 };

struct digest {
    crypto_hash_sha256_state state;
};

/* Begins, takes bytes, ends with the digest. */
void digest_init(struct digest *sha);
void digest_add(struct digest *sha, struct str bytes);
void digest_end(struct digest *sha, unsigned char ret_digest[DIGEST_BYTES]);

/* The digest of S as 64 hex digits and a NUL. */
void digest_hex(struct str s, char ret_hex[DIGEST_HEX]);

#endif
