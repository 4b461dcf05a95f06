/*
 * codec: how a message stands in a packet.
 *
 * A message is a C struct described by a table of fields; one encoder and one decoder serve all.
 * Packet: uint16 type, uint16 flags, uint32 zero, uint64 call id, then the fields in table order, all
 * integers little-endian: IPC_U64 and IPC_I64 8 bytes, IPC_BOOL 1 byte (0 or 1), IPC_STR uint32 length
 * and the bytes, IPC_HASH 32 bytes. Decoding must consume the packet exactly; a string past its limit,
 * a boolean of 2 or a byte too many is "ipc.malformed" and ends the peer.
 */
#ifndef BASE_IPC_CODEC_H
#define BASE_IPC_CODEC_H

#include "base/mem/buf.h"
#include "base/mem/err.h"
#include "base/mem/str.h"

#include <stddef.h>
#include <stdint.h>

enum {
    IPC_PACKET_BYTES = 65536, /* one message, one packet */
    IPC_HEADER_BYTES = 16,
    IPC_FDS_MOST = 4,
    IPC_TEXT_BYTES = 60000 /* room for a long text beside small fields */
};

enum ipc_type {
    IPC_U64,  /* uint64_t */
    IPC_I64,  /* int64_t */
    IPC_BOOL, /* bool */
    IPC_STR,  /* struct str, borrowed from the packet while the handler runs */
    IPC_HASH  /* unsigned char[32] */
};

struct ipc_field {
    const char *name;
    enum ipc_type type;
    size_t offset;      /* in the message's struct */
    size_t limit_bytes; /* IPC_STR only: the longest allowed */
};

struct ipc_message {
    uint16_t type; /* unique in its protocol, > 0 */
    const char *name;
    size_t size; /* of the struct */
    const struct ipc_field *fields;
    size_t field_count;
    unsigned fds; /* most file descriptors it may carry */
};

/* Rows of a field table: IPC_FIELD(struct x, member, IPC_U64) and IPC_TEXT(struct x, member, limit). */
#define IPC_FIELD(type, member, kind) {#member, kind, offsetof(type, member), 0}
#define IPC_TEXT(type, member, limit) {#member, IPC_STR, offsetof(type, member), limit}

enum ipc_flag { IPC_REQUEST = 1, IPC_ANSWER = 2, IPC_FAILURE = 3, IPC_NOTE = 4 };

struct ipc_header {
    uint16_t type;
    uint16_t flag; /* enum ipc_flag */
    uint64_t call;
};

/* Appends the packet of VALUE (a struct described by MESSAGE) to OUT, whose limit must be
 * IPC_PACKET_BYTES. -1 "ipc.too_large" when a string passes its limit or all of it the packet. */
int ipc_encode(struct buf *out, const struct ipc_header *header, const struct ipc_message *message,
               const void *value, struct err *err);

/* Reads the 16 bytes in front. -1 "ipc.malformed". */
int ipc_decode_header(struct str packet, struct ipc_header *ret_header, struct err *err);

/* Reads the fields of MESSAGE from a whole PACKET into *RET_VALUE (MESSAGE->size bytes, zeroed
 * first); its strings point into PACKET. -1 "ipc.malformed". */
int ipc_decode(struct str packet, const struct ipc_message *message, void *ret_value,
               struct err *err);

#endif
