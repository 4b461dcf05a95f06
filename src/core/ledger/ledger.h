/*
 * ledger: the writer of one log (one epoch of one node): journal, tree, tiles, signed checkpoints.
 *
 * Linked into ledgerd only. Entries are taken (stamped, checked), committed as one group (one
 * write, one sync), and only then acknowledged by the caller; later they are published as tiles
 * under a signed checkpoint. After -1 from a function marked "breaks" the disk holds what nobody
 * knows: every later call fails with ledger.broken, and the process must end; the next start reads
 * what is really there.
 *
 * Folder of an epoch:
 *   log/    checkpoint, vkey, history/<size>, tile/… (C2SP tlog-tiles): readable by all
 *   state/  key.<id> (32 bytes), signed, journal.<n>, lock, tmp/: of this process alone
 */
#ifndef CORE_LEDGER_LEDGER_H
#define CORE_LEDGER_LEDGER_H

#include "base/mem/buf.h"
#include "base/mem/err.h"
#include "base/mem/str.h"

#include <stdbool.h>
#include <stdint.h>

struct ledger;

enum {
    LEDGER_GROUP_ENTRIES = 1024,
    LEDGER_GROUP_BYTES = 1 << 20,
    LEDGER_SOURCES_MOST = 64,
    LEDGER_SLICE = 8 /* full bundles written between two groups */
};

struct ledger_config {
    int dir;                    /* folder of the epoch; borrowed, stays open */
    const char *origin;         /* <site>/<node>/<epoch> */
    uint64_t journal_bytes;     /* of one segment; 0: 16 MiB */
    uint64_t free_refuse_bytes; /* appends are refused below; 0: 64 MiB */
    const char *version;        /* of this program, for ledger.started */
    int64_t (*now_us)(void);    /* NULL: the system's clock */
};

/* What a start found. */
struct ledger_start {
    bool created;
    uint64_t replayed; /* entries that were in the journal only */
    uint64_t dropped;  /* records of a torn group that nobody was told about */
};

/*
 * Opens the log in CONFIG->dir, or makes it when the folder is empty; takes its lock, checks the
 * right edge of the tiles against the last signed checkpoint, replays the journal, publishes what
 * it held, and appends ledger.opened or ledger.started. NULL with err: file.locked, ledger.no_state
 * (a copy or a restore: never continued), ledger.damaged (an acknowledged entry is gone),
 * ledger.key, file.*.
 */
struct ledger *ledger_open(const struct ledger_config *config, struct ledger_start *ret_start,
                           struct err *err);

/* Closes files and wipes the key. Nothing is published. NULL is fine. */
void ledger_close(struct ledger *ledger);

enum ledger_taken { LEDGER_TAKEN = 0, LEDGER_DUPLICATE = 1 };

struct ledger_stamp {
    uint64_t index;
    int64_t at_us;
};

/* One entry on its way in. */
struct ledger_input {
    struct str source; /* from the channel */
    uint64_t seq;
    struct str kind;
    struct str data;
};

/*
 * Takes one entry into the group. LEDGER_TAKEN: *RET tells where it will stand once ledger_commit
 * said 0; LEDGER_DUPLICATE: where it stands (or, in this very group, will). -1 with ledger.kind,
 * ledger.entry, ledger.gap, ledger.reused (the seq stands for another entry), ledger.full,
 * ledger.broken: nothing taken.
 */
int ledger_take(struct ledger *ledger, const struct ledger_input *input, struct ledger_stamp *ret,
                struct err *err);

/* Takes an entry of ledgerd itself. Errors as above. */
int ledger_take_own(struct ledger *ledger, const char *kind, struct str data, struct err *err);

/* True when the group should be committed before more is taken. */
bool ledger_group_full(const struct ledger *ledger);

/* Makes the group durable: one write, one sync. 0 also when it is empty. Breaks. */
int ledger_commit(struct ledger *ledger, struct err *err);

/* Writes at most LEDGER_SLICE full bundles that wait, without a checkpoint. 1 when more wait, 0
 * when none does. The group must be committed. Breaks. */
int ledger_slice(struct ledger *ledger, struct err *err);

/* Publishes all that is committed under a signed checkpoint; nothing to do is 0. Breaks. */
int ledger_publish(struct ledger *ledger, struct err *err);

/* Entries committed; entries under the signed checkpoint; the time of the newest entry. */
uint64_t ledger_size(const struct ledger *ledger);
uint64_t ledger_signed_size(const struct ledger *ledger);
int64_t ledger_last_at_us(const struct ledger *ledger);

/* The last seq that is committed or taken of SOURCE; 0: none. */
uint64_t ledger_head(const struct ledger *ledger, struct str source);

/* The signed checkpoint, borrowed until the next publish; its root. */
struct str ledger_note(const struct ledger *ledger);
void ledger_signed_root(const struct ledger *ledger, unsigned char ret[32]);

/* The origin; the key as text. Borrowed. */
const char *ledger_origin(const struct ledger *ledger);
const char *ledger_vkey(const struct ledger *ledger);

/* Appends the receipt of entry INDEX under the signed checkpoint, with the entry in it or without.
 * Err ledger.pending when it covers the entry not yet, ledger.no_entry, ledger.tile, file.*. */
int ledger_prove(struct ledger *ledger, uint64_t index, bool with_entry, struct buf *ret,
                 struct err *err);

/* Free bytes left on the log's disk, or -1 with err. */
int64_t ledger_free_bytes(const struct ledger *ledger, struct err *err);

#endif
