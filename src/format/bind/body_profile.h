/*
 * body_profile: what a body is, as its policy says it: the zones its sentences order, its class
 * scheme, who counts as staff (職員等), who holds which role, which executive bodies it binds. Read
 * from the text and from coverage; nothing is supplied that the text does not say, and what the
 * text leaves open is marked `unsure`, for a person to say (struct body_profile_fix). Pure.
 */
#ifndef FORMAT_BIND_BODY_PROFILE_H
#define FORMAT_BIND_BODY_PROFILE_H

#include "base/mem/buf.h"
#include "format/bind/coverage.h"

struct json;

enum { BODY_PROFILE_RANK_MOST = 4, BODY_PROFILE_LIMITS = 64, BODY_PROFILE_PLACES = 8 };

/* One part of a zone's topics, with the clauses that order it. */
struct body_profile_part {
    const struct coverage_row *row;
    bool ordered;   /* present, or weaker than expected */
    bool confirmed; /* a person confirmed the binding of one of its clauses */
};

struct body_profile_zone {
    struct str id; /* mynumber, lgwan, internet, standalone, school */
    bool ordered;  /* one of its parts is */
    struct body_profile_part *parts;
    size_t part_count;
};

/* One class of an axis. */
struct body_profile_class {
    struct str axis;  /* confidentiality, integrity, availability; as printed if none of them */
    struct str code;  /* "3A": what stands behind the axis, in half width */
    struct str title; /* as printed */
    unsigned rank;    /* 0 to 4, alike for every body: 1 the lowest that is a class, 3 secret */
    size_t clause;    /* its table stands there; CLAUSE_NONE: in front of a document */
    size_t limits[BODY_PROFILE_LIMITS]; /* clauses of kind POLICY_LIMIT */
    size_t limit_count;
    bool unsure_rank;   /* its name has no number: the rank is its place in the table */
    bool unsure_limits; /* no limit and no dash: a cell merged with the row above, or lost */
    bool shares;        /* a person said: the limits of the class above are its too */
    bool fixed;         /* a person said something */
};

/* One place that says who 職員等 are. */
struct body_profile_place {
    size_t clause; /* CLAUSE_NONE: the front of document DOC */
    size_t doc;
    struct str term; /* the words before the short name, or the entry of the term */
    unsigned counts; /* bits: body_profile_staff_word */
};

struct body_profile_staff {
    struct str short_name; /* 職員等 */
    struct body_profile_place places[BODY_PROFILE_PLACES];
    size_t place_count; /* 0: the text does not say it */
    unsigned counts;    /* of the first place, or as a person said */
    bool unsure;        /* two places count others, or the word is used and never defined */
    bool fixed;
};

struct body_profile_role {
    struct str role;          /* word of policy_role_word, or empty */
    struct str title, holder; /* as printed */
    size_t clause;
};

/* An executive body the scope names. */
struct body_profile_organ {
    struct str code; /* mayor, assembly, education … */
    struct str word; /* as printed */
    size_t clause;
};

struct body_profile {
    const struct clause_set *set;
    struct body_profile_zone *zones;
    size_t zone_count;
    struct body_profile_class *classes; /* by axis, in the table's order */
    size_t class_count;
    struct body_profile_staff staff;
    struct body_profile_role *roles;
    size_t role_count;
    struct body_profile_organ *organs;
    size_t organ_count;
    size_t unsure; /* facts a person should look at */
};

/* What a person said of an unsure fact. */
struct body_profile_fix {
    struct str fact;  /* "staff", "rank.confidentiality.3A", "limits.confidentiality.3B" */
    struct str value; /* codes of staff with blanks; a digit; "above" or "none" */
};

/*
 * Makes the profile of SET from COVERAGE (of SET), both borrowed. CONFIRMED tells of each clause
 * whether a person confirmed its binding; NULL: of none. -1 with limit.memory.
 */
int body_profile_make(struct arena *arena, const struct clause_set *set,
                      const struct coverage *coverage, const bool *confirmed,
                      struct body_profile **ret, struct err *err);

/* Puts the answers of a person in; one that speaks of no fact of this text, or says nothing it
 * could, is passed over. True when FIX was taken. */
bool body_profile_fix(struct body_profile *profile, const struct body_profile_fix *fix);

/* The word of bit INDEX of counts, NULL past the last; the bits of WORDS (with blanks), 0 when one
 * is unknown. */
const char *body_profile_staff_word(unsigned index);
unsigned body_profile_staff_of(struct str words);

/* The zone ID, or NULL; does the text order TOPIC/PART (one of a zone)? */
const struct body_profile_zone *body_profile_zone_get(const struct body_profile *profile,
                                                      struct str id);
bool body_profile_orders(const struct body_profile *profile, const char *topic, const char *part);

/* The class CODE of AXIS ("confidentiality"), or NULL. */
const struct body_profile_class *body_profile_class_get(const struct body_profile *profile,
                                                        struct str axis, struct str code);

/* Which documents may be shown; NULL: all. By index in the set. */
typedef bool body_profile_visible(const void *ctx, size_t doc);

/* Writes PROFILE as members of the open object: zones, classes, staff, roles, bodies, unsure. What
 * stands in a document that VISIBLE hides is left out, as if it had not been loaded. */
void body_profile_put(struct json *json, const struct body_profile *profile,
                      body_profile_visible *visible, const void *ctx);

#endif
