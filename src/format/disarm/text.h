/*
 * text: plain text and CSV. The character set is decided (BOM, strict UTF-8, CP932, EUC-JP in that
 * order; a text that fits CP932 and EUC-JP is scored), control and direction characters go, cells
 * that a spreadsheet would obey get an apostrophe. UTF-8 and CP932 keep their character set, others
 * become UTF-8 with BOM. IVS, private-use characters and gaiji always survive.
 */
#ifndef FORMAT_DISARM_TEXT_H
#define FORMAT_DISARM_TEXT_H

#include "format/disarm/report.h"

enum text_charset {
    CHARSET_UNKNOWN,
    CHARSET_UTF8,
    CHARSET_UTF8_BOM,
    CHARSET_UTF16LE,
    CHARSET_UTF16BE,
    CHARSET_CP932,
    CHARSET_EUC,
};

/* The character set of BYTES; *RET_DOUBT set when it fits two. CHARSET_UNKNOWN: it is no text. */
enum text_charset text_charset(struct str bytes, bool *ret_doubt);

/* Appends BYTES in CHARSET as UTF-8. -1 with err "text.*" when they do not fit. */
int text_decode(struct buf *out, struct str bytes, enum text_charset charset, struct err *err);

/* Appends the disarmed TEXT (UTF-8) to OUT; with CSV, cells are guarded. */
void text_clean(struct disarm_ctx *ctx, struct str text, bool csv, struct buf *out);

/* Rebuilds BYTES into ctx->report->bytes. 0 or -1 after disarm_block. */
int text_rebuild(struct disarm_ctx *ctx, struct str bytes, bool csv);

#endif
