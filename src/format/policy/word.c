/*
 * word: laws cited with a wrong year, number or name (P208), things repealed or renamed (P209),
 * overtaken words (P210), class names that the text's own tables do not have (P221), doubled
 * syllables (P207). Runs in policy-worker and the command line. The tables are laws.def and
 * wording.def.
 *
 * Invariant: all words are found in one walk; what is read around a hit is bounded.
 */
#include "base/text/utf8.h"
#include "format/policy/lint.h"
#include "format/policy/read.h"

#include <string.h>

struct law {
    const char *title, *era;
    unsigned year, number;
};

static const struct law laws[] = {
#define LAW(title, era, year, number) {title, era, year, number},
#include "format/policy/laws.def"
#undef LAW
};

static const struct {
    const char *code, *text;
} words[] = {
#define WORD(code, text) {code, text},
#include "format/policy/wording.def"
#undef WORD
};

static const char *const axes[] = {"機密性", "完全性", "可用性"};
static const char *const eras[] = {"明治", "大正", "昭和", "平成", "令和"};

#define COUNT(array) (sizeof(array) / sizeof *(array))

enum { LAWS = COUNT(laws), WORDS = COUNT(words), AXES = COUNT(axes), ERAS = COUNT(eras) };
/* ids of the scan: laws, words, axes, then the mark of a law's number */
enum { FIRST_WORD = LAWS, FIRST_AXIS = LAWS + WORDS, CITATION = FIRST_AXIS + AXES, IDS };

enum { CITED_BYTES = 60, TITLE_BYTES = 160, TITLE_CHANGES = 4, PREFIX_BYTES = 60 };

struct wording {
    struct lint_remarks *out;
    const struct str *classes;
    size_t class_count;
    size_t told[WORDS]; /* the passage a word was last told in, + 1 */
};

static struct str
bare_of(const struct wording *w, size_t passage)
{
    return w->out->view->passages[passage].bare;
}

/* Reads a number of at most four digits at the start of *REST, 元 for 1 too. */
static bool
take_number(struct str *rest, unsigned *ret)
{
    unsigned value = 0, digits = 0;
    if (str_begins(*rest, "元")) {
        *rest = str_slice(*rest, strlen("元"), rest->n);
        *ret = 1;
        return true;
    }
    for (; rest->n > 0 && rest->p[0] >= '0' && rest->p[0] <= '9' && digits < 4; digits++) {
        value = value * 10 + (unsigned)(rest->p[0] - '0');
        *rest = str_slice(*rest, 1, rest->n);
    }
    *ret = value;
    return digits > 0;
}

static bool
take(struct str *rest, const char *word)
{
    if (!str_begins(*rest, word))
        return false;
    *rest = str_slice(*rest, strlen(word), rest->n);
    return true;
}

/* A law's era, year and number: 平成26年法律第104号 at the start of S. */
static bool
read_citation(struct str s, struct law *ret)
{
    *ret = (struct law){0};
    for (size_t i = 0; i < ERAS; i++) {
        struct str rest = s;
        if (!take(&rest, eras[i]))
            continue;
        ret->era = eras[i];
        return take_number(&rest, &ret->year) && take(&rest, "年法律第") &&
               take_number(&rest, &ret->number) && take(&rest, "号");
    }
    return false;
}

static bool
same_citation(const struct law *a, const struct law *b)
{
    return strcmp(a->era, b->era) == 0 && a->year == b->year && a->number == b->number;
}

/* Behind the title of LAWS[ID] stands another year or number. */
static void
on_law(struct wording *w, unsigned id, struct lint_spot spot)
{
    struct str text = bare_of(w, spot.passage);
    struct str behind = str_slice(text, spot.at + spot.n, spot.at + spot.n + CITED_BYTES);
    struct law cited;
    if (!take(&behind, "（") && !take(&behind, "("))
        return;
    if (!read_citation(behind, &cited) || same_citation(&cited, &laws[id]))
        return;
    const struct law *law = &laws[id];
    char *right = arena_printf(w->out->arena, "%s%u年法律第%u号", law->era, law->year, law->number);
    lint_remark_word(w->out, "P208", POLICY_ASK, spot, str_of(right));
}

/* The law of that citation when what stands before END is nearly, but not quite, its title. */
static const struct law *
misnamed(struct str before, const struct law *cited, size_t *ret_from)
{
    for (size_t i = 0; i < LAWS; i++) {
        struct str title = str_of(laws[i].title);
        if (!same_citation(cited, &laws[i]) || str_ends(before, title))
            continue;
        unsigned best = TITLE_CHANGES + 1;
        for (size_t from = before.n; from > 0;) {
            do
                from--;
            while (from > 0 && ((unsigned char)before.p[from] & 0xc0) == 0x80);
            unsigned changes =
                lint_distance(str_slice(before, from, before.n), title, TITLE_CHANGES);
            if (changes < best) {
                best = changes;
                *ret_from = from;
            }
        }
        return best <= TITLE_CHANGES ? &laws[i] : NULL;
    }
    return NULL;
}

/* 年法律第: the title in front of the bracket must be that of the law with this number. */
static void
on_citation(struct wording *w, struct lint_spot spot)
{
    struct str text = bare_of(w, spot.passage);
    struct str before = str_slice(text, 0, spot.at);
    size_t digits = before.n;
    while (digits > 0 && before.n - digits < 4 &&
           ((before.p[digits - 1] >= '0' && before.p[digits - 1] <= '9')))
        digits--;
    if (str_ends(before, STR("元")))
        digits = before.n - strlen("元");
    struct law cited;
    size_t era = digits < 6 ? 0 : digits - 6;
    if (!read_citation(str_slice(text, era, era + CITED_BYTES), &cited))
        return;
    before = str_slice(text, era > TITLE_BYTES ? era - TITLE_BYTES : 0, era);
    while (before.n > 0 && ((unsigned char)before.p[0] & 0xc0) == 0x80)
        before = str_slice(before, 1, before.n);
    size_t base = era - before.n, from = 0;
    if (str_finishes(before, "（"))
        before.n -= strlen("（");
    else if (str_finishes(before, "("))
        before.n -= 1;
    const struct law *law = misnamed(before, &cited, &from);
    if (law != NULL)
        lint_remark_word(w->out, "P208", POLICY_ASK,
                         (struct lint_spot){spot.passage, base + from, before.n - from},
                         str_of(law->title));
}

/* Once in a passage. */
static void
on_word(struct wording *w, unsigned id, struct lint_spot spot)
{
    if (w->told[id] != spot.passage + 1)
        lint_remark(w->out, words[id].code, POLICY_ASK, spot, NULL);
    w->told[id] = spot.passage + 1;
}

/* The end of a rank behind an axis: 3, 3A. */
static size_t
rank_end(struct str s, size_t at)
{
    size_t end = at;
    if (end < s.n && s.p[end] >= '0' && s.p[end] <= '9')
        end++;
    if (end > at && end < s.n && s.p[end] >= 'A' && s.p[end] <= 'Z')
        end++;
    return end;
}

static bool
is_class(const struct wording *w, struct str name)
{
    for (size_t i = 0; i < w->class_count; i++)
        if (str_starts(w->classes[i], name))
            return true;
    return false;
}

/* 機密性4, or 自治体機密性3A, in a text whose tables have no such class. */
static void
on_axis(struct wording *w, struct lint_spot spot)
{
    struct str text = bare_of(w, spot.passage);
    size_t end = rank_end(text, spot.at + spot.n), from = spot.at;
    if (end == spot.at + spot.n)
        return;
    while (from >= 3 && spot.at - from < PREFIX_BYTES &&
           lint_is_kanji(char_first(str_slice(text, from - 3, from))))
        from -= 3;
    struct str name = str_slice(text, from, end);
    bool axis_known = false;
    for (size_t i = 0; i < w->class_count; i++)
        axis_known = axis_known || str_starts(w->classes[i], str_slice(text, spot.at, spot.at + 9));
    if (axis_known && !is_class(w, name) && !str_begins(name, "当該") && !str_begins(name, "各"))
        lint_remark(w->out, "P221", POLICY_ASK, (struct lint_spot){spot.passage, from, name.n},
                    NULL);
}

static void
on_hit(void *ctx, unsigned id, struct lint_spot spot)
{
    struct wording *w = ctx;
    if (id < FIRST_WORD)
        on_law(w, id, spot);
    else if (id < FIRST_AXIS)
        on_word(w, id - FIRST_WORD, spot);
    else if (id < CITATION)
        on_axis(w, spot);
    else
        on_citation(w, spot);
}

static bool
is_hiragana(uint32_t c)
{
    return c >= 0x3041 && c <= 0x3096;
}

/* Words that are rightly doubled. */
static bool
is_doubled_word(struct str pair)
{
    static const char *const known[] = {"ます", "いろ", "たび", "わざ", "しば", "なか", "まだ",
                                        "そも", "もと", "まず", "おの", "われ", "ひと", "あら",
                                        "それ", "さま", "ちか", "たま", "ほど", "よく"};
    for (size_t i = 0; i < COUNT(known); i++)
        if (str_equal_z(pair, known[i]))
            return true;
    return false;
}

/* Two kana that stand twice in a row: なら|なら. */
static void
check_syllables(struct lint_remarks *out, size_t passage)
{
    enum { KANA = 3, PAIR = 6 };
    struct str text = out->view->passages[passage].bare;
    for (size_t at = 0; at + 2 * PAIR <= text.n;) {
        struct str s = str_slice(text, at, text.n);
        struct str pair = str_slice(s, 0, PAIR);
        bool twice = memcmp(s.p, s.p + PAIR, PAIR) == 0;
        if (twice && is_hiragana(char_first(s)) &&
            is_hiragana(char_first(str_slice(s, KANA, s.n))) && !is_doubled_word(pair)) {
            lint_remark(out, "P207", POLICY_ASK, (struct lint_spot){passage, at, 2 * PAIR}, NULL);
            at += PAIR;
        }
        struct str rest = s;
        utf8_next(&rest);
        at += s.n - rest.n;
    }
}

void
lint_words(struct lint_remarks *out, const struct str *classes, size_t class_count)
{
    struct lint_word list[IDS];
    struct wording w = {.out = out, .classes = classes, .class_count = class_count};
    for (unsigned i = 0; i < LAWS; i++)
        list[i] = (struct lint_word){str_of(laws[i].title), i};
    for (unsigned i = 0; i < WORDS; i++)
        list[FIRST_WORD + i] = (struct lint_word){str_of(words[i].text), FIRST_WORD + i};
    for (unsigned i = 0; i < AXES; i++)
        list[FIRST_AXIS + i] = (struct lint_word){str_of(axes[i]), FIRST_AXIS + i};
    list[CITATION] = (struct lint_word){STR("年法律第"), CITATION};
    struct lint_scan *scan = lint_scan_new(out->arena, list, IDS);
    if (scan != NULL)
        lint_scan_view(scan, out->view, on_hit, &w);
    for (size_t i = 0; i < out->view->passage_count; i++)
        check_syllables(out, i);
}
