/*
 * check: judges a log folder, from outside: every entry, bundle, tile, stray file, root, signature,
 * earlier checkpoint and entry rule. Needs no database, no network and no privilege, trusts nothing
 * in the folder, and holds a few bundles in memory whatever the size.
 */
#ifndef CORE_LEDGERCHECK_CHECK_H
#define CORE_LEDGERCHECK_CHECK_H

#include "format/tlog/trust.h"
#include "proto/ledger/kinds.h"

enum { CHECK_SINCE_MOST = 4096, CHECK_SOURCES_MOST = 64, CHECK_GAPS_MOST = 64, CHECK_WHERE = 128 };

/* An earlier checkpoint that the log must extend. */
struct check_since {
    char name[CHECK_WHERE]; /* its file, for the report */
    struct tlog_tree tree;
    bool ok;
};

/* What --contents gave for entry INDEX: SHA-256(nonce | content). Sorted by index. */
struct check_content {
    uint64_t index;
    uint8_t commit[32];
};

struct check_options {
    int dir; /* the log folder */
    const struct trust *trust;
    bool plain;       /* any tlog-tiles log: no entry rules */
    bool allow_newer; /* files beyond the checkpoint are no fault */
    int64_t max_gap_us;
    struct check_since *since; /* filled in: ok */
    size_t since_n;
    const struct check_content *contents; /* NULL: not asked for */
    size_t contents_n;
    /* An earlier checkpoint that meets the quorum, when the newest has not met its witnesses yet;
     * it stands in `since` too. NULL: the newest must meet the quorum itself. */
    const struct check_report *witnessed;
};

struct check_source {
    char name[64];
    uint64_t entries;
};

struct check_gap {
    int64_t from_us, to_us;
};

/* The report. After -1 with `failed` the log is bad; without, it could not be judged. */
struct check_report {
    bool failed;
    char where[CHECK_WHERE]; /* file, or "entry <index>" */
    bool has_index;
    uint64_t index;
    char origin[NOTE_NAME_MOST + 1];
    struct note_key key; /* that signed */
    struct tlog_tree tree;
    int64_t first_us, last_us; /* of the entries; 0 when there are none */
    struct check_source source[CHECK_SOURCES_MOST];
    size_t sources;
    struct check_gap gap[CHECK_GAPS_MOST];
    size_t gaps; /* counted on past CHECK_GAPS_MOST */
    bool cosigned[TRUST_PARTIES_MOST];
    uint64_t cosigned_at[TRUST_PARTIES_MOST];
    unsigned cosigners;
    uint64_t matched, erased, missing; /* contents */
    uint64_t unknown_kinds;            /* entries of kinds this program does not know */
    uint64_t newer_size;               /* the log grew to this while it was read; 0: it did not */
};

/*
 * Checks the note BYTES against TRUST: signed by a trusted log key, and, if NEED_QUORUM, cosigned
 * as the trust file asks. Fills origin, key, tree and cosigners of REPORT. Err ledger.note,
 * ledger.quorum.
 */
int check_note(const struct trust *trust, struct str bytes, bool need_quorum,
               struct check_report *report, struct err *err);

/*
 * Judges the log. 0: good. -1: err has the code (ledger.tile, ledger.root, ledger.note,
 * ledger.quorum, ledger.consistency, ledger.entry, ledger.kind, ledger.seq, ledger.order,
 * ledger.content: report->failed is set; anything else: it could not be read).
 */
int check_log(const struct check_options *options, struct check_report *report, struct err *err);

#endif
