/*
 * trust_fuzz: a trust file that parses names keys and a quorum that can be asked.
 */
#include "format/tlog/trust.h"

#include "base/mem/ensure.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str s = {(const char *)data, size};
    static struct trust trust;
    struct err err;
    bool cosigned[TRUST_PARTIES_MOST] = {false};
    if (trust_parse(s, &trust, &err) != 0)
        return 0;
    ensure(trust.logs >= 1 && trust.logs <= TRUST_LOGS_MOST);
    ensure(trust_quorum_met(&trust, cosigned) == !trust.has_quorum);
    for (unsigned i = 0; i < TRUST_PARTIES_MOST; i++)
        cosigned[i] = true;
    ensure(trust_quorum_met(&trust, cosigned));
    return 0;
}
