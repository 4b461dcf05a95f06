/*
 * cp932: see cp932.h. Pure; used by the disarm workers, the CSV writers and the readers of names.
 *
 * Byte layout: 00-7F ASCII; A1-DF half-width katakana (U+FF61-FF9F); 81-9F, E0-FC lead bytes with a
 * trail byte 40-7E or 80-FC.
 */
#include "base/text/cp932.h"

#include "base/text/utf8.h"

#include <stdlib.h>

enum { LEADS = 60, TRAILS = 188 };

#define CP932_DECODE
static const uint16_t decode_table[LEADS * TRAILS] = {
#include "base/text/cp932_table.def"
};
#undef CP932_DECODE

struct pair {
    uint16_t point, code;
};

#define CP932_ENCODE
static const struct pair encode_table[] = {
#include "base/text/cp932_table.def"
};
#undef CP932_ENCODE

int32_t
cp932_next(struct str *rest)
{
    if (rest->n == 0)
        return -1;
    unsigned lead = (unsigned char)rest->p[0];
    unsigned trail = rest->n > 1 ? (unsigned char)rest->p[1] : 0;
    rest->p++;
    rest->n--;
    if (lead < 0x80)
        return (int32_t)lead;
    if (lead >= 0xA1 && lead <= 0xDF)
        return (int32_t)(0xFF61 + lead - 0xA1);
    if (lead == 0x80 || lead == 0xA0 || lead > 0xFC)
        return -1;
    if (trail < 0x40 || trail == 0x7F || trail > 0xFC)
        return -1;
    unsigned row = lead < 0xA0 ? lead - 0x81 : lead - 0xE0 + 31;
    unsigned cell = trail < 0x7F ? trail - 0x40 : trail - 0x41;
    uint16_t c = decode_table[row * TRAILS + cell];
    if (c == 0)
        return -1;
    rest->p++;
    rest->n--;
    return c;
}

bool
cp932_valid(struct str s)
{
    while (s.n > 0)
        if (cp932_next(&s) < 0)
            return false;
    return true;
}

int
cp932_to_utf8(struct buf *out, struct str s, struct err *err)
{
    size_t all = s.n;
    while (s.n > 0) {
        size_t at = all - s.n;
        int32_t c = cp932_next(&s);
        if (c < 0)
            return ERR(err, "text.cp932", "%zu", at);
        utf8_put(out, (uint32_t)c);
    }
    return 0;
}

static int
pair_compare(const void *a, const void *b)
{
    const struct pair *x = a, *y = b;
    return (int)x->point - (int)y->point;
}

static uint32_t
full_width_twin(uint32_t c)
{
    static const struct {
        uint16_t from, to;
    } twins[] = {{0x301C, 0xFF5E}, {0x2016, 0x2225}, {0x2212, 0xFF0D}, {0x00A2, 0xFFE0},
                 {0x00A3, 0xFFE1}, {0x00AC, 0xFFE2}, {0x2014, 0x2015}};
    for (size_t i = 0; i < sizeof twins / sizeof twins[0]; i++)
        if (twins[i].from == c)
            return twins[i].to;
    return c;
}

size_t
cp932_code(uint32_t c, uint16_t *ret_code)
{
    *ret_code = (uint16_t)c;
    if (c < 0x80)
        return 1;
    if (c >= 0xFF61 && c <= 0xFF9F) {
        *ret_code = (uint16_t)(c - 0xFF61 + 0xA1);
        return 1;
    }
    c = full_width_twin(c);
    if (c > 0xFFFF)
        return 0;
    struct pair want = {.point = (uint16_t)c};
    const struct pair *found =
        bsearch(&want, encode_table, sizeof encode_table / sizeof encode_table[0],
                sizeof encode_table[0], pair_compare);
    if (found == NULL)
        return 0;
    *ret_code = found->code;
    return 2;
}

int
cp932_from_utf8(struct buf *out, struct str s, struct err *err)
{
    size_t all = s.n;
    while (s.n > 0) {
        size_t at = all - s.n;
        int32_t c = utf8_next(&s);
        uint16_t code;
        size_t n = c < 0 ? 0 : cp932_code((uint32_t)c, &code);
        if (c < 0)
            return ERR(err, "text.cp932", "%zu", at);
        if (n == 0)
            return ERR(err, "text.cp932", "U+%04X", (unsigned)c);
        if (n == 2)
            buf_put_char(out, (char)(code >> 8));
        buf_put_char(out, (char)(code & 0xFF));
    }
    return 0;
}
