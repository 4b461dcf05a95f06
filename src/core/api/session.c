/*
 * session: asks authd whose a session is. Runs in cored.
 *
 * Invariants: only confirmed sessions are kept, under the SHA-256 of session and zone; the
 * account's person is looked up anew at every use, so a leaver is nobody at once.
 */
#include "core/api/session.h"

#include "base/crypt/hash.h"
#include "base/mem/ensure.h"
#include "base/os/time.h"
#include "core/account/account.h"
#include "proto/auth/auth.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS = 1024, SESSION_BYTES = 256, ASK_MS = 5000 };

struct slot {
    unsigned char key[SHA256_BYTES];
    int64_t until_ms; /* monotonic; 0: empty */
    bool quiet;       /* authd was asked without telling it of a use */
    struct session_known known;
};

struct session_desk {
    struct store *store;
    struct ipc_edge *edge;
    uint64_t ended; /* rises with every session that ended */
    struct slot slots[SLOTS];
};

struct asking {
    struct session_desk *desk;
    uint64_t ended; /* the desk's when it was asked */
    bool quiet;
    unsigned char key[SHA256_BYTES];
    session_done *done;
    void *arg;
};

struct session_desk *
session_desk_new(struct loop *loop, struct store *store, struct ipc_edge *edge)
{
    (void)loop;
    struct session_desk *desk = calloc(1, sizeof *desk);
    ensure(desk != NULL);
    desk->store = store;
    desk->edge = edge;
    return desk;
}

void
session_desk_free(struct session_desk *desk)
{
    free(desk);
}

static void
key_make(struct str session, struct str zone, unsigned char ret[SHA256_BYTES])
{
    struct sha256 h;
    sha256_init(&h);
    sha256_put(&h, zone.p, zone.n);
    sha256_put(&h, "\0", 1);
    sha256_put(&h, session.p, session.n);
    sha256_take(&h, ret);
    sha256_done(&h);
}

static struct slot *
slot_of(struct session_desk *desk, const unsigned char key[SHA256_BYTES])
{
    return &desk->slots[((unsigned)key[0] << 8 | key[1]) % SLOTS];
}

static void
refuse(session_done *done, void *arg, const char *code)
{
    struct err err = {0};
    (void)err_set(&err, code, __FILE__, __LINE__, "session");
    done(arg, NULL, &err);
}

/* Finds the person of KNOWN's account and tells. */
static void
tell(struct session_desk *desk, struct session_known *known, session_done *done, void *arg)
{
    struct err err = {0};
    int rc = account_of(desk->store, known->account, &known->person, &err);
    if (rc < 0) {
        done(arg, NULL, &err);
    } else if (rc > 0) {
        refuse(done, arg, "auth.no_session");
    } else {
        done(arg, known, NULL);
    }
}

static void
answered(void *arg, const struct ipc_result *result)
{
    struct asking *asking = arg;
    const struct session_state *state = result->value;
    if (state == NULL) {
        asking->done(asking->arg, NULL, result->err);
    } else if (!state->valid) {
        refuse(asking->done, asking->arg, "auth.no_session");
    } else {
        struct slot *slot = slot_of(asking->desk, asking->key);
        memcpy(slot->key, asking->key, sizeof slot->key);
        bool fresh = asking->ended == asking->desk->ended;
        slot->quiet = asking->quiet;
        slot->until_ms = fresh ? time_mono_ms() + SESSION_CACHE_MS : 0;
        slot->known = (struct session_known){.account = state->account,
                                             .fresh_until = state->fresh_until,
                                             .until = state->until,
                                             .idle_s = state->idle_s};
        (void)snprintf(slot->known.factors, sizeof slot->known.factors, "%.*s",
                       STR_FMT(state->factors));
        struct session_known known = slot->known;
        tell(asking->desk, &known, asking->done, asking->arg);
    }
    free(asking);
}

void
session_forget(struct session_desk *desk, uint64_t account)
{
    desk->ended++;
    for (size_t i = 0; i < SLOTS; i++)
        if (desk->slots[i].known.account == account)
            desk->slots[i].until_ms = 0;
}

void
session_ask(struct session_desk *desk, const struct session_claim *claim, session_done *done,
            void *arg)
{
    unsigned char key[SHA256_BYTES];
    struct str session = claim->session, zone = claim->zone;
    if (session.n == 0 || session.n > SESSION_BYTES) {
        refuse(done, arg, "auth.no_session");
        return;
    }
    key_make(session, zone, key);
    struct slot *slot = slot_of(desk, key);
    bool counted = claim->quiet || !slot->quiet; /* authd hears of each use in time */
    if (counted && slot->until_ms > time_mono_ms() && memcmp(slot->key, key, sizeof key) == 0) {
        struct session_known known = slot->known;
        tell(desk, &known, done, arg);
        return;
    }
    if (desk->edge == NULL) {
        refuse(done, arg, "ipc.away");
        return;
    }
    struct asking *asking = calloc(1, sizeof *asking);
    ensure(asking != NULL);
    *asking = (struct asking){
        .desk = desk, .ended = desk->ended, .quiet = claim->quiet, .done = done, .arg = arg};
    memcpy(asking->key, key, sizeof key);
    struct session_check check = {.session = session, .zone = zone, .quiet = claim->quiet};
    ipc_request(desk->edge, &session_check_message, &check, NULL, &session_state_message, ASK_MS,
                answered, asking);
}
