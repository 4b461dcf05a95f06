/*
 * forbidden: tries, each in a child of its own, what a one-shot worker must not be able to do, under
 * the very profile that the workers use. Built by tests/sandbox/workers against the release libraries.
 * Prints TAP: dead by SIGSYS or refused is ok.
 */
#include "proto/disarm/worker.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { REFUSED = 3, DONE = 4 };

static int
answer(long result)
{
    return result < 0 ? REFUSED : DONE;
}

static int
try_inet(void)
{
    return answer(socket(AF_INET, SOCK_STREAM, 0));
}

static int
try_unix(void)
{
    return answer(socket(AF_UNIX, SOCK_STREAM, 0));
}

static int
try_netlink(void)
{
    return answer(socket(AF_NETLINK, SOCK_RAW, 0));
}

static int
try_open_read(void)
{
    return answer(open("/etc/passwd", O_RDONLY));
}

static int
try_open_write(void)
{
    return answer(open("/tmp/sekisho-forbidden", O_CREAT | O_WRONLY, 0600));
}

static int
try_exec(void)
{
    execl("/bin/true", "true", (char *)NULL);
    return REFUSED;
}

static int
try_fork(void)
{
    return answer(fork());
}

static int
try_thread(void)
{
    return answer(syscall(SYS_clone, CLONE_VM | CLONE_THREAD | CLONE_SIGHAND, NULL, NULL, NULL, 0));
}

static int
try_ptrace(void)
{
    return answer(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
}

static int
try_kill(void)
{
    return answer(kill(getppid(), 0));
}

static int
try_map_exec(void)
{
    void *p = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return p == MAP_FAILED ? REFUSED : DONE;
}

static int
try_protect_exec(void)
{
    static char page[8192] __attribute__((aligned(4096)));
    return answer(mprotect(page, 4096, PROT_READ | PROT_EXEC));
}

static int
try_unlink(void)
{
    return answer(unlink("/etc/passwd"));
}

static int
try_mount(void)
{
    return answer(mount("none", "/", "tmpfs", 0, NULL));
}

static int
try_unshare(void)
{
    return answer(unshare(CLONE_NEWUSER));
}

static int
try_bpf(void)
{
    return answer(syscall(SYS_bpf, 0, NULL, 0));
}

static int
try_keyring(void)
{
    return answer(syscall(SYS_keyctl, 0, 0, 0, 0, 0));
}

static int
try_uring(void)
{
    return answer(syscall(SYS_io_uring_setup, 8, NULL));
}

static int
try_memory(void)
{
    return malloc((size_t)4 << 30) == NULL ? REFUSED : DONE;
}

static int
try_files(void)
{
    return answer(dup(0));
}

static int
try_nothing(void)
{
    char c;
    return read(-1, &c, 1) < 0 && errno == EBADF ? DONE : REFUSED;
}

static const struct {
    const char *name;
    int (*try)(void);
    bool works; /* what a worker needs must go on working */
} rows[] = {
    {"work as usual", try_nothing, true}, {"internet socket", try_inet, false},
    {"local socket", try_unix, false},    {"netlink socket", try_netlink, false},
    {"open a file", try_open_read, false}, {"make a file", try_open_write, false},
    {"run a program", try_exec, false},   {"fork", try_fork, false},
    {"thread", try_thread, false},        {"ptrace", try_ptrace, false},
    {"signal the parent", try_kill, false}, {"executable memory", try_map_exec, false},
    {"make memory executable", try_protect_exec, false}, {"delete a file", try_unlink, false},
    {"mount", try_mount, false},          {"new namespace", try_unshare, false},
    {"bpf", try_bpf, false},              {"keyring", try_keyring, false},
    {"io_uring", try_uring, false},       {"4 GiB of memory", try_memory, false},
    {"duplicate a descriptor", try_files, false},
};
enum { ROWS = sizeof rows / sizeof rows[0] };

static int
run(int (*try)(void))
{
    pid_t pid = fork();
    if (pid == 0) {
        struct sandbox_profile profile = worker_profile("forbidden", 10, UINT64_C(1) << 30);
        struct sandbox_state state;
        if (sandbox_enter(&profile, &state, NULL) < 0)
            _exit(99);
        if (!sandbox_is_strong(&state))
            _exit(98);
        _exit(try());
    }
    int status = 0;
    waitpid(pid, &status, 0);
    return WIFSIGNALED(status) ? 256 + WTERMSIG(status) : WEXITSTATUS(status);
}

int
main(void)
{
    printf("1..%d\n", ROWS);
    for (int i = 0; i < ROWS; i++) {
        int got = run(rows[i].try);
        bool fine = rows[i].works ? got == DONE : got == REFUSED || got == 256 + SIGSYS;
        printf("%s %d - %s: %s\n", fine ? "ok" : "not ok", i + 1, rows[i].name,
               got == 256 + SIGSYS ? "killed" : got == REFUSED ? "refused" : got == DONE ? "done"
                                                                                         : "failed");
        if (!fine)
            printf("# %d\n", got);
    }
    return 0;
}
