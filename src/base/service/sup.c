/*
 * sup: the tables of sup.h.
 */
#include "base/service/sup.h"

static const struct ipc_field ready_fields[] = {IPC_TEXT(struct sup_ready, layers, 256)};
static const struct ipc_field beat_fields[] = {IPC_FIELD(struct sup_beat, at_ms, IPC_U64)};
static const struct ipc_field edge_fields[] = {IPC_TEXT(struct sup_edge, name, 47)};
static const struct ipc_field stop_fields[] = {IPC_FIELD(struct sup_stop, within_ms, IPC_U64)};

const struct ipc_message sup_ready_message = {1, "sup.ready", sizeof(struct sup_ready),
                                              ready_fields, 1, 0};
const struct ipc_message sup_beat_message = {2, "sup.beat", sizeof(struct sup_beat), beat_fields, 1,
                                             0};
const struct ipc_message sup_edge_message = {3, "sup.edge", sizeof(struct sup_edge), edge_fields, 1,
                                             1};
const struct ipc_message sup_stop_message = {4, "sup.stop", sizeof(struct sup_stop), stop_fields, 1,
                                             0};
