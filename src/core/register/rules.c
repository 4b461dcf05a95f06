/*
 * rules: what must hold between the parts of a definition (registers.md §3, R110 …). Pure.
 *
 * The move graph has states as nodes. A key or an effect counts as reached without decision when a
 * path from the first state leads to it that takes no move `on: decided`. Narrowing effects need
 * none.
 */
#include "core/register/life.h"
#include "core/register/reader.h"

static void
rule_apart(struct reader *reader, const struct register_def *def, struct str what)
{
    if (str_equal_z(what, "owner")) {
        return;
    }
    if (str_ends(what, STR(".actor"))) {
        struct str name = str_slice(what, 0, what.n - 6);
        if (register_move_find(def, name) != NULL) {
            return;
        }
        for (size_t i = 0; i < def->route_count; i++) {
            for (size_t k = 0; k < def->routes[i].step_count; k++) {
                if (str_equal(def->routes[i].steps[k].key, name)) {
                    return;
                }
            }
        }
    }
    const struct register_field *field = register_field_find(def, what);
    if (field == NULL || field->type != VALUE_PERSON || field->many) {
        FINDING(reader, "register.r120", def->root, "apart %.*s", STR_FMT(what));
    }
}

static void
rule_who(struct reader *reader, const struct register_def *def, const struct register_route *route)
{
    for (size_t i = 0; i < route->step_count; i++) {
        struct str name = route->steps[i].who.field;
        const struct register_field *field = register_field_find(def, name);
        if (name.n > 0 && (field == NULL || field->type != VALUE_PERSON || field->many)) {
            FINDING(reader, "register.r120", route->at, "person %.*s", STR_FMT(name));
        }
    }
}

static bool
target_known(const struct register_set *set, const struct register_def *def, struct str to)
{
    for (size_t i = 0; register_targets[i] != NULL; i++) {
        if (str_equal_z(to, register_targets[i])) {
            return true;
        }
    }
    for (size_t i = 0; i < set->name_count; i++) {
        if (str_equal(set->names[i], to)) {
            return true;
        }
    }
    return to.n == 0 || str_equal(to, def->name) || register_def_find(set, to) != NULL;
}

static void
targets_of(struct reader *reader, const struct register_def *def,
           const struct register_field *fields, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (fields[i].type == VALUE_REF && !target_known(reader->set, def, fields[i].to)) {
            FINDING(reader, "register.r120", fields[i].at, "to %.*s", STR_FMT(fields[i].to));
        }
        targets_of(reader, def, fields[i].columns, fields[i].column_count);
    }
}

void
reader_targets(struct reader *reader, const struct register_def *def)
{
    if (reader->set->whole) {
        targets_of(reader, def, def->fields, def->field_count);
    }
}

/* True when nothing rests on the decision any more in STATE: no decision leads into it, no key
 * stands on it, and every way out leads to a route or ends the record as void. */
static bool
state_reopened(const struct register_def *def, size_t state)
{
    bool reopened = def->states[state].key_count == 0 && def->states[state].end == END_NONE;
    for (size_t i = 0; i < def->move_count; i++) {
        const struct register_move *move = &def->moves[i];
        const struct register_state *to = &def->states[move->to];
        if (move->to == state && move->on == ON_DECIDED) {
            return false;
        }
        if ((move->from >> state & 1) != 0 && to->route.n == 0 && to->end != END_VOID) {
            return false;
        }
    }
    return reopened;
}

/* After a decision only what is free is written, and nothing while somebody judges (R112). */
static void
rule_writes(struct reader *reader, const struct register_def *def,
            const struct register_access *access, uint64_t undecided)
{
    for (size_t i = 0; i < access->write_count; i++) {
        const struct register_write *write = &access->writes[i];
        const struct register_state *state = &def->states[write->state];
        if (state->route.n > 0 || state->end == END_REFUSED || state->end == END_VOID) {
            FINDING(reader, "register.r112", state->at, "write %.*s", STR_FMT(state->name));
            continue;
        }
        bool decided = (undecided >> write->state & 1) == 0 && !state_reopened(def, write->state);
        for (size_t k = 0; k < def->field_count; k++) {
            const struct register_field *field = &def->fields[k];
            if (decided && register_mask_has(&write->fields, k) && !field->free) {
                FINDING(reader, "register.r112", state->at, "%.*s: %.*s", STR_FMT(state->name),
                        STR_FMT(field->key));
            }
        }
    }
}

void
reader_rules(struct reader *reader, const struct register_def *def)
{
    if (!def->shape && def->access_count == 0) {
        FINDING(reader, "register.r118", def->root, "access");
    }
    reader_life_rules(reader, def);
    uint64_t undecided = life_undecided(def);
    for (size_t i = 0; i < def->access_count; i++) {
        rule_writes(reader, def, &def->access[i], undecided);
    }
    reader_targets(reader, def);
    reader_check(reader, def);
    for (size_t i = 0; i < def->apart_count; i++) {
        for (size_t k = 0; k < def->aparts[i].count; k++) {
            rule_apart(reader, def, def->aparts[i].of[k]);
        }
    }
    for (size_t i = 0; i < def->route_count; i++) {
        rule_who(reader, def, &def->routes[i]);
    }
}
