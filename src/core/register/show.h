/*
 * show: a definition as JSON: for the pages that make forms from it, and for the command line.
 */
#ifndef CORE_REGISTER_SHOW_H
#define CORE_REGISTER_SHOW_H

#include "core/register/definition.h"

#include <jansson.h>

/* TITLE as {ja, en}. New reference. */
json_t *register_title_json(const struct register_title *title);

/* FIELD: key, type, title, help, and what its type and attributes say. New reference. */
json_t *register_field_json(const struct register_field *field);

/* DEF: register, version, title, help, topics, number, retain, fields, states, moves, routes,
 * access, forms, keys, required_approvers (roles that every route asks). New reference. */
json_t *register_def_json(const struct register_set *set, const struct register_def *def);

#endif
