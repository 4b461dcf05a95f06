/*
 * policyd: has policy texts read for cored. Holds nothing: takes a memory file, starts
 * policy-worker over it in a sandbox of its own, hands the answer back unread. It exists because
 * cored, which holds the database, may start no program.
 *
 * Edges: cored (accepts proto/policy). At most RUNNING_MOST workers at once, at most WAITING_MOST
 * texts wait; a worker that is not done in POLICY_WORK_MS is killed.
 */
#include "base/mem/ensure.h"
#include "base/os/file.h"
#include "base/service/service.h"
#include "proto/policy/policy.h"
#include "proto/policy/work.h"

#include <stdio.h>
#include <stdlib.h>

enum { RUNNING_MOST = 2, WAITING_MOST = 8, SOURCE_BYTES = 16 << 20 };

struct policyd;

/* One text, from its call to its answer. */
struct reading {
    struct policyd *policyd;
    struct reading *next;
    struct ipc_call *call;
    char name[1025];
    int input;
    struct worker *work; /* NULL: it waits */
    struct loop_watch *watch;
    struct loop_timer *timer;
};

struct policyd {
    struct service_run *run;
    struct reading *first; /* in the order of their calls */
};

static void policyd_next(struct policyd *policyd);

static void
reading_free(struct reading *r)
{
    struct reading **link = &r->policyd->first;
    while (*link != r)
        link = &(*link)->next;
    *link = r->next;
    loop_watch_free(r->watch);
    loop_timer_free(r->timer);
    worker_free(r->work);
    file_close(&r->input);
    free(r);
}

static void
reading_fail(struct reading *r, const struct err *err)
{
    ipc_fail(r->call, err);
    reading_free(r);
}

static void
reading_ended(void *arg, int fd, unsigned ready)
{
    struct reading *r = arg;
    struct policyd *policyd = r->policyd;
    struct err err;
    (void)fd;
    (void)ready;
    int code = worker_end(r->work, &err);
    if (code < 0) {
        reading_fail(r, &err);
    } else {
        struct policy_told told = {.code = (uint64_t)code};
        int answer = worker_output(r->work);
        struct ipc_attach attach = {&answer, 1};
        ipc_answer(r->call, &policy_told_message, &told, &attach);
        reading_free(r);
    }
    policyd_next(policyd);
}

static void
reading_slow(void *arg)
{
    struct reading *r = arg;
    struct policyd *policyd = r->policyd;
    struct err err;
    (void)ERR(&err, "policy.slow", "%d", POLICY_WORK_MS / 1000);
    reading_fail(r, &err);
    policyd_next(policyd);
}

static int
reading_start(struct reading *r, struct err *err)
{
    struct loop *loop = service_loop(r->policyd->run);
    struct policy_task task = {.program_dir = service_program_dir(r->policyd->run),
                               .format = "json",
                               .name = r->name,
                               .input = r->input};
    if (policy_work_start(&task, &r->work, err) < 0)
        return -1;
    r->watch = loop_watch_new(loop, worker_fd(r->work), LOOP_READ, reading_ended, r);
    r->timer = loop_timer_new(loop, reading_slow, r);
    loop_timer_start(r->timer, POLICY_WORK_MS);
    return 0;
}

/* Starts what may start. */
static void
policyd_next(struct policyd *policyd)
{
    unsigned running = 0;
    struct err err;
    for (struct reading *r = policyd->first, *next; r != NULL; r = next) {
        next = r->next;
        if (r->work == NULL && running < RUNNING_MOST && reading_start(r, &err) < 0) {
            reading_fail(r, &err);
            continue;
        }
        running += r->work != NULL;
    }
}

/* The text as a sealed memory file of bearable size, or -1. */
static int
input_take(struct ipc_call *call, struct err *err)
{
    int fd = ipc_call_take_fd(call, 0);
    if (fd < 0)
        return ERR(err, "file.unsealed", "none");
    if (file_sealed_size(fd, SOURCE_BYTES, err) >= 0)
        return fd;
    file_close(&fd);
    return -1;
}

static void
on_ask(void *ctx, struct ipc_call *call, const void *value)
{
    struct policyd *policyd = ctx;
    const struct policy_ask *ask = value;
    struct err err;
    unsigned count = 0;
    struct reading **last = &policyd->first;
    for (; *last != NULL; last = &(*last)->next)
        count++;
    int input = count < RUNNING_MOST + WAITING_MOST ? input_take(call, &err)
                                                    : ERR(&err, "policy.busy", "%u", count);
    if (input < 0) {
        ipc_fail(call, &err);
        return;
    }
    struct reading *r = calloc(1, sizeof *r);
    ensure(r != NULL);
    *last = r;
    r->policyd = policyd;
    r->call = call;
    r->input = input;
    (void)snprintf(r->name, sizeof r->name, "%.*s", STR_FMT(ask->name));
    policyd_next(policyd);
}

static int
start(struct service_run *run, void **ret_ctx, struct err *err)
{
    (void)err;
    struct policyd *policyd = calloc(1, sizeof *policyd);
    ensure(policyd != NULL);
    policyd->run = run;
    *ret_ctx = policyd;
    return 0;
}

int
main(int argc, char **argv)
{
    static const struct ipc_route routes[] = {{&policy_ask_message, on_ask}};
    static const struct ipc_service asks = {"policy", routes, 1};
    static const struct service_edge edges[] = {{"cored", &asks}};
    static const struct service service = {
        .name = "policyd",
        .edges = edges,
        .edge_count = 1,
        .start = start,
        .confined = false, /* it starts workers, which lock themselves in */
    };
    return service_main(&service, argc, argv);
}
