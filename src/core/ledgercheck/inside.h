/*
 * inside: what the parts of core/ledgercheck share.
 */
#ifndef CORE_LEDGERCHECK_INSIDE_H
#define CORE_LEDGERCHECK_INSIDE_H

#include "core/ledgercheck/check.h"
#include "format/tlog/entry.h"
#include "format/tlog/tile.h"

/* A content that was not given: right only if its record was erased later. */
struct missing {
    uint64_t index;
    uint64_t record; /* digest of the record's id */
};

struct rules {
    uint64_t seq[CHECK_SOURCES_MOST];
    size_t content_at; /* place in options->contents */
    struct missing *missing;
    size_t missing_n, missing_cap;
    uint64_t *erased; /* digests of the ids of erased records */
    size_t erased_n, erased_cap;
};

struct check {
    const struct check_options *options;
    struct check_report *report;
    struct err *err;
    struct buf file; /* the bundle being read */
    struct tlog_hash row[TILE_LEVELS][TILE_WIDTH];
    struct tlog_edge edge; /* of the full tiles so far */
    struct rules rules;
    uint64_t beyond; /* size that the files seen would need, and one of them */
    char beyond_file[CHECK_WHERE];
    bool beyond_old; /* it was not written just now */
};

/* The log is bad: WHERE is a file. Returns -1. */
int bad_file(struct check *c, const char *code, const char *file, const char *why);
/* The log is bad: at entry INDEX. Returns -1. */
int bad_entry(struct check *c, const char *code, uint64_t index, const char *why);

/* rules.c: one entry after the other; then what can only be told at the end. */
int rules_entry(struct check *c, uint64_t index, struct str bytes);
int rules_end(struct check *c);
void rules_free(struct rules *rules);

/* stray.c: the files that the tree of the checkpoint does not need. */
int stray_check(struct check *c);

/* Reads the file of TILE into BUF whole (a full tile stands in for a partial one that was dropped).
 */
int check_read(struct check *c, const struct tile *tile, size_t limit, struct buf *buf);

#endif
