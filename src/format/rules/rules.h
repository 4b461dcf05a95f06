/*
 * rules: data/auth/rules.yaml: which combinations of factors prove a person in a zone, and the
 * limits of the session that follows. First match wins.
 *
 * A rule that would let a person in with less than it promises does not load (NIST SP 800-63B-4
 * AAL2 for `kinds: 2`): the file is refused as a whole and the program does not start.
 */
#ifndef FORMAT_RULES_RULES_H
#define FORMAT_RULES_RULES_H

#include "base/mem/buf.h"
#include "format/rules/roles.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    RULES_MOST = 32,
    RULES_COMBINATIONS_MOST = 8,
    RULES_LIST_MOST = 32 /* zones or roles a rule names */
};

/* Factors, as bits of a combination. */
enum rules_factor {
    FACTOR_PASSWORD = 1 << 0,   /* know */
    FACTOR_TOTP = 1 << 1,       /* have */
    FACTOR_PASSKEY = 1 << 2,    /* have */
    FACTOR_PASSKEY_UV = 1 << 3, /* have, and know or be */
    FACTOR_CARD = 1 << 4,       /* have */
    FACTOR_CARD_PIN = 1 << 5,   /* have and know */
    FACTOR_LDAP = 1 << 6,       /* know */
    FACTOR_KRB = 1 << 7,        /* know */
    FACTOR_CODE = 1 << 8,       /* have */
};

struct rule {
    bool outside;                    /* only for the channel from outside */
    const struct str *zones, *roles; /* empty: any */
    size_t zone_count, role_count;
    unsigned kinds;                        /* different kinds every combination has, 1 … 2 */
    unsigned any[RULES_COMBINATIONS_MOST]; /* sets of enum rules_factor that satisfy `must` */
    size_t any_count;
    uint32_t idle_s, absolute_s, tries;
    bool attested;
    struct str clause;
};

struct rules {
    const struct rule *rule;
    size_t count;
    const struct str *privileged; /* roles with the strict counters */
    size_t privileged_count;
};

/* Whom a rule is looked up for. */
struct rules_subject {
    bool outside;
    struct str zone;
    const struct str *roles;
    size_t role_count;
};

/*
 * Reads BYTES (the file NAME) into ARENA; ROLES says which roles there are. -1 with the codes of
 * yaml_parse and yaml_check, or rules.version, rules.most, rules.factor, rules.role, rules.kinds (a
 * combination has fewer kinds than the rule wants), rules.mynumber (a rule that can count in the
 * zone mynumber wants fewer than 2), rules.unreachable (an earlier rule takes all it could match),
 * rules.unsatisfiable (no combination holds all of `must`), rules.open_end (the last rule does not
 * match everybody); each with file:line:column in front.
 */
int rules_load(struct arena *arena, const char *name, struct str bytes, const struct roles *roles,
               const struct rules **ret_rules, struct err *err);

/* The rule that counts for SUBJECT; never NULL, for a loaded file ends with a rule for all. */
const struct rule *rules_match(const struct rules *rules, const struct rules_subject *subject);

/* True if SUBJECT holds a role with the strict counters. */
bool rules_privileged(const struct rules *rules, const struct rules_subject *subject);

/* How many different kinds of factor FACTORS holds (0 … 2). */
unsigned rules_kinds(unsigned factors);

/* The factor of that name, or 0; the name of one factor. */
unsigned rules_factor(struct str name);
const char *rules_factor_name(unsigned factor);

/* Appends "password+totp" for one combination. */
void rules_put_combination(struct buf *out, unsigned factors);

/* Appends the combinations of RULE: "password+totp password+card". */
void rules_put_any(struct buf *out, const struct rule *rule);

/* Reads what rules_put_any wrote. False on an unknown factor or more than the limit. */
bool rules_read_any(struct str text, unsigned ret_any[RULES_COMBINATIONS_MOST], size_t *ret_count);

#endif
