/*
 * loop: the event loop of a daemon, over libevent. One thread, no callback ever waits.
 */
#ifndef BASE_LOOP_LOOP_H
#define BASE_LOOP_LOOP_H

#include <stdbool.h>
#include <stdint.h>

struct loop;
struct loop_watch;
struct loop_timer;

enum loop_ready { LOOP_READ = 1, LOOP_WRITE = 2 };

/* READY is a set of enum loop_ready. */
typedef void loop_fd_call(void *arg, int fd, unsigned ready);
typedef void loop_call(void *arg);

/* A new loop, owned by the caller. Never NULL. */
struct loop *loop_new(void);

/* Frees LOOP; every watch and timer must have been freed before. NULL is fine. */
void loop_free(struct loop *loop);

/* Runs callbacks until loop_stop. */
void loop_run(struct loop *loop);

/* Makes loop_run return after the running callback. */
void loop_stop(struct loop *loop);

/* Waits at most TIMEOUT_MS (-1: without end) for one round of callbacks. For tests and start-up. */
void loop_once(struct loop *loop, int timeout_ms);

/*
 * Calls CALL(arg, fd, ready) whenever FD is ready for what READY (a set of enum loop_ready) names.
 * FD stays the caller's; free the watch before closing it.
 */
struct loop_watch *loop_watch_new(struct loop *loop, int fd, unsigned ready, loop_fd_call *call,
                                  void *arg);

/* Changes what WATCH waits for (0: nothing). */
void loop_watch_set(struct loop_watch *watch, unsigned ready);

/* Ends WATCH; its callback will not run again. NULL is fine. */
void loop_watch_free(struct loop_watch *watch);

/* A timer that is not running yet; its callback runs once per loop_timer_start. */
struct loop_timer *loop_timer_new(struct loop *loop, loop_call *call, void *arg);

/* (Re)starts TIMER to fire once after DELAY_MS. */
void loop_timer_start(struct loop_timer *timer, uint64_t delay_ms);

/* Stops TIMER; it may be started again. */
void loop_timer_stop(struct loop_timer *timer);

/* Ends TIMER. NULL is fine. */
void loop_timer_free(struct loop_timer *timer);

/* Calls CALL when SIGNAL_NUMBER arrives. The watch is freed with loop_watch_free. */
struct loop_watch *loop_signal_new(struct loop *loop, int signal_number, loop_call *call,
                                   void *arg);

#endif
