/*
 * portal: the HTTP front of one zone (docs/design/contract.md). It keeps nothing: pages come from
 * memory, /api/v1 goes to cored, authd and gated over their edges, and a request waits suspended
 * while one of them works. One thread; libmicrohttpd's epoll descriptor hangs in base/loop.
 */
#ifndef EDGE_PORTAL_PORTAL_H
#define EDGE_PORTAL_PORTAL_H

#include "base/ipc/ipc.h"

struct portal;

/* What a portal is told at birth; all of it borrowed for the portal's life. */
struct portal_config {
    struct loop *loop;
    struct ipc_edge *cored, *authd, *gated; /* NULL: answered with 503 */
    const char *zone;                       /* "internet": chooses the shell and the pages */
    const char *listen;                     /* "127.0.0.1:18081", "[::1]:443" */
    const char *host;     /* what the Host header must say: "internet.localhost:18081" */
    const char *origin;   /* NULL: http:// in front of names below localhost, else https:// */
    const char *web_dir;  /* folder of manifest.json */
    unsigned per_address; /* most connections of one address; 0: 200 */
};

/* Reads the pages, listens and serves from CONFIG->loop. Err bundle.*, portal.listen,
 * portal.option. */
int portal_open(const struct portal_config *config, struct portal **ret, struct err *err);

#endif
