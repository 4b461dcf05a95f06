/*
 * record: rows of records and revisions: loading, checking values, commitments. For the files of
 * core/register.
 */
#ifndef CORE_REGISTER_RECORD_H
#define CORE_REGISTER_RECORD_H

#include "core/account/absence.h"
#include "core/register/register.h"

struct record {
    uint64_t id, section, owner, entered_by, rev;
    struct str reg, number, state, route;
    int step; /* -1: none is open */
    int64_t step_since, step_due, created, entered, changed;
    unsigned char digest[32];
    const struct register_def *def;
    int state_at;   /* index of state in def */
    json_t *fields; /* of the newest revision; owned: record_done */
};

/* Loads RECORD with its newest fields. 0, 1 unknown, -1 (register.unreadable: its definition is
 * gone). */
int record_load(struct register_set *set, struct store *store, struct arena *arena, uint64_t id,
                struct record *ret, struct err *err);

/* Frees what RECORD owns. */
void record_done(struct record *record);

/* Checks FIELDS against DEF: types, bounds, unknown keys; with WHOLE also that required ones are
 * filled. 0, or -1 register.field_<kind> (values.h), register.field_missing with the key as
 * detail. */
int fields_check(const struct register_def *def, json_t *fields, bool whole, struct err *err);

/* 1: COND (names of CONDITION_FIELDS or _SHOWN, condition.h) holds of FIELDS in STATE today, 0, -1.
 */
int fields_hold(const struct register_def *def, json_t *fields, struct str state,
                const struct cond *cond, struct err *err);

/*
 * What a record must be to leave its first state: hidden fields empty (register.field_hidden),
 * fields required by a condition or while they are shown filled (register.field_missing), checks of
 * filled fields true (register.check). The detail is the field's key.
 */
int fields_conditions(const struct register_def *def, json_t *fields, struct err *err);

/* As fields_check with WHOLE, for a record that stands in STATE, not its first. */
int fields_whole(const struct register_def *def, json_t *fields, struct str state, struct err *err);

/*
 * What MOVE, made in state FROM, brings along (GIVEN, laid over FIELDS already): each of these
 * fields is shown before or after the move, and its own conditions hold. The others were judged
 * when they were written; a check that names today may no longer hold of them.
 */
int fields_brought(const struct register_def *def, json_t *fields, json_t *given,
                   const struct register_move *move, struct str from, struct err *err);

/* The fields of RECORD that CALLER may write in its state by an access row, added to *RET. -1. */
int record_writes(struct register_set *set, struct store *store, struct arena *arena,
                  const struct register_caller *caller, const struct record *record,
                  struct register_mask *ret, struct err *err);

/* 1: COND (any names) holds of RECORD when PERSON asks (0: nobody: me, mine, below are empty), 0,
 * -1 with the codes of core/store or limit.memory: then it opens nothing. */
int record_holds(struct store *store, struct arena *arena, const struct record *record,
                 uint64_t person, const struct cond *cond, struct err *err);

/* True when FIELDS has a value for KEY that is not empty. */
bool field_filled(json_t *fields, struct str key);

/* What a revision is known by. */
struct revision_digests {
    unsigned char commitment[32], digest[32];
};

/* Writes revision REV of RECORD with FIELDS: nonces, commitment, digest. */
int revision_write(struct store *store, const struct register_def *def, uint64_t record,
                   uint64_t rev, json_t *fields, struct revision_digests *ret, struct err *err);

/* The commitment of the newest revision of RECORD. */
int revision_commitment(struct store *store, uint64_t record, uint64_t rev, unsigned char ret[32],
                        struct err *err);

/* Adds PERSON to those who wrote RECORD. */
int editor_add(struct store *store, uint64_t record, uint64_t person, struct err *err);

/* 1 when PERSON is the natural person of owner, entered_by, a writer, or a subject field; 0; -1. */
int record_concerns(struct store *store, const struct record *record, uint64_t person,
                    struct err *err);

/* The section WHO's role is asked for; 0: the body. */
int who_section(struct store *store, const struct record *record, const struct register_who *who,
                uint64_t *ret, struct err *err);

/* 1 when PERSON is among those who may fill WHO for RECORD (apart is not judged here); 0; -1. */
int who_holds(struct store *store, const struct record *record, const struct register_who *who,
              uint64_t person, struct err *err);

/* The holders of WHO for RECORD, in order. A peer step has no list: empty. */
int who_list(struct store *store, struct arena *arena, const struct record *record,
             const struct register_who *who, uint64_t **ret, size_t *ret_count, struct err *err);

/* A question about the open steps of RECORD: who may fill them, or may PERSON. */
struct step_ask {
    struct register_set *set;
    struct store *store;
    struct arena *arena;
    const struct record *record;
    uint64_t person;
    bool system;    /* cored itself: it fills no step */
    struct str key; /* of the step; empty: any open one */
};

enum step_tier { TIER_HOLDER, TIER_DEPUTY, TIER_SUPERIOR };

/* Who may fill a step, and in what capacity. */
struct step_holders {
    struct register_who who; /* the step's, a senketsu's, or the superior it came to */
    enum step_tier tier;
    uint64_t *list; /* in order */
    size_t count;
    uint64_t *own; /* the step's own holders apart from whom the record concerns: they may always */
    size_t own_count;
    uint64_t for_person, absence; /* deputy, superior: in whose place, and her absence (0: none) */
    struct str basis;             /* of a senketsu, else empty */
};

/* What PERSON may do: in what capacity a step is filled. */
struct step_grant {
    const struct register_step *step;
    enum step_tier tier;
    uint64_t for_person, absence;
    uint64_t waiver; /* the record that lifts apart for this act, 0: none is needed */
    struct str basis;
};

/*
 * The persons who may fill STEP now, apart from whom the record concerns. A holder who is there;
 * else, for the decision, the next deputy who is there; else the superior in line (hikiage); else
 * the absent holders themselves. None at all: count 0, the record is stuck and never passed over.
 */
int step_candidates(const struct step_ask *ask, const struct register_step *step,
                    struct step_holders *ret, struct err *err);

/* Does COND (of a route) hold for ASK->record now? UNKNOWN is the answer where there is none: a
 * class without a rank, a limit. It asks nothing about who asks. */
bool route_holds(const struct step_ask *ask, const struct cond *cond, bool unknown);

/* The standing rule that holds for STEP of the record, or NULL. */
const struct register_senketsu *step_rule(const struct step_ask *ask,
                                          const struct register_step *step);

/* 1 when ASK->person may not fill STEP because of who she is to the record; *RET_WAIVER then is the
 * waiver that lifts it (and the answer 0). */
int step_barred(const struct step_ask *ask, const struct register_step *step, uint64_t person,
                uint64_t *ret_waiver, struct err *err);

/* 1 with *RET when PERSON is away now by an absence that counts for the record: not one that
 * somebody whom the record concerns entered for her; 0; -1. */
int person_away(const struct step_ask *ask, uint64_t person, struct absence *ret, struct err *err);

/* 0 when ASK->person may fill an open step (*RET says which and how), else -1 with the reason. */
int step_may(const struct step_ask *ask, struct step_grant *ret, struct err *err);

/* The route of RECORD while a step of it is open, or NULL. */
const struct register_route *record_route(struct register_set *set, const struct record *record);

/* The first open step of RECORD that is not done, or NULL. */
const struct register_step *record_step(const struct step_ask *ask, struct err *err);

/* The step after the last one that opens along with step AT. */
size_t route_group_end(const struct register_route *route, size_t at);

/* The first step that opens along with step AT. */
size_t route_group_start(const struct register_route *route, size_t at);

/* 1 when STEP is done: not asked of this record, melted into the decision, passed over, or with
 * votes enough, a vote of EXTRA (0: nobody) counted in; 0; -1. */
int step_done(const struct step_ask *ask, const struct register_route *route,
              const struct register_step *step, uint64_t extra, struct err *err);

/* Walks ROUTE from the group that begins at START to the first that is not done; the decision never
 * is. Inside a unit; passing over (koetsu) writes what the holder reads later. */
int route_walk(const struct step_ask *ask, const struct register_route *route, size_t start,
               int *ret_at, struct err *err);

/* A vote on STEP; OBJECTS 1 noted, 2 waits for the owner's answer. */
int vote_add(const struct step_ask *ask, const struct register_step *step, int objects,
             struct err *err);

/* Drops the votes on the steps of ROUTE from START on. */
int votes_drop(const struct step_ask *ask, const struct register_route *route, size_t start,
               struct err *err);

/* Drops what was passed over on the steps of ROUTE from START on and not yet read: it is asked
 * anew. */
int passed_drop(const struct step_ask *ask, const struct register_route *route, size_t start,
                struct err *err);

/* The owner answered: objections that wait are noted ones. *RET_COUNT says how many waited. */
int votes_answer(const struct step_ask *ask, size_t *ret_count, struct err *err);

/* 1 when an objection on RECORD waits for the owner's answer; 0; -1. */
int votes_stopped(const struct step_ask *ask, struct err *err);

/* 1 when somebody filled a step of RECORD since its state began; 0; -1. */
int record_acted(struct store *store, const struct record *record, struct err *err);

/* One thing to be read afterwards. */
struct later {
    uint64_t id;
    const char *kind; /* "koetsu" or "daiketsu" */
    const struct register_step *step;
    uint64_t person, absence;
};

/* Opens a read-afterwards item for LATER->person. */
int later_add(const struct step_ask *ask, const struct later *later, struct err *err);

/* The unread item of ASK->person for ASK->key (empty: any). 0 with *RET_ID, 1 none, -1. */
int later_find(const struct step_ask *ask, uint64_t *ret_id, struct err *err);

/* Marks item ID as read by ACT. */
int later_read(struct store *store, uint64_t id, uint64_t act, int64_t at_us, struct err *err);

/* The waiver not yet used that lets PERSON fill STEP of RECORD: 1 with *RET, 0, -1. */
int waiver_find(struct store *store, const struct record *record, struct str step, uint64_t person,
                uint64_t *ret, struct err *err);

/* ACT used the waiver that record GRANTED stands for. -1 register.apart when it was used before. */
int waiver_use(struct store *store, uint64_t granted, uint64_t act, struct err *err);

/* The key role.set (slot.c). */
register_effect_call effect_role_set;

/* The effects the engine itself carries out (waiver.grant, deputy.set), or NULL. */
const struct register_effect *builtin_effect(struct str name);

#endif
