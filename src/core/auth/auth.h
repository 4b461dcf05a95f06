/*
 * auth: authd's work: log-ins for the portals, sessions for cored. It knows accounts as numbers,
 * asks cored what a login name stands for, and grants nothing but "account N proved factors F in
 * zone Z at time T".
 */
#ifndef CORE_AUTH_AUTH_H
#define CORE_AUTH_AUTH_H

#include "base/ipc/ipc.h"
#include "core/auth/clock.h"
#include "core/auth/hasher.h"
#include "core/auth/leaf.h"

struct auth;

struct auth_options {
    struct loop *loop;
    const char *dir;           /* authd's folder: auth.db and key */
    const char *sql_dir;       /* data/sql/auth */
    struct ipc_edge *accounts; /* to cored: account.resolve; borrowed */
    leaf_put_call *leaf;       /* may be NULL */
    void *leaf_arg;
    const struct hasher_cost *cost;   /* NULL: the production one */
    const struct clock_source *clock; /* NULL: the system's */
};

/* Opens the folder and starts the threads. -1 with the codes of store_open, vault_open, hasher_new:
 * authd does not start. */
int auth_open(const struct auth_options *options, struct auth **ret_auth, struct err *err);

/* Ends all of it; sessions stay. Open requests are not answered. NULL is fine. */
void auth_close(struct auth *auth);

/* What the edges from portald.ZONE and from cored accept. Their context is the struct auth. */
extern const struct ipc_service auth_portal_service, auth_core_service;

#endif
