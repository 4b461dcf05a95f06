/*
 * inside: what the parts of core/ledger share. Nothing outside this folder includes it.
 */
#ifndef CORE_LEDGER_INSIDE_H
#define CORE_LEDGER_INSIDE_H

#include "core/ledger/ledger.h"
#include "format/tlog/entry.h"
#include "format/tlog/journal.h"
#include "format/tlog/note.h"
#include "format/tlog/tile.h"

enum {
    LEDGER_KNOWN = 512, /* places remembered of each source */
    LEDGER_NAME = 64,
    PUBLIC_MODE = 0644,
    PRIVATE_MODE = 0600
};

struct known_place {
    uint64_t index;
    int64_t at_us;
    uint64_t tag; /* of kind and data: a seq that comes again must bring the same */
};

struct source {
    char name[ENTRY_SOURCE_MOST + 1];
    uint64_t head;
    uint64_t low;                           /* places of seq [low, head] are known */
    struct known_place known[LEDGER_KNOWN]; /* by seq modulo */
};

/* Entries in bundle form, [first, first + n): those whose full bundle is not in the files yet. */
struct pending {
    uint64_t first; /* a multiple of TILE_WIDTH */
    size_t n;
    struct buf bytes;
    size_t *at; /* place of each entry's length in bytes */
    size_t cap;
};

/* The open journal segment. */
struct segment {
    int fd;
    uint64_t number;
    uint64_t end; /* place of the next record */
    uint64_t size;
    struct journal_header header;
};

struct ledger {
    struct ledger_config config;
    int log_dir;
    int state_dir;
    int lock;
    bool broken;
    bool clock_noted; /* ledger.clock was written for the present step back */
    char vkey[NOTE_VKEY_CHARS];
    struct note_key key;
    uint8_t *seed;      /* locked memory */
    uint64_t committed; /* entries durable in the journal or the tiles */
    uint64_t size;      /* and those of the group */
    size_t group_bytes;
    struct pending pending;
    /* Partial tiles of levels 1 … at pending.first: hashes of full tiles below. */
    struct tlog_hash row[TILE_LEVELS][TILE_WIDTH];
    struct tlog_tree signed_tree;
    int64_t signed_at_us; /* time of the last entry under it */
    struct buf note;
    int64_t last_at_us;
    struct segment segment;
    struct source *sources;
    size_t source_count;
};

/* Marks LEDGER broken and is -1. */
int ledger_break(struct ledger *ledger);

/* pending.c */
void pending_init(struct pending *p, uint64_t first);
void pending_free(struct pending *p);
void pending_add(struct pending *p, struct str entry);
struct str pending_entry(const struct pending *p, uint64_t index);
/* The bundle of W entries at the front. */
struct str pending_bundle(const struct pending *p, unsigned w);
/* Forgets the first bundle. */
void pending_drop(struct pending *p);

/* sources.c */
struct source *source_find(const struct ledger *ledger, struct str name);
/* The source of NAME, made if new; NULL when there are LEDGER_SOURCES_MOST already. */
struct source *source_get(struct ledger *ledger, struct str name);
/* Entry E came to stand at INDEX. */
void source_note(struct source *source, const struct entry *e, uint64_t index);
uint64_t source_tag(struct str kind, struct str data);
/* Finds where SEQ (<= head) of SOURCE stands, reading back in the log if need be. */
int source_place(struct ledger *ledger, struct source *source, uint64_t seq,
                 struct known_place *ret, struct err *err);

/* segment.c: the journal's files */
/* Makes and opens the next segment, for records from INDEX on. */
int segment_open(struct ledger *ledger, uint64_t index, struct err *err);
/* Writes the group [committed, size) and syncs it. */
int segment_write_group(struct ledger *ledger, struct err *err);
/* Removes segments that hold nothing at or above SIZE, never the open one. */
int segment_drop_below(struct ledger *ledger, uint64_t size, struct err *err);
/* Gives every journaled entry from index FROM on to TAKE, in order; *RET_DROPPED counts torn
 * records. Err ledger.damaged. */
int segment_replay(struct ledger *ledger, uint64_t from, journal_take *take, uint64_t *ret_dropped,
                   struct err *err);

/* publish.c */
/* Writes the first full bundle that waits, and the tiles it completes. */
int publish_bundle(struct ledger *ledger, struct err *err);
/* Publishes all that is committed. */
int publish_all(struct ledger *ledger, struct err *err);
/* The tree of what is committed. */
void publish_tree(const struct ledger *ledger, struct tlog_tree *ret);
/* Signs TREE and makes state/signed and log/checkpoint durable. */
int publish_sign(struct ledger *ledger, const struct tlog_tree *tree, struct err *err);
/* Puts one small file below log/ in place, durable. */
int publish_small(struct ledger *ledger, const char *path, struct str bytes, struct err *err);

/* recover.c */
/* Reads state/signed and the right edge of the tiles, replays the journal. 0, 1 when the folder is
 * empty, -1 with err. */
int recover(struct ledger *ledger, struct ledger_start *ret_start, struct err *err);
/* Makes folders, key, the signed empty tree. */
int recover_create(struct ledger *ledger, struct err *err);

/* read.c: reading what was published */
int read_bundle(int log_dir, uint64_t n, unsigned width, struct buf *ret, struct err *err);
int read_row(int log_dir, const struct tile *tile, struct tlog_hash *ret, struct err *err);
/* A tile_read over the folder whose fd CONTEXT points to. */
int read_tile_of(void *context, const struct tile *tile, struct tlog_hash *ret, struct err *err);

#endif
