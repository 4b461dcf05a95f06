/*
 * names: finding persons, sections and posts by name, and the names of the ids in records. Runs in
 * cored; it only reads.
 *
 * On the LGWAN portal only. Nobody finds a person of another body, or one without an appointment
 * today; a name is added to an answer only for an id that the answer shows anyhow, and for a record
 * only when the caller may see that record.
 */
#include "core/api/names.h"

#include "base/os/time.h"
#include "core/account/account.h"
#include "core/account/names.h"
#include "core/api/calls.h"
#include "core/json/json.h"
#include "core/store/id.h"

#include <stdio.h>
#include <string.h>

enum { NAMES_ANSWER_MOST = 2000 };

static const struct store_statement record_get = {
    "names.record", "SELECT coalesce(number, ''), register FROM record WHERE id = $1"};

static json_t *
number_id(uint64_t id)
{
    char text[24];
    (void)snprintf(text, sizeof text, "%llu", (unsigned long long)id);
    return id != 0 ? json_string(text) : json_null();
}

/* ---- finding ---- */

static int
names_read(struct api_call *call, json_t **ret, struct err *err)
{
    static const char *const kinds[] = {"person", "section", "post"};
    struct account_search search = {
        .asker = call->known.person, .text = api_query(call, "q"), .at_us = time_now_us()};
    struct account_names found;
    struct str kind = api_query(call, "kind");
    size_t at = 0;
    if (!str_equal_z(call->zone, "lgwan")) {
        return ERR(err, "not_found", "names");
    }
    while (at < 3 && !str_equal_z(kind, kinds[at])) {
        at++;
    }
    if (at == 3) {
        return ERR(err, "api.field", "kind");
    }
    search.kind = (enum account_name_kind)at;
    if (account_names(api_config(call->api)->store, call->arena, &search, &found, err) < 0) {
        return err_is(err, "text.utf8") ? ERR(err, "api.field", "q") : -1;
    }
    json_t *list = json_array();
    for (size_t i = 0; i < found.count; i++) {
        const struct account_name *one = &found.list[i];
        (void)json_array_append_new(
            list,
            json_pack("{so so so so so so so}", "id", number_id(one->id), "name",
                      json_of_text(one->name), "kana", json_of_text(one->kana), "code",
                      json_of_text(one->code), "section", number_id(one->section), "section_name",
                      json_of_text(one->section_name), "post_name", json_of_text(one->post_name)));
    }
    *ret = json_pack("{so sb}", "names", list, "more", found.more);
    return 0;
}

/* ---- names of ids ---- */

/* The object of NAMES for KIND, made when it is missing. */
static json_t *
names_of(json_t *names, const char *kind)
{
    json_t *of = json_object_get(names, kind);
    if (of == NULL) {
        of = json_object();
        (void)json_object_set_new(names, kind, of);
    }
    return of;
}

/* 0 with *RET, 1 when nothing may be told of the record, -1. */
static int
record_name(struct api_call *call, uint64_t id, json_t **ret, struct err *err)
{
    const struct api_config *config = api_config(call->api);
    struct register_caller caller = api_register_caller(call);
    int rc = record_visible(config->registers, config->store, call->arena, &caller, id, err);
    if (rc <= 0) {
        return rc < 0 ? -1 : 1;
    }
    struct db_query *q = db_query(config->store, &record_get);
    db_bind_int(q, 1, (int64_t)id);
    rc = db_step(q, err);
    const struct register_def *def =
        rc > 0 ? register_def_find(config->registers, db_text(q, 1)) : NULL;
    if (def != NULL) {
        *ret = json_pack("{so so s{so so}}", "number", json_of_text(db_text(q, 0)), "register",
                         json_of_text(def->name), "title", "ja", json_of_text(def->title.ja), "en",
                         json_of_text(def->title.en));
    }
    db_end(q);
    return rc < 0 ? -1 : def == NULL;
}

static int
post_name(struct api_call *call, uint64_t id, json_t **ret, struct err *err)
{
    struct str name, section;
    int rc = account_post_name(api_config(call->api)->store, call->arena, id, &name, &section, err);
    if (rc == 0) {
        char *text = arena_printf(call->arena, "%.*s %.*s", STR_FMT(section), STR_FMT(name));
        *ret = json_string(text != NULL ? text : "");
    }
    return rc;
}

static int
id_name(struct api_call *call, const struct register_field *field, struct str text, json_t **ret,
        struct err *err)
{
    struct store *store = api_config(call->api)->store;
    struct account_person person;
    struct str section;
    uint64_t id = 0;
    if (field->type == VALUE_REF) {
        return id_parse(text, &id) ? record_name(call, id, ret, err) : 1;
    }
    if (!str_to_u64(text, &id)) {
        return 1;
    }
    if (field->type == VALUE_POST) {
        return post_name(call, id, ret, err);
    }
    if (field->type == VALUE_PERSON) {
        int rc = account_person_get(store, call->arena, id, &person, err);
        *ret = rc == 0 ? json_of_text(person.name) : NULL;
        return rc;
    }
    int rc = account_section_name(store, call->arena, id, &section, err);
    *ret = rc == 0 ? json_of_text(section) : NULL;
    return rc;
}

static int
name_add(struct api_call *call, const struct register_field *field, const json_t *value,
         json_t *names, struct err *err)
{
    struct str text = {json_string_value(value), json_string_length(value)};
    const char *kind = field->type == VALUE_PERSON    ? "person"
                       : field->type == VALUE_SECTION ? "section"
                       : field->type == VALUE_POST    ? "post"
                                                      : "record";
    json_t *of = names_of(names, kind), *name = NULL;
    bool room = json_object_size(of) < NAMES_ANSWER_MOST;
    if (text.n == 0 || !room || json_object_getn(of, text.p, text.n) != NULL) {
        return 0;
    }
    int rc = id_name(call, field, text, &name, err);
    if (rc == 0) {
        (void)json_object_setn_new(of, text.p, text.n, name);
    }
    return rc < 0 ? -1 : 0;
}

static int
rows_add(struct api_call *call, const struct register_field *table, const json_t *rows,
         json_t *names, struct err *err)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        for (size_t k = 0; rc == 0 && k < table->column_count; k++) {
            const struct register_field *column = &table->columns[k];
            rc = names_add(call, column, json_object_getn(row, column->key.p, column->key.n), names,
                           err);
        }
    }
    return rc;
}

int
names_add(struct api_call *call, const struct register_field *field, const json_t *value,
          json_t *names, struct err *err)
{
    if (field->type == VALUE_TABLE) {
        return rows_add(call, field, value, names, err);
    }
    if (field->type != VALUE_PERSON && field->type != VALUE_SECTION && field->type != VALUE_POST &&
        field->type != VALUE_REF) {
        return 0;
    }
    if (!json_is_array(value)) {
        return name_add(call, field, value, names, err);
    }
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < json_array_size(value); i++) {
        rc = name_add(call, field, json_array_get(value, i), names, err);
    }
    return rc;
}

int
names_add_fields(struct api_call *call, const struct register_def *def, const json_t *fields,
                 json_t *names, struct err *err)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < def->field_count; i++) {
        const struct register_field *field = &def->fields[i];
        rc = names_add(call, field, json_object_getn(fields, field->key.p, field->key.n), names,
                       err);
    }
    for (size_t i = 0; rc == 0 && i < json_array_size(fields); i++) {
        const json_t *one = json_array_get(fields, i);
        const char *key = json_string_value(json_object_get(one, "key"));
        const struct register_field *field =
            key != NULL ? register_field_find(def, str_of(key)) : NULL;
        rc = field != NULL ? names_add(call, field, json_object_get(one, "value"), names, err) : 0;
    }
    return rc;
}

const struct api_route api_name_routes[] = {
    {"GET", "names", 200, .read = names_read},
};
const size_t api_name_route_count = sizeof api_name_routes / sizeof *api_name_routes;
