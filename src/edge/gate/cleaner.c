/*
 * cleaner: see cleaner.h. Runs in gated. The disarming workers are not part of this build: every file is
 * blocked with reason worker.missing, so nothing passes that was not rebuilt.
 */
#include "edge/gate/cleaner.h"

#include "base/mem/ensure.h"

#include <stdlib.h>

struct cleaner {
    struct loop_timer *timer;
    cleaner_done *done;
    void *arg;
};

void
cleaner_cancel(struct cleaner *cleaner)
{
    if (cleaner == NULL)
        return;
    loop_timer_free(cleaner->timer);
    free(cleaner);
}

static void
block(void *arg)
{
    struct cleaner *cleaner = arg;
    struct cleaner_result result = {.verdict = "blocked",
                                    .reasons = {STR("worker.missing")},
                                    .reason_count = 1,
                                    .output = -1,
                                    .report = STR("{\"verdict\":\"blocked\","
                                                  "\"reasons\":[\"worker.missing\"]}")};
    cleaner->done(cleaner->arg, &result, NULL);
    cleaner_cancel(cleaner);
}

struct cleaner *
cleaner_start(struct loop *loop, const struct cleaner_job *job, cleaner_done *done, void *arg)
{
    struct cleaner *cleaner = calloc(1, sizeof *cleaner);
    ensure(cleaner != NULL);
    (void)job;
    cleaner->done = done;
    cleaner->arg = arg;
    cleaner->timer = loop_timer_new(loop, block, cleaner);
    loop_timer_start(cleaner->timer, 0);
    return cleaner;
}
