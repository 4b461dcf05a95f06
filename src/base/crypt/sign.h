/*
 * sign: Ed25519 (RFC 8032) through libsodium. The private half is the 32-byte seed.
 */
#ifndef BASE_CRYPT_SIGN_H
#define BASE_CRYPT_SIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SIGN_SEED_BYTES = 32, SIGN_KEY_BYTES = 32, SIGN_BYTES = 64 };

/* The public key that belongs to SEED. */
void sign_public_key(const uint8_t seed[SIGN_SEED_BYTES], uint8_t ret_key[SIGN_KEY_BYTES]);

/* The signature of N bytes under SEED. Always the same bytes for the same input. */
void sign_make(const uint8_t seed[SIGN_SEED_BYTES], const void *p, size_t n,
               uint8_t ret_signature[SIGN_BYTES]);

/* True if SIGNATURE is one of N bytes under the public KEY. Keys of small order and signatures with
 * a non-canonical S are refused. */
bool sign_check(const uint8_t key[SIGN_KEY_BYTES], const void *p, size_t n,
                const uint8_t signature[SIGN_BYTES]);

#endif
