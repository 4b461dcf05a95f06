/*
 * clamd_test: only exact answers count.
 */
#include "edge/gate/clamd.h"
#include "tests/test.h"

#include <string.h>

static struct clamd_answer
read_of(const char *text, size_t n)
{
    struct clamd_answer answer;
    clamd_answer_read((struct str){text, n}, &answer);
    return answer;
}

#define READ(literal) read_of(literal, sizeof(literal) - 1)

static void
test_clean(void **state)
{
    (void)state;
    assert_int_equal(READ("stream: OK\0").result, CLAMD_CLEAN);
    assert_int_equal(READ("stream: OK\n").result, CLAMD_CLEAN);
    static const char *const others[] = {"",
                                         "\n",
                                         "OK\n",
                                         "stream: OK",
                                         "stream: OK \n",
                                         " stream: OK\n",
                                         "stream:OK\n",
                                         "Stream: OK\n",
                                         "stream: OK\n\n",
                                         "stream: OK\r\n",
                                         "stream: OK\nstream: x FOUND\n",
                                         "1: stream: OK\n",
                                         "INSTREAM size limit exceeded. ERROR\n",
                                         "stream: x ERROR\n",
                                         "stream:  FOUND\n",
                                         "stream: FOUND\n",
                                         "UNKNOWN COMMAND\n"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_int_equal(read_of(others[i], strlen(others[i])).result, CLAMD_FAILED);
    assert_int_equal(READ("stream: OK\0stream: OK\0").result, CLAMD_FAILED);
}

static void
test_found(void **state)
{
    (void)state;
    struct clamd_answer answer = READ("stream: Win.Test.EICAR_HDB-1 FOUND\0");
    assert_int_equal(answer.result, CLAMD_INFECTED);
    assert_string_equal(answer.name, "Win.Test.EICAR_HDB-1");
    answer = READ("stream: <b>x</b> FOUND\n");
    assert_int_equal(answer.result, CLAMD_INFECTED);
    assert_string_equal(answer.name, "");
    char longer[200] = "stream: ";
    memset(longer + 8, 'x', 100);
    memcpy(longer + 108, " FOUND\n", 8);
    answer = read_of(longer, strlen(longer));
    assert_int_equal(answer.result, CLAMD_INFECTED);
    assert_string_equal(answer.name, "");
    assert_int_equal(READ("stream: Heuristics.Limits.Exceeded.MaxRecursion FOUND\n").result,
                     CLAMD_LIMIT);
    assert_int_equal(READ("stream: Heuristics.Encrypted.PDF FOUND\n").result, CLAMD_ENCRYPTED);
    assert_int_equal(READ("stream: Heuristics.EncryptedX FOUND\n").result, CLAMD_INFECTED);
}

static void
test_version(void **state)
{
    (void)state;
    char engine[CLAMD_NAME_BYTES];
    char signatures[CLAMD_NAME_BYTES];
    assert_true(clamd_version_read(STR("ClamAV 1.4.6/27000/Tue Jan  6 10:00:00 2026\n"), engine,
                                   signatures));
    assert_string_equal(engine, "clamav/1.4.6");
    assert_string_equal(signatures, "27000");
    assert_true(clamd_version_read(STR("ClamAV 1.4.6\n"), engine, signatures));
    assert_string_equal(signatures, "");
    assert_true(clamd_version_read(STR("ClamAV 1.4.6/x/y\n"), engine, signatures));
    assert_string_equal(signatures, "");
    assert_false(clamd_version_read(STR("ClamAV 1.4.6"), engine, signatures));
    assert_false(clamd_version_read(STR("ClamAV \n"), engine, signatures));
    assert_false(clamd_version_read(STR("ClamAV <x>\n"), engine, signatures));
    assert_false(clamd_version_read(STR("Other 1\n"), engine, signatures));
    assert_false(clamd_version_read(STR(""), engine, signatures));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clean),
        cmocka_unit_test(test_found),
        cmocka_unit_test(test_version),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
