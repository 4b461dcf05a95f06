/*
 * brake: see brake.h. Runs in authd.
 *
 * Invariants: a line's until_us never goes back but by a success or by opening it; the table of
 * sources has a fixed size, and when it is full the source that was quiet longest makes room.
 */
#include "core/auth/brake.h"

#include "base/mem/ensure.h"
#include "base/os/time.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

static const struct store_statement line_get = {
    "brake.get", "SELECT failures, until_us, locked FROM brake WHERE subject = $1 AND source = $2"};
static const struct store_statement known_get = {
    "brake.known", "SELECT 1 FROM brake WHERE subject = $1 AND source = $2 AND success_us > $3"};
static const struct store_statement line_put = {
    "brake.put",
    "INSERT INTO brake(subject, source, failures, until_us, locked, success_us, changed_us)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT(subject, source) DO UPDATE SET"
    " failures = $3, until_us = $4, locked = $5, success_us = max(success_us, $6),"
    " changed_us = $7"};
static const struct store_statement line_open = {
    "brake.open", "UPDATE brake SET failures = 0, until_us = 0, locked = 0 WHERE subject = $1"};
static const struct store_statement line_sweep = {"brake.sweep",
                                                  "DELETE FROM brake WHERE changed_us < $1"};

uint64_t
brake_wait_s(const struct brake_rule *rule, uint64_t failures, bool *ret_locked)
{
    *ret_locked = failures >= (rule->privileged ? BRAKE_LOCK_PRIVILEGED_AT : BRAKE_LOCK_AT);
    if (*ret_locked || failures >= rule->tries)
        return BRAKE_PAUSE_S;
    if (failures < BRAKE_DELAY_FROM)
        return 0;
    uint64_t doublings = failures - BRAKE_DELAY_FROM;
    return doublings >= 6 ? BRAKE_DELAY_MOST_S : UINT64_C(1) << doublings;
}

static int64_t
known_since(int64_t now_us)
{
    return now_us - BRAKE_KNOWN_DAYS * TIME_US_DAY;
}

int
brake_find(struct store *store, int64_t now_us, struct brake_line *ret, struct err *err)
{
    int64_t one;
    struct db_query *query = db_query(store, &known_get);
    db_bind_blob(query, 1, ret->subject, SUBJECT_BYTES);
    db_bind_blob(query, 2, ret->source, SUBJECT_BYTES);
    db_bind_int(query, 3, known_since(now_us));
    int rc = db_one_int(query, &one, err);
    if (rc < 0)
        return -1;
    ret->known = rc == 0;
    ret->failures = 0;
    ret->until_us = 0;
    ret->locked = false;
    query = db_query(store, &line_get);
    db_bind_blob(query, 1, ret->subject, SUBJECT_BYTES);
    db_bind_blob(query, 2, ret->source, ret->known ? SUBJECT_BYTES : 0);
    rc = db_step(query, err);
    if (rc > 0) {
        ret->failures = (uint64_t)db_int(query, 0);
        ret->until_us = db_int(query, 1);
        ret->locked = db_int(query, 2) != 0;
    }
    db_end(query);
    return rc < 0 ? -1 : 0;
}

uint64_t
brake_left_s(const struct brake_line *line, int64_t now_us)
{
    if (line->locked)
        return BRAKE_PAUSE_S;
    if (line->until_us <= now_us)
        return 0;
    return (uint64_t)((line->until_us - now_us + TIME_US_SECOND - 1) / TIME_US_SECOND);
}

static int
line_write(struct store *store, const struct brake_line *line, int64_t success_us, int64_t now_us,
           struct err *err)
{
    struct db_query *query = db_query(store, &line_put);
    db_bind_blob(query, 1, line->subject, SUBJECT_BYTES);
    db_bind_blob(query, 2, line->source, line->known ? SUBJECT_BYTES : 0);
    db_bind_int(query, 3, (int64_t)line->failures);
    db_bind_int(query, 4, line->until_us);
    db_bind_int(query, 5, line->locked);
    db_bind_int(query, 6, success_us);
    db_bind_int(query, 7, now_us);
    return db_run(query, err) < 0 ? -1 : 0;
}

int
brake_fail(struct store *store, const struct brake_rule *rule, int64_t now_us,
           struct brake_line *line, struct err *err)
{
    line->failures++;
    uint64_t wait_s = brake_wait_s(rule, line->failures, &line->locked);
    int64_t until_us = now_us + (int64_t)wait_s * TIME_US_SECOND;
    if (until_us > line->until_us)
        line->until_us = until_us;
    return line_write(store, line, 0, now_us, err);
}

int
brake_success(struct store *store, int64_t now_us, const struct brake_line *line, struct err *err)
{
    struct brake_line zero = *line;
    zero.failures = 0;
    zero.until_us = 0;
    zero.locked = false;
    if (line_write(store, &zero, now_us, now_us, err) < 0)
        return -1;
    if (line->known)
        return 0;
    zero.known = true;
    return line_write(store, &zero, now_us, now_us, err);
}

int64_t
brake_open(struct store *store, const uint8_t subject[SUBJECT_BYTES], struct err *err)
{
    struct db_query *query = db_query(store, &line_open);
    db_bind_blob(query, 1, subject, SUBJECT_BYTES);
    return db_run(query, err);
}

int
brake_sweep(struct store *store, int64_t now_us, struct err *err)
{
    struct db_query *query = db_query(store, &line_sweep);
    db_bind_int(query, 1, known_since(now_us));
    return db_run(query, err) < 0 ? -1 : 0;
}

/* A minute of one source. */
struct source {
    uint8_t key[SUBJECT_BYTES];
    int64_t minute_us; /* when the minute began; 0: the row is free */
    uint32_t begins, failures;
};

struct brake_sources {
    struct source row[BRAKE_SOURCES_MOST];
};

struct brake_sources *
brake_sources_new(void)
{
    struct brake_sources *sources = calloc(1, sizeof *sources);
    ensure(sources != NULL);
    return sources;
}

void
brake_sources_free(struct brake_sources *sources)
{
    free(sources);
}

/* The row of KEY, in a new minute when the old one is over; made in place of the quietest. */
static struct source *
source_of(struct brake_sources *sources, const uint8_t key[SUBJECT_BYTES], int64_t now_us)
{
    struct source *oldest = &sources->row[0];
    for (size_t i = 0; i < BRAKE_SOURCES_MOST; i++) {
        struct source *row = &sources->row[i];
        if (row->minute_us != 0 && memcmp(row->key, key, SUBJECT_BYTES) == 0) {
            if (now_us - row->minute_us >= 60 * TIME_US_SECOND)
                *row = (struct source){.minute_us = now_us};
            memcpy(row->key, key, SUBJECT_BYTES);
            return row;
        }
        if (row->minute_us < oldest->minute_us)
            oldest = row;
    }
    *oldest = (struct source){.minute_us = now_us};
    memcpy(oldest->key, key, SUBJECT_BYTES);
    return oldest;
}

uint64_t
brake_source_left_s(struct brake_sources *sources, const uint8_t source[SUBJECT_BYTES],
                    int64_t now_us)
{
    const struct source *row = source_of(sources, source, now_us);
    if (row->failures < BRAKE_SOURCE_FAILURES && row->begins < BRAKE_SOURCE_BEGINS)
        return 0;
    int64_t left_us = row->minute_us + 60 * TIME_US_SECOND - now_us;
    return (uint64_t)((left_us + TIME_US_SECOND - 1) / TIME_US_SECOND);
}

void
brake_source_begin(struct brake_sources *sources, const uint8_t source[SUBJECT_BYTES],
                   int64_t now_us)
{
    source_of(sources, source, now_us)->begins++;
}

void
brake_source_fail(struct brake_sources *sources, const uint8_t source[SUBJECT_BYTES],
                  int64_t now_us)
{
    source_of(sources, source, now_us)->failures++;
}

void
brake_address(struct str address, uint8_t ret[SUBJECT_BYTES], size_t *ret_n)
{
    static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    char text[64] = "";
    struct in_addr v4;
    struct in6_addr v6;
    size_t n = address.n < sizeof text ? address.n : sizeof text - 1;
    memcpy(text, address.p == NULL ? "" : address.p, n);
    memset(ret, 0, SUBJECT_BYTES);
    if (inet_pton(AF_INET, text, &v4) == 1) {
        memcpy(ret, &v4, *ret_n = 4);
    } else if (inet_pton(AF_INET6, text, &v6) == 1) {
        bool is_v4 = memcmp(v6.s6_addr, mapped, sizeof mapped) == 0;
        *ret_n = is_v4 ? 4 : 8;
        memcpy(ret, v6.s6_addr + (is_v4 ? 12 : 0), *ret_n);
    } else {
        *ret_n = n < SUBJECT_BYTES ? n : SUBJECT_BYTES;
        memcpy(ret, text, *ret_n);
    }
}
