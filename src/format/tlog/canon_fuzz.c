/*
 * canon_fuzz: what passes is walked part by part and gives the same bytes; entries go round.
 */
#include "format/tlog/canon.h"

#include "base/mem/ensure.h"
#include "format/tlog/entry.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str s = {(const char *)data, size};
    struct err err;
    struct entry e;
    if (canon_check(s, 1, &err) == 0 && canon_type_of(s) == CANON_OBJECT) {
        struct canon_part part;
        size_t at = 0;
        size_t bytes = 1;
        size_t n = 0;
        while (canon_next(s, &at, &part)) {
            ensure(part.key.n >= 1 && part.key.n <= CANON_KEY_MOST);
            ensure(canon_check(part.value, 2, &err) == 0);
            bytes += part.key.n + 3 + part.value.n + 1;
            n++;
        }
        ensure(bytes + (n == 0) == s.n);
    }
    if (entry_parse(s, &e, &err) == 0) {
        struct buf again;
        buf_init(&again, ENTRY_MOST);
        entry_put(&again, &e);
        ensure(str_equal(buf_str(&again), s));
        buf_free(&again);
    }
    return 0;
}
