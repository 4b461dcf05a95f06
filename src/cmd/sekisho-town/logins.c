/*
 * logins: see logins.h. Run by sekisho-town only. The passwords of a demo are meant to be read by
 * whoever owns the folder; in a real town nobody but their holder ever sees one.
 */
#include "cmd/sekisho-town/logins.h"

#include "base/crypt/encode.h"
#include "base/crypt/password.h"
#include "base/crypt/secret.h"
#include "base/os/file.h"
#include "base/os/time.h"
#include "base/text/json.h"
#include "core/auth/hasher.h"
#include "core/auth/vault.h"

#include <fcntl.h>
#include <string.h>

enum { LOGINS_BYTES = 1 << 20, PASSWORD_GROUPS = 4, SYLLABLES = 2 };

/* One person's secrets. */
struct secrets {
    char password[PASSWORD_GROUPS * (SYLLABLES * 2 + 1)];
    char hash[PASSWORD_HASH_CHARS];
    uint8_t seed[TOTP_SECRET_BYTES];
};

struct making {
    const struct town *town;
    struct vault *vault;
    struct secrets *secrets; /* one for each login */
    int result;
    struct err err;
};

/* "kasu-temi-noru-bika": 49 random bits that can be read aloud. */
static void
password_random(char ret[PASSWORD_GROUPS * (SYLLABLES * 2 + 1)])
{
    static const char consonants[] = "kstnhmrgzdbpyw", vowels[] = "aiueo";
    size_t n = 0;
    for (size_t group = 0; group < PASSWORD_GROUPS; group++) {
        for (size_t i = 0; i < SYLLABLES; i++) {
            ret[n++] = consonants[random_below(sizeof consonants - 1)];
            ret[n++] = vowels[random_below(sizeof vowels - 1)];
        }
        ret[n++] = '-';
    }
    ret[n - 1] = '\0';
}

static int
secrets_make(struct making *m, struct err *err)
{
    for (size_t i = 0; i < m->town->login_count; i++) {
        struct secrets *s = &m->secrets[i];
        password_random(s->password);
        random_bytes(s->seed, sizeof s->seed);
        if (password_hash(str_of(s->password), HASH_MEMORY_BYTES, HASH_PASSES, s->hash, err) != 0)
            return -1;
    }
    return 0;
}

static int
rows_unit(struct store *store, void *arg, struct err *err)
{
    struct making *m = arg;
    (void)store;
    int64_t now_us = time_now_us();
    for (size_t i = 0; i < m->town->login_count; i++) {
        uint64_t account = m->town->login[i].account;
        if (vault_password_put(m->vault, account, m->secrets[i].hash, now_us, err) != 0 ||
            vault_totp_put(m->vault, account, m->secrets[i].seed, now_us, err) != 0)
            return -1;
    }
    return 0;
}

static void
rows_done(void *arg, int result, const struct err *err)
{
    struct making *m = arg;
    m->result = result;
    if (result < 0)
        m->err = *err;
}

static void
line_write(struct buf *out, const struct town_login *login, const struct secrets *secrets)
{
    struct json json;
    char seed[BASE32_CHARS(TOTP_SECRET_BYTES) + 1];
    base32_encode(secrets->seed, TOTP_SECRET_BYTES, BASE32_UPPER, seed);
    json_init(&json, out);
    json_open_object(&json);
    json_key(&json, "login");
    json_str(&json, login->login);
    json_key(&json, "name");
    json_str(&json, login->name);
    json_key(&json, "post");
    json_str(&json, login->post);
    json_key(&json, "section");
    json_str(&json, login->section);
    json_key(&json, "password");
    json_z(&json, secrets->password);
    json_key(&json, "totp");
    json_z(&json, seed);
    json_key(&json, "zones");
    json_open_array(&json);
    YAML_EACH(zone, login->zones)
    json_str(&json, yaml_text(zone));
    json_end(&json);
    json_end(&json);
    buf_put_char(out, '\n');
}

static int
file_write_out(struct making *m, const char *state_dir, struct err *err)
{
    int dir = file_open_dir(AT_FDCWD, state_dir, err);
    if (dir < 0)
        return -1;
    struct buf text;
    buf_init(&text, LOGINS_BYTES);
    for (size_t i = 0; i < m->town->login_count; i++)
        line_write(&text, &m->town->login[i], &m->secrets[i]);
    struct file_new file = {dir, "logins.txt.new", dir, "logins.txt", 0600};
    int rc = buf_done(&text, err);
    if (rc == 0)
        rc = file_replace(&file, buf_str(&text), err);
    buf_free(&text);
    file_close(&dir);
    return rc;
}

static int
database_make(struct arena *arena, const char *state_dir, const char *sql_dir, struct making *m,
              struct err *err)
{
    char *dir = arena_printf(arena, "%s/authd", state_dir);
    char *path = arena_printf(arena, "%s/authd/auth.db", state_dir);
    struct store *store = NULL;
    if (dir == NULL || path == NULL)
        return arena_check(arena, err);
    struct store_options options = {NULL, path, sql_dir};
    if (store_open(&options, &store, err) != 0)
        return -1;
    int rc = vault_open(store, dir, &m->vault, err);
    if (rc == 0) {
        store_write(store, rows_unit, rows_done, m);
        rc = m->result < 0 ? -1 : 0;
        if (rc != 0)
            *err = m->err;
    }
    vault_close(m->vault);
    store_close(store);
    return rc;
}

int
logins_make(struct arena *arena, const char *state_dir, const char *sql_dir,
            const struct town *town, struct err *err)
{
    struct making m = {.town = town};
    m.secrets = arena_array(arena, town->login_count, sizeof *m.secrets);
    if (m.secrets == NULL)
        return arena_check(arena, err);
    if (secrets_make(&m, err) != 0 || database_make(arena, state_dir, sql_dir, &m, err) != 0)
        return -1;
    return file_write_out(&m, state_dir, err);
}

/* The text behind KEY ("\"totp\":\"") up to the next quote in a line of ours. */
static struct str
value_of(struct str line, struct str key)
{
    ptrdiff_t at = str_find(line, key, 0);
    if (at < 0)
        return STR("");
    ptrdiff_t end = str_find(line, STR("\""), (size_t)at + key.n);
    return end < 0 ? STR("") : str_slice(line, (size_t)at + key.n, (size_t)end);
}

int
logins_otp(struct arena *arena, const char *state_dir, struct str login, uint64_t unix_seconds,
           uint32_t *ret_code, struct err *err)
{
    char *path = arena_printf(arena, "%s/logins.txt", state_dir);
    struct buf text;
    buf_init(&text, LOGINS_BYTES);
    int rc = path == NULL ? arena_check(arena, err)
                          : file_read(AT_FDCWD, path, LOGINS_BYTES, &text, err);
    struct str rest = buf_str(&text), line;
    bool found = false;
    while (rc == 0 && !found && str_split_next(&rest, '\n', &line)) {
        uint8_t seed[TOTP_SECRET_BYTES];
        size_t n;
        if (login.n == 0 || !str_equal(value_of(line, STR("\"login\":\"")), login))
            continue;
        found = base32_decode(value_of(line, STR("\"totp\":\"")), seed, sizeof seed, &n) &&
                n == sizeof seed;
        *ret_code = totp_code((struct str){(const char *)seed, n}, totp_counter(unix_seconds));
    }
    buf_free(&text);
    if (rc != 0)
        return -1;
    return found ? 0 : ERR(err, "town.login", "%.*s", STR_FMT(login));
}
