/*
 * sup: what every program and sekishod say to each other.
 * The program reports that it is ready and alive; sekishod hands over new ends of edges and asks it to stop.
 */
#ifndef BASE_SERVICE_SUP_H
#define BASE_SERVICE_SUP_H

#include "base/ipc/codec.h"

/* program → sekishod: start-up is done, requests are welcome (note). */
struct sup_ready {
    struct str layers; /* the sandbox layers that hold, comma-separated */
};

/* program → sekishod, every 5 s: the loop turns (note). */
struct sup_beat {
    uint64_t at_ms; /* monotonic */
};

/* sekishod → program: one descriptor, the new end of edge NAME, in place of a dead one (note). */
struct sup_edge {
    struct str name;
};

/* sekishod → program: finish what is begun and exit (note). */
struct sup_stop {
    uint64_t within_ms;
};

extern const struct ipc_message sup_ready_message, sup_beat_message, sup_edge_message,
    sup_stop_message;

#endif
