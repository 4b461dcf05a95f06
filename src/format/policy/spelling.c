/*
 * spelling: one word in two spellings within one text (P216): the pairs of spelling.def, katakana
 * that differ in a long-vowel sign or a small kana, and Latin words in both widths. Runs in
 * policy-worker, cored and the command line.
 *
 * Invariant: at most KEYS words are followed; each is told once, at the rarer spelling's first
 * place, held against the commoner one.
 */
#include "base/text/utf8.h"
#include "format/policy/lint.h"
#include "format/policy/read.h"

#include <string.h>

enum { SLOTS = 16384, KEYS = SLOTS / 2, FORMS = 4, KEY_BYTES = 120, STEM_CHARS = 2 };

struct form {
    struct str printed; /* or which side of the pair: a, b */
    size_t count;
    struct lint_spot first;
};

struct key {
    struct str name;
    struct form forms[FORMS];
    size_t form_count;
};

struct speller {
    struct lint_remarks *out;
    struct key **slots;
    struct key **order; /* as they were met */
    size_t count;
};

enum rule { ALWAYS, SAME_WORD, AS_NOUN, BY_STEM };

struct pair {
    const char *a, *b;
    enum rule rule;
};

static const struct pair pairs[] = {
#define SPELL(a, b) {a, b, ALWAYS},
#define ALSO(a, b) {a, b, SAME_WORD},
#define NOUN(a, b) {a, b, AS_NOUN},
#define STEM(a, b) {a, b, BY_STEM},
#include "format/policy/spelling.def"
#undef SPELL
#undef ALSO
#undef NOUN
#undef STEM
};

enum { PAIRS = sizeof pairs / sizeof *pairs };

/* The key of NAME, made when it is new; NULL when there are too many. */
static struct key *
key_of(struct speller *s, struct str name)
{
    uint32_t slot = lint_hash(name) % SLOTS;
    while (s->slots[slot] != NULL && !str_equal(s->slots[slot]->name, name))
        slot = (slot + 1) % SLOTS;
    if (s->slots[slot] != NULL || s->count == KEYS)
        return s->slots[slot];
    struct key *key = arena_alloc(s->out->arena, sizeof *key);
    if (key == NULL)
        return NULL;
    key->name = str_dup(s->out->arena, name);
    s->order[s->count++] = key;
    return s->slots[slot] = key;
}

static void
note(struct speller *s, struct str name, struct str printed, struct lint_spot spot)
{
    struct key *key = key_of(s, name);
    size_t i = 0;
    while (key != NULL && i < key->form_count && !str_equal(key->forms[i].printed, printed))
        i++;
    if (key == NULL || i == FORMS)
        return;
    if (i == key->form_count && lint_is_cited(s->out->view, spot))
        return;
    if (i == key->form_count)
        key->forms[key->form_count++] = (struct form){.printed = printed, .first = spot};
    key->forms[i].count++;
}

/* The last STEM_CHARS kanji or katakana in front of AT; empty when there are fewer. */
static struct str
stem_before(struct str s, size_t at)
{
    size_t from = at;
    for (unsigned i = 0; i < STEM_CHARS; i++, from -= 3) {
        uint32_t c = from < 3 ? 0 : char_first(str_slice(s, from - 3, from));
        if (!lint_is_kanji(c) && !lint_is_katakana(c))
            return (struct str){0};
    }
    return str_slice(s, from, at);
}

/* 取り扱い、 or 取り扱います: what follows says that it is no noun. */
static bool
is_verb(struct str behind)
{
    static const char *const ends[] = {"、", "ま", "た", "て", "る", "なが", "つつ"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (str_begins(behind, ends[i]))
            return true;
    return false;
}

/* The first line of the group that PAIR belongs to. */
static unsigned
group_of(unsigned pair)
{
    while (pairs[pair].rule == SAME_WORD)
        pair--;
    return pair;
}

/* ID is twice the pair's number, and one more for its second word. */
static void
on_pair(void *ctx, unsigned id, struct lint_spot spot)
{
    struct speller *s = ctx;
    const struct pair *pair = &pairs[id / 2];
    struct str text = s->out->view->passages[spot.passage].bare, stem = {0};
    char name[KEY_BYTES];
    if (pair->rule == AS_NOUN && is_verb(str_slice(text, spot.at + spot.n, text.n)))
        return;
    if (pair->rule == BY_STEM) {
        stem = stem_before(text, spot.at);
        if (stem.n == 0)
            return;
        spot = (struct lint_spot){spot.passage, spot.at - stem.n, spot.n + stem.n};
    }
    unsigned group = group_of(id / 2);
    name[0] = 'p';
    name[1] = (char)('0' + group / 10);
    name[2] = (char)('0' + group % 10);
    memcpy(name + 3, stem.p == NULL ? "" : stem.p, stem.n);
    note(s, (struct str){name, 3 + stem.n}, id % 2 == 0 ? STR("a") : STR("b"), spot);
}

static void
scan_pairs(struct speller *s)
{
    struct lint_word words[2 * PAIRS];
    for (unsigned i = 0; i < PAIRS; i++) {
        words[2 * i] = (struct lint_word){str_of(pairs[i].a), 2 * i};
        words[2 * i + 1] = (struct lint_word){str_of(pairs[i].b), 2 * i + 1};
    }
    struct lint_scan *scan = lint_scan_new(s->out->arena, words, 2 * (size_t)PAIRS);
    if (scan != NULL)
        lint_scan_view(scan, s->out->view, on_pair, s);
}

/* Without long-vowel signs, small kana large: コンピューター and コンピュータ are one. */
static uint32_t
kana_sound(uint32_t c)
{
    static const uint16_t small[] = {0x30a1, 0x30a3, 0x30a5, 0x30a7, 0x30a9};
    for (size_t i = 0; i < sizeof small / sizeof *small; i++)
        if (c == small[i])
            return c + 1;
    return c;
}

/* A run of katakana of S from AT on; noted under its sound. Bytes of the run. */
static size_t
take_katakana(struct speller *s, size_t passage, size_t at)
{
    enum { SHORTEST = 3 * 3, SOUND = 2 * 3 };
    struct str text = s->out->view->passages[passage].bare;
    char name[KEY_BYTES] = "k";
    size_t n = 1, to = at;
    while (to + 3 <= text.n) {
        uint32_t c = char_first(str_slice(text, to, to + 3));
        if (!lint_is_katakana(c))
            break;
        c = kana_sound(c);
        to += 3;
        if (c == 0x30fc || n + 3 > sizeof name)
            continue;
        name[n++] = (char)(0xe0 | c >> 12);
        name[n++] = (char)(0x80 | (c >> 6 & 0x3f));
        name[n++] = (char)(0x80 | (c & 0x3f));
    }
    if (to - at >= SHORTEST && n > SOUND && n + 3 <= sizeof name)
        note(s, (struct str){name, n}, str_slice(text, at, to),
             (struct lint_spot){passage, at, to - at});
    return to - at;
}

static void
scan_katakana(struct speller *s)
{
    const struct lint_view *view = s->out->view;
    for (size_t p = 0; p < view->passage_count; p++) {
        struct str text = view->passages[p].bare;
        for (size_t at = 0; at < text.n;) {
            struct str rest = str_slice(text, at, text.n);
            if (rest.n >= 3 && (unsigned char)rest.p[0] == 0xe3 &&
                lint_is_katakana(char_first(rest)))
                at += take_katakana(s, p, at);
            else {
                utf8_next(&rest);
                at = text.n - rest.n;
            }
        }
    }
}

static bool
is_wide_letter(uint32_t c)
{
    return (c >= 0xff21 && c <= 0xff3a) || (c >= 0xff41 && c <= 0xff5a);
}

static bool
is_letter(uint32_t c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || is_wide_letter(c);
}

/* A run of letters at the start of REST, which stands at bare place AT; noted in half width. */
static size_t
take_letters(struct speller *s, size_t passage, struct str *rest, size_t at)
{
    char name[KEY_BYTES] = "l";
    size_t n = 1;
    struct str begin = *rest;
    while (rest->n > 0 && is_letter(char_first(*rest))) {
        uint32_t c = (uint32_t)utf8_next(rest);
        if (n < sizeof name)
            name[n++] = (char)(is_wide_letter(c) ? c - 0xfee0 : c);
    }
    if (n > 2 && n < sizeof name)
        note(s, (struct str){name, n}, str_slice(begin, 0, begin.n - rest->n),
             (struct lint_spot){passage, at, n - 1});
    return n - 1;
}

/* Words of two letters or more, in both widths. */
static void
scan_widths(struct speller *s)
{
    const struct lint_view *view = s->out->view;
    for (size_t p = 0; p < view->passage_count; p++) {
        struct str rest = view->passages[p].text;
        size_t at = 0; /* in the bare text */
        while (rest.n > 0) {
            uint32_t c = char_first(rest);
            if (is_letter(c)) {
                at += take_letters(s, p, &rest, at);
                continue;
            }
            size_t before = rest.n;
            utf8_next(&rest);
            bool narrowed = c >= 0xff01 && c <= 0xff5e && c != 0xff08 && c != 0xff09 && c != 0xff0c;
            at += char_is_blank(c) ? 0 : narrowed ? 1 : before - rest.n;
        }
    }
}

/* The rarer spellings against the commonest. */
static void
tell(struct speller *s, const struct key *key)
{
    size_t most = 0;
    for (size_t i = 1; i < key->form_count; i++)
        if (key->forms[i].count > key->forms[most].count)
            most = i;
    for (size_t i = 0; i < key->form_count; i++)
        if (i != most)
            lint_remark(s->out, "P216", POLICY_NOTE, key->forms[i].first, &key->forms[most].first);
}

void
lint_spelling(struct lint_remarks *out)
{
    struct speller s = {.out = out};
    s.slots = arena_array(out->arena, SLOTS, sizeof *s.slots);
    s.order = arena_array(out->arena, KEYS, sizeof *s.order);
    if (s.slots == NULL || s.order == NULL)
        return;
    scan_pairs(&s);
    scan_katakana(&s);
    scan_widths(&s);
    for (size_t i = 0; i < s.count; i++)
        tell(&s, s.order[i]);
}
