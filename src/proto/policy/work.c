/*
 * work: see work.h. Runs in policyd and in the command line.
 */
#include "proto/policy/work.h"

#include "base/os/file.h"

#include <stdio.h>

int
policy_work_start(const struct policy_task *task, struct worker **ret, struct err *err)
{
    /* The worker's own copies: an argument must not be changed. */
    char program[] = "policy-worker", format[40], name[1025];
    (void)snprintf(format, sizeof format, "%s", task->format);
    (void)snprintf(name, sizeof name, "%s", task->name);
    char *argv[] = {program, format, name, NULL};
    struct worker_task run = {.program_dir = task->program_dir,
                              .argv = argv,
                              .input = task->input,
                              .failed = "policy.worker"};
    return worker_start(&run, ret, err);
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
    struct worker *worker;
    if (policy_work_start(task, &worker, err) < 0)
        return -1;
    int code = worker_wait(worker, POLICY_WORK_MS, "policy.slow", err);
    if (code >= 0 && answer_read(worker_output(worker), answer, err) < 0)
        code = -1;
    worker_free(worker);
    return code;
}
