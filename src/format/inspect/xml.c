/*
 * xml: the inspector's tag scanner, see inspect.h. Not an XML parser: it walks from '<' to '>' and
 * looks at names and values after taking out character references. It knows nothing of namespaces,
 * so it is suspicious of any prefix. Runs in the inspect worker.
 */
#include "format/inspect/inspect.h"

#include "base/text/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct rule {
    const char *name, *id;
};

/* Elements that must not be left, by their local name. */
static const struct rule elements[] = {
    {"altChunk", "WORD-01"},
    {"subDoc", "WORD-02"},
    {"OLEObject", "WORD-03"},
    {"oleObject", "OOXML-07"},
    {"oleObj", "PPT-08"},
    {"oleObjects", "OOXML-07"},
    {"movie", "WORD-05"},
    {"attachedTemplate", "WORD-11"},
    {"mailMerge", "WORD-12"},
    {"docVars", "WORD-14"},
    {"frameset", "WORD-15"},
    {"entryMacro", "WORD-21"},
    {"exitMacro", "WORD-21"},
    {"ddeLink", "EXCEL-02"},
    {"oleLink", "EXCEL-03"},
    {"externalReference", "OOXML-14"},
    {"externalLink", "OOXML-14"},
    {"externalBook", "EXCEL-04"},
    {"dbPr", "EXCEL-05"},
    {"webPr", "EXCEL-05"},
    {"olapPr", "EXCEL-05"},
    {"connection", "OOXML-15"},
    {"FmlaMacro", "EXCEL-08"},
    {"FmlaPict", "EXCEL-11"},
    {"webPublishItem", "EXCEL-10"},
    {"cmd", "PPT-10"},
    {"htmlPubPr", "PPT-13"},
    {"audioFile", "OOXML-28"},
    {"videoFile", "OOXML-28"},
    {"wavAudioFile", "OOXML-28"},
    {"quickTimeFile", "OOXML-28"},
    {"embedRegular", "OOXML-29"},
    {"externalData", "OOXML-44"},
    {"customUI", "OOXML-21"},
    {"dataBinding", "WORD-19"},
    {"saveThroughXslt", "WORD-13"},
    {"xmlColumnPr", "OOXML-17"},
    {"queryTable", "OOXML-15"},
    {"macrosheet", "OOXML-03"},
    {"dialogsheet", "OOXML-04"},
    {"ocx", "OOXML-05"},
    {"webextension", "OOXML-20"},
    {"contentPart", "OOXML-46"},
    {"binData", "OOXML-50"},
    {"script", "SVG-01"},
    {"embed", "PPT-08"},
    {"sndAc", "PPT-07"},
    {"media", "PPT-12"},
};

/* Attributes that must not be left, or not with a value. */
static const struct rule attributes[] = {
    {"macro", "EXCEL-07"},
    {"fmlaMacro", "OOXML-06"},
    {"connectionId", "OOXML-15"},
    {"gfxdata", "OOXML-08"},
    {"althref", "WORD-10"},
    {"progId", "OOXML-07"},
    {"ProgID", "OOXML-07"},
    {"classid", "OOXML-05"},
    {"vbProcedure", "EXCEL-01"},
    {"xlm", "EXCEL-01"},
    {"codeName", "EXCEL-07"},
    {"refreshOnLoad", "EXCEL-06"},
    {"securityDescriptor", "EXCEL-16"},
    {"rsidR", "WORD-20"},
    {"src", "WORD-09"},
};

/* Field keywords and functions that reach outside. A word matches where no letter stands around. */
static const struct rule field_words[] = {
    {"DDE", "FLD-05"},         {"DDEAUTO", "FLD-06"},    {"LINK", "FLD-07"},
    {"INCLUDETEXT", "FLD-08"}, {"INCLUDE", "FLD-08"},    {"INCLUDEPICTURE", "FLD-09"},
    {"IMPORT", "FLD-10"},      {"EMBED", "FLD-10"},      {"DATABASE", "FLD-11"},
    {"MACROBUTTON", "FLD-12"}, {"GOTOBUTTON", "FLD-12"}, {"PRINT", "FLD-13"},
    {"RD", "FLD-14"},          {"ADDIN", "FLD-15"},      {"AUTOTEXT", "FLD-16"},
    {"ASK", "FLD-17"},         {"FILLIN", "FLD-17"},     {"MERGEFIELD", "FLD-18"},
};
static const struct rule functions[] = {
    {"WEBSERVICE(", "FML-01"}, {"IMAGE(", "FML-03"},       {"RTD(", "FML-04"},
    {"CALL(", "FML-05"},       {"REGISTER(", "FML-06"},    {"REGISTER.ID(", "FML-06"},
    {"EXEC(", "FML-07"},       {"FILTERXML(", "FML-08"},   {"CUBEVALUE(", "FML-09"},
    {"CUBEMEMBER(", "FML-09"}, {"PY(", "FML-10"},          {"DDE(", "FML-11"},
    {"IMPORTXML(", "FML-19"},  {"SQL.REQUEST(", "FML-12"},
};

struct xml {
    struct inspect_report *report;
    struct str at;
    struct buf field; /* codes of the open field, joined */
    struct buf plain; /* the value at hand, references taken out */
    bool instr, formula;
};

/* For each first letter of RULES, the lengths that occur, as bits: most names are refused by one
 * look. */
struct sieve {
    bool ready;
    uint64_t lengths[256];
};

static bool
may_be(struct sieve *sieve, const struct rule *rules, size_t count, struct str name)
{
    for (size_t i = 0; !sieve->ready && i < count; i++)
        sieve->lengths[(unsigned char)rules[i].name[0]] |= UINT64_C(1) << strlen(rules[i].name);
    sieve->ready = true;
    return name.n > 0 && name.n < 64 &&
           (sieve->lengths[(unsigned char)name.p[0]] >> name.n & 1) != 0;
}

/* &amp; &#13; … as characters. */
static struct str
unescape(struct buf *out, struct str s)
{
    static const struct {
        const char *name;
        char c;
    } named[] = {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}};
    if (s.n == 0 || memchr(s.p, '&', s.n) == NULL)
        return s;
    buf_clear(out);
    while (s.n > 0) {
        size_t step = 0;
        for (size_t i = 0; s.p[0] == '&' && i < sizeof named / sizeof named[0]; i++)
            if (str_starts(s, str_of(named[i].name))) {
                buf_put_char(out, named[i].c);
                step = strlen(named[i].name);
            }
        if (step == 0 && str_starts(s, STR("&#"))) {
            ptrdiff_t end = str_find(s, STR(";"), 0);
            bool hex = s.n > 2 && s.p[2] == 'x';
            unsigned long c = strtoul(s.p + (hex ? 3 : 2), NULL, hex ? 16 : 10);
            utf8_put(out, c > 0x10FFFF ? 0xFFFD : (uint32_t)c);
            step = end < 0 ? s.n : (size_t)end + 1;
        }
        if (step == 0) {
            buf_put_char(out, s.p[0]);
            step = 1;
        }
        s = str_slice(s, step, s.n);
    }
    return buf_str(out);
}

static bool
letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || (unsigned char)c >= 0x80;
}

static bool
holds_word(struct str text, const char *word)
{
    struct str w = str_of(word);
    for (size_t i = 0; i + w.n <= text.n; i++) {
        if (!str_equal_nocase(str_slice(text, i, i + w.n), w))
            continue;
        bool before = i == 0 || !letter(text.p[i - 1]);
        bool after = letter(w.p[w.n - 1]) ? i + w.n == text.n || !letter(text.p[i + w.n]) : true;
        if (before && after)
            return true;
    }
    return false;
}

/* The first word of a field decides; hyperlinks are looked at by their address. */
static void
check_field(struct xml *x, struct str code)
{
    struct str rest = str_trim(code);
    size_t n = 0;
    while (n < rest.n && letter(rest.p[n]))
        n++;
    struct str word = str_slice(rest, 0, n);
    for (size_t i = 0; i < sizeof field_words / sizeof field_words[0]; i++)
        if (str_equal_nocase(word, str_of(field_words[i].name)))
            inspect_found(x->report, field_words[i].id, "field", x->at);
    static const char *const schemes[] = {"file:", "javascript:", "\\\\\\\\", "smb:", "ms-"};
    for (size_t i = 0;
         str_equal_nocase(word, STR("HYPERLINK")) && i < sizeof schemes / sizeof schemes[0]; i++)
        if (holds_word(rest, schemes[i]))
            inspect_found(x->report, "FLD-19", "field", x->at);
}

/* BEFORE ends where a '(' stands: the word there, blanks and prefixes like _xlfn. left out. */
static void
check_call(struct xml *x, struct str before)
{
    before = str_trim(before);
    size_t from = before.n;
    while (from > 0 && letter(before.p[from - 1]))
        from--;
    struct str word = str_slice(before, from, before.n);
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
        struct str name = str_slice(str_of(functions[i].name), 0, strlen(functions[i].name) - 1);
        bool ends =
            word.n >= name.n && str_equal_nocase(str_slice(word, word.n - name.n, word.n), name);
        bool prefixed = word.n > name.n && word.p[word.n - name.n - 1] == '.' && word.p[0] == '_';
        if (ends && (word.n == name.n || prefixed))
            inspect_found(x->report, functions[i].id, "function", x->at);
    }
}

/* Strings are taken out first: what stands in quotes is no function. */
static void
check_formula(struct xml *x, struct str text)
{
    struct buf bare;
    buf_init(&bare, text.n + 1);
    bool quoted = false;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '"')
            quoted = !quoted;
        else if (!quoted)
            buf_put_char(&bare, text.p[i]);
    }
    struct str plain = buf_str(&bare);
    for (size_t i = 0; i < plain.n; i++)
        if (plain.p[i] == '(')
            check_call(x, str_slice(plain, 0, i));
    if (str_find(plain, STR("|"), 0) >= 0)
        inspect_found(x->report, "FML-11", "formula", x->at);
    for (size_t i = 0; i + 2 < plain.n; i++)
        if (plain.p[i] == '[' && plain.p[i + 1] >= '0' && plain.p[i + 1] <= '9' &&
            (i == 0 || !letter(plain.p[i - 1])) && str_find(plain, STR("]"), i) >= 0 &&
            str_find(plain, STR("!"), i) >= 0)
            inspect_found(x->report, "FML-12", "formula", x->at);
    buf_free(&bare);
}

/* An address in any attribute but a schema's name. */
static void
check_value(struct xml *x, struct str name, struct str value)
{
    static const struct rule starts[] = {
        {"file:", "LINK-01"},
        {"\\\\", "LINK-02"},
        {"javascript:", "LINK-06"},
        {"vbscript:", "LINK-06"},
        {"mhtml:", "LINK-05"},
        {"ms-msdt:", "LINK-04"},
        {"data:", "LINK-07"},
        {"ppaction://program", "PPT-01"},
        {"ppaction://macro", "PPT-02"},
        {"ppaction://ole", "PPT-03"},
        {"ppaction://hlinkfile", "PPT-04"},
        {"ppaction://hlinkpres", "PPT-04"},
    };
    static const char *const prose[] = {
        "name",       "descr",       "title",   "tooltip", "prompt", "error",
        "val",        "displayText", "alt",     "string",  "text",   "formatCode",
        "errorTitle", "promptTitle", "display", "v",       "n"};
    if (value.n < 2 || (memchr(value.p, ':', value.n) == NULL && value.p[0] != '\\'))
        return;
    for (size_t i = 0; i < sizeof prose / sizeof prose[0]; i++)
        if (str_equal_z(name, prose[i]))
            return;
    for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++) {
        struct str head = str_of(starts[i].name);
        if (value.n >= head.n && str_equal_nocase(str_slice(value, 0, head.n), head))
            inspect_found(x->report, starts[i].id, "value", x->at);
    }
}

static struct str
local_name(struct str name)
{
    const char *colon = name.n > 0 ? memchr(name.p, ':', name.n) : NULL;
    return colon == NULL ? name : str_slice(name, (size_t)(colon - name.p) + 1, name.n);
}

static void
check_attribute(struct xml *x, struct str name, struct str value)
{
    struct str local = local_name(name);
    if (str_starts(name, STR("xmlns")) || str_equal_z(local, "uri"))
        return;
    static struct sieve sieve;
    size_t count = sizeof attributes / sizeof attributes[0];
    if (!may_be(&sieve, attributes, count, local))
        count = 0;
    for (size_t i = 0; i < count; i++)
        if (str_equal_z(local, attributes[i].name) && value.n > 0)
            inspect_found(x->report, attributes[i].id, attributes[i].name, x->at);
    struct str plain = unescape(&x->plain, value);
    check_value(x, local, plain);
    if (str_equal_z(local, "instr"))
        check_field(x, plain);
}

/* What stands between '<' and '>'. */
static void
check_tag(struct xml *x, struct str tag)
{
    size_t n = 0;
    while (n < tag.n && strchr(" \t\r\n/>", tag.p[n]) == NULL)
        n++;
    struct str local = local_name(str_slice(tag, 0, n));
    static struct sieve sieve;
    size_t count = sizeof elements / sizeof elements[0];
    if (!may_be(&sieve, elements, count, local))
        count = 0;
    for (size_t i = 0; i < count; i++)
        if (str_equal_z(local, elements[i].name))
            inspect_found(x->report, elements[i].id, elements[i].name, x->at);
    bool closed = tag.n > 0 && tag.p[tag.n - 1] == '/';
    char first = local.n > 0 ? local.p[0] : '\0';
    x->instr = !closed && (first == 'i' || first == 'd') &&
               (str_equal_z(local, "instrText") || str_equal_z(local, "delInstrText"));
    x->formula = !closed && (first == 'f' || first == 'd') &&
                 (str_equal_z(local, "f") || str_equal_z(local, "definedName") ||
                  str_equal_z(local, "formula") || str_equal_z(local, "formula1") ||
                  str_equal_z(local, "formula2"));
    while (n < tag.n) {
        const char *sign = memchr(tag.p + n, '=', tag.n - n);
        size_t equals = sign == NULL ? tag.n : (size_t)(sign - tag.p);
        if (equals + 2 > tag.n || sign[1] != '"')
            break;
        const char *quote = memchr(sign + 2, '"', tag.n - equals - 2);
        if (quote == NULL)
            break;
        size_t end = (size_t)(quote - tag.p);
        struct str name = str_trim(str_slice(tag, n, equals));
        struct str value = str_slice(tag, equals + 2, end);
        check_attribute(x, name, value);
        if (first == 'f' && str_equal_z(local, "fldChar") &&
            str_equal_z(local_name(name), "fldCharType")) {
            if (!str_equal_z(value, "begin"))
                check_field(x, buf_str(&x->field));
            buf_clear(&x->field);
        }
        n = end + 1;
    }
}

void
inspect_xml(struct inspect_report *report, struct str xml, struct str at)
{
    struct xml x = {.report = report, .at = at};
    buf_init(&x.field, 1 << 20);
    buf_init(&x.plain, 64 << 20);
    for (size_t i = 0; i < xml.n;) {
        const char *open = memchr(xml.p + i, '<', xml.n - i);
        size_t tag = open == NULL ? xml.n : (size_t)(open - xml.p);
        struct str text = str_slice(xml, i, tag);
        if (text.n > 0 && x.instr)
            buf_put_str(&x.field, unescape(&x.plain, text));
        else if (text.n > 0 && x.formula)
            check_formula(&x, unescape(&x.plain, text));
        if (open == NULL)
            break;
        const char *close = memchr(open, '>', xml.n - tag);
        if (close == NULL) {
            inspect_found(report, "XML-14", "tag", at);
            break;
        }
        struct str inside = str_slice(xml, tag + 1, (size_t)(close - xml.p));
        bool declaration = tag == 0 && str_starts(inside, STR("?xml "));
        if (inside.n > 0 && (inside.p[0] == '!' || (inside.p[0] == '?' && !declaration)))
            inspect_found(report, inside.p[0] == '!' ? "XML-01" : "XML-04", "markup", at);
        else if (inside.n > 0 && inside.p[0] != '/' && !declaration)
            check_tag(&x, inside);
        else
            x.instr = x.formula = false;
        i = (size_t)(close - xml.p) + 1;
    }
    buf_free(&x.field);
    buf_free(&x.plain);
}

/* ---- relationships ---- */

static struct str
attribute_of(struct str tag, const char *name)
{
    char key[40];
    snprintf(key, sizeof key, " %s=\"", name);
    ptrdiff_t from = str_find(tag, str_of(key), 0);
    if (from < 0)
        return (struct str){"", 0};
    size_t start = (size_t)from + strlen(key);
    ptrdiff_t end = str_find(tag, STR("\""), start);
    return str_slice(tag, start, end < 0 ? tag.n : (size_t)end);
}

static void
check_relationship(struct inspect_report *report, struct buf *plain, struct str tag, struct str at)
{
    static const struct rule types[] = {
        {"vbaProject", "OOXML-01"},
        {"oleObject", "OOXML-07"},
        {"package", "OOXML-08"},
        {"aFChunk", "OOXML-09"},
        {"subDocument", "OOXML-10"},
        {"attachedTemplate", "OOXML-11"},
        {"frame", "OOXML-12"},
        {"mailMergeSource", "OOXML-13"},
        {"externalLink", "OOXML-14"},
        {"externalLinkPath", "OOXML-14"},
        {"connections", "OOXML-15"},
        {"customXml", "OOXML-16"},
        {"control", "OOXML-05"},
        {"extensibility", "OOXML-21"},
        {"printerSettings", "OOXML-23"},
        {"audio", "OOXML-28"},
        {"video", "OOXML-28"},
        {"media", "OOXML-28"},
        {"font", "OOXML-29"},
        {"webextension", "OOXML-20"},
        {"xlMacrosheet", "OOXML-03"},
        {"dialogsheet", "OOXML-04"},
        {"queryTable", "OOXML-15"},
    };
    struct str type = attribute_of(tag, "Type");
    size_t slash = type.n;
    while (slash > 0 && type.p[slash - 1] != '/')
        slash--;
    struct str last = str_slice(type, slash, type.n);
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (str_equal_nocase(last, str_of(types[i].name)))
            inspect_found(report, types[i].id, types[i].name, at);
    struct str target = unescape(plain, attribute_of(tag, "Target"));
    bool web = str_starts(target, STR("http://")) || str_starts(target, STR("https://")) ||
               str_starts(target, STR("mailto:")) || str_starts(target, STR("#"));
    if (attribute_of(tag, "TargetMode").n > 0) {
        if (!str_equal_z(last, "hyperlink"))
            inspect_found(report, "OOXML-34", "external target", at);
        else if (!web)
            inspect_found(report, "OOXML-35", "hyperlink", at);
    } else if (str_find(target, STR(":"), 0) >= 0 && !str_starts(target, STR("#"))) {
        inspect_found(report, "OOXML-37", "target", at);
    }
}

void
inspect_rels(struct inspect_report *report, struct str xml, struct str at)
{
    struct buf plain;
    buf_init(&plain, 1 << 20);
    inspect_xml(report, xml, at);
    for (ptrdiff_t i = str_find(xml, STR("<Relationship "), 0); i >= 0;
         i = str_find(xml, STR("<Relationship "), (size_t)i + 1)) {
        ptrdiff_t end = str_find(xml, STR(">"), (size_t)i);
        check_relationship(report, &plain, str_slice(xml, (size_t)i, end < 0 ? xml.n : (size_t)end),
                           at);
    }
    buf_free(&plain);
}
