/*
 * deed: one call on its way through the door. For register.c and act.c alone.
 */
#ifndef CORE_REGISTER_DEED_H
#define CORE_REGISTER_DEED_H

#include "core/register/record.h"

/* Acts the engine knows by itself, beside the moves of a definition. */
enum deed_own { OWN_NONE, OWN_OPEN, OWN_EDIT, OWN_READ, OWN_ANSWER };

struct deed {
    struct register_set *set;
    struct store *store;
    struct arena *arena;
    const struct register_caller *caller;
    const struct register_call *call;
    struct record record;             /* as it was; for "open" as it will be */
    const struct register_move *move; /* NULL: an own act */
    enum deed_own own;
    const struct register_step *step; /* filled by this act, or NULL */
    struct step_grant grant;          /* how */
    int objects;                      /* an objection: 1 noted, 2 stops */
    int back;                         /* sent back to this step of the route, -1: not */
    uint64_t later;                   /* OWN_READ: what is read */
    bool opens, edits;
    bool asks;           /* the move brings fields of its own: a new revision */
    bool dry;            /* only asked, not done */
    bool as_owner;       /* the move is made by the owner, beside the route */
    uint64_t rev_before; /* of the row */
    bool moves;          /* the state changes (a middle step only counts a vote) */
    size_t to;           /* state afterwards */
    struct str route;    /* of the state entered */
    int step_at;         /* the open step afterwards, -1: none */
    int64_t step_due;    /* of a step that is opened by this act, 0: none */
    uint64_t rev;        /* afterwards */
    json_t *given;       /* the call's fields as they are kept; owned */
    struct revision_digests after;
    int64_t now;
    uint64_t act;
};

/* What DEED asks about the open steps. */
struct step_ask deed_ask(const struct deed *deed);

/* Sets DEED->given: the call's fields as they are to be kept, over OLD; NULL: a new record, with
 * its defaults. -1 with the codes of values.h. */
int deed_values(struct deed *deed, json_t *old, struct err *err);

/* Plans an edit. -1 register.move (not in this state), register.not_candidate, the codes of
 * values.h. */
int deed_edit(struct deed *deed, struct err *err);

/* The kind and the mark under which an act is kept. */
struct deed_kind {
    const char *kind, *mark;
};
struct deed_kind deed_kind(const struct deed *deed);

/* Writes the act of DEED with the names of the day, and its leaf; sets DEED->act. */
int act_write(struct deed *deed, struct err *err);

#endif
