/*
 * ident: uuids of version 5, and text in the forms that OSCAL's schemas ask for. Runs in the
 * command line and in cored. Pure.
 *
 * Invariant: what markup_json escapes, markup_undo gives back byte for byte, but for line feeds in
 * a title.
 */
#include "base/mem/ensure.h"
#include "base/text/utf8.h"
#include "format/oscal/make.h"

#include <openssl/evp.h>
#include <string.h>

enum { SHA1_BYTES = 20 };

void
uuid_make(const uint8_t space[16], struct str name, uint8_t ret[16])
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    ensure(ctx != NULL && EVP_DigestInit_ex(ctx, EVP_sha1(), NULL) == 1 &&
           EVP_DigestUpdate(ctx, space, 16) == 1 && EVP_DigestUpdate(ctx, name.p, name.n) == 1 &&
           EVP_DigestFinal_ex(ctx, digest, NULL) == 1);
    EVP_MD_CTX_free(ctx);
    memcpy(ret, digest, 16);
    ret[6] = (uint8_t)((ret[6] & 0x0f) | 0x50);
    ret[8] = (uint8_t)((ret[8] & 0x3f) | 0x80);
}

void
uuid_text(const uint8_t uuid[16], char ret[UUID_CHARS + 1])
{
    static const char digits[] = "0123456789abcdef";
    size_t n = 0;
    for (size_t i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            ret[n++] = '-';
        ret[n++] = digits[uuid[i] >> 4];
        ret[n++] = digits[uuid[i] & 15];
    }
    ret[n] = 0;
}

bool
uuid_valid(const char *text)
{
    if (strlen(text) != UUID_CHARS)
        return false;
    for (size_t i = 0; i < UUID_CHARS; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? text[i] != '-' : strchr("0123456789abcdefABCDEF", text[i]) == NULL)
            return false;
    }
    return strchr("45", text[14]) != NULL && strchr("89abAB", text[19]) != NULL;
}

/* Beyond ASCII nearly all letters are fine; what is surely none (signs, blanks, brackets, circled
 * digits are numbers of class No, which the schema's \p{N} takes) is refused. */
static bool
token_char(uint32_t c, bool first)
{
    if (c < 0x80)
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' ||
               (!first && ((c >= '0' && c <= '9') || c == '.' || c == '-'));
    return c >= 0xaa && c != 0xd7 && c != 0xf7 && !(c >= 0x2000 && c <= 0x206f) &&
           !(c >= 0x3000 && c <= 0x3004) && !(c >= 0x3008 && c <= 0x3020) &&
           !(c >= 0xff00 && c <= 0xff0f) && c != 0xfeff;
}

bool
token_valid(struct str s)
{
    bool first = true;
    if (s.n == 0 || !utf8_valid(s))
        return false;
    while (s.n > 0) {
        if (!token_char((uint32_t)utf8_next(&s), first))
            return false;
        first = false;
    }
    return true;
}

/* What \s of the schemas' patterns means. */
static bool
is_blank(uint32_t c)
{
    return (c >= 9 && c <= 13) || c == ' ' || c == 0xa0 || c == 0x1680 ||
           (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f ||
           c == 0x205f || c == 0x3000 || c == 0xfeff;
}

bool
value_clean(struct str s)
{
    uint32_t c = ' ';
    bool first = true;
    while (s.n > 0) {
        c = (uint32_t)utf8_next(&s);
        if ((first && is_blank(c)) || c == '\n' || c == '\r' || c == 0x2028 || c == 0x2029)
            return false;
        first = false;
    }
    return !first && !is_blank(c);
}

static const char escaped[] = "\\`*_~^{}[]<>&\"'#|!";

static json_t *
escape(struct str s, bool one_line)
{
    struct buf out;
    buf_init(&out, SIZE_MAX / 4);
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (c != 0 && strchr(escaped, c) != NULL)
            buf_put_char(&out, '\\');
        buf_put_char(&out, one_line && (c == '\n' || c == '\r') ? ' ' : c);
    }
    json_t *text = text_json(out.n == 0 ? STR("-") : buf_str(&out));
    buf_free(&out);
    return text;
}

json_t *
markup_json(struct str s)
{
    return escape(s, false);
}

json_t *
markup_line_json(struct str s)
{
    return escape(s, true);
}

void
markup_undo(struct buf *out, struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        bool sign = s.p[i] == '\\' && i + 1 < s.n && s.p[i + 1] > ' ' && s.p[i + 1] < 0x7f &&
                    strchr(escaped, s.p[i + 1]) != NULL;
        buf_put_char(out, s.p[sign ? ++i : i]);
    }
}
