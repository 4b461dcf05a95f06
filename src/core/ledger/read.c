/*
 * read: reads published tiles and bundles back, whole and of the right length or not at all. Part
 * of ledgerd.
 */
#include "core/ledger/inside.h"

#include "base/os/file.h"

#include <string.h>

int
read_bundle(int log_dir, uint64_t n, unsigned width, struct buf *ret, struct err *err)
{
    char path[TILE_PATH_BYTES];
    struct tile tile = {TILE_ENTRIES, n, width};
    tile_path(&tile, path);
    buf_clear(ret);
    if (file_read(log_dir, path, TILE_BUNDLE_MOST, ret, err) != 0)
        return -1;
    struct str rest = buf_str(ret);
    struct str entry;
    for (unsigned i = 0; i < width; i++)
        if (!bundle_next(&rest, &entry))
            return ERR(err, "ledger.tile", "%s: cut at entry %u", path, i);
    if (rest.n != 0)
        return ERR(err, "ledger.tile", "%s: %zu bytes too many", path, rest.n);
    return 0;
}

int
read_row(int log_dir, const struct tile *tile, struct tlog_hash *ret, struct err *err)
{
    char path[TILE_PATH_BYTES];
    struct buf bytes;
    tile_path(tile, path);
    buf_init(&bytes, TILE_BYTES);
    int r = file_read(log_dir, path, TILE_BYTES, &bytes, err);
    size_t want = (size_t)tile->width * TLOG_HASH_BYTES;
    if (r == 0 && bytes.n != want)
        r = ERR(err, "ledger.tile", "%s: %zu bytes", path, bytes.n);
    if (r == 0)
        memcpy(ret, bytes.p, want);
    buf_free(&bytes);
    return r;
}

int
read_tile_of(void *context, const struct tile *tile, struct tlog_hash *ret, struct err *err)
{
    return read_row(*(const int *)context, tile, ret, err);
}
