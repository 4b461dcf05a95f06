/*
 * canon: the one strict reader of canonical JSON, the subset of RFC 8785 in which entries are
 * written: UTF-8, keys [a-z][a-z0-9_]{0,31} in rising byte order, no blanks, integers 0 … 2^53-1,
 * true and false, only " and \ escaped, no control characters, at most CANON_DEPTH values deep.
 */
#ifndef FORMAT_TLOG_CANON_H
#define FORMAT_TLOG_CANON_H

#include "base/mem/buf.h"
#include "base/mem/err.h"
#include "base/mem/str.h"

#include <stdbool.h>
#include <stdint.h>

enum { CANON_DEPTH = 5, CANON_KEY_MOST = 32 };

#define CANON_INTEGER_MOST ((UINT64_C(1) << 53) - 1)

enum canon_type { CANON_OBJECT, CANON_ARRAY, CANON_STRING, CANON_INTEGER, CANON_BOOL };

/*
 * Checks that S, as a whole, is one canonical value that stands at DEPTH (1: the outermost).
 * Err ledger.entry with the position of the first wrong byte.
 */
int canon_check(struct str s, unsigned depth, struct err *err);

/* Checks one value that begins at AT of S; *RET_END is the place behind it. Same err. */
int canon_value(struct str s, size_t at, unsigned depth, size_t *ret_end, struct err *err);

/* One part of a checked object or array. */
struct canon_part {
    struct str key; /* empty in an array */
    struct str value;
    enum canon_type type;
};

/* Goes through a CHECKED object or array: *AT is 0 at first. False behind the last part. */
bool canon_next(struct str checked, size_t *at, struct canon_part *ret);

/* The type of a checked value. */
enum canon_type canon_type_of(struct str checked);

/* The text of a checked string value between its quotes when it holds no escape; false otherwise.
 */
bool canon_plain(struct str checked, struct str *ret);

/* Appends TEXT (UTF-8 without control characters) as a canonical string, quotes included. */
void canon_put_string(struct buf *buf, struct str text);

#endif
