/*
 * register_made: made-up values of fields, for walking a register's moves. Pure.
 */
#ifndef CMD_SEKISHO_REGISTER_MADE_H
#define CMD_SEKISHO_REGISTER_MADE_H

#include "core/register/definition.h"

#include <jansson.h>

enum {
    REGISTER_MADE_VARIANTS = 8, /* values tried for a field whose check refuses the first */
    REGISTER_MADE_FIRST = 3,    /* the made-up person of the first of the kinds below */
    REGISTER_MADE_KINDS = 5
};

/* The kinds of engagement besides staff, each with a made-up person of its own. */
extern const char *const register_made_kinds[REGISTER_MADE_KINDS];

/* A value of FIELD (new reference; a list when FIELD has many and VARIANT wants all), NULL for
 * refs, tables and what is computed. VARIANT 0 is the plain one, others differ in ways that checks
 * of fields ask for (earlier, later, more, less). Unique fields differ by SERIAL. */
json_t *register_made(const struct register_field *field, unsigned variant, unsigned serial);

#endif
