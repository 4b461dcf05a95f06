/*
 * ledger_test: the table of kinds keeps personal data out; the queue delivers every row once, in
 * order, over lost sockets, refusals, restarts, torn files and another log.
 */
#include "base/os/file.h"
#include "base/os/time.h"
#include "format/tlog/canon.h"
#include "format/tlog/entry.h"
#include "proto/ledger/kinds.h"
#include "proto/ledger/ledger.h"
#include "proto/ledger/queue.h"
#include "tests/test.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Words that a clear field may not be called: they ask for what a person typed, or for a user's
 * file. */
static const char *const forbidden[] = {
    "name", "title",   "purpose", "address",    "mail", "email",   "phone",  "file",   "filename",
    "path", "subject", "text",    "comment",    "note", "login",   "remark", "query",  "url",
    "host", "ip",      "sha256",  "sha256_out", "hash", "content", "value",  "sender", "receiver"};

static void
no_kind_has_room_for_personal_data(void **state)
{
    (void)state;
    assert_true(ledger_kind_count > 40);
    for (size_t i = 0; i < ledger_kind_count; i++) {
        const struct ledger_kind *kind = &ledger_kinds[i];
        assert_true(entry_kind_valid(str_of(kind->name)));
        assert_ptr_equal(ledger_kind_find(str_of(kind->name)), kind); /* no name twice */
        assert_true(kind->sources != 0 && (kind->sources & (kind->sources - 1)) == 0);
        const char *last = "";
        for (const struct ledger_field *f = kind->fields; f->name != NULL; f++) {
            assert_true(strcmp(last, f->name) < 0);
            last = f->name;
            for (size_t k = 0; k < sizeof forbidden / sizeof *forbidden; k++)
                assert_string_not_equal(f->name, forbidden[k]);
            assert_int_equal(f->type == FIELD_COMMIT, strcmp(f->name, "commit") == 0);
            if (f->type == FIELD_DIGEST)
                assert_true(strstr(f->name, "digest") != NULL ||
                            strcmp(f->name, "definition") == 0 ||
                            strcmp(f->name, "previous") == 0 || strcmp(f->name, "root") == 0);
        }
    }
}

static void
every_kind_is_documented(void **state)
{
    (void)state;
    struct buf doc;
    struct err err;
    buf_init(&doc, 1 << 20);
    if (file_read(AT_FDCWD, SEKISHO_SOURCE_DIR "/docs/formats/ledger.md", 1 << 20, &doc, &err) != 0)
        fail_msg("%s", err.detail);
    for (size_t i = 0; i < ledger_kind_count; i++) {
        const struct ledger_kind *kind = &ledger_kinds[i];
        char row[128];
        snprintf(row, sizeof row, "| `%s` | ", kind->name);
        ptrdiff_t at = str_find(buf_str(&doc), str_of(row), 0);
        if (at < 0)
            fail_msg("%s is not in docs/formats/ledger.md", kind->name);
        ptrdiff_t end = str_find(buf_str(&doc), STR("\n"), (size_t)at);
        struct str line = str_slice(buf_str(&doc), (size_t)at, (size_t)end);
        for (const struct ledger_field *f = kind->fields; f->name != NULL; f++) {
            snprintf(row, sizeof row, "`%s`%s ", f->name, f->maybe ? "?" : "");
            if (str_find(line, str_of(row), 0) < 0)
                fail_msg("%s: %s is not in docs/formats/ledger.md", kind->name, f->name);
        }
    }
    buf_free(&doc);
}

static void
types_refuse_what_people_type(void **state)
{
    (void)state;
    static const struct {
        const char *kind, *source, *data;
        bool good;
    } rows[] = {
        {"auth.login", "authd",
         "{\"account\":\"42\",\"factors\":[\"password\"],\"zone\":\"lgwan\"}", true},
        {"auth.login", "authd",
         "{\"account\":\"\xE4\xBD\x90\xE8\x97\xA4\",\"factors\":[],\"zone\":\"lgwan\"}", false},
        {"auth.login", "authd", "{\"account\":\"a b\",\"factors\":[],\"zone\":\"lgwan\"}", false},
        {"auth.login", "authd", "{\"account\":\"a\",\"factors\":[\"Password\"],\"zone\":\"lgwan\"}",
         false},
        {"auth.login", "authd", "{\"account\":\"a\",\"factors\":\"password\",\"zone\":\"lgwan\"}",
         false},
        {"auth.login", "authd", "{\"account\":\"a\",\"factors\":[],\"zone\":\"\"}", false},
        {"transfer.take", "gated",
         "{\"item\":\"i\",\"object\":\"o\",\"person\":\"p:mzxw6ytboi4dcmrtgq2tmnzyha\",\"side\":"
         "\"lgwan\"}",
         true},
        {"transfer.take", "gated",
         "{\"item\":\"i\",\"object\":\"o\",\"person\":\"sato\",\"side\":\"lgwan\"}", false},
        {"transfer.take", "gated.lgwan",
         "{\"item\":\"i\",\"object\":\"o\",\"person\":\"system\",\"side\":\"lgwan\"}", true},
        {"transfer.take", "cored",
         "{\"item\":\"i\",\"object\":\"o\",\"person\":\"system\",\"side\":\"lgwan\"}", false},
        {"control.result", "cored",
         "{\"clauses\":[\"std:4(2)\xE2\x91\xA0\xE3\x82\xA6\"],\"control\":\"c\",\"verdict\":"
         "\"ok\"}",
         true},
        {"control.result", "cored",
         "{\"clauses\":[\"\xE4\xBD\x90\xE8\x97\xA4\"],\"control\":\"c\",\"verdict\":\"ok\"}",
         false},
        {"config.load", "cored", "{\"digest\":\"0F\",\"part\":\"x\"}", false},
        {"transfer.unlock", "gated", "{\"item\":\"i\",\"tries\":\"2\"}", false},
        {"transfer.unlock", "gated", "{\"item\":\"i\",\"tries\":2}", true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct err err;
        int r = ledger_row_check(str_of(rows[i].source), str_of(rows[i].kind), str_of(rows[i].data),
                                 &err);
        if ((r == 0) != rows[i].good)
            fail_msg("row %zu: %s", i, r == 0 ? "taken" : err.detail);
    }
}

/* A ledgerd that remembers. */
struct server {
    char origin[64];
    uint64_t head;
    uint64_t size;
    char kinds[64][80]; /* kind and data by seq */
    unsigned refuse;    /* the next so many appends fail with ledger.busy */
    unsigned away;      /* appends until the socket breaks; 0: never */
    unsigned duplicates;
};

struct world {
    struct loop *loop;
    struct ipc_edge *client, *server_edge;
    struct server server;
    struct ledger_queue *queue;
    char folder[64];
    int dir;
    unsigned done, left;
    uint64_t last_index;
    char state[64];
};

static void
on_hello(void *ctx, struct ipc_call *call, const void *value)
{
    struct world *w = ctx;
    (void)value;
    struct ledger_hello_answer a = {str_of(w->server.origin), w->server.head, w->server.size, 0};
    ipc_answer(call, &ledger_hello_answer_message, &a, NULL);
}

static void connect_edges(struct world *w);

static void
on_append(void *ctx, struct ipc_call *call, const void *value)
{
    struct world *w = ctx;
    const struct ledger_append *m = value;
    struct err err;
    char row[80];
    if (w->server.refuse > 0) {
        w->server.refuse--;
        ERR(&err, "ledger.busy", "test");
        ipc_fail(call, &err);
        return;
    }
    if (m->seq > w->server.head + 1) {
        ERR(&err, "ledger.gap", "test");
        ipc_fail(call, &err);
        return;
    }
    assert_true(m->seq < 64);
    snprintf(row, sizeof row, "%.*s %.*s", STR_FMT(m->kind), STR_FMT(m->data));
    bool duplicate = m->seq <= w->server.head;
    if (duplicate) {
        assert_string_equal(w->server.kinds[m->seq], row);
        w->server.duplicates++;
    } else {
        snprintf(w->server.kinds[m->seq], sizeof w->server.kinds[0], "%s", row);
        w->server.head = m->seq;
        w->server.size++;
    }
    if (w->server.away > 0 && --w->server.away == 0) {
        connect_edges(w); /* taken, but the answer is lost */
        struct ledger_appended lost = {m->seq, m->seq + 100, 5, duplicate};
        ipc_answer(call, &ledger_appended_message, &lost, NULL);
        return;
    }
    struct ledger_appended a = {m->seq, m->seq + 100, 5, duplicate};
    ipc_answer(call, &ledger_appended_message, &a, NULL);
}

static const struct ipc_route routes[] = {{&ledger_hello_message, on_hello},
                                          {&ledger_append_message, on_append}};
static const struct ipc_service service = {"ledger", routes, 2};

static void
connect_edges(struct world *w)
{
    int fds[2];
    assert_int_equal(ipc_pair(fds, NULL), 0);
    ipc_edge_attach(w->server_edge, fds[1]);
    ipc_edge_attach(w->client, fds[0]);
}

static void
row_done(void *arg, uint64_t seq, const struct ledger_place *place)
{
    struct world *w = arg;
    w->done++;
    w->last_index = place->index;
    assert_int_equal(place->index, seq + 100);
}

static void
row_left(void *arg, const struct ledger_row *row, const struct ledger_place *place)
{
    struct world *w = arg;
    w->left++;
    assert_int_equal(place->index, row->seq + 100);
    assert_true(str_equal_z(row->kind, "transfer.unlock"));
}

static void
state_changed(void *arg, bool up, const struct err *err)
{
    struct world *w = arg;
    snprintf(w->state, sizeof w->state, "%s", up ? "up" : err->code);
}

static void
open_queue(struct world *w)
{
    struct err err;
    struct ledger_queue_config config = {w->dir, "test", "gated", row_left, state_changed, w};
    w->queue = ledger_queue_open(w->loop, w->client, &config, &err);
    if (w->queue == NULL)
        fail_msg("%s: %s", err.code, err.detail);
}

static int
setup(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    snprintf(w->folder, sizeof w->folder, "/tmp/ledger_queue.XXXXXX");
    if (mkdtemp(w->folder) == NULL)
        return -1;
    w->dir = file_open_dir(AT_FDCWD, w->folder, NULL);
    w->loop = loop_new();
    snprintf(w->server.origin, sizeof w->server.origin, "a/n1/1");
    w->client = ipc_edge_new(w->loop, "ledgerd", NULL, NULL);
    w->server_edge = ipc_edge_new(w->loop, "gated", &service, w);
    open_queue(w);
    *state = w;
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
    struct world *w = *state;
    ledger_queue_close(w->queue);
    ipc_edge_free(w->client);
    ipc_edge_free(w->server_edge);
    loop_free(w->loop);
    close(w->dir);
    int r = nftw(w->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    free(w);
    return r;
}

static void
put(struct world *w, unsigned tries)
{
    char data[64];
    struct err err;
    snprintf(data, sizeof data, "{\"item\":\"i\",\"tries\":%u}", tries);
    if (ledger_queue_put(w->queue, STR("transfer.unlock"), str_of(data), row_done, w, &err) != 0)
        fail_msg("%s: %s", err.code, err.detail);
}

/* Lets the loop run until nothing waits, ten seconds at most. */
static void
turn(struct world *w)
{
    int64_t end = time_mono_ms() + 10000;
    while (ledger_queue_waiting(w->queue) > 0 && time_mono_ms() < end)
        loop_once(w->loop, 20);
}

/* Lets the loop run for a while, whatever waits. */
static void
settle(struct world *w)
{
    int64_t end = time_mono_ms() + 100;
    while (time_mono_ms() < end)
        loop_once(w->loop, 5);
}

static void
expect_rows(struct world *w, unsigned n)
{
    assert_int_equal(w->server.head, n);
    for (unsigned i = 1; i <= n; i++) {
        char want[80];
        snprintf(want, sizeof want, "transfer.unlock {\"item\":\"i\",\"tries\":%u}", i);
        assert_string_equal(w->server.kinds[i], want);
    }
}

static void
rows_wait_for_the_ledger_and_come_in_order(void **state)
{
    struct world *w = *state;
    for (unsigned i = 1; i <= 5; i++)
        put(w, i);
    assert_int_equal(ledger_queue_waiting(w->queue), 5);
    assert_false(ledger_queue_up(w->queue));
    connect_edges(w);
    turn(w);
    assert_true(ledger_queue_up(w->queue));
    put(w, 6);
    turn(w);
    assert_int_equal(w->done, 6);
    expect_rows(w, 6);
}

static void
a_lost_answer_comes_again_with_the_old_place(void **state)
{
    struct world *w = *state;
    connect_edges(w);
    w->server.away = 3;
    for (unsigned i = 1; i <= 6; i++)
        put(w, i);
    turn(w);
    assert_int_equal(w->done, 6);
    assert_true(w->server.duplicates >= 1);
    expect_rows(w, 6);
}

static void
busy_is_tried_again_and_a_wrong_row_never_queued(void **state)
{
    struct world *w = *state;
    struct err err;
    connect_edges(w);
    w->server.refuse = 1;
    put(w, 1);
    put(w, 2);
    turn(w);
    assert_int_equal(w->done, 2);
    expect_rows(w, 2);
    assert_int_equal(ledger_queue_put(w->queue, STR("register.moved"), STR("{}"), NULL, NULL, &err),
                     -1);
    assert_true(err_is(&err, "ledger.kind"));
    assert_int_equal(
        ledger_queue_put(w->queue, STR("transfer.unlock"), STR("{}"), NULL, NULL, &err), -1);
    assert_true(err_is(&err, "ledger.entry"));
    assert_int_equal(ledger_queue_waiting(w->queue), 0);
}

static void
rows_outlive_their_program(void **state)
{
    struct world *w = *state;
    for (unsigned i = 1; i <= 4; i++)
        put(w, i);
    ledger_queue_close(w->queue);
    open_queue(w);
    assert_int_equal(ledger_queue_waiting(w->queue), 4);
    put(w, 5);
    connect_edges(w);
    turn(w);
    assert_int_equal(w->left, 4);
    assert_int_equal(w->done, 1);
    expect_rows(w, 5);
    ledger_queue_close(w->queue);
    open_queue(w);
    assert_int_equal(ledger_queue_waiting(w->queue), 0);
    put(w, 6);
    turn(w);
    expect_rows(w, 6);
}

static void
a_torn_tail_is_dropped_and_damage_shown(void **state)
{
    struct world *w = *state;
    struct err err;
    struct stat st;
    for (unsigned i = 1; i <= 3; i++)
        put(w, i);
    ledger_queue_close(w->queue);
    assert_int_equal(fstatat(w->dir, "test.queue", &st, 0), 0);
    int fd = openat(w->dir, "test.queue", O_RDWR);
    assert_int_equal(ftruncate(fd, st.st_size - 9), 0);
    open_queue(w);
    assert_int_equal(ledger_queue_waiting(w->queue), 2);
    ledger_queue_close(w->queue);
    close(fd);
    fd = openat(w->dir, "test.queue", O_RDWR);
    char c;
    assert_int_equal(pread(fd, &c, 1, 64 + 60), 1);
    c ^= 1;
    assert_int_equal(pwrite(fd, &c, 1, 64 + 60), 1);
    struct ledger_queue_config config = {w->dir, "test", "gated", NULL, NULL, w};
    assert_null(ledger_queue_open(w->loop, w->client, &config, &err));
    assert_true(err_is(&err, "ledger.queue"));
    c ^= 1;
    assert_int_equal(pwrite(fd, &c, 1, 64 + 60), 1);
    close(fd);
    open_queue(w);
}

static void
another_log_gets_the_waiting_rows_and_an_older_one_nothing(void **state)
{
    struct world *w = *state;
    connect_edges(w);
    put(w, 1);
    put(w, 2);
    turn(w);
    expect_rows(w, 2);
    /* The ledger was set back: it lacks what it acknowledged. */
    w->server.head = 1;
    connect_edges(w);
    settle(w);
    assert_string_equal(w->state, "ledger.rolled_back");
    put(w, 9);
    settle(w);
    assert_int_equal(w->server.head, 1);
    /* The ledger knows more than this queue: the queue was set back. */
    w->server.head = 7;
    connect_edges(w);
    settle(w);
    assert_string_equal(w->state, "ledger.ahead");
    /* The next epoch: what waits is numbered from 1. */
    snprintf(w->server.origin, sizeof w->server.origin, "a/n1/2");
    w->server.head = 0;
    connect_edges(w);
    turn(w);
    assert_string_equal(w->state, "up");
    assert_int_equal(w->server.head, 1);
    assert_string_equal(w->server.kinds[1], "transfer.unlock {\"item\":\"i\",\"tries\":9}");
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_kind_has_room_for_personal_data),
        cmocka_unit_test(every_kind_is_documented),
        cmocka_unit_test(types_refuse_what_people_type),
        T(rows_wait_for_the_ledger_and_come_in_order),
        T(a_lost_answer_comes_again_with_the_old_place),
        T(busy_is_tried_again_and_a_wrong_row_never_queued),
        T(rows_outlive_their_program),
        T(a_torn_tail_is_dropped_and_damage_shown),
        T(another_log_gets_the_waiting_rows_and_an_older_one_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
