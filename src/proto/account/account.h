/*
 * account: what authd says to cored: it asks which account a login name stands for and what a zone
 * demands of it.
 */
#ifndef PROTO_ACCOUNT_ACCOUNT_H
#define PROTO_ACCOUNT_ACCOUNT_H

#include "base/ipc/codec.h"

struct account_resolve {
    struct str login;
    struct str zone;
};

struct account_known {
    bool known;       /* false: nobody, or not open in that zone; authd goes on with a dummy */
    uint64_t account; /* the key of authd's rows: no name, no role */
    struct str any;   /* combinations that suffice: "password+totp password+card" */
    uint64_t kinds;   /* how many different kinds of factor the rule demands */
    uint64_t idle_s;  /* session limits of the rule */
    uint64_t absolute_s;
    uint64_t tries;  /* failures before the account is locked for a while */
    bool privileged; /* stricter counters */
};

/* authd → cored, a note: sessions of ACCOUNT ended; what is remembered of them counts no more. */
struct session_over {
    uint64_t account;
};

/* authd → cored, a note: somebody proved two factors; the leaf auth.login stands at INDEX of the
 * log. */
struct login_logged {
    uint64_t index;
};

extern const struct ipc_message login_logged_message, account_resolve_message,
    account_known_message, session_over_message;

#endif
