/*
 * cleaner: see cleaner.h. Runs in gated; the one place that knows proto/disarm. A task is driven by
 * the loop: its descriptor (another one after each step) and its deadline.
 */
#include "edge/gate/cleaner.h"

#include "base/mem/ensure.h"
#include "base/os/time.h"
#include "proto/disarm/task.h"

#include <stdlib.h>

struct cleaner {
    struct loop *loop;
    struct loop_watch *watch;
    struct loop_timer *timer;
    struct disarm_task *task;
    struct err err; /* why there is no task */
    cleaner_done *done;
    void *arg;
};

void
cleaner_cancel(struct cleaner *cleaner)
{
    if (cleaner == NULL)
        return;
    loop_watch_free(cleaner->watch);
    loop_timer_free(cleaner->timer);
    disarm_task_free(cleaner->task);
    free(cleaner);
}

static void
result_give(struct cleaner *cleaner)
{
    const struct disarm_result *from = disarm_task_result(cleaner->task);
    bool rebuilt = from->verdict == TASK_REBUILT;
    struct cleaner_result result = {.verdict = rebuilt ? "rebuilt" : "blocked",
                                    .reasons = {from->reason},
                                    .reason_count = rebuilt ? 0 : 1,
                                    .name = from->name,
                                    .kind = from->kind,
                                    .removed = from->removed,
                                    .output = rebuilt ? from->output_fd : -1,
                                    .output_n = rebuilt ? from->output_bytes : 0,
                                    .report = from->report};
    cleaner->done(cleaner->arg, &result, NULL);
    cleaner_cancel(cleaner);
}

static void step(struct cleaner *cleaner);

static void
readable(void *arg, int fd, unsigned ready)
{
    (void)fd;
    (void)ready;
    step(arg);
}

static void
timer_fired(void *arg)
{
    struct cleaner *cleaner = arg;
    if (cleaner->task != NULL) {
        step(cleaner);
        return;
    }
    cleaner->done(cleaner->arg, NULL, &cleaner->err);
    cleaner_cancel(cleaner);
}

/* Waits for what the task waits for. */
static void
wait_on(struct cleaner *cleaner)
{
    int64_t left = (int64_t)disarm_task_deadline_ms(cleaner->task) - time_mono_ms();
    loop_watch_free(cleaner->watch);
    cleaner->watch =
        loop_watch_new(cleaner->loop, disarm_task_fd(cleaner->task), LOOP_READ, readable, cleaner);
    loop_timer_start(cleaner->timer, left < 0 ? 0 : (uint64_t)left);
}

static void
step(struct cleaner *cleaner)
{
    struct err err;
    bool done = false;
    /* The descriptor may be closed by the step: nothing may watch it then. */
    loop_watch_free(cleaner->watch);
    cleaner->watch = NULL;
    if (disarm_task_step(cleaner->task, &done, &err) != 0) {
        cleaner->done(cleaner->arg, NULL, &err);
        cleaner_cancel(cleaner);
    } else if (done) {
        result_give(cleaner);
    } else {
        wait_on(cleaner);
    }
}

struct cleaner *
cleaner_start(struct loop *loop, const struct cleaner_job *job, cleaner_done *done, void *arg)
{
    struct cleaner *cleaner = calloc(1, sizeof *cleaner);
    ensure(cleaner != NULL);
    cleaner->loop = loop;
    cleaner->done = done;
    cleaner->arg = arg;
    cleaner->timer = loop_timer_new(loop, timer_fired, cleaner);
    struct disarm_config config = {.program_dir = job->program_dir};
    struct disarm_job task = {.input_fd = job->input, .name = job->name};
    int rc = disarm_profile_builtin(job->profile, &task.profile) != 0
                 ? ERR(&cleaner->err, "disarm.profile", "%s", job->profile)
                 : disarm_task_start(&config, &task, &cleaner->task, &cleaner->err);
    if (rc != 0)
        loop_timer_start(cleaner->timer, 0);
    else
        wait_on(cleaner);
    return cleaner;
}
