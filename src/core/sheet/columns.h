/*
 * columns: the columns of a register's table: what names the record (its id, number, state,
 * section, owner) and one for each field. A title is met in either language, or by the field's key,
 * whatever its width, case and blanks.
 */
#ifndef CORE_SHEET_COLUMNS_H
#define CORE_SHEET_COLUMNS_H

#include "base/mem/buf.h"
#include "core/register/definition.h"

enum column_kind {
    COLUMN_ID,
    COLUMN_NUMBER,
    COLUMN_STATE,
    COLUMN_SECTION,
    COLUMN_OWNER,
    COLUMN_FIELD
};

enum { COLUMN_UNKNOWN = -1, COLUMN_AMBIGUOUS = -2 };

struct column {
    enum column_kind kind;
    struct str key;
    struct register_title title;
    const struct register_field *field; /* COLUMN_FIELD */
    struct str ja, en, folded;          /* as compared */
    bool unique;                        /* no other column has its Japanese title */
};

struct columns {
    struct column *list;
    size_t count;
};

/* The columns of DEF, in ARENA; they borrow from DEF. -1 limit.memory, text.utf8. */
int columns_of(struct arena *arena, const struct register_def *def, struct columns *ret,
               struct err *err);

/* The column that HEADER names, COLUMN_UNKNOWN, or COLUMN_AMBIGUOUS (more than one has that title
 * and none that key). */
int columns_find(const struct columns *columns, struct arena *arena, struct str header);

/* What stands over COLUMN in a table that goes out: its Japanese title, or its key where that title
 * is not its alone. */
struct str column_header(const struct column *column);

/* Appends every title and key, one a line, as long as they fit. */
void columns_put_titles(const struct columns *columns, struct buf *out, size_t most);

#endif
