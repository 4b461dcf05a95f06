/*
 * deposit, destroy: the jobs that bring a released clean object to the other side, and that end an
 * object's life. Runs in gated.
 *
 * deposit: the clean object of the from-side is read again, its digest must be the one the release
 * names, and it is written anew with its own key on the to-side. The journal entry comes before the
 * leaf and the leaf before the report, so a job that comes back after a crash finds its object and
 * never makes a second deposit.
 */
#include "edge/gate/copy.h"
#include "edge/gate/job.h"
#include "edge/gate/record.h"

#include "base/crypt/encode.h"
#include "base/mem/ensure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct deposit {
    struct spool_ref from, to;
    struct copy copy;
};

static void
deposit_cancel(struct job *job)
{
    struct deposit *deposit = job->work;
    job->work = NULL;
    if (deposit == NULL)
        return;
    record_forget(job->gate, job);
    spool_reader_close(deposit->copy.reader);
    spool_writer_close(deposit->copy.writer);
    free(deposit);
}

static void
deposit_failed(struct job *job, const struct err *err, bool retry)
{
    struct err copy = *err;
    deposit_cancel(job);
    job_failed(job, &copy, retry);
}

static void
deposit_logged(void *arg, const struct record *record)
{
    struct job *job = arg;
    char nonce[HEX_CHARS(LEAF_NONCE_BYTES) + 1];
    hex_encode(record->commit.nonce, LEAF_NONCE_BYTES, nonce);
    json_t *result =
        json_pack("{s:s, s:s, s:s, s:I, s:I, s:s, s:s}", "object", record->ref.object, "key",
                  record->key, "sha256", record->sha256, "size", (json_int_t)record->size, "index",
                  (json_int_t)record->index, "nonce", nonce, "content", record->commit.content);
    deposit_cancel(job);
    job_done(job, result, -1);
}

static void
record_fill(const struct job *job, const struct spool_receipt *receipt, struct record *ret)
{
    const struct deposit *deposit = job->work;
    *ret = (struct record){.kind = RECORD_DEPOSIT, .ref = deposit->to, .size = receipt->size};
    snprintf(ret->id, sizeof ret->id, "%s", deposit->to.object);
    snprintf(ret->item, sizeof ret->item, "%s", job->item);
    snprintf(ret->key, sizeof ret->key, "%s", receipt->key);
    snprintf(ret->from_side, sizeof ret->from_side, "%s", deposit->from.side);
    snprintf(ret->from_object, sizeof ret->from_object, "%s", deposit->from.object);
    gate_text(str_of(job_text(job, "transfer")), ret->transfer, sizeof ret->transfer);
    hex_encode(receipt->sha256, SHA256_BYTES, ret->sha256);
    ret->job = job->id;
    ret->release = job_number(job, "release");
    leaf_commit_make(&ret->commit, NULL, ret->sha256, NULL);
}

/* All bytes are copied: journal, name, leaf, and then the report. */
static void
deposit_finish(struct job *job)
{
    struct deposit *deposit = job->work;
    struct spool_receipt receipt;
    struct record record;
    struct err err;
    if (spool_writer_seal(deposit->copy.writer, &receipt, &err) != 0) {
        deposit_failed(job, &err, true);
        return;
    }
    record_fill(job, &receipt, &record);
    if (strcmp(record.sha256, job_text(job, "sha256")) != 0) {
        ERR(&err, "gate.damaged", "%s: digest", job->item);
        deposit_failed(job, &err, false);
        return;
    }
    struct record *written = record_write(job->gate, &record, &err);
    if (written == NULL || spool_writer_finish(deposit->copy.writer, &err) != 0) {
        if (written != NULL)
            record_drop(job->gate, written);
        deposit_failed(job, &err, true);
        return;
    }
    record_start(written, deposit_logged, job);
}

static void
deposit_turn(struct job *job)
{
    struct deposit *deposit = job->work;
    struct err err;
    int rc = copy_turn(&deposit->copy, &err);
    if (rc == 1)
        job_again(job, deposit_turn, 0);
    else if (rc < 0)
        deposit_failed(job, &err, !err_is(&err, "gate.damaged"));
    else
        deposit_finish(job);
}

static int
deposit_open(struct job *job, struct err *err)
{
    struct deposit *deposit = job->work;
    struct spool *spool = job->gate->spool;
    if (job_ref(job, "side", "object", &deposit->from, err) != 0 ||
        spool_ref_new(&deposit->to, str_of(job_text(job, "to_side")), err) != 0 ||
        spool_reader_open(spool, &deposit->from, str_of(job_text(job, "key")),
                          &deposit->copy.reader, err) != 0)
        return -1;
    deposit->copy.size = spool_reader_size(deposit->copy.reader);
    return spool_writer_new(spool, &deposit->to, deposit->copy.size, &deposit->copy.writer, err);
}

static void
deposit_start(struct job *job)
{
    struct deposit *deposit = calloc(1, sizeof *deposit);
    struct err err;
    ensure(deposit != NULL);
    job->work = deposit;
    struct record *before = record_of_job(job->gate, RECORD_DEPOSIT, job->id, job->item);
    if (before != NULL && strcmp(before->sha256, job_text(job, "sha256")) == 0)
        record_wait(before, deposit_logged, job); /* done before a crash */
    else if (deposit_open(job, &err) != 0)
        deposit_failed(job, &err, err_is(&err, "file.full"));
    else
        job_again(job, deposit_turn, 0);
}

const struct job_kind job_deposit = {"deposit", deposit_start, deposit_cancel};

static int
object_destroy(struct job *job, const struct spool_ref *ref, struct err *err)
{
    struct gate *gate = job->gate;
    bool there = spool_has(gate->spool, ref) || spool_has_part(gate->spool, ref);
    const char *reason = job_text(job, "reason");
    const char *transfer = job_text(job, "transfer");
    const struct leaf_field fields[] = {
        {.key = "item", .text = job->item},
        {.key = "job", .number = job->id},
        {.key = "object", .text = ref->object},
        {.key = "reason", .text = reason[0] == '\0' ? "retention" : reason},
        {.key = "side", .text = ref->side},
        {.key = transfer[0] == '\0' ? NULL : "transfer", .text = transfer},
    };
    if (spool_destroy(gate->spool, ref, err) != 0)
        return -1;
    static const enum record_kind kinds[] = {RECORD_DEPOSIT, RECORD_CLEAN};
    for (size_t i = 0; i < 2; i++) {
        struct record *record = record_of_object(gate, kinds[i], ref->object);
        if (record != NULL)
            record_drop(gate, record);
    }
    return there ? leaf_put(gate, "transfer.destroy", fields, 6, NULL, NULL, err) : 0;
}

static void
destroy_start(struct job *job)
{
    struct spool_ref ref;
    struct err err;
    if (job_ref(job, "side", "object", &ref, &err) != 0)
        job_failed(job, &err, false);
    else if (object_destroy(job, &ref, &err) != 0)
        job_failed(job, &err, true);
    else
        job_done(job, json_object(), -1);
}

static void
destroy_cancel(struct job *job)
{
    (void)job; /* done in one go */
}

const struct job_kind job_destroy = {"destroy", destroy_start, destroy_cancel};
