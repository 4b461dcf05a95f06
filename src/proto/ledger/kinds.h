/*
 * kinds: the table of what may stand in the ledger (kinds.def), and the check of an entry's data
 * against it. Edges check before they queue, ledgerd before it takes, the verifier afterwards.
 */
#ifndef PROTO_LEDGER_KINDS_H
#define PROTO_LEDGER_KINDS_H

#include "base/mem/err.h"
#include "base/mem/str.h"

#include <stdbool.h>
#include <stddef.h>

/* Who may write a kind; gated stands for "gated" and each "gated.<zone>". */
enum ledger_source_set { SOURCE_CORED = 1, SOURCE_GATED = 2, SOURCE_AUTHD = 4, SOURCE_LEDGERD = 8 };

/*
 * The types of clear fields. There is none for text on purpose.
 *   ID       [A-Za-z0-9][A-Za-z0-9._:/+@-]{0,79}        WORD   [a-z][a-z0-9_.-]{0,47}
 *   COUNT    integer 0 … 2^53-1                          BOOL   true or false
 *   PERSON   "p:" and 26 characters of base32, or 32 hex digits (both random), or "system"
 *   DIGEST   64 hex digits: SHA-256 of an artefact of ours; COMMIT the same: of nonce and content
 *   CLAUSES  list of at most 32 clause ids ("std:4(2)①ウ"); IDS, WORDS, PERSONS lists of those
 *   VKEY     a public key of a log as text
 */
enum ledger_field_type {
    FIELD_ID,
    FIELD_WORD,
    FIELD_COUNT,
    FIELD_BOOL,
    FIELD_PERSON,
    FIELD_DIGEST,
    FIELD_COMMIT,
    FIELD_VKEY,
    FIELD_CLAUSES,
    FIELD_IDS,
    FIELD_WORDS,
    FIELD_PERSONS
};

enum { LEDGER_FIELDS_MOST = 12, LEDGER_LIST_MOST = 32 };

struct ledger_field {
    const char *name; /* NULL behind the last */
    enum ledger_field_type type;
    bool maybe;
};

struct ledger_kind {
    const char *name;
    unsigned sources; /* set of enum ledger_source_set */
    struct ledger_field fields[LEDGER_FIELDS_MOST + 1];
};

extern const struct ledger_kind ledger_kinds[];
extern const size_t ledger_kind_count;

/* The kind of that name, or NULL. */
const struct ledger_kind *ledger_kind_find(struct str name);

/* True if SOURCE ("cored", "gated.lgwan") may write KIND. */
bool ledger_kind_allows(const struct ledger_kind *kind, struct str source);

/* Checks DATA, a canonical object (canon_check passed), against the fields of KIND. Err
 * ledger.entry naming the field that is missing, unknown or of the wrong type. */
int ledger_kind_check(const struct ledger_kind *kind, struct str data, struct err *err);

/* All of it for one row: SOURCE may write KIND (err ledger.kind), DATA is canonical at its depth
 * and fits the kind (err ledger.entry). */
int ledger_row_check(struct str source, struct str kind, struct str data, struct err *err);

#endif
