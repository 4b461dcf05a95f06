/*
 * pg: one connection to a PostgreSQL server, shared by pg_link.c and db_postgres.c. For them alone.
 *
 * libpq's own header stays out of it: struct pg_conn and pg_result are its PGconn and PGresult.
 */
#ifndef CORE_STORE_PG_H
#define CORE_STORE_PG_H

#include "base/mem/err.h"

#include <stdbool.h>
#include <stdint.h>

struct pg_conn;
struct pg_result;

struct pg_link {
    struct pg_conn *conn;
    char *info; /* the connection string */
    bool writer;
    bool inside;         /* a transaction was begun and not ended by us */
    uint64_t generation; /* of the connection: statements prepared on an older one are gone */
    uint64_t names;      /* given to prepared statements */
    struct err failure;  /* of the first statement that failed in the open transaction */
};

/* Opens one connection to PATH ("postgres:" and a connection string). -1 with store.open. */
int pg_link_open(const char *path, bool writer, void **ret_link, struct err *err);

/* Closes it; NULL is fine. */
void pg_link_close(void *link);

/* Begins a group or snapshot, on a new connection when the old one was lost. -1 as db_step. */
int pg_link_begin(void *link, struct err *err);

/* Commits. When the connection is lost meanwhile the server is asked what became of it: -1 with
 * store.away means nothing remains, store.unsure that it could not be asked. */
int pg_link_commit(void *link, struct err *err);

/* Takes the open transaction back, if it still is. */
void pg_link_rollback(void *link);

/* True while the transaction that was begun stands. */
bool pg_link_active(void *link);

/* Runs fixed SQL. -1 as db_step. */
int pg_link_exec(void *link, const char *sql, struct err *err);

/* Makes the connection anew when it is lost and no transaction is open. -1 with store.away. */
int pg_link_ready(struct pg_link *link, struct err *err);

/* Fills ERR from RESULT (NULL: from the connection), about WHAT, and remembers it as the failure of
 * the open transaction. Always -1. */
int pg_link_error(struct pg_link *link, const struct pg_result *result, const char *what,
                  struct err *err);

#endif
