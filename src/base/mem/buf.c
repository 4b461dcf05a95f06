/*
 * buf: see buf.h. Doubling growth, clipped to the limit; used by every program.
 */
#include "base/mem/buf.h"

#include "base/mem/ensure.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BUF_FIRST_BYTES = 256 };

void
buf_init(struct buf *buf, size_t limit_bytes)
{
    *buf = (struct buf){.limit = limit_bytes};
}

void
buf_free(struct buf *buf)
{
    free(buf->p);
    *buf = (struct buf){.limit = buf->limit};
}

void
buf_clear(struct buf *buf)
{
    buf->n = 0;
    buf->over = false;
}

void *
buf_reserve(struct buf *buf, size_t n)
{
    if (buf->over || n > buf->limit - buf->n) {
        buf->over = true;
        return NULL;
    }
    size_t need = buf->n + n;
    if (need > buf->cap || buf->p == NULL) {
        size_t cap = buf->cap < BUF_FIRST_BYTES ? BUF_FIRST_BYTES : buf->cap;
        while (cap < need)
            cap = cap > SIZE_MAX / 2 ? need : cap * 2;
        if (cap > buf->limit)
            cap = buf->limit > 0 ? buf->limit : 1;
        char *p = realloc(buf->p, cap);
        ensure(p != NULL);
        buf->p = p;
        buf->cap = cap;
    }
    return buf->p + buf->n;
}

void
buf_put(struct buf *buf, const void *p, size_t n)
{
    if (n == 0)
        return;
    void *to = buf_reserve(buf, n);
    if (to == NULL)
        return;
    memcpy(to, p, n);
    buf->n += n;
}

void
buf_put_str(struct buf *buf, struct str s)
{
    buf_put(buf, s.p, s.n);
}

void
buf_put_z(struct buf *buf, const char *z)
{
    buf_put(buf, z, strlen(z));
}

void
buf_put_char(struct buf *buf, char c)
{
    buf_put(buf, &c, 1);
}

void
buf_printf(struct buf *buf, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    int n = vsnprintf(NULL, 0, format, ap);
    va_end(ap);
    ensure(n >= 0);
    char *text = malloc((size_t)n + 1);
    ensure(text != NULL);
    va_start(ap, format);
    vsnprintf(text, (size_t)n + 1, format, ap);
    va_end(ap);
    buf_put(buf, text, (size_t)n);
    free(text);
}

struct str
buf_str(const struct buf *buf)
{
    return (struct str){buf->p, buf->n};
}

int
buf_done(const struct buf *buf, struct err *err)
{
    if (buf->over)
        return ERR(err, "limit.buffer", "%zu", buf->limit);
    return 0;
}
