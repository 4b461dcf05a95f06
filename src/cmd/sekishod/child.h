/*
 * child: the running programs: start, edges, heartbeat, restart with back-off, stop.
 */
#ifndef CMD_SEKISHOD_CHILD_H
#define CMD_SEKISHOD_CHILD_H

#include "base/loop/loop.h"
#include "cmd/sekishod/settings.h"

struct children;

struct children_config {
    const char *state_dir, *data_dir, *program_dir; /* absolute */
    const struct settings *settings;
    void (*on_ready)(void *arg, bool all_ready); /* called on every change */
    void (*on_gone)(void *arg);                  /* all ended after children_stop */
    void *arg;
};

/* The programs and edges of the table, not started yet. CONFIG's strings must stay. Makes each program's
 * state folder (0700). NULL with err file.* when that fails. */
struct children *children_new(struct loop *loop, const struct children_config *config,
                              struct err *err);

/* Starts all. A program that cannot be started is tried again later. */
void children_start(struct children *children);

/* Reaps what ended; call on SIGCHLD. */
void children_reap(struct children *children);

/* Asks all to stop; kills what has not after WITHIN_MS. on_gone follows. */
void children_stop(struct children *children, uint64_t within_ms);

/* One line per program on stdout: name, pid, state, restarts. */
void children_print(const struct children *children);

#endif
