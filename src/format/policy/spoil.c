/*
 * spoil: a clean text with the damages that real files have, from a seed: what the reader is
 * measured with, and what a person can look at (`sekisho policy render --noise`). Runs in
 * policy-worker and the tests.
 *
 * Every damage is a step from one text to the next; their order is fixed (marks before the layout,
 * the layout before pages, line ends last), so that the same seed gives the same bytes.
 */
#include "base/text/utf8.h"
#include "format/policy/read.h"

#include <string.h>

enum { SPOIL_BYTES = 64 << 20, LINES_LEAST = 18, LINES_MORE = 16 };

struct spoiler {
    struct buf *out;
    uint64_t state;
    unsigned noise;
    unsigned width; /* columns of a wrapped line */
    unsigned lines; /* left on this page */
    unsigned page;
};

static const char *const words[NOISE_COUNT] = {"space",   "margin",   "pages", "blank",  "spread",
                                               "width",   "contents", "crlf",  "double", "dot",
                                               "oneline", "lost",     "nfkc"};

const char *
policy_noise_word(unsigned index)
{
    return index < NOISE_COUNT ? words[index] : "";
}

int
policy_noise_of(const char *list)
{
    int noise = 0;
    struct str rest = str_of(list), word;
    while (str_split_next(&rest, ',', &word)) {
        unsigned i = 0;
        while (i < NOISE_COUNT && !str_equal_z(word, words[i]))
            i++;
        if (i == NOISE_COUNT && word.n > 0 && !str_equal_z(word, "clean"))
            return -1;
        noise |= i == NOISE_COUNT ? 0 : 1 << i;
    }
    return noise;
}

/* A number below LIMIT (xorshift64*). */
static unsigned
draw(struct spoiler *sp, unsigned limit)
{
    sp->state ^= sp->state >> 12;
    sp->state ^= sp->state << 25;
    sp->state ^= sp->state >> 27;
    return (unsigned)((sp->state * 2685821657736338717ULL) >> 40) % limit;
}

typedef void step_fn(struct spoiler *sp, struct str line);

/* Bytes of Markdown's signs in front of the mark. */
static size_t
signs_of(struct str line)
{
    size_t n = 0;
    while (n < line.n && line.p[n] == '#')
        n++;
    if (n == 0 && line.n > 1 && line.p[0] == '-')
        n = 1;
    return n > 0 && n < line.n && line.p[n] == ' ' ? n + 1 : 0;
}

/* The mark at the start of LINE, Markdown's signs passed over; its bytes with them, or 0. */
static size_t
mark_of(struct str line, struct policy_mark *mark)
{
    size_t signs = signs_of(line);
    size_t n = mark_read(str_slice(line, signs, line.n), mark);
    return n == 0 ? 0 : signs + n;
}

static void
step_lost(struct spoiler *sp, struct str line)
{
    struct policy_mark mark;
    size_t n = mark_of(line, &mark);
    bool lost = n > 0 && draw(sp, 100) == 0;
    buf_put_str(sp->out, lost ? str_slice(line, n, line.n) : line);
}

/* 11 to 19 as 1.1 to 1.9. */
static void
step_dot(struct spoiler *sp, struct str line)
{
    struct policy_mark mark;
    size_t n = mark_of(line, &mark);
    bool hit = n > 0 && mark.class == MARK_NUM && mark.ordinal > 10 && mark.ordinal < 20;
    if (!hit) {
        buf_put_str(sp->out, line);
        return;
    }
    buf_put_str(sp->out, str_slice(line, 0, signs_of(line)));
    buf_printf(sp->out, "1.%u ", mark.ordinal - 10);
    buf_put_str(sp->out, str_slice(line, n, line.n));
}

/* What normalisation makes of C: one of the signs it replaces, else C itself. */
static void
put_normal(struct buf *out, uint32_t c)
{
    if (c >= 0x2460 && c <= 0x2473)
        buf_printf(out, "%u", c - 0x2460 + 1);
    else if (c >= 0x3251 && c <= 0x325f)
        buf_printf(out, "%u", c - 0x3251 + 21);
    else if (c >= 0x2474 && c <= 0x2487)
        buf_printf(out, "(%u)", c - 0x2474 + 1);
    else if (c >= 0xff01 && c <= 0xff5e)
        buf_put_char(out, (char)(c - 0xff01 + '!'));
    else if (c == 0x3000)
        buf_put_char(out, ' ');
    else
        utf8_put(out, c);
}

static void
step_nfkc(struct spoiler *sp, struct str line)
{
    while (line.n > 0) {
        int32_t c = utf8_next(&line);
        put_normal(sp->out, c < 0 ? 0xfffd : (uint32_t)c);
    }
}

static bool
is_swapped(uint32_t c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '(' ||
           c == ')';
}

/* Half of the lines: digits, letters and brackets in the other width. */
static void
step_width(struct spoiler *sp, struct str line)
{
    bool swap = draw(sp, 2) == 0;
    size_t signs = signs_of(line);
    buf_put_str(sp->out, str_slice(line, 0, signs));
    line = str_slice(line, signs, line.n);
    while (line.n > 0) {
        int32_t next = utf8_next(&line);
        uint32_t c = next < 0 ? 0xfffd : (uint32_t)next;
        if (swap && is_swapped(c))
            c = c - '!' + 0xff01;
        else if (swap && c >= 0xff01 && c <= 0xff5e && is_swapped(c - 0xff01 + '!'))
            c = c - 0xff01 + '!';
        utf8_put(sp->out, c);
    }
}

static void
step_spread(struct spoiler *sp, struct str line)
{
    uint32_t before = 0;
    while (line.n > 0) {
        int32_t next = utf8_next(&line);
        uint32_t c = next < 0 ? 0xfffd : (uint32_t)next;
        if (char_is_cjk(before) && char_is_cjk(c))
            buf_put_char(sp->out, ' ');
        utf8_put(sp->out, c);
        before = c;
    }
}

/* The place to cut LINE: before it exceeds the width, no blank at the start of the next. */
static size_t
cut_of(const struct spoiler *sp, struct str line)
{
    unsigned column = 0;
    struct str rest = line;
    while (rest.n > 0) {
        struct str here = rest;
        int32_t c = utf8_next(&rest);
        column += c < 0 ? 1 : char_columns((uint32_t)c);
        if (column > sp->width && here.n < line.n && !char_is_blank((uint32_t)c))
            return line.n - here.n;
    }
    return line.n;
}

static void
step_wrap(struct spoiler *sp, struct str line)
{
    bool space = (sp->noise & NOISE_SPACE) != 0;
    while (line.n > 0) {
        size_t cut = cut_of(sp, line);
        struct str part = str_slice(line, 0, cut);
        bool last = cut == line.n;
        if (!last) /* only a paragraph's end shows a blank */
            part.n -= char_blank_suffix(part);
        buf_put_str(sp->out, part);
        line = str_slice(line, cut, line.n);
        if (!last)
            buf_put_char(sp->out, '\n');
        else if (space)
            buf_put_char(sp->out, ' ');
    }
}

/* A place in the middle of LINE between two kanji or kana, not near its ends; 0 when none. */
static size_t
middle_of(struct spoiler *sp, struct str line)
{
    enum { LEAST = 60, EDGE = 10 };
    size_t count = char_count(line);
    if (count < LEAST)
        return 0;
    size_t wanted = EDGE + draw(sp, (unsigned)(count - 2 * EDGE)), n = 0;
    uint32_t before = 0;
    for (struct str rest = line; rest.n > 0; n++) {
        uint32_t c = char_first(rest);
        if (n >= wanted && n + EDGE < count && char_is_cjk(before) && char_is_cjk(c))
            return line.n - rest.n;
        before = c;
        utf8_next(&rest);
    }
    return 0;
}

/* Wrapped text: blank lines behind some lines. Else: some sentences are torn apart by them. */
static void
step_blank(struct spoiler *sp, struct str line)
{
    bool wrapped = (sp->noise & (NOISE_SPACE | NOISE_MARGIN)) != 0;
    bool hit = draw(sp, 8) == 0;
    size_t cut = wrapped || !hit ? 0 : middle_of(sp, line);
    buf_put_str(sp->out, str_slice(line, 0, cut));
    for (unsigned n = cut > 0 ? 2 + draw(sp, 3) : 0; n > 0; n--)
        buf_put_char(sp->out, '\n');
    buf_put_str(sp->out, str_slice(line, cut, line.n));
    for (unsigned n = wrapped && hit ? 1 + draw(sp, 3) : 0; n > 0; n--)
        buf_put_char(sp->out, '\n');
}

static void
put_page_border(struct spoiler *sp)
{
    sp->lines = LINES_LEAST + draw(sp, LINES_MORE);
    sp->page++;
    if ((sp->noise & NOISE_PAGES) == 0) {
        buf_put_char(sp->out, '\n');
        return;
    }
    if (draw(sp, 10) < 7 || sp->page < 5) /* three are needed to be known as one */
        buf_printf(sp->out, "\n\n関乃町の方針集（写し）\n%u\n\n", sp->page);
}

/* Pages; with NOISE_DOUBLE the border falls into a sentence. */
static void
step_pages(struct spoiler *sp, struct str line)
{
    size_t cut = 0;
    if (sp->lines == 0 && (sp->noise & NOISE_DOUBLE) != 0)
        cut = middle_of(sp, line);
    bool border = sp->lines == 0 && (cut > 0 || (sp->noise & NOISE_DOUBLE) == 0);
    sp->lines -= sp->lines > 0;
    if (border && cut == 0)
        put_page_border(sp);
    buf_put_str(sp->out, str_slice(line, 0, cut));
    if (border && cut > 0) {
        size_t from = cut;
        for (unsigned k = 1 + draw(sp, 3); k > 0; k--)
            do
                from--;
            while (((unsigned char)line.p[from] & 0xc0) == 0x80);
        buf_put_char(sp->out, '\n');
        put_page_border(sp);
        buf_put_str(sp->out, str_slice(line, from, cut));
    }
    buf_put_str(sp->out, str_slice(line, cut, line.n));
}

/* Every line of TEXT through STEP, into a new text. */
static void
run_step(struct spoiler *sp, struct buf *text, step_fn *step)
{
    struct buf next;
    struct str rest = buf_str(text), line;
    buf_init(&next, SPOIL_BYTES);
    sp->out = &next;
    while (str_split_next(&rest, '\n', &line)) {
        if (rest.p == NULL && line.n == 0)
            break;
        step(sp, line);
        buf_put_char(&next, '\n');
    }
    buf_free(text);
    *text = next;
}

/* The chapters' first lines, each with a page number: the first line of each block of TEXT. */
static void
put_contents(struct spoiler *sp, struct buf *text)
{
    struct buf next;
    buf_init(&next, SPOIL_BYTES);
    struct str rest = buf_str(text), line;
    unsigned page = 0;
    bool gap = true, first = true;
    buf_put_z(&next, "目　次\n");
    while (str_split_next(&rest, '\n', &line)) {
        struct policy_mark mark;
        if (gap && mark_of(line, &mark) > 0) {
            size_t signs = signs_of(line);
            buf_put_str(&next, str_slice(line, signs, line.n));
            buf_printf(&next, first ? "……………%u\n" : "\t%u\n", page += 1 + draw(sp, 4));
            first = false;
        }
        gap = line.n == 0;
    }
    buf_put_char(&next, '\n');
    buf_put_str(&next, buf_str(text));
    buf_free(text);
    *text = next;
}

static void
put_line_ends(struct buf *out, struct str text, unsigned noise)
{
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] != '\n')
            buf_put_char(out, text.p[i]);
        else if ((noise & NOISE_ONE_LINE) != 0)
            buf_put_char(out, ' ');
        else
            buf_put_z(out, (noise & NOISE_CRLF) != 0 ? "\r\n" : "\n");
}

void
policy_spoil(struct buf *out, struct str text, unsigned noise, uint64_t seed)
{
    static const struct {
        unsigned when;
        step_fn *step;
    } steps[] = {
        {NOISE_LOST, step_lost},
        {NOISE_DOT, step_dot},
        {NOISE_WIDTH, step_width},
        {NOISE_NFKC, step_nfkc},
        {NOISE_SPREAD, step_spread},
        {NOISE_SPACE | NOISE_MARGIN, step_wrap},
        {NOISE_PAGES | NOISE_DOUBLE, step_pages},
        {NOISE_BLANK, step_blank},
    };
    struct spoiler sp = {.state = seed * 2 + 0x9e3779b97f4a7c15ULL, .noise = noise};
    struct buf work;
    draw(&sp, 2);
    sp.width = 60 + 2 * draw(&sp, 12);
    sp.lines = LINES_LEAST;
    buf_init(&work, SPOIL_BYTES);
    buf_put_str(&work, text);
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        if ((noise & steps[i].when) != 0)
            run_step(&sp, &work, steps[i].step);
    if ((noise & NOISE_CONTENTS) != 0)
        put_contents(&sp, &work);
    put_line_ends(out, buf_str(&work), noise);
    buf_free(&work);
}
