/*
 * term: terms that are defined and not used (P201), or used under another name (P202). Runs in
 * policy-worker and the command line.
 *
 * Invariant: all names are looked for in one walk; only the first APPROXIMATE unused ones are
 * looked for once more, with errors allowed (Myers' bit-vector search: one step per character).
 */
#include "base/text/utf8.h"
#include "format/policy/lint.h"
#include "format/policy/read.h"

#include <string.h>

enum { TERMS_MOST = 200, APPROXIMATE = 20, BMP = 0x10000, FORMS = 3 };

struct search {
    struct lint_remarks *out;
    const struct lint_term *terms;
    bool *used;
    uint64_t *masks; /* of each character, which places of the pattern hold it; made when needed */
};

/* "通信経路の分割" is also used as "通信経路を分割する". Empty when there is no の. */
static struct str
as_verb(struct arena *arena, struct str name)
{
    ptrdiff_t at = str_find(name, STR("の"), 0);
    if (at <= 0)
        return (struct str){0};
    char *z = arena_printf(arena, "%.*sを%.*s", (int)at, name.p,
                           STR_FMT(str_slice(name, (size_t)at + strlen("の"), name.n)));
    return z == NULL ? (struct str){0} : str_of(z);
}

/* A term is used where it stands outside the section that defines it. */
static void
on_term(void *ctx, unsigned id, struct lint_spot spot)
{
    struct search *s = ctx;
    const struct lint_passage *passages = s->out->view->passages;
    size_t home = s->terms[id].spot.passage;
    bool table = !passages[home].title; /* its definition is the cell behind it */
    bool own = table ? spot.passage == home || spot.passage == home + 1
                     : passages[spot.passage].section == passages[home].section;
    if (!own)
        s->used[id] = true;
}

/* Where a match of PATTERN ends in TEXT with the fewest errors, at most MOST; its place. */
struct match {
    unsigned errors;
    size_t end; /* bytes */
};

static struct match
search_near(const struct search *s, struct str text, unsigned length, unsigned most)
{
    struct match best = {most + 1, 0};
    uint64_t pv = ~(uint64_t)0, mv = 0, last = (uint64_t)1 << (length - 1);
    unsigned score = length;
    for (struct str rest = text; rest.n > 0;) {
        uint32_t c = (uint32_t)utf8_next(&rest);
        uint64_t eq = c < BMP ? s->masks[c] : 0;
        uint64_t xv = eq | mv, xh = (((eq & pv) + pv) ^ pv) | eq;
        uint64_t ph = mv | ~(xh | pv), mh = pv & xh;
        score += (ph & last) != 0;
        score -= (mh & last) != 0;
        ph <<= 1;
        mh <<= 1;
        pv = mh | ~(xv | ph);
        mv = ph & xv;
        if (score < best.errors)
            best = (struct match){score, text.n - rest.n};
    }
    return best;
}

static void
set_masks(struct search *s, struct str pattern, bool on)
{
    uint64_t bit = 1;
    while (pattern.n > 0) {
        uint32_t c = (uint32_t)utf8_next(&pattern);
        if (c < BMP)
            s->masks[c] = on ? s->masks[c] | bit : 0;
        bit <<= 1;
    }
}

static bool
same_script(uint32_t a, uint32_t b)
{
    return (lint_is_kanji(a) && lint_is_kanji(b)) || (lint_is_katakana(a) && lint_is_katakana(b));
}

/* Neither end cuts a run of kanji or katakana in two. */
static bool
is_word(struct str text, size_t from, size_t to)
{
    struct str word = str_slice(text, from, to);
    return !same_script(char_last(str_slice(text, 0, from)), char_first(word)) &&
           !same_script(char_last(word), char_first(str_slice(text, to, text.n)));
}

/* The beginning of the match of PATTERN that ends at END: the whole word with the fewest errors. */
static bool
match_begin(struct str text, size_t end, struct str pattern, unsigned most, size_t *ret_from)
{
    unsigned best = most + 1;
    size_t chars = char_count(pattern), from = end;
    for (size_t n = 1; n <= chars + most && from > 0; n++) {
        do
            from--;
        while (from > 0 && ((unsigned char)text.p[from] & 0xc0) == 0x80);
        unsigned errors = lint_distance(str_slice(text, from, end), pattern, most);
        if (errors > 0 && errors < best && is_word(text, from, end)) {
            best = errors;
            *ret_from = from;
        }
    }
    return best <= most;
}

/* PATTERN with errors anywhere but in the term's own section. */
static bool
find_near(struct search *s, const struct lint_term *term, struct str pattern,
          struct lint_spot *ret_spot)
{
    const struct lint_view *view = s->out->view;
    size_t chars = char_count(pattern), home = view->passages[term->spot.passage].section;
    unsigned most = chars >= 6 ? 2 : 1;
    bool found = false;
    if (s->masks == NULL)
        s->masks = arena_array(s->out->arena, BMP, sizeof *s->masks);
    if (chars < 4 || chars > LINT_WORD_CHARS || s->masks == NULL)
        return false;
    set_masks(s, pattern, true);
    for (size_t i = 0; i < view->passage_count && !found; i++) {
        struct str text = view->passages[i].bare;
        if (view->passages[i].section == home || text.n == 0)
            continue;
        struct match m = search_near(s, text, (unsigned)chars, most);
        size_t from = 0;
        if (m.errors <= most && match_begin(text, m.end, pattern, most, &from)) {
            *ret_spot = (struct lint_spot){i, from, m.end - from};
            found = true;
        }
    }
    set_masks(s, pattern, false);
    return found;
}

static void
tell(struct search *s, const struct lint_term *term, bool approximate)
{
    struct lint_spot other;
    struct str verb = as_verb(s->out->arena, term->name);
    bool found = approximate && ((verb.n > 0 && find_near(s, term, verb, &other)) ||
                                 find_near(s, term, term->name, &other));
    if (found)
        lint_remark(s->out, "P202", POLICY_ASK, term->spot, &other);
    else
        lint_remark(s->out, "P201", POLICY_ASK, term->spot, NULL);
}

void
lint_terms(struct lint_remarks *out, const struct lint_term *terms, size_t count)
{
    struct arena *arena = out->arena;
    struct search s = {.out = out, .terms = terms};
    count = count < TERMS_MOST ? count : TERMS_MOST;
    if (count == 0)
        return;
    struct lint_word *words = arena_array(arena, count * FORMS, sizeof *words);
    s.used = arena_array(arena, count, sizeof *s.used);
    if (words == NULL || s.used == NULL)
        return;
    for (unsigned i = 0; i < count; i++) {
        words[FORMS * i] = (struct lint_word){terms[i].name, i};
        words[FORMS * i + 1] = (struct lint_word){terms[i].alias, i};
        words[FORMS * i + 2] = (struct lint_word){as_verb(arena, terms[i].name), i};
    }
    struct lint_scan *scan = lint_scan_new(arena, words, count * FORMS);
    if (scan == NULL)
        return;
    lint_scan_view(scan, out->view, on_term, &s);
    for (size_t i = 0, unused = 0; i < count; i++)
        if (!s.used[i])
            tell(&s, &terms[i], unused++ < APPROXIMATE);
}
