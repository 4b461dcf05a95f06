/*
 * header_fuzz: any bytes as each part of a request that portald reads itself; what comes out keeps
 * its promises.
 */
#include "edge/portal/header.h"

#include "base/mem/ensure.h"
#include "base/text/markup.h"
#include "base/text/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_path(struct str all)
{
    struct buf out;
    buf_init(&out, HEADER_PATH_BYTES * 3);
    if (header_path(all, &out)) {
        struct str path = buf_str(&out);
        ensure(path.n > 0 && path.n <= HEADER_PATH_BYTES && utf8_valid(path));
        ensure(path.p[0] != '/' && path.p[path.n - 1] != '/');
        ensure(str_find(path, STR("//"), 0) < 0 && str_find(path, STR("/../"), 0) < 0);
    }
    buf_free(&out);
}

static void
check_disposition(struct str all)
{
    struct buf out;
    buf_init(&out, 1 << 20);
    header_disposition(all, &out);
    struct str value = buf_str(&out);
    for (size_t i = 0; i < value.n; i++)
        ensure(value.p[i] >= 0x20 && value.p[i] < 0x7f);
    buf_clear(&out);
    markup_put(&out, all);
    ensure(str_find(buf_str(&out), STR("<"), 0) < 0 && str_find(buf_str(&out), STR("\""), 0) < 0);
    buf_free(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str all = {(const char *)data, size};
    struct str cookie = header_cookie(all, STR("__Host-sekisho"));
    ensure(cookie.n <= HEADER_SESSION_BYTES);
    for (size_t i = 0; i < cookie.n; i++)
        ensure(cookie.p[i] > 0x20 && cookie.p[i] < 0x7f && cookie.p[i] != ';');
    header_type_is(all, STR("application/json"));
    header_takes_gzip(all);
    header_likes_english(all);
    header_is_word(all);
    check_path(all);
    check_disposition(all);
    return 0;
}
