/*
 * account: persons, posts, appointments with dates, role slots and accounts (registers.md,
 * identity.md).
 *
 * Who holds a role is a pure function of dates: every question names an instant, whose day in Japan
 * decides. A role belongs to a post or a person for a time; a slot, an appointment, an engagement
 * or a post that has ended gives nothing. Rows that are one natural person (person_join) are judged
 * as one. No secret and no session is known here: those are authd's.
 */
#ifndef CORE_ACCOUNT_ACCOUNT_H
#define CORE_ACCOUNT_ACCOUNT_H

#include "base/mem/arena.h"
#include "core/store/store.h"

#include <stddef.h>
#include <stdint.h>

struct account_person {
    uint64_t id;
    struct str name, kana;
    struct str handle; /* "p:" and random characters: stands for the person in the ledger */
};

struct account_post {
    uint64_t post, section;
    struct str name, section_name;
    struct str role; /* a role slot the post holds that day; empty when it holds none */
};

struct account_role {
    struct str role;
    struct str scope_kind; /* body, section, system, room, contract */
    uint64_t scope;
    struct str scope_name; /* of a body or section, else empty */
};

struct account_body {
    uint64_t id;
    struct str code, name;
};

/*
 * All of them: 0 done, 1 as named, -1 with the codes of core/store or limit.memory. Results live in
 * ARENA. They may be called inside units and outside.
 */

/* The person of that id, under the name of today. 1: unknown. */
int account_person_get(struct store *store, struct arena *arena, uint64_t person,
                       struct account_person *ret, struct err *err);

/* The person behind ACCOUNT. 1: there is no such account, it is not open, or the person has no
 * engagement at AT_US. */
int account_of_at(struct store *store, uint64_t account, int64_t at_us, uint64_t *ret_person,
                  struct err *err);

/* account_of_at for now. */
int account_of(struct store *store, uint64_t account, uint64_t *ret_person, struct err *err);

/*
 * The holders of ROLE for SECTION at AT_US, the first to be asked first (main appointment, acting,
 * concurrent; then rank of the post). A section without a living holder of its own is served by its
 * parents, then by its body, then by the body whose standard that one follows. SECTION 0: the
 * holders for the body that owns the standard (the one with the lowest id), body-wide slots only.
 * Nobody is an ordinary answer: *RET_COUNT 0.
 */
int account_who(struct store *store, struct arena *arena, const char *role, uint64_t section,
                int64_t at_us, uint64_t **ret_persons, size_t *ret_count, struct err *err);

/* 1: PERSON (or a row joined to it) is among account_who; 0: not; -1. */
int account_has_role(struct store *store, uint64_t person, const char *role, uint64_t section,
                     int64_t at_us, struct err *err);

/* The section of PERSON's main appointment. 1: none that day. */
int account_section_of(struct store *store, uint64_t person, int64_t at_us, uint64_t *ret_section,
                       struct err *err);

/* Every post PERSON holds that day, main first. */
int account_posts(struct store *store, struct arena *arena, uint64_t person, int64_t at_us,
                  struct account_post **ret_posts, size_t *ret_count, struct err *err);

/* Every role PERSON holds that day, through posts and by itself, in order of role and scope. */
int account_roles(struct store *store, struct arena *arena, uint64_t person, int64_t at_us,
                  struct account_role **ret_roles, size_t *ret_count, struct err *err);

/* The body of PERSON's main appointment. 1: none that day. */
int account_body_of(struct store *store, struct arena *arena, uint64_t person, int64_t at_us,
                    struct account_body *ret, struct err *err);

/* 1: PERSON belongs to a body that day, as staff of whatever kind; 0: as a contractor, or not; -1. */
int account_is_staff(struct store *store, uint64_t person, int64_t at_us, struct err *err);

/* The name of SECTION. 1: unknown. */
int account_section_name(struct store *store, struct arena *arena, uint64_t section,
                         struct str *ret_name, struct err *err);

/* What SECTION is at AT_US: itself, or the heir of what took its place by then. 1: unknown. */
int account_section_heir(struct store *store, uint64_t section, int64_t at_us, uint64_t *ret,
                         struct err *err);

/* 1: A and B are one natural person; 0: two; -1. */
int account_same_person(struct store *store, uint64_t a, uint64_t b, struct err *err);

#endif
