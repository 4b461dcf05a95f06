/*
 * confine: what a daemon may still do once it runs: its own folder, its open sockets, nothing else.
 */
#ifndef BASE_SERVICE_CONFINE_H
#define BASE_SERVICE_CONFINE_H

#include "base/mem/buf.h"
#include "base/mem/err.h"

/*
 * Takes everything away from the process NAME but reading and changing below STATE_DIR, reading below DATA_DIR, threads,
 * and descriptors it holds or is handed. Appends the layers that hold to RET_LAYERS ("landlock6,seccomp"). -1 sandbox.*: the
 * process must end.
 */
int confine(const char *name, const char *state_dir, const char *data_dir, struct buf *ret_layers,
            struct err *err);

#endif
