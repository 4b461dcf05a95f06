/*
 * crash_test: what a power cut may leave. Every call that changes the disk is counted (os_calls);
 * at the n-th, the machine is gone: nothing later reaches the disk, and of what was written but not
 * synced an arbitrary part stays (whole, none, cut at any byte, or any subset of sectors). Then the
 * log is opened anew: every acknowledged entry is there once and in its place, every checkpoint
 * ever seen is extended.
 *
 * The disk is modelled on a folder: file bytes are written at once but noted, so that they can be
 * taken back; renames, new names and removals that no sync of their folder confirmed may be undone.
 * `crash_test [STEP [SEED]]`: tries every STEP-th call (default 7).
 */
#include "base/os/file.h"
#include "core/ledger/ledger.h"
#include "format/tlog/entry.h"
#include "format/tlog/note.h"
#include "format/tlog/tile.h"
#include "tests/test.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    WRITES_MOST = 20000,
    NAMES_MOST = 4000,
    SECTOR = 512,
    ENTRIES_MOST = 20000,
    NOTES_MOST = 400
};

/* A write that no sync has confirmed: what stood there before. */
struct unsynced {
    ino_t inode;
    off_t at;
    size_t n;
    char *before; /* n bytes; those past the old end are zeros */
    off_t old_size;
};

/* A change of names that no sync of a folder has confirmed. */
struct change {
    ino_t folder[2];      /* of the new and the old name */
    char to[PATH_MAX];    /* absolute */
    char from[PATH_MAX];  /* of a rename, else empty */
    char saved[PATH_MAX]; /* where the replaced or removed file was kept, else empty */
    bool folder_made;
};

static char folder[64], spare[64];
static int dir = -1;
static unsigned seed;
static bool dead;
static long calls_left; /* until the power goes; -1: never */
static long calls_made;
static unsigned spare_n;
static struct unsynced writes[WRITES_MOST];
static size_t write_n;
static struct change changes[NAMES_MOST];
static size_t change_n;
static const struct os_calls *real = &os_calls_real;

/* Entries that ledger_commit said are durable, and checkpoints that were visible. */
static char *entries[ENTRIES_MOST];
static uint64_t acked_n;
static struct tlog_tree notes[NOTES_MOST];
static size_t note_n;

static bool
power(void)
{
    calls_made++;
    if (dead || calls_left == 0) {
        dead = true;
        errno = EIO;
        return false;
    }
    if (calls_left > 0)
        calls_left--;
    return true;
}

static ino_t
inode_of(int fd)
{
    struct stat st;
    assert_int_equal(fstat(fd, &st), 0);
    return st.st_ino;
}

static void
full_path(int at, const char *path, char ret[PATH_MAX])
{
    char link[64], base[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", at);
    ssize_t n = readlink(link, base, sizeof base - 1);
    assert_true(n > 0);
    base[n] = '\0';
    assert_true((size_t)snprintf(ret, PATH_MAX, "%.2000s/%.2000s", base, path) < PATH_MAX);
}

static ino_t
folder_of(const char *path)
{
    char parent[PATH_MAX];
    struct stat st;
    snprintf(parent, sizeof parent, "%s", path);
    *strrchr(parent, '/') = '\0';
    assert_int_equal(stat(parent, &st), 0);
    return st.st_ino;
}

static struct change *
change_new(const char *to)
{
    assert_true(change_n < NAMES_MOST);
    struct change *c = &changes[change_n++];
    memset(c, 0, sizeof *c);
    snprintf(c->to, sizeof c->to, "%s", to);
    c->folder[0] = folder_of(to);
    return c;
}

/* Keeps the file at PATH elsewhere (a second name), so that it can come back. */
static void
keep(struct change *c, const char *path)
{
    snprintf(c->saved, sizeof c->saved, "%s/%u", spare, spare_n++);
    if (link(path, c->saved) != 0)
        c->saved[0] = '\0';
}

static int
crash_openat(int at, const char *path, int flags, mode_t mode)
{
    struct stat st;
    if ((flags & O_CREAT) == 0)
        return real->openat(at, path, flags, mode);
    bool there = fstatat(at, path, &st, AT_SYMLINK_NOFOLLOW) == 0;
    if (!power())
        return -1;
    int fd = real->openat(at, path, flags, mode);
    if (fd >= 0 && !there) {
        char full[PATH_MAX];
        full_path(at, path, full);
        change_new(full);
    }
    return fd;
}

static void
note_write(int fd, const void *p, size_t n, off_t at)
{
    struct stat st;
    (void)p;
    assert_int_equal(fstat(fd, &st), 0);
    assert_true(write_n < WRITES_MOST);
    struct unsynced *w = &writes[write_n++];
    *w = (struct unsynced){st.st_ino, at, n, calloc(1, n == 0 ? 1 : n), st.st_size};
    assert_non_null(w->before);
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    int readable = open(path, O_RDONLY); /* FD itself may be for writing only */
    if (readable >= 0) {
        ssize_t got = pread(readable, w->before, n, at);
        (void)got;
        close(readable);
    }
}

static ssize_t
crash_pwrite(int fd, const void *p, size_t n, off_t at)
{
    if (!power())
        return -1;
    note_write(fd, p, n, at);
    return real->pwrite(fd, p, n, at);
}

static ssize_t
crash_write(int fd, const void *p, size_t n)
{
    if (!power())
        return -1;
    note_write(fd, p, n, lseek(fd, 0, SEEK_CUR));
    return real->write(fd, p, n);
}

static void
confirm_writes(ino_t inode)
{
    size_t kept = 0;
    for (size_t i = 0; i < write_n; i++)
        if (writes[i].inode == inode)
            free(writes[i].before);
        else
            writes[kept++] = writes[i];
    write_n = kept;
}

static void
confirm_names(ino_t inode)
{
    size_t kept = 0;
    for (size_t i = 0; i < change_n; i++) {
        if (changes[i].folder[0] != inode) {
            changes[kept++] = changes[i];
        } else if (changes[i].saved[0] != '\0') {
            unlink(changes[i].saved);
        }
    }
    change_n = kept;
}

static int
crash_sync(int fd)
{
    if (!power())
        return -1;
    confirm_writes(inode_of(fd));
    confirm_names(inode_of(fd));
    return 0; /* the page cache is enough: the machine is not really off */
}

static int
crash_renameat(int from_dir, const char *from, int to_dir, const char *to)
{
    char full_from[PATH_MAX], full_to[PATH_MAX];
    if (!power())
        return -1;
    full_path(from_dir, from, full_from);
    full_path(to_dir, to, full_to);
    struct change *c = change_new(full_to);
    snprintf(c->from, sizeof c->from, "%s", full_from);
    keep(c, full_to);
    return real->renameat(from_dir, from, to_dir, to);
}

static int
crash_unlinkat(int at, const char *path, int flags)
{
    char full[PATH_MAX];
    struct stat st;
    if (!power())
        return -1;
    if ((flags & AT_REMOVEDIR) == 0 && fstatat(at, path, &st, AT_SYMLINK_NOFOLLOW) == 0) {
        full_path(at, path, full);
        keep(change_new(full), full);
    }
    return real->unlinkat(at, path, flags);
}

static int
crash_mkdirat(int at, const char *path, mode_t mode)
{
    char full[PATH_MAX];
    if (!power())
        return -1;
    int r = real->mkdirat(at, path, mode);
    if (r == 0) {
        full_path(at, path, full);
        change_new(full)->folder_made = true;
    }
    return r;
}

static int
crash_ftruncate(int fd, off_t size)
{
    return power() ? real->ftruncate(fd, size) : -1;
}

static int
crash_fallocate(int fd, off_t from, off_t size)
{
    return power() ? real->fallocate(fd, from, size) : EIO;
}

static const struct os_calls crash_calls = {
    crash_openat,   crash_write,    crash_pwrite,  crash_sync,      crash_sync,
    crash_renameat, crash_unlinkat, crash_mkdirat, crash_ftruncate, crash_fallocate,
};

static int find_inode(const char *path, const struct stat *st, int kind, struct FTW *at);
static ino_t wanted;
static char found_path[PATH_MAX];

static int
find_inode(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)kind, (void)at;
    if (st->st_ino != wanted || !S_ISREG(st->st_mode))
        return 0;
    snprintf(found_path, sizeof found_path, "%s", path);
    return 1;
}

/* Takes W back: all of it, none, from a byte on, or some of its sectors. */
static void
take_back(const struct unsynced *w)
{
    wanted = w->inode;
    if (nftw(folder, find_inode, 8, FTW_PHYS) != 1 && nftw(spare, find_inode, 8, FTW_PHYS) != 1)
        return;
    int fd = open(found_path, O_WRONLY);
    assert_true(fd >= 0);
    unsigned how = (unsigned)rand_r(&seed) % 4;
    size_t cut = how == 2 && w->n > 0 ? (size_t)rand_r(&seed) % w->n : 0;
    for (size_t at = 0; how > 0 && at < w->n; at += SECTOR) {
        size_t n = w->n - at < SECTOR ? w->n - at : SECTOR;
        if (how == 3 && rand_r(&seed) % 2 == 0)
            continue;
        size_t from = how == 2 && cut > at ? (cut - at < n ? cut - at : n) : 0;
        assert_int_equal(pwrite(fd, w->before + at + from, n - from, w->at + (off_t)(at + from)),
                         (ssize_t)(n - from));
    }
    if (how == 1 && w->at >= w->old_size)
        assert_int_equal(ftruncate(fd, w->old_size), 0);
    close(fd);
}

/* Undoes a change of names. Renames are atomic: the old file or the new one has the name. */
static void
undo(const struct change *c)
{
    if (c->folder_made) {
        rmdir(c->to); /* only if nothing in it stayed */
        return;
    }
    if (c->from[0] != '\0')
        rename(c->to, c->from);
    else if (c->saved[0] == '\0')
        unlink(c->to);
    if (c->saved[0] != '\0' && link(c->saved, c->to) != 0)
        /* What replaced it stays, or its folder is gone for good. */
        assert_true(errno == EEXIST || errno == ENOENT);
}

/* The power is back: what was not synced is there or not, newest first. */
static void
lose_power(void)
{
    for (size_t i = write_n; i > 0; i--) {
        take_back(&writes[i - 1]);
        free(writes[i - 1].before);
    }
    bool undoing = true;
    for (size_t i = change_n; i > 0; i--) {
        /* A journaling file system keeps the order of names: undo a tail of them. */
        undoing = undoing && rand_r(&seed) % 3 != 0;
        if (undoing)
            undo(&changes[i - 1]);
        if (changes[i - 1].saved[0] != '\0')
            unlink(changes[i - 1].saved);
    }
    write_n = change_n = 0;
    dead = false;
    calls_left = -1;
}

static int64_t
steady_now(void)
{
    static int64_t now = INT64_C(1775001600000000);
    return now += 1000;
}

static struct ledger *
open_log(struct err *err)
{
    struct ledger_start found;
    struct ledger_config config = {.dir = dir,
                                   .origin = "crash.sekisho.invalid/n1/1",
                                   .journal_bytes = 2 << 20,
                                   .free_refuse_bytes = 1,
                                   .version = "0.0.0",
                                   .now_us = steady_now};
    return ledger_open(&config, &found, err);
}

static void
note_seen(const struct ledger *l)
{
    struct tlog_tree tree = {ledger_signed_size(l), {{0}}};
    ledger_signed_root(l, tree.root.b);
    if (note_n > 0 && notes[note_n - 1].size == tree.size)
        return;
    assert_true(note_n < NOTES_MOST);
    notes[note_n++] = tree;
}

/* Entries [first, size) of one group are durable: their rows counted on from SEQ. */
static void
acknowledge(uint64_t first, uint64_t seq, uint64_t size)
{
    for (uint64_t i = first; i < size; i++) {
        char data[64];
        snprintf(data, sizeof data, "{\"cases\":%llu,\"result\":\"up\"}",
                 (unsigned long long)(seq + i - first + 1));
        assert_null(entries[i]);
        entries[i] = strdup(data);
    }
    acked_n = size;
}

/* Some work. Returns when the power goes. */
static void
work(struct ledger *l)
{
    for (int group = 0; group < 6 && !dead; group++) {
        char data[64];
        struct ledger_stamp stamp;
        uint64_t first = ledger_size(l);
        unsigned n = 1 + (unsigned)rand_r(&seed) % (group == 3 ? 300 : 9);
        for (unsigned i = 0; i < n; i++) {
            uint64_t seq = ledger_head(l, STR("gated")) + 1;
            snprintf(data, sizeof data, "{\"cases\":%llu,\"result\":\"up\"}",
                     (unsigned long long)seq);
            struct ledger_input in = {STR("gated"), seq, STR("gate.probe"), str_of(data)};
            if (ledger_take(l, &in, &stamp, NULL) != LEDGER_TAKEN)
                return;
            assert_true(stamp.index == first + i && stamp.index < ENTRIES_MOST);
        }
        if (ledger_commit(l, NULL) != 0)
            return;
        acknowledge(first, ledger_head(l, STR("gated")) - n, ledger_size(l));
        if (ledger_slice(l, NULL) < 0)
            return;
        if (group % 2 == 1 && ledger_publish(l, NULL) == 0)
            note_seen(l);
    }
}

static int
hash_tile(void *context, const struct tile *tile, struct tlog_hash *ret, struct err *err)
{
    char path[TILE_PATH_BYTES];
    struct buf b;
    tile_path(tile, path);
    buf_init(&b, TILE_BYTES);
    int r = file_read(*(int *)context, path, TILE_BYTES, &b, err);
    if (r == 0)
        memcpy(ret, b.p, tile->width * (size_t)TLOG_HASH_BYTES);
    buf_free(&b);
    return r;
}

/* Every acknowledged entry is in the tiles; every checkpoint seen is extended by the present tree.
 */
static void
judge(struct ledger *l)
{
    struct err err;
    struct buf receipt;
    int log = openat(dir, "log", O_RDONLY | O_DIRECTORY);
    struct tile_source *tiles = malloc(sizeof *tiles);
    struct tlog_tree now = {ledger_signed_size(l), {{0}}};
    ledger_signed_root(l, now.root.b);
    assert_true(now.size >= acked_n);
    tile_source_init(tiles, hash_tile, &log, now.size);
    struct tlog_source source = tile_source_of(tiles);
    for (size_t i = 0; i < note_n; i++) {
        struct tlog_proof proof;
        assert_int_equal(tlog_prove_consistency(notes[i].size, now.size, &source, &proof, &err), 0);
        assert_true(tlog_check_consistency(&proof, &notes[i], &now));
    }
    buf_init(&receipt, 65536);
    assert_int_equal(ledger_prove(l, now.size - 1, true, &receipt, &err), 0);
    buf_free(&receipt);
    free(tiles);
    struct buf bundle;
    buf_init(&bundle, TILE_BUNDLE_MOST);
    for (uint64_t n = 0; n * TILE_WIDTH < now.size; n++) {
        char path[TILE_PATH_BYTES];
        struct tile tile = {TILE_ENTRIES, n, tile_width(now.size, 0, n)};
        tile_path(&tile, path);
        buf_clear(&bundle);
        assert_int_equal(file_read(log, path, TILE_BUNDLE_MOST, &bundle, &err), 0);
        struct str rest = buf_str(&bundle), bytes;
        for (uint64_t i = n * TILE_WIDTH; bundle_next(&rest, &bytes); i++) {
            struct entry e;
            assert_int_equal(entry_parse(bytes, &e, &err), 0);
            if (i < acked_n && entries[i] != NULL)
                assert_true(str_equal_z(e.data, entries[i]));
        }
    }
    buf_free(&bundle);
    close(log);
}

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st, (void)kind, (void)at;
    return remove(path);
}

static void
fresh_folders(void)
{
    snprintf(folder, sizeof folder, "/tmp/ledger_crash.XXXXXX");
    snprintf(spare, sizeof spare, "/tmp/ledger_spare.XXXXXX");
    assert_non_null(mkdtemp(folder));
    assert_non_null(mkdtemp(spare));
    dir = file_open_dir(AT_FDCWD, folder, NULL);
    acked_n = note_n = 0;
    for (size_t i = 0; i < ENTRIES_MOST; i++) {
        free(entries[i]);
        entries[i] = NULL;
    }
}

static void
drop_folders(void)
{
    file_close(&dir);
    nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    nftw(spare, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* One life: open, work until the power goes at call AT, power back, judge; three times over. */
static long
one_life(long at)
{
    struct err err;
    fresh_folders();
    long made = 0;
    for (int crash = 0; crash < 3; crash++) {
        os_calls_set(&crash_calls);
        calls_left = crash == 0 ? at : at < 0 ? -1 : (long)(rand_r(&seed) % 120);
        calls_made = 0;
        struct ledger *l = open_log(&err);
        if (l != NULL) {
            note_seen(l);
            if (acked_n < ledger_size(l))
                acked_n = ledger_size(l);
            work(l);
            ledger_close(l);
        } else if (!dead) {
            fail_msg("call %ld, crash %d, seed %u: %s: %s", at, crash, seed, err.code, err.detail);
        }
        if (crash == 0)
            made = calls_made;
        os_calls_set(NULL);
        lose_power();
    }
    struct ledger *l = open_log(&err);
    if (l == NULL)
        fail_msg("call %ld: %s: %s", at, err.code, err.detail);
    judge(l);
    ledger_close(l);
    drop_folders();
    return made;
}

static unsigned step = 7;

static void
no_power_cut_loses_what_was_acknowledged(void **state)
{
    (void)state;
    long all = one_life(-1);
    assert_true(all > 100);
    unsigned lives = 0;
    for (long at = 0; at < all; at += step, lives++)
        one_life(at);
    print_message("# %u power cuts over %ld calls\n", lives * 3, all);
    fresh_folders(); /* frees the entries */
    drop_folders();
}

int
main(int argc, char **argv)
{
    uint64_t n;
    if (argc > 1 && str_to_u64(str_of(argv[1]), &n) && n > 0)
        step = (unsigned)n;
    if (argc > 2 && str_to_u64(str_of(argv[2]), &n))
        seed = (unsigned)n;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_power_cut_loses_what_was_acknowledged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
