/*
 * api: the calls of /api/v1 that cored answers (docs/design/contract.md).
 *
 * One table of (method, pattern, handlers). A changing call has a `write`, which runs in a unit of
 * core/store, and a `read`, which makes the answer from what is committed: so no answer precedes
 * its durability. The person comes from authd by the session, the zone from the edge; nothing in a
 * message says who asks.
 *
 * Other modules add tables with api_routes_add.
 */
#ifndef CORE_API_API_H
#define CORE_API_API_H

#include "base/ipc/ipc.h"
#include "base/mem/arena.h"
#include "core/api/session.h"
#include "core/register/register.h"
#include "core/store/store.h"
#include "core/transfer/transfer.h"
#include "proto/api/api.h"

#include <jansson.h>

enum {
    API_PARTS_MOST = 8,
    API_ARENA_BYTES = 32 << 20,
    API_BODY_BYTES = 1 << 20,
    API_FILE_BYTES = 16 << 20
};

struct api;
struct api_call;
struct control;
struct people_desk;
struct reading;
struct sheeting;
struct duty_desk;

/* In a unit. 0, or -1 with the code of the answer. */
typedef int api_write(struct api_call *call, struct err *err);

/* Makes the answer: 0 with *RET (taken over), -1. */
typedef int api_read(struct api_call *call, json_t **ret, struct err *err);

/* Takes CALL over and ends it later by api_answer, api_answer_text or api_fail. */
typedef void api_later(struct api_call *call);

struct api_route {
    const char *method;
    const char *pattern; /* "transfers/:/items/:": each ":" is one part, given in call->part */
    unsigned status;     /* of success */
    api_write *write;    /* NULL: reads only */
    api_read *read;      /* NULL: answers {} */
    api_later *later;    /* not NULL: instead of both */
    bool open;           /* needs no session */
    bool quiet;          /* a page polls it: no use of the session */
    bool raw;            /* the body is a file: call->file, not JSON */
    uint64_t file_bytes; /* of a raw one at most; 0: API_FILE_BYTES */
};

/* One request on its way. Lives until it is answered. */
struct api_call {
    struct api *api;
    struct ipc_call *ipc;
    struct arena *arena;
    const struct api_route *route;
    struct str method, path, query, session, zone;
    struct str part[API_PARTS_MOST]; /* what ":" stood for */
    json_t *body;                    /* an object; empty when there was none */
    int file;                        /* of a raw route: sealed memory file, -1: none */
    struct session_known known;      /* who asks */
    uint64_t made;                   /* what a write hands to its read: an id */
    void *more;                      /* of a module's handlers, in the arena */
    int result;
};

struct api_config {
    struct loop *loop;
    struct store *store;
    struct transfer_desk *desk;
    struct register_set *registers;
    struct session_desk *sessions;
    struct ipc_edge *ledger;    /* NULL: there is none */
    struct control *control;    /* NULL: no policy */
    struct reading *reading;    /* NULL: no policy can be read */
    struct people_desk *people; /* NULL: no batches of appointments */
    struct sheeting *sheeting;  /* NULL: no tables in or out */
    struct duty_desk *duties;   /* NULL: no year's list */
    bool demo;
};

/* A desk for calls with the tables of this module. Owned by the caller; CONFIG is copied. */
struct api *api_new(const struct api_config *config);
void api_free(struct api *api);

/* Adds COUNT routes (static storage). A pattern that stands already is shadowed by the older one.
 */
void api_routes_add(struct api *api, const struct api_route *routes, size_t count);

/* The configuration given at birth. */
const struct api_config *api_config(const struct api *api);

/* The handler of api_request_message; ZONE is the edge's. */
void api_request_take(struct api *api, struct ipc_call *ipc, struct str zone,
                      const struct api_request *request);

/* Ends CALL with STATUS and BODY (taken over). */
void api_answer_json(struct api_call *call, unsigned status, json_t *body);

/* Ends CALL with TEXT of TYPE, as attachment when FILENAME is not empty. */
void api_answer_text(struct api_call *call, const char *type, struct str filename, struct str text);

/* Ends CALL with FILE (sealed, taken over) of TYPE as attachment FILENAME. */
void api_answer_file(struct api_call *call, const char *type, struct str filename, int file);

/* Ends CALL with the status and body of ERR. */
void api_fail(struct api_call *call, const struct err *err);

/* The caller as core/transfer and core/register know it. */
struct transfer_caller api_transfer_caller(const struct api_call *call);
struct register_caller api_register_caller(const struct api_call *call);

/* The text of KEY in the body; empty when it is missing. -1 api.field when it is there and no text.
 */
int api_text(const struct api_call *call, const char *key, struct str *ret, struct err *err);

/* The whole number of KEY in the body, 0 … 2^53. -1 api.field when it is missing or none. */
int api_number(const struct api_call *call, const char *key, int64_t *ret, struct err *err);

/* The value of KEY in the query, percent-decoded; p NULL when it is missing. */
struct str api_query(const struct api_call *call, const char *key);

/* The same; OTHERWISE (static storage) when it is not said, empty, or holds a NUL. */
struct str api_query_or(const struct api_call *call, const char *key, const char *otherwise);

/* 32 bytes of hex under KEY; false when there are none. */
bool api_digest(const struct api_call *call, const char *key, unsigned char ret[32]);

/* The HTTP status of an error code. */
unsigned api_status(const char *code);

#endif
