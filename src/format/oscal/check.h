/*
 * check: do the references of OSCAL files resolve? A schema cannot tell. Private to format/oscal;
 * oscal_check (oscal.h) is the door for bytes.
 */
#ifndef FORMAT_OSCAL_CHECK_H
#define FORMAT_OSCAL_CHECK_H

#include "base/mem/err.h"

#include <jansson.h>

/* A file that was parsed: {"catalog": {…}}. */
struct checked {
    const char *name;
    const json_t *root;
};

/* oscal_check for COUNT parsed files. */
int oscal_check_roots(const struct checked *files, size_t count, struct err *err);

#endif
