/*
 * hash: SHA-256 (FIPS 180-4) through OpenSSL, and the one old HMAC that TOTP needs.
 *
 * OpenSSL's own one-shot fetches the algorithm each time, which costs three times the hash of a
 * 65-byte tree node; here the algorithm is fetched once and contexts are reused.
 */
#ifndef BASE_CRYPT_HASH_H
#define BASE_CRYPT_HASH_H

#include <stddef.h>
#include <stdint.h>

enum { SHA256_BYTES = 32, HMAC_SHA1_BYTES = 20 };

/* A running SHA-256. Owns memory: sha256_init, then sha256_done. */
struct sha256 {
    void *ctx;
};

/* Makes H ready to take bytes. Aborts when the system has no memory. */
void sha256_init(struct sha256 *h);

/* Adds N bytes. */
void sha256_put(struct sha256 *h, const void *p, size_t n);

/* Gives the digest of all bytes put since the last call (or the start), and starts anew. */
void sha256_take(struct sha256 *h, uint8_t ret_digest[SHA256_BYTES]);

/* Frees what H owns. */
void sha256_done(struct sha256 *h);

/* The digest of N bytes at once, with a context that each thread keeps. P may be NULL if N is 0. */
void sha256_of(const void *p, size_t n, uint8_t ret_digest[SHA256_BYTES]);

/* The digest of A followed by B, likewise. */
void sha256_of_pair(const void *a, size_t a_n, const void *b, size_t b_n,
                    uint8_t ret_digest[SHA256_BYTES]);

/* HMAC-SHA1 (RFC 2104). For one-time codes of RFC 6238 only. */
void hmac_sha1(const void *key, size_t key_n, const void *p, size_t n,
               uint8_t ret_mac[HMAC_SHA1_BYTES]);

#endif
