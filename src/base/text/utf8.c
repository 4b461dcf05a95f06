/*
 * utf8: see utf8.h. Pure; used by every program. Normalisation tables are utf8proc's.
 */
#include "base/text/utf8.h"

#include "base/mem/ensure.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

struct range {
    uint32_t from, to;
    unsigned class;
};

static const struct range ranges[] = {
    {0x0000, 0x0008, UTF8_CONTROL},     {0x000B, 0x000C, UTF8_CONTROL},
    {0x000E, 0x001F, UTF8_CONTROL},     {0x007F, 0x009F, UTF8_CONTROL},
    {0x0085, 0x0085, UTF8_LINE},        {0x00AD, 0x00AD, UTF8_ZERO_WIDTH},
    {0x061C, 0x061C, UTF8_BIDI},        {0x200B, 0x200D, UTF8_ZERO_WIDTH},
    {0x200E, 0x200F, UTF8_BIDI},        {0x2028, 0x2029, UTF8_LINE},
    {0x202A, 0x202E, UTF8_BIDI},        {0x2060, 0x2064, UTF8_ZERO_WIDTH},
    {0x2066, 0x2069, UTF8_BIDI},        {0xE000, 0xF8FF, UTF8_PRIVATE},
    {0xFDD0, 0xFDEF, UTF8_NONCHAR},     {0xFE00, 0xFE0F, UTF8_VARIATION},
    {0xFEFF, 0xFEFF, UTF8_ZERO_WIDTH},  {0xE0000, 0xE007F, UTF8_ZERO_WIDTH},
    {0xE0100, 0xE01EF, UTF8_VARIATION}, {0xF0000, 0x10FFFD, UTF8_PRIVATE},
};

int32_t
utf8_next(struct str *rest)
{
    const unsigned char *p = (const unsigned char *)rest->p;
    size_t n = rest->n;
    if (n == 0)
        return -1;
    size_t want = p[0] < 0x80 ? 1 : p[0] < 0xC2 ? 0 : p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : 4;
    bool bad = want == 0 || p[0] > 0xF4 || n < want;
    uint32_t c = want <= 1 ? p[0] : (uint32_t)(p[0] & (0x7F >> want));
    for (size_t i = 1; !bad && i < want; i++) {
        bad = (p[i] & 0xC0) != 0x80;
        c = c << 6 | (p[i] & 0x3FU);
    }
    bad = bad || (want == 3 && (c < 0x800 || (c >= 0xD800 && c <= 0xDFFF))) ||
          (want == 4 && (c < 0x10000 || c > 0x10FFFF));
    size_t step = bad ? 1 : want;
    rest->p += step;
    rest->n -= step;
    return bad ? -1 : (int32_t)c;
}

size_t
utf8_valid_prefix(struct str s)
{
    struct str rest = s;
    while (rest.n > 0) {
        uint64_t eight;
        if (rest.n >= sizeof eight) {
            memcpy(&eight, rest.p, sizeof eight);
            if ((eight & UINT64_C(0x8080808080808080)) == 0) {
                rest.p += sizeof eight;
                rest.n -= sizeof eight;
                continue;
            }
        }
        size_t at = s.n - rest.n;
        if (utf8_next(&rest) < 0)
            return at;
    }
    return s.n;
}

bool
utf8_valid(struct str s)
{
    return utf8_valid_prefix(s) == s.n;
}

void
utf8_put(struct buf *buf, uint32_t c)
{
    if (c >= 0x110000 || (c >= 0xD800 && c <= 0xDFFF))
        c = 0xFFFD;
    unsigned char out[4];
    size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = n; i-- > 1; c >>= 6)
        out[i] = (unsigned char)(0x80 | (c & 0x3F));
    static const unsigned char lead[] = {0, 0, 0xC0, 0xE0, 0xF0};
    out[0] = (unsigned char)(lead[n] | c);
    buf_put(buf, out, n);
}

unsigned
utf8_class(uint32_t c)
{
    unsigned class = (c & 0xFFFE) == 0xFFFE ? UTF8_NONCHAR : 0;
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++)
        if (c >= ranges[i].from && c <= ranges[i].to)
            class |= ranges[i].class;
    return class;
}

unsigned
utf8_classes(struct str s)
{
    unsigned all = 0;
    while (s.n > 0) {
        unsigned char first = (unsigned char)s.p[0];
        if (first >= 0x20 && first < 0x7F) {
            s.p++;
            s.n--;
            continue;
        }
        int32_t c = utf8_next(&s);
        all |= c < 0 ? UTF8_NONCHAR : utf8_class((uint32_t)c);
    }
    return all;
}

static bool
is_compatibility(int32_t c)
{
    return (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x2F800 && c <= 0x2FA1F);
}

/* S is valid and holds no compatibility ideograph. */
static int
put_nfc_run(struct buf *out, struct str s, struct err *err)
{
    if (s.n == 0)
        return 0;
    utf8proc_uint8_t *made = NULL;
    utf8proc_ssize_t n = utf8proc_map((const utf8proc_uint8_t *)s.p, (utf8proc_ssize_t)s.n, &made,
                                      UTF8PROC_STABLE | UTF8PROC_COMPOSE);
    if (n < 0)
        return ERR(err, "text.utf8", "nfc %zd", (ptrdiff_t)n);
    buf_put(out, made, (size_t)n);
    free(made);
    return 0;
}

int
utf8_put_nfc(struct buf *out, struct str s, struct err *err)
{
    size_t good = utf8_valid_prefix(s);
    if (good != s.n)
        return ERR(err, "text.utf8", "%zu", good);
    size_t start = 0;
    for (struct str rest = s; rest.n > 0;) {
        size_t at = s.n - rest.n;
        if (!is_compatibility(utf8_next(&rest)))
            continue;
        if (put_nfc_run(out, str_slice(s, start, at), err) < 0)
            return -1;
        start = s.n - rest.n;
        buf_put_str(out, str_slice(s, at, start));
    }
    return put_nfc_run(out, str_slice(s, start, s.n), err);
}
