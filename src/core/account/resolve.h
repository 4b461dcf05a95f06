/*
 * resolve: what authd asks cored: which account a login name stands for in a zone, and what the
 * rules demand of it. Nothing here tells an unknown name from one that may not enter.
 */
#ifndef CORE_ACCOUNT_RESOLVE_H
#define CORE_ACCOUNT_RESOLVE_H

#include "base/ipc/ipc.h"
#include "base/mem/arena.h"
#include "core/store/store.h"
#include "format/rules/rules.h"
#include "proto/account/account.h"

/* The rules and roles of a running cored. */
struct account_desk {
    struct store *store; /* borrowed */
    const struct roles *roles;
    const struct rules *rules;
    struct arena *arena; /* owns what was loaded */
    struct arena *call;  /* of the running call */
};

/* Reads DATA_DIR/roles.yaml and DATA_DIR/auth/rules.yaml into *RET, to be closed by
 * account_desk_close. -1 with the codes of file_read, roles_load and rules_load: do not start. */
int account_desk_open(struct account_desk *ret, struct store *store, const char *data_dir,
                      struct err *err);

/* Frees what DESK owns. */
void account_desk_close(struct account_desk *desk);

/*
 * Answers ASK as of AT_US. 0: RET is filled (its text lives until the next call on this desk);
 * ret->known is false for a name nobody has, an account that is not open, a person without an
 * engagement, and a zone the account may not enter. -1 with the codes of core/store.
 */
int account_resolve(struct account_desk *desk, const struct account_resolve *ask, int64_t at_us,
                    struct account_known *ret, struct err *err);

/* The edge's handler: answers CALL, whose value is ASK, or fails it. cored calls it from the route
 * of account_resolve_message. */
void account_answer(struct account_desk *desk, struct ipc_call *call,
                    const struct account_resolve *ask);

#endif
