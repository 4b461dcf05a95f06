/*
 * auth: what authd answers: log-in steps for the portals, session checks for cored.
 * Each portal's zone is its edge's name; a session lives only in the zone of its birth.
 */
#ifndef PROTO_AUTH_AUTH_H
#define PROTO_AUTH_AUTH_H

#include "base/ipc/codec.h"

/* portald → authd: POST /api/v1/auth/... */
struct auth_request {
    struct str action;  /* begin, step, end */
    struct str session; /* the cookie's value, may be empty */
    struct str address; /* of the client: source of the failure counters */
    struct str body;    /* JSON, at most 4 KiB */
};

struct auth_answer {
    uint64_t status;
    struct str cookie; /* not empty: the new session; "-": clear the cookie */
    struct str body;   /* JSON */
};

/* cored → authd: whose session is this, in that zone? */
struct session_check {
    struct str session;
    struct str zone;
    bool quiet; /* only look: not a use that keeps the session alive (a page's own polling) */
};

enum { SESSION_FRESH_S = 300 }; /* so long a log-in counts as fresh */

struct session_state {
    bool valid;
    uint64_t account;
    struct str factors;   /* comma-separated: password,totp */
    uint64_t fresh_until; /* UTC us: until then a step-up is not asked again */
    uint64_t until;       /* UTC us: absolute end */
    uint64_t idle_s;      /* seconds until it ends when idle */
};

/* cored → authd: end every session of ACCOUNT (0: only SESSION). Answer: session_ended. */
struct session_end {
    uint64_t account;
    struct str session;
    struct str why; /* logout, leaver, mover, suspended, rule */
};

struct session_ended {
    uint64_t count;
};

/* cored → authd: somebody who may do so opens ACCOUNT, which failures locked. Answer:
 * account_opened. */
struct account_open {
    uint64_t account;
};

struct account_opened {
    uint64_t count; /* counters that were set to zero */
};

extern const struct ipc_message auth_request_message, auth_answer_message, session_check_message,
    session_state_message, session_end_message, session_ended_message, account_open_message,
    account_opened_message;

#endif
