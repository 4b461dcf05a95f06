/*
 * wire_fuzz: packets of a hostile peer; what is accepted encodes to the same bytes.
 */
#include "proto/disarm/wire.h"

#include "base/mem/ensure.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str in = {(const char *)data, size};
    struct wire_job job;
    struct wire_done done;
    struct buf buf;
    buf_init(&buf, 1 << 24);
    if (wire_get_job(in, &job, NULL) == 0) {
        wire_put_job(&buf, &job);
        ensure(str_equal(in, buf_str(&buf)));
    }
    buf_clear(&buf);
    if (wire_get_done(in, &done, NULL) == 0) {
        wire_put_done(&buf, &done);
        ensure(str_equal(in, buf_str(&buf)));
    }
    buf_free(&buf);
    return 0;
}
