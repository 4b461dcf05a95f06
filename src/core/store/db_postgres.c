/*
 * db_postgres: the back end of a large body, a database of a PostgreSQL server. Runs in cored and
 * authd.
 *
 * A statement is prepared by name at its first step, with the types of what was bound, and anew
 * when a type is learnt or the connection was made anew. Values travel in binary form. All rows of
 * a statement are taken at once, one by one from the socket and at most DB_ROWS_BYTES, so that
 * statements may be used inside each other's rows. Kept rows: for every column 4 bytes of length
 * (native order, -1: NULL) and the value.
 *
 * Invariant: after a failed statement nothing is asked in the same transaction; every further step
 * tells the first failure.
 */
#include "core/store/private.h"

#include "base/mem/ensure.h"
#include "core/store/pg.h"
#include "core/store/pg_words.h"

#include <endian.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS_MOST = 64, VALUES_BYTES = 64 << 20 };

/* Types by their numbers in the server's catalogue, which never change. */
enum {
    OID_BOOL = 16,
    OID_BYTEA = 17,
    OID_NAME = 19,
    OID_INT8 = 20,
    OID_INT2 = 21,
    OID_INT4 = 23,
    OID_TEXT = 25,
    OID_VARCHAR = 1043,
    OID_NUMERIC = 1700
};

struct parameter {
    Oid type; /* 0: only NULL was bound so far, the server finds out */
    bool set; /* not NULL */
    size_t at, size;
};

struct column {
    Oid type;
    bool null;
    struct str value;
};

struct own {
    char name[24];
    uint64_t generation;         /* of the connection it is prepared on; 0: on none */
    bool learnt;                 /* a type changed since it was prepared */
    int count;                   /* of parameters */
    struct parameter *parameter; /* from 1 */
    struct buf values;           /* what is bound */
    bool ran;
    int64_t changed;
    int columns;
    struct column column[COLUMNS_MOST];
    struct buf rows;
    size_t at; /* of the next row */
};

static const char *
query_sql(const struct db_query *query)
{
    const struct store_statement *s = query->statement;
    return s->postgres != NULL ? s->postgres : s->sql;
}

/* The highest n of $n. */
static int
parameters_count(const char *sql)
{
    int most = 0;
    for (const char *p = sql; (p = strchr(p, '$')) != NULL; p++) {
        int n = 0;
        for (const char *d = p + 1; *d >= '0' && *d <= '9' && n < 10000; d++) {
            n = n * 10 + (*d - '0');
        }
        most = n > most ? n : most;
    }
    return most;
}

static void
pg_prepare(struct db_query *query)
{
    struct own *own = calloc(1, sizeof *own);
    ensure(own != NULL);
    own->count = parameters_count(query_sql(query));
    ensure(own->count <= STORE_PARAMETERS_MOST);
    own->parameter = calloc((size_t)own->count + 1, sizeof *own->parameter);
    ensure(own->parameter != NULL);
    buf_init(&own->values, VALUES_BYTES);
    buf_init(&own->rows, DB_ROWS_BYTES);
    query->own = own;
}

static void
pg_bind(struct db_query *query, int n, const struct db_value *value)
{
    struct own *own = query->own;
    ensure(n <= own->count && !own->ran);
    struct parameter *p = &own->parameter[n];
    static const Oid types[] = {
        [DB_NULL] = 0, [DB_INT] = OID_INT8, [DB_TEXT] = OID_TEXT, [DB_BLOB] = OID_BYTEA};
    uint64_t big = htobe64((uint64_t)value->i);
    struct str s =
        value->type == DB_INT ? (struct str){(const char *)&big, sizeof big} : value->bytes;
    p->set = value->type != DB_NULL;
    if (!p->set) {
        return;
    }
    own->learnt |= p->type != types[value->type];
    p->type = types[value->type];
    p->at = own->values.n;
    p->size = s.n;
    buf_put_str(&own->values, s);
    if (own->values.over) {
        (void)ERR(&query->failure, "store.statement", "%s: values too large",
                  query->statement->name);
    }
}

/* Prepares the statement on the connection, with the types known by now. */
static int
own_ready(struct db_query *query, struct err *err)
{
    struct pg_link *link = query->link;
    struct own *own = query->own;
    if (pg_link_ready(link, err) < 0) {
        return -1;
    }
    if (own->generation == link->generation && !own->learnt) {
        return 0;
    }
    /* an old name is left to the end of the connection: types are learnt once or twice */
    if (!query->once) { /* else the one without a name: the next takes its place */
        (void)snprintf(own->name, sizeof own->name, "s%llu", (unsigned long long)++link->names);
    }
    Oid types[STORE_PARAMETERS_MOST];
    for (int i = 0; i < own->count; i++) {
        types[i] = own->parameter[i + 1].type;
    }
    PGresult *result = PQprepare(link->conn, own->name, query_sql(query), own->count, types);
    int rc = PQresultStatus(result) == PGRES_COMMAND_OK
                 ? 0
                 : pg_link_error(link, result, query->statement->name, err);
    PQclear(result);
    own->generation = rc == 0 ? link->generation : 0;
    own->learnt = false;
    return rc;
}

static bool
type_known(Oid type)
{
    return type == OID_BOOL || type == OID_BYTEA || type == OID_NAME || type == OID_INT8 ||
           type == OID_INT2 || type == OID_INT4 || type == OID_TEXT || type == OID_VARCHAR ||
           type == OID_NUMERIC;
}

/* Keeps the rows of RESULT. False when they are too many, or of a type nobody reads here. */
static bool
rows_keep(struct own *own, const PGresult *result)
{
    own->columns = PQnfields(result);
    if (own->columns > COLUMNS_MOST) {
        return false;
    }
    for (int i = 0; i < own->columns; i++) {
        own->column[i].type = PQftype(result, i);
        if (!type_known(own->column[i].type)) {
            return false;
        }
    }
    for (int row = 0; row < PQntuples(result); row++) {
        for (int i = 0; i < own->columns; i++) {
            int32_t n = PQgetisnull(result, row, i) ? -1 : PQgetlength(result, row, i);
            buf_put(&own->rows, &n, sizeof n);
            if (n > 0) {
                buf_put(&own->rows, PQgetvalue(result, row, i), (size_t)n);
            }
        }
    }
    return !own->rows.over;
}

/* Ends what the server still sends of a statement whose rows nobody wants. */
static void
link_cancel(struct pg_link *link)
{
    char text[256];
    PGcancel *cancel = PQgetCancel(link->conn);
    if (cancel != NULL) {
        (void)PQcancel(cancel, text, sizeof text);
        PQfreeCancel(cancel);
    }
}

/* Takes every result of the statement that was sent. 0 or -1. */
static int
results_take(struct db_query *query, struct err *err)
{
    struct pg_link *link = query->link;
    struct own *own = query->own;
    int rc = 0;
    bool wanted = true;
    for (PGresult *result; (result = PQgetResult(link->conn)) != NULL; PQclear(result)) {
        ExecStatusType status = PQresultStatus(result);
        bool good =
            status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_SINGLE_TUPLE;
        if (!good) {
            rc = rc < 0 ? rc : pg_link_error(link, result, query->statement->name, err);
            continue;
        }
        if (wanted && status != PGRES_COMMAND_OK && !rows_keep(own, result)) {
            wanted = false;
            link_cancel(link);
            rc = ERR(err, own->rows.over ? "store.large" : "store.statement", "%s",
                     query->statement->name);
        }
        const char *changed = PQcmdTuples(result);
        uint64_t n = 0;
        if (str_to_u64(str_of(changed), &n)) {
            own->changed = (int64_t)n;
        }
    }
    if (!wanted && link->inside && link->failure.code == NULL) {
        link->failure = *err;
    }
    return rc;
}

static int
own_send(struct db_query *query, struct err *err)
{
    struct pg_link *link = query->link;
    struct own *own = query->own;
    const char *values[STORE_PARAMETERS_MOST];
    int lengths[STORE_PARAMETERS_MOST], formats[STORE_PARAMETERS_MOST];
    for (int i = 0; i < own->count; i++) {
        const struct parameter *p = &own->parameter[i + 1];
        values[i] = !p->set ? NULL : p->size > 0 ? own->values.p + p->at : "";
        lengths[i] = (int)p->size;
        formats[i] = 1;
    }
    buf_clear(&own->rows);
    own->changed = 0;
    if (PQsendQueryPrepared(link->conn, own->name, own->count, values, lengths, formats, 1) != 1) {
        return pg_link_error(link, NULL, query->statement->name, err);
    }
    (void)PQsetSingleRowMode(link->conn);
    return results_take(query, err);
}

static int
own_run(struct db_query *query, struct err *err)
{
    struct pg_link *link = query->link;
    if (link->failure.code != NULL) {
        *err = link->failure;
        return -1;
    }
    int rc = own_ready(query, err);
    rc = rc < 0 ? rc : own_send(query, err);
    if (rc < 0 && !link->inside && !link->writer && PQstatus(link->conn) != CONNECTION_OK) {
        /* a single read on a connection that had gone unnoticed: once more on a new one */
        rc = own_ready(query, err);
        rc = rc < 0 ? rc : own_send(query, err);
    }
    return rc;
}

static int
pg_step(struct db_query *query, struct err *err)
{
    struct own *own = query->own;
    if (!own->ran) {
        if (own_run(query, err) < 0) {
            return -1;
        }
        own->ran = true;
        own->at = 0;
    }
    if (own->at >= own->rows.n) {
        return 0;
    }
    for (int i = 0; i < own->columns; i++) {
        int32_t n = 0;
        memcpy(&n, own->rows.p + own->at, sizeof n);
        own->at += sizeof n;
        own->column[i].null = n < 0;
        own->column[i].value = (struct str){own->rows.p + own->at, n > 0 ? (size_t)n : 0};
        own->at += n > 0 ? (size_t)n : 0;
    }
    return 1;
}

static const struct column *
column_of(struct db_query *query, int i)
{
    struct own *own = query->own;
    ensure(own->ran && i >= 0 && i < own->columns);
    return &own->column[i];
}

/* A big-endian integer of S.n bytes. */
static int64_t
big_int(struct str s)
{
    uint64_t value = s.n > 0 && (s.p[0] & 0x80) != 0 ? UINT64_MAX : 0;
    for (size_t i = 0; i < s.n; i++) {
        value = value << 8 | (uint8_t)s.p[i];
    }
    return (int64_t)value;
}

/* A numeric (sum() of integers is one): count, weight, sign, scale as 2 bytes each, then digits to
 * the base 10000. What lies past 64 bits is the nearest border, as SQLite has it. */
static int64_t
numeric_int(struct str s)
{
    ensure(s.n >= 8);
    int64_t count = big_int((struct str){s.p, 2}), weight = big_int((struct str){s.p + 2, 2});
    bool negative = big_int((struct str){s.p + 4, 2}) == 0x4000;
    int64_t value = 0;
    ensure(count >= 0 && (size_t)count <= (s.n - 8) / 2);
    for (int64_t i = 0; i <= weight; i++) {
        int64_t digit = i < count ? big_int((struct str){s.p + 8 + 2 * i, 2}) : 0;
        if (__builtin_mul_overflow(value, 10000, &value) ||
            __builtin_add_overflow(value, digit, &value)) {
            return negative ? INT64_MIN : INT64_MAX;
        }
    }
    return negative ? -value : value;
}

static int64_t
pg_int(struct db_query *query, int i)
{
    const struct column *c = column_of(query, i);
    if (c->null) {
        return 0;
    }
    if (c->type == OID_NUMERIC) {
        return numeric_int(c->value);
    }
    ensure(c->type == OID_BOOL || c->type == OID_INT2 || c->type == OID_INT4 ||
           c->type == OID_INT8);
    return big_int(c->value);
}

static struct str
pg_bytes(struct db_query *query, int i, bool text)
{
    const struct column *c = column_of(query, i);
    if (c->null) {
        return (struct str){"", 0};
    }
    ensure(text ? c->type == OID_TEXT || c->type == OID_VARCHAR || c->type == OID_NAME
                : c->type == OID_BYTEA);
    return c->value;
}

static bool
pg_is_null(struct db_query *query, int i)
{
    return column_of(query, i)->null;
}

static int64_t
pg_changed(struct db_query *query)
{
    return ((struct own *)query->own)->changed;
}

static void
pg_reset(struct db_query *query)
{
    struct own *own = query->own;
    enum { KEEP = 1 << 16 };
    if (own->rows.cap > KEEP) {
        buf_free(&own->rows);
    }
    if (own->values.cap > KEEP) {
        buf_free(&own->values);
    }
    buf_clear(&own->rows);
    buf_clear(&own->values);
    for (int i = 1; i <= own->count; i++) {
        own->parameter[i].set = false;
    }
    own->ran = false;
}

static void
pg_forget(struct db_query *query)
{
    struct own *own = query->own;
    if (own != NULL) {
        buf_free(&own->rows);
        buf_free(&own->values);
        free(own->parameter);
        free(own);
    }
}

static void
pg_hurry(void *arg, int64_t within_ms)
{
    struct pg_link *link = arg;
    char sql[64];
    struct err ignored = {0};
    (void)snprintf(sql, sizeof sql, "SET statement_timeout = %lld",
                   (long long)(within_ms > 0 ? within_ms : 30000));
    (void)pg_link_exec(link, sql, &ignored);
}

const struct db_backend db_postgres = {
    /* one program at a time brings a database to its form */
    .schema_begin = "SELECT pg_advisory_lock(7164812901);"
                    "CREATE TABLE IF NOT EXISTS schema_migration("
                    "number BIGINT PRIMARY KEY, name TEXT NOT NULL, digest BYTEA NOT NULL,"
                    "at BIGINT NOT NULL)",
    .schema_end = "SELECT pg_advisory_unlock(7164812901)",
    .open = pg_link_open,
    .close = pg_link_close,
    .begin = pg_link_begin,
    .commit = pg_link_commit,
    .rollback = pg_link_rollback,
    .active = pg_link_active,
    .exec = pg_link_exec,
    .translate = pg_words,
    .prepare = pg_prepare,
    .bind = pg_bind,
    .step = pg_step,
    .get_int = pg_int,
    .get_bytes = pg_bytes,
    .is_null = pg_is_null,
    .changed = pg_changed,
    .reset = pg_reset,
    .forget = pg_forget,
    .hurry = pg_hurry,
};
