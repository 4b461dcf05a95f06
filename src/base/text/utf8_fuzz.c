/*
 * utf8_fuzz: what utf8_valid accepts decodes and encodes to the same bytes, and NFC is stable.
 */
#include "base/text/utf8.h"

#include "base/mem/ensure.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str in = {(const char *)data, size};
    struct buf round, once, twice;
    struct err err;
    buf_init(&round, 1 << 24);
    buf_init(&once, 1 << 24);
    buf_init(&twice, 1 << 24);
    (void)utf8_classes(in);
    if (utf8_valid(in)) {
        for (struct str rest = in; rest.n > 0;)
            utf8_put(&round, (uint32_t)utf8_next(&rest));
        ensure(str_equal(in, buf_str(&round)) || size == 0);
        ensure(utf8_put_nfc(&once, in, &err) == 0);
        ensure(utf8_valid(buf_str(&once)));
        ensure(utf8_put_nfc(&twice, buf_str(&once), &err) == 0);
    }
    buf_free(&round);
    buf_free(&once);
    buf_free(&twice);
    return 0;
}
