/*
 * decode: which encoding a CSV is in. Pure; runs in sheet-worker.
 *
 * A BOM decides. Else what the caller asked for, strictly. Else, if the bytes are valid in one of
 * UTF-8 and CP932 only, that one. Valid in both (C3 B1 is ñ and ﾃｱ): the one whose first line has
 * only known titles; if that does not tell, a person must. Without known titles UTF-8 wins.
 */
#include "format/sheet/read.h"

#include "base/text/cp932.h"
#include "base/text/utf8.h"

#include <string.h>

/* Turns UTF-16LE into UTF-8 in the arena; -1 with the unit's place. */
static int
utf16_decode(struct reader *r, struct str s, struct str *ret)
{
    struct buf out;
    if (s.n % 2 != 0)
        return ERR(r->err, "sheet.encoding", "utf-16le %zu", s.n);
    buf_init(&out, (size_t)SHEET_FILE_BYTES * 3 / 2 + 4);
    uint32_t high = 0;
    for (size_t i = 0; i < s.n; i += 2) {
        uint32_t unit = (uint32_t)(unsigned char)s.p[i] | (uint32_t)(unsigned char)s.p[i + 1] << 8;
        bool is_low = unit >= 0xDC00 && unit <= 0xDFFF, is_high = unit >= 0xD800 && unit < 0xDC00;
        if (is_low != (high != 0) || (is_high && i + 2 == s.n)) {
            buf_free(&out);
            return ERR(r->err, "sheet.encoding", "utf-16le %zu", i);
        }
        if (is_low)
            utf8_put(&out, 0x10000 + ((high - 0xD800) << 10) + (unit - 0xDC00));
        else if (!is_high)
            utf8_put(&out, unit);
        high = is_high ? unit : 0;
    }
    *ret = str_dup(r->arena, buf_str(&out));
    buf_free(&out);
    return arena_check(r->arena, r->err);
}

static bool
is_ascii(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] >= 0x80)
            return false;
    return true;
}

static bool
is_known(const struct sheet_options *o, struct str title)
{
    struct buf a, b;
    bool found = false;
    buf_init(&a, 4 * SHEET_CELL_BYTES);
    buf_init(&b, 4 * SHEET_CELL_BYTES);
    bool good = sheet_fold_title(&a, title, NULL) == 0;
    for (size_t i = 0; good && !found && i < o->header_count; i++) {
        buf_clear(&b);
        found =
            sheet_fold_title(&b, o->headers[i], NULL) == 0 && str_equal(buf_str(&a), buf_str(&b));
    }
    buf_free(&a);
    buf_free(&b);
    return found;
}

/* True when every title of TEXT read as ENCODING is a known one. */
static bool
yields_titles(struct reader *r, struct str text, enum sheet_encoding encoding)
{
    struct str *cells = arena_array(r->arena, SHEET_COLUMNS, sizeof *cells);
    if (cells == NULL)
        return false;
    size_t count = csv_first(r->arena, text, encoding, r->options->separator, cells);
    for (size_t i = 0; i < count; i++)
        if (cells[i].n > 0 && !is_known(r->options, cells[i]))
            return false;
    return count > 0;
}

static int
choose(struct reader *r, struct str s, enum sheet_encoding *ret)
{
    bool utf8 = utf8_valid(s), cp932 = cp932_valid(s);
    if (!utf8 && !cp932)
        return ERR(r->err, "sheet.encoding", "%zu", utf8_valid_prefix(s));
    *ret = utf8 ? SHEET_UTF8 : SHEET_CP932;
    if (!utf8 || !cp932 || is_ascii(s) || r->options->header_count == 0)
        return 0;
    bool as_utf8 = yields_titles(r, s, SHEET_UTF8), as_cp932 = yields_titles(r, s, SHEET_CP932);
    if (as_utf8 == as_cp932)
        return ERR(r->err, "sheet.encoding_ask", "%.*s", STR_FMT(r->options->name));
    *ret = as_utf8 ? SHEET_UTF8 : SHEET_CP932;
    return 0;
}

int
csv_decode(struct reader *r, struct str s, struct str *ret_text, enum sheet_encoding *ret_encoding)
{
    enum sheet_encoding wish = r->options->encoding;
    if (str_starts(s, STR("\xEF\xBB\xBF"))) {
        s = str_slice(s, 3, s.n);
        wish = SHEET_UTF8;
    } else if (str_starts(s, STR("\xFF\xFE"))) {
        s = str_slice(s, 2, s.n);
        wish = SHEET_UTF16LE;
    } else if (str_starts(s, STR("\xFE\xFF"))) {
        return ERR(r->err, "sheet.encoding", "utf-16be");
    }
    if (wish == SHEET_AUTO && choose(r, s, &wish) < 0)
        return -1;
    *ret_text = s;
    *ret_encoding = wish;
    if (wish == SHEET_UTF16LE)
        return utf16_decode(r, s, ret_text);
    if (wish == SHEET_UTF8 && !utf8_valid(s))
        return ERR(r->err, "sheet.encoding", "utf-8 %zu", utf8_valid_prefix(s));
    if (wish == SHEET_CP932 && !cp932_valid(s))
        return ERR(r->err, "sheet.encoding", "cp932");
    return 0;
}
