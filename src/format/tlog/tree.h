/*
 * tree: the Merkle tree of RFC 6962 (hashes, roots, proofs) over hashes that a callback reads.
 *
 * Pure: no file is opened here. Sizes and indexes are below 2^48 (TLOG_SIZE_LIMIT); every function
 * that takes one from outside refuses larger ones.
 */
#ifndef FORMAT_TLOG_TREE_H
#define FORMAT_TLOG_TREE_H

#include "base/mem/err.h"
#include "base/mem/str.h"

#include <stdbool.h>
#include <stdint.h>

enum { TLOG_HASH_BYTES = 32, TLOG_PROOF_MOST = 63, TLOG_LEVELS = 49 };

#define TLOG_SIZE_LIMIT (UINT64_C(1) << 48)

struct tlog_hash {
    uint8_t b[TLOG_HASH_BYTES];
};

struct tlog_proof {
    unsigned n;
    struct tlog_hash hash[TLOG_PROOF_MOST]; /* from the leaf to the root */
};

/* Reads into RET the root of the full subtree of 2^LEVEL leaves that begins at INDEX << LEVEL.
 * Returns 0 or -1 with err. */
typedef int tlog_read(void *context, unsigned level, uint64_t index, struct tlog_hash *ret,
                      struct err *err);

/* Where tlog_read comes from. */
struct tlog_source {
    tlog_read *read;
    void *context;
};

/* SHA-256(00 || ENTRY). */
void tlog_leaf_hash(struct str entry, struct tlog_hash *ret);

/* The same for an entry that stands behind a byte which may be overwritten (in a bundle: its length, once
 * read): one pass over N bytes at ENTRY, which is faster. The byte before becomes 0. */
void tlog_leaf_hash_inplace(char *entry, size_t n, struct tlog_hash *ret);

/* SHA-256(01 || LEFT || RIGHT). RET may be one of them. */
void tlog_node_hash(const struct tlog_hash *left, const struct tlog_hash *right,
                    struct tlog_hash *ret);

/* The root of a tree without entries: SHA-256 of nothing. */
void tlog_empty_root(struct tlog_hash *ret);

/* True if A and B are the same 32 bytes. */
bool tlog_hash_equal(const struct tlog_hash *a, const struct tlog_hash *b);

/* The root of COUNT hashes (1 … 256, a power of two) in a row: the level above a whole tile. */
void tlog_row_root(const struct tlog_hash *row, unsigned count, struct tlog_hash *ret);

/*
 * The right edge of a growing tree: the roots of its full subtrees, peak[l] for each bit l of size.
 * All zero is the empty tree.
 */
struct tlog_edge {
    uint64_t size;
    struct tlog_hash peak[TLOG_LEVELS];
};

/* Adds the full subtree ROOT of 2^LEVEL leaves; size must be a multiple of 2^LEVEL. LEVEL 0 adds
 * one leaf hash. */
void tlog_edge_add(struct tlog_edge *edge, unsigned level, const struct tlog_hash *root);

/* The root of the tree that EDGE stands for. */
void tlog_edge_root(const struct tlog_edge *edge, struct tlog_hash *ret);

/* The right edge of the tree of SIZE leaves, read from SOURCE. Errors are the callback's. */
int tlog_edge_read(uint64_t size, const struct tlog_source *source, struct tlog_edge *ret,
                   struct err *err);

/* The root of the first SIZE leaves, read from SOURCE. Errors are the callback's. */
int tlog_root(uint64_t size, const struct tlog_source *source, struct tlog_hash *ret,
              struct err *err);

/* The proof that leaf INDEX is in the tree of SIZE leaves. Err ledger.no_entry when INDEX >= SIZE.
 */
int tlog_prove_inclusion(uint64_t size, uint64_t index, const struct tlog_source *source,
                         struct tlog_proof *ret, struct err *err);

/* The proof that the tree of SIZE leaves extends that of OLD. Err ledger.consistency when OLD >
 * SIZE. Empty when OLD is 0 or SIZE. */
int tlog_prove_consistency(uint64_t old, uint64_t size, const struct tlog_source *source,
                           struct tlog_proof *ret, struct err *err);

struct tlog_tree {
    uint64_t size;
    struct tlog_hash root;
};

/* True if PROOF shows LEAF at INDEX of TREE (RFC 9162, 2.1.3.2). */
bool tlog_check_inclusion(const struct tlog_proof *proof, const struct tlog_tree *tree,
                          uint64_t index, const struct tlog_hash *leaf);

/* True if PROOF shows that TREE extends OLD (RFC 9162, 2.1.4.2). */
bool tlog_check_consistency(const struct tlog_proof *proof, const struct tlog_tree *old,
                            const struct tlog_tree *tree);

#endif
