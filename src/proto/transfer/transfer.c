/*
 * transfer: the tables of transfer.h.
 */
#include "proto/transfer/transfer.h"

enum {
    ZONE_BYTES = 32,
    SESSION_BYTES = 128,
    ITEM_BYTES = 64,
    OBJECT_BYTES = 64,
    NAME_BYTES = 1024
};

static const struct ipc_field allow_fields[] = {
    IPC_TEXT(struct upload_allow, zone, ZONE_BYTES),
    IPC_TEXT(struct upload_allow, session, SESSION_BYTES),
    IPC_TEXT(struct upload_allow, item, ITEM_BYTES),
    IPC_FIELD(struct upload_allow, cancel, IPC_BOOL),
};
static const struct ipc_field allowed_fields[] = {
    IPC_TEXT(struct upload_allowed, object, OBJECT_BYTES),
    IPC_TEXT(struct upload_allowed, side, ZONE_BYTES),
    IPC_FIELD(struct upload_allowed, length, IPC_U64),
    IPC_FIELD(struct upload_allowed, received, IPC_BOOL),
};
static const struct ipc_field received_fields[] = {
    IPC_TEXT(struct item_received, item, ITEM_BYTES),
    IPC_TEXT(struct item_received, object, OBJECT_BYTES),
    IPC_FIELD(struct item_received, size, IPC_U64),
    IPC_FIELD(struct item_received, sha256, IPC_HASH),
    IPC_TEXT(struct item_received, key, TRANSFER_KEY_BYTES),
    IPC_FIELD(struct item_received, nonce, IPC_HASH),
};
static const struct ipc_field claim_fields[] = {
    IPC_TEXT(struct job_claim, node, 32),
    IPC_FIELD(struct job_claim, large, IPC_BOOL),
};
static const struct ipc_field given_fields[] = {
    IPC_FIELD(struct job_given, job, IPC_U64), IPC_FIELD(struct job_given, lease, IPC_U64),
    IPC_TEXT(struct job_given, kind, 16),      IPC_TEXT(struct job_given, item, ITEM_BYTES),
    IPC_TEXT(struct job_given, detail, 16384),
};
static const struct ipc_field beat_fields[] = {
    IPC_FIELD(struct job_beat, job, IPC_U64),
    IPC_FIELD(struct job_beat, lease, IPC_U64),
};
static const struct ipc_field done_fields[] = {
    IPC_FIELD(struct job_done, job, IPC_U64),
    IPC_FIELD(struct job_done, lease, IPC_U64),
    IPC_TEXT(struct job_done, result, TRANSFER_RESULT_BYTES),
};
static const struct ipc_field content_allow_fields[] = {
    IPC_TEXT(struct content_allow, zone, ZONE_BYTES),
    IPC_TEXT(struct content_allow, session, SESSION_BYTES),
    IPC_TEXT(struct content_allow, item, ITEM_BYTES),
};
static const struct ipc_field content_allowed_fields[] = {
    IPC_TEXT(struct content_allowed, object, OBJECT_BYTES),
    IPC_TEXT(struct content_allowed, side, ZONE_BYTES),
    IPC_TEXT(struct content_allowed, key, TRANSFER_KEY_BYTES),
    IPC_TEXT(struct content_allowed, name, NAME_BYTES),
    IPC_TEXT(struct content_allowed, type, 128),
    IPC_FIELD(struct content_allowed, size, IPC_U64),
    IPC_FIELD(struct content_allowed, sha256, IPC_HASH),
    IPC_FIELD(struct content_allowed, deposit_index, IPC_U64),
    IPC_TEXT(struct content_allowed, person, ITEM_BYTES),
};
static const struct ipc_field taken_fields[] = {
    IPC_TEXT(struct content_taken, item, ITEM_BYTES),
    IPC_TEXT(struct content_taken, person, ITEM_BYTES),
    IPC_FIELD(struct content_taken, index, IPC_U64),
};
static const struct ipc_field ok_fields[] = {IPC_FIELD(struct transfer_ok, zero, IPC_U64)};
static const struct ipc_field wake_fields[] = {IPC_FIELD(struct job_wake, waiting, IPC_U64)};
static const struct ipc_field state_fields[] = {
    IPC_TEXT(struct gate_state, scanner, 16),
    IPC_FIELD(struct gate_state, spool_bytes, IPC_U64),
    IPC_FIELD(struct gate_state, spool_limit, IPC_U64),
    IPC_FIELD(struct gate_state, full, IPC_BOOL),
};

static const struct ipc_field seen_fields[] = {
    IPC_TEXT(struct leaf_seen, item, ITEM_BYTES),
    IPC_TEXT(struct leaf_seen, kind, 32),
    IPC_FIELD(struct leaf_seen, index, IPC_U64),
    IPC_FIELD(struct leaf_seen, good, IPC_BOOL),
};

const struct ipc_message leaf_seen_message = {14,          "leaf.seen", sizeof(struct leaf_seen),
                                              seen_fields, 4,           0};
const struct ipc_message upload_allow_message = {
    1, "upload.allow", sizeof(struct upload_allow), allow_fields, 4, 0};
const struct ipc_message upload_allowed_message = {
    2, "upload.allowed", sizeof(struct upload_allowed), allowed_fields, 4, 0};
const struct ipc_message item_received_message = {
    3, "item.received", sizeof(struct item_received), received_fields, 6, 0};
const struct ipc_message job_claim_message = {
    4, "job.claim", sizeof(struct job_claim), claim_fields, 2, 0};
const struct ipc_message job_given_message = {
    5, "job.given", sizeof(struct job_given), given_fields, 5, 0};
const struct ipc_message job_beat_message = {6,           "job.beat", sizeof(struct job_beat),
                                             beat_fields, 2,          0};
const struct ipc_message job_done_message = {7,           "job.done", sizeof(struct job_done),
                                             done_fields, 3,          1};
const struct ipc_message content_allow_message = {
    8, "content.allow", sizeof(struct content_allow), content_allow_fields, 3, 0};
const struct ipc_message content_allowed_message = {
    9, "content.allowed", sizeof(struct content_allowed), content_allowed_fields, 9, 0};
const struct ipc_message content_taken_message = {
    10, "content.taken", sizeof(struct content_taken), taken_fields, 3, 0};
const struct ipc_message transfer_ok_message = {
    11, "transfer.ok", sizeof(struct transfer_ok), ok_fields, 1, 0};
const struct ipc_message job_wake_message = {12,          "job.wake", sizeof(struct job_wake),
                                             wake_fields, 1,          0};
const struct ipc_message gate_state_message = {
    13, "gate.state", sizeof(struct gate_state), state_fields, 4, 0};
