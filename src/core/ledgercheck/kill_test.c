/*
 * kill_test: a real ledgerd, killed again and again while two edges append. At the end every row
 * that was queued stands in the log exactly once, at the place its sender was told, and the log
 * verifies. `kill_test [ROUNDS [SEED]]`: 10 rounds by default, 500 in tests/fault/ledger_kill.
 */
#include "base/os/file.h"
#include "base/os/time.h"
#include "core/ledgercheck/check.h"
#include "core/ledgercheck/folder.h"
#include "format/tlog/canon.h"
#include "format/tlog/entry.h"
#include "proto/ledger/queue.h"
#include "tests/test.h"

#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { EDGES = 2, ROWS_MOST = 200000 };

struct side;

struct told {
    struct side *side;
    uint64_t number;
    bool acked;
    uint64_t index;
};

struct side {
    const char *source;
    struct ipc_edge *edge;
    struct ledger_queue *queue;
    uint64_t rows; /* numbers put so far: 1 … rows */
    struct told *told;
};

static unsigned rounds = 10;
static unsigned seed = 1;
static char folder[64];
static int dir = -1;
static struct loop *loop;
static struct side sides[EDGES] = {{.source = "gated"}, {.source = "authd"}};
static pid_t server;

static void
start_server(void)
{
    static char state[80];
    char names[EDGES][32];
    char binary[] = SEKISHO_BUILD_DIR "/ledgerd";
    char set1[] = "origin=kill.sekisho.invalid/n1/1";
    char set2[] = "edge_per_second=0";
    char set3[] = "checkpoint_seconds=1";
    char a[] = "--state", b[] = "--data", c[] = "--set", d[] = "--edge", data[] = ".";
    int fds[EDGES][2];
    snprintf(state, sizeof state, "%s/ledgerd", folder);
    for (int i = 0; i < EDGES; i++) {
        assert_int_equal(ipc_pair(fds[i], NULL), 0);
        fcntl(fds[i][1], F_SETFD, 0);
        snprintf(names[i], sizeof names[i], "%s=%d", sides[i].source, fds[i][1]);
    }
    char *argv[] = {binary, a, state, b, data,     c, set1,     c,
                    set2,   c, set3,  d, names[0], d, names[1], NULL};
    char no_leaks[] =
        "ASAN_OPTIONS=detect_leaks=0"; /* its search needs what the sandbox takes away */
    char *env[] = {no_leaks, NULL};
    posix_spawn_file_actions_t quiet;
    posix_spawn_file_actions_init(&quiet);
    posix_spawn_file_actions_addopen(&quiet, 2, "/dev/null", O_WRONLY, 0);
    assert_int_equal(posix_spawn(&server, binary, &quiet, NULL, argv, env), 0);
    posix_spawn_file_actions_destroy(&quiet);
    for (int i = 0; i < EDGES; i++) {
        close(fds[i][1]);
        ipc_edge_attach(sides[i].edge, fds[i][0]);
    }
}

static void
end_server(int how)
{
    int status;
    kill(server, how);
    assert_int_equal(waitpid(server, &status, 0), server);
    if (how == SIGTERM)
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void
row_done(void *arg, uint64_t number, uint64_t index)
{
    struct side *side = arg;
    assert_true(number >= 1 && number <= side->rows);
    struct told *t = &side->told[number];
    if (t->acked)
        assert_true(t->index == index);
    t->acked = true;
    t->index = index;
}

/* The number in a row's data. */
static uint64_t
number_of(struct str data)
{
    struct canon_part part;
    size_t at = 0;
    uint64_t n = 0;
    while (canon_next(data, &at, &part))
        if (part.type == CANON_INTEGER)
            str_to_u64(part.value, &n);
    return n;
}

static void
acked(void *arg, uint64_t seq, const struct ledger_place *place)
{
    struct told *told = arg;
    (void)seq;
    row_done(told->side, told->number, place->index);
}

static void
left(void *arg, const struct ledger_row *row, const struct ledger_place *place)
{
    row_done(arg, number_of(row->data), place->index);
}

static void
open_queue(struct side *side)
{
    struct err err;
    struct ledger_queue_config config = {dir, side->source, side->source, left, NULL, side};
    side->queue = ledger_queue_open(loop, side->edge, &config, &err);
    if (side->queue == NULL)
        fail_msg("%s: %s", err.code, err.detail);
}

static void
put_row(struct side *side)
{
    char data[128];
    struct err err;
    uint64_t number = ++side->rows;
    assert_true(number < ROWS_MOST);
    struct told *told = &side->told[number];
    told->side = side;
    told->number = number;
    bool gated = strcmp(side->source, "gated") == 0;
    snprintf(data, sizeof data,
             gated ? "{\"cases\":%llu,\"result\":\"up\"}"
                   : "{\"count\":%llu,\"why\":\"password\",\"zone\":\"lgwan\"}",
             (unsigned long long)number);
    if (ledger_queue_put(side->queue, gated ? STR("gate.probe") : STR("auth.fail"), str_of(data),
                         acked, told, &err) != 0)
        fail_msg("%s: %s", err.code, err.detail);
}

/* An edge that is killed: its callbacks are lost, its files stay. The waits it had are garbage
 * then. */
static void
reopen(struct side *side)
{
    ledger_queue_close(side->queue);
    open_queue(side);
}

static void
run_for(int ms)
{
    int64_t end = time_mono_ms() + ms;
    while (time_mono_ms() < end) {
        for (int i = 0; i < EDGES; i++)
            for (int n = rand_r(&seed) % 4; n > 0; n--)
                put_row(&sides[i]);
        loop_once(loop, 1);
    }
}

static void
drain(void)
{
    int64_t end = time_mono_ms() + 60000;
    while (ledger_queue_waiting(sides[0].queue) + ledger_queue_waiting(sides[1].queue) > 0) {
        assert_true(time_mono_ms() < end);
        loop_once(loop, 20);
    }
}

static void
expect_entry(uint64_t index, struct str bytes, uint64_t next[EDGES])
{
    struct entry e;
    assert_int_equal(entry_parse(bytes, &e, NULL), 0);
    for (int i = 0; i < EDGES; i++) {
        if (!str_equal_z(e.src, sides[i].source))
            continue;
        uint64_t number = number_of(e.data);
        assert_int_equal(number, ++next[i]); /* in order, once, none left out */
        assert_true(sides[i].told[number].acked);
        assert_int_equal(sides[i].told[number].index, index);
    }
}

static void
check_the_log(void)
{
    struct err err;
    char path[128];
    struct buf vkey, bundle;
    struct trust *trust = calloc(1, sizeof *trust);
    struct check_report *report = calloc(1, sizeof *report);
    assert_true(trust != NULL && report != NULL);
    snprintf(path, sizeof path, "%s/ledgerd/1/log", folder);
    int log = file_open_dir(AT_FDCWD, path, &err);
    buf_init(&vkey, 4096);
    assert_int_equal(file_read(log, "vkey", 4096, &vkey, &err), 0);
    assert_int_equal(note_key_parse(str_trim(buf_str(&vkey)), &trust->log[trust->logs++], &err), 0);
    struct check_options options = {.dir = log, .trust = trust};
    if (check_log(&options, report, &err) != 0)
        fail_msg("%s %s: %s", err.code, report->where, err.detail);
    uint64_t next[EDGES] = {0};
    buf_init(&bundle, TILE_BUNDLE_MOST);
    for (uint64_t n = 0; n * TILE_WIDTH < report->tree.size; n++) {
        struct str entry;
        assert_int_equal(folder_bundle(log, n, report->tree.size, &bundle, &err), 0);
        struct str rest = buf_str(&bundle);
        for (uint64_t i = n * TILE_WIDTH; bundle_next(&rest, &entry); i++)
            expect_entry(i, entry, next);
    }
    for (int i = 0; i < EDGES; i++)
        assert_int_equal(next[i], sides[i].rows);
    print_message("# %u rounds, %llu entries\n", rounds, (unsigned long long)report->tree.size);
    buf_free(&vkey);
    buf_free(&bundle);
    file_close(&log);
    free(report);
    free(trust);
}

static void
every_row_stands_once_whoever_is_killed(void **state)
{
    (void)state;
    start_server();
    for (unsigned r = 0; r < rounds; r++) {
        run_for(20 + rand_r(&seed) % 100);
        if (rand_r(&seed) % 3 == 0)
            drain();
        end_server(SIGKILL);
        if (rand_r(&seed) % 3 == 0)
            reopen(&sides[rand_r(&seed) % EDGES]);
        run_for(rand_r(&seed) % 10);
        start_server();
    }
    put_row(&sides[0]); /* so that the last server is surely up */
    drain();
    end_server(SIGTERM);
    check_the_log();
}

static int
setup(void **state)
{
    char path[80];
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/ledger_kill.XXXXXX");
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(path, sizeof path, "%s/ledgerd", folder);
    if (file_mkdirs(AT_FDCWD, path, 0755, NULL) != 0)
        return -1;
    dir = file_open_dir(AT_FDCWD, folder, NULL);
    signal(SIGPIPE, SIG_IGN);
    loop = loop_new();
    for (int i = 0; i < EDGES; i++) {
        sides[i].told = calloc(ROWS_MOST, sizeof *sides[i].told);
        sides[i].edge = ipc_edge_new(loop, "ledgerd", NULL, NULL);
        open_queue(&sides[i]);
    }
    return 0;
}

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st, (void)kind, (void)at;
    return remove(path);
}

static int
teardown(void **state)
{
    (void)state;
    for (int i = 0; i < EDGES; i++) {
        ledger_queue_close(sides[i].queue);
        ipc_edge_free(sides[i].edge);
        free(sides[i].told);
    }
    loop_free(loop);
    file_close(&dir);
    return nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

int
main(int argc, char **argv)
{
    uint64_t n;
    if (argc > 1 && str_to_u64(str_of(argv[1]), &n))
        rounds = (unsigned)n;
    if (argc > 2 && str_to_u64(str_of(argv[2]), &n))
        seed = (unsigned)n;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_row_stands_once_whoever_is_killed, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
