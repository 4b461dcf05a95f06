/*
 * check: rules of register check that look at the whole of a definition beside the move graph:
 * class codes in shipped files (R119), required approvers (R114), steps nobody can fill (R124).
 * Pure.
 */
#include "base/mem/buf.h"
#include "core/register/condition.h"

#include <string.h>

/* True when VALUE, or an array in it, is an array that begins with FIRST (and SECOND). */
static bool
begins_somewhere(json_t *value, const char *first, const char *second)
{
    const char *a = json_string_value(json_array_get(value, 0));
    const char *b = json_string_value(json_array_get(value, 1));
    if (a != NULL && strcmp(a, first) == 0 &&
        (second == NULL || (b != NULL && strcmp(b, second) == 0))) {
        return true;
    }
    size_t i;
    json_t *child;
    json_array_foreach(value, i, child)
    {
        if (begins_somewhere(child, first, second)) {
            return true;
        }
    }
    return false;
}

/* True when a test in TREE names the code of a class. A test is an array that holds a comparison;
 * and, or, not, any, all hold tests. */
static bool
tests_name_code(json_t *tree)
{
    static const char *const around[] = {"and", "or", "not", "any", "all"};
    const char *op = json_string_value(json_array_get(tree, 0));
    bool inner = false, found = false;
    for (size_t i = 0; op != NULL && i < sizeof around / sizeof *around; i++) {
        inner = inner || strcmp(op, around[i]) == 0;
    }
    for (size_t i = 1; inner && !found && i < json_array_size(tree); i++) {
        found = tests_name_code(json_array_get(tree, i));
    }
    return inner ? found
                 : begins_somewhere(tree, "name", "class") && begins_somewhere(tree, "code", NULL);
}

bool
condition_names_code(const struct cond *cond)
{
    struct buf text;
    buf_init(&text, 64 * 1024);
    cond_json(cond, &text);
    json_t *tree = json_loadb(text.p, text.n, 0, NULL);
    bool found = tests_name_code(tree);
    json_decref(tree);
    buf_free(&text);
    return found;
}

/* A shipped file speaks of ranks, never of the codes of one body's scheme. */
static void
rule_codes(struct reader *reader, const struct register_field *fields, size_t count)
{
    for (size_t i = 0; reader->shipped && i < count; i++) {
        bool code = fields[i].type == VALUE_CLASS &&
                    (fields[i].choice_count > 0 || fields[i].fallback.p != NULL);
        if (code) {
            FINDING(reader, "register.r119", fields[i].at, "%.*s", STR_FMT(fields[i].key));
        }
        rule_codes(reader, fields[i].columns, fields[i].column_count);
    }
}

/* What is computed tells of what it is computed from: its level is at least theirs. */
static void
rule_calc(struct reader *reader, const struct register_def *def, const struct register_field *calc)
{
    for (size_t i = 0; calc->calc != NULL && i < def->field_count; i++) {
        const struct register_field *field = &def->fields[i];
        if (field->level > calc->level && cond_mentions(calc->calc, field->key)) {
            FINDING(reader, "register.r121", calc->at, "%.*s: %.*s", STR_FMT(calc->key),
                    STR_FMT(field->key));
        }
    }
}

/* True when ROUTE always asks ROLE to approve or decide, and never passes it over. */
static bool
route_asks(const struct register_route *route, struct str role)
{
    for (size_t i = 0; i < route->step_count; i++) {
        const struct register_step *step = &route->steps[i];
        if (str_equal(step->who.role, role) && step->kind != STEP_CONSULT && step->when == NULL &&
            (step->deputy & DEPUTY_KOETSU) == 0) {
            return true;
        }
    }
    return false;
}

/* True when a decision from state I has an effect, or opens a key. */
static bool
decides_something(const struct register_def *def, size_t i)
{
    for (size_t k = 0; k < def->move_count; k++) {
        const struct register_move *move = &def->moves[k];
        if (move->on == ON_DECIDED && (move->from >> i & 1) != 0 &&
            (move->effect_count > 0 || def->states[move->to].key_count > 0)) {
            return true;
        }
    }
    return false;
}

static void
rule_approvers(struct reader *reader, const struct register_def *def,
               const struct register_state *state, const struct register_route *route)
{
    for (size_t i = 0; i < def->topic_count; i++) {
        const struct yaml_node *roles = yaml_get_str(reader->set->approvers, def->topics[i]);
        YAML_EACH(role, roles)
        {
            if (!route_asks(route, role->text)) {
                FINDING(reader, "register.r114", state->at, "%.*s: %.*s, %.*s",
                        STR_FMT(route->name), STR_FMT(def->topics[i]), STR_FMT(role->text));
            }
        }
    }
}

/* A step for the person in a field: the field must be filled, and not with whom it concerns. */
static void
rule_fillable(struct reader *reader, const struct register_def *def,
              const struct register_route *route)
{
    for (size_t i = 0; i < route->step_count; i++) {
        const struct register_step *step = &route->steps[i];
        const struct register_field *field = register_field_find(def, step->who.field);
        bool sure =
            field == NULL || (field->required && field->visible_if == NULL && !field->subject);
        bool asked = step->when != NULL; /* its own condition may say "is not empty" */
        if (field != NULL && (field->subject || (!sure && !asked))) {
            FINDING(reader, "register.r124", route->at, "%.*s: %.*s", STR_FMT(step->key),
                    STR_FMT(field->key));
        }
    }
}

/* States from which an end is reached. */
static uint64_t
ending(const struct register_def *def)
{
    uint64_t ends = 0, before = 1;
    for (size_t i = 0; i < def->state_count; i++) {
        ends |= def->states[i].end != END_NONE ? UINT64_C(1) << i : 0;
    }
    while (ends != before) {
        before = ends;
        for (size_t i = 0; i < def->move_count; i++) {
            ends |= (ends >> def->moves[i].to & 1) != 0 ? def->moves[i].from : 0;
        }
    }
    return ends;
}

/* A record must be able to end: a ring of states nobody gets out of is a finding. */
static void
rule_ends(struct reader *reader, const struct register_def *def)
{
    uint64_t ends = ending(def);
    for (size_t i = 0; i < def->state_count; i++) {
        if ((ends >> i & 1) == 0) {
            FINDING(reader, "register.r113", def->states[i].at, "%.*s: no end",
                    STR_FMT(def->states[i].name));
        }
    }
}

void
reader_check(struct reader *reader, const struct register_def *def)
{
    rule_ends(reader, def);
    rule_codes(reader, def->fields, def->field_count);
    for (size_t i = 0; i < def->field_count; i++) {
        rule_calc(reader, def, &def->fields[i]);
    }
    for (size_t i = 0; i < def->state_count; i++) {
        const struct register_state *state = &def->states[i];
        const struct register_route *route =
            state->route.n > 0 ? register_route_find(reader->set, def, state->route) : NULL;
        if (route != NULL && !def->shape && decides_something(def, i)) {
            rule_approvers(reader, def, state, route);
        }
    }
    for (size_t i = 0; i < def->route_count; i++) {
        rule_fillable(reader, def, &def->routes[i]);
    }
}
