/*
 * reading: hands policy texts that wait to policyd, one after the other, and stores what comes
 * back. An import that was left "reading" by a crash is read again at the next start.
 */
#ifndef CORE_API_READING_H
#define CORE_API_READING_H

#include "base/ipc/ipc.h"
#include "core/control/control.h"

struct reading;

/* Reads imports of CONTROL through EDGE (to policyd; NULL: none can be read). All borrowed. Owned
 * by the caller. */
struct reading *reading_new(struct loop *loop, struct store *store, struct control *control,
                            struct ipc_edge *edge);
void reading_free(struct reading *reading);

/* Begins with the oldest import that waits, when none is being read. NULL is fine. */
void reading_next(struct reading *reading);

#endif
