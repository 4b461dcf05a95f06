/*
 * gate: the tables of gate.h.
 */
#include "proto/gate/gate.h"

enum { SESSION_BYTES = 128, ITEM_BYTES = 64, NAME_BYTES = 1024 };

static const struct ipc_field ask_fields[] = {
    IPC_TEXT(struct upload_ask, session, SESSION_BYTES),
    IPC_TEXT(struct upload_ask, item, ITEM_BYTES),
};
static const struct ipc_field begin_fields[] = {
    IPC_TEXT(struct upload_begin, session, SESSION_BYTES),
    IPC_TEXT(struct upload_begin, item, ITEM_BYTES),
    IPC_FIELD(struct upload_begin, offset, IPC_U64),
};
static const struct ipc_field piece_fields[] = {
    IPC_FIELD(struct upload_piece, handle, IPC_U64),
    IPC_FIELD(struct upload_piece, length, IPC_U64),
};
static const struct ipc_field end_fields[] = {IPC_FIELD(struct upload_end, handle, IPC_U64)};
static const struct ipc_field cancel_fields[] = {
    IPC_TEXT(struct upload_cancel, session, SESSION_BYTES),
    IPC_TEXT(struct upload_cancel, item, ITEM_BYTES),
};
static const struct ipc_field at_fields[] = {
    IPC_FIELD(struct upload_at, handle, IPC_U64),
    IPC_FIELD(struct upload_at, offset, IPC_U64),
    IPC_FIELD(struct upload_at, length, IPC_U64),
};
static const struct ipc_field open_fields[] = {
    IPC_TEXT(struct content_open, session, SESSION_BYTES),
    IPC_TEXT(struct content_open, item, ITEM_BYTES),
};
static const struct ipc_field about_fields[] = {
    IPC_FIELD(struct content_about, handle, IPC_U64),
    IPC_FIELD(struct content_about, size, IPC_U64),
    IPC_TEXT(struct content_about, name, NAME_BYTES),
    IPC_TEXT(struct content_about, type, 128),
};
static const struct ipc_field read_fields[] = {IPC_FIELD(struct content_read, handle, IPC_U64)};
static const struct ipc_field part_fields[] = {IPC_FIELD(struct content_piece, length, IPC_U64)};
static const struct ipc_field close_fields[] = {
    IPC_FIELD(struct content_close, handle, IPC_U64),
    IPC_FIELD(struct content_close, whole, IPC_BOOL),
};
static const struct ipc_field closed_fields[] = {IPC_FIELD(struct content_closed, taken, IPC_BOOL)};

const struct ipc_message upload_ask_message = {1, "upload.ask", sizeof(struct upload_ask),
                                               ask_fields, 2, 0};
const struct ipc_message upload_begin_message = {2, "upload.begin", sizeof(struct upload_begin),
                                                 begin_fields, 3, 0};
const struct ipc_message upload_piece_message = {3, "upload.piece", sizeof(struct upload_piece),
                                                 piece_fields, 2, 1};
const struct ipc_message upload_end_message = {4, "upload.end", sizeof(struct upload_end),
                                               end_fields, 1, 0};
const struct ipc_message upload_cancel_message = {5, "upload.cancel", sizeof(struct upload_cancel),
                                                  cancel_fields, 2, 0};
const struct ipc_message upload_at_message = {6, "upload.at", sizeof(struct upload_at), at_fields, 3,
                                              0};
const struct ipc_message content_open_message = {7, "content.open", sizeof(struct content_open),
                                                 open_fields, 2, 0};
const struct ipc_message content_about_message = {8, "content.about", sizeof(struct content_about),
                                                  about_fields, 4, 0};
const struct ipc_message content_read_message = {9, "content.read", sizeof(struct content_read),
                                                 read_fields, 1, 0};
const struct ipc_message content_piece_message = {10, "content.piece", sizeof(struct content_piece),
                                                  part_fields, 1, 1};
const struct ipc_message content_close_message = {11, "content.close", sizeof(struct content_close),
                                                  close_fields, 2, 0};
const struct ipc_message content_closed_message = {
    12, "content.closed", sizeof(struct content_closed), closed_fields, 1, 0};
