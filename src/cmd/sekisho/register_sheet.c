/*
 * register_sheet: see register_sheet.h. Nothing is parsed here: the file goes to the portal as it
 * is, and what comes out is written as it came, never over a file that exists.
 */
#include "cmd/sekisho/register_sheet.h"

#include "base/messages/messages.h"
#include "base/os/file.h"
#include "cmd/sekisho/portal_client.h"

#include <curl/curl.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { FILE_BYTES = 64 << 20, PATH_BYTES = 1000, WAIT_MS = 200, WAITS_MOST = 9000 };

struct wish {
    const char *reg, *file, *sheet, *encoding, *approve, *digest, *format, *fy, *out;
    bool json;
};

static int
usage(void)
{
    fprintf(stderr, "%s\n", message_text(message_lang(), "register.sheet_usage"));
    return PORTAL_USAGE;
}

static int
fail(const struct err *err, int code)
{
    message_tell_err(err);
    return code;
}

static bool
words_read(int argc, char **argv, struct wish *w)
{
    struct {
        const char *word, **value;
    } options[] = {
        {"--sheet", &w->sheet},   {"--encoding", &w->encoding}, {"--approve", &w->approve},
        {"--digest", &w->digest}, {"--format", &w->format},     {"--fy", &w->fy},
        {"-o", &w->out}};
    for (int i = 2; i < argc; i++) {
        const char **value = NULL;
        for (size_t k = 0; k < sizeof options / sizeof *options; k++) {
            value = strcmp(argv[i], options[k].word) == 0 ? options[k].value : value;
        }
        if (value != NULL && i + 1 < argc) {
            *value = argv[++i];
        } else if (strcmp(argv[i], "--json") == 0) {
            w->json = true;
        } else if (argv[i][0] == '-' || w->file != NULL) {
            return false;
        } else {
            *(w->reg == NULL ? &w->reg : &w->file) = argv[i];
        }
    }
    return true;
}

/* Appends KEY=VALUE, percent-encoded, to PATH. */
static void
query_add(struct buf *path, const char *key, const char *value)
{
    if (value == NULL) {
        return;
    }
    char *text = curl_easy_escape(NULL, value, 0);
    bool first = memchr(path->p, '?', path->n) == NULL;
    buf_printf(path, "%c%s=%s", first ? '?' : '&', key, text != NULL ? text : "");
    curl_free(text);
}

/* A word that goes into a path. */
static bool
is_word(const char *s)
{
    return s != NULL && *s != '\0' &&
           strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(s) && strlen(s) <= 40;
}

/* Asks for the batch until it has left STATE. -1 with ERR; else the exit code so far. */
static int
batch_wait(struct portal *portal, const char *id, const char *state, struct portal_answer *ret,
           struct err *err)
{
    char path[PATH_BYTES];
    const struct timespec pause = {0, WAIT_MS * 1000000L};
    (void)snprintf(path, sizeof path, "import/%s", id);
    for (int i = 0; i < WAITS_MOST; i++) {
        if (portal_call(portal, "GET", path, (struct str){"", 0}, ret, err) < 0) {
            return -1;
        }
        const char *now = json_string_value(json_object_get(ret->body, "state"));
        if (ret->status != 200 || now == NULL || strcmp(now, state) != 0) {
            return ret->status == 200 ? PORTAL_DONE : portal_told(ret);
        }
        portal_answer_done(ret);
        (void)nanosleep(&pause, NULL);
    }
    return ERR(err, "portal_client.away", "%s", state);
}

/* Prints the batch; 1 when something of it is wrong. */
static int
batch_print(const struct wish *w, json_t *body)
{
    json_t *counts = json_object_get(body, "counts");
    const char *state = json_string_value(json_object_get(body, "state"));
    json_int_t wrong = json_integer_value(json_object_get(counts, "error")) +
                       json_integer_value(json_object_get(counts, "left"));
    bool failed = state == NULL || strcmp(state, "failed") == 0;
    bool good = wrong == 0 && !failed;
    if (w->json) {
        (void)json_object_set_new(body, "command", json_string("register import"));
        (void)json_object_set_new(body, "ok", json_boolean(good));
        (void)json_dumpf(body, stdout, JSON_COMPACT | JSON_SORT_KEYS);
        (void)putchar('\n');
        return good ? PORTAL_DONE : PORTAL_REFUSED;
    }
    (void)json_dumpf(body, stdout, JSON_INDENT(2) | JSON_SORT_KEYS);
    (void)putchar('\n');
    return good ? PORTAL_DONE : PORTAL_REFUSED;
}

/* What POST answered leads to a batch, which is waited for while it is in STATE. */
static int
batch_follow(const struct wish *w, struct portal *portal, struct portal_answer *answer,
             const char *state, struct err *err)
{
    int code = portal_told(answer);
    const char *id = json_string_value(json_object_get(answer->body, "import"));
    char kept[40];
    (void)snprintf(kept, sizeof kept, "%s", id != NULL ? id : "");
    portal_answer_done(answer);
    if (code != PORTAL_DONE) {
        return code;
    }
    code = batch_wait(portal, kept, state, answer, err);
    if (code < 0) {
        return fail(err, PORTAL_FAILED);
    }
    code = code == PORTAL_DONE ? batch_print(w, answer->body) : code;
    portal_answer_done(answer);
    return code;
}

static int
import_file(const struct wish *w, struct portal *portal, struct err *err)
{
    struct buf bytes, path;
    struct portal_answer answer;
    const char *slash = strrchr(w->file, '/');
    buf_init(&bytes, FILE_BYTES + 1);
    buf_init(&path, PATH_BYTES);
    if (file_read(AT_FDCWD, w->file, FILE_BYTES, &bytes, err) < 0) {
        buf_free(&bytes);
        return fail(err, PORTAL_USAGE);
    }
    buf_printf(&path, "registers/%s/import", w->reg);
    query_add(&path, "name", slash != NULL ? slash + 1 : w->file);
    query_add(&path, "sheet", w->sheet);
    query_add(&path, "encoding", w->encoding);
    buf_put_char(&path, '\0');
    int code = path.over ? usage()
               : portal_call(portal, "POST", path.p, buf_str(&bytes), &answer, err) < 0
                   ? fail(err, PORTAL_FAILED)
                   : batch_follow(w, portal, &answer, "reading", err);
    buf_free(&bytes);
    buf_free(&path);
    return code;
}

static int
import_approve(const struct wish *w, struct portal *portal, struct err *err)
{
    char path[PATH_BYTES];
    struct portal_answer answer;
    (void)snprintf(path, sizeof path, "import/%s/apply", w->approve);
    if (portal_call_json(portal, "POST", path, json_pack("{ss}", "digest", w->digest), &answer,
                         err) < 0) {
        return fail(err, PORTAL_FAILED);
    }
    return batch_follow(w, portal, &answer, "applying", err);
}

/* A new file; it goes again when it could not be written whole. */
static int
file_make(const char *name, struct str bytes, struct err *err)
{
    int fd = file_open(AT_FDCWD, name, O_WRONLY | O_CREAT | O_EXCL, 0600, err);
    if (fd < 0) {
        return -1;
    }
    int rc = file_write(fd, bytes.p, bytes.n, err);
    rc = rc < 0 ? -1 : file_sync(fd, err);
    file_close(&fd);
    if (rc < 0) {
        (void)unlink(name);
    }
    return rc;
}

static int
export_file(const struct wish *w, struct portal *portal, struct err *err)
{
    struct buf bytes, path;
    struct portal_answer answer = {0};
    buf_init(&bytes, PORTAL_ANSWER_BYTES);
    buf_init(&path, PATH_BYTES);
    buf_printf(&path, "registers/%s/export", w->reg);
    query_add(&path, "format", w->format);
    query_add(&path, "encoding", w->encoding);
    query_add(&path, "fy", w->fy);
    buf_put_char(&path, '\0');
    int code = path.over ? usage() : PORTAL_DONE;
    if (code == PORTAL_DONE && portal_fetch(portal, path.p, &bytes, &answer, err) < 0) {
        code = fail(err, PORTAL_FAILED);
    } else if (code == PORTAL_DONE) {
        code = portal_told(&answer);
    }
    if (code == PORTAL_DONE && file_make(w->out, buf_str(&bytes), err) < 0) {
        code = fail(err, PORTAL_USAGE);
    }
    if (code == PORTAL_DONE && w->json) {
        printf("{\"bytes\":%zu,\"command\":\"register export\",\"findings\":[],\"ok\":true}\n",
               bytes.n);
    }
    portal_answer_done(&answer);
    buf_free(&bytes);
    buf_free(&path);
    return code;
}

int
register_sheet(int argc, char **argv)
{
    struct wish w = {0};
    struct portal portal;
    struct err err = {0};
    bool out = strcmp(argv[1], "export") == 0;
    if (!words_read(argc, argv, &w)) {
        return usage();
    }
    bool approves = !out && w.approve != NULL;
    bool good = out        ? is_word(w.reg) && w.out != NULL && w.format != NULL && w.file == NULL
                : approves ? is_word(w.approve) && w.digest != NULL && w.reg == NULL
                           : is_word(w.reg) && w.file != NULL;
    if (!good) {
        return usage();
    }
    if (portal_load(&portal, &err) < 0) {
        return fail(&err, PORTAL_DENIED);
    }
    return out        ? export_file(&w, &portal, &err)
           : approves ? import_approve(&w, &portal, &err)
                      : import_file(&w, &portal, &err);
}
