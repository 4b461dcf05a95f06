/*
 * tile: see tile.h. Pure; used by ledgerd and the command line.
 *
 * A subtree of 2^l leaves is, in level L = l / 8, a run of 2^(l % 8) hashes of one tile.
 */
#include "format/tlog/tile.h"

#include "base/mem/ensure.h"

#include <stdio.h>
#include <string.h>

/* Writes N in groups of three digits, all but the last behind an x. */
static int
put_number(char *to, size_t room, uint64_t n)
{
    if (n < 1000)
        return snprintf(to, room, "%03u", (unsigned)n);
    int used = 0;
    uint64_t top = 1;
    while (n / top >= 1000)
        top *= 1000;
    for (; top > 1; top /= 1000)
        used += snprintf(to + used, room - (size_t)used, "x%03u/", (unsigned)(n / top % 1000));
    return used + snprintf(to + used, room - (size_t)used, "%03u", (unsigned)(n % 1000));
}

void
tile_path(const struct tile *tile, char ret[TILE_PATH_BYTES])
{
    ensure(tile->width >= 1 && tile->width <= TILE_WIDTH && tile->n < TLOG_SIZE_LIMIT);
    int used = tile->level == TILE_ENTRIES
                   ? snprintf(ret, TILE_PATH_BYTES, "tile/entries/")
                   : snprintf(ret, TILE_PATH_BYTES, "tile/%d/", tile->level);
    used += put_number(ret + used, TILE_PATH_BYTES - (size_t)used, tile->n);
    if (tile->width < TILE_WIDTH)
        snprintf(ret + used, TILE_PATH_BYTES - (size_t)used, ".p/%u", tile->width);
}

/* Reads groups "x001/x234/067"; the spelling is judged by writing it again. */
static bool
number_parse(struct str groups, uint64_t *ret)
{
    uint64_t n = 0;
    struct str rest = groups;
    struct str group;
    while (str_split_next(&rest, '/', &group)) {
        if (group.n == 4 && group.p[0] == 'x')
            group = str_slice(group, 1, 4);
        if (group.n != 3 || n >= TLOG_SIZE_LIMIT)
            return false;
        for (size_t i = 0; i < 3; i++) {
            if (group.p[i] < '0' || group.p[i] > '9')
                return false;
            n = n * 10 + (uint64_t)(group.p[i] - '0');
        }
    }
    *ret = n;
    return n < TLOG_SIZE_LIMIT;
}

static bool
level_parse(struct str s, int *ret)
{
    uint64_t level;
    if (str_equal_z(s, "entries"))
        *ret = TILE_ENTRIES;
    else if (str_to_u64(s, &level) && level < TILE_LEVELS)
        *ret = (int)level;
    else
        return false;
    return true;
}

bool
tile_path_parse(struct str path, struct tile *ret)
{
    struct str level;
    struct str rest = path;
    if (path.n >= TILE_PATH_BYTES || !str_starts(path, STR("tile/")))
        return false;
    rest = str_slice(path, 5, path.n);
    if (!str_split_next(&rest, '/', &level) || rest.p == NULL || !level_parse(level, &ret->level))
        return false;
    ret->width = TILE_WIDTH;
    ptrdiff_t part = str_find(rest, STR(".p/"), 0);
    if (part >= 0) {
        uint64_t width;
        if (!str_to_u64(str_slice(rest, (size_t)part + 3, rest.n), &width) || width == 0 ||
            width >= TILE_WIDTH)
            return false;
        ret->width = (unsigned)width;
        rest = str_slice(rest, 0, (size_t)part);
    }
    if (!number_parse(rest, &ret->n))
        return false;
    char again[TILE_PATH_BYTES];
    tile_path(ret, again);
    return str_equal_z(path, again);
}

unsigned
tile_width(uint64_t size, int level, uint64_t n)
{
    uint64_t hashes = level <= 0 ? size : size >> (level * TILE_HEIGHT);
    uint64_t before = n * TILE_WIDTH;
    if (hashes <= before)
        return 0;
    return hashes - before > TILE_WIDTH ? TILE_WIDTH : (unsigned)(hashes - before);
}

bool
bundle_next(struct str *bundle, struct str *ret_entry)
{
    if (bundle->n < 2)
        return false;
    size_t n = (size_t)(uint8_t)bundle->p[0] << 8 | (uint8_t)bundle->p[1];
    if (bundle->n - 2 < n)
        return false;
    *ret_entry = str_slice(*bundle, 2, 2 + n);
    *bundle = str_slice(*bundle, 2 + n, bundle->n);
    return true;
}

void
tile_source_init(struct tile_source *source, tile_read *read, void *context, uint64_t size)
{
    memset(source, 0, sizeof *source);
    source->read = read;
    source->context = context;
    source->size = size;
}

static int
source_read(void *context, unsigned level, uint64_t index, struct tlog_hash *ret, struct err *err)
{
    struct tile_source *s = context;
    unsigned tile_level = level / TILE_HEIGHT;
    unsigned run = 1u << level % TILE_HEIGHT;
    uint64_t first = index << level % TILE_HEIGHT;
    if (tile_level >= TILE_LEVELS)
        return ERR(err, "ledger.tile", "level %u", level);
    struct tile tile = {(int)tile_level, first / TILE_WIDTH, 0};
    tile.width = tile_width(s->size, tile.level, tile.n);
    unsigned at = (unsigned)(first % TILE_WIDTH);
    if (at + run > tile.width)
        return ERR(err, "ledger.tile", "hash %u/%llu is not in the tree", level,
                   (unsigned long long)index);
    typeof(s->kept[0]) *kept = &s->kept[tile_level];
    if (!kept->held || kept->tile.n != tile.n) {
        kept->held = false;
        if (s->read(s->context, &tile, kept->row, err) != 0)
            return -1;
        kept->tile = tile;
        kept->held = true;
    }
    tlog_row_root(kept->row + at, run, ret);
    return 0;
}

struct tlog_source
tile_source_of(struct tile_source *source)
{
    return (struct tlog_source){source_read, source};
}
