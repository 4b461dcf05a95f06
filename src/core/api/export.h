/*
 * export: a register as a file for the one who asked: its rows step by step, the file by sheetd, a
 * leaf, and only then the answer.
 */
#ifndef CORE_API_EXPORT_H
#define CORE_API_EXPORT_H

#include "core/api/api.h"

/* Takes CALL (GET registers/:/export) over. Query: format (xlsx, csv), encoding (utf-8, cp932),
 * replace, fy, state. */
void export_begin(struct api_call *call);

#endif
