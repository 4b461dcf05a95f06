/*
 * sessions: see sessions.h. Runs in authd.
 *
 * Invariants: what is in the table is in the store (made rows enter the table after their commit);
 * a session that ended leaves the table at once and the store with the next commit; should that
 * commit fail the row is gone from memory all the same and over by its own times after a restart.
 */
#include "core/auth/sessions.h"

#include "base/crypt/encode.h"
#include "base/crypt/hash.h"
#include "base/crypt/secret.h"
#include "base/mem/ensure.h"
#include "base/os/time.h"

#include <stdlib.h>
#include <string.h>

enum { BUCKETS = 8192, SAVE_LAG_S = 30 };

struct sessions {
    struct store *store;
    session_ended_call *ended;
    void *arg;
    struct session *bucket[BUCKETS];
    size_t count;
};

static const struct store_statement put = {
    "session.put", "INSERT INTO session(digest, account, zone, factors, made_us, until_us, idle_s,"
                   " used_us, fresh_us) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"};
static const struct store_statement drop = {"session.drop",
                                            "DELETE FROM session WHERE digest = $1"};
static const struct store_statement save = {"session.save",
                                            "UPDATE session SET used_us = $2 WHERE digest = $1"};
static const struct store_statement all = {
    "session.all",
    "SELECT digest, account, zone, factors, made_us, until_us, idle_s, used_us, fresh_us"
    " FROM session"};

static struct session **
bucket_of(struct sessions *sessions, const uint8_t digest[SESSION_DIGEST_BYTES])
{
    uint16_t at;
    memcpy(&at, digest, sizeof at);
    return &sessions->bucket[at % BUCKETS];
}

static struct session **
find(struct sessions *sessions, const uint8_t digest[SESSION_DIGEST_BYTES])
{
    struct session **link = bucket_of(sessions, digest);
    while (*link != NULL && memcmp((*link)->digest, digest, SESSION_DIGEST_BYTES) != 0)
        link = &(*link)->next;
    return link;
}

/* False when ID is not the form of an identifier. */
static bool
digest_of(struct str id, uint8_t ret_digest[SESSION_DIGEST_BYTES])
{
    uint8_t raw[SESSION_CHARS / 2];
    if (!hex_decode(id, raw, sizeof raw))
        return false;
    sha256_of(raw, sizeof raw, ret_digest);
    secret_wipe(raw, sizeof raw);
    return true;
}

/* Why SESSION does not hold any more at NOW_US; NULL: it holds. */
static const char *
over(const struct session *session, int64_t now_us)
{
    if (now_us >= session->until_us)
        return "absolute";
    if (now_us - session->used_us >= (int64_t)session->idle_s * TIME_US_SECOND)
        return "idle";
    return NULL;
}

struct ending {
    struct sessions *sessions;
    struct session *session;
    const char *why;
};

static int
end_unit(struct store *store, void *arg, struct err *err)
{
    const struct ending *ending = arg;
    struct db_query *query = db_query(store, &drop);
    db_bind_blob(query, 1, ending->session->digest, SESSION_DIGEST_BYTES);
    return db_run(query, err) < 0 ? -1 : 0;
}

static void
end_done(void *arg, int result, const struct err *err)
{
    struct ending *ending = arg;
    (void)result;
    (void)err;
    free(ending->session);
    free(ending);
}

/* Takes the session at LINK out. WHY is static. The ended call comes at once, for the session
 * counts no more from here on. */
static void
end_at(struct sessions *sessions, struct session **link, const char *why)
{
    struct ending *ending = malloc(sizeof *ending);
    ensure(ending != NULL);
    *ending = (struct ending){sessions, *link, why};
    *link = (*link)->next;
    sessions->count--;
    if (sessions->ended != NULL)
        sessions->ended(sessions->arg, ending->session, why);
    store_write(sessions->store, end_unit, end_done, ending);
}

static void
add(struct sessions *sessions, const struct session *like)
{
    struct session *session = malloc(sizeof *session);
    ensure(session != NULL);
    *session = *like;
    struct session **bucket = bucket_of(sessions, session->digest);
    session->next = *bucket;
    *bucket = session;
    sessions->count++;
}

static bool
row_read(struct db_query *query, struct session *ret)
{
    struct str zone = db_text(query, 2);
    *ret = (struct session){.account = (uint64_t)db_int(query, 1),
                            .factors = (unsigned)db_int(query, 3),
                            .made_us = db_int(query, 4),
                            .until_us = db_int(query, 5),
                            .idle_s = (uint64_t)db_int(query, 6),
                            .used_us = db_int(query, 7),
                            .saved_us = db_int(query, 7),
                            .fresh_us = db_int(query, 8)};
    if (zone.n > SESSION_ZONE_BYTES || !db_blob_to(query, 0, ret->digest, SESSION_DIGEST_BYTES))
        return false;
    memcpy(ret->zone, zone.p, zone.n);
    return true;
}

int
sessions_open(struct store *store, int64_t now_us, session_ended_call *ended, void *arg,
              struct sessions **ret_sessions, struct err *err)
{
    struct sessions *sessions = calloc(1, sizeof *sessions);
    ensure(sessions != NULL);
    *sessions = (struct sessions){.store = store, .ended = ended, .arg = arg};
    struct db_query *query = db_query(store, &all);
    int rc;
    struct session session;
    while ((rc = db_step(query, err)) > 0)
        if (row_read(query, &session))
            add(sessions, &session);
    db_end(query);
    if (rc < 0) {
        sessions_close(sessions);
        return -1;
    }
    sessions_sweep(sessions, now_us);
    *ret_sessions = sessions;
    return 0;
}

void
sessions_close(struct sessions *sessions)
{
    if (sessions == NULL)
        return;
    for (size_t i = 0; i < BUCKETS; i++) {
        struct session *session = sessions->bucket[i];
        while (session != NULL) {
            struct session *next = session->next;
            free(session);
            session = next;
        }
    }
    free(sessions);
}

int
session_make(struct sessions *sessions, const struct session_new *new, struct session *ret,
             char ret_id[SESSION_CHARS + 1], struct err *err)
{
    if (sessions->count >= SESSIONS_MOST)
        return ERR(err, "auth.sessions", "%d", SESSIONS_MOST);
    ensure(new->zone.n <= SESSION_ZONE_BYTES);
    uint8_t raw[SESSION_CHARS / 2];
    random_bytes(raw, sizeof raw);
    hex_encode(raw, sizeof raw, ret_id);
    *ret = (struct session){.account = new->account,
                            .factors = new->factors,
                            .made_us = new->now_us,
                            .until_us = new->now_us + (int64_t) new->absolute_s *TIME_US_SECOND,
                            .idle_s = new->idle_s,
                            .used_us = new->now_us,
                            .saved_us = new->now_us,
                            .fresh_us = new->now_us + SESSION_FRESH_S *TIME_US_SECOND};
    sha256_of(raw, sizeof raw, ret->digest);
    secret_wipe(raw, sizeof raw);
    memcpy(ret->zone, new->zone.p, new->zone.n);
    struct db_query *query = db_query(sessions->store, &put);
    db_bind_blob(query, 1, ret->digest, SESSION_DIGEST_BYTES);
    db_bind_int(query, 2, (int64_t)ret->account);
    db_bind_text(query, 3, new->zone);
    db_bind_int(query, 4, ret->factors);
    db_bind_int(query, 5, ret->made_us);
    db_bind_int(query, 6, ret->until_us);
    db_bind_int(query, 7, (int64_t)ret->idle_s);
    db_bind_int(query, 8, ret->used_us);
    db_bind_int(query, 9, ret->fresh_us);
    return db_run(query, err) < 0 ? -1 : 0;
}

/* Makes room when an account holds as many as it may in that zone. */
static void
oldest_end(struct sessions *sessions, const struct session *new)
{
    struct session **oldest = NULL;
    size_t count = 0;
    for (size_t i = 0; i < BUCKETS; i++)
        for (struct session **link = &sessions->bucket[i]; *link != NULL; link = &(*link)->next) {
            if ((*link)->account != new->account || strcmp((*link)->zone, new->zone) != 0)
                continue;
            count++;
            if (oldest == NULL || (*link)->used_us < (*oldest)->used_us)
                oldest = link;
        }
    if (count >= SESSIONS_ACCOUNT_MOST)
        end_at(sessions, oldest, "replaced");
}

void
session_added(struct sessions *sessions, const struct session *session)
{
    oldest_end(sessions, session);
    add(sessions, session);
}

const struct session *
session_use(struct sessions *sessions, struct str id, struct str zone, bool quiet, int64_t now_us)
{
    uint8_t digest[SESSION_DIGEST_BYTES];
    if (!digest_of(id, digest))
        return NULL;
    struct session **link = find(sessions, digest);
    if (*link == NULL || !str_equal_z(zone, (*link)->zone))
        return NULL;
    const char *why = over(*link, now_us);
    if (why != NULL) {
        end_at(sessions, link, why);
        return NULL;
    }
    if (!quiet)
        (*link)->used_us = now_us;
    return *link;
}

size_t
sessions_end(struct sessions *sessions, uint64_t account, struct str id, const char *why)
{
    uint8_t digest[SESSION_DIGEST_BYTES];
    size_t ended = 0;
    if (account == 0) {
        struct session **link = digest_of(id, digest) ? find(sessions, digest) : NULL;
        if (link == NULL || *link == NULL)
            return 0;
        end_at(sessions, link, why);
        return 1;
    }
    for (size_t i = 0; i < BUCKETS; i++) {
        struct session **link = &sessions->bucket[i];
        while (*link != NULL) {
            if ((*link)->account != account) {
                link = &(*link)->next;
                continue;
            }
            end_at(sessions, link, why);
            ended++;
        }
    }
    return ended;
}

/* Writes the times of last use that the store knows too old. */
static int
save_unit(struct store *store, void *arg, struct err *err)
{
    const struct sessions *sessions = arg;
    for (size_t i = 0; i < BUCKETS; i++)
        for (struct session *s = sessions->bucket[i]; s != NULL; s = s->next) {
            if (s->used_us - s->saved_us < SAVE_LAG_S * TIME_US_SECOND)
                continue;
            struct db_query *query = db_query(store, &save);
            db_bind_blob(query, 1, s->digest, SESSION_DIGEST_BYTES);
            db_bind_int(query, 2, s->used_us);
            if (db_run(query, err) < 0)
                return -1;
            s->saved_us = s->used_us;
        }
    return 0;
}

void
sessions_sweep(struct sessions *sessions, int64_t now_us)
{
    for (size_t i = 0; i < BUCKETS; i++) {
        struct session **link = &sessions->bucket[i];
        while (*link != NULL) {
            const char *why = over(*link, now_us);
            if (why != NULL)
                end_at(sessions, link, why);
            else
                link = &(*link)->next;
        }
    }
    store_write(sessions->store, save_unit, NULL, sessions);
}

size_t
sessions_count(const struct sessions *sessions)
{
    return sessions->count;
}
