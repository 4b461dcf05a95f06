/*
 * waiting: which step a record waits for, who may fill it, and what lies in whose inbox. Runs in
 * cored.
 */
#include "base/os/time.h"
#include "core/account/absence.h"
#include "core/register/record.h"

#include <string.h>

static const struct store_statement open_steps_sql = {
    "waiting.open_steps", "SELECT id, register, route, step, section FROM record"
                          " WHERE step >= 0 ORDER BY step_since, id LIMIT 5000"};

static int
waiting_fill(const struct step_ask *ask, struct register_waiting *ret, struct err *err)
{
    const struct record *record = ask->record;
    const struct register_step *step = record_step(ask, err);
    struct step_holders holders;
    if (step == NULL) {
        return 1;
    }
    if (step_candidates(ask, step, &holders, err) < 0) {
        return -1;
    }
    *ret = (struct register_waiting){.record = record->id,
                                     .rev = record->rev,
                                     .section = record->section,
                                     .owner = record->owner,
                                     .reg = record->reg,
                                     .state = record->state,
                                     .number = record->number,
                                     .step = step->key,
                                     .role = holders.who.role,
                                     .since = record->step_since,
                                     .due = record->step_due,
                                     .stuck = holders.who.role.n > 0 && holders.count == 0,
                                     .holders = holders.list,
                                     .holder_count = holders.count};
    memcpy(ret->digest, record->digest, sizeof ret->digest);
    return 0;
}

int
register_waiting(struct register_set *set, struct store *store, struct arena *arena, uint64_t id,
                 struct register_waiting *ret, struct err *err)
{
    struct record record = {0};
    int rc = record_load(set, store, arena, id, &record, err);
    if (rc == 0) {
        struct step_ask ask = {.set = set, .store = store, .arena = arena, .record = &record};
        rc = waiting_fill(&ask, ret, err);
    }
    record_done(&record);
    return rc;
}

int
register_task(struct register_set *set, struct store *store, struct arena *arena, uint64_t id,
              uint64_t person, struct register_task *ret, struct err *err)
{
    static const char *const kinds[] = {"consult", "approve", "decide"};
    struct record record = {0};
    int rc = record_load(set, store, arena, id, &record, err);
    if (rc == 0) {
        struct step_ask ask = {
            .set = set, .store = store, .arena = arena, .record = &record, .person = person};
        struct err why = {0};
        struct step_grant grant;
        rc = step_may(&ask, &grant, &why) == 0 ? 0 : 1;
        if (rc == 0) {
            *ret = (struct register_task){
                .step = grant.step->key,
                .kind = grant.tier == TIER_DEPUTY ? "daiketsu" : kinds[grant.step->kind],
                .for_person = grant.for_person,
                .title = grant.step->title};
        }
    }
    record_done(&record);
    return rc;
}

int
register_candidate(struct register_set *set, struct store *store, struct arena *arena, uint64_t id,
                   uint64_t person, struct err *err)
{
    struct register_task task;
    int rc = register_task(set, store, arena, id, person, &task, err);
    return rc < 0 ? -1 : rc == 0;
}

enum { OPEN_MOST = 5000, HELD_MOST = 64 };

/* An open step, without its record. */
struct open_step {
    uint64_t id, section;
    const struct register_step *step;
    bool look; /* who may fill it cannot be told from one role */
};

struct open_steps {
    struct open_step list[OPEN_MOST];
    size_t count;
};

/* True when others than the holders of one role, its superiors and deputies may fill an open step.
 */
static bool
step_open_to_others(const struct register_route *route, int64_t at)
{
    const struct register_step *step = &route->steps[at];
    return step->who.role.n == 0 || str_equal_z(step->who.of, "owner.section") ||
           step->senketsu_count > 0 || route_group_end(route, (size_t)at) > (size_t)at + 1;
}

static int
open_steps(struct register_set *set, struct store *store, struct open_steps *ret, struct err *err)
{
    struct db_query *q = db_query(store, &open_steps_sql);
    int rc = 0;
    while (ret->count < OPEN_MOST && (rc = db_step(q, err)) > 0) {
        const struct register_def *def = register_def_find(set, db_text(q, 1));
        const struct register_route *route = register_route_find(set, def, db_text(q, 2));
        int64_t at = db_int(q, 3);
        if (def != NULL && route != NULL && at >= 0 && (size_t)at < route->step_count) {
            ret->list[ret->count++] = (struct open_step){.id = (uint64_t)db_int(q, 0),
                                                         .section = (uint64_t)db_int(q, 4),
                                                         .step = &route->steps[at],
                                                         .look = step_open_to_others(route, at)};
        }
    }
    db_end(q);
    return rc < 0 ? -1 : 0;
}

/* What is known already of the asker's roles, so that a thousand steps of one section cost one
 * question. */
struct held {
    struct {
        const struct register_step *step;
        uint64_t section;
        int holds;
    } list[HELD_MOST];
    size_t count;
    bool deputy; /* of whomever */
};

/* 1 when PERSON deputises for ROLE of SECTION. */
static int
deputy_holds(struct store *store, struct arena *arena, const char *role, uint64_t section,
             uint64_t person, struct err *err)
{
    struct deputy_turns turns;
    int same = 0;
    if (deputy_turns(store, arena, role, section, time_now_us(), &turns, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < turns.count; i++) {
        for (size_t k = 0; same == 0 && k < turns.list[i].count; k++) {
            same = account_same_person(store, turns.list[i].persons[k], person, err);
        }
    }
    return same;
}

/* 1 when PERSON holds the role of STEP for SECTION, or one above it, or deputises for it. */
static int
ladder_holds(struct register_set *set, struct store *store, const struct open_step *open,
             uint64_t person, bool deputises, struct err *err)
{
    struct arena *arena = arena_new(256 * 1024);
    struct str role = open->step->who.role;
    int64_t now = time_now_us();
    int rc = 0;
    uint64_t section = str_equal_z(open->step->who.of, "body") ? 0 : open->section;
    const char *own = str_dup_z(arena, role);
    if (deputises) {
        rc = own == NULL ? ERR(err, "limit.memory", "role")
                         : deputy_holds(store, arena, own, section, person, err);
    }
    for (size_t climbed = 0; rc == 0 && role.n > 0 && climbed <= set->role_count; climbed++) {
        const char *name = str_dup_z(arena, role);
        rc = name == NULL ? ERR(err, "limit.memory", "role")
                          : account_has_role(store, person, name, section, now, err);
        const struct register_role *known = register_role_find(set, role);
        role = known != NULL ? known->up : (struct str){0};
    }
    arena_free(arena);
    return rc;
}

/* 0 when PERSON cannot be asked for OPEN at all; else the record has to be looked at. */
static int
may_concern(struct register_set *set, struct store *store, struct held *held,
            const struct open_step *open, uint64_t person, struct err *err)
{
    if (open->look) {
        return 1;
    }
    for (size_t i = 0; i < held->count; i++) {
        if (held->list[i].step == open->step && held->list[i].section == open->section) {
            return held->list[i].holds;
        }
    }
    int holds = ladder_holds(set, store, open, person, held->deputy, err);
    if (holds >= 0 && held->count < HELD_MOST) {
        held->list[held->count].step = open->step;
        held->list[held->count].section = open->section;
        held->list[held->count++].holds = holds;
    }
    return holds;
}

int
register_inbox(struct register_set *set, struct store *store, struct arena *arena, uint64_t person,
               size_t limit, struct register_ids *ret, struct err *err)
{
    struct open_steps *open = arena_alloc(arena, sizeof *open);
    uint64_t *mine = arena_array(arena, limit, sizeof *mine);
    struct held held = {.count = 0};
    if (open == NULL || mine == NULL) {
        return ERR(err, "limit.memory", "inbox");
    }
    int deputy = deputy_is(store, person, time_now_us(), err);
    if (deputy < 0 || open_steps(set, store, open, err) < 0) {
        return -1;
    }
    held.deputy = deputy > 0;
    size_t count = 0;
    for (size_t i = 0; i < open->count && count < limit; i++) {
        int may = may_concern(set, store, &held, &open->list[i], person, err);
        if (may > 0) {
            may = register_candidate(set, store, arena, open->list[i].id, person, err);
        }
        if (may < 0) {
            return -1;
        }
        if (may > 0) {
            mine[count++] = open->list[i].id;
        }
    }
    *ret = (struct register_ids){mine, count};
    return 0;
}
