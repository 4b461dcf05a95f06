/*
 * absence: who is away, and who then acts in whose place (registers.md §2, §6).
 *
 * An absence is entered beforehand and is never backdated; it can only be cut short, and only from
 * now on. A deputy is a post; who fills it is asked of the appointments of the day.
 */
#ifndef CORE_ACCOUNT_ABSENCE_H
#define CORE_ACCOUNT_ABSENCE_H

#include "core/account/account.h"

enum { ABSENCE_DAYS_MOST = 400, DEPUTY_TURNS_MOST = 20 };

struct absence {
    uint64_t id, person, entered_by;
    int64_t from_us, until_us; /* away: from <= t < until */
    int64_t entered_us;
    struct str reason; /* leave, trip, sick, training, other */
};

/*
 * Enters *NEW as said by NEW->entered_by at NOW_US, inside a unit; NEW->id and entered_us are
 * ignored. 0 with *RET_ID. -1 with
 *   absence.not_yours  the one who enters is neither the person nor her section manager that day
 *   absence.past       it would begin before now
 *   absence.span       it ends before it begins, or lasts longer than ABSENCE_DAYS_MOST
 *   absence.reason     an unknown kind of reason
 *   absence.person     there is no such person in office that day
 */
int absence_add(struct store *store, const struct absence *new, int64_t now_us, uint64_t *ret_id,
                struct err *err);

/* BY ends the absence ID at NOW_US (one not yet begun: it never was), inside a unit. 0, 1 when
 * there is none, or none that still runs; -1 absence.not_yours. */
int absence_end(struct store *store, uint64_t id, uint64_t by, int64_t now_us, struct err *err);

/* 1 with *RET (text in ARENA) when PERSON, or a row joined to it, is away at AT_US; 0: present. */
int absence_at(struct store *store, struct arena *arena, uint64_t person, int64_t at_us,
               struct absence *ret, struct err *err);

/* The absences of PERSON and of those whose section manager PERSON is, that end after FROM_US, by
 * their begin; at most 200, in ARENA. */
int absence_list(struct store *store, struct arena *arena, uint64_t person, int64_t from_us,
                 struct absence **ret, size_t *ret_count, struct err *err);

/* One row of the deputies of a role or of a post. */
struct deputy_new {
    const char *role; /* "": POST's deputy */
    uint64_t section; /* of the role; 0: for the body that owns the standard */
    uint64_t post;    /* 0: ROLE's deputy */
    unsigned turn;    /* 1 is asked first, at most DEPUTY_TURNS_MOST */
    uint64_t deputy_post;
    int64_t from_day, until_day;
};

/* Enters a deputy, inside a unit. -1 store.constraint when a post is unknown, deputy.row when the
 * row makes no sense. */
int deputy_add(struct store *store, const struct deputy_new *new, uint64_t *ret_id,
               struct err *err);

/* Who stands on one rung. */
struct deputy_turn {
    unsigned turn;
    uint64_t post;
    uint64_t *persons; /* who fills the post that day, in order; none: vacant */
    size_t count;
};

struct deputy_turns {
    struct deputy_turn *list;
    size_t count;
};

/* The deputies of ROLE for SECTION at AT_US in their order, where the role itself is held (the
 * nearest place with a holder or a deputy). In ARENA; none: count 0. */
int deputy_turns(struct store *store, struct arena *arena, const char *role, uint64_t section,
                 int64_t at_us, struct deputy_turns *ret, struct err *err);

/* 1: PERSON fills a post that day that is somebody's deputy; 0; -1. */
int deputy_is(struct store *store, uint64_t person, int64_t at_us, struct err *err);

#endif
