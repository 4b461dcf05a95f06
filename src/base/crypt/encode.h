/*
 * encode: hex, base64 and base32 (RFC 4648). Writers write one form; readers accept only that form
 * (unused bits zero, padding exactly as the writer makes it), so equal bytes have one spelling.
 * Not constant time: not for secrets that an attacker may time.
 */
#ifndef BASE_CRYPT_ENCODE_H
#define BASE_CRYPT_ENCODE_H

#include "base/mem/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Characters that N bytes take, without the NUL. */
#define HEX_CHARS(n) ((size_t)(n)*2)
#define BASE64_CHARS(n) (((size_t)(n) + 2) / 3 * 4)
#define BASE32_CHARS(n) (((size_t)(n)*8 + 4) / 5)

enum base32_case { BASE32_LOWER, BASE32_UPPER };

/* Writes N bytes as lower-case hex with a NUL: RET needs HEX_CHARS(n) + 1. */
void hex_encode(const void *p, size_t n, char *ret);

/* Reads lower-case hex of exactly N bytes. False on anything else. */
bool hex_decode(struct str s, uint8_t *ret, size_t n);

/* Writes N bytes as padded standard base64 with a NUL: RET needs BASE64_CHARS(n) + 1. */
void base64_encode(const void *p, size_t n, char *ret);

/* Appends N bytes as padded standard base64. */
void base64_put(struct buf *buf, const void *p, size_t n);

/* Reads padded, canonical, standard base64 into at most LIMIT bytes. False on anything else. */
bool base64_decode(struct str s, uint8_t *ret, size_t limit, size_t *ret_n);

/* Writes N bytes as unpadded base32 with a NUL: RET needs BASE32_CHARS(n) + 1. */
void base32_encode(const void *p, size_t n, enum base32_case letters, char *ret);

/* Reads unpadded, canonical base32 (either case) into at most LIMIT bytes. False otherwise. */
bool base32_decode(struct str s, uint8_t *ret, size_t limit, size_t *ret_n);

#endif
