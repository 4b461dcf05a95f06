/*
 * condition: conditions of register files: what their names mean, and whether they hold of a
 * record. The language is format/cond.
 *
 * To give a new key of a register file a condition: reader_condition() while reading (the
 * definition's fields and states must be read already), record_holds() when a record stands there.
 */
#ifndef CORE_REGISTER_CONDITION_H
#define CORE_REGISTER_CONDITION_H

#include "core/register/reader.h"
#include "core/register/record.h"
#include "format/cond/cond.h"

/* What a condition may name. */
enum condition_names {
    CONDITION_FIELDS, /* fields; today, now, fy_now */
    CONDITION_SHOWN,  /* and state */
    CONDITION_RECORD, /* and owner, section, number, created, changed, entered, fy; me, mine, below
                       */
};

/*
 * Reads NODE, a text, as a condition over records of DEF. What is wrong becomes a finding cond.*
 * with the place inside the text; NULL then. The condition lives in the reader's arena.
 * A name of the record goes before a field of the same key, but `number` and what CONDITION_FIELDS
 * does not know.
 */
const struct cond *reader_condition(struct reader *reader, const struct yaml_node *node,
                                    const struct register_def *def, enum condition_names names);

/* Reads `required` (where it is no plain yes or no), `visible_if` and `check` of DEF's fields. */
void reader_conditions(struct reader *reader, struct register_def *def);

/* 1: COND (CONDITION_FIELDS or _SHOWN) holds of FIELDS in STATE today, 0, -1. */
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

#endif
