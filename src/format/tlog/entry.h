/*
 * entry: one leaf of the ledger, {"at":…,"data":{…},"kind":…,"seq":…,"src":…,"v":1} in canonical
 * JSON. ledgerd puts it together from checked parts; readers take it apart with this.
 */
#ifndef FORMAT_TLOG_ENTRY_H
#define FORMAT_TLOG_ENTRY_H

#include "base/mem/buf.h"
#include "base/mem/err.h"
#include "base/mem/str.h"

#include <stdbool.h>
#include <stdint.h>

enum { ENTRY_MOST = 16384, ENTRY_SOURCE_MOST = 48, ENTRY_KIND_MOST = 64 };

struct entry {
    int64_t at_us;
    struct str data; /* a canonical object */
    struct str kind;
    uint64_t seq; /* 1 … 2^53-1 */
    struct str src;
};

/* True if S is a kind: [a-z_]+(.[a-z_]+)+, at most ENTRY_KIND_MOST bytes. */
bool entry_kind_valid(struct str s);

/* True if S is a source: [a-z]+(.[a-z0-9_]+)?, at most ENTRY_SOURCE_MOST bytes. */
bool entry_source_valid(struct str s);

/* Takes BYTES apart; the parts point into it. Err ledger.entry with the position when it is longer
 * than ENTRY_MOST, not canonical, or not of exactly these keys and forms. */
int entry_parse(struct str bytes, struct entry *ret, struct err *err);

/* Appends the canonical bytes of E, whose parts were checked (data is a canonical object). */
void entry_put(struct buf *buf, const struct entry *e);

#endif
