/* oscal: what policy-worker makes of a foreign OSCAL file. */
#ifndef CMD_POLICY_WORKER_OSCAL_H
#define CMD_POLICY_WORKER_OSCAL_H

#include "base/mem/arena.h"
#include "base/mem/buf.h"
#include "base/mem/err.h"
#include "base/mem/str.h"

/*
 * Reads SOURCE, an OSCAL catalog, profile or mapping of the file NAME with the digest SHA256_HEX,
 * and writes to OUT one line {"model", "findings": [{code, where, what}]}, then a catalog's tree as
 * `policy read` writes it, or the rows of the other two. 0, 1 when there are findings, -1 with the
 * codes of oscal_read or limit.buffer.
 */
int oscal_answer(struct arena *arena, struct str source, struct str name, struct str sha256_hex,
                 struct buf *out, struct err *err);

#endif
