/*
 * id: 63-bit identifiers ordered by time, so several nodes need no sequence; 13 characters as text.
 *
 * 41 bits milliseconds since 2020-01-01, 22 random bits. Text: base 32 with the digits
 * 0-9 a-z without i l o u, most significant first, so texts sort like numbers.
 */
#ifndef CORE_STORE_ID_H
#define CORE_STORE_ID_H

#include "base/mem/str.h"

#include <stdbool.h>
#include <stdint.h>

enum { ID_CHARS = 13 };

/* A new identifier (> 0), larger than every one this process made before. */
uint64_t id_new(void);

/* Writes ID as 13 characters with a NUL. */
void id_format(uint64_t id, char ret[ID_CHARS + 1]);

/* Reads exactly the form of id_format; false on anything else, on 0, and past 63 bits. */
bool id_parse(struct str s, uint64_t *ret_id);

#endif
