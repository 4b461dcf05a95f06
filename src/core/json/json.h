/*
 * json: what answers are made of: texts and ids as JSON values. Runs in cored.
 */
#ifndef CORE_JSON_JSON_H
#define CORE_JSON_JSON_H

#include "base/mem/str.h"

#include <jansson.h>
#include <stdint.h>

/* TEXT (UTF-8) as a string, empty when it is not said; a new reference. NULL when it is no UTF-8. */
json_t *json_of_text(struct str text);

/* A record's, transfer's or batch's ID as its 13 characters (core/store/id.h). */
json_t *json_of_id(uint64_t id);

/* An id of core/account as decimal text: beyond 2^53 a number would lose its end in a browser. */
json_t *json_of_decimal(uint64_t id);

#endif
