/*
 * crypt_test: published vectors (FIPS 180, RFC 8032, RFC 4648, RFC 6238, the XChaCha draft) and the
 * refusals that the ledger depends on.
 */
#include "base/crypt/encode.h"
#include "base/crypt/hash.h"
#include "base/crypt/password.h"
#include "base/crypt/seal.h"
#include "base/crypt/secret.h"
#include "base/crypt/sign.h"
#include "tests/test.h"

#include <string.h>

static void
expect_hex(const void *p, size_t n, const char *want)
{
    char got[512];
    assert_true(HEX_CHARS(n) < sizeof got);
    hex_encode(p, n, got);
    assert_string_equal(got, want);
}

static void
from_hex(const char *hex, uint8_t *ret, size_t n)
{
    assert_true(hex_decode(str_of(hex), ret, n));
}

static void
sha256_vectors(void **state)
{
    (void)state;
    uint8_t d[SHA256_BYTES];
    sha256_of(NULL, 0, d);
    expect_hex(d, 32, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    sha256_of("abc", 3, d);
    expect_hex(d, 32, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    sha256_of_pair("a", 1, "bc", 2, d);
    expect_hex(d, 32, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    struct sha256 h;
    sha256_init(&h);
    for (int round = 0; round < 2; round++) {
        sha256_put(&h, "ab", 2);
        sha256_put(&h, "c", 1);
        sha256_take(&h, d);
        expect_hex(d, 32, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
    sha256_done(&h);
}

static void
ed25519_vector(void **state)
{
    (void)state;
    uint8_t seed[32], key[32], sig[64];
    from_hex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", seed, 32);
    sign_public_key(seed, key);
    expect_hex(key, 32, "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
    sign_make(seed, "\x72", 1, sig);
    expect_hex(sig, 64,
               "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
               "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
    assert_true(sign_check(key, "\x72", 1, sig));
    assert_false(sign_check(key, "\x73", 1, sig));
    sig[3] ^= 1;
    assert_false(sign_check(key, "\x72", 1, sig));
}

static void
base64_has_one_spelling(void **state)
{
    (void)state;
    static const char *const pair[][2] = {{"", ""},
                                          {"f", "Zg=="},
                                          {"fo", "Zm8="},
                                          {"foo", "Zm9v"},
                                          {"foob", "Zm9vYg=="},
                                          {"fooba", "Zm9vYmE="},
                                          {"foobar", "Zm9vYmFy"}};
    for (size_t i = 0; i < sizeof pair / sizeof *pair; i++) {
        char text[16];
        uint8_t back[8];
        size_t n;
        base64_encode(pair[i][0], strlen(pair[i][0]), text);
        assert_string_equal(text, pair[i][1]);
        assert_true(base64_decode(str_of(text), back, sizeof back, &n));
        assert_int_equal(n, strlen(pair[i][0]));
        assert_memory_equal(back, pair[i][0], n);
    }
    static const char *const bad[] = {"Zh==",  "Zm9=", "Zg=",    "Zg",   "Z===",     "====", "=",
                                      "Zm9v=", "Zm 9", "Zm9v\n", "Zm9-", "Zg==Zg==", "Z"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        uint8_t back[16];
        size_t n;
        assert_false(base64_decode(str_of(bad[i]), back, sizeof back, &n));
    }
    uint8_t small[2];
    size_t n;
    assert_false(base64_decode(STR("Zm9v"), small, sizeof small, &n));
}

static void
base32_has_one_spelling(void **state)
{
    (void)state;
    char text[40];
    uint8_t back[20];
    size_t n;
    base32_encode("foobar", 6, BASE32_UPPER, text);
    assert_string_equal(text, "MZXW6YTBOI");
    assert_true(base32_decode(STR("mzxw6ytboi"), back, sizeof back, &n));
    assert_int_equal(n, 6);
    assert_memory_equal(back, "foobar", 6);
    assert_false(base32_decode(STR("mzxw6ytboj"), back, sizeof back, &n));
    assert_false(base32_decode(STR("m"), back, sizeof back, &n));
    assert_false(base32_decode(STR("mzxw6ytb0i"), back, sizeof back, &n));
    uint8_t id[16] = {0};
    base32_encode(id, sizeof id, BASE32_LOWER, text);
    assert_int_equal(strlen(text), 26);
}

static void
hex_is_lower_case_and_whole(void **state)
{
    (void)state;
    uint8_t b[2];
    assert_true(hex_decode(STR("0aff"), b, 2) && b[0] == 10 && b[1] == 255);
    assert_false(hex_decode(STR("0AFF"), b, 2));
    assert_false(hex_decode(STR("0af"), b, 2));
    assert_false(hex_decode(STR("0afg"), b, 2));
}

static void
seal_vector_and_refusals(void **state)
{
    (void)state;
    uint8_t key[32], nonce[24], out[200];
    for (unsigned i = 0; i < 32; i++)
        key[i] = (uint8_t)(0x80 + i);
    for (unsigned i = 0; i < 24; i++)
        nonce[i] = (uint8_t)(0x40 + i);
    uint8_t ad[12];
    from_hex("50515253c0c1c2c3c4c5c6c7", ad, sizeof ad);
    struct str plain =
        STR("Ladies and Gentlemen of the class of '99: If I could offer you only one "
            "tip for the future, sunscreen would be it.");
    struct str with = {(const char *)ad, sizeof ad};
    seal_encrypt(key, nonce, with, plain, out);
    expect_hex(out, 16, "bd6d179d3e83d43b9576579493c0e939");
    expect_hex(out + plain.n, 16, "c0875924c1c7987947deafd8780acf49");
    struct str sealed = {(const char *)out, plain.n + SEAL_TAG_BYTES};
    uint8_t back[200];
    assert_true(seal_decrypt(key, nonce, with, sealed, back));
    assert_memory_equal(back, plain.p, plain.n);
    assert_false(seal_decrypt(key, nonce, STR("other"), sealed, back));
    assert_false(seal_decrypt(key, nonce, with, str_slice(sealed, 0, 15), back));
    out[5] ^= 1;
    assert_false(seal_decrypt(key, nonce, with, sealed, back));
    assert_int_equal(back[0], 0);
}

static void
password_is_checked_with_its_own_cost(void **state)
{
    (void)state;
    char hash[PASSWORD_HASH_CHARS];
    struct err err;
    assert_int_equal(password_hash(STR("正しい馬"), 1 << 20, 1, hash, &err), 0);
    assert_true(password_check(hash, STR("正しい馬")));
    assert_false(password_check(hash, STR("正しい鹿")));
    assert_false(password_check("$argon2id$broken", STR("正しい馬")));
    assert_false(password_is_stale(hash, 1 << 20, 1));
    assert_true(password_is_stale(hash, 1 << 21, 1));
    assert_int_equal(password_hash(STR("x"), 1, 1, hash, &err), -1);
    assert_true(err_is(&err, "password.cost"));
}

static void
totp_vectors(void **state)
{
    (void)state;
    struct str secret = STR("12345678901234567890");
    static const struct {
        uint64_t at;
        uint32_t code;
    } want[] = {{59, 287082},       {1111111109, 81804},  {1111111111, 50471},
                {1234567890, 5924}, {2000000000, 279037}, {20000000000, 353130}};
    for (size_t i = 0; i < sizeof want / sizeof *want; i++)
        assert_int_equal(totp_code(secret, totp_counter(want[i].at)), want[i].code);
}

static void
secrets_are_wiped_and_random_differs(void **state)
{
    (void)state;
    uint8_t *a = secret_new(32);
    uint8_t b[32] = {0};
    assert_true(secret_equal(a, b, 32));
    random_bytes(a, 32);
    assert_false(secret_equal(a, b, 32));
    secret_wipe(a, 32);
    assert_true(secret_equal(a, b, 32));
    secret_free(a);
    assert_true(random_below(1) == 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sha256_vectors),
        cmocka_unit_test(ed25519_vector),
        cmocka_unit_test(base64_has_one_spelling),
        cmocka_unit_test(base32_has_one_spelling),
        cmocka_unit_test(hex_is_lower_case_and_whole),
        cmocka_unit_test(seal_vector_and_refusals),
        cmocka_unit_test(password_is_checked_with_its_own_cost),
        cmocka_unit_test(totp_vectors),
        cmocka_unit_test(secrets_are_wiped_and_random_differs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
