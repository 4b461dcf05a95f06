/*
 * condition: conditions of register files: what their names mean, and whether they hold of a
 * record. The language is format/cond.
 *
 * To give a new key of a register file a condition: reader_condition() while reading (the
 * definition's fields and states must be read already), record_holds() (record.h) when a record
 * stands there.
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
    CONDITION_ROUTE,  /* and owner, section, number, created, changed, entered, fy; rank(class) */
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

/* True when COND compares a class with a code of its scheme. */
bool condition_names_code(const struct cond *cond);

/* Reads `required` (where it is no plain yes or no), `visible_if` and `check` of DEF's fields. */
void reader_conditions(struct reader *reader, struct register_def *def);

#endif
