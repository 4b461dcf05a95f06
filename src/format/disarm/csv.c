/*
 * csv: see csv.h. Runs in the disarm worker. A file may be read with any separator, so a cell
 * begins behind each of comma, semicolon, TAB and line end, quoted or not.
 */
#include "format/disarm/csv.h"

#include "base/text/utf8.h"

#include <string.h>

/* The first character that counts, as ASCII: blanks, quotes and invisible characters skipped, full
 * width made half. *REST is left behind it. */
static int32_t
first_char(struct str *rest)
{
    while (rest->n > 0) {
        int32_t c = utf8_next(rest);
        unsigned class = c < 0 ? 0 : utf8_class((uint32_t)c);
        if (c == ' ' || c == 0xA0 || c == 0x3000 || c == '"' || c == '\n' ||
            (class & (UTF8_ZERO_WIDTH | UTF8_BIDI | UTF8_CONTROL)) != 0)
            continue;
        return c >= 0xFF01 && c <= 0xFF5E ? c - 0xFF01 + 0x21 : c == 0x2212 ? '-' : c;
    }
    return -1;
}

/* -5, +81, 1e5, -1,234.5, -12%: a sign before a plain number, a date or a telephone number. */
static bool
plain_number(struct str s)
{
    size_t digits = 0;
    while (s.n > 0) {
        int32_t c = utf8_next(&s);
        c = c >= 0xFF01 && c <= 0xFF5E ? c - 0xFF01 + 0x21 : c;
        digits += c >= '0' && c <= '9';
        if (c < 0 || c > 0x7F || strchr("0123456789.,eE%-+ \\/:", (char)c) == NULL)
            return false;
        if ((c == '-' || c == '+' || c == '/') && digits == 0)
            return false;
    }
    return digits > 0;
}

bool
csv_dangerous(struct str cell, enum check_id *ret_id)
{
    struct str rest = cell;
    if (cell.n > 0 && (cell.p[0] == '\t' || cell.p[0] == '\r')) {
        *ret_id = CHECK_CSV_03;
        return true;
    }
    size_t before = rest.n;
    int32_t c = first_char(&rest);
    bool wide = c > 0 && c < 0x80 && before - rest.n > 1;
    *ret_id = wide ? (cell.n > 0 && (unsigned char)cell.p[0] == 0xEF ? CHECK_CSV_04 : CHECK_CSV_09)
              : c == '=' ? CHECK_CSV_01
                         : CHECK_CSV_02;
    if (c == '=' || c == '@')
        return true;
    return (c == '+' || c == '-') && !plain_number(rest);
}

static void
put_quoted(struct buf *out, const char *mark, struct str cell)
{
    buf_printf(out, "\"%s", mark);
    for (size_t i = 0; i < cell.n; i++) {
        if (cell.p[i] == '"')
            buf_put_char(out, '"');
        buf_put_char(out, cell.p[i]);
    }
    buf_put_char(out, '"');
}

/* The content of a quoted cell that begins at *AT (on its quote), doubled quotes made one, into
 * CELL; *AT moves behind the closing quote. False when it never closes. */
static bool
read_quoted(struct str text, size_t *at, struct buf *cell)
{
    size_t i = *at + 1;
    buf_clear(cell);
    while (i < text.n) {
        if (text.p[i] != '"') {
            buf_put_char(cell, text.p[i++]);
            continue;
        }
        if (i + 1 < text.n && text.p[i + 1] == '"') {
            buf_put_char(cell, '"');
            i += 2;
            continue;
        }
        *at = i + 1;
        return true;
    }
    return false;
}

static bool
ends_cell(char c)
{
    return c == ',' || c == ';' || c == '\t' || c == '\n' || c == '\r';
}

/* One cell from *AT up to its separator. */
static void
guard_cell(struct disarm_ctx *ctx, struct str text, size_t *at, struct buf *cell, struct buf *out)
{
    enum check_id id;
    size_t from = *at, to = from;
    if (from < text.n && text.p[from] == '"' && read_quoted(text, &to, cell)) {
        while (to < text.n && !ends_cell(text.p[to]))
            buf_put_char(cell, text.p[to++]);
        bool bad = csv_dangerous(buf_str(cell), &id);
        if (bad)
            put_quoted(out, "'", buf_str(cell));
        else
            buf_put_str(out, str_slice(text, from, to));
        if (bad)
            disarm_found(ctx, id, "changed", "cell", "", 1);
        *at = to;
        return;
    }
    while (to < text.n && !ends_cell(text.p[to]))
        to++;
    struct str raw = str_slice(text, from, to);
    if (csv_dangerous(raw, &id)) {
        disarm_found(ctx, id, "changed", "cell", "", 1);
        put_quoted(out, "'", raw);
    } else if (raw.n > 0 && raw.p[0] == '"') {
        put_quoted(out, "", raw); /* a quote that never closes would swallow what comes behind */
    } else {
        buf_put_str(out, raw);
    }
    *at = to;
}

void
csv_guard(struct disarm_ctx *ctx, struct str text, struct buf *out)
{
    struct buf cell;
    buf_init(&cell, out->limit);
    size_t at = 0;
    while (at < text.n) {
        guard_cell(ctx, text, &at, &cell, out);
        if (at < text.n)
            buf_put_char(out, text.p[at++]);
    }
    buf_free(&cell);
}
