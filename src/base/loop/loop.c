/*
 * loop: a thin wall in front of libevent core, so that only this file knows it. Used by every
 * daemon; workers have no loop. Allocation failure aborts.
 */
#include "base/loop/loop.h"

#include "base/mem/ensure.h"

#include <event2/event.h>
#include <stdlib.h>

struct loop {
    struct event_base *base;
};

struct loop_watch {
    struct loop *loop;
    struct event *event;
    loop_fd_call *call;
    loop_call *signal_call;
    void *arg;
    int fd;
};

struct loop_timer {
    struct event *event;
    loop_call *call;
    void *arg;
};

struct loop *
loop_new(void)
{
    struct loop *loop = calloc(1, sizeof *loop);
    ensure(loop != NULL);
    loop->base = event_base_new();
    ensure(loop->base != NULL);
    return loop;
}

void
loop_free(struct loop *loop)
{
    if (loop == NULL)
        return;
    event_base_free(loop->base);
    free(loop);
}

void
loop_run(struct loop *loop)
{
    ensure(event_base_loop(loop->base, EVLOOP_NO_EXIT_ON_EMPTY) >= 0);
}

void
loop_stop(struct loop *loop)
{
    ensure(event_base_loopbreak(loop->base) == 0);
}

void
loop_once(struct loop *loop, int timeout_ms)
{
    if (timeout_ms >= 0) {
        struct timeval tv = {timeout_ms / 1000, (timeout_ms % 1000) * 1000};
        ensure(event_base_loopexit(loop->base, &tv) == 0);
    }
    ensure(event_base_loop(loop->base, EVLOOP_ONCE) >= 0);
}

static void
watch_fired(evutil_socket_t fd, short what, void *arg)
{
    struct loop_watch *watch = arg;
    unsigned ready = 0;
    if (what & EV_READ)
        ready |= LOOP_READ;
    if (what & EV_WRITE)
        ready |= LOOP_WRITE;
    watch->call(watch->arg, fd, ready);
}

static void
signal_fired(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    struct loop_watch *watch = arg;
    watch->signal_call(watch->arg);
}

struct loop_watch *
loop_watch_new(struct loop *loop, int fd, unsigned ready, loop_fd_call *call, void *arg)
{
    struct loop_watch *watch = calloc(1, sizeof *watch);
    ensure(watch != NULL);
    *watch = (struct loop_watch){.loop = loop, .call = call, .arg = arg, .fd = fd};
    loop_watch_set(watch, ready);
    return watch;
}

void
loop_watch_set(struct loop_watch *watch, unsigned ready)
{
    if (watch->event != NULL) {
        event_free(watch->event);
        watch->event = NULL;
    }
    if (ready == 0)
        return;
    short what = EV_PERSIST;
    if (ready & LOOP_READ)
        what |= EV_READ;
    if (ready & LOOP_WRITE)
        what |= EV_WRITE;
    watch->event = event_new(watch->loop->base, watch->fd, what, watch_fired, watch);
    ensure(watch->event != NULL && event_add(watch->event, NULL) == 0);
}

void
loop_watch_free(struct loop_watch *watch)
{
    if (watch == NULL)
        return;
    if (watch->event != NULL)
        event_free(watch->event);
    free(watch);
}

static void
timer_fired(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    struct loop_timer *timer = arg;
    timer->call(timer->arg);
}

struct loop_timer *
loop_timer_new(struct loop *loop, loop_call *call, void *arg)
{
    struct loop_timer *timer = calloc(1, sizeof *timer);
    ensure(timer != NULL);
    *timer = (struct loop_timer){.call = call, .arg = arg};
    timer->event = evtimer_new(loop->base, timer_fired, timer);
    ensure(timer->event != NULL);
    return timer;
}

void
loop_timer_start(struct loop_timer *timer, uint64_t delay_ms)
{
    struct timeval tv = {(time_t)(delay_ms / 1000), (suseconds_t)(delay_ms % 1000 * 1000)};
    ensure(evtimer_add(timer->event, &tv) == 0);
}

void
loop_timer_stop(struct loop_timer *timer)
{
    evtimer_del(timer->event);
}

void
loop_timer_free(struct loop_timer *timer)
{
    if (timer == NULL)
        return;
    event_free(timer->event);
    free(timer);
}

struct loop_watch *
loop_signal_new(struct loop *loop, int signal_number, loop_call *call, void *arg)
{
    struct loop_watch *watch = calloc(1, sizeof *watch);
    ensure(watch != NULL);
    *watch = (struct loop_watch){.loop = loop, .signal_call = call, .arg = arg, .fd = -1};
    watch->event = evsignal_new(loop->base, signal_number, signal_fired, watch);
    ensure(watch->event != NULL && evsignal_add(watch->event, NULL) == 0);
    return watch;
}
