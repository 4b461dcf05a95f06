/*
 * log: see log.h. Written with one write() per line, so lines of several programs never mix.
 */
#include "base/service/log.h"

#include "base/mem/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { LINE_BYTES = 8192 };

static const char *program = "sekisho";

void
log_program(const char *name)
{
    program = name;
}

static void
put_escaped(struct buf *line, const char *text)
{
    buf_put_char(line, '"');
    for (const char *p = text == NULL ? "" : text; *p != '\0'; p++) {
        if (*p == '"' || *p == '\\')
            buf_put_char(line, '\\');
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            buf_printf(line, "\\u%04x", (unsigned)*p);
        else
            buf_put_char(line, *p);
    }
    buf_put_char(line, '"');
}

static void
line_begin(struct buf *line, enum log_level level, const char *event)
{
    struct timespec now;
    struct tm tm;
    char at[40];
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &tm);
    strftime(at, sizeof at, "%Y-%m-%dT%H:%M:%S", &tm);
    buf_init(line, LINE_BYTES);
    buf_printf(line, "<%d>{\"at\":\"%s.%06ldZ\",\"program\":\"%s\",\"event\":", (int)level, at,
               now.tv_nsec / 1000, program);
    put_escaped(line, event);
}

static void
line_end(struct buf *line)
{
    line->limit += 2;
    line->over = false;
    buf_put_z(line, "}\n");
    ssize_t n = write(STDERR_FILENO, line->p, line->n);
    (void)n; /* a log that cannot be written has nowhere to say so */
    buf_free(line);
}

void
log_event(enum log_level level, const char *event, ...)
{
    struct buf line;
    va_list ap;
    line_begin(&line, level, event);
    va_start(ap, event);
    for (const char *key; (key = va_arg(ap, const char *)) != NULL;) {
        buf_printf(&line, ",\"%s\":", key);
        put_escaped(&line, va_arg(ap, const char *));
    }
    va_end(ap);
    line_end(&line);
}

void
log_err(enum log_level level, const char *event, const struct err *err)
{
    char place[160];
    snprintf(place, sizeof place, "%s:%d", err->file == NULL ? "?" : err->file, err->line);
    log_event(level, event, "code", err->code, "detail", err->detail, "place", place, NULL);
}
