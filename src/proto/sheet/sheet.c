/*
 * sheet: the tables of sheet.h.
 */
#include "proto/sheet/sheet.h"

static const struct ipc_field ask_fields[] = {
    IPC_TEXT(struct sheet_ask, name, 1024),
    IPC_TEXT(struct sheet_ask, encoding, 20),
    IPC_TEXT(struct sheet_ask, separator, 20),
    IPC_TEXT(struct sheet_ask, sheet, 200),
    IPC_TEXT(struct sheet_ask, titles, SHEET_TITLES_BYTES),
};
static const struct ipc_field order_fields[] = {
    IPC_TEXT(struct sheet_order, format, 20),
    IPC_TEXT(struct sheet_order, encoding, 20),
    IPC_TEXT(struct sheet_order, replacement, 20),
};
static const struct ipc_field told_fields[] = {IPC_FIELD(struct sheet_told, code, IPC_U64)};

const struct ipc_message sheet_ask_message = {1,          "sheet.ask", sizeof(struct sheet_ask),
                                              ask_fields, 5,           1};
const struct ipc_message sheet_order_message = {
    2, "sheet.order", sizeof(struct sheet_order), order_fields, 3, 1};
const struct ipc_message sheet_told_message = {
    3, "sheet.told", sizeof(struct sheet_told), told_fields, 1, 1};
