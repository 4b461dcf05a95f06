/*
 * step: who may fill the open step of a record. Runs in cored.
 *
 * Invariant: candidates are judged at the moment of the act by dates, and on natural persons; the
 * system itself and the clock never fill a step.
 */
#include "base/os/time.h"
#include "core/account/account.h"
#include "core/register/record.h"

enum { VOTED, ACTORS };

static const struct store_statement sql[] = {
    [VOTED] = {"step.voted",
               "SELECT person FROM vote WHERE record = $1 AND rev = $2 AND step = $3"},
    [ACTORS] = {"step.actors", "SELECT person FROM act WHERE record = $1 AND person <> 0"
                               " AND (step = $2 OR (step = '' AND move = $2))"},
};

const struct register_step *
record_step(struct register_set *set, const struct record *record)
{
    if (record->step < 0) {
        return NULL;
    }
    const struct register_route *route = register_route_find(set, record->def, record->route);
    return route != NULL && (size_t)record->step < route->step_count ? &route->steps[record->step]
                                                                     : NULL;
}

/* The section a role is asked for. */
static int
who_section(struct store *store, const struct record *record, const struct register_who *who,
            uint64_t *ret, struct err *err)
{
    *ret = 0;
    if (str_equal_z(who->of, "section")) {
        *ret = record->section;
    } else if (str_equal_z(who->of, "owner.section")) {
        return account_section_of(store, record->owner, time_now_us(), ret, err) < 0 ? -1 : 0;
    }
    return 0;
}

static uint64_t
who_field(const struct record *record, const struct register_who *who)
{
    json_t *value = json_object_getn(record->fields, who->field.p, who->field.n);
    uint64_t id = 0;
    return json_is_string(value) && str_to_u64(str_of(json_string_value(value)), &id) ? id : 0;
}

static const char *
role_z(struct arena *arena, const struct register_who *who)
{
    return str_dup_z(arena, who->role);
}

int
who_holds(struct store *store, const struct record *record, const struct register_who *who,
          uint64_t person, struct err *err)
{
    uint64_t section = 0;
    if (who->field.n > 0) {
        uint64_t named = who_field(record, who);
        return named == 0 ? 0 : account_same_person(store, named, person, err);
    }
    if (who->peer) {
        int rc = account_section_of(store, person, time_now_us(), &section, err);
        return rc != 0 ? (rc < 0 ? -1 : 0) : section == record->section;
    }
    if (who_section(store, record, who, &section, err) < 0) {
        return -1;
    }
    struct arena *arena = arena_new(4096);
    const char *role = role_z(arena, who);
    int rc = role == NULL ? ERR(err, "limit.memory", "role")
                          : account_has_role(store, person, role, section, time_now_us(), err);
    arena_free(arena);
    return rc;
}

int
who_list(struct store *store, struct arena *arena, const struct record *record,
         const struct register_who *who, uint64_t **ret, size_t *ret_count, struct err *err)
{
    uint64_t section = 0;
    *ret = NULL;
    *ret_count = 0;
    if (who->field.n > 0) {
        *ret = arena_array(arena, 1, sizeof **ret);
        if (*ret == NULL) {
            return ERR(err, "limit.memory", "holders");
        }
        (*ret)[0] = who_field(record, who);
        *ret_count = (*ret)[0] != 0;
        return 0;
    }
    if (who->peer) {
        return 0;
    }
    const char *role = role_z(arena, who);
    if (role == NULL) {
        return ERR(err, "limit.memory", "role");
    }
    if (who_section(store, record, who, &section, err) < 0) {
        return -1;
    }
    return account_who(store, arena, role, section, time_now_us(), ret, ret_count, err);
}

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

static int
step_voted(struct store *store, const struct record *record, const struct register_step *step,
           uint64_t person, struct err *err)
{
    struct db_query *q = db_query(store, &sql[VOTED]);
    db_bind_int(q, 1, (int64_t)record->id);
    db_bind_int(q, 2, (int64_t)record->rev);
    db_bind_text(q, 3, step->key);
    return rows_have(store, q, person, err);
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

/* 1 when an `apart` of the definition bars PERSON from STEP. */
static int
aparts_bar(struct store *store, const struct record *record, const struct register_step *step,
           uint64_t person, struct err *err)
{
    int met = 0;
    for (size_t i = 0; met == 0 && i < record->def->apart_count; i++) {
        const struct register_apart *apart = &record->def->aparts[i];
        bool named = false;
        for (size_t k = 0; k < apart->count; k++) {
            struct str of = apart->of[k];
            named = named || (str_ends(of, STR(".actor")) &&
                              str_equal(str_slice(of, 0, of.n - 6), step->key));
        }
        for (size_t k = 0; named && met == 0 && k < apart->count; k++) {
            met = apart_met(store, record, apart->of[k], person, err);
        }
    }
    return met;
}

/* Leaves those of LIST whom RECORD does not concern. */
static int
list_apart(struct store *store, const struct record *record, uint64_t *list, size_t *count,
           struct err *err)
{
    size_t kept = 0;
    for (size_t i = 0; i < *count; i++) {
        int concerned = record_concerns(store, record, list[i], err);
        if (concerned < 0) {
            return -1;
        }
        if (concerned == 0) {
            list[kept++] = list[i];
        }
    }
    *count = kept;
    return 0;
}

int
step_candidates(struct register_set *set, struct store *store, struct arena *arena,
                const struct record *record, const struct register_step *step,
                struct step_holders *ret, struct err *err)
{
    ret->who = step->who;
    for (size_t climbed = 0; climbed <= set->role_count; climbed++) {
        if (who_list(store, arena, record, &ret->who, &ret->list, &ret->count, err) < 0 ||
            list_apart(store, record, ret->list, &ret->count, err) < 0) {
            return -1;
        }
        if (ret->count > 0 || ret->who.role.n == 0) {
            return 0;
        }
        const struct register_role *role = register_role_find(set, ret->who.role);
        if (role == NULL || role->up.n == 0) {
            return 0;
        }
        ret->who.role = role->up;
    }
    return 0;
}

/* 1 when PERSON may fill STEP (apart is judged elsewhere). */
static int
step_holds(struct register_set *set, struct store *store, struct arena *arena,
           const struct record *record, uint64_t person, struct err *err)
{
    const struct register_step *step = record_step(set, record);
    struct step_holders holders;
    if (step->who.role.n == 0) {
        return who_holds(store, record, &step->who, person, err);
    }
    if (step_candidates(set, store, arena, record, step, &holders, err) < 0) {
        return -1;
    }
    int found = 0;
    for (size_t i = 0; found == 0 && i < holders.count; i++) {
        found = account_same_person(store, holders.list[i], person, err);
    }
    return found;
}

int
step_may(struct register_set *set, struct store *store, struct arena *arena,
         const struct record *record, const struct register_caller *caller, struct err *err)
{
    const struct register_step *step = record_step(set, record);
    if (step == NULL) {
        return ERR(err, "register.move", "%.*s", STR_FMT(record->state));
    }
    if (caller->system || caller->person == 0) {
        return ERR(err, "register.not_candidate", "%.*s", STR_FMT(step->key));
    }
    int rc = record_concerns(store, record, caller->person, err);
    if (rc == 0) {
        rc = aparts_bar(store, record, step, caller->person, err);
    }
    if (rc != 0) {
        return rc < 0 ? -1 : ERR(err, "register.apart", "%.*s", STR_FMT(step->key));
    }
    rc = step_holds(set, store, arena, record, caller->person, err);
    if (rc <= 0) {
        return rc < 0 ? -1 : ERR(err, "register.not_candidate", "%.*s", STR_FMT(step->key));
    }
    rc = step_voted(store, record, step, caller->person, err);
    if (rc != 0) {
        return rc < 0 ? -1 : ERR(err, "register.again", "%.*s", STR_FMT(step->key));
    }
    return 0;
}
