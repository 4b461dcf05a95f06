/*
 * policy: the tables of policy.h.
 */
#include "proto/policy/policy.h"

static const struct ipc_field ask_fields[] = {IPC_TEXT(struct policy_ask, name, 1024)};
static const struct ipc_field told_fields[] = {IPC_FIELD(struct policy_told, code, IPC_U64)};

const struct ipc_message policy_ask_message = {
    1, "policy.ask", sizeof(struct policy_ask), ask_fields, 1, 1};
const struct ipc_message policy_told_message = {
    2, "policy.told", sizeof(struct policy_told), told_fields, 1, 1};
