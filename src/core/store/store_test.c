/*
 * Tests of core/store: durability order, isolation of units, migrations, jobs, outbox.
 */
#include "core/store/store.h"

#include "base/os/file.h"
#include "base/os/time.h"
#include "core/store/id.h"
#include "core/store/job.h"
#include "core/store/outbox.h"
#include "tests/postgres.h"
#include "tests/test.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAKE, ADD, SUM, COUNT, CAP, BAD };

static const struct store_statement sql[] = {
    [MAKE] = {"test.make", "CREATE TABLE IF NOT EXISTS t(a INTEGER PRIMARY KEY, b TEXT) STRICT",
              "CREATE TABLE IF NOT EXISTS t(a BIGINT PRIMARY KEY, b TEXT)"},
    [ADD] = {"test.add", "INSERT INTO t(a, b) VALUES ($2, $1)"},
    [SUM] = {"test.sum", "SELECT coalesce(sum(a), 0) FROM t"},
    [COUNT] = {"test.count", "SELECT count(*) FROM t"},
    /* a server has no such switch: it answers as it does when its disk is full */
    [CAP] = {"test.cap", "PRAGMA max_page_count = 60",
             "DO $do$ BEGIN"
             " CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN"
             " IF length(NEW.b) > 100000 THEN RAISE EXCEPTION USING ERRCODE = 'disk_full'; END IF;"
             " RETURN NEW; END $f$;"
             " CREATE TRIGGER cap BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION full_disk();"
             " END $do$"},
    [BAD] = {"test.bad", "SELECT nothing FROM nowhere"},
};

static char folder[64];
static char database[256]; /* what store_open takes */

static int
set_up(void **state)
{
    (void)state;
    memcpy(folder, "/tmp/store_test_XXXXXX", 23);
    if (mkdtemp(folder) == NULL) {
        return -1;
    }
    if (test_server() != NULL) {
        test_database(database, sizeof database);
    } else {
        (void)snprintf(database, sizeof database, "%s/db", folder);
    }
    return 0;
}

static int
forget(void *context, const char *path, const struct stat *stat, struct err *err)
{
    (void)stat;
    return file_remove(*(int *)context, path, err);
}

static int
tear_down(void **state)
{
    (void)state;
    struct err err;
    int fd = file_open_dir(AT_FDCWD, folder, &err);
    (void)file_walk(fd, ".", forget, &fd, &err);
    file_close(&fd);
    return rmdir(folder);
}

static const char *
path_of(const char *name)
{
    static char path[128];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static struct store *
open_at(struct loop *loop, const char *sql_dir)
{
    struct err err = {0};
    struct store *store = NULL;
    struct store_options options = {.loop = loop, .path = database, .sql_dir = sql_dir};
    if (store_open(&options, &store, &err) < 0) {
        fail_msg("%s %s", err.code, err.detail);
    }
    return store;
}

struct work {
    int64_t a;
    int fail_after; /* the unit fails although it wrote */
    int64_t seen_inside;
    int done, result;
    struct err err;
};

static int64_t
ask(struct store *store, int what)
{
    int64_t value = -1;
    struct err err;
    assert_int_equal(db_one_int(db_query(store, &sql[what]), &value, &err), 0);
    return value;
}

static int
unit_make(struct store *store, void *arg, struct err *err)
{
    (void)arg;
    return db_exec(store, &sql[MAKE], err);
}

static int
unit_add(struct store *store, void *arg, struct err *err)
{
    struct work *work = arg;
    struct db_query *q = db_query(store, &sql[ADD]);
    db_bind_text(q, 1, STR("髙"));
    db_bind_int(q, 2, work->a);
    if (db_run(q, err) < 0) {
        return -1;
    }
    work->seen_inside = ask(store, COUNT);
    return work->fail_after ? ERR(err, "store.constraint", "on purpose") : 7;
}

static void
on_done(void *arg, int result, const struct err *err)
{
    struct work *work = arg;
    work->done++;
    work->result = result;
    if (err != NULL) {
        work->err = *err;
    }
}

static void
test_group_commit(void **state)
{
    (void)state;
    struct loop *loop = loop_new();
    struct store *store = open_at(loop, NULL);
    store_write(store, unit_make, NULL, NULL);
    store_flush(store);
    struct work one = {.a = 1}, two = {.a = 2, .fail_after = 1}, three = {.a = 3}, same = {.a = 1};
    store_write(store, unit_add, on_done, &one);
    store_write(store, unit_add, on_done, &two);
    store_write(store, unit_add, on_done, &three);
    store_write(store, unit_add, on_done, &same);
    assert_int_equal(one.done + two.done + three.done, 0);
    assert_int_equal(three.seen_inside, 2); /* one, three: the failed unit left nothing */
    assert_int_equal(ask(store, COUNT), 0); /* outside nothing is seen before the commit */
    loop_once(loop, 100);
    assert_int_equal(ask(store, SUM), 4);
    assert_int_equal(one.done, 1);
    assert_int_equal(one.result, 7);
    assert_int_equal(two.done, 1);
    assert_int_equal(two.result, -1);
    assert_string_equal(two.err.code, "store.constraint");
    assert_string_equal(same.err.code, "store.unique");
    assert_int_equal(three.done, 1);
    store_close(store);
    loop_free(loop);
}

/* A process that dies before its group was committed leaves nothing, after it everything. */
static void
test_crash(void **state)
{
    (void)state;
    for (int commit = 0; commit <= 1; commit++) {
        pid_t pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
            struct loop *loop = loop_new();
            struct store *store = open_at(loop, NULL);
            store_write(store, unit_make, NULL, NULL);
            store_flush(store);
            struct work work = {.a = 40 + commit};
            store_write(store, unit_add, on_done, &work);
            if (commit) {
                loop_once(loop, 100);
            }
            _exit(work.done == commit ? 0 : 1);
        }
        int status = 0;
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_int_equal(status, 0);
    }
    struct store *store = open_at(NULL, NULL);
    assert_int_equal(ask(store, SUM), 41);
    store_close(store);
}

static void
test_no_write_outside_unit(void **state)
{
    (void)state;
    struct store *store = open_at(NULL, NULL);
    store_write(store, unit_make, NULL, NULL);
    struct db_query *q = db_query(store, &sql[ADD]);
    db_bind_int(q, 2, 9);
    struct err err = {0};
    assert_int_equal(db_run(q, &err), -1);
    assert_string_equal(err.code, "store.reading");
    int64_t value;
    assert_int_equal(db_one_int(db_query(store, &sql[BAD]), &value, &err), -1);
    assert_string_equal(err.code, "store.statement");
    assert_true(store_writable(store, NULL));
    store_close(store);
}

static int
unit_passes_over(struct store *store, void *arg, struct err *err)
{
    struct work *work = arg;
    struct err ignored;
    int64_t a = work->a;
    for (work->a = a + 1; work->a >= a; work->a--) {
        (void)unit_add(store, work, &ignored);
        work->seen_inside++;
    }
    (void)err;
    return 0;
}

/* A unit that does not look at a failed statement fails all the same, whole. */
static void
test_failed_statement(void **state)
{
    (void)state;
    struct store *store = open_at(NULL, NULL);
    store_write(store, unit_make, NULL, NULL);
    struct work one = {.a = 1}, over = {.a = 1};
    store_write(store, unit_add, on_done, &one);
    store_write(store, unit_passes_over, on_done, &over);
    assert_int_equal(over.result, -1);
    assert_string_equal(over.err.code, "store.unique");
    assert_int_equal(ask(store, COUNT), 1);
    assert_true(store_writable(store, NULL));
    store_close(store);
}

static int
unit_cap(struct store *store, void *arg, struct err *err)
{
    (void)arg;
    int64_t value;
    return db_one_int(db_query(store, &sql[CAP]), &value, err) < 0 ? -1 : 0;
}

static int
unit_fill(struct store *store, void *arg, struct err *err)
{
    struct work *work = arg;
    static char big[200000];
    memset(big, 'x', sizeof big);
    struct db_query *q = db_query(store, &sql[ADD]);
    db_bind_text(q, 1, (struct str){big, sizeof big});
    db_bind_int(q, 2, work->a);
    return db_run(q, err) < 0 ? -1 : 0;
}

/* A full disk refuses the whole group, tells every unit of it, and reading goes on. */
static void
test_full(void **state)
{
    (void)state;
    struct loop *loop = loop_new();
    struct store *store = open_at(loop, NULL);
    store_write(store, unit_make, NULL, NULL);
    store_write(store, unit_cap, NULL, NULL);
    store_flush(store);
    struct work good = {.a = 1}, fat = {.a = 2}, fat2 = {.a = 3}, late = {.a = 4};
    store_write(store, unit_add, on_done, &good);
    store_write(store, unit_fill, on_done, &fat);
    store_write(store, unit_fill, on_done, &fat2);
    store_write(store, unit_add, on_done, &late);
    store_flush(store);
    assert_int_equal(good.result, -1);
    assert_string_equal(good.err.code, "store.full");
    assert_string_equal(late.err.code, "store.full");
    struct err why = {0};
    assert_false(store_writable(store, &why));
    assert_string_equal(why.code, "store.full");
    assert_int_equal(ask(store, COUNT), 0);
    store_close(store);
    loop_free(loop);
}

static void
put_file(const char *name, const char *text)
{
    struct err err;
    int fd = file_open(AT_FDCWD, path_of(name), O_WRONLY | O_CREAT | O_TRUNC, 0600, &err);
    assert_true(fd >= 0);
    assert_int_equal(file_write(fd, text, strlen(text), &err), 0);
    file_close(&fd);
}

static void
refused(const char *dir, const char *code)
{
    struct err err = {0};
    struct store *store = NULL;
    struct store_options options = {.path = database, .sql_dir = dir};
    assert_int_equal(store_open(&options, &store, &err), -1);
    assert_string_equal(err.code, code);
}

static void
test_migrations(void **state)
{
    (void)state;
    char dir[128];
    (void)snprintf(dir, sizeof dir, "%s/sql", folder);
    assert_int_equal(mkdir(dir, 0700), 0);
    put_file("sql/0001-a.sql", "CREATE TABLE a(x INTEGER) STRICT;");
    put_file("sql/0002-b.sql", "CREATE TABLE b(x INTEGER) STRICT; INSERT INTO b VALUES('nan');");
    refused(dir, "store.migration");
    put_file("sql/0002-b.sql", "CREATE TABLE b(x INTEGER) STRICT; INSERT INTO b VALUES(1);");
    store_close(open_at(NULL, dir));
    store_close(open_at(NULL, dir));
    put_file("sql/0001-a.sql", "CREATE TABLE a(x INTEGER, y INTEGER) STRICT;");
    refused(dir, "store.schema_changed");
    put_file("sql/0001-a.sql", "CREATE TABLE a(x INTEGER) STRICT;");
    assert_int_equal(unlink(path_of("sql/0002-b.sql")), 0);
    refused(dir, "store.schema_newer");
    put_file("sql/readme", "x");
    refused(dir, "store.migration_name");
    assert_int_equal(unlink(path_of("sql/readme")), 0);
    assert_int_equal(unlink(path_of("sql/0001-a.sql")), 0);
    assert_int_equal(rmdir(dir), 0);
}

static void
test_id(void **state)
{
    (void)state;
    uint64_t last = 0;
    char before[ID_CHARS + 1] = "";
    for (int i = 0; i < 1000; i++) {
        uint64_t id = id_new(), back = 0;
        char text[ID_CHARS + 1];
        id_format(id, text);
        assert_true(id > last && strcmp(text, before) > 0);
        assert_true(id_parse(str_of(text), &back) && back == id);
        last = id;
        memcpy(before, text, sizeof before);
    }
    uint64_t id;
    assert_false(id_parse(STR("0000000000000"), &id));
    assert_false(id_parse(STR("8000000000000"), &id));
    assert_true(id_parse(STR("7zzzzzzzzzzzz"), &id) && id == INT64_MAX);
    assert_false(id_parse(STR("000000000000"), &id));
    assert_false(id_parse(STR("00000000000l1"), &id));
}

struct scene {
    struct arena *arena;
    int step;
};

static void
add_job(struct store *store, const char *key, uint64_t owner)
{
    struct err err;
    struct job_new job = {.queue = "q",
                          .kind = "k",
                          .key = str_of(key),
                          .subject = 5,
                          .owner = owner,
                          .cost = 1,
                          .attempts_most = 2,
                          .payload = str_of(key)};
    assert_int_equal(job_add(store, &job, &err), 0);
    assert_int_equal(job_add(store, &job, &err), 1);
}

static int
unit_jobs(struct store *store, void *arg, struct err *err)
{
    struct scene *scene = arg;
    struct job a, b;
    bool dead;
    add_job(store, "a1", 1);
    add_job(store, "a2", 1);
    add_job(store, "a3", 1);
    add_job(store, "b1", 2);
    assert_int_equal(job_claim(store, scene->arena, "q", 2, 60000000, &a, err), 0);
    assert_true(str_equal_z(a.payload, "a1"));
    /* the stranger's single job does not stand behind the other's three */
    assert_int_equal(job_claim(store, scene->arena, "q", 2, 60000000, &b, err), 0);
    assert_true(str_equal_z(b.payload, "b1"));
    assert_int_equal(job_done(store, a.id, a.lease + 1, err), JOB_LOST);
    assert_int_equal(job_done(store, a.id, a.lease, err), JOB_OK);
    assert_int_equal(job_done(store, a.id, a.lease, err), JOB_REPEATED);
    assert_int_equal(job_fail(store, b.id, b.lease, STR("x"), true, 0, err), JOB_OK);
    assert_int_equal(job_claim(store, scene->arena, "q", 2, -1, &a, err), 0);
    assert_true(str_equal_z(a.payload, "b1") && a.attempts == 2);
    /* its lease ran out at once, and it was the last attempt */
    assert_int_equal(job_expire(store, scene->arena, "q", &b, &dead, err), 0);
    assert_true(dead && b.id == a.id);
    assert_int_equal(job_done(store, a.id, a.lease, err), JOB_REPEATED);
    assert_int_equal(job_claim(store, scene->arena, "q", 2, -1, &a, err), 0);
    assert_true(str_equal_z(a.payload, "a2"));
    assert_int_equal(job_expire(store, scene->arena, "q", &b, &dead, err), 0);
    assert_false(dead);
    uint64_t old = a.lease;
    assert_int_equal(job_claim(store, scene->arena, "q", 2, 60000000, &a, err), 0);
    assert_true(str_equal_z(a.payload, "a2") && a.lease == old + 1);
    assert_int_equal(job_done(store, a.id, old, err), JOB_LOST);
    assert_int_equal(job_beat(store, a.id, old, 1, err), JOB_LOST);
    assert_int_equal(job_beat(store, a.id, a.lease, 60000000, err), JOB_OK);
    assert_int_equal(job_cancel(store, "q", 5, err), 0);
    assert_int_equal(job_done(store, a.id, a.lease, err), JOB_LOST);
    assert_int_equal(job_claim(store, scene->arena, "q", 2, 60000000, &a, err), 1);
    return 0;
}

static void
test_jobs(void **state)
{
    (void)state;
    struct store *store = open_at(NULL, SEKISHO_SOURCE_DIR "/data/sql/core");
    struct scene scene = {.arena = arena_new(1 << 20)};
    store_write(store, unit_jobs, NULL, &scene);
    arena_free(scene.arena);
    store_close(store);
}

static int
unit_leaf(struct store *store, void *arg, struct err *err)
{
    struct work *work = arg;
    struct outbox_new row = {.kind = "test.leaf", .data = STR("{}"), .topic = "t", .subject = 1};
    if (outbox_add(store, &row, NULL, err) < 0) {
        return -1;
    }
    return work->fail_after ? ERR(err, "store.constraint", "on purpose") : 0;
}

struct seen {
    uint64_t seq[10];
    size_t count;
};

static int
see(void *arg, const struct outbox_row *row, struct err *err)
{
    (void)err;
    struct seen *seen = arg;
    seen->seq[seen->count++] = row->seq;
    return 0;
}

static int
unit_hello(struct store *store, void *arg, struct err *err)
{
    struct work *work = arg;
    return outbox_hello(store, work->fail_after ? STR("log/2") : STR("log/1"), (uint64_t)work->a,
                        err);
}

static int
unit_ack(struct store *store, void *arg, struct err *err)
{
    struct work *work = arg;
    uint64_t id = 0;
    return outbox_ack(store, (uint64_t)work->a, 100 + (uint64_t)work->a, 5, &id, err);
}

static void
run(struct store *store, store_unit *unit, struct work *work, int result, const char *code)
{
    store_write(store, unit, on_done, work);
    assert_int_equal(work->result, result);
    if (code != NULL) {
        assert_string_equal(work->err.code, code);
    }
}

static void
test_outbox(void **state)
{
    (void)state;
    struct store *store = open_at(NULL, SEKISHO_SOURCE_DIR "/data/sql/core");
    struct err err;
    run(store, unit_leaf, &(struct work){0}, 0, NULL);
    run(store, unit_leaf, &(struct work){.fail_after = 1}, -1, "store.constraint");
    run(store, unit_leaf, &(struct work){0}, 0, NULL);
    run(store, unit_hello, &(struct work){.a = 4}, -1, "ledger.ahead");
    run(store, unit_hello, &(struct work){.a = 0}, 0, NULL);
    run(store, unit_leaf, &(struct work){0}, 0, NULL);
    struct seen seen = {0};
    assert_int_equal(outbox_next(store, 0, 10, see, &seen, &err), 0);
    assert_int_equal(seen.count, 3); /* 1 2 3: the unit that failed left no gap */
    assert_int_equal(seen.seq[2], 3);
    run(store, unit_ack, &(struct work){.a = 1}, 0, NULL);
    run(store, unit_ack, &(struct work){.a = 1}, 1, NULL); /* repeated: nothing changes */
    run(store, unit_hello, &(struct work){.a = 3}, 0, NULL);
    run(store, unit_hello, &(struct work){.a = 4}, -1, "ledger.ahead");
    run(store, unit_ack, &(struct work){.a = 2}, 0, NULL);
    run(store, unit_hello, &(struct work){.a = 1}, -1, "ledger.rolled_back");
    run(store, unit_hello, &(struct work){.a = 0, .fail_after = 1}, 0, NULL); /* the next epoch */
    seen.count = 0;
    assert_int_equal(outbox_next(store, 0, 10, see, &seen, &err), 0);
    assert_int_equal(seen.count, 1);
    assert_int_equal(seen.seq[0], 1);
    run(store, unit_leaf, &(struct work){0}, 0, NULL);
    seen.count = 0;
    assert_int_equal(outbox_next(store, 1, 10, see, &seen, &err), 0);
    assert_int_equal(seen.count, 1);
    assert_int_equal(seen.seq[0], 2);
    store_close(store);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_group_commit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_crash, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_no_write_outside_unit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_failed_statement, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_full, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_migrations, set_up, tear_down),
        cmocka_unit_test(test_id),
        cmocka_unit_test_setup_teardown(test_jobs, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_outbox, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
