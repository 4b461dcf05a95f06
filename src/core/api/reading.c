/*
 * reading: see reading.h. Runs in cored. The answer is a memory file of foreign bytes; core/control
 * checks every field of it. What cannot be stored as an answer makes the import fail, with a
 * reason.
 */
#include "core/api/reading.h"

#include "base/mem/arena.h"
#include "base/mem/buf.h"
#include "base/mem/ensure.h"
#include "base/os/file.h"
#include "base/os/time.h"
#include "core/control/import.h"
#include "proto/policy/policy.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ANSWER_MS = 90000, AGAIN_MS = 5000, ARENA_BYTES = 20 << 20 };

struct reading {
    struct store *store;
    struct control *control;
    struct ipc_edge *edge;
    struct loop_timer *again;
    int64_t id; /* being read; 0: none */
    unsigned code;
    struct buf answer;
    struct err why; /* of a failure */
};

static void
next(void *arg)
{
    reading_next(arg);
}

struct reading *
reading_new(struct loop *loop, struct store *store, struct control *control, struct ipc_edge *edge)
{
    struct reading *r = calloc(1, sizeof *r);
    ensure(r != NULL);
    r->store = store;
    r->control = control;
    r->edge = edge;
    r->again = loop == NULL ? NULL : loop_timer_new(loop, next, r);
    buf_init(&r->answer, CONTROL_JSON_BYTES);
    return r;
}

void
reading_free(struct reading *reading)
{
    if (reading == NULL) {
        return;
    }
    if (reading->edge != NULL) {
        ipc_forget(reading->edge, reading);
    }
    loop_timer_free(reading->again);
    buf_free(&reading->answer);
    free(reading);
}

/* Done with this one: on to the next. */
static void
ended(struct reading *r)
{
    r->id = 0;
    buf_free(&r->answer);
    reading_next(r);
}

/* Tried again in a while: nothing is lost, the import still waits. */
static void
again(struct reading *r)
{
    r->id = 0;
    buf_free(&r->answer);
    if (r->again != NULL) {
        loop_timer_start(r->again, AGAIN_MS);
    }
}

static int
fail_unit(struct store *store, void *arg, struct err *err)
{
    (void)store;
    struct reading *r = arg;
    return import_fail(r->control, r->id, &r->why, err);
}

static void
fail_done(void *arg, int result, const struct err *err)
{
    (void)err;
    if (result < 0) {
        again(arg);
    } else {
        ended(arg);
    }
}

static void
fail(struct reading *r, const struct err *why)
{
    r->why = *why;
    store_write(r->store, fail_unit, fail_done, r);
}

static int
take_unit(struct store *store, void *arg, struct err *err)
{
    (void)store;
    struct reading *r = arg;
    return import_take(r->control, r->id, r->code, buf_str(&r->answer), time_now_us(), err);
}

static void
take_done(void *arg, int result, const struct err *err)
{
    struct reading *r = arg;
    struct err why;
    if (result >= 0) {
        (void)control_refresh(r->control, &why); /* on -1 the former texts stay */
        ended(r);
    } else if (strncmp(err->code, "store.", 6) == 0) {
        again(r);
    } else {
        fail(r, err);
    }
}

static int
answer_read(struct reading *r, int fd, struct err *err)
{
    int64_t size = file_sealed_size(fd, CONTROL_JSON_BYTES, err);
    void *room = size < 0 ? NULL : buf_reserve(&r->answer, (size_t)size + 1);
    if (room == NULL) {
        return size < 0 ? -1 : buf_done(&r->answer, err);
    }
    if (file_pread(fd, room, (size_t)size, 0, err) < 0) {
        return -1;
    }
    r->answer.n += (size_t)size;
    return 0;
}

static void
told(void *arg, const struct ipc_result *result)
{
    struct reading *r = arg;
    const struct policy_told *value = result->value;
    struct err err = {0};
    int rc = 0;
    if (value != NULL) {
        r->code = value->code > 2 ? 2 : (unsigned)value->code;
        rc = result->fd_count == 1 ? answer_read(r, result->fds[0], &err)
                                   : ERR(&err, "policy.worker", "answer");
    }
    for (size_t i = 0; i < result->fd_count; i++) {
        close(result->fds[i]);
    }
    if (value == NULL && strncmp(result->err->code, "ipc.", 4) == 0) {
        again(r); /* policyd is away */
    } else if (value == NULL) {
        fail(r, result->err);
    } else if (rc < 0) {
        fail(r, &err);
    } else {
        store_write(r->store, take_unit, take_done, r);
    }
}

static void
ask(struct reading *r, struct str source, struct str name)
{
    struct err err;
    int fd = file_sealed("policy", source, &err);
    if (fd < 0) {
        fail(r, &err);
        return;
    }
    struct policy_ask message = {.name = name.n > 0 ? name : STR("policy")};
    struct ipc_attach attach = {&fd, 1};
    ipc_request(r->edge, &policy_ask_message, &message, &attach, &policy_told_message, ANSWER_MS,
                told, r);
    file_close(&fd);
}

void
reading_next(struct reading *reading)
{
    struct err err;
    struct str source, name;
    int64_t id;
    if (reading == NULL || reading->edge == NULL || reading->id != 0 ||
        import_next(reading->control, &id, &err) != 0) {
        return;
    }
    struct arena *arena = arena_new(ARENA_BYTES);
    reading->id = id;
    if (import_waiting(reading->control, arena, id, &source, &name, &err) == 0) {
        ask(reading, source, name);
    } else {
        again(reading);
    }
    arena_free(arena);
}
