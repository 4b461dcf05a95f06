/*
 * csv_write: see csv_write.h. Pure; runs in cored and the command line.
 *
 * A character that CP932 lacks takes its variation selectors with it: one replacement for all.
 */
#include "format/sheet/csv_write.h"

#include "base/text/cp932.h"
#include "base/text/utf8.h"

#include <stdio.h>
#include <string.h>

int
csv_writer_init(struct csv_writer *w, enum sheet_encoding encoding, char separator,
                struct str replacement, struct buf *out, struct err *err)
{
    struct buf test;
    if (encoding != SHEET_UTF8 && encoding != SHEET_CP932)
        return ERR(err, "sheet.write_encoding", "%s", sheet_encoding_word(encoding));
    buf_init(&test, 64);
    bool good = cp932_from_utf8(&test, replacement, NULL) == 0 && !test.over &&
                !sheet_is_risky(replacement) && str_find(replacement, STR("\""), 0) < 0;
    buf_free(&test);
    if (!good)
        return ERR(err, "sheet.replacement", "%.*s", STR_FMT(str_slice(replacement, 0, 30)));
    *w = (struct csv_writer){
        .encoding = encoding, .separator = separator, .replacement = replacement, .out = out};
    if (encoding == SHEET_UTF8)
        buf_put_z(out, "\xEF\xBB\xBF");
    return 0;
}

static void
note_lack(struct csv_writer *w, uint32_t row, uint32_t column, uint32_t code_point)
{
    if (w->lack_count < CSV_LACKS)
        w->lacks[w->lack_count] = (struct csv_lack){row, column, code_point};
    w->lack_count++;
}

static void
put_cp932(struct csv_writer *w, struct str text, uint32_t row, uint32_t column)
{
    bool replaced = false;
    while (text.n > 0) {
        uint16_t code;
        int32_t c = utf8_next(&text);
        size_t n = c < 0 ? 0 : cp932_code((uint32_t)c, &code);
        if (n == 2)
            buf_put_char(w->out, (char)(code >> 8));
        if (n > 0)
            buf_put_char(w->out, (char)(code & 0xFF));
        bool follows = replaced && c >= 0 && (utf8_class((uint32_t)c) & UTF8_VARIATION) != 0;
        if (n == 0)
            note_lack(w, row, column, c < 0 ? 0xFFFD : (uint32_t)c);
        if (n == 0 && !follows)
            (void)cp932_from_utf8(w->out, w->replacement, NULL);
        replaced = n == 0;
    }
}

static void
put_cell(struct csv_writer *w, const struct sheet_cell *cell, uint32_t row, uint32_t column)
{
    bool quoted = false, guarded = cell->type == SHEET_TEXT && sheet_is_risky(cell->text);
    for (size_t i = 0; i < cell->text.n && !quoted; i++)
        quoted = cell->text.p[i] == w->separator || strchr("\"\r\n\t,", cell->text.p[i]) != NULL;
    if (quoted)
        buf_put_char(w->out, '"');
    if (guarded)
        buf_put_char(w->out, '\'');
    struct str rest = cell->text, part;
    for (bool first = true; rest.n > 0 && str_split_next(&rest, '"', &part); first = false) {
        if (!first)
            buf_put_z(w->out, "\"\"");
        if (w->encoding == SHEET_CP932)
            put_cp932(w, part, row, column);
        else
            buf_put_str(w->out, part);
    }
    if (cell->text.n > 0 && cell->text.p[cell->text.n - 1] == '"')
        buf_put_z(w->out, "\"\"");
    if (quoted)
        buf_put_char(w->out, '"');
}

void
csv_writer_row(struct csv_writer *w, const struct sheet_row *row)
{
    for (size_t i = 0; i < row->count; i++) {
        if (i > 0)
            buf_put_char(w->out, w->separator);
        put_cell(w, &row->cells[i], row->number, (uint32_t)i);
    }
    buf_put_z(w->out, "\r\n");
}

int
csv_writer_done(const struct csv_writer *w, struct err *err)
{
    enum { LISTED = 8 };
    if (buf_done(w->out, err) < 0)
        return -1;
    if (w->lack_count == 0 || w->replacement.n > 0)
        return 0;
    struct buf list;
    buf_init(&list, 1024);
    for (size_t i = 0; i < w->lack_count && i < LISTED; i++) {
        buf_put_z(&list, i == 0 ? "" : ", ");
        sheet_put_column(&list, w->lacks[i].column);
        buf_printf(&list, "%u U+%04X", w->lacks[i].row, w->lacks[i].code_point);
    }
    if (w->lack_count > LISTED)
        buf_printf(&list, " … %zu", w->lack_count);
    (void)ERR(err, "sheet.lacks", "%.*s", STR_FMT(buf_str(&list)));
    buf_free(&list);
    return -1;
}
