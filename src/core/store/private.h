/*
 * What the files of core/store share about a store. For them alone.
 */
#ifndef CORE_STORE_PRIVATE_H
#define CORE_STORE_PRIVATE_H

#include "core/store/outbox.h"
#include "core/store/store.h"

#include <sqlite3.h>

struct db_query {
    struct store *store;
    const struct store_statement *statement;
    sqlite3_stmt *stmt;
    int parameter[STORE_PARAMETERS_MOST + 1]; /* $n -> place in the statement, 0: not there */
    bool writer;                              /* which connection it was prepared on */
    bool busy;
    struct err failure; /* of preparing or binding, told at the first step; code NULL: none */
    struct db_query *next;
};

enum { DB_BUCKETS = 512 };

struct store_pending {
    store_done *done;
    void *arg;
    int result;
    struct err err;
};

struct store {
    struct loop *loop;
    struct loop_timer *timer;
    sqlite3 *reader, *writer;
    struct db_query *queries[DB_BUCKETS]; /* by statement */
    struct store_pending *pending;        /* of the open group, STORE_GROUP_MOST of them */
    size_t pending_count;
    bool open;    /* a transaction is open on the writer */
    bool unit;    /* a unit is running */
    bool reading; /* a snapshot is open on the reader */
    bool closing;
    loop_call *committed; /* store_on_commit */
    void *committed_arg;
    outbox_check *check; /* of rows before they are added; NULL: none */
    struct err broken;   /* code NULL: writable */
    int64_t retry_ms;    /* monotonic: a full disk is tried again then */
};

/* Fills ERR from the state of DB after a call returned RC, about WHAT. Always -1. */
int db_error(sqlite3 *db, int rc, const char *what, struct err *err);

/* Runs fixed SQL on DB. 0 or -1 as db_step. */
int db_exec_raw(sqlite3 *db, const char *sql, struct err *err);

/* Frees every prepared statement of STORE. */
void db_queries_free(struct store *store);

/* Brings the database to the newest migration of SQL_DIR; see store_open. */
int store_migrate(struct store *store, const char *sql_dir, struct err *err);

#endif
