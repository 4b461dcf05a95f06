/*
 * rows_fuzz: any table of cells becomes rows or is refused. Lines are rows, tabs part cells; a line
 * of "=" parts the table of appointments from that of sections.
 */
#include "core/people/private.h"

#include "base/mem/ensure.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LINES_MOST = 200, COLUMNS = 12 };

static struct people_rows
table(struct arena *arena, struct str text)
{
    struct people_rows rows = {
        .cells = arena_array(arena, LINES_MOST * COLUMNS, sizeof *rows.cells), .columns = COLUMNS};
    struct str line, cell;
    while (text.n > 0 && rows.rows < LINES_MOST && str_split_next(&text, '\n', &line)) {
        for (size_t c = 0; c < COLUMNS; c++) {
            bool more = line.n > 0 && str_split_next(&line, '\t', &cell);
            rows.cells[rows.rows * COLUMNS + c] = more ? cell : STR("");
        }
        rows.rows++;
    }
    size_t used = 0; /* columns without a title at the end are none */
    for (size_t c = 0; c < COLUMNS && rows.rows > 0; c++) {
        used = rows.cells[c].n > 0 ? c + 1 : used;
    }
    for (size_t r = 1; r < rows.rows && used > 0; r++) {
        for (size_t c = 0; c < used; c++) {
            rows.cells[r * used + c] = rows.cells[r * COLUMNS + c];
        }
    }
    rows.columns = used;
    return rows;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str all = {(const char *)data, size}, mark = STR("\n=\n");
    ptrdiff_t at = str_find(all, mark, 0);
    struct arena *arena = arena_new(8 << 20);
    struct people_rows rows = table(arena, str_slice(all, 0, at < 0 ? size : (size_t)at));
    struct people_rows parts =
        at < 0 ? (struct people_rows){0} : table(arena, str_slice(all, (size_t)at + mark.n, size));
    struct people_sheet sheet;
    struct err err;
    if (people_sheet_read(arena, &rows, &parts, NULL, &sheet, &err) == 0) {
        for (size_t i = 0; i < sheet.row_count; i++) {
            const struct people_row *row = &sheet.rows[i];
            ensure(row->blank || row->bad.code != NULL ||
                   (row->staff_no.n > 0 && row->name.n > 0 && row->day >= sheet.first_day - 1 &&
                    people_row_day(row) <= sheet.last_day));
        }
    }
    arena_free(arena);
    return 0;
}
