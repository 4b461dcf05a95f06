/*
 * api: a portal hands one HTTP request of /api/v1 to cored (docs/design/contract.md).
 * The zone is the edge's name ("portald.lgwan"), never a field. Bodies and answers past
 * IPC_TEXT_BYTES travel as one sealed memfd beside an empty text.
 */
#ifndef PROTO_API_API_H
#define PROTO_API_API_H

#include "base/ipc/codec.h"

struct api_request {
    struct str method;  /* GET POST PATCH DELETE */
    struct str path;    /* behind /api/v1/, percent-decoded, UTF-8 checked */
    struct str query;   /* raw, without "?" */
    struct str session; /* the cookie's value; empty when there is none */
    struct str address; /* of the client, for the log */
    struct str body;    /* JSON; or one memfd */
};

struct api_answer {
    uint64_t status;
    struct str type;       /* content type; empty: application/json */
    struct str filename;   /* not empty: sent as attachment under this name (UTF-8) */
    struct str body;       /* or one memfd */
};

extern const struct ipc_message api_request_message, api_answer_message;

#endif
