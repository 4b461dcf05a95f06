/*
 * step: who may fill the open steps of a record, and in what capacity. Runs in cored.
 *
 * Invariants: candidates are judged at the moment of the act by dates, and on natural persons; the
 * system itself and the clock never fill a step; a deputy acts only for the decision, only while
 * the holder and every deputy before are away by an absence entered beforehand, barred by the
 * record, or their post is vacant; nobody acts on an absence she entered for another.
 */
#include "base/os/time.h"
#include "core/account/absence.h"
#include "core/register/record.h"

#include <string.h>

enum { VOTED, ACTORS, MUTUAL, MUTUAL_DAYS = 30 };

#define NATURAL(p) "coalesce((SELECT same_as FROM person_join WHERE person = " p "), " p ")"

static const struct store_statement sql[] = {
    [VOTED] = {"step.voted",
               "SELECT person FROM vote WHERE record = $1 AND rev = $2 AND step = $3"},
    [ACTORS] = {"step.actors", "SELECT person FROM act WHERE record = $1 AND person <> 0"
                               " AND (step = $2 OR (step = '' AND move = $2))"},
    [MUTUAL] = {"step.mutual", "SELECT EXISTS (SELECT 1 FROM act a JOIN record r ON r.id = a.record"
                               " WHERE a.kind = 'daiketsu' AND a.at >= $3"
                               " AND " NATURAL("a.person") " = " NATURAL("$1") " AND " NATURAL(
                                   "r.owner") " = " NATURAL("$2") ")"},
};

/* 1 when a row of the query is one natural person with PERSON. */
static int
rows_have(struct store *store, struct db_query *q, uint64_t person, struct err *err)
{
    int found = 0, rc = 0;
    while (found == 0 && (rc = db_step(q, err)) > 0) {
        found = account_same_person(store, (uint64_t)db_int(q, 0), person, err);
    }
    db_end(q);
    return rc < 0 ? -1 : found;
}

/* 1 when PERSON acted as WHAT ("dept.actor", "owner", a field) on RECORD. */
static int
apart_met(struct store *store, const struct record *record, struct str what, uint64_t person,
          struct err *err)
{
    if (str_equal_z(what, "owner")) {
        return account_same_person(store, record->owner, person, err);
    }
    if (str_ends(what, STR(".actor"))) {
        struct db_query *q = db_query(store, &sql[ACTORS]);
        db_bind_int(q, 1, (int64_t)record->id);
        db_bind_text(q, 2, str_slice(what, 0, what.n - 6));
        return rows_have(store, q, person, err);
    }
    struct register_who who = {.field = what};
    return who_holds(store, record, &who, person, err);
}

/* True when WHAT is the actor of STEP itself. */
static bool
apart_own(struct str what, const struct register_step *step)
{
    return str_ends(what, STR(".actor")) && str_equal(str_slice(what, 0, what.n - 6), step->key);
}

/* 1 when an `apart` of the definition bars PERSON from STEP: she acted as another of its parts. */
static int
aparts_bar(struct store *store, const struct record *record, const struct register_step *step,
           uint64_t person, struct err *err)
{
    int met = 0;
    for (size_t i = 0; met == 0 && i < record->def->apart_count; i++) {
        const struct register_apart *apart = &record->def->aparts[i];
        bool named = false;
        for (size_t k = 0; k < apart->count; k++) {
            named = named || apart_own(apart->of[k], step);
        }
        for (size_t k = 0; named && met == 0 && k < apart->count; k++) {
            if (!apart_own(apart->of[k], step)) {
                met = apart_met(store, record, apart->of[k], person, err);
            }
        }
    }
    return met;
}

int
step_barred(const struct step_ask *ask, const struct register_step *step, uint64_t person,
            uint64_t *ret_waiver, struct err *err)
{
    *ret_waiver = 0;
    int barred = record_concerns(ask->store, ask->record, person, err);
    if (barred == 0) {
        barred = aparts_bar(ask->store, ask->record, step, person, err);
    }
    if (barred <= 0) {
        return barred;
    }
    int waived = waiver_find(ask->store, ask->record, step->key, person, ret_waiver, err);
    return waived < 0 ? -1 : !waived;
}

/* Persons in order, in the arena. */
struct persons {
    uint64_t *list;
    size_t count;
};

/* Leaves those of ALL whom the record does not concern. */
static int
persons_apart(const struct step_ask *ask, const struct register_step *step, struct persons all,
              struct persons *ret, struct err *err)
{
    ret->count = 0;
    ret->list = arena_array(ask->arena, all.count, sizeof *ret->list);
    if (ret->list == NULL) {
        return ERR(err, "limit.memory", "holders");
    }
    for (size_t i = 0; i < all.count; i++) {
        uint64_t waiver = 0;
        int barred = step_barred(ask, step, all.list[i], &waiver, err);
        if (barred < 0) {
            return -1;
        }
        if (barred == 0) {
            ret->list[ret->count++] = all.list[i];
        }
    }
    return 0;
}

int
person_away(const struct step_ask *ask, uint64_t person, struct absence *ret, struct err *err)
{
    int away = absence_at(ask->store, ask->arena, person, time_now_us(), ret, err);
    if (away <= 0) {
        return away;
    }
    int own = account_same_person(ask->store, ret->entered_by, person, err);
    if (own != 0) {
        return own;
    }
    int concerned = record_concerns(ask->store, ask->record, ret->entered_by, err);
    return concerned < 0 ? -1 : !concerned;
}

/* Leaves those of PERSONS who are not away now. */
static int
persons_present(const struct step_ask *ask, struct persons *persons, struct err *err)
{
    size_t kept = 0;
    for (size_t i = 0; i < persons->count; i++) {
        struct absence absence;
        int away = person_away(ask, persons->list[i], &absence, err);
        if (away < 0) {
            return -1;
        }
        if (away == 0) {
            persons->list[kept++] = persons->list[i];
        }
    }
    persons->count = kept;
    return 0;
}

/* 1 when the record's owner decided as a deputy, lately, what PERSON asked for. */
static int
deputy_mutual(const struct step_ask *ask, uint64_t person, struct err *err)
{
    int64_t met = 0;
    struct db_query *q = db_query(ask->store, &sql[MUTUAL]);
    db_bind_int(q, 1, (int64_t)ask->record->owner);
    db_bind_int(q, 2, (int64_t)person);
    db_bind_int(q, 3, time_now_us() - MUTUAL_DAYS * TIME_US_DAY);
    return db_one_int(q, &met, err) < 0 ? -1 : met != 0;
}

/* The absences the holders are away by. */
struct aways {
    struct absence *list;
    size_t count;
};

static int
aways_of(const struct step_ask *ask, struct persons holders, struct aways *ret, struct err *err)
{
    ret->count = 0;
    ret->list = arena_array(ask->arena, holders.count, sizeof *ret->list);
    if (ret->list == NULL) {
        return ERR(err, "limit.memory", "absences");
    }
    for (size_t i = 0; i < holders.count; i++) {
        int away = person_away(ask, holders.list[i], &ret->list[ret->count], err);
        if (away < 0) {
            return -1;
        }
        ret->count += away > 0;
    }
    return 0;
}

/* Leaves those who may deputise: not in a pair that decides for each other, and not on an absence
 * they entered for another. */
static int
persons_deputise(const struct step_ask *ask, const struct aways *aways, struct persons *persons,
                 struct err *err)
{
    size_t kept = 0;
    for (size_t i = 0; i < persons->count; i++) {
        int bad = deputy_mutual(ask, persons->list[i], err);
        for (size_t k = 0; bad == 0 && k < aways->count; k++) {
            bad = account_same_person(ask->store, aways->list[k].entered_by, persons->list[i], err);
        }
        if (bad < 0) {
            return -1;
        }
        if (bad == 0) {
            persons->list[kept++] = persons->list[i];
        }
    }
    persons->count = kept;
    return 0;
}

static int
turns_of(const struct step_ask *ask, const struct register_who *who, struct deputy_turns *ret,
         struct err *err)
{
    uint64_t section = 0;
    ret->count = 0;
    const char *role = str_dup_z(ask->arena, who->role);
    if (role == NULL) {
        return ERR(err, "limit.memory", "role");
    }
    if (who->role.n == 0) {
        return 0;
    }
    if (who_section(ask->store, ask->record, who, &section, err) < 0) {
        return -1;
    }
    return deputy_turns(ask->store, ask->arena, role, section, time_now_us(), ret, err);
}

/* The first deputies in order who are there and may. */
static int
deputies_find(const struct step_ask *ask, const struct register_step *step,
              const struct aways *aways, struct step_holders *ret, struct err *err)
{
    struct deputy_turns turns;
    if (turns_of(ask, &ret->who, &turns, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < turns.count; i++) {
        struct persons some = {turns.list[i].persons, turns.list[i].count};
        if (persons_apart(ask, step, some, &some, err) < 0 ||
            persons_present(ask, &some, err) < 0 || persons_deputise(ask, aways, &some, err) < 0) {
            return -1;
        }
        if (some.count > 0) {
            ret->list = some.list;
            ret->count = some.count;
            ret->tier = TIER_DEPUTY;
            return 1;
        }
    }
    return 0;
}

/* The nearest superiors who are there; else, when the step has no holder of its own, the nearest
 * that are away. */
static int
superiors_find(const struct step_ask *ask, const struct register_step *step,
               struct step_holders *ret, struct err *err)
{
    struct register_who who = ret->who;
    for (size_t climbed = 0; climbed < ask->set->role_count; climbed++) {
        const struct register_role *role = register_role_find(ask->set, who.role);
        if (role == NULL || role->up.n == 0) {
            return 0;
        }
        who.role = role->up;
        struct persons all = {NULL, 0}, some = {NULL, 0};
        if (who_list(ask->store, ask->arena, ask->record, &who, &all.list, &all.count, err) < 0 ||
            persons_apart(ask, step, all, &some, err) < 0) {
            return -1;
        }
        struct persons there = {arena_array(ask->arena, some.count, sizeof *some.list), some.count};
        if (there.list == NULL) {
            return ERR(err, "limit.memory", "holders");
        }
        memcpy(there.list, some.list, some.count * sizeof *some.list);
        if (persons_present(ask, &there, err) < 0) {
            return -1;
        }
        if (there.count > 0 || (ret->count == 0 && some.count > 0)) {
            ret->list = there.count > 0 ? there.list : some.list;
            ret->count = there.count > 0 ? there.count : some.count;
            ret->tier = TIER_SUPERIOR;
            ret->who = who;
        }
        if (there.count > 0) {
            return 1;
        }
    }
    return 0;
}

/* May a deputy fill STEP of this record at all? */
static bool
step_deputised(const struct step_ask *ask, const struct register_step *step)
{
    return (step->deputy & DEPUTY_DAIKETSU) != 0 &&
           (step->bar == NULL || !route_holds(ask, step->bar, true));
}

/* Who acts when none of the holders ALL is there and may. */
static int
places_find(const struct step_ask *ask, const struct register_step *step, struct persons all,
            struct step_holders *ret, struct err *err)
{
    struct aways aways;
    if (aways_of(ask, all, &aways, err) < 0) {
        return -1;
    }
    if (aways.count > 0) {
        ret->for_person = aways.list[0].person;
        ret->absence = aways.list[0].id;
    } else if (all.count > 0) {
        ret->for_person = all.list[0];
    }
    int found = 0;
    if (step_deputised(ask, step)) {
        found = deputies_find(ask, step, &aways, ret, err);
    }
    if (found == 0 && (step->deputy & DEPUTY_HIKIAGE) != 0) {
        found = superiors_find(ask, step, ret, err);
    }
    return found < 0 ? -1 : 0;
}

const struct register_senketsu *
step_rule(const struct step_ask *ask, const struct register_step *step)
{
    for (size_t i = 0; i < step->senketsu_count; i++) {
        const struct register_senketsu *row = &step->senketsu[i];
        if (row->when == NULL || route_holds(ask, row->when, false)) {
            return row;
        }
    }
    return NULL;
}

int
step_candidates(const struct step_ask *ask, const struct register_step *step,
                struct step_holders *ret, struct err *err)
{
    const struct register_senketsu *rule = step_rule(ask, step);
    *ret = (struct step_holders){.who = rule != NULL ? rule->who : step->who,
                                 .basis = rule != NULL ? rule->basis : (struct str){0}};
    struct persons all = {NULL, 0}, own = {NULL, 0}, there = {NULL, 0};
    if (who_list(ask->store, ask->arena, ask->record, &ret->who, &all.list, &all.count, err) < 0 ||
        persons_apart(ask, step, all, &own, err) < 0) {
        return -1;
    }
    ret->list = ret->own = own.list;
    ret->count = ret->own_count = own.count;
    if (ret->who.role.n == 0) {
        return 0;
    }
    there.list = arena_array(ask->arena, own.count, sizeof *own.list);
    if (there.list == NULL) {
        return ERR(err, "limit.memory", "holders");
    }
    memcpy(there.list, own.list, own.count * sizeof *own.list);
    there.count = own.count;
    if (persons_present(ask, &there, err) < 0) {
        return -1;
    }
    return there.count > 0 ? 0 : places_find(ask, step, all, ret, err);
}

static int
list_has(struct store *store, const uint64_t *list, size_t count, uint64_t person, struct err *err)
{
    int found = 0;
    for (size_t i = 0; found == 0 && i < count; i++) {
        found = account_same_person(store, list[i], person, err);
    }
    return found;
}

/* 1 when the caller holds STEP; RET says how. */
static int
step_holds(const struct step_ask *ask, const struct register_step *step, struct step_grant *ret,
           struct err *err)
{
    struct step_holders holders;
    if (step->who.peer) {
        return who_holds(ask->store, ask->record, &step->who, ask->person, err);
    }
    if (step_candidates(ask, step, &holders, err) < 0) {
        return -1;
    }
    ret->basis = holders.basis;
    int found = list_has(ask->store, holders.own, holders.own_count, ask->person, err);
    if (found != 0 || holders.tier == TIER_HOLDER) {
        return found;
    }
    ret->tier = holders.tier;
    ret->for_person = holders.for_person;
    ret->absence = holders.absence;
    return list_has(ask->store, holders.list, holders.count, ask->person, err);
}

/* Why the caller may not: a deputy is told more than a stranger. */
static int
step_refuse(const struct step_ask *ask, const struct register_step *step, struct err *err)
{
    struct deputy_turns turns;
    int deputy = 0;
    const struct register_senketsu *rule = step_rule(ask, step);
    const struct register_who *who = rule != NULL ? &rule->who : &step->who;
    if (turns_of(ask, who, &turns, err) < 0) {
        return -1;
    }
    for (size_t i = 0; deputy == 0 && i < turns.count; i++) {
        deputy = list_has(ask->store, turns.list[i].persons, turns.list[i].count, ask->person, err);
    }
    if (deputy <= 0) {
        return deputy < 0 ? -1 : ERR(err, "register.not_candidate", "%.*s", STR_FMT(step->key));
    }
    if (!step_deputised(ask, step)) {
        return ERR(err, "register.daiketsu_barred", "%.*s", STR_FMT(step->key));
    }
    int mutual = deputy_mutual(ask, ask->person, err);
    if (mutual != 0) {
        return mutual < 0 ? -1 : ERR(err, "register.apart", "%.*s", STR_FMT(step->key));
    }
    return ERR(err, "register.holder_present", "%.*s", STR_FMT(step->key));
}

static int
step_voted(const struct step_ask *ask, const struct register_step *step, struct err *err)
{
    struct db_query *q = db_query(ask->store, &sql[VOTED]);
    db_bind_int(q, 1, (int64_t)ask->record->id);
    db_bind_int(q, 2, (int64_t)ask->record->rev);
    db_bind_text(q, 3, step->key);
    return rows_have(ask->store, q, ask->person, err);
}

static int
step_may_one(const struct step_ask *ask, const struct register_step *step, struct step_grant *ret,
             struct err *err)
{
    *ret = (struct step_grant){.step = step};
    int rc = step_barred(ask, step, ask->person, &ret->waiver, err);
    if (rc != 0) {
        return rc < 0 ? -1 : ERR(err, "register.apart", "%.*s", STR_FMT(step->key));
    }
    rc = step_holds(ask, step, ret, err);
    if (rc <= 0) {
        return rc < 0 ? -1 : step_refuse(ask, step, err);
    }
    rc = step_voted(ask, step, err);
    if (rc != 0) {
        return rc < 0 ? -1 : ERR(err, "register.again", "%.*s", STR_FMT(step->key));
    }
    return 0;
}

int
step_may(const struct step_ask *ask, struct step_grant *ret, struct err *err)
{
    const struct register_route *route = record_route(ask->set, ask->record);
    struct err first = {0};
    if (route == NULL) {
        return ERR(err, "register.move", "%.*s", STR_FMT(ask->record->state));
    }
    size_t at = (size_t)ask->record->step, end = route_group_end(route, at);
    for (size_t i = at; i < end; i++) {
        const struct register_step *step = &route->steps[i];
        struct err why = {0};
        if (ask->key.n > 0 && !str_equal(ask->key, step->key)) {
            continue;
        }
        if (ask->system || ask->person == 0) {
            return ERR(err, "register.not_candidate", "%.*s", STR_FMT(step->key));
        }
        if (step_may_one(ask, step, ret, &why) == 0) {
            return 0;
        }
        first = first.code == NULL ? why : first;
    }
    if (first.code == NULL) {
        return ERR(err, "register.not_open", "%.*s", STR_FMT(str_slice(ask->key, 0, 40)));
    }
    *err = first;
    return -1;
}
