/*
 * upload: tus uploads of the portals. Runs in gated.
 *
 * A portal asks for an item; cored says (upload.allow) whether that session may write it and which
 * object it is. One writer an item: who comes second gets gate.busy, unless the first was silent for
 * 10 s. What a former process had written is opened and hashed first, a few MiB per turn of the loop,
 * while those who asked wait in line. At the last byte: sync, journal (record.c), rename, report.
 */
#include "edge/gate/record.h"
#include "edge/gate/state.h"

#include "base/crypt/encode.h"
#include "base/crypt/secret.h"
#include "base/mem/ensure.h"
#include "base/os/file.h"
#include "base/os/time.h"
#include "edge/gate/spool/writer.h"
#include "proto/gate/gate.h"
#include "proto/transfer/transfer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    UPLOADS_MOST = 256,
    VERIFY_BYTES = 4 << 20, /* per turn of the loop */
    SILENT_MS = 10000,      /* a writer silent for so long may be replaced */
    DEAD_MS = 120000,       /* and is closed by itself after so long */
    IDLE_MS = 30000,        /* an upload nobody writes stays open for so long */
    SWEEP_MS = 5000,
    ALLOW_MS = 10000
};

enum ask_kind { ASK_OFFSET, ASK_BEGIN, ASK_CANCEL };

/* A question of a portal that cannot be answered at once. */
struct ask {
    struct ask *next;
    struct gate *gate;
    struct ipc_call *call;
    enum ask_kind kind;
    char item[ITEM_CHARS + 1];
    uint64_t offset;
    uint64_t downs; /* gate_downs of its portal when it asked */
};

struct upload {
    struct upload *next;
    struct gate *gate;
    char item[ITEM_CHARS + 1];
    struct spool_ref ref;
    struct spool_writer *writer;
    bool verifying;
    struct loop_timer *timer; /* drives verifying */
    struct ask *asks, **asks_end;
    uint64_t handle;             /* of the one who writes; 0: nobody */
    const struct ipc_edge *edge; /* of that one */
    struct ipc_call *ending;     /* upload.end that waits for cored */
    int64_t used_ms;             /* last sign of life */
};

static void
answer_at(struct ipc_call *call, uint64_t handle, uint64_t offset, uint64_t length)
{
    struct upload_at at = {handle, offset, length};
    ipc_answer(call, &upload_at_message, &at, NULL);
}

static void
fail_code(struct ipc_call *call, const char *code, const char *detail)
{
    struct err err;
    ERR(&err, "gate.busy", "%s", detail);
    err.code = code;
    ipc_fail(call, &err);
}

static void
ask_free(struct ask *ask)
{
    free(ask);
}

static void
upload_free(struct upload *upload)
{
    struct gate *gate = upload->gate;
    for (struct upload **link = &gate->uploads; *link != NULL; link = &(*link)->next)
        if (*link == upload) {
            *link = upload->next;
            break;
        }
    while (upload->asks != NULL) {
        struct ask *ask = upload->asks;
        upload->asks = ask->next;
        fail_code(ask->call, "gate.busy", ask->item);
        ask_free(ask);
    }
    record_forget(gate, upload);
    if (upload->ending != NULL)
        fail_code(upload->ending, "gate.stale", upload->item);
    loop_timer_free(upload->timer);
    spool_writer_close(upload->writer);
    free(upload);
}

/* The upload is unusable: closes it and tells the log. What was synced before stays on the disk. */
static void
upload_break(struct upload *upload, const struct err *err)
{
    upload->gate->config.event("gate.upload_broken", "item", upload->item, err);
    upload_free(upload);
}

static struct upload *
upload_of_object(struct gate *gate, const struct spool_ref *ref)
{
    for (struct upload *u = gate->uploads; u != NULL; u = u->next)
        if (memcmp(&u->ref, ref, sizeof *ref) == 0)
            return u;
    return NULL;
}

static struct upload *
upload_of_handle(struct gate *gate, uint64_t handle, const struct ipc_edge *edge)
{
    for (struct upload *u = gate->uploads; handle != 0 && u != NULL; u = u->next)
        if (u->handle == handle && u->edge == edge)
            return u;
    return NULL;
}

/* --- the end of an upload --- */

static void
received_told(void *arg, const struct record *record)
{
    struct upload *upload = arg;
    struct ipc_call *call = upload->ending;
    upload->ending = NULL;
    if (call != NULL && record->told)
        answer_at(call, 0, record->size, record->size);
    else if (call != NULL)
        fail_code(call, "gate.settling", record->item);
    upload_free(upload);
}

/* All bytes are there: makes the object and its journal entry. CALL is answered when cored knows. */
static void
upload_finish(struct upload *upload, struct ipc_call *call)
{
    struct gate *gate = upload->gate;
    struct spool_receipt receipt;
    struct err err;
    struct record record = {.kind = RECORD_RECEIVED, .ref = upload->ref};
    upload->handle = 0;
    if (spool_writer_seal(upload->writer, &receipt, &err) != 0) {
        ipc_fail(call, &err);
        upload_break(upload, &err);
        return;
    }
    snprintf(record.id, sizeof record.id, "%s", upload->ref.object);
    snprintf(record.item, sizeof record.item, "%s", upload->item);
    snprintf(record.key, sizeof record.key, "%s", receipt.key);
    hex_encode(receipt.sha256, SHA256_BYTES, record.sha256);
    record.size = receipt.size;
    leaf_commit_make(&record.commit, record.sha256, NULL, NULL);
    upload->ending = call;
    spool_writer_close(upload->writer);
    upload->writer = NULL;
    struct record *written = record_write(gate, &record, &err);
    if (written == NULL || spool_publish(gate->spool, &upload->ref, &err) != 0) {
        upload->ending = NULL;
        ipc_fail(call, &err); /* a record that was written is finished at the next start */
        upload_break(upload, &err);
        return;
    }
    record_start(written, received_told, upload);
}

/* --- begin, offset --- */

static void
begin_answer(struct upload *upload, struct ask *ask)
{
    struct gate *gate = upload->gate;
    uint64_t synced = spool_writer_synced(upload->writer);
    uint64_t length = spool_writer_length(upload->writer);
    int64_t now = time_mono_ms();
    char detail[32];
    snprintf(detail, sizeof detail, "%" PRIu64, synced);
    if (ask->downs != gate_downs(gate, ipc_call_edge(ask->call))) {
        fail_code(ask->call, "ipc.away", "portald"); /* nobody is there to write any more */
    } else if (upload->handle != 0 && now - upload->used_ms < SILENT_MS) {
        fail_code(ask->call, "gate.busy", ask->item);
    } else if (spool_is_stopped(gate->spool)) {
        fail_code(ask->call, "gate.full", ask->item);
    } else if (ask->offset != synced || spool_writer_offset(upload->writer) != synced) {
        fail_code(ask->call, "gate.offset", detail);
    } else {
        upload->handle = ++gate->next_handle;
        upload->edge = ipc_call_edge(ask->call);
        upload->used_ms = now;
        answer_at(ask->call, upload->handle, synced, length);
    }
}

/* An older writer that was silent too long is cut off; what it sent is kept. */
static int
silent_replace(struct upload *upload, struct err *err)
{
    if (upload->handle == 0 || time_mono_ms() - upload->used_ms < SILENT_MS)
        return 0;
    upload->handle = 0;
    return spool_writer_sync(upload->writer, err);
}

/* UPLOAD is verified: answers those who wait. UPLOAD may be gone afterwards. */
static void
asks_answer(struct upload *upload)
{
    struct err err;
    while (upload->asks != NULL) {
        struct ask *ask = upload->asks;
        upload->asks = ask->next;
        if (upload->asks == NULL)
            upload->asks_end = &upload->asks;
        if (silent_replace(upload, &err) != 0) {
            ipc_fail(ask->call, &err);
            ask_free(ask);
            upload_break(upload, &err);
            return;
        }
        uint64_t length = spool_writer_length(upload->writer);
        if (upload->handle == 0 && spool_writer_synced(upload->writer) == length) {
            struct ipc_call *call = ask->call; /* whole since before a crash: finish it now */
            ask_free(ask);
            upload_finish(upload, call);
            return;
        }
        if (ask->kind == ASK_OFFSET)
            answer_at(ask->call, 0, spool_writer_synced(upload->writer), length);
        else
            begin_answer(upload, ask);
        ask_free(ask);
    }
}

static void
verify_turn(void *arg)
{
    struct upload *upload = arg;
    struct err err;
    int rc = spool_writer_verify(upload->writer, VERIFY_BYTES, &err);
    upload->used_ms = time_mono_ms();
    if (rc == 1) {
        loop_timer_start(upload->timer, 0);
        return;
    }
    if (rc < 0) {
        upload_break(upload, &err);
        return;
    }
    upload->verifying = false;
    asks_answer(upload);
}

static size_t
uploads_open(const struct gate *gate)
{
    size_t count = 0;
    for (const struct upload *u = gate->uploads; u != NULL; u = u->next)
        count++;
    return count;
}

/* Closes the upload that nobody has written for longest, to make room. */
static void
upload_evict(struct gate *gate)
{
    struct upload *oldest = NULL;
    for (struct upload *u = gate->uploads; u != NULL; u = u->next)
        if (u->handle == 0 && u->ending == NULL && u->asks == NULL &&
            (oldest == NULL || u->used_ms < oldest->used_ms))
            oldest = u;
    if (oldest != NULL)
        upload_free(oldest);
}

static struct upload *
upload_open(struct gate *gate, const char *item, const struct spool_ref *ref, uint64_t length,
            struct err *err)
{
    if (uploads_open(gate) >= UPLOADS_MOST)
        upload_evict(gate);
    if (uploads_open(gate) >= UPLOADS_MOST) {
        ERR(err, "gate.busy", "%d uploads", UPLOADS_MOST);
        return NULL;
    }
    struct spool_writer *writer;
    if (spool_writer_resume(gate->spool, ref, length, &writer, err) != 0)
        return NULL;
    struct upload *upload = calloc(1, sizeof *upload);
    ensure(upload != NULL);
    upload->gate = gate;
    upload->ref = *ref;
    upload->writer = writer;
    upload->asks_end = &upload->asks;
    upload->used_ms = time_mono_ms();
    snprintf(upload->item, sizeof upload->item, "%s", item);
    upload->timer = loop_timer_new(gate->config.loop, verify_turn, upload);
    upload->verifying = true;
    upload->next = gate->uploads;
    gate->uploads = upload;
    loop_timer_start(upload->timer, 0);
    return upload;
}

/* --- cancel --- */

static void
cancel_answer(struct gate *gate, struct ask *ask, const struct spool_ref *ref, uint64_t length)
{
    struct upload *upload = upload_of_object(gate, ref);
    struct err err;
    if (upload != NULL)
        upload_free(upload);
    for (struct record *r = gate->records; r != NULL; r = r->next)
        if (r->kind == RECORD_RECEIVED && strcmp(r->id, ref->object) == 0) {
            record_drop(gate, r);
            break;
        }
    const struct leaf_field fields[] = {
        {.key = "item", .text = ask->item},    {.key = "object", .text = ref->object},
        {.key = "reason", .text = "cancelled"}, {.key = "side", .text = ref->side},
    };
    bool there = spool_has(gate->spool, ref) || spool_has_part(gate->spool, ref);
    if (spool_destroy(gate->spool, ref, &err) != 0 ||
        (there && leaf_put(gate, "transfer.destroy", fields, 4, NULL, NULL, &err) != 0)) {
        ipc_fail(ask->call, &err);
        return;
    }
    answer_at(ask->call, 0, 0, length);
}

/* --- what cored allowed --- */

static void
allowed_do(struct ask *ask, const struct upload_allowed *allowed)
{
    struct gate *gate = ask->gate;
    struct spool_ref ref;
    struct err err;
    if (!str_equal(allowed->side, gate_zone(ipc_call_edge(ask->call))) || allowed->length == 0 ||
        allowed->length > OBJECT_BYTES_MOST ||
        spool_ref_set(&ref, allowed->side, allowed->object, &err) != 0) {
        fail_code(ask->call, "gate.not_found", ask->item);
    } else if (ask->kind == ASK_CANCEL) {
        cancel_answer(gate, ask, &ref, allowed->length);
    } else if (allowed->received || spool_has(gate->spool, &ref)) {
        /* Whole, but not in cored's books yet: only what both know is called done. */
        if (!allowed->received)
            fail_code(ask->call, "gate.settling", ask->item);
        else if (ask->kind == ASK_OFFSET)
            answer_at(ask->call, 0, allowed->length, allowed->length);
        else
            fail_code(ask->call, "gate.offset", "received");
    } else {
        struct upload *upload = upload_of_object(gate, &ref);
        bool nothing = upload == NULL && !spool_has_part(gate->spool, &ref);
        if (nothing && ask->kind == ASK_OFFSET) {
            answer_at(ask->call, 0, 0, allowed->length);
        } else if (nothing && ask->offset != 0) {
            fail_code(ask->call, "gate.offset", "0");
        } else if (upload == NULL &&
                   (upload = upload_open(gate, ask->item, &ref, allowed->length, &err)) == NULL) {
            ipc_fail(ask->call, &err);
        } else if (upload->ending != NULL) {
            fail_code(ask->call, "gate.busy", ask->item);
        } else {
            ask->next = NULL;
            *upload->asks_end = ask;
            upload->asks_end = &ask->next;
            if (!upload->verifying)
                asks_answer(upload);
            return;
        }
    }
    ask_free(ask);
}

static void
allowed_done(void *arg, const struct ipc_result *result)
{
    struct ask *ask = arg;
    if (ipc_call_edge(ask->call) == NULL || result->value == NULL) {
        struct err err;
        ERR(&err, "ipc.away", "portald");
        ipc_fail(ask->call, result->value == NULL ? result->err : &err);
        ask_free(ask);
        return;
    }
    allowed_do(ask, result->value);
}

static void
ask_send(struct gate *gate, struct ipc_call *call, enum ask_kind kind, struct str session,
         struct str item, uint64_t offset)
{
    struct ask *ask = calloc(1, sizeof *ask);
    ensure(ask != NULL);
    *ask = (struct ask){.gate = gate,
                        .call = call,
                        .kind = kind,
                        .offset = offset,
                        .downs = gate_downs(gate, ipc_call_edge(call))};
    if (!gate_text(item, ask->item, sizeof ask->item) || item.n == 0) {
        fail_code(call, "gate.not_found", "");
        ask_free(ask);
        return;
    }
    struct upload_allow allow = {gate_zone(ipc_call_edge(call)), session, item,
                                 kind == ASK_CANCEL};
    ipc_request(gate->config.cored, &upload_allow_message, &allow, NULL, &upload_allowed_message,
                ALLOW_MS, allowed_done, ask);
}

void
upload_handle_ask(void *ctx, struct ipc_call *call, const void *value)
{
    const struct upload_ask *ask = value;
    ask_send(ctx, call, ASK_OFFSET, ask->session, ask->item, 0);
}

void
upload_handle_begin(void *ctx, struct ipc_call *call, const void *value)
{
    const struct upload_begin *begin = value;
    ask_send(ctx, call, ASK_BEGIN, begin->session, begin->item, begin->offset);
}

void
upload_handle_cancel(void *ctx, struct ipc_call *call, const void *value)
{
    const struct upload_cancel *cancel = value;
    ask_send(ctx, call, ASK_CANCEL, cancel->session, cancel->item, 0);
}

/* --- pieces --- */

static int
piece_put(struct upload *upload, int fd, uint64_t length, struct err *err)
{
    struct gate *gate = upload->gate;
    if (length == 0 || file_sealed_size(fd, GATE_PIECE_BYTES, err) != (int64_t)length)
        return ERR(err, "ipc.malformed", "upload.piece");
    if (spool_is_stopped(gate->spool))
        return ERR(err, "gate.full", "%s", upload->item);
    if (file_pread(fd, gate->piece, length, 0, err) != 0)
        return -1;
    int rc = spool_writer_put(upload->writer, gate->piece, length, err);
    secret_wipe(gate->piece, length);
    return rc;
}

void
upload_handle_piece(void *ctx, struct ipc_call *call, const void *value)
{
    const struct upload_piece *piece = value;
    struct upload *upload = upload_of_handle(ctx, piece->handle, ipc_call_edge(call));
    struct err err;
    if (upload == NULL) {
        fail_code(call, "gate.stale", "");
        return;
    }
    upload->used_ms = time_mono_ms();
    int fd = ipc_call_take_fd(call, 0);
    int rc = fd < 0 ? ERR(&err, "ipc.malformed", "upload.piece")
                    : piece_put(upload, fd, piece->length, &err);
    file_close(&fd);
    if (rc == 0) {
        answer_at(call, upload->handle, spool_writer_offset(upload->writer),
                  spool_writer_length(upload->writer));
        return;
    }
    ipc_fail(call, &err);
    if (!err_is(&err, "gate.full") && !err_is(&err, "gate.too_long") &&
        !err_is(&err, "ipc.malformed"))
        upload_break(upload, &err);
}

void
upload_handle_end(void *ctx, struct ipc_call *call, const void *value)
{
    const struct upload_end *end = value;
    struct upload *upload = upload_of_handle(ctx, end->handle, ipc_call_edge(call));
    struct err err;
    if (upload == NULL) {
        fail_code(call, "gate.stale", "");
        return;
    }
    upload->handle = 0;
    upload->used_ms = time_mono_ms();
    uint64_t length = spool_writer_length(upload->writer);
    if (spool_writer_offset(upload->writer) == length) {
        upload_finish(upload, call);
        return;
    }
    if (spool_writer_sync(upload->writer, &err) != 0) {
        ipc_fail(call, &err);
        upload_break(upload, &err);
        return;
    }
    answer_at(call, 0, spool_writer_synced(upload->writer), length);
}

/* --- those who went away --- */

/* Ends the writing of whoever had UPLOAD; what came is kept. UPLOAD may be gone afterwards. */
static void
upload_release(struct upload *upload)
{
    struct err err;
    upload->handle = 0;
    upload->edge = NULL;
    if (spool_writer_sync(upload->writer, &err) != 0)
        upload_break(upload, &err);
}

void
uploads_edge_down(struct gate *gate, const struct ipc_edge *edge)
{
    struct upload *next;
    for (struct upload *u = gate->uploads; u != NULL; u = next) {
        next = u->next;
        if (u->handle != 0 && u->edge == edge)
            upload_release(u);
    }
}

static void
sweep(void *arg)
{
    struct gate *gate = arg;
    struct upload *next;
    int64_t now = time_mono_ms();
    for (struct upload *u = gate->uploads; u != NULL; u = next) {
        next = u->next;
        if (u->verifying || u->ending != NULL || u->asks != NULL)
            continue;
        if (u->handle != 0 && now - u->used_ms > DEAD_MS)
            upload_release(u);
        else if (u->handle == 0 && now - u->used_ms > IDLE_MS)
            upload_free(u);
    }
    loop_timer_start(gate->uploads_timer, SWEEP_MS);
}

void
uploads_start(struct gate *gate)
{
    gate->uploads_timer = loop_timer_new(gate->config.loop, sweep, gate);
    loop_timer_start(gate->uploads_timer, SWEEP_MS);
}
