/*
 * names: what the ids in records are called, for the answers of core/api.
 */
#ifndef CORE_API_NAMES_H
#define CORE_API_NAMES_H

#include "core/api/api.h"
#include "core/register/definition.h"

/*
 * Adds to NAMES ({person: {ID: name}, section: {}, post: {}, record: {ID: {number, register,
 * title}}}) what the ids in VALUE, a value of FIELD that the caller may read, are called. What is
 * unknown gets no name, and a record that the caller may not see none either. -1 with the codes of
 * core/store.
 */
int names_add(struct api_call *call, const struct register_field *field, const json_t *value,
              json_t *names, struct err *err);

/* names_add for the fields of ANSWER: an object {key: value}, or the array [{key, value}] of a
 * record. */
int names_add_fields(struct api_call *call, const struct register_def *def, const json_t *fields,
                     json_t *names, struct err *err);

#endif
