/*
 * transfer: gated observes, cored decides. gated asks what a session may do with an item, takes
 * jobs, and reports what it saw; every report may be repeated without changing anything.
 */
#ifndef PROTO_TRANSFER_TRANSFER_H
#define PROTO_TRANSFER_TRANSFER_H

#include "base/ipc/codec.h"

enum {
    TRANSFER_KEY_BYTES = 128,     /* a wrapped object key, base64 */
    TRANSFER_RESULT_BYTES = 50000 /* a job's result: JSON */
};

/* May SESSION (of ZONE) write ITEM? → upload_allowed, or failure gate.not_found, auth.no_session */
struct upload_allow {
    struct str zone;
    struct str session;
    struct str item;
    bool cancel; /* DELETE: the item is dropped as well */
};

struct upload_allowed {
    struct str object; /* 32 hex digits; the same for one item always */
    struct str side;   /* = zone */
    uint64_t length;   /* declared size */
    bool received;     /* the last byte came before: offset = length */
};

/* The last byte of ITEM is synced. → transfer_ok */
struct item_received {
    struct str item;
    struct str object;
    uint64_t size;
    unsigned char sha256[32];
    struct str key; /* the object key wrapped by its side's key, base64 */
    /* Opens the commitment of the leaf transfer.receive: SHA-256(nonce ‖ {"in":"<sha256 in hex>"}).
     */
    unsigned char nonce[32];
};

/* Give me a job. → job_given */
struct job_claim {
    struct str node;
    bool large; /* also items above 2 MiB */
};

struct job_given {
    uint64_t job; /* 0: nothing to do; ask again after the note job.wake or 1 s */
    uint64_t lease;
    struct str kind; /* scan, disarm, deposit, destroy */
    struct str item;
    struct str
        detail; /* JSON: object, side, key, name, size, sha256, profile, class, limits,
                   and for deposit to_side, clean object, its key and sha256, release index */
};

/* The lease of a running job goes on. → transfer_ok, or failure job.lost */
struct job_beat {
    uint64_t job;
    uint64_t lease;
};

/* What came of it. RESULT per kind:
 * scan
 * {"result":"clean|infected|limit|encrypted|unscanned","engine":"…","signatures":"…","name":"…"}
 * disarm
 * {"verdict","reasons":[],"name","size","sha256","object","key","report_sha256","removed":n,"kind"}
 *          with the whole report JSON as one memfd
 * deposit  {"object","key","sha256","size","index"}
 * destroy  {}
 * disarm and deposit also hold {"nonce":"hex","content":"…"}: what opens the commitment of their
 * leaf any      {"failed":"code","detail":"…","retry":true|false} → transfer_ok, or failure
 * job.lost (the lease is another's: throw the work away) */
struct job_done {
    uint64_t job;
    uint64_t lease;
    struct str result;
};

/* May SESSION (of ZONE) read the clean file of ITEM? → content_allowed, or gate.not_found,
 * gate.not_ready */
struct content_allow {
    struct str zone;
    struct str session;
    struct str item;
};

struct content_allowed {
    struct str object;
    struct str side;
    struct str key;
    struct str name;
    struct str type;
    uint64_t size;
    unsigned char sha256[32];
    uint64_t deposit_index; /* of the leaf transfer.deposit */
    struct str person;      /* handle, for the leaf transfer.take */
};

/* ITEM was read to the last byte by PERSON; its leaf is INDEX. → transfer_ok */
struct content_taken {
    struct str item;
    struct str person;
    uint64_t index;
};

struct transfer_ok {
    uint64_t zero;
};

/* cored → gated, note: there is work. */
struct job_wake {
    uint64_t waiting;
};

/* gated → cored, every 10 s and on change, note: what the status page shows. */
struct gate_state {
    struct str scanner; /* up, down, none */
    uint64_t spool_bytes, spool_limit;
    bool full; /* new transfers are refused */
};

/* gated → cored, note: its leaf KIND (of ITEM, empty when of none) stands at INDEX of the log. */
struct leaf_seen {
    struct str item;
    struct str kind;
    uint64_t index;
    bool good; /* false: a probe that found something wrong */
};

extern const struct ipc_message leaf_seen_message, upload_allow_message, upload_allowed_message,
    item_received_message, job_claim_message, job_given_message, job_beat_message, job_done_message,
    content_allow_message, content_allowed_message, content_taken_message, transfer_ok_message,
    job_wake_message, gate_state_message;

#endif
