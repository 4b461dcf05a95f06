/*
 * encode: see encode.h. Pure; bits are collected in one accumulator, most significant first.
 */
#include "base/crypt/encode.h"

static const char HEX[] = "0123456789abcdef";
static const char B64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char B32_LOWER[] = "abcdefghijklmnopqrstuvwxyz234567";
static const char B32_UPPER[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

void
hex_encode(const void *p, size_t n, char *ret)
{
    const uint8_t *in = p;
    for (size_t i = 0; i < n; i++) {
        ret[i * 2] = HEX[in[i] >> 4];
        ret[i * 2 + 1] = HEX[in[i] & 15];
    }
    ret[n * 2] = '\0';
}

static int
hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return -1;
}

bool
hex_decode(struct str s, uint8_t *ret, size_t n)
{
    if (s.n != n * 2)
        return false;
    for (size_t i = 0; i < n; i++) {
        int high = hex_value(s.p[i * 2]);
        int low = hex_value(s.p[i * 2 + 1]);
        if (high < 0 || low < 0)
            return false;
        ret[i] = (uint8_t)(high * 16 + low);
    }
    return true;
}

/* Writes the bits of N bytes in digits of WIDTH bits; returns how many digits. */
static size_t
digits_write(const void *p, size_t n, unsigned width, const char *alphabet, char *ret)
{
    const uint8_t *in = p;
    uint32_t bits = 0;
    unsigned have = 0;
    size_t out = 0;
    for (size_t i = 0; i < n; i++) {
        bits = bits << 8 | in[i];
        have += 8;
        while (have >= width) {
            have -= width;
            ret[out++] = alphabet[bits >> have & ((1u << width) - 1)];
        }
        bits &= (1u << have) - 1;
    }
    if (have > 0)
        ret[out++] = alphabet[bits << (width - have) & ((1u << width) - 1)];
    return out;
}

/* Reads digits of WIDTH bits; false on a wrong digit, too many bytes or unused bits that are set.
 */
static bool
digits_read(struct str s, unsigned width, int (*value)(char), uint8_t *ret, size_t *inout_n)
{
    uint32_t bits = 0;
    unsigned have = 0;
    size_t out = 0;
    for (size_t i = 0; i < s.n; i++) {
        int v = value(s.p[i]);
        if (v < 0)
            return false;
        bits = bits << width | (uint32_t)v;
        have += width;
        if (have < 8)
            continue;
        have -= 8;
        if (out == *inout_n)
            return false;
        ret[out++] = (uint8_t)(bits >> have);
        bits &= (1u << have) - 1;
    }
    *inout_n = out;
    return bits == 0 && have < width;
}

static int
b64_value(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

void
base64_encode(const void *p, size_t n, char *ret)
{
    size_t out = digits_write(p, n, 6, B64, ret);
    while (out % 4 != 0)
        ret[out++] = '=';
    ret[out] = '\0';
}

void
base64_put(struct buf *buf, const void *p, size_t n)
{
    char *to = buf_reserve(buf, BASE64_CHARS(n) + 1);
    if (to == NULL)
        return;
    base64_encode(p, n, to);
    buf->n += BASE64_CHARS(n);
}

bool
base64_decode(struct str s, uint8_t *ret, size_t limit, size_t *ret_n)
{
    if (s.n % 4 != 0)
        return false;
    size_t pad = 0;
    while (pad < 2 && pad < s.n && s.p[s.n - 1 - pad] == '=')
        pad++;
    s.n -= pad;
    if (s.n % 4 == 1 || (s.n % 4 != 0) != (pad != 0))
        return false;
    *ret_n = limit;
    return digits_read(s, 6, b64_value, ret, ret_n);
}

void
base32_encode(const void *p, size_t n, enum base32_case letters, char *ret)
{
    const char *alphabet = letters == BASE32_UPPER ? B32_UPPER : B32_LOWER;
    ret[digits_write(p, n, 5, alphabet, ret)] = '\0';
}

static int
b32_value(char c)
{
    if (c >= 'a' && c <= 'z')
        return c - 'a';
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    return c >= '2' && c <= '7' ? c - '2' + 26 : -1;
}

bool
base32_decode(struct str s, uint8_t *ret, size_t limit, size_t *ret_n)
{
    *ret_n = limit;
    return digits_read(s, 5, b32_value, ret, ret_n);
}
