/*
 * leaf: what authd tells the ledger (identity.md, audit leaves): numbers, words and times. Never a
 * secret, a hash, an address, or a name that somebody typed: those are often passwords.
 */
#ifndef CORE_AUTH_LEAF_H
#define CORE_AUTH_LEAF_H

#include "base/mem/buf.h"

#include <stdbool.h>
#include <stdint.h>

enum { LEAF_FAILS_A_MINUTE = 10, LEAF_BYTES = 1024, LEAF_SESSION_BYTES = 8 };

/* What is not set stays out of the entry. */
struct auth_leaf {
    const char *kind; /* auth.login, auth.fail, auth.lock, session.end, code.use, factor.add */
    uint64_t account; /* 0: none */
    uint64_t count;   /* 0: none */
    const char *factor;
    unsigned factors;       /* enum rules_factor; 0: none */
    const uint8_t *session; /* the first LEAF_SESSION_BYTES of its digest */
    const char *source;     /* known, new: whether the account came from there before */
    int64_t until_us;       /* 0: none */
    const char *why;
    const char *zone;
};

/* Takes one entry: DATA is a canonical object (RFC 8785). 0 once it is durable, or -1: then what it
 * tells must not happen. The shape of proto/ledger's queue. */
typedef int leaf_put_call(void *arg, struct str kind, struct str data, struct err *err);

struct leaves {
    leaf_put_call *put;
    void *arg;
    int64_t minute_us;
    uint64_t fails; /* in this minute */
    char zone[33];  /* of the last failure that was only counted */
};

/* Makes LEAVES ready; PUT may be NULL: then nothing is told (tools without a ledger). */
void leaves_init(struct leaves *leaves, leaf_put_call *put, void *arg);

/* Writes the canonical object of LEAF to OUT. */
void leaf_write(struct buf *out, const struct auth_leaf *leaf);

/* Tells LEAF. 0 or -1 as leaf_put_call. */
int leaf_tell(struct leaves *leaves, const struct auth_leaf *leaf, struct err *err);

/* Tells a failure, but past LEAF_FAILS_A_MINUTE only counts it: leaves_turn tells the number. */
int leaf_tell_fail(struct leaves *leaves, const struct auth_leaf *leaf, int64_t now_us,
                   struct err *err);

/* Tells what was only counted once its minute is over. */
int leaves_turn(struct leaves *leaves, int64_t now_us, struct err *err);

#endif
