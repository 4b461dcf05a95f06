/*
 * record_lists: which registers there are for me, what their records consist of, and lists of them.
 * Runs in cored; it only reads.
 *
 * On the LGWAN portal only. A register somebody may neither open records of nor see any of is not
 * there, and a field she may not read is in no schema; whoever may open a record sees its form.
 */
#include "core/api/calls.h"
#include "core/api/names.h"
#include "core/json/json.h"
#include "core/register/condition.h"
#include "core/register/list.h"
#include "core/register/project.h"
#include "core/register/rights.h"
#include "core/register/search.h"
#include "core/register/show.h"

#include <string.h>

enum { COND_JSON_BYTES = 1 << 16 };

/* What is known of the asker and one register. */
struct shelf {
    struct register_caller caller;
    struct register_asker asker;
    const struct register_def *def;
    struct rights rights;
    json_t *counts; /* owned */
    bool open;      /* she may open a record */
};

static bool
shelf_may_open(const struct shelf *shelf)
{
    json_t *fields = json_object();
    struct register_call call = {.reg = shelf->def->name, .move = STR("open"), .fields = fields};
    struct err why = {0};
    bool may = !str_equal_z(shelf->def->states[0].route, "given") &&
               (register_may(shelf->asker.set, shelf->asker.store, shelf->asker.arena,
                             &shelf->caller, &call, &why) == 0 ||
                strncmp(why.code, "register.field", 14) == 0); /* only its fields were wanting */
    json_decref(fields);
    /* A record that must be whole at once: she may, were the fields there. */
    return may || err_is(&why, "register.field_missing");
}

/* 0 with *RET, to be closed; 1 when there is no such register for the caller. */
static int
shelf_open(struct api_call *call, const struct register_def *def, struct shelf *ret,
           struct err *err)
{
    const struct api_config *config = api_config(call->api);
    *ret = (struct shelf){.caller = api_register_caller(call), .def = def};
    ret->asker =
        (struct register_asker){config->registers, config->store, call->arena, &ret->caller};
    if (def == NULL || def->shape || !str_equal_z(call->zone, "lgwan")) {
        return 1;
    }
    if (rights_load(&ret->asker, def, &ret->rights, err) < 0 ||
        register_counts(&ret->asker, def->name, &ret->counts, err) < 0) {
        return -1;
    }
    ret->open = shelf_may_open(ret);
    bool there = ret->open || rights_others(&ret->rights) ||
                 json_integer_value(json_object_get(ret->counts, "all")) > 0;
    if (!there) {
        json_decref(ret->counts);
        ret->counts = NULL;
    }
    return there ? 0 : 1;
}

static json_t *
topics_json(const struct register_def *def)
{
    json_t *list = json_array();
    for (size_t i = 0; i < def->topic_count; i++) {
        (void)json_array_append_new(list, json_of_text(def->topics[i]));
    }
    return list;
}

/* The folder of the register's file: registers are shown by it. */
static struct str
group_of(const struct register_def *def)
{
    struct str rest = str_of(def->file), part = {0}, group = {0};
    while (str_split_next(&rest, '/', &part) && rest.p != NULL) {
        group = part;
    }
    return group;
}

static int
registers_read(struct api_call *call, json_t **ret, struct err *err)
{
    const struct register_set *set = api_config(call->api)->registers;
    json_t *list = json_array();
    int rc = 0;
    for (size_t i = 0; rc >= 0 && i < set->def_count; i++) {
        const struct register_def *def = &set->defs[i];
        struct shelf shelf;
        rc = shelf_open(call, def, &shelf, err);
        if (rc == 0) {
            (void)json_array_append_new(
                list,
                json_pack("{so so so so sI sb sb so}", "register", json_of_text(def->name), "group",
                          json_of_text(group_of(def)), "title", register_title_json(&def->title),
                          "topics", topics_json(def), "version", (json_int_t)def->version, "open",
                          shelf.open, "may_open", shelf.open, "counts", shelf.counts));
        }
    }
    if (rc < 0) {
        json_decref(list);
        return -1;
    }
    *ret = json_pack("{so}", "registers", list);
    return 0;
}

/* ---- schema ---- */

/* True when the person may know of FIELD. */
static bool
shelf_shows(const struct shelf *shelf, const struct register_field *field)
{
    return shelf->open || rights_read(&shelf->rights, field);
}

/* COND for the page; NULL when it names what the person may not know of: the page only hints. */
static json_t *
cond_for(const struct shelf *shelf, const struct cond *cond)
{
    if (cond == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < shelf->def->field_count; i++) {
        const struct register_field *field = &shelf->def->fields[i];
        if (cond_mentions(cond, field->key) && !shelf_shows(shelf, field)) {
            return NULL;
        }
    }
    struct buf text;
    buf_init(&text, COND_JSON_BYTES);
    cond_json(cond, &text);
    json_t *json = text.over ? NULL : json_loadb(text.p, text.n, 0, NULL);
    buf_free(&text);
    return json;
}

static json_t *
options_json(const struct register_field *field)
{
    json_t *list = json_array();
    for (size_t i = 0; i < field->choice_count; i++) {
        struct register_title title = {field->choices[i], field->choices[i]};
        if (field->choice_titles != NULL && field->choice_titles[i].ja.n > 0) {
            title = field->choice_titles[i];
        }
        (void)json_array_append_new(list,
                                    json_pack("{soso}", "code", json_of_text(field->choices[i]),
                                              "title", register_title_json(&title)));
    }
    return list;
}

static void
put_some(json_t *json, const char *key, json_t *value)
{
    if (value != NULL) {
        (void)json_object_set_new(json, key, value);
    }
}

/* What the file says of FIELD, and its conditions as data. */
static json_t *
field_json(const struct shelf *shelf, const struct register_field *field)
{
    json_t *json = register_field_json(field);
    put_some(json, "label", register_title_json(&field->title));
    put_some(json, "options", options_json(field));
    (void)json_object_del(json, "visible_if");
    (void)json_object_del(json, "required_if");
    put_some(json, "visible_if", cond_for(shelf, field->visible_if));
    put_some(json, "required_if", cond_for(shelf, field->required_if));
    put_some(json, "check", cond_for(shelf, field->check));
    return json;
}

/* The names of a form's list that the person may know of. */
static json_t *
names_json(const struct shelf *shelf, const struct str *names, size_t count)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        const struct register_field *field = register_field_find(shelf->def, names[i]);
        if (field == NULL || shelf_shows(shelf, field)) {
            (void)json_array_append_new(list, json_of_text(names[i]));
        }
    }
    return list;
}

/* Which columns a list shows: those of the file, else what list.c takes. */
static json_t *
columns_json(const struct shelf *shelf)
{
    const struct register_forms *forms = &shelf->def->forms;
    if (forms->list_count > 0) {
        return names_json(shelf, forms->list, forms->list_count);
    }
    json_t *list = json_pack("[sss]", "number", "state", "section");
    for (size_t i = 0; i < shelf->def->field_count; i++) {
        const struct register_field *field = &shelf->def->fields[i];
        if (field_listed(shelf->def, field) && shelf_shows(shelf, field)) {
            (void)json_array_append_new(list, json_of_text(field->key));
        }
    }
    return list;
}

static json_t *
layout_json(const struct shelf *shelf)
{
    const struct register_forms *forms = &shelf->def->forms;
    json_t *list = json_array();
    for (size_t i = 0; i < forms->layout_count; i++) {
        const struct register_group *group = &forms->layout[i];
        (void)json_array_append_new(
            list, json_pack("{so so}", "title", register_title_json(&group->title), "fields",
                            names_json(shelf, group->fields, group->count)));
    }
    return list;
}

static json_t *
states_json(const struct register_def *def)
{
    static const char *const ends[] = {"", "done", "refused", "void"};
    json_t *list = json_array();
    for (size_t i = 0; i < def->state_count; i++) {
        const struct register_state *state = &def->states[i];
        (void)json_array_append_new(list, json_pack("{so so ss}", "name", json_of_text(state->name),
                                                    "title", register_title_json(&state->title),
                                                    "end", ends[state->end]));
    }
    return list;
}

static int
schema_read(struct api_call *call, json_t **ret, struct err *err)
{
    const struct register_def *def =
        register_def_find(api_config(call->api)->registers, call->part[0]);
    struct shelf shelf;
    int rc = shelf_open(call, def, &shelf, err);
    if (rc != 0) {
        return rc < 0 ? -1 : ERR(err, "not_found", "register");
    }
    json_t *fields = json_array();
    for (size_t i = 0; i < def->field_count; i++) {
        if (shelf_shows(&shelf, &def->fields[i])) {
            (void)json_array_append_new(fields, field_json(&shelf, &def->fields[i]));
        }
    }
    const struct register_forms *forms = &def->forms;
    *ret = json_pack(
        "{so so so so sI sb sb so so so so so so so}", "register", json_of_text(def->name), "title",
        register_title_json(&def->title), "help", register_title_json(&def->help), "topics",
        topics_json(def), "version", (json_int_t)def->version, "may_open", shelf.open, "whole",
        def->states[0].route.n > 0, "counts", shelf.counts, "fields", fields, "states",
        states_json(def), "list", columns_json(&shelf), "sort",
        names_json(&shelf, forms->sort, forms->sort_count), "filter",
        names_json(&shelf, forms->filter, forms->filter_count), "layout", layout_json(&shelf));
    return 0;
}

/* ---- lists ---- */

/* The filters of the query: f.KEY=VALUE. */
static int
filters_read(struct api_call *call, struct list_query *ret, struct err *err)
{
    struct str rest = call->query, pair;
    while (rest.n > 0 && str_split_next(&rest, '&', &pair)) {
        ptrdiff_t equal = str_find(pair, STR("="), 0);
        struct str key = equal > 0 ? str_slice(pair, 0, (size_t)equal) : (struct str){0};
        if (!str_starts(key, STR("f."))) {
            continue;
        }
        if (ret->filter_count == LIST_FILTERS_MOST) {
            return ERR(err, "register.query", "%d filters", LIST_FILTERS_MOST);
        }
        const char *name = str_dup_z(call->arena, key);
        if (name == NULL) {
            return ERR(err, "limit.memory", "filter");
        }
        ret->filters[ret->filter_count++] =
            (struct list_filter){str_slice(key, 2, key.n), api_query(call, name)};
    }
    return 0;
}

static bool
query_flag(const struct api_call *call, const char *key)
{
    struct str value = api_query(call, key);
    return str_equal_z(value, "1") || str_equal_z(value, "true");
}

/* What the query says, for the export too. */
static int
query_read(struct api_call *call, struct list_query *ret, struct err *err)
{
    struct str limit = api_query(call, "limit");
    uint64_t n = 0;
    *ret = (struct list_query){.fy = api_query(call, "fy"),
                               .state = api_query(call, "state"),
                               .section = api_query(call, "section"),
                               .where = api_query(call, "where"),
                               .sort = api_query(call, "sort"),
                               .after = api_query(call, "after"),
                               .mine = query_flag(call, "mine"),
                               .late = query_flag(call, "late")};
    if (limit.n > 0 && (!str_to_u64(limit, &n) || n == 0 || n > LIST_ROWS_MOST)) {
        return ERR(err, "register.query", "limit");
    }
    ret->limit = (size_t)n;
    return filters_read(call, ret, err);
}

/* 0 when the register of the path is there for the caller, 1, -1. */
static int
list_there(struct api_call *call, struct err *err)
{
    struct shelf shelf;
    int rc = shelf_open(call, register_def_find(api_config(call->api)->registers, call->part[0]),
                        &shelf, err);
    if (rc == 0) {
        json_decref(shelf.counts);
    }
    return rc;
}

/* Adds what the ids in the rows of PAGE are called. */
static int
list_names(struct api_call *call, json_t *page, struct err *err)
{
    const struct register_def *def =
        register_def_find(api_config(call->api)->registers, call->part[0]);
    json_t *names = json_object(), *row;
    size_t i;
    int rc = 0;
    json_array_foreach(json_object_get(page, "items"), i, row)
    {
        rc = rc == 0 ? names_add_fields(call, def, json_object_get(row, "fields"), names, err) : rc;
    }
    (void)json_object_set_new(page, "names", names);
    return rc;
}

static int
list_read(struct api_call *call, json_t **ret, struct err *err)
{
    const struct api_config *config = api_config(call->api);
    struct register_caller caller = api_register_caller(call);
    struct register_asker asker = {config->registers, config->store, call->arena, &caller};
    struct list_query query;
    if (!str_equal_z(call->zone, "lgwan")) {
        return ERR(err, "not_found", "register");
    }
    if (query_read(call, &query, err) < 0) {
        return -1;
    }
    int rc = register_list(&asker, call->part[0], &query, ret, err);
    if (rc == 0) {
        rc = list_names(call, *ret, err);
    }
    if (rc == 0 && json_array_size(json_object_get(*ret, "items")) == 0) {
        rc = list_there(call, err); /* an empty list must not tell that there is such a register */
    }
    return rc <= 0 ? rc : ERR(err, "not_found", "register");
}

/* ---- search ---- */

static int
search_read(struct api_call *call, json_t **ret, struct err *err)
{
    const struct api_config *config = api_config(call->api);
    struct register_caller caller = api_register_caller(call);
    struct register_asker asker = {config->registers, config->store, call->arena, &caller};
    if (!str_equal_z(call->zone, "lgwan")) {
        return ERR(err, "not_found", "search");
    }
    return register_search(&asker, api_query(call, "q"), api_query(call, "after"), ret, err);
}

const struct api_route api_list_routes[] = {
    {"GET", "search", 200, .read = search_read},
    {"GET", "registers", 200, .read = registers_read},
    {"GET", "registers/:/schema", 200, .read = schema_read},
    {"GET", "registers/:/records", 200, .read = list_read},
};
const size_t api_list_route_count = sizeof api_list_routes / sizeof *api_list_routes;
