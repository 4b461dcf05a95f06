/*
 * revision: what a confirmed version changed, duty by duty, for who keeps the records of it.
 * Private to core/control.
 */
#ifndef CORE_CONTROL_REVISION_H
#define CORE_CONTROL_REVISION_H

#include "core/control/private.h"
#include "format/clause/diff.h"

/* Is PAIR a duty that somebody must look at again: changed, new, or taken away? */
bool revision_counts(const struct diff_pair *pair, const struct clause_set *old);

/* Inside a unit: tells of each changed duty between the base of V and V, by PERSON; a duty that was
 * told of keeps its record. A first version changes nothing. */
int revision_tell(struct control *control, struct arena *arena, const struct control_version *v,
                  uint64_t person, struct err *err);

/* The record of PAIR's duty in version V, or 0. */
int revision_record(struct control *control, int64_t version, struct str key, struct str kind,
                    int64_t *ret, struct err *err);

#endif
