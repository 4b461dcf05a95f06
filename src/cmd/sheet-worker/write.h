/*
 * write: the writing half of sheet-worker.
 */
#ifndef CMD_SHEET_WORKER_WRITE_H
#define CMD_SHEET_WORKER_WRITE_H

#include "base/mem/buf.h"

/* Reads the record stream at descriptor 3 and appends the file that ARGV (--write FORMAT ENCODING
 * REPLACEMENT from [1] on) asks for to OUT. 0, or -1 with sheet.stream, sheet.one (a CSV has one
 * sheet), sheet.lacks, sheet.write_encoding, sheet.replacement, limit.buffer, file.*. */
int write_table(char **argv, struct buf *out, struct err *err);

#endif
