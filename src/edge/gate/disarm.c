/*
 * disarm: the job "disarm": decrypts the original into a sealed memory file, hands it to the
 * workers, and writes what comes back as a new object of the same side. Runs in gated; no byte of
 * the file is parsed here. A file above the limit is blocked without being decrypted. The plain
 * bytes are never on a disk.
 */
#include "edge/gate/cleaner.h"
#include "edge/gate/copy.h"
#include "edge/gate/job.h"
#include "edge/gate/record.h"

#include "base/crypt/encode.h"
#include "base/mem/ensure.h"
#include "base/os/file.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DISARM_BYTES (UINT64_C(100) << 20)

struct disarm {
    struct spool_ref from, to;
    struct copy in, out;
    int plain; /* the decrypted input */
    struct cleaner *cleaner;
    int output, report; /* kept from the workers' answer, -1: none */
    json_t *result;     /* grows until it is reported */
    char report_sha256[65];
};

static void
disarm_cancel(struct job *job)
{
    struct disarm *disarm = job->work;
    job->work = NULL;
    if (disarm == NULL)
        return;
    cleaner_cancel(disarm->cleaner);
    spool_reader_close(disarm->in.reader);
    spool_writer_close(disarm->out.writer);
    file_close(&disarm->plain);
    file_close(&disarm->output);
    file_close(&disarm->report);
    json_decref(disarm->result);
    free(disarm);
}

static void
disarm_failed(struct job *job, const struct err *err, bool retry)
{
    struct err copy = *err;
    disarm_cancel(job);
    job_failed(job, &copy, retry);
}

static const char *
profile_of(const struct job *job)
{
    const char *profile = job_text(job, "profile");
    return profile[0] == '\0' ? "standard" : profile;
}

/* Writes the leaf and reports; the work is over. */
static void
disarm_report(struct job *job)
{
    struct disarm *disarm = job->work;
    struct leaf_commit commit;
    struct err err;
    char nonce[HEX_CHARS(LEAF_NONCE_BYTES) + 1];
    const char *out = json_string_value(json_object_get(disarm->result, "sha256"));
    const char *product = json_string_value(json_object_get(disarm->result, "object"));
    const char *transfer = job_text(job, "transfer");
    char *reasons = json_dumps(json_object_get(disarm->result, "reasons"), JSON_COMPACT);
    ensure(reasons != NULL);
    leaf_commit_make(&commit, job_text(job, "sha256"), out, disarm->report_sha256);
    const struct leaf_field fields[] = {
        {.key = "commit", .text = commit.hex},
        {.key = "item", .text = job->item},
        {.key = "job", .number = job->id},
        {.key = "object", .text = disarm->from.object},
        {.key = product == NULL ? NULL : "product", .text = product},
        {.key = "profile", .text = profile_of(job)},
        {.key = "reasons", .text = reasons, .list = true},
        {.key = "removed",
         .number = (uint64_t)json_integer_value(json_object_get(disarm->result, "removed"))},
        {.key = transfer[0] == '\0' ? NULL : "transfer", .text = transfer},
        {.key = "verdict", .text = json_string_value(json_object_get(disarm->result, "verdict"))},
    };
    int rc = leaf_put(job->gate, "transfer.disarm", fields, 10, NULL, NULL, &err);
    free(reasons);
    if (rc != 0) {
        disarm_failed(job, &err, true); /* its object goes when the job comes again */
        return;
    }
    hex_encode(commit.nonce, LEAF_NONCE_BYTES, nonce);
    json_object_set_new(disarm->result, "nonce", json_string(nonce));
    json_object_set_new(disarm->result, "content", json_string(commit.content));
    json_t *result = json_incref(disarm->result);
    int report = disarm->report;
    disarm->report = -1;
    disarm_cancel(job);
    job_done(job, result, report);
}

/* Journals the clean object, then gives it its name. */
static int
clean_name(struct job *job, struct err *err)
{
    struct disarm *disarm = job->work;
    struct record record = {.kind = RECORD_CLEAN, .ref = disarm->to, .job = job->id};
    snprintf(record.id, sizeof record.id, "%s", disarm->to.object);
    snprintf(record.item, sizeof record.item, "%s", job->item);
    struct record *written = record_write(job->gate, &record, err);
    if (written == NULL)
        return -1;
    if (spool_writer_finish(disarm->out.writer, err) == 0)
        return 0;
    record_drop(job->gate, written);
    return -1;
}

/* What a former attempt at this job left, whose report cored never took. */
static int
former_destroy(struct job *job, struct err *err)
{
    struct record *former;
    while ((former = record_of_job(job->gate, RECORD_CLEAN, job->id, job->item)) != NULL) {
        if (spool_destroy(job->gate->spool, &former->ref, err) != 0)
            return -1;
        record_drop(job->gate, former);
    }
    return 0;
}

static void
output_turn(struct job *job)
{
    struct disarm *disarm = job->work;
    struct spool_receipt receipt;
    struct err err;
    char hex[HEX_CHARS(SHA256_BYTES) + 1];
    int rc = copy_turn(&disarm->out, &err);
    if (rc == 1) {
        job_again(job, output_turn, 0);
        return;
    }
    if (rc == 0)
        rc = spool_writer_seal(disarm->out.writer, &receipt, &err);
    if (rc == 0)
        rc = clean_name(job, &err);
    if (rc != 0) {
        disarm_failed(job, &err, true);
        return;
    }
    hex_encode(receipt.sha256, SHA256_BYTES, hex);
    json_object_set_new(disarm->result, "sha256", json_string(hex));
    json_object_set_new(disarm->result, "size", json_integer((json_int_t)receipt.size));
    json_object_set_new(disarm->result, "object", json_string(disarm->to.object));
    json_object_set_new(disarm->result, "key", json_string(receipt.key));
    disarm_report(job);
}

/* Begins to write the clean bytes of OUTPUT as a new object. */
static int
output_open(struct job *job, const struct cleaner_result *result, struct err *err)
{
    struct disarm *disarm = job->work;
    disarm->output = fcntl(result->output, F_DUPFD_CLOEXEC, 3);
    if (disarm->output < 0)
        return ERR_ERRNO(err, "file.memory", "output");
    if (spool_ref_new(&disarm->to, str_of(disarm->from.side), err) != 0)
        return -1;
    disarm->out = (struct copy){.from = disarm->output, .size = result->output_n};
    return spool_writer_new(job->gate->spool, &disarm->to, result->output_n, &disarm->out.writer,
                            err);
}

static json_t *
reasons_of(const struct cleaner_result *result)
{
    json_t *reasons = json_array();
    for (size_t i = 0; i < result->reason_count; i++)
        json_array_append_new(reasons, json_stringn(result->reasons[i].p, result->reasons[i].n));
    return reasons;
}

/* Keeps the report as a sealed memory file for cored, and its digest. */
static int
report_keep(struct disarm *disarm, struct str report, struct err *err)
{
    uint8_t digest[SHA256_BYTES];
    sha256_of(report.p, report.n, digest);
    hex_encode(digest, sizeof digest, disarm->report_sha256);
    disarm->report = file_sealed("report", report, err);
    return disarm->report < 0 ? -1 : 0;
}

static void
cleaned(void *arg, const struct cleaner_result *result, const struct err *failure)
{
    struct job *job = arg;
    struct disarm *disarm = job->work;
    struct err err;
    disarm->cleaner = NULL;
    if (result == NULL) {
        disarm_failed(job, failure, true);
        return;
    }
    if (report_keep(disarm, result->report, &err) != 0) {
        disarm_failed(job, &err, true);
        return;
    }
    disarm->result = json_pack(
        "{s:s, s:o, s:s%, s:s%, s:I, s:s}", "verdict", result->verdict, "reasons",
        reasons_of(result), "name", result->name.p == NULL ? "" : result->name.p, result->name.n,
        "kind", result->kind.p == NULL ? "" : result->kind.p, result->kind.n, "removed",
        (json_int_t)result->removed, "report_sha256", disarm->report_sha256);
    if (disarm->result == NULL) {
        ERR(&err, "gate.job", "verdict");
        disarm_failed(job, &err, false);
    } else if (result->output < 0 || result->output_n == 0) {
        disarm_report(job);
    } else if (output_open(job, result, &err) != 0) {
        disarm_failed(job, &err, true);
    } else {
        job_again(job, output_turn, 0);
    }
}

/* The input is whole: checks that it is what was received, and starts the workers. */
static int
workers_start(struct job *job, struct err *err)
{
    struct disarm *disarm = job->work;
    uint8_t digest[SHA256_BYTES];
    char hex[HEX_CHARS(SHA256_BYTES) + 1];
    spool_reader_sha256(disarm->in.reader, digest);
    hex_encode(digest, sizeof digest, hex);
    if (strcmp(hex, job_text(job, "sha256")) != 0)
        return ERR(err, "gate.damaged", "%s: digest", job->item);
    if (file_seal(disarm->plain, err) != 0)
        return -1;
    struct cleaner_job work = {.program_dir = job->gate->config.program_dir,
                               .input = disarm->plain,
                               .name = str_of(job_text(job, "name")),
                               .profile = profile_of(job)};
    disarm->cleaner = cleaner_start(job->gate->config.loop, &work, cleaned, job);
    return 0;
}

static void
input_turn(struct job *job)
{
    struct disarm *disarm = job->work;
    struct err err;
    int rc = copy_turn(&disarm->in, &err);
    if (rc == 1) {
        job_again(job, input_turn, 0);
        return;
    }
    if (rc == 0)
        rc = workers_start(job, &err);
    if (rc != 0)
        disarm_failed(job, &err, !err_is(&err, "gate.damaged"));
}

/* Blocks without looking at the file. */
static void
too_large(struct job *job)
{
    struct disarm *disarm = job->work;
    struct err err;
    if (report_keep(disarm, STR("{\"verdict\":\"blocked\",\"reasons\":[\"limit.size\"]}"), &err) !=
        0) {
        disarm_failed(job, &err, true);
        return;
    }
    disarm->result = json_pack("{s:s, s:[s], s:s, s:s, s:i, s:s}", "verdict", "blocked", "reasons",
                               "limit.size", "name", job_text(job, "name"), "kind", "", "removed",
                               0, "report_sha256", disarm->report_sha256);
    ensure(disarm->result != NULL);
    disarm_report(job);
}

static int
input_open(struct job *job, struct err *err)
{
    struct disarm *disarm = job->work;
    if (spool_reader_open(job->gate->spool, &disarm->from, str_of(job_text(job, "key")),
                          &disarm->in.reader, err) != 0)
        return -1;
    disarm->in.size = spool_reader_size(disarm->in.reader);
    disarm->plain = file_memory("input", err);
    disarm->in.to = disarm->plain;
    return disarm->plain < 0 ? -1 : 0;
}

static void
disarm_start(struct job *job)
{
    struct disarm *disarm = calloc(1, sizeof *disarm);
    struct err err;
    ensure(disarm != NULL);
    disarm->plain = disarm->output = disarm->report = -1;
    job->work = disarm;
    if (job_ref(job, "side", "object", &disarm->from, &err) != 0)
        disarm_failed(job, &err, false);
    else if (former_destroy(job, &err) != 0)
        disarm_failed(job, &err, true);
    else if (job_number(job, "size") > DISARM_BYTES)
        too_large(job);
    else if (input_open(job, &err) != 0)
        disarm_failed(job, &err, !err_is(&err, "gate.damaged"));
    else
        job_again(job, input_turn, 0);
}

const struct job_kind job_disarm = {"disarm", disarm_start, disarm_cancel};
