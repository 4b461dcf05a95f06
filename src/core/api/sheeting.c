/*
 * sheeting: see sheeting.h. Runs in cored. One file is read and previewed at a time, one batch
 * applied at a time; every step is a unit of its own with a turn of the loop between.
 *
 * Invariant: a batch in state reading has its file here, or is failed at the next start.
 */
#include "core/api/sheeting.h"

#include "base/mem/arena.h"
#include "base/mem/ensure.h"
#include "base/os/file.h"
#include "base/os/time.h"
#include "core/sheet/apply.h"
#include "core/sheet/columns.h"
#include "core/sheet/preview.h"
#include "core/store/outbox.h"
#include "proto/sheet/sheet.h"
#include "proto/sheet/work.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    ANSWER_MS = 2 * SHEET_WORK_MS,
    AGAIN_MS = 5000,
    BEHIND_MS = 200,
    BEHIND_MOST = 50000, /* leaves that wait: half of what a store bears */
    ARENA_BYTES = 4 << 20
};

struct file {
    struct file *next;
    uint64_t batch;
    int fd;
};

struct sheeting {
    struct store *store;
    struct register_set *set;
    struct ipc_edge *edge;
    struct loop_timer *read_turn, *apply_turn;
    struct file *first; /* the one that is being read, then those that wait */
    size_t count;
    bool reading;
    struct arena *arena; /* of the batch that is being read */
    struct batch batch;
    void *map;
    size_t map_n;
    struct preview *preview;
    struct err why;
    struct apply_place place; /* its batch 0: none is being applied */
    bool writing;
    size_t most, alone; /* rows of a step; so many steps of one row are left */
    struct err left;
};

static void read_next(struct sheeting *s);
static void preview_turn(void *arg);
static void apply_turn(void *arg);

/* ---- reading ---- */

static void
read_ended(struct sheeting *s)
{
    struct file *file = s->first;
    s->first = file->next;
    s->count--;
    file_close(&file->fd);
    free(file);
    preview_free(s->preview);
    s->preview = NULL;
    if (s->map != NULL) {
        munmap(s->map, s->map_n);
        s->map = NULL;
    }
    arena_free(s->arena);
    s->arena = NULL;
    s->reading = false;
    read_next(s);
}

static int
fail_unit(struct store *store, void *arg, struct err *err)
{
    struct sheeting *s = arg;
    return batch_fail(store, s->first->batch, &s->why, err);
}

static void
fail_done(void *arg, int result, const struct err *err)
{
    (void)result; /* a store that takes nothing: the next start fails the batch */
    (void)err;
    read_ended(arg);
}

static void
read_fail(struct sheeting *s, const struct err *why)
{
    s->why = *why;
    store_write(s->store, fail_unit, fail_done, s);
}

static int
preview_unit(struct store *store, void *arg, struct err *err)
{
    struct sheeting *s = arg;
    return preview_step(s->preview, store, err);
}

static void
preview_done(void *arg, int result, const struct err *err)
{
    struct sheeting *s = arg;
    if (result > 0) {
        loop_timer_start(s->read_turn, 0);
    } else if (result == 0) {
        read_ended(s);
    } else {
        read_fail(s, err);
    }
}

static void
preview_turn(void *arg)
{
    struct sheeting *s = arg;
    store_write(s->store, preview_unit, preview_done, s);
}

/* The answer is sealed: nobody can change or cut what is mapped here. */
static int
answer_map(struct sheeting *s, int fd, struct err *err)
{
    int64_t size = file_sealed_size(fd, SHEET_WORK_BYTES, err);
    if (size <= 0) {
        return size < 0 ? -1 : ERR(err, "sheet.stream", "empty");
    }
    void *p = mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (p == MAP_FAILED) {
        return ERR_ERRNO(err, "file.read", "sheet");
    }
    s->map = p;
    s->map_n = (size_t)size;
    return preview_new(s->set, &s->batch, (struct str){p, (size_t)size}, &s->preview, err);
}

static void
told(void *arg, const struct ipc_result *result)
{
    struct sheeting *s = arg;
    struct err err = {0};
    int rc = 0;
    if (result->value != NULL) {
        rc = result->fd_count == 1 ? answer_map(s, result->fds[0], &err)
                                   : ERR(&err, "sheet.worker", "answer");
    }
    for (size_t i = 0; i < result->fd_count; i++) {
        close(result->fds[i]);
    }
    if (result->value == NULL) {
        read_fail(s, result->err);
    } else if (rc < 0) {
        read_fail(s, &err);
    } else {
        preview_turn(s);
    }
}

static int
ask(struct sheeting *s, struct err *err)
{
    struct columns columns;
    struct buf titles;
    const struct register_def *def = register_def_find(s->set, s->batch.reg);
    if (s->edge == NULL || def == NULL) {
        return s->edge == NULL ? ERR(err, "sheet.worker", "sheetd")
                               : ERR(err, "not_found", "register");
    }
    if (columns_of(s->arena, def, &columns, err) < 0) {
        return -1;
    }
    buf_init(&titles, SHEET_TITLES_BYTES);
    columns_put_titles(&columns, &titles, SHEET_TITLES_BYTES);
    struct sheet_ask message = {.name = s->batch.name,
                                .encoding = s->batch.encoding,
                                .separator = s->batch.pasted ? STR("tab") : STR("auto"),
                                .sheet = s->batch.sheet,
                                .titles = buf_str(&titles)};
    struct ipc_attach attach = {&s->first->fd, 1};
    ipc_request(s->edge, &sheet_ask_message, &message, &attach, &sheet_told_message, ANSWER_MS,
                told, s);
    buf_free(&titles);
    return 0;
}

static void
read_next(struct sheeting *s)
{
    struct err err = {0};
    if (s->reading || s->first == NULL) {
        return;
    }
    s->reading = true;
    s->arena = arena_new(ARENA_BYTES);
    int rc = batch_get(s->store, s->arena, s->first->batch, &s->batch, &err);
    if (rc > 0) {
        rc = ERR(&err, "not_found", "import");
    }
    if (rc < 0 || ask(s, &err) < 0) {
        read_fail(s, &err);
    }
}

void
sheeting_read(struct sheeting *s, uint64_t batch, int file)
{
    struct file *new = calloc(1, sizeof *new), **last = &s->first;
    ensure(new != NULL);
    *new = (struct file){.batch = batch, .fd = file};
    while (*last != NULL) {
        last = &(*last)->next;
    }
    *last = new;
    s->count++;
    read_next(s);
}

bool
sheeting_has_room(const struct sheeting *s)
{
    return s->count < SHEETING_WAITING_MOST;
}

/* ---- applying ---- */

static int
apply_unit(struct store *store, void *arg, struct err *err)
{
    struct sheeting *s = arg;
    return apply_step(s->set, store, &s->place, s->most, err);
}

static int
leave_unit(struct store *store, void *arg, struct err *err)
{
    struct sheeting *s = arg;
    return apply_leave(store, s->place.batch, &s->left, err);
}

static void
leave_done(void *arg, int result, const struct err *err)
{
    struct sheeting *s = arg;
    (void)err;
    s->writing = false;
    loop_timer_start(s->apply_turn, result < 0 ? AGAIN_MS : 0);
}

/* One row of a step failed: each of them alone, and the one that fails is left. */
static void
apply_failed(struct sheeting *s, const struct err *err)
{
    if (strncmp(err->code, "store.", 6) == 0) {
        loop_timer_start(s->apply_turn, AGAIN_MS);
    } else if (s->most > 1) {
        s->most = 1;
        s->alone = APPLY_STEP_ROWS;
        loop_timer_start(s->apply_turn, 0);
    } else {
        s->left = *err;
        s->writing = true;
        store_write(s->store, leave_unit, leave_done, s);
    }
}

static void
apply_done(void *arg, int result, const struct err *err)
{
    struct sheeting *s = arg;
    s->writing = false;
    s->place.after = result > 0 ? s->place.last : 0;
    if (result < 0) {
        apply_failed(s, err);
        return;
    }
    if (result == 0) {
        s->place = (struct apply_place){0};
    }
    if (s->alone > 0 && --s->alone == 0) {
        s->most = APPLY_STEP_ROWS;
    }
    loop_timer_start(s->apply_turn, 0);
}

static void
apply_turn(void *arg)
{
    struct sheeting *s = arg;
    struct err err;
    uint64_t waiting = 0;
    if (s->writing) {
        return;
    }
    if (s->place.batch == 0) {
        s->most = APPLY_STEP_ROWS;
        s->alone = 0;
        s->place = (struct apply_place){0};
        int rc = batch_applying(s->store, &s->place.batch, &err);
        if (rc != 0) {
            s->place.batch = 0;
            if (rc < 0) {
                loop_timer_start(s->apply_turn, AGAIN_MS);
            }
            return;
        }
    }
    if (outbox_behind(s->store, &waiting, &err) < 0 || waiting > BEHIND_MOST) {
        loop_timer_start(s->apply_turn, BEHIND_MS);
        return;
    }
    s->writing = true;
    store_write(s->store, apply_unit, apply_done, s);
}

void
sheeting_apply(struct sheeting *s)
{
    loop_timer_start(s->apply_turn, 0);
}

/* ---- life ---- */

static int
tidy_unit(struct store *store, void *arg, struct err *err)
{
    (void)arg;
    return batch_tidy(store, time_now_us(), err);
}

static void
tidy_done(void *arg, int result, const struct err *err)
{
    (void)result;
    (void)err;
    sheeting_apply(arg);
}

struct sheeting *
sheeting_new(struct loop *loop, struct store *store, struct register_set *set,
             struct ipc_edge *edge)
{
    struct sheeting *s = calloc(1, sizeof *s);
    ensure(s != NULL);
    s->store = store;
    s->set = set;
    s->edge = edge;
    s->read_turn = loop_timer_new(loop, preview_turn, s);
    s->apply_turn = loop_timer_new(loop, apply_turn, s);
    store_write(store, tidy_unit, tidy_done, s);
    return s;
}

struct ipc_edge *
sheeting_edge(const struct sheeting *s)
{
    return s != NULL ? s->edge : NULL;
}

void
sheeting_free(struct sheeting *s)
{
    if (s == NULL) {
        return;
    }
    if (s->edge != NULL) {
        ipc_forget(s->edge, s);
    }
    loop_timer_free(s->read_turn);
    loop_timer_free(s->apply_turn);
    preview_free(s->preview);
    if (s->map != NULL) {
        munmap(s->map, s->map_n);
    }
    arena_free(s->arena);
    for (struct file *file = s->first, *next; file != NULL; file = next) {
        next = file->next;
        file_close(&file->fd);
        free(file);
    }
    free(s);
}
