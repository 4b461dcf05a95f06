/*
 * near: a word that is nearly another one (P206): one or two characters away from a word of the
 * field (near.def), from a term the text defines, or from a longer word the text uses often. Runs
 * in policy-worker and the command line.
 *
 * Invariant: only runs of kanji, or of katakana, are words; at most WORDS different ones are kept,
 * each is measured once against at most REFERENCES others, so the work is linear.
 */
#include "base/text/utf8.h"
#include "format/policy/lint.h"
#include "format/policy/read.h"

#include <string.h>

enum {
    SLOTS = 16384,
    WORDS = 6000,
    REFERENCES = 400,
    SHORTEST = 4,
    LONGEST = 24,
    FREQUENT = 5, /* times, and times as often as the rare one */
    RARE = 2,
    LONG_WORD = 6,
    TOLD_MOST = 8, /* times one word is told */
};

struct field {
    const char *text;
    unsigned most;
    bool cut;
};

static const struct field fields[] = {
#define TERM(text, most) {text, most, false},
#define CUT(text) {text, 1, true},
#include "format/policy/near.def"
#undef TERM
#undef CUT
};

enum { FIELDS = sizeof fields / sizeof *fields };

struct word {
    struct str text;
    size_t chars, count, told;
    uint64_t set; /* a bit for each character */
    bool known, kana;
    struct lint_spot first, against; /* against: where the right word stands; passage may be none */
    struct str right;                /* what it should probably be; empty: nothing */
};

struct reference {
    struct str text;
    size_t chars;
    uint64_t set;
    unsigned most;
    bool cut, kana;
    struct lint_spot at; /* passage LINT_NONE: of the field */
};

struct nearness {
    struct lint_remarks *out;
    struct word **slots;
    struct word **words;
    size_t word_count;
    struct reference *references;
    size_t reference_count;
};

static uint64_t
set_of(struct str s)
{
    uint64_t set = 0;
    for (size_t i = 0; i + 3 <= s.n; i += 3)
        set |= (uint64_t)1 << (lint_hash(str_slice(s, i, i + 3)) & 63);
    return set;
}

static struct word **
slot_of(struct nearness *n, struct str text)
{
    uint32_t slot = lint_hash(text) % SLOTS;
    while (n->slots[slot] != NULL && !str_equal(n->slots[slot]->text, text))
        slot = (slot + 1) % SLOTS;
    return &n->slots[slot];
}

static struct word *
word_of(struct nearness *n, struct str text)
{
    struct word **slot = slot_of(n, text);
    if (*slot != NULL || n->word_count == WORDS)
        return *slot;
    struct word *word = arena_alloc(n->out->arena, sizeof *word);
    if (word == NULL)
        return NULL;
    word->text = text;
    word->chars = char_count(text);
    word->set = set_of(text);
    word->kana = lint_is_katakana(char_first(text));
    n->words[n->word_count++] = word;
    return *slot = word;
}

/* Kanji that join words and are part of none: 及び, 又は, 並びに, 若しくは, 等, 各. */
static bool
is_joint(uint32_t c)
{
    static const uint32_t joints[] = {0x53ca, 0x53c8, 0x4e26, 0x82e5, 0x7b49, 0x5404};
    for (size_t i = 0; i < sizeof joints / sizeof *joints; i++)
        if (c == joints[i])
            return true;
    return false;
}

enum script { OTHER, KANJI, KANA };

static enum script
script_of(uint32_t c)
{
    if (lint_is_katakana(c))
        return KANA;
    return lint_is_kanji(c) && !is_joint(c) ? KANJI : OTHER;
}

/* Calls EACH for every run of one script of PASSAGE. */
static void
each_run(struct nearness *n, size_t passage, void (*each)(struct nearness *, struct lint_spot))
{
    struct str text = n->out->view->passages[passage].bare;
    size_t from = 0;
    enum script open = OTHER;
    for (size_t at = 0; at <= text.n;) {
        struct str rest = str_slice(text, at, text.n);
        enum script script = rest.n == 0 ? OTHER : script_of(char_first(rest));
        if (script != open) {
            if (open != OTHER)
                each(n, (struct lint_spot){passage, from, at - from});
            open = script;
            from = at;
        }
        if (rest.n == 0)
            break;
        utf8_next(&rest);
        at = text.n - rest.n;
    }
}

/* The word at SPOT without 当該 in front; empty when it is too short or too long. */
static struct str
word_at(const struct nearness *n, struct lint_spot *spot)
{
    struct str s =
        str_slice(n->out->view->passages[spot->passage].bare, spot->at, spot->at + spot->n);
    if (str_begins(s, "当該")) {
        spot->at += strlen("当該");
        spot->n -= strlen("当該");
        s = str_slice(s, strlen("当該"), s.n);
    }
    size_t chars = s.n / 3; /* kanji beyond the BMP are no words of the field */
    return chars < SHORTEST || chars > LONGEST ? (struct str){0} : s;
}

static void
count_run(struct nearness *n, struct lint_spot spot)
{
    struct str s = word_at(n, &spot);
    struct word *word = s.n == 0 ? NULL : word_of(n, s);
    if (word != NULL && word->count++ == 0)
        word->first = spot;
}

static void
reference_add(struct nearness *n, struct reference r)
{
    if (n->reference_count == REFERENCES)
        return;
    r.chars = char_count(r.text);
    r.set = set_of(r.text);
    r.kana = lint_is_katakana(char_first(r.text));
    n->references[n->reference_count++] = r;
}

/* True when S is one run of one script. */
static bool
is_one_run(struct str s)
{
    enum script script = script_of(char_first(s));
    while (s.n > 0)
        if (script_of((uint32_t)utf8_next(&s)) != script)
            return false;
    return script != OTHER;
}

static void
know(struct nearness *n, struct str text)
{
    struct word *word = word_of(n, text);
    if (word != NULL)
        word->known = true;
}

static void
collect_references(struct nearness *n, const struct lint_term *terms, size_t count)
{
    struct lint_spot nowhere = {LINT_NONE, 0, 0};
    for (size_t i = 0; i < FIELDS; i++) {
        struct str text = str_of(fields[i].text);
        know(n, text);
        if (fields[i].most > 0)
            reference_add(
                n, (struct reference){
                       .text = text, .most = fields[i].most, .cut = fields[i].cut, .at = nowhere});
    }
    for (size_t i = 0; i < count; i++) {
        if (terms[i].name.n == 0 || !is_one_run(terms[i].name))
            continue;
        know(n, terms[i].name);
        if (char_count(terms[i].name) > SHORTEST)
            reference_add(
                n, (struct reference){.text = terms[i].name, .most = 1, .at = terms[i].spot});
    }
}

/* Characters that A and B have in common, each as often as both hold it. */
static size_t
common(struct str a, struct str b)
{
    size_t n = 0;
    bool used[LONGEST] = {false};
    for (size_t i = 0; i + 3 <= a.n; i += 3)
        for (size_t k = 0; k + 3 <= b.n && k / 3 < LONGEST; k += 3)
            if (!used[k / 3] && memcmp(a.p + i, b.p + k, 3) == 0) {
                used[k / 3] = true;
                n++;
                break;
            }
    return n;
}

static size_t
long_vowels(struct str s)
{
    size_t n = 0;
    for (size_t i = 0; i + 3 <= s.n; i += 3)
        n += memcmp(s.p + i, "ー", 3) == 0;
    return n;
}

/* Katakana: one change, and not only a long vowel (P216) or a longer word of the same beginning. */
static bool
is_near_kana(const struct word *w, const struct reference *r)
{
    return w->chars > SHORTEST && lint_distance(w->text, r->text, 1) == 1 &&
           long_vowels(w->text) == long_vowels(r->text) && !str_starts(w->text, r->text) &&
           !str_starts(r->text, w->text) && !str_ends(w->text, r->text) &&
           !str_ends(r->text, w->text);
}

/*
 * 営業委託 for 業務委託: as long, two changes, and all characters but one are the same. Short words
 * of one change are often words of their own, so theirs must be a swap.
 */
static bool
is_near(const struct word *w, const struct reference *r)
{
    if (r->cut && str_equal(w->text, str_slice(r->text, 0, r->text.n - 3)))
        return true;
    if (w->kana != r->kana || __builtin_popcountll(w->set & ~r->set) > 2)
        return false;
    if (w->kana)
        return is_near_kana(w, r);
    unsigned distance = w->chars == r->chars ? lint_distance(w->text, r->text, 2) : 3;
    size_t same = distance <= 2 ? common(w->text, r->text) : 0;
    if (distance == 2 && same + 1 >= w->chars)
        return true;
    if (w->chars <= SHORTEST)
        return distance == 1 && same == w->chars;
    return distance <= r->most;
}

/* The same first and last two characters, at most two others between. */
static bool
is_core_near(const struct word *w, const struct word *frequent)
{
    struct str a = w->text, b = frequent->text;
    return a.n == b.n && w->chars >= LONG_WORD && !w->kana && memcmp(a.p, b.p, 6) == 0 &&
           memcmp(a.p + a.n - 6, b.p + b.n - 6, 6) == 0 && lint_distance(a, b, 2) <= 2;
}

static void
judge(struct nearness *n, struct word *w, struct word *const *frequent, size_t frequent_count)
{
    w->against.passage = LINT_NONE;
    for (size_t i = 0; i < n->reference_count && w->right.n == 0; i++)
        if (is_near(w, &n->references[i])) {
            w->right = n->references[i].text;
            w->against = n->references[i].at;
        }
    for (size_t i = 0; i < frequent_count && w->right.n == 0 && w->count <= RARE; i++)
        if (frequent[i]->count >= FREQUENT * w->count && is_core_near(w, frequent[i])) {
            w->right = frequent[i]->text;
            w->against = frequent[i]->first;
        }
}

static void
judge_all(struct nearness *n)
{
    struct word **frequent = arena_array(n->out->arena, REFERENCES, sizeof *frequent);
    size_t count = 0;
    if (frequent == NULL)
        return;
    for (size_t i = 0; i < n->word_count && count < REFERENCES; i++)
        if (n->words[i]->count >= FREQUENT && n->words[i]->chars >= LONG_WORD)
            frequent[count++] = n->words[i];
    for (size_t i = 0; i < n->word_count; i++)
        if (!n->words[i]->known && n->words[i]->count > 0)
            judge(n, n->words[i], frequent, count);
}

static void
tell_run(struct nearness *n, struct lint_spot spot)
{
    struct str s = word_at(n, &spot);
    struct word *w = s.n == 0 ? NULL : *slot_of(n, s);
    if (w == NULL || w->right.n == 0 || w->told == TOLD_MOST || lint_is_cited(n->out->view, spot))
        return;
    w->told++;
    if (w->against.passage == LINT_NONE)
        lint_remark_word(n->out, "P206", POLICY_ASK, spot, w->right);
    else
        lint_remark(n->out, "P206", POLICY_ASK, spot, &w->against);
}

void
lint_near(struct lint_remarks *out, const struct lint_term *terms, size_t count)
{
    struct nearness n = {.out = out};
    n.slots = arena_array(out->arena, SLOTS, sizeof *n.slots);
    n.words = arena_array(out->arena, WORDS, sizeof *n.words);
    n.references = arena_array(out->arena, REFERENCES, sizeof *n.references);
    if (n.slots == NULL || n.words == NULL || n.references == NULL)
        return;
    collect_references(&n, terms, count);
    for (size_t i = 0; i < out->view->passage_count; i++)
        each_run(&n, i, count_run);
    judge_all(&n);
    for (size_t i = 0; i < out->view->passage_count; i++)
        each_run(&n, i, tell_run);
}
