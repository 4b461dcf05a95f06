/*
 * err: why a call failed.
 *
 * A function that can fail returns 0 (done), a positive outcome named in its header, or -1 with a
 * struct err filled once at the origin and forwarded untouched. The code is a dotted word
 * ("zip.crc", "auth.code_replayed"); its sentence in Japanese and English stands in data/messages
 * under "err.<code>", and a house check refuses a code without both. The detail is for the log and
 * for {detail} in the sentence: ids, numbers and places, never a person's words.
 */
#ifndef BASE_MEM_ERR_H
#define BASE_MEM_ERR_H

#include <stdarg.h>

enum { ERR_DETAIL_BYTES = 256 };

struct err {
    const char *code; /* static string, never NULL once set */
    const char *file; /* where it was set */
    int line;
    char detail[ERR_DETAIL_BYTES]; /* UTF-8, cut at the limit on a character border */
};

/* Fills *err at this place and is -1: `return ERR(err, "zip.crc", "%s", name);` */
#define ERR(err, code, ...) err_set((err), (code), __FILE__, __LINE__, __VA_ARGS__)

/*
 * Fills ERR (which may be NULL) with CODE (static storage) and a printf-formatted detail.
 * Returns -1, always, so that callers can return it. Use the ERR macro.
 */
int err_set(struct err *err, const char *code, const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* Like ERR, with ": strerror(errno)" behind the detail; errno is read first. */
#define ERR_ERRNO(err, code, ...) err_set_errno((err), (code), __FILE__, __LINE__, __VA_ARGS__)

/* Fills ERR as err_set does and adds the text of errno. Returns -1. Use the ERR_ERRNO macro. */
int err_set_errno(struct err *err, const char *code, const char *file, int line, const char *format,
                  ...) __attribute__((format(printf, 5, 6)));

/* True if ERR was set with CODE (compared as text). */
int err_is(const struct err *err, const char *code);

#endif
