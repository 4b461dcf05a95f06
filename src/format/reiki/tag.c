/*
 * tag: what a start tag says about its element, and the numbers of <ol>. Runs in policy-worker and
 * the command line.
 *
 * Invariant: an element is hidden only when its own tag says so (the last display in its style, or
 * the attribute hidden); style sheets are never read.
 */
#include "format/reiki/tag.h"

#include "base/text/utf8.h"

enum { NUMBER_MOST = 999 };

void
tag_attribute(struct tag *tag, struct str name, struct str value)
{
    const struct {
        const char *name;
        struct str *place;
    } rows[] = {{"class", &tag->class},
                {"style", &tag->style},
                {"type", &tag->type},
                {"start", &tag->start},
                {"value", &tag->value}};
    if (str_equal_nocase(name, STR("hidden")))
        tag->hidden = true;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (str_equal_nocase(name, str_of(rows[i].name)) && rows[i].place->p == NULL)
            *rows[i].place = value;
}

/* The value of the last declaration of PROPERTY in the style of TAG; empty without one. */
static struct str
style_of(const struct tag *tag, struct str property)
{
    struct str rest = tag->style, part, found = {0};
    while (rest.p != NULL && str_split_next(&rest, ';', &part)) {
        ptrdiff_t colon = str_find(part, STR(":"), 0);
        if (colon > 0 && str_equal_nocase(str_trim(str_slice(part, 0, (size_t)colon)), property))
            found = str_trim(str_slice(part, (size_t)colon + 1, part.n));
    }
    ptrdiff_t important = str_find(found, STR("!"), 0);
    return important > 0 ? str_trim(str_slice(found, 0, (size_t)important)) : found;
}

bool
tag_hides(const struct tag *tag)
{
    return tag->hidden || str_equal_nocase(style_of(tag, STR("display")), STR("none"));
}

/* A number of at most three digits; FALLBACK for anything else. */
static unsigned
number_or(struct str s, unsigned fallback)
{
    unsigned n = 0;
    s = s.p == NULL ? s : str_trim(s);
    if (s.n == 0 || s.n > 3)
        return fallback;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return fallback;
        n = n * 10 + (unsigned)(s.p[i] - '0');
    }
    return n;
}

/* The form that TAG asks for, or FORM. */
static char
form_of(const struct tag *tag, char form)
{
    static const struct {
        const char *word;
        char form;
    } rows[] = {{"none", 0},          {"decimal", '1'},     {"lower-alpha", 'a'},
                {"lower-latin", 'a'}, {"upper-alpha", 'A'}, {"upper-latin", 'A'},
                {"upper-roman", 'I'}, {"katakana", 'k'},    {"katakana-iroha", 'i'}};
    struct str words[] = {style_of(tag, STR("list-style")), style_of(tag, STR("list-style-type"))};
    if (tag->type.n == 1 && (tag->type.p[0] == '1' || tag->type.p[0] == 'a' ||
                             tag->type.p[0] == 'A' || tag->type.p[0] == 'I'))
        form = tag->type.p[0];
    for (size_t k = 0; k < 2; k++)
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
            if (str_equal_nocase(words[k], str_of(rows[i].word)))
                form = rows[i].form;
    return form;
}

struct list_level
list_open(const struct tag *tag)
{
    return (struct list_level){.ordered = str_equal_nocase(tag->name, STR("ol")),
                               .form = form_of(tag, '1'),
                               .next = number_or(tag->start, 1)};
}

/* The Nth character of ORDER and SIGN behind it; false when ORDER is shorter. */
static bool
put_nth(struct buf *out, const char *order, unsigned n, const char *sign)
{
    struct str s = str_of(order);
    int32_t c = -1;
    for (; n > 0 && s.n > 0; n--)
        c = utf8_next(&s);
    if (n > 0 || c < 0)
        return false;
    utf8_put(out, (uint32_t)c);
    buf_put_z(out, sign);
    return true;
}

void
list_number(struct buf *out, struct list_level *level, const struct tag *tag)
{
    static const struct {
        char form;
        const char *order, *sign;
    } rows[] = {{'a', "abcdefghijklmnopqrstuvwxyz", ". "},
                {'A', "ABCDEFGHIJKLMNOPQRSTUVWXYZ", ". "},
                {'I', "ⅠⅡⅢⅣⅤⅥⅦⅧⅨⅩⅪⅫ", ". "},
                {'k', "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホ", " "},
                {'i', "イロハニホヘトチリヌルヲワカヨタレソツネナラムウ", " "}};
    unsigned n = number_or(tag->value, level->next);
    char form = form_of(tag, level->form);
    level->next = n < NUMBER_MOST ? n + 1 : n;
    if (!level->ordered || form == 0)
        return;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].form == form && put_nth(out, rows[i].order, n, rows[i].sign))
            return;
    buf_printf(out, "%u. ", n);
}

static bool
is_digit(uint32_t c)
{
    return (c >= '0' && c <= '9') || (c >= 0xff10 && c <= 0xff19);
}

static bool
is_kana(uint32_t c)
{
    return (c >= 0x30a2 && c <= 0x30f3) || (c >= 0xff71 && c <= 0xff9d);
}

static uint32_t
next_of(struct str *s)
{
    int32_t c = s->n == 0 ? 0 : utf8_next(s);
    return c < 0 ? 0 : (uint32_t)c;
}

bool
list_is_marked(struct str text)
{
    uint32_t c = next_of(&text), behind = next_of(&text);
    if ((c >= 0x2460 && c <= 0x2487) || (c >= 0x3251 && c <= 0x32bf) ||
        (c >= 0x2160 && c <= 0x216b))
        return true;
    if (c == '(' || c == 0xff08 || c == 0x7b2c) /* （1）, 第1 */
        return is_digit(behind) || (c != 0x7b2c && is_kana(behind));
    bool digits = is_digit(c);
    while (digits && is_digit(behind))
        behind = next_of(&text);
    if (!digits && !is_kana(c))
        return false;
    return behind == '.' || behind == 0xff0e || behind == ' ' || behind == 0x3000;
}
