/*
 * seal: XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha), authenticated encryption with a nonce that
 * the caller gives. 24 random bytes are a good nonce; one nonce is never used twice with one key.
 */
#ifndef BASE_CRYPT_SEAL_H
#define BASE_CRYPT_SEAL_H

#include "base/mem/str.h"

#include <stdbool.h>
#include <stdint.h>

enum { SEAL_KEY_BYTES = 32, SEAL_NONCE_BYTES = 24, SEAL_TAG_BYTES = 16 };

/* Encrypts PLAIN under KEY and NONCE, binding AD. RET gets plain.n + SEAL_TAG_BYTES bytes and may
 * be where PLAIN is. */
void seal_encrypt(const uint8_t key[SEAL_KEY_BYTES], const uint8_t nonce[SEAL_NONCE_BYTES],
                  struct str ad, struct str plain, uint8_t *ret);

/* Decrypts SEALED (text, then tag). RET gets sealed.n - SEAL_TAG_BYTES bytes and may be where
 * SEALED is. False, with RET wiped, when anything differs: key, nonce, AD or a bit. */
bool seal_decrypt(const uint8_t key[SEAL_KEY_BYTES], const uint8_t nonce[SEAL_NONCE_BYTES],
                  struct str ad, struct str sealed, uint8_t *ret);

#endif
