/*
 * noise: what stands in the file and is not policy: running headers, page numbers, contents lists,
 * Markdown rules; and the characters that a page border doubled. Everything taken out is noted in
 * `dropped`. Runs in policy-worker and the command line.
 */
#include "base/text/utf8.h"
#include "format/policy/read.h"

#include <stdlib.h>
#include <string.h>

enum { OVERLAP_MOST = 8 };

static struct str
content(const struct reader *r, const struct line *line)
{
    return str_slice(r->text, line->from, line->to);
}

static bool
is_page_number(struct str s)
{
    static const char *const around[] = {"-", "－", "―", "—", "–", "‐"};
    for (size_t i = 0; i < sizeof around / sizeof *around; i++)
        if (str_begins(s, around[i]) && str_finishes(s, around[i]) && s.n > 2 * strlen(around[i]))
            s = str_slice(s, strlen(around[i]), s.n - strlen(around[i]));
    s = str_trim(s);
    size_t digits = 0;
    while (s.n > 0) {
        int32_t c = utf8_next(&s);
        if (c < 0 || !char_is_digit((uint32_t)c) || ++digits > 3)
            return false;
    }
    return digits > 0;
}

static void
drop_line(struct reader *r, struct line *line, enum policy_drop reason)
{
    line->dropped = true;
    drop_add(r, line->begin, line->to, reason);
}

struct header {
    struct str text;
    size_t line;
};

static int
by_text(const void *a, const void *b)
{
    const struct header *x = a, *y = b;
    int order = str_compare(x->text, y->text);
    return order != 0 ? order : (x->line > y->line) - (x->line < y->line);
}

static void
drop_pair(struct reader *r, size_t line)
{
    struct policy_range at = {r->lines[line].begin, r->lines[line + 1].to};
    drop_line(r, &r->lines[line], DROP_HEADER);
    drop_line(r, &r->lines[line + 1], DROP_HEADER);
    finding_add(r, "P101", POLICY_NOTE, NULL, at);
}

/* A line seen three times or more in front of a bare number: a running header. */
static void
drop_headers(struct reader *r)
{
    struct header *found = calloc(r->line_count + 1, sizeof *found);
    if (found == NULL)
        abort();
    size_t n = 0;
    for (size_t i = 0; i + 1 < r->line_count; i++)
        if (is_page_number(content(r, &r->lines[i + 1])) &&
            !is_page_number(content(r, &r->lines[i])))
            found[n++] = (struct header){content(r, &r->lines[i]), i};
    qsort(found, n, sizeof *found, by_text);
    for (size_t i = 0, j; i < n; i = j) {
        for (j = i; j < n && str_equal(found[i].text, found[j].text); j++)
            continue;
        for (size_t k = i; j - i >= 3 && k < j; k++)
            drop_pair(r, found[k].line);
    }
    free(found);
}

static unsigned
number_of(struct str s)
{
    unsigned value = 0;
    while (s.n > 0) {
        int32_t c = utf8_next(&s);
        if (c > 0 && char_is_digit((uint32_t)c))
            value = value * 10 + char_digit((uint32_t)c);
    }
    return value;
}

/* Bare numbers that rise through the file, three or more: page numbers without a header. */
static void
drop_page_numbers(struct reader *r)
{
    size_t count = 0;
    unsigned last = 0;
    bool rising = true;
    for (size_t i = 0; i < r->line_count; i++) {
        if (r->lines[i].dropped || !is_page_number(content(r, &r->lines[i])))
            continue;
        unsigned number = number_of(content(r, &r->lines[i]));
        rising = rising && number > last;
        last = number;
        count++;
    }
    for (size_t i = 0; rising && count >= 3 && i < r->line_count; i++) {
        struct line *line = &r->lines[i];
        if (line->dropped || !is_page_number(content(r, line)))
            continue;
        drop_line(r, line, DROP_HEADER);
        finding_add(r, "P101", POLICY_NOTE, NULL, (struct policy_range){line->begin, line->to});
    }
}

/* True when S ends in a page number behind a tab, blanks or leaders. */
static bool
is_contents_line(struct str s)
{
    size_t digits = 0;
    while (s.n > 0 && char_is_digit(char_last(s))) {
        size_t len = char_last(s) < 0x80 ? 1 : 3;
        s = str_slice(s, 0, s.n - len);
        digits++;
    }
    if (digits == 0 || digits > 3 || s.n == 0)
        return false;
    uint32_t c = char_last(s);
    return char_is_blank(c) || c == '.' || c == 0x2026 || c == 0x30fb || c == 0xff0e || c == 0x2025;
}

static bool
is_contents_title(struct reader *r, struct str s)
{
    if (s.n > 30)
        return false;
    struct str bare = str_unblank(r->arena, s);
    return str_equal_z(bare, "目次") || str_equal_z(bare, "もくじ");
}

/* A contents line without blanks and without the （第1条―第3条） that a regulation's has. */
static struct str
contents_entry(struct reader *r, struct str s)
{
    struct str bare = str_unblank(r->arena, s);
    ptrdiff_t range = str_find(bare, STR("（第"), 0);
    range = range > 0 ? range : str_find(bare, STR("(第"), 0);
    return range > 0 ? str_slice(bare, 0, (size_t)range) : bare;
}

/* The last line of contents without page numbers, whose title is the line FIRST: they end above
 * the heading that says the first entry once more. FIRST when no such heading comes. */
static size_t
contents_last(struct reader *r, size_t first)
{
    enum { LINES_MOST = 300, CHARS_MOST = 60 };
    struct policy_mark mark;
    if (first + 1 >= r->line_count || mark_read(content(r, &r->lines[first + 1]), &mark) == 0)
        return first;
    struct str entry = contents_entry(r, content(r, &r->lines[first + 1]));
    for (size_t i = first + 2; i < r->line_count && i < first + LINES_MOST; i++) {
        struct str s = content(r, &r->lines[i]);
        if (str_finishes(s, "。") || char_count(s) > CHARS_MOST)
            return first;
        if (str_equal(str_unblank(r->arena, s), entry))
            return i - 1;
    }
    return first;
}

static void
drop_contents(struct reader *r)
{
    enum { TITLES_MOST = 16 };
    unsigned titles = 0;
    for (size_t i = 0; i < r->line_count; i++) {
        if (r->lines[i].dropped || !is_contents_title(r, content(r, &r->lines[i])))
            continue;
        size_t first = i, last = ++titles <= TITLES_MOST ? contents_last(r, i) : i;
        drop_line(r, &r->lines[i], DROP_CONTENTS);
        while (i + 1 < r->line_count && (i < last || r->lines[i + 1].dropped ||
                                         is_contents_line(content(r, &r->lines[i + 1])))) {
            i++;
            if (!r->lines[i].dropped)
                drop_line(r, &r->lines[i], DROP_CONTENTS);
        }
        finding_add(r, "P102", POLICY_NOTE, NULL,
                    (struct policy_range){r->lines[first].begin, r->lines[i].to});
    }
}

/* Rules and the second line of a Markdown table. */
static bool
is_markup(struct str s)
{
    size_t signs = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (strchr("-=*_|: ", s.p[i]) == NULL || s.p[i] == 0)
            return false;
        signs += s.p[i] == '-' || s.p[i] == '=' || s.p[i] == '*' || s.p[i] == '_';
    }
    return signs >= 3;
}

static void
note_invisible(struct reader *r)
{
    struct str rest = r->text;
    while (rest.n > 0) {
        size_t from = r->text.n - rest.n;
        int32_t c = utf8_next(&rest);
        if (c < 0x80 || (utf8_class((uint32_t)c) & (UTF8_BIDI | UTF8_ZERO_WIDTH)) == 0)
            continue;
        finding_add(r, "P121", POLICY_ASK, NULL, (struct policy_range){from, r->text.n - rest.n});
    }
}

void
reader_noise(struct reader *r)
{
    drop_headers(r);
    drop_page_numbers(r);
    drop_contents(r);
    note_invisible(r);
    for (size_t i = 0; i < r->line_count; i++) {
        struct line *line = &r->lines[i];
        if (!line->dropped && is_markup(str_slice(r->text, line->begin, line->to)))
            drop_line(r, line, DROP_MARKUP);
        else if (!line->dropped && line->begin < line->from)
            drop_add(r, line->begin, line->from, DROP_MARKUP);
    }
}

/* The last, or first, COUNT characters of S. */
static struct str
last_chars(struct str s, size_t count)
{
    size_t i = s.n;
    for (; count > 0 && i > 0; count--)
        do
            i--;
        while (i > 0 && ((unsigned char)s.p[i] & 0xc0) == 0x80);
    return str_slice(s, i, s.n);
}

static struct str
first_chars(struct str s, size_t count)
{
    struct str rest = s;
    while (count-- > 0 && rest.n > 0)
        utf8_next(&rest);
    return str_slice(s, 0, s.n - rest.n);
}

/* The usual ends of sentences, which one document may be too short to show. */
static bool
is_usual(struct str seam)
{
    static const char ends[] =
        "なければならない。てはならない。ものとする。することとする。をいう。"
        "を講じる。に努める。ことができる。を策定する。を実施する。";
    return str_finishes(seam, "。") && str_find(str_of(ends), seam, 0) >= 0;
}

static bool
seam_occurs(const struct reader *r, struct str left, struct str right)
{
    char seam[40];
    struct str a = last_chars(left, 2), b = first_chars(right, 2);
    if (a.n + b.n > sizeof seam)
        return false;
    memcpy(seam, a.p, a.n);
    memcpy(seam + a.n, b.p, b.n);
    struct str s = {seam, a.n + b.n};
    return is_usual(s) || str_find(str_slice(r->text, 0, SEARCH_BYTES), s, 0) >= 0;
}

bool
reader_seam(const struct reader *r, struct str previous, struct str next)
{
    if (seam_occurs(r, previous, next))
        return true;
    return char_count(previous) > 1 && seam_occurs(r, previous, first_chars(next, 1));
}

size_t
reader_doubled(struct str previous, struct str next)
{
    for (size_t k = OVERLAP_MOST; k > 0; k--) {
        struct str tail = last_chars(previous, k);
        if (tail.n > 0 && str_starts(next, tail) && char_count(tail) == k)
            return tail.n;
    }
    return 0;
}

size_t
reader_overlap(const struct reader *r, struct str previous, struct str next)
{
    for (size_t k = OVERLAP_MOST; k > 0; k--) {
        struct str tail = last_chars(previous, k);
        if (tail.n == 0 || !str_starts(next, tail) || char_count(tail) != k)
            continue;
        if (seam_occurs(r, previous, str_slice(next, tail.n, next.n)) &&
            !seam_occurs(r, previous, next))
            return tail.n;
    }
    return 0;
}
