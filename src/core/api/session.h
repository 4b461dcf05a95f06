/*
 * session: who is behind a session cookie: asked of authd, believed for SESSION_CACHE_MS.
 *
 * A session is bound to the zone it began in. What authd does not confirm is nobody.
 */
#ifndef CORE_API_SESSION_H
#define CORE_API_SESSION_H

#include "base/ipc/ipc.h"
#include "core/store/store.h"

enum { SESSION_CACHE_MS = 2000, SESSION_FACTORS_BYTES = 64 };

struct session_known {
    uint64_t account, person;
    uint64_t fresh_until, until, idle_s;
    char factors[SESSION_FACTORS_BYTES];
};

struct session_desk;

/* Asks EDGE (to authd, borrowed); persons come from core/account in STORE. Owned by the caller. */
struct session_desk *session_desk_new(struct loop *loop, struct store *store,
                                      struct ipc_edge *edge);
void session_desk_free(struct session_desk *desk);

/* KNOWN, or NULL with ERR: auth.no_session, ipc.away, ipc.timeout, store.*. */
typedef void session_done(void *arg, const struct session_known *known, const struct err *err);

/* Sessions of ACCOUNT ended: nothing that was believed of them counts any more, nor what authd said
 * before and is still on its way. */
void session_forget(struct session_desk *desk, uint64_t account);

/* What a request brought. */
struct session_claim {
    struct str session, zone;
    bool quiet; /* a page's own polling: it keeps no session alive */
};

/* Finds out whose session CLAIM is and calls DONE once, at once or later. */
void session_ask(struct session_desk *desk, const struct session_claim *claim, session_done *done,
                 void *arg);

#endif
