/*
 * str: a borrowed run of bytes, passed by value.
 *
 * It owns nothing and is not NUL-terminated; it lives as long as what it points into. Text is UTF-8
 * that was checked at the door (base/text/utf8), bytes are bytes.
 */
#ifndef BASE_MEM_STR_H
#define BASE_MEM_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

struct str {
    const char *p;
    size_t n;
};

/* A str of a string literal. */
#define STR(literal) ((struct str){"" literal, sizeof(literal) - 1})

/* For printf: "%.*s", STR_FMT(s). N is cut at INT_MAX. */
#define STR_FMT(s) (int)((s).n > 0x7fffffff ? 0x7fffffff : (s).n), (s).p

/* The bytes of the NUL-terminated Z, without the NUL. Z may be NULL: empty. */
struct str str_of(const char *z);

/* True if A and B hold the same bytes. Not constant time: never for secrets. */
bool str_equal(struct str a, struct str b);

/* True if S holds exactly the bytes of the NUL-terminated Z. */
bool str_equal_z(struct str s, const char *z);

/* Byte order: < 0, 0, > 0 like memcmp, the shorter first when one begins the other. */
int str_compare(struct str a, struct str b);

/* True if S begins with PREFIX, or ends with SUFFIX. */
bool str_starts(struct str s, struct str prefix);
bool str_ends(struct str s, struct str suffix);

/* ASCII letters compared without case; all other bytes exactly. */
bool str_equal_nocase(struct str a, struct str b);

/* Place of the first NEEDLE in HAY at or after FROM, or -1. An empty NEEDLE is found at FROM. */
ptrdiff_t str_find(struct str hay, struct str needle, size_t from);

/* The part [FROM, TO); both are cut to the length of S. */
struct str str_slice(struct str s, size_t from, size_t to);

/* S without ASCII blanks (space, tab, CR, LF) at both ends. */
struct str str_trim(struct str s);

/*
 * Takes the part of *REST before the next SEP into *RET_PART and moves *REST behind it.
 * False when nothing is left (p is NULL). "a,,b" gives a, empty, b; "" gives one empty part.
 */
bool str_split_next(struct str *rest, char sep, struct str *ret_part);

/* A copy of S in ARENA; p is NULL when the arena is at its limit. */
struct str str_dup(struct arena *arena, struct str s);

/* A NUL-terminated copy of S in ARENA, or NULL at its limit. */
char *str_dup_z(struct arena *arena, struct str s);

/*
 * Reads S as a decimal without sign, blanks or leading zeros ("0" itself is fine).
 * True and *RET_VALUE set when all of S was such a number that fits.
 */
bool str_to_u64(struct str s, uint64_t *ret_value);

#endif
