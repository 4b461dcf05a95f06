/*
 * values: values of fields: taken from who writes (put into their one form), checked as they are
 * kept, and the defaults of a new record. docs/design/registers.md says how each type is kept.
 *
 * What is wrong ends in register.field_<kind> with the field's key as detail; see values.c for the
 * kinds. A status is 422 for all of them.
 */
#ifndef CORE_REGISTER_VALUES_H
#define CORE_REGISTER_VALUES_H

#include "core/register/record.h"

enum {
    VALUE_TEXT_CHARS = 20000,
    VALUE_ROWS = 2000,
    VALUE_SHEET_ROWS = 200,
    VALUE_MANY = 200,
    VALUE_FILES = 50,
    VALUE_FILE_MIB = 100
};

/* Who writes what over what. */
struct values_taking {
    const struct register_def *def;
    json_t *old;     /* the record's fields before, NULL: it is opened */
    uint64_t person; /* who signs; 0: the system, which signs nothing */
    uint64_t section;
    int64_t now_us;
};

/*
 * FIELDS (borrowed) as they are to be kept, in *RET (new reference): numbers "12.5" as scaled
 * integers, times as microseconds, names of hosts and mails in small letters, digits padded, `true`
 * in a sign field as who signed what and when. -1 with the codes of fields_check.
 */
int values_take(const struct values_taking *taking, json_t *fields, json_t **ret, struct err *err);

/* Lays the defaults of DEF under FIELDS. */
void values_default(const struct values_taking *taking, json_t *fields);

/* 0 when VALUE, as it is kept, is one of FIELD; WHOLE: also required columns and rows are there. */
int value_check(const struct register_field *field, json_t *value, bool whole, struct err *err);

/* 0 when the field's default is a value of it. */
int value_default_check(const struct register_field *field, struct err *err);

/*
 * 0 when the persons, sections, posts and records that FIELDS name are there, as far as CALLER may
 * know: a record she may not see is not there. -1 register.field_person and so on.
 */
int values_known(struct register_set *set, struct store *store, struct arena *arena,
                 const struct register_caller *caller, const struct register_def *def,
                 json_t *fields, struct err *err);

/* The hash by which the fields of DEF's `match` are known together. False unless all are filled. */
bool values_match(const struct register_def *def, json_t *fields, unsigned char ret_hash[32]);

/* Keeps what is unique of RECORD with FIELDS in STATE (a state that ends gives it free), inside a
 * unit. -1 register.field_taken, the detail is the field's key, or the first of `match`. */
int values_unique(struct store *store, const struct record *record, size_t state, json_t *fields,
                  struct err *err);

/* Reads "-12.5" with at most SCALE decimals into a number scaled by 10^SCALE. */
bool value_decimal(struct str text, unsigned scale, int64_t *ret);

/* The place of CODE among FIELD's choices, or -1. */
int value_choice(const struct register_field *field, struct str code);

/* True when TEXT has the form of a clause id, "std:8(4)①". */
bool value_clause(struct str text);

#endif
