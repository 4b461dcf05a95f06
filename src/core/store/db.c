/*
 * db: statements of a store: prepared once, bound by number, stepped.
 *
 * Runs in cored and authd. A statement is prepared on first use, on the connection it is used on,
 * and kept; a second use while the first is busy gets a second one. Invariant: a changing statement
 * never runs on the reader (SQLite refuses it: query_only), so nothing is written outside a unit.
 */
#include "core/store/private.h"

#include "base/mem/ensure.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

static const char *
db_code(int rc)
{
    switch (rc & 0xff) {
    case SQLITE_FULL:
        return "store.full";
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return "store.busy";
    case SQLITE_READONLY:
        return "store.reading";
    case SQLITE_CONSTRAINT:
        return rc == SQLITE_CONSTRAINT_UNIQUE || rc == SQLITE_CONSTRAINT_PRIMARYKEY ||
                       rc == SQLITE_CONSTRAINT_ROWID
                   ? "store.unique"
                   : "store.constraint";
    case SQLITE_ERROR:
    case SQLITE_MISMATCH:
    case SQLITE_RANGE:
    case SQLITE_TOOBIG:
    case SQLITE_SCHEMA:
        return "store.statement";
    default:
        return "store.failed";
    }
}

int
db_error(sqlite3 *db, int rc, const char *what, struct err *err)
{
    int extended = db != NULL ? sqlite3_extended_errcode(db) : rc;
    if ((extended & 0xff) != (rc & 0xff)) {
        extended = rc;
    }
    return ERR(err, db_code(extended), "%s: %s", what,
               db != NULL ? sqlite3_errmsg(db) : sqlite3_errstr(rc));
}

int
db_exec_raw(sqlite3 *db, const char *sql, struct err *err)
{
    int rc = sqlite3_exec(db, sql, NULL, NULL, NULL);
    return rc == SQLITE_OK ? 0 : db_error(db, rc, sql, err);
}

/* Finds where $1, $2 ... stand in the prepared statement. */
static void
query_parameters(struct db_query *query)
{
    int count = sqlite3_bind_parameter_count(query->stmt);
    for (int i = 1; i <= count; i++) {
        const char *name = sqlite3_bind_parameter_name(query->stmt, i);
        uint64_t n = 0;
        bool fits = name != NULL && name[0] == '$' && str_to_u64(str_of(name + 1), &n) && n >= 1 &&
                    n <= STORE_PARAMETERS_MOST;
        ensure(fits);
        query->parameter[n] = i;
    }
}

static struct db_query *
query_new(struct store *store, const struct store_statement *statement)
{
    struct db_query *query = calloc(1, sizeof *query);
    ensure(query != NULL);
    query->store = store;
    query->statement = statement;
    query->writer = store->unit;
    sqlite3 *db = store->unit ? store->writer : store->reader;
    int rc =
        sqlite3_prepare_v3(db, statement->sql, -1, SQLITE_PREPARE_PERSISTENT, &query->stmt, NULL);
    if (rc != SQLITE_OK) {
        (void)db_error(db, rc, statement->name, &query->failure);
    } else {
        query_parameters(query);
    }
    return query;
}

struct db_query *
db_query(struct store *store, const struct store_statement *statement)
{
    struct db_query **bucket = &store->queries[((uintptr_t)statement >> 4) % DB_BUCKETS];
    struct db_query *query = *bucket;
    while (query != NULL && (query->statement != statement || query->busy ||
                             query->writer != store->unit || query->stmt == NULL)) {
        query = query->next;
    }
    if (query == NULL) {
        query = query_new(store, statement);
        query->next = *bucket;
        *bucket = query;
    }
    query->busy = true;
    return query;
}

static int
query_place(struct db_query *query, int n)
{
    if (query->failure.code != NULL) {
        return 0;
    }
    ensure(n >= 1 && n <= STORE_PARAMETERS_MOST && query->parameter[n] != 0);
    return query->parameter[n];
}

static void
query_bound(struct db_query *query, int rc)
{
    if (rc != SQLITE_OK && query->failure.code == NULL) {
        (void)db_error(NULL, rc, query->statement->name, &query->failure);
    }
}

void
db_bind_int(struct db_query *query, int n, int64_t value)
{
    int place = query_place(query, n);
    if (place != 0) {
        query_bound(query, sqlite3_bind_int64(query->stmt, place, value));
    }
}

void
db_bind_text(struct db_query *query, int n, struct str value)
{
    int place = query_place(query, n);
    if (place != 0) {
        query_bound(query, sqlite3_bind_text64(query->stmt, place, value.n > 0 ? value.p : "",
                                               value.n, SQLITE_TRANSIENT, SQLITE_UTF8));
    }
}

void
db_bind_z(struct db_query *query, int n, const char *value)
{
    if (value != NULL) {
        db_bind_text(query, n, str_of(value));
    } else {
        db_bind_null(query, n);
    }
}

void
db_bind_blob(struct db_query *query, int n, const void *p, size_t size)
{
    int place = query_place(query, n);
    if (place != 0) {
        query_bound(query,
                    size == 0 ? sqlite3_bind_zeroblob(query->stmt, place, 0)
                              : sqlite3_bind_blob64(query->stmt, place, p, size, SQLITE_TRANSIENT));
    }
}

void
db_bind_null(struct db_query *query, int n)
{
    int place = query_place(query, n);
    if (place != 0) {
        query_bound(query, sqlite3_bind_null(query->stmt, place));
    }
}

int
db_step(struct db_query *query, struct err *err)
{
    if (query->failure.code != NULL) {
        if (err != NULL) {
            *err = query->failure;
        }
        return -1;
    }
    int rc = sqlite3_step(query->stmt);
    if (rc == SQLITE_ROW) {
        return 1;
    }
    if (rc == SQLITE_DONE) {
        return 0;
    }
    return db_error(sqlite3_db_handle(query->stmt), rc, query->statement->name, err);
}

int64_t
db_int(struct db_query *query, int i)
{
    return sqlite3_column_int64(query->stmt, i);
}

struct str
db_text(struct db_query *query, int i)
{
    const unsigned char *p = sqlite3_column_text(query->stmt, i);
    if (p == NULL) {
        return (struct str){"", 0};
    }
    return (struct str){(const char *)p, (size_t)sqlite3_column_bytes(query->stmt, i)};
}

struct str
db_blob(struct db_query *query, int i)
{
    const void *p = sqlite3_column_blob(query->stmt, i);
    if (p == NULL) {
        return (struct str){"", 0};
    }
    return (struct str){p, (size_t)sqlite3_column_bytes(query->stmt, i)};
}

bool
db_blob_to(struct db_query *query, int i, void *ret, size_t n)
{
    struct str blob = db_blob(query, i);
    if (blob.n != n) {
        return false;
    }
    if (n > 0) {
        memcpy(ret, blob.p, n);
    }
    return true;
}

bool
db_is_null(struct db_query *query, int i)
{
    return sqlite3_column_type(query->stmt, i) == SQLITE_NULL;
}

void
db_end(struct db_query *query)
{
    ensure(query->busy);
    query->busy = false;
    if (query->stmt == NULL) {
        return;
    }
    query->failure = (struct err){0};
    (void)sqlite3_reset(query->stmt);
    (void)sqlite3_clear_bindings(query->stmt);
}

int64_t
db_run(struct db_query *query, struct err *err)
{
    int rc = db_step(query, err);
    while (rc > 0) {
        rc = db_step(query, err);
    }
    int64_t changed = rc < 0 ? -1 : sqlite3_changes64(sqlite3_db_handle(query->stmt));
    db_end(query);
    return changed;
}

int
db_one_int(struct db_query *query, int64_t *ret, struct err *err)
{
    int rc = db_step(query, err);
    if (rc > 0) {
        *ret = db_int(query, 0);
    }
    db_end(query);
    return rc < 0 ? -1 : rc == 0;
}

int
db_exec(struct store *store, const struct store_statement *statement, struct err *err)
{
    return db_run(db_query(store, statement), err) < 0 ? -1 : 0;
}

void
db_queries_free(struct store *store)
{
    for (size_t i = 0; i < DB_BUCKETS; i++) {
        struct db_query *query = store->queries[i];
        while (query != NULL) {
            struct db_query *next = query->next;
            ensure(!query->busy || query->stmt == NULL);
            (void)sqlite3_finalize(query->stmt);
            free(query);
            query = next;
        }
        store->queries[i] = NULL;
    }
}
