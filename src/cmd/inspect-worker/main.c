/*
 * inspect-worker: searches one rebuilt file for what should be gone, and ends. Same place and same
 * sandbox as disarm-worker, other code.
 */
#include "format/inspect/inspect.h"
#include "proto/disarm/worker.h"

int
main(int argc, char **argv)
{
    static struct worker worker;
    static struct inspect_report report;
    struct buf json;
    worker_begin(&worker, "inspect-worker", argc, argv);
    inspect_run(worker.input, worker.job.type, UINT64_C(1) << 30, &report);
    buf_init(&json, 1 << 20);
    inspect_put(&json, &report);
    struct wire_done done = {
        .verdict = report.count == 0 ? WIRE_REBUILT : WIRE_BLOCKED,
        .report_bytes = json.n,
        .removed = report.count,
        .layers = worker.layers,
    };
    worker_write(WIRE_REPORT, buf_str(&json));
    worker_done(&done);
}
