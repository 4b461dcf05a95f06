/*
 * mem_test: str, buf, arena and err keep their limits and their promises.
 */
#include "base/mem/arena.h"
#include "base/mem/buf.h"
#include "base/mem/err.h"
#include "base/mem/str.h"
#include "tests/test.h"

#include <string.h>

static void
str_splits_and_keeps_empty_parts(void **state)
{
    (void)state;
    struct str rest = STR("a,,b");
    struct str part;
    assert_true(str_split_next(&rest, ',', &part) && str_equal_z(part, "a"));
    assert_true(str_split_next(&rest, ',', &part) && part.n == 0);
    assert_true(str_split_next(&rest, ',', &part) && str_equal_z(part, "b"));
    assert_false(str_split_next(&rest, ',', &part));
}

static void
str_numbers_are_canonical(void **state)
{
    (void)state;
    uint64_t v;
    assert_true(str_to_u64(STR("18446744073709551615"), &v) && v == UINT64_MAX);
    assert_false(str_to_u64(STR("18446744073709551616"), &v));
    assert_false(str_to_u64(STR("01"), &v));
    assert_false(str_to_u64(STR(""), &v));
    assert_false(str_to_u64(STR("-1"), &v));
    assert_true(str_to_u64(STR("0"), &v) && v == 0);
}

static void
buf_never_passes_its_limit(void **state)
{
    (void)state;
    struct buf b;
    struct err err;
    buf_init(&b, 10);
    buf_put_z(&b, "12345");
    buf_printf(&b, "%d", 67890);
    assert_int_equal(buf_done(&b, &err), 0);
    buf_put_char(&b, 'x');
    assert_int_equal(buf_done(&b, &err), -1);
    assert_true(err_is(&err, "limit.buffer"));
    assert_true(str_equal_z(buf_str(&b), "1234567890"));
    buf_clear(&b);
    buf_put_z(&b, "ok");
    assert_int_equal(buf_done(&b, &err), 0);
    buf_free(&b);
}

static void
arena_stops_at_its_limit(void **state)
{
    (void)state;
    struct err err;
    struct arena *a = arena_new(1 << 20);
    char *p = arena_alloc(a, 600000);
    assert_non_null(p);
    assert_int_equal(p[599999], 0);
    assert_null(arena_alloc(a, 600000));
    assert_int_equal(arena_check(a, &err), -1);
    assert_true(err_is(&err, "limit.memory"));
    arena_clear(a);
    assert_non_null(arena_alloc(a, 1000));
    assert_null(arena_array(a, SIZE_MAX / 2, 3));
    arena_free(a);
}

static void
err_cuts_between_characters(void **state)
{
    (void)state;
    struct err err;
    char text[301];
    for (size_t i = 0; i < 300; i += 3)
        memcpy(text + i, "\xE9\x96\xA2", 3);
    text[300] = '\0';
    assert_int_equal(ERR(&err, "test.code", "%s", text), -1);
    assert_int_equal(strlen(err.detail) % 3, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(str_splits_and_keeps_empty_parts),
        cmocka_unit_test(str_numbers_are_canonical),
        cmocka_unit_test(buf_never_passes_its_limit),
        cmocka_unit_test(arena_stops_at_its_limit),
        cmocka_unit_test(err_cuts_between_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
