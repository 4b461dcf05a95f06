/*
 * content: GET /api/v1/items/ITEM/content: the clean file, piece by piece from gated. Runs in
 * portald. One piece is asked for only when the one before is on its way to the socket; gated hears
 * "whole" only when libmicrohttpd has handed the last byte over.
 */
#include "edge/portal/request.h"

#include "base/mem/ensure.h"
#include "base/os/file.h"
#include "proto/gate/gate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CONTENT_CSP "sandbox; default-src 'none'; frame-ancestors 'none'"

enum { CONTENT_TIMEOUT_MS = 60000, BLOCK_BYTES = 128 * 1024 };

struct content {
    struct str item;
    uint64_t handle;
    uint64_t size;
    int piece; /* the sealed memory file being sent, -1: none */
    uint64_t piece_at, piece_n;
    uint64_t position; /* bytes given to libmicrohttpd */
    bool failed;
};

static void
ignore(void *arg, const struct ipc_result *result)
{
    (void)arg;
    (void)result;
}

static void
piece_done(void *arg, const struct ipc_result *result)
{
    struct request *r = arg;
    struct content *c = r->state;
    const struct content_piece *piece = result->value;
    if (piece == NULL || piece->length == 0 || result->fd_count != 1 ||
        file_sealed_size(result->fds[0], GATE_PIECE_BYTES, NULL) != (int64_t)piece->length ||
        piece->length > c->size - c->position) {
        for (size_t i = 0; i < result->fd_count; i++)
            close(result->fds[i]);
        c->failed = true;
    } else {
        c->piece = result->fds[0];
        c->piece_at = 0;
        c->piece_n = piece->length;
    }
    request_wake(r);
}

/* Gives libmicrohttpd the next bytes, or 0 after suspending until gated has some. */
static ssize_t
content_bytes(void *cls, uint64_t position, char *to, size_t room)
{
    struct request *r = cls;
    struct content *c = r->state;
    if (c->failed || position != c->position)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    if (c->piece < 0) {
        struct content_read read = {c->handle};
        request_wait(r);
        ipc_request(r->portal->config.gated, &content_read_message, &read, NULL,
                    &content_piece_message, CONTENT_TIMEOUT_MS, piece_done, r);
        request_settle(r);
        return 0;
    }
    size_t n = c->piece_n - c->piece_at < room ? c->piece_n - c->piece_at : room;
    if (file_pread(c->piece, to, n, c->piece_at, NULL) != 0)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    c->piece_at += n;
    c->position += n;
    if (c->piece_at == c->piece_n)
        file_close(&c->piece);
    return (ssize_t)n;
}

static void
content_headers(struct MHD_Response *response, const struct content_about *about)
{
    struct buf text;
    buf_init(&text, 16384);
    header_disposition(about->name, &text);
    buf_put_char(&text, '\0');
    answer_header(response, "Content-Disposition", text.over ? "attachment" : text.p);
    buf_clear(&text);
    bool plain = about->type.n > 0;
    for (size_t i = 0; i < about->type.n; i++)
        plain = plain && (unsigned char)about->type.p[i] >= 0x20 && about->type.p[i] < 0x7f;
    buf_put_str(&text, plain ? about->type : STR("application/octet-stream"));
    buf_put_char(&text, '\0');
    answer_header(response, "Content-Type", text.p);
    buf_free(&text);
}

static void
about_done(void *arg, const struct ipc_result *result)
{
    struct request *r = arg;
    struct content *c = r->state;
    const struct content_about *about = result->value;
    if (about == NULL) {
        request_fail(r, result->err);
        request_wake(r);
        return;
    }
    c->handle = about->handle;
    c->size = about->size;
    struct MHD_Response *response =
        MHD_create_response_from_callback(about->size, BLOCK_BYTES, content_bytes, r, NULL);
    ensure(response != NULL);
    content_headers(response, about);
    request_answer(r, 200, response, CONTENT_CSP);
    request_wake(r);
}

static void
content_begin(struct request *r)
{
    struct content *c = calloc(1, sizeof *c);
    ensure(c != NULL);
    struct str tail = buf_str(&r->tail);
    c->piece = -1;
    c->item = str_slice(tail, 6, tail.n - 8);
    r->state = c;
    if (!str_equal_z(r->method, "GET"))
        request_refuse(r, 405, "portal.method", "");
    else if (request_header(r, "Range").n > 0)
        request_refuse(r, 416, "portal.range", "");
    else if (!header_is_word(c->item))
        request_refuse(r, 404, "gate.not_found", "");
    else if (r->session.n == 0)
        request_refuse(r, 401, "auth.no_session", "");
}

static void
content_end(struct request *r)
{
    struct content *c = r->state;
    struct content_open open = {r->session, c->item};
    request_wait(r);
    ipc_request(r->portal->config.gated, &content_open_message, &open, NULL, &content_about_message,
                CONTENT_TIMEOUT_MS, about_done, r);
}

static void
content_gone(struct request *r, bool whole)
{
    struct content *c = r->state;
    if (c == NULL)
        return;
    ipc_forget(r->portal->config.gated, r);
    if (c->handle != 0) {
        struct content_close close = {c->handle, whole && !c->failed && c->position == c->size};
        ipc_request(r->portal->config.gated, &content_close_message, &close, NULL,
                    &content_closed_message, CONTENT_TIMEOUT_MS, ignore, NULL);
    }
    file_close(&c->piece);
    free(c);
}

const struct request_kind request_content = {
    .begin = content_begin, .end = content_end, .gone = content_gone};
