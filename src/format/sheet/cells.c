/*
 * cells: the rows of one worksheet. Pure; runs in sheet-worker.
 *
 * Rows and cells must rise; a cell without a value is nothing, so formatted empty rows cost no row.
 * What must not be guessed is a problem with its place: merged cells, error values, formulas that
 * were never calculated, days that do not exist.
 */
#include "format/sheet/xlsx.h"

#include <stdio.h>
#include <string.h>

enum { ROW_MOST = 1048576, COLUMN_MOST = 16384 };

enum cell_kind { CELL_NUMBER, CELL_SHARED, CELL_STRING, CELL_BOOL, CELL_ERROR, CELL_ISO };

struct cells {
    struct book *book;
    struct reader *reader;
    uint32_t row;           /* number of the row that is open or was last, 0 before the first */
    uint32_t column, after; /* of the open cell, and the lowest the next may have */
    enum cell_kind kind;
    long style;
    bool in_row, in_cell, in_value, reading, formula, hidden_told;
    struct buf value, text;
};

static int
bad(struct cells *c, const char *code)
{
    return reader_fail(c->reader, code, c->in_cell ? c->column : UINT32_MAX);
}

/* "AB12" as column and row from 0 and 1; false when it is no such thing. */
static bool
parse_place(const char *s, uint32_t *ret_column, uint32_t *ret_row)
{
    uint32_t column = 0, row = 0;
    for (; *s >= 'A' && *s <= 'Z' && column <= COLUMN_MOST; s++)
        column = 26 * column + (uint32_t)(*s - 'A') + 1;
    for (; *s >= '0' && *s <= '9' && row <= ROW_MOST; s++)
        row = 10 * row + (uint32_t)(*s - '0');
    *ret_column = column - 1;
    *ret_row = row;
    return *s == 0 && column >= 1 && column <= COLUMN_MOST && row >= 1 && row <= ROW_MOST;
}

static int
open_row(struct cells *c, const char **attributes)
{
    const char *number = sheet_xml_attribute(attributes, "r");
    long row = number == NULL ? (long)c->row + 1 : sheet_xml_number(number, -1);
    c->reader->row = c->row;
    if (c->in_row || row <= (long)c->row || row > ROW_MOST)
        return bad(c, "sheet.order");
    c->in_row = true;
    c->row = (uint32_t)row;
    c->after = 0;
    reader_row(c->reader, c->row);
    if (c->hidden_told || !sheet_xml_true(sheet_xml_attribute(attributes, "hidden")))
        return 0;
    c->hidden_told = true;
    return reader_note(c->reader, false, "sheet.hidden_row", UINT32_MAX, "");
}

static int
open_cell(struct cells *c, const char **attributes)
{
    static const char *const kinds[] = {"n", "s", "str", "b", "e", "d", "inlineStr"};
    const char *place = NULL, *type = "n", *style = NULL;
    for (const char **a = attributes; *a != NULL; a += 2) {
        if (strcmp(*a, "r") == 0)
            place = a[1];
        else if (strcmp(*a, "t") == 0)
            type = a[1];
        else if (strcmp(*a, "s") == 0)
            style = a[1];
    }
    uint32_t row = c->row, column = c->after;
    if (!c->in_row || c->in_cell || (place != NULL && !parse_place(place, &column, &row)) ||
        row != c->row || column < c->after)
        return bad(c, "sheet.order");
    c->in_cell = true;
    c->column = column;
    c->after = column + 1;
    c->style = sheet_xml_number(style, 0);
    c->formula = false;
    buf_clear(&c->value);
    size_t kind = 0;
    while (kind < sizeof kinds / sizeof *kinds && strcmp(type, kinds[kind]) != 0)
        kind++;
    if (kind == sizeof kinds / sizeof *kinds)
        return bad(c, "sheet.form");
    c->kind = kind == 6 ? CELL_STRING : (enum cell_kind)kind;
    return 0;
}

static int
on_open(void *data, const char *name, const char **attributes)
{
    struct cells *c = data;
    if (strcmp(name, "c") == 0)
        return open_cell(c, attributes);
    if (strcmp(name, "row") == 0)
        return open_row(c, attributes);
    if (strcmp(name, "rPh") == 0)
        c->reading = true;
    else if (strcmp(name, "f") == 0)
        c->formula = c->in_cell;
    else if (c->in_cell && !c->reading)
        c->in_value = strcmp(name, "v") == 0 || strcmp(name, "t") == 0;
    if (strcmp(name, "mergeCell") != 0)
        return 0;
    struct buf place;
    const char *range = sheet_xml_attribute(attributes, "ref");
    buf_init(&place, SHEET_PLACE_BYTES);
    buf_printf(&place, "%.*s!%.30s%c", STR_FMT(c->reader->sheet), range == NULL ? "" : range, 0);
    int rc = reader_note_at(c->reader, true, "sheet.merged", place.p);
    buf_free(&place);
    return rc;
}

static int
on_text(void *data, struct str text)
{
    struct cells *c = data;
    if (!c->in_value)
        return 0;
    buf_put_str(&c->value, text);
    return c->value.over ? bad(c, "sheet.cell") : 0;
}

static int
put_shared(struct cells *c)
{
    const struct book *b = c->book;
    uint64_t i;
    if (!str_to_u64(buf_str(&c->value), &i) || i >= b->string_count)
        return bad(c, "sheet.form");
    uint32_t from = b->string_at[i], to = b->string_at[i + 1];
    xstring_put(&c->text, (struct str){b->strings.p + from, to - from});
    return 0;
}

static int
put_number(struct cells *c, struct piece *kind)
{
    struct style style = {0};
    if (c->style > 0 || c->book->style_count > 0) {
        if ((size_t)c->style >= c->book->style_count)
            return bad(c, "sheet.form");
        style = c->book->styles[c->style];
    }
    int rc = style_put(&c->text, buf_str(&c->value), style, c->book->since_1904, kind);
    if (rc < 0)
        return bad(c, "sheet.form");
    return rc > 0 ? reader_note(c->reader, true, "sheet.date", c->column, "") : 0;
}

/* True when S begins with SHAPE, whose 0 stands for any digit. */
static bool
has_shape(struct str s, const char *shape)
{
    size_t i = 0;
    for (; shape[i] != 0; i++)
        if (i >= s.n || (shape[i] == '0' ? s.p[i] < '0' || s.p[i] > '9' : s.p[i] != shape[i]))
            return false;
    return true;
}

/* A date of the strict form (ISO 8601): fractions of seconds and the Z are left out. */
static int
put_iso(struct cells *c, struct piece *kind)
{
    struct str s = buf_str(&c->value);
    if (has_shape(s, "0000-00-00T00:00:00"))
        kind->type = SHEET_DATETIME;
    else if (has_shape(s, "0000-00-00") && s.n == 10)
        kind->type = SHEET_DATE;
    else if (has_shape(s, "00:00:00"))
        kind->type = SHEET_TIME;
    else
        return bad(c, "sheet.form");
    buf_put_str(&c->text, str_slice(s, 0, kind->type == SHEET_TIME ? 8 : 19));
    return 0;
}

/* The cell's value to text and KIND. */
static int
put_value(struct cells *c, struct piece *kind)
{
    char word[20];
    switch (c->kind) {
    case CELL_NUMBER:
        return put_number(c, kind);
    case CELL_SHARED:
        return put_shared(c);
    case CELL_STRING:
        xstring_put(&c->text, buf_str(&c->value));
        return 0;
    case CELL_BOOL:
        kind->type = SHEET_BOOL;
        if (!str_equal_z(buf_str(&c->value), "0") && !str_equal_z(buf_str(&c->value), "1"))
            return bad(c, "sheet.form");
        buf_put_str(&c->text, buf_str(&c->value));
        return 0;
    case CELL_ERROR:
        buf_put_str(&c->text, buf_str(&c->value));
        snprintf(word, sizeof word, "%.*s", STR_FMT(str_slice(buf_str(&c->value), 0, 16)));
        return reader_note(c->reader, true, "sheet.error_cell", c->column, word);
    case CELL_ISO:
        return put_iso(c, kind);
    }
    return bad(c, "sheet.form");
}

static int
close_cell(struct cells *c)
{
    struct piece kind = {.type = SHEET_TEXT, .flags = c->formula ? SHEET_FORMULA : 0};
    buf_clear(&c->text);
    bool empty = c->value.n == 0, text = c->kind == CELL_STRING;
    if (empty && c->formula && !text &&
        reader_note(c->reader, true, "sheet.formula_empty", c->column, "") < 0)
        return -1;
    if (!empty && put_value(c, &kind) < 0)
        return -1;
    if (reader_cell(c->reader, c->column, buf_str(&c->text), kind) < 0)
        return -1;
    c->in_cell = false;
    return 0;
}

static int
on_close(void *data, const char *name)
{
    struct cells *c = data;
    c->in_value = false;
    if (strcmp(name, "rPh") == 0)
        c->reading = false;
    else if (strcmp(name, "c") == 0 && c->in_cell)
        return close_cell(c);
    else if (strcmp(name, "row") == 0) {
        c->in_row = false;
        return reader_row_end(c->reader);
    }
    return 0;
}

int
cells_read(struct book *book, struct str part, const char *word)
{
    struct cells c = {.book = book, .reader = book->reader};
    struct xml_handlers handlers = {on_open, on_close, on_text, &c};
    buf_init(&c.value, 7 * SHEET_CELL_BYTES);
    buf_init(&c.text, 8 * SHEET_CELL_BYTES);
    int rc = sheet_xml_feed(part, word, &handlers, book->reader->err);
    buf_free(&c.value);
    buf_free(&c.text);
    return rc;
}
