/*
 * vault: the secrets of accounts: password hashes, one-time-code seeds, enrolment codes. Seeds are
 * sealed with a key that lies beside the database, never in it: a stolen database alone gives no
 * code and no password (identity.md, attack list).
 */
#ifndef CORE_AUTH_VAULT_H
#define CORE_AUTH_VAULT_H

#include "base/crypt/password.h"
#include "core/store/store.h"

#include <stdint.h>

enum {
    SUBJECT_BYTES = 16,
    CODE_BYTES = 13,         /* 100 bits and a little: 20 characters and the last four bits 0 */
    CODE_CHARS = 20 + 4 + 1, /* five groups of four with hyphens, NUL */
    CODE_HOURS = 72
};

struct vault;

/* Opens the secrets of STORE with the key file DIR/key (32 bytes, mode 0600, made when the database
 * holds no secret yet). -1 with auth.key_missing, auth.key_mode, auth.key_wrong (it is another
 * database's), file.*, store.*. */
int vault_open(struct store *store, const char *dir, struct vault **ret_vault, struct err *err);

/* Wipes the key and frees VAULT. NULL is fine. */
void vault_close(struct vault *vault);

/* A name for the counters: of ACCOUNT, or, when that is 0, of the login name LOGIN that nobody has,
 * in a form that does not give the name away. */
void vault_subject(const struct vault *vault, uint64_t account, struct str login,
                   uint8_t ret_subject[SUBJECT_BYTES]);

/* A key for sources of requests, likewise. */
void vault_source(const struct vault *vault, struct str address, uint8_t ret_source[SUBJECT_BYTES]);

/* The password hash of ACCOUNT, NUL-terminated. 1: it has none. */
int vault_password_get(struct vault *vault, uint64_t account, char ret_hash[PASSWORD_HASH_CHARS],
                       struct err *err);

/* The following change rows: they are called inside a unit of the store. */

/* Sets the password hash of ACCOUNT. */
int vault_password_put(struct vault *vault, uint64_t account, const char *hash, int64_t now_us,
                       struct err *err);

/* Sets the seed of ACCOUNT's one-time codes. */
int vault_totp_put(struct vault *vault, uint64_t account, const uint8_t secret[TOTP_SECRET_BYTES],
                   int64_t now_us, struct err *err);

enum { TOTP_RIGHT = 0, TOTP_WRONG = 1, TOTP_REPLAYED = 2 };

/*
 * Uses CODE of ACCOUNT at WALL_US (RFC 6238, one step of 30 s to either side, of the time and of a
 * remembered drift of at most two). TOTP_RIGHT: it is spent; TOTP_REPLAYED: right, but this or a
 * later step was used already; TOTP_WRONG: wrong, or the account has no seed. -1 with the codes of
 * core/store.
 */
int vault_totp_use(struct vault *vault, uint64_t account, uint32_t code, int64_t wall_us,
                   struct err *err);

/* Makes an enrolment code for ACCOUNT that counts for CODE_HOURS, in place of any older one; RET
 * gets "abcd-efgh-…". Only its digest is kept. */
int vault_code_new(struct vault *vault, uint64_t account, int64_t now_us, char ret_code[CODE_CHARS],
                   struct err *err);

/* Spends CODE. 0: *RET_ACCOUNT is its account; 1: nobody's, used or over. */
int vault_code_use(struct vault *vault, struct str code, int64_t now_us, uint64_t *ret_account,
                   struct err *err);

#endif
