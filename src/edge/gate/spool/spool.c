/*
 * spool: see spool.h. Runs in gated, the only process that can read it. Invariants: a name is built
 * from a checked struct spool_ref only; a finished object's key stands nowhere below this folder.
 */
#include "edge/gate/spool/spool.h"

#include "base/crypt/encode.h"
#include "base/crypt/hash.h"
#include "base/crypt/secret.h"
#include "base/mem/ensure.h"
#include "base/os/file.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIDES_MOST = 16, FULL_PERCENT = 80, OPEN_PERCENT = 70, STOPPED_PERCENT = 95 };

struct side {
    char name[SIDE_CHARS + 1];
    uint8_t *key; /* SEAL_KEY_BYTES of locked memory */
    uint8_t key_id[SIDE_KEY_ID_BYTES];
};

struct spool {
    int keys, objects; /* folders */
    uint64_t used, limit;
    bool full;
    struct side sides[SIDES_MOST];
    size_t side_count;
};

static bool
is_side(struct str side)
{
    if (side.n == 0 || side.n > SIDE_CHARS || side.p[0] < 'a' || side.p[0] > 'z')
        return false;
    for (size_t i = 0; i < side.n; i++)
        if (!((side.p[i] >= 'a' && side.p[i] <= 'z') || (side.p[i] >= '0' && side.p[i] <= '9') ||
              side.p[i] == '-' || side.p[i] == '_'))
            return false;
    return true;
}

int
spool_ref_set(struct spool_ref *ret, struct str side, struct str object, struct err *err)
{
    uint8_t id[OBJECT_ID_BYTES];
    if (!is_side(side) || object.n != OBJECT_CHARS || !hex_decode(object, id, sizeof id))
        return ERR(err, "gate.name", "object");
    memset(ret, 0, sizeof *ret);
    memcpy(ret->side, side.p, side.n);
    memcpy(ret->object, object.p, object.n);
    return 0;
}

int
spool_ref_new(struct spool_ref *ret, struct str side, struct err *err)
{
    uint8_t id[OBJECT_ID_BYTES];
    char hex[OBJECT_CHARS + 1];
    random_bytes(id, sizeof id);
    hex_encode(id, sizeof id, hex);
    return spool_ref_set(ret, side, str_of(hex), err);
}

int
spool_dir(const struct spool *spool)
{
    return spool->objects;
}

void
spool_name(const struct spool_ref *ref, const char *suffix, char ret[SPOOL_NAME_CHARS])
{
    int n = snprintf(ret, SPOOL_NAME_CHARS, "%s/%s%s", ref->side, ref->object, suffix);
    ensure(n > 0 && n < SPOOL_NAME_CHARS);
}

void
spool_count(struct spool *spool, int64_t bytes)
{
    if (bytes < 0 && (uint64_t)-bytes > spool->used)
        spool->used = 0;
    else
        spool->used = (uint64_t)((int64_t)spool->used + bytes);
}

uint64_t
spool_used_bytes(const struct spool *spool)
{
    return spool->used;
}

uint64_t
spool_limit_bytes(const struct spool *spool)
{
    return spool->limit;
}

static bool
is_above(const struct spool *spool, uint64_t percent)
{
    return spool->used > spool->limit / 100 * percent;
}

bool
spool_is_full(struct spool *spool)
{
    spool->full = is_above(spool, FULL_PERCENT) || (spool->full && is_above(spool, OPEN_PERCENT));
    return spool->full;
}

bool
spool_is_stopped(const struct spool *spool)
{
    return is_above(spool, STOPPED_PERCENT);
}

/* Reads or makes the key file of SIDE. */
static int
side_key_load(struct spool *spool, struct side *side, struct err *err)
{
    char name[SIDE_CHARS + 8];
    char tmp[SIDE_CHARS + 8];
    struct buf bytes;
    struct stat st;
    snprintf(name, sizeof name, "%s.key", side->name);
    snprintf(tmp, sizeof tmp, "%s.tmp", side->name);
    buf_init(&bytes, SEAL_KEY_BYTES + 1);
    if (fstatat(spool->keys, name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
        random_bytes(side->key, SEAL_KEY_BYTES);
        struct file_new new = {spool->keys, tmp, spool->keys, name, 0600};
        return file_replace(&new, (struct str){(const char *)side->key, SEAL_KEY_BYTES}, err);
    }
    if ((st.st_mode & 077) != 0)
        return ERR(err, "gate.key", "%s: readable by others", name);
    int rc = file_read(spool->keys, name, SEAL_KEY_BYTES + 1, &bytes, err);
    if (rc == 0 && bytes.n != SEAL_KEY_BYTES)
        rc = ERR(err, "gate.key", "%s: size", name);
    if (rc == 0)
        memcpy(side->key, bytes.p, SEAL_KEY_BYTES);
    if (bytes.n > 0)
        secret_wipe(bytes.p, bytes.n);
    buf_free(&bytes);
    return rc;
}

static void
side_key_name(struct side *side)
{
    static const char label[] = "sekisho spool side key";
    uint8_t digest[SHA256_BYTES];
    sha256_of_pair(label, sizeof label - 1, side->key, SEAL_KEY_BYTES, digest);
    memcpy(side->key_id, digest, SIDE_KEY_ID_BYTES);
}

static struct side *
side_find(struct spool *spool, const char *name, struct err *err)
{
    for (size_t i = 0; i < spool->side_count; i++)
        if (strcmp(spool->sides[i].name, name) == 0)
            return &spool->sides[i];
    if (spool->side_count == SIDES_MOST) {
        ERR(err, "gate.key", "more than %d sides", SIDES_MOST);
        return NULL;
    }
    struct side *side = &spool->sides[spool->side_count];
    snprintf(side->name, sizeof side->name, "%s", name);
    side->key = secret_new(SEAL_KEY_BYTES);
    if (file_mkdirs(spool->objects, name, 0700, err) != 0 || side_key_load(spool, side, err) != 0) {
        secret_free(side->key);
        return NULL;
    }
    side_key_name(side);
    spool->side_count++;
    return side;
}

int
spool_side_ready(struct spool *spool, const char *side, struct err *err)
{
    return side_find(spool, side, err) == NULL ? -1 : 0;
}

/* What the wrapping binds: object id and side. */
static struct str
wrap_ad(const struct spool_ref *ref)
{
    return (struct str){(const char *)ref, sizeof *ref};
}

int
spool_key_wrap(struct spool *spool, const struct spool_ref *ref, const uint8_t key[SEAL_KEY_BYTES],
               struct object_header *header, struct err *err)
{
    struct side *side = side_find(spool, ref->side, err);
    if (side == NULL)
        return -1;
    memcpy(header->key_id, side->key_id, SIDE_KEY_ID_BYTES);
    random_bytes(header->wrapped, SEAL_NONCE_BYTES);
    seal_encrypt(side->key, header->wrapped, wrap_ad(ref),
                 (struct str){(const char *)key, SEAL_KEY_BYTES},
                 header->wrapped + SEAL_NONCE_BYTES);
    return 0;
}

int
spool_key_unwrap(struct spool *spool, const struct spool_ref *ref,
                 const struct object_header *header, uint8_t ret_key[SEAL_KEY_BYTES],
                 struct err *err)
{
    struct side *side = side_find(spool, ref->side, err);
    if (side == NULL)
        return -1;
    if (memcmp(header->key_id, side->key_id, SIDE_KEY_ID_BYTES) != 0)
        return ERR(err, "gate.key", "%s/%s: another side key", ref->side, ref->object);
    struct str sealed = {(const char *)header->wrapped + SEAL_NONCE_BYTES,
                         SEAL_KEY_BYTES + SEAL_TAG_BYTES};
    if (!seal_decrypt(side->key, header->wrapped, wrap_ad(ref), sealed, ret_key))
        return ERR(err, "gate.damaged", "%s/%s: key", ref->side, ref->object);
    return 0;
}

void
spool_key_text(const struct object_header *header, char ret[KEY_TEXT_CHARS + 1])
{
    uint8_t bytes[SIDE_KEY_ID_BYTES + CHUNK_WRAPPED_BYTES];
    memcpy(bytes, header->key_id, SIDE_KEY_ID_BYTES);
    memcpy(bytes + SIDE_KEY_ID_BYTES, header->wrapped, CHUNK_WRAPPED_BYTES);
    base64_encode(bytes, sizeof bytes, ret);
}

bool
spool_key_read(struct str text, struct object_header *ret)
{
    uint8_t bytes[SIDE_KEY_ID_BYTES + CHUNK_WRAPPED_BYTES];
    size_t n;
    if (!base64_decode(text, bytes, sizeof bytes, &n) || n != sizeof bytes)
        return false;
    memcpy(ret->key_id, bytes, SIDE_KEY_ID_BYTES);
    memcpy(ret->wrapped, bytes + SIDE_KEY_ID_BYTES, CHUNK_WRAPPED_BYTES);
    return true;
}

static int64_t
name_bytes(const struct spool *spool, const char *name)
{
    struct stat st;
    if (fstatat(spool->objects, name, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode))
        return -1;
    return st.st_size;
}

bool
spool_has(const struct spool *spool, const struct spool_ref *ref)
{
    char name[SPOOL_NAME_CHARS];
    spool_name(ref, "", name);
    return name_bytes(spool, name) >= 0;
}

bool
spool_has_part(const struct spool *spool, const struct spool_ref *ref)
{
    char name[SPOOL_NAME_CHARS];
    spool_name(ref, ".part", name);
    return name_bytes(spool, name) >= 0;
}

/* Overwrites the wrapped key in the header of the file NAME. */
static int
header_key_erase(struct spool *spool, const char *name, struct err *err)
{
    static const uint8_t zeros[CHUNK_WRAPPED_BYTES];
    int fd = file_open(spool->objects, name, O_WRONLY, 0, err);
    if (fd < 0)
        return -1;
    int rc = file_pwrite(fd, zeros, sizeof zeros, 48, err);
    if (rc == 0)
        rc = file_sync_data(fd, err);
    file_close(&fd);
    return rc;
}

int
spool_publish(struct spool *spool, const struct spool_ref *ref, struct err *err)
{
    char part[SPOOL_NAME_CHARS];
    char name[SPOOL_NAME_CHARS];
    char tail[SPOOL_NAME_CHARS];
    spool_name(ref, ".part", part);
    spool_name(ref, ".tail", tail);
    spool_name(ref, "", name);
    if (!spool_has(spool, ref)) {
        if (header_key_erase(spool, part, err) != 0)
            return -1;
        if (file_rename(spool->objects, part, name, err) != 0)
            return -1;
    }
    if (file_remove(spool->objects, tail, err) != 0)
        return -1;
    return file_sync_dir(spool->objects, ref->side, err);
}

static int
name_destroy(struct spool *spool, const char *name, struct err *err)
{
    int64_t bytes = name_bytes(spool, name);
    if (bytes < 0)
        return 0;
    if (bytes >= OBJECT_HEADER_BYTES && header_key_erase(spool, name, err) != 0)
        return -1;
    if (file_remove(spool->objects, name, err) != 0)
        return -1;
    spool_count(spool, -bytes);
    return 0;
}

int
spool_destroy(struct spool *spool, const struct spool_ref *ref, struct err *err)
{
    static const char *const suffixes[] = {".part", ".new", ""};
    char name[SPOOL_NAME_CHARS];
    if (spool_side_ready(spool, ref->side, err) != 0)
        return -1;
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        spool_name(ref, suffixes[i], name);
        if (name_destroy(spool, name, err) != 0)
            return -1;
    }
    spool_name(ref, ".tail", name);
    if (file_remove(spool->objects, name, err) != 0)
        return -1;
    return file_sync_dir(spool->objects, ref->side, err);
}

struct walk {
    struct spool *spool;
    spool_visit *visit;
    void *arg;
};

/* Reads "SIDE/ID" or "SIDE/ID.part"; false for anything else. */
static bool
entry_read(const char *path, const struct stat *st, struct spool_entry *ret)
{
    struct str all = str_of(path);
    ptrdiff_t slash = str_find(all, STR("/"), 0);
    if (!S_ISREG(st->st_mode) || slash < 0)
        return false;
    struct str name = str_slice(all, (size_t)slash + 1, all.n);
    memset(ret, 0, sizeof *ret);
    ret->part = str_ends(name, STR(".part"));
    if (ret->part)
        name = str_slice(name, 0, name.n - 5);
    ret->bytes = (uint64_t)st->st_size;
    ret->modified_us = (int64_t)st->st_mtim.tv_sec * 1000000 + st->st_mtim.tv_nsec / 1000;
    return spool_ref_set(&ret->ref, str_slice(all, 0, (size_t)slash), name, NULL) == 0;
}

static int
walk_visit(void *context, const char *path, const struct stat *st, struct err *err)
{
    struct walk *walk = context;
    struct spool_entry entry;
    (void)err;
    return entry_read(path, st, &entry) ? walk->visit(walk->arg, &entry) : 0;
}

int
spool_list(struct spool *spool, spool_visit *visit, void *arg, struct err *err)
{
    struct walk walk = {spool, visit, arg};
    return file_walk(spool->objects, ".", walk_visit, &walk, err);
}

/* At start: counts what is there and removes what a former process did not finish writing. */
static int
start_visit(void *context, const char *path, const struct stat *st, struct err *err)
{
    struct spool *spool = context;
    if (!S_ISREG(st->st_mode))
        return 0;
    if (str_ends(str_of(path), STR(".new")) || str_ends(str_of(path), STR(".tmp")))
        return file_remove(spool->objects, path, err);
    spool_count(spool, st->st_size);
    return 0;
}

int
spool_open(const char *state_dir, uint64_t limit_bytes, struct spool **ret, struct err *err)
{
    struct spool *spool = calloc(1, sizeof *spool);
    ensure(spool != NULL);
    spool->keys = spool->objects = -1;
    spool->limit = limit_bytes;
    int dir = file_open_dir(AT_FDCWD, state_dir, err);
    int rc = dir < 0 || file_mkdirs(dir, "keys", 0700, err) != 0 ||
                     file_mkdirs(dir, "spool", 0700, err) != 0
                 ? -1
                 : 0;
    if (rc == 0 && (spool->keys = file_open_dir(dir, "keys", err)) < 0)
        rc = -1;
    if (rc == 0 && (spool->objects = file_open_dir(dir, "spool", err)) < 0)
        rc = -1;
    file_close(&dir);
    if (rc != 0 || file_walk(spool->objects, ".", start_visit, spool, err) != 0) {
        spool_close(spool);
        return -1;
    }
    *ret = spool;
    return 0;
}

void
spool_close(struct spool *spool)
{
    if (spool == NULL)
        return;
    for (size_t i = 0; i < spool->side_count; i++)
        secret_free(spool->sides[i].key);
    file_close(&spool->keys);
    file_close(&spool->objects);
    free(spool);
}
