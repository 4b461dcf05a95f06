/*
 * password: see password.h. Run by authd only; the caller wipes the password.
 */
#include "base/crypt/password.h"

#include "base/crypt/hash.h"
#include "base/crypt/secret.h"

#include <sodium.h>

_Static_assert((int)PASSWORD_HASH_CHARS == (int)crypto_pwhash_argon2id_STRBYTES, "room of a hash");

int
password_hash(struct str password, size_t memory_bytes, unsigned passes,
              char ret_hash[PASSWORD_HASH_CHARS], struct err *err)
{
    crypt_init();
    if (crypto_pwhash_argon2id_str(ret_hash, password.n == 0 ? "" : password.p, password.n, passes,
                                   memory_bytes) != 0)
        return ERR(err, "password.cost", "%zu bytes, %u passes", memory_bytes, passes);
    return 0;
}

bool
password_check(const char *hash, struct str password)
{
    crypt_init();
    return crypto_pwhash_argon2id_str_verify(hash, password.n == 0 ? "" : password.p, password.n) ==
           0;
}

bool
password_is_stale(const char *hash, size_t memory_bytes, unsigned passes)
{
    crypt_init();
    return crypto_pwhash_argon2id_str_needs_rehash(hash, passes, memory_bytes) != 0;
}

uint32_t
totp_code(struct str secret, uint64_t counter)
{
    uint8_t message[8];
    for (unsigned i = 0; i < 8; i++)
        message[i] = (uint8_t)(counter >> (56 - 8 * i));
    uint8_t mac[HMAC_SHA1_BYTES];
    hmac_sha1(secret.p, secret.n, message, sizeof message, mac);
    unsigned at = mac[HMAC_SHA1_BYTES - 1] & 15;
    uint32_t value = (uint32_t)(mac[at] & 0x7f) << 24 | (uint32_t)mac[at + 1] << 16 |
                     (uint32_t)mac[at + 2] << 8 | mac[at + 3];
    secret_wipe(mac, sizeof mac);
    return value % 1000000;
}

uint64_t
totp_counter(uint64_t unix_seconds)
{
    return unix_seconds / TOTP_STEP_SECONDS;
}
