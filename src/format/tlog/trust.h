/*
 * trust: the file that says which log keys, witnesses and how many of them a verifier believes
 * (C2SP tlog-policy).
 *
 *   log <vkey> [url]    witness <name> <vkey> [url]    group <name> <any|all|k> <member>…
 *   quorum <name|none>  # a comment
 */
#ifndef FORMAT_TLOG_TRUST_H
#define FORMAT_TLOG_TRUST_H

#include "format/tlog/note.h"

enum {
    TRUST_MOST = 65536,
    TRUST_LOGS_MOST = 64,
    TRUST_PARTIES_MOST = 128,
    TRUST_MEMBERS_MOST = 64
};

/* A witness, or a group of parties that stand before it. */
struct trust_party {
    char name[NOTE_NAME_MOST + 1];
    bool group;
    struct note_key key; /* of a witness */
    unsigned need;       /* of a group: how many of its members */
    unsigned n;          /* members of a group */
    uint8_t member[TRUST_MEMBERS_MOST];
};

struct trust {
    unsigned logs;
    struct note_key log[TRUST_LOGS_MOST];
    unsigned parties;
    struct trust_party party[TRUST_PARTIES_MOST];
    bool has_quorum; /* false: "quorum none" */
    unsigned quorum; /* the party that must have signed */
};

/* Reads a trust file. Err ledger.trust with the line: longer than TRUST_MOST, unknown word, a name
 * that stands twice or is not known yet, a count that cannot be met, not exactly one quorum line,
 * no log. *RET is large: not for small stacks. */
int trust_parse(struct str bytes, struct trust *ret, struct err *err);

/* True if COSIGNED (one flag for each party; those of witnesses are filled) meets the quorum. */
bool trust_quorum_met(const struct trust *trust, const bool cosigned[TRUST_PARTIES_MOST]);

#endif
