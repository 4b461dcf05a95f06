/*
 * text: the decoded text cut into lines, and how its lines wrap. Runs in policy-worker and the
 * command line.
 *
 * Invariants: reader->text is strict UTF-8 without NUL; a line's [from, to) begins and ends with a
 * non-blank character; blank lines are not kept.
 */
#include "base/text/utf8.h"
#include "format/policy/read.h"

#include <stdlib.h>
#include <string.h>

enum { LONG_LINE = 3000 }; /* bytes; no paragraph, but a document whose line ends were lost */

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
    size_t lead = char_blank_prefix(s);
    struct line *line = &r->lines[r->line_count++];
    *line = (struct line){.begin = from + lead, .from = from + lead, .gap_before = gap};
    line->tab_start = has_tab(str_slice(s, 0, lead));
    size_t tail = char_blank_suffix(s);
    line->space_end = tail > 0;
    line->to = from + s.n - tail;
    if (r->tree->kind == POLICY_TEXT || r->tree->kind == POLICY_MARKDOWN)
        strip_markdown(r, line);
    line->width = width_of(str_slice(r->text, line->begin, line->to));
}

/* A page feed, line feed or carriage return ends a line. */
static size_t
line_end(struct str text, size_t from)
{
    size_t i = from;
    while (i < text.n && text.p[i] != '\n' && text.p[i] != '\f' && text.p[i] != '\r')
        i++;
    return i;
}

/* Behind the line end at END: CRs before a LF are one line end with it, a bare CR is one. */
static size_t
next_start(struct str text, size_t end)
{
    size_t i = end;
    while (i < text.n && text.p[i] == '\r')
        i++;
    return i < text.n && text.p[i] == '\n' ? i + 1 : end + 1;
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

/* Bytes at FROM of Markdown's signs and a mark, which a blank may follow without a cut. */
static size_t
mark_bytes(const struct reader *r, size_t from, size_t to)
{
    struct policy_mark mark;
    struct str s = str_slice(r->text, from, to);
    size_t signs = 0;
    while (signs < s.n && signs < 6 && s.p[signs] == '#')
        signs++;
    signs += signs == 0 && s.n > 1 && s.p[0] == '-';
    signs += signs > 0 && signs < s.n && s.p[signs] == ' ';
    return signs + mark_read(str_slice(s, signs, s.n), &mark);
}

/* May a very long line be cut at the blanks [AT, BEHIND)? Between words, not after a Latin one. */
static bool
cuts_at_blank(const struct reader *r, size_t from, size_t at, size_t behind, size_t to)
{
    if (behind >= to || at == from)
        return false;
    if (mark_bytes(r, behind, to) > 0)
        return true;
    return !r->despace && !char_is_latin(char_last(str_slice(r->text, from, at)));
}

/*
 * The end of the part of a very long line that begins at FROM: a document on one line is cut behind
 * full stops and at blanks; what does not belong apart is joined again by the sequence of marks.
 */
static size_t
part_end(const struct reader *r, size_t from, size_t to)
{
    from += char_blank_prefix(str_slice(r->text, from, to));
    size_t at = from + mark_bytes(r, from, to);
    struct str rest = str_slice(r->text, at, to);
    while (rest.n > 0) {
        at = to - rest.n;
        size_t blank = char_blank_prefix(rest);
        if (blank > 0 && cuts_at_blank(r, from, at, at + blank, to))
            return at + blank;
        if (blank == 0 && utf8_next(&rest) == 0x3002 && rest.n > 0 &&
            strchr(")\xef\xe3", rest.p[0]) == NULL)
            return to - rest.n;
        rest = str_slice(rest, blank, rest.n);
    }
    return to;
}

/* Every non-blank line, very long ones in parts; counted only, while there is no place for them. */
static size_t
take_lines(struct reader *r)
{
    size_t count = 0;
    bool gap = true;
    for (size_t from = 0; from < r->text.n;) {
        size_t end = line_end(r->text, from);
        bool blank = char_blank_prefix(str_slice(r->text, from, end)) == end - from;
        bool cut = end - from > LONG_LINE;
        while (!blank && from < end) {
            size_t to = cut ? part_end(r, from, end) : end;
            if (r->lines != NULL && char_blank_prefix(str_slice(r->text, from, to)) < to - from)
                add_line(r, from, to, gap && !cut);
            r->long_bytes += cut && r->lines != NULL ? to - from : 0;
            count++;
            from = to;
        }
        gap = blank;
        from = next_start(r->text, end);
    }
    return count;
}

int
reader_lines(struct reader *r)
{
    r->despace = is_spaced_out(r->text);
    size_t count = take_lines(r);
    r->lines = arena_array(r->arena, count + 1, sizeof *r->lines);
    if (r->lines == NULL)
        return arena_check(r->arena, r->err);
    take_lines(r);
    r->tree->line_count = r->line_count;
    bool blocks = r->tree->kind == POLICY_REIKI || r->tree->kind == POLICY_DOCX;
    if (!blocks && r->long_bytes * 2 < r->text.n)
        measure_wrap(r);
    return 0;
}
