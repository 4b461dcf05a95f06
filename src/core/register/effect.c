/*
 * effect: keys and effects of registers: which there are, and their being carried out. Runs in
 * cored, inside the unit of the act; the table also in the command line.
 *
 * Invariants: a key of a state closes with it, whatever move leaves it; each opened key has a row
 * in record_key with its end; an effect nobody carries out fails the act.
 */
#include "core/register/effect.h"

#include "core/register/timer.h"

#include <string.h>

/* What this product carries out. Further rows come with their engines. */
static const struct effect_kind kinds[] = {
    {"gate.release", .opens = true},
    {"gate.refuse"},
    {"gate.send_back"},
    {"waiver.grant", .opens = true},
    {"deputy.set", .opens = true},
    {"people.apply", .opens = true},
    {"people.cancel"},
    {"control.waive", .key = true, .opens = true,
     .args = {{"control", true, false}, {"systems", false, false}}},
    {"role.set", .key = true, .opens = true, .standing = true,
     .args = {{"role", true, false},
              {"person", false, false},
              {"post", false, false},
              {"section", false, false},
              {"term", false, false}}},
    {"record.open", .args = {{"register", true, true}, {"*", false, false}}},
    {"record.move", .args = {{"record", true, false}, {"move", true, true}}},
};

const struct effect_kind *
effect_kind_find(struct str name)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (str_equal_z(name, kinds[i].name)) {
            return &kinds[i];
        }
    }
    return NULL;
}

static const struct effect_arg *
arg_find(const struct effect_kind *kind, struct str name)
{
    for (size_t i = 0; i < EFFECT_ARGS && kind->args[i].name != NULL; i++) {
        if (str_equal_z(name, kind->args[i].name) || strcmp(kind->args[i].name, "*") == 0) {
            return &kind->args[i];
        }
    }
    return NULL;
}

static void
order_rules(struct reader *reader, const struct register_def *def,
            const struct register_order *order, const struct effect_kind *kind)
{
    for (size_t i = 0; i < order->arg_count; i++) {
        const struct register_arg *arg = &order->args[i];
        const struct effect_arg *known = arg_find(kind, arg->name);
        const struct register_field *field = register_field_find(def, arg->value);
        if (known != NULL && strcmp(known->name, "*") == 0 && field != NULL &&
            (field->scale > 0 || field->type == VALUE_DATETIME || field->type == VALUE_SIGN ||
             field->type == VALUE_CALC)) { /* kept in another form than it is entered in */
            FINDING(reader, "register.r120", order->at, "%.*s", STR_FMT(arg->value));
        }
        if (known == NULL || (!known->word && field == NULL) || arg->value.n == 0) {
            FINDING(reader, "register.r120", order->at, "%.*s: %.*s", STR_FMT(arg->name),
                    STR_FMT(arg->value));
        }
    }
    for (size_t k = 0; k < EFFECT_ARGS && kind->args[k].name != NULL; k++) {
        bool given = !kind->args[k].needed;
        for (size_t i = 0; i < order->arg_count; i++) {
            given = given || str_equal_z(order->args[i].name, kind->args[k].name);
        }
        if (!given) {
            FINDING(reader, "register.r120", order->at, "%s: %s", kind->name, kind->args[k].name);
        }
    }
}

void
reader_order_rules(struct reader *reader, const struct register_def *def,
                   const struct register_order *orders, size_t count, bool keys)
{
    for (size_t i = 0; i < count; i++) {
        const struct effect_kind *kind = effect_kind_find(orders[i].effect);
        if (kind == NULL || kind->key != keys) {
            FINDING(reader, "register.r125", orders[i].at, "%.*s", STR_FMT(orders[i].effect));
        } else {
            order_rules(reader, def, &orders[i], kind);
        }
    }
}

/* ---- carrying out ---- */

void
register_effects_add(struct register_set *set, const struct register_effect *effects, size_t count)
{
    if (set->effect_tables < REGISTER_TABLES_MOST) {
        set->effects[set->effect_tables] = effects;
        set->effect_counts[set->effect_tables++] = count;
    }
}

const struct register_effect *
effect_find(const struct register_set *set, struct str name)
{
    for (size_t t = 0; t < set->effect_tables; t++) {
        for (size_t i = 0; i < set->effect_counts[t]; i++) {
            if (str_equal_z(name, set->effects[t][i].name)) {
                return &set->effects[t][i];
            }
        }
    }
    return builtin_effect(name);
}

static int
orders_known(const struct register_set *set, const struct register_order *orders, size_t count,
             struct err *err)
{
    for (size_t i = 0; i < count; i++) {
        if (effect_find(set, orders[i].effect) == NULL) {
            return ERR(err, "register.effect", "%.*s", STR_FMT(orders[i].effect));
        }
    }
    return 0;
}

int
deed_effects_known(const struct deed *deed, struct err *err)
{
    const struct register_def *def = deed->record.def;
    const struct register_state *to = &def->states[deed->to];
    const struct register_state *from = deed->opens ? to : &def->states[deed->record.state_at];
    size_t effects = deed->move != NULL ? deed->move->effect_count : 0;
    if (effects > 0 && orders_known(deed->set, deed->move->effects, effects, err) < 0) {
        return -1;
    }
    return orders_known(deed->set, to->keys, to->key_count, err) < 0
               ? -1
               : orders_known(deed->set, from->keys, from->key_count, err);
}

enum { KEY_OPEN, KEY_CLOSE };

static const struct store_statement sql[] = {
    [KEY_OPEN] = {"effect.key_open",
                  "INSERT INTO record_key(record, effect, opened, until, open_act, closed, reason)"
                  " VALUES ($1, $2, $3, $4, $5, 0, '') ON CONFLICT(record, effect) DO UPDATE SET"
                  " opened = $3, until = $4, open_act = $5, closed = 0, reason = ''"},
    [KEY_CLOSE] = {"effect.key_close", "UPDATE record_key SET closed = $3, reason = $4"
                                       " WHERE record = $1 AND effect = $2 AND closed = 0"},
};

static int
key_note(struct deed *deed, struct str effect, const struct register_event *event, struct err *err)
{
    struct db_query *q = db_query(deed->store, &sql[event->closes ? KEY_CLOSE : KEY_OPEN]);
    db_bind_int(q, 1, (int64_t)deed->record.id);
    db_bind_text(q, 2, effect);
    db_bind_int(q, 3, deed->now);
    if (event->closes) {
        db_bind_text(q, 4, event->move);
    } else {
        db_bind_int(q, 4, event->until_us);
        db_bind_int(q, 5, (int64_t)deed->act);
    }
    return db_run(q, err) < 0 ? -1 : 0;
}

/* The values of ORDER's arguments, from the record's fields. */
static json_t *
order_args(const struct deed *deed, const struct register_order *order)
{
    const struct effect_kind *kind = effect_kind_find(order->effect);
    json_t *args = json_object();
    for (size_t i = 0; i < order->arg_count; i++) {
        const struct register_arg *arg = &order->args[i];
        const struct effect_arg *known = kind != NULL ? arg_find(kind, arg->name) : NULL;
        json_t *value =
            known != NULL && known->word
                ? json_stringn(arg->value.p, arg->value.n)
                : json_incref(json_object_getn(deed->record.fields, arg->value.p, arg->value.n));
        if (value != NULL) {
            (void)json_object_setn_new(args, arg->name.p, arg->name.n, value);
        }
    }
    return args;
}

/* How an order is carried out. */
struct occasion {
    bool closes, key;
    int64_t until_us;
};

static int
order_run(struct deed *deed, const struct register_order *order, struct occasion how,
          struct err *err)
{
    const struct register_effect *effect = effect_find(deed->set, order->effect);
    if (effect == NULL) {
        return ERR(err, "register.effect", "%.*s", STR_FMT(order->effect));
    }
    json_t *args = order_args(deed, order);
    struct register_event event = {.set = deed->set,
                                   .arena = deed->arena,
                                   .record = deed->record.id,
                                   .number = deed->record.number,
                                   .section = deed->record.section,
                                   .owner = deed->record.owner,
                                   .act = deed->act,
                                   .rev = deed->rev,
                                   .move = deed->move != NULL ? deed->move->name : STR("open"),
                                   .state = deed->record.def->states[deed->to].name,
                                   .digest = deed->after.digest,
                                   .fields = deed->record.fields,
                                   .args = args,
                                   .until_us = how.until_us,
                                   .now_us = deed->now,
                                   .person = deed->caller->person,
                                   .reason = deed->call->reason,
                                   .depth = deed->call->depth,
                                   .closes = how.closes};
    int rc = effect->call(effect->ctx, deed->store, &event, err);
    if (rc == 0 && how.key) {
        rc = key_note(deed, order->effect, &event, err);
    }
    json_decref(args);
    return rc < 0 ? -1 : 0;
}

static int
orders_run(struct deed *deed, const struct register_order *orders, size_t count,
           struct occasion how, struct err *err)
{
    for (size_t i = 0; i < count; i++) {
        if (order_run(deed, &orders[i], how, err) < 0) {
            return -1;
        }
    }
    return 0;
}

/* The absolute end of the keys of STATE, which is about to be entered. Nothing opens after its end,
 * or while the clock cannot be believed. */
static int
keys_end(struct deed *deed, const struct register_state *state, int64_t *ret, struct err *err)
{
    int rc = state_until(deed->set, &deed->record, state, deed->now, ret, err);
    bool ends = state->until.of != UNTIL_NONE;
    if (rc < 0 || clock_back(deed->store, deed->now, err) < 0) {
        return -1;
    }
    if (rc > 0 && ends) {
        return ERR(err, "register.field", "%.*s", STR_FMT(state->until.field));
    }
    return ends && *ret <= deed->now ? ERR(err, "register.over", "%.*s", STR_FMT(state->name)) : 0;
}

int
deed_effects(struct deed *deed, struct err *err)
{
    const struct register_def *def = deed->record.def;
    if (!deed->moves) {
        return 0;
    }
    const struct register_state *to = &def->states[deed->to];
    if (deed->move != NULL) {
        const struct register_state *from = &def->states[deed->record.state_at];
        struct occasion leave = {.closes = true, .key = true};
        if (orders_run(deed, from->keys, from->key_count, leave, err) < 0 ||
            orders_run(deed, deed->move->effects, deed->move->effect_count, (struct occasion){0},
                       err) < 0) {
            return -1;
        }
    }
    struct occasion enter = {.key = true};
    return to->key_count == 0 || keys_end(deed, to, &enter.until_us, err) == 0
               ? orders_run(deed, to->keys, to->key_count, enter, err)
               : -1;
}
