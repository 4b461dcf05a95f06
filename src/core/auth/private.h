/*
 * What the files of core/auth share about a running authd. For them alone.
 */
#ifndef CORE_AUTH_PRIVATE_H
#define CORE_AUTH_PRIVATE_H

#include "core/auth/attempts.h"
#include "core/auth/auth.h"
#include "core/auth/sessions.h"
#include "core/auth/vault.h"
#include "proto/auth/auth.h"

enum {
    FACTORS_HERE = FACTOR_PASSWORD | FACTOR_TOTP, /* what this authd can check */
    ZONE_BYTES = 32
};

struct begin;
struct step;

struct auth {
    struct loop *loop;
    struct store *store;
    struct vault *vault;
    struct hasher *hasher;
    struct attempts *attempts;
    struct sessions *sessions;
    struct brake_sources *sources;
    struct leaves leaves;
    struct auth_clock clock;
    struct ipc_edge *accounts;
    struct loop_timer *timer;
    int64_t swept_us;
    struct begin *begins; /* waiting for cored */
    struct step *steps;   /* being checked */
};

/* POST auth/begin and auth/step from the portal of ZONE. They answer CALL. */
void login_begin(struct auth *auth, struct ipc_call *call, const char *zone,
                 const struct auth_request *request);
void login_step(struct auth *auth, struct ipc_call *call, const char *zone,
                const struct auth_request *request);

/* Drops what is under way: auth is being closed. */
void login_close(struct auth *auth);

#endif
