/*
 * name: a file name that may be shown and stored: NFC, no path, no control or direction characters,
 * no reserved device name, at most 255 bytes, the extension that the kind has. IVS and private-use
 * characters stay.
 */
#ifndef FORMAT_DISARM_NAME_H
#define FORMAT_DISARM_NAME_H

#include "format/disarm/report.h"

/*
 * The clean form of NAME (UTF-8, or bytes read as CP932) in the run's arena, with EXTENSION
 * (without dot; NULL: its own) behind it. What was wrong is noted as GEN-07..13. A name that cannot
 * be used becomes "file-<8 hex of its SHA-256>.<extension>". *RET points into the arena; -1 after
 * limit.memory.
 */
int name_clean(struct disarm_ctx *ctx, struct str name, const char *extension, struct str *ret);

/* The extension of NAME in small ASCII letters (at most 31 bytes and a NUL), "" when it has none.
 * Trailing dots and blanks are skipped, as Windows does. */
void name_extension(struct str name, char ret[32]);

#endif
