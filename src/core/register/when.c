/*
 * when: conditions of routes: read against a definition's fields, asked of one record. Runs in
 * cored, and at load in `sekisho register check`.
 *
 * Invariants: a condition that cannot be answered (an unknown class, a limit) gets the answer its
 * caller names, which opens nothing; who asks is no part of it, so `me`, `mine` and `below` are
 * refused at load.
 */
#include "core/register/when.h"

#include "base/os/time.h"
#include "core/store/id.h"

#include <string.h>

/* ---- names ---- */

static bool columns_find(const struct cond_scope *scope, struct str name, struct cond_name *ret);

static bool
period_find(const struct cond_scope *scope, struct str name, struct cond_name *ret)
{
    (void)scope;
    *ret = (struct cond_name){.type = COND_DATE};
    return str_equal_z(name, "from") || str_equal_z(name, "until");
}

static const struct cond_scope period_scope = {.find = period_find};

/* The fields of a table, as a scope's ctx. */
struct columns {
    struct cond_scope scope;
    struct arena *arena;
    const struct register_field *list;
    size_t count;
    const struct register_def *def; /* of the record itself; NULL: a table's */
    struct str *states;
};

static struct columns *
columns_new(struct arena *arena, const struct register_field *list, size_t count)
{
    struct columns *columns = arena_alloc(arena, sizeof *columns);
    if (columns != NULL) {
        *columns = (struct columns){.arena = arena, .list = list, .count = count};
        columns->scope = (struct cond_scope){.find = columns_find, .ctx = columns};
    }
    return columns;
}

static bool
field_name(const struct columns *columns, const struct register_field *field, struct cond_name *ret)
{
    static const enum cond_type types[VALUE_TYPES] = {
        [VALUE_TEXT] = COND_TEXT,   [VALUE_NUMBER] = COND_NUMBER, [VALUE_FLAG] = COND_FLAG,
        [VALUE_DATE] = COND_DATE,   [VALUE_PERIOD] = COND_GROUP,  [VALUE_CHOICE] = COND_CHOICE,
        [VALUE_CLASS] = COND_CLASS, [VALUE_PERSON] = COND_PERSON, [VALUE_SECTION] = COND_SECTION,
        [VALUE_REF] = COND_REF,     [VALUE_HASH] = COND_TEXT,     [VALUE_TABLE] = COND_TABLE,
    };
    *ret = (struct cond_name){.type = types[field->type]};
    if (field->type == VALUE_CHOICE) {
        ret->codes = field->choices;
        ret->code_count = field->choice_count;
    } else if (field->type == VALUE_PERIOD) {
        ret->to = &period_scope;
    } else if (field->type == VALUE_TABLE) {
        const struct columns *rows =
            columns_new(columns->arena, field->columns, field->column_count);
        ret->to = rows != NULL ? &rows->scope : NULL;
    }
    return true;
}

static const struct {
    const char *name;
    enum cond_type type;
} heads[] = {
    {"state", COND_CHOICE}, {"owner", COND_PERSON}, {"section", COND_SECTION},
    {"number", COND_TEXT},  {"fy", COND_NUMBER},    {"created", COND_TIME},
    {"changed", COND_TIME}, {"entered", COND_TIME},
};

static bool
columns_find(const struct cond_scope *scope, struct str name, struct cond_name *ret)
{
    const struct columns *columns = scope->ctx;
    for (size_t i = 0; columns->def != NULL && i < sizeof heads / sizeof *heads; i++) {
        if (str_equal_z(name, heads[i].name)) {
            bool state = heads[i].type == COND_CHOICE;
            *ret = (struct cond_name){.type = heads[i].type,
                                      .codes = state ? columns->states : NULL,
                                      .code_count = state ? columns->def->state_count : 0};
            return true;
        }
    }
    for (size_t i = 0; i < columns->count; i++) {
        if (str_equal(columns->list[i].key, name)) {
            return field_name(columns, &columns->list[i], ret);
        }
    }
    return false;
}

static bool
word_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* True when TEXT asks who asks. */
static bool
asks_who(struct str text)
{
    for (size_t i = 0; i < text.n;) {
        size_t end = i;
        while (end < text.n && word_char(text.p[end])) {
            end++;
        }
        struct str word = str_slice(text, i, end);
        if (str_equal_z(word, "me") || str_equal_z(word, "mine") || str_equal_z(word, "below")) {
            return true;
        }
        i = end > i ? end : i + 1;
    }
    return false;
}

const struct cond *
when_read(struct reader *reader, const struct yaml_node *node)
{
    const struct cond *cond = NULL;
    struct err err = {0};
    struct str text = yaml_text(node);
    const struct register_def *def = reader->def;
    if (def == NULL || asks_who(text)) {
        FINDING(reader, "register.r102", node, "condition: %s",
                def == NULL ? "not in a common route" : "me, mine, below");
        return NULL;
    }
    struct columns *columns = columns_new(reader->arena, def->fields, def->field_count);
    struct str *states = reader_array(reader, def->state_count, sizeof *states);
    if (columns == NULL || states == NULL) {
        reader->full = true;
        return NULL;
    }
    for (size_t i = 0; i < def->state_count; i++) {
        states[i] = def->states[i].name;
    }
    columns->def = def;
    columns->states = states;
    if (cond_parse(reader->arena, text, &columns->scope, &cond, &err) < 0) {
        FINDING(reader, "register.r102", node, "%s %s", err.code, err.detail);
        return NULL;
    }
    return cond;
}

/* ---- values ---- */

struct when {
    const struct step_ask *ask;
};

static int
class_value(const struct when *when, struct str code, struct cond_value *ret, struct err *err)
{
    const struct register_set *set = when->ask->set;
    for (size_t i = 0; i < set->rank_count; i++) {
        if (str_equal(set->ranks[i].code, code)) {
            *ret = (struct cond_value){.n = set->ranks[i].rank, .text = code};
            return 0;
        }
    }
    return ERR(err, "register.field", "class"); /* its rank is not known: no answer */
}

static int
json_value(const struct when *when, enum register_type type, json_t *value, struct cond_value *ret,
           struct err *err)
{
    struct str text = {json_string_value(value), json_string_length(value)};
    uint64_t id = 0;
    *ret = (struct cond_value){.empty = true};
    if (json_is_integer(value)) {
        *ret = (struct cond_value){.n = json_integer_value(value)};
    } else if (json_is_boolean(value)) {
        *ret = (struct cond_value){.n = json_is_true(value)};
    } else if (text.p == NULL || str_trim(text).n == 0) {
        return 0;
    } else if (type == VALUE_CLASS) {
        return class_value(when, text, ret, err);
    } else if (type == VALUE_DATE) {
        ret->empty = !date_parse(text, &ret->n);
    } else if (type == VALUE_PERSON || type == VALUE_SECTION || type == VALUE_REF) {
        ret->empty = !(type == VALUE_REF ? id_parse(text, &id) : str_to_u64(text, &id));
        ret->n = (int64_t)id;
    } else {
        *ret = (struct cond_value){.text = text};
    }
    return 0;
}

static bool
head_value(const struct record *record, struct str name, struct cond_value *ret)
{
    struct civil day = civil_of_day(tokyo_day(record->created));
    const struct {
        const char *name;
        struct cond_value value;
    } values[] = {
        {"state", {.text = record->state}},
        {"owner", {.n = (int64_t)record->owner, .empty = record->owner == 0}},
        {"section", {.n = (int64_t)record->section, .empty = record->section == 0}},
        {"number", {.text = record->number, .empty = record->number.n == 0}},
        {"fy", {.n = day.month >= 4 ? day.year : day.year - 1}},
        {"created", {.n = record->created}},
        {"changed", {.n = record->changed}},
        {"entered", {.n = record->entered}},
    };
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        if (str_equal_z(name, values[i].name)) {
            *ret = values[i].value;
            return true;
        }
    }
    return false;
}

/* The field KEY among LIST, or NULL. */
static const struct register_field *
field_of(const struct register_field *list, size_t count, struct str key)
{
    for (size_t i = 0; i < count; i++) {
        if (str_equal(list[i].key, key)) {
            return &list[i];
        }
    }
    return NULL;
}

static int
when_get(void *ctx, const struct cond_path *path, struct cond_value *ret, struct err *err)
{
    const struct when *when = ctx;
    const struct record *record = when->ask->record;
    const struct register_field *list = record->def->fields;
    size_t count = record->def->field_count;
    json_t *map = record->fields;
    struct str key = path->parts[0];
    if (path->table != NULL) {
        const struct register_field *table = field_of(list, count, path->table->parts[0]);
        struct str name = path->table->parts[0];
        map = json_array_get(json_object_getn(map, name.p, name.n), path->row);
        list = table != NULL ? table->columns : NULL;
        count = table != NULL ? table->column_count : 0;
    } else if (head_value(record, key, ret)) {
        return 0;
    }
    const struct register_field *field = field_of(list, count, key);
    json_t *value = json_object_getn(map, key.p, key.n);
    enum register_type type = field != NULL ? field->type : VALUE_TEXT;
    if (path->count > 1) { /* a part of a period */
        value = json_object_getn(value, path->parts[1].p, path->parts[1].n);
        type = VALUE_DATE;
    } else if (type == VALUE_PERIOD) {
        *ret = (struct cond_value){.empty = !json_is_object(value)};
        return 0;
    }
    return json_value(when, type, value, ret, err);
}

static int
when_count(void *ctx, const struct cond_path *path, size_t *ret, struct err *err)
{
    (void)err;
    const struct when *when = ctx;
    struct str key = path->parts[0];
    *ret = json_array_size(json_object_getn(when->ask->record->fields, key.p, key.n));
    return 0;
}

/* There are no lists of values in a definition yet. */
static int
when_item(void *ctx, const struct cond_path *path, size_t index, struct cond_value *ret,
          struct err *err)
{
    (void)ctx;
    (void)path;
    (void)index;
    (void)ret;
    return ERR(err, "register.field", "list");
}

bool
when_holds(const struct step_ask *ask, const struct cond *cond, bool unknown)
{
    struct when when = {ask};
    int64_t now = time_now_us();
    struct civil day = civil_of_day(tokyo_day(now));
    struct cond_moment moment = {
        .now_us = now, .today = tokyo_day(now), .fy_now = day.month >= 4 ? day.year : day.year - 1};
    struct cond_values values = {
        .ctx = &when, .get = when_get, .count = when_count, .item = when_item, .moment = &moment};
    struct err err = {0};
    int holds = cond_eval(cond, &values, &err);
    return holds < 0 ? unknown : holds > 0;
}
