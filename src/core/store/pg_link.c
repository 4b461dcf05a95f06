/*
 * pg_link: a connection to a PostgreSQL server: opening, transactions, what an error means.
 *
 * Runs in cored and authd. Invariants: a connection is made anew only while no transaction of ours
 * is open, so a unit never continues on another one; a COMMIT counts only when the server said
 * COMMIT, or, asked anew by the number of the transaction, that it is committed.
 */
#include "core/store/pg.h"

#include "base/mem/ensure.h"
#include "base/mem/str.h"

#include <libpq-fe.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

enum { ASK_TIMES = 20, ASK_PAUSE_MS = 100 };

static const char prefix[] = "postgres:";

/* Beside what the connection string says; what stands here wins. */
static const char *const option_names[] = {
    "dbname",          "application_name",     "client_encoding",
    "connect_timeout", "target_session_attrs", NULL,
};

static const char set_up_writer[] = "SET synchronous_commit = on; SET statement_timeout = '30s';"
                                    "SET lock_timeout = '2s'; SET search_path = public;"
                                    "SET default_transaction_isolation = 'read committed'";
static const char set_up_reader[] = "SET statement_timeout = '30s'; SET lock_timeout = '2s';"
                                    "SET search_path = public;"
                                    "SET default_transaction_read_only = on";

static const struct {
    const char *state; /* the beginning of an SQLSTATE; the first that fits counts */
    const char *code;
} states[] = {
    {"23505", "store.unique"}, {"23", "store.constraint"}, {"22", "store.constraint"},
    {"53100", "store.full"},   {"25006", "store.reading"}, {"57P0", "store.away"},
    {"08", "store.away"},      {"57014", "store.busy"},    {"40", "store.busy"},
    {"55P03", "store.busy"},   {"53", "store.busy"},       {"42", "store.statement"},
    {"0A", "store.statement"}, {"54", "store.statement"},
};

static const char *
state_code(const char *state)
{
    for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
        if (strncmp(state, states[i].state, strlen(states[i].state)) == 0) {
            return states[i].code;
        }
    }
    return "store.failed";
}

int
pg_link_error(struct pg_link *link, const PGresult *result, const char *what, struct err *err)
{
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    bool lost = PQstatus(link->conn) != CONNECTION_OK;
    const char *code = lost ? "store.away" : state != NULL ? state_code(state) : "store.failed";
    if (state != NULL && strcmp(state, "57014") == 0 && !link->writer) {
        code = "store.slow";
    }
    struct err why = {0};
    (void)ERR(&why, code, "%s: %s", what, text != NULL ? text : lost ? "no connection" : "libpq");
    if (link->inside && link->failure.code == NULL) {
        link->failure = why;
    }
    if (err != NULL) {
        *err = why;
    }
    return -1;
}

/* Library code never logs; what matters of a notice is told as an error. */
static void
notice_none(void *arg, const PGresult *result)
{
    (void)arg;
    (void)result;
}

int
pg_link_exec(void *arg, const char *sql, struct err *err)
{
    struct pg_link *link = arg;
    PGresult *result = PQexec(link->conn, sql);
    ExecStatusType status = PQresultStatus(result);
    int rc = 0;
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
        rc = pg_link_error(link, result, "exec", err);
    } else if (PQtransactionStatus(link->conn) != PQTRANS_INERROR) {
        link->failure = (struct err){0};
    }
    PQclear(result);
    return rc;
}

/* Refuses a server whose commits would not be durable, or that is too old. */
static int
server_check(struct pg_link *link, struct err *err)
{
    PGresult *result = PQexec(link->conn, "SELECT current_setting('fsync'),"
                                          " current_setting('full_page_writes'),"
                                          " current_setting('server_encoding')");
    int rc = 0;
    if (PQserverVersion(link->conn) < 150000) {
        rc = ERR(err, "store.open", "PostgreSQL %d: 15 is needed", PQserverVersion(link->conn));
    } else if (PQresultStatus(result) != PGRES_TUPLES_OK) {
        rc = pg_link_error(link, result, "settings", err);
    } else if (strcmp(PQgetvalue(result, 0, 0), "on") != 0 ||
               strcmp(PQgetvalue(result, 0, 1), "on") != 0) {
        rc = ERR(err, "store.open", "fsync and full_page_writes must be on");
    } else if (strcmp(PQgetvalue(result, 0, 2), "UTF8") != 0) {
        rc = ERR(err, "store.open", "server_encoding must be UTF8");
    }
    PQclear(result);
    return rc;
}

static int
link_connect(struct pg_link *link, struct err *err)
{
    PQfinish(link->conn);
    const char *values[] = {link->info, "sekisho", "UTF8", "5", "read-write", NULL};
    link->conn = PQconnectdbParams(option_names, values, 1);
    ensure(link->conn != NULL);
    link->generation++;
    link->inside = false;
    link->failure = (struct err){0};
    if (PQstatus(link->conn) != CONNECTION_OK) {
        /* the whole message: it names the host and no password */
        struct str text = str_of(PQerrorMessage(link->conn));
        while (text.n > 0 && text.p[text.n - 1] == '\n') {
            text.n--;
        }
        return ERR(err, "store.away", "%.*s", (int)text.n, text.p);
    }
    (void)PQsetNoticeReceiver(link->conn, notice_none, NULL);
    if (server_check(link, err) < 0) {
        return -1;
    }
    return pg_link_exec(link, link->writer ? set_up_writer : set_up_reader, err);
}

int
pg_link_open(const char *path, bool writer, void **ret_link, struct err *err)
{
    struct pg_link *link = calloc(1, sizeof *link);
    ensure(link != NULL && strncmp(path, prefix, strlen(prefix)) == 0);
    link->writer = writer;
    link->info = strdup(path + strlen(prefix));
    ensure(link->info != NULL);
    struct err why = {0};
    if (link_connect(link, &why) < 0) {
        pg_link_close(link);
        return ERR(err, "store.open", "%s", why.detail);
    }
    *ret_link = link;
    return 0;
}

void
pg_link_close(void *arg)
{
    struct pg_link *link = arg;
    if (link != NULL) {
        PQfinish(link->conn);
        free(link->info);
        free(link);
    }
}

int
pg_link_ready(struct pg_link *link, struct err *err)
{
    if (PQstatus(link->conn) == CONNECTION_OK) {
        return 0;
    }
    return link->inside ? pg_link_error(link, NULL, "transaction", err) : link_connect(link, err);
}

int
pg_link_begin(void *arg, struct err *err)
{
    struct pg_link *link = arg;
    const char *sql = link->writer ? "BEGIN" : "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
    link->inside = false;
    int rc = pg_link_ready(link, err);
    if (rc == 0 && (rc = pg_link_exec(link, sql, err)) < 0 &&
        PQstatus(link->conn) != CONNECTION_OK) {
        /* it had gone unnoticed; nothing was open, so nothing is lost */
        rc = pg_link_ready(link, err);
        rc = rc < 0 ? rc : pg_link_exec(link, sql, err);
    }
    link->inside = rc == 0;
    return rc;
}

bool
pg_link_active(void *arg)
{
    struct pg_link *link = arg;
    PGTransactionStatusType status = PQtransactionStatus(link->conn);
    return link->inside && (status == PQTRANS_INTRANS || status == PQTRANS_INERROR);
}

void
pg_link_rollback(void *arg)
{
    struct pg_link *link = arg;
    if (pg_link_active(link)) {
        struct err ignored;
        (void)pg_link_exec(link, "ROLLBACK", &ignored);
    }
    link->inside = false;
    link->failure = (struct err){0};
}

enum { XID_BYTES = 24 };

/* The number of the open transaction; empty when it wrote nothing. */
static int
transaction_number(struct pg_link *link, char ret_xid[XID_BYTES], struct err *err)
{
    PGresult *result = PQexec(link->conn, "SELECT pg_current_xact_id_if_assigned()::text");
    ret_xid[0] = '\0';
    int rc = 0;
    if (PQresultStatus(result) != PGRES_TUPLES_OK || PQgetlength(result, 0, 0) >= XID_BYTES) {
        rc = pg_link_error(link, result, "commit", err);
    } else if (!PQgetisnull(result, 0, 0)) {
        memcpy(ret_xid, PQgetvalue(result, 0, 0), (size_t)PQgetlength(result, 0, 0) + 1);
    }
    PQclear(result);
    return rc;
}

/* What the server says of transaction XID: 1 committed, 0 not, -1 not known (yet). */
static int
transaction_fate(struct pg_link *link, const char *xid)
{
    struct err ignored;
    if (PQstatus(link->conn) != CONNECTION_OK && link_connect(link, &ignored) < 0) {
        return -1;
    }
    PGresult *result =
        PQexecParams(link->conn, "SELECT pg_xact_status($1::xid8)", 1, NULL, &xid, NULL, NULL, 0);
    int fate = -1;
    if (PQresultStatus(result) == PGRES_TUPLES_OK && !PQgetisnull(result, 0, 0)) {
        const char *word = PQgetvalue(result, 0, 0);
        fate = strcmp(word, "committed") == 0 ? 1 : strcmp(word, "aborted") == 0 ? 0 : -1;
    }
    PQclear(result);
    return fate;
}

/* The connection was lost while XID committed. */
static int
commit_asked(struct pg_link *link, const char *xid, struct err *err)
{
    for (int i = 0; i < ASK_TIMES; i++) {
        int fate = transaction_fate(link, xid);
        if (fate >= 0) {
            return fate == 1 ? 0 : ERR(err, "store.away", "commit: taken back by the server");
        }
        (void)poll(NULL, 0, ASK_PAUSE_MS);
    }
    return ERR(err, "store.unsure", "transaction %s", xid);
}

int
pg_link_commit(void *arg, struct err *err)
{
    struct pg_link *link = arg;
    char xid[XID_BYTES] = "";
    if (link->writer && transaction_number(link, xid, err) < 0) {
        return -1;
    }
    PGresult *result = PQexec(link->conn, "COMMIT");
    bool said = PQresultStatus(result) == PGRES_COMMAND_OK;
    int rc = 0;
    if (said && strcmp(PQcmdStatus(result), "COMMIT") != 0) {
        /* a COMMIT of a transaction that failed is a ROLLBACK, and no error to the server */
        rc = ERR(err, "store.failed", "commit: %s", PQcmdStatus(result));
    } else if (!said) {
        rc = pg_link_error(link, result, "commit", err);
        if (PQstatus(link->conn) != CONNECTION_OK && xid[0] != '\0') {
            rc = commit_asked(link, xid, err);
        }
    }
    PQclear(result);
    link->inside = rc < 0 && pg_link_active(link);
    link->failure = (struct err){0};
    return rc;
}
