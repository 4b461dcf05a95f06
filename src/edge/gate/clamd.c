/*
 * clamd: see clamd.h. Runs in gated. The socket never blocks; the answer is read also after a
 * failed write, because clamd says why it hung up ("INSTREAM size limit exceeded. ERROR").
 */
#include "edge/gate/clamd.h"

#include "base/mem/buf.h"
#include "base/mem/ensure.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { ANSWER_BYTES = 4096, PART_BYTES = 1 << 20, WRITES_PER_TURN = 16 };

struct clamd {
    struct loop *loop;
    struct loop_watch *watch;
    struct loop_timer *timer;
    int fd;
    clamd_source *source;
    clamd_done *done;
    void *arg;
    struct buf out; /* framed bytes that the socket has not taken yet */
    size_t out_at;
    bool source_over, write_over;
    struct buf answer;
    struct err err;
    bool failed;
};

static bool
is_name_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-' || c == '/';
}

/* ANSWER without the one NUL or newline that ends it; n = 0 when there is none. */
static struct str
answer_line(struct str answer)
{
    if (answer.n == 0 || (answer.p[answer.n - 1] != '\0' && answer.p[answer.n - 1] != '\n'))
        return (struct str){NULL, 0};
    return str_slice(answer, 0, answer.n - 1);
}

void
clamd_answer_read(struct str answer, struct clamd_answer *ret)
{
    struct str line = answer_line(answer);
    *ret = (struct clamd_answer){.result = CLAMD_FAILED};
    if (str_equal_z(line, "stream: OK")) {
        ret->result = CLAMD_CLEAN;
        return;
    }
    if (!str_starts(line, STR("stream: ")) || !str_ends(line, STR(" FOUND")) || line.n < 15)
        return;
    struct str name = str_slice(line, 8, line.n - 6);
    for (size_t i = 0; i < name.n; i++)
        if ((unsigned char)name.p[i] <= 0x20) /* more than one line or one answer */
            return;
    ret->result = CLAMD_INFECTED;
    if (str_starts(name, STR("Heuristics.Limits.Exceeded")))
        ret->result = CLAMD_LIMIT;
    if (str_starts(name, STR("Heuristics.Encrypted.")))
        ret->result = CLAMD_ENCRYPTED;
    bool plain = name.n < CLAMD_NAME_BYTES;
    for (size_t i = 0; i < name.n; i++)
        plain = plain && is_name_byte(name.p[i]);
    if (plain)
        memcpy(ret->name, name.p, name.n);
}

bool
clamd_version_read(struct str answer, char ret_engine[CLAMD_NAME_BYTES],
                   char ret_signatures[CLAMD_NAME_BYTES])
{
    struct str line = answer_line(answer);
    struct str part;
    ret_engine[0] = ret_signatures[0] = '\0';
    if (!str_starts(line, STR("ClamAV ")))
        return false;
    struct str rest = str_slice(line, 7, line.n);
    if (!str_split_next(&rest, '/', &part) || part.n == 0 || part.n > 40)
        return false;
    for (size_t i = 0; i < part.n; i++)
        if (!is_name_byte(part.p[i]))
            return false;
    snprintf(ret_engine, CLAMD_NAME_BYTES, "clamav/%.*s", STR_FMT(part));
    uint64_t number;
    if (rest.p != NULL && str_split_next(&rest, '/', &part) && str_to_u64(part, &number))
        snprintf(ret_signatures, CLAMD_NAME_BYTES, "%llu", (unsigned long long)number);
    return true;
}

void
clamd_cancel(struct clamd *clamd)
{
    if (clamd == NULL)
        return;
    loop_watch_free(clamd->watch);
    loop_timer_free(clamd->timer);
    if (clamd->fd >= 0)
        close(clamd->fd);
    buf_free(&clamd->out);
    buf_free(&clamd->answer);
    free(clamd);
}

static void
finish(struct clamd *clamd)
{
    clamd->done(clamd->arg, buf_str(&clamd->answer), clamd->failed ? &clamd->err : NULL);
    clamd_cancel(clamd);
}

static void
fail(struct clamd *clamd, const char *what)
{
    if (!clamd->failed)
        ERR(&clamd->err, "gate.scanner", "%s", what);
    clamd->failed = true;
    finish(clamd);
}

/* Frames the next part of the source. -1 when the source failed. */
static int
part_take(struct clamd *clamd)
{
    struct str part;
    buf_clear(&clamd->out);
    clamd->out_at = 0;
    if (clamd->source(clamd->arg, &part, &clamd->err) != 0) {
        clamd->failed = true;
        return -1;
    }
    ensure(part.n <= PART_BYTES);
    const unsigned char length[4] = {(unsigned char)(part.n >> 24), (unsigned char)(part.n >> 16),
                                     (unsigned char)(part.n >> 8), (unsigned char)part.n};
    buf_put(&clamd->out, length, sizeof length);
    buf_put_str(&clamd->out, part);
    clamd->source_over = part.n == 0;
    return 0;
}

/* Writes what the socket takes. -1 when the source failed. */
static int
write_on(struct clamd *clamd)
{
    for (int i = 0; i < WRITES_PER_TURN; i++) {
        if (clamd->out_at == clamd->out.n) {
            if (clamd->source == NULL || clamd->source_over) {
                clamd->write_over = true;
                return 0;
            }
            if (part_take(clamd) != 0)
                return -1;
        }
        ssize_t n = send(clamd->fd, clamd->out.p + clamd->out_at, clamd->out.n - clamd->out_at,
                         MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            return 0;
        if (n < 0) { /* it hung up: its answer says why */
            clamd->write_over = true;
            return 0;
        }
        clamd->out_at += (size_t)n;
    }
    return 0;
}

static void
ready(void *arg, int fd, unsigned what)
{
    struct clamd *clamd = arg;
    if (what & LOOP_READ) {
        char *to = buf_reserve(&clamd->answer, 512);
        if (to == NULL) {
            fail(clamd, "answer too long");
            return;
        }
        ssize_t n = recv(fd, to, 512, MSG_DONTWAIT);
        if (n > 0)
            clamd->answer.n += (size_t)n;
        if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR) ||
            (n > 0 && to[n - 1] == '\0')) {
            finish(clamd);
            return;
        }
    }
    if ((what & LOOP_WRITE) && !clamd->write_over && write_on(clamd) != 0) {
        finish(clamd);
        return;
    }
    loop_watch_set(clamd->watch, clamd->write_over ? LOOP_READ : LOOP_READ | LOOP_WRITE);
}

static void
late(void *arg)
{
    struct clamd *clamd = arg;
    fail(clamd, clamd->fd < 0 ? "no connection" : "no answer in time");
}

static int
connect_to(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path)
        return -1;
    memcpy(address.sun_path, path, strlen(path));
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

struct clamd *
clamd_start(struct loop *loop, const char *path, clamd_source *source, clamd_done *done, void *arg)
{
    struct clamd *clamd = calloc(1, sizeof *clamd);
    ensure(clamd != NULL);
    clamd->loop = loop;
    clamd->source = source;
    clamd->done = done;
    clamd->arg = arg;
    buf_init(&clamd->out, PART_BYTES + 16);
    buf_init(&clamd->answer, ANSWER_BYTES);
    if (source != NULL)
        buf_put(&clamd->out, "zINSTREAM", 10);
    else
        buf_put(&clamd->out, "zVERSION", 9);
    clamd->timer = loop_timer_new(loop, late, clamd);
    clamd->fd = connect_to(path);
    if (clamd->fd < 0) {
        loop_timer_start(clamd->timer, 0);
        return clamd;
    }
    loop_timer_start(clamd->timer, CLAMD_TIMEOUT_MS);
    clamd->watch = loop_watch_new(loop, clamd->fd, LOOP_READ | LOOP_WRITE, ready, clamd);
    return clamd;
}
