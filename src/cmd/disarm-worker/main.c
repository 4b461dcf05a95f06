/*
 * disarm-worker: disarms one file and ends. Started by gated or `sekisho disarm` with its
 * descriptors at fixed places (proto/disarm/wire.h): control 3, input 4, output 5, report 6. It
 * holds nothing else, sees an empty root and no network, and may call about twenty system calls.
 */
#include "format/disarm/disarm.h"
#include "proto/disarm/worker.h"

#include <unistd.h>

static uint64_t
removed(const struct disarm_report *report)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < report->finding_count; i++)
        if (report->findings[i].action[0] != 'k')
            sum += report->findings[i].count;
    for (size_t i = 0; i < report->child_count; i++)
        sum += removed(report->children[i]);
    return sum;
}

static void
answer(struct worker *worker, const struct disarm_report *report, struct str json)
{
    struct wire_done done = {
        .verdict = report->verdict == VERDICT_REBUILT ? WIRE_REBUILT : WIRE_BLOCKED,
        .report_bytes = json.n,
        .removed = removed(report),
        .inflated = report->inflated,
        .kind = str_of(report->input.kind),
        .layers = worker->layers,
    };
    if (report->reason_count > 0)
        done.reason = str_of(reason_word(report->reasons[0].reason));
    worker_write(WIRE_REPORT, json);
    if (done.verdict == WIRE_REBUILT) {
        worker_write(WIRE_OUTPUT, buf_str(&report->bytes));
        done.output_bytes = report->bytes.n;
        done.sha256 = str_of(report->output.sha256);
        done.name = report->output.name;
        done.kind = str_of(report->output.kind);
    }
    worker_done(&done);
}

int
main(int argc, char **argv)
{
    static struct worker worker;
    struct disarm_profile profile;
    struct disarm_report *report;
    struct buf json;
    worker_begin(&worker, "disarm-worker", argc, argv);
    if (disarm_profile_parse(worker.job.profile, &profile, NULL) < 0)
        return 3;
    struct disarm_request request = {worker.input, worker.job.name, worker.job.type};
    disarm_run(arena_new(256 << 20), &request, &profile, &report);
    buf_init(&json, 1 << 20);
    disarm_report_put(&json, report, &profile);
    if (json.over) /* too many members: the verdict stands, their reports go */
        for (report->child_count = 0, report->finding_count /= 8; json.over;
             report->finding_count /= 8) {
            buf_clear(&json);
            disarm_report_put(&json, report, &profile);
        }
    answer(&worker, report, buf_str(&json));
}
