/*
 * worker: see worker.h. Runs in policyd and in the command line.
 */
#include "base/worker/worker.h"

#include "base/mem/ensure.h"
#include "base/os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FD_IN = 3, FD_OUT = 4, FD_HIGH = 10, EXIT_FAILED = 3 };

struct worker {
    pid_t pid; /* 0: ended and reaped */
    int pidfd, output;
    const char *failed;
};

/* The descriptors must not be 3 and 4 by chance before they are moved there. */
static int
high_fd(int fd)
{
    return fcntl(fd, F_DUPFD_CLOEXEC, FD_HIGH);
}

static int
spawn(const char *path, char *const *argv, const int fds[2], pid_t *ret_pid)
{
    char *empty[] = {NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none;
    (void)sigemptyset(&none);
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    posix_spawn_file_actions_adddup2(&actions, fds[0], FD_IN);
    posix_spawn_file_actions_adddup2(&actions, fds[1], FD_OUT);
    int failed = posix_spawn(ret_pid, path, &actions, &attributes, argv, empty);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return failed;
}

static int
begin(struct worker *worker, const struct worker_task *task, struct err *err)
{
    char path[PATH_MAX];
    if (snprintf(path, sizeof path, "%s/%s", task->program_dir, task->argv[0]) >= (int)sizeof path)
        return ERR(err, task->failed, "path");
    worker->output = file_memory(task->argv[0], err);
    if (worker->output < 0)
        return -1;
    int fds[2] = {high_fd(task->input), high_fd(worker->output)};
    int failed = fds[0] < 0 || fds[1] < 0 ? errno : spawn(path, task->argv, fds, &worker->pid);
    file_close(&fds[0]);
    file_close(&fds[1]);
    if (failed != 0) {
        worker->pid = 0;
        return ERR(err, task->failed, "%s", strerror(failed));
    }
    worker->pidfd = (int)syscall(SYS_pidfd_open, worker->pid, 0);
    return worker->pidfd >= 0 ? 0 : ERR(err, task->failed, "%s", strerror(errno));
}

int
worker_start(const struct worker_task *task, struct worker **ret, struct err *err)
{
    struct worker *worker = calloc(1, sizeof *worker);
    ensure(worker != NULL);
    *worker = (struct worker){.pidfd = -1, .output = -1, .failed = task->failed};
    if (begin(worker, task, err) < 0) {
        worker_free(worker);
        return -1;
    }
    *ret = worker;
    return 0;
}

int
worker_fd(const struct worker *worker)
{
    return worker->pidfd;
}

int
worker_output(const struct worker *worker)
{
    return worker->output;
}

static int
reap(struct worker *worker)
{
    int status = 0;
    while (waitpid(worker->pid, &status, 0) < 0 && errno == EINTR)
        continue;
    worker->pid = 0;
    return status;
}

int
worker_end(struct worker *worker, struct err *err)
{
    int status = reap(worker);
    if (!WIFEXITED(status))
        return ERR(err, worker->failed, "signal %d", WTERMSIG(status));
    if (WEXITSTATUS(status) >= EXIT_FAILED)
        return ERR(err, worker->failed, "exit %d", WEXITSTATUS(status));
    return file_seal(worker->output, err) < 0 ? -1 : WEXITSTATUS(status);
}

int
worker_wait(struct worker *worker, int ms, const char *slow, struct err *err)
{
    struct pollfd poll_fd = {.fd = worker->pidfd, .events = POLLIN};
    int ready;
    do
        ready = poll(&poll_fd, 1, ms);
    while (ready < 0 && errno == EINTR);
    return ready <= 0 ? ERR(err, slow, "%d", ms / 1000) : worker_end(worker, err);
}

void
worker_free(struct worker *worker)
{
    if (worker == NULL)
        return;
    if (worker->pid != 0) {
        (void)kill(worker->pid, SIGKILL);
        (void)reap(worker);
    }
    file_close(&worker->pidfd);
    file_close(&worker->output);
    free(worker);
}

bool
worker_own_dir(char *path, size_t size)
{
    ssize_t n = readlink("/proc/self/exe", path, size - 1);
    if (n <= 0 || (size_t)n == size - 1)
        return false;
    path[n] = 0;
    char *slash = strrchr(path, '/');
    if (slash == NULL)
        return false;
    *slash = 0;
    return true;
}
