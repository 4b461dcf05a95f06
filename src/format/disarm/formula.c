/*
 * formula: see formula.h. Pure; runs in the disarm worker. A scanner, not a parser: it walks over
 * strings, quoted sheet names and brackets, and looks at every name that a '(' follows.
 */
#include "format/disarm/formula.h"

#include "base/text/utf8.h"
#include "format/disarm/link.h"

#include <stdlib.h>
#include <string.h>

enum { NAME_MOST = 40 };

static const char *const functions[] = {
#define FUNCTION(name) name,
#include "format/disarm/functions.def"
#undef FUNCTION
};

static const struct {
    const char *prefix;
    bool whole;
    enum check_id id;
} refused[] = {
    {"WEBSERVICE", true, CHECK_FML_01},  {"HYPERLINK", true, CHECK_FML_02},
    {"IMAGE", true, CHECK_FML_03},       {"RTD", true, CHECK_FML_04},
    {"CALL", true, CHECK_FML_05},        {"REGISTER", false, CHECK_FML_06},
    {"UNREGISTER", true, CHECK_FML_06},  {"FILTERXML", true, CHECK_FML_08},
    {"CUBE", false, CHECK_FML_09},       {"PY", true, CHECK_FML_10},
    {"DDE", true, CHECK_FML_11},         {"IMPORT", false, CHECK_FML_19},
    {"SQL.REQUEST", true, CHECK_FML_12},
};

static int
function_compare(const void *a, const void *b)
{
    return strcmp(a, *(const char *const *)b);
}

static struct formula_verdict
refuse(enum check_id id)
{
    return (struct formula_verdict){.id = id};
}

/* A name as Excel reads it: full width to half, capitals, without the _xlfn. kind of prefixes. */
static void
plain_name(struct str name, char ret[NAME_MOST + 1])
{
    static const char *const prefixes[] = {"_XLFN.", "_XLWS.", "_XLUDF.", "_XLL.",
                                           "_XLPM.", "OF:",    "MSOXL:",  "COM.MICROSOFT."};
    size_t n = 0;
    while (name.n > 0 && n < NAME_MOST) {
        int32_t c = utf8_next(&name);
        if (c >= 0xFF01 && c <= 0xFF5E)
            c -= 0xFF01 - 0x21;
        ret[n++] = c >= 'a' && c <= 'z' ? (char)(c - 32) : c > 0 && c < 0x7F ? (char)c : '?';
    }
    ret[n] = '\0';
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0];) {
        size_t cut = strlen(prefixes[i]);
        if (strncmp(ret, prefixes[i], cut) == 0) {
            memmove(ret, ret + cut, strlen(ret + cut) + 1);
            i = 0;
        } else {
            i++;
        }
    }
}

/* HYPERLINK( with a plain string as its address: judged by the URL rule. ARGS begins behind "(". */
static struct formula_verdict
judge_hyperlink(struct str args)
{
    args = str_trim(args);
    if (args.n < 2 || args.p[0] != '"')
        return refuse(CHECK_FML_02);
    ptrdiff_t end = str_find(args, STR("\""), 1);
    struct str behind = end < 0 ? STR("") : str_trim(str_slice(args, (size_t)end + 1, args.n));
    if (behind.n == 0 || (behind.p[0] != ',' && behind.p[0] != ')' && behind.p[0] != ';'))
        return refuse(CHECK_FML_02);
    struct link_verdict v = link_judge(str_slice(args, 1, (size_t)end));
    return (struct formula_verdict){.keep = v.keep, .id = CHECK_FML_02, .host = v.host};
}

static struct formula_verdict
judge_function(struct str name, struct str args)
{
    char word[NAME_MOST + 1];
    plain_name(name, word);
    if (strcmp(word, "HYPERLINK") == 0)
        return judge_hyperlink(args);
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        size_t n = strlen(refused[i].prefix);
        if (refused[i].whole ? strcmp(word, refused[i].prefix) == 0
                             : strncmp(word, refused[i].prefix, n) == 0)
            return refuse(refused[i].id);
    }
    if (bsearch(word, functions, sizeof functions / sizeof functions[0], sizeof functions[0],
                function_compare) == NULL)
        return refuse(CHECK_FML_07);
    return (struct formula_verdict){.keep = true};
}

/* True for bytes that may stand in a name; everything beyond ASCII may. */
static bool
name_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '\\' || c == '?' || (unsigned char)c >= 0x80;
}

/* The place behind the string or quoted name that begins at AT. */
static size_t
skip_quoted(struct str s, size_t at)
{
    char quote = s.p[at++];
    while (at < s.n) {
        if (s.p[at] == quote && (at + 1 >= s.n || s.p[at + 1] != quote))
            return at + 1;
        at += s.p[at] == quote ? 2 : 1;
    }
    return s.n;
}

/* A sheet name that names a book or a path. */
static bool
leaves_book(struct str name)
{
    return str_find(name, STR("["), 0) >= 0 || str_find(name, STR("\\"), 0) >= 0 ||
           str_find(name, STR("/"), 0) >= 0 || str_find(name, STR(":\\"), 0) >= 0 ||
           str_find(name, STR("|"), 0) >= 0;
}

/* A string that INDIRECT could take to another book. */
static bool
string_leaves_book(struct str s)
{
    return str_find(s, STR("["), 0) >= 0 || str_find(s, STR("\\\\"), 0) >= 0 ||
           str_find(s, STR(":\\"), 0) >= 0;
}

/* "[1]Sheet1!A1", "[Book.xlsx]Sheet1!A1", "[1]!name"; not "Table1[Column]", "[@Column]",
 * "[Column]". */
static bool
book_bracket(struct str s, size_t at)
{
    if (at > 0 && (name_byte(s.p[at - 1]) || s.p[at - 1] == '[' || s.p[at - 1] == ','))
        return false;
    ptrdiff_t end = str_find(s, STR("]"), at);
    if (end < 0)
        return true;
    size_t after = (size_t)end + 1;
    return after < s.n && (name_byte(s.p[after]) || s.p[after] == '!' || s.p[after] == '\'');
}

/* The bracketed part of a table reference, nested ones included. */
static size_t
skip_brackets(struct str s, size_t at)
{
    size_t depth = 0;
    for (; at < s.n; at++) {
        if (s.p[at] == '\'' && at + 1 < s.n)
            at++;
        else if (s.p[at] == '[')
            depth++;
        else if (s.p[at] == ']' && --depth == 0)
            return at + 1;
    }
    return s.n;
}

struct scan {
    struct str text;
    size_t at;
    bool indirect; /* INDIRECT was seen */
    bool outside;  /* a string that names another book was seen */
};

static struct formula_verdict
scan_name(struct scan *scan)
{
    struct str s = scan->text;
    size_t from = scan->at;
    while (scan->at < s.n && name_byte(s.p[scan->at]))
        scan->at++;
    struct str name = str_slice(s, from, scan->at);
    size_t next = scan->at;
    while (next < s.n && (s.p[next] == ' ' || s.p[next] == '\n' || s.p[next] == '\r'))
        next++;
    if (str_find(name, STR("\\\\"), 0) >= 0)
        return refuse(CHECK_FML_12);
    if (next >= s.n || s.p[next] != '(')
        return (struct formula_verdict){.keep = true};
    /* A blank before "(" is the intersection operator unless the name is a function. */
    scan->indirect = scan->indirect || str_equal_nocase(name, STR("INDIRECT"));
    bool number = name.p[0] >= '0' && name.p[0] <= '9';
    if (next != scan->at && !number) {
        char word[NAME_MOST + 1];
        plain_name(name, word);
        if (strpbrk(word, "0123456789") != NULL && judge_function(name, STR("")).keep == false)
            return (struct formula_verdict){.keep = true};
    }
    return judge_function(name, str_slice(s, next + 1, s.n));
}

static struct formula_verdict
scan_one(struct scan *scan)
{
    struct str s = scan->text;
    char c = s.p[scan->at];
    struct formula_verdict fine = {.keep = true};
    if (c == '"' || c == '\'') {
        size_t from = scan->at;
        scan->at = skip_quoted(s, from);
        struct str inside = str_slice(s, from + 1, scan->at);
        if (c == '"')
            scan->outside = scan->outside || string_leaves_book(inside);
        else if (leaves_book(inside))
            return refuse(CHECK_FML_12);
        return fine;
    }
    if (c == '[') {
        if (book_bracket(s, scan->at))
            return refuse(CHECK_FML_12);
        scan->at = skip_brackets(s, scan->at);
        return fine;
    }
    if (c == '|')
        return refuse(CHECK_FML_11);
    if (name_byte(c))
        return scan_name(scan);
    scan->at++;
    return fine;
}

struct formula_verdict
formula_judge(struct str text)
{
    struct scan scan = {.text = text};
    while (scan.at < text.n) {
        struct formula_verdict v = scan_one(&scan);
        if (!v.keep)
            return v;
    }
    if (scan.indirect && scan.outside)
        return refuse(CHECK_FML_17);
    return (struct formula_verdict){.keep = true};
}
