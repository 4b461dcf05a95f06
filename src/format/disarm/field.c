/*
 * field: see field.h. Pure; runs in the disarm worker. The keyword is read as Word would read it at
 * its most generous: full width as half, soft hyphens and zero-width characters skipped, any case.
 */
#include "format/disarm/field.h"

#include "base/text/utf8.h"
#include "format/disarm/link.h"

#include <string.h>

enum { WORD_MOST = 24 };

static const char *const kept[] = {"=",
                                   "ADVANCE",
                                   "AUTONUM",
                                   "AUTONUMLGL",
                                   "AUTONUMOUT",
                                   "BIBLIOGRAPHY",
                                   "BIDIOUTLINE",
                                   "CITATION",
                                   "CREATEDATE",
                                   "DATE",
                                   "EDITTIME",
                                   "EQ",
                                   "FORMCHECKBOX",
                                   "FORMDROPDOWN",
                                   "FORMTEXT",
                                   "IF",
                                   "INDEX",
                                   "LISTNUM",
                                   "NOTEREF",
                                   "NUMCHARS",
                                   "NUMPAGES",
                                   "NUMWORDS",
                                   "PAGE",
                                   "PAGEREF",
                                   "PRINTDATE",
                                   "REF",
                                   "REVNUM",
                                   "SAVEDATE",
                                   "SECTION",
                                   "SECTIONPAGES",
                                   "SEQ",
                                   "STYLEREF",
                                   "SYMBOL",
                                   "TA",
                                   "TC",
                                   "TIME",
                                   "TITLE",
                                   "TOA",
                                   "TOC",
                                   "XE",
                                   "FTNREF",
                                   NULL};

static const struct {
    const char *word;
    enum check_id id;
} refused[] = {
    {"DDE", CHECK_FLD_05},         {"DDEAUTO", CHECK_FLD_06},    {"LINK", CHECK_FLD_07},
    {"INCLUDETEXT", CHECK_FLD_08}, {"INCLUDE", CHECK_FLD_08},    {"INCLUDEPICTURE", CHECK_FLD_09},
    {"IMPORT", CHECK_FLD_10},      {"EMBED", CHECK_FLD_10},      {"DATABASE", CHECK_FLD_11},
    {"MACROBUTTON", CHECK_FLD_12}, {"GOTOBUTTON", CHECK_FLD_12}, {"PRINT", CHECK_FLD_13},
    {"RD", CHECK_FLD_14},          {"ADDIN", CHECK_FLD_15},      {"CONTROL", CHECK_FLD_15},
    {"HTMLCONTROL", CHECK_FLD_15}, {"AUTOTEXT", CHECK_FLD_16},   {"AUTOTEXTLIST", CHECK_FLD_16},
    {"GLOSSARY", CHECK_FLD_16},    {"ASK", CHECK_FLD_17},        {"FILLIN", CHECK_FLD_17},
    {"QUOTE", CHECK_FLD_02},       {"SET", CHECK_FLD_02},
};

/* The first word in capitals into RET; what follows it into *REST. False when a nested field stands
 * in it or right behind it. */
static bool
read_word(struct str *rest, char ret[WORD_MOST + 1])
{
    size_t n = 0;
    bool whole = true;
    while (rest->n > 0) {
        struct str before = *rest;
        int32_t c = utf8_next(rest);
        if (c >= 0xFF01 && c <= 0xFF5E)
            c -= 0xFF01 - 0x21;
        bool skipped = c >= 0 && (utf8_class((uint32_t)c) & (UTF8_ZERO_WIDTH | UTF8_BIDI)) != 0;
        if (skipped)
            continue;
        bool blank = c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == 0x3000 || c == 0xA0;
        if (blank && n == 0)
            continue;
        if (c == FIELD_NESTED)
            whole = false;
        bool ends =
            blank || c == FIELD_NESTED || c == '"' || c == '\\' || (n == 1 && ret[0] == '=');
        if (ends || n == WORD_MOST) {
            *rest = before;
            break;
        }
        ret[n++] = c >= 'a' && c <= 'z' ? (char)(c - 32) : c > 0 && c < 0x7F ? (char)c : '?';
    }
    ret[n] = '\0';
    return whole;
}

static bool
blank_char(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The next argument: quoted, a switch, or a word. Empty at the end. */
static struct str
next_argument(struct str *rest)
{
    size_t at = 0;
    while (at < rest->n && blank_char(rest->p[at]))
        at++;
    size_t from = at;
    if (at < rest->n && rest->p[at] == '"') {
        from = ++at;
        while (at < rest->n && rest->p[at] != '"')
            at += rest->p[at] == '\\' && at + 1 < rest->n ? 2 : 1;
        at = at > rest->n ? rest->n : at;
        struct str word = str_slice(*rest, from, at);
        *rest = str_slice(*rest, at + 1, rest->n);
        return word;
    }
    while (at < rest->n && !blank_char(rest->p[at]))
        at++;
    struct str word = str_slice(*rest, from, at);
    *rest = str_slice(*rest, at, rest->n);
    return word;
}

/* HYPERLINK "url" \l "place" \o "tip" \t "frame" \n \m */
static struct field_verdict
judge_hyperlink(struct str rest)
{
    bool address = false, place = false;
    while (rest.n > 0) {
        struct str word = next_argument(&rest);
        if (word.n == 0)
            continue;
        if (word.p[0] == '\\') {
            bool takes = word.n == 2 && strchr("lot", word.p[1] | 32) != NULL;
            place = place || (word.n == 2 && (word.p[1] | 32) == 'l');
            if (takes)
                (void)next_argument(&rest);
            continue;
        }
        struct link_verdict v = link_judge(word);
        if (!v.keep || address)
            return (struct field_verdict){.id = CHECK_FLD_19, .host = v.host};
        address = true;
    }
    return (struct field_verdict){.keep = address || place, .id = CHECK_FLD_19};
}

struct field_verdict
field_judge(struct str code)
{
    char word[WORD_MOST + 1];
    struct str rest = code;
    bool nested = str_find(code, STR("\x01"), 0) >= 0;
    if (!read_word(&rest, word))
        return (struct field_verdict){.id = CHECK_FLD_02};
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        if (strcmp(word, refused[i].word) == 0)
            return (struct field_verdict){.id = refused[i].id};
    if (nested && strcmp(word, "=") != 0 && strcmp(word, "IF") != 0)
        return (struct field_verdict){.id = CHECK_FLD_02};
    if (strcmp(word, "HYPERLINK") == 0)
        return judge_hyperlink(rest);
    for (size_t i = 0; kept[i] != NULL; i++)
        if (strcmp(word, kept[i]) == 0)
            return (struct field_verdict){.keep = true};
    /* The merge family and whatever nobody knows. */
    bool merge = strncmp(word, "MERGE", 5) == 0 || strcmp(word, "NEXT") == 0 ||
                 strcmp(word, "NEXTIF") == 0 || strcmp(word, "SKIPIF") == 0 ||
                 strcmp(word, "ADDRESSBLOCK") == 0;
    return (struct field_verdict){.id = merge ? CHECK_FLD_18 : CHECK_FLD_15};
}
