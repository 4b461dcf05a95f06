/*
 * sign: see sign.h. Expanded keys live on the stack for one call and are wiped.
 */
#include "base/crypt/sign.h"

#include "base/crypt/secret.h"
#include "base/mem/ensure.h"

#include <sodium.h>

static void
expand(const uint8_t seed[SIGN_SEED_BYTES], uint8_t key[SIGN_KEY_BYTES], uint8_t secret[64])
{
    crypt_init();
    ensure(crypto_sign_seed_keypair(key, secret, seed) == 0);
}

void
sign_public_key(const uint8_t seed[SIGN_SEED_BYTES], uint8_t ret_key[SIGN_KEY_BYTES])
{
    uint8_t secret[64];
    expand(seed, ret_key, secret);
    secret_wipe(secret, sizeof secret);
}

void
sign_make(const uint8_t seed[SIGN_SEED_BYTES], const void *p, size_t n,
          uint8_t ret_signature[SIGN_BYTES])
{
    uint8_t key[SIGN_KEY_BYTES];
    uint8_t secret[64];
    expand(seed, key, secret);
    ensure(crypto_sign_detached(ret_signature, NULL, p, n, secret) == 0);
    secret_wipe(secret, sizeof secret);
}

bool
sign_check(const uint8_t key[SIGN_KEY_BYTES], const void *p, size_t n,
           const uint8_t signature[SIGN_BYTES])
{
    crypt_init();
    return crypto_sign_verify_detached(signature, p, n, key) == 0;
}
