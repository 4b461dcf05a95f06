/*
 * chars: small questions about UTF-8 text, for the reader. Runs in policy-worker and the command
 * line. The text was checked when it was decoded.
 */
#include "base/text/utf8.h"
#include "format/policy/read.h"

#include <string.h>

uint32_t
char_first(struct str s)
{
    int32_t c = utf8_next(&s);
    return c < 0 ? 0 : (uint32_t)c;
}

uint32_t
char_last(struct str s)
{
    size_t i = s.n;
    while (i > 0 && ((unsigned char)s.p[i - 1] & 0xc0) == 0x80)
        i--;
    return i == 0 ? 0 : char_first(str_slice(s, i - 1, s.n));
}

size_t
char_count(struct str s)
{
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++)
        n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
    return n;
}

unsigned
char_columns(uint32_t c)
{
    if (c >= 0xff61 && c <= 0xff9f)
        return 1;
    return c < 0x1100 ? 1 : 2;
}

bool
char_is_blank(uint32_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f' || c == '\v' ||
           c == 0x3000 || c == 0xa0;
}

bool
char_is_digit(uint32_t c)
{
    return (c >= '0' && c <= '9') || (c >= 0xff10 && c <= 0xff19);
}

unsigned
char_digit(uint32_t c)
{
    return c >= 0xff10 ? c - 0xff10 : c - '0';
}

bool
char_is_latin(uint32_t c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool
char_is_cjk(uint32_t c)
{
    return (c >= 0x3040 && c <= 0x30ff) || (c >= 0x3400 && c <= 0x9fff) ||
           (c >= 0xf900 && c <= 0xfaff) || (c >= 0x20000 && c <= 0x3ffff);
}

size_t
char_blank_prefix(struct str s)
{
    struct str rest = s;
    size_t n = 0;
    while (rest.n > 0 && char_is_blank(char_first(rest))) {
        utf8_next(&rest);
        n = s.n - rest.n;
    }
    return n;
}

size_t
char_blank_suffix(struct str s)
{
    size_t end = s.n;
    while (end > 0) {
        size_t i = end - 1;
        while (i > 0 && ((unsigned char)s.p[i] & 0xc0) == 0x80)
            i--;
        if (!char_is_blank(char_first(str_slice(s, i, end))))
            break;
        end = i;
    }
    return s.n - end;
}

bool
str_has(struct str s, const char *z)
{
    return str_find(s, str_of(z), 0) >= 0;
}

bool
str_begins(struct str s, const char *z)
{
    return str_starts(s, str_of(z));
}

bool
str_finishes(struct str s, const char *z)
{
    return str_ends(s, str_of(z));
}

struct str
str_unblank(struct arena *arena, struct str s)
{
    char *p = arena_alloc(arena, s.n + 1);
    if (p == NULL)
        return (struct str){0};
    size_t n = 0;
    while (s.n > 0) {
        struct str before = s;
        int32_t c = utf8_next(&s);
        size_t len = before.n - s.n;
        if (c >= 0 && char_is_blank((uint32_t)c))
            continue;
        memcpy(p + n, before.p, len);
        n += len;
    }
    return (struct str){p, n};
}
