/*
 * duties: what of the town's own policy in force comes back: the duties of the parts its confirmed
 * bindings name, with the clauses. Runs in cored; it only reads what is loaded.
 */
#include "core/control/private.h"

struct duties {
    struct arena *arena;
    struct control_duty *rows;
    size_t count, room;
};

static struct control_duty *
duty_row(struct duties *d, const struct topic *topic, const struct topic_part *part,
         const struct topic_duty *duty)
{
    for (size_t i = 0; i < d->count; i++) {
        if (d->rows[i].duty == duty) {
            return &d->rows[i];
        }
    }
    if (d->count == d->room) {
        return NULL;
    }
    d->rows[d->count] = (struct control_duty){.topic = topic, .part = part, .duty = duty};
    return &d->rows[d->count++];
}

/* Names CLAUSE ("std:10(3)") once, the first few. */
static void
clause_name(struct duties *d, struct control_duty *row, const struct clause_set *set, size_t at)
{
    const struct clause *clause = &set->clauses[at];
    const char *name = arena_printf(d->arena, "%.*s:%.*s", STR_FMT(set->docs[clause->doc].word),
                                    STR_FMT(clause->label));
    for (size_t i = 0; i < row->clause_count; i++) {
        if (name != NULL && str_equal_z(row->clauses[i], name)) {
            return;
        }
    }
    if (row->clause_count < CONTROL_DUTY_CLAUSES) {
        row->clauses[row->clause_count++] = str_of(name);
    }
}

static void
part_duties(struct duties *d, const struct control_policy *policy,
            const struct control_bound *bound)
{
    for (size_t i = 0; i < bound->part->duty_count; i++) {
        struct control_duty *row = duty_row(d, bound->topic, bound->part, &bound->part->duties[i]);
        if (row != NULL) {
            clause_name(d, row, policy->set, bound->clause);
        }
    }
}

static size_t
duties_most(const struct catalogue *catalogue)
{
    size_t most = 0;
    for (size_t i = 0; i < catalogue->topic_count; i++) {
        for (size_t k = 0; k < catalogue->topics[i].part_count; k++) {
            most += catalogue->topics[i].parts[k].duty_count;
        }
    }
    return most;
}

int
control_duties(const struct control *control, struct arena *arena, struct control_duty **ret,
               size_t *ret_count, struct err *err)
{
    struct duties d = {.arena = arena, .room = duties_most(control->catalogue)};
    const struct control_body *town = body_find(control, (struct str){0});
    d.rows = arena_array(arena, d.room + 1, sizeof *d.rows);
    if (d.rows == NULL) {
        return arena_check(arena, err);
    }
    const struct control_policy *policy = town != NULL ? town->policy : NULL;
    for (size_t i = 0; policy != NULL && i < policy->bound_count; i++) {
        const struct control_bound *bound = &policy->bound[i];
        if (bound->counts && bound->confirmed && bound->part != NULL) {
            part_duties(&d, policy, bound);
        }
    }
    *ret = d.rows;
    *ret_count = d.count;
    return arena_check(arena, err);
}

bool
control_topic_bound(const struct control *control, struct str topic)
{
    const struct control_body *town = body_find(control, (struct str){0});
    const struct control_policy *policy = town != NULL ? town->policy : NULL;
    for (size_t i = 0; policy != NULL && i < policy->bound_count; i++) {
        const struct control_bound *bound = &policy->bound[i];
        if (bound->counts && bound->confirmed && bound->topic != NULL &&
            control_topic_named(bound->topic, topic)) {
            return true;
        }
    }
    return false;
}

/* "8(4)" names the group 8(4) and its parts, 8(4)① or 8(4)①-②, but 8(4) is not named by 8. */
bool
control_topic_named(const struct topic *topic, struct str name)
{
    if (str_equal(topic->id, name) || str_equal(topic->group, name)) {
        return true;
    }
    char next = name.n > 0 && topic->group.n > name.n ? topic->group.p[name.n] : '0';
    return str_starts(topic->group, name) && (next < '0' || next > '9');
}
