/*
 * session_test: when authd is asked and when its word of a moment ago is taken: uses are told in
 * time, polling is no use, and a session that ended is believed no more, not even by an answer on
 * its way.
 */
#include "core/api/session.h"

#include "core/store/store.h"
#include "proto/auth/auth.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct loop *loop;
static struct ipc_edge *near, *far;
static struct store *store;
static struct session_desk *desk;
static char folder[] = "/tmp/sekisho-session-XXXXXX", path[64];
static int asked, asked_quietly, known, refused;
static struct ipc_call *held;
static bool hold;

static void
answer(struct ipc_call *call)
{
    struct session_state state = {.valid = true, .account = 7, .factors = STR("password,totp")};
    ipc_answer(call, &session_state_message, &state, NULL);
}

static void
check(void *ctx, struct ipc_call *call, const void *value)
{
    (void)ctx;
    asked++;
    asked_quietly += ((const struct session_check *)value)->quiet;
    if (hold)
        held = call;
    else
        answer(call);
}

static const struct ipc_route routes[] = {{&session_check_message, check}};
static const struct ipc_service service = {"authd", routes, 1};

static const struct store_statement rows[] = {
    {"t1", "INSERT INTO person VALUES (1, 'p:1', 'a', '')"},
    {"t2", "INSERT INTO engagement VALUES (1, 1, 'S1', 'staff', 0, 2932896)"},
    {"t3", "INSERT INTO account VALUES (7, 1, 'sato', 'open', 'lgwan')"},
};

static int
fill(struct store *s, void *arg, struct err *err)
{
    (void)arg;
    return db_exec(s, &rows[0], err) | db_exec(s, &rows[1], err) | db_exec(s, &rows[2], err);
}

static int
setup(void **state)
{
    (void)state;
    int fds[2];
    if (mkdtemp(folder) == NULL || ipc_pair(fds, NULL) != 0)
        return -1;
    snprintf(path, sizeof path, "%s/t.db", folder);
    struct store_options options = {NULL, path, SEKISHO_SOURCE_DIR "/data/sql/core"};
    if (store_open(&options, &store, NULL) != 0)
        return -1;
    store_write(store, fill, NULL, NULL);
    loop = loop_new();
    near = ipc_edge_new(loop, "authd", NULL, NULL);
    far = ipc_edge_new(loop, "cored", &service, NULL);
    ipc_edge_attach(near, fds[0]);
    ipc_edge_attach(far, fds[1]);
    desk = session_desk_new(loop, store, near);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    session_desk_free(desk);
    ipc_edge_free(near);
    ipc_edge_free(far);
    loop_free(loop);
    store_close(store);
    (void)unlink(path);
    return rmdir(folder);
}

static void
done(void *arg, const struct session_known *session, const struct err *err)
{
    (void)arg;
    (void)err;
    known += session != NULL && session->account == 7 && session->person == 1;
    refused += session == NULL;
}

static void
ask(const char *id, bool quiet)
{
    struct session_claim claim = {str_of(id), STR("lgwan"), quiet};
    session_ask(desk, &claim, done, NULL);
    for (int i = 0; i < 4; i++)
        loop_once(loop, 5);
}

static void
authd_is_believed_for_a_moment(void **state)
{
    (void)state;
    ask("abc", false);
    ask("abc", false);
    ask("abc", true);
    assert_int_equal(asked, 1);
    assert_int_equal(known, 3);
    ask("abd", false);
    assert_int_equal(asked, 2);
    ask("", false);
    assert_int_equal(asked, 2);
    assert_int_equal(refused, 1);
}

static void
a_use_is_told_although_a_poll_was_just_answered(void **state)
{
    (void)state;
    int before = asked;
    ask("poll", true);
    ask("poll", true);
    assert_int_equal(asked, before + 1);
    assert_int_equal(asked_quietly, 1);
    ask("poll", false);
    assert_int_equal(asked, before + 2);
    assert_int_equal(asked_quietly, 1);
}

static void
what_ended_is_believed_no_more(void **state)
{
    (void)state;
    ask("end", false);
    int before = asked;
    session_forget(desk, 8); /* somebody else's */
    ask("end", false);
    assert_int_equal(asked, before);
    session_forget(desk, 7);
    ask("end", false);
    assert_int_equal(asked, before + 1);
    session_forget(desk, 7);
    hold = true;
    ask("end", false);
    hold = false;
    session_forget(desk, 7); /* ends while the answer is on its way */
    answer(held);
    for (int i = 0; i < 4; i++)
        loop_once(loop, 5);
    ask("end", false);
    assert_int_equal(asked, before + 3);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(authd_is_believed_for_a_moment),
        cmocka_unit_test(a_use_is_told_although_a_poll_was_just_answered),
        cmocka_unit_test(what_ended_is_believed_no_more),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
