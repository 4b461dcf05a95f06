/*
 * annex: the headings of what stands behind the clauses of a regulation: 附則, 別表 (schedules) and
 * 様式 (forms). Runs in policy-worker and the command line.
 *
 * Invariant: a heading is a line of its own: the name, its number, the 条 it belongs to in
 * brackets, a title behind a blank; a line that goes on in another way is text that only speaks of
 * it.
 */
#include "base/text/utf8.h"
#include "format/policy/read.h"

#include <string.h>

enum { HEADING_CHARS = 60 };

static bool
is_number(uint32_t c)
{
    static const char kanji[] = "一二三四五六七八九十百";
    struct str s = str_of(kanji);
    if (char_is_digit(c))
        return true;
    while (s.n > 0)
        if ((uint32_t)utf8_next(&s) == c)
            return true;
    return false;
}

static bool
take_word(struct str *rest, const char *word)
{
    if (!str_begins(*rest, word))
        return false;
    *rest = str_slice(*rest, strlen(word), rest->n);
    return true;
}

/* 第1号, 第一, 1, 第1号の2. */
static bool
take_number(struct str *rest)
{
    struct str s = *rest;
    (void)take_word(&s, "第");
    if (s.n == 0 || !is_number(char_first(s)))
        return false;
    while (s.n > 0 && (is_number(char_first(s)) || char_first(s) == '-' || char_first(s) == 0xff0d))
        utf8_next(&s);
    (void)take_word(&s, "号");
    *rest = s;
    if (take_word(&s, "の") && s.n > 0 && is_number(char_first(s))) {
        while (s.n > 0 && is_number(char_first(s)))
            utf8_next(&s);
        *rest = s;
    }
    return true;
}

/* The name of a schedule or form at the start of BARE, which has no blanks. */
static bool
take_name(struct str *bare, enum policy_annex *ret_annex)
{
    static const struct {
        const char *word;
        enum policy_annex annex;
    } rows[] = {{"別表", ANNEX_SCHEDULE}, {"別記様式", ANNEX_FORM}, {"様式", ANNEX_FORM},
                {"別紙様式", ANNEX_FORM}, {"別図", ANNEX_SCHEDULE}, {"別紙", ANNEX_SCHEDULE}};
    struct str s = *bare;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (take_word(&s, rows[i].word)) {
            (void)take_number(&s);
            *bare = s;
            *ret_annex = rows[i].annex;
            return true;
        }
    (void)take_word(&s, "別記"); /* 第1号様式, 別記第1号様式 */
    *ret_annex = ANNEX_FORM;
    if (!take_number(&s) || !take_word(&s, "様式"))
        return false;
    *bare = s;
    return true;
}

/* Does nothing follow the name but a bracket, or a title behind a blank (in S as it stands)? */
static bool
ends_name(struct str s, struct str name, struct str behind)
{
    if (behind.n == 0 || char_first(behind) == '(' || char_first(behind) == 0xff08)
        return true;
    size_t i = 0; /* of S: as many characters as NAME has, blanks passed over */
    for (size_t k = 0; k < name.n && i < s.n;) {
        size_t blank = char_blank_prefix(str_slice(s, i, s.n));
        i += blank;
        k += blank == 0;
        i += blank == 0;
    }
    struct str rest = str_slice(s, i, s.n);
    bool blank = char_blank_prefix(rest) > 0;
    rest = str_slice(rest, char_blank_prefix(rest), rest.n);
    bool goes_on = str_begins(rest, "の") || str_begins(rest, "に") || str_begins(rest, "を");
    return blank && !goes_on && para_is_title_form(rest);
}

bool
annex_heading(struct reader *r, struct str s, enum policy_annex *ret_annex, struct str *ret_name)
{
    static const char *const begins[] = {"附", "別", "様", "第"};
    bool begin = false;
    for (size_t i = 0; i < sizeof begins / sizeof *begins; i++)
        begin = begin || str_begins(s, begins[i]);
    if (!begin || s.n > 4 * HEADING_CHARS || char_count(s) > HEADING_CHARS || para_is_ended(s))
        return false;
    struct str bare = str_unblank(r->arena, s), behind = bare;
    if (take_word(&behind, "附則"))
        *ret_annex = ANNEX_RULES;
    else if (!take_name(&behind, ret_annex))
        return false;
    *ret_name = str_slice(bare, 0, bare.n - behind.n);
    bool bracket = behind.n == 0 || char_first(behind) == '(' || char_first(behind) == 0xff08;
    return *ret_annex == ANNEX_RULES ? bracket : ends_name(s, *ret_name, behind);
}
