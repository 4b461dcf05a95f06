/*
 * work: see work.h. Runs in cored and in the command line.
 */
#include "proto/sheet/work.h"

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

enum { FD_IN = 3, FD_OUT = 4, FD_HIGH = 10, EXIT_FAILED = 3, FIXED = 5 };

struct sheet_work {
    pid_t pid; /* 0: ended and reaped */
    int pidfd, records;
};

/* The descriptors must not be 3 and 4 by chance before they are moved there. */
static int
high_fd(int fd)
{
    return fcntl(fd, F_DUPFD_CLOEXEC, FD_HIGH);
}

static const char *
word(const char *given, const char *otherwise)
{
    return given == NULL ? otherwise : given;
}

static int
spawn(const char *path, const struct sheet_task *task, const int fds[2], pid_t *ret_pid)
{
    /* posix_spawn's words are char * for old reasons; they are not changed. */
    const char *fixed[FIXED] = {"sheet-worker", task->name, word(task->encoding, "auto"),
                                word(task->separator, "auto"), word(task->sheet, "")};
    char *words[FIXED + SHEET_WORK_TITLES + 1], *empty[] = {NULL};
    memcpy(words, fixed, sizeof fixed);
    for (size_t i = 0; i < task->title_count; i++)
        words[FIXED + i] = task->titles[i];
    words[FIXED + task->title_count] = NULL;
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
work_begin(struct sheet_work *work, const struct sheet_task *task, struct err *err)
{
    char path[PATH_MAX];
    if (task->title_count > SHEET_WORK_TITLES ||
        snprintf(path, sizeof path, "%s/sheet-worker", task->program_dir) >= (int)sizeof path)
        return ERR(err, "sheet.worker", "path");
    work->records = file_memory("sheet", err);
    if (work->records < 0)
        return -1;
    int fds[2] = {high_fd(task->input), high_fd(work->records)};
    int failed = fds[0] < 0 || fds[1] < 0 ? errno : spawn(path, task, fds, &work->pid);
    file_close(&fds[0]);
    file_close(&fds[1]);
    if (failed != 0) {
        work->pid = 0;
        return ERR(err, "sheet.worker", "%s", strerror(failed));
    }
    work->pidfd = (int)syscall(SYS_pidfd_open, work->pid, 0);
    return work->pidfd >= 0 ? 0 : ERR(err, "sheet.worker", "%s", strerror(errno));
}

int
sheet_work_start(const struct sheet_task *task, struct sheet_work **ret, struct err *err)
{
    struct sheet_work *work = calloc(1, sizeof *work);
    ensure(work != NULL);
    work->pidfd = work->records = -1;
    if (work_begin(work, task, err) < 0) {
        sheet_work_free(work);
        return -1;
    }
    *ret = work;
    return 0;
}

int
sheet_work_fd(const struct sheet_work *work)
{
    return work->pidfd;
}

int
sheet_work_records(const struct sheet_work *work)
{
    return work->records;
}

static int
reap(struct sheet_work *work)
{
    int status = 0;
    while (waitpid(work->pid, &status, 0) < 0 && errno == EINTR)
        continue;
    work->pid = 0;
    return status;
}

int
sheet_work_end(struct sheet_work *work, struct err *err)
{
    int status = reap(work);
    if (!WIFEXITED(status))
        return ERR(err, "sheet.worker", "signal %d", WTERMSIG(status));
    if (WEXITSTATUS(status) >= EXIT_FAILED)
        return ERR(err, "sheet.worker", "exit %d", WEXITSTATUS(status));
    return file_seal(work->records, err) < 0 ? -1 : WEXITSTATUS(status);
}

void
sheet_work_free(struct sheet_work *work)
{
    if (work == NULL)
        return;
    if (work->pid != 0) {
        (void)kill(work->pid, SIGKILL);
        (void)reap(work);
    }
    file_close(&work->pidfd);
    file_close(&work->records);
    free(work);
}

int
sheet_work_wait(struct sheet_work *work, struct err *err)
{
    struct pollfd poll_fd = {.fd = work->pidfd, .events = POLLIN};
    int ready;
    do
        ready = poll(&poll_fd, 1, SHEET_WORK_MS);
    while (ready < 0 && errno == EINTR);
    if (ready <= 0)
        return ERR(err, "sheet.slow", "%d", SHEET_WORK_MS / 1000);
    return sheet_work_end(work, err);
}
