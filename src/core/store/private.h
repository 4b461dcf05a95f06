/*
 * What the files of core/store share about a store, and the table of a back end. For them alone.
 *
 * A back end gives two connections ("links"): the writer, on which units run, and the reader. Its
 * own types stay in its own file; here they are void pointers.
 */
#ifndef CORE_STORE_PRIVATE_H
#define CORE_STORE_PRIVATE_H

#include "base/mem/buf.h"
#include "core/store/outbox.h"
#include "core/store/store.h"

struct db_query {
    struct store *store;
    const struct store_statement *statement;
    void *link;         /* the connection it belongs to */
    void *own;          /* the back end's; NULL when it could not be prepared */
    bool writer;        /* which connection that is */
    bool busy;          /* between db_query and db_end */
    bool once;          /* freed by db_end, with its statement */
    struct err failure; /* of preparing or binding, told at the first step; code NULL: none */
    struct db_query *next;
};

enum db_type { DB_NULL, DB_INT, DB_TEXT, DB_BLOB };

struct db_value {
    enum db_type type;
    int64_t i;
    struct str bytes; /* of a text or blob */
};

struct db_backend {
    const char *schema_begin; /* makes schema_migration when missing, one program at a time */
    const char *schema_end;   /* lets the next program in; NULL: nothing to do */

    /* Opens one connection to PATH. -1 with store.open, file.*. */
    int (*open)(const char *path, bool writer, void **ret_link, struct err *err);
    void (*close)(void *link); /* NULL is fine */

    /* Begins the transaction of a group (on the writer) or one snapshot (on the reader). A
     * connection that was lost before is made anew here. */
    int (*begin)(void *link, struct err *err);
    int (*commit)(void *link, struct err *err);
    void (*rollback)(void *link);
    bool (*active)(void *link); /* the transaction that was begun still stands */

    /* Runs fixed SQL, perhaps several statements, without parameters and rows. */
    int (*exec)(void *link, const char *sql, struct err *err);
    /* Writes SQL, a migration in SQLite's words, to RET in its own; NULL: they are its own. */
    int (*translate)(struct str sql, struct buf *ret, struct err *err);

    void (*prepare)(struct db_query *query); /* sets own, or failure */
    void (*bind)(struct db_query *query, int n, const struct db_value *value);
    int (*step)(struct db_query *query, struct err *err);
    int64_t (*get_int)(struct db_query *query, int i);
    struct str (*get_bytes)(struct db_query *query, int i, bool text);
    bool (*is_null)(struct db_query *query, int i);
    int64_t (*changed)(struct db_query *query);
    void (*reset)(struct db_query *query);
    void (*forget)(struct db_query *query); /* frees own */
    /* Statements on LINK end with store.slow after WITHIN_MS; 0: they may take their time. */
    void (*hurry)(void *link, int64_t within_ms);
};

extern const struct db_backend db_sqlite, db_postgres;

enum { DB_BUCKETS = 512 };

/* A statement made at run time. */
struct db_made {
    struct store_statement statement;
    char *sql; /* owned */
    struct db_made *next;
};

struct store_pending {
    store_done *done;
    void *arg;
    int result;
    struct err err;
};

struct store {
    const struct db_backend *db;
    struct loop *loop;
    struct loop_timer *timer;
    void *reader, *writer;                /* links */
    struct db_query *queries[DB_BUCKETS]; /* by statement */
    struct db_made *made[DB_BUCKETS];     /* by text */
    struct store_pending *pending;        /* of the open group, STORE_GROUP_MOST of them */
    size_t pending_count;
    bool open;               /* a transaction is open on the writer */
    bool unit;               /* a unit is running */
    struct err unit_failure; /* of the first statement that failed in it; code NULL: none */
    bool reading;            /* a snapshot is open on the reader */
    bool closing;
    loop_call *committed; /* store_on_commit */
    void *committed_arg;
    outbox_check *check; /* of rows before they are added; NULL: none */
    struct err broken;   /* code NULL: writable */
    int64_t retry_ms;    /* monotonic: a full disk is tried again then */
};

/* Frees every prepared statement of STORE. */
void db_queries_free(struct store *store);

/* Brings the database to the newest migration of SQL_DIR; see store_open. */
int store_migrate(struct store *store, const char *sql_dir, struct err *err);

#endif
