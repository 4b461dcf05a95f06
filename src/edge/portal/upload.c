/*
 * upload: /api/v1/uploads/ITEM, tus 1.0 (core, termination), towards gated. Runs in portald.
 *
 * Bytes of a PATCH go into a memory file of at most GATE_PIECE_BYTES; a full one is sealed and
 * sent. While one piece is at gated the next one fills; when that is full too the connection is
 * suspended, so a connection holds two pieces at most and the client waits for the disk. What came
 * before a connection broke is sent and synced all the same.
 */
#include "edge/portal/request.h"

#include "base/mem/ensure.h"
#include "base/os/file.h"
#include "proto/gate/gate.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { UPLOAD_TIMEOUT_MS = 60000, OFFSET_CHARS = 24 };

struct upload {
    struct str item;
    uint64_t handle;    /* 0: gated has not opened it */
    uint64_t remaining; /* bytes the item still takes */
    int piece;          /* the memory file that fills, -1: none */
    uint64_t piece_n;
    bool flying; /* a piece is at gated */
    bool last;   /* the body is whole */
};

static void
offset_headers(struct MHD_Response *response, const struct upload_at *at)
{
    char text[OFFSET_CHARS];
    snprintf(text, sizeof text, "%" PRIu64, at->offset);
    answer_header(response, "Upload-Offset", text);
    snprintf(text, sizeof text, "%" PRIu64, at->length);
    answer_header(response, "Upload-Length", text);
}

/* Bytes are gone out of our hands: nobody waits for these answers. */
static void
ignore(void *arg, const struct ipc_result *result)
{
    (void)arg;
    (void)result;
}

static void
end_send(struct request *r, ipc_done *done, void *arg)
{
    struct upload *u = r->state;
    struct upload_end end = {u->handle};
    u->handle = 0;
    ipc_request(r->portal->config.gated, &upload_end_message, &end, NULL, &upload_at_message,
                UPLOAD_TIMEOUT_MS, done, arg);
}

/* Seals and sends the piece that fills. */
static int
piece_send(struct request *r, ipc_done *done, void *arg, struct err *err)
{
    struct upload *u = r->state;
    struct upload_piece message = {u->handle, u->piece_n};
    struct ipc_attach attach = {&u->piece, 1};
    int fd = u->piece;
    u->piece = -1;
    u->piece_n = 0;
    if (file_seal(fd, err) != 0) {
        file_close(&fd);
        return -1;
    }
    attach.fds = &fd;
    u->flying = done != ignore;
    ipc_request(r->portal->config.gated, &upload_piece_message, &message, &attach,
                &upload_at_message, UPLOAD_TIMEOUT_MS, done, arg);
    file_close(&fd);
    return 0;
}

static void
upload_done(void *arg, const struct ipc_result *result)
{
    struct request *r = arg;
    if (result->value == NULL) {
        request_fail(r, result->err);
    } else {
        struct MHD_Response *response = answer_copy(STR(""));
        offset_headers(response, result->value);
        request_answer(r, str_equal_z(r->method, "HEAD") ? 200 : 204, response, NULL);
    }
    request_wake(r);
}

static void piece_done(void *arg, const struct ipc_result *result);

/* Sends what is due: a full piece, at the end the last one, then the end itself. */
static void
upload_go_on(struct request *r)
{
    struct upload *u = r->state;
    struct err err;
    if (u->flying || r->answer != NULL)
        return;
    bool due = u->piece_n == GATE_PIECE_BYTES || (u->last && u->piece_n > 0);
    if (due && piece_send(r, piece_done, r, &err) != 0)
        request_fail(r, &err);
    else if (!due && u->last)
        end_send(r, upload_done, r);
}

static void
piece_done(void *arg, const struct ipc_result *result)
{
    struct request *r = arg;
    struct upload *u = r->state;
    u->flying = false;
    if (result->value == NULL) {
        request_fail(r, result->err);
        if (u->handle != 0)
            end_send(r, ignore, NULL);
    }
    upload_go_on(r);
    if (r->answer != NULL || !u->last)
        request_wake(r);
}

static void
begin_done(void *arg, const struct ipc_result *result)
{
    struct request *r = arg;
    struct upload *u = r->state;
    const struct upload_at *at = result->value;
    uint64_t length = 0;
    if (at == NULL) {
        request_fail(r, result->err);
        request_wake(r);
        return;
    }
    u->handle = at->handle;
    u->remaining = at->length - at->offset;
    if (str_to_u64(request_header(r, "Content-Length"), &length) && length > u->remaining) {
        end_send(r, ignore, NULL);
        request_refuse(r, 413, "gate.too_long", "");
    }
    request_wake(r);
}

static void
patch_begin(struct request *r)
{
    struct upload *u = r->state;
    uint64_t offset;
    if (!header_type_is(request_header(r, "Content-Type"), STR("application/offset+octet-stream")))
        request_refuse(r, 415, "portal.type", "");
    else if (request_header(r, "Upload-Checksum").n > 0)
        request_refuse(r, 400, "portal.checksum", "");
    else if (!str_to_u64(request_header(r, "Upload-Offset"), &offset))
        request_refuse(r, 400, "portal.offset", "");
    if (r->answer != NULL)
        return;
    struct upload_begin begin = {r->session, u->item, offset};
    request_wait(r);
    ipc_request(r->portal->config.gated, &upload_begin_message, &begin, NULL, &upload_at_message,
                UPLOAD_TIMEOUT_MS, begin_done, r);
}

static void
upload_begin(struct request *r)
{
    struct upload *u = calloc(1, sizeof *u);
    ensure(u != NULL);
    u->piece = -1;
    u->item = str_slice(buf_str(&r->tail), 8, r->tail.n);
    r->state = u;
    bool known = str_equal_z(r->method, "PATCH") || str_equal_z(r->method, "HEAD") ||
                 str_equal_z(r->method, "DELETE") || str_equal_z(r->method, "OPTIONS");
    if (!known) {
        request_refuse(r, 405, "portal.method", "");
    } else if (str_equal_z(r->method, "OPTIONS")) {
        struct MHD_Response *response = answer_copy(STR(""));
        answer_header(response, "Tus-Version", "1.0.0");
        answer_header(response, "Tus-Extension", "termination");
        request_answer(r, 204, response, NULL);
    } else if (!str_equal_z(request_header(r, "Tus-Resumable"), "1.0.0")) {
        request_refuse(r, 412, "portal.tus", "");
    } else if (!header_is_word(u->item)) {
        request_refuse(r, 404, "gate.not_found", "");
    } else if (r->session.n == 0) {
        request_refuse(r, 401, "auth.no_session", "");
    } else if (str_equal_z(r->method, "PATCH")) {
        patch_begin(r);
    }
}

static size_t
upload_data(struct request *r, struct str bytes)
{
    struct upload *u = r->state;
    struct err err;
    if (!str_equal_z(r->method, "PATCH"))
        return bytes.n;
    if (u->piece_n == GATE_PIECE_BYTES) { /* the one before is still at gated */
        request_wait(r);
        return 0;
    }
    size_t take = GATE_PIECE_BYTES - u->piece_n < bytes.n ? GATE_PIECE_BYTES - u->piece_n : bytes.n;
    if (take > u->remaining) {
        request_refuse(r, 413, "gate.too_long", "");
        return bytes.n;
    }
    if (u->piece < 0 && (u->piece = file_memory("piece", &err)) < 0) {
        request_fail(r, &err);
        return bytes.n;
    }
    if (file_write(u->piece, bytes.p, take, &err) != 0) {
        request_fail(r, &err);
        return bytes.n;
    }
    u->piece_n += take;
    u->remaining -= take;
    upload_go_on(r);
    return take;
}

static void
upload_end_of_body(struct request *r)
{
    struct upload *u = r->state;
    if (str_equal_z(r->method, "PATCH")) {
        u->last = true;
        request_wait(r);
        upload_go_on(r);
        if (r->answer != NULL)
            request_wake(r);
        return;
    }
    request_wait(r);
    if (str_equal_z(r->method, "DELETE")) {
        struct upload_cancel cancel = {r->session, u->item};
        ipc_request(r->portal->config.gated, &upload_cancel_message, &cancel, NULL,
                    &upload_at_message, UPLOAD_TIMEOUT_MS, upload_done, r);
        return;
    }
    struct upload_ask ask = {r->session, u->item};
    ipc_request(r->portal->config.gated, &upload_ask_message, &ask, NULL, &upload_at_message,
                UPLOAD_TIMEOUT_MS, upload_done, r);
}

static void
upload_gone(struct request *r, bool whole)
{
    struct upload *u = r->state;
    (void)whole;
    if (u == NULL)
        return;
    ipc_forget(r->portal->config.gated, r);
    if (u->handle != 0) { /* cut off: what came is kept */
        if (u->piece_n > 0)
            piece_send(r, ignore, NULL, NULL);
        end_send(r, ignore, NULL);
    }
    file_close(&u->piece);
    free(u);
}

const struct request_kind request_upload = {upload_begin, upload_data, upload_end_of_body,
                                            upload_gone};
