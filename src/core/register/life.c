/*
 * life: the part of a register file that says how its records live: states with their keys, ends
 * and deadlines, moves with who may make them and when, clocks beside the state. Runs in cored at
 * start and in the command line.
 *
 * Invariant: what is read here is only what the file says; whether it fits together is judged in
 * life_rules.c.
 */
#include "core/register/condition.h"
#include "core/register/effect.h"

#define KEYS(table) table, sizeof table / sizeof *table

/* The choice that NODE names, the first when it is not there. */
static size_t
choice(struct reader *reader, const struct yaml_node *node, const char *const *names, size_t count)
{
    return node == NULL ? 0 : reader_enum(reader, node, names, count);
}

/* ---- keys and effects ---- */

static void
order_read(struct reader *reader, struct str name, const struct yaml_node *args,
           struct register_order *ret)
{
    ret->effect = name;
    size_t count = args != NULL ? args->count : 0;
    ret->args = reader_array(reader, count, sizeof *ret->args);
    if (args != NULL && args->kind != YAML_MAP) {
        FINDING(reader, "register.r102", args, "%.*s: {argument: field}", STR_FMT(name));
        return;
    }
    YAML_EACH(child, args)
    {
        if (ret->args == NULL || child->kind != YAML_TEXT) {
            FINDING(reader, "register.r102", child, "%.*s", STR_FMT(child->key));
            return;
        }
        ret->args[ret->arg_count++] = (struct register_arg){child->key, child->text};
    }
}

static void
order_one(struct reader *reader, const struct yaml_node *node, struct register_order *ret)
{
    ret->at = node;
    if (node->kind == YAML_TEXT) {
        order_read(reader, node->text, NULL, ret);
        return;
    }
    if (node->kind != YAML_MAP || node->count != 1) {
        FINDING(reader, "register.r102", node, "effect, or {effect: {argument: field}}");
        return;
    }
    YAML_EACH(child, node)
    {
        order_read(reader, child->key, child, ret);
    }
}

void
reader_orders(struct reader *reader, const struct yaml_node *node, struct register_order **ret,
              size_t *ret_count)
{
    if (node == NULL) {
        return;
    }
    size_t count = node->kind == YAML_LIST ? node->count : 1;
    *ret = reader_array(reader, count, sizeof **ret);
    if (count == 0 || count > REGISTER_KEYS_MOST || *ret == NULL) {
        FINDING(reader, "register.r104", node, "keys: 1 to %d", REGISTER_KEYS_MOST);
        return;
    }
    if (node->kind != YAML_LIST) {
        order_one(reader, node, &(*ret)[(*ret_count)++]);
        return;
    }
    YAML_EACH(child, node)
    {
        order_one(reader, child, &(*ret)[(*ret_count)++]);
    }
}

/* ---- times ---- */

void
reader_alarm(struct reader *reader, const struct yaml_node *node, struct register_alarm *ret)
{
    static const struct yaml_key keys[] = {
        {"before", YAML_TEXT, false}, {"within", YAML_TEXT, false}, {"notify", YAML_LIST, false},
        {"again", YAML_TEXT, false},  {"open", YAML_TEXT, false},   {"after", YAML_TEXT, false}};
    if (node == NULL || !reader_keys(reader, node, KEYS(keys))) {
        return;
    }
    const struct yaml_node *span = yaml_get(node, "before");
    span = span != NULL ? span : yaml_get(node, "within");
    if (span != NULL) {
        (void)reader_span(reader, span, &ret->span);
    }
    if (yaml_get(node, "again") != NULL) {
        (void)reader_span(reader, yaml_get(node, "again"), &ret->again);
    }
    ret->notify = reader_texts(reader, yaml_get(node, "notify"), &ret->notify_count);
    for (size_t i = 0; i < ret->notify_count; i++) {
        if (!str_equal_z(ret->notify[i], "owner") &&
            register_role_find(reader->set, ret->notify[i]) == NULL) {
            FINDING(reader, "register.r120", node, "role %.*s", STR_FMT(ret->notify[i]));
        }
    }
    ret->open = yaml_text(yaml_get(node, "open"));
    ret->after = yaml_text(yaml_get(node, "after"));
}

/* "term", "term.from", "entered + 5d", "created + 3bd". */
static void
until_read(struct reader *reader, const struct yaml_node *node, struct register_until *ret)
{
    if (node == NULL) {
        return;
    }
    struct str text = str_trim(yaml_text(node)), name = text;
    ptrdiff_t plus = str_find(text, STR("+"), 0), minus = str_find(text, STR("-"), 0);
    ptrdiff_t at = plus >= 0 ? plus : minus;
    if (at >= 0) {
        struct yaml_node span = *node;
        span.text = str_trim(str_slice(text, (size_t)at + 1, text.n));
        name = str_trim(str_slice(text, 0, (size_t)at));
        ret->minus = plus < 0;
        (void)reader_span(reader, &span, &ret->span);
    }
    if (str_ends(name, STR(".until"))) {
        name = str_slice(name, 0, name.n - 6);
    } else if (str_ends(name, STR(".from"))) {
        name = str_slice(name, 0, name.n - 5);
        ret->first = true;
    }
    ret->of = str_equal_z(name, "entered")   ? UNTIL_ENTERED
              : str_equal_z(name, "created") ? UNTIL_CREATED
                                             : UNTIL_FIELD;
    ret->field = name;
}

/* ---- states ---- */

static void
state_read(struct reader *reader, const struct yaml_node *node, struct register_state *ret)
{
    static const struct yaml_key keys[] = {
        {"title", YAML_MAP, true},  {"end", YAML_TEXT, false},  {"route", YAML_TEXT, false},
        {"key", YAML_TEXT, false},  {"keys", YAML_LIST, false}, {"until", YAML_TEXT, false},
        {"then", YAML_TEXT, false}, {"warn", YAML_MAP, false},  {"within", YAML_TEXT, false},
        {"late", YAML_MAP, false},  {"help", YAML_MAP, false},
    };
    static const char *const ends[] = {"none", "done", "refused", "void"};
    ret->name = node->key;
    ret->at = node;
    (void)reader_name(reader, node, ret->name);
    if (!reader_keys(reader, node, KEYS(keys))) {
        return;
    }
    ret->title = reader_title(reader, node);
    ret->help = reader_words(reader, node, "help");
    ret->end = (enum register_end)choice(reader, yaml_get(node, "end"), ends, 4);
    ret->route = yaml_text(yaml_get(node, "route"));
    const struct yaml_node *one = yaml_get(node, "key"), *all = yaml_get(node, "keys");
    if (one != NULL && all != NULL) {
        FINDING(reader, "register.r102", node, "key, keys");
    }
    reader_orders(reader, all != NULL ? all : one, &ret->keys, &ret->key_count);
    until_read(reader, yaml_get(node, "until"), &ret->until);
    ret->then = yaml_text(yaml_get(node, "then"));
    reader_alarm(reader, yaml_get(node, "warn"), &ret->warn);
    reader_alarm(reader, yaml_get(node, "late"), &ret->late);
    if (yaml_get(node, "within") != NULL) {
        (void)reader_span(reader, yaml_get(node, "within"), &ret->late.span);
    }
}

void
reader_states(struct reader *reader, const struct yaml_node *map, struct register_def *def)
{
    if (map == NULL || map->count == 0 || map->count > REGISTER_STATES_MOST) {
        FINDING(reader, "register.r104", map, "states: 1 to %d", REGISTER_STATES_MOST);
        return;
    }
    def->states = reader_array(reader, map->count, sizeof *def->states);
    if (def->states == NULL) {
        return;
    }
    YAML_EACH(child, map)
    {
        state_read(reader, child, &def->states[def->state_count++]);
    }
}

/* ---- moves ---- */

/* One of `by` or `not`: a word, or {role …}. */
static void
by_one(struct reader *reader, const struct yaml_node *node, struct register_move *ret)
{
    static const char *const words[] = {"owner", "system", "clock", "everyone"};
    static const unsigned bits[] = {BY_OWNER, BY_SYSTEM, BY_CLOCK, BY_EVERYONE};
    if (node->kind == YAML_MAP) {
        ret->by |= BY_ROLE;
        reader_who(reader, node, &ret->who[ret->who_count++]);
        return;
    }
    ret->by |= bits[choice(reader, node, words, 4)];
}

static void
not_one(struct reader *reader, const struct yaml_node *node, struct register_move *ret)
{
    if (node->kind == YAML_MAP) {
        reader_who(reader, node, &ret->nots[ret->not_count++]);
    } else if (str_equal_z(yaml_text(node), "owner")) {
        ret->not_owner = true;
    } else {
        FINDING(reader, "register.r102", node, "not: owner or {role, of}");
    }
}

static void
move_by(struct reader *reader, const struct yaml_node *node, struct register_move *ret)
{
    static const char *const ons[] = {"none", "decided", "rejected", "sent_back"};
    const struct yaml_node *by = yaml_get(node, "by"), *not = yaml_get(node, "not");
    ret->on = (enum register_on)choice(reader, yaml_get(node, "on"), ons, 4);
    size_t most = by != NULL && by->kind == YAML_LIST ? by->count : 1;
    size_t nots = not != NULL && not ->kind == YAML_LIST ? not ->count : 1;
    ret->who = reader_array(reader, most, sizeof *ret->who);
    ret->nots = reader_array(reader, nots, sizeof *ret->nots);
    if (ret->who == NULL || ret->nots == NULL) {
        return;
    }
    if (by == NULL) {
        ret->by = BY_STEP;
    } else if (by->kind != YAML_LIST) {
        by_one(reader, by, ret);
    } else {
        YAML_EACH(child, by)
        {
            by_one(reader, child, ret);
        }
    }
    if (not != NULL && not ->kind != YAML_LIST) {
        not_one(reader, not, ret);
    } else if (not != NULL) {
        YAML_EACH(child, not )
        {
            not_one(reader, child, ret);
        }
    }
    if ((ret->on != ON_NONE) != (ret->by == BY_STEP)) {
        FINDING(reader, "register.r105", node, "%.*s: by or on", STR_FMT(ret->name));
    }
}

static void
move_states(struct reader *reader, const struct register_def *def, const struct yaml_node *node,
            struct register_move *ret)
{
    size_t count = 0;
    struct str *from = reader_texts(reader, yaml_get(node, "from"), &count);
    for (size_t i = 0; i < count; i++) {
        int state = register_state_find(def, from[i]);
        if (state < 0) {
            FINDING(reader, "register.r106", node, "from %.*s", STR_FMT(from[i]));
        } else {
            ret->from |= UINT64_C(1) << state;
        }
    }
    int to = register_state_find(def, yaml_text(yaml_get(node, "to")));
    if (to < 0 || count == 0) {
        FINDING(reader, "register.r106", node, "to %.*s", STR_FMT(yaml_text(yaml_get(node, "to"))));
    }
    ret->to = to < 0 ? 0 : (size_t)to;
}

static bool
move_keys(struct reader *reader, const struct yaml_node *node)
{
    static const char *const known[] = {"title", "from", "to",      "by",        "on",
                                        "need",  "ask",  "effect",  "reason",    "if",
                                        "not",   "bulk", "ex_post", "fresh_min", "help"};
    if (node->kind != YAML_MAP) {
        FINDING(reader, "register.r102", node, "move");
        return false;
    }
    YAML_EACH(child, node)
    {
        bool good = false;
        for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
            good = good || str_equal_z(child->key, known[i]);
        }
        if (!good) {
            FINDING(reader, "register.r101", child, "%.*s", STR_FMT(child->key));
        }
    }
    return true;
}

static void
move_read(struct reader *reader, const struct register_def *def, const struct yaml_node *node,
          struct register_move *ret)
{
    struct err err = {0};
    ret->name = node->key;
    ret->at = node;
    (void)reader_name(reader, node, ret->name);
    if (!move_keys(reader, node)) {
        return;
    }
    ret->title = reader_title(reader, node);
    ret->help = reader_words(reader, node, "help");
    move_states(reader, def, node, ret);
    move_by(reader, node, ret);
    if (yaml_get(node, "if") != NULL) {
        ret->when = reader_condition(reader, yaml_get(node, "if"), def, CONDITION_ROUTE);
    }
    ret->need = reader_texts(reader, yaml_get(node, "need"), &ret->need_count);
    ret->ask = reader_texts(reader, yaml_get(node, "ask"), &ret->ask_count);
    reader_orders(reader, yaml_get(node, "effect"), &ret->effects, &ret->effect_count);
    reader_flag(reader, node, "reason", &ret->reason);
    reader_flag(reader, node, "bulk", &ret->bulk);
    reader_flag(reader, node, "ex_post", &ret->ex_post);
    const struct yaml_node *fresh = yaml_get(node, "fresh_min");
    if (fresh != NULL && yaml_int(fresh, 1, 1440, &ret->fresh_min, &err) < 0) {
        FINDING(reader, "register.r102", fresh, "fresh_min: 1 to 1440");
    }
}

void
reader_moves(struct reader *reader, const struct yaml_node *map, struct register_def *def)
{
    if (map == NULL || map->count > REGISTER_MOVES_MOST) {
        FINDING(reader, "register.r104", map, "moves: 1 to %d", REGISTER_MOVES_MOST);
        return;
    }
    def->moves = reader_array(reader, map->count, sizeof *def->moves);
    if (def->moves == NULL) {
        return;
    }
    YAML_EACH(child, map)
    {
        move_read(reader, def, child, &def->moves[def->move_count++]);
    }
}

/* ---- clocks ---- */

/* A move's name, a field's key (its time), or else a condition. */
static void
signal_read(struct reader *reader, const struct yaml_node *node, const struct register_def *def,
            struct register_signal *ret)
{
    struct str text = yaml_text(node);
    if (node == NULL) {
        return;
    }
    if (register_move_find(def, text) != NULL || str_equal_z(text, "open")) {
        ret->move = text;
    } else if (register_field_find(def, text) != NULL) {
        ret->field = text;
    } else {
        ret->when = reader_condition(reader, node, def, CONDITION_ROUTE);
        static const char *const moving[] = {"today", "now", "fy_now"};
        for (size_t i = 0; ret->when != NULL && i < 3; i++) {
            if (cond_mentions(ret->when, str_of(moving[i]))) {
                FINDING(reader, "cond.name", node, "%s", moving[i]);
            }
        }
    }
}

/* A span, or a bare number of the clock's `count`. */
static void
clock_span(struct reader *reader, const struct yaml_node *clock, const struct yaml_node *node,
           struct calendar_span *ret)
{
    static const char *const names[] = {"d", "bd", "h"};
    static const enum calendar_unit units[] = {SPAN_D, SPAN_BD, SPAN_H};
    uint64_t n = 0;
    if (node == NULL) {
        return;
    }
    if (str_to_u64(yaml_text(node), &n) && n >= 1 && n <= 3660) {
        size_t unit = choice(reader, yaml_get(clock, "count"), names, 3);
        *ret = (struct calendar_span){(int64_t)n, units[unit]};
    } else {
        (void)reader_span(reader, node, ret);
    }
}

static void
clock_read(struct reader *reader, const struct yaml_node *node, const struct register_def *def,
           struct register_clockwork *ret)
{
    static const struct yaml_key keys[] = {
        {"key", YAML_TEXT, true},        {"title", YAML_MAP, false},   {"start", YAML_TEXT, true},
        {"stop", YAML_TEXT, true},       {"warn", YAML_TEXT, false},   {"late", YAML_TEXT, true},
        {"count", YAML_TEXT, false},     {"roll", YAML_TEXT, false},   {"then", YAML_TEXT, false},
        {"first_day", YAML_TEXT, false}, {"notify", YAML_LIST, false}, {"open", YAML_TEXT, false},
    };
    static const char *const rolls[] = {"none", "next", "previous"};
    static const enum calendar_roll roll_of[] = {ROLL_NONE, ROLL_NEXT, ROLL_PREVIOUS};
    if (!reader_keys(reader, node, KEYS(keys))) {
        return;
    }
    ret->at = node;
    ret->key = yaml_text(yaml_get(node, "key"));
    (void)reader_name(reader, node, ret->key);
    ret->title = yaml_get(node, "title") != NULL ? reader_title(reader, node)
                                                 : (struct register_title){ret->key, ret->key};
    signal_read(reader, yaml_get(node, "start"), def, &ret->start);
    signal_read(reader, yaml_get(node, "stop"), def, &ret->stop);
    clock_span(reader, node, yaml_get(node, "warn"), &ret->warn.span);
    clock_span(reader, node, yaml_get(node, "late"), &ret->late.span);
    reader_flag(reader, node, "first_day", &ret->first_day);
    ret->roll = roll_of[choice(reader, yaml_get(node, "roll"), rolls, 3)];
    struct register_alarm whom = {0};
    whom.notify = reader_texts(reader, yaml_get(node, "notify"), &whom.notify_count);
    ret->warn.notify = ret->late.notify = whom.notify;
    ret->warn.notify_count = ret->late.notify_count = whom.notify_count;
    for (size_t i = 0; i < whom.notify_count; i++) {
        if (!str_equal_z(whom.notify[i], "owner") &&
            register_role_find(reader->set, whom.notify[i]) == NULL) {
            FINDING(reader, "register.r120", node, "role %.*s", STR_FMT(whom.notify[i]));
        }
    }
    ret->late.open = yaml_text(yaml_get(node, "open"));
    ret->late.after = yaml_text(yaml_get(node, "then"));
}

void
reader_clocks(struct reader *reader, const struct yaml_node *list, struct register_def *def)
{
    size_t count = list != NULL ? list->count : 0;
    if (count > REGISTER_CLOCKS_MOST) {
        FINDING(reader, "register.r104", list, "clocks: at most %d", REGISTER_CLOCKS_MOST);
        return;
    }
    def->clocks = reader_array(reader, count, sizeof *def->clocks);
    if (def->clocks == NULL) {
        return;
    }
    YAML_EACH(child, list)
    {
        clock_read(reader, child, def, &def->clocks[def->clock_count++]);
        for (size_t i = 0; i + 1 < def->clock_count; i++) {
            if (str_equal(def->clocks[i].key, def->clocks[def->clock_count - 1].key)) {
                FINDING(reader, "register.r102", child, "clock %.*s twice",
                        STR_FMT(def->clocks[i].key));
            }
        }
    }
}
