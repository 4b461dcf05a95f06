/*
 * receipt: the proof that one entry is in a signed log (C2SP tlog-proof v1), and the request that a
 * witness is asked with (C2SP tlog-witness).
 *
 *   receipt   c2sp.org/tlog-proof@v1 LF, [extra base64(entry) LF,] index <i> LF, hashes from the
 * leaf to the root one a line, LF, checkpoint request   old <size> LF, consistency hashes one a
 * line, LF, checkpoint
 */
#ifndef FORMAT_TLOG_RECEIPT_H
#define FORMAT_TLOG_RECEIPT_H

#include "format/tlog/note.h"
#include "format/tlog/tile.h"

enum { RECEIPT_MOST = 160 * 1024 };

struct receipt {
    bool has_entry;
    size_t entry_n;
    uint8_t entry[TLOG_ENTRY_FORMAT_MOST];
    uint64_t index;
    struct tlog_proof proof;
    struct str checkpoint; /* points into the bytes that were parsed */
    struct note note;
};

/* Takes a receipt apart; checks nothing but its form. Err ledger.receipt, or ledger.note for its
 * checkpoint. *RET is large: not for small stacks. */
int receipt_parse(struct str bytes, struct receipt *ret, struct err *err);

/* Checks that ENTRY is entry RECEIPT->index of the tree of its checkpoint. Err ledger.receipt. The
 * checkpoint's signature is note_check's matter. */
int receipt_check(const struct receipt *receipt, struct str entry, struct err *err);

/* Appends a receipt; ENTRY may be empty (p NULL): then it carries none. */
void receipt_put(struct buf *buf, struct str entry, uint64_t index, const struct tlog_proof *proof,
                 struct str checkpoint);

struct witness_request {
    uint64_t old;
    struct tlog_proof proof;
    struct str checkpoint; /* points into the bytes that were parsed */
    struct note note;
};

/* Takes a witness request apart. Err ledger.witness, or ledger.note for its checkpoint. */
int witness_request_parse(struct str bytes, struct witness_request *ret, struct err *err);

/* Appends a witness request. */
void witness_request_put(struct buf *buf, uint64_t old, const struct tlog_proof *proof,
                         struct str checkpoint);

#endif
