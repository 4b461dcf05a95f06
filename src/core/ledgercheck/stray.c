/*
 * stray: goes through tile/ and looks at every file that the checkpoint's tree does not need: older
 * partial tiles must be prefixes of what is known, files beyond the checkpoint must be those of a
 * newer one, anything else does not belong there.
 */
#include "core/ledgercheck/inside.h"

#include "base/os/file.h"
#include "base/os/time.h"

#include <stdio.h>
#include <string.h>

static const int64_t JUST_NOW_US = INT64_C(60) * 1000000;

/* An older partial tile or bundle: its bytes begin the present one. */
static int
check_older(struct check *c, const struct tile *tile, unsigned width, const char *path)
{
    struct buf old;
    struct tile now = *tile;
    size_t limit = tile->level == TILE_ENTRIES ? TILE_BUNDLE_MOST : TILE_BYTES;
    now.width = width;
    buf_init(&old, limit);
    int r = check_read(c, &now, limit, &c->file);
    if (r == 0 && file_read(c->options->dir, path, limit, &old, NULL) != 0)
        r = bad_file(c, "ledger.tile", path, "cannot be read");
    struct str known = buf_str(&c->file);
    size_t n = tile->width * (size_t)TLOG_HASH_BYTES;
    if (r == 0 && tile->level == TILE_ENTRIES) {
        struct str rest = known;
        struct str entry;
        for (unsigned i = 0; i < tile->width; i++)
            if (!bundle_next(&rest, &entry))
                break;
        n = known.n - rest.n;
    }
    if (r == 0 && !str_equal(buf_str(&old), str_slice(known, 0, n)))
        r = bad_file(c, "ledger.tile", path, "an older partial file differs from the log");
    buf_free(&old);
    return r;
}

static void
note_beyond(struct check *c, const struct tile *tile, const char *path, const struct stat *st)
{
    unsigned shift = tile->level <= 0 ? 0 : (unsigned)tile->level * TILE_HEIGHT;
    uint64_t need = (tile->n * TILE_WIDTH + tile->width) << shift;
    if (need >= TLOG_SIZE_LIMIT || tile->n >= TLOG_SIZE_LIMIT / TILE_WIDTH >> shift)
        need = TLOG_SIZE_LIMIT;
    int64_t age = time_now_us() - (int64_t)st->st_mtim.tv_sec * 1000000;
    if (need <= c->beyond)
        return;
    c->beyond = need;
    c->beyond_old = c->beyond_old || age > JUST_NOW_US;
    snprintf(c->beyond_file, sizeof c->beyond_file, "%s", path);
}

static int
visit(void *context, const char *below, const struct stat *st, struct err *err)
{
    struct check *c = context;
    char path[CHECK_WHERE];
    struct tile tile;
    (void)err;
    int n = snprintf(path, sizeof path, "tile/%s", below);
    if (S_ISDIR(st->st_mode))
        return 0;
    if (!S_ISREG(st->st_mode))
        return bad_file(c, "ledger.tile", path, "not an ordinary file");
    if (n < 0 || (size_t)n >= sizeof path || !tile_path_parse(str_of(path), &tile))
        return bad_file(c, "ledger.tile", path, "not a file of a log");
    unsigned width = tile_width(c->report->tree.size, tile.level, tile.n);
    if (tile.width == width)
        return 0;
    if (tile.width < width)
        return check_older(c, &tile, width, path);
    if (!c->options->allow_newer)
        note_beyond(c, &tile, path, st);
    return 0;
}

int
stray_check(struct check *c)
{
    struct err err;
    int r = file_walk(c->options->dir, "tile", visit, c, &err);
    if (r == 0 || c->report->failed)
        return r;
    if (err_is(&err, "file.missing"))
        return 0; /* an empty log may have no folder */
    return bad_file(c, "ledger.tile", "tile", err.detail);
}
