/*
 * vault: see vault.h. Runs in authd and in the maker of the demo town.
 *
 * Invariants: a seed leaves this file only as a six-digit comparison; a seal is bound to its
 * account (associated data "totp" and the number), so rows cannot be swapped; last_step only rises.
 */
#include "core/auth/vault.h"

#include "base/crypt/encode.h"
#include "base/crypt/hash.h"
#include "base/crypt/seal.h"
#include "base/crypt/secret.h"
#include "base/mem/ensure.h"
#include "base/os/file.h"
#include "base/os/time.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

enum { SEALED_BYTES = SEAL_NONCE_BYTES + TOTP_SECRET_BYTES + SEAL_TAG_BYTES, DRIFT_MOST = 2 };

#define MARK "sekisho auth vault 1" /* TOTP_SECRET_BYTES long, so one size of seal serves */

struct vault {
    struct store *store;
    uint8_t *key; /* SEAL_KEY_BYTES of locked memory */
};

static const struct store_statement mark_get = {"vault.mark_get",
                                                "SELECT sealed FROM vault WHERE one = 1"};
static const struct store_statement mark_put = {"vault.mark_put",
                                                "INSERT INTO vault(one, sealed) VALUES (1, $1)"};
static const struct store_statement password_get = {"vault.password_get",
                                                    "SELECT hash FROM password WHERE account = $1"};
static const struct store_statement password_put = {
    "vault.password_put", "INSERT INTO password(account, hash, changed_us) VALUES ($1, $2, $3)"
                          " ON CONFLICT(account) DO UPDATE SET hash = $2, changed_us = $3"};
static const struct store_statement totp_get = {
    "vault.totp_get", "SELECT sealed, last_step, drift FROM totp WHERE account = $1"};
static const struct store_statement totp_put = {
    "vault.totp_put",
    "INSERT INTO totp(account, sealed, last_step, drift, changed_us) VALUES ($1, $2, 0, 0, $3)"
    " ON CONFLICT(account) DO UPDATE SET sealed = $2, last_step = 0, drift = 0, changed_us = $3"};
static const struct store_statement totp_spend = {
    "vault.totp_spend",
    "UPDATE totp SET last_step = $2, drift = $3 WHERE account = $1 AND last_step < $2"};
static const struct store_statement code_drop = {"vault.code_drop",
                                                 "DELETE FROM code WHERE account = $1"};
static const struct store_statement code_put = {
    "vault.code_put", "INSERT INTO code(digest, account, until_us) VALUES ($1, $2, $3)"};
static const struct store_statement code_get = {
    "vault.code_get", "SELECT account FROM code WHERE digest = $1 AND until_us > $2"};

/* Seals the SECRET of ACCOUNT (0: the mark) into RET of SEALED_BYTES. */
static void
seal(const struct vault *vault, uint64_t account, const char secret[TOTP_SECRET_BYTES],
     uint8_t ret[SEALED_BYTES])
{
    char ad[12] = "totp";
    memcpy(ad + 4, &account, sizeof account);
    random_bytes(ret, SEAL_NONCE_BYTES);
    seal_encrypt(vault->key, ret, (struct str){ad, sizeof ad},
                 (struct str){secret, TOTP_SECRET_BYTES}, ret + SEAL_NONCE_BYTES);
}

static bool
unseal(const struct vault *vault, uint64_t account, struct str sealed,
       uint8_t ret_secret[TOTP_SECRET_BYTES])
{
    char ad[12] = "totp";
    memcpy(ad + 4, &account, sizeof account);
    if (sealed.n != SEALED_BYTES)
        return false;
    uint8_t nonce[SEAL_NONCE_BYTES];
    memcpy(nonce, sealed.p, sizeof nonce);
    return seal_decrypt(vault->key, nonce, (struct str){ad, sizeof ad},
                        str_slice(sealed, SEAL_NONCE_BYTES, SEALED_BYTES), ret_secret);
}

static int
mark_unit(struct store *store, void *arg, struct err *err)
{
    uint8_t sealed[SEALED_BYTES];
    seal(arg, 0, MARK, sealed);
    struct db_query *query = db_query(store, &mark_put);
    db_bind_blob(query, 1, sealed, sizeof sealed);
    return db_run(query, err) < 0 ? -1 : 0;
}

/* Writes the mark of a new database, at once. */
static int
mark_write(struct vault *vault, struct err *err)
{
    store_write(vault->store, mark_unit, NULL, vault);
    store_flush(vault->store);
    struct db_query *query = db_query(vault->store, &mark_get);
    int rc = db_step(query, err);
    db_end(query);
    return rc > 0 ? 0 : rc < 0 ? -1 : ERR(err, "auth.key_wrong", "mark");
}

static int
key_make(struct vault *vault, int dir, struct err *err)
{
    random_bytes(vault->key, SEAL_KEY_BYTES);
    struct file_new file = {dir, "key.new", dir, "key", 0600};
    return file_replace(&file, (struct str){(const char *)vault->key, SEAL_KEY_BYTES}, err);
}

/* Reads DIR/key: a regular file of its owner alone. 1: there is none. */
static int
key_read(struct vault *vault, int dir, struct err *err)
{
    struct stat stat;
    int fd = file_open(dir, "key", O_RDONLY, 0, err);
    if (fd < 0)
        return err_is(err, "file.missing") ? 1 : -1;
    int rc;
    if (fstat(fd, &stat) != 0 || !S_ISREG(stat.st_mode) || (stat.st_mode & 077) != 0)
        rc = ERR(err, "auth.key_mode", "key");
    else if (stat.st_size != SEAL_KEY_BYTES)
        rc = ERR(err, "auth.key_wrong", "key: %lld", (long long)stat.st_size);
    else
        rc = file_pread(fd, vault->key, SEAL_KEY_BYTES, 0, err);
    file_close(&fd);
    return rc;
}

/* The key fits the database, or both are new. */
static int
key_match(struct vault *vault, int dir, struct err *err)
{
    struct db_query *query = db_query(vault->store, &mark_get);
    int marked = db_step(query, err);
    uint8_t sealed[SEALED_BYTES];
    bool whole = marked > 0 && db_blob_to(query, 0, sealed, sizeof sealed);
    db_end(query);
    if (marked < 0)
        return -1;
    int missing = key_read(vault, dir, err);
    if (missing < 0)
        return -1;
    if (marked == 0) {
        if (missing == 1 && key_make(vault, dir, err) != 0)
            return -1;
        return mark_write(vault, err);
    }
    if (missing == 1)
        return ERR(err, "auth.key_missing", "key");
    uint8_t mark[TOTP_SECRET_BYTES];
    if (!whole || !unseal(vault, 0, (struct str){(const char *)sealed, sizeof sealed}, mark) ||
        memcmp(mark, MARK, sizeof mark) != 0)
        return ERR(err, "auth.key_wrong", "key");
    return 0;
}

int
vault_open(struct store *store, const char *dir, struct vault **ret_vault, struct err *err)
{
    int fd = file_open_dir(AT_FDCWD, dir, err);
    if (fd < 0)
        return -1;
    struct vault *vault = calloc(1, sizeof *vault);
    ensure(vault != NULL);
    vault->store = store;
    vault->key = secret_new(SEAL_KEY_BYTES);
    int rc = key_match(vault, fd, err);
    file_close(&fd);
    if (rc != 0) {
        vault_close(vault);
        return -1;
    }
    *ret_vault = vault;
    return 0;
}

void
vault_close(struct vault *vault)
{
    if (vault == NULL)
        return;
    secret_free(vault->key);
    free(vault);
}

/* The first bytes of SHA-256 of the key, a letter for the use, and S. */
static void
keyed(const struct vault *vault, char use, struct str s, uint8_t ret[SUBJECT_BYTES])
{
    struct sha256 hash;
    uint8_t digest[SHA256_BYTES];
    sha256_init(&hash);
    sha256_put(&hash, vault->key, SEAL_KEY_BYTES);
    sha256_put(&hash, &use, 1);
    sha256_put(&hash, s.p, s.n);
    sha256_take(&hash, digest);
    sha256_done(&hash);
    memcpy(ret, digest, SUBJECT_BYTES);
}

void
vault_subject(const struct vault *vault, uint64_t account, struct str login,
              uint8_t ret_subject[SUBJECT_BYTES])
{
    if (account != 0)
        keyed(vault, 'a', (struct str){(const char *)&account, sizeof account}, ret_subject);
    else
        keyed(vault, 'l', login, ret_subject);
}

void
vault_source(const struct vault *vault, struct str address, uint8_t ret_source[SUBJECT_BYTES])
{
    keyed(vault, 's', address, ret_source);
}

int
vault_password_get(struct vault *vault, uint64_t account, char ret_hash[PASSWORD_HASH_CHARS],
                   struct err *err)
{
    struct db_query *query = db_query(vault->store, &password_get);
    db_bind_int(query, 1, (int64_t)account);
    int rc = db_step(query, err);
    struct str hash = rc > 0 ? db_text(query, 0) : STR("");
    bool whole = rc > 0 && hash.n > 0 && hash.n < PASSWORD_HASH_CHARS;
    if (whole) {
        memcpy(ret_hash, hash.p, hash.n);
        ret_hash[hash.n] = '\0';
    }
    db_end(query);
    return rc < 0 ? -1 : !whole;
}

int
vault_password_put(struct vault *vault, uint64_t account, const char *hash, int64_t now_us,
                   struct err *err)
{
    struct db_query *query = db_query(vault->store, &password_put);
    db_bind_int(query, 1, (int64_t)account);
    db_bind_z(query, 2, hash);
    db_bind_int(query, 3, now_us);
    return db_run(query, err) < 0 ? -1 : 0;
}

int
vault_totp_put(struct vault *vault, uint64_t account, const uint8_t secret[TOTP_SECRET_BYTES],
               int64_t now_us, struct err *err)
{
    uint8_t sealed[SEALED_BYTES];
    seal(vault, account, (const char *)secret, sealed);
    struct db_query *query = db_query(vault->store, &totp_put);
    db_bind_int(query, 1, (int64_t)account);
    db_bind_blob(query, 2, sealed, sizeof sealed);
    db_bind_int(query, 3, now_us);
    return db_run(query, err) < 0 ? -1 : 0;
}

/* What the row of an account says about its codes. */
struct totp_row {
    uint8_t secret[TOTP_SECRET_BYTES];
    int64_t last_step, drift;
};

/* 1: no seed, or one that was sealed for another account or key. */
static int
totp_read(struct vault *vault, uint64_t account, struct totp_row *ret, struct err *err)
{
    struct db_query *query = db_query(vault->store, &totp_get);
    db_bind_int(query, 1, (int64_t)account);
    int rc = db_step(query, err);
    bool whole = rc > 0 && unseal(vault, account, db_blob(query, 0), ret->secret);
    if (whole) {
        ret->last_step = db_int(query, 1);
        ret->drift = db_int(query, 2);
    }
    db_end(query);
    return rc < 0 ? -1 : !whole;
}

/* The newest step at which CODE is right, or -1: one step around the time, and around the drift.
 * All are always computed. */
static int64_t
totp_match(const struct totp_row *row, uint32_t code, int64_t base)
{
    int64_t match = -1;
    int64_t from = row->drift < 0 ? row->drift - 1 : -1;
    int64_t to = row->drift > 0 ? row->drift + 1 : 1;
    for (int64_t near = from; near <= to; near++) {
        struct str secret = {(const char *)row->secret, sizeof row->secret};
        if (totp_code(secret, (uint64_t)(base + near)) == code)
            match = base + near;
    }
    return match;
}

int
vault_totp_use(struct vault *vault, uint64_t account, uint32_t code, int64_t wall_us,
               struct err *err)
{
    struct totp_row row;
    int rc = totp_read(vault, account, &row, err);
    if (rc != 0)
        return rc < 0 ? -1 : TOTP_WRONG;
    int64_t base = (int64_t)totp_counter((uint64_t)(wall_us / TIME_US_SECOND));
    int64_t match = totp_match(&row, code, base);
    secret_wipe(row.secret, sizeof row.secret);
    if (match < 0)
        return TOTP_WRONG;
    int64_t drift = match - base;
    if (drift > DRIFT_MOST)
        drift = DRIFT_MOST;
    if (drift < -DRIFT_MOST)
        drift = -DRIFT_MOST;
    struct db_query *query = db_query(vault->store, &totp_spend);
    db_bind_int(query, 1, (int64_t)account);
    db_bind_int(query, 2, match);
    db_bind_int(query, 3, drift);
    int64_t changed = db_run(query, err);
    return changed < 0 ? -1 : changed == 1 ? TOTP_RIGHT : TOTP_REPLAYED;
}

/* The digest of the one form of a code: small letters, no hyphens, no blanks. */
static bool
code_digest(struct str code, uint8_t ret[SHA256_BYTES])
{
    char plain[CODE_CHARS];
    size_t n = 0;
    for (size_t i = 0; i < code.n; i++) {
        char c = code.p[i];
        if (c == '-' || c == ' ')
            continue;
        if (n == sizeof plain)
            return false;
        plain[n++] = c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
    }
    sha256_of(plain, n, ret);
    secret_wipe(plain, sizeof plain);
    return n == 20;
}

int
vault_code_new(struct vault *vault, uint64_t account, int64_t now_us, char ret_code[CODE_CHARS],
               struct err *err)
{
    uint8_t bytes[CODE_BYTES];
    char plain[BASE32_CHARS(CODE_BYTES) + 1];
    uint8_t digest[SHA256_BYTES];
    random_bytes(bytes, sizeof bytes);
    base32_encode(bytes, sizeof bytes, BASE32_LOWER, plain);
    size_t n = 0;
    for (size_t i = 0; i < 20; i++) {
        if (i > 0 && i % 4 == 0)
            ret_code[n++] = '-';
        ret_code[n++] = plain[i];
    }
    ret_code[n] = '\0';
    ensure(code_digest(str_of(ret_code), digest));
    struct db_query *query = db_query(vault->store, &code_drop);
    db_bind_int(query, 1, (int64_t)account);
    if (db_run(query, err) < 0)
        return -1;
    query = db_query(vault->store, &code_put);
    db_bind_blob(query, 1, digest, sizeof digest);
    db_bind_int(query, 2, (int64_t)account);
    db_bind_int(query, 3, now_us + CODE_HOURS * 3600 * TIME_US_SECOND);
    return db_run(query, err) < 0 ? -1 : 0;
}

int
vault_code_use(struct vault *vault, struct str code, int64_t now_us, uint64_t *ret_account,
               struct err *err)
{
    uint8_t digest[SHA256_BYTES];
    if (!code_digest(code, digest))
        return 1;
    struct db_query *query = db_query(vault->store, &code_get);
    db_bind_blob(query, 1, digest, sizeof digest);
    db_bind_int(query, 2, now_us);
    int64_t account;
    int rc = db_one_int(query, &account, err);
    if (rc != 0)
        return rc;
    *ret_account = (uint64_t)account;
    query = db_query(vault->store, &code_drop);
    db_bind_int(query, 1, account);
    return db_run(query, err) < 0 ? -1 : 0;
}
