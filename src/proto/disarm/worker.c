/*
 * worker: see worker.h. Runs in disarm-worker and inspect-worker.
 */
#include "proto/disarm/worker.h"

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { EXIT_FAILED = 3 };

struct sandbox_profile
worker_profile(const char *name, uint64_t cpu_seconds, uint64_t memory_bytes)
{
    return (struct sandbox_profile){
        .name = name,
        .namespaces = SANDBOX_NS_ALL,
        .empty_root = true,
        .landlock = true,
        .syscalls = sandbox_worker_syscalls,
        .address_space_bytes = memory_bytes,
        .file_bytes = UINT64_C(4) << 30,
        .cpu_seconds = cpu_seconds,
        .open_files = 8,
        .processes = 0,
    };
}

static uint64_t
number(const char *text, uint64_t most)
{
    uint64_t value = 0;
    if (!str_to_u64(str_of(text), &value) || value == 0 || value > most)
        _exit(EXIT_FAILED);
    return value;
}

static void
map_input(struct worker *worker)
{
    struct stat st;
    if (fstat(WIRE_INPUT, &st) < 0 || st.st_size < 0)
        _exit(EXIT_FAILED);
    worker->input = (struct str){"", 0};
    if (st.st_size == 0)
        return;
    void *p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, WIRE_INPUT, 0);
    if (p == MAP_FAILED)
        _exit(EXIT_FAILED);
    worker->input = (struct str){p, (size_t)st.st_size};
}

void
worker_begin(struct worker *worker, const char *name, int argc, char **argv)
{
    struct err err;
    if (argc != 3)
        _exit(EXIT_FAILED);
    sandbox_close_from(WIRE_FDS_END);
    /* One heap that only grows: a process that lives for one file need not give pages back. */
    mallopt(M_MMAP_THRESHOLD, 256 << 20);
    mallopt(M_TRIM_THRESHOLD, INT32_MAX);
    mallopt(M_TOP_PAD, 1 << 20);
    worker->profile =
        worker_profile(name, number(argv[1], 3600), number(argv[2], UINT64_C(1) << 40));
    if (sandbox_enter(&worker->profile, &worker->state, &err) < 0)
        _exit(EXIT_FAILED);
    struct buf layers;
    buf_init(&layers, sizeof worker->layer_text);
    sandbox_put_state(&layers, &worker->profile, &worker->state);
    for (size_t i = 0; i < layers.n; i++)
        worker->layer_text[i] = layers.p[i];
    worker->layers = (struct str){worker->layer_text, layers.n};
    buf_free(&layers);
    struct iovec part = {worker->packet, sizeof worker->packet};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    ssize_t n;
    do {
        n = recvmsg(WIRE_CONTROL, &message, 0);
    } while (n < 0 && errno == EINTR);
    if (n <= 0 || (message.msg_flags & MSG_TRUNC) != 0)
        _exit(EXIT_FAILED);
    struct str packet = {worker->packet, (size_t)n};
    if (wire_get_job(packet, &worker->job, &err) < 0)
        _exit(EXIT_FAILED);
    map_input(worker);
}

void
worker_write(int fd, struct str bytes)
{
    while (bytes.n > 0) {
        ssize_t n = write(fd, bytes.p, bytes.n);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            _exit(EXIT_FAILED);
        bytes = str_slice(bytes, (size_t)n, bytes.n);
    }
}

_Noreturn void
worker_done(const struct wire_done *done)
{
    struct buf packet;
    buf_init(&packet, WIRE_PACKET_MOST);
    wire_put_done(&packet, done);
    struct iovec part = {packet.p, packet.n};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    bool sent = !packet.over && sendmsg(WIRE_CONTROL, &message, MSG_NOSIGNAL) == (ssize_t)packet.n;
    _exit(sent ? 0 : EXIT_FAILED);
}
