/*
 * ipc_test: two edges in one process: answers, failures, descriptors, loss of the peer, time-outs, and
 * a peer that speaks out of line.
 */
#include "base/ipc/ipc.h"
#include "tests/test.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

struct question {
    uint64_t n;
    struct str text;
};

struct reply {
    int64_t n;
    bool odd;
    struct str text;
};

static const struct ipc_field question_fields[] = {
    IPC_FIELD(struct question, n, IPC_U64),
    IPC_TEXT(struct question, text, 100),
};
static const struct ipc_field reply_fields[] = {
    IPC_FIELD(struct reply, n, IPC_I64),
    IPC_FIELD(struct reply, odd, IPC_BOOL),
    IPC_TEXT(struct reply, text, 100),
};
static const struct ipc_message question = {1, "question", sizeof(struct question), question_fields,
                                            2, 1};
static const struct ipc_message reply = {2, "reply", sizeof(struct reply), reply_fields, 3, 1};

struct seen {
    struct loop *loop;
    struct ipc_call *kept;
    int answers, failures;
    int64_t n;
    char code[64];
    char from_fd[8];
};

static void
serve(void *ctx, struct ipc_call *call, const void *value)
{
    struct seen *seen = ctx;
    const struct question *q = value;
    if (str_equal_z(q->text, "keep")) {
        seen->kept = call;
        return;
    }
    if (str_equal_z(q->text, "fail")) {
        struct err err;
        ERR(&err, "test.refused", "%d", 7);
        ipc_fail(call, &err);
        return;
    }
    struct reply r = {-(int64_t)q->n, q->n % 2 == 1, q->text};
    int fd = ipc_call_take_fd(call, 0);
    struct ipc_attach attach = {&fd, fd >= 0 ? 1 : 0};
    ipc_answer(call, &reply, &r, &attach);
    if (fd >= 0)
        close(fd);
}

static const struct ipc_route routes[] = {{&question, serve}};
static const struct ipc_service service = {"test", routes, 1};

static void
done(void *arg, const struct ipc_result *result)
{
    struct seen *seen = arg;
    if (result->value == NULL) {
        seen->failures++;
        strncpy(seen->code, result->err->code, sizeof seen->code - 1);
    } else {
        seen->answers++;
        seen->n = ((const struct reply *)result->value)->n;
        if (result->fd_count == 1) {
            assert_int_equal(pread(result->fds[0], seen->from_fd, 5, 0), 5);
            close(result->fds[0]);
        }
    }
}

struct world {
    struct loop *loop;
    struct ipc_edge *client, *server;
    struct seen seen;
};

static void
connect_edges(struct world *w)
{
    int fds[2];
    assert_int_equal(ipc_pair(fds, NULL), 0);
    ipc_edge_attach(w->client, fds[0]);
    ipc_edge_attach(w->server, fds[1]);
}

static int
setup(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    w->loop = w->seen.loop = loop_new();
    w->client = ipc_edge_new(w->loop, "server", NULL, NULL);
    w->server = ipc_edge_new(w->loop, "client", &service, &w->seen);
    connect_edges(w);
    *state = w;
    return 0;
}

static int
teardown(void **state)
{
    struct world *w = *state;
    ipc_edge_free(w->client);
    ipc_edge_free(w->server);
    loop_free(w->loop);
    free(w);
    return 0;
}

static void
turn(struct world *w)
{
    for (int i = 0; i < 6; i++)
        loop_once(w->loop, 10);
}

static void
ask(struct world *w, const char *text, uint32_t timeout_ms, int fd)
{
    struct question q = {41, str_of(text)};
    struct ipc_attach attach = {&fd, fd >= 0 ? 1 : 0};
    ipc_request(w->client, &question, &q, &attach, &reply, timeout_ms, done, &w->seen);
}

static void
answers_come_back_with_descriptors(void **state)
{
    struct world *w = *state;
    int fd = memfd_create("x", MFD_CLOEXEC);
    assert_int_equal(write(fd, "hello", 5), 5);
    ask(w, "hi", 0, fd);
    close(fd);
    turn(w);
    assert_int_equal(w->seen.answers, 1);
    assert_int_equal(w->seen.n, -41);
    assert_string_equal(w->seen.from_fd, "hello");
}

static void
failures_carry_their_code(void **state)
{
    struct world *w = *state;
    ask(w, "fail", 0, -1);
    turn(w);
    assert_int_equal(w->seen.failures, 1);
    assert_string_equal(w->seen.code, "test.refused");
}

static void
loss_of_the_peer_fails_what_was_asked_once(void **state)
{
    struct world *w = *state;
    ask(w, "keep", 0, -1);
    turn(w);
    assert_non_null(w->seen.kept);
    ipc_edge_free(w->server);
    w->server = NULL;
    turn(w);
    assert_int_equal(w->seen.failures, 1);
    assert_string_equal(w->seen.code, "ipc.away");
    assert_false(ipc_edge_up(w->client));
    ask(w, "hi", 0, -1);
    assert_int_equal(w->seen.failures, 2);
    struct reply late = {1, true, STR("")};
    ipc_answer(w->seen.kept, &reply, &late, NULL); /* swallowed */
}

static void
a_late_answer_is_not_sent_to_a_new_socket(void **state)
{
    struct world *w = *state;
    ask(w, "keep", 0, -1);
    turn(w);
    connect_edges(w);
    assert_int_equal(w->seen.failures, 1);
    struct reply late = {1, true, STR("")};
    ipc_answer(w->seen.kept, &reply, &late, NULL);
    ask(w, "hi", 0, -1);
    turn(w);
    assert_int_equal(w->seen.answers, 1);
}

static void
silence_times_out(void **state)
{
    struct world *w = *state;
    ask(w, "keep", 1, -1);
    for (int i = 0; i < 60 && w->seen.failures == 0; i++)
        loop_once(w->loop, 20);
    assert_string_equal(w->seen.code, "ipc.timeout");
    struct reply late = {1, true, STR("")};
    ipc_answer(w->seen.kept, &reply, &late, NULL);
    turn(w);
    assert_int_equal(w->seen.answers, 0);
}

static void
a_peer_out_of_line_is_cut_off(void **state)
{
    struct world *w = *state;
    int fds[2];
    assert_int_equal(ipc_pair(fds, NULL), 0);
    ipc_edge_attach(w->server, fds[1]);
    static const char junk[24] = {9, 0, 1, 0};
    assert_int_equal(send(fds[0], junk, sizeof junk, 0), sizeof junk);
    turn(w);
    assert_false(ipc_edge_up(w->server));
    close(fds[0]);
}

static void
long_texts_are_refused_before_they_leave(void **state)
{
    struct world *w = *state;
    char text[200];
    memset(text, 'a', sizeof text);
    text[101] = '\0';
    ask(w, text, 0, -1);
    assert_string_equal(w->seen.code, "ipc.too_large");
    assert_true(ipc_edge_up(w->client));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(answers_come_back_with_descriptors, setup, teardown),
        cmocka_unit_test_setup_teardown(failures_carry_their_code, setup, teardown),
        cmocka_unit_test_setup_teardown(loss_of_the_peer_fails_what_was_asked_once, setup, teardown),
        cmocka_unit_test_setup_teardown(a_late_answer_is_not_sent_to_a_new_socket, setup, teardown),
        cmocka_unit_test_setup_teardown(silence_times_out, setup, teardown),
        cmocka_unit_test_setup_teardown(a_peer_out_of_line_is_cut_off, setup, teardown),
        cmocka_unit_test_setup_teardown(long_texts_are_refused_before_they_leave, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
