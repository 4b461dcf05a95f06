/*
 * spawn: see spawn.h. Runs in gated and the command line. Between fork and exec only calls that are
 * safe there are made; the child gets an empty environment (a sanitizer's options excepted).
 */
#include "proto/disarm/spawn.h"

#include "proto/disarm/wire.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { HIGH_FD = 40 };

/* Moves the four descriptors out of the way, then to their places. */
static int
place(int control, const struct spawn *spawn)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    int from[4] = {control, spawn->input, spawn->output < 0 ? null : spawn->output, spawn->report};
    if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0)
        return -1;
    for (int i = 0; i < 4; i++) {
        from[i] = fcntl(from[i], F_DUPFD, HIGH_FD);
        if (from[i] < 0)
            return -1;
    }
    for (int i = 0; i < 4; i++)
        if (dup2(from[i], WIRE_CONTROL + i) < 0)
            return -1;
    return close_range(WIRE_FDS_END, ~0U, 0);
}

static _Noreturn void
child(const struct spawn *spawn, const char *path, char *const *argv, int control)
{
    char *env[2] = {NULL, NULL};
    char options[300];
    const char *asan = getenv("ASAN_OPTIONS");
    sigset_t none;
    sigemptyset(&none);
    if (asan != NULL && snprintf(options, sizeof options, "ASAN_OPTIONS=%s", asan) < 300)
        env[0] = options;
    if (place(control, spawn) < 0 || sigprocmask(SIG_SETMASK, &none, NULL) < 0)
        _exit(127);
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    execve(path, argv, env);
    _exit(127);
}

int
spawn_worker(const struct spawn *spawn, struct str packet, pid_t *ret_pid, int *ret_fd,
             struct err *err)
{
    char path[4096], cpu[24], memory[24];
    int pair[2];
    int n = snprintf(path, sizeof path, "%s/%s", spawn->program_dir, spawn->program);
    snprintf(cpu, sizeof cpu, "%" PRIu64, spawn->cpu_seconds);
    snprintf(memory, sizeof memory, "%" PRIu64, spawn->memory_bytes);
    if (n < 0 || (size_t)n >= sizeof path || access(path, X_OK) < 0)
        return ERR_ERRNO(err, "disarm.start", "%s", spawn->program);
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0)
        return ERR_ERRNO(err, "disarm.start", "socketpair");
    fcntl(pair[1], F_SETFL, 0); /* the worker waits for its job */
    char *argv[] = {path, cpu, memory, NULL};
    pid_t pid = fork();
    if (pid == 0)
        child(spawn, path, argv, pair[1]);
    close(pair[1]);
    if (pid < 0) {
        close(pair[0]);
        return ERR_ERRNO(err, "disarm.start", "fork");
    }
    /* A worker that is dead already shows itself as an end without an answer. */
    if (send(pair[0], packet.p, packet.n, MSG_NOSIGNAL) != (ssize_t)packet.n && errno != EPIPE) {
        (void)ERR_ERRNO(err, "disarm.start", "send");
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
        close(pair[0]);
        return -1;
    }
    *ret_pid = pid;
    *ret_fd = pair[0];
    return 0;
}
