/*
 * import: what the readers of OSCAL files share. Private to format/oscal.
 */
#ifndef FORMAT_OSCAL_IMPORT_H
#define FORMAT_OSCAL_IMPORT_H

#include "format/oscal/make.h"

/* A file of others being read. */
struct importer {
    struct arena *arena;
    struct err *err;
    struct oscal_reading *reading;
    json_t *seen; /* findings that are told once */
};

/* A finding, at most POLICY_FINDINGS of them; the same CODE and WHAT once only. */
void importer_find(struct importer *im, const char *code, const char *where, const char *what);

/* The text of KEY in OBJECT, or NULL. */
const char *member_text(const json_t *object, const char *key);

/* Tells of each key of OBJECT that is not in KNOWN (ends with NULL). */
void importer_known(struct importer *im, const json_t *object, const char *where,
                    const char *const *known);

/* The value of our property NAME of OBJECT, "quoted" undone, as a new JSON text; NULL: none. */
json_t *prop_value(const json_t *object, const char *name);

/* The catalog BODY as the reader's JSON into im->reading->tree. */
int catalog_read(struct importer *im, const json_t *body, struct str name, struct str sha256_hex,
                 size_t bytes);

#endif
