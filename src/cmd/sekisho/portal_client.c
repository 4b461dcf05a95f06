/*
 * portal_client: see portal_client.h. Runs in the command line; libcurl carries the bytes.
 * Redirects are not followed, other schemes not known, certificates always checked (SEKISHO_CA
 * names another list of authorities). Plain http goes to names below localhost only, so the cookie
 * never travels open.
 */
#include "cmd/sekisho/portal_client.h"

#include "base/messages/messages.h"
#include "base/os/file.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SESSION_BYTES = 1000, CALL_MS = 120000, CONNECT_MS = 10000 };

#define COOKIE "__Host-sekisho"

/* ---- the session file ---- */

static bool
session_path(char ret[PATH_MAX])
{
    const char *own = getenv("SEKISHO_SESSION"), *state = getenv("XDG_STATE_HOME"),
               *home = getenv("HOME");
    int n = own != NULL && own[0] != '\0' ? snprintf(ret, PATH_MAX, "%s", own)
            : state != NULL && state[0] == '/'
                ? snprintf(ret, PATH_MAX, "%s/sekisho/session", state)
            : home != NULL ? snprintf(ret, PATH_MAX, "%s/.local/state/sekisho/session", home)
                           : -1;
    return n > 0 && n < PATH_MAX;
}

/* A word that may stand in a header. */
static bool
word_good(const char *word)
{
    for (const char *c = word; *c != '\0'; c++) {
        if (*c <= ' ' || *c > '~' || *c == ';') {
            return false;
        }
    }
    return word[0] != '\0';
}

int
portal_address(struct portal *ret, const char *url, struct err *err)
{
    bool tls = strncmp(url, "https://", 8) == 0, plain = strncmp(url, "http://", 7) == 0;
    const char *host = url + (tls ? 8 : 7);
    size_t n = plain || tls ? strcspn(host, ":/") : 0;
    bool here = plain && ((n == 9 && strncmp(host, "localhost", 9) == 0) ||
                          (n > 10 && strncmp(host + n - 10, ".localhost", 10) == 0));
    size_t all = strlen(url);
    if (n == 0 || (!tls && !here) || !word_good(url) || all >= sizeof ret->url ||
        strpbrk(host, "/@?#\"'<>") != NULL) {
        return ERR(err, "portal_client.url", "%s", url);
    }
    memset(ret, 0, sizeof *ret);
    memcpy(ret->url, url, all);
    return 0;
}

int
portal_load(struct portal *ret, struct err *err)
{
    char path[PATH_MAX], url[PORTAL_URL_BYTES] = "";
    struct buf text;
    struct str rest, line;
    buf_init(&text, SESSION_BYTES);
    if (!session_path(path) || access(path, F_OK) != 0) {
        return ERR(err, "portal_client.no_session", "login");
    }
    int rc = file_read(AT_FDCWD, path, SESSION_BYTES, &text, err);
    rest = buf_str(&text);
    if (rc == 0 && str_split_next(&rest, '\n', &line) && line.n < sizeof url) {
        memcpy(url, line.p, line.n);
        rc = portal_address(ret, url, err);
    }
    if (rc == 0 && str_split_next(&rest, '\n', &line) && line.n < sizeof ret->cookie) {
        memcpy(ret->cookie, line.p, line.n);
    }
    buf_free(&text);
    if (rc == 0 && !word_good(ret->cookie)) {
        return ERR(err, "portal_client.no_session", "login");
    }
    return rc;
}

int
portal_save(const struct portal *portal, struct err *err)
{
    char path[PATH_MAX], folder[PATH_MAX];
    if (!session_path(path)) {
        return ERR(err, "portal_client.session", "HOME");
    }
    (void)snprintf(folder, sizeof folder, "%s", path);
    char *slash = strrchr(folder, '/');
    if (slash != NULL && slash != folder) {
        *slash = '\0';
        if (file_mkdirs(AT_FDCWD, folder, 0700, err) < 0) {
            return -1;
        }
    }
    struct buf text;
    buf_init(&text, SESSION_BYTES);
    buf_printf(&text, "%s\n%s\n", portal->url, portal->cookie);
    (void)unlink(path); /* never into a file that others may read */
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    int rc = fd < 0 ? ERR_ERRNO(err, "portal_client.session", "%s", path)
                    : file_write(fd, text.p, text.n, err);
    file_close(&fd);
    buf_free(&text);
    return rc;
}

void
portal_forget(void)
{
    char path[PATH_MAX];
    if (session_path(path)) {
        (void)unlink(path);
    }
}

/* ---- one call ---- */

static size_t
body_take(char *p, size_t size, size_t n, void *arg)
{
    struct buf *body = arg;
    buf_put(body, p, size * n);
    return body->over ? 0 : size * n;
}

/* Keeps the cookie that the portal sets. */
static size_t
header_take(char *p, size_t size, size_t n, void *arg)
{
    struct portal *portal = arg;
    struct str line = str_trim((struct str){p, size * n}), name = STR("set-cookie:");
    if (line.n > name.n && str_equal_nocase(str_slice(line, 0, name.n), name)) {
        struct str value = str_trim(str_slice(line, name.n, line.n));
        struct str key = STR(COOKIE "=");
        ptrdiff_t end = str_find(value, STR(";"), 0);
        value = str_slice(value, 0, end < 0 ? value.n : (size_t)end);
        if (str_starts(value, key) && value.n - key.n < sizeof portal->cookie) {
            memset(portal->cookie, 0, sizeof portal->cookie);
            memcpy(portal->cookie, value.p + key.n, value.n - key.n);
        }
    }
    return size * n;
}

static struct curl_slist *
headers_make(const struct portal *portal, bool changes)
{
    char line[PORTAL_URL_BYTES + PORTAL_COOKIE_BYTES];
    struct curl_slist *list = curl_slist_append(NULL, "Content-Type: application/json");
    list = curl_slist_append(list, "Expect:");
    if (changes) {
        (void)snprintf(line, sizeof line, "Origin: %s", portal->url);
        list = curl_slist_append(list, line);
        list = curl_slist_append(list, "X-Sekisho: 1");
    }
    if (word_good(portal->cookie)) {
        (void)snprintf(line, sizeof line, "Cookie: " COOKIE "=%s", portal->cookie);
        list = curl_slist_append(list, line);
    }
    return list;
}

/* Makes the request; the text of the answer goes to BODY. */
static int
request(struct portal *portal, const char *method, const char *url, struct str text,
        struct buf *body, unsigned *ret_status, struct err *err)
{
    bool changes = strcmp(method, "GET") != 0;
    const char *ca = getenv("SEKISHO_CA");
    CURL *curl = curl_easy_init();
    if (curl == NULL) {
        return ERR(err, "portal_client.away", "curl");
    }
    struct curl_slist *headers = headers_make(portal, changes);
    long status = 0;
    (void)curl_easy_setopt(curl, CURLOPT_URL, url);
    (void)curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    (void)curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    (void)curl_easy_setopt(curl, CURLOPT_PROXY, "");
    (void)curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)CALL_MS);
    (void)curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
    (void)curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, body_take);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEDATA, body);
    (void)curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, header_take);
    (void)curl_easy_setopt(curl, CURLOPT_HEADERDATA, portal);
    if (changes) {
        (void)curl_easy_setopt(curl, CURLOPT_POSTFIELDS, text.p != NULL ? text.p : "");
        (void)curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)text.n);
        (void)curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
    }
    if (ca != NULL && ca[0] != '\0') {
        (void)curl_easy_setopt(curl, CURLOPT_CAINFO, ca);
    }
    CURLcode code = curl_easy_perform(curl);
    (void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
    *ret_status = (unsigned)status;
    return code == CURLE_OK ? 0 : ERR(err, "portal_client.away", "%s", curl_easy_strerror(code));
}

int
portal_call(struct portal *portal, const char *method, const char *path, struct str body,
            struct portal_answer *ret, struct err *err)
{
    char url[PORTAL_URL_BYTES * 3];
    struct buf answer;
    *ret = (struct portal_answer){0};
    if (snprintf(url, sizeof url, "%s/api/v1/%s", portal->url, path) >= (int)sizeof url) {
        return ERR(err, "portal_client.answer", "path");
    }
    buf_init(&answer, PORTAL_ANSWER_BYTES);
    int rc = request(portal, method, url, body, &answer, &ret->status, err);
    if (rc == 0) {
        ret->body = json_loadb(answer.n > 0 ? answer.p : "{}", answer.n > 0 ? answer.n : 2,
                               JSON_REJECT_DUPLICATES, NULL);
        if (!json_is_object(ret->body)) {
            rc = ERR(err, "portal_client.answer", "%u", ret->status);
            portal_answer_done(ret);
        }
    }
    buf_free(&answer);
    return rc;
}

int
portal_fetch(struct portal *portal, const char *path, struct buf *file, struct portal_answer *ret,
             struct err *err)
{
    char url[PORTAL_URL_BYTES * 3];
    *ret = (struct portal_answer){0};
    if (snprintf(url, sizeof url, "%s/api/v1/%s", portal->url, path) >= (int)sizeof url) {
        return ERR(err, "portal_client.answer", "path");
    }
    if (request(portal, "GET", url, (struct str){"", 0}, file, &ret->status, err) < 0) {
        return -1;
    }
    if (ret->status / 100 != 2) {
        ret->body = json_loadb(file->p, file->n, JSON_REJECT_DUPLICATES, NULL);
    }
    return 0;
}

int
portal_call_json(struct portal *portal, const char *method, const char *path, json_t *body,
                 struct portal_answer *ret, struct err *err)
{
    char *text = body != NULL ? json_dumps(body, JSON_COMPACT) : NULL;
    json_decref(body);
    int rc = portal_call(portal, method, path, str_of(text), ret, err);
    free(text);
    return rc;
}

void
portal_answer_done(struct portal_answer *answer)
{
    json_decref(answer->body);
    answer->body = NULL;
}

int
portal_told(const struct portal_answer *answer)
{
    if (answer->status >= 200 && answer->status < 300) {
        return PORTAL_DONE;
    }
    const char *code = json_string_value(json_object_get(answer->body, "code"));
    const char *detail =
        json_string_value(json_object_get(json_object_get(answer->body, "args"), "detail"));
    struct err err = {0};
    (void)err_set(&err, code != NULL ? code : "portal_client.answer", __FILE__, __LINE__, "%s",
                  detail != NULL ? detail : "");
    message_tell_err(&err);
    bool denied = answer->status == 401 || answer->status == 403;
    bool refused = answer->status == 404 || answer->status == 409 || answer->status == 413 ||
                   answer->status == 422;
    return denied ? PORTAL_DENIED : refused ? PORTAL_REFUSED : PORTAL_FAILED;
}
