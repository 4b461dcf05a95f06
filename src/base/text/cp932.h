/*
 * cp932: Windows-31J (WHATWG "Shift_JIS"), with the NEC and IBM extensions and the user-defined
 * rows F040-F9FC as U+E000-E757 (gaiji). The table is our own (tools/cp932): glibc's SHIFT_JIS
 * fails on ①㈱髙﨑, and iconv loads modules from disk, which a sandboxed process cannot.
 */
#ifndef BASE_TEXT_CP932_H
#define BASE_TEXT_CP932_H

#include "base/mem/buf.h"
#include "base/mem/str.h"

#include <stdbool.h>
#include <stdint.h>

/* The first character of *REST, which moves behind it; -1 when the bytes there are not CP932 (REST
 * then moves by one byte) or nothing is left. 80, A0, FD-FF are refused. */
int32_t cp932_next(struct str *rest);

/* True if all of S is CP932. */
bool cp932_valid(struct str s);

/* Appends S as UTF-8 to OUT. -1 with err "text.cp932" and the place when S is not CP932. */
int cp932_to_utf8(struct buf *out, struct str s, struct err *err);

/* The bytes of CODE_POINT: 1 or 2, in *RET_CODE as a number; 0 when CP932 has none. The wave dash
 * U+301C, U+2016, U+2212, U+00A2, U+00A3, U+00AC, U+2014 are taken as their full-width twins, as
 * Windows does. */
size_t cp932_code(uint32_t code_point, uint16_t *ret_code);

/* Appends the UTF-8 text S in CP932 to OUT. -1 with err "text.cp932" at the first character that
 * has no CP932 form ("U+xxxx") or is not UTF-8. */
int cp932_from_utf8(struct buf *out, struct str s, struct err *err);

#endif
