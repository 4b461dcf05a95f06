/*
 * check: do the references of OSCAL files resolve? A schema cannot tell. Private to format/oscal;
 * oscal_check (oscal.h) is the door for bytes.
 */
#ifndef FORMAT_OSCAL_CHECK_H
#define FORMAT_OSCAL_CHECK_H

#include "base/mem/err.h"

#include <jansson.h>
#include <stdbool.h>

/* A file that was parsed: {"catalog": {…}}. */
struct checked {
    const char *name;
    const json_t *root;
};

/* True for the form "2026-04-01T00:00:00+09:00" (also with fractions, or Z): RFC 3339 with an
 * offset. */
bool date_time_valid(const char *s);

/* oscal_check for COUNT parsed files. */
int oscal_check_roots(const struct checked *files, size_t count, struct err *err);

#endif
