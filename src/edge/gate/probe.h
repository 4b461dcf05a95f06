/*
 * probe: the files a scanner must judge rightly before it is believed: made here, so that no
 * scanner finds them in this program. Private to edge/gate.
 */
#ifndef EDGE_GATE_PROBE_H
#define EDGE_GATE_PROBE_H

#include "base/mem/buf.h"
#include "edge/gate/clamd.h"

enum probe_case {
    PROBE_HARMLESS,  /* a text: clean */
    PROBE_EICAR,     /* the test file of eicar.org: found */
    PROBE_ZIP,       /* the same in a zip: found */
    PROBE_NESTED,    /* the same in 20 zips in each other: found, or past the scanner's limits */
    PROBE_ENCRYPTED, /* an encrypted zip: said to be encrypted */
    PROBE_CASES
};

enum { PROBE_BYTES = 8192 };

/* The word of CASE: "zip". */
const char *probe_word(enum probe_case which);

/* Appends the file of CASE (at most PROBE_BYTES). */
void probe_put(enum probe_case which, struct buf *out);

/* True if RESULT is what a scanner that is set up rightly answers to CASE. */
bool probe_right(enum probe_case which, enum clamd_result result);

#endif
