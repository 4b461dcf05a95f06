/*
 * header: the parts of a request that portald reads itself: path, cookie, numbers, choices.
 * Pure functions over hostile bytes; libmicrohttpd has cut the request into lines before. RFC 9110,
 * 6265, 3986, 8187.
 */
#ifndef EDGE_PORTAL_HEADER_H
#define EDGE_PORTAL_HEADER_H

#include "base/mem/buf.h"
#include "base/mem/str.h"

#include <stdbool.h>
#include <stdint.h>

enum { HEADER_PATH_BYTES = 1024, HEADER_SESSION_BYTES = 128 };

/* The value of cookie NAME in the Cookie header HEADER (may be empty). Empty when it is not there,
 * stands twice (somebody planted a second one), is longer than HEADER_SESSION_BYTES or has a byte
 * outside A-Z a-z 0-9 - _ . ~ + / =. Borrowed from HEADER. */
struct str header_cookie(struct str header, struct str name);

/* True if the Content-Type HEADER is TYPE ("application/json"), with parameters or without. */
bool header_type_is(struct str header, struct str type);

/* True if the Accept-Encoding HEADER lets gzip through (named, and not with q=0). */
bool header_takes_gzip(struct str header);

/* True if the Accept-Language HEADER likes English better than Japanese. A tie is Japanese. */
bool header_likes_english(struct str header);

/*
 * Appends the path PART (from the request line, without query) percent-decoded to OUT. False when a
 * percent sign is not followed by two hex digits, or the result holds a control character, is not
 * UTF-8, is longer than HEADER_PATH_BYTES, or has an empty, "." or ".." segment (one slash at the
 * very end counts as an empty segment).
 */
bool header_path(struct str part, struct buf *out);

/* Appends the value of a Content-Disposition header that offers NAME (UTF-8): attachment with a
 * plain ASCII filename and filename* of RFC 8187. Control characters and path separators become
 * "_". */
void header_disposition(struct str name, struct buf *out);

/* True if S is a name of an item or a zone: 1 to 64 of a-z 0-9 - _. */
bool header_is_word(struct str s);

#endif
