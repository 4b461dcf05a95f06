/*
 * seal: see seal.h. A thin front of libsodium; no state.
 */
#include "base/crypt/seal.h"

#include "base/crypt/secret.h"
#include "base/mem/ensure.h"

#include <sodium.h>

static const unsigned char *
bytes_of(struct str s)
{
    return (const unsigned char *)s.p;
}

void
seal_encrypt(const uint8_t key[SEAL_KEY_BYTES], const uint8_t nonce[SEAL_NONCE_BYTES],
             struct str ad, struct str plain, uint8_t *ret)
{
    crypt_init();
    ensure(crypto_aead_xchacha20poly1305_ietf_encrypt(ret, NULL, bytes_of(plain), plain.n,
                                                      bytes_of(ad), ad.n, NULL, nonce, key) == 0);
}

bool
seal_decrypt(const uint8_t key[SEAL_KEY_BYTES], const uint8_t nonce[SEAL_NONCE_BYTES],
             struct str ad, struct str sealed, uint8_t *ret)
{
    crypt_init();
    if (sealed.n < SEAL_TAG_BYTES)
        return false;
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(ret, NULL, NULL, bytes_of(sealed), sealed.n,
                                                   bytes_of(ad), ad.n, nonce, key) == 0)
        return true;
    secret_wipe(ret, sealed.n - SEAL_TAG_BYTES);
    return false;
}
