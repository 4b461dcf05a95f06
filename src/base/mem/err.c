/*
 * err: fills the one error record of a failing call. No state of its own; used by every program.
 */
#include "base/mem/err.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Cuts a UTF-8 sequence that vsnprintf may have left half at the end. */
static void
detail_trim(char *s)
{
    size_t n = strlen(s);
    size_t back = 0;
    while (back < 4 && back < n && ((unsigned char)s[n - 1 - back] & 0xC0) == 0x80)
        back++;
    if (back == n)
        return;
    unsigned char lead = (unsigned char)s[n - 1 - back];
    size_t want = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : lead >= 0xC0 ? 1 : 0;
    if (back < want)
        s[n - 1 - back] = '\0';
}

__attribute__((format(printf, 5, 0))) static void
detail_fill(struct err *err, const char *code, const char *file, int line, const char *format,
            va_list ap)
{
    err->code = code;
    err->file = file;
    err->line = line;
    vsnprintf(err->detail, sizeof err->detail, format, ap);
    detail_trim(err->detail);
}

int
err_set(struct err *err, const char *code, const char *file, int line, const char *format, ...)
{
    if (err == NULL)
        return -1;
    va_list ap;
    va_start(ap, format);
    detail_fill(err, code, file, line, format, ap);
    va_end(ap);
    return -1;
}

int
err_set_errno(struct err *err, const char *code, const char *file, int line, const char *format, ...)
{
    int saved = errno;
    if (err == NULL)
        return -1;
    va_list ap;
    va_start(ap, format);
    detail_fill(err, code, file, line, format, ap);
    va_end(ap);
    size_t n = strlen(err->detail);
    snprintf(err->detail + n, sizeof err->detail - n, ": %s", strerror(saved));
    detail_trim(err->detail);
    errno = saved;
    return -1;
}

int
err_is(const struct err *err, const char *code)
{
    return err != NULL && err->code != NULL && strcmp(err->code, code) == 0;
}
