/*
 * request: see request.h. Runs in portald. Invariants: every answer goes through request_answer, so
 * none leaves without the headers of docs/design/contract.md; a request that waits when
 * libmicrohttpd's call returns is suspended, one that was woken before is not.
 */
#include "edge/portal/request.h"

#include "base/mem/ensure.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define PAGE_CSP                                                                                   \
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "              \
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "                   \
    "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

static const struct {
    const char *name, *value;
} always[] = {
    {"X-Content-Type-Options", "nosniff"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Permissions-Policy",
     "accelerometer=(), autoplay=(), camera=(), display-capture=(), encrypted-media=(), "
     "fullscreen=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), "
     "payment=(), picture-in-picture=(), usb=(), xr-spatial-tracking=(), "
     "publickey-credentials-get=(self), publickey-credentials-create=(self)"},
};

/* Statuses of codes that come from edges as failures; docs/design/contract.md. */
static const struct {
    const char *code;
    unsigned status;
} statuses[] = {
    {"auth.no_session", 401}, {"gate.not_found", 404}, {"gate.not_ready", 404},
    {"not_found", 404},       {"gate.offset", 409},    {"gate.stale", 409},
    {"gate.too_long", 413},   {"gate.busy", 423},      {"gate.damaged", 500},
    {"gate.settling", 503},
    {"ipc.away", 503},        {"ipc.timeout", 503},    {"ipc.full", 503},
    {"store.failed", 503},    {"gate.full", 507},      {"file.full", 507},
    {"store.full", 507},
};

unsigned
request_status_of(const char *code)
{
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++)
        if (strcmp(statuses[i].code, code) == 0)
            return statuses[i].status;
    return 500;
}

void
request_wait(struct request *r)
{
    ensure(!r->waiting);
    r->waiting = true;
}

bool
request_settle(struct request *r)
{
    if (r->waiting && !r->suspended) {
        r->suspended = true;
        MHD_suspend_connection(r->connection);
    }
    return r->suspended;
}

void
request_wake(struct request *r)
{
    r->waiting = false;
    if (!r->suspended)
        return;
    r->suspended = false;
    MHD_resume_connection(r->connection);
    /* With a loop from outside nobody but us tells the daemon to look at it again. */
    r->portal->resumed = true;
    loop_timer_start(r->portal->timer, 0);
}

struct str
request_header(const struct request *r, const char *name)
{
    return str_of(MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, name));
}

void
answer_header(struct MHD_Response *response, const char *name, const char *value)
{
    ensure(MHD_add_response_header(response, name, value) == MHD_YES);
}

struct MHD_Response *
answer_copy(struct str body)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(
        body.n, (void *)(uintptr_t)body.p, MHD_RESPMEM_MUST_COPY);
    ensure(response != NULL);
    return response;
}

void
request_answer(struct request *r, unsigned status, struct MHD_Response *response, const char *csp)
{
    if (r->answer != NULL) {
        MHD_destroy_response(response);
        return;
    }
    answer_header(response, "Content-Security-Policy", csp == NULL ? PAGE_CSP : csp);
    for (size_t i = 0; i < sizeof always / sizeof *always; i++)
        answer_header(response, always[i].name, always[i].value);
    if (str_starts(str_of(r->portal->origin), STR("https:")))
        answer_header(response, "Strict-Transport-Security", "max-age=31536000");
    if (MHD_get_response_header(response, "Cache-Control") == NULL)
        answer_header(response, "Cache-Control", "no-store");
    if (status == 503)
        answer_header(response, "Retry-After", "2");
    if (status == 507)
        answer_header(response, "Retry-After", "60");
    if (r->upload)
        answer_header(response, "Tus-Resumable", "1.0.0");
    if (status == 412 && r->upload)
        answer_header(response, "Tus-Version", "1.0.0");
    r->status = status;
    r->answer = response;
}

void
request_refuse(struct request *r, unsigned status, const char *code, const char *detail)
{
    json_t *body = json_pack("{s:s, s:{s:s}}", "code", code, "args", "detail", detail);
    char *text = body == NULL ? NULL : json_dumps(body, JSON_COMPACT);
    json_decref(body);
    struct MHD_Response *response = answer_copy(str_of(text == NULL ? "{}" : text));
    free(text);
    answer_header(response, "Content-Type", "application/json");
    request_answer(r, status, response, NULL);
}

void
request_fail(struct request *r, const struct err *err)
{
    request_refuse(r, request_status_of(err->code), err->code, err->detail);
}
