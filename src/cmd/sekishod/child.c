/*
 * child: see child.h. Part of sekishod, which parses nothing foreign: what its programs tell it are the notes
 * of base/service/sup.h.
 *
 * Invariants: both ends of an edge are made together. An end waits in edge->fds until its program is
 * started or, when that one lives already, goes to it by the note sup.edge. When a program dies, all its
 * edges are made anew, so nobody keeps talking into a socket that a stranger holds.
 *
 * Back-off: a program that dies before it was ready or within a second after is started again after
 * 0.1 s x 2^n (at most 30 s); one that had been well, or was killed from outside, after 0.1 s.
 */
#include "cmd/sekishod/child.h"

#include "base/ipc/ipc.h"
#include "base/mem/ensure.h"
#include "base/os/file.h"
#include "base/os/time.h"
#include "base/service/log.h"
#include "base/service/sup.h"
#include "cmd/sekishod/table.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    CHILDREN_MOST = 16,
    EDGES_MOST = 48,
    NAME_BYTES = 48,
    ARGS_MOST = 96,
    WELL_MS = 1000,
    BACKOFF_MS = 100,
    BACKOFF_MOST_MS = 30000,
    SILENT_MS = 30000,
    WATCH_MS = 1000
};

struct child {
    struct children *all;
    char name[NAME_BYTES];
    const char *binary;
    pid_t pid; /* 0: not running */
    bool ready, aborted;
    unsigned early_deaths, restarts;
    int64_t ready_ms, beat_ms;
    struct ipc_edge *sup;
    struct loop_timer *timer; /* start again */
};

struct edge {
    struct child *end[2];
    char name[2][NAME_BYTES];
    int fds[2]; /* ends that wait for their program to start, else -1 */
};

struct children {
    struct loop *loop;
    struct children_config config;
    struct child list[CHILDREN_MOST];
    size_t count;
    struct edge edges[EDGES_MOST];
    size_t edge_count;
    struct loop_timer *watch;
    bool stopping;
    int64_t kill_ms;
};

static void
ready_changed(struct children *all)
{
    bool ready = true;
    for (size_t i = 0; i < all->count; i++)
        ready = ready && all->list[i].ready;
    all->config.on_ready(all->config.arg, ready);
}

static void
handle_ready(void *ctx, struct ipc_call *call, const void *value)
{
    struct child *child = ctx;
    const struct sup_ready *note = value;
    char layers[256];
    (void)call;
    snprintf(layers, sizeof layers, "%.*s", STR_FMT(note->layers));
    child->ready = true;
    child->ready_ms = child->beat_ms = time_mono_ms();
    log_event(LOG_INFO, "program.ready", "name", child->name, "sandbox", layers, NULL);
    ready_changed(child->all);
}

static void
handle_beat(void *ctx, struct ipc_call *call, const void *value)
{
    struct child *child = ctx;
    (void)call;
    (void)value;
    child->beat_ms = time_mono_ms();
}

static const struct ipc_route sup_routes[] = {
    {&sup_ready_message, handle_ready},
    {&sup_beat_message, handle_beat},
};

static const struct ipc_service sup_service = {"sup", sup_routes, 2};

/* "portald.*" with ZONE in place of the star. */
static void
name_fill(char ret[NAME_BYTES], const char *pattern, const char *zone)
{
    const char *star = strchr(pattern, '*');
    if (star == NULL)
        snprintf(ret, NAME_BYTES, "%s", pattern);
    else
        snprintf(ret, NAME_BYTES, "%.*s%s", (int)(star - pattern), pattern, zone);
}

static struct child *
child_find(struct children *all, const char *name)
{
    for (size_t i = 0; i < all->count; i++)
        if (strcmp(all->list[i].name, name) == 0)
            return &all->list[i];
    return NULL;
}

static void child_start_again(void *arg);

static void
child_add(struct children *all, const struct program_row *row, const char *zone)
{
    ensure(all->count < CHILDREN_MOST);
    struct child *child = &all->list[all->count++];
    *child = (struct child){.all = all, .binary = row->binary};
    name_fill(child->name, row->name, zone);
    child->sup = ipc_edge_new(all->loop, child->name, &sup_service, child);
    child->timer = loop_timer_new(all->loop, child_start_again, child);
}

static void
edge_add(struct children *all, const struct edge_row *row, const char *zone)
{
    char client[NAME_BYTES], server[NAME_BYTES];
    ensure(all->edge_count < EDGES_MOST);
    struct edge *edge = &all->edges[all->edge_count++];
    name_fill(client, row->client, zone);
    name_fill(server, row->server, zone);
    name_fill(edge->name[0], row->client_edge, zone);
    name_fill(edge->name[1], row->server_edge, zone);
    edge->end[0] = child_find(all, client);
    edge->end[1] = child_find(all, server);
    edge->fds[0] = edge->fds[1] = -1;
    ensure(edge->end[0] != NULL && edge->end[1] != NULL);
}

/* One row of a table stands for as many as there are portals when it has a star. */
static size_t
row_copies(const struct children *all, const char *pattern)
{
    return strchr(pattern, '*') == NULL ? 1 : all->config.settings->portal_count;
}

static const char *
row_zone(const struct children *all, size_t i)
{
    const struct settings *s = all->config.settings;
    return i < s->portal_count ? s->portals[i] : "";
}

static int
state_dir_make(const struct children *all, const struct child *child, struct err *err)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", all->config.state_dir, child->name);
    return file_mkdirs(AT_FDCWD, path, 0700, err);
}

/* Makes EDGE anew: each end goes to its program when that lives, else waits for it. */
static void
edge_renew(struct edge *edge)
{
    struct err err;
    int pair[2];
    for (int i = 0; i < 2; i++)
        file_close(&edge->fds[i]);
    if (ipc_pair(pair, &err) != 0) {
        log_err(LOG_ERROR, "edge.failed", &err);
        return;
    }
    for (int i = 0; i < 2; i++) {
        struct child *child = edge->end[i];
        if (child->pid == 0) {
            edge->fds[i] = pair[i];
            continue;
        }
        struct sup_edge note = {str_of(edge->name[i])};
        struct ipc_attach attach = {&pair[i], 1};
        if (ipc_note_with(child->sup, &sup_edge_message, &note, &attach, &err) != 0)
            log_err(LOG_WARN, "edge.lost", &err);
        close(pair[i]);
    }
}

/* The child side of fork: only the descriptors it is given stay open. */
static _Noreturn void
child_exec(const struct child *child, const int *keep, size_t keep_count, char **argv)
{
    char path[4096];
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (size_t i = 0; i < keep_count; i++)
        if (fcntl(keep[i], F_SETFD, 0) != 0)
            _exit(3);
    snprintf(path, sizeof path, "%s/%s", child->all->config.program_dir, child->binary);
    execv(path, argv);
    _exit(3);
}

struct arguments {
    char *argv[ARGS_MOST + 1];
    size_t count;
    char edges[EDGES_MOST + 1][NAME_BYTES + 16];
    int keep[EDGES_MOST + 1];
    size_t keep_count;
};

static void
argument_add(struct arguments *a, const char *key, const char *value)
{
    ensure(a->count + 2 <= ARGS_MOST);
    a->argv[a->count++] = (char *)(uintptr_t)key;
    a->argv[a->count++] = (char *)(uintptr_t)value;
    a->argv[a->count] = NULL;
}

static void
argument_edge(struct arguments *a, const char *name, int fd)
{
    char *text = a->edges[a->keep_count];
    snprintf(text, sizeof a->edges[0], "%s=%d", name, fd);
    argument_add(a, "--edge", text);
    a->keep[a->keep_count++] = fd;
}

static void
arguments_fill(struct arguments *a, struct child *child, const char *state_dir, int sup_fd)
{
    struct children *all = child->all;
    const struct settings *s = all->config.settings;
    a->argv[a->count++] = child->name;
    argument_add(a, "--state", state_dir);
    argument_add(a, "--data", all->config.data_dir);
    argument_add(a, "--programs", all->config.program_dir);
    for (size_t i = 0; i < s->row_count; i++)
        if (strcmp(s->rows[i].program, child->name) == 0)
            argument_add(a, "--set", s->rows[i].text);
    argument_edge(a, "sup", sup_fd);
    for (size_t i = 0; i < all->edge_count; i++)
        for (int end = 0; end < 2; end++)
            if (all->edges[i].end[end] == child && all->edges[i].fds[end] >= 0)
                argument_edge(a, all->edges[i].name[end], all->edges[i].fds[end]);
}

/* The parent's copies of the ends that CHILD took with it. */
static void
ends_close(struct child *child)
{
    struct children *all = child->all;
    for (size_t i = 0; i < all->edge_count; i++)
        for (int end = 0; end < 2; end++)
            if (all->edges[i].end[end] == child)
                file_close(&all->edges[i].fds[end]);
}

static void
child_start(struct child *child)
{
    struct err err;
    int pair[2];
    char state_dir[4096];
    struct arguments arguments = {.count = 0};
    snprintf(state_dir, sizeof state_dir, "%s/%s", child->all->config.state_dir, child->name);
    if (ipc_pair(pair, &err) != 0) {
        log_err(LOG_ERROR, "program.start_failed", &err);
        loop_timer_start(child->timer, BACKOFF_MOST_MS);
        return;
    }
    arguments_fill(&arguments, child, state_dir, pair[1]);
    child->pid = fork();
    if (child->pid == 0)
        child_exec(child, arguments.keep, arguments.keep_count, arguments.argv);
    close(pair[1]);
    if (child->pid < 0) {
        child->pid = 0;
        close(pair[0]);
        log_event(LOG_ERROR, "program.fork_failed", "why", strerror(errno), NULL);
        loop_timer_start(child->timer, BACKOFF_MOST_MS);
        return;
    }
    ends_close(child);
    child->aborted = false;
    child->beat_ms = time_mono_ms();
    ipc_edge_attach(child->sup, pair[0]);
}

static void
child_start_again(void *arg)
{
    struct child *child = arg;
    if (!child->all->stopping && child->pid == 0)
        child_start(child);
}

static void
child_ended(struct child *child, int status)
{
    struct children *all = child->all;
    char how[32];
    bool well = child->ready && time_mono_ms() - child->ready_ms >= WELL_MS;
    snprintf(how, sizeof how, WIFSIGNALED(status) ? "signal %d" : "exit %d",
             WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    child->pid = 0;
    child->ready = false;
    child->restarts++;
    if (all->stopping)
        return;
    /* Killed from outside (an operator, the kernel): not the program's fault, so it comes back at once. */
    bool outside = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL && !child->aborted;
    if (!outside)
        child->early_deaths = well ? 0 : child->early_deaths + 1;
    unsigned shift = child->early_deaths > 9 ? 9 : child->early_deaths;
    uint64_t delay = (uint64_t)BACKOFF_MS << (shift > 0 && !outside ? shift - 1 : 0);
    if (delay > BACKOFF_MOST_MS)
        delay = BACKOFF_MOST_MS;
    log_event(LOG_ERROR, "program.ended", "name", child->name, "how", how, NULL);
    for (size_t i = 0; i < all->edge_count; i++)
        if (all->edges[i].end[0] == child || all->edges[i].end[1] == child)
            edge_renew(&all->edges[i]);
    loop_timer_start(child->timer, delay);
    ready_changed(all);
}

void
children_reap(struct children *all)
{
    int status;
    pid_t pid;
    size_t living = 0;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
        for (size_t i = 0; i < all->count; i++)
            if (all->list[i].pid == pid)
                child_ended(&all->list[i], status);
    for (size_t i = 0; i < all->count; i++)
        living += all->list[i].pid != 0;
    if (all->stopping && living == 0)
        all->config.on_gone(all->config.arg);
}

/* Every second: a program that has not beaten for long is aborted, then killed. */
static void
watch_tick(void *arg)
{
    struct children *all = arg;
    int64_t now = time_mono_ms();
    for (size_t i = 0; i < all->count; i++) {
        struct child *child = &all->list[i];
        if (child->pid == 0)
            continue;
        if (all->stopping && now >= all->kill_ms)
            kill(child->pid, SIGKILL);
        else if (child->ready && now - child->beat_ms > SILENT_MS) {
            log_event(LOG_ERROR, "program.silent", "name", child->name, NULL);
            kill(child->pid, child->aborted ? SIGKILL : SIGABRT);
            child->aborted = true;
        }
    }
    loop_timer_start(all->watch, WATCH_MS);
}

struct children *
children_new(struct loop *loop, const struct children_config *config, struct err *err)
{
    struct children *all = calloc(1, sizeof *all);
    ensure(all != NULL);
    all->loop = loop;
    all->config = *config;
    for (size_t i = 0; i < program_row_count; i++)
        for (size_t z = 0; z < row_copies(all, program_table[i].name); z++)
            child_add(all, &program_table[i], row_zone(all, z));
    for (size_t i = 0; i < edge_row_count; i++)
        for (size_t z = 0; z < row_copies(all, edge_table[i].client); z++)
            edge_add(all, &edge_table[i], row_zone(all, z));
    for (size_t i = 0; i < all->count; i++)
        if (state_dir_make(all, &all->list[i], err) != 0)
            return NULL;
    all->watch = loop_timer_new(loop, watch_tick, all);
    return all;
}

void
children_start(struct children *all)
{
    for (size_t i = 0; i < all->edge_count; i++)
        edge_renew(&all->edges[i]);
    for (size_t i = 0; i < all->count; i++)
        child_start(&all->list[i]);
    loop_timer_start(all->watch, WATCH_MS);
}

void
children_stop(struct children *all, uint64_t within_ms)
{
    struct sup_stop note = {within_ms};
    all->stopping = true;
    all->kill_ms = time_mono_ms() + (int64_t)within_ms;
    for (size_t i = 0; i < all->count; i++)
        if (all->list[i].pid != 0)
            ipc_note(all->list[i].sup, &sup_stop_message, &note, NULL);
    children_reap(all);
}

void
children_print(const struct children *all)
{
    for (size_t i = 0; i < all->count; i++) {
        const struct child *child = &all->list[i];
        printf("%-18s %7d %-8s %u\n", child->name, (int)child->pid,
               child->ready ? "ready" : child->pid ? "starting" : "away", child->restarts);
    }
}
