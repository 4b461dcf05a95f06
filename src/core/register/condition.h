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

/* The value of FIELD as a condition sees it; anything that is not one of its type is empty. Texts
 * are borrowed from VALUE. Of a period see field_value_part. */
void field_value(const struct register_field *field, json_t *value, struct cond_value *ret);

/* A period's day: FROM or until. */
void field_value_part(json_t *value, bool from, struct cond_value *ret);

/* What a condition calls FIELD's type. */
enum cond_type field_cond_type(const struct register_field *field);

/* The fiscal year of DAY. */
int64_t fiscal_year_of(int64_t day);

/* The names of DEF that pass ALLOWED (of a field; NULL: all), for a condition that somebody asks
 * about records of it: columns of the projection under the names of project.h. In ARENA; NULL at
 * its limit. */
typedef bool condition_allowed(void *ctx, const struct register_field *field);
const struct cond_scope *condition_scope(struct arena *arena, const struct register_def *def,
                                         condition_allowed *allowed, void *ctx);

#endif
