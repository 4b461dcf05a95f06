/*
 * tile_fuzz: bundles are cut into entries that add up; paths have one spelling.
 */
#include "format/tlog/tile.h"

#include "base/mem/ensure.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str s = {(const char *)data, size};
    struct str rest = s;
    struct str entry;
    struct tile tile;
    size_t bytes = 0;
    while (bundle_next(&rest, &entry))
        bytes += 2 + entry.n;
    ensure(bytes + rest.n == size);
    if (tile_path_parse(s, &tile)) {
        char again[TILE_PATH_BYTES];
        tile_path(&tile, again);
        ensure(str_equal_z(s, again));
    }
    return 0;
}
