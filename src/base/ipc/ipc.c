/*
 * ipc: see ipc.h. Used by every daemon.
 *
 * Invariants: an open request stands in edge->waits until its DONE ran or it was forgotten; a call that
 * a handler has not answered yet stands in edge->calls, so that neither outlives the edge
 * unnoticed; a call answers only on the socket it came through (generation).
 */
#include "base/ipc/ipc.h"

#include "base/mem/ensure.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { NAME_BYTES = 48, READ_BURST = 32, TICK_MS = 250, TIMEOUT_DEFAULT_MS = 30000, CODES_MOST = 512 };

struct wait {
    struct wait *next;
    uint64_t call;
    uint64_t deadline_ms;
    const struct ipc_message *answer;
    ipc_done *done;
    void *arg;
};

struct ipc_call {
    struct ipc_call *next, **link; /* in edge->calls */
    struct ipc_edge *edge;         /* NULL once the edge is gone */
    uint64_t generation;
    struct ipc_header header;
    int fds[IPC_FDS_MOST];
    size_t fd_count;
};

struct packet {
    struct packet *next;
    size_t n;
    int fds[IPC_FDS_MOST];
    size_t fd_count;
    char bytes[];
};

struct ipc_edge {
    char name[NAME_BYTES];
    struct loop *loop;
    const struct ipc_service *service;
    void *ctx;
    int fd;
    uint64_t generation, next_call;
    struct loop_watch *watch;
    struct loop_timer *timer;
    struct wait *waits;
    size_t wait_count;
    struct ipc_call *calls;
    struct packet *queue, **queue_end;
    size_t queue_bytes;
    ipc_state_call *state_call;
    void *state_arg;
    struct buf scratch; /* the packet being encoded */
    char *in;           /* IPC_PACKET_BYTES: the packet being handled */
};

struct failure {
    struct str code, detail;
};

static const struct ipc_field failure_fields[] = {
    IPC_TEXT(struct failure, code, 64),
    IPC_TEXT(struct failure, detail, ERR_DETAIL_BYTES),
};

static const struct ipc_message failure_message = {UINT16_MAX, "ipc.failure", sizeof(struct failure),
                                                   failure_fields, 2, 0};

static uint64_t
clock_ms(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

static void
fds_close(int *fds, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (fds[i] >= 0)
            close(fds[i]);
}

/* Error codes are static strings; those that come from a peer are kept once, a bounded number. */
static const char *
code_intern(struct str code)
{
    static char *codes[CODES_MOST];
    static size_t count;
    for (size_t i = 0; i < count; i++)
        if (str_equal_z(code, codes[i]))
            return codes[i];
    if (count == CODES_MOST)
        return "ipc.failed";
    codes[count] = strndup(code.p, code.n);
    ensure(codes[count] != NULL);
    return codes[count++];
}

struct ipc_edge *
ipc_edge_new(struct loop *loop, const char *name, const struct ipc_service *service, void *ctx)
{
    struct ipc_edge *edge = calloc(1, sizeof *edge);
    ensure(edge != NULL);
    snprintf(edge->name, sizeof edge->name, "%s", name);
    edge->loop = loop;
    edge->service = service;
    edge->ctx = ctx;
    edge->fd = -1;
    edge->queue_end = &edge->queue;
    edge->in = malloc(IPC_PACKET_BYTES + 1);
    ensure(edge->in != NULL);
    buf_init(&edge->scratch, IPC_PACKET_BYTES);
    return edge;
}

void
ipc_edge_serve(struct ipc_edge *edge, const struct ipc_service *service, void *ctx)
{
    edge->service = service;
    edge->ctx = ctx;
}

/* Ends one open request with a failure of the edge. */
static void
wait_fail(struct wait *wait, const char *code, const char *detail)
{
    struct err err;
    ERR(&err, "ipc.away", "%s", detail);
    err.code = code;
    struct ipc_result result = {.err = &err};
    ipc_done *done = wait->done;
    void *arg = wait->arg;
    free(wait);
    done(arg, &result);
}

static void
queue_drop(struct ipc_edge *edge)
{
    while (edge->queue != NULL) {
        struct packet *p = edge->queue;
        edge->queue = p->next;
        fds_close(p->fds, p->fd_count);
        free(p);
    }
    edge->queue_end = &edge->queue;
    edge->queue_bytes = 0;
}

/* Closes the socket and fails what was asked; the edge itself stays. */
static void
edge_detach(struct ipc_edge *edge)
{
    if (edge->fd < 0)
        return;
    loop_watch_free(edge->watch);
    edge->watch = NULL;
    close(edge->fd);
    edge->fd = -1;
    edge->generation++;
    queue_drop(edge);
    struct wait *waits = edge->waits;
    edge->waits = NULL;
    edge->wait_count = 0;
    while (waits != NULL) {
        struct wait *wait = waits;
        waits = wait->next;
        wait_fail(wait, "ipc.away", edge->name);
    }
    if (edge->fd < 0 && edge->state_call != NULL)
        edge->state_call(edge->state_arg, edge, false);
}

void
ipc_edge_free(struct ipc_edge *edge)
{
    if (edge == NULL)
        return;
    edge->state_call = NULL;
    edge_detach(edge);
    for (struct ipc_call *call = edge->calls; call != NULL; call = call->next)
        call->edge = NULL;
    loop_timer_free(edge->timer);
    buf_free(&edge->scratch);
    free(edge->in);
    free(edge);
}

void
ipc_edge_on_state(struct ipc_edge *edge, ipc_state_call *call, void *arg)
{
    edge->state_call = call;
    edge->state_arg = arg;
    if (edge->fd >= 0 && call != NULL)
        call(arg, edge, true);
}

bool
ipc_edge_up(const struct ipc_edge *edge)
{
    return edge->fd >= 0;
}

const char *
ipc_edge_name(const struct ipc_edge *edge)
{
    return edge->name;
}

/* Sends one packet now. 1 sent, 0 not yet, -1 the peer is gone. */
static int
packet_send(int fd, const struct packet *p)
{
    struct iovec iov = {(void *)(uintptr_t)p->bytes, p->n};
    union {
        char bytes[CMSG_SPACE(sizeof(int) * IPC_FDS_MOST)];
        struct cmsghdr align;
    } control;
    memset(&control, 0, sizeof control);
    struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
    if (p->fd_count > 0) {
        msg.msg_control = control.bytes;
        msg.msg_controllen = CMSG_SPACE(sizeof(int) * p->fd_count);
        struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
        ensure(c != NULL);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof(int) * p->fd_count);
        memcpy(CMSG_DATA(c), p->fds, sizeof(int) * p->fd_count);
    }
    ssize_t n;
    do
        n = sendmsg(fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return errno == EAGAIN || errno == ENOBUFS ? 0 : -1;
    return 1;
}

static void
queue_flush(struct ipc_edge *edge)
{
    while (edge->queue != NULL) {
        struct packet *p = edge->queue;
        int sent = packet_send(edge->fd, p);
        if (sent < 0) {
            edge_detach(edge);
            return;
        }
        if (sent == 0)
            break;
        edge->queue = p->next;
        if (edge->queue == NULL)
            edge->queue_end = &edge->queue;
        edge->queue_bytes -= p->n;
        fds_close(p->fds, p->fd_count);
        free(p);
    }
    loop_watch_set(edge->watch, edge->queue == NULL ? LOOP_READ : LOOP_READ | LOOP_WRITE);
}

/* Encodes and queues one packet; the descriptors are duplicated. */
static int
edge_send(struct ipc_edge *edge, const struct ipc_header *header, const struct ipc_message *message,
          const void *value, const struct ipc_attach *attach, struct err *err)
{
    if (edge->fd < 0)
        return ERR(err, "ipc.away", "%s", edge->name);
    size_t fd_count = attach == NULL ? 0 : attach->fd_count;
    ensure(fd_count <= message->fds && fd_count <= IPC_FDS_MOST);
    buf_clear(&edge->scratch);
    if (ipc_encode(&edge->scratch, header, message, value, err) != 0)
        return -1;
    if (edge->queue_bytes + edge->scratch.n > IPC_QUEUE_BYTES)
        return ERR(err, "ipc.full", "%s", edge->name);
    struct packet *p = malloc(sizeof *p + edge->scratch.n);
    ensure(p != NULL);
    *p = (struct packet){.n = edge->scratch.n};
    memcpy(p->bytes, edge->scratch.p, p->n);
    for (; p->fd_count < fd_count; p->fd_count++) {
        p->fds[p->fd_count] = fcntl(attach->fds[p->fd_count], F_DUPFD_CLOEXEC, 3);
        if (p->fds[p->fd_count] < 0) {
            fds_close(p->fds, p->fd_count);
            free(p);
            return ERR_ERRNO(err, "ipc.full", "%s", edge->name);
        }
    }
    *edge->queue_end = p;
    edge->queue_end = &p->next;
    edge->queue_bytes += p->n;
    if (edge->queue == p)
        queue_flush(edge);
    return 0;
}

static void
edge_tick(void *arg)
{
    struct ipc_edge *edge = arg;
    uint64_t now = clock_ms();
    struct wait **link = &edge->waits;
    struct wait *late = NULL;
    while (*link != NULL) {
        struct wait *wait = *link;
        if (wait->deadline_ms > now) {
            link = &wait->next;
            continue;
        }
        *link = wait->next;
        wait->next = late;
        late = wait;
        edge->wait_count--;
    }
    if (edge->waits != NULL)
        loop_timer_start(edge->timer, TICK_MS);
    while (late != NULL) {
        struct wait *wait = late;
        late = wait->next;
        wait_fail(wait, "ipc.timeout", edge->name);
    }
}

static void
wait_add(struct ipc_edge *edge, struct wait *wait)
{
    bool first = edge->waits == NULL;
    wait->next = edge->waits;
    edge->waits = wait;
    edge->wait_count++;
    if (edge->timer == NULL)
        edge->timer = loop_timer_new(edge->loop, edge_tick, edge);
    if (first)
        loop_timer_start(edge->timer, TICK_MS);
}

static struct wait *
wait_take(struct ipc_edge *edge, uint64_t call)
{
    for (struct wait **link = &edge->waits; *link != NULL; link = &(*link)->next) {
        struct wait *wait = *link;
        if (wait->call != call)
            continue;
        *link = wait->next;
        edge->wait_count--;
        return wait;
    }
    return NULL;
}

void
ipc_request(struct ipc_edge *edge, const struct ipc_message *message, const void *value,
            const struct ipc_attach *attach, const struct ipc_message *answer, uint32_t timeout_ms,
            ipc_done *done, void *arg)
{
    struct err err;
    uint64_t generation = edge->generation;
    struct wait *wait = calloc(1, sizeof *wait);
    ensure(wait != NULL);
    *wait = (struct wait){.call = ++edge->next_call,
                          .deadline_ms = clock_ms() + (timeout_ms ? timeout_ms : TIMEOUT_DEFAULT_MS),
                          .answer = answer,
                          .done = done,
                          .arg = arg};
    struct ipc_header header = {message->type, IPC_REQUEST, wait->call};
    int rc = edge->wait_count >= IPC_CALLS_MOST
                 ? ERR(&err, "ipc.full", "%s", edge->name)
                 : edge_send(edge, &header, message, value, attach, &err);
    if (rc == 0 && generation == edge->generation) {
        wait_add(edge, wait);
        return;
    }
    if (rc == 0)
        ERR(&err, "ipc.away", "%s", edge->name);
    free(wait);
    done(arg, &(struct ipc_result){.err = &err});
}

int
ipc_note_with(struct ipc_edge *edge, const struct ipc_message *message, const void *value,
              const struct ipc_attach *attach, struct err *err)
{
    struct ipc_header header = {message->type, IPC_NOTE, 0};
    return edge_send(edge, &header, message, value, attach, err);
}

int
ipc_note(struct ipc_edge *edge, const struct ipc_message *message, const void *value,
         struct err *err)
{
    return ipc_note_with(edge, message, value, NULL, err);
}

static void
forgotten(void *arg, const struct ipc_result *result)
{
    (void)arg;
    for (size_t i = 0; i < result->fd_count; i++)
        close(result->fds[i]);
}

void
ipc_forget(struct ipc_edge *edge, const void *arg)
{
    for (struct wait *wait = edge->waits; wait != NULL; wait = wait->next)
        if (wait->arg == arg) {
            wait->done = forgotten;
            wait->arg = NULL;
        }
}

struct ipc_edge *
ipc_call_edge(const struct ipc_call *call)
{
    return call->edge;
}

bool
ipc_call_is_note(const struct ipc_call *call)
{
    return call->header.flag == IPC_NOTE;
}

size_t
ipc_call_fd_count(const struct ipc_call *call)
{
    return call->fd_count;
}

int
ipc_call_take_fd(struct ipc_call *call, size_t i)
{
    if (i >= call->fd_count)
        return -1;
    int fd = call->fds[i];
    call->fds[i] = -1;
    return fd;
}

static void
call_free(struct ipc_call *call)
{
    if (call->edge != NULL) {
        *call->link = call->next;
        if (call->next != NULL)
            call->next->link = call->link;
    }
    fds_close(call->fds, call->fd_count);
    free(call);
}

static void
call_finish(struct ipc_call *call, uint16_t flag, const struct ipc_message *message,
            const void *value, const struct ipc_attach *attach)
{
    struct err err;
    struct ipc_edge *edge = call->edge;
    ensure(call->header.flag == IPC_REQUEST);
    if (edge != NULL && edge->generation == call->generation) {
        struct ipc_header header = {message->type, flag, call->header.call};
        if (edge_send(edge, &header, message, value, attach, &err) != 0 && flag == IPC_ANSWER &&
            !err_is(&err, "ipc.away")) {
            ipc_fail(call, &err);
            return;
        }
    }
    call_free(call);
}

void
ipc_answer(struct ipc_call *call, const struct ipc_message *message, const void *value,
           const struct ipc_attach *attach)
{
    call_finish(call, IPC_ANSWER, message, value, attach);
}

void
ipc_fail(struct ipc_call *call, const struct err *err)
{
    struct failure failure = {str_of(err->code), str_of(err->detail)};
    call_finish(call, IPC_FAILURE, &failure_message, &failure, NULL);
}

/* An answer or failure: hands it to the request it belongs to. -1 ends the peer. */
static int
result_handle(struct ipc_edge *edge, const struct ipc_header *header, struct str packet, int *fds,
              size_t fd_count)
{
    struct err err;
    struct wait *wait = wait_take(edge, header->call);
    if (wait == NULL) { /* it timed out before */
        fds_close(fds, fd_count);
        return 0;
    }
    const struct ipc_message *message =
        header->flag == IPC_FAILURE ? &failure_message : wait->answer;
    void *value = calloc(1, message->size > 0 ? message->size : 1);
    ensure(value != NULL);
    struct ipc_result result = {.fds = fds, .fd_count = fd_count};
    int rc = 0;
    if (header->type != message->type || ipc_decode(packet, message, value, &err) != 0) {
        ERR(&err, "ipc.malformed", "%s", edge->name);
        fds_close(fds, fd_count);
        result = (struct ipc_result){.err = &err};
        rc = -1;
    } else if (header->flag == IPC_FAILURE) {
        const struct failure *failure = value;
        ERR(&err, "ipc.failed", "%.*s", STR_FMT(failure->detail));
        err.code = code_intern(failure->code);
        fds_close(fds, fd_count);
        result = (struct ipc_result){.err = &err};
    } else {
        result.message = message;
        result.value = value;
    }
    wait->done(wait->arg, &result);
    free(wait);
    free(value);
    return rc;
}

static const struct ipc_route *
route_find(const struct ipc_service *service, uint16_t type)
{
    for (size_t i = 0; service != NULL && i < service->route_count; i++)
        if (service->routes[i].message->type == type)
            return &service->routes[i];
    return NULL;
}

/* A request or a note: decodes it and runs its handler. -1 ends the peer. */
static int
request_handle(struct ipc_edge *edge, const struct ipc_header *header, struct str packet, int *fds,
               size_t fd_count)
{
    struct err err;
    const struct ipc_route *route = route_find(edge->service, header->type);
    if (route == NULL || fd_count > route->message->fds) {
        fds_close(fds, fd_count);
        return -1;
    }
    void *value = calloc(1, route->message->size > 0 ? route->message->size : 1);
    ensure(value != NULL);
    if (ipc_decode(packet, route->message, value, &err) != 0) {
        fds_close(fds, fd_count);
        free(value);
        return -1;
    }
    struct ipc_call *call = calloc(1, sizeof *call);
    ensure(call != NULL);
    *call = (struct ipc_call){.edge = edge, .generation = edge->generation, .header = *header,
                              .fd_count = fd_count, .next = edge->calls, .link = &edge->calls};
    memcpy(call->fds, fds, sizeof(int) * fd_count);
    if (call->next != NULL)
        call->next->link = &call->next;
    edge->calls = call;
    route->handle(edge->ctx, call, value);
    if (header->flag == IPC_NOTE)
        call_free(call);
    free(value);
    return 0;
}

static size_t
fds_receive(struct msghdr *msg, int ret_fds[IPC_FDS_MOST])
{
    size_t count = 0;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c != NULL; c = CMSG_NXTHDR(msg, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < n; i++) {
            int fd;
            memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof fd);
            if (count < IPC_FDS_MOST)
                ret_fds[count++] = fd;
            else
                close(fd);
        }
    }
    return count;
}

/* Reads and handles one packet. 1 go on, 0 nothing more, -1 the peer is gone or out of line. */
static int
packet_receive(struct ipc_edge *edge)
{
    struct iovec iov = {edge->in, IPC_PACKET_BYTES + 1};
    union {
        char bytes[CMSG_SPACE(sizeof(int) * IPC_FDS_MOST)];
        struct cmsghdr align;
    } control;
    struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.bytes,
                         .msg_controllen = sizeof control.bytes};
    ssize_t n;
    do
        n = recvmsg(edge->fd, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    while (n < 0 && errno == EINTR);
    if (n < 0 && errno == EAGAIN)
        return 0;
    if (n <= 0)
        return -1;
    int fds[IPC_FDS_MOST];
    size_t fd_count = fds_receive(&msg, fds);
    struct str packet = {edge->in, (size_t)n};
    struct ipc_header header;
    if ((msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0 ||
        ipc_decode_header(packet, &header, NULL) != 0) {
        fds_close(fds, fd_count);
        return -1;
    }
    int rc = header.flag == IPC_ANSWER || header.flag == IPC_FAILURE
                 ? result_handle(edge, &header, packet, fds, fd_count)
                 : request_handle(edge, &header, packet, fds, fd_count);
    return rc == 0 ? 1 : -1;
}

static void
edge_ready(void *arg, int fd, unsigned ready)
{
    struct ipc_edge *edge = arg;
    (void)fd;
    uint64_t generation = edge->generation;
    if (ready & LOOP_WRITE)
        queue_flush(edge);
    for (int i = 0; i < READ_BURST && (ready & LOOP_READ) && generation == edge->generation; i++) {
        int rc = packet_receive(edge);
        if (rc == 0)
            return;
        if (rc < 0 && generation == edge->generation) {
            edge_detach(edge);
            return;
        }
    }
}

void
ipc_edge_attach(struct ipc_edge *edge, int fd)
{
    edge_detach(edge);
    int flags = fcntl(fd, F_GETFL);
    ensure(flags >= 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0);
    edge->fd = fd;
    edge->generation++;
    edge->watch = loop_watch_new(edge->loop, fd, LOOP_READ, edge_ready, edge);
    if (edge->state_call != NULL)
        edge->state_call(edge->state_arg, edge, true);
}

int
ipc_pair(int ret_fds[2], struct err *err)
{
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ret_fds) != 0)
        return ERR_ERRNO(err, "ipc.socket", "socketpair");
    return 0;
}
