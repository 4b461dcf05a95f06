/*
 * arena: blocks in a list, bump allocation. Blocks double from 4 KiB to 1 MiB; a large request gets
 * a block of its own size. Zeroed when handed out. Used by every program.
 */
#include "base/mem/arena.h"

#include "base/mem/ensure.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_FIRST = 4096, BLOCK_MOST = 1 << 20, ALIGN = alignof(max_align_t) };

struct block {
    struct block *next;
    size_t size, used;
    alignas(max_align_t) unsigned char bytes[];
};

struct arena {
    struct block *head; /* newest first; the oldest is kept by arena_clear */
    size_t limit, used;
    size_t block_bytes;
    bool full;
};

struct arena *
arena_new(size_t limit_bytes)
{
    struct arena *arena = calloc(1, sizeof *arena);
    ensure(arena != NULL);
    arena->limit = limit_bytes;
    arena->block_bytes = BLOCK_FIRST;
    return arena;
}

void
arena_free(struct arena *arena)
{
    if (arena == NULL)
        return;
    for (struct block *b = arena->head, *next; b != NULL; b = next) {
        next = b->next;
        free(b);
    }
    free(arena);
}

void
arena_clear(struct arena *arena)
{
    while (arena->head != NULL && arena->head->next != NULL) {
        struct block *b = arena->head;
        arena->head = b->next;
        free(b);
    }
    if (arena->head != NULL)
        arena->head->used = 0;
    arena->used = 0;
    arena->full = false;
}

static struct block *
block_add(struct arena *arena, size_t need)
{
    size_t size = arena->block_bytes;
    if (arena->block_bytes < BLOCK_MOST)
        arena->block_bytes *= 2;
    if (size < need)
        size = need;
    struct block *b = malloc(sizeof *b + size);
    ensure(b != NULL);
    *b = (struct block){.next = arena->head, .size = size};
    arena->head = b;
    return b;
}

void *
arena_alloc(struct arena *arena, size_t n)
{
    if (n > SIZE_MAX - ALIGN || arena->full) {
        arena->full = true;
        return NULL;
    }
    size_t need = (n + ALIGN - 1) / ALIGN * ALIGN;
    if (need > arena->limit - arena->used) {
        arena->full = true;
        return NULL;
    }
    struct block *b = arena->head;
    if (b == NULL || need > b->size - b->used)
        b = block_add(arena, need);
    void *p = b->bytes + b->used;
    b->used += need;
    arena->used += need;
    memset(p, 0, need);
    return p;
}

void *
arena_array(struct arena *arena, size_t count, size_t size)
{
    size_t n;
    if (__builtin_mul_overflow(count, size, &n)) {
        arena->full = true;
        return NULL;
    }
    return arena_alloc(arena, n);
}

char *
arena_printf(struct arena *arena, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    int n = vsnprintf(NULL, 0, format, ap);
    va_end(ap);
    ensure(n >= 0);
    char *text = arena_alloc(arena, (size_t)n + 1);
    if (text == NULL)
        return NULL;
    va_start(ap, format);
    vsnprintf(text, (size_t)n + 1, format, ap);
    va_end(ap);
    return text;
}

size_t
arena_used(const struct arena *arena)
{
    return arena->used;
}

int
arena_check(const struct arena *arena, struct err *err)
{
    if (arena->full)
        return ERR(err, "limit.memory", "%zu", arena->limit);
    return 0;
}
