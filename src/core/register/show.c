/*
 * show: definitions as JSON. Runs in cored and in the command line.
 *
 * Invariant: nothing but what the file says; names of persons or records never stand here.
 */
#include "core/register/show.h"

#include "base/crypt/encode.h"
#include "core/json/json.h"

json_t *
register_title_json(const struct register_title *title)
{
    return json_pack("{soso}", "ja", json_of_text(title->ja), "en", json_of_text(title->en));
}

static json_t *
texts(const struct str *list, size_t count)
{
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++) {
        (void)json_array_append_new(array, json_of_text(list[i]));
    }
    return array;
}

static void
put(json_t *object, const char *key, json_t *value)
{
    (void)json_object_set_new(object, key, value);
}

static void
put_text(json_t *object, const char *key, struct str value)
{
    if (value.n > 0) {
        put(object, key, json_of_text(value));
    }
}

static void
put_true(json_t *object, const char *key, bool value)
{
    if (value) {
        put(object, key, json_true());
    }
}

static void
put_choices(json_t *object, const struct register_field *field)
{
    json_t *titles = json_object();
    for (size_t i = 0; i < field->choice_count; i++) {
        const struct register_title *title =
            field->choice_titles != NULL ? &field->choice_titles[i] : NULL;
        if (title != NULL && title->ja.n > 0) {
            (void)json_object_setn_new(titles, field->choices[i].p, field->choices[i].n,
                                       register_title_json(title));
        }
    }
    put(object, "choices", texts(field->choices, field->choice_count));
    put(object, "choice_titles", titles);
}

static void
put_parts(json_t *object, const struct register_field *field)
{
    json_t *columns = json_array(), *rows = json_array();
    for (size_t i = 0; i < field->column_count; i++) {
        (void)json_array_append_new(columns, register_field_json(&field->columns[i]));
    }
    put(object, "columns", columns);
    for (size_t i = 0; i < field->row_count; i++) {
        const struct register_row *row = &field->rows[i];
        (void)json_array_append_new(rows, json_pack("{sososo}", "key", json_of_text(row->key),
                                                    "title", register_title_json(&row->title),
                                                    "clause", json_of_text(row->clause)));
    }
    if (field->type == VALUE_SHEET) {
        put(object, "rows", rows);
    } else {
        json_decref(rows);
    }
}

json_t *
register_field_json(const struct register_field *field)
{
    static const char *const levels[] = {"open", "restricted", "secret"};
    json_t *object =
        json_pack("{so ss so so sb sb sI sI ss}", "key", json_of_text(field->key), "type",
                  register_type_names[field->type], "title", register_title_json(&field->title),
                  "help", register_title_json(&field->help), "required", field->required,
                  "personal", field->personal, "min", (json_int_t)field->min, "max",
                  (json_int_t)field->max, "level", levels[field->level]);
    put_true(object, "many", field->many);
    put_true(object, "free", field->free);
    put_true(object, "unique", field->unique);
    put_true(object, "index", field->index);
    put_true(object, "search", field->search);
    put_true(object, "subject", field->subject);
    put_true(object, "required_if", field->required_if != NULL);
    put_true(object, "visible_if", field->visible_if != NULL);
    put_text(object, "unit", field->unit);
    put_text(object, "pattern", field->pattern);
    put_text(object, "axis", field->axis);
    put_text(object, "kind", field->kind);
    put_text(object, "to", field->to);
    put_text(object, "default", field->fallback);
    if (field->type == VALUE_TEXT) {
        put(object, "lines", json_integer(field->lines));
    }
    if (field->type == VALUE_NUMBER) {
        put(object, "scale", json_integer(field->scale));
    }
    if (field->type == VALUE_FILE) {
        put(object, "size_bytes", json_integer(field->size_bytes));
    }
    if (field->kind_count > 0) {
        put(object, "kinds", texts(field->kinds, field->kind_count));
    }
    if (field->type == VALUE_SIGN) {
        put(object, "text", register_title_json(&field->text));
    }
    put_choices(object, field);
    put_parts(object, field);
    return object;
}

static json_t *
who_json(const struct register_who *who)
{
    json_t *object = json_object();
    put_text(object, "role", who->role);
    put_text(object, "post", who->post);
    put_text(object, "person", who->field);
    put_true(object, "peer", who->peer);
    if (who->role.n > 0) {
        put_text(object, "of", who->of);
    }
    return object;
}

/* {effect: {argument: what}} of each. */
static json_t *
orders_json(const struct register_order *orders, size_t count)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        json_t *args = json_object();
        for (size_t k = 0; k < orders[i].arg_count; k++) {
            (void)json_object_setn_new(args, orders[i].args[k].name.p, orders[i].args[k].name.n,
                                       json_of_text(orders[i].args[k].value));
        }
        (void)json_array_append_new(
            list, json_pack("{soso}", "effect", json_of_text(orders[i].effect), "arguments", args));
    }
    return list;
}

static json_t *
by_json(const struct register_move *move)
{
    static const struct {
        unsigned bit;
        const char *name;
    } words[] = {{BY_STEP, "step"},     {BY_OWNER, "owner"}, {BY_ROLE, "role"},
                 {BY_SYSTEM, "system"}, {BY_CLOCK, "clock"}, {BY_EVERYONE, "everyone"}};
    json_t *list = json_array();
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if ((move->by & words[i].bit) != 0) {
            (void)json_array_append_new(list, json_string(words[i].name));
        }
    }
    return list;
}

static json_t *
state_json(const struct register_state *state)
{
    static const char *const ends[] = {"none", "done", "refused", "void"};
    json_t *object = json_pack("{sosososs}", "name", json_of_text(state->name), "title",
                               register_title_json(&state->title), "help",
                               register_title_json(&state->help), "end", ends[state->end]);
    put_text(object, "route", state->route);
    put(object, "keys", orders_json(state->keys, state->key_count));
    put_true(object, "until", state->until.of != UNTIL_NONE);
    put_true(object, "within", state->late.span.count > 0);
    return object;
}

static json_t *
move_json(const struct register_def *def, const struct register_move *move)
{
    static const char *const ons[] = {"none", "decided", "rejected", "sent_back"};
    json_t *from = json_array(), *who = json_array();
    for (size_t i = 0; i < def->state_count; i++) {
        if ((move->from >> i & 1) != 0) {
            (void)json_array_append_new(from, json_of_text(def->states[i].name));
        }
    }
    for (size_t i = 0; i < move->who_count; i++) {
        (void)json_array_append_new(who, who_json(&move->who[i]));
    }
    json_t *object =
        json_pack("{so so so so so so so ss so so so}", "name", json_of_text(move->name), "title",
                  register_title_json(&move->title), "help", register_title_json(&move->help),
                  "from", from, "to", json_of_text(def->states[move->to].name), "by", by_json(move),
                  "who", who, "on", ons[move->on], "need", texts(move->need, move->need_count),
                  "ask", texts(move->ask, move->ask_count), "effects",
                  orders_json(move->effects, move->effect_count));
    put_true(object, "reason", move->reason);
    put_true(object, "if", move->when != NULL);
    put_true(object, "bulk", move->bulk);
    put_true(object, "ex_post", move->ex_post);
    return object;
}

static json_t *
route_json(const struct register_route *route)
{
    static const char *const kinds[] = {"consult", "approve", "decide"};
    json_t *steps = json_array();
    for (size_t i = 0; i < route->step_count; i++) {
        const struct register_step *step = &route->steps[i];
        json_t *one = json_pack("{so so ss so}", "key", json_of_text(step->key), "title",
                                register_title_json(&step->title), "kind", kinds[step->kind], "who",
                                who_json(&step->who));
        put_true(one, "if", step->when != NULL);
        put_text(one, "together", step->together);
        (void)json_array_append_new(steps, one);
    }
    return steps;
}

/* The routes that states of DEF name, by name. */
static json_t *
routes_json(const struct register_set *set, const struct register_def *def)
{
    json_t *object = json_object();
    for (size_t i = 0; i < def->state_count; i++) {
        struct str name = def->states[i].route;
        const struct register_route *route =
            name.n > 0 ? register_route_find(set, def, name) : NULL;
        if (route != NULL) {
            (void)json_object_setn_new(object, name.p, name.n, route_json(route));
        }
    }
    return object;
}

/* The roles that some route of DEF always asks to approve or decide, each once. */
static json_t *
approvers_json(const struct register_set *set, const struct register_def *def)
{
    json_t *roles = json_object(), *list = json_array();
    for (size_t i = 0; i < def->state_count; i++) {
        const struct register_route *route =
            def->states[i].route.n > 0 ? register_route_find(set, def, def->states[i].route) : NULL;
        for (size_t k = 0; route != NULL && k < route->step_count; k++) {
            const struct register_step *step = &route->steps[k];
            struct str role = step->who.role;
            bool always = role.n > 0 && step->kind != STEP_CONSULT && step->when == NULL;
            if (always && json_object_getn(roles, role.p, role.n) == NULL) {
                (void)json_object_setn_new(roles, role.p, role.n, json_true());
                (void)json_array_append_new(list, json_of_text(role));
            }
        }
    }
    json_decref(roles);
    return list;
}

static json_t *
access_json(const struct register_def *def, const struct register_access *access)
{
    json_t *read = json_array(), *write = json_object();
    for (size_t i = 0; i < def->field_count; i++) {
        if (register_mask_has(&access->read, i)) {
            (void)json_array_append_new(read, json_of_text(def->fields[i].key));
        }
    }
    for (size_t w = 0; w < access->write_count; w++) {
        struct str state = def->states[access->writes[w].state].name;
        json_t *fields = json_array();
        for (size_t i = 0; i < def->field_count; i++) {
            if (register_mask_has(&access->writes[w].fields, i)) {
                (void)json_array_append_new(fields, json_of_text(def->fields[i].key));
            }
        }
        (void)json_object_setn_new(write, state.p, state.n, fields);
    }
    return json_pack("{sososo}", "role", texts(access->roles, access->role_count), "read", read,
                     "write", write);
}

static json_t *
forms_json(const struct register_forms *forms)
{
    json_t *layout = json_array();
    for (size_t i = 0; i < forms->layout_count; i++) {
        const struct register_group *group = &forms->layout[i];
        (void)json_array_append_new(layout,
                                    json_pack("{soso}", "title", register_title_json(&group->title),
                                              "fields", texts(group->fields, group->count)));
    }
    json_t *print =
        json_pack("{sososo so}", "no", json_of_text(forms->print_no), "to",
                  json_of_text(forms->print_to), "boxes", json_of_text(forms->print_boxes), "rows",
                  texts(forms->print_rows, forms->print_row_count));
    return json_pack("{so so so so so so so}", "list", texts(forms->list, forms->list_count),
                     "sort", texts(forms->sort, forms->sort_count), "filter",
                     texts(forms->filter, forms->filter_count), "layout", layout, "csv",
                     texts(forms->csv, forms->csv_count), "xlsx",
                     texts(forms->xlsx, forms->xlsx_count), "print", print);
}

/* The keys that stand on states, each with its state. */
static json_t *
keys_json(const struct register_def *def)
{
    json_t *keys = json_array();
    for (size_t i = 0; i < def->state_count; i++) {
        for (size_t k = 0; k < def->states[i].key_count; k++) {
            (void)json_array_append_new(
                keys, json_pack("{soso}", "key", json_of_text(def->states[i].keys[k].effect),
                                "state", json_of_text(def->states[i].name)));
        }
    }
    return keys;
}

json_t *
register_def_json(const struct register_set *set, const struct register_def *def)
{
    static const char *const thens[] = {"review", "erase", "keep"};
    json_t *fields = json_array(), *states = json_array(), *moves = json_array(),
           *access = json_array();
    for (size_t i = 0; i < def->field_count; i++) {
        (void)json_array_append_new(fields, register_field_json(&def->fields[i]));
    }
    for (size_t i = 0; i < def->state_count; i++) {
        (void)json_array_append_new(states, state_json(&def->states[i]));
    }
    for (size_t i = 0; i < def->move_count; i++) {
        (void)json_array_append_new(moves, move_json(def, &def->moves[i]));
    }
    for (size_t i = 0; i < def->access_count; i++) {
        (void)json_array_append_new(access, access_json(def, &def->access[i]));
    }
    json_t *retain = json_pack("{sI so ss}", "years", (json_int_t)def->retain_years, "from",
                               json_of_text(def->retain_from), "then", thens[def->retain_then]);
    char digest[65];
    hex_encode(def->digest, sizeof def->digest, digest);
    return json_pack(
        "{so sI so so so so so ss so so so so so so so so so}", "register", json_of_text(def->name),
        "version", (json_int_t)def->version, "title", register_title_json(&def->title), "help",
        register_title_json(&def->help), "topics", texts(def->topics, def->topic_count), "number",
        json_of_text(def->number), "retain", retain, "digest", digest, "match",
        texts(def->match, def->match_count), "fields", fields, "states", states, "moves", moves,
        "routes", routes_json(set, def), "access", access, "forms", forms_json(&def->forms), "keys",
        keys_json(def), "required_approvers", approvers_json(set, def));
}
