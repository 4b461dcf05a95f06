/*
 * sheetd: has tables read and written for cored. Holds nothing: takes a memory file, starts
 * sheet-worker over it in a sandbox of its own, hands the answer back unread. It exists because
 * cored, which holds the database, may start no program.
 *
 * Edges: cored (accepts proto/sheet). At most RUNNING_MOST workers at once, at most WAITING_MOST
 * files wait; a worker that is not done in SHEET_WORK_MS is killed.
 */
#include "base/mem/ensure.h"
#include "base/os/file.h"
#include "base/service/service.h"
#include "proto/sheet/sheet.h"
#include "proto/sheet/work.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RUNNING_MOST = 2, WAITING_MOST = 8, INPUT_BYTES = 128 << 20, WORD_BYTES = 256 };

struct sheetd;

/* One file, from its call to its answer. */
struct table {
    struct sheetd *sheetd;
    struct table *next;
    struct ipc_call *call;
    bool writes;
    char name[1025], encoding[WORD_BYTES], separator[WORD_BYTES], sheet[WORD_BYTES];
    char format[WORD_BYTES], replacement[WORD_BYTES];
    char *titles; /* cut into TITLE */
    char *title[SHEET_WORK_TITLES];
    size_t title_count;
    int input;
    struct worker *work; /* NULL: it waits */
    struct loop_watch *watch;
    struct loop_timer *timer;
};

struct sheetd {
    struct service_run *run;
    struct table *first; /* in the order of their calls */
};

static void sheetd_next(struct sheetd *sheetd);

static void
table_free(struct table *t)
{
    struct table **link = &t->sheetd->first;
    while (*link != t)
        link = &(*link)->next;
    *link = t->next;
    loop_watch_free(t->watch);
    loop_timer_free(t->timer);
    worker_free(t->work);
    file_close(&t->input);
    free(t->titles);
    free(t);
}

static void
table_fail(struct table *t, const struct err *err)
{
    ipc_fail(t->call, err);
    table_free(t);
}

static void
table_ended(void *arg, int fd, unsigned ready)
{
    struct table *t = arg;
    struct sheetd *sheetd = t->sheetd;
    struct err err;
    (void)fd;
    (void)ready;
    int code = worker_end(t->work, &err);
    if (code < 0) {
        table_fail(t, &err);
    } else {
        struct sheet_told told = {.code = (uint64_t)code};
        int answer = worker_output(t->work);
        struct ipc_attach attach = {&answer, 1};
        ipc_answer(t->call, &sheet_told_message, &told, &attach);
        table_free(t);
    }
    sheetd_next(sheetd);
}

static void
table_slow(void *arg)
{
    struct table *t = arg;
    struct sheetd *sheetd = t->sheetd;
    struct err err;
    (void)ERR(&err, "sheet.slow", "%d", SHEET_WORK_MS / 1000);
    table_fail(t, &err);
    sheetd_next(sheetd);
}

static int
work_start(struct table *t, struct err *err)
{
    const char *programs = service_program_dir(t->sheetd->run);
    if (t->writes) {
        struct sheet_out out = {t->format, t->encoding, t->replacement};
        return sheet_work_write(programs, &out, t->input, &t->work, err);
    }
    struct sheet_task task = {.program_dir = programs,
                              .name = t->name,
                              .encoding = t->encoding,
                              .separator = t->separator,
                              .sheet = t->sheet,
                              .titles = t->title,
                              .title_count = t->title_count,
                              .input = t->input};
    return sheet_work_start(&task, &t->work, err);
}

static int
table_start(struct table *t, struct err *err)
{
    struct loop *loop = service_loop(t->sheetd->run);
    if (work_start(t, err) < 0)
        return -1;
    t->watch = loop_watch_new(loop, worker_fd(t->work), LOOP_READ, table_ended, t);
    t->timer = loop_timer_new(loop, table_slow, t);
    loop_timer_start(t->timer, SHEET_WORK_MS);
    return 0;
}

/* Starts what may start. */
static void
sheetd_next(struct sheetd *sheetd)
{
    unsigned running = 0;
    struct err err;
    for (struct table *t = sheetd->first, *next; t != NULL; t = next) {
        next = t->next;
        if (t->work == NULL && running < RUNNING_MOST && table_start(t, &err) < 0) {
            table_fail(t, &err);
            continue;
        }
        running += t->work != NULL;
    }
}

/* The file as a sealed memory file of bearable size, or -1. */
static int
input_take(struct ipc_call *call, struct err *err)
{
    int fd = ipc_call_take_fd(call, 0);
    if (fd < 0)
        return ERR(err, "file.unsealed", "none");
    if (file_sealed_size(fd, INPUT_BYTES, err) >= 0)
        return fd;
    file_close(&fd);
    return -1;
}

/* A new table at the end of the line, or NULL: the call is answered. */
static struct table *
table_new(struct sheetd *sheetd, struct ipc_call *call)
{
    struct err err;
    unsigned count = 0;
    struct table **last = &sheetd->first;
    for (; *last != NULL; last = &(*last)->next)
        count++;
    int input = count < RUNNING_MOST + WAITING_MOST ? input_take(call, &err)
                                                    : ERR(&err, "sheet.busy", "%u", count);
    if (input < 0) {
        ipc_fail(call, &err);
        return NULL;
    }
    struct table *t = calloc(1, sizeof *t);
    ensure(t != NULL);
    *last = t;
    t->sheetd = sheetd;
    t->call = call;
    t->input = input;
    return t;
}

static void
word_take(char *ret, size_t size, struct str word)
{
    (void)snprintf(ret, size, "%.*s", STR_FMT(word));
}

static void
titles_take(struct table *t, struct str titles)
{
    struct str rest, one;
    t->titles = calloc(1, titles.n + 1);
    ensure(t->titles != NULL);
    memcpy(t->titles, titles.p, titles.n);
    rest = (struct str){t->titles, titles.n};
    while (t->title_count < SHEET_WORK_TITLES && str_split_next(&rest, '\n', &one)) {
        t->titles[(size_t)(one.p - t->titles) + one.n] = '\0';
        t->title[t->title_count] = t->titles + (one.p - t->titles);
        t->title_count += one.n > 0;
    }
}

static void
on_ask(void *ctx, struct ipc_call *call, const void *value)
{
    const struct sheet_ask *ask = value;
    struct table *t = table_new(ctx, call);
    if (t == NULL)
        return;
    word_take(t->name, sizeof t->name, ask->name);
    word_take(t->encoding, sizeof t->encoding, ask->encoding);
    word_take(t->separator, sizeof t->separator, ask->separator);
    word_take(t->sheet, sizeof t->sheet, ask->sheet);
    titles_take(t, ask->titles);
    sheetd_next(t->sheetd);
}

static void
on_order(void *ctx, struct ipc_call *call, const void *value)
{
    const struct sheet_order *order = value;
    struct table *t = table_new(ctx, call);
    if (t == NULL)
        return;
    t->writes = true;
    word_take(t->format, sizeof t->format, order->format);
    word_take(t->encoding, sizeof t->encoding, order->encoding);
    word_take(t->replacement, sizeof t->replacement, order->replacement);
    sheetd_next(t->sheetd);
}

static int
start(struct service_run *run, void **ret_ctx, struct err *err)
{
    (void)err;
    struct sheetd *sheetd = calloc(1, sizeof *sheetd);
    ensure(sheetd != NULL);
    sheetd->run = run;
    *ret_ctx = sheetd;
    return 0;
}

int
main(int argc, char **argv)
{
    static const struct ipc_route routes[] = {{&sheet_ask_message, on_ask},
                                              {&sheet_order_message, on_order}};
    static const struct ipc_service tables = {"sheet", routes, 2};
    static const struct service_edge edges[] = {{"cored", &tables}};
    static const struct service service = {
        .name = "sheetd",
        .edges = edges,
        .edge_count = 1,
        .start = start,
        .confined = false, /* it starts workers, which lock themselves in */
    };
    return service_main(&service, argc, argv);
}
