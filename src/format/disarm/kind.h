/*
 * kind: what a file is: by its first bytes, then by its package, and last by its name. A file whose
 * bytes, name and declared type do not agree is blocked.
 */
#ifndef FORMAT_DISARM_KIND_H
#define FORMAT_DISARM_KIND_H

#include "base/mem/str.h"

#include <stdbool.h>

enum kind {
    KIND_UNKNOWN,
#define KIND(ID, ...) KIND_##ID,
#define OFFICE(ID, ...) KIND_##ID,
#include "format/disarm/kinds.def"
#undef KIND
#undef OFFICE
    KIND_COUNT
};

enum kind_group {
    GROUP_OFFICE,
    GROUP_PICTURE,
    GROUP_TEXT,
    GROUP_ARCHIVE,
    GROUP_UNSUPPORTED, /* named, not yet handled: blocked with type.unsupported */
    GROUP_FORBIDDEN,
};

struct kind_row {
    const char *word;
    const char *extensions; /* small letters, parted by blanks */
    enum kind_group group;
    const char *output;    /* word of the output's kind */
    const char *extension; /* of the output */
    const char *mime;
    const char *folder, *main_part, *main_type, *content_type; /* office only */
};

/* The row of KIND; KIND_UNKNOWN has empty words. */
const struct kind_row *kind_get(enum kind kind);

/* The kind that EXTENSION (small letters) claims, KIND_UNKNOWN for none. */
enum kind kind_by_extension(const char *extension);

/* The kind called WORD, or the extension it is ("docx", "jpg"); KIND_UNKNOWN for none. */
enum kind kind_by_word(const char *word);

/* The office kind whose main part has content type TYPE, without case; KIND_XLSB, KIND_VSDX and
 * others are told apart; KIND_UNKNOWN for none. */
enum kind kind_by_content_type(struct str type);

/* The kind of a MIME type, parameters ignored; KIND_UNKNOWN for none or application/octet-stream.
 */
enum kind kind_by_mime(struct str mime);

/* The kind by the first bytes alone. Packages are KIND_ZIP; plain text is KIND_UNKNOWN. */
enum kind kind_by_magic(struct str bytes);

/* True if files of that extension are always blocked. */
bool kind_forbidden_extension(const char *extension);

/* True if NAME (its last part) is a file that Windows obeys by name: autorun.inf, desktop.ini. */
bool kind_forbidden_name(struct str name);

#endif
