/*
 * Tests of core/store on a PostgreSQL server: values, limits, and a server that goes away between
 * units, inside one, and while it commits. Without a server (tests/store/postgres starts one) only
 * what needs none.
 */
#include "base/mem/arena.h"
#include "base/os/time.h"
#include "core/store/job.h"
#include "core/store/store.h"
#include "tests/postgres.h"
#include "tests/test.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

enum { MAKE, ADD, COUNT, GET, LONG, SUM, NESTED, KILL, GUARD, ODD };

static const struct store_statement sql[] = {
    [MAKE] = {"test.make", "CREATE TABLE t(a BIGINT PRIMARY KEY, b TEXT, c BYTEA)"},
    [ADD] = {"test.add", "INSERT INTO t VALUES ($1, $2, $3)"},
    [COUNT] = {"test.count", "SELECT count(*) FROM t"},
    [GET] = {"test.get", "SELECT a, b, c, a > 0, c IS NULL FROM t WHERE a = $1"},
    [LONG] = {"test.long", "SELECT repeat('x', 1000000) FROM generate_series(1, $1)"},
    [SUM] = {"test.sum", "SELECT sum(a) FROM t"},
    [NESTED] = {"test.nested", "SELECT a FROM t WHERE a > $1 ORDER BY a"},
    [KILL] = {"test.kill", "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                           " WHERE datname = current_database() AND pid <> pg_backend_pid()"},
    [GUARD] = {"test.guard",
               "DO $do$ BEGIN"
               " CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN"
               " PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $f$;"
               " CREATE CONSTRAINT TRIGGER die AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED"
               " FOR EACH ROW WHEN (NEW.a = 13) EXECUTE FUNCTION die(); END $do$"},
    [ODD] = {"test.odd", "SELECT now()"},
};

struct work {
    int64_t a;
    bool kill;
    int done, result;
    struct err err;
};

static char path[256];

static struct store *
open_path(const char *where, struct loop *loop)
{
    struct err err = {0};
    struct store *store = NULL;
    struct store_options options = {.loop = loop, .path = where};
    if (store_open(&options, &store, &err) < 0) {
        fail_msg("%s: %s", err.code, err.detail);
    }
    return store;
}

static void
on_done(void *arg, int result, const struct err *err)
{
    struct work *work = arg;
    work->done++;
    work->result = result;
    work->err = err != NULL ? *err : (struct err){0};
}

static int
unit_make(struct store *store, void *arg, struct err *err)
{
    (void)arg;
    return db_exec(store, &sql[MAKE], err) < 0 || db_exec(store, &sql[GUARD], err) < 0 ? -1 : 0;
}

/* Ends every connection to the database of PATH but our own for this. */
static void
kill_all(void)
{
    PGconn *conn = PQconnectdb(path + strlen("postgres:"));
    PGresult *result = PQexec(conn, sql[KILL].sql);
    assert_int_equal(PQresultStatus(result), PGRES_TUPLES_OK);
    assert_true(strcmp(PQgetvalue(result, 0, 0), "0") != 0);
    PQclear(result);
    PQfinish(conn);
}

static int
unit_add(struct store *store, void *arg, struct err *err)
{
    struct work *work = arg;
    struct db_query *q = db_query(store, &sql[ADD]);
    db_bind_int(q, 1, work->a);
    if (db_run(q, err) < 0) {
        return -1;
    }
    if (work->kill) {
        kill_all();
    }
    return 0;
}

static void
write_one(struct store *store, struct work *work)
{
    store_write(store, unit_add, on_done, work);
    assert_int_equal(work->done, 1);
}

static int64_t
count(struct store *store)
{
    int64_t n = -1;
    struct err err = {0};
    if (db_one_int(db_query(store, &sql[COUNT]), &n, &err) != 0) {
        fail_msg("%s: %s", err.code, err.detail);
    }
    return n;
}

static int
set_up(void **state)
{
    (void)state;
    test_database(path, sizeof path);
    struct store *store = open_path(path, NULL);
    store_write(store, unit_make, NULL, NULL);
    int rc = count(store) == 0 ? 0 : -1;
    store_close(store);
    return rc;
}

static void
test_nowhere(void **state)
{
    (void)state;
    static const char *const wrong[] = {"postgres:host=/nonexistent dbname=x",
                                        "postgres:no such option=1", "postgres:port=abc"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct err err = {0};
        struct store *store = NULL;
        struct store_options options = {.path = wrong[i]};
        assert_int_equal(store_open(&options, &store, &err), -1);
        assert_string_equal(err.code, "store.open");
        assert_null(store);
    }
}

struct value {
    int64_t a;
    const char *text; /* NULL: NULL */
    struct str blob;  /* p NULL: NULL */
};

static int
unit_value(struct store *store, void *arg, struct err *err)
{
    const struct value *value = arg;
    struct db_query *q = db_query(store, &sql[ADD]);
    db_bind_int(q, 1, value->a);
    db_bind_z(q, 2, value->text);
    if (value->blob.p != NULL) {
        db_bind_blob(q, 3, value->blob.p, value->blob.n);
    }
    return db_run(q, err) == 1 ? 0 : -1;
}

static void
value_back(struct store *store, const struct value *value)
{
    struct err err = {0};
    struct db_query *q = db_query(store, &sql[GET]);
    db_bind_int(q, 1, value->a);
    assert_int_equal(db_step(q, &err), 1);
    assert_true(db_int(q, 0) == value->a);
    assert_int_equal(db_is_null(q, 1), value->text == NULL);
    assert_true(str_equal_z(db_text(q, 1), value->text != NULL ? value->text : ""));
    assert_int_equal(db_is_null(q, 2), value->blob.p == NULL);
    assert_true(str_equal(db_blob(q, 2), value->blob));
    assert_int_equal(db_int(q, 3), value->a > 0);
    assert_int_equal(db_int(q, 4), value->blob.p == NULL);
    assert_int_equal(db_step(q, &err), 0);
    db_end(q);
}

/* What is bound comes back; a parameter that was only NULL so far learns its type. */
static void
test_values(void **state)
{
    (void)state;
    static const struct value values[] = {
        {1, NULL, {0}},
        {2, "", {"", 0}},
        {INT64_MAX, "髙󠄀橋", {"\0\1\0", 3}},
        {INT64_MIN, "' ; \\ $1", {"\xff\xfe", 2}},
        {-1, "-", {0}},
    };
    struct store *store = open_path(path, NULL);
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        struct value value = values[i];
        store_write(store, unit_value, NULL, &value);
        value_back(store, &value);
    }
    int64_t sum = 0;
    struct err err = {0};
    assert_int_equal(db_one_int(db_query(store, &sql[SUM]), &sum, &err), 0);
    assert_int_equal(sum, 1); /* a numeric: 1 + 2 + max + min - 1 */
    assert_int_equal(db_one_int(db_query(store, &sql[ODD]), &sum, &err), -1);
    assert_string_equal(err.code, "store.statement"); /* a type nobody reads */
    store_close(store);
}

/* Statements are used inside each other's rows, also twice the same. */
static void
test_nested(void **state)
{
    (void)state;
    struct store *store = open_path(path, NULL);
    for (int i = 1; i <= 4; i++) {
        write_one(store, &(struct work){.a = i});
    }
    struct err err;
    int pairs = 0;
    struct db_query *outer = db_query(store, &sql[NESTED]);
    db_bind_int(outer, 1, 0);
    while (db_step(outer, &err) > 0) {
        struct db_query *inner = db_query(store, &sql[NESTED]);
        db_bind_int(inner, 1, db_int(outer, 0));
        while (db_step(inner, &err) > 0) {
            pairs++;
        }
        db_end(inner);
    }
    db_end(outer);
    assert_int_equal(pairs, 6);
    store_close(store);
}

/* More rows than fit are an error, and the next statement goes on. */
static void
test_large(void **state)
{
    (void)state;
    struct store *store = open_path(path, NULL);
    struct err err = {0};
    struct db_query *q = db_query(store, &sql[LONG]);
    db_bind_int(q, 1, 200);
    assert_int_equal(db_run(q, &err), -1);
    assert_string_equal(err.code, "store.large");
    assert_int_equal(count(store), 0);
    q = db_query(store, &sql[LONG]);
    db_bind_int(q, 1, 3);
    assert_int_equal(db_step(q, &err), 1);
    assert_int_equal(db_text(q, 0).n, 1000000);
    db_end(q);
    store_close(store);
}

static void
test_lost_between(void **state)
{
    (void)state;
    struct store *store = open_path(path, NULL);
    struct work one = {.a = 1}, two = {.a = 2};
    write_one(store, &one);
    assert_int_equal(count(store), 1);
    kill_all();
    write_one(store, &two); /* nothing was open: a new connection, nobody notices */
    assert_int_equal(two.result, 0);
    assert_int_equal(count(store), 2);
    assert_true(store_writable(store, NULL));
    store_close(store);
}

static void
test_lost_inside(void **state)
{
    (void)state;
    struct loop *loop = loop_new();
    struct store *store = open_path(path, loop);
    struct work one = {.a = 1}, two = {.a = 2, .kill = true}, three = {.a = 3}, later = {.a = 4};
    store_write(store, unit_add, on_done, &one);
    store_write(store, unit_add, on_done, &two);
    store_write(store, unit_add, on_done, &three);
    store_flush(store);
    assert_string_equal(one.err.code, "store.away");
    assert_string_equal(two.err.code, "store.away");
    assert_string_equal(three.err.code, "store.away");
    struct err why = {0};
    assert_false(store_writable(store, &why));
    assert_string_equal(why.code, "store.away");
    assert_int_equal(count(store), 0); /* reading goes on, and nothing is half done */
    (void)poll(NULL, 0, STORE_RETRY_MS + 100);
    store_write(store, unit_add, on_done, &later);
    store_flush(store);
    assert_int_equal(later.result, 0);
    assert_int_equal(count(store), 1);
    store_close(store);
    loop_free(loop);
}

/* The server ends the connection while it commits and says afterwards that nothing remains. */
static void
test_lost_committing(void **state)
{
    (void)state;
    struct store *store = open_path(path, NULL);
    struct work bad = {.a = 13};
    write_one(store, &bad);
    assert_int_equal(bad.result, -1);
    assert_string_equal(bad.err.code, "store.away");
    assert_int_equal(count(store), 0);
    store_close(store);
}

/*
 * A relay between the store and the server's socket. While *cut is set it drops the answer to a
 * COMMIT and both ends with it: the server committed and the store was not told.
 */
enum { PAIRS = 8 };

struct relay {
    int listener;
    struct sockaddr_un server;
    volatile int *cut;
    int pair[PAIRS][2]; /* client, server; -1: free */
    bool drop[PAIRS];
};

static void
relay_accept(struct relay *relay)
{
    int client = accept(relay->listener, NULL, NULL);
    int server = socket(AF_UNIX, SOCK_STREAM, 0);
    if (connect(server, (struct sockaddr *)&relay->server, sizeof relay->server) < 0) {
        _exit(3);
    }
    int i = 0;
    while (i < PAIRS && relay->pair[i][0] >= 0) {
        i++;
    }
    if (i == PAIRS) {
        _exit(4);
    }
    relay->pair[i][0] = client;
    relay->pair[i][1] = server;
    relay->drop[i] = false;
}

/* Passes on what end SIDE of pair I has to say. */
static void
relay_pass(struct relay *relay, int i, int side)
{
    static char bytes[65536];
    ssize_t n = read(relay->pair[i][side], bytes, sizeof bytes);
    bool end = n <= 0 || (side == 1 && relay->drop[i]);
    if (!end && side == 0 && *relay->cut && memmem(bytes, (size_t)n, "COMMIT", 6) != NULL) {
        relay->drop[i] = true;
        *relay->cut = 0;
    }
    if (!end && write(relay->pair[i][1 - side], bytes, (size_t)n) == n) {
        return;
    }
    (void)close(relay->pair[i][0]);
    (void)close(relay->pair[i][1]);
    relay->pair[i][0] = relay->pair[i][1] = -1;
}

static void __attribute__((noreturn)) relay_run(struct relay *relay)
{
    memset(relay->pair, 0xff, sizeof relay->pair);
    for (;;) {
        struct pollfd fds[1 + 2 * PAIRS] = {{.fd = relay->listener, .events = POLLIN}};
        for (int i = 0; i < 2 * PAIRS; i++) {
            fds[1 + i] = (struct pollfd){.fd = relay->pair[i / 2][i % 2], .events = POLLIN};
        }
        (void)poll(fds, 1 + 2 * PAIRS, -1);
        for (int i = 0; i < 2 * PAIRS; i++) {
            if (fds[1 + i].revents != 0 && relay->pair[i / 2][i % 2] >= 0) {
                relay_pass(relay, i / 2, i % 2);
            }
        }
        if (fds[0].revents != 0) {
            relay_accept(relay);
        }
    }
}

/* The answer to a COMMIT is lost, but it counted: the unit is told so. */
static void
test_lost_answer(void **state)
{
    (void)state;
    char folder[] = "/tmp/relay_XXXXXX", through[512], host[128];
    assert_non_null(mkdtemp(folder));
    assert_int_equal(sscanf(test_server(), "host=%100s", host), 1);
    struct relay relay = {.listener = socket(AF_UNIX, SOCK_STREAM, 0)};
    struct sockaddr_un own = {.sun_family = AF_UNIX};
    relay.server.sun_family = AF_UNIX;
    (void)snprintf(own.sun_path, sizeof own.sun_path, "%s/.s.PGSQL.5432", folder);
    (void)snprintf(relay.server.sun_path, sizeof relay.server.sun_path, "%.80s/.s.PGSQL.5432",
                   host);
    assert_int_equal(bind(relay.listener, (struct sockaddr *)&own, sizeof own), 0);
    assert_int_equal(listen(relay.listener, 8), 0);
    int *cut = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(cut != MAP_FAILED);
    relay.cut = cut;
    pid_t pid = fork();
    if (pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that fails leaves no relay */
        relay_run(&relay);
    }
    (void)snprintf(through, sizeof through, "%s host=%s", path, folder);
    struct store *store = open_path(through, NULL);
    struct work one = {.a = 1}, two = {.a = 2}, three = {.a = 3};
    write_one(store, &one);
    *cut = 1;
    write_one(store, &two);
    assert_int_equal(*cut, 0); /* it was cut indeed */
    assert_int_equal(two.result, 0);
    write_one(store, &three);
    assert_int_equal(three.result, 0);
    assert_int_equal(count(store), 3);
    store_close(store);
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    (void)munmap(cut, 4096);
    (void)close(relay.listener);
    assert_int_equal(unlink(own.sun_path), 0);
    assert_int_equal(rmdir(folder), 0);
}

static int
unit_queue(struct store *store, void *arg, struct err *err)
{
    (void)arg;
    for (int i = 0; i < 2; i++) {
        struct job_new job = {.queue = "q",
                              .kind = "k",
                              .key = i == 0 ? STR("1") : STR("2"),
                              .attempts_most = 1,
                              .payload = i == 0 ? STR("1") : STR("2")};
        if (job_add(store, &job, err) < 0) {
            return -1;
        }
    }
    return 0;
}

struct claim {
    struct arena *arena;
    struct job job;
    struct work work;
};

static int
unit_claim(struct store *store, void *arg, struct err *err)
{
    struct claim *claim = arg;
    return job_claim(store, claim->arena, "q", 2, 60000000, &claim->job, err);
}

/* A job another program is about to take is passed over, not waited for. */
static void
test_claims(void **state)
{
    (void)state;
    test_database(path, sizeof path);
    struct err err = {0};
    struct loop *loop = loop_new();
    struct store *one = NULL, *two = NULL;
    struct store_options options = {
        .loop = loop, .path = path, .sql_dir = SEKISHO_SOURCE_DIR "/data/sql/core"};
    assert_int_equal(store_open(&options, &one, &err), 0);
    options.loop = NULL;
    assert_int_equal(store_open(&options, &two, &err), 0);
    store_write(two, unit_queue, NULL, NULL);
    struct claim a = {.arena = arena_new(1 << 20)}, b = {.arena = arena_new(1 << 20)};
    store_write(one, unit_claim, NULL, &a); /* not committed yet */
    int64_t begun = time_mono_ms();
    store_write(two, unit_claim, NULL, &b);
    assert_true(time_mono_ms() - begun < 1500);
    assert_true(str_equal_z(a.job.payload, "1"));
    assert_true(str_equal_z(b.job.payload, "2"));
    store_close(one);
    store_close(two);
    arena_free(a.arena);
    arena_free(b.arena);
    loop_free(loop);
}

int
main(void)
{
    const struct CMUnitTest without[] = {
        cmocka_unit_test(test_nowhere),
    };
    const struct CMUnitTest with[] = {
        cmocka_unit_test(test_nowhere),
        cmocka_unit_test_setup(test_values, set_up),
        cmocka_unit_test_setup(test_nested, set_up),
        cmocka_unit_test_setup(test_large, set_up),
        cmocka_unit_test_setup(test_lost_between, set_up),
        cmocka_unit_test_setup(test_lost_inside, set_up),
        cmocka_unit_test_setup(test_lost_committing, set_up),
        cmocka_unit_test_setup(test_lost_answer, set_up),
        cmocka_unit_test(test_claims),
    };
    return test_server() == NULL ? cmocka_run_group_tests(without, NULL, NULL)
                                 : cmocka_run_group_tests(with, NULL, NULL);
}
