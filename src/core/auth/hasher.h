/*
 * hasher: checks and makes password hashes beside the loop, never more than HASHER_THREADS at a
 * time (64 MiB each), the others in a short queue. At half past eight everybody logs in at once:
 * then some wait, some are told to come back, and the daemon keeps answering.
 */
#ifndef CORE_AUTH_HASHER_H
#define CORE_AUTH_HASHER_H

#include "base/crypt/password.h"
#include "base/loop/loop.h"
#include "base/mem/str.h"

#include <stddef.h>
#include <stdint.h>

enum {
    HASHER_THREADS = 2,
    HASHER_QUEUE_MOST = 64,
    HASHER_WAIT_MS = 10000 /* longest stay in the queue */
};

/* Argon2id (RFC 9106): 54 ms on the reference machine. */
enum { HASH_MEMORY_BYTES = 64 << 20, HASH_PASSES = 2 };

struct hasher_cost {
    size_t memory_bytes;
    unsigned passes;
};

enum hasher_result {
    HASHER_RIGHT,
    HASHER_WRONG,
    HASHER_BUSY,  /* it stood in the queue too long: nothing was checked */
    HASHER_MADE,  /* hasher_make: the hash is there */
    HASHER_FAILED /* the memory for a hash could not be had */
};

struct hasher;

/* FRESH: a hash with the present cost, when one was made or the checked one is to be renewed; else
 * NULL. Called from the loop. */
typedef void hasher_done(void *arg, enum hasher_result result, const char *fresh);

/* A hasher whose threads start with its first job. 0, or -1 with password.cost. */
int hasher_new(struct loop *loop, const struct hasher_cost *cost, struct hasher **ret_hasher,
               struct err *err);

/* Ends the threads and frees HASHER; what is in the queue is dropped without a call. NULL is fine.
 */
void hasher_free(struct hasher *hasher);

/*
 * Checks PASSWORD (in its one form; copied into locked memory) against HASH. NULL as HASH: the same
 * work against a hash that nothing fits. -1 at once when the queue is full (or no thread could be
 * started); else 0 and DONE(arg,
 * ...) once.
 */
int hasher_check(struct hasher *hasher, const char *hash, struct str password, hasher_done *done,
                 void *arg);

/* Makes a hash of PASSWORD, likewise. */
int hasher_make(struct hasher *hasher, struct str password, hasher_done *done, void *arg);

/* Stops telling ARG: its DONE will not be called. */
void hasher_forget(struct hasher *hasher, const void *arg);

#endif
