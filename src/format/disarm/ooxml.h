/*
 * ooxml: rebuilds Word, Excel and PowerPoint files: walks the package from its main part along
 * allowed relationships, rewrites every part it meets, and writes a new package.
 */
#ifndef FORMAT_DISARM_OOXML_H
#define FORMAT_DISARM_OOXML_H

#include "format/disarm/kind.h"
#include "format/disarm/opc.h"

/* The kind of the package by its main part's content type, KIND_UNKNOWN when it is no office
 * document. -1 after disarm_block when the package cannot be read. */
int ooxml_kind(struct disarm_ctx *ctx, const struct opc *opc, enum kind *ret_kind);

/* Rebuilds the package of KIND into ctx->report->bytes. 0 or -1 after disarm_block. */
int ooxml_rebuild(struct disarm_ctx *ctx, struct opc *opc, enum kind kind);

#endif
