/*
 * private: where a role is looked for. Between the files of core/account.
 */
#ifndef CORE_ACCOUNT_PRIVATE_H
#define CORE_ACCOUNT_PRIVATE_H

#include "core/store/store.h"

#include <stddef.h>
#include <stdint.h>

enum { ACCOUNT_ROWS_MOST = 200, ACCOUNT_DEPTH_MOST = 16 }; /* the numbers in the statements */

/* A place where a role may be held, in the order in which it is looked for. */
struct scope {
    const char *kind;
    uint64_t id;
};

struct scopes {
    struct scope list[2 * (ACCOUNT_DEPTH_MOST + 1)];
    size_t count;
};

/* Persons, the first to be asked first. */
struct found {
    uint64_t persons[ACCOUNT_ROWS_MOST];
    size_t count;
};

/* The places of SECTION on DAY (what took its place, when it ended; 0: of the body that owns the standard), the nearest first. An unknown
 * section has none: nobody holds a role for it. */
int scopes_of(struct store *store, uint64_t section, int64_t day, struct scopes *ret,
              struct err *err);

/* Who holds ROLE in SCOPE itself on DAY. */
int holders_in(struct store *store, const char *role, const struct scope *scope, int64_t day,
               struct found *ret, struct err *err);

#endif
