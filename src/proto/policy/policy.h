/*
 * policy: cored asks policyd to have one policy text read. The text and the answer travel as
 * memory files; what is answered is foreign until it was checked (format/clause).
 */
#ifndef PROTO_POLICY_POLICY_H
#define PROTO_POLICY_POLICY_H

#include "base/ipc/codec.h"

struct policy_ask {
    struct str name; /* of the file, as the sender gave it */
};

/* With one memory file: the reader's answer. */
struct policy_told {
    uint64_t code; /* of policy-worker: 0 read, 1 read with questions, 2 unreadable */
};

extern const struct ipc_message policy_ask_message, policy_told_message;

#endif
