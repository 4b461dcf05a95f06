/*
 * recover: the start of ledgerd: makes a new log, or finds out what an old one really holds.
 *
 * What was signed must be in the tiles, bit for bit at the right edge; what was acknowledged after
 * that must be in the journal. Anything else is "ledger.damaged", and the program stays down: a log
 * is never repaired in place.
 */
#include "core/ledger/inside.h"

#include "base/crypt/encode.h"
#include "base/crypt/hash.h"
#include "base/crypt/secret.h"
#include "base/os/file.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIGNED_MOST = 4 * NOTE_MOST };

/* The key of this log: the only file state/key.<id>. */
static int
note_key_file(void *context, const char *path, const struct stat *st, struct err *err)
{
    char *name = context;
    struct str s = str_of(path);
    if (!str_starts(s, STR("key.")) || !S_ISREG(st->st_mode))
        return 0;
    if (name[0] != '\0' || s.n >= LEDGER_NAME)
        return ERR(err, "ledger.key", "more than one key in state/");
    memcpy(name, s.p, s.n + 1);
    return 0;
}

static int
key_load(struct ledger *ledger, const char *name, struct err *err)
{
    struct buf bytes;
    char want[LEDGER_NAME];
    char id[HEX_CHARS(NOTE_KEY_ID_BYTES) + 1];
    buf_init(&bytes, SIGN_SEED_BYTES + 1);
    int r = file_read(ledger->state_dir, name, SIGN_SEED_BYTES, &bytes, err);
    if (r == 0 && bytes.n != SIGN_SEED_BYTES)
        r = ERR(err, "ledger.key", "%s has %zu bytes", name, bytes.n);
    if (r == 0)
        memcpy(ledger->seed, bytes.p, SIGN_SEED_BYTES);
    if (bytes.p != NULL)
        secret_wipe(bytes.p, bytes.cap);
    buf_free(&bytes);
    if (r != 0 || note_key_make(str_of(ledger->config.origin), NOTE_LOG, ledger->seed, &ledger->key,
                                err) != 0)
        return -1;
    note_key_format(&ledger->key, ledger->vkey);
    hex_encode(ledger->key.id, NOTE_KEY_ID_BYTES, id);
    snprintf(want, sizeof want, "key.%s", id);
    if (strcmp(want, name) != 0)
        return ERR(err, "ledger.key", "%s does not belong to %s", name, ledger->config.origin);
    return 0;
}

static int
key_create(struct ledger *ledger, struct err *err)
{
    char name[LEDGER_NAME];
    char id[HEX_CHARS(NOTE_KEY_ID_BYTES) + 1];
    random_bytes(ledger->seed, SIGN_SEED_BYTES);
    if (note_key_make(str_of(ledger->config.origin), NOTE_LOG, ledger->seed, &ledger->key, err) !=
        0)
        return -1;
    note_key_format(&ledger->key, ledger->vkey);
    hex_encode(ledger->key.id, NOTE_KEY_ID_BYTES, id);
    snprintf(name, sizeof name, "key.%s", id);
    struct file_new new = {ledger->state_dir, "tmp/key", ledger->state_dir, name, PRIVATE_MODE};
    return file_replace(&new, (struct str){(const char *)ledger->seed, SIGN_SEED_BYTES}, err);
}

static int
key_find(struct ledger *ledger, bool create, struct err *err)
{
    char name[LEDGER_NAME] = "";
    if (file_walk(ledger->state_dir, ".", note_key_file, name, err) != 0)
        return -1;
    if (name[0] != '\0')
        return key_load(ledger, name, err);
    return create ? key_create(ledger, err) : ERR(err, "ledger.key", "no key in state/");
}

int
recover_create(struct ledger *ledger, struct err *err)
{
    struct tlog_tree empty = {.size = 0};
    struct buf vkey;
    tlog_empty_root(&empty.root);
    if (key_find(ledger, true, err) != 0)
        return -1;
    buf_init(&vkey, NOTE_VKEY_CHARS + 1);
    buf_put_z(&vkey, ledger->vkey);
    buf_put_char(&vkey, '\n');
    int r = publish_small(ledger, "vkey", buf_str(&vkey), err);
    buf_free(&vkey);
    if (r != 0)
        return -1;
    ledger->signed_tree = empty;
    pending_init(&ledger->pending, 0);
    return publish_sign(ledger, &empty, err);
}

static int
source_line(struct ledger *ledger, struct str line, struct err *err)
{
    struct str word;
    struct str name;
    uint64_t head;
    struct source *source;
    if (!str_split_next(&line, ' ', &word) || !str_equal_z(word, "src") ||
        !str_split_next(&line, ' ', &name) || line.p == NULL || !str_to_u64(line, &head) ||
        source_find(ledger, name) != NULL || (source = source_get(ledger, name)) == NULL)
        return ERR(err, "ledger.damaged", "state/signed");
    source->head = head;
    source->low = head + 1;
    return 0;
}

/* Takes off the last line, "sum " and the SHA-256 of all before it, if it is right. */
static bool
sum_take(struct str *bytes)
{
    enum { SUM_CHARS = 4 + (int)HEX_CHARS(SHA256_BYTES) + 1 };
    uint8_t want[SHA256_BYTES];
    uint8_t got[SHA256_BYTES];
    if (bytes->n < SUM_CHARS)
        return false;
    struct str sum = str_slice(*bytes, bytes->n - SUM_CHARS, bytes->n);
    *bytes = str_slice(*bytes, 0, bytes->n - SUM_CHARS);
    sha256_of(bytes->p, bytes->n, got);
    return str_starts(sum, STR("sum ")) && sum.p[sum.n - 1] == '\n' &&
           hex_decode(str_slice(sum, 4, sum.n - 1), want, sizeof want) &&
           memcmp(want, got, sizeof want) == 0;
}

/* Takes state/signed apart: the note, the source lines, the sum. */
static int
signed_parse(struct ledger *ledger, struct str bytes, struct err *err)
{
    if (!sum_take(&bytes))
        return ERR(err, "ledger.damaged", "state/signed");
    struct note *note = malloc(sizeof *note);
    unsigned key;
    ptrdiff_t cut = str_find(bytes, STR("\nsrc "), 0);
    struct str text = str_slice(bytes, 0, cut < 0 ? bytes.n : (size_t)cut + 1);
    struct str rest = str_slice(bytes, text.n, bytes.n);
    int r = note == NULL ? ERR(err, "ledger.damaged", "memory") : note_parse(text, note, err);
    if (r == 0)
        r = note_check(note, &ledger->key, 1, &key, err);
    if (r == 0) {
        ledger->signed_tree = note->tree;
        buf_put_str(&ledger->note, text);
    }
    free(note);
    if (r != 0)
        return -1;
    if (rest.n > 0 && rest.p[rest.n - 1] != '\n')
        return ERR(err, "ledger.damaged", "state/signed");
    rest = str_slice(rest, 0, rest.n > 0 ? rest.n - 1 : 0);
    struct str line;
    while (rest.n > 0 && str_split_next(&rest, '\n', &line))
        if (source_line(ledger, line, err) != 0)
            return -1;
    return 0;
}

/* Hashes of the last, partial tile of LEVEL into the ledger's rows. */
static int
edge_row(struct ledger *ledger, int level, struct tlog_hash *row, unsigned *ret_width,
         struct err *err)
{
    uint64_t hashes = ledger->signed_tree.size >> (level * TILE_HEIGHT);
    struct tile tile = {level, hashes / TILE_WIDTH, (unsigned)(hashes % TILE_WIDTH)};
    *ret_width = tile.width;
    return tile.width == 0 ? 0 : read_row(ledger->log_dir, &tile, row, err);
}

/* Reads the last bundle again: its entries wait for company when it is partial, and the last
 * entry's time is the one no later entry may be before. */
static int
last_bundle(struct ledger *ledger, const struct tlog_hash *row, struct err *err)
{
    uint64_t size = ledger->signed_tree.size;
    struct buf bytes;
    struct entry e = {.at_us = 0};
    bool partial = size % TILE_WIDTH != 0;
    uint64_t n = (size - 1) / TILE_WIDTH;
    unsigned width = partial ? (unsigned)(size % TILE_WIDTH) : TILE_WIDTH;
    buf_init(&bytes, TILE_BUNDLE_MOST);
    int r = read_bundle(ledger->log_dir, n, width, &bytes, err);
    struct str rest = buf_str(&bytes);
    struct str entry;
    for (unsigned i = 0; r == 0 && i < width && bundle_next(&rest, &entry); i++) {
        struct tlog_hash leaf;
        tlog_leaf_hash(entry, &leaf);
        if (!tlog_hash_equal(&leaf, &row[i]))
            r = ERR(err, "ledger.damaged", "entry %llu", (unsigned long long)(n * TILE_WIDTH + i));
        if (r == 0)
            r = entry_parse(entry, &e, err);
        if (r == 0 && partial)
            pending_add(&ledger->pending, entry);
    }
    buf_free(&bytes);
    ledger->last_at_us = ledger->signed_at_us = e.at_us;
    return r;
}

/* Loads the right edge and compares its root with the signed one. */
static int
edge_load(struct ledger *ledger, struct err *err)
{
    uint64_t size = ledger->signed_tree.size;
    struct tlog_hash leaves[TILE_WIDTH];
    struct tlog_tree tree;
    unsigned width;
    pending_init(&ledger->pending, size / TILE_WIDTH * TILE_WIDTH);
    for (int level = 1; level < TILE_LEVELS; level++)
        if (edge_row(ledger, level, ledger->row[level], &width, err) != 0)
            return -1;
    if (size > 0) {
        struct tile full = {0, (size - 1) / TILE_WIDTH, TILE_WIDTH};
        if (edge_row(ledger, 0, leaves, &width, err) != 0 ||
            (width == 0 && read_row(ledger->log_dir, &full, leaves, err) != 0) ||
            last_bundle(ledger, leaves, err) != 0)
            return -1;
    }
    ledger->size = ledger->committed = size;
    publish_tree(ledger, &tree);
    if (!tlog_hash_equal(&tree.root, &ledger->signed_tree.root))
        return ERR(err, "ledger.damaged", "the tiles do not give the signed root");
    return 0;
}

static int
replay_entry(void *context, const struct journal_record *record, struct err *err)
{
    struct ledger *ledger = context;
    struct entry e;
    struct source *source;
    if (record->index != ledger->size || entry_parse(record->entry, &e, err) != 0 ||
        e.at_us < ledger->last_at_us || (source = source_get(ledger, e.src)) == NULL ||
        e.seq != source->head + 1)
        return ERR(err, "ledger.damaged", "journal, entry %llu", (unsigned long long)record->index);
    pending_add(&ledger->pending, record->entry);
    source_note(source, &e, record->index);
    ledger->last_at_us = e.at_us;
    ledger->size++;
    ledger->committed++;
    return 0;
}

/* An unreadable tile or note of ours means damage, whatever the reader called it. */
static int
as_damage(struct err *err)
{
    if (err_is(err, "ledger.tile") || err_is(err, "ledger.note") || err_is(err, "ledger.entry") ||
        err_is(err, "file.missing") || err_is(err, "file.size") || err_is(err, "file.kind")) {
        char detail[ERR_DETAIL_BYTES];
        snprintf(detail, sizeof detail, "%s", err->detail);
        return ERR(err, "ledger.damaged", "%s", detail);
    }
    return -1;
}

static int
load(struct ledger *ledger, struct str bytes, struct ledger_start *ret_start, struct err *err)
{
    if (key_find(ledger, false, err) != 0 || signed_parse(ledger, bytes, err) != 0 ||
        edge_load(ledger, err) != 0)
        return -1;
    uint64_t before = ledger->size;
    if (segment_replay(ledger, before, replay_entry, &ret_start->dropped, err) != 0)
        return -1;
    ret_start->replayed = ledger->size - before;
    /* A crash may have come between state/signed and checkpoint. */
    return publish_small(ledger, "checkpoint", buf_str(&ledger->note), err);
}

static int
see_any(void *context, const char *path, const struct stat *st, struct err *err)
{
    (void)context, (void)err;
    return S_ISDIR(st->st_mode) || strcmp(path, "vkey") == 0 ? 0 : 1;
}

int
recover(struct ledger *ledger, struct ledger_start *ret_start, struct err *err)
{
    struct buf bytes;
    struct err local;
    buf_init(&bytes, SIGNED_MOST);
    int r = file_read(ledger->state_dir, "signed", SIGNED_MOST, &bytes, &local);
    if (r == 0) {
        r = load(ledger, buf_str(&bytes), ret_start, &local);
        if (r != 0)
            as_damage(&local);
    } else if (err_is(&local, "file.missing")) {
        r = file_walk(ledger->log_dir, ".", see_any, NULL, &local);
        if (r == 1)
            r = ERR(&local, "ledger.no_state", "%s", ledger->config.origin);
        else if (r == 0)
            r = 1;
    }
    buf_free(&bytes);
    if (r < 0 && err != NULL)
        *err = local;
    return r;
}
