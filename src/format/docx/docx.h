/*
 * docx: the text of a Word file (ECMA-376 WordprocessingML, transitional and strict) as plain
 * lines: one line per paragraph with its automatic number in front, a table row as "| cell | cell
 * |". Pure.
 *
 * Only word/document.xml, word/numbering.xml and word/styles.xml are read; nothing else is opened,
 * nothing is ever loaded. Deleted text, field codes, readings (ruby) and fallbacks are no text;
 * tracked insertions are. Text boxes come behind the paragraph that holds them.
 */
#ifndef FORMAT_DOCX_DOCX_H
#define FORMAT_DOCX_DOCX_H

#include "base/mem/arena.h"
#include "base/mem/err.h"
#include "base/mem/str.h"

#include <stdbool.h>

enum {
    DOCX_ENTRIES = 4096,
    DOCX_PART_BYTES = 64 << 20, /* inflated */
    DOCX_TEXT_BYTES = 16 << 20,
    DOCX_DEPTH = 256,
};

/* The parts of the file, inflated; numbering and styles may be empty. */
struct docx_parts {
    struct str document, numbering, styles;
};

/* True when SOURCE begins as a ZIP file and holds a member word/document.xml. */
bool docx_detect(struct str source);

/*
 * Takes the three parts out of the ZIP file SOURCE into ARENA. -1 with docx.zip (damaged,
 * encrypted, two members of one name, or a member that says another size than it has), docx.size (a
 * part past DOCX_PART_BYTES or a file with too many members), docx.part (no document),
 * limit.memory.
 */
int docx_open(struct arena *arena, struct str source, struct docx_parts *ret_parts,
              struct err *err);

/*
 * The text of PARTS, UTF-8, in ARENA. -1 with docx.xml (not well-formed, a DTD, or no
 * WordprocessingML: the detail names part and line), docx.size (text past DOCX_TEXT_BYTES, depth
 * past DOCX_DEPTH), limit.memory.
 */
int docx_text(struct arena *arena, const struct docx_parts *parts, struct str *ret_text,
              struct err *err);

#endif
