/*
 * life_rules: what must hold between states, moves, keys and clocks (registers.md §3, R110, R111,
 * R113 …). Pure.
 *
 * The move graph has states as nodes. A key or an effect that opens something counts as reached
 * without decision when a path from the first state leads to it that takes no move `on: decided`.
 * The one way around is `ex_post`: act first, where a topic allows it, with a route, within one
 * working day, for seven days at most.
 */
#include "core/register/condition.h"
#include "core/register/effect.h"
#include "core/register/life.h"

enum { EX_POST_DAYS = 7 };

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

uint64_t
life_undecided(const struct register_def *def)
{
    return reach(def, true);
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

const struct register_move *
life_end_move(const struct register_def *def, size_t state)
{
    for (size_t i = 0; i < def->move_count; i++) {
        const struct register_move *move = &def->moves[i];
        bool named =
            def->states[state].then.n == 0 || str_equal(def->states[state].then, move->name);
        if (named && (move->by & BY_CLOCK) != 0 && (move->from >> state & 1) != 0) {
            return move;
        }
    }
    return NULL;
}

/* The topic lets people act first, and the state they come to is short and decided afterwards. */
static bool
ex_post_good(struct reader *reader, const struct register_def *def,
             const struct register_state *state)
{
    bool topic = false;
    for (size_t i = 0; i < def->topic_count; i++) {
        for (size_t k = 0; k < reader->set->ex_post_count; k++) {
            topic = topic || str_equal(def->topics[i], reader->set->ex_post[k]);
        }
    }
    struct calendar_span end = state->until.span, within = state->late.span;
    bool soon = within.count > 0 && (within.unit == SPAN_H     ? within.count <= 24
                                     : within.unit == SPAN_MIN ? within.count <= 24 * 60
                                                               : within.count <= 1);
    bool brief = state->until.of == UNTIL_ENTERED && !state->until.minus && end.count > 0 &&
                 (end.unit == SPAN_D     ? end.count <= EX_POST_DAYS
                  : end.unit == SPAN_H   ? end.count <= 24 * EX_POST_DAYS
                  : end.unit == SPAN_MIN ? end.count <= 24 * 60 * EX_POST_DAYS
                                         : end.count <= 3);
    return topic && soon && brief && state->route.n > 0;
}

/* True when a move that is no decision leads from an undecided state to state I, other than one
 * that may act first. */
static bool
opened_undecided(struct reader *reader, const struct register_def *def, size_t i,
                 uint64_t undecided)
{
    if (i == 0) {
        return true;
    }
    for (size_t k = 0; k < def->move_count; k++) {
        const struct register_move *move = &def->moves[k];
        bool comes = move->to == i && move->on != ON_DECIDED && (move->from & undecided) != 0 &&
                     move->from != UINT64_C(1) << i;
        if (comes && !(move->ex_post && ex_post_good(reader, def, &def->states[i]))) {
            return true;
        }
    }
    return false;
}

static bool
until_good(const struct register_def *def, const struct register_until *until)
{
    if (until->of == UNTIL_ENTERED || until->of == UNTIL_CREATED) {
        return until->span.count > 0 && !until->minus;
    }
    const struct register_field *field = register_field_find(def, until->field);
    return until->of == UNTIL_FIELD && field != NULL &&
           (field->type == VALUE_PERIOD || field->type == VALUE_DATE ||
            field->type == VALUE_DATETIME) &&
           !(until->minus && until->span.unit != SPAN_D);
}

/* The end of a key must be there whatever was filled in. */
static bool
until_sure(const struct register_def *def, const struct register_until *until)
{
    const struct register_field *field = register_field_find(def, until->field);
    return until_good(def, until) &&
           (until->of != UNTIL_FIELD || (field->required && field->visible_if == NULL));
}

static void
rule_keys(struct reader *reader, const struct register_def *def, size_t i, uint64_t undecided)
{
    const struct register_state *state = &def->states[i];
    reader_order_rules(reader, def, state->keys, state->key_count, true);
    for (size_t k = 0; k < state->key_count; k++) {
        const struct effect_kind *kind = effect_kind_find(state->keys[k].effect);
        struct str name = state->keys[k].effect;
        if (kind == NULL) {
            continue;
        }
        for (size_t other = 0; other < k; other++) {
            if (str_equal(state->keys[other].effect, name)) {
                FINDING(reader, "register.r102", state->keys[k].at, "%.*s twice", STR_FMT(name));
            }
        }
        if (kind->opens && (undecided >> i & 1) != 0 &&
            opened_undecided(reader, def, i, undecided)) {
            FINDING(reader, "register.r110", state->at, "%.*s", STR_FMT(name));
        }
        bool ends = until_sure(def, &state->until) && life_end_move(def, i) != NULL;
        if (!kind->standing && !ends) {
            FINDING(reader, "register.r111", state->at, "%.*s", STR_FMT(name));
        }
    }
}

/* What an alarm names: a register that can be opened, a move the clock makes from STATE (-1: any).
 */
static void
rule_alarm(struct reader *reader, const struct register_def *def, const struct yaml_node *at,
           const struct register_alarm *alarm, int state)
{
    const struct register_move *move = register_move_find(def, alarm->after);
    bool from = move != NULL && (state < 0 || (move->from >> state & 1) != 0);
    if (alarm->after.n > 0 && (!from || (move->by & BY_CLOCK) == 0)) {
        FINDING(reader, "register.r126", at, "%.*s", STR_FMT(alarm->after));
    }
}

static void
rule_times(struct reader *reader, const struct register_def *def, size_t i)
{
    const struct register_state *state = &def->states[i];
    if (state->until.of != UNTIL_NONE && !until_good(def, &state->until)) {
        FINDING(reader, "register.r111", state->at, "until %.*s", STR_FMT(state->until.field));
    }
    if (state->then.n > 0 && (life_end_move(def, i) == NULL || state->until.of == UNTIL_NONE)) {
        FINDING(reader, "register.r126", state->at, "then %.*s", STR_FMT(state->then));
    }
    bool warn = state->warn.notify_count > 0 || state->warn.span.count > 0;
    if (warn && (state->warn.span.count == 0 || state->warn.notify_count == 0 ||
                 state->until.of == UNTIL_NONE || state->warn.open.n > 0 ||
                 state->warn.after.n > 0 || state->warn.again.count > 0)) {
        FINDING(reader, "register.r126", state->at, "warn");
    }
    bool late = state->late.notify_count > 0 || state->late.open.n > 0 || state->late.after.n > 0;
    if (late && state->late.span.count == 0) {
        FINDING(reader, "register.r126", state->at, "late: within");
    }
    rule_alarm(reader, def, state->at, &state->late, (int)i);
}

static void
rule_state(struct reader *reader, const struct register_def *def, size_t i, uint64_t undecided)
{
    const struct register_state *state = &def->states[i];
    bool timed = state->until.of != UNTIL_NONE || state->late.span.count > 0;
    if (state->end == END_NONE && !state_leaves(def, i)) {
        FINDING(reader, "register.r113", state->at, "%.*s", STR_FMT(state->name));
    }
    if (state->end != END_NONE && (state->route.n > 0 || timed || state->key_count > 0)) {
        FINDING(reader, "register.r113", state->at, "%.*s", STR_FMT(state->name));
    }
    if (state->route.n > 0 && !str_equal_z(state->route, "given") &&
        register_route_find(reader->set, def, state->route) == NULL) {
        FINDING(reader, "register.r120", state->at, "route %.*s", STR_FMT(state->route));
    }
    rule_times(reader, def, i);
    rule_keys(reader, def, i, undecided);
}

static void
rule_who(struct reader *reader, const struct register_def *def, const struct register_move *move,
         const struct register_who *who)
{
    const struct register_field *field = register_field_find(def, who->field);
    if (who->field.n > 0 && (field == NULL || field->type != VALUE_PERSON)) {
        FINDING(reader, "register.r120", move->at, "person %.*s", STR_FMT(who->field));
    }
}

static void
rule_fields(struct reader *reader, const struct register_def *def, const struct register_move *move)
{
    for (size_t i = 0; i < move->need_count; i++) {
        if (register_field_find(def, move->need[i]) == NULL) {
            FINDING(reader, "register.r120", move->at, "field %.*s", STR_FMT(move->need[i]));
        }
    }
    for (size_t i = 0; i < move->ask_count; i++) {
        const struct register_field *field = register_field_find(def, move->ask[i]);
        if (field == NULL) {
            FINDING(reader, "register.r120", move->at, "field %.*s", STR_FMT(move->ask[i]));
        } else if (!field->free && (move->from & ~UINT64_C(1)) != 0) {
            /* after the first state only what no approval covers (R112) */
            FINDING(reader, "register.r112", move->at, "%.*s", STR_FMT(move->ask[i]));
        }
    }
}

static void
rule_effects(struct reader *reader, const struct register_def *def,
             const struct register_move *move)
{
    reader_order_rules(reader, def, move->effects, move->effect_count, false);
    for (size_t i = 0; i < move->effect_count; i++) {
        const struct effect_kind *kind = effect_kind_find(move->effects[i].effect);
        if (kind != NULL && kind->opens && move->on != ON_DECIDED) {
            FINDING(reader, "register.r110", move->at, "%.*s", STR_FMT(move->effects[i].effect));
        }
    }
}

static void
rule_move(struct reader *reader, const struct register_def *def, const struct register_move *move)
{
    for (size_t i = 0; i < move->who_count; i++) {
        rule_who(reader, def, move, &move->who[i]);
    }
    for (size_t i = 0; i < move->not_count; i++) {
        rule_who(reader, def, move, &move->nots[i]);
    }
    for (size_t i = 0; move->on != ON_NONE && i < def->state_count; i++) {
        if ((move->from >> i & 1) != 0 && def->states[i].route.n == 0) {
            FINDING(reader, "register.r103", move->at, "%.*s", STR_FMT(def->states[i].name));
        }
    }
    if ((move->on == ON_REJECTED || move->on == ON_SENT_BACK) && !move->reason) {
        FINDING(reader, "register.r108", move->at, "%.*s", STR_FMT(move->name));
    }
    if (move->ex_post && (move->by & ~(unsigned)(BY_OWNER | BY_ROLE)) != 0) {
        FINDING(reader, "register.r110", move->at, "%.*s", STR_FMT(move->name));
    }
    bool stays = move->from == UINT64_C(1) << move->to && move->effect_count == 0;
    if ((move->by & BY_EVERYONE) != 0 && (!stays || def->states[move->to].key_count > 0)) {
        FINDING(reader, "register.r102", move->at, "%.*s: everyone moves nothing on",
                STR_FMT(move->name));
    }
    rule_fields(reader, def, move);
    rule_effects(reader, def, move);
}

static void
rule_clock(struct reader *reader, const struct register_def *def,
           const struct register_clockwork *clock)
{
    const struct register_signal *sides[] = {&clock->start, &clock->stop};
    for (size_t i = 0; i < 2; i++) {
        const struct register_field *field = register_field_find(def, sides[i]->field);
        if (sides[i]->field.n > 0 && field->type != VALUE_DATE && field->type != VALUE_PERIOD &&
            field->type != VALUE_DATETIME) {
            FINDING(reader, "register.r126", clock->at, "%.*s", STR_FMT(sides[i]->field));
        }
    }
    rule_alarm(reader, def, clock->at, &clock->late, -1);
}

void
reader_life_rules(struct reader *reader, const struct register_def *def)
{
    uint64_t reached = reach(def, false), undecided = reach(def, true);
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
    for (size_t i = 0; i < def->clock_count; i++) {
        rule_clock(reader, def, &def->clocks[i]);
    }
}
