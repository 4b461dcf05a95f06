/*
 * Tests of base/sandbox that hold in every build: each in a child, because a sandbox is for ever.
 * The full try of every forbidden call runs against the release build (tests/sandbox).
 */
#include "base/sandbox/sandbox.h"

#include "tests/test.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct sandbox_profile worker = {
    .name = "test-worker",
    .namespaces = SANDBOX_NS_ALL,
    .empty_root = true,
    .landlock = true,
    .syscalls = sandbox_worker_syscalls,
    .address_space_bytes = 1 << 30,
    .file_bytes = 1 << 20,
    .cpu_seconds = 10,
    .open_files = 8,
    .processes = 0,
};

/* Runs TRY in a sandboxed child: its exit code, or 256 + signal. 99: the sandbox failed. */
static int
in_child(const struct sandbox_profile *profile, int (*try)(const struct sandbox_state *))
{
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        struct sandbox_state state;
        struct err err;
        if (sandbox_enter(profile, &state, &err) < 0)
            _exit(99);
        _exit(try(&state));
    }
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFSIGNALED(status) ? 256 + WTERMSIG(status) : WEXITSTATUS(status);
}

static int
try_nothing(const struct sandbox_state *state)
{
    return state->seccomp ? 7 : 1;
}

static int
try_socket(const struct sandbox_state *state)
{
    (void)state;
    return socket(AF_INET, SOCK_STREAM, 0) < 0 ? 3 : 4;
}

static int
try_fork(const struct sandbox_state *state)
{
    (void)state;
    return fork() < 0 ? 3 : 4;
}

static int
try_exec(const struct sandbox_state *state)
{
    (void)state;
    execl("/bin/true", "true", (char *)NULL);
    return 3;
}

static int
try_create(const struct sandbox_state *state)
{
    (void)state;
    return open("/tmp/sekisho-sandbox-test", O_CREAT | O_WRONLY, 0600) < 0 ? 3 : 4;
}

static void
test_worker_lives(void **state)
{
    (void)state;
    assert_int_equal(in_child(&worker, try_nothing), 7);
}

static void
test_worker_forbidden(void **state)
{
    (void)state;
    int (*const tries[])(const struct sandbox_state *) = {try_socket, try_fork, try_exec,
                                                          try_create};
    for (size_t i = 0; i < sizeof tries / sizeof tries[0]; i++) {
        int got = in_child(&worker, tries[i]);
        assert_true(got == 256 + SIGSYS || got == 3);
    }
}

static int
try_folder(const struct sandbox_state *state)
{
    if (state->landlock_abi == 0)
        return 5;
    int inside = open("/usr/lib", O_RDONLY | O_DIRECTORY);
    int outside = open("/etc/passwd", O_RDONLY);
    return inside >= 0 && outside < 0 ? 5 : 4;
}

static void
test_daemon_folder(void **state)
{
    (void)state;
    static const char *const calls[] = {"openat", "exit_group", "write", "close", NULL};
    static const struct sandbox_path paths[] = {{"/usr", SANDBOX_READ}};
    struct sandbox_profile daemon = {.name = "test-daemon",
                                     .landlock = true,
                                     .paths = paths,
                                     .path_count = 1,
                                     .syscalls = calls,
                                     .address_space_bytes = SANDBOX_UNLIMITED,
                                     .file_bytes = SANDBOX_UNLIMITED,
                                     .cpu_seconds = SANDBOX_UNLIMITED,
                                     .open_files = SANDBOX_UNLIMITED,
                                     .processes = SANDBOX_UNLIMITED};
    assert_int_equal(in_child(&daemon, try_folder), 5);
}

static void
test_unknown_call_refused(void **state)
{
    (void)state;
    static const char *const calls[] = {"no_such_call", NULL};
    static const char *const refused[] = {"no_such_call", NULL};
    struct sandbox_profile bad = worker;
    bad.syscalls = calls;
    bad.refused = refused;
    int got = in_child(&bad, try_nothing);
    assert_true(got == 99 || got == 7); /* 7: a sanitizer build does not read the list */
}

static void
test_state_words(void **state)
{
    (void)state;
    struct sandbox_state some = {.namespaces = SANDBOX_NS_USER | SANDBOX_NS_NET,
                                 .namespaces_missing = SANDBOX_NS_IPC,
                                 .landlock_abi = 7,
                                 .seccomp = true};
    struct buf buf;
    buf_init(&buf, 200);
    sandbox_put_state(&buf, &worker, &some);
    assert_true(str_equal_z(buf_str(&buf), "user,net,-ipc,-mount,-uts,-root,landlock7,seccomp"));
    assert_true(sandbox_is_strong(&some));
    some.landlock_abi = 0;
    assert_false(sandbox_is_strong(&some));
    buf_free(&buf);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_worker_lives),  cmocka_unit_test(test_worker_forbidden),
        cmocka_unit_test(test_daemon_folder), cmocka_unit_test(test_unknown_call_refused),
        cmocka_unit_test(test_state_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
