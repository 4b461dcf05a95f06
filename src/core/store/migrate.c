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
    static const char sql[] = "SELECT number, digest FROM schema_migration ORDER BY number";
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_prepare_v2(store->writer, sql, -1, &stmt, NULL);
    if (rc != SQLITE_OK) {
        return db_error(store->writer, rc, sql, err);
    }
    int result = 0;
    while (result == 0 && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        struct str digest = {sqlite3_column_blob(stmt, 1), (size_t)sqlite3_column_bytes(stmt, 1)};
        result = folder_match(folder, sqlite3_column_int64(stmt, 0), digest, err);
    }
    if (result == 0 && rc != SQLITE_DONE) {
        result = db_error(store->writer, rc, sql, err);
    }
    (void)sqlite3_finalize(stmt);
    return result;
}

static int
migration_note(struct store *store, const struct migration *m, struct err *err)
{
    static const char sql[] = "INSERT INTO schema_migration(number, name, digest, at)"
                              " VALUES ($1, $2, $3, $4)";
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_prepare_v2(store->writer, sql, -1, &stmt, NULL);
    if (rc == SQLITE_OK) {
        (void)sqlite3_bind_int64(stmt, 1, m->number);
        (void)sqlite3_bind_text(stmt, 2, m->name, -1, SQLITE_TRANSIENT);
        (void)sqlite3_bind_blob(stmt, 3, m->digest, SHA256_BYTES, SQLITE_TRANSIENT);
        (void)sqlite3_bind_int64(stmt, 4, time_now_us());
        rc = sqlite3_step(stmt);
    }
    int result = rc == SQLITE_DONE ? 0 : db_error(store->writer, rc, sql, err);
    (void)sqlite3_finalize(stmt);
    return result;
}

static int
migration_run(struct store *store, struct folder *folder, const struct migration *m,
              struct err *err)
{
    struct buf text;
    buf_init(&text, MIGRATION_BYTES);
    if (file_read(folder->fd, m->name, MIGRATION_BYTES - 1, &text, err) < 0) {
        buf_free(&text);
        return -1;
    }
    buf_put_char(&text, '\0');
    struct err why = {0};
    int rc = db_exec_raw(store->writer, "BEGIN IMMEDIATE", &why);
    if (rc == 0 && sqlite3_exec(store->writer, text.p, NULL, NULL, NULL) != SQLITE_OK) {
        rc = db_error(store->writer, sqlite3_errcode(store->writer), m->name, &why);
    }
    if (rc == 0) {
        rc = migration_note(store, m, &why);
    }
    if (rc == 0) {
        rc = db_exec_raw(store->writer, "COMMIT", &why);
    }
    buf_free(&text);
    if (rc == 0) {
        return 0;
    }
    struct err ignored;
    (void)db_exec_raw(store->writer, "ROLLBACK", &ignored);
    return ERR(err, "store.migration", "%s: %s", m->name, why.detail);
}

int
store_migrate(struct store *store, const char *sql_dir, struct err *err)
{
    if (db_exec_raw(store->writer,
                    "CREATE TABLE IF NOT EXISTS schema_migration("
                    "number INTEGER PRIMARY KEY, name TEXT NOT NULL, digest BLOB NOT NULL,"
                    "at INTEGER NOT NULL) STRICT",
                    err) < 0) {
        return -1;
    }
    if (sql_dir == NULL) {
        return 0;
    }
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
