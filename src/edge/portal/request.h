/*
 * request: one HTTP request inside portald, from its first header to the last byte of its answer.
 *
 * A family of requests (struct request_kind) has three calls: begin when the headers are there,
 * data for bytes of the body, end when the body is whole. Each either answers (request_answer and
 * its kin), or waits (request_wait … request_wake), or returns to be called again. Private to
 * edge/portal.
 */
#ifndef EDGE_PORTAL_REQUEST_H
#define EDGE_PORTAL_REQUEST_H

#include "base/ipc/ipc.h"
#include "edge/portal/bundle.h"
#include "edge/portal/header.h"
#include "edge/portal/portal.h"

#include <microhttpd.h>

struct request;

struct portal {
    struct portal_config config;
    char origin[300];
    struct bundle *bundle;
    struct MHD_Daemon *daemon;
    struct loop_watch *watch;
    struct loop_timer *timer;
    bool resumed; /* a connection was resumed since the daemon's last turn */
};

struct request_kind {
    void (*begin)(struct request *r);
    /* Takes bytes and answers how many; it is called again with the rest, after the wait if it
     * waits. */
    size_t (*data)(struct request *r, struct str bytes);
    void (*end)(struct request *r);
    /* The connection is done with R (WHOLE: the answer reached the socket); frees what STATE holds.
     */
    void (*gone)(struct request *r, bool whole);
};

struct request {
    struct portal *portal;
    struct MHD_Connection *connection;
    const struct request_kind *kind;
    char *target;       /* the request target as it came, owned */
    struct str path;    /* of target, before "?" */
    struct str query;   /* of target, behind "?" */
    struct str method;  /* after X-HTTP-Method-Override */
    struct buf tail;    /* the decoded path behind /api/v1/ */
    struct str session; /* the cookie's value */
    char address[64];   /* of the client */
    void *state;        /* the kind's own */
    bool begun, again, ended, waiting, suspended, upload;
    uint64_t drained; /* body bytes thrown away after the answer was known */
    unsigned status;
    struct MHD_Response *answer; /* owned until queued */
};

/* R waits until request_wake. Called from the kind's calls and content readers only, before the
 * request that will wake it is sent (which may fail, and wake, at once). */
void request_wait(struct request *r);

/* At the end of every call of libmicrohttpd: suspends the connection if R waits. True if it did. */
bool request_settle(struct request *r);

/* Lets R go on; nothing when it does not wait. */
void request_wake(struct request *r);

/* The value of header NAME, empty when there is none. */
struct str request_header(const struct request *r, const char *name);

/* Gives R its answer (RESPONSE is taken); adds the headers that every answer has. A second answer
 * is dropped. CSP is NULL for the one of pages. */
void request_answer(struct request *r, unsigned status, struct MHD_Response *response,
                    const char *csp);

/* Adds a header to an answer that is being made. */
void answer_header(struct MHD_Response *response, const char *name, const char *value);

/* A response that owns a copy of BODY. */
struct MHD_Response *answer_copy(struct str body);

/* Answers {"code":…,"args":{"detail":…}} with STATUS. */
void request_refuse(struct request *r, unsigned status, const char *code, const char *detail);

/* Answers what ERR (from an edge) says, with the status of its code. */
void request_fail(struct request *r, const struct err *err);

/* The HTTP status of an error CODE from an edge: 500 for one that is not in the table. */
unsigned request_status_of(const char *code);

/* The families: JSON calls of cored and authd, files for cored, tus uploads, contents, pages. */
/* api.c: how many bytes the body of a POST to TAIL (behind /api/v1/) may have when it is a file; 0:
 * it is none. */
size_t file_most(struct str tail);

extern const struct request_kind request_api, request_file, request_auth, request_upload, request_content,
    request_page;

#endif
