/*
 * value: one value of a field as one cell of a table, and back. What value_put writes, value_take
 * reads as the same value.
 */
#ifndef CORE_SHEET_VALUE_H
#define CORE_SHEET_VALUE_H

#include "core/register/definition.h"
#include "core/store/store.h"
#include "format/sheet/sheet.h"

#include <jansson.h>

/* Where codes of persons and sections are looked up, on the day in Japan. */
struct value_ask {
    struct store *store;
    struct arena *arena;
    int64_t day;
};

/*
 * Reads CELL as a value of FIELD, as somebody would write it to register_act: *RET is a new JSON
 * value, null for an empty cell. -1 with sheet.value (not of the field's type: the detail says
 * which form it has), sheet.digits, sheet.person, sheet.person_many, sheet.section,
 * sheet.section_many, or the codes of core/store.
 */
int value_take(const struct value_ask *ask, const struct register_field *field,
               const struct sheet_cell *cell, json_t **ret, struct err *err);

/* False for what only goes out: files, signatures, calculated fields. */
bool value_comes_in(const struct register_field *field);

/* Writes VALUE (NULL and null are an empty cell) as a cell; its text lives in the arena. -1 with
 * sheet.cell (longer than a cell may be), limit.memory, or the codes of core/store. */
int value_put(const struct value_ask *ask, const struct register_field *field, const json_t *value,
              struct sheet_cell *ret, struct err *err);

/* A person and a section as a cell; id 0 is empty. */
int value_put_person(const struct value_ask *ask, uint64_t person, struct sheet_cell *ret,
                     struct err *err);
int value_put_section(const struct value_ask *ask, uint64_t section, struct sheet_cell *ret,
                      struct err *err);

/* True when A and B say the same: empty is missing, null, "" or []. */
bool value_same(const json_t *a, const json_t *b);

#endif
