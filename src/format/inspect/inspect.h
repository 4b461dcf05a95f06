/*
 * inspect: the second pass. Reads a file that was rebuilt and searches it for every danger it can
 * name, with other code and other libraries than the rebuilder (zlib, an own tag scanner, marker
 * walks). It never changes anything. Runs in the one-shot inspect worker.
 */
#ifndef FORMAT_INSPECT_INSPECT_H
#define FORMAT_INSPECT_INSPECT_H

#include "base/mem/buf.h"
#include "base/mem/str.h"

#include <stdbool.h>

enum { INSPECT_FINDINGS = 100 };

struct inspect_finding {
    char id[12]; /* of the checklist */
    char what[64], at[160];
};

struct inspect_report {
    bool full; /* the grammar was read to the end; else container and signatures only */
    struct inspect_finding findings[INSPECT_FINDINGS];
    size_t count; /* may be more than are held */
};

/* Inspects BYTES, a file of KIND (a word of the kind table). LIMIT_BYTES may be inflated in all.
 * What cannot be read is a finding (GEN-20), never an error. */
void inspect_run(struct str bytes, struct str kind, size_t limit_bytes,
                 struct inspect_report *ret_report);

/* Appends {"depth":…,"findings":[…],"engine":…}. */
void inspect_put(struct buf *buf, const struct inspect_report *report);

/* Notes one finding; for the files of this module. */
void inspect_found(struct inspect_report *report, const char *id, const char *what, struct str at);

/* One XML part called AT; for the files of this module. */
void inspect_xml(struct inspect_report *report, struct str xml, struct str at);

/* One relationship part. */
void inspect_rels(struct inspect_report *report, struct str xml, struct str at);

/* JPEG and PNG by their markers and chunks; a text by its characters, a CSV by its cells. */
void inspect_picture(struct inspect_report *report, struct str bytes, struct str at);
void inspect_text(struct inspect_report *report, struct str bytes, bool csv, struct str at);

#endif
