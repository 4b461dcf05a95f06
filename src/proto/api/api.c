/*
 * api: the tables of api.h.
 */
#include "proto/api/api.h"

static const struct ipc_field request_fields[] = {
    IPC_TEXT(struct api_request, method, 8),    IPC_TEXT(struct api_request, path, 1024),
    IPC_TEXT(struct api_request, query, 2048),  IPC_TEXT(struct api_request, session, 128),
    IPC_TEXT(struct api_request, address, 64),  IPC_TEXT(struct api_request, body, IPC_TEXT_BYTES),
};

static const struct ipc_field answer_fields[] = {
    IPC_FIELD(struct api_answer, status, IPC_U64),
    IPC_TEXT(struct api_answer, type, 128),
    IPC_TEXT(struct api_answer, filename, 1024),
    IPC_TEXT(struct api_answer, body, IPC_TEXT_BYTES),
};

const struct ipc_message api_request_message = {1, "api.request", sizeof(struct api_request),
                                                request_fields, 6, 1};
const struct ipc_message api_answer_message = {2, "api.answer", sizeof(struct api_answer),
                                               answer_fields, 4, 1};
