/*
 * strings: the shared strings of a workbook (sharedStrings.xml). Pure; runs in sheet-worker.
 *
 * A string is the text of its t elements one behind the other; readings put over it (rPh, phonetic
 * runs) are not part of it.
 */
#include "format/sheet/xlsx.h"

#include "base/mem/ensure.h"
#include "base/text/utf8.h"

#include <stdlib.h>
#include <string.h>

enum { STRINGS_MOST = 4 << 20, STRINGS_BYTES = 192 << 20 };

struct strings {
    struct book *book;
    bool inside, reading, text; /* in si, in rPh, in t */
};

static int
hex_of(struct str s)
{
    int value = 0;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        int digit = c >= '0' && c <= '9'   ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : -1;
        if (digit < 0)
            return -1;
        value = value * 16 + digit;
    }
    return value;
}

void
xstring_put(struct buf *out, struct str s)
{
    enum { ESCAPE = 7 };
    for (ptrdiff_t at = str_find(s, STR("_x"), 0); at >= 0; at = str_find(s, STR("_x"), 0)) {
        size_t i = (size_t)at;
        int c = s.n - i >= ESCAPE && s.p[i + 6] == '_' ? hex_of(str_slice(s, i + 2, i + 6)) : -1;
        bool escape = c >= 0 && (c < 0xD800 || c > 0xDFFF);
        buf_put_str(out, str_slice(s, 0, escape ? i : i + 2));
        if (escape)
            utf8_put(out, (uint32_t)c);
        s = str_slice(s, i + (escape ? ESCAPE : 2), s.n);
    }
    buf_put_str(out, s);
}

static int
begin_string(struct book *b)
{
    if (b->string_count + 2 > b->string_room) {
        b->string_room = b->string_room == 0 ? 1024 : 2 * b->string_room;
        b->string_at = realloc(b->string_at, b->string_room * sizeof *b->string_at);
        ensure(b->string_at != NULL);
    }
    if (b->string_count >= STRINGS_MOST)
        return ERR(b->reader->err, "limit.memory", "%zu", b->string_count);
    b->string_at[b->string_count++] = (uint32_t)b->strings.n;
    return 0;
}

static int
on_open(void *data, const char *name, const char **attributes)
{
    (void)attributes;
    struct strings *s = data;
    if (strcmp(name, "si") == 0) {
        s->inside = true;
        return begin_string(s->book);
    }
    s->reading = s->reading || strcmp(name, "rPh") == 0;
    s->text = s->inside && !s->reading && strcmp(name, "t") == 0;
    return 0;
}

static int
on_close(void *data, const char *name)
{
    struct strings *s = data;
    s->text = false;
    if (strcmp(name, "si") == 0)
        s->inside = false;
    else if (strcmp(name, "rPh") == 0)
        s->reading = false;
    return 0;
}

static int
on_text(void *data, struct str text)
{
    struct strings *s = data;
    struct book *b = s->book;
    if (!s->text)
        return 0;
    buf_put_str(&b->strings, text);
    /* Escapes make a string shorter by 7 to 1 at the most. */
    if (b->strings.n - b->string_at[b->string_count - 1] > 7 * SHEET_CELL_BYTES)
        return ERR(b->reader->err, "sheet.cell", "sharedStrings %zu", b->string_count - 1);
    return buf_done(&b->strings, b->reader->err);
}

int
strings_read(struct book *book, struct str part)
{
    struct strings s = {.book = book};
    struct xml_handlers handlers = {on_open, on_close, on_text, &s};
    buf_init(&book->strings, STRINGS_BYTES);
    if (sheet_xml_feed(part, "sharedStrings", &handlers, book->reader->err) < 0)
        return -1;
    if (book->string_count > 0)
        book->string_at[book->string_count] = (uint32_t)book->strings.n;
    return 0;
}
