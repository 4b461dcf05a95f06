/*
 * wording: laws cited with a wrong year or number (P208), repealed or renamed things (P209),
 * superseded words (P210, P221), a name given twice (P203), unknown roles (P204), doubled syllables
 * (P207). Runs in
 * policy-worker and the command line. The tables are laws.def and wording.def.
 */
#include "base/text/utf8.h"
#include "format/policy/read.h"

#include <stdlib.h>
#include <string.h>

enum { NAMES_MOST = 1000, CITED_BYTES = 60, ROLE_CHECKS_MOST = 5000 };

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

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* The source place of TEXT[at, at + n) of PARA; the whole first piece when it spans several. */
static struct policy_range
place_in(const struct policy_para *para, size_t at, size_t n)
{
    for (const struct policy_piece *p = para->pieces; p != NULL; p = p->next)
        if (at >= p->at && at + n <= p->at + p->n)
            return (struct policy_range){p->source.from + at - p->at,
                                         p->source.from + at - p->at + n};
    return para->pieces->source;
}

/* Reads WORD, then a number, then UNIT at the start of *REST; blanks between are passed over. */
static bool
take_counted(struct str *rest, const char *word, const char *unit, unsigned *ret)
{
    struct str s = str_slice(*rest, char_blank_prefix(*rest), rest->n);
    if (!str_begins(s, word))
        return false;
    s = str_slice(s, strlen(word), s.n);
    s = str_slice(s, char_blank_prefix(s), s.n);
    unsigned value = 0, digits = 0;
    for (; s.n > 0 && char_is_digit(char_first(s)) && digits < 4; digits++) {
        value = value * 10 + char_digit(char_first(s));
        utf8_next(&s);
    }
    s = str_slice(s, char_blank_prefix(s), s.n);
    if (digits == 0 || !str_begins(s, unit))
        return false;
    *rest = str_slice(s, strlen(unit), s.n);
    *ret = value;
    return true;
}

/* Behind a law's title: （平成26年法律第104号）. True when it is there and says otherwise. */
static bool
is_miscited(struct str behind, const struct law *law)
{
    static const char *const eras[] = {"明治", "大正", "昭和", "平成", "令和"};
    behind = str_slice(behind, char_blank_prefix(behind), behind.n);
    if (!str_begins(behind, "（") && !str_begins(behind, "("))
        return false;
    behind = str_slice(behind, behind.p[0] == '(' ? 1 : 3, behind.n);
    for (size_t i = 0; i < COUNT(eras); i++) {
        struct str rest = behind;
        unsigned year, number;
        if (take_counted(&rest, eras[i], "年", &year) &&
            take_counted(&rest, "法律第", "号", &number))
            return strcmp(eras[i], law->era) != 0 || year != law->year || number != law->number;
    }
    return false;
}

static void
check_laws(struct reader *r, struct policy_node *node, const struct policy_para *para)
{
    for (size_t i = 0; i < COUNT(laws); i++) {
        size_t n = strlen(laws[i].title);
        ptrdiff_t at = -1;
        while ((at = str_find(para->text, str_of(laws[i].title), (size_t)(at + 1))) >= 0) {
            size_t end = (size_t)at + n;
            if (is_miscited(str_slice(para->text, end, end + CITED_BYTES), &laws[i]))
                finding_add(r, "P208", POLICY_ASK, node, place_in(para, (size_t)at, n));
        }
    }
}

static void
check_words(struct reader *r, struct policy_node *node, const struct policy_para *para)
{
    for (size_t i = 0; i < COUNT(words); i++) {
        ptrdiff_t at = str_find(para->text, str_of(words[i].text), 0);
        if (at >= 0)
            finding_add(r, words[i].code, POLICY_ASK, node,
                        place_in(para, (size_t)at, strlen(words[i].text)));
    }
}

static bool
is_hiragana(struct str s)
{
    uint32_t c = char_first(s);
    return c >= 0x3041 && c <= 0x3096;
}

/* Words that are rightly doubled. */
static bool
is_doubled_word(struct str pair)
{
    static const char *const known[] = {"ます", "いろ", "たび", "わざ", "しば", "なか", "まだ",
                                        "そも", "もと", "まず", "おの", "われ", "ひと", "あら"};
    for (size_t i = 0; i < COUNT(known); i++)
        if (str_equal_z(pair, known[i]))
            return true;
    return false;
}

/* Two kana that stand twice in a row: なら|なら. */
static void
check_syllables(struct reader *r, struct policy_node *node, const struct policy_para *para)
{
    enum { KANA = 3, PAIR = 6 };
    for (size_t at = 0; at + 2 * PAIR <= para->text.n;) {
        struct str s = str_slice(para->text, at, para->text.n);
        struct str pair = str_slice(s, 0, PAIR);
        bool kana = is_hiragana(s) && is_hiragana(str_slice(s, KANA, s.n));
        if (kana && str_equal(pair, str_slice(s, PAIR, 2 * PAIR)) && !is_doubled_word(pair)) {
            finding_add(r, "P207", POLICY_ASK, node, place_in(para, at, 2 * PAIR));
            at += PAIR;
        }
        struct str rest = s;
        utf8_next(&rest);
        at += s.n - rest.n;
    }
}

/* Does RUN end with a role of the guideline, or with a name of the text's own role table? */
static bool
is_known_role(const struct reader *r, struct str run)
{
    static const char *const roles[] = {"最高情報セキュリティ責任者", "情報セキュリティ責任者",
                                        "監査統括責任者"};
    for (size_t i = 0; i < COUNT(roles); i++)
        if (str_finishes(run, roles[i]))
            return true;
    for (const struct policy_table *t = r->tree->tables; t != NULL; t = t->next)
        if (t->kind == TABLE_ROLES)
            for (const struct policy_row *row = t->rows; row != NULL; row = row->next)
                if (row->cells != NULL && str_ends(run, row->cells->text->text))
                    return true;
    return false;
}

/* The kanji and katakana in front of END. */
static struct str
run_before(struct str text, size_t end)
{
    size_t from = end;
    while (from >= 3) {
        uint32_t c = char_first(str_slice(text, from - 3, from));
        bool katakana = c >= 0x30a1 && c <= 0x30fc && c != 0x30fb;
        if (!katakana && !(c >= 0x4e00 && c <= 0x9fff))
            break;
        from -= 3;
    }
    return str_slice(text, from, end);
}

/* 統括情報責任者: a role nobody holds (P204). A bare 責任者 is a common word. */
static void
check_roles(struct reader *r, struct policy_node *node, const struct policy_para *para)
{
    static const char word[] = "責任者";
    enum { SHORTEST = 6 };
    ptrdiff_t at = -1;
    while ((at = str_find(para->text, str_of(word), (size_t)(at + 1))) >= 0) {
        size_t end = (size_t)at + strlen(word);
        struct str run = run_before(para->text, end);
        if (char_count(run) < SHORTEST || ++r->role_checks > ROLE_CHECKS_MOST)
            continue;
        if (!is_known_role(r, run))
            finding_add(r, "P204", POLICY_ASK, node, place_in(para, end - run.n, run.n));
    }
}

static void
check_node(struct reader *r, struct policy_node *node)
{
    for (struct policy_para *p = node->paras; p != NULL; p = p->next) {
        if (p->pieces == NULL)
            continue;
        check_laws(r, node, p);
        check_words(r, node, p);
        check_syllables(r, node, p);
        check_roles(r, node, p);
    }
}

static int
by_name(const void *a, const void *b)
{
    const struct policy_short_name *x = *(struct policy_short_name *const *)a;
    const struct policy_short_name *y = *(struct policy_short_name *const *)b;
    return str_compare(x->name, y->name);
}

/* A short name that is given twice. */
static int
check_names(struct reader *r)
{
    struct policy_short_name **list = arena_array(r->arena, NAMES_MOST, sizeof *list);
    size_t n = 0;
    if (list == NULL)
        return arena_check(r->arena, r->err);
    for (struct policy_short_name *s = r->tree->short_names; s != NULL && n < NAMES_MOST;
         s = s->next)
        list[n++] = s;
    qsort(list, n, sizeof(struct policy_short_name *), by_name);
    for (size_t i = 1; i < n; i++) {
        if (!str_equal(list[i - 1]->name, list[i]->name))
            continue;
        struct policy_node *node = list[i]->node->key != NULL ? list[i]->node : list[i - 1]->node;
        const struct policy_piece *mark = node->mark_piece;
        finding_add(r, "P203", POLICY_ASK, node,
                    mark != NULL ? mark->source : (struct policy_range){0});
    }
    return 0;
}

int
reader_wording(struct reader *r)
{
    for (struct policy_node *n = r->tree->nodes; n != NULL; n = n->following)
        check_node(r, n);
    for (struct policy_table *t = r->tree->tables; t != NULL; t = t->next)
        for (struct policy_row *row = t->rows; row != NULL; row = row->next)
            for (struct policy_cell *c = row->cells; c != NULL; c = c->next)
                for (struct policy_para *p = c->text; p != NULL; p = p->next)
                    if (p->pieces != NULL)
                        check_words(r, t->node, p);
    return check_names(r) < 0 ? -1 : arena_check(r->arena, r->err);
}
