/*
 * ledger: see ledger.h. Run by ledgerd alone.
 *
 * Invariants: signed size <= committed <= size; entries [committed, size) are the group and in
 * memory only; [pending.first, size) are in `pending`; everything below `committed` survives a
 * crash.
 */
#include "core/ledger/ledger.h"

#include "base/crypt/secret.h"
#include "base/mem/ensure.h"
#include "base/os/file.h"
#include "base/os/time.h"
#include "core/ledger/inside.h"
#include "format/tlog/canon.h"
#include "format/tlog/receipt.h"
#include "proto/ledger/kinds.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CLOCK_BACK_US = 2000000 };

int
ledger_break(struct ledger *ledger)
{
    ledger->broken = true;
    return -1;
}

static int
alive(const struct ledger *ledger, struct err *err)
{
    return ledger->broken ? ERR(err, "ledger.broken", "%s", ledger->config.origin) : 0;
}

static int64_t
now_us(const struct ledger *ledger)
{
    return ledger->config.now_us != NULL ? ledger->config.now_us() : time_now_us();
}

static int
folders_open(struct ledger *ledger, struct err *err)
{
    int dir = ledger->config.dir;
    if (file_mkdirs(dir, "state/tmp", 0700, err) != 0 ||
        file_mkdirs(dir, "log/tile", 0755, err) != 0)
        return -1;
    ledger->log_dir = file_open_dir(dir, "log", err);
    ledger->state_dir = file_open_dir(dir, "state", err);
    if (ledger->log_dir < 0 || ledger->state_dir < 0)
        return -1;
    ledger->lock = file_lock(ledger->state_dir, "lock", err);
    return ledger->lock < 0 ? -1 : 0;
}

/* The first words of a new log, or of a new run. */
static int
begin(struct ledger *ledger, const struct ledger_start *start, struct err *err)
{
    struct buf data;
    const char *origin = ledger->config.origin;
    const char *epoch = strrchr(origin, '/');
    struct str site_node = {origin, epoch == NULL ? strlen(origin) : (size_t)(epoch - origin)};
    uint64_t epoch_number;
    size_t node = site_node.n;
    while (node > 0 && site_node.p[node - 1] != '/')
        node--;
    if (epoch == NULL || node == 0 || !str_to_u64(str_of(epoch + 1), &epoch_number))
        return ERR(err, "ledger.key", "the origin is not site/node/epoch: %s", origin);
    buf_init(&data, ENTRY_MOST);
    if (ledger->size == 0)
        buf_printf(&data, "{\"epoch\":%llu,\"node\":\"%.*s\",\"vkey\":\"%s\"}",
                   (unsigned long long)epoch_number,
                   STR_FMT(str_slice(site_node, node, site_node.n)), ledger->vkey);
    else
        buf_printf(&data, "{\"dropped\":%llu,\"replayed\":%llu,\"version\":\"%s\"}",
                   (unsigned long long)start->dropped, (unsigned long long)start->replayed,
                   ledger->config.version);
    int r = ledger_take_own(ledger, ledger->size == 0 ? "ledger.opened" : "ledger.started",
                            buf_str(&data), err);
    buf_free(&data);
    return r != 0 ? -1 : ledger_commit(ledger, err);
}

static int
start(struct ledger *ledger, struct ledger_start *ret, struct err *err)
{
    if (folders_open(ledger, err) != 0)
        return -1;
    int empty = recover(ledger, ret, err);
    if (empty < 0 || (empty > 0 && recover_create(ledger, err) != 0))
        return -1;
    ret->created = ledger->size == 0;
    if (ledger_publish(ledger, err) != 0 || segment_open(ledger, ledger->size, err) != 0)
        return -1;
    if (begin(ledger, ret, err) != 0)
        return -1;
    return ledger_publish(ledger, err);
}

struct ledger *
ledger_open(const struct ledger_config *config, struct ledger_start *ret_start, struct err *err)
{
    struct ledger *ledger = calloc(1, sizeof *ledger);
    ensure(ledger != NULL);
    *ret_start = (struct ledger_start){0};
    ledger->config = *config;
    if (ledger->config.journal_bytes == 0)
        ledger->config.journal_bytes = UINT64_C(16) << 20;
    if (ledger->config.free_refuse_bytes == 0)
        ledger->config.free_refuse_bytes = UINT64_C(64) << 20;
    ensure(ledger->config.journal_bytes >= 2 * LEDGER_GROUP_BYTES);
    ledger->log_dir = ledger->state_dir = ledger->lock = ledger->segment.fd = -1;
    ledger->seed = secret_new(SIGN_SEED_BYTES);
    buf_init(&ledger->note, NOTE_MOST);
    pending_init(&ledger->pending, 0);
    if (start(ledger, ret_start, err) == 0)
        return ledger;
    ledger_close(ledger);
    return NULL;
}

void
ledger_close(struct ledger *ledger)
{
    if (ledger == NULL)
        return;
    file_close(&ledger->segment.fd);
    file_close(&ledger->log_dir);
    file_close(&ledger->state_dir);
    file_close(&ledger->lock);
    secret_free(ledger->seed);
    pending_free(&ledger->pending);
    buf_free(&ledger->note);
    free(ledger->sources);
    free(ledger);
}

bool
ledger_group_full(const struct ledger *ledger)
{
    return ledger->size - ledger->committed >= LEDGER_GROUP_ENTRIES - 1 ||
           ledger->group_bytes >= LEDGER_GROUP_BYTES - 4 * ENTRY_MOST;
}

int64_t
ledger_free_bytes(const struct ledger *ledger, struct err *err)
{
    return file_free_bytes(ledger->state_dir, err);
}

/* Whether a group may be begun. */
static int
has_room(const struct ledger *ledger, struct err *err)
{
    if (ledger->size > ledger->committed)
        return ledger_group_full(ledger) ? ERR(err, "ledger.busy", "the group is full") : 0;
    int64_t left = ledger_free_bytes(ledger, err);
    if (left < 0)
        return -1;
    if ((uint64_t)left < ledger->config.free_refuse_bytes)
        return ERR(err, "ledger.full", "%lld bytes left", (long long)left);
    return 0;
}

/* Stamps E, adds it to the group and to what is known of its source. */
static int
add(struct ledger *ledger, struct source *source, struct entry *e, struct ledger_stamp *ret,
    struct err *err)
{
    struct buf bytes;
    buf_init(&bytes, ENTRY_MOST);
    int64_t now = now_us(ledger);
    e->at_us = now > ledger->last_at_us ? now : ledger->last_at_us;
    entry_put(&bytes, e);
    if (bytes.over) {
        buf_free(&bytes);
        return ERR(err, "ledger.entry", "longer than %d bytes", ENTRY_MOST);
    }
    pending_add(&ledger->pending, buf_str(&bytes));
    ledger->group_bytes += bytes.n + JOURNAL_RECORD_HEAD;
    buf_free(&bytes);
    source_note(source, e, ledger->size);
    ledger->last_at_us = e->at_us;
    *ret = (struct ledger_stamp){ledger->size++, e->at_us};
    return LEDGER_TAKEN;
}

static int
duplicate(struct ledger *ledger, struct source *source, const struct ledger_input *input,
          struct ledger_stamp *ret, struct err *err)
{
    struct known_place place;
    if (source_place(ledger, source, input->seq, &place, err) != 0)
        return -1;
    if (place.tag != source_tag(input->kind, input->data))
        return ERR(err, "ledger.reused", "%s %llu stands for another entry", source->name,
                   (unsigned long long)input->seq);
    *ret = (struct ledger_stamp){place.index, place.at_us};
    return LEDGER_DUPLICATE;
}

static int
take(struct ledger *ledger, const struct ledger_input *input, struct ledger_stamp *ret,
     struct err *err)
{
    if (ledger_row_check(input->source, input->kind, input->data, err) != 0)
        return -1;
    struct source *source = source_get(ledger, input->source);
    if (source == NULL)
        return ERR(err, "ledger.kind", "more than %d sources", LEDGER_SOURCES_MOST);
    if (input->seq == 0 || input->seq > CANON_INTEGER_MOST)
        return ERR(err, "ledger.reused", "seq %llu", (unsigned long long)input->seq);
    if (input->seq <= source->head)
        return duplicate(ledger, source, input, ret, err);
    if (input->seq > source->head + 1)
        return ERR(err, "ledger.gap", "%s %llu after %llu", source->name,
                   (unsigned long long)input->seq, (unsigned long long)source->head);
    struct entry e = {0, input->data, input->kind, input->seq, input->source};
    return add(ledger, source, &e, ret, err);
}

/* A clock that was set back is itself an event; `at` stands still until it has caught up. */
static int
note_clock(struct ledger *ledger, struct err *err)
{
    int64_t back = ledger->last_at_us - now_us(ledger);
    if (back <= CLOCK_BACK_US || ledger->clock_noted) {
        ledger->clock_noted = ledger->clock_noted && back > 0;
        return 0;
    }
    char data[64];
    ledger->clock_noted = true;
    snprintf(data, sizeof data, "{\"back_us\":%lld}", (long long)back);
    return ledger_take_own(ledger, "ledger.clock", str_of(data), err);
}

int
ledger_take(struct ledger *ledger, const struct ledger_input *input, struct ledger_stamp *ret,
            struct err *err)
{
    if (alive(ledger, err) != 0 || has_room(ledger, err) != 0)
        return -1;
    if (str_equal_z(input->source, "ledgerd"))
        return ERR(err, "ledger.kind", "ledgerd speaks for itself");
    if (note_clock(ledger, err) != 0)
        return -1;
    return take(ledger, input, ret, err);
}

int
ledger_take_own(struct ledger *ledger, const char *kind, struct str data, struct err *err)
{
    struct ledger_stamp stamp;
    struct ledger_input input = {STR("ledgerd"), ledger_head(ledger, STR("ledgerd")) + 1,
                                 str_of(kind), data};
    if (alive(ledger, err) != 0)
        return -1;
    return take(ledger, &input, &stamp, err) < 0 ? -1 : 0;
}

int
ledger_commit(struct ledger *ledger, struct err *err)
{
    if (alive(ledger, err) != 0)
        return -1;
    if (ledger->size == ledger->committed)
        return 0;
    if (segment_write_group(ledger, err) != 0)
        return ledger_break(ledger);
    ledger->committed = ledger->size;
    ledger->group_bytes = 0;
    return 0;
}

int
ledger_slice(struct ledger *ledger, struct err *err)
{
    if (alive(ledger, err) != 0)
        return -1;
    ensure(ledger->size == ledger->committed);
    for (int i = 0; i < LEDGER_SLICE; i++) {
        if (ledger->pending.n < TILE_WIDTH)
            return 0;
        if (publish_bundle(ledger, err) != 0)
            return ledger_break(ledger);
    }
    return ledger->pending.n >= TILE_WIDTH;
}

int
ledger_publish(struct ledger *ledger, struct err *err)
{
    if (alive(ledger, err) != 0)
        return -1;
    if (ledger->committed == ledger->signed_tree.size)
        return 0;
    return publish_all(ledger, err) == 0 ? 0 : ledger_break(ledger);
}

uint64_t
ledger_size(const struct ledger *ledger)
{
    return ledger->committed;
}

uint64_t
ledger_signed_size(const struct ledger *ledger)
{
    return ledger->signed_tree.size;
}

int64_t
ledger_last_at_us(const struct ledger *ledger)
{
    return ledger->last_at_us;
}

uint64_t
ledger_head(const struct ledger *ledger, struct str source)
{
    const struct source *found = source_find(ledger, source);
    return found == NULL ? 0 : found->head;
}

struct str
ledger_note(const struct ledger *ledger)
{
    return buf_str(&ledger->note);
}

void
ledger_signed_root(const struct ledger *ledger, unsigned char ret[32])
{
    memcpy(ret, ledger->signed_tree.root.b, TLOG_HASH_BYTES);
}

const char *
ledger_origin(const struct ledger *ledger)
{
    return ledger->config.origin;
}

const char *
ledger_vkey(const struct ledger *ledger)
{
    return ledger->vkey;
}

static int
prove(struct ledger *ledger, uint64_t index, struct str entry, struct buf *ret, struct err *err)
{
    struct tlog_proof proof;
    struct tile_source *tiles = malloc(sizeof *tiles);
    ensure(tiles != NULL);
    tile_source_init(tiles, read_tile_of, &ledger->log_dir, ledger->signed_tree.size);
    struct tlog_source source = tile_source_of(tiles);
    int r = tlog_prove_inclusion(ledger->signed_tree.size, index, &source, &proof, err);
    free(tiles);
    if (r != 0)
        return -1;
    receipt_put(ret, entry, index, &proof, buf_str(&ledger->note));
    return buf_done(ret, err);
}

int
ledger_prove(struct ledger *ledger, uint64_t index, bool with_entry, struct buf *ret,
             struct err *err)
{
    struct buf bundle;
    struct str entry = {NULL, 0};
    if (index >= ledger->committed)
        return ERR(err, "ledger.no_entry", "%llu", (unsigned long long)index);
    if (index >= ledger->signed_tree.size)
        return ERR(err, "ledger.pending", "%llu", (unsigned long long)index);
    if (!with_entry)
        return prove(ledger, index, entry, ret, err);
    uint64_t n = index / TILE_WIDTH;
    buf_init(&bundle, TILE_BUNDLE_MOST);
    int r =
        read_bundle(ledger->log_dir, n, tile_width(ledger->signed_tree.size, 0, n), &bundle, err);
    struct str rest = buf_str(&bundle);
    for (uint64_t i = n * TILE_WIDTH; r == 0 && i <= index; i++)
        ensure(bundle_next(&rest, &entry));
    if (r == 0)
        r = prove(ledger, index, entry, ret, err);
    buf_free(&bundle);
    return r;
}
