/*
 * schema: the format of register files as JSON Schema (draft 2020-12): for editors and for whoever
 * writes files with other tools. `sekisho register check` remains the judge; the schema knows the
 * keys and the forms of values, not what holds between them.
 */
#ifndef CORE_REGISTER_SCHEMA_H
#define CORE_REGISTER_SCHEMA_H

#include <jansson.h>
#include <stddef.h>

/* The schema; a new reference. */
json_t *register_schema_json(void);

/* The I-th key of a register file (fields' attributes apart) and the map it stands in; NULL behind
 * the last. */
const char *register_schema_key(size_t i, const char **ret_map);

#endif
