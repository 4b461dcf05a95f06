/*
 * service: see service.h. The command line is sekishod's:
 *   PROGRAM --state DIR --data DIR --programs DIR [--set KEY=VALUE]... --edge sup=FD [--edge NAME=FD]...
 * Without a sup edge it runs alone (tests): then it ends on SIGTERM only.
 */
#include "base/service/service.h"

#include "base/service/confine.h"
#include "base/service/log.h"
#include "base/service/sup.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { EDGES_MOST = 24, OPTIONS_MOST = 32, BEAT_MS = 5000, LAYERS_BYTES = 256 };

struct service_run {
    const struct service *service;
    void *ctx;
    struct loop *loop;
    const char *state_dir, *data_dir, *program_dir;
    const char *options[OPTIONS_MOST];
    size_t option_count;
    struct ipc_edge *edges[EDGES_MOST];
    int edge_fds[EDGES_MOST];
    size_t edge_count;
    struct ipc_edge *sup;
    struct loop_timer *beat;
    struct buf layers; /* of the sandbox, for the supervisor */
};

struct loop *
service_loop(struct service_run *run)
{
    return run->loop;
}

const char *
service_state_dir(const struct service_run *run)
{
    return run->state_dir;
}

const char *
service_data_dir(const struct service_run *run)
{
    return run->data_dir;
}

const char *
service_program_dir(const struct service_run *run)
{
    return run->program_dir;
}

const char *
service_option(const struct service_run *run, const char *key)
{
    size_t n = strlen(key);
    for (size_t i = 0; i < run->option_count; i++)
        if (strncmp(run->options[i], key, n) == 0 && run->options[i][n] == '=')
            return run->options[i] + n + 1;
    return NULL;
}

struct ipc_edge *
service_edge_find(struct service_run *run, const char *name)
{
    for (size_t i = 0; i < run->edge_count; i++)
        if (strcmp(ipc_edge_name(run->edges[i]), name) == 0)
            return run->edges[i];
    return NULL;
}

struct ipc_edge *
service_edge_at(struct service_run *run, size_t i)
{
    return i < run->edge_count ? run->edges[i] : NULL;
}

void
service_quit(struct service_run *run)
{
    loop_stop(run->loop);
}

/* What the program declared for an edge of that name, or NULL. */
static const struct service_edge *
edge_declared(const struct service *service, const char *name)
{
    for (size_t i = 0; i < service->edge_count; i++) {
        const char *pattern = service->edges[i].name;
        size_t n = strlen(pattern);
        bool prefix = n > 2 && strcmp(pattern + n - 2, ".*") == 0;
        if (prefix ? strncmp(pattern, name, n - 1) == 0 : strcmp(pattern, name) == 0)
            return &service->edges[i];
    }
    return NULL;
}

static int
edge_argument(struct service_run *run, const char *value, struct err *err)
{
    char name[48];
    int fd;
    int used = 0;
    if (sscanf(value, "%47[a-z.]=%d%n", name, &fd, &used) != 2 || value[used] != '\0')
        return ERR(err, "service.usage", "--edge %s", value);
    if (fcntl(fd, F_SETFD, FD_CLOEXEC) != 0)
        return ERR_ERRNO(err, "service.usage", "--edge %s", value);
    bool sup = strcmp(name, "sup") == 0;
    const struct service_edge *declared = edge_declared(run->service, name);
    if ((declared == NULL && !sup) || run->edge_count == EDGES_MOST)
        return ERR(err, "service.usage", "--edge %s", value);
    struct ipc_edge *edge = ipc_edge_new(run->loop, name, NULL, NULL);
    if (sup)
        run->sup = edge;
    run->edge_fds[run->edge_count] = fd;
    run->edges[run->edge_count++] = edge;
    return 0;
}

static int
arguments_read(struct service_run *run, int argc, char **argv, struct err *err)
{
    for (int i = 1; i + 1 < argc; i += 2) {
        const char *key = argv[i];
        const char *value = argv[i + 1];
        if (strcmp(key, "--state") == 0)
            run->state_dir = value;
        else if (strcmp(key, "--data") == 0)
            run->data_dir = value;
        else if (strcmp(key, "--programs") == 0)
            run->program_dir = value;
        else if (strcmp(key, "--set") == 0 && run->option_count < OPTIONS_MOST)
            run->options[run->option_count++] = value;
        else if (strcmp(key, "--edge") != 0)
            return ERR(err, "service.usage", "%s", key);
        else if (edge_argument(run, value, err) != 0)
            return -1;
    }
    if (argc % 2 == 0 || run->state_dir == NULL || run->data_dir == NULL)
        return ERR(err, "service.usage", "--state DIR --data DIR");
    return 0;
}

static void
beat(void *arg)
{
    struct service_run *run = arg;
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    struct sup_beat note = {(uint64_t)ts.tv_sec * 1000};
    ipc_note(run->sup, &sup_beat_message, &note, NULL);
    loop_timer_start(run->beat, BEAT_MS);
}

static void
asked_to_stop(void *arg)
{
    struct service_run *run = arg;
    if (run->service->stop != NULL)
        run->service->stop(run->ctx);
    service_quit(run);
}

static void
handle_stop(void *ctx, struct ipc_call *call, const void *value)
{
    (void)call;
    (void)value;
    asked_to_stop(ctx);
}

static void
handle_edge(void *ctx, struct ipc_call *call, const void *value)
{
    struct service_run *run = ctx;
    const struct sup_edge *note = value;
    for (size_t i = 0; i < run->edge_count; i++) {
        if (!str_equal_z(note->name, ipc_edge_name(run->edges[i])))
            continue;
        int fd = ipc_call_take_fd(call, 0);
        if (fd >= 0)
            ipc_edge_attach(run->edges[i], fd);
        return;
    }
}

static const struct ipc_route sup_routes[] = {
    {&sup_stop_message, handle_stop},
    {&sup_edge_message, handle_edge},
};

static const struct ipc_service sup_service = {"sup", sup_routes, 2};

static void
sup_state(void *arg, struct ipc_edge *edge, bool up)
{
    (void)edge;
    if (!up) {
        log_event(LOG_ERROR, "service.orphan", NULL);
        asked_to_stop(arg);
    }
}

/* Connects every edge once the program can handle what comes. */
static void
edges_attach(struct service_run *run)
{
    for (size_t i = 0; i < run->edge_count; i++) {
        struct ipc_edge *edge = run->edges[i];
        if (edge == run->sup) {
            ipc_edge_serve(edge, &sup_service, run);
            ipc_edge_attach(edge, run->edge_fds[i]);
            ipc_edge_on_state(edge, sup_state, run);
            continue;
        }
        const struct service_edge *declared = edge_declared(run->service, ipc_edge_name(edge));
        ipc_edge_serve(edge, declared->accepts, run->ctx);
        ipc_edge_attach(edge, run->edge_fds[i]);
    }
}

static void
run_until_stopped(struct service_run *run)
{
    struct loop_watch *term = loop_signal_new(run->loop, SIGTERM, asked_to_stop, run);
    struct loop_watch *interrupt = loop_signal_new(run->loop, SIGINT, asked_to_stop, run);
    if (run->sup != NULL) {
        struct sup_ready ready = {buf_str(&run->layers)};
        ipc_note(run->sup, &sup_ready_message, &ready, NULL);
        run->beat = loop_timer_new(run->loop, beat, run);
        loop_timer_start(run->beat, BEAT_MS);
    }
    loop_run(run->loop);
    loop_watch_free(term);
    loop_watch_free(interrupt);
    loop_timer_free(run->beat);
}

int
service_main(const struct service *service, int argc, char **argv)
{
    static struct service_run only; /* one service a process; all it holds lives until the end */
    struct err err;
    struct service_run *run = &only;
    run->service = service;
    run->loop = loop_new();
    buf_init(&run->layers, LAYERS_BYTES);
    log_program(service->name);
    signal(SIGPIPE, SIG_IGN);
    int code = 0;
    if (arguments_read(run, argc, argv, &err) != 0)
        code = 2;
    else if (service->start(run, &run->ctx, &err) != 0)
        code = 3;
    else if (service->confined &&
             confine(service->name, run->state_dir, run->data_dir, &run->layers, &err) != 0)
        code = 3;
    if (code != 0) {
        log_err(LOG_ERROR, "service.start_failed", &err);
        return code;
    }
    edges_attach(run);
    run_until_stopped(run);
    /* The state on disk is whole at any instant; the system frees the rest. */
    return 0;
}
