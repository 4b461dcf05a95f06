/*
 * folder: see folder.h. Used by the command line.
 */
#include "core/ledgercheck/folder.h"

#include "base/mem/ensure.h"
#include "base/os/file.h"
#include "format/tlog/receipt.h"

#include <stdlib.h>
#include <string.h>

int
folder_note(int dir, const char *name, struct buf *ret, struct note *note, struct err *err)
{
    if (file_read(dir, name, NOTE_MOST, ret, err) != 0)
        return -1;
    return note_parse(buf_str(ret), note, err);
}

/* Reads the file of TILE, or the full one in its place. */
static int
read_either(int dir, const struct tile *tile, size_t limit, struct buf *ret, struct err *err)
{
    char path[TILE_PATH_BYTES];
    struct tile full = *tile;
    struct err missing;
    full.width = TILE_WIDTH;
    buf_clear(ret);
    tile_path(tile, path);
    if (file_read(dir, path, limit, ret, &missing) == 0)
        return 0;
    buf_clear(ret);
    tile_path(&full, path);
    if (err_is(&missing, "file.missing") && file_read(dir, path, limit, ret, &missing) == 0)
        return 0;
    return ERR(err, "ledger.tile", "%s", missing.detail);
}

int
folder_tile(void *context, const struct tile *tile, struct tlog_hash *ret, struct err *err)
{
    struct buf bytes;
    size_t n = tile->width * (size_t)TLOG_HASH_BYTES;
    buf_init(&bytes, TILE_BYTES);
    int r = read_either(*(const int *)context, tile, TILE_BYTES, &bytes, err);
    if (r == 0 && bytes.n < n)
        r = ERR(err, "ledger.tile", "level %d, tile %llu is short", tile->level,
                (unsigned long long)tile->n);
    if (r == 0)
        memcpy(ret, bytes.p, n);
    buf_free(&bytes);
    return r;
}

int
folder_bundle(int dir, uint64_t n, uint64_t size, struct buf *ret, struct err *err)
{
    struct tile tile = {TILE_ENTRIES, n, tile_width(size, TILE_ENTRIES, n)};
    if (tile.width == 0)
        return ERR(err, "ledger.no_entry", "%llu", (unsigned long long)n * TILE_WIDTH);
    return read_either(dir, &tile, TILE_BUNDLE_MOST, ret, err);
}

int
folder_entry(int dir, uint64_t size, uint64_t index, struct buf *buf, struct str *ret_entry,
             struct err *err)
{
    if (index >= size)
        return ERR(err, "ledger.no_entry", "%llu", (unsigned long long)index);
    if (folder_bundle(dir, index / TILE_WIDTH, size, buf, err) != 0)
        return -1;
    struct str rest = buf_str(buf);
    for (uint64_t i = 0; i <= index % TILE_WIDTH; i++)
        if (!bundle_next(&rest, ret_entry))
            return ERR(err, "ledger.tile", "the bundle of entry %llu is short",
                       (unsigned long long)index);
    return 0;
}

/* The proof of INDEX in TREE, checked against ENTRY. */
static int
proof_of(int dir, const struct tlog_tree *tree, uint64_t index, struct str entry,
         struct tlog_proof *ret, struct err *err)
{
    struct tlog_hash leaf;
    struct tile_source *tiles = malloc(sizeof *tiles);
    ensure(tiles != NULL);
    tile_source_init(tiles, folder_tile, &dir, tree->size);
    struct tlog_source source = tile_source_of(tiles);
    int r = tlog_prove_inclusion(tree->size, index, &source, ret, err);
    free(tiles);
    tlog_leaf_hash(entry, &leaf);
    if (r == 0 && !tlog_check_inclusion(ret, tree, index, &leaf))
        r = ERR(err, "ledger.receipt", "the files do not give the signed root");
    return r;
}

int
folder_prove(int dir, const struct tlog_tree *tree, struct str note_bytes, uint64_t index,
             bool with_entry, struct buf *ret, struct err *err)
{
    struct buf bundle;
    struct str entry;
    struct tlog_proof proof;
    buf_init(&bundle, TILE_BUNDLE_MOST);
    int r = folder_entry(dir, tree->size, index, &bundle, &entry, err);
    if (r == 0)
        r = proof_of(dir, tree, index, entry, &proof, err);
    if (r == 0) {
        receipt_put(ret, with_entry ? entry : (struct str){NULL, 0}, index, &proof, note_bytes);
        r = buf_done(ret, err);
    }
    buf_free(&bundle);
    return r;
}

int
folder_request(int dir, const struct tlog_tree *tree, struct str note_bytes, uint64_t old,
               struct buf *ret, struct err *err)
{
    struct tlog_proof proof;
    struct tile_source *tiles = malloc(sizeof *tiles);
    ensure(tiles != NULL);
    tile_source_init(tiles, folder_tile, &dir, tree->size);
    struct tlog_source source = tile_source_of(tiles);
    int r = tlog_prove_consistency(old, tree->size, &source, &proof, err);
    free(tiles);
    if (r != 0)
        return -1;
    witness_request_put(ret, old, &proof, note_bytes);
    return buf_done(ret, err);
}
