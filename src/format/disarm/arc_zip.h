/*
 * arc_zip: a ZIP of files: each member is disarmed as a file of its own, what cannot be is left out
 * and listed in 無害化の結果.txt. Names: UTF-8 flag or Info-ZIP field, else valid UTF-8, else
 * CP932.
 */
#ifndef FORMAT_DISARM_ARC_ZIP_H
#define FORMAT_DISARM_ARC_ZIP_H

#include "format/disarm/zip.h"

/* Rebuilds ZIP into ctx->report->bytes. 0 or -1 after disarm_block. */
int arc_zip_rebuild(struct disarm_ctx *ctx, const struct zip *zip);

#endif
