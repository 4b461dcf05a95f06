/*
 * card: the approval form of a record for the page: the steps of the open route, who may fill those
 * that are open, and what the caller is asked. Runs in cored; it only reads.
 *
 * It says nothing that step_may would not allow: what is asked here is what an act would be judged
 * by.
 */
#include "core/register/card.h"
#include "core/json/json.h"
#include "core/register/show.h"

static const char *const kinds[] = {
    [STEP_CONSULT] = "consult", [STEP_APPROVE] = "approve", [STEP_DECIDE] = "decide"};

/* In what capacity a grant is used, as acts are kept. */
static const char *
grant_kind(const struct step_grant *grant)
{
    return grant->tier == TIER_DEPUTY     ? "daiketsu"
           : grant->tier == TIER_SUPERIOR ? "hikiage"
           : grant->basis.n > 0           ? "senketsu"
                                          : kinds[grant->step->kind];
}

static int
names_json(const struct step_ask *ask, const uint64_t *list, size_t count, json_t *names,
           struct err *err)
{
    for (size_t i = 0; i < count; i++) {
        struct account_person person = {0};
        int rc = account_person_get(ask->store, ask->arena, list[i], &person, err);
        if (rc < 0) {
            return -1;
        }
        if (rc == 0) {
            (void)json_array_append_new(names, json_of_text(person.name));
        }
    }
    return 0;
}

/* One step: done, open (with who may fill it) or ahead. */
static int
step_json(const struct step_ask *ask, const struct register_route *route, size_t at, json_t *list,
          struct err *err)
{
    const struct register_step *step = &route->steps[at];
    size_t now = (size_t)ask->record->step;
    bool group = at >= now && at < route_group_end(route, now);
    struct step_holders holders = {0};
    json_t *names = json_array();
    int done = at < now ? 1 : group ? step_done(ask, route, step, 0, err) : 0;
    int rc = done < 0 ? -1 : 0;
    if (rc == 0 && group && done == 0) {
        rc = step_candidates(ask, step, &holders, err);
        rc = rc < 0 ? -1 : names_json(ask, holders.list, holders.count, names, err);
    }
    (void)json_array_append_new(list, json_pack("{so ss so ss so}", "key", json_of_text(step->key),
                                                "kind", kinds[step->kind], "title",
                                                register_title_json(&step->title), "state",
                                                done > 0 ? "done"
                                                : group  ? "open"
                                                         : "ahead",
                                                "holders", names));
    return rc;
}

/* What the caller is asked, or null. */
static int
task_json(const struct step_ask *ask, json_t **ret, struct err *err)
{
    struct err why = {0};
    struct step_grant grant;
    if (ask->system || ask->record->step < 0 || step_may(ask, &grant, &why) < 0) {
        *ret = json_null();
        return 0;
    }
    *ret = json_pack("{so ss so}", "step", json_of_text(grant.step->key), "kind",
                     grant_kind(&grant), "title", register_title_json(&grant.step->title));
    if (grant.basis.n > 0) {
        (void)json_object_set_new(*ret, "basis", json_of_text(grant.basis));
    }
    struct account_person holder = {0};
    int rc = grant.for_person != 0
                 ? account_person_get(ask->store, ask->arena, grant.for_person, &holder, err)
                 : 1;
    if (rc == 0) {
        (void)json_object_set_new(*ret, "for", json_of_text(holder.name));
    }
    return rc < 0 ? -1 : 0;
}

/* Adds `stopped` while an objection waits for the owner's answer, and `answer` for the owner. */
static int
stopped_json(const struct step_ask *ask, json_t *record, struct err *err)
{
    int stopped = ask->record->step >= 0 ? votes_stopped(ask, err) : 0;
    int owner = stopped > 0 && !ask->system && ask->person != 0
                    ? account_same_person(ask->store, ask->record->owner, ask->person, err)
                    : 0;
    (void)json_object_set_new(record, "stopped", json_boolean(stopped > 0));
    (void)json_object_set_new(record, "answer", json_boolean(owner > 0));
    return stopped < 0 || owner < 0 ? -1 : 0;
}

int
card_json(const struct step_ask *ask, json_t *record, struct err *err)
{
    const struct register_route *route =
        ask->record->step >= 0 ? record_route(ask->set, ask->record) : NULL;
    json_t *steps = json_array(), *task = NULL;
    int rc = 0;
    for (size_t i = 0; route != NULL && rc == 0 && i < route->step_count; i++) {
        rc = step_json(ask, route, i, steps, err);
    }
    (void)json_object_set_new(record, "steps", steps);
    if (rc == 0) {
        rc = task_json(ask, &task, err);
    }
    if (task != NULL) {
        (void)json_object_set_new(record, "task", task);
    }
    (void)json_object_set_new(
        record, "due",
        json_integer(ask->record->step >= 0 ? (json_int_t)ask->record->step_due : 0));
    return rc < 0 ? -1 : stopped_json(ask, record, err);
}
