/*
 * sha256: SHA-256 (FIPS 180-4) without a library, for processes in which libcrypto costs more than
 * the work itself (the one-shot workers and the disarm client: 1.2 ms of start). Not for secrets.
 */
#ifndef BASE_DIGEST_SHA256_H
#define BASE_DIGEST_SHA256_H

#include "base/mem/str.h"

#include <stdint.h>

enum { SHA256_BYTES = 32, SHA256_HEX = 65 };

struct sha256 {
    uint32_t state[8];
    uint64_t total; /* bytes taken in */
    unsigned char block[64];
};

/* Begins, takes bytes, ends with the digest. */
void sha256_init(struct sha256 *sha);
void sha256_add(struct sha256 *sha, struct str bytes);
void sha256_end(struct sha256 *sha, unsigned char ret_digest[SHA256_BYTES]);

/* The digest of S as 64 hex digits and a NUL. */
void sha256_hex(struct str s, char ret_hex[SHA256_HEX]);

#endif
