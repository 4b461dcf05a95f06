/*
 * login: begin and step. Runs in authd.
 *
 * begin → cored resolves the name → an attempt (the same for a name nobody has). step → brakes →
 * the factor is checked (a password beside the loop) → one unit writes all of its consequences: the
 * failure and its pause, or the spent code and the session → after the commit the ledger is told,
 * then the portal.
 *
 * Invariants: nothing is checked while a brake holds; one check at a time on a line of the brake,
 * so that many at once count one by one; an unknown name takes the same way with the same work (a
 * hash nothing fits, rows nobody has) and gets the same answers; a session counts only after its
 * row is committed and its leaf is durable.
 */
#include "core/auth/private.h"

#include "base/crypt/secret.h"
#include "base/mem/ensure.h"
#include "base/os/time.h"
#include "core/auth/answer.h"
#include "core/auth/text.h"
#include "proto/account/account.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RESOLVE_MS = 5000, BEGIN_MS = 25, BUSY_RETRY_S = 5, LOCKED_FROM_S = 60 };

/* A log-in that waits for cored, and then for BEGIN_MS to be over: finding an account takes longer
 * than finding none, and nobody is to see that. */
struct begin {
    struct begin *next;
    struct auth *auth;
    struct ipc_call *call;
    struct loop_timer *timer;
    int64_t from_ms;
    struct attempt like;
    char login[LOGIN_BYTES + 1];
    char zone[ZONE_BYTES + 1];
    uint8_t source[SUBJECT_BYTES];
};

enum step_outcome {
    STEP_WRONG,
    STEP_REPLAYED,
    STEP_NEED, /* right, and more is wanted */
    STEP_DONE,
    STEP_EXPIRED
};

/* One factor being checked. */
struct step {
    struct step *next;
    struct auth *auth;
    struct ipc_call *call;
    char attempt[ATTEMPT_CHARS + 1];
    char zone[ZONE_BYTES + 1];
    char old_session[SESSION_CHARS + 1]; /* the cookie that came with it */
    unsigned factor;
    struct brake_line line;
    bool right;                      /* password */
    uint32_t code;                   /* totp */
    char fresh[PASSWORD_HASH_CHARS]; /* a renewed hash, or empty */
    enum step_outcome outcome;
    uint64_t account;
    unsigned passed;
    struct session session;
    char id[SESSION_CHARS + 1];
};

static void
source_of_request(const struct auth *auth, struct str address, uint8_t ret[SUBJECT_BYTES])
{
    uint8_t bytes[SUBJECT_BYTES];
    size_t n;
    brake_address(address, bytes, &n);
    vault_source(auth->vault, (struct str){(const char *)bytes, n}, ret);
}

/* True, and CALL answered, when the source has to wait. */
static bool
source_waits(struct auth *auth, struct ipc_call *call, const uint8_t source[SUBJECT_BYTES])
{
    uint64_t left_s = brake_source_left_s(auth->sources, source, auth_clock_now(&auth->clock));
    if (left_s > 0)
        answer_error(call, 429, "auth.delayed", left_s);
    return left_s > 0;
}

/* Fills ATTEMPT from what cored says of the account. A rule that this authd has no factors for is
 * one that nobody meets: the account is treated as nobody's. */
static void
attempt_fill(struct attempt *attempt, const struct account_known *known)
{
    attempt->brake = (struct brake_rule){10, false};
    if (!known->known || !rules_read_any(known->any, attempt->any, &attempt->any_count))
        return;
    attempt->kinds = (unsigned)known->kinds;
    if (!(attempt_accepts(attempt, FACTORS_HERE) & FACTOR_PASSWORD))
        return;
    attempt->account = known->account;
    attempt->idle_s = known->idle_s;
    attempt->absolute_s = known->absolute_s;
    attempt->brake = (struct brake_rule){known->tries, known->privileged};
}

static void
begin_free(struct begin *begin)
{
    struct begin **link = &begin->auth->begins;
    while (*link != begin)
        link = &(*link)->next;
    *link = begin->next;
    loop_timer_free(begin->timer);
    free(begin);
}

static void
begin_answer(void *arg)
{
    struct begin *begin = arg;
    struct auth *auth = begin->auth;
    const struct attempt *attempt =
        attempt_add(auth->attempts, &begin->like, auth_clock_now(&auth->clock));
    if (attempt == NULL)
        answer_error(begin->call, 503, "auth.busy", BUSY_RETRY_S);
    else
        answer_need(begin->call, attempt->id, FACTOR_PASSWORD);
    begin_free(begin);
}

static void
begin_resolved(void *arg, const struct ipc_result *result)
{
    struct begin *begin = arg;
    struct attempt *like = &begin->like;
    if (result->value == NULL) {
        answer_error(begin->call, 503, "auth.away", BUSY_RETRY_S);
        begin_free(begin);
        return;
    }
    attempt_fill(like, result->value);
    vault_subject(begin->auth->vault, like->account, str_of(begin->login), like->subject);
    memcpy(like->source, begin->source, SUBJECT_BYTES);
    memcpy(like->zone, begin->zone, sizeof like->zone);
    int64_t spent_ms = time_mono_ms() - begin->from_ms;
    loop_timer_start(begin->timer, spent_ms < BEGIN_MS ? (uint64_t)(BEGIN_MS - spent_ms) : 0);
}

static struct begin *
begin_new(struct auth *auth, struct ipc_call *call, const char *zone,
          const uint8_t source[SUBJECT_BYTES])
{
    struct begin *begin = calloc(1, sizeof *begin);
    ensure(begin != NULL);
    begin->auth = auth;
    begin->call = call;
    begin->timer = loop_timer_new(auth->loop, begin_answer, begin);
    begin->from_ms = time_mono_ms();
    snprintf(begin->zone, sizeof begin->zone, "%s", zone);
    memcpy(begin->source, source, SUBJECT_BYTES);
    begin->next = auth->begins;
    auth->begins = begin;
    return begin;
}

void
login_begin(struct auth *auth, struct ipc_call *call, const char *zone,
            const struct auth_request *request)
{
    uint8_t source[SUBJECT_BYTES];
    source_of_request(auth, request->address, source);
    if (source_waits(auth, call, source))
        return;
    json_t *body = request_read(request->body);
    struct str login = request_text(body, "login");
    if (login.p == NULL) {
        json_decref(body);
        answer_error(call, 400, "auth.request", 0);
        return;
    }
    brake_source_begin(auth->sources, source, auth_clock_now(&auth->clock));
    struct begin *begin = begin_new(auth, call, zone, source);
    login_form(login, begin->login);
    json_decref(body);
    struct account_resolve ask = {str_of(begin->login), str_of(begin->zone)};
    ipc_request(auth->accounts, &account_resolve_message, &ask, NULL, &account_known_message,
                RESOLVE_MS, begin_resolved, begin);
}

static void
step_free(struct step *step)
{
    struct step **link = &step->auth->steps;
    while (*link != step)
        link = &(*link)->next;
    *link = step->next;
    secret_wipe(step, sizeof *step);
    free(step);
}

void
login_close(struct auth *auth)
{
    while (auth->begins != NULL) {
        ipc_forget(auth->accounts, auth->begins);
        begin_free(auth->begins);
    }
    while (auth->steps != NULL) {
        struct step *step = auth->steps;
        if (auth->hasher != NULL)
            hasher_forget(auth->hasher, step);
        step_free(step);
    }
}

/* True while another check on the same line is under way. */
static bool
line_taken(const struct auth *auth, const struct brake_line *line)
{
    for (const struct step *step = auth->steps; step != NULL; step = step->next) {
        if (memcmp(step->line.subject, line->subject, SUBJECT_BYTES) != 0 ||
            step->line.known != line->known)
            continue;
        if (!line->known || memcmp(step->line.source, line->source, SUBJECT_BYTES) == 0)
            return true;
    }
    return false;
}

/* What is told of a step that brought nothing: the counters and the ledger. */
static void
step_failed(struct step *step)
{
    struct auth *auth = step->auth;
    int64_t now_us = auth_clock_now(&auth->clock);
    struct err err;
    const char *why = step->outcome == STEP_REPLAYED ? "replayed"
                      : step->account == 0           ? "unknown"
                                                     : "wrong";
    struct auth_leaf leaf = {.kind = "auth.fail",
                             .account = step->account,
                             .factor = rules_factor_name(step->factor),
                             .source = step->line.known ? "known" : "new",
                             .why = why,
                             .zone = step->zone};
    brake_source_fail(auth->sources, step->line.source, now_us);
    (void)leaf_tell_fail(&auth->leaves, &leaf, now_us, &err);
    if (step->account == 0 || brake_left_s(&step->line, now_us) < LOCKED_FROM_S + 1)
        return;
    struct auth_leaf lock = {.kind = "auth.lock",
                             .account = step->account,
                             .until_us = step->line.locked ? 0 : step->line.until_us,
                             .why = step->line.locked ? "locked" : "paused",
                             .zone = step->zone};
    (void)leaf_tell(&auth->leaves, &lock, &err);
}

/* The row of the session is committed: told to the ledger, it counts; else it never did. */
static void
step_logged_in(struct step *step)
{
    struct auth *auth = step->auth;
    struct err err;
    struct auth_leaf leaf = {.kind = "auth.login",
                             .account = step->account,
                             .factors = step->passed,
                             .session = step->session.digest,
                             .source = step->line.known ? "known" : "new",
                             .zone = step->zone};
    session_added(auth->sessions, &step->session);
    if (leaf_tell(&auth->leaves, &leaf, &err) != 0) {
        (void)sessions_end(auth->sessions, 0, str_of(step->id), "ledger");
        answer_error(step->call, 503, "auth.busy", BUSY_RETRY_S);
        return;
    }
    int64_t now_us = auth_clock_now(&auth->clock);
    struct str old = str_of(step->old_session);
    if (session_use(auth->sessions, old, str_of(step->zone), true, now_us) != NULL)
        (void)sessions_end(auth->sessions, 0, old, "replaced");
    answer_done(step->call, step->id);
}

static void
step_answer(struct step *step, struct attempt *attempt)
{
    switch (step->outcome) {
    case STEP_WRONG:
        answer_error(step->call, 401,
                     step->factor == FACTOR_PASSWORD ? "auth.refused" : "auth.code_wrong", 0);
        return;
    case STEP_REPLAYED:
        answer_error(step->call, 401, "auth.code_replayed", 0);
        return;
    case STEP_NEED:
        answer_need(step->call, attempt->id, attempt_accepts(attempt, FACTORS_HERE));
        return;
    case STEP_DONE:
        step_logged_in(step);
        return;
    case STEP_EXPIRED:
        answer_error(step->call, 401, "auth.attempt_expired", 0);
        return;
    }
}

/* After the commit. */
static void
step_done(void *arg, int result, const struct err *err)
{
    struct step *step = arg;
    struct auth *auth = step->auth;
    struct attempt *attempt = attempt_find(auth->attempts, str_of(step->attempt), step->zone,
                                           auth_clock_now(&auth->clock));
    if (result < 0) {
        answer_error(step->call, 503, err->code, BUSY_RETRY_S);
        step_free(step);
        return;
    }
    if (attempt == NULL)
        step->outcome = STEP_EXPIRED;
    if (step->outcome == STEP_NEED)
        attempt->passed = step->passed;
    if (step->outcome == STEP_WRONG || step->outcome == STEP_REPLAYED)
        step_failed(step);
    step_answer(step, attempt);
    if (step->outcome == STEP_DONE ||
        ((step->outcome == STEP_WRONG || step->outcome == STEP_REPLAYED) &&
         ++attempt->failures >= ATTEMPT_FAILURES_MOST))
        attempt_drop(attempt);
    step_free(step);
}

/* The factor was right: what follows from it. */
static int
step_right(struct step *step, const struct attempt *attempt, int64_t now_us, struct err *err)
{
    struct auth *auth = step->auth;
    if (step->fresh[0] != '\0' &&
        vault_password_put(auth->vault, attempt->account, step->fresh, now_us, err) < 0)
        return -1;
    step->passed = attempt->passed | step->factor;
    if (!attempt_complete(attempt, step->passed)) {
        step->outcome = STEP_NEED;
        return 0;
    }
    step->outcome = STEP_DONE;
    struct session_new new = {attempt->account, str_of(step->zone),  step->passed,
                              attempt->idle_s,  attempt->absolute_s, now_us};
    if (brake_success(auth->store, now_us, &step->line, err) < 0)
        return -1;
    return session_make(auth->sessions, &new, &step->session, step->id, err);
}

/* All that follows from one checked factor, in one unit. */
static int
step_unit(struct store *store, void *arg, struct err *err)
{
    struct step *step = arg;
    struct auth *auth = step->auth;
    int64_t now_us = auth_clock_now(&auth->clock);
    const struct attempt *attempt =
        attempt_find(auth->attempts, str_of(step->attempt), step->zone, now_us);
    if (attempt == NULL) {
        step->outcome = STEP_EXPIRED;
        return 0;
    }
    step->account = attempt->account;
    if (brake_find(store, now_us, &step->line, err) < 0)
        return -1;
    if (step->factor == FACTOR_TOTP) {
        int used = vault_totp_use(auth->vault, attempt->account, step->code,
                                  auth_clock_wall(&auth->clock), err);
        if (used < 0)
            return -1;
        step->right = used == TOTP_RIGHT;
        step->outcome = used == TOTP_REPLAYED ? STEP_REPLAYED : STEP_WRONG;
    }
    if (step->right)
        return step_right(step, attempt, now_us, err);
    return brake_fail(store, &attempt->brake, now_us, &step->line, err);
}

static void
step_hashed(void *arg, enum hasher_result result, const char *fresh)
{
    struct step *step = arg;
    if (result != HASHER_RIGHT && result != HASHER_WRONG) {
        answer_error(step->call, 503, "auth.busy", BUSY_RETRY_S);
        step_free(step);
        return;
    }
    step->right = result == HASHER_RIGHT;
    if (fresh != NULL)
        snprintf(step->fresh, sizeof step->fresh, "%s", fresh);
    store_write(step->auth->store, step_unit, step_done, step);
}

/* Checks a password of STEP beside the loop. A password that is too long or no text is wrong, with
 * the same work. */
static void
step_password(struct step *step, const struct attempt *attempt, struct str typed)
{
    struct auth *auth = step->auth;
    char hash[PASSWORD_HASH_CHARS], form[PASSWORD_FORM_BYTES];
    size_t n;
    struct err err;
    int rc = vault_password_get(auth->vault, attempt->account, hash, &err);
    bool fits = password_form(typed, form, &n);
    if (rc < 0)
        answer_error(step->call, 503, err.code, BUSY_RETRY_S);
    else if (hasher_check(auth->hasher, rc == 0 && fits ? hash : NULL, (struct str){form, n},
                          step_hashed, step) != 0)
        answer_error(step->call, 503, "auth.busy", BUSY_RETRY_S);
    else
        step = NULL; /* step_hashed has it */
    secret_wipe(form, sizeof form);
    secret_wipe(hash, sizeof hash);
    if (step != NULL)
        step_free(step);
}

/* True, and CALL answered, when the line of ATTEMPT's subject and this source says: not now. */
static bool
line_waits(struct auth *auth, struct ipc_call *call, struct brake_line *line)
{
    struct err err;
    int64_t now_us = auth_clock_now(&auth->clock);
    if (brake_find(auth->store, now_us, line, &err) < 0) {
        answer_error(call, 503, err.code, BUSY_RETRY_S);
        return true;
    }
    uint64_t left_s = brake_left_s(line, now_us);
    if (left_s == 0 && line_taken(auth, line))
        left_s = 1;
    if (left_s > 0)
        answer_error(call, 429, left_s > LOCKED_FROM_S ? "auth.locked" : "auth.delayed", left_s);
    return left_s > 0;
}

/* What a step says, taken apart. */
struct wanted {
    json_t *body;
    struct str attempt;
    unsigned factor;
    struct str value; /* the password or the code */
};

static bool
wanted_read(struct wanted *ret, struct str text)
{
    ret->body = request_read(text);
    ret->attempt = request_text(ret->body, "attempt");
    ret->factor = rules_factor(request_text(ret->body, "factor"));
    const json_t *data = json_object_get(ret->body, "data");
    ret->value = request_text(data, ret->factor == FACTOR_TOTP ? "code" : "password");
    return ret->attempt.p != NULL && (ret->factor & FACTORS_HERE) != 0 && ret->value.p != NULL;
}

static struct step *
step_new(struct auth *auth, struct ipc_call *call, const struct attempt *attempt,
         const struct brake_line *line)
{
    struct step *step = calloc(1, sizeof *step);
    ensure(step != NULL);
    step->auth = auth;
    step->call = call;
    step->line = *line;
    memcpy(step->attempt, attempt->id, sizeof step->attempt);
    memcpy(step->zone, attempt->zone, sizeof step->zone);
    step->next = auth->steps;
    auth->steps = step;
    return step;
}

static void
step_run(struct auth *auth, struct ipc_call *call, const char *zone,
         const struct auth_request *request, const struct wanted *wanted)
{
    struct brake_line line = {0};
    source_of_request(auth, request->address, line.source);
    if (source_waits(auth, call, line.source))
        return;
    const struct attempt *attempt =
        attempt_find(auth->attempts, wanted->attempt, zone, auth_clock_now(&auth->clock));
    if (attempt == NULL) {
        answer_error(call, 401, "auth.attempt_expired", 0);
        return;
    }
    unsigned accepts =
        attempt->passed == 0 ? FACTOR_PASSWORD : attempt_accepts(attempt, FACTORS_HERE);
    if ((wanted->factor & accepts) == 0) {
        answer_error(call, 422, "auth.factor", 0);
        return;
    }
    memcpy(line.subject, attempt->subject, SUBJECT_BYTES);
    if (line_waits(auth, call, &line))
        return;
    struct step *step = step_new(auth, call, attempt, &line);
    step->factor = wanted->factor;
    if (request->session.n == SESSION_CHARS)
        memcpy(step->old_session, request->session.p, SESSION_CHARS);
    if (step->factor == FACTOR_PASSWORD) {
        step_password(step, attempt, wanted->value);
        return;
    }
    if (!otp_read(wanted->value, &step->code))
        step->code = UINT32_MAX; /* no code has that value: wrong, and counted */
    store_write(auth->store, step_unit, step_done, step);
}

void
login_step(struct auth *auth, struct ipc_call *call, const char *zone,
           const struct auth_request *request)
{
    struct wanted wanted;
    if (wanted_read(&wanted, request->body))
        step_run(auth, call, zone, request, &wanted);
    else
        answer_error(call, 400, "auth.request", 0);
    json_decref(wanted.body);
}
