/*
 * publish: writes bundles and tiles, re-reads them, signs. Part of ledgerd.
 *
 * Order: files durable, folders durable, re-read and re-hashed, shown to extend the last signed
 * tree, signature, state/signed durable, checkpoint durable, and only then is anything dropped. So
 * a crash at any point leaves files that the journal writes again with the same bytes, and a
 * signature that nobody has seen is never contradicted: the entries below it are in the journal or
 * the tiles.
 */
#include "core/ledger/inside.h"

#include "base/crypt/encode.h"
#include "base/crypt/hash.h"
#include "base/mem/ensure.h"
#include "base/os/file.h"
#include "base/os/time.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DIRS_MOST = 16 };

/* Folders with changes that are not synced yet; each was opened before its change. */
struct dirs {
    size_t n;
    char path[DIRS_MOST][TILE_PATH_BYTES];
    int fd[DIRS_MOST];
};

static int
dirs_sync(struct dirs *d, struct err *err)
{
    int r = 0;
    for (size_t i = 0; i < d->n; i++) {
        if (r == 0)
            r = file_sync(d->fd[i], err);
        file_close(&d->fd[i]);
    }
    d->n = 0;
    return r;
}

/* Opens the folder of PATH, made if missing. */
static int
dirs_add(struct ledger *ledger, struct dirs *d, const char *path, struct err *err)
{
    char parent[TILE_PATH_BYTES];
    const char *slash = strrchr(path, '/');
    ensure(slash != NULL && (size_t)(slash - path) < sizeof parent);
    memcpy(parent, path, (size_t)(slash - path));
    parent[slash - path] = '\0';
    for (size_t i = 0; i < d->n; i++)
        if (strcmp(parent, d->path[i]) == 0)
            return 0;
    if (d->n == DIRS_MOST && dirs_sync(d, err) != 0)
        return -1;
    if (file_mkdirs(ledger->log_dir, parent, 0755, err) != 0)
        return -1;
    d->fd[d->n] = file_open_dir(ledger->log_dir, parent, err);
    if (d->fd[d->n] < 0)
        return -1;
    memcpy(d->path[d->n++], parent, sizeof parent);
    return 0;
}

static int
put(struct ledger *ledger, struct dirs *d, const char *path, struct str bytes, struct err *err)
{
    struct file_new new = {ledger->state_dir, "tmp/tile", ledger->log_dir, path, PUBLIC_MODE};
    if (dirs_add(ledger, d, path, err) != 0)
        return -1;
    return file_put(&new, bytes, err);
}

static int
put_row(struct ledger *ledger, struct dirs *d, const struct tile *tile, const struct tlog_hash *row,
        struct err *err)
{
    char path[TILE_PATH_BYTES];
    struct tlog_hash again[TILE_WIDTH];
    size_t n = (size_t)tile->width * TLOG_HASH_BYTES;
    tile_path(tile, path);
    if (put(ledger, d, path, (struct str){(const char *)row, n}, err) != 0 ||
        read_row(ledger->log_dir, tile, again, err) != 0)
        return -1;
    if (memcmp(again, row, n) != 0)
        return ERR(err, "ledger.tile", "%s: not what was written", path);
    return 0;
}

/* Writes the first WIDTH entries that wait as a bundle, and reads them back: RET_ROW holds the
 * hashes of what a reader reads. */
static int
put_bundle(struct ledger *ledger, struct dirs *d, unsigned width, struct tlog_hash *ret_row,
           struct err *err)
{
    char path[TILE_PATH_BYTES];
    struct buf again;
    struct tile tile = {TILE_ENTRIES, ledger->pending.first / TILE_WIDTH, width};
    tile_path(&tile, path);
    if (put(ledger, d, path, pending_bundle(&ledger->pending, width), err) != 0)
        return -1;
    buf_init(&again, TILE_BUNDLE_MOST);
    int r = read_bundle(ledger->log_dir, tile.n, width, &again, err);
    struct str rest = buf_str(&again);
    for (unsigned i = 0; r == 0 && i < width; i++) {
        struct str entry;
        ensure(bundle_next(&rest, &entry));
        tlog_leaf_hash(entry, &ret_row[i]);
        if (!str_equal(entry, pending_entry(&ledger->pending, ledger->pending.first + i)))
            r = ERR(err, "ledger.tile", "%s: entry %u is not what was written", path, i);
    }
    buf_free(&again);
    return r;
}

/* Bundle N is full and its tile has ROOT: adds it to the levels above, writing what becomes full.
 */
static int
carry(struct ledger *ledger, struct dirs *d, uint64_t n, struct tlog_hash root, struct err *err)
{
    for (int level = 1; level < TILE_LEVELS; level++) {
        ledger->row[level][n % TILE_WIDTH] = root;
        if (n % TILE_WIDTH != TILE_WIDTH - 1)
            return 0;
        struct tile tile = {level, n / TILE_WIDTH, TILE_WIDTH};
        if (put_row(ledger, d, &tile, ledger->row[level], err) != 0)
            return -1;
        tlog_row_root(ledger->row[level], TILE_WIDTH, &root);
        n /= TILE_WIDTH;
    }
    return ERR(err, "ledger.full", "2^48 entries");
}

static int
put_full_bundle(struct ledger *ledger, struct dirs *d, struct err *err)
{
    struct tlog_hash row[TILE_WIDTH];
    struct tlog_hash root;
    struct tile tile = {0, ledger->pending.first / TILE_WIDTH, TILE_WIDTH};
    if (put_bundle(ledger, d, TILE_WIDTH, row, err) != 0 ||
        put_row(ledger, d, &tile, row, err) != 0)
        return -1;
    tlog_row_root(row, TILE_WIDTH, &root);
    if (carry(ledger, d, tile.n, root, err) != 0)
        return -1;
    pending_drop(&ledger->pending);
    return 0;
}

int
publish_bundle(struct ledger *ledger, struct err *err)
{
    struct dirs d = {0};
    int r = put_full_bundle(ledger, &d, err);
    if (r == 0)
        return dirs_sync(&d, err);
    (void)dirs_sync(&d, NULL);
    return -1;
}

/* Writes the partial tiles of the right edge. */
static int
put_edge(struct ledger *ledger, struct dirs *d, struct err *err)
{
    struct tlog_hash row[TILE_WIDTH];
    uint64_t size = ledger->committed;
    unsigned width = (unsigned)(size - ledger->pending.first);
    struct tile tile = {0, size / TILE_WIDTH, width};
    if (width > 0 &&
        (put_bundle(ledger, d, width, row, err) != 0 || put_row(ledger, d, &tile, row, err) != 0))
        return -1;
    for (int level = 1; level < TILE_LEVELS; level++) {
        uint64_t hashes = size >> (level * TILE_HEIGHT);
        tile = (struct tile){level, hashes / TILE_WIDTH, (unsigned)(hashes % TILE_WIDTH)};
        if (tile.width > 0 && hashes != ledger->signed_tree.size >> (level * TILE_HEIGHT) &&
            put_row(ledger, d, &tile, ledger->row[level], err) != 0)
            return -1;
    }
    return 0;
}

void
publish_tree(const struct ledger *ledger, struct tlog_tree *ret)
{
    struct tlog_edge edge = {0};
    uint64_t size = ledger->committed;
    for (int level = TILE_LEVELS - 1; level >= 1; level--)
        for (unsigned i = 0; i < (size >> (level * TILE_HEIGHT)) % TILE_WIDTH; i++)
            tlog_edge_add(&edge, (unsigned)level * TILE_HEIGHT, &ledger->row[level][i]);
    for (uint64_t i = ledger->pending.first; i < size; i++) {
        struct tlog_hash leaf;
        tlog_leaf_hash(pending_entry(&ledger->pending, i), &leaf);
        tlog_edge_add(&edge, 0, &leaf);
    }
    ensure(edge.size == size);
    ret->size = size;
    tlog_edge_root(&edge, &ret->root);
}

/* Shows, from the files alone, that TREE extends the last signed one. */
static int
check_extends(struct ledger *ledger, const struct tlog_tree *tree, struct err *err)
{
    struct tlog_proof proof;
    struct tile_source *tiles = malloc(sizeof *tiles);
    ensure(tiles != NULL);
    tile_source_init(tiles, read_tile_of, &ledger->log_dir, tree->size);
    struct tlog_source source = tile_source_of(tiles);
    struct tlog_hash root;
    int r = tlog_prove_consistency(ledger->signed_tree.size, tree->size, &source, &proof, err);
    if (r == 0)
        r = tlog_root(tree->size, &source, &root, err);
    if (r == 0 && (!tlog_hash_equal(&root, &tree->root) ||
                   !tlog_check_consistency(&proof, &ledger->signed_tree, tree)))
        r = ERR(err, "ledger.consistency", "%llu to %llu",
                (unsigned long long)ledger->signed_tree.size, (unsigned long long)tree->size);
    free(tiles);
    return r;
}

int
publish_small(struct ledger *ledger, const char *path, struct str bytes, struct err *err)
{
    struct file_new new = {ledger->state_dir, "tmp/small", ledger->log_dir, path, PUBLIC_MODE};
    return file_replace(&new, bytes, err);
}

/* The last checkpoint of a day stays in history/. */
static int
keep_history(struct ledger *ledger, struct err *err)
{
    char path[LEDGER_NAME];
    if (ledger->signed_tree.size == 0 ||
        tokyo_day(ledger->signed_at_us) == tokyo_day(ledger->last_at_us))
        return 0;
    if (file_mkdirs(ledger->log_dir, "history", 0755, err) != 0)
        return -1;
    snprintf(path, sizeof path, "history/%llu", (unsigned long long)ledger->signed_tree.size);
    return publish_small(ledger, path, buf_str(&ledger->note), err);
}

static int
write_signed(struct ledger *ledger, struct str note, struct err *err)
{
    struct buf bytes;
    struct file_new new = {ledger->state_dir, "tmp/signed", ledger->state_dir, "signed",
                           PRIVATE_MODE};
    buf_init(&bytes, 4 * NOTE_MOST);
    buf_put_str(&bytes, note);
    for (size_t i = 0; i < ledger->source_count; i++)
        buf_printf(&bytes, "src %s %llu\n", ledger->sources[i].name,
                   (unsigned long long)ledger->sources[i].head);
    uint8_t digest[SHA256_BYTES];
    char hex[HEX_CHARS(SHA256_BYTES) + 1];
    sha256_of(bytes.p, bytes.n, digest);
    hex_encode(digest, sizeof digest, hex);
    buf_printf(&bytes, "sum %s\n", hex);
    int r = file_replace(&new, buf_str(&bytes), err);
    buf_free(&bytes);
    return r;
}

int
publish_sign(struct ledger *ledger, const struct tlog_tree *tree, struct err *err)
{
    struct buf text;
    struct buf note;
    buf_init(&text, NOTE_MOST);
    buf_init(&note, NOTE_MOST);
    note_put_text(&text, str_of(ledger->config.origin), tree);
    buf_put_str(&note, buf_str(&text));
    buf_put_char(&note, '\n');
    note_put_signature(&note, buf_str(&text), &ledger->key, ledger->seed);
    buf_free(&text);
    if (keep_history(ledger, err) != 0 || write_signed(ledger, buf_str(&note), err) != 0 ||
        publish_small(ledger, "checkpoint", buf_str(&note), err) != 0) {
        buf_free(&note);
        return -1;
    }
    buf_free(&ledger->note);
    ledger->note = note;
    ledger->signed_tree = *tree;
    ledger->signed_at_us = ledger->last_at_us;
    return 0;
}

/* Removes partial tiles of the tree of OLD entries that are full now. */
static int
drop_partials(struct ledger *ledger, uint64_t old, struct err *err)
{
    for (int level = TILE_ENTRIES; level < TILE_LEVELS; level++) {
        uint64_t hashes = level <= 0 ? old : old >> (level * TILE_HEIGHT);
        struct tile tile = {level, hashes / TILE_WIDTH, TILE_WIDTH};
        char full[TILE_PATH_BYTES];
        char path[TILE_PATH_BYTES + 4];
        if (hashes % TILE_WIDTH == 0 || tile_width(ledger->committed, level, tile.n) != TILE_WIDTH)
            continue;
        tile_path(&tile, full);
        snprintf(path, sizeof path, "%s.p", full);
        if (file_remove_dir(ledger->log_dir, path, err) != 0)
            return -1;
    }
    return 0;
}

static int
publish_files(struct ledger *ledger, struct dirs *d, struct err *err)
{
    while (ledger->committed - ledger->pending.first >= TILE_WIDTH)
        if (put_full_bundle(ledger, d, err) != 0)
            return -1;
    return put_edge(ledger, d, err);
}

int
publish_all(struct ledger *ledger, struct err *err)
{
    struct dirs d = {0};
    struct tlog_tree tree;
    uint64_t old = ledger->signed_tree.size;
    ensure(ledger->size == ledger->committed);
    int r = publish_files(ledger, &d, err);
    if (r != 0) {
        (void)dirs_sync(&d, NULL);
        return -1;
    }
    if (dirs_sync(&d, err) != 0)
        return -1;
    publish_tree(ledger, &tree);
    if (check_extends(ledger, &tree, err) != 0 || publish_sign(ledger, &tree, err) != 0)
        return -1;
    if (drop_partials(ledger, old, err) != 0)
        return -1;
    return segment_drop_below(ledger, tree.size, err);
}
