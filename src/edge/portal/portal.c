/*
 * portal: see portal.h. Runs in portald: the daemon of libmicrohttpd, its place in the loop, and
 * the one road every request takes: host, origin, path, then its family.
 *
 * libmicrohttpd calls `serve` again and again for one request: at the headers, once more after a
 * suspension there, for bytes of the body, at its end, and after each suspension. An answer can be
 * queued only when no body bytes are offered; until then the rest of the body is thrown away, and a
 * client that will not stop sending is cut off.
 */
#include "edge/portal/portal.h"

#include "edge/portal/request.h"

#include "base/mem/ensure.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    CONNECTIONS_MOST = 1000,
    PER_ADDRESS = 200,
    HEADERS_BYTES = 32 * 1024,
    MEMORY_BYTES = 64 * 1024, /* of one connection, inside libmicrohttpd */
    IDLE_SECONDS = 60,
    DRAIN_BYTES = 16 << 20
};

/* The request is born when its first line is there. */
static void *
target_seen(void *cls, const char *uri, struct MHD_Connection *connection)
{
    struct request *r = calloc(1, sizeof *r);
    ensure(r != NULL);
    r->portal = cls;
    r->connection = connection;
    r->target = strdup(uri);
    ensure(r->target != NULL);
    struct str target = str_of(r->target);
    ptrdiff_t mark = str_find(target, STR("?"), 0);
    r->path = mark < 0 ? target : str_slice(target, 0, (size_t)mark);
    r->query = mark < 0 ? STR("") : str_slice(target, (size_t)mark + 1, target.n);
    buf_init(&r->tail, HEADER_PATH_BYTES * 3);
    return r;
}

/* The target is read by header_path; libmicrohttpd is to leave it alone. */
static size_t
unescape_nothing(void *cls, struct MHD_Connection *connection, char *text)
{
    (void)cls;
    (void)connection;
    return strlen(text);
}

static void
request_completed(void *cls, struct MHD_Connection *connection, void **con_cls,
                  enum MHD_RequestTerminationCode code)
{
    struct request *r = *con_cls;
    (void)cls;
    (void)connection;
    if (r == NULL)
        return;
    *con_cls = NULL;
    r->suspended = false; /* the connection is over: nothing is there to be resumed */
    if (r->kind != NULL && r->kind->gone != NULL)
        r->kind->gone(r, code == MHD_REQUEST_TERMINATED_COMPLETED_OK);
    if (r->answer != NULL)
        MHD_destroy_response(r->answer);
    buf_free(&r->tail);
    free(r->target);
    free(r);
}

static void
address_put(struct request *r)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(r->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    const struct sockaddr *sa = info == NULL ? NULL : info->client_addr;
    if (sa != NULL && sa->sa_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, sa, sizeof in);
        inet_ntop(AF_INET, &in.sin_addr, r->address, sizeof r->address);
    } else if (sa != NULL && sa->sa_family == AF_INET6) {
        struct sockaddr_in6 in6;
        memcpy(&in6, sa, sizeof in6);
        inet_ntop(AF_INET6, &in6.sin6_addr, r->address, sizeof r->address);
    }
}

struct seen {
    size_t bytes; /* of all header lines */
    unsigned hosts;
    bool host_right;
    const char *host;
};

static enum MHD_Result
host_seen(void *cls, enum MHD_ValueKind kind, const char *key, const char *value)
{
    struct seen *seen = cls;
    (void)kind;
    seen->bytes += strlen(key) + (value == NULL ? 0 : strlen(value)) + 4;
    if (strcasecmp(key, "Host") == 0) {
        seen->hosts++;
        seen->host_right = value != NULL && strcasecmp(value, seen->host) == 0;
    }
    return MHD_YES;
}

/* True when the request is meant for this portal; else R is answered. */
static bool
host_check(struct request *r)
{
    struct seen seen = {.host = r->portal->config.host};
    MHD_get_connection_values(r->connection, MHD_HEADER_KIND, host_seen, &seen);
    if (seen.bytes + strlen(r->target) > HEADERS_BYTES) {
        request_refuse(r, 431, "portal.headers", "");
        return false;
    }
    if (seen.hosts == 1 && seen.host_right)
        return true;
    request_refuse(r, 421, "portal.host", "");
    return false;
}

/* True unless R changes something without the marks that only our own pages can set. */
static bool
origin_check(struct request *r)
{
    if (str_equal_z(r->method, "GET") || str_equal_z(r->method, "HEAD") ||
        str_equal_z(r->method, "OPTIONS"))
        return true;
    if (str_equal_z(request_header(r, "X-Sekisho"), "1") &&
        str_equal_z(request_header(r, "Origin"), r->portal->origin))
        return true;
    request_refuse(r, 403, "portal.origin", "");
    return false;
}

static bool
is_content(struct str tail)
{
    return tail.n > 14 && str_starts(tail, STR("items/")) && str_ends(tail, STR("/content"));
}

static const struct request_kind *
api_kind(struct request *r)
{
    struct str tail = buf_str(&r->tail);
    if (str_starts(tail, STR("auth/")))
        return &request_auth;
    if (str_starts(tail, STR("uploads/")))
        return &request_upload;
    if (str_equal_z(r->method, "POST") && file_most(tail) > 0)
        return &request_file;
    return is_content(tail) ? &request_content : &request_api;
}

/* Finds R's family and begins it; R may be answered already. */
static void
request_start(struct request *r, const char *method)
{
    address_put(r);
    r->method = str_of(method);
    if (!host_check(r))
        return;
    if (!str_starts(r->path, STR("/api/v1/"))) {
        r->kind = &request_page;
        r->kind->begin(r);
        return;
    }
    if (!header_path(str_slice(r->path, 8, r->path.n), &r->tail)) {
        request_refuse(r, 404, "not_found", "");
        return;
    }
    const struct request_kind *kind = api_kind(r);
    r->upload = kind == &request_upload;
    struct str other = request_header(r, "X-HTTP-Method-Override");
    if (other.n > 0 && !r->upload) {
        request_refuse(r, 405, "portal.method", "");
        return;
    }
    if (!origin_check(r))
        return;
    if (other.n > 0 && str_equal_z(r->method, "POST"))
        r->method = other;
    r->session = header_cookie(request_header(r, "Cookie"), STR("__Host-sekisho"));
    r->kind = kind;
    r->kind->begin(r);
}

static enum MHD_Result
answer_queue(struct request *r)
{
    struct MHD_Response *response = r->answer;
    r->answer = NULL;
    r->ended = true;
    enum MHD_Result rc = MHD_queue_response(r->connection, r->status, response);
    MHD_destroy_response(response);
    return rc;
}

/*
 * True when a refusal at the headers is to be sent at once. It is not when a body of bearable size
 * is already on its way: that is read and thrown away first, because a browser that is still
 * sending when the connection closes sees a broken network instead of the answer. It is not when
 * there is no body either, so that the connection is kept.
 */
static bool
refuse_at_once(const struct request *r)
{
    uint64_t length = 0;
    str_to_u64(request_header(r, "Content-Length"), &length);
    bool waits = str_equal_nocase(request_header(r, "Expect"), STR("100-continue"));
    bool chunked = request_header(r, "Transfer-Encoding").n > 0;
    return length > DRAIN_BYTES || (waits && (length > 0 || chunked));
}

/*
 * Bytes of the body came: into the family, or away when the answer is known. Bytes may be left over
 * only when R waits: libmicrohttpd offers them again after the suspension, but otherwise not before
 * the client has sent more, which it may never do.
 */
static enum MHD_Result
body_step(struct request *r, const char *bytes, size_t *n)
{
    while (*n > 0 && r->answer == NULL && r->kind->data != NULL) {
        size_t taken = r->kind->data(r, (struct str){bytes, *n});
        bytes += taken;
        *n -= taken;
        if (r->waiting)
            return MHD_YES;
        ensure(taken > 0 || r->answer != NULL);
    }
    r->drained += *n;
    *n = 0;
    return r->drained > DRAIN_BYTES ? MHD_NO : MHD_YES;
}

/* One call of libmicrohttpd for R; what it wants when R does not wait afterwards. */
static enum MHD_Result
request_step(struct request *r, const char *method, const char *bytes, size_t *n)
{
    if (!r->begun) {
        r->begun = true;
        request_start(r, method);
        r->again = request_settle(r);
        return r->answer != NULL && !r->again && refuse_at_once(r) ? answer_queue(r) : MHD_YES;
    }
    if (*n > 0)
        return body_step(r, bytes, n);
    if (r->again) { /* only the headers once more, after the wait there */
        r->again = false;
        return r->answer != NULL && refuse_at_once(r) ? answer_queue(r) : MHD_YES;
    }
    if (r->answer == NULL && !r->ended) {
        r->ended = true;
        r->kind->end(r);
    }
    return r->answer != NULL && !r->waiting ? answer_queue(r) : MHD_YES;
}

static enum MHD_Result
serve(void *cls, struct MHD_Connection *connection, const char *url, const char *method,
      const char *version, const char *bytes, size_t *n, void **con_cls)
{
    struct request *r = *con_cls;
    (void)cls;
    (void)connection;
    (void)url;
    (void)version;
    enum MHD_Result rc = request_step(r, method, bytes, n);
    request_settle(r);
    return rc;
}

static void
daemon_turn(void *arg)
{
    struct portal *portal = arg;
    MHD_UNSIGNED_LONG_LONG wait_ms;
    portal->resumed = false;
    ensure(MHD_run(portal->daemon) == MHD_YES);
    if (portal->resumed)
        loop_timer_start(portal->timer, 0);
    else if (MHD_get_timeout(portal->daemon, &wait_ms) == MHD_YES)
        loop_timer_start(portal->timer, wait_ms);
    else
        loop_timer_stop(portal->timer);
}

static void
daemon_ready(void *arg, int fd, unsigned ready)
{
    (void)fd;
    (void)ready;
    daemon_turn(arg);
}

/* Reads "ADDRESS:PORT" or "[ADDRESS]:PORT". */
static int
listen_address(const char *text, struct sockaddr_storage *ret, socklen_t *ret_n, struct err *err)
{
    char address[64];
    const char *colon = strrchr(text, ':');
    uint64_t port = 0;
    if (colon == NULL || (size_t)(colon - text) >= sizeof address ||
        !str_to_u64(str_of(colon + 1), &port) || port > 65535)
        return ERR(err, "portal.option", "listen=%s", text);
    bool six = text[0] == '[' && colon > text + 1 && colon[-1] == ']';
    snprintf(address, sizeof address, "%.*s", (int)(colon - text) - (six ? 2 : 0),
             text + (six ? 1 : 0));
    memset(ret, 0, sizeof *ret);
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
    if (inet_pton(six ? AF_INET6 : AF_INET, address,
                  six ? (void *)&in6.sin6_addr : (void *)&in.sin_addr) != 1)
        return ERR(err, "portal.option", "listen=%s", text);
    *ret_n = six ? sizeof in6 : sizeof in;
    memcpy(ret, six ? (void *)&in6 : (void *)&in, *ret_n);
    return 0;
}

/* A listening socket of our own, so that the error is ours to tell. */
static int
listen_open(const char *text, struct err *err)
{
    struct sockaddr_storage address;
    socklen_t n;
    int one = 1;
    if (listen_address(text, &address, &n, err) != 0)
        return -1;
    int fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) == 0 &&
        bind(fd, (struct sockaddr *)&address, n) == 0 && listen(fd, 1024) == 0)
        return fd;
    int rc = ERR_ERRNO(err, "portal.listen", "%s", text);
    if (fd >= 0)
        close(fd);
    return rc;
}

static int
daemon_start(struct portal *portal, struct err *err)
{
    const struct portal_config *config = &portal->config;
    int fd = listen_open(config->listen, err);
    if (fd < 0)
        return -1;
    unsigned per_address = config->per_address > 0 ? config->per_address : PER_ADDRESS;
    portal->daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, serve, portal,
        MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_URI_LOG_CALLBACK, target_seen, portal,
        MHD_OPTION_UNESCAPE_CALLBACK, unescape_nothing, NULL, MHD_OPTION_NOTIFY_COMPLETED,
        request_completed, portal, MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MOST,
        MHD_OPTION_PER_IP_CONNECTION_LIMIT, per_address, MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned)IDLE_SECONDS, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)MEMORY_BYTES,
        MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
    if (portal->daemon == NULL) {
        close(fd);
        return ERR(err, "portal.listen", "%s", config->listen);
    }
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(portal->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    ensure(info != NULL);
    portal->timer = loop_timer_new(config->loop, daemon_turn, portal);
    portal->watch = loop_watch_new(config->loop, info->epoll_fd, LOOP_READ, daemon_ready, portal);
    daemon_turn(portal);
    return 0;
}

static bool
is_local_name(struct str host)
{
    ptrdiff_t colon = str_find(host, STR(":"), 0);
    struct str name = colon < 0 ? host : str_slice(host, 0, (size_t)colon);
    return str_equal_z(name, "localhost") || str_ends(name, STR(".localhost"));
}

int
portal_open(const struct portal_config *config, struct portal **ret, struct err *err)
{
    struct portal *portal = calloc(1, sizeof *portal);
    ensure(portal != NULL);
    portal->config = *config;
    if (strlen(config->host) > 255) {
        free(portal);
        return ERR(err, "portal.option", "host");
    }
    const char *scheme = is_local_name(str_of(config->host)) ? "http" : "https";
    if (config->origin != NULL)
        snprintf(portal->origin, sizeof portal->origin, "%s", config->origin);
    else
        snprintf(portal->origin, sizeof portal->origin, "%s://%s", scheme, config->host);
    if (bundle_open(config->web_dir, config->zone, &portal->bundle, err) != 0 ||
        daemon_start(portal, err) != 0) {
        bundle_free(portal->bundle);
        free(portal);
        return -1;
    }
    *ret = portal;
    return 0;
}
