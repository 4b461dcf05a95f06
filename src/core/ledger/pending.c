/*
 * pending: the entries of the newest, unfinished bundles, in the very bytes in which they will be
 * published. Part of ledgerd. A burst makes it grow; ledger_slice empties it bundle by bundle.
 */
#include "core/ledger/inside.h"

#include "base/mem/ensure.h"

#include <stdlib.h>
#include <string.h>

void
pending_init(struct pending *p, uint64_t first)
{
    *p = (struct pending){.first = first};
    buf_init(&p->bytes, SIZE_MAX / 4);
}

void
pending_free(struct pending *p)
{
    buf_free(&p->bytes);
    free(p->at);
    p->at = NULL;
    p->n = p->cap = 0;
}

void
pending_add(struct pending *p, struct str entry)
{
    ensure(entry.n <= TLOG_ENTRY_FORMAT_MOST);
    if (p->n == p->cap) {
        p->cap = p->cap == 0 ? TILE_WIDTH : p->cap * 2;
        p->at = realloc(p->at, p->cap * sizeof *p->at);
        ensure(p->at != NULL);
    }
    p->at[p->n++] = p->bytes.n;
    buf_put_char(&p->bytes, (char)(entry.n >> 8));
    buf_put_char(&p->bytes, (char)(entry.n & 0xFF));
    buf_put_str(&p->bytes, entry);
    ensure(!p->bytes.over);
}

struct str
pending_entry(const struct pending *p, uint64_t index)
{
    ensure(index >= p->first && index - p->first < p->n);
    size_t i = (size_t)(index - p->first);
    size_t end = i + 1 < p->n ? p->at[i + 1] : p->bytes.n;
    return str_slice(buf_str(&p->bytes), p->at[i] + 2, end);
}

struct str
pending_bundle(const struct pending *p, unsigned w)
{
    ensure(w <= p->n);
    size_t end = w < p->n ? p->at[w] : p->bytes.n;
    return str_slice(buf_str(&p->bytes), 0, end);
}

void
pending_drop(struct pending *p)
{
    size_t gone = pending_bundle(p, TILE_WIDTH).n;
    memmove(p->bytes.p, p->bytes.p + gone, p->bytes.n - gone);
    p->bytes.n -= gone;
    p->n -= TILE_WIDTH;
    for (size_t i = 0; i < p->n; i++)
        p->at[i] = p->at[i + TILE_WIDTH] - gone;
    p->first += TILE_WIDTH;
}
