/*
 * ledger: what the daemons say to ledgerd. Who speaks is known from the edge, never from a message.
 * Failures: ledger.entry, ledger.kind (the row can never be taken), ledger.gap (go back to the
 * head), ledger.reused (this seq stands for another row, or is too old to be compared), ledger.full,
 * ledger.busy (later), ledger.pending, ledger.no_entry.
 */
#ifndef PROTO_LEDGER_LEDGER_H
#define PROTO_LEDGER_LEDGER_H

#include "base/ipc/codec.h"

enum { LEDGER_KIND_MOST = 64, LEDGER_DATA_MOST = 16000, LEDGER_ORIGIN_MOST = 200 };

/* Where am I? → ledger_hello_answer. The first thing on every new socket. */
struct ledger_hello {
    uint64_t zero;
};

struct ledger_hello_answer {
    struct str origin;
    uint64_t head;        /* the last seq of this source that the log holds; 0: none */
    uint64_t size;        /* entries in the log */
    uint64_t signed_size; /* of them under a signed checkpoint */
};

/* Take this row. → ledger_appended once it is durable. */
struct ledger_append {
    uint64_t seq; /* head + 1 */
    struct str kind;
    struct str data; /* canonical object */
};

struct ledger_appended {
    uint64_t seq;
    uint64_t index;
    int64_t at_us;
    bool duplicate; /* the log held it already; index and at_us are the old ones */
};

/* The newest signed checkpoint that covers MIN_SIZE entries (0: any). → ledger_checkpoint_answer,
 * once there is one: at most about a second when the entries are there, else ledger.no_entry. */
struct ledger_checkpoint {
    uint64_t min_size;
};

struct ledger_checkpoint_answer {
    struct str note;
    uint64_t size;
    unsigned char root[32];
};

/* The receipt of entry INDEX. → ledger_proof; waits like ledger_checkpoint for one that covers it.
 */
struct ledger_prove {
    uint64_t index;
    bool without_entry;
};

struct ledger_proof {
    struct str receipt;
    uint64_t size;
};

extern const struct ipc_message ledger_hello_message, ledger_hello_answer_message,
    ledger_append_message, ledger_appended_message, ledger_checkpoint_message,
    ledger_checkpoint_answer_message, ledger_prove_message, ledger_proof_message;

#endif
