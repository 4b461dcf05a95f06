/*
 * may: whether a move may be made by the one who asks, now, and with what. Runs in cored, while an
 * act is planned; nothing is written here.
 *
 * Invariants: a step is filled by a person, never by the system; `not` goes before `by`; a
 * condition that cannot be answered does not hold.
 */
#include "core/register/may.h"

#include "base/os/time.h"
#include "core/account/account.h"
#include "core/register/effect.h"

/* What the owner may not take back: somebody acted already. */
static int
pull_back_good(struct deed *deed, struct err *err)
{
    if (deed->record.step < 0 || deed->move->to != 0) {
        return 0;
    }
    int acted = record_acted(deed->store, &deed->record, err);
    if (acted != 0) {
        return acted < 0 ? -1 : ERR(err, "register.acted", "%.*s", STR_FMT(deed->move->name));
    }
    return 0;
}

static int
is_owner(const struct deed *deed, struct err *err)
{
    if (deed->caller->system || deed->record.owner == 0) {
        return 0;
    }
    return account_same_person(deed->store, deed->record.owner, deed->caller->person, err);
}

/* 1 when the caller is one of WHO. */
static int
is_among(const struct deed *deed, const struct register_who *who, size_t count, struct err *err)
{
    int among = 0;
    for (size_t i = 0; among == 0 && !deed->caller->system && i < count; i++) {
        among = who_holds(deed->store, &deed->record, &who[i], deed->caller->person, err);
    }
    return among;
}

static int
not_barred(const struct deed *deed, struct err *err)
{
    const struct register_move *move = deed->move;
    int barred = move->not_owner ? is_owner(deed, err) : 0;
    barred = barred != 0 ? barred : is_among(deed, move->nots, move->not_count, err);
    return barred == 0 ? 0 : barred < 0 ? -1 : ERR(err, "register.apart", "not");
}

/* 1 when the caller has an appointment today. */
static int
is_anyone(const struct deed *deed, struct err *err)
{
    uint64_t section = 0;
    int rc = deed->caller->system ? 1
                                  : account_section_of(deed->store, deed->caller->person,
                                                       time_now_us(), &section, err);
    return rc < 0 ? -1 : rc == 0;
}

static int
by_good(struct deed *deed, struct err *err)
{
    const struct register_move *move = deed->move;
    bool system = deed->caller->system && (move->by & (BY_SYSTEM | BY_CLOCK)) != 0;
    int owner = (move->by & BY_OWNER) != 0 ? is_owner(deed, err) : 0;
    int role = owner == 0 && (move->by & BY_ROLE) != 0
                   ? is_among(deed, move->who, move->who_count, err)
                   : 0;
    if (owner == 0 && role == 0 && (move->by & BY_EVERYONE) != 0) {
        role = is_anyone(deed, err);
    }
    if (owner < 0 || role < 0) {
        return -1;
    }
    deed->as_owner = owner > 0;
    if (!system && owner == 0 && role == 0) {
        return ERR(err, "register.not_candidate", "%.*s", STR_FMT(move->name));
    }
    return deed->as_owner ? pull_back_good(deed, err) : 0;
}

static int
fresh_good(const struct deed *deed, struct err *err)
{
    int64_t most = deed->move->fresh_min * 60 * TIME_US_SECOND;
    if (most == 0 || deed->dry || deed->caller->system) {
        return 0;
    }
    int64_t at = deed->caller->factors_at;
    return at != 0 && at <= deed->now && deed->now - at <= most
               ? 0
               : ERR(err, "register.step_up", "%.*s", STR_FMT(deed->move->name));
}

int
move_may(struct deed *deed, struct err *err)
{
    const struct register_move *move = deed->move;
    struct step_ask ask = deed_ask(deed);
    if (not_barred(deed, err) < 0) {
        return -1;
    }
    if (move->by == BY_STEP) {
        if (move_step(deed, err) < 0) {
            return -1;
        }
    } else {
        deed->moves = true;
        if (by_good(deed, err) < 0) {
            return -1;
        }
    }
    if (move->when != NULL && !route_holds(&ask, move->when, false)) {
        return ERR(err, "register.if", "%.*s", STR_FMT(move->name));
    }
    return fresh_good(deed, err);
}

bool
fields_bound(const struct register_def *def, json_t *fields)
{
    const char *key;
    json_t *value;
    json_object_foreach(fields, key, value)
    {
        const struct register_field *field = register_field_find(def, str_of(key));
        if (field == NULL || !field->free) {
            return true;
        }
    }
    return false;
}

int
move_fields(struct deed *deed, struct err *err)
{
    const struct register_move *move = deed->move;
    json_t *given = deed->call->fields;
    const char *key;
    json_t *value;
    if (given == NULL || json_is_null(given) || json_object_size(given) == 0) {
        return json_is_object(given) || given == NULL || json_is_null(given)
                   ? 0
                   : ERR(err, "register.field", "fields");
    }
    json_object_foreach(given, key, value)
    {
        bool asked = false;
        for (size_t i = 0; i < move->ask_count; i++) {
            asked = asked || str_equal_z(move->ask[i], key);
        }
        if (!asked || !deed->moves) {
            return ERR(err, "register.field", "%.40s", key);
        }
    }
    if (deed_values(deed, deed->record.fields, err) < 0) {
        return -1;
    }
    json_t *merged = json_copy(deed->record.fields);
    (void)json_object_update(merged, deed->given);
    json_decref(deed->record.fields);
    deed->record.fields = merged;
    deed->asks = true;
    deed->rev = deed->record.rev + 1;
    return 0;
}

int
move_needs(struct deed *deed, struct err *err)
{
    const struct register_move *move = deed->move;
    const struct register_def *def = deed->record.def;
    for (size_t i = 0; i < move->need_count; i++) {
        if (!field_filled(deed->record.fields, move->need[i]) && !deed->dry) {
            return ERR(err, "register.field_missing", "%.*s", STR_FMT(move->need[i]));
        }
    }
    bool leaves_draft = deed->record.state_at == 0 && def->states[move->to].end == END_NONE;
    if (leaves_draft && fields_check(def, deed->record.fields, true, err) < 0) {
        return -1;
    }
    if (deed->asks && !leaves_draft &&
        fields_brought(def, deed->record.fields, deed->given, move, deed->record.state, err) < 0) {
        return -1;
    }
    return deed_effects_known(deed, err);
}
