/*
 * portal_client: see portal_client.h. Runs in the command line. What the portal answers is checked
 * like any foreign bytes: status line, head, JSON object, limits.
 *
 * Invariant: secrets stand in buffers that are wiped before they are left.
 */
#include "cmd/sekisho/portal_client.h"

#include "base/mem/str.h"
#include "base/messages/messages.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <termios.h>
#include <unistd.h>

enum { SECRET_BYTES = 1024, PIECE_BYTES = 64 << 10 };

/* Letters, digits, dots and hyphens that name this machine. */
static bool
is_local(struct str name)
{
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        bool fine = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
        if (!fine) {
            return false;
        }
    }
    return str_equal_z(name, "localhost") || str_equal_z(name, "127.0.0.1") ||
           (name.n > 10 && str_ends(name, STR(".localhost")));
}

int
client_open(const char *url, struct portal_client *ret, struct err *err)
{
    struct str text = str_of(url), scheme = STR("http://");
    *ret = (struct portal_client){0};
    struct str host =
        str_starts(text, scheme) ? str_slice(text, scheme.n, text.n) : (struct str){0};
    if (host.n > 0 && host.p[host.n - 1] == '/') {
        host.n--;
    }
    ptrdiff_t colon = str_find(host, STR(":"), 0);
    uint64_t port = 0;
    if (colon <= 0 || host.n >= sizeof ret->host || !is_local(str_slice(host, 0, (size_t)colon)) ||
        !str_to_u64(str_slice(host, (size_t)colon + 1, host.n), &port) || port == 0 ||
        port > 65535) {
        return ERR(err, "client.url", "%.*s", STR_FMT(str_slice(text, 0, 100)));
    }
    memcpy(ret->host, host.p, host.n);
    ret->port = (unsigned)port;
    return 0;
}

static int
link_open(const struct portal_client *client, struct err *err)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)client->port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct timeval wait = {.tv_sec = CLIENT_WAIT_S};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait) < 0 ||
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait) < 0 ||
        connect(fd, (struct sockaddr *)&address, sizeof address) < 0) {
        int rc = ERR_ERRNO(err, "client.connect", "%s", client->host);
        if (fd >= 0) {
            (void)close(fd);
        }
        return rc;
    }
    return fd;
}

static int
send_all(int fd, struct str bytes, struct err *err)
{
    while (bytes.n > 0) {
        ssize_t n = send(fd, bytes.p, bytes.n, MSG_NOSIGNAL);
        if (n <= 0) {
            return ERR_ERRNO(err, "client.connect", "send");
        }
        bytes = str_slice(bytes, (size_t)n, bytes.n);
    }
    return 0;
}

/* Everything until the portal closes. */
static int
receive_all(int fd, struct buf *ret, struct err *err)
{
    for (;;) {
        char *room = buf_reserve(ret, PIECE_BYTES);
        if (room == NULL) {
            return buf_done(ret, err);
        }
        ssize_t n = recv(fd, room, PIECE_BYTES, 0);
        if (n < 0) {
            return ERR_ERRNO(err, "client.connect", "receive");
        }
        if (n == 0) {
            return 0;
        }
        ret->n += (size_t)n;
    }
}

static void
request_put(struct buf *out, const struct portal_client *client, const char *method,
            const char *path, struct str body)
{
    buf_printf(out, "%s /api/v1/%s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n", method, path,
               client->host);
    if (strcmp(method, "GET") != 0) {
        buf_printf(out,
                   "Origin: http://%s\r\nX-Sekisho: 1\r\nContent-Type: application/json\r\n"
                   "Content-Length: %zu\r\n",
                   client->host, body.n);
    }
    if (client->cookie[0] != '\0') {
        buf_printf(out, "Cookie: __Host-sekisho=%s\r\n", client->cookie);
    }
    buf_put_z(out, "\r\n");
    buf_put_str(out, body);
}

/* Takes the session out of a line of the head; an empty one ends it. */
static void
cookie_take(struct portal_client *client, struct str line)
{
    struct str name = STR("set-cookie:"), key = STR("__Host-sekisho=");
    if (line.n < name.n || !str_equal_nocase(str_slice(line, 0, name.n), name)) {
        return;
    }
    struct str value = str_trim(str_slice(line, name.n, line.n));
    if (!str_starts(value, key)) {
        return;
    }
    value = str_slice(value, key.n, value.n);
    ptrdiff_t end = str_find(value, STR(";"), 0);
    value = end < 0 ? value : str_slice(value, 0, (size_t)end);
    if (value.n < sizeof client->cookie) {
        memcpy(client->cookie, value.p, value.n);
        client->cookie[value.n] = '\0';
    }
}

static int
answer_read(struct portal_client *client, struct str bytes, unsigned *ret_status, json_t **ret,
            struct err *err)
{
    ptrdiff_t end = str_find(bytes, STR("\r\n\r\n"), 0);
    uint64_t status = 0;
    if (end < 0 || !str_starts(bytes, STR("HTTP/1.1 ")) ||
        !str_to_u64(str_slice(bytes, 9, 12), &status) || status < 100 || status > 599) {
        return ERR(err, "client.answer", "head");
    }
    struct str head = str_slice(bytes, 0, (size_t)end), line;
    struct str body = str_slice(bytes, (size_t)end + 4, bytes.n);
    while (str_split_next(&head, '\n', &line)) {
        cookie_take(client, str_trim(line));
    }
    *ret = body.n == 0 ? json_object() : json_loadb(body.p, body.n, JSON_REJECT_DUPLICATES, NULL);
    if (!json_is_object(*ret)) {
        json_decref(*ret);
        *ret = NULL;
        return ERR(err, "client.answer", "json");
    }
    *ret_status = (unsigned)status;
    return 0;
}

static int
exchange(struct portal_client *client, struct str request, unsigned *ret_status, json_t **ret,
         struct err *err)
{
    struct buf answer;
    int fd = link_open(client, err);
    if (fd < 0) {
        return -1;
    }
    buf_init(&answer, CLIENT_ANSWER_BYTES);
    int rc = send_all(fd, request, err);
    if (rc == 0) {
        rc = receive_all(fd, &answer, err);
    }
    (void)close(fd);
    if (rc == 0) {
        rc = answer_read(client, buf_str(&answer), ret_status, ret, err);
    }
    buf_free(&answer);
    return rc;
}

int
client_call(struct portal_client *client, const char *method, const char *path, const json_t *body,
            unsigned *ret_status, json_t **ret, struct err *err)
{
    char *text = body != NULL ? json_dumps(body, JSON_COMPACT) : NULL;
    struct buf request;
    buf_init(&request, 1 << 20);
    request_put(&request, client, method, path, str_of(text));
    int rc = buf_done(&request, err);
    if (rc == 0) {
        rc = exchange(client, buf_str(&request), ret_status, ret, err);
    }
    if (request.p != NULL) {
        explicit_bzero(request.p, request.n);
    }
    if (text != NULL) {
        explicit_bzero(text, strlen(text));
    }
    free(text);
    buf_free(&request);
    return rc;
}

/* One line, without echo on a terminal. */
static int
secret_read(const char *prompt_key, char ret[SECRET_BYTES], struct err *err)
{
    struct termios was, quiet;
    bool terminal = isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &was) == 0;
    if (terminal) {
        quiet = was;
        quiet.c_lflag &= ~(tcflag_t)ECHO;
        (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
        fprintf(stderr, "%s", message_text(message_lang(), prompt_key));
    }
    char *line = fgets(ret, SECRET_BYTES, stdin);
    if (terminal) {
        (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &was);
        fprintf(stderr, "\n");
    }
    size_t n = line != NULL ? strlen(line) : 0;
    if (n == 0 || line[n - 1] != '\n') {
        return ERR(err, "client.input", "%s", prompt_key);
    }
    ret[n - 1] = '\0';
    return 0;
}

/* One factor. 0 with the answer's status in *RET_STATUS. */
static int
factor_give(struct portal_client *client, const char *attempt, const char *factor,
            unsigned *ret_status, json_t **ret, struct err *err)
{
    char secret[SECRET_BYTES];
    bool password = strcmp(factor, "password") == 0;
    int rc = secret_read(password ? "client.ask_password" : "client.ask_code", secret, err);
    if (rc == 0) {
        json_t *body = json_pack("{ss ss s{ss}}", "attempt", attempt, "factor", factor, "data",
                                 password ? "password" : "code", secret);
        rc = body != NULL ? client_call(client, "POST", "auth/step", body, ret_status, ret, err)
                          : ERR(err, "client.input", "%s", factor);
        json_decref(body);
    }
    explicit_bzero(secret, sizeof secret);
    return rc;
}

int
client_login(struct portal_client *client, const char *login, json_t **ret_answer, struct err *err)
{
    static const char *const factors[] = {"password", "totp"};
    unsigned status = 0;
    json_t *body = json_pack("{ss}", "login", login), *begun = NULL;
    int rc = body != NULL ? client_call(client, "POST", "auth/begin", body, &status, &begun, err)
                          : ERR(err, "client.input", "login");
    json_decref(body);
    const char *attempt = json_string_value(json_object_get(begun, "attempt"));
    if (rc == 0 && attempt == NULL) {
        *ret_answer = begun;
        return 1;
    }
    *ret_answer = NULL;
    for (size_t i = 0; rc == 0 && i < 2; i++) {
        json_decref(*ret_answer);
        *ret_answer = NULL;
        rc = factor_give(client, attempt, factors[i], &status, ret_answer, err);
        if (rc == 0 && status >= 300) {
            rc = 1;
        }
    }
    if (rc == 0 && client->cookie[0] == '\0') {
        rc = ERR(err, "client.answer", "session");
    }
    json_decref(begun);
    if (rc <= 0) {
        json_decref(*ret_answer);
        *ret_answer = NULL;
    }
    return rc;
}

void
client_logout(struct portal_client *client)
{
    struct err err;
    unsigned status = 0;
    json_t *answer = NULL, *body = json_object();
    if (client->cookie[0] != '\0') {
        (void)client_call(client, "POST", "auth/end", body, &status, &answer, &err);
    }
    json_decref(answer);
    json_decref(body);
    explicit_bzero(client->cookie, sizeof client->cookie);
}

void
client_tell(const json_t *answer)
{
    const char *code = json_string_value(json_object_get(answer, "code"));
    const char *detail =
        json_string_value(json_object_get(json_object_get(answer, "args"), "detail"));
    struct err err = {.code = code != NULL ? code : "client.answer"};
    (void)snprintf(err.detail, sizeof err.detail, "%s", detail != NULL ? detail : "");
    message_tell_err(&err);
}
