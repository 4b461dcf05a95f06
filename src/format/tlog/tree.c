/*
 * tree: see tree.h. Pure; used by ledgerd (writer), the command line (verifier) and every reader of
 * receipts.
 */
#include "format/tlog/tree.h"

#include "base/crypt/hash.h"
#include "base/mem/ensure.h"

#include <string.h>

void
tlog_leaf_hash(struct str entry, struct tlog_hash *ret)
{
    sha256_of_pair("", 1, entry.p, entry.n, ret->b);
}

void
tlog_leaf_hash_inplace(char *entry, size_t n, struct tlog_hash *ret)
{
    entry[-1] = 0;
    sha256_of(entry - 1, n + 1, ret->b);
}

void
tlog_node_hash(const struct tlog_hash *left, const struct tlog_hash *right, struct tlog_hash *ret)
{
    uint8_t bytes[1 + 2 * TLOG_HASH_BYTES];
    bytes[0] = 1;
    memcpy(bytes + 1, left->b, TLOG_HASH_BYTES);
    memcpy(bytes + 1 + TLOG_HASH_BYTES, right->b, TLOG_HASH_BYTES);
    sha256_of(bytes, sizeof bytes, ret->b);
}

void
tlog_empty_root(struct tlog_hash *ret)
{
    sha256_of(NULL, 0, ret->b);
}

bool
tlog_hash_equal(const struct tlog_hash *a, const struct tlog_hash *b)
{
    return memcmp(a->b, b->b, TLOG_HASH_BYTES) == 0;
}

void
tlog_row_root(const struct tlog_hash *row, unsigned count, struct tlog_hash *ret)
{
    struct tlog_hash up[128];
    ensure(count >= 1 && count <= 256 && (count & (count - 1)) == 0);
    if (count == 1) {
        *ret = row[0];
        return;
    }
    for (unsigned i = 0; i < count / 2; i++)
        tlog_node_hash(&row[2 * i], &row[2 * i + 1], &up[i]);
    for (count /= 2; count > 1; count /= 2)
        for (unsigned i = 0; i < count / 2; i++)
            tlog_node_hash(&up[2 * i], &up[2 * i + 1], &up[i]);
    *ret = up[0];
}

void
tlog_edge_add(struct tlog_edge *edge, unsigned level, const struct tlog_hash *root)
{
    ensure(level < TLOG_LEVELS && (edge->size & ((UINT64_C(1) << level) - 1)) == 0);
    struct tlog_hash sum = *root;
    unsigned l = level;
    for (; edge->size >> l & 1; l++)
        tlog_node_hash(&edge->peak[l], &sum, &sum);
    edge->size += UINT64_C(1) << level;
    ensure(edge->size < TLOG_SIZE_LIMIT);
    edge->peak[l] = sum;
}

void
tlog_edge_root(const struct tlog_edge *edge, struct tlog_hash *ret)
{
    if (edge->size == 0) {
        tlog_empty_root(ret);
        return;
    }
    bool first = true;
    for (unsigned l = 0; l < TLOG_LEVELS; l++) {
        if (!(edge->size >> l & 1))
            continue;
        if (first)
            *ret = edge->peak[l];
        else
            tlog_node_hash(&edge->peak[l], ret, ret);
        first = false;
    }
}

int
tlog_edge_read(uint64_t size, const struct tlog_source *source, struct tlog_edge *ret,
               struct err *err)
{
    ensure(size < TLOG_SIZE_LIMIT);
    ret->size = size;
    for (unsigned l = 0; l < TLOG_LEVELS; l++) {
        if (!(size >> l & 1))
            continue;
        uint64_t index = (size >> l) - 1;
        if (source->read(source->context, l, index, &ret->peak[l], err) != 0)
            return -1;
    }
    return 0;
}

int
tlog_root(uint64_t size, const struct tlog_source *source, struct tlog_hash *ret, struct err *err)
{
    struct tlog_edge edge;
    if (tlog_edge_read(size, source, &edge, err) != 0)
        return -1;
    tlog_edge_root(&edge, ret);
    return 0;
}

/* The level of the largest full left subtree of N > 1 leaves: 2^level < N. */
static unsigned
split_level(uint64_t n)
{
    return 63u - (unsigned)__builtin_clzll(n - 1);
}

/* The root of leaves [from, from + n); from is a multiple of the smallest power of two >= n. */
static int
range_root(uint64_t from, uint64_t n, const struct tlog_source *source, struct tlog_hash *ret,
           struct err *err)
{
    if ((n & (n - 1)) == 0) {
        unsigned level = (unsigned)__builtin_ctzll(n);
        return source->read(source->context, level, from >> level, ret, err);
    }
    unsigned level = split_level(n);
    uint64_t left_n = UINT64_C(1) << level;
    struct tlog_hash left;
    if (source->read(source->context, level, from >> level, &left, err) != 0 ||
        range_root(from + left_n, n - left_n, source, ret, err) != 0)
        return -1;
    tlog_node_hash(&left, ret, ret);
    return 0;
}

/* The pieces of a proof, root first: [from, from + n) ranges; turned round at the end. */
struct piece {
    uint64_t from;
    uint64_t n;
};

static int
pieces_read(const struct piece *pieces, unsigned n, const struct tlog_source *source,
            struct tlog_proof *ret, struct err *err)
{
    ret->n = n;
    for (unsigned i = 0; i < n; i++) {
        const struct piece *p = &pieces[n - 1 - i];
        if (range_root(p->from, p->n, source, &ret->hash[i], err) != 0)
            return -1;
    }
    return 0;
}

int
tlog_prove_inclusion(uint64_t size, uint64_t index, const struct tlog_source *source,
                     struct tlog_proof *ret, struct err *err)
{
    if (index >= size || size >= TLOG_SIZE_LIMIT)
        return ERR(err, "ledger.no_entry", "%llu", (unsigned long long)index);
    struct piece pieces[TLOG_PROOF_MOST];
    unsigned n = 0;
    uint64_t from = 0;
    while (size > 1) {
        uint64_t left_n = UINT64_C(1) << split_level(size);
        if (index - from < left_n) {
            pieces[n++] = (struct piece){from + left_n, size - left_n};
            size = left_n;
        } else {
            pieces[n++] = (struct piece){from, left_n};
            from += left_n;
            size -= left_n;
        }
    }
    return pieces_read(pieces, n, source, ret, err);
}

int
tlog_prove_consistency(uint64_t old, uint64_t size, const struct tlog_source *source,
                       struct tlog_proof *ret, struct err *err)
{
    if (old > size || size >= TLOG_SIZE_LIMIT)
        return ERR(err, "ledger.consistency", "%llu > %llu", (unsigned long long)old,
                   (unsigned long long)size);
    ret->n = 0;
    if (old == 0 || old == size)
        return 0;
    struct piece pieces[TLOG_PROOF_MOST];
    unsigned n = 0;
    uint64_t from = 0;
    bool whole = true; /* OLD is all of the subtree looked at: its root is known to the verifier */
    while (old - from != size) {
        uint64_t left_n = UINT64_C(1) << split_level(size);
        if (old - from <= left_n) {
            pieces[n++] = (struct piece){from + left_n, size - left_n};
            size = left_n;
        } else {
            pieces[n++] = (struct piece){from, left_n};
            from += left_n;
            size -= left_n;
            whole = false;
        }
    }
    if (!whole)
        pieces[n++] = (struct piece){from, size};
    return pieces_read(pieces, n, source, ret, err);
}

bool
tlog_check_inclusion(const struct tlog_proof *proof, const struct tlog_tree *tree, uint64_t index,
                     const struct tlog_hash *leaf)
{
    if (index >= tree->size || tree->size >= TLOG_SIZE_LIMIT)
        return false;
    uint64_t fn = index;
    uint64_t sn = tree->size - 1;
    struct tlog_hash r = *leaf;
    for (unsigned i = 0; i < proof->n; i++) {
        if (sn == 0)
            return false;
        if ((fn & 1) != 0 || fn == sn) {
            tlog_node_hash(&proof->hash[i], &r, &r);
            while ((fn & 1) == 0 && fn != 0) {
                fn >>= 1;
                sn >>= 1;
            }
        } else {
            tlog_node_hash(&r, &proof->hash[i], &r);
        }
        fn >>= 1;
        sn >>= 1;
    }
    return sn == 0 && tlog_hash_equal(&r, &tree->root);
}

static bool
old_is_trivial(const struct tlog_proof *proof, const struct tlog_tree *old,
               const struct tlog_tree *tree)
{
    struct tlog_hash empty;
    tlog_empty_root(&empty);
    if (proof->n != 0)
        return false;
    return old->size == 0 ? tlog_hash_equal(&old->root, &empty)
                          : tlog_hash_equal(&old->root, &tree->root);
}

bool
tlog_check_consistency(const struct tlog_proof *proof, const struct tlog_tree *old,
                       const struct tlog_tree *tree)
{
    if (old->size > tree->size || tree->size >= TLOG_SIZE_LIMIT)
        return false;
    if (old->size == 0 || old->size == tree->size)
        return old_is_trivial(proof, old, tree);
    uint64_t fn = old->size - 1;
    uint64_t sn = tree->size - 1;
    while ((fn & 1) != 0) {
        fn >>= 1;
        sn >>= 1;
    }
    unsigned i = 0;
    struct tlog_hash fr = old->root;
    if ((old->size & (old->size - 1)) != 0) {
        if (proof->n == 0)
            return false;
        fr = proof->hash[i++];
    }
    struct tlog_hash sr = fr;
    for (; i < proof->n; i++) {
        const struct tlog_hash *c = &proof->hash[i];
        if (sn == 0)
            return false;
        if ((fn & 1) != 0 || fn == sn) {
            tlog_node_hash(c, &fr, &fr);
            tlog_node_hash(c, &sr, &sr);
            while ((fn & 1) == 0 && fn != 0) {
                fn >>= 1;
                sn >>= 1;
            }
        } else {
            tlog_node_hash(&sr, c, &sr);
        }
        fn >>= 1;
        sn >>= 1;
    }
    return sn == 0 && tlog_hash_equal(&fr, &old->root) && tlog_hash_equal(&sr, &tree->root);
}
