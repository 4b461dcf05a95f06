/*
 * sessions: who is logged in, where and until when. The identifier is 256 random bits, of which
 * only the SHA-256 is kept; it is bound to the zone it was made in. All of them are in memory and
 * in the store; the time of last use reaches the store with a lag, so that a restart makes a
 * session end earlier, never later.
 */
#ifndef CORE_AUTH_SESSIONS_H
#define CORE_AUTH_SESSIONS_H

#include "core/store/store.h"
#include "proto/auth/auth.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    SESSION_CHARS = 64, /* hex of 256 bits */
    SESSION_DIGEST_BYTES = 32,
    SESSION_ZONE_BYTES = 32,
    SESSIONS_MOST = 20000,
    SESSIONS_ACCOUNT_MOST = 16 /* of one account and zone: the oldest makes room */
};

struct session {
    uint8_t digest[SESSION_DIGEST_BYTES];
    uint64_t account;
    char zone[SESSION_ZONE_BYTES + 1];
    unsigned factors; /* enum rules_factor */
    int64_t made_us, until_us, used_us, fresh_us;
    uint64_t idle_s;
    int64_t saved_us; /* the used_us that the store knows */
    struct session *next;
};

struct sessions;

/* Called for every session that ended, after the store knows. WHY: idle, absolute, logout, ... */
typedef void session_ended_call(void *arg, const struct session *session, const char *why);

/* Loads the sessions of STORE that hold at NOW_US. -1 with store.*. */
int sessions_open(struct store *store, int64_t now_us, session_ended_call *ended, void *arg,
                  struct sessions **ret_sessions, struct err *err);

/* Frees the table; the sessions stay in the store. NULL is fine. */
void sessions_close(struct sessions *sessions);

/* What a new session is. */
struct session_new {
    uint64_t account;
    struct str zone;
    unsigned factors;
    uint64_t idle_s, absolute_s;
    int64_t now_us;
};

/* Writes the row of a new session (inside a unit) and gives its identifier: the only time it is
 * seen. It counts after session_added. -1 with auth.sessions (too many) or store.*. */
int session_make(struct sessions *sessions, const struct session_new *new, struct session *ret,
                 char ret_id[SESSION_CHARS + 1], struct err *err);

/* The row of SESSION is committed: it counts from now on. */
void session_added(struct sessions *sessions, const struct session *session);

/* The session of identifier ID in ZONE at NOW_US, and QUIET or not its use; NULL: none, of another
 * zone, or over (then it is ended). Borrowed until the next call. */
const struct session *session_use(struct sessions *sessions, struct str id, struct str zone,
                                  bool quiet, int64_t now_us);

/* Ends the session ID, or every session of ACCOUNT when that is not 0. The number of them. */
size_t sessions_end(struct sessions *sessions, uint64_t account, struct str id, const char *why);

/* Ends what is over at NOW_US and brings the store up to date. Every half a minute or so. */
void sessions_sweep(struct sessions *sessions, int64_t now_us);

/* How many there are. */
size_t sessions_count(const struct sessions *sessions);

#endif
