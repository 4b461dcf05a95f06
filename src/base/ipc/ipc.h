/*
 * ipc: one edge between two processes: a SOCK_SEQPACKET pair made by the supervisor.
 *
 * Requests are asynchronous: an answer, a failure or the loss of the edge calls back exactly once.
 * An edge outlives its socket: when the peer dies, what was asked fails with "ipc.away", and the
 * supervisor hands over a new socket (ipc_edge_attach). A peer that sends anything a table does not
 * describe is cut off at once. Bulk goes as file descriptors, never as bytes.
 */
#ifndef BASE_IPC_IPC_H
#define BASE_IPC_IPC_H

#include "base/ipc/codec.h"
#include "base/loop/loop.h"

struct ipc_edge;
struct ipc_call;

enum {
    IPC_QUEUE_BYTES = 8 << 20, /* most unsent bytes on one edge */
    IPC_CALLS_MOST = 4096      /* most open requests on one edge */
};

/*
 * A handler of one message type. VALUE is the decoded struct; it and the descriptors of CALL live
 * until the handler returns (ipc_call_take_fd keeps one). A request must be answered exactly once, now or
 * later, by ipc_answer or ipc_fail; a note (ipc_call_is_note) must not.
 */
typedef void ipc_handler(void *ctx, struct ipc_call *call, const void *value);

struct ipc_route {
    const struct ipc_message *message;
    ipc_handler *handle;
};

/* What one end of an edge accepts. Routes are static tables. */
struct ipc_service {
    const char *name;
    const struct ipc_route *routes;
    size_t route_count;
};

/* What came back: VALUE is NULL when it failed, then ERR says why ("ipc.away", "ipc.timeout", or
 * what the server failed with). FDS (FD_COUNT of them) are the callee's to close or keep. */
struct ipc_result {
    const struct ipc_message *message;
    const void *value;
    const int *fds;
    size_t fd_count;
    const struct err *err;
};

typedef void ipc_done(void *arg, const struct ipc_result *result);

/* Called when the edge came up (true) or went away (false). */
typedef void ipc_state_call(void *arg, struct ipc_edge *edge, bool up);

/* A new edge without socket. NAME is copied; SERVICE (may be NULL: no incoming messages but answers) and CTX
 * are for its handlers. Owned by the caller. */
struct ipc_edge *ipc_edge_new(struct loop *loop, const char *name, const struct ipc_service *service,
                              void *ctx);

/* Sets what EDGE accepts and the context of its handlers, in place of what it was born with. */
void ipc_edge_serve(struct ipc_edge *edge, const struct ipc_service *service, void *ctx);

/* Closes and frees EDGE; open requests fail with "ipc.away" first. NULL is fine. */
void ipc_edge_free(struct ipc_edge *edge);

/* Gives EDGE a connected SEQPACKET socket (owned from now on), in place of the one it had. */
void ipc_edge_attach(struct ipc_edge *edge, int fd);

/* Sets who is told about up and down; called at once when the edge is up already. */
void ipc_edge_on_state(struct ipc_edge *edge, ipc_state_call *call, void *arg);

/* True while a socket is attached; the name given at birth. */
bool ipc_edge_up(const struct ipc_edge *edge);
const char *ipc_edge_name(const struct ipc_edge *edge);

/* What a request or note carries besides its struct. */
struct ipc_attach {
    const int *fds; /* duplicated by the call; the caller keeps its own */
    size_t fd_count;
};

/*
 * Sends VALUE as MESSAGE and calls DONE(arg, result) exactly once: with the answer (any message of the
 * table ANSWER names), a failure, or after TIMEOUT_MS (0: 30 s). DONE may run before this returns only when
 * the edge is down or the message cannot be encoded. ATTACH may be NULL.
 */
void ipc_request(struct ipc_edge *edge, const struct ipc_message *message, const void *value,
                 const struct ipc_attach *attach, const struct ipc_message *answer,
                 uint32_t timeout_ms, ipc_done *done, void *arg);

/* Sends VALUE without an answer. 0, or -1 "ipc.away" or "ipc.too_large": the note is lost. */
int ipc_note(struct ipc_edge *edge, const struct ipc_message *message, const void *value,
             struct err *err);

/* Like ipc_note, with descriptors. */
int ipc_note_with(struct ipc_edge *edge, const struct ipc_message *message, const void *value,
                  const struct ipc_attach *attach, struct err *err);

/* Forgets every open request whose ARG is ARG: DONE is not called. For a requester that goes away. */
void ipc_forget(struct ipc_edge *edge, const void *arg);

/* Of a call inside its handler, or later when the handler kept it to answer: its edge. */
struct ipc_edge *ipc_call_edge(const struct ipc_call *call);

/* True if CALL is a note. */
bool ipc_call_is_note(const struct ipc_call *call);

/* The number of descriptors that came with CALL, and one of them moved to the caller (-1 when there is none at I). */
size_t ipc_call_fd_count(const struct ipc_call *call);
int ipc_call_take_fd(struct ipc_call *call, size_t i);

/* Answers CALL and frees it. ATTACH may be NULL. An edge that went away meanwhile swallows it. */
void ipc_answer(struct ipc_call *call, const struct ipc_message *message, const void *value,
                const struct ipc_attach *attach);

/* Fails CALL with ERR's code and detail and frees it. */
void ipc_fail(struct ipc_call *call, const struct err *err);

/* A connected SEQPACKET pair, close-on-exec, non-blocking. 0, or -1 "ipc.socket". */
int ipc_pair(int ret_fds[2], struct err *err);

#endif
