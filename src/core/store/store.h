/*
 * store: the database of a daemon, behind an interface that is not SQLite's.
 *
 * SQL stands in tables of statements with `$1`, `$2` … parameters, compiled in by the module that
 * owns the rows; a statement is named by its row. Reading goes to a connection that sees only what
 * is committed. Writing goes through units (store_write): a unit runs in a savepoint of a shared
 * transaction, which is committed at the end of the loop turn (or at STORE_GROUP_MOST units); only
 * then the unit's completion runs. So no answer ever precedes its durability, and many answers
 * share one sync. Inside a unit all statements see the unit's own changes.
 *
 * A unit that fails takes back only itself. A unit one of whose statements failed fails, whatever
 * it returns. A disk that is full or fails refuses whole units
 * (store.full, store.failed), and the store stays read-only: for good after an I/O error, until the
 * next attempt after STORE_RETRY_MS when the disk was full or the server away. Nothing is ever half
 * done.
 *
 * One thread. Times are UTC microseconds. Texts are UTF-8 without NUL.
 */
#ifndef CORE_STORE_STORE_H
#define CORE_STORE_STORE_H

#include "base/loop/loop.h"
#include "base/mem/err.h"
#include "base/mem/str.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    STORE_GROUP_MOST = 256,     /* units in one transaction */
    STORE_RETRY_MS = 5000,      /* a full disk is tried again after this */
    STORE_PARAMETERS_MOST = 8000, /* $1 ... $8000 */
    DB_ROWS_BYTES = 64 << 20    /* of one statement's rows, where they come all at once */
};

struct store;
struct db_query;

/* One statement of a module's table, static storage. NAME is for errors ("account.person_get"). */
struct store_statement {
    const char *name;
    const char *sql;      /* one statement; parameters $1, $2, ... */
    const char *postgres; /* the same for PostgreSQL where it must differ; NULL: it does not */
};

struct store_options {
    struct loop *loop;   /* NULL: every unit is committed before store_write returns */
    const char *path;    /* the database file, made with mode 0600 when missing; or "postgres:"
                          * and a libpq connection string: a database of a PostgreSQL server */
    const char *sql_dir; /* folder of NNNN-name.sql migrations; NULL: none are looked for */
};

/*
 * Opens the database and brings it to the newest migration. Each file of SQL_DIR that the database
 * does not know is run in a transaction of its own, in the order of its number, and its SHA-256
 * kept. -1 with store.open, store.schema_newer (the database knows a migration that SQL_DIR lacks),
 * store.schema_changed (a file that was run has other bytes now), store.migration (a file failed;
 * the ones before it stay), store.migration_name, file.*.
 */
int store_open(const struct store_options *options, struct store **ret_store, struct err *err);

/* Commits what is open, runs the completions, closes. NULL is fine. */
void store_close(struct store *store);

/* False while units are refused; WHY (may be NULL) then gets store.full or store.failed. */
bool store_writable(const struct store *store, struct err *ret_why);

/* Work inside the transaction. Returns >= 0 (handed to the completion) or -1 with ERR: then nothing
 * the unit did remains. It must not wait, send, or call store_write. */
typedef int store_unit(struct store *store, void *arg, struct err *err);

/* Called once, after the commit: RESULT is the unit's, or -1 with ERR (the unit's own failure, or
 * store.full, store.failed, store.busy, store.away for the whole group: nothing of it remains; or
 * store.unsure: the server went away while it committed and did not come back to say which). May
 * call store_write again. */
typedef void store_done(void *arg, int result, const struct err *err);

/* Runs UNIT(store, arg) now and DONE(arg, ...) after the commit that holds it, never before
 * store_write returned unless the store has no loop. DONE may be NULL. */
void store_write(struct store *store, store_unit *unit, store_done *done, void *arg);

/* Commits the open group now and runs its completions. */
void store_flush(struct store *store);

/* Calls CALL(arg) after every commit, when the completions ran; NULL: nobody. */
void store_on_commit(struct store *store, loop_call *call, void *arg);

/* True inside a unit: statements then see and make uncommitted changes. */
bool store_writing(const struct store *store);

/* Runs READ(store, arg) on one unmoving snapshot of what is committed; its result is passed on.
 * Without this each statement outside a unit sees the newest commit. May be called inside a unit
 * or another store_read: then it just runs. */
int store_read(struct store *store, store_unit *read, void *arg, struct err *err);

/*
 * Begins a query of STATEMENT, to be bound, stepped and ended. Never NULL: a statement that cannot
 * be prepared fails at its first step. A changing statement outside a unit fails with
 * store.reading.
 */
struct db_query *db_query(struct store *store, const struct store_statement *statement);

/*
 * The same for SQL that was composed (core/register's lists): copied, prepared for this one use and
 * forgotten by db_end. It is the caller's promise that the text is made of fixed words and checked
 * names only, every value a parameter.
 */
struct db_query *db_query_once(struct store *store, const char *name, struct str sql);

/* A statement for composed SQL that is used again and again: the store keeps a copy of NAME's
 * pointer and SQL until it closes, the same text gives the same statement. */
const struct store_statement *store_statement_of(struct store *store, const char *name,
                                                 struct str sql);

/* Runs SQL, in a migration's words (SQLite's), that makes or drops tables; SERVER (may be NULL: it
 * is made from SQL) is run on PostgreSQL as it is. Inside a unit. 0 or -1 as db_step. */
int store_define(struct store *store, const char *sql, const char *server, struct err *err);

/* True when the store is a PostgreSQL server's. */
bool store_on_server(const struct store *store);

/* Ends statements outside units that run longer than WITHIN_MS from now with store.slow; 0: none.
 * The caller takes it back when its reading is done. */
void store_hurry(struct store *store, int64_t within_ms);

/* Binds parameter $N. Text and blobs are copied. What is not bound is NULL. */
void db_bind_int(struct db_query *query, int n, int64_t value);
void db_bind_text(struct db_query *query, int n, struct str value);
void db_bind_z(struct db_query *query, int n, const char *value); /* NULL: SQL NULL */
void db_bind_blob(struct db_query *query, int n, const void *p, size_t size);
void db_bind_null(struct db_query *query, int n);

/* 1: a row stands ready; 0: no more rows. -1 with store.unique (a key exists already),
 * store.constraint (a rule of the schema refused), store.full, store.failed, store.busy,
 * store.slow (see store_hurry), store.away (no server), store.large (more than DB_ROWS_BYTES of rows at once, from a server),
 * store.reading, store.statement (the statement itself is wrong: our mistake). */
int db_step(struct db_query *query, struct err *err);

/* Column I (from 0) of the row that stands ready. Borrowed until the next step or end.
 * Integers of a NULL are 0, texts and blobs empty. */
int64_t db_int(struct db_query *query, int i);
struct str db_text(struct db_query *query, int i);
struct str db_blob(struct db_query *query, int i);
bool db_is_null(struct db_query *query, int i);

/* Copies a blob column into RET. False when its size is not exactly N. */
bool db_blob_to(struct db_query *query, int i, void *ret, size_t n);

/* Ends QUERY; every query must be ended before its unit or read returns. */
void db_end(struct db_query *query);

/* Steps to the end and ends. The number of rows changed, or -1 as db_step. */
int64_t db_run(struct db_query *query, struct err *err);

/* Steps once and ends: 0 with *RET the integer in column 0, 1 when there is no row, -1 as db_step.
 */
int db_one_int(struct db_query *query, int64_t *ret, struct err *err);

/* Runs a statement without rows and parameters. 0, or -1 as db_step. */
int db_exec(struct store *store, const struct store_statement *statement, struct err *err);

#endif
