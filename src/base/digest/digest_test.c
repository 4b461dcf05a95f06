/*
 * Tests of base/digest: the examples of FIPS 180-4 and cuts at every place.
 */
#include "base/digest/digest.h"

#include "tests/test.h"

#include <stdio.h>
#include <string.h>

static void
test_known(void **state)
{
    (void)state;
    char hex[DIGEST_HEX];
    digest_hex(STR("abc"), hex);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    digest_hex(STR(""), hex);
    assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    digest_hex(STR("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"), hex);
    assert_string_equal(hex, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

static void
test_cuts(void **state)
{
    (void)state;
    char text[300], want[DIGEST_HEX];
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (char)(i * 7);
    struct str all = {text, sizeof text};
    digest_hex(all, want);
    for (size_t cut = 0; cut <= sizeof text; cut++) {
        struct digest sha;
        unsigned char digest[DIGEST_BYTES];
        char hex[DIGEST_HEX] = "";
        digest_init(&sha);
        digest_add(&sha, str_slice(all, 0, cut));
        digest_add(&sha, str_slice(all, cut, all.n));
        digest_end(&sha, digest);
        for (size_t i = 0; i < DIGEST_BYTES; i++)
            snprintf(hex + 2 * i, 3, "%02x", digest[i]);
        assert_string_equal(hex, want);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_known), cmocka_unit_test(test_cuts)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
