/*
 * source: what the source is (text, Markdown, HTML, docx; or something that is never read) and its
 * text as UTF-8. Runs in policy-worker and the command line.
 *
 * Invariants: reader->text and decoded are strict UTF-8 without NUL or control characters; a kind
 * is decided by the first bytes or by a person, never by a name.
 */
#include "base/text/cp932.h"
#include "base/text/utf8.h"
#include "format/docx/docx.h"
#include "format/policy/read.h"

#include <string.h>

/* The source as UTF-8 in BUF, when it is UTF-16 behind its BOM. -1 at the first broken unit. */
static int
put_utf16(struct buf *buf, struct str s, bool big, struct err *err)
{
    for (size_t i = 2; i + 1 < s.n + 1; i += 2) {
        if (i + 1 >= s.n)
            return i == s.n ? 0 : ERR(err, "policy.encoding", "%zu", i);
        unsigned a = (unsigned char)s.p[i], b = (unsigned char)s.p[i + 1];
        uint32_t c = big ? a << 8 | b : b << 8 | a;
        if (c >= 0xd800 && c < 0xdc00 && i + 3 < s.n) {
            a = (unsigned char)s.p[i + 2], b = (unsigned char)s.p[i + 3];
            uint32_t low = big ? a << 8 | b : b << 8 | a;
            if (low < 0xdc00 || low > 0xdfff)
                return ERR(err, "policy.encoding", "%zu", i);
            c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
            i += 2;
        } else if (c >= 0xd800 && c <= 0xdfff) {
            return ERR(err, "policy.encoding", "%zu", i);
        }
        utf8_put(buf, c);
    }
    return 0;
}

static int
take_text(struct reader *r, struct buf *buf)
{
    int rc = buf_done(buf, r->err);
    if (rc == 0) {
        r->decoded = str_dup(r->arena, buf_str(buf));
        rc = arena_check(r->arena, r->err);
    }
    return rc;
}

static int
decode(struct reader *r)
{
    struct str s = r->tree->source;
    struct buf buf;
    buf_init(&buf, 3 * POLICY_SOURCE_BYTES);
    int rc = 0;
    if (str_starts(s, STR("\xff\xfe")) || str_starts(s, STR("\xfe\xff"))) {
        bool big = s.p[0] == '\xfe';
        r->tree->encoding = big ? POLICY_UTF16BE : POLICY_UTF16LE;
        r->text_skip = 2;
        rc = put_utf16(&buf, s, big, r->err);
    } else if (utf8_valid(s)) {
        r->tree->encoding = POLICY_UTF8;
        r->text_skip = str_starts(s, STR("\xef\xbb\xbf")) ? 3 : 0;
        r->decoded = str_slice(s, r->text_skip, s.n);
        return 0;
    } else if (cp932_valid(s)) {
        r->tree->encoding = POLICY_CP932;
        rc = cp932_to_utf8(&buf, s, r->err);
    } else {
        return ERR(r->err, "policy.encoding", "%zu", utf8_valid_prefix(s));
    }
    if (rc == 0)
        rc = take_text(r, &buf);
    buf_free(&buf);
    return rc;
}

static const char *const input_words[] = {"auto", "text", "markdown", "reiki", "docx"};

enum policy_input
policy_input_of(const char *word)
{
    unsigned kind = 0;
    while (kind < POLICY_INPUTS && strcmp(word, input_words[kind]) != 0)
        kind++;
    return (enum policy_input)kind;
}

const char *
policy_input_word(enum policy_input kind)
{
    return kind < POLICY_INPUTS ? input_words[kind] : "";
}

/* Files that hold text, but not as text: told by their first bytes. */
static int
refuse_known(struct str s, struct err *err)
{
    static const struct {
        struct str magic;
        const char *code, *name;
    } rows[] = {{{"%PDF-", 5}, "policy.pdf", "PDF"},
                {{"\xd0\xcf\x11\xe0", 4}, "policy.kind", "doc, xls"},
                {{"{\\rtf", 5}, "policy.kind", "rtf"},
                {{"PK\x03\x04", 4}, "policy.kind", "zip"},
                {{"\x89PNG", 4}, "policy.kind", "png"},
                {{"\xff\xd8\xff", 3}, "policy.kind", "jpeg"},
                {{"\x1f\x8b", 2}, "policy.kind", "gzip"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (str_starts(s, rows[i].magic))
            return ERR(err, rows[i].code, "%s", rows[i].name);
    return 0;
}

/* Headings or the rule of a table at the beginning of a line (LF, CRLF or CR): Markdown. */
static bool
looks_like_markdown(struct str s)
{
    static const char *const signs[] = {"\n# ", "\n## ", "\n|--", "\n| --",
                                        "\r# ", "\r## ", "\r|--", "\r| --"};
    if (str_starts(s, STR("# ")) || str_starts(s, STR("## ")))
        return true;
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (str_find(s, str_of(signs[i]), 0) >= 0)
            return true;
    return false;
}

static int
check_text(const struct reader *r)
{
    struct str s = r->decoded;
    size_t blank = char_blank_prefix(s);
    if (blank == s.n)
        return ERR(r->err, "policy.empty", "%zu", r->tree->source.n);
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if ((c < 0x20 && !char_is_blank(c)) || c == 0x7f)
            return ERR(r->err, "policy.binary", "%zu", i);
    }
    return 0;
}

static int
take_html(struct reader *r)
{
    struct reiki_text html;
    if (reiki_read(r->arena, r->decoded, &html, r->err) < 0)
        return -1;
    r->text = html.text;
    r->spans = html.spans;
    r->span_count = html.span_count;
    if (char_blank_prefix(r->text) == r->text.n)
        return ERR(r->err, "policy.empty", "%zu", r->tree->source.n);
    return 0;
}

/* Word: the places are those of the text, because it stands nowhere in the file as it is. */
static int
take_docx(struct reader *r)
{
    struct docx_parts parts;
    if (!docx_detect(r->tree->source))
        return ERR(r->err, "policy.kind", "docx");
    if (docx_open(r->arena, r->tree->source, &parts, r->err) < 0 ||
        docx_text(r->arena, &parts, &r->decoded, r->err) < 0)
        return -1;
    r->tree->kind = POLICY_DOCX;
    r->tree->text_places = true;
    r->text = r->tree->text = r->decoded;
    return check_text(r);
}

int
reader_source(struct reader *r)
{
    struct policy_tree *tree = r->tree;
    struct str s = tree->source;
    if (s.n == 0)
        return ERR(r->err, "policy.empty", "0");
    if (s.n > POLICY_SOURCE_BYTES)
        return ERR(r->err, "policy.size", "%zu", s.n);
    if (tree->kind == POLICY_DOCX || (tree->kind == POLICY_ANY && docx_detect(s)))
        return take_docx(r);
    if (refuse_known(s, r->err) < 0 || decode(r) < 0 || check_text(r) < 0)
        return -1;
    if (tree->kind == POLICY_ANY && reiki_detect(r->decoded))
        tree->kind = POLICY_REIKI;
    if (tree->kind == POLICY_ANY)
        tree->kind = looks_like_markdown(r->decoded) ? POLICY_MARKDOWN : POLICY_TEXT;
    r->text = r->decoded;
    int rc = tree->kind == POLICY_REIKI ? take_html(r) : 0;
    tree->text = r->text;
    return rc;
}
