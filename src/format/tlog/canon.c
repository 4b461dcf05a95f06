/*
 * canon: see canon.h. Pure; run by ledgerd on every entry and by the verifier. Recursion is bounded
 * by CANON_DEPTH.
 */
#include "format/tlog/canon.h"

#include <string.h>

struct scan {
    const uint8_t *p;
    size_t n;
    size_t at;
    struct err *err;
};

static int scan_value(struct scan *s, unsigned depth);

static int
bad(struct scan *s, const char *what)
{
    return ERR(s->err, "ledger.entry", "%s at %zu", what, s->at);
}

static bool
continuation(const struct scan *s, size_t at, uint8_t low, uint8_t high)
{
    return at < s->n && s->p[at] >= low && s->p[at] <= high;
}

/* Length of the UTF-8 character (2 to 4 bytes) at s->at; 0 when it is not one (RFC 3629). */
static size_t
utf8_length(const struct scan *s)
{
    uint8_t c = s->p[s->at];
    uint8_t low = 0x80;
    uint8_t high = 0xBF;
    size_t n = c >= 0xC2 && c <= 0xDF ? 2 : (c & 0xF0) == 0xE0 ? 3 : c >= 0xF0 && c <= 0xF4 ? 4 : 0;
    if (c == 0xE0)
        low = 0xA0;
    else if (c == 0xED)
        high = 0x9F;
    else if (c == 0xF0)
        low = 0x90;
    else if (c == 0xF4)
        high = 0x8F;
    for (size_t i = 1; i < n; i++)
        if (!continuation(s, s->at + i, i == 1 ? low : 0x80, i == 1 ? high : 0xBF))
            return 0;
    return n;
}

/* Bytes of a string that need no second look: printable ASCII but the quote and the backslash. */
static const bool plain[256] = {
    [' '] = true, ['!'] = true, ['#' ... '['] = true, [']' ... '~'] = true};

static int
scan_string(struct scan *s)
{
    if (s->at >= s->n || s->p[s->at] != '"')
        return bad(s, "no string");
    s->at++;
    while (s->at < s->n) {
        while (s->at < s->n && plain[s->p[s->at]])
            s->at++;
        if (s->at == s->n)
            break;
        uint8_t c = s->p[s->at];
        if (c == '"') {
            s->at++;
            return 0;
        }
        if (c < 0x20 || c == 0x7F)
            return bad(s, "control character");
        if (c == '\\') {
            if (s->at + 1 >= s->n || (s->p[s->at + 1] != '"' && s->p[s->at + 1] != '\\'))
                return bad(s, "escape");
            s->at += 2;
        } else {
            size_t n = utf8_length(s);
            if (n == 0)
                return bad(s, "not UTF-8");
            s->at += n;
        }
    }
    return bad(s, "string without end");
}

static int
scan_number(struct scan *s)
{
    uint64_t v = 0;
    size_t from = s->at;
    while (s->at < s->n && s->p[s->at] >= '0' && s->p[s->at] <= '9') {
        if (s->at - from == 16)
            return bad(s, "number too large");
        v = v * 10 + (s->p[s->at++] - '0');
    }
    if (v > CANON_INTEGER_MOST)
        return bad(s, "number too large");
    if (s->p[from] == '0' && s->at - from > 1)
        return bad(s, "leading zero");
    return 0;
}

static int
scan_word(struct scan *s, const char *word)
{
    size_t n = strlen(word);
    if (s->n - s->at < n || memcmp(s->p + s->at, word, n) != 0)
        return bad(s, "no value");
    s->at += n;
    return 0;
}

/* Reads "key": and leaves the key in *RET. */
static int
scan_key(struct scan *s, struct str *ret)
{
    size_t from = s->at + 1;
    if (s->at >= s->n || s->p[s->at] != '"')
        return bad(s, "no key");
    for (s->at++; s->at < s->n && s->p[s->at] != '"'; s->at++) {
        uint8_t c = s->p[s->at];
        bool letter = c >= 'a' && c <= 'z';
        bool later = (c >= '0' && c <= '9') || c == '_';
        if (!(letter || (later && s->at > from)) || s->at - from == CANON_KEY_MOST)
            return bad(s, "key");
    }
    *ret = (struct str){(const char *)s->p + from, s->at - from};
    if (ret->n == 0 || s->at >= s->n)
        return bad(s, "key");
    s->at++;
    if (s->at >= s->n || s->p[s->at] != ':')
        return bad(s, "no colon");
    s->at++;
    return 0;
}

static int
scan_object(struct scan *s, unsigned depth)
{
    s->at++;
    if (s->at < s->n && s->p[s->at] == '}') {
        s->at++;
        return 0;
    }
    struct str last = {"", 0};
    for (;;) {
        struct str key;
        size_t from = s->at;
        if (scan_key(s, &key) != 0)
            return -1;
        if (str_compare(last, key) >= 0) {
            s->at = from;
            return bad(s, "key twice or out of order");
        }
        last = key;
        if (scan_value(s, depth + 1) != 0)
            return -1;
        if (s->at >= s->n || (s->p[s->at] != ',' && s->p[s->at] != '}'))
            return bad(s, "no comma");
        if (s->p[s->at++] == '}')
            return 0;
    }
}

static int
scan_array(struct scan *s, unsigned depth)
{
    s->at++;
    if (s->at < s->n && s->p[s->at] == ']') {
        s->at++;
        return 0;
    }
    for (;;) {
        if (scan_value(s, depth + 1) != 0)
            return -1;
        if (s->at >= s->n || (s->p[s->at] != ',' && s->p[s->at] != ']'))
            return bad(s, "no comma");
        if (s->p[s->at++] == ']')
            return 0;
    }
}

static int
scan_value(struct scan *s, unsigned depth)
{
    if (depth > CANON_DEPTH)
        return bad(s, "too deep");
    if (s->at >= s->n)
        return bad(s, "no value");
    uint8_t c = s->p[s->at];
    if (c == '{')
        return scan_object(s, depth);
    if (c == '[')
        return scan_array(s, depth);
    if (c == '"')
        return scan_string(s);
    if (c >= '0' && c <= '9')
        return scan_number(s);
    return scan_word(s, c == 't' ? "true" : "false");
}

int
canon_value(struct str str, size_t at, unsigned depth, size_t *ret_end, struct err *err)
{
    struct scan s = {(const uint8_t *)str.p, str.n, at, err};
    if (scan_value(&s, depth) != 0)
        return -1;
    *ret_end = s.at;
    return 0;
}

int
canon_check(struct str s, unsigned depth, struct err *err)
{
    size_t end;
    if (canon_value(s, 0, depth, &end, err) != 0)
        return -1;
    if (end != s.n)
        return ERR(err, "ledger.entry", "bytes after the value at %zu", end);
    return 0;
}

/* The end of the checked string at AT: behind the first quote that no backslash escapes. */
static size_t
string_end(struct str s, size_t at)
{
    size_t from = at + 1;
    const char *quote = s.p + at;
    while ((quote = memchr(quote + 1, '"', s.n - 1 - (size_t)(quote - s.p))) != NULL) {
        size_t end = (size_t)(quote - s.p);
        size_t slashes = 0;
        while (end - slashes > from && s.p[end - slashes - 1] == '\\')
            slashes++;
        if (slashes % 2 == 0)
            return end + 1;
    }
    return s.n;
}

/* The end of the checked value at AT: quotes and brackets are known to match. */
static size_t
value_end(struct str s, size_t at)
{
    if (at < s.n && s.p[at] == '"')
        return string_end(s, at);
    unsigned depth = 0;
    bool text = false;
    for (; at < s.n; at++) {
        char c = s.p[at];
        if (text) {
            if (c == '\\')
                at++;
            else if (c == '"')
                text = false;
        } else if (c == '"') {
            text = true;
        } else if (c == '{' || c == '[') {
            depth++;
        } else if (c == '}' || c == ']') {
            if (depth == 0)
                return at;
            depth--;
        } else if (c == ',' && depth == 0) {
            return at;
        }
    }
    return s.n;
}

enum canon_type
canon_type_of(struct str checked)
{
    switch (checked.n > 0 ? checked.p[0] : 0) {
    case '{':
        return CANON_OBJECT;
    case '[':
        return CANON_ARRAY;
    case '"':
        return CANON_STRING;
    case 't':
    case 'f':
        return CANON_BOOL;
    default:
        return CANON_INTEGER;
    }
}

bool
canon_next(struct str checked, size_t *at, struct canon_part *ret)
{
    size_t from = *at + 1; /* behind the bracket or the comma */
    if (from >= checked.n || (*at == 0 && checked.n == 2))
        return false;
    ret->key = (struct str){"", 0};
    if (checked.p[0] == '{') {
        const char *quote = memchr(checked.p + from + 1, '"', checked.n - from - 1);
        if (quote == NULL)
            return false;
        ret->key = (struct str){checked.p + from + 1, (size_t)(quote - checked.p) - from - 1};
        from = (size_t)(quote - checked.p) + 2;
    }
    size_t end = value_end(checked, from);
    ret->value = str_slice(checked, from, end);
    ret->type = canon_type_of(ret->value);
    *at = end;
    return true;
}

bool
canon_plain(struct str checked, struct str *ret)
{
    if (canon_type_of(checked) != CANON_STRING || checked.n < 2)
        return false;
    *ret = str_slice(checked, 1, checked.n - 1);
    return ret->n == 0 || memchr(ret->p, '\\', ret->n) == NULL;
}

void
canon_put_string(struct buf *buf, struct str text)
{
    buf_put_char(buf, '"');
    size_t from = 0;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] != '"' && text.p[i] != '\\')
            continue;
        buf_put_str(buf, str_slice(text, from, i));
        buf_put_char(buf, '\\');
        from = i;
    }
    buf_put_str(buf, str_slice(text, from, text.n));
    buf_put_char(buf, '"');
}
