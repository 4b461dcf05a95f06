/*
 * link: see link.h. Pure; runs in the disarm worker.
 */
#include "format/disarm/link.h"

#include "base/text/utf8.h"

#include <string.h>

enum { SCHEME_MOST = 40 };

static const struct {
    const char *prefix;
    enum check_id id;
} schemes[] = {
    {"file", CHECK_LINK_01},       {"smb", CHECK_LINK_03},      {"nfs", CHECK_LINK_03},
    {"ftp", CHECK_LINK_03},        {"ldap", CHECK_LINK_03},     {"dav", CHECK_LINK_03},
    {"ms-", CHECK_LINK_04},        {"search", CHECK_LINK_04},   {"mhtml", CHECK_LINK_05},
    {"x-usc", CHECK_LINK_05},      {"its", CHECK_LINK_05},      {"mk", CHECK_LINK_05},
    {"javascript", CHECK_LINK_06}, {"vbscript", CHECK_LINK_06}, {"jscript", CHECK_LINK_06},
    {"data", CHECK_LINK_07},       {"blob", CHECK_LINK_07},     {"vnd.sun.star", CHECK_LINK_08},
    {"macro", CHECK_LINK_08},      {".uno", CHECK_LINK_08},     {"slot", CHECK_LINK_08},
};

static int
hex_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* One character of the scheme as software that is too helpful would read it: full width to half,
 * percent codes decoded, letters small; 0 for blanks and controls, which are skipped. */
static uint32_t
next_plain(struct str *rest)
{
    int32_t c = utf8_next(rest);
    if (c == '%' && rest->n >= 2 && hex_digit(rest->p[0]) >= 0 && hex_digit(rest->p[1]) >= 0) {
        c = hex_digit(rest->p[0]) * 16 + hex_digit(rest->p[1]);
        *rest = str_slice(*rest, 2, rest->n);
    }
    if (c >= 0xFF01 && c <= 0xFF5E)
        c -= 0xFF01 - 0x21;
    if (c >= 'A' && c <= 'Z')
        c += 32;
    bool blank =
        c >= 0 && (c <= 0x20 || c == 0x7F || c == 0xA0 || c == 0x3000 ||
                   (utf8_class((uint32_t)c) & (UTF8_CONTROL | UTF8_BIDI | UTF8_ZERO_WIDTH)));
    return c < 0 ? 0xFFFD : blank ? 0 : (uint32_t)c;
}

/* The beginning of TEXT in plain form, up to SCHEME_MOST characters, others than ASCII as '?'. */
static size_t
plain_head(struct str text, char ret[SCHEME_MOST + 1])
{
    size_t n = 0;
    while (text.n > 0 && n < SCHEME_MOST) {
        uint32_t c = next_plain(&text);
        if (c != 0)
            ret[n++] = c < 0x7F ? (char)c : '?';
    }
    ret[n] = '\0';
    return n;
}

static struct link_verdict
drop(enum check_id id)
{
    return (struct link_verdict){.id = id};
}

static struct link_verdict
judge_scheme(const char *head, size_t n)
{
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++)
        if (n >= strlen(schemes[i].prefix) &&
            memcmp(head, schemes[i].prefix, strlen(schemes[i].prefix)) == 0)
            return drop(schemes[i].id);
    /* A single letter before the colon is a drive. */
    return drop(n == 1 ? CHECK_LINK_01 : CHECK_LINK_11);
}

static bool
has_char_class(struct str s, const char *chars)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] == '\0' || strchr(chars, s.p[i]) != NULL)
            return true;
    return false;
}

static bool
all_of(struct str s, const char *chars)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] == '\0' || strchr(chars, s.p[i]) == NULL)
            return false;
    return s.n > 0;
}

static bool
ends_in_digits_label(struct str host)
{
    size_t at = host.n;
    while (at > 0 && host.p[at - 1] != '.')
        at--;
    struct str last = str_slice(host, at, host.n);
    bool hex = last.n > 2 && last.p[0] == '0' && (last.p[1] == 'x' || last.p[1] == 'X');
    return all_of(last, "0123456789") || hex;
}

/* REST is what stands behind "http://" or "https://". */
static struct link_verdict
judge_web(struct str rest)
{
    size_t end = 0;
    while (end < rest.n && strchr("/?#\\", rest.p[end]) == NULL)
        end++;
    struct str authority = str_slice(rest, 0, end);
    if (str_find(authority, STR("@"), 0) >= 0 || str_find(authority, STR("%"), 0) >= 0)
        return drop(CHECK_LINK_09);
    if (end < rest.n && rest.p[end] == '\\')
        return drop(CHECK_LINK_10);
    ptrdiff_t colon = str_find(authority, STR(":"), 0);
    struct str host = authority;
    if (authority.n > 0 && authority.p[0] == '[') {
        ptrdiff_t close = str_find(authority, STR("]"), 0);
        if (close < 0)
            return drop(CHECK_LINK_10);
        host = str_slice(authority, 0, (size_t)close + 1);
    } else if (colon >= 0) {
        host = str_slice(authority, 0, (size_t)colon);
    }
    if (host.n == 0 || host.n > 253 || has_char_class(host, "\"'<>^`{|} \t\r\n"))
        return drop(CHECK_LINK_10);
    struct str port = str_slice(authority, host.n + 1, authority.n);
    if (authority.n > host.n && port.n > 0 && !all_of(port, "0123456789"))
        return drop(CHECK_LINK_03); /* host@SSL, host:DavWWWRoot */
    struct link_verdict v = {.keep = true, .id = CHECK_LINK_16, .host = host};
    bool ascii = true;
    for (size_t i = 0; i < host.n; i++)
        ascii = ascii && (unsigned char)host.p[i] < 0x80;
    if (!ascii) {
        v.id = CHECK_LINK_12;
        v.note = true;
    } else if (host.p[0] == '[' || ends_in_digits_label(host)) {
        v.id = CHECK_LINK_13;
        v.note = true;
    }
    return v;
}

static struct link_verdict
judge_mail(struct str rest)
{
    ptrdiff_t query = str_find(rest, STR("?"), 0);
    struct str fields = query < 0 ? STR("") : str_slice(rest, (size_t)query + 1, rest.n);
    char head[SCHEME_MOST + 1];
    for (size_t i = 0; i < fields.n; i++) {
        plain_head(str_slice(fields, i, fields.n), head);
        if (strncmp(head, "attach", 6) == 0)
            return drop(CHECK_LINK_14);
    }
    return (struct link_verdict){.keep = true, .id = CHECK_LINK_16};
}

struct link_verdict
link_judge(struct str text)
{
    char head[SCHEME_MOST + 1];
    text = str_trim(text);
    if (text.n > LINK_MOST)
        return drop(CHECK_LINK_15);
    unsigned classes = utf8_classes(text);
    if (classes & (UTF8_CONTROL | UTF8_BIDI | UTF8_ZERO_WIDTH | UTF8_NONCHAR | UTF8_LINE))
        return drop(CHECK_LINK_10);
    if (text.n > 0 && text.p[0] == '#')
        return (struct link_verdict){.keep = true, .id = CHECK_LINK_16};
    size_t n = plain_head(text, head);
    if (n >= 2 && (head[0] == '\\' || head[0] == '/') && (head[1] == '\\' || head[1] == '/'))
        return drop(CHECK_LINK_02);
    char *colon = strchr(head, ':');
    if (colon == NULL)
        return drop(CHECK_LINK_11);
    size_t scheme = (size_t)(colon - head);
    bool web = (scheme == 4 && memcmp(head, "http", 4) == 0) ||
               (scheme == 5 && memcmp(head, "https", 5) == 0);
    bool mail = scheme == 6 && memcmp(head, "mailto", 6) == 0;
    if (!web && !mail)
        return judge_scheme(head, scheme);
    /* What only looks like the scheme after decoding is a trick. */
    struct str plain = str_slice(text, 0, scheme);
    if (!str_equal_nocase(plain, (struct str){head, scheme}) || text.p[scheme] != ':' ||
        has_char_class(text, "\t\r\n"))
        return drop(CHECK_LINK_10);
    struct str rest = str_slice(text, scheme + 1, text.n);
    if (mail)
        return judge_mail(rest);
    if (!str_starts(rest, STR("//")))
        return drop(CHECK_LINK_10);
    return judge_web(str_slice(rest, 2, rest.n));
}

void
link_put(struct buf *buf, struct str text)
{
    text = str_trim(text);
    bool scheme = text.n > 0 && text.p[0] != '#';
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        scheme = scheme && c != ':';
        if (c == ' ' || c == '"' || c == '<' || c == '>')
            buf_printf(buf, "%%%02X", (unsigned char)c);
        else
            buf_put_char(buf, scheme && c >= 'A' && c <= 'Z' ? (char)(c + 32) : c);
    }
}
