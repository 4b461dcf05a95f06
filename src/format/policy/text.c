/*
 * text: the source decoded to UTF-8, cut into lines, and how its lines wrap. Runs in policy-worker
 * and the command line.
 *
 * Invariants: reader->text is strict UTF-8 without NUL; a line's [from, to) begins and ends with a
 * non-blank character; blank lines are not kept.
 */
#include "base/text/cp932.h"
#include "base/text/utf8.h"
#include "format/policy/read.h"

#include <stdlib.h>
#include <string.h>

/* The source as UTF-8 in BUF, when it is UTF-16 behind its BOM. -1 at the first broken unit. */
static int
put_utf16(struct buf *buf, struct str s, bool big, struct err *err)
{
    for (size_t i = 2; i + 1 < s.n + 1; i += 2) {
        if (i + 1 >= s.n)
            return i == s.n ? 0 : ERR(err, "policy.encoding", "%zu", i);
        unsigned a = (unsigned char)s.p[i], b = (unsigned char)s.p[i + 1];
        uint32_t c = big ? a << 8 | b : b << 8 | a;
        if (c >= 0xd800 && c < 0xdc00 && i + 3 < s.n) {
            a = (unsigned char)s.p[i + 2], b = (unsigned char)s.p[i + 3];
            uint32_t low = big ? a << 8 | b : b << 8 | a;
            if (low < 0xdc00 || low > 0xdfff)
                return ERR(err, "policy.encoding", "%zu", i);
            c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
            i += 2;
        } else if (c >= 0xd800 && c <= 0xdfff) {
            return ERR(err, "policy.encoding", "%zu", i);
        }
        utf8_put(buf, c);
    }
    return 0;
}

static int
take_text(struct reader *r, struct buf *buf)
{
    int rc = buf_done(buf, r->err);
    if (rc == 0) {
        r->text = str_dup(r->arena, buf_str(buf));
        rc = arena_check(r->arena, r->err);
    }
    return rc;
}

static int
decode(struct reader *r)
{
    struct str s = r->tree->source;
    struct buf buf;
    buf_init(&buf, 3 * POLICY_SOURCE_BYTES);
    int rc = 0;
    if (str_starts(s, STR("\xff\xfe")) || str_starts(s, STR("\xfe\xff"))) {
        bool big = s.p[0] == '\xfe';
        r->tree->encoding = big ? POLICY_UTF16BE : POLICY_UTF16LE;
        r->text_skip = 2;
        rc = put_utf16(&buf, s, big, r->err);
    } else if (utf8_valid(s)) {
        r->tree->encoding = POLICY_UTF8;
        r->text_skip = str_starts(s, STR("\xef\xbb\xbf")) ? 3 : 0;
        r->text = str_slice(s, r->text_skip, s.n);
        return 0;
    } else if (cp932_valid(s)) {
        r->tree->encoding = POLICY_CP932;
        rc = cp932_to_utf8(&buf, s, r->err);
    } else {
        return ERR(r->err, "policy.encoding", "%zu", utf8_valid_prefix(s));
    }
    if (rc == 0)
        rc = take_text(r, &buf);
    buf_free(&buf);
    return rc;
}

int
reader_source(struct reader *r)
{
    struct str s = r->tree->source;
    if (s.n == 0)
        return ERR(r->err, "policy.empty", "0");
    if (s.n > POLICY_SOURCE_BYTES)
        return ERR(r->err, "policy.size", "%zu", s.n);
    if (decode(r) < 0)
        return -1;
    size_t blank = char_blank_prefix(r->text);
    if (blank == r->text.n)
        return ERR(r->err, "policy.empty", "%zu", s.n);
    for (size_t i = 0; i < r->text.n; i++) {
        unsigned char c = (unsigned char)r->text.p[i];
        if ((c < 0x20 && !char_is_blank(c)) || c == 0x7f)
            return ERR(r->err, "policy.binary", "%zu", i);
    }
    return 0;
}

/* Moves LINE's content behind Markdown's "#", "- " and ">" signs. */
static void
strip_markdown(struct reader *r, struct line *line)
{
    struct str s = str_slice(r->text, line->from, line->to);
    size_t n = 0;
    if (s.n > 0 && s.p[0] == '#') {
        while (n < s.n && s.p[n] == '#')
            n++;
        line->heading = true;
    } else if (s.n > 1 && (s.p[0] == '-' || s.p[0] == '*') && s.p[1] == ' ') {
        n = 1;
        line->bullet = true;
    } else {
        return;
    }
    struct str rest = str_slice(s, n, s.n);
    size_t blank = char_blank_prefix(rest);
    if (n > 6 || blank == rest.n || (blank == 0 && line->heading)) {
        line->heading = line->bullet = false;
        return;
    }
    line->from += n + blank;
}

static unsigned
width_of(struct str s)
{
    unsigned width = 0;
    while (s.n > 0) {
        int32_t c = utf8_next(&s);
        width += char_columns(c < 0 ? 0 : (uint32_t)c);
    }
    return width;
}

static bool
has_tab(struct str s)
{
    return memchr(s.p, '\t', s.n) != NULL;
}

static void
add_line(struct reader *r, size_t from, size_t to, bool gap)
{
    struct str s = str_slice(r->text, from, to);
    if (str_ends(s, STR("\r")))
        s = str_slice(s, 0, s.n - 1);
    size_t lead = char_blank_prefix(s);
    struct line *line = &r->lines[r->line_count++];
    *line = (struct line){.begin = from + lead, .from = from + lead, .gap_before = gap};
    line->tab_start = has_tab(str_slice(s, 0, lead));
    size_t tail = char_blank_suffix(s);
    line->space_end = tail > 0;
    line->to = from + s.n - tail;
    strip_markdown(r, line);
    line->width = width_of(str_slice(r->text, line->begin, line->to));
}

/* A page feed or line feed ends a line. */
static size_t
line_end(struct str text, size_t from)
{
    size_t i = from;
    while (i < text.n && text.p[i] != '\n' && text.p[i] != '\f')
        i++;
    return i;
}

static int
by_width(const void *a, const void *b)
{
    unsigned x = *(const unsigned *)a, y = *(const unsigned *)b;
    return (x > y) - (x < y);
}

static bool
ends_sentence(struct str s)
{
    return str_ends(s, STR("。"));
}

/* Lines of one width that do not end a sentence: the text was wrapped at a margin. */
static void
measure_margin(struct reader *r)
{
    enum { MANY = 8 }; /* so many full lines are no chance */
    unsigned *widths = calloc(r->line_count + 1, sizeof *widths);
    if (widths == NULL)
        abort();
    for (size_t i = 0; i < r->line_count; i++)
        widths[i] = r->lines[i].width;
    qsort(widths, r->line_count, sizeof *widths, by_width);
    unsigned full = widths[r->line_count * 95 / 100];
    free(widths);
    size_t at_margin = 0, cut = 0;
    for (size_t i = 0; i < r->line_count; i++) {
        struct str s = str_slice(r->text, r->lines[i].from, r->lines[i].to);
        if (r->lines[i].width + 6 >= full && r->lines[i].width <= full + 4) {
            at_margin++;
            cut += !ends_sentence(s);
        }
    }
    r->full_width = full > MARGIN_SLACK ? full - MARGIN_SLACK : full;
    if (full >= 24 && full <= 140 && r->line_count >= 8 &&
        at_margin * (at_margin < MANY ? 4 : 8) >= r->line_count && cut * 2 > at_margin)
        r->wrap = WRAP_MARGIN;
}

static void
measure_wrap(struct reader *r)
{
    size_t ended = 0, spaced = 0;
    for (size_t i = 0; i < r->line_count; i++) {
        if (!ends_sentence(str_slice(r->text, r->lines[i].from, r->lines[i].to)))
            continue;
        ended++;
        spaced += r->lines[i].space_end;
    }
    r->wrap = WRAP_NONE;
    if (ended >= 3 && spaced * 10 > ended * 9)
        r->wrap = WRAP_SPACE;
    else
        measure_margin(r);
}

/* True when more than 30 % of the neighbours among kanji and kana have a blank between them. */
static bool
is_spaced_out(struct str s)
{
    size_t pairs = 0, blanks = 0;
    uint32_t before = 0;
    bool blank = false;
    while (s.n > 0) {
        int32_t next = utf8_next(&s);
        uint32_t c = next < 0 ? 0 : (uint32_t)next;
        if (c == ' ' || c == 0x3000) {
            blank = true;
            continue;
        }
        if (char_is_cjk(before) && char_is_cjk(c)) {
            pairs++;
            blanks += blank;
        }
        before = c;
        blank = false;
    }
    return pairs > 50 && blanks * 10 > pairs * 3;
}

int
reader_lines(struct reader *r)
{
    size_t count = 0;
    for (size_t from = 0; from < r->text.n;) { /* only the non-blank ones are kept */
        size_t to = line_end(r->text, from);
        struct str s = str_slice(r->text, from, to);
        count += char_blank_prefix(s) < s.n;
        from = to + 1;
    }
    r->lines = arena_array(r->arena, count + 1, sizeof *r->lines);
    if (r->lines == NULL)
        return arena_check(r->arena, r->err);
    bool gap = true;
    for (size_t from = 0; from < r->text.n;) {
        size_t to = line_end(r->text, from);
        struct str s = str_slice(r->text, from, to);
        bool blank = char_blank_prefix(s) == s.n;
        if (!blank)
            add_line(r, from, to, gap);
        gap = blank;
        from = to + 1;
    }
    r->tree->line_count = r->line_count;
    r->despace = is_spaced_out(r->text);
    measure_wrap(r);
    return 0;
}
