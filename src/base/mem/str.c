/*
 * str: helpers over borrowed bytes. Pure; used by every program.
 */
#include "base/mem/str.h"

#include "base/mem/arena.h"

#include <string.h>

struct str
str_of(const char *z)
{
    return (struct str){z, z == NULL ? 0 : strlen(z)};
}

bool
str_equal(struct str a, struct str b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool
str_equal_z(struct str s, const char *z)
{
    return str_equal(s, str_of(z));
}

int
str_compare(struct str a, struct str b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int c = n == 0 ? 0 : memcmp(a.p, b.p, n);
    if (c != 0)
        return c;
    return (a.n > b.n) - (a.n < b.n);
}

bool
str_starts(struct str s, struct str prefix)
{
    return s.n >= prefix.n && str_equal((struct str){s.p, prefix.n}, prefix);
}

bool
str_ends(struct str s, struct str suffix)
{
    return s.n >= suffix.n && str_equal(str_slice(s, s.n - suffix.n, s.n), suffix);
}

static char
ascii_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool
str_equal_nocase(struct str a, struct str b)
{
    if (a.n != b.n)
        return false;
    for (size_t i = 0; i < a.n; i++)
        if (ascii_lower(a.p[i]) != ascii_lower(b.p[i]))
            return false;
    return true;
}

ptrdiff_t
str_find(struct str hay, struct str needle, size_t from)
{
    if (from > hay.n || needle.n > hay.n - from)
        return -1;
    if (needle.n == 0)
        return (ptrdiff_t)from;
    const char *hit = memmem(hay.p + from, hay.n - from, needle.p, needle.n);
    return hit == NULL ? -1 : hit - hay.p;
}

struct str
str_slice(struct str s, size_t from, size_t to)
{
    if (to > s.n)
        to = s.n;
    if (from > to)
        from = to;
    return (struct str){s.p == NULL ? NULL : s.p + from, to - from};
}

static bool
ascii_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct str
str_trim(struct str s)
{
    while (s.n > 0 && ascii_blank(s.p[0])) {
        s.p++;
        s.n--;
    }
    while (s.n > 0 && ascii_blank(s.p[s.n - 1]))
        s.n--;
    return s;
}

bool
str_split_next(struct str *rest, char sep, struct str *ret_part)
{
    if (rest->p == NULL)
        return false;
    const char *end = rest->n == 0 ? NULL : memchr(rest->p, sep, rest->n);
    if (end == NULL) {
        *ret_part = *rest;
        *rest = (struct str){NULL, 0};
        return true;
    }
    size_t n = (size_t)(end - rest->p);
    *ret_part = (struct str){rest->p, n};
    *rest = (struct str){end + 1, rest->n - n - 1};
    return true;
}

char *
str_dup_z(struct arena *arena, struct str s)
{
    char *copy = arena_alloc(arena, s.n + 1);
    if (copy == NULL)
        return NULL;
    if (s.n > 0)
        memcpy(copy, s.p, s.n);
    copy[s.n] = '\0';
    return copy;
}

struct str
str_dup(struct arena *arena, struct str s)
{
    char *copy = str_dup_z(arena, s);
    return (struct str){copy, copy == NULL ? 0 : s.n};
}

bool
str_to_u64(struct str s, uint64_t *ret_value)
{
    uint64_t value = 0;
    if (s.n == 0 || (s.n > 1 && s.p[0] == '0'))
        return false;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
        if (__builtin_mul_overflow(value, 10u, &value) ||
            __builtin_add_overflow(value, (uint64_t)(s.p[i] - '0'), &value))
            return false;
    }
    *ret_value = value;
    return true;
}
