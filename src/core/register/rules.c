/*
 * rules: what must hold between the parts of a definition (registers.md §3, R110 …). Pure.
 *
 * The move graph has states as nodes. A key or an effect counts as reached without decision when a
 * path from the first state leads to it that takes no move `on: decided`. Narrowing effects need
 * none.
 */
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
    if (field == NULL || field->type != VALUE_PERSON) {
        FINDING(reader, "register.r120", def->root, "apart %.*s", STR_FMT(what));
    }
}

static void
rule_who(struct reader *reader, const struct register_def *def, const struct register_route *route)
{
    for (size_t i = 0; i < route->step_count; i++) {
        struct str name = route->steps[i].who.field;
        const struct register_field *field = register_field_find(def, name);
        if (name.n > 0 && (field == NULL || field->type != VALUE_PERSON)) {
            FINDING(reader, "register.r120", route->at, "person %.*s", STR_FMT(name));
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
    for (size_t i = 0; i < def->apart_count; i++) {
        for (size_t k = 0; k < def->aparts[i].count; k++) {
            rule_apart(reader, def, def->aparts[i].of[k]);
        }
    }
    for (size_t i = 0; i < def->route_count; i++) {
        rule_who(reader, def, &def->routes[i]);
    }
}
