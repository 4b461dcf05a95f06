/*
 * auth_test: authd between made-up portals and a made-up cored: whole log-ins, refusals that look
 * alike, brakes, sessions and their ends, restarts, and a clock that is set back. The hash cost is
 * small; the leaves are checked against the ledger's own table.
 */
#include "core/auth/auth.h"

#include "base/os/time.h"
#include "core/auth/private.h"
#include "proto/account/account.h"
#include "proto/ledger/kinds.h"
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SATO = 1003, MORI = 1005, DAY_S = 86400 };

#define START_US (INT64_C(1800000000) * TIME_US_SECOND)

static const uint8_t seed[TOTP_SECRET_BYTES + 1] = "12345678901234567890";
static int64_t wall_us, mono_us;

struct world {
    char folder[64];
    struct loop *loop;
    struct auth *auth;
    struct ipc_edge *accounts, *accounts_far; /* authd asks, the made-up cored answers */
    struct ipc_edge *portal[2], *portal_far[2];
    struct ipc_edge *core, *core_far;
    bool away;        /* cored does not answer */
    bool ledger_full; /* leaves cannot be kept */
    char leaves[64][256];
    size_t leaf_count;
    /* the newest answer */
    unsigned status;
    char body[512], cookie[128], attempt[64];
    struct session_state state;
    char factors[64];
    uint64_t count, over; /* whose sessions cored was told to forget */
    bool answered;
};

static struct world *w;

static int64_t
wall(void)
{
    return wall_us;
}

static int64_t
mono(void)
{
    return mono_us;
}

static void
pass(int64_t seconds)
{
    wall_us += seconds * TIME_US_SECOND;
    mono_us += seconds * TIME_US_SECOND;
}

static void
resolve(void *ctx, struct ipc_call *call, const void *value)
{
    struct world *world = ctx;
    const struct account_resolve *ask = value;
    struct account_known known = {.any = STR("")};
    struct err err;
    if (world->away) {
        ERR(&err, "store.failed", "test");
        ipc_fail(call, &err);
        return;
    }
    bool sato = str_equal_z(ask->login, "sato") && !str_equal_z(ask->zone, "mynumber");
    bool mori = str_equal_z(ask->login, "mori");
    bool card = str_equal_z(ask->login, "card"); /* only a card would do */
    if (sato || mori)
        known = (struct account_known){true,
                                       sato ? SATO : MORI,
                                       STR("passkey_uv password+totp"),
                                       2,
                                       900,
                                       8 * 3600,
                                       sato ? 10 : 3,
                                       mori};
    if (card)
        known = (struct account_known){true, 1009, STR("card_pin"), 2, 900, 3600, 10, false};
    ipc_answer(call, &account_known_message, &known, NULL);
}

static void
over(void *ctx, struct ipc_call *call, const void *value)
{
    struct world *world = ctx;
    assert_true(ipc_call_is_note(call));
    world->over = ((const struct session_over *)value)->account;
}

static const struct ipc_route resolve_routes[] = {{&account_resolve_message, resolve},
                                                  {&session_over_message, over}};
static const struct ipc_service resolve_service = {"cored", resolve_routes, 2};

static int
leaf_put(void *arg, struct str kind, struct str data, struct err *err)
{
    struct world *world = arg;
    if (world->ledger_full)
        return ERR(err, "ledger.full", "test");
    struct err why;
    if (ledger_row_check(STR("authd"), kind, data, &why) != 0)
        fail_msg("%.*s %.*s: %s %s", STR_FMT(kind), STR_FMT(data), why.code, why.detail);
    if (world->leaf_count < 64)
        snprintf(world->leaves[world->leaf_count++], 256, "%.*s %.*s", STR_FMT(kind),
                 STR_FMT(data));
    return 0;
}

static void
join(struct ipc_edge *a, struct ipc_edge *b)
{
    int fds[2];
    assert_int_equal(ipc_pair(fds, NULL), 0);
    ipc_edge_attach(a, fds[0]);
    ipc_edge_attach(b, fds[1]);
}

static void
authd_open(void)
{
    static const struct clock_source clock = {wall, mono};
    static const struct hasher_cost cost = {8192, 1};
    struct err err;
    struct auth_options options = {.loop = w->loop,
                                   .dir = w->folder,
                                   .sql_dir = SEKISHO_SOURCE_DIR "/data/sql/auth",
                                   .accounts = w->accounts,
                                   .leaf = leaf_put,
                                   .leaf_arg = w,
                                   .cost = &cost,
                                   .clock = &clock};
    if (auth_open(&options, &w->auth, &err) != 0)
        fail_msg("%s %s", err.code, err.detail);
    ipc_edge_serve(w->portal[0], &auth_portal_service, w->auth);
    ipc_edge_serve(w->portal[1], &auth_portal_service, w->auth);
    ipc_edge_serve(w->core, &auth_core_service, w->auth);
}

static int
enrol(struct store *store, void *arg, struct err *err)
{
    (void)store;
    char hash[PASSWORD_HASH_CHARS];
    struct vault *vault = w->auth->vault;
    (void)arg;
    if (password_hash(STR("sato-password"), 8192, 1, hash, err) != 0 ||
        vault_password_put(vault, SATO, hash, 0, err) < 0 ||
        vault_totp_put(vault, SATO, seed, 0, err) < 0)
        return -1;
    if (password_hash(STR("mori-password"), 8192, 1, hash, err) != 0)
        return -1;
    return vault_password_put(vault, MORI, hash, 0, err) |
           vault_totp_put(vault, MORI, seed, 0, err);
}

static int
setup(void **state)
{
    (void)state;
    w = calloc(1, sizeof *w);
    wall_us = START_US;
    mono_us = 77 * TIME_US_SECOND;
    memcpy(w->folder, "/tmp/sekisho-auth-XXXXXX", sizeof "/tmp/sekisho-auth-XXXXXX");
    if (mkdtemp(w->folder) == NULL)
        return -1;
    w->loop = loop_new();
    w->accounts = ipc_edge_new(w->loop, "cored.ask", NULL, NULL);
    w->accounts_far = ipc_edge_new(w->loop, "authd.ask", &resolve_service, w);
    w->core = ipc_edge_new(w->loop, "cored", NULL, NULL);
    w->core_far = ipc_edge_new(w->loop, "authd", NULL, NULL);
    static const char *const portals[] = {"portald.internet", "portald.lgwan"};
    for (size_t i = 0; i < 2; i++) {
        w->portal[i] = ipc_edge_new(w->loop, portals[i], NULL, NULL);
        w->portal_far[i] = ipc_edge_new(w->loop, "authd", NULL, NULL);
    }
    authd_open();
    join(w->accounts, w->accounts_far);
    join(w->core, w->core_far);
    join(w->portal[0], w->portal_far[0]);
    join(w->portal[1], w->portal_far[1]);
    store_write(w->auth->store, enrol, NULL, NULL);
    store_flush(w->auth->store);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    auth_close(w->auth);
    struct ipc_edge *edges[] = {w->accounts,  w->accounts_far,  w->core,      w->core_far,
                                w->portal[0], w->portal_far[0], w->portal[1], w->portal_far[1]};
    for (size_t i = 0; i < 8; i++)
        ipc_edge_free(edges[i]);
    loop_free(w->loop);
    static const char *const names[] = {"auth.db", "auth.db-wal", "auth.db-shm", "key"};
    char path[128];
    for (size_t i = 0; i < 4; i++)
        if (snprintf(path, sizeof path, "%s/%s", w->folder, names[i]) > 0)
            (void)unlink(path);
    int rc = rmdir(w->folder);
    free(w);
    return rc;
}

static void
answered(void *arg, const struct ipc_result *result)
{
    struct world *world = arg;
    world->answered = true;
    if (result->value == NULL)
        fail_msg("%s", result->err->code);
    const struct auth_answer *answer = result->value;
    world->status = (unsigned)answer->status;
    snprintf(world->body, sizeof world->body, "%.*s", STR_FMT(answer->body));
    snprintf(world->cookie, sizeof world->cookie, "%.*s", STR_FMT(answer->cookie));
    const char *attempt = strstr(world->body, "\"attempt\":\"");
    if (attempt != NULL)
        snprintf(world->attempt, sizeof world->attempt, "%.32s", attempt + 11);
}

/* Sends VALUE and waits until DONE was called. */
static void
ask(struct ipc_edge *edge, const struct ipc_message *message, const void *value,
    const struct ipc_message *answer, ipc_done *done)
{
    w->answered = false;
    ipc_request(edge, message, value, NULL, answer, 5000, done, w);
    for (int i = 0; i < 200 && !w->answered; i++)
        loop_once(w->loop, 20);
    assert_true(w->answered);
}

struct from {
    size_t portal;
    const char *address, *session;
};

static const struct from here = {0, "192.0.2.1", ""};

/* One request; its answer stands in the world. */
static unsigned
post(const struct from *from, const char *action, const char *body)
{
    struct auth_request request = {str_of(action), str_of(from->session), str_of(from->address),
                                   str_of(body)};
    ask(w->portal_far[from->portal], &auth_request_message, &request, &auth_answer_message,
        answered);
    return w->status;
}

static unsigned
begin(const struct from *from, const char *login)
{
    char body[256];
    snprintf(body, sizeof body, "{\"login\":\"%s\"}", login);
    return post(from, "begin", body);
}

static unsigned
password(const struct from *from, const char *typed)
{
    char body[1024];
    snprintf(body, sizeof body,
             "{\"attempt\":\"%s\",\"factor\":\"password\",\"data\":{\"password\":\"%s\"}}",
             w->attempt, typed);
    return post(from, "step", body);
}

static unsigned
totp(const struct from *from, int64_t steps_off)
{
    int64_t step = wall_us / TIME_US_SECOND / 30 + steps_off;
    char body[256];
    snprintf(body, sizeof body,
             "{\"attempt\":\"%s\",\"factor\":\"totp\",\"data\":{\"code\":\"%06u\"}}", w->attempt,
             totp_code((struct str){(const char *)seed, TOTP_SECRET_BYTES}, (uint64_t)step));
    return post(from, "step", body);
}

/* A whole log-in with a code that was not used yet. The new session is in w->cookie. */
static void
log_in(const struct from *from, const char *login)
{
    char typed[64];
    snprintf(typed, sizeof typed, "%s-password", login);
    pass(30);
    assert_int_equal(begin(from, login), 200);
    assert_int_equal(password(from, typed), 200);
    assert_int_equal(totp(from, 0), 200);
    assert_int_equal(strlen(w->cookie), SESSION_CHARS);
}

static void
checked(void *arg, const struct ipc_result *result)
{
    struct world *world = arg;
    assert_non_null(result->value);
    world->answered = true;
    world->state = *(const struct session_state *)result->value;
    snprintf(world->factors, sizeof world->factors, "%.*s", STR_FMT(world->state.factors));
}

static bool
check(const char *session, const char *zone, bool quiet)
{
    struct session_check wanted = {str_of(session), str_of(zone), quiet};
    ask(w->core_far, &session_check_message, &wanted, &session_state_message, checked);
    return w->state.valid;
}

static void
counted(void *arg, const struct ipc_result *result)
{
    struct world *world = arg;
    assert_non_null(result->value);
    world->answered = true;
    world->count = *(const uint64_t *)result->value; /* the one field of both answers */
}

static uint64_t
end_account(uint64_t account, const char *session)
{
    struct session_end wanted = {account, str_of(session), STR("leaver")};
    ask(w->core_far, &session_end_message, &wanted, &session_ended_message, counted);
    return w->count;
}

static bool
told(const char *beginning)
{
    for (size_t i = 0; i < w->leaf_count; i++)
        if (strncmp(w->leaves[i], beginning, strlen(beginning)) == 0)
            return true;
    return false;
}

static void
a_whole_log_in_from_begin_to_end(void **state)
{
    (void)state;
    assert_int_equal(begin(&here, "sato"), 200);
    assert_non_null(strstr(w->body, "\"accept\":[\"password\"]"));
    assert_non_null(strstr(w->body, "\"state\":\"need\""));
    assert_int_equal(password(&here, "sato-password"), 200);
    assert_non_null(strstr(w->body, "\"accept\":[\"totp\"]"));
    assert_string_equal(w->cookie, "");
    assert_int_equal(totp(&here, 0), 200);
    assert_string_equal(w->body, "{\"state\":\"done\"}");
    char session[SESSION_CHARS + 1];
    memcpy(session, w->cookie, sizeof session);
    assert_true(check(session, "internet", false));
    assert_int_equal(w->state.account, SATO);
    assert_string_equal(w->factors, "password,totp");
    assert_int_equal(w->state.idle_s, 900);
    assert_int_equal(w->state.until, wall_us + INT64_C(8) * 3600 * TIME_US_SECOND);
    assert_int_equal(w->state.fresh_until, wall_us + INT64_C(300) * TIME_US_SECOND);
    assert_false(check(session, "lgwan", false)); /* a session lives in the zone of its birth */
    assert_false(check(session, "", false));
    assert_true(check(session, "internet", false));
    struct from other = {1, "192.0.2.1", session};
    assert_int_equal(post(&other, "end", ""), 200); /* and cannot be ended from another */
    assert_true(check(session, "internet", false));
    struct from mine = {0, "192.0.2.1", session};
    assert_int_equal(post(&mine, "end", ""), 200);
    assert_string_equal(w->cookie, "-");
    assert_int_equal(w->over, SATO); /* told before the portal is answered */
    assert_false(check(session, "internet", false));
    assert_true(told("auth.login {\"account\":\""));
    assert_non_null(strstr(w->leaves[0], "\"factors\":[\"password\",\"totp\"]"));
    assert_non_null(strstr(w->leaves[0], "\"zone\":\"internet\""));
}

static void
an_attempt_counts_once_and_in_its_zone(void **state)
{
    (void)state;
    assert_int_equal(begin(&here, "sato"), 200);
    struct from there = {1, "192.0.2.1", ""};
    assert_int_equal(password(&there, "sato-password"), 401);
    assert_non_null(strstr(w->body, "auth.attempt_expired"));
    assert_int_equal(totp(&here, 0), 422); /* not its turn */
    assert_int_equal(password(&here, "sato-password"), 200);
    assert_int_equal(password(&here, "sato-password"), 422);
    assert_int_equal(totp(&here, 0), 200);
    assert_int_equal(totp(&here, 1), 401);
    assert_non_null(strstr(w->body, "auth.attempt_expired"));
    assert_int_equal(begin(&here, "sato"), 200);
    pass(ATTEMPT_S);
    assert_int_equal(password(&here, "sato-password"), 401);
    assert_non_null(strstr(w->body, "auth.attempt_expired"));
}

static void
a_code_counts_once(void **state)
{
    (void)state;
    log_in(&here, "sato");
    assert_int_equal(begin(&here, "sato"), 200);
    assert_int_equal(password(&here, "sato-password"), 200);
    assert_int_equal(totp(&here, 0), 401);
    assert_non_null(strstr(w->body, "auth.code_replayed"));
    assert_int_equal(totp(&here, 5), 401);
    assert_non_null(strstr(w->body, "auth.code_wrong"));
    pass(30);
    assert_int_equal(totp(&here, 0), 200); /* the same attempt goes on */
}

/* What somebody without a password sees of LOGIN: begin, then COUNT wrong passwords in a row, each
 * when the brake lets it through. */
static void
siege(const char *login, const char *address, char *ret_seen, size_t size)
{
    struct from from = {0, address, ""};
    size_t n = 0;
    ret_seen[0] = '\0';
    for (int i = 0; i < 12; i++) {
        assert_int_equal(begin(&from, login), 200);
        char *attempt = strstr(w->body, w->attempt);
        assert_non_null(attempt);
        memset(attempt, '#', ATTEMPT_CHARS); /* random in all of them */
        n += (size_t)snprintf(ret_seen + n, size - n, "%s\n", w->body);
        (void)password(&from, "wrong-password");
        n += (size_t)snprintf(ret_seen + n, size - n, "%u %s\n", w->status, w->body);
        (void)password(&from, "wrong-password");
        n += (size_t)snprintf(ret_seen + n, size - n, "%u %s\n", w->status, w->body);
        pass(65);
    }
    assert_true(n < size);
}

static void
names_that_exist_and_names_that_do_not_look_alike(void **state)
{
    (void)state;
    static char known[16384], unknown[16384], zone[16384];
    siege("sato", "192.0.2.1", known, sizeof known);
    siege("nobody", "192.0.2.2", unknown, sizeof unknown);
    siege("card", "192.0.2.3", zone, sizeof zone); /* exists, but nothing here would do */
    assert_string_equal(known, unknown);
    assert_string_equal(known, zone);
    assert_non_null(strstr(known, "auth.refused"));
    assert_non_null(strstr(known, "auth.delayed"));
    assert_non_null(strstr(known, "auth.locked"));
    for (size_t i = 0; i < w->leaf_count; i++) /* what was typed is told nobody */
        assert_null(strstr(w->leaves[i], "nobody"));
    assert_true(told("auth.lock {\"account\":"));
    assert_true(told("auth.fail {\"factor\":\"password\"")); /* no account: a name nobody has */
}

static void
failures_slow_down_and_a_success_forgives(void **state)
{
    (void)state;
    assert_int_equal(begin(&here, "sato"), 200);
    for (int i = 0; i < 3; i++)
        assert_int_equal(password(&here, "wrong"), 401);
    assert_int_equal(password(&here, "sato-password"), 429); /* not even the right one */
    assert_string_equal(w->body, "{\"args\":{\"retry_s\":1},\"code\":\"auth.delayed\"}");
    pass(1);
    assert_int_equal(password(&here, "wrong"), 401);
    assert_int_equal(password(&here, "wrong"), 429);
    assert_non_null(strstr(w->body, "\"retry_s\":2"));
    pass(2);
    assert_int_equal(password(&here, "sato-password"), 200);
    assert_int_equal(totp(&here, 3), 401); /* the right password alone forgives nothing */
    assert_int_equal(totp(&here, 0), 401); /* five mistakes end the attempt */
    assert_non_null(strstr(w->body, "auth.attempt_expired"));
    assert_int_equal(begin(&here, "sato"), 200);
    assert_int_equal(password(&here, "sato-password"), 429);
    assert_non_null(strstr(w->body, "\"retry_s\":4"));
    pass(30);
    log_in(&here, "sato");
    assert_int_equal(begin(&here, "sato"), 200);
    assert_int_equal(password(&here, "wrong"), 401);
    assert_int_equal(password(&here, "wrong"), 401);
    assert_int_equal(password(&here, "sato-password"), 200);
}

static void
privileged_accounts_pause_at_three(void **state)
{
    (void)state;
    assert_int_equal(begin(&here, "mori"), 200);
    for (int i = 0; i < 3; i++)
        assert_int_equal(password(&here, "wrong"), 401);
    assert_int_equal(password(&here, "mori-password"), 429);
    assert_string_equal(w->body, "{\"args\":{\"retry_s\":900},\"code\":\"auth.locked\"}");
    assert_true(told("auth.lock "));
    pass(901);
    log_in(&here, "mori");
}

static void
a_locked_account_waits_for_somebody(void **state)
{
    (void)state;
    for (int i = 0; i < 10; i++) {
        assert_int_equal(begin(&here, "mori"), 200);
        assert_int_equal(password(&here, "wrong"), 401);
        pass(901);
    }
    pass(10 * DAY_S);
    assert_int_equal(begin(&here, "mori"), 200);
    assert_int_equal(password(&here, "mori-password"), 429);
    struct account_open wanted = {MORI};
    ask(w->core_far, &account_open_message, &wanted, &account_opened_message, counted);
    assert_int_equal(w->count, 1);
    log_in(&here, "mori");
}

static void
a_stranger_cannot_lock_the_holder_out(void **state)
{
    (void)state;
    struct from stranger = {0, "198.51.100.9", ""};
    log_in(&here, "mori");
    for (int i = 0; i < 10; i++) {
        assert_int_equal(begin(&stranger, "mori"), 200);
        assert_int_equal(password(&stranger, "wrong"), 401);
        pass(901);
    }
    assert_int_equal(begin(&stranger, "mori"), 200);
    assert_int_equal(password(&stranger, "mori-password"), 429);
    log_in(&here, "mori"); /* from where it was used before */
}

static void
one_source_fails_sixty_times_a_minute(void **state)
{
    (void)state;
    char login[32];
    for (int i = 0; i < 60; i++) {
        snprintf(login, sizeof login, "guess%d", i);
        assert_int_equal(begin(&here, login), 200);
        assert_int_equal(password(&here, "wrong"), 401);
    }
    assert_int_equal(begin(&here, "sato"), 429);
    struct from other = {0, "192.0.2.200", ""};
    assert_int_equal(begin(&other, "sato"), 200);
    pass(61);
    assert_int_equal(begin(&here, "sato"), 200);
    pass(61);
    assert_int_equal(password(&here, "wrong"), 401);
    assert_true(w->leaf_count < 16); /* ten, the number of the others, and the new one */
    assert_true(told("auth.fail {\"count\":50,"));
}

static void
sessions_end_when_idle_and_when_old(void **state)
{
    (void)state;
    char session[SESSION_CHARS + 1];
    log_in(&here, "sato");
    memcpy(session, w->cookie, sizeof session);
    pass(899);
    assert_true(check(session, "internet", false));
    pass(899);
    assert_true(check(session, "internet", true)); /* a look keeps nothing alive */
    pass(1);
    assert_false(check(session, "internet", false));
    assert_non_null(strstr(w->leaves[w->leaf_count - 1], "\"why\":\"idle\""));
    log_in(&here, "sato");
    memcpy(session, w->cookie, sizeof session);
    for (int i = 0; i < 47; i++) {
        pass(600);
        assert_true(check(session, "internet", false));
    }
    pass(600);
    assert_false(check(session, "internet", false));
    assert_non_null(strstr(w->leaves[w->leaf_count - 1], "\"why\":\"absolute\""));
}

static void
a_clock_set_back_makes_nothing_longer(void **state)
{
    (void)state;
    char session[SESSION_CHARS + 1];
    log_in(&here, "sato");
    memcpy(session, w->cookie, sizeof session);
    wall_us -= INT64_C(5) * 3600 * TIME_US_SECOND;
    pass(899);
    assert_true(check(session, "internet", true));
    assert_true(w->state.until <= (uint64_t)(wall_us + INT64_C(8) * 3600 * TIME_US_SECOND));
    pass(2);
    assert_false(check(session, "internet", false));
    assert_int_equal(begin(&here, "mori"), 200); /* nor an attempt, nor a pause shorter */
    for (int i = 0; i < 3; i++)
        assert_int_equal(password(&here, "wrong"), 401);
    wall_us -= INT64_C(3600) * TIME_US_SECOND;
    assert_int_equal(password(&here, "mori-password"), 429);
    assert_non_null(strstr(w->body, "\"retry_s\":900"));
}

static void
reopen(void)
{
    auth_close(w->auth);
    authd_open();
}

static void
sessions_outlive_a_restart_but_not_their_time(void **state)
{
    (void)state;
    char session[SESSION_CHARS + 1];
    log_in(&here, "sato");
    memcpy(session, w->cookie, sizeof session);
    pass(400);
    assert_true(check(session, "internet", false));
    pass(100);
    reopen();
    assert_true(check(session, "internet", false));
    pass(500);
    wall_us -= INT64_C(40) * 3600 * TIME_US_SECOND; /* set back while it was away */
    mono_us = 0;
    reopen();
    pass(900);
    assert_false(check(session, "internet", false));
}

static void
every_log_in_has_a_new_session_and_ends_the_old(void **state)
{
    (void)state;
    char first[SESSION_CHARS + 1];
    log_in(&here, "sato");
    memcpy(first, w->cookie, sizeof first);
    struct from again = {0, "192.0.2.1", first};
    log_in(&again, "sato"); /* a step-up */
    assert_string_not_equal(first, w->cookie);
    assert_true(check(w->cookie, "internet", false));
    assert_false(check(first, "internet", false));
    struct from fixed = {0, "192.0.2.1", /* an identifier somebody made up */
                         "00000000000000000000000000000000000000000000000000000000000000aa"};
    log_in(&fixed, "sato");
    assert_string_not_equal(fixed.session, w->cookie);
    assert_false(check(fixed.session, "internet", false));
}

static void
cored_ends_sessions_of_an_account(void **state)
{
    (void)state;
    char a[SESSION_CHARS + 1], b[SESSION_CHARS + 1], m[SESSION_CHARS + 1];
    struct from lgwan = {1, "192.0.2.1", ""};
    log_in(&here, "sato");
    memcpy(a, w->cookie, sizeof a);
    log_in(&lgwan, "sato");
    memcpy(b, w->cookie, sizeof b);
    log_in(&lgwan, "mori");
    memcpy(m, w->cookie, sizeof m);
    assert_true(check(b, "lgwan", false));
    assert_int_equal(end_account(SATO, ""), 2);
    assert_false(check(a, "internet", false));
    assert_false(check(b, "lgwan", false));
    assert_true(check(m, "lgwan", false));
    assert_int_equal(end_account(0, m), 1);
    assert_int_equal(end_account(0, m), 0);
    assert_false(check(m, "lgwan", false));
}

static void
what_is_no_request_is_refused(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "",
        "x",
        "[]",
        "{}",
        "{\"login\":1}",
        "{\"login\":\"a\",\"login\":\"b\"}",
        "{\"login\":\"\xff\"}",
        "{\"login\":\"a\\u0000b\"}",
        "{\"login\":\"a\"} x",
    };
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++)
        assert_int_equal(post(&here, "begin", bodies[i]), 400);
    static const char *const steps[] = {
        "{\"attempt\":\"x\",\"factor\":\"password\"}",
        "{\"attempt\":\"x\",\"factor\":\"iris\",\"data\":{\"password\":\"x\"}}",
        "{\"attempt\":\"x\",\"factor\":\"totp\",\"data\":{\"password\":\"x\"}}",
        "{\"attempt\":\"x\",\"factor\":\"password\",\"data\":[\"x\"]}",
        "{\"attempt\":\"x\",\"factor\":\"card\",\"data\":{\"password\":\"x\"}}",
    };
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        assert_int_equal(post(&here, "step", steps[i]), 400);
    char deep[2100];
    memset(deep, '[', sizeof deep - 1);
    deep[sizeof deep - 1] = '\0';
    assert_int_equal(post(&here, "begin", deep), 400);
    assert_int_equal(post(&here, "grant", "{}"), 404);
    assert_int_equal(begin(&here, "sato"), 200);
    char longest[700];
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    assert_int_equal(password(&here, longest), 401); /* wrong like any other */
    assert_false(check("", "internet", false));
    assert_false(check("xyz", "internet", false));
}

static void
typed_in_full_width_it_is_the_same(void **state)
{
    (void)state;
    assert_int_equal(begin(&here, "ＳＡＴＯ"), 200);
    assert_int_equal(password(&here, "ｓａｔｏ－ｐａｓｓｗｏｒｄ"), 200);
    assert_int_equal(totp(&here, 0), 200);
}

static void
without_cored_or_ledger_nobody_comes_in(void **state)
{
    (void)state;
    w->away = true;
    assert_int_equal(begin(&here, "sato"), 503);
    assert_non_null(strstr(w->body, "auth.away"));
    w->away = false;
    pass(30);
    assert_int_equal(begin(&here, "sato"), 200);
    assert_int_equal(password(&here, "sato-password"), 200);
    w->ledger_full = true;
    assert_int_equal(totp(&here, 0), 503);
    assert_string_equal(w->cookie, "");
    assert_int_equal(sessions_count(w->auth->sessions), 0);
    w->ledger_full = false;
    log_in(&here, "sato");
}

static void
ignored(void *arg, const struct ipc_result *result)
{
    int *counts = arg;
    const struct auth_answer *answer = result->value;
    counts[answer == NULL ? 3 : answer->status == 401 ? 0 : answer->status == 429 ? 1 : 2]++;
}

static void
many_at_once_count_one_by_one(void **state)
{
    (void)state;
    int counts[4] = {0};
    assert_int_equal(begin(&here, "sato"), 200);
    char body[256];
    snprintf(body, sizeof body,
             "{\"attempt\":\"%s\",\"factor\":\"password\",\"data\":{\"password\":\"guess\"}}",
             w->attempt);
    struct auth_request request = {STR("step"), STR(""), STR("192.0.2.1"), str_of(body)};
    for (int i = 0; i < 50; i++)
        ipc_request(w->portal_far[0], &auth_request_message, &request, NULL, &auth_answer_message,
                    5000, ignored, counts);
    for (int i = 0; i < 100 && counts[0] + counts[1] + counts[2] + counts[3] < 50; i++)
        loop_once(w->loop, 20);
    assert_int_equal(counts[2] + counts[3], 0);
    assert_in_range(counts[0], 1, 3); /* never more than the brake allows */
    assert_int_equal(counts[0] + counts[1], 50);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(a_whole_log_in_from_begin_to_end),
        T(an_attempt_counts_once_and_in_its_zone),
        T(a_code_counts_once),
        T(names_that_exist_and_names_that_do_not_look_alike),
        T(failures_slow_down_and_a_success_forgives),
        T(privileged_accounts_pause_at_three),
        T(a_locked_account_waits_for_somebody),
        T(a_stranger_cannot_lock_the_holder_out),
        T(one_source_fails_sixty_times_a_minute),
        T(sessions_end_when_idle_and_when_old),
        T(a_clock_set_back_makes_nothing_longer),
        T(sessions_outlive_a_restart_but_not_their_time),
        T(every_log_in_has_a_new_session_and_ends_the_old),
        T(cored_ends_sessions_of_an_account),
        T(what_is_no_request_is_refused),
        T(typed_in_full_width_it_is_the_same),
        T(without_cored_or_ledger_nobody_comes_in),
        T(many_at_once_count_one_by_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
