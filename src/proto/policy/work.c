/*
 * work: see work.h. Runs in policyd and in the command line.
 */
#include "proto/policy/work.h"

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

struct policy_work {
    pid_t pid; /* 0: ended and reaped */
    int pidfd, answer;
};

/* The descriptors must not be 3 and 4 by chance before they are moved there. */
static int
high_fd(int fd)
{
    return fcntl(fd, F_DUPFD_CLOEXEC, FD_HIGH);
}

/* The worker's own copy of NAME: an argument must not be changed. */
static int
spawn(const char *path, const struct policy_task *task, const int fds[2], pid_t *ret_pid)
{
    char program[] = "policy-worker", format[40], name[1025], *empty[] = {NULL};
    (void)snprintf(format, sizeof format, "%s", task->format);
    (void)snprintf(name, sizeof name, "%s", task->name);
    char *words[] = {program, format, name, NULL};
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
    int failed = posix_spawn(ret_pid, path, &actions, &attributes, words, empty);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return failed;
}

static int
work_begin(struct policy_work *work, const struct policy_task *task, struct err *err)
{
    char path[PATH_MAX];
    if (snprintf(path, sizeof path, "%s/policy-worker", task->program_dir) >= (int)sizeof path)
        return ERR(err, "policy.worker", "path");
    work->answer = file_memory("policy", err);
    if (work->answer < 0)
        return -1;
    int fds[2] = {high_fd(task->input), high_fd(work->answer)};
    int failed = fds[0] < 0 || fds[1] < 0 ? errno : spawn(path, task, fds, &work->pid);
    file_close(&fds[0]);
    file_close(&fds[1]);
    if (failed != 0) {
        work->pid = 0;
        return ERR(err, "policy.worker", "%s", strerror(failed));
    }
    work->pidfd = (int)syscall(SYS_pidfd_open, work->pid, 0);
    return work->pidfd >= 0 ? 0 : ERR(err, "policy.worker", "%s", strerror(errno));
}

int
policy_work_start(const struct policy_task *task, struct policy_work **ret, struct err *err)
{
    struct policy_work *work = calloc(1, sizeof *work);
    ensure(work != NULL);
    work->pidfd = work->answer = -1;
    if (work_begin(work, task, err) < 0) {
        policy_work_free(work);
        return -1;
    }
    *ret = work;
    return 0;
}

int
policy_work_fd(const struct policy_work *work)
{
    return work->pidfd;
}

static int
reap(struct policy_work *work)
{
    int status = 0;
    while (waitpid(work->pid, &status, 0) < 0 && errno == EINTR)
        continue;
    work->pid = 0;
    return status;
}

int
policy_work_end(struct policy_work *work, int *ret_answer, struct err *err)
{
    int status = reap(work);
    if (!WIFEXITED(status))
        return ERR(err, "policy.worker", "signal %d", WTERMSIG(status));
    if (WEXITSTATUS(status) >= EXIT_FAILED)
        return ERR(err, "policy.worker", "exit %d", WEXITSTATUS(status));
    if (file_seal(work->answer, err) < 0)
        return -1;
    *ret_answer = work->answer;
    return WEXITSTATUS(status);
}

void
policy_work_free(struct policy_work *work)
{
    if (work == NULL)
        return;
    if (work->pid != 0) {
        (void)kill(work->pid, SIGKILL);
        (void)reap(work);
    }
    file_close(&work->pidfd);
    file_close(&work->answer);
    free(work);
}

static int
answer_read(int fd, struct buf *answer, struct err *err)
{
    int64_t size = file_sealed_size(fd, POLICY_WORK_BYTES, err);
    if (size < 0)
        return -1;
    void *p = buf_reserve(answer, (size_t)size + 1);
    if (p == NULL)
        return buf_done(answer, err);
    if (file_pread(fd, p, (size_t)size, 0, err) < 0)
        return -1;
    answer->n += (size_t)size;
    return 0;
}

int
policy_work_wait(const struct policy_task *task, struct buf *answer, struct err *err)
{
    struct policy_work *work;
    if (policy_work_start(task, &work, err) < 0)
        return -1;
    struct pollfd poll_fd = {.fd = work->pidfd, .events = POLLIN};
    int ready, fd, code = -1;
    do
        ready = poll(&poll_fd, 1, POLICY_WORK_MS);
    while (ready < 0 && errno == EINTR);
    if (ready <= 0)
        (void)ERR(err, "policy.slow", "%d", POLICY_WORK_MS / 1000);
    else
        code = policy_work_end(work, &fd, err);
    if (code >= 0 && answer_read(fd, answer, err) < 0)
        code = -1;
    policy_work_free(work);
    return code;
}
