/*
 * gate: a portal moves the bytes of uploads and of clean files to and from gated, in sealed memfds of at
 * most GATE_PIECE_BYTES. The portal's zone is its edge's name. Refusals come as failures whose code and
 * HTTP status stand in docs/design/contract.md (gate.not_found, gate.offset, gate.busy, ...).
 */
#ifndef PROTO_GATE_GATE_H
#define PROTO_GATE_GATE_H

#include "base/ipc/codec.h"

enum { GATE_PIECE_BYTES = 256 * 1024 };

/* HEAD /uploads/ITEM → upload_at. */
struct upload_ask {
    struct str session;
    struct str item;
};

/* PATCH begins: one writer an item; the older silent one is closed after 10 s. → upload_at */
struct upload_begin {
    struct str session;
    struct str item;
    uint64_t offset; /* must equal the synced offset, else gate.offset */
};

/* One piece (one memfd of LENGTH bytes) for HANDLE, in order. → upload_at once written, not yet synced */
struct upload_piece {
    uint64_t handle;
    uint64_t length;
};

/* PATCH ended (whole or cut off): syncs what came. → upload_at with the synced offset */
struct upload_end {
    uint64_t handle;
};

/* DELETE /uploads/ITEM (draft only). → upload_at with offset 0 */
struct upload_cancel {
    struct str session;
    struct str item;
};

struct upload_at {
    uint64_t handle; /* of upload_begin; 0 otherwise */
    uint64_t offset; /* bytes that would survive a crash (upload_piece: bytes written) */
    uint64_t length; /* declared */
};

/* GET /items/ITEM/content → content_about. */
struct content_open {
    struct str session;
    struct str item;
};

struct content_about {
    uint64_t handle;
    uint64_t size;
    struct str name; /* the clean name */
    struct str type; /* content type of its kind */
};

/* The next piece → content_piece with one memfd of LENGTH bytes; 0 at the end. */
struct content_read {
    uint64_t handle;
};

struct content_piece {
    uint64_t length;
};

/* Every byte was sent (WHOLE), or the client went away. → content_closed after transfer.take is logged */
struct content_close {
    uint64_t handle;
    bool whole;
};

struct content_closed {
    bool taken;
};

extern const struct ipc_message upload_ask_message, upload_begin_message, upload_piece_message,
    upload_end_message, upload_cancel_message, upload_at_message, content_open_message,
    content_about_message, content_read_message, content_piece_message, content_close_message,
    content_closed_message;

#endif
