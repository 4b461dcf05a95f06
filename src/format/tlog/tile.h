/*
 * tile: names and contents of the files of a log (C2SP tlog-tiles v0.1.0): tile/<L>/<N>[.p/<W>]
 * hold W (full: 256) hashes, tile/entries/<N>[.p/<W>] as many entries, each behind a uint16 length.
 */
#ifndef FORMAT_TLOG_TILE_H
#define FORMAT_TLOG_TILE_H

#include "format/tlog/tree.h"

enum {
    TILE_WIDTH = 256,
    TILE_HEIGHT = 8,
    TILE_LEVELS = 6,      /* 2^48 entries */
    TILE_ENTRIES = -1,    /* the level of a bundle of entries */
    TILE_PATH_BYTES = 64, /* room of a path, NUL included */
    TILE_BYTES = TILE_WIDTH * TLOG_HASH_BYTES,
    TLOG_ENTRY_FORMAT_MOST = 65535,
    TILE_BUNDLE_MOST = TILE_WIDTH * (2 + TLOG_ENTRY_FORMAT_MOST)
};

struct tile {
    int level;      /* 0 … TILE_LEVELS - 1, or TILE_ENTRIES */
    uint64_t n;     /* its place in the level */
    unsigned width; /* 1 … 256 */
};

/* Writes the path of TILE below the log's folder: "tile/0/x001/x234/067.p/8". */
void tile_path(const struct tile *tile, char ret[TILE_PATH_BYTES]);

/* Reads such a path. False for any other spelling. */
bool tile_path_parse(struct str path, struct tile *ret);

/* How many hashes tile N of LEVEL (or entries of bundle N) has in a tree of SIZE: 0 … 256. */
unsigned tile_width(uint64_t size, int level, uint64_t n);

/* Takes one entry from the front of *BUNDLE. False when what is left is not a whole one. */
bool bundle_next(struct str *bundle, struct str *ret_entry);

/* Reads the hashes of TILE (tile.width of them) into RET; 0, or -1 with err. */
typedef int tile_read(void *context, const struct tile *tile, struct tlog_hash *ret,
                      struct err *err);

/*
 * Makes a tlog_source of tiles: subtree hashes inside a tile are computed. It keeps the last tile
 * of each level, so a walk along one edge reads each tile once. SIZE is the tree that the tiles
 * show.
 */
struct tile_source {
    tile_read *read;
    void *context;
    uint64_t size;
    struct {
        bool held;
        struct tile tile;
        struct tlog_hash row[TILE_WIDTH];
    } kept[TILE_LEVELS];
};

/* Makes SOURCE ready. It is some 50 KB: not for small stacks. */
void tile_source_init(struct tile_source *source, tile_read *read, void *context, uint64_t size);

/* The tlog_source that reads through SOURCE, which must outlive it. Err ledger.tile when a hash is
 * asked for that the tree of SIZE does not have. */
struct tlog_source tile_source_of(struct tile_source *source);

#endif
