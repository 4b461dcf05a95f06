/*
 * leaf: the entries gated writes into the ledger (kinds of proto/ledger/kinds.def), as canonical
 * JSON. Ids, digests of our own artefacts and commitments only; never a name, a purpose or the
 * digest of a user's file in the clear.
 */
#ifndef EDGE_GATE_LEAF_H
#define EDGE_GATE_LEAF_H

#include "edge/gate/state.h"

enum { LEAF_NONCE_BYTES = 32, LEAF_CONTENT_BYTES = 400 };

/* What stands behind a commitment: SHA-256(nonce ‖ content). Both go to cored with the report. */
struct leaf_commit {
    uint8_t nonce[LEAF_NONCE_BYTES];
    char content[LEAF_CONTENT_BYTES]; /* canonical JSON */
    char hex[65];
};

/* Digests in hex, NULL: not there. Makes content, nonce (fresh) and hex. */
void leaf_commit_make(struct leaf_commit *ret, const char *in, const char *out, const char *report);

/* Makes hex again from nonce and content. */
void leaf_commit_again(struct leaf_commit *commit);

/* One value of an entry: a text, or a number when TEXT is NULL. */
struct leaf_field {
    const char *key;
    const char *text;
    uint64_t number;
    bool list; /* TEXT is a JSON array of words, already canonical */
};

/* Queues an entry of KIND with COUNT fields in rising order of their keys; those whose key is NULL
 * are left out. DONE as in ledger_queue_put. Same errors. */
int leaf_put(struct gate *gate, const char *kind, const struct leaf_field *fields, size_t count,
             ledger_done *done, void *arg, struct err *err);

#endif
