/*
 * account: the tables of account.h.
 */
#include "proto/account/account.h"

static const struct ipc_field resolve_fields[] = {
    IPC_TEXT(struct account_resolve, login, 64),
    IPC_TEXT(struct account_resolve, zone, 32),
};

static const struct ipc_field known_fields[] = {
    IPC_FIELD(struct account_known, known, IPC_BOOL),
    IPC_FIELD(struct account_known, account, IPC_U64),
    IPC_TEXT(struct account_known, any, 512),
    IPC_FIELD(struct account_known, kinds, IPC_U64),
    IPC_FIELD(struct account_known, idle_s, IPC_U64),
    IPC_FIELD(struct account_known, absolute_s, IPC_U64),
    IPC_FIELD(struct account_known, tries, IPC_U64),
    IPC_FIELD(struct account_known, privileged, IPC_BOOL),
};

static const struct ipc_field over_fields[] = {IPC_FIELD(struct session_over, account, IPC_U64)};

static const struct ipc_field logged_fields[] = {IPC_FIELD(struct login_logged, index, IPC_U64)};

const struct ipc_message login_logged_message = {
    4, "login.logged", sizeof(struct login_logged), logged_fields, 1, 0};
const struct ipc_message session_over_message = {
    3, "session.over", sizeof(struct session_over), over_fields, 1, 0};
const struct ipc_message account_resolve_message = {
    1, "account.resolve", sizeof(struct account_resolve), resolve_fields, 2, 0};
const struct ipc_message account_known_message = {
    2, "account.known", sizeof(struct account_known), known_fields, 8, 0};
