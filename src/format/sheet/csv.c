/*
 * csv: comma and tab separated text (RFC 4180, and as Excel writes and reads it). Pure; runs in
 * sheet-worker.
 *
 * Bytes are parsed before they are decoded: the second byte of a CP932 character is 40 or more, so
 * no quote, separator or line end hides in one. A record ends with CR LF, LF or CR; its number is
 * the row that Excel would show. A quote inside an unquoted field is text; anything behind a
 * closing quote, or a quote that never closes, is refused.
 */
#include "format/sheet/read.h"

#include "base/text/cp932.h"

#include <string.h>

struct csv {
    struct str rest;
    char separator;
    bool cp932;
    struct buf raw;  /* a field without its quotes */
    struct buf text; /* the same as UTF-8 */
};

enum field_end { FIELD_NEXT, FIELD_RECORD, FIELD_BAD };

/* What stands behind a field: a separator, a line end or the end, taken off. */
static enum field_end
take_end(struct csv *c)
{
    if (c->rest.n == 0)
        return FIELD_RECORD;
    char first = c->rest.p[0];
    bool crlf = first == '\r' && c->rest.n > 1 && c->rest.p[1] == '\n';
    if (first != c->separator && first != '\r' && first != '\n')
        return FIELD_BAD;
    c->rest = str_slice(c->rest, crlf ? 2 : 1, c->rest.n);
    return first == c->separator ? FIELD_NEXT : FIELD_RECORD;
}

/* The field behind an opening quote, into raw. */
static enum field_end
take_quoted(struct csv *c)
{
    size_t i = 1;
    for (;;) {
        const char *quote = i < c->rest.n ? memchr(c->rest.p + i, '"', c->rest.n - i) : NULL;
        if (quote == NULL)
            return FIELD_BAD;
        size_t at = (size_t)(quote - c->rest.p);
        buf_put_str(&c->raw, str_slice(c->rest, i, at));
        i = at + 1;
        if (i >= c->rest.n || c->rest.p[i] != '"')
            break;
        buf_put_char(&c->raw, '"');
        i++;
    }
    c->rest = str_slice(c->rest, i, c->rest.n);
    return take_end(c);
}

static enum field_end
take_field(struct csv *c)
{
    buf_clear(&c->raw);
    if (c->rest.n > 0 && c->rest.p[0] == '"')
        return take_quoted(c);
    size_t i = 0;
    while (i < c->rest.n && c->rest.p[i] != c->separator && c->rest.p[i] != '\r' &&
           c->rest.p[i] != '\n')
        i++;
    buf_put_str(&c->raw, str_slice(c->rest, 0, i));
    c->rest = str_slice(c->rest, i, c->rest.n);
    return take_end(c);
}

/* The field as UTF-8, borrowed until the next one. The whole file was checked before. */
static struct str
field_text(struct csv *c)
{
    if (!c->cp932)
        return buf_str(&c->raw);
    buf_clear(&c->text);
    (void)cp932_to_utf8(&c->text, buf_str(&c->raw), NULL);
    return buf_str(&c->text);
}

/* 1.23457E+15: what Excel leaves of a long number. */
static bool
is_worn(struct str s)
{
    ptrdiff_t e = str_find(s, STR("E+"), 0);
    if (e <= 0 || (size_t)e + 2 >= s.n)
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (strchr("0123456789.-E+", s.p[i]) == NULL || s.p[i] == 0)
            return false;
    return true;
}

/* What the first line has more of outside quotes; a comma when neither. */
static char
separator_of(struct str s)
{
    size_t tabs = 0, commas = 0;
    bool quoted = false;
    for (size_t i = 0; i < s.n && (quoted || (s.p[i] != '\n' && s.p[i] != '\r')); i++) {
        quoted = quoted != (s.p[i] == '"');
        tabs += !quoted && s.p[i] == '\t';
        commas += !quoted && s.p[i] == ',';
    }
    return tabs > commas ? '\t' : ',';
}

static void
csv_begin(struct csv *c, struct str text, enum sheet_encoding encoding, char separator)
{
    *c = (struct csv){.rest = text,
                      .separator = separator != 0 ? separator : separator_of(text),
                      .cp932 = encoding == SHEET_CP932};
    buf_init(&c->raw, SHEET_FILE_BYTES * 3 / 2 + 4);
    buf_init(&c->text, (size_t)SHEET_FILE_BYTES * 3);
}

static void
csv_end(struct csv *c)
{
    buf_free(&c->raw);
    buf_free(&c->text);
}

static int
read_record(struct reader *r, struct csv *c)
{
    enum field_end end = FIELD_NEXT;
    for (uint32_t column = 0; end == FIELD_NEXT; column++) {
        end = take_field(c);
        if (end == FIELD_BAD)
            return reader_fail(r, "sheet.quote", column);
        if (c->raw.n > SHEET_CELL_BYTES + 1) /* a guard may stand in front */
            return reader_fail(r, "sheet.cell", column);
        struct str text = field_text(c);
        struct piece kind = {.type = SHEET_TEXT};
        kind.flags = (uint8_t)((text.n > 0 && text.p[0] == '=' ? SHEET_FORMULA : 0) |
                               (is_worn(text) ? SHEET_DIGITS : 0));
        if (reader_cell(r, column, text, kind) < 0)
            return -1;
    }
    return reader_row_end(r);
}

/* The name of a file without .csv: what Excel calls the sheet. */
static struct str
stem_of(struct str name)
{
    size_t dot = name.n;
    while (dot > 0 && name.p[dot - 1] != '.')
        dot--;
    return dot > 1 ? str_slice(name, 0, dot - 1) : name;
}

int
csv_read(struct reader *r, struct str text, enum sheet_encoding encoding)
{
    struct csv c;
    struct str name = stem_of(r->options->name);
    if (r->options->sheet.n > 0 && !str_equal(r->options->sheet, name))
        return ERR(r->err, "sheet.none", "%.*s", STR_FMT(r->options->sheet));
    csv_begin(&c, text, encoding, r->options->separator);
    r->result->separator = c.separator;
    int rc = reader_sheet(r, name);
    for (uint32_t number = 1; rc == 0 && c.rest.n > 0; number++) {
        reader_row(r, number);
        rc = read_record(r, &c);
    }
    csv_end(&c);
    return rc;
}

size_t
csv_first(struct arena *arena, struct str text, enum sheet_encoding encoding, char separator,
          struct str cells[SHEET_COLUMNS])
{
    struct csv c;
    size_t count = 0;
    enum field_end end = FIELD_NEXT;
    csv_begin(&c, text, encoding, separator);
    while (end == FIELD_NEXT && count < SHEET_COLUMNS) {
        end = take_field(&c);
        if (end == FIELD_BAD || c.raw.n > SHEET_CELL_BYTES) {
            count = 0;
            break;
        }
        cells[count++] = str_dup(arena, field_text(&c));
    }
    csv_end(&c);
    return count;
}
