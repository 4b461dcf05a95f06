/*
 * migrate: runs the SQL files of a folder, once each and in order. Runs in cored and authd at
 * start.
 *
 * A file is called NNNN-name.sql; its number is its identity, its SHA-256 its seal. Invariant: a
 * database never runs under a program that does not know all its migrations, bytes included.
 */
#include "core/store/private.h"

#include "base/crypt/hash.h"
#include "base/mem/arena.h"
#include "base/mem/buf.h"
#include "base/mem/ensure.h"
#include "base/os/file.h"
#include "base/os/time.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { KNOWN, NOTE };

static const struct store_statement sql[] = {
    [KNOWN] = {"migrate.known", "SELECT number, digest FROM schema_migration ORDER BY number"},
    [NOTE] = {"migrate.note", "INSERT INTO schema_migration(number, name, digest, at)"
                              " VALUES ($1, $2, $3, $4)"},
};

enum { MIGRATIONS_MOST = 1000, MIGRATION_BYTES = 1 << 20 };

struct migration {
    int64_t number;
    char name[128];
    uint8_t digest[SHA256_BYTES];
    bool known;
};

struct folder {
    int fd;
    struct migration *list;
    size_t count;
};

static int
migration_compare(const void *a, const void *b)
{
    const struct migration *x = a, *y = b;
    return x->number < y->number ? -1 : x->number > y->number;
}

/* True when NAME is NNNN-name.sql; its number then. */
static bool
migration_number(const char *name, int64_t *ret_number)
{
    size_t n = strlen(name);
    uint64_t number = 0;
    if (n < 10 || n >= sizeof((struct migration *)0)->name || name[4] != '-' ||
        strcmp(name + n - 4, ".sql") != 0) {
        return false;
    }
    for (size_t i = 0; i < 4; i++) {
        if (name[i] < '0' || name[i] > '9') {
            return false;
        }
        number = number * 10 + (uint64_t)(name[i] - '0');
    }
    *ret_number = (int64_t)number;
    return true;
}

static int
folder_add(struct folder *folder, const char *name, struct err *err)
{
    struct migration *m = &folder->list[folder->count];
    if (!migration_number(name, &m->number) || folder->count + 1 == MIGRATIONS_MOST) {
        return ERR(err, "store.migration_name", "%s", name);
    }
    memcpy(m->name, name, strlen(name) + 1);
    struct buf text;
    buf_init(&text, MIGRATION_BYTES);
    int rc = file_read(folder->fd, name, MIGRATION_BYTES, &text, err);
    if (rc == 0) {
        sha256_of(text.p, text.n, m->digest);
        folder->count++;
    }
    buf_free(&text);
    return rc;
}

static int
folder_list(struct folder *folder, struct err *err)
{
    int copy = fcntl(folder->fd, F_DUPFD_CLOEXEC, 0);
    DIR *dir = copy < 0 ? NULL : fdopendir(copy);
    if (dir == NULL) {
        file_close(&copy);
        return ERR_ERRNO(err, "file.read", "migrations");
    }
    int rc = 0;
    for (struct dirent *entry; rc == 0 && (entry = readdir(dir)) != NULL;) {
        if (entry->d_name[0] != '.') {
            rc = folder_add(folder, entry->d_name, err);
        }
    }
    (void)closedir(dir);
    qsort(folder->list, folder->count, sizeof *folder->list, migration_compare);
    for (size_t i = 1; rc == 0 && i < folder->count; i++) {
        if (folder->list[i].number == folder->list[i - 1].number) {
            rc = ERR(err, "store.migration_name", "%s, %s", folder->list[i - 1].name,
                     folder->list[i].name);
        }
    }
    return rc;
}

/* Compares one migration the database knows with the folder. */
static int
folder_match(struct folder *folder, int64_t number, struct str digest, struct err *err)
{
    for (size_t i = 0; i < folder->count; i++) {
        struct migration *m = &folder->list[i];
        if (m->number != number) {
            continue;
        }
        m->known = true;
        if (digest.n != SHA256_BYTES || memcmp(digest.p, m->digest, SHA256_BYTES) != 0) {
            return ERR(err, "store.schema_changed", "%s", m->name);
        }
        return 0;
    }
    return ERR(err, "store.schema_newer", "%04lld", (long long)number);
}

static int
folder_compare(struct store *store, struct folder *folder, struct err *err)
{
    struct db_query *q = db_query(store, &sql[KNOWN]);
    int rc = 0, more = 0;
    while (rc == 0 && (more = db_step(q, err)) > 0) {
        rc = folder_match(folder, db_int(q, 0), db_blob(q, 1), err);
    }
    db_end(q);
    return rc < 0 || more < 0 ? -1 : 0;
}

static int
migration_note(struct store *store, const struct migration *m, struct err *err)
{
    struct db_query *q = db_query(store, &sql[NOTE]);
    db_bind_int(q, 1, m->number);
    db_bind_z(q, 2, m->name);
    db_bind_blob(q, 3, m->digest, SHA256_BYTES);
    db_bind_int(q, 4, time_now_us());
    return db_run(q, err) < 0 ? -1 : 0;
}

/* Runs the SQL in TEXT and notes it, in one transaction. */
static int
migration_apply(struct store *store, const struct migration *m, const char *text, struct err *err)
{
    if (store->db->begin(store->writer, err) < 0) {
        return -1;
    }
    if (store->db->exec(store->writer, text, err) < 0 || migration_note(store, m, err) < 0 ||
        store->db->commit(store->writer, err) < 0) {
        store->db->rollback(store->writer);
        return -1;
    }
    return 0;
}

/* Reads the file of M into RET, in the back end's words. */
static int
migration_read(struct store *store, struct folder *folder, const struct migration *m,
               struct buf *ret, struct err *err)
{
    if (store->db->translate == NULL) {
        return file_read(folder->fd, m->name, MIGRATION_BYTES - 1, ret, err);
    }
    struct buf text;
    buf_init(&text, MIGRATION_BYTES);
    int rc = file_read(folder->fd, m->name, MIGRATION_BYTES - 1, &text, err);
    if (rc == 0) {
        rc = store->db->translate(buf_str(&text), ret, err);
    }
    buf_free(&text);
    return rc;
}

static int
migration_run(struct store *store, struct folder *folder, const struct migration *m,
              struct err *err)
{
    struct buf text;
    buf_init(&text, MIGRATION_BYTES * 4);
    int rc = migration_read(store, folder, m, &text, err);
    if (rc == 0) {
        buf_put_char(&text, '\0');
        struct err why = {0};
        rc = migration_apply(store, m, text.p, &why);
        if (rc < 0) {
            (void)ERR(err, "store.migration", "%s: %s", m->name, why.detail);
        }
    }
    buf_free(&text);
    return rc;
}

static int
folder_run(struct store *store, const char *sql_dir, struct err *err)
{
    struct folder folder = {.fd = file_open_dir(AT_FDCWD, sql_dir, err)};
    if (folder.fd < 0) {
        return -1;
    }
    folder.list = calloc(MIGRATIONS_MOST, sizeof *folder.list);
    ensure(folder.list != NULL);
    int rc = folder_list(&folder, err);
    if (rc == 0) {
        rc = folder_compare(store, &folder, err);
    }
    for (size_t i = 0; rc == 0 && i < folder.count; i++) {
        if (!folder.list[i].known) {
            rc = migration_run(store, &folder, &folder.list[i], err);
        }
    }
    free(folder.list);
    file_close(&folder.fd);
    return rc;
}

int
store_migrate(struct store *store, const char *sql_dir, struct err *err)
{
    if (store->db->exec(store->writer, store->db->schema_begin, err) < 0) {
        return -1;
    }
    store->unit = true; /* its statements belong on the writer */
    int rc = sql_dir != NULL ? folder_run(store, sql_dir, err) : 0;
    store->unit = false;
    if (rc == 0 && store->db->schema_end != NULL) {
        rc = store->db->exec(store->writer, store->db->schema_end, err);
    }
    return rc;
}
