/*
 * cp932_fuzz: what decodes is UTF-8, encodes again, and that form is stable.
 */
#include "base/text/cp932.h"

#include "base/mem/ensure.h"
#include "base/text/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str in = {(const char *)data, size};
    struct buf text, back, again;
    struct err err;
    buf_init(&text, 1 << 24);
    buf_init(&back, 1 << 24);
    buf_init(&again, 1 << 24);
    if (cp932_to_utf8(&text, in, &err) == 0) {
        ensure(utf8_valid(buf_str(&text)));
        ensure(cp932_from_utf8(&back, buf_str(&text), &err) == 0);
        ensure(cp932_to_utf8(&again, buf_str(&back), &err) == 0);
        ensure(size == 0 || str_equal(buf_str(&text), buf_str(&again)));
    }
    buf_clear(&back);
    (void)cp932_from_utf8(&back, in, &err);
    buf_free(&text);
    buf_free(&back);
    buf_free(&again);
    return 0;
}
