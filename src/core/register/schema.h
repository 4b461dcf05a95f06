/*
 * schema: the format of register files as JSON Schema (draft 2020-12): for editors and for whoever
 * writes files with other tools. `sekisho register check` remains the judge; the schema knows the
 * keys and the forms of values, not what holds between them.
 */
#ifndef CORE_REGISTER_SCHEMA_H
#define CORE_REGISTER_SCHEMA_H

#include <jansson.h>

/* The schema; a new reference. */
json_t *register_schema_json(void);

#endif
