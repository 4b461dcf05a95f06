/*
 * folder: reads single things from a log folder, for receipts and for showing entries. What it
 * gives is not judged here; check.h and receipt_check do that.
 */
#ifndef CORE_LEDGERCHECK_FOLDER_H
#define CORE_LEDGERCHECK_FOLDER_H

#include "base/mem/buf.h"
#include "format/tlog/note.h"
#include "format/tlog/tile.h"

/* Appends the bytes of log/NAME, a note, to RET and takes it apart into NOTE (which points into
 * RET). Err ledger.note, file.*. */
int folder_note(int dir, const char *name, struct buf *ret, struct note *note, struct err *err);

/* A tile_read; CONTEXT points to the folder's fd. A full tile stands in for a missing partial one.
 */
int folder_tile(void *context, const struct tile *tile, struct tlog_hash *ret, struct err *err);

/* Reads bundle N of the tree of SIZE into RET, whose former content is dropped. Err ledger.tile. */
int folder_bundle(int dir, uint64_t n, uint64_t size, struct buf *ret, struct err *err);

/* Finds entry INDEX of the tree of SIZE; *RET_ENTRY points into BUF. Err ledger.no_entry,
 * ledger.tile. */
int folder_entry(int dir, uint64_t size, uint64_t index, struct buf *buf, struct str *ret_entry,
                 struct err *err);

/* Appends a receipt of INDEX (with ENTRY unless p is NULL) under the checkpoint NOTE_BYTES of TREE,
 * after checking that it holds. Err ledger.no_entry, ledger.tile, ledger.receipt. */
int folder_prove(int dir, const struct tlog_tree *tree, struct str note_bytes, uint64_t index,
                 bool with_entry, struct buf *ret, struct err *err);

/* Appends the body that a witness is asked with: NOTE_BYTES of TREE, which extends OLD entries. Err
 * ledger.consistency, ledger.tile. */
int folder_request(int dir, const struct tlog_tree *tree, struct str note_bytes, uint64_t old,
                   struct buf *ret, struct err *err);

#endif
