/*
 * api: JSON calls: /api/v1/auth/ACTION to authd, the rest of /api/v1 to cored. Runs in portald.
 * The body is gathered (at most API_BODY_BYTES), handed over whole, and the answer passed back; no
 * JSON is read here.
 */
#include "edge/portal/request.h"

#include "base/mem/ensure.h"
#include "base/os/file.h"
#include "proto/api/api.h"
#include "proto/auth/auth.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    API_BODY_BYTES = 1 << 20,
    AUTH_BODY_BYTES = 4096,
    ANSWER_BYTES = 64 << 20,
    FILE_BYTES = 16 << 20,    /* of a policy */
    SHEET_BYTES = 64 << 20,   /* of a table for a register */
    LONG_TIMEOUT_MS = 300000, /* of a whole register as a file */
    FILES_MOST = 4,
    API_TIMEOUT_MS = 30000
};

#define COOKIE_SET "__Host-sekisho=%.*s; Path=/; Secure; HttpOnly; SameSite=Strict"
#define COOKIE_CLEAR "__Host-sekisho=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0"

/* The state of a request whose body is a file. */
struct file_body {
    int fd;
    uint64_t n;
};

static void
body_begin(struct request *r, size_t limit_bytes)
{
    struct buf *body = calloc(1, sizeof *body);
    ensure(body != NULL);
    buf_init(body, limit_bytes);
    r->state = body;
    uint64_t length;
    struct str declared = request_header(r, "Content-Length");
    if (declared.n > 0 && (!str_to_u64(declared, &length) || length > limit_bytes))
        request_refuse(r, 413, "portal.body", "");
}

static size_t
body_data(struct request *r, struct str bytes)
{
    struct buf *body = r->state;
    buf_put_str(body, bytes);
    if (body->over)
        request_refuse(r, 413, "portal.body", "");
    return bytes.n;
}

static void
body_gone(struct request *r, bool whole)
{
    (void)whole;
    struct buf *body = r->state;
    if (body == NULL)
        return;
    buf_free(body);
    free(body);
}

/* True when the body may be handed over; else R is answered. */
static bool
body_check(struct request *r)
{
    const struct buf *body = r->state;
    if (body->n == 0)
        return true;
    if (str_equal_z(r->method, "GET")) {
        request_refuse(r, 400, "portal.body", "");
        return false;
    }
    if (!header_type_is(request_header(r, "Content-Type"), STR("application/json"))) {
        request_refuse(r, 415, "portal.type", "");
        return false;
    }
    return true;
}

static void
fds_close(const struct ipc_result *result)
{
    for (size_t i = 0; i < result->fd_count; i++)
        close(result->fds[i]);
}

static void
attachment_header(struct MHD_Response *response, struct str filename)
{
    struct buf value;
    buf_init(&value, 8192);
    header_disposition(filename, &value);
    buf_put_char(&value, '\0');
    if (!value.over)
        answer_header(response, "Content-Disposition", value.p);
    buf_free(&value);
}

/* The body of cored's answer: its text, or the sealed memory file beside it. NULL: not acceptable.
 */
static struct MHD_Response *
answer_body(const struct api_answer *answer, const struct ipc_result *result)
{
    if (result->fd_count == 0)
        return answer_copy(answer->body);
    int64_t size = file_sealed_size(result->fds[0], ANSWER_BYTES, NULL);
    if (size < 0) {
        fds_close(result);
        return NULL;
    }
    struct MHD_Response *response =
        MHD_create_response_from_fd64((uint64_t)size, result->fds[0]); /* takes the descriptor */
    ensure(response != NULL);
    return response;
}

static bool
is_header_text(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < 0x20 || (unsigned char)s.p[i] > 0x7e)
            return false;
    return s.n <= 100;
}

static void
api_done(void *arg, const struct ipc_result *result)
{
    struct request *r = arg;
    const struct api_answer *answer = result->value;
    if (answer == NULL) {
        request_fail(r, result->err);
    } else if (answer->status < 200 || answer->status > 599 || !is_header_text(answer->type)) {
        fds_close(result);
        request_refuse(r, 500, "ipc.malformed", "cored");
    } else {
        struct MHD_Response *response = answer_body(answer, result);
        char type[128] = "application/json";
        if (answer->type.n > 0)
            snprintf(type, sizeof type, "%.*s", STR_FMT(answer->type));
        if (response == NULL) {
            request_refuse(r, 500, "ipc.malformed", "cored");
        } else {
            answer_header(response, "Content-Type", type);
            if (answer->filename.n > 0)
                attachment_header(response, answer->filename);
            request_answer(r, (unsigned)answer->status, response, NULL);
        }
    }
    request_wake(r);
}

static void
api_begin(struct request *r)
{
    static const char *const methods[] = {"GET", "POST", "PATCH", "DELETE"};
    bool known = false;
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        known = known || str_equal_z(r->method, methods[i]);
    if (!known) {
        request_refuse(r, 405, "portal.method", "");
        return;
    }
    if (r->query.n > 2048) {
        request_refuse(r, 414, "portal.path", "");
        return;
    }
    body_begin(r, API_BODY_BYTES);
}

static void
api_end(struct request *r)
{
    const struct buf *body = r->state;
    if (!body_check(r))
        return;
    struct api_request ask = {.method = r->method,
                              .path = buf_str(&r->tail),
                              .query = r->query,
                              .session = r->session,
                              .address = str_of(r->address),
                              .body = buf_str(body)};
    int fd = -1;
    if (body->n > IPC_TEXT_BYTES) {
        struct err err;
        ask.body = STR("");
        fd = file_sealed("body", buf_str(body), &err);
        if (fd < 0) {
            request_fail(r, &err);
            return;
        }
    }
    struct ipc_attach attach = {&fd, fd >= 0 ? 1 : 0};
    request_wait(r);
    bool whole = str_starts(ask.path, STR("registers/")) && str_ends(ask.path, STR("/export"));
    ipc_request(r->portal->config.cored, &api_request_message, &ask, &attach, &api_answer_message,
                whole ? LONG_TIMEOUT_MS : API_TIMEOUT_MS, api_done, r);
    file_close(&fd);
}

const struct request_kind request_api = {api_begin, body_data, api_end, body_gone};

/* ---- a file as body: gathered in a memory file, handed over sealed ---- */

size_t
file_most(struct str tail)
{
    bool table = str_starts(tail, STR("registers/")) &&
                 (str_ends(tail, STR("/import")) || str_ends(tail, STR("/paste")));
    bool file = str_equal_z(tail, "policy/import") || str_equal_z(tail, "people");
    return table ? SHEET_BYTES : file ? FILE_BYTES : 0;
}

static const char *
size_code(struct str tail)
{
    return str_equal_z(tail, "people")          ? "people.size"
           : str_equal_z(tail, "policy/import") ? "policy.size"
                                                : "sheet.size";
}

/* Files on their way through this portal: each may fill file_most() of memory. */
static unsigned files_open;

static void
file_begin(struct request *r)
{
    uint64_t length = 0;
    struct err err;
    struct str declared = request_header(r, "Content-Length");
    size_t most = file_most(buf_str(&r->tail));
    if (declared.n > 0 && (!str_to_u64(declared, &length) || length > most)) {
        char detail[24];
        snprintf(detail, sizeof detail, "%.*s", STR_FMT(str_slice(declared, 0, 20)));
        request_refuse(r, 413, size_code(buf_str(&r->tail)), detail);
        return;
    }
    if (r->session.n == 0 || files_open >= FILES_MOST) {
        request_refuse(r, r->session.n == 0 ? 401 : 503,
                       r->session.n == 0 ? "auth.no_session" : "policy.busy", "");
        return;
    }
    struct file_body *body = calloc(1, sizeof *body);
    ensure(body != NULL);
    body->fd = file_memory("body", &err);
    r->state = body;
    files_open++;
    if (body->fd < 0)
        request_fail(r, &err);
}

static size_t
file_data(struct request *r, struct str bytes)
{
    struct file_body *body = r->state;
    struct err err;
    body->n += bytes.n;
    if (body->n > file_most(buf_str(&r->tail)))
        request_refuse(r, 413, size_code(buf_str(&r->tail)), "");
    else if (file_write(body->fd, bytes.p, bytes.n, &err) < 0)
        request_fail(r, &err);
    return bytes.n;
}

static void
file_end(struct request *r)
{
    struct file_body *body = r->state;
    struct err err;
    struct api_request ask = {.method = r->method,
                              .path = buf_str(&r->tail),
                              .query = r->query,
                              .session = r->session,
                              .address = str_of(r->address),
                              .body = STR("")};
    if (r->query.n > 2048) {
        request_refuse(r, 414, "portal.path", "");
        return;
    }
    if (file_seal(body->fd, &err) < 0) {
        request_fail(r, &err);
        return;
    }
    struct ipc_attach attach = {&body->fd, 1};
    request_wait(r);
    ipc_request(r->portal->config.cored, &api_request_message, &ask, &attach, &api_answer_message,
                API_TIMEOUT_MS, api_done, r);
}

static void
file_gone(struct request *r, bool whole)
{
    (void)whole;
    struct file_body *body = r->state;
    if (body == NULL)
        return;
    file_close(&body->fd);
    files_open--;
    free(body);
}

const struct request_kind request_file = {file_begin, file_data, file_end, file_gone};

/* Adds the cookie that authd sets or clears. -1 when it is no cookie at all. */
static int
cookie_put(struct MHD_Response *response, struct str cookie)
{
    char value[HEADER_SESSION_BYTES + 120];
    if (cookie.n == 0)
        return 0;
    if (str_equal_z(cookie, "-")) {
        answer_header(response, "Set-Cookie", COOKIE_CLEAR);
        return 0;
    }
    char pair[HEADER_SESSION_BYTES + 4];
    int n = snprintf(pair, sizeof pair, "c=%.*s", STR_FMT(cookie));
    if (header_cookie((struct str){pair, (size_t)n}, STR("c")).n != cookie.n)
        return -1;
    snprintf(value, sizeof value, COOKIE_SET, STR_FMT(cookie));
    answer_header(response, "Set-Cookie", value);
    return 0;
}

static void
auth_done(void *arg, const struct ipc_result *result)
{
    struct request *r = arg;
    const struct auth_answer *answer = result->value;
    if (answer == NULL) {
        request_fail(r, result->err);
        request_wake(r);
        return;
    }
    struct MHD_Response *response = answer_copy(answer->body);
    answer_header(response, "Content-Type", "application/json");
    if (answer->status < 200 || answer->status > 599 || cookie_put(response, answer->cookie) != 0) {
        MHD_destroy_response(response);
        request_refuse(r, 500, "ipc.malformed", "authd");
    } else {
        request_answer(r, (unsigned)answer->status, response, NULL);
    }
    request_wake(r);
}

static void
auth_begin(struct request *r)
{
    if (!str_equal_z(r->method, "POST"))
        request_refuse(r, 405, "portal.method", "");
    else
        body_begin(r, AUTH_BODY_BYTES);
}

static void
auth_end(struct request *r)
{
    struct str action = str_slice(buf_str(&r->tail), 5, r->tail.n);
    if (!body_check(r))
        return;
    if (!header_is_word(action) || action.n > 16) {
        request_refuse(r, 404, "not_found", "");
        return;
    }
    const struct buf *body = r->state;
    struct auth_request ask = {action, r->session, str_of(r->address), buf_str(body)};
    request_wait(r);
    ipc_request(r->portal->config.authd, &auth_request_message, &ask, NULL, &auth_answer_message,
                API_TIMEOUT_MS, auth_done, r);
}

const struct request_kind request_auth = {auth_begin, body_data, auth_end, body_gone};
