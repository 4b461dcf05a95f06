/*
 * ledger: the tables of ledger.h.
 */
#include "proto/ledger/ledger.h"

static const struct ipc_field hello_fields[] = {IPC_FIELD(struct ledger_hello, zero, IPC_U64)};
static const struct ipc_field hello_answer_fields[] = {
    IPC_TEXT(struct ledger_hello_answer, origin, LEDGER_ORIGIN_MOST),
    IPC_FIELD(struct ledger_hello_answer, head, IPC_U64),
    IPC_FIELD(struct ledger_hello_answer, size, IPC_U64),
    IPC_FIELD(struct ledger_hello_answer, signed_size, IPC_U64),
};
static const struct ipc_field append_fields[] = {
    IPC_FIELD(struct ledger_append, seq, IPC_U64),
    IPC_TEXT(struct ledger_append, kind, LEDGER_KIND_MOST),
    IPC_TEXT(struct ledger_append, data, LEDGER_DATA_MOST),
};
static const struct ipc_field appended_fields[] = {
    IPC_FIELD(struct ledger_appended, seq, IPC_U64),
    IPC_FIELD(struct ledger_appended, index, IPC_U64),
    IPC_FIELD(struct ledger_appended, at_us, IPC_I64),
    IPC_FIELD(struct ledger_appended, duplicate, IPC_BOOL),
};
static const struct ipc_field checkpoint_fields[] = {
    IPC_FIELD(struct ledger_checkpoint, min_size, IPC_U64),
};
static const struct ipc_field checkpoint_answer_fields[] = {
    IPC_TEXT(struct ledger_checkpoint_answer, note, IPC_TEXT_BYTES),
    IPC_FIELD(struct ledger_checkpoint_answer, size, IPC_U64),
    IPC_FIELD(struct ledger_checkpoint_answer, root, IPC_HASH),
};
static const struct ipc_field prove_fields[] = {
    IPC_FIELD(struct ledger_prove, index, IPC_U64),
    IPC_FIELD(struct ledger_prove, without_entry, IPC_BOOL),
};
static const struct ipc_field proof_fields[] = {
    IPC_TEXT(struct ledger_proof, receipt, IPC_TEXT_BYTES),
    IPC_FIELD(struct ledger_proof, size, IPC_U64),
};

const struct ipc_message ledger_hello_message = {
    1, "ledger.hello", sizeof(struct ledger_hello), hello_fields, 1, 0};
const struct ipc_message ledger_hello_answer_message = {
    2, "ledger.hello_answer", sizeof(struct ledger_hello_answer), hello_answer_fields, 4, 0};
const struct ipc_message ledger_append_message = {
    3, "ledger.append", sizeof(struct ledger_append), append_fields, 3, 0};
const struct ipc_message ledger_appended_message = {
    4, "ledger.appended", sizeof(struct ledger_appended), appended_fields, 4, 0};
const struct ipc_message ledger_checkpoint_message = {
    5, "ledger.checkpoint", sizeof(struct ledger_checkpoint), checkpoint_fields, 1, 0};
const struct ipc_message ledger_checkpoint_answer_message = {
    6,
    "ledger.checkpoint_answer",
    sizeof(struct ledger_checkpoint_answer),
    checkpoint_answer_fields,
    3,
    0};
const struct ipc_message ledger_prove_message = {
    7, "ledger.prove", sizeof(struct ledger_prove), prove_fields, 2, 0};
const struct ipc_message ledger_proof_message = {
    8, "ledger.proof", sizeof(struct ledger_proof), proof_fields, 2, 0};
