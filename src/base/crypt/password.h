/*
 * password: Argon2id (RFC 9106) hashes as text, and one-time codes (RFC 6238).
 */
#ifndef BASE_CRYPT_PASSWORD_H
#define BASE_CRYPT_PASSWORD_H

#include "base/mem/err.h"
#include "base/mem/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PASSWORD_HASH_CHARS = 128 }; /* room of a hash as text, NUL included */

enum totp { TOTP_STEP_SECONDS = 30, TOTP_DIGITS = 6, TOTP_SECRET_BYTES = 20 };

/*
 * Writes the Argon2id hash of PASSWORD with a fresh salt as "$argon2id$v=19$m=…,t=…,p=1$…".
 * MEMORY_BYTES >= 8192 and PASSES >= 1 are the cost. Err password.cost when the library refuses
 * them or the memory cannot be had.
 */
int password_hash(struct str password, size_t memory_bytes, unsigned passes,
                  char ret_hash[PASSWORD_HASH_CHARS], struct err *err);

/* True if PASSWORD gives HASH (NUL-terminated, as password_hash wrote it; its own cost is used). */
bool password_check(const char *hash, struct str password);

/* True if HASH was made with another cost than this, so that it is to be renewed at a login. */
bool password_is_stale(const char *hash, size_t memory_bytes, unsigned passes);

/* The six-digit HMAC-SHA1 code of RFC 4226 for COUNTER: a number below 1,000,000. */
uint32_t totp_code(struct str secret, uint64_t counter);

/* The counter of RFC 6238 at UNIX_SECONDS: steps of 30 seconds. */
uint64_t totp_counter(uint64_t unix_seconds);

#endif
