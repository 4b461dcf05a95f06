/*
 * kinds: what comes back under the policy in force, from three sources: the parts of topics it is
 * bound to, the registers' `repeat`, and what the body decided about intervals. Runs in cored.
 *
 * A repeat whose register and topic are those of a bound part's duty says how that one is done (and
 * how often, where the clause gives no number); it is not listed a second time. A repeat of a topic
 * the policy is not bound to orders nothing.
 */
#include "core/duty/private.h"

enum { KINDS_MOST = 2000 };

/* What a decided record of register duty_interval says. */
struct interval {
    struct str duty;
    unsigned months, days, due;
};

struct source {
    struct duty_desk *desk;
    struct arena *arena;
    struct duty_kinds *ret;
    struct interval *intervals;
    size_t interval_count;
};

static struct str
text_of(struct arena *arena, json_t *fields, const char *key)
{
    json_t *value = json_object_get(fields, key);
    struct str text = {json_string_value(value), json_string_length(value)};
    return json_is_string(value) ? str_dup(arena, text) : (struct str){0};
}

/* "3m", "7d": as the register's choices write it. */
static void
every_read(struct str every, struct interval *ret)
{
    uint64_t n = 0;
    if (every.n < 2 || !str_to_u64(str_slice(every, 0, every.n - 1), &n) || n == 0 || n > 366) {
        return;
    }
    ret->months = every.p[every.n - 1] == 'm' && n <= 12 ? (unsigned)n : 0;
    ret->days = every.p[every.n - 1] == 'd' ? (unsigned)n : 0;
}

static int
intervals_load(struct source *source, struct err *err)
{
    struct duty_desk *desk = source->desk;
    struct register_ids ids;
    if (register_records(desk->registers, desk->store, source->arena, STR("duty_interval"),
                         END_DONE, &ids, err) < 0) {
        return -1;
    }
    source->intervals = arena_array(source->arena, ids.count + 1, sizeof *source->intervals);
    for (size_t i = 0; source->intervals != NULL && i < ids.count; i++) {
        json_t *fields = NULL;
        int rc =
            register_fields(desk->registers, desk->store, source->arena, ids.list[i], &fields, err);
        if (rc < 0) {
            return -1;
        }
        struct interval *row = &source->intervals[source->interval_count];
        json_int_t due = json_integer_value(json_object_get(fields, "due"));
        *row = (struct interval){.duty = text_of(source->arena, fields, "duty"),
                                 .due = due > 0 && due <= 366 ? (unsigned)due : 0};
        every_read(text_of(source->arena, fields, "every"), row);
        source->interval_count += rc == 0 && row->months + row->days > 0;
        json_decref(fields);
    }
    return arena_check(source->arena, err);
}

/* The newest one that was decided, or NULL. */
static const struct interval *
interval_of(const struct source *source, struct str duty)
{
    for (size_t i = 0; i < source->interval_count; i++) {
        if (str_equal(source->intervals[i].duty, duty)) {
            return &source->intervals[i];
        }
    }
    return NULL;
}

/* The body's own interval goes before the shipped one. */
static void
interval_apply(const struct source *source, struct duty_kind *kind)
{
    const struct interval *own = kind->fixed ? NULL : interval_of(source, kind->id);
    if (own == NULL) {
        return;
    }
    kind->set = true;
    kind->yearly = false;
    kind->months = own->months;
    kind->days = own->days;
    kind->due = (struct duty_due){.days = own->due};
}

static struct duty_kind *
kind_add(struct source *source)
{
    struct duty_kinds *kinds = source->ret;
    return kinds->count < KINDS_MOST ? &kinds->list[kinds->count++] : NULL;
}

/* The repeat of REG that is about TOPIC, or NULL. */
static const struct register_repeat *
repeat_of(const struct source *source, struct str reg, const struct topic *topic)
{
    const struct register_def *def =
        reg.n > 0 ? register_def_find(source->desk->registers, reg) : NULL;
    for (size_t i = 0; def != NULL && i < def->repeat_count; i++) {
        for (size_t k = 0; k < def->repeats[i].topic_count; k++) {
            if (control_topic_named(topic, def->repeats[i].topics[k])) {
                return &def->repeats[i];
            }
        }
    }
    return NULL;
}

/* What opens, and how often where nobody else says it. */
static void
repeat_apply(const struct register_repeat *repeat, struct str own, struct duty_kind *kind)
{
    kind->act = repeat->open.n > 0 ? "open" : repeat->confirm ? "confirm" : "report";
    kind->reg = repeat->open.n > 0 ? repeat->open : own;
    if (kind->fixed) {
        return;
    }
    kind->set = true;
    kind->yearly = repeat->yearly;
    kind->opens = repeat->opens;
    kind->months = repeat->months;
    kind->days = repeat->days;
    kind->each = (enum duty_each)repeat->each;
    kind->role = repeat->role;
    kind->due = (struct duty_due){.days = repeat->due_days, .open_days = repeat->due_open_days};
}

static struct str
clauses_joined(struct arena *arena, const struct str *list, size_t count)
{
    const char *text = "";
    for (size_t i = 0; i < count && text != NULL; i++) {
        text = arena_printf(arena, "%s%s%.*s", text, i > 0 ? " " : "", STR_FMT(list[i]));
    }
    return str_of(text);
}

static int
bound_kind(struct source *source, const struct control_duty *bound, struct err *err)
{
    const struct topic_duty *duty = bound->duty;
    struct duty_kind *kind = kind_add(source);
    if (kind == NULL) {
        return ERR(err, "duty.most", "%d", KINDS_MOST);
    }
    bool fixed = duty->cycle == DUTY_YEAR;
    *kind = (struct duty_kind){
        .id = duty->id,
        .topic = bound->topic->id,
        .role = duty->role,
        .title_ja = duty->title.ja,
        .title_en = duty->title.en,
        .clauses = clauses_joined(source->arena, bound->clauses, bound->clause_count),
        .reg = duty->reg,
        .act = fixed && duty->reg.n > 0 ? "open" : "report",
        .each = duty->each,
        .fixed = fixed,
        .set = fixed,
        .yearly = fixed,
        .opens = duty->opens,
        .due = duty->due,
    };
    const struct register_repeat *repeat = repeat_of(source, duty->reg, bound->topic);
    if (repeat != NULL) {
        repeat_apply(repeat, duty->reg, kind);
    }
    interval_apply(source, kind);
    return arena_check(source->arena, err);
}

/* True when a duty of a bound part says the same. */
static bool
repeat_taken(const struct control_duty *bound, size_t count, const struct register_def *def,
             const struct register_repeat *repeat)
{
    for (size_t i = 0; i < count; i++) {
        if (!str_equal(bound[i].duty->reg, def->name)) {
            continue;
        }
        for (size_t k = 0; k < repeat->topic_count; k++) {
            if (control_topic_named(bound[i].topic, repeat->topics[k])) {
                return true;
            }
        }
    }
    return false;
}

static bool
repeat_ordered(const struct source *source, const struct register_repeat *repeat)
{
    for (size_t i = 0; i < repeat->topic_count; i++) {
        if (control_topic_bound(source->desk->control, repeat->topics[i])) {
            return true;
        }
    }
    return false;
}

static int
repeat_kind(struct source *source, const struct register_def *def,
            const struct register_repeat *repeat, struct err *err)
{
    struct duty_kind *kind = kind_add(source);
    if (kind == NULL) {
        return ERR(err, "duty.most", "%d", KINDS_MOST);
    }
    *kind = (struct duty_kind){
        .id = str_of(
            arena_printf(source->arena, "%.*s/%.*s", STR_FMT(def->name), STR_FMT(repeat->key))),
        .topic = repeat->topic_count > 0 ? repeat->topics[0] : (struct str){0},
        .title_ja = repeat->title.ja,
        .title_en = repeat->title.en,
        .clauses = clauses_joined(source->arena, def->clauses, def->clause_count),
    };
    repeat_apply(repeat, def->name, kind);
    interval_apply(source, kind);
    return arena_check(source->arena, err);
}

static int
repeat_kinds(struct source *source, const struct control_duty *bound, size_t count, struct err *err)
{
    const struct register_set *set = source->desk->registers;
    for (size_t i = 0; i < set->def_count; i++) {
        const struct register_def *def = &set->defs[i];
        for (size_t k = 0; !def->shape && k < def->repeat_count; k++) {
            const struct register_repeat *repeat = &def->repeats[k];
            if (!repeat_taken(bound, count, def, repeat) && repeat_ordered(source, repeat) &&
                repeat_kind(source, def, repeat, err) < 0) {
                return -1;
            }
        }
    }
    return 0;
}

int
duty_kinds_load(struct duty_desk *desk, struct arena *arena, struct duty_kinds *ret,
                struct err *err)
{
    struct source source = {.desk = desk, .arena = arena, .ret = ret};
    struct control_duty *bound = NULL;
    size_t count = 0;
    *ret = (struct duty_kinds){arena_array(arena, KINDS_MOST, sizeof *ret->list), 0};
    if (ret->list == NULL) {
        return ERR(err, "limit.memory", "duties");
    }
    if (intervals_load(&source, err) < 0 ||
        control_duties(desk->control, arena, &bound, &count, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < count; i++) {
        if (bound_kind(&source, &bound[i], err) < 0) {
            return -1;
        }
    }
    return repeat_kinds(&source, bound, count, err);
}
