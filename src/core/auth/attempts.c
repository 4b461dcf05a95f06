/*
 * attempts: see attempts.h. Runs in authd. A fixed table; identifiers are random, so finding one by
 * comparing is no oracle worth timing.
 */
#include "core/auth/attempts.h"

#include "base/crypt/encode.h"
#include "base/crypt/secret.h"
#include "base/mem/ensure.h"
#include "base/os/time.h"

#include <stdlib.h>
#include <string.h>

struct attempts {
    struct attempt row[ATTEMPTS_MOST];
};

struct attempts *
attempts_new(void)
{
    struct attempts *attempts = calloc(1, sizeof *attempts);
    ensure(attempts != NULL);
    return attempts;
}

void
attempts_free(struct attempts *attempts)
{
    if (attempts != NULL)
        secret_wipe(attempts, sizeof *attempts);
    free(attempts);
}

/* A free row, or the oldest of SOURCE when that one has its share; NULL: neither. */
static struct attempt *
row_take(struct attempts *attempts, const uint8_t source[SUBJECT_BYTES], int64_t now_us)
{
    struct attempt *free_row = NULL, *oldest = NULL;
    size_t own = 0;
    for (size_t i = 0; i < ATTEMPTS_MOST; i++) {
        struct attempt *row = &attempts->row[i];
        if (row->id[0] == '\0' || row->until_us <= now_us) {
            free_row = row;
            continue;
        }
        if (memcmp(row->source, source, SUBJECT_BYTES) != 0)
            continue;
        own++;
        if (oldest == NULL || row->until_us < oldest->until_us)
            oldest = row;
    }
    return own >= ATTEMPTS_SOURCE_MOST ? oldest : free_row;
}

const struct attempt *
attempt_add(struct attempts *attempts, const struct attempt *like, int64_t now_us)
{
    struct attempt *row = row_take(attempts, like->source, now_us);
    if (row == NULL)
        return NULL;
    uint8_t raw[ATTEMPT_CHARS / 2];
    random_bytes(raw, sizeof raw);
    *row = *like;
    row->until_us = now_us + ATTEMPT_S * TIME_US_SECOND;
    hex_encode(raw, sizeof raw, row->id);
    return row;
}

struct attempt *
attempt_find(struct attempts *attempts, struct str id, const char *zone, int64_t now_us)
{
    if (id.n != ATTEMPT_CHARS)
        return NULL;
    for (size_t i = 0; i < ATTEMPTS_MOST; i++) {
        struct attempt *row = &attempts->row[i];
        if (row->id[0] == '\0' || memcmp(row->id, id.p, ATTEMPT_CHARS) != 0)
            continue;
        if (row->until_us <= now_us)
            attempt_drop(row);
        return row->id[0] != '\0' && strcmp(row->zone, zone) == 0 ? row : NULL;
    }
    return NULL;
}

void
attempt_drop(struct attempt *attempt)
{
    secret_wipe(attempt, sizeof *attempt);
}

unsigned
attempt_accepts(const struct attempt *attempt, unsigned available)
{
    unsigned accepts = 0;
    for (size_t i = 0; i < attempt->any_count; i++) {
        unsigned set = attempt->any[i];
        if ((set & ~available) == 0 && (attempt->passed & ~set) == 0)
            accepts |= set & ~attempt->passed;
    }
    return accepts;
}

bool
attempt_complete(const struct attempt *attempt, unsigned passed)
{
    if (rules_kinds(passed) < attempt->kinds)
        return false;
    for (size_t i = 0; i < attempt->any_count; i++)
        if ((attempt->any[i] & ~passed) == 0)
            return true;
    return false;
}
