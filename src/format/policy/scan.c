/*
 * scan: many words are looked for in one walk over the text, and words are measured against each
 * other. Runs in policy-worker, cored and the command line.
 *
 * Invariant: at each character only the words that begin with its hash are compared, so a walk
 * takes time linear in the text for a given list.
 */
#include "base/text/utf8.h"
#include "format/policy/lint.h"
#include "format/policy/read.h"

#include <string.h>

enum { BUCKETS = 2048, CITED_BYTES = 240 };

struct lint_scan {
    const struct lint_word *words;
    uint32_t *next;          /* of the same bucket, index + 1 */
    uint32_t heads[BUCKETS]; /* index + 1 */
};

static size_t
char_bytes(unsigned char c)
{
    return c < 0xc0 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
}

/* Of the first character of P, which has N bytes or more. */
static unsigned
bucket_of(const char *p, size_t n)
{
    size_t bytes = char_bytes((unsigned char)p[0]);
    return lint_hash((struct str){p, bytes < n ? bytes : n}) % BUCKETS;
}

struct lint_scan *
lint_scan_new(struct arena *arena, const struct lint_word *list, size_t count)
{
    struct lint_scan *scan = arena_alloc(arena, sizeof *scan);
    uint32_t *next = arena_array(arena, count + 1, sizeof *next);
    if (scan == NULL || next == NULL)
        return NULL;
    scan->words = list;
    scan->next = next;
    for (size_t i = 0; i < count; i++) {
        if (list[i].text.n == 0)
            continue;
        unsigned bucket = bucket_of(list[i].text.p, list[i].text.n);
        next[i] = scan->heads[bucket];
        scan->heads[bucket] = (uint32_t)i + 1;
    }
    return scan;
}

void
lint_scan_view(const struct lint_scan *scan, const struct lint_view *view,
               void (*found)(void *ctx, unsigned id, struct lint_spot spot), void *ctx)
{
    for (size_t p = 0; p < view->passage_count; p++) {
        struct str s = view->passages[p].bare;
        for (size_t at = 0; at < s.n; at += char_bytes((unsigned char)s.p[at]))
            for (uint32_t i = scan->heads[bucket_of(s.p + at, s.n - at)]; i > 0;
                 i = scan->next[i - 1]) {
                struct str word = scan->words[i - 1].text;
                if (word.n <= s.n - at && memcmp(word.p, s.p + at, word.n) == 0)
                    found(ctx, scan->words[i - 1].id, (struct lint_spot){p, at, word.n});
            }
    }
}

uint32_t
lint_hash(struct str s)
{
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < s.n; i++)
        hash = (hash ^ (unsigned char)s.p[i]) * 16777619u;
    return hash ^ hash >> 15;
}

bool
lint_is_kanji(uint32_t c)
{
    return (c >= 0x4e00 && c <= 0x9fff) || (c >= 0x3400 && c <= 0x4dbf) || c == 0x3005;
}

bool
lint_is_katakana(uint32_t c)
{
    return (c >= 0x30a1 && c <= 0x30fa) || c == 0x30fc;
}

/* The first of the COUNT words of LIST in S, whichever comes first; its place or -1. */
static ptrdiff_t
first_of(struct str s, const char *const *list, size_t count, size_t *ret_which)
{
    ptrdiff_t best = -1;
    for (size_t i = 0; i < count; i++) {
        ptrdiff_t at = str_find(best < 0 ? s : str_slice(s, 0, (size_t)best), str_of(list[i]), 0);
        if (at >= 0) {
            best = at;
            *ret_which = i;
        }
    }
    return best;
}

/* Behind the place a quote closes that did not open behind it. */
static bool
in_quotes(struct str behind)
{
    static const char *const quotes[] = {"」", "』", "「", "『", "。"};
    size_t which = 4;
    return first_of(behind, quotes, 5, &which) >= 0 && which < 2;
}

/* …ガイドライン（平成26年…, …に関する法律 or …条例: what stands before is a title. */
static bool
in_title(struct str behind)
{
    static const char *const ends[] = {"（平成", "(平成", "（令和", "(令和", "（昭和",
                                       "(昭和",  "、",    "。",     "「",    "」"};
    static const char *const kinds[] = {"に関する法律",
                                        "に関する条例",
                                        "に関する規則",
                                        "に関するガイドライン",
                                        "に関するガイド",
                                        "、",
                                        "。"};
    size_t which = 9;
    if (first_of(behind, ends, 10, &which) >= 0 && which < 6)
        return true;
    which = 6;
    return first_of(behind, kinds, 7, &which) >= 0 && which < 5;
}

bool
lint_is_cited(const struct lint_view *view, struct lint_spot spot)
{
    struct str s = view->passages[spot.passage].bare;
    struct str behind = str_slice(s, spot.at, spot.at + CITED_BYTES);
    return in_quotes(behind) || in_title(behind);
}

/* The characters of S into LIST; their number, or LINT_WORD_CHARS + 1. */
static size_t
chars_of(struct str s, uint32_t *list)
{
    size_t n = 0;
    while (s.n > 0) {
        int32_t c = utf8_next(&s);
        if (n == LINT_WORD_CHARS)
            return LINT_WORD_CHARS + 1;
        list[n++] = c < 0 ? 0 : (uint32_t)c;
    }
    return n;
}

static unsigned
least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

unsigned
lint_distance(struct str a, struct str b, unsigned most)
{
    uint32_t x[LINT_WORD_CHARS], y[LINT_WORD_CHARS];
    unsigned rows[3][LINT_WORD_CHARS + 1];
    size_t m = chars_of(a, x), n = chars_of(b, y);
    if (m > LINT_WORD_CHARS || n > LINT_WORD_CHARS || (m > n ? m - n : n - m) > most)
        return most + 1;
    for (size_t j = 0; j <= n; j++)
        rows[0][j] = (unsigned)j;
    for (size_t i = 1; i <= m; i++) {
        unsigned *now = rows[i % 3], *last = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];
        now[0] = (unsigned)i;
        for (size_t j = 1; j <= n; j++) {
            unsigned change = last[j - 1] + (x[i - 1] != y[j - 1]);
            now[j] = least(change, least(last[j], now[j - 1]) + 1);
            if (i > 1 && j > 1 && x[i - 1] == y[j - 2] && x[i - 2] == y[j - 1])
                now[j] = least(now[j], before[j - 2] + 1);
        }
    }
    return least(rows[m % 3][n], most + 1);
}
