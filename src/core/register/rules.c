/*
 * rules: what must hold between the parts of a definition (registers.md §3, R110 …). Pure.
 *
 * The move graph has states as nodes. A key or an effect counts as reached without decision when a
 * path from the first state leads to it that takes no move `on: decided`. Narrowing effects need
 * none.
 */
#include "core/register/reader.h"

/* Effects and keys this product knows, and whether they open something (then a decision is needed).
 */
static const struct {
    const char *name;
    bool opens, standing;
} known[] = {
    {"gate.release", true, false},
    {"gate.refuse", false, false},
    {"gate.send_back", false, false},
    {"gate.allow", true, false},
    {"list.add", true, false},
    {"path.open", true, false},
    {"path.approve", true, false},
    {"path.cut", false, false},
    {"mail.allow", true, false},
    {"mail.release", true, false},
    {"mail.recall", false, false},
    {"screen.allow", true, false},
    {"role.set", true, true},
    {"account.suspend", false, true},
    {"credential.suspend", false, true},
    {"privilege.raise", true, false},
    {"control.waive", true, false},
    {"evidence.keep", false, true},
    {"media.unlock", true, false},
    {"device.allow", true, false},
    {"doc.publish", true, false},
    {"waiver.grant", true, false},
    {"deputy.set", true, false},
};

static int
known_find(struct str name)
{
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (str_equal_z(name, known[i].name)) {
            return (int)i;
        }
    }
    return -1;
}

/* States that a path from the first one reaches; with UNDECIDED only by moves that are no decision.
 */
static uint64_t
reach(const struct register_def *def, bool undecided)
{
    uint64_t seen = 1, before = 0;
    while (seen != before) {
        before = seen;
        for (size_t i = 0; i < def->move_count; i++) {
            const struct register_move *move = &def->moves[i];
            if ((move->from & seen) != 0 && !(undecided && move->on == ON_DECIDED)) {
                seen |= UINT64_C(1) << move->to;
            }
        }
    }
    return seen;
}

static bool
state_leaves(const struct register_def *def, size_t state)
{
    for (size_t i = 0; i < def->move_count; i++) {
        if ((def->moves[i].from >> state & 1) != 0 && def->moves[i].to != state) {
            return true;
        }
    }
    return false;
}

static void
rule_state(struct reader *reader, const struct register_def *def, size_t i, uint64_t undecided)
{
    const struct register_state *state = &def->states[i];
    if (state->end == END_NONE && !state_leaves(def, i)) {
        FINDING(reader, "register.r113", state->at, "%.*s", STR_FMT(state->name));
    }
    if (state->end != END_NONE && state->route.n > 0) {
        FINDING(reader, "register.r113", state->at, "%.*s", STR_FMT(state->name));
    }
    if (state->route.n > 0 && !str_equal_z(state->route, "given") &&
        register_route_find(reader->set, def, state->route) == NULL) {
        FINDING(reader, "register.r120", state->at, "route %.*s", STR_FMT(state->route));
    }
    if (state->key.n == 0) {
        return;
    }
    int key = known_find(state->key);
    if (key < 0) {
        FINDING(reader, "register.r120", state->at, "key %.*s", STR_FMT(state->key));
        return;
    }
    if (known[key].opens && (undecided >> i & 1) != 0) {
        FINDING(reader, "register.r110", state->at, "%.*s", STR_FMT(state->key));
    }
    const struct register_field *until = register_field_find(def, state->until);
    bool ends = until != NULL && until->required && until->visible_if == NULL &&
                (until->type == VALUE_PERIOD || until->type == VALUE_DATE);
    if (!known[key].standing && !ends) {
        FINDING(reader, "register.r111", state->at, "%.*s", STR_FMT(state->key));
    }
}

static void
rule_move(struct reader *reader, const struct register_def *def, const struct register_move *move)
{
    for (size_t i = 0; i < move->need_count; i++) {
        if (register_field_find(def, move->need[i]) == NULL) {
            FINDING(reader, "register.r120", move->at, "field %.*s", STR_FMT(move->need[i]));
        }
    }
    if (move->on != ON_NONE) {
        for (size_t i = 0; i < def->state_count; i++) {
            if ((move->from >> i & 1) != 0 && def->states[i].route.n == 0) {
                FINDING(reader, "register.r103", move->at, "%.*s", STR_FMT(def->states[i].name));
            }
        }
    }
    if ((move->on == ON_REJECTED || move->on == ON_SENT_BACK) && !move->reason) {
        FINDING(reader, "register.r108", move->at, "%.*s", STR_FMT(move->name));
    }
    if (move->effect.n == 0) {
        return;
    }
    int effect = known_find(move->effect);
    if (effect < 0) {
        FINDING(reader, "register.r120", move->at, "effect %.*s", STR_FMT(move->effect));
    } else if (known[effect].opens && move->on != ON_DECIDED) {
        FINDING(reader, "register.r110", move->at, "%.*s", STR_FMT(move->effect));
    }
}

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
        bool decided = (undecided >> write->state & 1) == 0;
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
    uint64_t reached = reach(def, false), undecided = reach(def, true);
    if (!def->shape && def->access_count == 0) {
        FINDING(reader, "register.r118", def->root, "access");
    }
    for (size_t i = 0; i < def->state_count; i++) {
        if ((reached >> i & 1) == 0) {
            FINDING(reader, "register.r113", def->states[i].at, "%.*s",
                    STR_FMT(def->states[i].name));
        }
        rule_state(reader, def, i, undecided);
    }
    for (size_t i = 0; i < def->move_count; i++) {
        rule_move(reader, def, &def->moves[i]);
    }
    for (size_t i = 0; i < def->access_count; i++) {
        rule_writes(reader, def, &def->access[i], undecided);
    }
    reader_targets(reader, def);
    for (size_t i = 0; i < def->apart_count; i++) {
        for (size_t k = 0; k < def->aparts[i].count; k++) {
            rule_apart(reader, def, def->aparts[i].of[k]);
        }
    }
    for (size_t i = 0; i < def->route_count; i++) {
        rule_who(reader, def, &def->routes[i]);
    }
}
