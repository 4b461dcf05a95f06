/* sheet_source: tables as files of the command line, read by the sandboxed worker. */
#ifndef CMD_SEKISHO_SHEET_SOURCE_H
#define CMD_SEKISHO_SHEET_SOURCE_H

#include "format/sheet/stream.h"

struct sheet_wish {
    const char *file, *encoding, *separator, *sheet; /* as struct sheet_task */
    char **titles;
    size_t title_count;
};

/* One record of the worker; 0 goes on, -1 with err ends. END and ERROR are not given. */
typedef int sheet_visit(void *data, const struct sheet_record *record, struct err *err);

/* Reads WISH's file and gives each record to VISIT. 0 with *RET_RESULT; -1 with what the worker
 * told (its code and detail), sheet.worker, sheet.stream, file.*, or what VISIT gave. */
int sheet_source_read(const struct sheet_wish *wish, sheet_visit *visit, void *data,
                      struct sheet_result *ret_result, struct err *err);

#endif
