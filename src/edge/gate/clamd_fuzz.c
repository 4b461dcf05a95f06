/*
 * clamd_fuzz: whatever clamd says, names stay plain words and only the exact line is clean.
 */
#include "edge/gate/clamd.h"

#include "base/mem/ensure.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_plain(const char *text)
{
    for (; *text != '\0'; text++)
        ensure((*text >= '-' && *text <= '9') || (*text >= 'A' && *text <= 'Z') || *text == '_' ||
               (*text >= 'a' && *text <= 'z'));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str all = {(const char *)data, size};
    struct clamd_answer answer;
    char engine[CLAMD_NAME_BYTES];
    char signatures[CLAMD_NAME_BYTES];
    clamd_answer_read(all, &answer);
    check_plain(answer.name);
    if (answer.result == CLAMD_CLEAN)
        ensure(size == 11 && memcmp(data, "stream: OK", 10) == 0);
    if (clamd_version_read(all, engine, signatures)) {
        check_plain(engine);
        check_plain(signatures);
    }
    return 0;
}
