/*
 * arena: the memory of one unit of work (a request, a file, a batch), freed at once.
 *
 * A result whose function takes `struct arena *` first lives as long as that arena. The byte cap is
 * given at birth: past it arena_alloc answers NULL and the arena stays `full`, an ordinary error
 * ("limit.memory"). Out of memory in the system aborts.
 */
#ifndef BASE_MEM_ARENA_H
#define BASE_MEM_ARENA_H

#include "base/mem/err.h"

#include <stdbool.h>
#include <stddef.h>

struct arena;

/* A new arena that will never hand out more than LIMIT_BYTES. Owned by the caller. */
struct arena *arena_new(size_t limit_bytes);

/* Frees ARENA and all that came from it. NULL is fine. */
void arena_free(struct arena *arena);

/* Forgets all that came from ARENA and keeps its first block for the next unit of work. */
void arena_clear(struct arena *arena);

/* N zeroed bytes aligned for any type; NULL at the limit. N may be 0. */
void *arena_alloc(struct arena *arena, size_t n);

/* COUNT elements of SIZE bytes, zeroed; NULL at the limit or when the product overflows. */
void *arena_array(struct arena *arena, size_t count, size_t size);

/* Printf into the arena; NULL at the limit. */
char *arena_printf(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Bytes handed out so far, alignment included. */
size_t arena_used(const struct arena *arena);

/* 0 while no allocation was refused, else -1 with err "limit.memory". */
int arena_check(const struct arena *arena, struct err *err);

#endif
