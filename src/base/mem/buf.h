/*
 * buf: a growing run of bytes, born with a maximum.
 *
 * Appending past the maximum sets `over` and drops the piece; all later appends are dropped too, so
 * a writer appends freely and asks once at the end (buf_done). Out of memory aborts.
 */
#ifndef BASE_MEM_BUF_H
#define BASE_MEM_BUF_H

#include "base/mem/err.h"
#include "base/mem/str.h"

struct buf {
    char *p;
    size_t n;     /* bytes held */
    size_t cap;   /* bytes allocated */
    size_t limit; /* most bytes it will ever hold */
    bool over;    /* the limit was hit: what it holds is not whole */
};

/* An empty buffer that will never hold more than LIMIT_BYTES. Allocates nothing yet. */
void buf_init(struct buf *buf, size_t limit_bytes);

/* Frees what BUF holds; it may be used again with the same limit. */
void buf_free(struct buf *buf);

/* Forgets the content and the overflow, keeps the memory. */
void buf_clear(struct buf *buf);

/* Appends bytes, a string, one byte, or printf output. Dropped, with `over` set, past the limit. */
void buf_put(struct buf *buf, const void *p, size_t n);
void buf_put_str(struct buf *buf, struct str s);
void buf_put_z(struct buf *buf, const char *z);
void buf_put_char(struct buf *buf, char c);
void buf_printf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Room for N more bytes at the end, to be filled by the caller and counted by adding to n;
 * NULL with `over` set past the limit. */
void *buf_reserve(struct buf *buf, size_t n);

/* What it holds, borrowed until the next append. */
struct str buf_str(const struct buf *buf);

/* 0 if everything appended is there, else -1 with err "limit.buffer". */
int buf_done(const struct buf *buf, struct err *err);

#endif
