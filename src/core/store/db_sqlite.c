/*
 * db_sqlite: the back end of one town's machine, a file in WAL mode. Runs in cored and authd.
 *
 * Two connections to the file: the writer, and the reader with query_only, which sees what is
 * committed. Invariant: a changing statement never runs on the reader, SQLite refuses it there.
 */
#include "core/store/private.h"

#include "base/mem/ensure.h"
#include "base/os/file.h"
#include "base/os/time.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>

struct link {
    sqlite3 *db;
    bool writer;
    int64_t until_ms; /* monotonic: statements end then; 0: never */
};

struct own {
    sqlite3_stmt *stmt;
    int most;       /* the highest n of $n */
    int *parameter; /* $n -> place in the statement, 0: not there */
};

enum { HURRY_STEPS = 20000 }; /* of SQLite's machine between two looks at the clock */

static const char *
lite_code(int rc)
{
    switch (rc & 0xff) {
    case SQLITE_FULL:
        return "store.full";
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return "store.busy";
    case SQLITE_INTERRUPT:
        return "store.slow";
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

/* Fills ERR from the state of DB after a call returned RC, about WHAT. Always -1. */
static int
lite_error(sqlite3 *db, int rc, const char *what, struct err *err)
{
    int extended = db != NULL ? sqlite3_extended_errcode(db) : rc;
    if ((extended & 0xff) != (rc & 0xff)) {
        extended = rc;
    }
    return ERR(err, lite_code(extended), "%s: %s", what,
               db != NULL ? sqlite3_errmsg(db) : sqlite3_errstr(rc));
}

static int
lite_exec(void *arg, const char *sql, struct err *err)
{
    struct link *link = arg;
    int rc = sqlite3_exec(link->db, sql, NULL, NULL, NULL);
    return rc == SQLITE_OK ? 0 : lite_error(link->db, rc, "exec", err);
}

static void
lite_close(void *arg)
{
    struct link *link = arg;
    if (link != NULL) {
        (void)sqlite3_close(link->db);
        free(link);
    }
}

static int
link_set_up(struct link *link, struct err *err)
{
    int on = 0;
    (void)sqlite3_extended_result_codes(link->db, 1);
    (void)sqlite3_busy_timeout(link->db, 2000);
    (void)sqlite3_db_config(link->db, SQLITE_DBCONFIG_DEFENSIVE, 1, &on);
    (void)sqlite3_db_config(link->db, SQLITE_DBCONFIG_DQS_DML, 0, &on);
    (void)sqlite3_db_config(link->db, SQLITE_DBCONFIG_DQS_DDL, 0, &on);
    (void)sqlite3_db_config(link->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, &on);
    (void)sqlite3_limit(link->db, SQLITE_LIMIT_ATTACHED, 0);
    /* pages kept in memory, in KiB: the usual 2 MiB do not hold the roots of a large town's indexes
     */
    const char *sql = link->writer ? "PRAGMA cache_size=-65536;"
                                     "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                                     "PRAGMA foreign_keys=ON; PRAGMA secure_delete=ON;"
                                     "PRAGMA cell_size_check=ON; PRAGMA temp_store=MEMORY;"
                                   : "PRAGMA cache_size=-32768;"
                                     "PRAGMA query_only=ON; PRAGMA temp_store=MEMORY;";
    return lite_exec(link, sql, err);
}

static int
lite_open(const char *path, bool writer, void **ret_link, struct err *err)
{
    int fd = file_open(AT_FDCWD, path, O_RDWR | O_CREAT, 0600, err);
    if (fd < 0) {
        return -1;
    }
    file_close(&fd);
    struct link *link = calloc(1, sizeof *link);
    ensure(link != NULL);
    link->writer = writer;
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_NOMUTEX |
                SQLITE_OPEN_PRIVATECACHE;
    int rc = sqlite3_open_v2(path, &link->db, flags, NULL);
    int result = 0;
    if (rc != SQLITE_OK) {
        struct err why = {0};
        (void)lite_error(link->db, rc, path, &why);
        result = ERR(err, "store.open", "%s", why.detail);
    } else {
        result = link_set_up(link, err);
    }
    if (result < 0) {
        lite_close(link);
        return -1;
    }
    *ret_link = link;
    return 0;
}

static int
lite_begin(void *arg, struct err *err)
{
    struct link *link = arg;
    return lite_exec(link, link->writer ? "BEGIN IMMEDIATE" : "BEGIN", err);
}

static int
lite_commit(void *link, struct err *err)
{
    return lite_exec(link, "COMMIT", err);
}

static bool
lite_active(void *arg)
{
    struct link *link = arg;
    return sqlite3_get_autocommit(link->db) == 0;
}

/* SQLite ends the whole transaction itself on some errors. */
static void
lite_rollback(void *link)
{
    if (lite_active(link)) {
        struct err ignored;
        (void)lite_exec(link, "ROLLBACK", &ignored);
    }
}

/* Which $n stands at place I of the statement. */
static int
own_parameter(struct own *own, int i)
{
    const char *name = sqlite3_bind_parameter_name(own->stmt, i);
    uint64_t n = 0;
    bool fits = name != NULL && name[0] == '$' && str_to_u64(str_of(name + 1), &n) && n >= 1 &&
                n <= STORE_PARAMETERS_MOST;
    ensure(fits);
    return (int)n;
}

/* Finds where $1, $2 ... stand in the prepared statement. */
static void
own_parameters(struct own *own)
{
    int count = sqlite3_bind_parameter_count(own->stmt);
    for (int i = 1; i <= count; i++) {
        int n = own_parameter(own, i);
        own->most = n > own->most ? n : own->most;
    }
    own->parameter = calloc((size_t)own->most + 1, sizeof *own->parameter);
    ensure(own->parameter != NULL);
    for (int i = 1; i <= count; i++) {
        own->parameter[own_parameter(own, i)] = i;
    }
}

static void
lite_prepare(struct db_query *query)
{
    struct link *link = query->link;
    struct own *own = calloc(1, sizeof *own);
    ensure(own != NULL);
    unsigned flags = query->once ? 0 : SQLITE_PREPARE_PERSISTENT;
    int rc = sqlite3_prepare_v3(link->db, query->statement->sql, -1, flags, &own->stmt, NULL);
    if (rc != SQLITE_OK) {
        (void)lite_error(link->db, rc, query->statement->name, &query->failure);
        free(own);
        return;
    }
    own_parameters(own);
    query->own = own;
}

static void
lite_bind(struct db_query *query, int n, const struct db_value *value)
{
    struct own *own = query->own;
    int place = n <= own->most ? own->parameter[n] : 0, rc = SQLITE_OK;
    struct str s = value->bytes;
    ensure(place != 0);
    switch (value->type) {
    case DB_NULL:
        rc = sqlite3_bind_null(own->stmt, place);
        break;
    case DB_INT:
        rc = sqlite3_bind_int64(own->stmt, place, value->i);
        break;
    case DB_TEXT:
        rc = sqlite3_bind_text64(own->stmt, place, s.n > 0 ? s.p : "", s.n, SQLITE_TRANSIENT,
                                 SQLITE_UTF8);
        break;
    case DB_BLOB:
        rc = s.n == 0 ? sqlite3_bind_zeroblob(own->stmt, place, 0)
                      : sqlite3_bind_blob64(own->stmt, place, s.p, s.n, SQLITE_TRANSIENT);
        break;
    }
    if (rc != SQLITE_OK && query->failure.code == NULL) {
        (void)lite_error(NULL, rc, query->statement->name, &query->failure);
    }
}

static int
lite_step(struct db_query *query, struct err *err)
{
    struct own *own = query->own;
    int rc = sqlite3_step(own->stmt);
    if (rc == SQLITE_ROW) {
        return 1;
    }
    if (rc == SQLITE_DONE) {
        return 0;
    }
    return lite_error(sqlite3_db_handle(own->stmt), rc, query->statement->name, err);
}

static int64_t
lite_int(struct db_query *query, int i)
{
    return sqlite3_column_int64(((struct own *)query->own)->stmt, i);
}

static struct str
lite_bytes(struct db_query *query, int i, bool text)
{
    sqlite3_stmt *stmt = ((struct own *)query->own)->stmt;
    const void *p = text ? sqlite3_column_text(stmt, i) : sqlite3_column_blob(stmt, i);
    if (p == NULL) {
        return (struct str){"", 0};
    }
    return (struct str){p, (size_t)sqlite3_column_bytes(stmt, i)};
}

static bool
lite_is_null(struct db_query *query, int i)
{
    return sqlite3_column_type(((struct own *)query->own)->stmt, i) == SQLITE_NULL;
}

static int64_t
lite_changed(struct db_query *query)
{
    return sqlite3_changes64(((struct link *)query->link)->db);
}

static void
lite_reset(struct db_query *query)
{
    struct own *own = query->own;
    (void)sqlite3_reset(own->stmt);
    (void)sqlite3_clear_bindings(own->stmt);
}

static void
lite_forget(struct db_query *query)
{
    struct own *own = query->own;
    if (own != NULL) {
        (void)sqlite3_finalize(own->stmt);
        free(own->parameter);
        free(own);
    }
}

static int
lite_late(void *arg)
{
    struct link *link = arg;
    return link->until_ms != 0 && time_mono_ms() > link->until_ms;
}

static void
lite_hurry(void *arg, int64_t within_ms)
{
    struct link *link = arg;
    link->until_ms = within_ms > 0 ? time_mono_ms() + within_ms : 0;
    sqlite3_progress_handler(link->db, within_ms > 0 ? HURRY_STEPS : 0, lite_late, link);
}

const struct db_backend db_sqlite = {
    .schema_begin = "CREATE TABLE IF NOT EXISTS schema_migration("
                    "number INTEGER PRIMARY KEY, name TEXT NOT NULL, digest BLOB NOT NULL,"
                    "at INTEGER NOT NULL) STRICT",
    .open = lite_open,
    .close = lite_close,
    .begin = lite_begin,
    .commit = lite_commit,
    .rollback = lite_rollback,
    .active = lite_active,
    .exec = lite_exec,
    .prepare = lite_prepare,
    .bind = lite_bind,
    .step = lite_step,
    .get_int = lite_int,
    .get_bytes = lite_bytes,
    .is_null = lite_is_null,
    .changed = lite_changed,
    .reset = lite_reset,
    .forget = lite_forget,
    .hurry = lite_hurry,
};
