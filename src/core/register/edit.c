/*
 * edit: what is written into a record: the fields of a new one, and changes of one that stands.
 * Runs in cored, inside a unit.
 *
 * Invariant: in the first state its owner writes, and whom an access row lets; in later ones only
 * the fields an access row names for that state, and what they leave is whole. Nothing is written
 * while a route runs.
 */
#include "core/account/account.h"
#include "core/register/deed.h"
#include "core/register/values.h"

int
deed_values(struct deed *deed, json_t *old, struct err *err)
{
    const struct values_taking taking = {.def = deed->record.def,
                                         .old = old,
                                         .person = deed->caller->person,
                                         .section = deed->record.section,
                                         .now_us = deed->now};
    if (values_take(&taking, deed->call->fields, &deed->given, err) < 0) {
        return -1;
    }
    if (old == NULL) {
        values_default(&taking, deed->given);
    }
    return values_known(deed->set, deed->store, deed->arena, deed->caller, deed->record.def,
                        deed->given, err);
}

/* True when an access row names STATE among those it lets write in. */
static bool
state_written(const struct register_def *def, size_t state)
{
    for (size_t i = 0; i < def->access_count; i++) {
        for (size_t k = 0; k < def->access[i].write_count; k++) {
            if (def->access[i].writes[k].state == state) {
                return true;
            }
        }
    }
    return false;
}

/* 1 when the caller may write every field of the call in the record's state; 0; -1. */
static int
edit_granted(struct deed *deed, struct err *err)
{
    const struct record *record = &deed->record;
    struct register_mask mask = {{0}};
    const char *key;
    json_t *value;
    if (deed->caller->system || record->def->states[record->state_at].route.n > 0) {
        return 0; /* nothing changes while somebody judges it */
    }
    if (record->state_at == 0) {
        int same = account_same_person(deed->store, record->owner, deed->caller->person, err);
        if (same != 0) {
            return same;
        }
    }
    if (record_writes(deed->set, deed->store, deed->arena, deed->caller, record, &mask, err) < 0) {
        return -1;
    }
    json_object_foreach(deed->given, key, value)
    {
        const struct register_field *field = register_field_find(record->def, str_of(key));
        if (field == NULL || !register_mask_has(&mask, (size_t)(field - record->def->fields))) {
            return 0;
        }
    }
    return json_object_size(deed->given) > 0;
}

int
deed_edit(struct deed *deed, struct err *err)
{
    const struct record *record = &deed->record;
    deed->edits = true;
    deed->own = OWN_EDIT;
    deed->to = (size_t)record->state_at;
    deed->route = record->route;
    deed->rev = record->rev + 1;
    bool later = record->state_at != 0;
    if (record->def->states[record->state_at].route.n > 0 ||
        (later && !state_written(record->def, deed->to))) {
        return ERR(err, "register.move", "%.*s", STR_FMT(record->state));
    }
    if (deed_values(deed, record->fields, err) < 0) {
        return -1;
    }
    int granted = edit_granted(deed, err);
    if (granted <= 0) {
        return granted < 0 ? -1 : ERR(err, "register.not_candidate", "edit");
    }
    if (!later) {
        return 0;
    }
    json_t *merged = json_copy(record->fields);
    (void)json_object_update(merged, deed->given);
    int rc = fields_whole(record->def, merged, record->state, err);
    json_decref(merged);
    return rc;
}
