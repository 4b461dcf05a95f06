/*
 * messages_test: every shipped sentence is found, in both languages, and holes are filled.
 */
#include "base/messages/messages.h"
#include "tests/test.h"

#include <string.h>

static void
every_key_is_found(void **state)
{
    (void)state;
    assert_true(message_count > 0);
    for (size_t i = 0; i < message_count; i++) {
        assert_ptr_equal(message_text(LANG_JA, message_table[i].key), message_table[i].text[0]);
        assert_ptr_equal(message_text(LANG_EN, message_table[i].key), message_table[i].text[1]);
    }
    assert_null(message_text(LANG_JA, "no.such.key"));
}

static void
detail_is_filled_in(void **state)
{
    (void)state;
    struct err err;
    struct buf buf;
    buf_init(&buf, 1000);
    ERR(&err, "limit.buffer", "%d", 77);
    message_put_err(&buf, LANG_EN, &err);
    assert_true(str_equal_z(buf_str(&buf), "The size limit of 77 bytes was passed."));
    buf_free(&buf);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_key_is_found),
        cmocka_unit_test(detail_is_filled_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
