/*
 * attempts: log-ins that have begun. In memory only: five minutes, one success, and a restart of
 * authd lets people begin anew. An attempt of a name nobody has looks like any other.
 */
#ifndef CORE_AUTH_ATTEMPTS_H
#define CORE_AUTH_ATTEMPTS_H

#include "core/auth/brake.h"
#include "format/rules/rules.h"

enum {
    ATTEMPT_CHARS = 32, /* hex of 128 random bits */
    ATTEMPT_S = 300,
    ATTEMPT_FAILURES_MOST = 5,
    ATTEMPT_ZONE_BYTES = 32,
    ATTEMPTS_MOST = 4096,
    ATTEMPTS_SOURCE_MOST = 64 /* of one source: its oldest makes room */
};

struct attempt {
    char id[ATTEMPT_CHARS + 1]; /* empty: the row is free */
    int64_t until_us;
    uint64_t account; /* 0: of nobody; every factor is wrong */
    uint8_t subject[SUBJECT_BYTES], source[SUBJECT_BYTES];
    char zone[ATTEMPT_ZONE_BYTES + 1];
    unsigned any[RULES_COMBINATIONS_MOST]; /* combinations that suffice */
    size_t any_count;
    unsigned kinds;
    uint64_t idle_s, absolute_s;
    struct brake_rule brake;
    unsigned passed; /* factors that were right */
    unsigned failures;
};

struct attempts;

/* An empty table. Never NULL. */
struct attempts *attempts_new(void);

/* Frees it. NULL is fine. */
void attempts_free(struct attempts *attempts);

/* Adds LIKE with a fresh identifier, which it returns within the row. NULL when ATTEMPTS_MOST are
 * open. */
const struct attempt *attempt_add(struct attempts *attempts, const struct attempt *like,
                                  int64_t now_us);

/* The attempt of that identifier that was begun in ZONE and is not over; NULL: there is none. */
struct attempt *attempt_find(struct attempts *attempts, struct str id, const char *zone,
                             int64_t now_us);

/* Ends ATTEMPT. */
void attempt_drop(struct attempt *attempt);

/* The factors that bring ATTEMPT further, of those in AVAILABLE. */
unsigned attempt_accepts(const struct attempt *attempt, unsigned available);

/* True when PASSED holds one whole combination of ATTEMPT and as many kinds as it wants. */
bool attempt_complete(const struct attempt *attempt, unsigned passed);

#endif
