/*
 * condition: the names of register files in the condition language, and records as its values.
 * Runs in cored and, reading only, in the command line.
 *
 * Invariant: what the scope calls a name at load is what `get` gives for it: both decide by the
 * same rule (record names before fields, but for `number`).
 */
#include "core/register/condition.h"

#include "base/os/time.h"
#include "core/account/sections.h"
#include "core/register/project.h"
#include "core/register/values.h"

/* The names of one definition; in the reader's arena. */
struct names {
    struct cond_scope scope;
    const struct register_def *def;
    enum condition_names which;
    struct str *states;
    struct cond_scope *tables;  /* one for each field: columns of a table, rows of a sheet */
    struct period_names *parts; /* one for each field: the days of a period */
    const char **columns;       /* of the projection, one for each field; NULL: none */
    condition_allowed *allowed; /* NULL: every field may be named */
    void *ctx;
};

/* The two days of a period. */
struct period_names {
    struct cond_scope scope;
    const char *from, *until;
};

static const enum cond_type types[VALUE_TYPES] = {
    [VALUE_TEXT] = COND_TEXT,       [VALUE_NUMBER] = COND_NUMBER, [VALUE_FLAG] = COND_FLAG,
    [VALUE_DATE] = COND_DATE,       [VALUE_DATETIME] = COND_TIME, [VALUE_PERIOD] = COND_GROUP,
    [VALUE_CHOICE] = COND_CHOICE,   [VALUE_CLASS] = COND_CLASS,   [VALUE_PERSON] = COND_PERSON,
    [VALUE_SECTION] = COND_SECTION, [VALUE_POST] = COND_POST,     [VALUE_REF] = COND_TEXT,
    [VALUE_FILE] = COND_TEXT,       [VALUE_HASH] = COND_TEXT,     [VALUE_NET] = COND_TEXT,
    [VALUE_ADDRESS] = COND_TEXT,    [VALUE_TABLE] = COND_TABLE,   [VALUE_SHEET] = COND_GROUP,
    [VALUE_SIGN] = COND_GROUP,      [VALUE_CLAUSE] = COND_TEXT,   [VALUE_CALC] = COND_FLAG,
};

/* Names of the record itself. */
enum record_name {
    NAME_STATE,
    NAME_OWNER,
    NAME_SECTION,
    NAME_NUMBER,
    NAME_FY,
    NAME_CREATED,
    NAME_CHANGED,
    NAME_ENTERED,
    NAMES
};
static const struct {
    const char *name;
    enum cond_type type;
    const char *column;
} record_names[NAMES] = {
    [NAME_STATE] = {"state", COND_CHOICE, "state"},
    [NAME_OWNER] = {"owner", COND_PERSON, "owner"},
    [NAME_SECTION] = {"section", COND_SECTION, "section"},
    [NAME_NUMBER] = {"number", COND_TEXT, "number"},
    [NAME_FY] = {"fy", COND_NUMBER, "fy"},
    [NAME_CREATED] = {"created", COND_TIME, "created"},
    [NAME_CHANGED] = {"changed", COND_TIME, "changed"},
    [NAME_ENTERED] = {"entered", COND_TIME, "entered"},
};

/* Which name of the record WORD is for WHICH, or -1: then it is a field. */
static int
record_name(const struct register_def *def, enum condition_names which, struct str word)
{
    int most = which == CONDITION_FIELDS ? 0 : which == CONDITION_SHOWN ? 1 : NAMES;
    for (int i = 0; i < most; i++) {
        if (str_equal_z(word, record_names[i].name)) {
            return i == NAME_NUMBER && register_field_find(def, word) != NULL ? -1 : i;
        }
    }
    return -1;
}

static bool
period_find(const struct cond_scope *scope, struct str name, struct cond_name *ret)
{
    const struct period_names *parts = scope->ctx;
    bool from = str_equal_z(name, "from");
    *ret = (struct cond_name){.type = COND_DATE,
                              .column = parts == NULL ? NULL
                                        : from        ? parts->from
                                                      : parts->until};
    return from || str_equal_z(name, "until");
}

static const struct cond_scope period_scope = {.find = period_find};

/* A row of a sheet: its answer. */
static bool
sheet_find(const struct cond_scope *scope, struct str name, struct cond_name *ret)
{
    static const struct str answers[] = {STR("yes"), STR("no"), STR("na")};
    const struct register_field *sheet = scope->ctx;
    *ret = (struct cond_name){.type = COND_CHOICE, .codes = answers, .code_count = 3};
    for (size_t i = 0; i < sheet->row_count; i++) {
        if (str_equal(sheet->rows[i].key, name)) {
            return true;
        }
    }
    return false;
}

/* A signature: who, and when. */
static bool
sign_find(const struct cond_scope *scope, struct str name, struct cond_name *ret)
{
    (void)scope;
    bool at = str_equal_z(name, "at");
    *ret = (struct cond_name){.type = at ? COND_TIME : COND_PERSON};
    return at || str_equal_z(name, "person");
}

static const struct cond_scope sign_scope = {.find = sign_find};

static struct cond_name
field_name(const struct register_field *field, bool ranked)
{
    return (struct cond_name){.type = types[field->type],
                              .many = field->many,
                              .scale = field->scale,
                              .codes = field->choices,
                              .code_count = field->type == VALUE_CHOICE ? field->choice_count : 0,
                              .unranked = !ranked || field->many,
                              .to = field->type == VALUE_PERIOD ? &period_scope
                                    : field->type == VALUE_SIGN ? &sign_scope
                                                                : NULL};
}

static bool
column_find(const struct cond_scope *scope, struct str name, struct cond_name *ret)
{
    const struct register_field *table = scope->ctx;
    for (size_t i = 0; i < table->column_count; i++) {
        if (str_equal(table->columns[i].key, name)) {
            *ret = field_name(&table->columns[i], false);
            return true;
        }
    }
    return false;
}

static bool
names_find(const struct cond_scope *scope, struct str name, struct cond_name *ret)
{
    const struct names *names = scope->ctx;
    int known = record_name(names->def, names->which, name);
    if (known >= 0) {
        *ret = (struct cond_name){.type = record_names[known].type,
                                  .column = record_names[known].column,
                                  .codes = known == NAME_STATE ? names->states : NULL,
                                  .code_count = known == NAME_STATE ? names->def->state_count : 0};
        return true;
    }
    const struct register_field *field = register_field_find(names->def, name);
    if (field == NULL || field->type == VALUE_CALC || /* what is computed is not computed with */
        (names->allowed != NULL && !names->allowed(names->ctx, field))) {
        return false;
    }
    size_t at = (size_t)(field - names->def->fields);
    *ret = field_name(field, names->which == CONDITION_ROUTE);
    ret->column = names->columns[at];
    if (field->type == VALUE_TABLE || field->type == VALUE_SHEET) {
        ret->to = &names->tables[at];
    }
    if (field->type == VALUE_PERIOD) {
        ret->to = &names->parts[at].scope;
    }
    return true;
}

/* The columns of the projection. False at the arena's limit. */
static bool
names_columns(struct arena *arena, struct names *names)
{
    const struct register_def *def = names->def;
    names->parts = arena_array(arena, def->field_count, sizeof *names->parts);
    names->columns = arena_array(arena, def->field_count, sizeof *names->columns);
    for (size_t i = 0; names->columns != NULL && names->parts != NULL && i < def->field_count;
         i++) {
        const struct register_field *field = &def->fields[i];
        if (!field_projected(field)) {
            names->parts[i].scope = period_scope;
        } else if (field->type == VALUE_PERIOD) {
            names->parts[i] =
                (struct period_names){.scope = {.find = period_find, .ctx = &names->parts[i]},
                                      .from = field_column(arena, field, false),
                                      .until = field_column(arena, field, true)};
        } else {
            names->columns[i] = field_column(arena, field, false);
        }
    }
    struct err err;
    return arena_check(arena, &err) == 0;
}

static struct names *
names_make(struct arena *arena, const struct register_def *def, enum condition_names which)
{
    struct names *names = arena_array(arena, 1, sizeof *names);
    struct str *states = arena_array(arena, def->state_count, sizeof *states);
    struct cond_scope *tables = arena_array(arena, def->field_count, sizeof *tables);
    if (names == NULL || states == NULL || tables == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < def->state_count; i++) {
        states[i] = def->states[i].name;
    }
    for (size_t i = 0; i < def->field_count; i++) {
        bool sheet = def->fields[i].type == VALUE_SHEET;
        tables[i] =
            (struct cond_scope){.find = sheet ? sheet_find : column_find, .ctx = &def->fields[i]};
    }
    *names = (struct names){.scope = {names_find, names, "record", "id", NULL},
                            .def = def,
                            .which = which,
                            .states = states,
                            .tables = tables};
    return names_columns(arena, names) ? names : NULL;
}

static const struct names *
names_new(struct reader *reader, const struct register_def *def, enum condition_names which)
{
    const struct names *names = names_make(reader->arena, def, which);
    reader->full = reader->full || names == NULL;
    return names;
}

const struct cond_scope *
condition_scope(struct arena *arena, const struct register_def *def, condition_allowed *allowed,
                void *ctx)
{
    struct names *names = names_make(arena, def, CONDITION_RECORD);
    if (names == NULL) {
        return NULL;
    }
    names->allowed = allowed;
    names->ctx = ctx;
    return &names->scope;
}

/* ---- reading ---- */

/* NODE's place moved to where DETAIL ("line:column: …") points in its text. */
static struct yaml_node
place_inside(const struct yaml_node *node, struct str *detail)
{
    struct yaml_node place = *node;
    struct str line, column;
    uint64_t down = 1, across = 1;
    struct str rest = *detail;
    if (!str_split_next(&rest, ':', &line) || !str_split_next(&rest, ':', &column) ||
        !str_to_u64(line, &down) || !str_to_u64(column, &across)) {
        return place;
    }
    *detail = str_trim(rest);
    size_t chars = 0;
    for (size_t i = 0; down == 1 && i + 1 < across && i < node->text.n; i++) {
        chars += ((unsigned char)node->text.p[i] & 0xc0) != 0x80;
    }
    place.column =
        down == 1 ? node->column + (unsigned)chars + (node->quoted ? 1 : 0) : (unsigned)across;
    place.line = node->line + (unsigned)down - 1;
    return place;
}

const struct cond *
reader_condition(struct reader *reader, const struct yaml_node *node,
                 const struct register_def *def, enum condition_names which)
{
    static const char *const asker[] = {"me", "mine", "below"};
    const struct names *names = names_new(reader, def, which);
    const struct cond *cond = NULL;
    struct err why = {0};
    if (names == NULL) {
        return NULL;
    }
    if (node->kind != YAML_TEXT) {
        FINDING(reader, "register.r102", node, "condition");
        return NULL;
    }
    if (cond_parse(reader->arena, node->text, &names->scope, &cond, &why) < 0) {
        struct str detail = str_of(why.detail);
        struct yaml_node place = place_inside(node, &detail);
        FINDING(reader, why.code, &place, "%.*s", STR_FMT(detail));
        reader->full = reader->full || err_is(&why, "limit.memory");
        return NULL;
    }
    if (reader->shipped && condition_names_code(cond)) {
        FINDING(reader, "register.r119", node, "%.*s", STR_FMT(str_slice(node->text, 0, 60)));
    }
    for (size_t i = 0; which != CONDITION_RECORD && i < 3; i++) {
        if (cond_mentions(cond, str_of(asker[i]))) {
            FINDING(reader, "cond.name", node, "%s", asker[i]);
            return NULL;
        }
    }
    return cond;
}

static void
column_conditions(struct reader *reader, const struct register_field *column)
{
    bool flag = false;
    struct err err = {0};
    const struct yaml_node *required = yaml_get(column->at, "required");
    if (yaml_get(column->at, "visible_if") != NULL || yaml_get(column->at, "check") != NULL ||
        (required != NULL && yaml_bool(required, &flag, &err) < 0)) {
        FINDING(reader, "register.r109", column->at, "%.*s", STR_FMT(column->key));
    }
}

static void
field_conditions(struct reader *reader, const struct register_def *def,
                 struct register_field *field)
{
    const struct yaml_node *required = yaml_get(field->at, "required");
    const struct yaml_node *visible = yaml_get(field->at, "visible_if");
    const struct yaml_node *check = yaml_get(field->at, "check");
    struct err err = {0};
    if (cond_reserved(field->key)) {
        FINDING(reader, "register.r102", field->at, "key %.*s", STR_FMT(field->key));
    }
    if (required != NULL && yaml_bool(required, &field->required, &err) < 0) {
        field->required_if = reader_condition(reader, required, def, CONDITION_FIELDS);
    }
    if (visible != NULL) {
        field->visible_if = reader_condition(reader, visible, def, CONDITION_SHOWN);
    }
    if (check != NULL) {
        field->check = reader_condition(reader, check, def, CONDITION_FIELDS);
    }
    if (field->type == VALUE_CALC && yaml_get(field->at, "value") != NULL) {
        field->calc = reader_condition(reader, yaml_get(field->at, "value"), def, CONDITION_SHOWN);
    }
    for (size_t i = 0; i < field->column_count; i++) {
        column_conditions(reader, &field->columns[i]);
    }
}

void
reader_conditions(struct reader *reader, struct register_def *def)
{
    for (size_t i = 0; i < def->field_count; i++) {
        if (def->fields[i].at != NULL) {
            field_conditions(reader, def, &def->fields[i]);
        }
    }
}

/* ---- values ---- */

struct judged {
    const struct register_def *def;
    json_t *fields;
    struct str state;
    const struct record *record;    /* NULL: fields alone */
    const struct register_set *set; /* whose ranks classes have; NULL: rank is not asked */
    struct cond_moment moment;
};

int64_t
fiscal_year_of(int64_t day)
{
    struct civil date = civil_of_day(day);
    return date.month >= 4 ? date.year : date.year - 1;
}

static void
text_value(struct str text, struct cond_value *ret)
{
    ret->text = text;
    ret->empty = str_trim(text).n == 0;
}

static void
record_value(const struct judged *judged, int name, struct cond_value *ret)
{
    const struct record *record = judged->record;
    ret->empty = false;
    switch (name) {
    case NAME_STATE:
        text_value(judged->state, ret);
        return;
    case NAME_OWNER:
        ret->n = (int64_t)record->owner;
        return;
    case NAME_SECTION:
        ret->n = (int64_t)record->section;
        return;
    case NAME_NUMBER:
        text_value(record->number, ret);
        return;
    case NAME_FY:
        ret->n = fiscal_year_of(tokyo_day(record->created));
        return;
    case NAME_CREATED:
        ret->n = record->created;
        return;
    case NAME_CHANGED:
        ret->n = record->changed;
        return;
    default:
        ret->n = record->entered;
    }
}

/* A JSON value as FIELD's type; anything else is empty. */
void
field_value(const struct register_field *field, json_t *value, struct cond_value *ret)
{
    const char *p = json_string_value(value);
    struct str text = {p, p != NULL ? json_string_length(value) : 0};
    uint64_t id = 0;
    switch (types[field->type]) {
    case COND_NUMBER:
        ret->empty = !json_is_integer(value);
        ret->n = json_integer_value(value);
        return;
    case COND_FLAG:
        ret->empty = !json_is_boolean(value);
        ret->n = json_is_true(value);
        return;
    case COND_DATE:
        ret->empty = !date_parse(text, &ret->n);
        return;
    case COND_TIME:
        ret->empty = !json_is_integer(value);
        ret->n = json_integer_value(value);
        return;
    case COND_PERSON:
    case COND_SECTION:
    case COND_POST:
        ret->empty = !str_to_u64(text, &id) || id == 0 || id > INT64_MAX;
        ret->n = (int64_t)id;
        return;
    case COND_TEXT:
    case COND_CHOICE:
    case COND_CLASS:
        text_value(text, ret);
        return;
    case COND_DURATION:
    case COND_REF:
    case COND_GROUP:
    case COND_TABLE:
        return;
    }
}

void
field_value_part(json_t *value, bool from, struct cond_value *ret)
{
    static const struct register_field date = {.type = VALUE_DATE};
    field_value(&date, json_object_get(value, from ? "from" : "until"), ret);
}

enum cond_type
field_cond_type(const struct register_field *field)
{
    return types[field->type];
}

static json_t *
member(json_t *object, struct str key)
{
    return json_object_getn(object, key.p, key.n);
}

/* The field PATH names and its JSON value: of the record, or of a row of a table. */
static const struct register_field *
field_at(const struct judged *judged, const struct cond_path *path, json_t **ret)
{
    *ret = NULL;
    if (path->table == NULL) {
        *ret = member(judged->fields, path->parts[0]);
        return register_field_find(judged->def, path->parts[0]);
    }
    const struct register_field *table = register_field_find(judged->def, path->table->parts[0]);
    json_t *row = json_array_get(member(judged->fields, table->key), path->row);
    for (size_t i = 0; i < table->column_count; i++) {
        if (str_equal(table->columns[i].key, path->parts[0])) {
            *ret = member(row, path->parts[0]);
            return &table->columns[i];
        }
    }
    return NULL;
}

/* The part of a value of several: a period's day, a sheet's answer, who signed and when. */
static void
part_value(const struct register_field *field, json_t *value, struct str part,
           struct cond_value *ret)
{
    static const struct register_field day = {.type = VALUE_DATE}, answer = {.type = VALUE_CHOICE},
                                       person = {.type = VALUE_PERSON},
                                       at = {.type = VALUE_DATETIME};
    json_t *found = member(value, part);
    if (field->type == VALUE_SHEET) {
        field_value(&answer, json_object_get(found, "answer"), ret);
    } else if (field->type == VALUE_SIGN) {
        field_value(str_equal_z(part, "at") ? &at : &person, found, ret);
    } else {
        field_value(&day, found, ret);
    }
}

/* The rank of a class; a code nobody ranked has no answer. */
static int
rank_value(const struct judged *judged, struct cond_value *ret, struct err *err)
{
    for (size_t i = 0; i < judged->set->rank_count; i++) {
        if (str_equal(judged->set->ranks[i].code, ret->text)) {
            ret->n = judged->set->ranks[i].rank;
            return 0;
        }
    }
    return ERR(err, "register.field", "class");
}

static int
get(void *ctx, const struct cond_path *path, struct cond_value *ret, struct err *err)
{
    const struct judged *judged = ctx;
    enum condition_names which = judged->record != NULL ? CONDITION_RECORD : CONDITION_SHOWN;
    int name = path->table != NULL ? -1 : record_name(judged->def, which, path->parts[0]);
    if (name >= 0) {
        record_value(judged, name, ret);
        return 0;
    }
    json_t *value = NULL;
    const struct register_field *field = field_at(judged, path, &value);
    if (field != NULL && path->count > 1) {
        part_value(field, value, path->parts[1], ret);
    } else if (field != NULL) {
        field_value(field, value, ret);
        if (judged->set != NULL && field->type == VALUE_CLASS && !ret->empty &&
            path->table == NULL) {
            return rank_value(judged, ret, err);
        }
    }
    return 0;
}

static int
count(void *ctx, const struct cond_path *path, size_t *ret, struct err *err)
{
    (void)err;
    json_t *value = NULL;
    (void)field_at(ctx, path, &value);
    *ret = json_array_size(value);
    return 0;
}

static int
item(void *ctx, const struct cond_path *path, size_t index, struct cond_value *ret, struct err *err)
{
    (void)err;
    json_t *value = NULL;
    const struct register_field *field = field_at(ctx, path, &value);
    if (field != NULL) {
        field_value(field, json_array_get(value, index), ret);
    }
    return 0;
}

static int
holds(struct judged *judged, const struct cond *cond, struct err *err)
{
    judged->moment.now_us = time_now_us();
    judged->moment.today = tokyo_day(judged->moment.now_us);
    judged->moment.fy_now = fiscal_year_of(judged->moment.today);
    struct cond_values values = {judged, get, count, item, &judged->moment};
    return cond_eval(cond, &values, err);
}

int
fields_hold(const struct register_def *def, json_t *fields, struct str state,
            const struct cond *cond, struct err *err)
{
    struct judged judged = {.def = def, .fields = fields, .state = state};
    return holds(&judged, cond, err);
}

int
record_holds(struct store *store, struct arena *arena, const struct record *record, uint64_t person,
             const struct cond *cond, struct err *err)
{
    struct account_belongs belongs = {0};
    if (person != 0 && account_belongs(store, arena, person, time_now_us(), &belongs, err) < 0) {
        return -1;
    }
    struct judged judged = {.def = record->def,
                            .fields = record->fields,
                            .state = record->state,
                            .record = record,
                            .moment = {.me = {belongs.self.list, belongs.self.count},
                                       .mine = {belongs.mine.list, belongs.mine.count},
                                       .below = {belongs.below.list, belongs.below.count}}};
    return holds(&judged, cond, err);
}

bool
route_holds(const struct step_ask *ask, const struct cond *cond, bool unknown)
{
    struct err err = {0};
    struct judged judged = {.def = ask->record->def,
                            .fields = ask->record->fields,
                            .state = ask->record->state,
                            .record = ask->record,
                            .set = ask->set};
    int answer = holds(&judged, cond, &err);
    return answer < 0 ? unknown : answer > 0;
}

/* ---- leaving the first state ---- */

static int
field_condition(const struct register_def *def, const struct register_field *field, json_t *fields,
                struct str state, struct err *err)
{
    bool filled = field_filled(fields, field->key);
    int shown =
        field->visible_if == NULL ? 1 : fields_hold(def, fields, state, field->visible_if, err);
    if (shown <= 0) {
        return shown < 0 ? -1
               : filled  ? ERR(err, "register.field_hidden", "%.*s", STR_FMT(field->key))
                         : 0;
    }
    int required = field->required;
    if (field->required_if != NULL) {
        required = fields_hold(def, fields, state, field->required_if, err);
    }
    if (required != 0 && !filled) {
        return required < 0 ? -1 : ERR(err, "register.field_missing", "%.*s", STR_FMT(field->key));
    }
    int good =
        field->check == NULL || !filled ? 1 : fields_hold(def, fields, state, field->check, err);
    return good < 0 || required < 0 ? -1
           : good > 0               ? 0
                                    : ERR(err, "register.check", "%.*s", STR_FMT(field->key));
}

static int
conditions_hold(const struct register_def *def, json_t *fields, struct str state, struct err *err)
{
    for (size_t i = 0; i < def->field_count; i++) {
        if (def->fields[i].type != VALUE_CALC &&
            field_condition(def, &def->fields[i], fields, state, err) < 0) {
            return -1;
        }
    }
    return 0;
}

int
fields_conditions(const struct register_def *def, json_t *fields, struct err *err)
{
    return conditions_hold(def, fields, def->states[0].name, err);
}

int
fields_whole(const struct register_def *def, json_t *fields, struct str state, struct err *err)
{
    for (size_t i = 0; i < def->field_count; i++) {
        const struct register_field *field = &def->fields[i];
        json_t *value = json_object_getn(fields, field->key.p, field->key.n);
        if (value != NULL && value_check(field, value, true, err) < 0) {
            return -1;
        }
    }
    return conditions_hold(def, fields, state, err);
}

int
fields_brought(const struct register_def *def, json_t *fields, json_t *given,
               const struct register_move *move, struct str from, struct err *err)
{
    const char *key;
    json_t *value;
    json_object_foreach(given, key, value)
    {
        const struct register_field *field = register_field_find(def, str_of(key));
        if (field == NULL) {
            return ERR(err, "register.field", "%.40s", key);
        }
        if (!json_is_null(value) && value_check(field, value, true, err) < 0) {
            return -1;
        }
        struct err why = {0};
        int rc = field_condition(def, field, fields, from, &why);
        if (rc < 0 && err_is(&why, "register.field_hidden")) {
            rc = field_condition(def, field, fields, def->states[move->to].name, &why);
        }
        if (rc < 0) {
            *err = why;
            return -1;
        }
    }
    return 0;
}
