/*
 * checks: see checks.h. Tables only; used by the workers, the inspector's client and the command.
 */
#include "format/disarm/checks.h"

#include "base/mem/ensure.h"

#include <string.h>

static const struct check checks[CHECK_COUNT] = {
#define CHECK(ID, text, which, severity) [CHECK_##ID] = {text, SWITCH_##which, severity},
#include "format/disarm/checks.def"
#undef CHECK
};

static const char *const switch_words[SWITCH_COUNT] = {
#define SWITCH(ID, word) [SWITCH_##ID] = word,
#include "format/disarm/switches.def"
#undef SWITCH
};

static const char *const reason_words[REASON_COUNT] = {
    [REASON_NONE] = "",
#define REASON(ID, text) [REASON_##ID] = text,
#include "format/disarm/reasons.def"
#undef REASON
};

const struct check *
check_get(enum check_id id)
{
    ensure((size_t)id < CHECK_COUNT);
    return &checks[id];
}

int
check_find(const char *text)
{
    for (int i = 0; i < CHECK_COUNT; i++)
        if (strcmp(checks[i].id, text) == 0)
            return i;
    return -1;
}

const char *
switch_word(enum disarm_switch which)
{
    ensure((size_t)which < SWITCH_COUNT);
    return switch_words[which];
}

const char *
reason_word(enum disarm_reason reason)
{
    ensure((size_t)reason < REASON_COUNT);
    return reason_words[reason];
}

static int
word_find(const char *const *words, int count, const char *word)
{
    for (int i = 1; i < count; i++)
        if (strcmp(words[i], word) == 0)
            return i;
    return -1;
}

int
switch_find(const char *word)
{
    return word_find(switch_words, SWITCH_COUNT, word);
}

int
reason_find(const char *word)
{
    return word_find(reason_words, REASON_COUNT, word);
}
