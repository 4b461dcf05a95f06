/*
 * id: identifiers ordered by time. Pure but for the clock and the system's random numbers.
 */
#include "core/store/id.h"

#include "base/mem/ensure.h"
#include "base/os/time.h"

#include <string.h>
#include <sys/random.h>

static const char digits[] = "0123456789abcdefghjkmnpqrstvwxyz";

#define ID_EPOCH_MS INT64_C(1577836800000) /* 2020-01-01 */

uint64_t
id_new(void)
{
    static uint64_t last;
    uint32_t random = 0;
    ensure(getrandom(&random, sizeof random, 0) == (ssize_t)sizeof random);
    int64_t ms = time_now_us() / 1000 - ID_EPOCH_MS;
    uint64_t id = ((uint64_t)(ms > 0 ? ms : 1) << 22 | (random & 0x3fffffu)) & INT64_MAX;
    if (id <= last) {
        id = last + 1 + (random & 0xfff);
    }
    last = id;
    return id;
}

void
id_format(uint64_t id, char ret[ID_CHARS + 1])
{
    for (int i = ID_CHARS - 1; i >= 0; i--) {
        ret[i] = digits[id & 31];
        id >>= 5;
    }
    ret[ID_CHARS] = '\0';
}

bool
id_parse(struct str s, uint64_t *ret_id)
{
    if (s.n != ID_CHARS) {
        return false;
    }
    uint64_t id = 0;
    for (size_t i = 0; i < s.n; i++) {
        const char *at = s.p[i] == '\0' ? NULL : strchr(digits, s.p[i]);
        if (at == NULL || id >> 58 != 0) {
            return false;
        }
        id = id << 5 | (uint64_t)(at - digits);
    }
    *ret_id = id;
    return id != 0 && id <= INT64_MAX;
}
