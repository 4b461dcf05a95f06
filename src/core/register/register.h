/*
 * register: the one door. Every change of a record, whoever asks, is one call of register_act();
 * register_may() answers the same question without acting; record_read() is the only reader.
 *
 * An act names the revision and digest it was shown and fails with register.changed when the record
 * moved on. Nobody who owns, entered, edited or benefits from a record may fill a step of its
 * route: judged on natural persons at the moment of the act (registers.md §6, §7). The act, its
 * votes, its effect and its leaf are written in one unit. Values are JSON objects, field key ->
 * value.
 */
#ifndef CORE_REGISTER_REGISTER_H
#define CORE_REGISTER_REGISTER_H

#include "base/mem/arena.h"
#include "core/register/definition.h"
#include "core/store/store.h"

#include <jansson.h>

enum { REGISTER_REASON_BYTES = 4000, REGISTER_RECORD_BYTES = 1 << 20, REGISTER_DEPTH_MOST = 4 };

/* Who acts. The person comes from authd's session, never from a message. */
struct register_caller {
    uint64_t person; /* 0 with SYSTEM: cored itself (the gate, the clock) */
    bool system;
    struct str factors; /* of the session, "password,totp" */
    int64_t factors_at; /* when they were given; 0: not known, then a move that asks is refused */
    int64_t at_us;      /* SYSTEM alone: the clock's instant; 0: now */
};

/*
 * What is to be done. MOVE "open" makes a record, "edit" changes its fields in the first state,
 * "read" is a holder who reads afterwards what was done while she was away, "answer" the owner's
 * answer to an objection that stopped the route. A step may be named by its kind of act instead of
 * the definition's move: decide, approve, consult, object, senketsu, daiketsu, hikiage, reject,
 * send_back; it must then be the capacity in which the caller fills it.
 */
struct register_call {
    struct str reg;     /* "open": the register */
    uint64_t record;    /* all others */
    struct str move;    /* of the definition, or a kind of act (below) */
    struct str step;    /* which open step is filled; empty: the one the caller may */
    struct str back_to; /* a sent_back move: an earlier step; empty: the owner */
    uint64_t rev;       /* shown to the caller; must be the record's */
    unsigned char digest[32];
    struct str reason;
    json_t *fields;   /* "open", "edit", and a move with `ask`: borrowed; NULL: none */
    struct str route; /* "open" by the system, where the first state says `route: given` */
    uint64_t owner,
        section;    /* "open" by the system: for whom; a person's own come from core/account */
    unsigned depth; /* how many acts of other records this one follows from */
    int64_t due_us; /* "open" by the system: when the first step is due; 0: as the route says */
};

struct register_outcome {
    uint64_t record, act, rev;
    unsigned char digest[32];
    struct str state;  /* of the definition */
    struct str number; /* in the arena; empty while there is none */
};

/* Told inside the unit when an effect happens, or a key opens or closes. FIELDS are the revision's
 * that was decided, ARGS what the file gives the effect: {name: value}. Returns 0 or -1: then the
 * whole act does not happen. */
struct register_event {
    struct register_set *set;
    struct arena *arena;
    uint64_t record, act, rev, section, owner;
    struct str number, move, state;
    const unsigned char *digest;
    json_t *fields, *args;
    int64_t until_us; /* a key: its absolute end, 0: it needs none */
    int64_t now_us;
    uint64_t person;
    struct str reason;
    unsigned depth;
    bool closes; /* a key: its state is left; else it is entered, or the effect of a move happens */
};
typedef int register_effect_call(void *ctx, struct store *store, const struct register_event *event,
                                 struct err *err);

struct register_effect {
    const char *name;
    register_effect_call *call;
    void *ctx;
};

/* Adds a static table of who carries out effects (at most REGISTER_TABLES_MOST tables). A move
 * whose effect or key has no carrier fails with register.effect. */
void register_effects_add(struct register_set *set, const struct register_effect *effects,
                          size_t count);

/* Names the ranks of classes for `rank(class)` in conditions (borrowed). A class not named has no
 * rank: a condition that asks for it opens nothing. */
void register_ranks_set(struct register_set *set, const struct register_rank *ranks, size_t count);

/*
 * Acts, inside a unit. 0 with *RET (texts in ARENA or of the set). -1 with
 *   not_found                the record or register is not there
 *   register.changed         rev or digest is not the record's
 *   register.move            there is no such move from this state
 *   register.apart           the caller is owner, writer, or named person of the record
 *   register.not_candidate   the caller does not hold what the step or move asks for
 *   register.again           the caller filled this step already
 *   register.not_open        that step is not the open one (or not an earlier one to go back to)
 *   register.kind            the caller fills it in another capacity (detail)
 *   register.acted           it cannot be pulled back: somebody acted
 *   register.holder_present  a deputy, but the holder or a deputy before is there
 *   register.daiketsu_barred a deputy, but nobody deputises for this step
 *   register.reason_missing  register.field_missing, register.field  (detail: the field's key)
 *   register.no_candidate    register.effect
 *   register.step_up         the move asks for factors given just now
 *   register.if              the condition of the move does not hold
 *   register.over            the end of the key it would open is past
 *   register.deep            acts follow from acts without an end
 *   register.clock_back      the clock stands before what was done last
 * and the codes of core/store and limit.memory.
 */
int register_act(struct register_set *set, struct store *store, struct arena *arena,
                 const struct register_caller *caller, const struct register_call *call,
                 struct register_outcome *ret, struct err *err);

/* Would register_act succeed? 0 or -1 with its code; nothing is written. The reason is not demanded
 * here. */
int register_may(struct register_set *set, struct store *store, struct arena *arena,
                 const struct register_caller *caller, const struct register_call *call,
                 struct err *err);

/*
 * The record as CALLER may see it: {id, number, register, rev, digest, state, owner, section,
 * fields, moves, acts}. 0 with *RET (new reference), 1 when it is not there or not for this caller.
 * -1.
 */
int record_read(struct register_set *set, struct store *store, struct arena *arena,
                const struct register_caller *caller, uint64_t record, json_t **ret,
                struct err *err);

/* 1 when CALLER may see RECORD at all; 0; -1. */
int record_visible(struct register_set *set, struct store *store, struct arena *arena,
                   const struct register_caller *caller, uint64_t record, struct err *err);

/* The step a record waits for, for pages and notices. */
struct register_waiting {
    uint64_t record, rev, section, owner;
    struct str reg, state, step, role; /* role empty: a named person or any colleague */
    struct str number;
    int64_t since, due;
    bool stuck; /* nobody may fill it: a person has to see to it */
    unsigned char digest[32];
    uint64_t *holders; /* who may fill it now, apart from nobody yet */
    size_t holder_count;
};

/* 0 with *RET in ARENA, 1 when RECORD waits for no step or is unknown, -1. */
int register_waiting(struct register_set *set, struct store *store, struct arena *arena,
                     uint64_t record, struct register_waiting *ret, struct err *err);

/* 1: PERSON may fill the open step of RECORD (candidate and apart); 0 not; -1. */
int register_candidate(struct register_set *set, struct store *store, struct arena *arena,
                       uint64_t record, uint64_t person, struct err *err);

/* What PERSON may do on a record: the step, and as what. */
struct register_task {
    struct str step;
    struct register_title title;
    const char *kind;    /* consult, approve, decide, daiketsu */
    uint64_t for_person; /* in whose place, 0: her own */
};

/* 0 with *RET, 1 when RECORD asks nothing of PERSON, -1. */
int register_task(struct register_set *set, struct store *store, struct arena *arena,
                  uint64_t record, uint64_t person, struct register_task *ret, struct err *err);

/* 1 when RECORD may be approved together with others: the decision of its state says `bulk`, asks
 * for nothing more, and every bound class has the lowest rank; 0; -1. */
int register_bulk(struct register_set *set, struct store *store, struct arena *arena,
                  uint64_t record, struct err *err);

struct register_ids {
    uint64_t *list;
    size_t count;
};

/* The records whose open step PERSON may fill, oldest first, at most LIMIT ids in ARENA. */
int register_inbox(struct register_set *set, struct store *store, struct arena *arena,
                   uint64_t person, size_t limit, struct register_ids *ret, struct err *err);

/* What else lies on a person's desk. */
struct register_item {
    uint64_t record;
    const char
        *kind; /* read (afterwards), sent_back, stuck (for the chief: nobody may fill the step) */
    struct str step;
    int64_t since, due; /* due 0: none */
};

struct register_items {
    struct register_item *list;
    size_t count;
};

/* The items of PERSON, at most LIMIT, in ARENA. Of what is stuck only the 200 oldest steps are
 * seen. */
int register_items(struct register_set *set, struct store *store, struct arena *arena,
                   uint64_t person, size_t limit, struct register_items *ret, struct err *err);

/* The acts of RECORD and what of it is read afterwards, as CALLER may see it: {id, number,
 * register, rev, acts, later: [{step, kind, who, since, due, read}]}. 0, 1 not there or not for
 * this caller, -1. */
int record_history(struct register_set *set, struct store *store, struct arena *arena,
                   const struct register_caller *caller, uint64_t record, json_t **ret,
                   struct err *err);

/*
 * Does what is due at NOW_US: ends of states, warnings, deadlines, clocks; and, from a state
 * without `until`, the clock's move when the owner left, or the section ended, 30 days ago. Inside
 * a unit, at most 50 at a time; *RET_MOVED says how many. A move that is refused is tried again an
 * hour later; one that failed half-way fails the unit, and its record is passed over until a
 * restart. -1 register.clock_back when NOW_US is before what was done last: then nothing moves.
 */
int register_clock(struct register_set *set, struct store *store, struct arena *arena,
                   int64_t now_us, size_t *ret_moved, struct err *err);

/* What a person is told without being asked for anything. */
struct register_notice {
    uint64_t id, record;
    struct str
        kind; /* opened, decided, sent_back, due, late, key_opened, key_closed, warn, stuck */
    struct str reg, number, state;
    int64_t first, at, read_at; /* read_at 0: not yet */
    int64_t count;              /* equal ones within 15 minutes are one */
};
struct register_notices {
    struct register_notice *list;
    size_t count;
    int64_t unread;
};

/* The notices of PERSON (all her rows), newest first, at most LIMIT, in ARENA. */
int register_notices(struct store *store, struct arena *arena, uint64_t person, size_t limit,
                     struct register_notices *ret, struct err *err);

/* Inside a unit: marks the notice ID (0: all) of PERSON as read at NOW_US. *RET_COUNT says how
 * many. */
int register_notices_read(struct store *store, uint64_t person, uint64_t id, int64_t now_us,
                          size_t *ret_count, struct err *err);

/* How a register as a whole stands at a time. */
enum register_standing {
    STANDING_NONE,    /* there is no register of that name */
    STANDING_UNUSED,  /* nothing was ever entered: nobody can tell whether it works */
    STANDING_IN_TIME, /* records, and no open step past its deadline */
    STANDING_OVERDUE,
};

/* The standing of the register NAME at NOW_US, or -1 with the codes of core/store. */
int register_standing(struct register_set *set, struct store *store, struct str name,
                      int64_t now_us, struct err *err);

/* How many steps PERSON filled since SINCE_US. */
int register_filled(struct store *store, uint64_t person, int64_t since_us, int64_t *ret,
                    struct err *err);

/* The next number of NAME in the fiscal year of AT_US, without gaps: inside a unit. */
int register_number(struct store *store, const char *name, int64_t at_us, uint64_t *ret_value,
                    int64_t *ret_fiscal_year, struct err *err);

#endif
