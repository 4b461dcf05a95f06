/*
 * json: a small streaming JSON writer (RFC 8259) over struct buf, for processes that have no JSON
 * library (sandboxed workers, offline tools). It writes and nothing else; commas and colons come by
 * themselves. Same calls, same bytes. A call out of place (a value in an object without a key, an
 * end that does not match) is our own mistake and ends the process.
 */
#ifndef BASE_TEXT_JSON_H
#define BASE_TEXT_JSON_H

#include "base/mem/buf.h"
#include "base/mem/str.h"

#include <stdbool.h>
#include <stdint.h>

enum { JSON_DEPTH = 32 };

struct json {
    struct buf *buf; /* borrowed; its limit decides how much fits, ask buf_done() at the end */
    unsigned depth;
    bool keyed;              /* a key was written, its value is due */
    char close[JSON_DEPTH];  /* the bracket that ends each level */
    bool filled[JSON_DEPTH]; /* the level has an element already */
};

/* A writer that appends to BUF. */
void json_init(struct json *json, struct buf *buf);

/* Begins and ends an object or an array (at most JSON_DEPTH deep). */
void json_open_object(struct json *json);
void json_open_array(struct json *json);
void json_end(struct json *json);

/* The key of the next value of an object. KEY is plain ASCII of ours. */
void json_key(struct json *json, const char *key);

/* Values. Text is written as UTF-8, control characters and U+2028/2029 as \uXXXX, and each byte
 * that is no UTF-8 as U+FFFD. */
void json_str(struct json *json, struct str s);
void json_z(struct json *json, const char *z);
void json_i64(struct json *json, int64_t value);
void json_u64(struct json *json, uint64_t value);
void json_bool(struct json *json, bool value);
void json_put_null(struct json *json);

/* TEXT is one JSON value that was made by a json writer; it is put in unread. */
void json_raw(struct json *json, struct str text);

/* True when every begun level was ended and a value was written. */
bool json_complete(const struct json *json);

#endif
