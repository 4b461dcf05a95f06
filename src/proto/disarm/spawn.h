/*
 * spawn: starts one worker process with its descriptors; private to proto/disarm.
 */
#ifndef PROTO_DISARM_SPAWN_H
#define PROTO_DISARM_SPAWN_H

#include "base/mem/err.h"
#include "base/mem/str.h"

#include <stdint.h>
#include <sys/types.h>

struct spawn {
    const char *program_dir, *program;
    uint64_t cpu_seconds, memory_bytes;
    int input, output, report; /* output may be -1: /dev/null */
};

/* Starts the program and sends it PACKET. *RET_PID is the child, *RET_FD our end of the control
 * socket (non-blocking). -1 with err "disarm.start". */
int spawn_worker(const struct spawn *spawn, struct str packet, pid_t *ret_pid, int *ret_fd,
                 struct err *err);

#endif
