/*
 * row: rows of transfers and items, events with their leaves, the table of states. For the files of
 * core/transfer.
 */
#ifndef CORE_TRANSFER_ROW_H
#define CORE_TRANSFER_ROW_H

#include "core/transfer/transfer.h"

enum transfer_state {
    TRANSFER_DRAFT,
    TRANSFER_SUBMITTED,
    TRANSFER_WAITING,
    TRANSFER_RELEASING,
    TRANSFER_READY,
    TRANSFER_TAKEN,
    TRANSFER_REJECTED,
    TRANSFER_WITHDRAWN,
    TRANSFER_REVOKED,
    TRANSFER_EXPIRED,
    TRANSFER_CLOSED,
    TRANSFER_STATES
};

struct transfer_row {
    uint64_t id, person, section, receiver_person, receiver_section, record;
    struct str number, flow, from, to, class, purpose, receiver, route, facts;
    unsigned char flow_digest[32];
    int64_t class_rank, rev, rule, created, submitted, decided, ready, taken, expires, changed;
    uint64_t release_leaf;
    bool released; /* release_leaf is set */
    enum transfer_state state;
};

struct item_row {
    uint64_t id, transfer;
    int64_t size, received, scanned, removed, size_out, disarmed, deposited, taken;
    struct str name, object, object_key, state, scan, verdict, depth, kind, reasons, name_out,
        clean_object, clean_key, to_object, to_key;
    unsigned char sha256[32], sha256_out[32];
    bool hashed, cleaned, deposit_logged, take_logged;
    uint64_t deposit_leaf, take_leaf;
    int64_t receive_leaf, scan_leaf, disarm_leaf; /* -1: not known to stand */
};

extern const char *const transfer_state_names[TRANSFER_STATES];

/* Loads a row. 0, 1 unknown, -1. */
int transfer_load(struct store *store, struct arena *arena, uint64_t id, struct transfer_row *ret,
                  struct err *err);
int item_load(struct store *store, struct arena *arena, uint64_t id, struct item_row *ret,
              struct err *err);

/* All items of TRANSFER in their order. */
int items_load(struct store *store, struct arena *arena, uint64_t transfer,
               struct item_row **ret_items, size_t *ret_count, struct err *err);

/* Moves TRANSFER to state TO when the table allows it from where it is; EXPIRES 0 keeps the old. -1
 * gate.state. */
int transfer_move(struct store *store, struct transfer_row *row, enum transfer_state to,
                  int64_t expires, struct err *err);

/* One more event: its leaf of KIND, whose data is LEAF (taken over) with `commit` of CONTENT (taken
 * over) added. TOPIC is told when it is logged, with the transfer's id. */
struct transfer_event_new {
    uint64_t transfer, person;
    struct str name; /* of that day */
    const char *kind, *topic;
    json_t *leaf, *content;
    bool plain; /* the kind has no commit */
};
int transfer_event_add(struct store *store, const struct transfer_event_new *event,
                       uint64_t *ret_outbox, struct err *err);

/* Queues JOB kind for ITEM under KEY_PREFIX/item. */
int item_job(struct store *store, const struct transfer_row *row, const struct item_row *item,
             const char *kind, struct err *err);

/* After something of a submitted transfer settled: judges when all is there. */
int transfer_settle(struct transfer_desk *desk, struct arena *arena, uint64_t transfer,
                    struct err *err);

/* Queues the destruction of every object of ROW. */
int transfer_destroy(struct store *store, struct arena *arena, const struct transfer_row *row,
                     struct err *err);

/* Queues the destruction of what gated keeps of ITEM. */
int object_destroy_all(struct store *store, const struct transfer_row *row,
                       const struct item_row *item, struct err *err);

/* Ends ROW as withdrawn or expired: what waits for it ends as well. */
int transfer_end(struct transfer_desk *desk, struct arena *arena, struct transfer_row *row,
                 enum transfer_state to, struct err *err);

/* True when the state of ITEM will not change by itself any more. */
bool item_settled(const struct item_row *item);

/* 1 when CALLER receives ROW; 0; -1. */
int transfer_receives(struct store *store, struct arena *arena, const struct transfer_row *row,
                      uint64_t person, struct err *err);

#endif
