/*
 * worker: what both one-shot workers do around their work: lock themselves in, take one job,
 * answer, end. No foreign byte is read before the sandbox holds.
 */
#ifndef PROTO_DISARM_WORKER_H
#define PROTO_DISARM_WORKER_H

#include "base/mem/arena.h"
#include "base/sandbox/sandbox.h"
#include "proto/disarm/wire.h"

struct worker {
    struct sandbox_profile profile;
    struct sandbox_state state;
    struct str layers;
    struct str input; /* mapped read-only */
    struct wire_job job;
    char packet[WIRE_PACKET_MOST];
    char layer_text[200];
};

/* The sandbox profile of one-shot workers, NAME; limits from argv: CPU_SECONDS, MEMORY_BYTES. */
struct sandbox_profile worker_profile(const char *name, uint64_t cpu_seconds,
                                      uint64_t memory_bytes);

/* Enters the sandbox by argv ("program cpu-seconds memory-bytes"), waits for the job and maps the
 * input. Ends the process with code 3 when anything fails. */
void worker_begin(struct worker *worker, const char *name, int argc, char **argv);

/* Writes all of BYTES to FD; ends the process with code 3 on an error. */
void worker_write(int fd, struct str bytes);

/* Sends DONE and ends the process. */
_Noreturn void worker_done(const struct wire_done *done);

#endif
