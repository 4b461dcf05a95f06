/*
 * transfer: the life of files between zones (gate.md §4): cored decides, gated observes.
 *
 * All changing functions run inside a unit of core/store, and each may be repeated: the same report
 * twice, the same request with the same key, change nothing the second time. A transfer that waits
 * for a person is a record of register file_transfer; no approval is known here. States change
 * through one table only.
 */
#ifndef CORE_TRANSFER_TRANSFER_H
#define CORE_TRANSFER_TRANSFER_H

#include "core/register/register.h"
#include "core/store/store.h"
#include "core/transfer/flow.h"

#include <jansson.h>

enum {
    TRANSFER_NAME_BYTES = 255,
    TRANSFER_PURPOSE_CHARS = 1000,
    TRANSFER_OPEN_MOST = 20,    /* drafts of one person that wait for bytes */
    TRANSFER_DRAFTS_MOST = 200, /* and all her drafts */
    TRANSFER_LEASE_S = 60,
    TRANSFER_SMALL_BYTES = 2 << 20, /* the small lane */
    TRANSFER_REPORT_BYTES = 4 << 20
};

/* What gated last said of itself. */
struct transfer_gate {
    char scanner[8]; /* up, down, none */
    uint64_t spool_bytes, spool_limit;
    bool full;
};

/* A leaf that gated wrote about transfer NUMBER, told in the unit of its report. */
typedef int transfer_leaf_call(void *ctx, const char *kind, struct str number, uint64_t leaf,
                               bool good, struct err *err);

struct transfer_desk {
    struct store *store;
    struct register_set *registers;
    const struct flow_set *flows;
    struct transfer_gate gate;
    transfer_leaf_call *leaf; /* NULL: nobody is told */
    void *leaf_ctx;
};

/* Makes the effects of register file_transfer (gate.release, gate.refuse, gate.send_back) known to
 * the desk's registers. */
void transfer_effects(struct transfer_desk *desk);

/* In a unit after the start: a leaf flow.apply for each flow that is new or changed, demo.begin
 * once in a demo. */
int transfer_rules_apply(struct transfer_desk *desk, bool demo, struct err *err);

/* Who asks, through which portal. */
struct transfer_caller {
    uint64_t person;
    struct str zone;
    struct str factors;
};

/* POST transfers: a draft in FLOW. KEY may be empty. 0 with *RET; -1 flow.unknown, gate.drafts,
 * gate.full. */
int transfer_create(struct transfer_desk *desk, const struct transfer_caller *caller,
                    struct str flow, struct str key, uint64_t *ret, struct err *err);

/* A file to be sent: its name as typed, its declared size, the caller's key (may be empty). */
struct transfer_file {
    struct str name, key;
    int64_t size;
};

/* A file of a draft. -1 not_found, gate.state, gate.item_name, gate.empty, gate.size, gate.items,
 * gate.full. */
int transfer_item_add(struct transfer_desk *desk, const struct transfer_caller *caller,
                      uint64_t transfer, const struct transfer_file *file, uint64_t *ret_item,
                      struct err *err);

/* Takes a file out of a draft. -1 not_found, gate.state. */
int transfer_item_drop(struct transfer_desk *desk, const struct transfer_caller *caller,
                       uint64_t transfer, uint64_t item, struct err *err);

struct transfer_submit {
    struct str class, purpose,
        receiver; /* receiver: self, section, or the decimal id of a person */
};

/* 送る. Done before with success: 0. -1 not_found, gate.state, gate.class_missing,
 * gate.class_unknown, gate.purpose_missing, gate.items_missing, gate.upload_unfinished,
 * gate.receiver, flow.class, flow.unknown. */
int transfer_submit(struct transfer_desk *desk, struct arena *arena,
                    const struct transfer_caller *caller, uint64_t transfer,
                    const struct transfer_submit *submit, struct err *err);

/* Takes it back. -1 not_found, gate.state. */
int transfer_withdraw(struct transfer_desk *desk, struct arena *arena,
                      const struct transfer_caller *caller, uint64_t transfer, struct err *err);

/* approve, reject, send_back of the record TRANSFER waits for: all rules are register_act's. -1
 * with its codes, not_found, gate.state. */
struct transfer_decide {
    uint64_t rev;
    unsigned char digest[32];
    bool digest_given; /* it was 64 hex digits */
    struct str decision, reason;
};
int transfer_decide(struct transfer_desk *desk, struct arena *arena,
                    const struct transfer_caller *caller, uint64_t transfer,
                    const struct transfer_decide *decide, struct err *err);

/* ---- gated's reports ---- */

struct transfer_upload {
    char object[33];
    struct str side; /* of the flow: static storage */
    uint64_t length;
    bool received;
};

/* May PERSON in ZONE write ITEM? CANCEL: the item is dropped (inside a unit then). -1
 * gate.not_found. */
int transfer_upload_allow(struct transfer_desk *desk, const struct transfer_caller *caller,
                          uint64_t item, bool cancel, struct transfer_upload *ret, struct err *err);

struct transfer_received {
    struct str object, key;
    uint64_t size;
    const unsigned char *sha256;
};

/* The last byte of ITEM is durable. -1 gate.not_found, gate.report (it contradicts what was
 * reported before). */
int transfer_received(struct transfer_desk *desk, uint64_t item,
                      const struct transfer_received *report, struct err *err);

struct transfer_job {
    uint64_t job, lease, item;
    struct str kind, detail; /* in the arena */
};

/* Gives the next job. 0, or 1: none. */
int transfer_claim(struct transfer_desk *desk, struct arena *arena, bool large,
                   struct transfer_job *ret, struct err *err);

/* -1 job.lost when the lease is another's. */
int transfer_beat(struct transfer_desk *desk, uint64_t job, uint64_t lease, struct err *err);

/* What came of it; RESULT and REPORT (may be empty) are JSON. -1 job.lost, gate.report (not a
 * result of that job). */
int transfer_done(struct transfer_desk *desk, struct arena *arena, uint64_t job, uint64_t lease,
                  struct str result, struct str report, struct err *err);

struct transfer_content {
    struct str object, side, key, name, type, person; /* in the arena */
    uint64_t size;
    unsigned char sha256[32];
    uint64_t leaf; /* transfer.deposit */
};

/* May PERSON in ZONE read the clean file of ITEM? -1 gate.not_found, gate.not_ready. */
int transfer_content_allow(struct transfer_desk *desk, struct arena *arena,
                           const struct transfer_caller *caller, uint64_t item,
                           struct transfer_content *ret, struct err *err);

/* ITEM was read to the end; its leaf is LEAF. -1 gate.not_found. */
int transfer_taken(struct transfer_desk *desk, uint64_t item, struct str person, uint64_t leaf,
                   struct err *err);

/* Inside a unit: gated's leaf KIND of ITEM stands at LEAF of the log; GOOD is false for a probe
 * that found something wrong. Kinds that nobody shows are passed over. Repeatable. -1 store.*. */
int transfer_leaf_seen(struct transfer_desk *desk, struct str kind, uint64_t item, uint64_t leaf,
                       bool good, struct err *err);

/* The leaf of outbox row TOPIC, SUBJECT is in the ledger at LEAF: what waited for it goes on. */
int transfer_logged(struct transfer_desk *desk, struct str topic, uint64_t subject, uint64_t leaf,
                    struct err *err);

/* Takes back jobs whose lease ran out, ends what is too old. Call it every few seconds. */
int transfer_tick(struct transfer_desk *desk, struct arena *arena, struct err *err);

/* gated died: what it was doing may be claimed again at once. */
int transfer_gate_lost(struct transfer_desk *desk, struct err *err);

/* ---- reading ---- */

/* The number of TRANSFER in ARENA; empty while it has none. 0, 1 unknown. */
int transfer_number(struct transfer_desk *desk, struct arena *arena, uint64_t transfer,
                    struct str *ret, struct err *err);

/* TEXT is an id (13 characters) or a number (R8-000123): 0 with *RET, 1 unknown. */
int transfer_find(struct transfer_desk *desk, struct str text, uint64_t *ret, struct err *err);

/* The transfer as the contract shows it, for whom may see it. 0 with *RET (new reference), 1: not
 * for this caller. */
int transfer_read(struct transfer_desk *desk, struct arena *arena,
                  const struct transfer_caller *caller, uint64_t transfer, json_t **ret,
                  struct err *err);

/* BOX sent, incoming, waiting: at most 100, newest first. -1 gate.box. */
int transfer_list(struct transfer_desk *desk, struct arena *arena,
                  const struct transfer_caller *caller, struct str box, json_t **ret,
                  struct err *err);

/* {items:[{item, name, report}]}; 1: not for this caller. */
int transfer_report(struct transfer_desk *desk, struct arena *arena,
                    const struct transfer_caller *caller, uint64_t transfer, json_t **ret,
                    struct err *err);

/* What stands in the inbox of the caller for RECORD of file_transfer: class and transfer id added
 * to ROW. */
int transfer_inbox_row(struct transfer_desk *desk, uint64_t record, json_t *row, struct err *err);

/* The flows that start in the caller's zone; what 送る would ask for. -1 flow.unknown,
 * gate.class_unknown, flow.class. */
int transfer_flows(struct transfer_desk *desk, const struct transfer_caller *caller, json_t **ret,
                   struct err *err);
int transfer_explain(struct transfer_desk *desk, struct arena *arena,
                     const struct transfer_caller *caller, struct str flow, struct str class,
                     json_t **ret, struct err *err);

/* How many drafts of PERSON were sent back to her. */
int transfer_returned(struct transfer_desk *desk, uint64_t person, int64_t *ret, struct err *err);

/* A number that rises when a transfer of PERSON moved, and whether one of hers is on its way. */
int transfer_pulse(struct transfer_desk *desk, uint64_t person, int64_t *ret_n, bool *ret_running,
                   struct err *err);

#endif
