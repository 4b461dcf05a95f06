/*
 * check: see check.h. Run by `sekisho ledger verify`.
 *
 * The log is read once, from the first bundle to the last: entries give leaf hashes, those are
 * compared with the tiles of level 0, their roots with level 1, and so on; the right edge gives the
 * root. Roots of earlier checkpoints fall out on the way. Only then the folder is searched for what
 * does not belong there.
 */
#include "core/ledgercheck/check.h"

#include "base/crypt/hash.h"
#include "base/os/file.h"
#include "core/ledgercheck/inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { NEWER_TRIES = 30, NEWER_WAIT_MS = 100 };

int
bad_file(struct check *c, const char *code, const char *file, const char *why)
{
    if (c->report->failed)
        return -1;
    c->report->failed = true;
    snprintf(c->report->where, sizeof c->report->where, "%s", file);
    return ERR(c->err, code, "%s", why);
}

int
bad_entry(struct check *c, const char *code, uint64_t index, const char *why)
{
    char where[CHECK_WHERE];
    if (c->report->failed)
        return -1;
    c->report->has_index = true;
    c->report->index = index;
    snprintf(where, sizeof where, "entry %llu", (unsigned long long)index);
    return bad_file(c, code, where, why);
}

/* Counts the cosigners and judges the quorum. */
static int
check_cosigners(const struct trust *trust, const struct note *note, struct check_report *report,
                struct err *err)
{
    report->cosigners = 0;
    for (unsigned i = 0; i < trust->parties; i++) {
        report->cosigned[i] = false;
        if (trust->party[i].group)
            continue;
        int signed_it = note_cosigned(note, &trust->party[i].key, &report->cosigned_at[i], err);
        if (signed_it < 0)
            return -1;
        report->cosigned[i] = signed_it > 0;
        report->cosigners += (unsigned)signed_it;
    }
    return 0;
}

int
check_note(const struct trust *trust, struct str bytes, bool need_quorum,
           struct check_report *report, struct err *err)
{
    unsigned key;
    struct note *note = malloc(sizeof *note);
    if (note == NULL)
        abort();
    int r = note_parse(bytes, note, err);
    if (r == 0)
        r = note_check(note, trust->log, trust->logs, &key, err);
    if (r == 0)
        r = check_cosigners(trust, note, report, err);
    if (r == 0 && need_quorum && !trust_quorum_met(trust, report->cosigned))
        r = ERR(err, "ledger.quorum", "%u have signed", report->cosigners);
    if (r == 0) {
        report->key = trust->log[key];
        report->tree = note->tree;
        memcpy(report->origin, report->key.name, sizeof report->origin);
    }
    free(note);
    return r;
}

int
check_read(struct check *c, const struct tile *tile, size_t limit, struct buf *buf)
{
    char path[TILE_PATH_BYTES];
    struct tile full = *tile;
    struct err err;
    tile_path(tile, path);
    buf_clear(buf);
    if (file_read(c->options->dir, path, limit, buf, &err) == 0)
        return 0;
    if (err_is(&err, "file.missing") && tile->width < TILE_WIDTH) {
        char other[TILE_PATH_BYTES];
        full.width = TILE_WIDTH;
        tile_path(&full, other);
        buf_clear(buf);
        if (file_read(c->options->dir, other, limit, buf, &err) == 0)
            return 1;
    }
    return bad_file(c, "ledger.tile", path, err_is(&err, "file.missing") ? "missing" : err.detail);
}

/* Compares the file of TILE with ROW. */
static int
check_row(struct check *c, const struct tile *tile, const struct tlog_hash *row)
{
    char path[TILE_PATH_BYTES];
    struct buf bytes;
    size_t n = tile->width * (size_t)TLOG_HASH_BYTES;
    buf_init(&bytes, TILE_BYTES + 1);
    int other = check_read(c, tile, TILE_BYTES, &bytes);
    int r = other < 0 ? -1 : 0;
    tile_path(tile, path);
    if (r == 0 && (bytes.n < n || (other == 0 && bytes.n != n)))
        r = bad_file(c, "ledger.tile", path, "wrong length");
    if (r == 0 && memcmp(bytes.p, row, n) != 0)
        r = bad_file(c, "ledger.tile", path, "not what the entries give");
    buf_free(&bytes);
    return r;
}

/* A full tile of level LEVEL - 1 has the root ROOT: it is hash N of LEVEL. */
static int
climb(struct check *c, int level, uint64_t n, struct tlog_hash root)
{
    for (; level < TILE_LEVELS; level++) {
        c->row[level][n % TILE_WIDTH] = root;
        if (n % TILE_WIDTH != TILE_WIDTH - 1)
            return 0;
        struct tile tile = {level, n / TILE_WIDTH, TILE_WIDTH};
        if (check_row(c, &tile, c->row[level]) != 0)
            return -1;
        tlog_row_root(c->row[level], TILE_WIDTH, &root);
        n /= TILE_WIDTH;
    }
    return 0;
}

/* The root of the first SIZE leaves: the full tiles so far and some of the present row. */
static void
root_within(const struct check *c, uint64_t size, struct tlog_hash *ret)
{
    struct tlog_edge edge = c->edge;
    for (unsigned i = 0; edge.size < size; i++)
        tlog_edge_add(&edge, 0, &c->row[0][i]);
    tlog_edge_root(&edge, ret);
}

/* The earlier checkpoints whose size lies in the present bundle. */
static int
check_since(struct check *c, uint64_t from, uint64_t to)
{
    for (size_t i = 0; i < c->options->since_n; i++) {
        struct check_since *s = &c->options->since[i];
        struct tlog_hash root;
        if (s->ok || s->tree.size < from || s->tree.size > to)
            continue;
        root_within(c, s->tree.size, &root);
        if (!tlog_hash_equal(&root, &s->tree.root))
            return bad_file(c, "ledger.consistency", s->name,
                            "the log does not extend this checkpoint");
        s->ok = true;
    }
    return 0;
}

static int
check_bundle(struct check *c, uint64_t n)
{
    char path[TILE_PATH_BYTES];
    struct tile tile = {TILE_ENTRIES, n, tile_width(c->report->tree.size, TILE_ENTRIES, n)};
    uint64_t first = n * TILE_WIDTH;
    int other = check_read(c, &tile, TILE_BUNDLE_MOST, &c->file);
    if (other < 0)
        return -1;
    tile_path(&tile, path);
    struct str rest = buf_str(&c->file);
    for (unsigned i = 0; i < tile.width; i++) {
        struct str entry;
        if (!bundle_next(&rest, &entry))
            return bad_file(c, "ledger.tile", path, "cut short");
        tlog_leaf_hash_inplace(c->file.p + (entry.p - c->file.p), entry.n, &c->row[0][i]);
        if (rules_entry(c, first + i, entry) != 0)
            return -1;
    }
    if (other == 0 && rest.n != 0)
        return bad_file(c, "ledger.tile", path, "bytes after the last entry");
    tile.level = 0;
    if (check_row(c, &tile, c->row[0]) != 0 || check_since(c, first, first + tile.width) != 0)
        return -1;
    if (tile.width < TILE_WIDTH)
        return 0;
    struct tlog_hash root;
    tlog_row_root(c->row[0], TILE_WIDTH, &root);
    tlog_edge_add(&c->edge, TILE_HEIGHT, &root);
    return climb(c, 1, n, root);
}

/* The partial tiles of the right edge above level 0, and the root. */
static int
check_edge(struct check *c)
{
    struct tlog_hash root;
    uint64_t size = c->report->tree.size;
    for (int level = 1; level < TILE_LEVELS; level++) {
        uint64_t hashes = size >> (level * TILE_HEIGHT);
        struct tile tile = {level, hashes / TILE_WIDTH, (unsigned)(hashes % TILE_WIDTH)};
        if (tile.width > 0 && check_row(c, &tile, c->row[level]) != 0)
            return -1;
    }
    root_within(c, size, &root);
    if (!tlog_hash_equal(&root, &c->report->tree.root))
        return bad_file(c, "ledger.root", "checkpoint", "the entries give another root");
    for (size_t i = 0; i < c->options->since_n; i++)
        if (!c->options->since[i].ok)
            return bad_file(c, "ledger.consistency", c->options->since[i].name,
                            "this checkpoint has more entries than the log");
    return 0;
}

/* When the newest checkpoint has not met its witnesses yet, the earlier one that has speaks for the
 * quorum. */
static void
take_witnessed(struct check *c, struct check_report *report)
{
    const struct check_report *w = c->options->witnessed;
    if (w == NULL || trust_quorum_met(c->options->trust, report->cosigned))
        return;
    memcpy(report->cosigned, w->cosigned, sizeof report->cosigned);
    memcpy(report->cosigned_at, w->cosigned_at, sizeof report->cosigned_at);
    report->cosigners = w->cosigners;
}

static int
read_checkpoint(struct check *c, struct check_report *report, struct err *err)
{
    struct buf note;
    buf_init(&note, NOTE_MOST);
    int r = file_read(c->options->dir, "checkpoint", NOTE_MOST, &note, err);
    if (r == 0)
        r = check_note(c->options->trust, buf_str(&note), c->options->witnessed == NULL, report,
                       err);
    if (r == 0)
        take_witnessed(c, report);
    buf_free(&note);
    return r;
}

/* Files beyond the checkpoint are right only if a newer checkpoint, just being written, covers
 * them. */
static int
check_beyond(struct check *c)
{
    struct check_report *newer = calloc(1, sizeof *newer);
    bool covered = false;
    if (newer == NULL)
        abort();
    for (int i = 0; i < NEWER_TRIES && !covered && !c->beyond_old; i++) {
        struct timespec wait = {0, NEWER_WAIT_MS * 1000000L};
        covered = read_checkpoint(c, newer, NULL) == 0 && newer->tree.size >= c->beyond;
        if (!covered)
            nanosleep(&wait, NULL);
    }
    if (covered)
        c->report->newer_size = newer->tree.size;
    free(newer);
    return covered ? 0 : bad_file(c, "ledger.tile", c->beyond_file, "beyond the checkpoint");
}

static int
check_all(struct check *c)
{
    struct err err;
    if (read_checkpoint(c, c->report, &err) != 0) {
        if (!err_is(&err, "ledger.note") && !err_is(&err, "ledger.quorum") &&
            !err_is(&err, "file.size") && !err_is(&err, "file.kind")) {
            if (c->err != NULL)
                *c->err = err;
            return -1;
        }
        const char *code = err_is(&err, "ledger.quorum") ? "ledger.quorum" : "ledger.note";
        return bad_file(c, code, "checkpoint", err.detail);
    }
    if (check_since(c, 0, 0) != 0)
        return -1;
    for (uint64_t n = 0; n * TILE_WIDTH < c->report->tree.size; n++)
        if (check_bundle(c, n) != 0)
            return -1;
    if (check_edge(c) != 0 || rules_end(c) != 0 || stray_check(c) != 0)
        return -1;
    return c->beyond > c->report->tree.size ? check_beyond(c) : 0;
}

int
check_log(const struct check_options *options, struct check_report *report, struct err *err)
{
    struct check *c = calloc(1, sizeof *c);
    if (c == NULL)
        abort();
    memset(report, 0, sizeof *report);
    c->options = options;
    c->report = report;
    c->err = err;
    buf_init(&c->file, TILE_BUNDLE_MOST);
    int r = check_all(c);
    buf_free(&c->file);
    rules_free(&c->rules);
    free(c);
    return r;
}
