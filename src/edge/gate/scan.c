/*
 * scan: the job "scan": streams an object to clamd and says what exactly came back. Runs in gated.
 * Anything but an exact OK or FOUND is not a result: the job keeps its lease and tries again after
 * 2, 4 … 60 s, and the scanner counts as down until its probe is right. Nothing is ever skipped.
 */
#include "edge/gate/job.h"
#include "edge/gate/scanner.h"

#include "base/crypt/encode.h"
#include "base/mem/ensure.h"
#include "edge/gate/spool/reader.h"

#include <stdlib.h>
#include <string.h>

enum { AGAIN_MS = 2000, AGAIN_MOST_MS = 60000 };

struct scan {
    struct spool_ref ref;
    struct spool_reader *reader;
    struct clamd *clamd;
    uint64_t again_ms;
    bool read_failed; /* the object, not the scanner, is the trouble */
};

static void scan_try(struct job *job);

static void
scan_cancel(struct job *job)
{
    struct scan *scan = job->work;
    job->work = NULL;
    if (scan == NULL)
        return;
    clamd_cancel(scan->clamd);
    spool_reader_close(scan->reader);
    free(scan);
}

static void
scan_report(struct job *job, const char *result, const char *name)
{
    struct gate *gate = job->gate;
    struct scan *scan = job->work;
    struct err err;
    const char *engine = scanner_engine(gate->scanner);
    const char *signatures = scanner_signatures(gate->scanner);
    const char *transfer = job_text(job, "transfer");
    const struct leaf_field fields[] = {
        {.key = "engine", .text = engine},
        {.key = "item", .text = job->item},
        {.key = "job", .number = job->id},
        {.key = "object", .text = scan->ref.object},
        {.key = "result", .text = result},
        {.key = signatures[0] != '\0' ? "signatures" : NULL, .text = signatures},
        {.key = transfer[0] != '\0' ? "transfer" : NULL, .text = transfer},
    };
    int rc = leaf_put(gate, "transfer.scan", fields, 7, NULL, NULL, &err);
    scan_cancel(job);
    if (rc != 0)
        job_failed(job, &err, true);
    else
        job_done(job,
                 json_pack("{s:s, s:s, s:s, s:s}", "result", result, "engine", engine, "signatures",
                           signatures, "name", name),
                 -1);
}

static void
scan_again(struct job *job)
{
    struct scan *scan = job->work;
    spool_reader_close(scan->reader);
    scan->reader = NULL;
    job_again(job, scan_try, scan->again_ms);
    scan->again_ms = scan->again_ms * 2 > AGAIN_MOST_MS ? AGAIN_MOST_MS : scan->again_ms * 2;
    job_set_waiting(job, true);
}

static int
source(void *arg, struct str *ret_part, struct err *err)
{
    struct job *job = arg;
    struct scan *scan = job->work;
    if (spool_reader_next(scan->reader, ret_part, err) == 0)
        return 0;
    scan->read_failed = true;
    return -1;
}

/* True if what was streamed are the bytes that were received. */
static bool
digest_right(struct job *job)
{
    struct scan *scan = job->work;
    uint8_t digest[SHA256_BYTES];
    char hex[HEX_CHARS(SHA256_BYTES) + 1];
    spool_reader_sha256(scan->reader, digest);
    hex_encode(digest, sizeof digest, hex);
    return strcmp(hex, job_text(job, "sha256")) == 0;
}

static void
scan_over(void *arg, struct str answer, const struct err *err)
{
    static const char *const words[] = {"clean", "infected", "limit", "encrypted"};
    struct job *job = arg;
    struct scan *scan = job->work;
    struct clamd_answer read;
    struct err own;
    scan->clamd = NULL;
    clamd_answer_read(answer, &read);
    if (scan->read_failed) {
        own = *err;
        scan_cancel(job);
        job_failed(job, &own, false);
    } else if (err != NULL || read.result == CLAMD_FAILED) {
        job->gate->config.event("gate.scan_failed", "item", job->item, err);
        scanner_doubt(job->gate->scanner);
        scan_again(job);
    } else if (read.result == CLAMD_CLEAN && !digest_right(job)) {
        ERR(&own, "gate.damaged", "%s: digest", job->item);
        scan_cancel(job);
        job_failed(job, &own, false);
    } else {
        scan_report(job, words[read.result], read.name);
    }
}

static void
scan_try(struct job *job)
{
    struct scan *scan = job->work;
    struct gate *gate = job->gate;
    struct err err;
    if (!scanner_is_up(gate->scanner)) {
        scan_again(job);
        return;
    }
    job_set_waiting(job, false);
    if (spool_reader_open(gate->spool, &scan->ref, str_of(job_text(job, "key")), &scan->reader,
                          &err) != 0) {
        scan_cancel(job);
        job_failed(job, &err, false);
        return;
    }
    scan->clamd = clamd_start(gate->config.loop, gate->config.clamd, source, scan_over, job);
}

static void
scan_start(struct job *job)
{
    struct scan *scan = calloc(1, sizeof *scan);
    struct err err;
    ensure(scan != NULL);
    scan->again_ms = AGAIN_MS;
    job->work = scan;
    if (job_ref(job, "side", "object", &scan->ref, &err) != 0) {
        scan_cancel(job);
        job_failed(job, &err, false);
    } else if (scanner_is_none(job->gate->scanner)) {
        scan_report(job, "unscanned", "");
    } else {
        scan_try(job);
    }
}

const struct job_kind job_scan = {"scan", scan_start, scan_cancel};
