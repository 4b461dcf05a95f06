/*
 * api: dispatches requests of the portals. Runs in cored.
 *
 * Invariants: every call is answered exactly once; a handler runs only for a session authd
 * confirmed in this zone (unless its route is open); what a person may not see is answered like
 * what is not there.
 */
#include "core/api/api.h"

#include "base/crypt/encode.h"
#include "base/mem/buf.h"
#include "base/mem/ensure.h"
#include "base/os/file.h"
#include "base/os/time.h"
#include "base/text/utf8.h"
#include "core/api/calls.h"
#include "proto/auth/auth.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TABLES_MOST = 16 };

struct api_table {
    const struct api_route *routes;
    size_t count;
};

struct api {
    struct api_config config;
    struct api_table tables[TABLES_MOST];
    size_t table_count;
};

struct status_row {
    const char *prefix;
    unsigned status;
    bool field;
};

static const struct status_row status_rows[] = {
#define STATUS(prefix, status, field) {prefix, status, field},
#include "core/api/status.def"
#undef STATUS
};

static const struct status_row *
status_find(const char *code)
{
    for (size_t i = 0; i < sizeof status_rows / sizeof *status_rows; i++) {
        if (strncmp(code, status_rows[i].prefix, strlen(status_rows[i].prefix)) == 0) {
            return &status_rows[i];
        }
    }
    return NULL;
}

unsigned
api_status(const char *code)
{
    const struct status_row *row = status_find(code);
    return row != NULL ? row->status : 500;
}

struct api *
api_new(const struct api_config *config)
{
    struct api *api = calloc(1, sizeof *api);
    ensure(api != NULL);
    api->config = *config;
    api_routes_add(api, api_person_routes, api_person_route_count);
    api_routes_add(api, api_transfer_routes, api_transfer_route_count);
    api_routes_add(api, api_record_routes, api_record_route_count);
    api_routes_add(api, api_ledger_routes, api_ledger_route_count);
    api_routes_add(api, api_policy_routes, api_policy_route_count);
    api_routes_add(api, api_absence_routes, api_absence_route_count);
    api_routes_add(api, api_people_routes, api_people_route_count);
    api_routes_add(api, api_sheet_routes, api_sheet_route_count);
    api_routes_add(api, api_duty_routes, api_duty_route_count);
    api_routes_add(api, api_notice_routes, api_notice_route_count);
    api_routes_add(api, api_list_routes, api_list_route_count);
    api_routes_add(api, api_name_routes, api_name_route_count);
    api_routes_add(api, api_bulk_routes, api_bulk_route_count);
    return api;
}

void
api_free(struct api *api)
{
    free(api);
}

void
api_routes_add(struct api *api, const struct api_route *routes, size_t count)
{
    ensure(api->table_count < TABLES_MOST);
    api->tables[api->table_count++] = (struct api_table){routes, count};
}

const struct api_config *
api_config(const struct api *api)
{
    return &api->config;
}

/* ---- answering ---- */

static void
call_free(struct api_call *call)
{
    json_decref(call->body);
    file_close(&call->file);
    arena_free(call->arena);
    free(call);
}

/* Sends ANSWER; a long body as a memory file. */
static void
call_send(struct api_call *call, struct api_answer *answer)
{
    if (answer->body.n <= IPC_TEXT_BYTES) {
        ipc_answer(call->ipc, &api_answer_message, answer, NULL);
        call_free(call);
        return;
    }
    struct err err = {0};
    int fd = file_sealed("answer", answer->body, &err);
    if (fd < 0) {
        ipc_fail(call->ipc, &err);
    } else {
        struct ipc_attach attach = {.fds = &fd, .fd_count = 1};
        answer->body = (struct str){0};
        ipc_answer(call->ipc, &api_answer_message, answer, &attach);
    }
    file_close(&fd);
    call_free(call);
}

void
api_answer_json(struct api_call *call, unsigned status, json_t *body)
{
    char *text = body != NULL ? json_dumps(body, JSON_COMPACT) : NULL;
    json_decref(body);
    struct api_answer answer = {.status = status, .body = str_of(text != NULL ? text : "{}")};
    call_send(call, &answer);
    free(text);
}

void
api_answer_text(struct api_call *call, const char *type, struct str filename, struct str text)
{
    struct api_answer answer = {
        .status = 200, .type = str_of(type), .filename = filename, .body = text};
    call_send(call, &answer);
}

void
api_answer_file(struct api_call *call, const char *type, struct str filename, int file)
{
    struct api_answer answer = {.status = 200, .type = str_of(type), .filename = filename};
    struct ipc_attach attach = {.fds = &file, .fd_count = 1};
    ipc_answer(call->ipc, &api_answer_message, &answer, &attach);
    file_close(&file);
    call_free(call);
}

/* True when WORD is a key of a form: [a-z_]+. */
static bool
is_key(const char *word)
{
    size_t n = strlen(word);
    for (size_t i = 0; i < n; i++) {
        if ((word[i] < 'a' || word[i] > 'z') && word[i] != '_') {
            return false;
        }
    }
    return n > 0 && n <= 40;
}

void
api_fail(struct api_call *call, const struct err *err)
{
    const struct status_row *row = status_find(err->code);
    json_t *body = json_pack("{sss{ss}}", "code", err->code, "args", "detail",
                             utf8_valid(str_of(err->detail)) && row != NULL ? err->detail : "");
    if (row != NULL && row->field && is_key(err->detail)) {
        (void)json_object_set_new(body, "fields",
                                  json_pack("[{ssss}]", "key", err->detail, "code", err->code));
    }
    if (err_is(err, "register.apart")) {
        struct str clause = call->api->config.registers->apart_clause;
        (void)json_object_set_new(body, "clause", json_stringn(clause.p, clause.n));
    }
    api_answer_json(call, row != NULL ? row->status : 500, body);
}

static void
fail_with(struct api_call *call, const char *code, const char *detail)
{
    struct err err = {0};
    (void)err_set(&err, code, __FILE__, __LINE__, "%s", detail);
    api_fail(call, &err);
}

/* ---- routing ---- */

/* True when PATTERN fits PATH; the parts of ":" go to RET. */
static bool
pattern_fits(const char *pattern, struct str path, struct str *ret)
{
    struct str want = str_of(pattern), one, is;
    size_t parts = 0;
    for (;;) {
        bool more = str_split_next(&want, '/', &one);
        if (more != str_split_next(&path, '/', &is)) {
            return false;
        }
        if (!more) {
            return true;
        }
        if (str_equal_z(one, ":")) {
            if (is.n == 0 || parts == API_PARTS_MOST) {
                return false;
            }
            ret[parts++] = is;
        } else if (!str_equal(one, is)) {
            return false;
        }
    }
}

/* The route of CALL, its parts filled; *RET_PATH true when the path is known under another method.
 */
static const struct api_route *
route_find(struct api_call *call, bool *ret_path)
{
    *ret_path = false;
    for (size_t i = 0; i < call->api->table_count; i++) {
        const struct api_table *table = &call->api->tables[i];
        for (size_t k = 0; k < table->count; k++) {
            if (!pattern_fits(table->routes[k].pattern, call->path, call->part)) {
                continue;
            }
            if (str_equal_z(call->method, table->routes[k].method)) {
                return &table->routes[k];
            }
            *ret_path = true;
        }
    }
    return NULL;
}

static void
call_read(struct api_call *call)
{
    struct err err = {0};
    json_t *body = NULL;
    if (call->route->read != NULL && call->route->read(call, &body, &err) < 0) {
        json_decref(body);
        api_fail(call, &err);
        return;
    }
    api_answer_json(call, call->route->status, body != NULL ? body : json_object());
}

static int
call_unit(struct store *store, void *arg, struct err *err)
{
    (void)store;
    struct api_call *call = arg;
    return call->route->write(call, err);
}

static void
call_written(void *arg, int result, const struct err *err)
{
    struct api_call *call = arg;
    if (result < 0) {
        api_fail(call, err);
        return;
    }
    call->result = result;
    call_read(call);
}

static void
call_run(struct api_call *call)
{
    if (call->route->later != NULL) {
        call->route->later(call);
    } else if (call->route->write != NULL) {
        store_write(call->api->config.store, call_unit, call_written, call);
    } else {
        call_read(call);
    }
}

static void
call_known(void *arg, const struct session_known *known, const struct err *err)
{
    struct api_call *call = arg;
    if (known == NULL) {
        api_fail(call, err);
        return;
    }
    call->known = *known;
    call_run(call);
}

/* ---- taking ---- */

/* The body as JSON object: from the message or its memory file. */
static int
body_read(struct api_call *call, const struct api_request *request, struct err *err)
{
    struct buf text;
    int rc = 0;
    buf_init(&text, API_BODY_BYTES);
    buf_put_str(&text, request->body);
    if (ipc_call_fd_count(call->ipc) > 0) {
        int fd = ipc_call_take_fd(call->ipc, 0);
        int64_t size = file_sealed_size(fd, API_BODY_BYTES, err);
        void *room = size >= 0 ? buf_reserve(&text, (size_t)size) : NULL;
        rc = room != NULL ? file_pread(fd, room, (size_t)size, 0, err)
             : size < 0   ? -1
                          : ERR(err, "limit.buffer", "body");
        text.n += rc == 0 ? (size_t)size : 0;
        file_close(&fd);
    }
    if (rc == 0 && text.n > 0) {
        call->body = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, NULL);
        rc = json_is_object(call->body) ? 0 : ERR(err, "api.body", "json");
    }
    if (call->body == NULL) {
        call->body = json_object();
    }
    buf_free(&text);
    return rc;
}

/* The body of a raw route as a memory file of bearable size; a short one came as text. */
static int
file_take(struct api_call *call, const struct api_request *request, struct err *err)
{
    call->body = json_object();
    call->file = ipc_call_fd_count(call->ipc) > 0 ? ipc_call_take_fd(call->ipc, 0)
                                                  : file_sealed("body", request->body, err);
    uint64_t most = call->route->file_bytes > 0 ? call->route->file_bytes : API_FILE_BYTES;
    return call->file < 0 || file_sealed_size(call->file, most, err) < 0 ? -1 : 0;
}

void
api_request_take(struct api *api, struct ipc_call *ipc, struct str zone,
                 const struct api_request *request)
{
    struct api_call *call = calloc(1, sizeof *call);
    ensure(call != NULL);
    call->api = api;
    call->ipc = ipc;
    call->arena = arena_new(API_ARENA_BYTES);
    call->method = str_dup(call->arena, request->method);
    call->path = str_dup(call->arena, request->path);
    call->query = str_dup(call->arena, request->query);
    call->session = str_dup(call->arena, request->session);
    call->zone = str_dup(call->arena, zone);
    struct err err = {0};
    bool other = false;
    call->file = -1;
    call->route = route_find(call, &other);
    bool raw = call->route != NULL && call->route->raw;
    if (arena_check(call->arena, &err) < 0 ||
        (raw ? file_take(call, request, &err) : body_read(call, request, &err)) < 0) {
        api_fail(call, &err);
        return;
    }
    if (call->route == NULL) {
        fail_with(call, other ? "api.method" : "not_found", "path");
    } else if (call->route->open) {
        call_run(call);
    } else {
        struct session_claim claim = {call->session, call->zone, call->route->quiet};
        session_ask(api->config.sessions, &claim, call_known, call);
    }
}

/* ---- helpers of handlers ---- */

struct transfer_caller
api_transfer_caller(const struct api_call *call)
{
    return (struct transfer_caller){
        .person = call->known.person, .zone = call->zone, .factors = str_of(call->known.factors)};
}

struct register_caller
api_register_caller(const struct api_call *call)
{
    return (struct register_caller){.person = call->known.person,
                                    .factors = str_of(call->known.factors),
                                    .factors_at = (int64_t)call->known.fresh_until -
                                                  SESSION_FRESH_S * TIME_US_SECOND};
}

int
api_text(const struct api_call *call, const char *key, struct str *ret, struct err *err)
{
    const json_t *value = json_object_get(call->body, key);
    *ret = (struct str){"", 0};
    if (value == NULL || json_is_null(value)) {
        return 0;
    }
    if (!json_is_string(value)) {
        return ERR(err, "api.field", "%s", key);
    }
    *ret = (struct str){json_string_value(value), json_string_length(value)};
    return memchr(ret->p, 0, ret->n) == NULL ? 0 : ERR(err, "api.field", "%s", key);
}

int
api_number(const struct api_call *call, const char *key, int64_t *ret, struct err *err)
{
    const json_t *value = json_object_get(call->body, key);
    *ret = json_integer_value(value);
    return json_is_integer(value) && *ret >= 0 && *ret <= INT64_C(1) << 53
               ? 0
               : ERR(err, "api.field", "%s", key);
}

static int
hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c = (char)(c | 32);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Undoes %XX and +. p NULL when it is not UTF-8 or broken. */
static struct str
unescape(struct arena *arena, struct str s)
{
    char *out = arena_alloc(arena, s.n + 1);
    size_t n = 0;
    for (size_t i = 0; out != NULL && i < s.n; i++) {
        if (s.p[i] != '%') {
            out[n++] = s.p[i] == '+' ? ' ' : s.p[i];
            continue;
        }
        int high = i + 2 < s.n ? hex_digit(s.p[i + 1]) : -1;
        int low = i + 2 < s.n ? hex_digit(s.p[i + 2]) : -1;
        if (high < 0 || low < 0) {
            return (struct str){0};
        }
        out[n++] = (char)(high << 4 | low);
        i += 2;
    }
    struct str text = {out, n};
    return out != NULL && utf8_valid(text) ? text : (struct str){0};
}

struct str
api_query(const struct api_call *call, const char *key)
{
    struct str rest = call->query, pair;
    while (rest.n > 0 && str_split_next(&rest, '&', &pair)) {
        ptrdiff_t equal = str_find(pair, STR("="), 0);
        if (equal >= 0 && str_equal_z(str_slice(pair, 0, (size_t)equal), key)) {
            return unescape(call->arena, str_slice(pair, (size_t)equal + 1, pair.n));
        }
    }
    return (struct str){0};
}

struct str
api_query_or(const struct api_call *call, const char *key, const char *otherwise)
{
    struct str value = api_query(call, key);
    bool good = value.p != NULL && value.n > 0 && memchr(value.p, 0, value.n) == NULL;
    return good ? value : str_of(otherwise);
}

bool
api_digest(const struct api_call *call, const char *key, unsigned char ret[32])
{
    const json_t *value = json_object_get(call->body, key);
    struct str text = {json_string_value(value), json_string_length(value)};
    return text.p != NULL && hex_decode(text, ret, 32);
}
