/*
 * service: the frame of a daemon. main.c declares what the program is (a struct service) and hands over.
 *
 * The frame reads the command line that sekishod wrote, makes the edges, starts the program, tells
 * sekishod that it is ready, beats, takes new ends of edges, and ends in order. A program whose
 * supervisor is gone exits.
 */
#ifndef BASE_SERVICE_SERVICE_H
#define BASE_SERVICE_SERVICE_H

#include "base/ipc/ipc.h"

struct service_run;

/* One edge this program takes part in. A name that ends in ".*" stands for all edges that begin so. */
struct service_edge {
    const char *name;
    const struct ipc_service *accepts; /* NULL: client only */
};

struct service {
    const char *name;
    const struct service_edge *edges;
    size_t edge_count;
    /* Opens folders and databases, sets up timers, registers on edges (they are not connected yet). Gives the
     * context of all handlers. Runs before the sandbox closes. */
    int (*start)(struct service_run *run, void **ret_ctx, struct err *err);
    /* Asked to stop: finish what is begun; service_quit when done (or return and it quits). May be NULL. */
    void (*stop)(void *ctx);
    /* After the start everything but the own folder and the open sockets is taken away (confine.h). False only for
     * a program that starts others. */
    bool confined;
};

/* Runs SERVICE until it is asked to stop. The exit code of main: 0, 2 bad command line, 3 could not start. */
int service_main(const struct service *service, int argc, char **argv);

/* The loop; the folder of this program's state (absolute, exists); the folder of shipped data; the folder of
 * the programs; all borrowed. */
struct loop *service_loop(struct service_run *run);
const char *service_state_dir(const struct service_run *run);
const char *service_data_dir(const struct service_run *run);
const char *service_program_dir(const struct service_run *run);

/* The value of `--set KEY=VALUE`, or NULL. */
const char *service_option(const struct service_run *run, const char *key);

/* The edge of that exact name; NULL when the command line did not give it. */
struct ipc_edge *service_edge_find(struct service_run *run, const char *name);

/* The I-th edge, NULL past the last: to walk over "portald.*". */
struct ipc_edge *service_edge_at(struct service_run *run, size_t i);

/* Ends the loop; service_main returns 0. */
void service_quit(struct service_run *run);

#endif
