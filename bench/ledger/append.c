/*
 * append: how many entries a second ledgerd acknowledges, against a loop of pwrite(512) + fdatasync on a
 * preallocated file. Rounds of 250 ms of each, taken in turn, so that a slow moment of the disk meets both.
 * Built and run by bench/ledger/run: append LEDGERD FOLDER WRITERS IN_FLIGHT ROUNDS; prints the median of both.
 */
#include "base/ipc/ipc.h"
#include "base/os/file.h"
#include "base/os/time.h"
#include "proto/ledger/ledger.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WRITERS_MOST = 8, ROUND_MS = 250, RAW_BYTES = 512, RAW_FILE = 64 << 20, ROUNDS_MOST = 100 };

extern char **environ;

struct writer {
    struct ipc_edge *edge;
    uint64_t seq;
    unsigned flying;
};

static struct loop *loop;
static struct writer writers[WRITERS_MOST];
static unsigned writer_n, in_flight;
static bool sending;
static uint64_t acked;
static char data[512];

static void send_more(struct writer *w);

static void
done(void *arg, const struct ipc_result *result)
{
    struct writer *w = arg;
    if (result->value == NULL) {
        fprintf(stderr, "%s: %s\n", result->err->code, result->err->detail);
        exit(1);
    }
    w->flying--;
    acked++;
    send_more(w);
}

static void
send_more(struct writer *w)
{
    while (sending && w->flying < in_flight) {
        struct ledger_append a = {++w->seq, STR("transfer.disarm"), str_of(data)};
        w->flying++;
        ipc_request(w->edge, &ledger_append_message, &a, NULL, &ledger_appended_message, 0, done, w);
    }
}

static unsigned
flying(void)
{
    unsigned n = 0;
    for (unsigned i = 0; i < writer_n; i++)
        n += writers[i].flying;
    return n;
}

static double
ledger_round(void)
{
    int64_t begun = time_mono_us();
    acked = 0;
    sending = true;
    for (unsigned i = 0; i < writer_n; i++)
        send_more(&writers[i]);
    while (time_mono_us() - begun < ROUND_MS * 1000)
        loop_once(loop, 10);
    double rate = (double)acked * 1e6 / (double)(time_mono_us() - begun);
    sending = false;
    while (flying() > 0)
        loop_once(loop, 10);
    return rate;
}

static double
raw_round(int fd)
{
    static off_t at;
    char block[RAW_BYTES];
    uint64_t n = 0;
    memset(block, 'x', sizeof block);
    int64_t begun = time_mono_us();
    while (time_mono_us() - begun < ROUND_MS * 1000) {
        if (pwrite(fd, block, sizeof block, at) != RAW_BYTES || fdatasync(fd) != 0)
            exit(1);
        at = (at + RAW_BYTES) % RAW_FILE;
        n++;
    }
    return (double)n * 1e6 / (double)(time_mono_us() - begun);
}

static pid_t
start_ledgerd(char *binary, char *folder)
{
    char state[4096];
    char edges[WRITERS_MOST][32];
    char a[] = "--state", b[] = "--data", c[] = "--set", d[] = "--edge", here[] = ".";
    char origin[] = "origin=bench.sekisho.invalid/n1/1";
    char free_rate[] = "edge_per_second=0";
    char *argv[32] = {binary, a, state, b, here, c, origin, c, free_rate};
    int n = 9;
    pid_t pid;
    snprintf(state, sizeof state, "%s/ledgerd", folder);
    for (unsigned i = 0; i < writer_n; i++) {
        int fds[2];
        if (ipc_pair(fds, NULL) != 0)
            exit(1);
        fcntl(fds[1], F_SETFD, 0);
        writers[i].edge = ipc_edge_new(loop, "ledgerd", NULL, NULL);
        ipc_edge_attach(writers[i].edge, fds[0]);
        snprintf(edges[i], sizeof edges[i], "gated.%c=%d", 'a' + (int)i, fds[1]);
        argv[n++] = d;
        argv[n++] = edges[i];
    }
    if (posix_spawn(&pid, binary, NULL, NULL, argv, environ) != 0)
        exit(1);
    return pid;
}

static int
by_value(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

int
main(int argc, char **argv)
{
    static const char zeros[1 << 20];
    double ledger[ROUNDS_MOST], raw[ROUNDS_MOST];
    if (argc != 6)
        return 2;
    char path[4096];
    writer_n = (unsigned)strtoul(argv[3], NULL, 10);
    in_flight = (unsigned)strtoul(argv[4], NULL, 10);
    int rounds = (int)strtol(argv[5], NULL, 10);
    snprintf(data, sizeof data,
             "{\"commit\":\"%064d\",\"item\":\"0195ee000000700080000000000000aa\",\"job\":123456,"
             "\"object\":\"0195ee000000700080000000000000bb\",\"product\":\"0195ee000000700080000000000000cc\","
             "\"profile\":\"standard\",\"reasons\":[\"macro\",\"link\"],\"removed\":2,\"transfer\":\"R8-000123\","
             "\"verdict\":\"rebuilt\"}",
             7);
    snprintf(path, sizeof path, "%s/ledgerd", argv[2]);
    file_mkdirs(AT_FDCWD, path, 0755, NULL);
    snprintf(path, sizeof path, "%s/raw", argv[2]);
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    for (int i = 0; i < RAW_FILE >> 20; i++)
        if (write(fd, zeros, sizeof zeros) != sizeof zeros)
            return 1;
    fsync(fd);
    loop = loop_new();
    pid_t pid = start_ledgerd(argv[1], argv[2]);
    ledger_round();
    for (int i = 0; i < rounds; i++) {
        ledger[i] = ledger_round();
        raw[i] = raw_round(fd);
    }
    kill(pid, SIGTERM);
    waitpid(pid, NULL, 0);
    qsort(ledger, (size_t)rounds, sizeof *ledger, by_value);
    qsort(raw, (size_t)rounds, sizeof *raw, by_value);
    printf("%.1f %.1f\n", ledger[rounds / 2], raw[rounds / 2]);
    return 0;
}
