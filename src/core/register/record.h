/*
 * record: rows of records and revisions: loading, checking values, commitments. For the files of
 * core/register.
 */
#ifndef CORE_REGISTER_RECORD_H
#define CORE_REGISTER_RECORD_H

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
 * filled. 0, or -1 register.field, register.field_missing with the key as detail. */
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

/* 1 when PERSON is among those who may fill WHO for RECORD (apart is not judged here); 0; -1. */
int who_holds(struct store *store, const struct record *record, const struct register_who *who,
              uint64_t person, struct err *err);

/* The holders of WHO for RECORD, in order. A peer step has no list: empty. */
int who_list(struct store *store, struct arena *arena, const struct record *record,
             const struct register_who *who, uint64_t **ret, size_t *ret_count, struct err *err);

/* Who may fill a step. */
struct step_holders {
    struct register_who who; /* the step's, or the superior it came to */
    uint64_t *list;
    size_t count;
};

/*
 * The persons who may fill STEP of RECORD now, apart from whom it concerns, in order. When the
 * holders of the step's role are all concerned or there is none, the role's superior is asked
 * instead (hikiage). None at all: count 0 (the record is stuck, never passed over).
 */
int step_candidates(struct register_set *set, struct store *store, struct arena *arena,
                    const struct record *record, const struct register_step *step,
                    struct step_holders *ret, struct err *err);

/* The open step of RECORD, or NULL. */
const struct register_step *record_step(struct register_set *set, const struct record *record);

/* 0 when CALLER may fill the open step (candidate, apart, not yet voted), else -1 with the reason.
 */
int step_may(struct register_set *set, struct store *store, struct arena *arena,
             const struct record *record, const struct register_caller *caller, struct err *err);

#endif
