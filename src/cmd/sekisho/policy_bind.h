/*
 * policy_bind: `sekisho policy bind`.
 */
#ifndef CMD_SEKISHO_POLICY_BIND_H
#define CMD_SEKISHO_POLICY_BIND_H

#include "base/mem/err.h"

#include <jansson.h>

/*
 * Prints, as a bind.yaml, the topic that each titled clause of TREE (policy-worker's JSON) is most
 * likely about, with the confidence and the second best as a comment; the catalogue is that of
 * DATA_DIR. Every row says `confirmed: no`. 0, 1 when some rows must be asked, or -1 with the
 * errors of catalogue_read, limit.memory.
 */
int policy_bind_print(const json_t *tree, const char *data_dir, struct err *err);

#endif
