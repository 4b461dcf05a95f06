/*
 * route: where a record stands on its route: votes, groups of steps, what is passed over and read
 * afterwards, waivers. Runs in cored, inside the unit of the act.
 *
 * Invariants: a step is done by votes on the revision and digest that stands, or because its holder
 * is away and the route says it may be passed over, or because it melts into a decision that the
 * same holder makes by a standing rule; the decision itself is never done beforehand.
 */
#include "base/os/time.h"
#include "core/account/absence.h"
#include "core/register/record.h"
#include "core/store/id.h"

enum {
    VOTES,
    VOTE_ADD,
    VOTE_DROP,
    ANSWER,
    STOPPED,
    ACTED,
    PASSED,
    PASS_DROP,
    LATER_ADD,
    LATER_FIND,
    LATER_READ,
    WAIVER_FIND,
    WAIVER_USE,
    READ_DAYS = 5,
    VOTES_MOST = 200
};

static const struct store_statement sql[] = {
    [VOTES] = {"route.votes", "SELECT person, objects FROM vote WHERE record = $1 AND rev = $2"
                              " AND step = $3 AND (digest IS NULL OR digest = $4) LIMIT 200"},
    [VOTE_ADD] = {"route.vote_add", "INSERT INTO vote(record, rev, step, person, digest, objects)"
                                    " VALUES ($1, $2, $3, $4, $5, $6)"},
    [VOTE_DROP] = {"route.vote_drop", "DELETE FROM vote WHERE record = $1 AND step = $2"},
    [ANSWER] = {"route.answer", "UPDATE vote SET objects = 1 WHERE record = $1 AND rev = $2"
                                " AND objects = 2"},
    [STOPPED] = {"route.stopped", "SELECT EXISTS (SELECT 1 FROM vote WHERE record = $1"
                                  " AND rev = $2 AND objects = 2)"},
    [ACTED] = {"route.acted", "SELECT EXISTS (SELECT 1 FROM act WHERE record = $1 AND step <> ''"
                              " AND kind <> 'read' AND at >= $2)"},
    [PASSED] = {"route.passed", "SELECT EXISTS (SELECT 1 FROM read_later WHERE record = $1"
                                " AND rev = $2 AND step = $3 AND kind = 'koetsu' AND since >= $4)"},
    [PASS_DROP] = {"route.pass_drop", "DELETE FROM read_later WHERE record = $1 AND step = $2"
                                      " AND kind = 'koetsu' AND read_at = 0"},
    [LATER_ADD] =
        {"route.later_add",
         "INSERT INTO read_later(id, record, rev, digest, step, person, kind, absence, since, due)"
         " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"},
    [LATER_FIND] = {"route.later_find",
                    "SELECT id, person FROM read_later WHERE record = $1 AND read_at = 0"
                    " AND ($2 = '' OR step = $2) ORDER BY id LIMIT 200"},
    [LATER_READ] = {"route.later_read",
                    "UPDATE read_later SET read_at = $2, read_act = $3 WHERE id = $1"},
    [WAIVER_FIND] = {"route.waiver_find",
                     "SELECT granted_by, person FROM waiver WHERE record = $1 AND rev = $2"
                     " AND step = $3 AND used_act = 0 LIMIT 200"},
    [WAIVER_USE] = {"route.waiver_use",
                    "UPDATE waiver SET used_act = $2 WHERE granted_by = $1 AND used_act = 0"},
};

const struct register_route *
record_route(struct register_set *set, const struct record *record)
{
    if (record->step < 0) {
        return NULL;
    }
    const struct register_route *route = register_route_find(set, record->def, record->route);
    return route != NULL && (size_t)record->step < route->step_count ? route : NULL;
}

size_t
route_group_end(const struct register_route *route, size_t at)
{
    size_t end = at + 1;
    while (end < route->step_count && route->steps[at].together.n > 0 &&
           str_equal(route->steps[end].together, route->steps[at].together)) {
        end++;
    }
    return end;
}

size_t
route_group_start(const struct register_route *route, size_t at)
{
    while (at > 0 && route_group_end(route, at - 1) > at) {
        at--;
    }
    return at;
}

const struct register_step *
record_step(const struct step_ask *ask, struct err *err)
{
    const struct register_route *route = record_route(ask->set, ask->record);
    if (route == NULL) {
        return NULL;
    }
    size_t at = (size_t)ask->record->step, end = route_group_end(route, at);
    for (size_t i = at; i < end; i++) {
        if (step_done(ask, route, &route->steps[i], 0, err) == 0) {
            return &route->steps[i];
        }
    }
    return &route->steps[at];
}

/* Who voted on a step. */
struct votes {
    uint64_t person[VOTES_MOST];
    size_t count;
    bool stopped; /* an objection waits for the owner */
};

static int
votes_read(const struct step_ask *ask, const struct register_step *step, struct votes *ret,
           struct err *err)
{
    int rc = 0;
    ret->count = 0;
    ret->stopped = false;
    struct db_query *q = db_query(ask->store, &sql[VOTES]);
    db_bind_int(q, 1, (int64_t)ask->record->id);
    db_bind_int(q, 2, (int64_t)ask->record->rev);
    db_bind_text(q, 3, step->key);
    db_bind_blob(q, 4, ask->record->digest, 32);
    while (ret->count < VOTES_MOST && (rc = db_step(q, err)) > 0) {
        ret->person[ret->count++] = (uint64_t)db_int(q, 0);
        ret->stopped = ret->stopped || db_int(q, 1) == 2;
    }
    db_end(q);
    return rc < 0 ? -1 : 0;
}

static bool
who_equal(const struct register_who *a, const struct register_who *b)
{
    return str_equal(a->role, b->role) && str_equal(a->of, b->of) &&
           str_equal(a->field, b->field) && a->peer == b->peer;
}

/* True when STEP's holder decides anyway, by a standing rule. */
static bool
step_melts(const struct step_ask *ask, const struct register_route *route,
           const struct register_step *step)
{
    if (step->kind == STEP_DECIDE) {
        return false;
    }
    const struct register_senketsu *rule = step_rule(ask, &route->steps[route->step_count - 1]);
    return rule != NULL && who_equal(&step->who, &rule->who);
}

/* 1 when each of the step's holders voted (EXTRA counted in). */
static int
votes_all(const struct step_ask *ask, const struct register_step *step, const struct votes *votes,
          uint64_t extra, struct err *err)
{
    struct step_holders holders;
    if (step_candidates(ask, step, &holders, err) < 0) {
        return -1;
    }
    if (holders.own_count == 0) { /* a superior speaks for all of them */
        return votes->count > 0 || extra != 0;
    }
    for (size_t i = 0; i < holders.own_count; i++) {
        int voted = extra == 0 ? 0 : account_same_person(ask->store, holders.own[i], extra, err);
        for (size_t k = 0; voted == 0 && k < votes->count; k++) {
            voted = account_same_person(ask->store, holders.own[i], votes->person[k], err);
        }
        if (voted <= 0) {
            return voted;
        }
    }
    return 1;
}

static int
step_passed(const struct step_ask *ask, const struct register_step *step, struct err *err)
{
    int64_t passed = 0;
    struct db_query *q = db_query(ask->store, &sql[PASSED]);
    db_bind_int(q, 1, (int64_t)ask->record->id);
    db_bind_int(q, 2, (int64_t)ask->record->rev);
    db_bind_text(q, 3, step->key);
    db_bind_int(q, 4, ask->record->entered); /* not what was passed over on an earlier run */
    return db_one_int(q, &passed, err) < 0 ? -1 : passed != 0;
}

int
step_done(const struct step_ask *ask, const struct register_route *route,
          const struct register_step *step, uint64_t extra, struct err *err)
{
    struct votes votes;
    if ((step->when != NULL && !route_holds(ask, step->when, true)) ||
        step_melts(ask, route, step)) {
        return 1;
    }
    int passed = step_passed(ask, step, err);
    if (passed != 0) {
        return passed;
    }
    if (votes_read(ask, step, &votes, err) < 0) {
        return -1;
    }
    if (votes.stopped) {
        return 0;
    }
    if (step->votes == 0) {
        return votes_all(ask, step, &votes, extra, err);
    }
    return votes.count + (extra != 0) >= step->votes;
}

int
later_add(const struct step_ask *ask, const struct later *later, struct err *err)
{
    int64_t now = time_now_us();
    struct absence away;
    int rc = absence_at(ask->store, ask->arena, later->person, now, &away, err);
    struct db_query *q = db_query(ask->store, &sql[LATER_ADD]);
    db_bind_int(q, 1, (int64_t)id_new());
    db_bind_int(q, 2, (int64_t)ask->record->id);
    db_bind_int(q, 3, (int64_t)ask->record->rev);
    db_bind_blob(q, 4, ask->record->digest, 32);
    db_bind_text(q, 5, later->step->key);
    db_bind_int(q, 6, (int64_t)later->person);
    db_bind_z(q, 7, later->kind);
    db_bind_int(q, 8, (int64_t)later->absence);
    db_bind_int(q, 9, now);
    /* within five days of the return */
    db_bind_int(q, 10, (rc > 0 ? away.until_us : now) + READ_DAYS * TIME_US_DAY);
    if (rc < 0) {
        db_end(q);
        return -1;
    }
    return db_run(q, err) < 0 ? -1 : 0;
}

/* 1 when STEP may be passed over now and was: each holder is away and reads it afterwards. */
static int
step_pass(const struct step_ask *ask, const struct register_step *step, struct err *err)
{
    struct step_holders holders;
    struct absence away;
    if ((step->deputy & DEPUTY_KOETSU) == 0) {
        return 0;
    }
    if (step_candidates(ask, step, &holders, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < holders.own_count; i++) {
        int rc = person_away(ask, holders.own[i], &away, err);
        if (rc <= 0) {
            return rc;
        }
    }
    for (size_t i = 0; i < holders.own_count; i++) {
        if (person_away(ask, holders.own[i], &away, err) < 0) {
            return -1;
        }
        struct later later = {
            .kind = "koetsu", .step = step, .person = holders.own[i], .absence = away.id};
        if (later_add(ask, &later, err) < 0) {
            return -1;
        }
    }
    return holders.own_count > 0;
}

int
route_walk(const struct step_ask *ask, const struct register_route *route, size_t start,
           int *ret_at, struct err *err)
{
    size_t at = start, end;
    for (; route->steps[at].kind != STEP_DECIDE; at = end) {
        bool all = true;
        end = route_group_end(route, at);
        for (size_t i = at; i < end; i++) {
            int done = step_done(ask, route, &route->steps[i], 0, err);
            if (done == 0) {
                done = step_pass(ask, &route->steps[i], err);
            }
            if (done < 0) {
                return -1;
            }
            all = all && done > 0;
        }
        if (!all) {
            break;
        }
    }
    *ret_at = (int)at;
    return 0;
}

int
vote_add(const struct step_ask *ask, const struct register_step *step, int objects, struct err *err)
{
    struct db_query *q = db_query(ask->store, &sql[VOTE_ADD]);
    db_bind_int(q, 1, (int64_t)ask->record->id);
    db_bind_int(q, 2, (int64_t)ask->record->rev);
    db_bind_text(q, 3, step->key);
    db_bind_int(q, 4, (int64_t)ask->person);
    db_bind_blob(q, 5, ask->record->digest, 32);
    db_bind_int(q, 6, objects);
    return db_run(q, err) < 0 ? -1 : 0;
}

/* Runs a statement of (record, step) for the steps of ROUTE from START on. */
static int
steps_run(const struct step_ask *ask, const struct store_statement *statement,
          const struct register_route *route, size_t start, struct err *err)
{
    for (size_t i = start; i < route->step_count; i++) {
        struct db_query *q = db_query(ask->store, statement);
        db_bind_int(q, 1, (int64_t)ask->record->id);
        db_bind_text(q, 2, route->steps[i].key);
        if (db_run(q, err) < 0) {
            return -1;
        }
    }
    return 0;
}

int
votes_drop(const struct step_ask *ask, const struct register_route *route, size_t start,
           struct err *err)
{
    return steps_run(ask, &sql[VOTE_DROP], route, start, err);
}

int
passed_drop(const struct step_ask *ask, const struct register_route *route, size_t start,
            struct err *err)
{
    return steps_run(ask, &sql[PASS_DROP], route, start, err);
}

int
votes_answer(const struct step_ask *ask, size_t *ret_count, struct err *err)
{
    struct db_query *q = db_query(ask->store, &sql[ANSWER]);
    db_bind_int(q, 1, (int64_t)ask->record->id);
    db_bind_int(q, 2, (int64_t)ask->record->rev);
    int64_t changed = db_run(q, err);
    *ret_count = changed < 0 ? 0 : (size_t)changed;
    return changed < 0 ? -1 : 0;
}

int
votes_stopped(const struct step_ask *ask, struct err *err)
{
    int64_t stopped = 0;
    struct db_query *q = db_query(ask->store, &sql[STOPPED]);
    db_bind_int(q, 1, (int64_t)ask->record->id);
    db_bind_int(q, 2, (int64_t)ask->record->rev);
    return db_one_int(q, &stopped, err) < 0 ? -1 : stopped != 0;
}

int
record_acted(struct store *store, const struct record *record, struct err *err)
{
    int64_t acted = 0;
    struct db_query *q = db_query(store, &sql[ACTED]);
    db_bind_int(q, 1, (int64_t)record->id);
    db_bind_int(q, 2, record->entered);
    return db_one_int(q, &acted, err) < 0 ? -1 : acted != 0;
}

/* The first row of QUERY (id, person) whose person is PERSON: 1 with *RET_ID; 0; -1. */
static int
row_of(struct store *store, struct db_query *q, uint64_t person, uint64_t *ret_id, struct err *err)
{
    int same = 0, rc = 0;
    while (same == 0 && (rc = db_step(q, err)) > 0) {
        *ret_id = (uint64_t)db_int(q, 0);
        same = account_same_person(store, (uint64_t)db_int(q, 1), person, err);
    }
    db_end(q);
    return rc < 0 ? -1 : same;
}

int
later_find(const struct step_ask *ask, uint64_t *ret_id, struct err *err)
{
    struct db_query *q = db_query(ask->store, &sql[LATER_FIND]);
    db_bind_int(q, 1, (int64_t)ask->record->id);
    db_bind_text(q, 2, ask->key.p != NULL ? ask->key : STR(""));
    int found = row_of(ask->store, q, ask->person, ret_id, err);
    return found < 0 ? -1 : !found;
}

int
later_read(struct store *store, uint64_t id, uint64_t act, int64_t at_us, struct err *err)
{
    struct db_query *q = db_query(store, &sql[LATER_READ]);
    db_bind_int(q, 1, (int64_t)id);
    db_bind_int(q, 2, at_us);
    db_bind_int(q, 3, (int64_t)act);
    return db_run(q, err) < 0 ? -1 : 0;
}

int
waiver_find(struct store *store, const struct record *record, struct str step, uint64_t person,
            uint64_t *ret, struct err *err)
{
    struct db_query *q = db_query(store, &sql[WAIVER_FIND]);
    db_bind_int(q, 1, (int64_t)record->id);
    db_bind_int(q, 2, (int64_t)record->rev);
    db_bind_text(q, 3, step);
    uint64_t id = 0;
    int found = row_of(store, q, person, &id, err);
    *ret = found > 0 ? id : 0;
    return found;
}

int
waiver_use(struct store *store, uint64_t granted, uint64_t act, struct err *err)
{
    struct db_query *q = db_query(store, &sql[WAIVER_USE]);
    db_bind_int(q, 1, (int64_t)granted);
    db_bind_int(q, 2, (int64_t)act);
    int64_t changed = db_run(q, err);
    return changed < 0 ? -1 : changed == 1 ? 0 : ERR(err, "register.apart", "waiver");
}
