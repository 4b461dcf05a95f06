/*
 * postgres: databases for tests that can also run on a PostgreSQL server. tests/store/postgres
 * starts one and sets SEKISHO_TEST_DB to its connection string; without that a test uses SQLite.
 */
#ifndef TESTS_POSTGRES_H
#define TESTS_POSTGRES_H

#include "tests/test.h"

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Where the server is; NULL: there is none. */
static inline const char *
test_server(void)
{
    return getenv("SEKISHO_TEST_DB");
}

/* Runs SQL on the server's own database. */
static inline void
test_server_run(const char *sql)
{
    PGconn *conn = PQconnectdb(test_server());
    PGresult *result = PQexec(conn, sql);
    ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
        fail_msg("%s: %s", sql, PQerrorMessage(conn));
    }
    PQclear(result);
    PQfinish(conn);
}

/* Makes an empty database on the server and writes to PATH what store_open takes. */
static inline void
test_database(char *path, size_t size)
{
    static int count;
    char sql[128];
    count++;
    (void)snprintf(sql, sizeof sql, "CREATE DATABASE t%d_%d", (int)getpid(), count);
    test_server_run(sql);
    (void)snprintf(path, size, "postgres:%s dbname=t%d_%d", test_server(), (int)getpid(), count);
}

#endif
