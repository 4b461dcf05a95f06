/*
 * auth: see auth.h. Runs in authd: opening and closing, sessions, the clock that keeps things tidy.
 *
 * Invariants: the zone of a request is the name of the edge it came through, never what it says; a
 * session is valid only in the zone of its birth; nothing here blocks the loop but the store's own
 * short writes.
 */
#include "core/auth/auth.h"

#include "base/mem/arena.h"
#include "base/mem/ensure.h"
#include "base/os/time.h"
#include "core/auth/answer.h"
#include "core/auth/private.h"
#include "proto/account/account.h"

#include <stdlib.h>
#include <string.h>

enum { TURN_MS = 15000, SWEEP_S = 3600 };

static const struct store_statement clock_get = {"auth.clock_get",
                                                 "SELECT newest_us FROM clock WHERE one = 1"};
static const struct store_statement clock_put = {
    "auth.clock_put", "UPDATE clock SET newest_us = $1 WHERE one = 1 AND newest_us < $1"};

static const struct clock_source system_clock = {time_now_us, time_mono_us};
static const struct hasher_cost production_cost = {HASH_MEMORY_BYTES, HASH_PASSES};

static int
turn_unit(struct store *store, void *arg, struct err *err)
{
    struct auth *auth = arg;
    int64_t now_us = auth_clock_now(&auth->clock);
    struct db_query *query = db_query(store, &clock_put);
    db_bind_int(query, 1, now_us);
    if (db_run(query, err) < 0)
        return -1;
    if (now_us - auth->swept_us < SWEEP_S * TIME_US_SECOND)
        return 0;
    auth->swept_us = now_us;
    return brake_sweep(store, now_us, err);
}

/* Every quarter of a minute: what is over ends, the newest time is kept. */
static void
turn(void *arg)
{
    struct auth *auth = arg;
    int64_t now_us = auth_clock_now(&auth->clock);
    sessions_sweep(auth->sessions, now_us);
    store_write(auth->store, turn_unit, NULL, auth);
    struct err err;
    (void)leaves_turn(&auth->leaves, now_us, &err); /* counted again next time */
    loop_timer_start(auth->timer, TURN_MS);
}

/* A session ended: ledger and cored hear of it. That they cannot now does not keep it alive. */
static void
session_over(void *arg, const struct session *session, const char *why)
{
    struct auth *auth = arg;
    struct auth_leaf leaf = {.kind = "session.end",
                             .account = session->account,
                             .session = session->digest,
                             .why = why,
                             .zone = session->zone};
    struct err err;
    (void)leaf_tell(&auth->leaves, &leaf, &err);
    struct session_over over = {session->account};
    (void)ipc_note(auth->accounts, &session_over_message, &over, NULL); /* away: it asks anew */
}

static int
parts_open(struct auth *auth, const struct auth_options *options, struct err *err)
{
    int64_t newest_us = 0;
    if (vault_open(auth->store, options->dir, &auth->vault, err) < 0)
        return -1;
    if (db_one_int(db_query(auth->store, &clock_get), &newest_us, err) < 0)
        return -1;
    auth_clock_init(&auth->clock, options->clock == NULL ? &system_clock : options->clock,
                    newest_us);
    const struct hasher_cost *cost = options->cost == NULL ? &production_cost : options->cost;
    if (hasher_new(auth->loop, cost, &auth->hasher, err) < 0)
        return -1;
    return sessions_open(auth->store, auth_clock_now(&auth->clock), session_over, auth,
                         &auth->sessions, err);
}

int
auth_open(const struct auth_options *options, struct auth **ret_auth, struct err *err)
{
    struct auth *auth = calloc(1, sizeof *auth);
    ensure(auth != NULL);
    auth->loop = options->loop;
    auth->accounts = options->accounts;
    auth->attempts = attempts_new();
    auth->sources = brake_sources_new();
    leaves_init(&auth->leaves, options->leaf, options->leaf_arg);
    struct arena *arena = arena_new(65536);
    char *path = arena_printf(arena, "%s/auth.db", options->dir);
    int rc = arena_check(arena, err);
    if (rc == 0) {
        struct store_options store = {options->loop, path, options->sql_dir};
        rc = store_open(&store, &auth->store, err);
    }
    arena_free(arena);
    if (rc == 0)
        rc = parts_open(auth, options, err);
    if (rc != 0) {
        auth_close(auth);
        return -1;
    }
    auth->timer = loop_timer_new(auth->loop, turn, auth);
    turn(auth);
    *ret_auth = auth;
    return 0;
}

void
auth_close(struct auth *auth)
{
    if (auth == NULL)
        return;
    loop_timer_free(auth->timer);
    if (auth->accounts != NULL)
        login_close(auth);
    hasher_free(auth->hasher);
    if (auth->sessions != NULL)
        store_write(auth->store, turn_unit, NULL, auth);
    store_close(auth->store);
    sessions_close(auth->sessions);
    attempts_free(auth->attempts);
    brake_sources_free(auth->sources);
    vault_close(auth->vault);
    free(auth);
}

static void
logout(struct auth *auth, struct ipc_call *call, const char *zone,
       const struct auth_request *request)
{
    int64_t now_us = auth_clock_now(&auth->clock);
    if (session_use(auth->sessions, request->session, str_of(zone), true, now_us) != NULL)
        (void)sessions_end(auth->sessions, 0, request->session, "logout");
    answer_ended(call);
}

struct action {
    const char *name;
    void (*run)(struct auth *auth, struct ipc_call *call, const char *zone,
                const struct auth_request *request);
};

static const struct action actions[] = {
    {"begin", login_begin}, {"step", login_step}, {"end", logout}};

/* The zone of the edge "portald.ZONE". */
static const char *
zone_of(const struct ipc_call *call)
{
    static const char prefix[] = "portald.";
    const char *name = ipc_edge_name(ipc_call_edge(call));
    ensure(strncmp(name, prefix, sizeof prefix - 1) == 0);
    const char *zone = name + sizeof prefix - 1;
    ensure(strlen(zone) > 0 && strlen(zone) <= ZONE_BYTES);
    return zone;
}

static void
handle_request(void *ctx, struct ipc_call *call, const void *value)
{
    const struct auth_request *request = value;
    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++)
        if (str_equal_z(request->action, actions[i].name)) {
            actions[i].run(ctx, call, zone_of(call), request);
            return;
        }
    answer_error(call, 404, "not_found", 0);
}

/* An instant of authd's clock on the system's, for others to compare with theirs. */
static uint64_t
wall_of(const struct auth *auth, int64_t at_us, int64_t now_us)
{
    int64_t wall_us = auth_clock_wall(&auth->clock) + (at_us - now_us);
    return wall_us > 0 ? (uint64_t)wall_us : 0;
}

static void
handle_check(void *ctx, struct ipc_call *call, const void *value)
{
    struct auth *auth = ctx;
    const struct session_check *ask = value;
    int64_t now_us = auth_clock_now(&auth->clock);
    struct session_state state = {.factors = STR("")};
    struct buf factors;
    buf_init(&factors, 128);
    const struct session *session =
        session_use(auth->sessions, ask->session, ask->zone, ask->quiet, now_us);
    if (session != NULL) {
        for (unsigned bit = 1; bit <= FACTOR_CODE; bit <<= 1)
            if (session->factors & bit)
                buf_printf(&factors, "%s%s", factors.n > 0 ? "," : "", rules_factor_name(bit));
        state = (struct session_state){.valid = true,
                                       .account = session->account,
                                       .factors = buf_str(&factors),
                                       .fresh_until = wall_of(auth, session->fresh_us, now_us),
                                       .until = wall_of(auth, session->until_us, now_us),
                                       .idle_s = session->idle_s};
    }
    ipc_answer(call, &session_state_message, &state, NULL);
    buf_free(&factors);
}

/* Reasons are words of ours; anything else a caller says is told as "ended". */
static const char *
why_of(struct str why)
{
    static const char *const known[] = {"logout",    "leaver", "mover",
                                        "suspended", "rule",   "card_lost"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (str_equal_z(why, known[i]))
            return known[i];
    return "ended";
}

static void
handle_end(void *ctx, struct ipc_call *call, const void *value)
{
    struct auth *auth = ctx;
    const struct session_end *ask = value;
    struct session_ended ended = {
        sessions_end(auth->sessions, ask->account, ask->session, why_of(ask->why))};
    if (!ipc_call_is_note(call))
        ipc_answer(call, &session_ended_message, &ended, NULL);
}

struct opening {
    struct auth *auth;
    struct ipc_call *call;
    uint64_t account;
};

static int
open_unit(struct store *store, void *arg, struct err *err)
{
    const struct opening *opening = arg;
    uint8_t subject[SUBJECT_BYTES];
    vault_subject(opening->auth->vault, opening->account, STR(""), subject);
    return (int)brake_open(store, subject, err);
}

static void
open_done(void *arg, int result, const struct err *err)
{
    struct opening *opening = arg;
    struct account_opened opened = {result < 0 ? 0 : (uint64_t)result};
    if (result < 0)
        ipc_fail(opening->call, err);
    else
        ipc_answer(opening->call, &account_opened_message, &opened, NULL);
    free(opening);
}

static void
handle_open(void *ctx, struct ipc_call *call, const void *value)
{
    const struct account_open *ask = value;
    if (ipc_call_is_note(call))
        return;
    struct opening *opening = malloc(sizeof *opening);
    ensure(opening != NULL);
    *opening = (struct opening){ctx, call, ask->account};
    store_write(opening->auth->store, open_unit, open_done, opening);
}

static const struct ipc_route portal_routes[] = {{&auth_request_message, handle_request}};

static const struct ipc_route core_routes[] = {
    {&session_check_message, handle_check},
    {&session_end_message, handle_end},
    {&account_open_message, handle_open},
};

const struct ipc_service auth_portal_service = {"auth", portal_routes, 1};
const struct ipc_service auth_core_service = {"auth", core_routes, 3};
