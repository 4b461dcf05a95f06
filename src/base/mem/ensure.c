/*
 * ensure: the one place where a broken invariant ends a process. Used by every program.
 */
#include "base/mem/ensure.h"

#include <stdio.h>
#include <stdlib.h>

_Noreturn void
ensure_failed(const char *what, const char *file, int line)
{
    fprintf(stderr, "<2>{\"event\":\"ensure.failed\",\"what\":\"%s\",\"at\":\"%s:%d\"}\n", what, file,
            line);
    abort();
}
