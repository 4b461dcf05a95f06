/*
 * auth: the tables of auth.h.
 */
#include "proto/auth/auth.h"

static const struct ipc_field request_fields[] = {
    IPC_TEXT(struct auth_request, action, 16),
    IPC_TEXT(struct auth_request, session, 128),
    IPC_TEXT(struct auth_request, address, 64),
    IPC_TEXT(struct auth_request, body, 4096),
};

static const struct ipc_field answer_fields[] = {
    IPC_FIELD(struct auth_answer, status, IPC_U64),
    IPC_TEXT(struct auth_answer, cookie, 128),
    IPC_TEXT(struct auth_answer, body, 4096),
};

static const struct ipc_field check_fields[] = {
    IPC_TEXT(struct session_check, session, 128),
    IPC_TEXT(struct session_check, zone, 32),
    IPC_FIELD(struct session_check, quiet, IPC_BOOL),
};

static const struct ipc_field state_fields[] = {
    IPC_FIELD(struct session_state, valid, IPC_BOOL),
    IPC_FIELD(struct session_state, account, IPC_U64),
    IPC_TEXT(struct session_state, factors, 128),
    IPC_FIELD(struct session_state, fresh_until, IPC_U64),
    IPC_FIELD(struct session_state, until, IPC_U64),
    IPC_FIELD(struct session_state, idle_s, IPC_U64),
};

static const struct ipc_field end_fields[] = {
    IPC_FIELD(struct session_end, account, IPC_U64),
    IPC_TEXT(struct session_end, session, 128),
    IPC_TEXT(struct session_end, why, 16),
};

static const struct ipc_field ended_fields[] = {IPC_FIELD(struct session_ended, count, IPC_U64)};

static const struct ipc_field open_fields[] = {IPC_FIELD(struct account_open, account, IPC_U64)};

static const struct ipc_field opened_fields[] = {IPC_FIELD(struct account_opened, count, IPC_U64)};

const struct ipc_message auth_request_message = {
    1, "auth.request", sizeof(struct auth_request), request_fields, 4, 0};
const struct ipc_message auth_answer_message = {
    2, "auth.answer", sizeof(struct auth_answer), answer_fields, 3, 0};
const struct ipc_message session_check_message = {
    3, "session.check", sizeof(struct session_check), check_fields, 3, 0};
const struct ipc_message session_state_message = {
    4, "session.state", sizeof(struct session_state), state_fields, 6, 0};
const struct ipc_message session_end_message = {
    5, "session.end", sizeof(struct session_end), end_fields, 3, 0};
const struct ipc_message session_ended_message = {
    6, "session.ended", sizeof(struct session_ended), ended_fields, 1, 0};
const struct ipc_message account_open_message = {
    7, "account.open", sizeof(struct account_open), open_fields, 1, 0};
const struct ipc_message account_opened_message = {
    8, "account.opened", sizeof(struct account_opened), opened_fields, 1, 0};
