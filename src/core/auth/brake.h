/*
 * brake: failures are counted, and slow down or lock (identity.md: sessions, step-up, lockout).
 *
 * A subject is an account, or a name nobody has: both are braked alike, so the brake tells nobody
 * which names exist. All strangers share one line of a subject; a source from which the subject
 * logged in during BRAKE_KNOWN_DAYS has a line of its own, so a stranger cannot lock the holder
 * out. Ordinary accounts: from the 3rd failure on 1, 2, 4 … 60 s; from `tries` on 15 min; at 50
 * locked until somebody opens. Privileged ones: from `tries` (3) on 15 min, at 10 locked. Only a
 * whole log-in sets a line to zero, never a right password alone.
 */
#ifndef CORE_AUTH_BRAKE_H
#define CORE_AUTH_BRAKE_H

#include "core/auth/vault.h"
#include "core/store/store.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    BRAKE_DELAY_FROM = 3,
    BRAKE_DELAY_MOST_S = 60,
    BRAKE_PAUSE_S = 15 * 60,
    BRAKE_LOCK_AT = 50,
    BRAKE_LOCK_PRIVILEGED_AT = 10,
    BRAKE_KNOWN_DAYS = 30,
    BRAKE_SOURCES_MOST = 4096,
    BRAKE_SOURCE_FAILURES = 60, /* a source and minute */
    BRAKE_SOURCE_BEGINS = 240
};

/* How strict an account's line is. */
struct brake_rule {
    uint64_t tries;
    bool privileged;
};

/* What FAILURES in a row mean: *RET_LOCKED, or the seconds to wait (0: none). */
uint64_t brake_wait_s(const struct brake_rule *rule, uint64_t failures, bool *ret_locked);

/* The line of a subject that counts for a source. */
struct brake_line {
    uint8_t subject[SUBJECT_BYTES];
    uint8_t source[SUBJECT_BYTES];
    bool known; /* the source has a line of its own; else it is one of the strangers */
    uint64_t failures;
    int64_t until_us; /* nothing is checked before */
    bool locked;
};

/* Finds the line for RET's subject and source, which the caller set. 0, -1 with store.*. */
int brake_find(struct store *store, int64_t now_us, struct brake_line *ret, struct err *err);

/* Seconds from NOW_US until LINE lets something be checked; 0: now. A locked line: one pause. */
uint64_t brake_left_s(const struct brake_line *line, int64_t now_us);

/* The following are called inside a unit. */

/* Counts one failure on LINE and brings it up to date. */
int brake_fail(struct store *store, const struct brake_rule *rule, int64_t now_us,
               struct brake_line *line, struct err *err);

/* A whole log-in: LINE is zero again, its source known from now on. */
int brake_success(struct store *store, int64_t now_us, const struct brake_line *line,
                  struct err *err);

/* Opens every line of SUBJECT. The number of lines, or -1. */
int64_t brake_open(struct store *store, const uint8_t subject[SUBJECT_BYTES], struct err *err);

/* Forgets lines that nothing happened on for BRAKE_KNOWN_DAYS, locked ones of accounts too: whoever
 * holds one has not tried for a month. */
int brake_sweep(struct store *store, int64_t now_us, struct err *err);

/* Requests and failures per source and minute, in memory. */
struct brake_sources;

/* A new table. Never NULL. */
struct brake_sources *brake_sources_new(void);

/* Frees it. NULL is fine. */
void brake_sources_free(struct brake_sources *sources);

/* The seconds SOURCE has to wait before anything else of it is looked at; 0: none. */
uint64_t brake_source_left_s(struct brake_sources *sources, const uint8_t source[SUBJECT_BYTES],
                             int64_t now_us);

/* Counts one begun log-in, or one failure, of SOURCE. */
void brake_source_begin(struct brake_sources *sources, const uint8_t source[SUBJECT_BYTES],
                        int64_t now_us);
void brake_source_fail(struct brake_sources *sources, const uint8_t source[SUBJECT_BYTES],
                       int64_t now_us);

/* The part of an address that counts as one source: an IPv4 address, or the first 64 bits of an
 * IPv6 one; other text as it is. RET gets at most 16 bytes, *RET_N their number. */
void brake_address(struct str address, uint8_t ret[SUBJECT_BYTES], size_t *ret_n);

#endif
