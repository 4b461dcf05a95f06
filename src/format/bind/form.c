/*
 * form: see form.h. Pure; runs in the command line and cored. Two passes: characters are folded one
 * by one, then rules replace runs of them, the longest rule at a place first.
 *
 * Invariant: the answer has at most as many characters as FORM_CHARS_MOST, whatever the input.
 */
#include "format/bind/form.h"

#include "base/text/utf8.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

enum { RULE_CHARS = 24, RULES_MOST = 160 };

struct rule {
    uint32_t from[RULE_CHARS];
    size_t from_count;
    uint32_t to[RULE_CHARS];
    size_t to_count;
};

struct form_rules {
    struct rule list[RULES_MOST];
    size_t count;
    uint64_t first[4];       /* bit (c & 255) of the first character of every rule */
    uint32_t *folded, *room; /* work space, FORM_CHARS_MOST each */
};

/* The order of enum policy_role; a role may have several names. What it is called for short stays
 * behind the sign: 委員会 alone means the same. */
static const struct {
    const char *name;
    unsigned role;
    const char *rest;
} role_names[] = {
    {"最高情報セキュリティ責任者", 0, "責任者"},
    {"ciso", 0, "責任者"},
    {"統括情報セキュリティ責任者", 1, "責任者"},
    {"情報セキュリティ責任者", 2, "責任者"},
    {"情報セキュリティ管理者", 3, "管理者"},
    {"情報システム管理者", 4, "管理者"},
    {"情報システム担当者", 5, "担当者"},
    {"情報セキュリティ監査統括責任者", 6, "責任者"},
    {"監査統括責任者", 6, "責任者"},
    {"情報セキュリティ委員会", 7, "委員会"},
    {"csirt", 8, ""},
};

static const char *const own_names[] = {"本市", "本町", "本村", "本区", "本組合",
                                        "本県", "当市", "当町", "当村", "当組合"};

static const struct {
    const char *from, *to;
} variants[] = {
#define VARIANT(from, to) {from, to},
#include "format/bind/variants.def"
#undef VARIANT
};

/* Blanks, points, brackets, the long vowel mark and what selects a variant say nothing. */
static bool
is_silent(uint32_t c)
{
    if ((c >= 0x3041 && c <= 0x30fa) || (c >= 0x4e00 && c <= 0x9fff))
        return false;
    if (c < 0x80)
        return !((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'));
    if (c >= 0x3000 && c <= 0x303f)
        return c != 0x3005; /* 々 */
    return c == 0x30fc || c == 0x30fb ||
           (utf8_class(c) & (UTF8_VARIATION | UTF8_ZERO_WIDTH)) != 0 ||
           (c >= 0x2000 && c <= 0x206f);
}

static void
put_folded(uint32_t *out, size_t *n, uint32_t c)
{
    if (c >= 'A' && c <= 'Z')
        c += 'a' - 'A';
    if ((c == 0x3099 || c == 0x309a) && *n > 0) { /* a voiced sound in two characters */
        uint32_t base = out[*n - 1];
        if (base >= 0x304b && base <= 0x30db)
            out[*n - 1] = base == 0x30a6 ? 0x30f4 : base + (c - 0x3098);
        return;
    }
    if (!is_silent(c) && *n < FORM_CHARS_MOST)
        out[(*n)++] = c;
}

static void
put_compat(uint32_t *out, size_t *n, uint32_t c)
{
    utf8proc_int32_t parts[32];
    int boundary = 0;
    utf8proc_ssize_t count = utf8proc_decompose_char(
        (utf8proc_int32_t)c, parts, 32, UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT, &boundary);
    for (utf8proc_ssize_t i = 0; i < count && i < 32; i++)
        put_folded(out, n, (uint32_t)parts[i]);
}

/* S folded into OUT, which has room for FORM_CHARS_MOST. */
static size_t
fold(struct str s, uint32_t *out)
{
    size_t n = 0;
    while (s.n > 0 && n < FORM_CHARS_MOST) {
        int32_t next = utf8_next(&s);
        uint32_t c = (uint32_t)next;
        if (next < 0)
            continue;
        if (c < 0x80 || (c >= 0x3000 && c <= 0x30ff) || (c >= 0x4e00 && c <= 0x9fff))
            put_folded(out, &n, c);
        else if (c >= 0xff01 && c <= 0xff5e)
            put_folded(out, &n, c - 0xfee0);
        else
            put_compat(out, &n, c);
    }
    return n;
}

static void
add_rule(struct form_rules *rules, uint32_t *room, struct str from, struct str to, uint32_t sign)
{
    if (rules->count == RULES_MOST)
        return;
    struct rule *rule = &rules->list[rules->count];
    rule->from_count = fold(from, room);
    if (rule->from_count < 2 && sign != 0)
        return;
    if (rule->from_count == 0 || rule->from_count > RULE_CHARS)
        return;
    memcpy(rule->from, room, rule->from_count * sizeof *room);
    if (sign != 0)
        rule->to[rule->to_count++] = sign;
    size_t rest = fold(to, room);
    if (rest > RULE_CHARS - rule->to_count)
        return;
    memcpy(rule->to + rule->to_count, room, rest * sizeof *room);
    rule->to_count += rest;
    rules->first[rule->from[0] >> 6 & 3] |= UINT64_C(1) << (rule->from[0] & 63);
    rules->count++;
}

static int
longest_first(const void *a, const void *b)
{
    const struct rule *x = a, *y = b;
    return (x->from_count < y->from_count) - (x->from_count > y->from_count);
}

struct form_rules *
form_rules_make(struct arena *arena, const struct str *own, size_t own_count)
{
    struct form_rules *rules = arena_alloc(arena, sizeof *rules);
    if (rules == NULL)
        return NULL;
    rules->folded = arena_array(arena, FORM_CHARS_MOST, sizeof *rules->folded);
    rules->room = arena_array(arena, FORM_CHARS_MOST, sizeof *rules->room);
    if (rules->folded == NULL || rules->room == NULL)
        return NULL;
    uint32_t *room = rules->room;
    const struct str none = {"", 0};
    for (size_t i = 0; i < sizeof variants / sizeof *variants; i++)
        add_rule(rules, room, str_of(variants[i].from), str_of(variants[i].to), 0);
    for (size_t i = 0; i < sizeof role_names / sizeof *role_names; i++)
        add_rule(rules, room, str_of(role_names[i].name), str_of(role_names[i].rest),
                 FORM_SIGN_ROLE + role_names[i].role);
    for (size_t i = 0; i < sizeof own_names / sizeof *own_names; i++)
        add_rule(rules, room, str_of(own_names[i]), none, FORM_SIGN_OWN);
    for (size_t i = 0; i < own_count; i++)
        add_rule(rules, room, own[i], none, FORM_SIGN_OWN);
    qsort(rules->list, rules->count, sizeof *rules->list, longest_first);
    return rules;
}

static const struct rule *
rule_at(const struct form_rules *rules, const uint32_t *chars, size_t n)
{
    if ((rules->first[chars[0] >> 6 & 3] >> (chars[0] & 63) & 1) == 0)
        return NULL;
    for (size_t i = 0; i < rules->count; i++) {
        const struct rule *rule = &rules->list[i];
        if (rule->from[0] == chars[0] && rule->from_count <= n &&
            memcmp(rule->from, chars, rule->from_count * sizeof *chars) == 0)
            return rule;
    }
    return NULL;
}

/* What the rules make of CHARS into OUT, another array. */
static size_t
replace(const struct form_rules *rules, const uint32_t *chars, size_t n, uint32_t *out)
{
    size_t made = 0;
    for (size_t i = 0; i < n && made < FORM_CHARS_MOST;) {
        const struct rule *rule = rule_at(rules, chars + i, n - i);
        if (rule == NULL) {
            out[made++] = chars[i++];
            continue;
        }
        for (size_t k = 0; k < rule->to_count && made < FORM_CHARS_MOST; k++)
            out[made++] = rule->to[k];
        i += rule->from_count;
    }
    return made;
}

static int
by_gram(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static void
sort_grams(uint64_t *list, size_t n)
{
    if (n > 96) {
        qsort(list, n, sizeof *list, by_gram);
        return;
    }
    for (size_t i = 1; i < n; i++) {
        uint64_t gram = list[i];
        size_t k = i;
        for (; k > 0 && list[k - 1] > gram; k--)
            list[k] = list[k - 1];
        list[k] = gram;
    }
}

static void
make_grams(struct form *form, bool signs)
{
    size_t n = 0;
    for (size_t i = 0; i < form->n; i++) {
        if (i > 0)
            form->grams[n++] = (uint64_t)form->chars[i - 1] << 32 | form->chars[i];
        if (signs && form->chars[i] >= FORM_SIGN_ROLE)
            form->grams[n++] = form->chars[i];
    }
    sort_grams(form->grams, n);
    for (size_t i = 0; i < n; i++)
        if (form->gram_count == 0 || form->grams[form->gram_count - 1] != form->grams[i])
            form->grams[form->gram_count++] = form->grams[i];
}

int
form_make(struct arena *arena, const struct form_rules *rules, struct str text, bool signs,
          struct form *ret, struct err *err)
{
    *ret = (struct form){0};
    size_t n = replace(rules, rules->folded, fold(text, rules->folded), rules->room);
    ret->chars = arena_array(arena, n, sizeof *ret->chars);
    ret->grams = arena_array(arena, 2 * n, sizeof *ret->grams);
    if (ret->chars == NULL || ret->grams == NULL)
        return arena_check(arena, err);
    ret->n = n;
    if (n > 0)
        memcpy(ret->chars, rules->room, n * sizeof *ret->chars);
    make_grams(ret, signs);
    return 0;
}

bool
form_has(const struct form *text, const struct form *word)
{
    if (word->n == 0 || word->n > text->n)
        return false;
    for (size_t i = 0; i + word->n <= text->n; i++)
        if (text->chars[i] == word->chars[0] &&
            memcmp(text->chars + i, word->chars, word->n * sizeof *word->chars) == 0)
            return true;
    return false;
}

double
form_dice(const struct form *a, const struct form *b)
{
    size_t both = 0;
    if (a->gram_count + b->gram_count == 0)
        return 0;
    for (size_t i = 0, k = 0; i < a->gram_count && k < b->gram_count;) {
        if (a->grams[i] < b->grams[k]) {
            i++;
        } else if (a->grams[i] > b->grams[k]) {
            k++;
        } else {
            both++;
            i++;
            k++;
        }
    }
    return 2.0 * (double)both / (double)(a->gram_count + b->gram_count);
}
