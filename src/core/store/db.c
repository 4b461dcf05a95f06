/*
 * db: statements of a store: kept by statement and connection, bound by number, stepped.
 *
 * Runs in cored and authd. The work is the back end's (db_sqlite.c, db_postgres.c). A second use
 * of a statement while the first is busy gets a second one. Invariant: a unit remembers its first
 * failed statement, so no unit can pass over it (store.c).
 */
#include "core/store/private.h"

#include "base/mem/ensure.h"

#include <stdlib.h>
#include <string.h>

static struct db_query *
query_new(struct store *store, const struct store_statement *statement, bool once)
{
    struct db_query *query = calloc(1, sizeof *query);
    ensure(query != NULL);
    query->store = store;
    query->statement = statement;
    query->writer = store->unit;
    query->once = once;
    query->link = store->unit ? store->writer : store->reader;
    store->db->prepare(query);
    ensure(query->own != NULL || query->failure.code != NULL);
    return query;
}

struct db_query *
db_query(struct store *store, const struct store_statement *statement)
{
    struct db_query **bucket = &store->queries[((uintptr_t)statement >> 4) % DB_BUCKETS];
    struct db_query *query = *bucket;
    while (query != NULL && (query->statement != statement || query->busy ||
                             query->writer != store->unit || query->own == NULL)) {
        query = query->next;
    }
    if (query == NULL) {
        query = query_new(store, statement, false);
        query->next = *bucket;
        *bucket = query;
    }
    query->busy = true;
    return query;
}

static struct db_made *
made_new(const char *name, struct str sql)
{
    struct db_made *made = calloc(1, sizeof *made);
    ensure(made != NULL);
    made->sql = strndup(sql.p, sql.n);
    ensure(made->sql != NULL);
    made->statement = (struct store_statement){.name = name, .sql = made->sql};
    return made;
}

static void
made_free(struct db_made *made)
{
    free(made->sql);
    free(made);
}

struct db_query *
db_query_once(struct store *store, const char *name, struct str sql)
{
    struct db_made *made = made_new(name, sql);
    struct db_query *query = query_new(store, &made->statement, true);
    query->busy = true;
    return query;
}

const struct store_statement *
store_statement_of(struct store *store, const char *name, struct str sql)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < sql.n; i++) {
        hash = (hash ^ (unsigned char)sql.p[i]) * UINT64_C(1099511628211);
    }
    struct db_made **bucket = &store->made[hash % DB_BUCKETS];
    for (struct db_made *made = *bucket; made != NULL; made = made->next) {
        if (str_equal_z(sql, made->sql)) {
            return &made->statement;
        }
    }
    struct db_made *made = made_new(name, sql);
    made->next = *bucket;
    *bucket = made;
    return &made->statement;
}

static void
query_bind(struct db_query *query, int n, struct db_value value)
{
    ensure(n >= 1 && n <= STORE_PARAMETERS_MOST);
    if (query->failure.code == NULL) {
        query->store->db->bind(query, n, &value);
    }
}

void
db_bind_int(struct db_query *query, int n, int64_t value)
{
    query_bind(query, n, (struct db_value){.type = DB_INT, .i = value});
}

void
db_bind_text(struct db_query *query, int n, struct str value)
{
    query_bind(query, n, (struct db_value){.type = DB_TEXT, .bytes = value});
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
    query_bind(query, n, (struct db_value){.type = DB_BLOB, .bytes = {p, size}});
}

void
db_bind_null(struct db_query *query, int n)
{
    query_bind(query, n, (struct db_value){.type = DB_NULL});
}

int
db_step(struct db_query *query, struct err *err)
{
    struct err why = query->failure;
    int rc = why.code != NULL ? -1 : query->store->db->step(query, &why);
    if (rc >= 0) {
        return rc;
    }
    struct store *store = query->store;
    if (store->unit && store->unit_failure.code == NULL) {
        store->unit_failure = why;
    }
    if (err != NULL) {
        *err = why;
    }
    return -1;
}

int64_t
db_int(struct db_query *query, int i)
{
    return query->store->db->get_int(query, i);
}

struct str
db_text(struct db_query *query, int i)
{
    return query->store->db->get_bytes(query, i, true);
}

struct str
db_blob(struct db_query *query, int i)
{
    return query->store->db->get_bytes(query, i, false);
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
    return query->store->db->is_null(query, i);
}

void
db_end(struct db_query *query)
{
    ensure(query->busy);
    query->busy = false;
    if (query->once) {
        /* the statement is the first member of what db_query_once made */
        struct db_made *made = (struct db_made *)(uintptr_t)query->statement;
        query->store->db->forget(query);
        free(query);
        made_free(made);
        return;
    }
    if (query->own == NULL) {
        return;
    }
    query->failure = (struct err){0};
    query->store->db->reset(query);
}

int64_t
db_run(struct db_query *query, struct err *err)
{
    int rc = db_step(query, err);
    while (rc > 0) {
        rc = db_step(query, err);
    }
    int64_t changed = rc < 0 ? -1 : query->store->db->changed(query);
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
            ensure(!query->busy || query->own == NULL);
            store->db->forget(query);
            free(query);
            query = next;
        }
        store->queries[i] = NULL;
        while (store->made[i] != NULL) {
            struct db_made *made = store->made[i];
            store->made[i] = made->next;
            made_free(made);
        }
    }
}
