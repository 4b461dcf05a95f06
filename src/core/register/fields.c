/*
 * fields: the fields of a register file, read and typed. Runs in cored at start and in the command
 * line. docs/formats/register.md is the clerk's page of it.
 *
 * Invariant: an attribute stands only where it has an effect; what the type does not know is a
 * finding (register.r121).
 */
#include "base/crypt/hash.h"
#include "core/register/condition.h"
#include "core/register/pattern.h"
#include "core/register/values.h"

#include <string.h>

const char *const register_type_names[VALUE_TYPES] = {
    [VALUE_TEXT] = "text",       [VALUE_NUMBER] = "number",     [VALUE_FLAG] = "flag",
    [VALUE_DATE] = "date",       [VALUE_DATETIME] = "datetime", [VALUE_PERIOD] = "period",
    [VALUE_CHOICE] = "choice",   [VALUE_CLASS] = "class",       [VALUE_PERSON] = "person",
    [VALUE_SECTION] = "section", [VALUE_POST] = "post",         [VALUE_REF] = "ref",
    [VALUE_FILE] = "file",       [VALUE_HASH] = "hash",         [VALUE_NET] = "net",
    [VALUE_ADDRESS] = "address", [VALUE_TABLE] = "table",       [VALUE_SHEET] = "sheet",
    [VALUE_SIGN] = "sign",       [VALUE_CLAUSE] = "clause",     [VALUE_CALC] = "calc",
};

const char *const register_targets[] = {"record", "control", "path", "transfer", "account", NULL};

#define T(type) (UINT32_C(1) << VALUE_##type)
#define ANY_TYPE (~UINT32_C(0))
#define MANY_TYPES                                                                                 \
    (T(CHOICE) | T(CLASS) | T(PERSON) | T(SECTION) | T(POST) | T(REF) | T(FILE) | T(NET) |         \
     T(ADDRESS) | T(CLAUSE))
#define STORED (ANY_TYPE & ~T(CALC))

/* Every attribute, what it must be, and the types that know it. */
static const struct {
    const char *name;
    enum yaml_kind kind;
    uint32_t types;
    bool column; /* columns of a table know it, too */
} attributes[] = {
    {"key", YAML_TEXT, ANY_TYPE, true},
    {"type", YAML_TEXT, ANY_TYPE, true},
    {"title", YAML_MAP, ANY_TYPE, true},
    {"help", YAML_MAP, ANY_TYPE, true},
    {"required", YAML_TEXT, STORED, true},
    {"visible_if", YAML_TEXT, ANY_TYPE, false}, /* r109 says what to do in columns */
    {"check", YAML_TEXT, STORED & ~T(SIGN), false},
    {"default", YAML_TEXT,
     T(TEXT) | T(NUMBER) | T(FLAG) | T(DATE) | T(DATETIME) | T(CHOICE) | T(CLASS) | T(PERSON) |
         T(SECTION),
     false},
    {"unique", YAML_TEXT,
     T(TEXT) | T(NUMBER) | T(DATE) | T(CHOICE) | T(PERSON) | T(SECTION) | T(POST) | T(REF) |
         T(HASH) | T(NET) | T(ADDRESS) | T(CLAUSE),
     false},
    {"personal", YAML_TEXT, ANY_TYPE, true},
    {"subject", YAML_TEXT, T(PERSON) | T(REF), false},
    {"level", YAML_TEXT, ANY_TYPE, false},
    {"index", YAML_TEXT, STORED & ~(T(TABLE) | T(SHEET) | T(SIGN) | T(FILE)), false},
    {"search", YAML_TEXT, T(TEXT) | T(HASH) | T(NET) | T(ADDRESS) | T(CLAUSE), false},
    {"free", YAML_TEXT, STORED, false},
    {"was", YAML_LIST, STORED, false},
    {"many", YAML_TEXT, MANY_TYPES, true},
    {"min", YAML_TEXT, T(TEXT) | T(NUMBER) | T(TABLE), true},
    {"max", YAML_TEXT, T(TEXT) | T(NUMBER) | T(TABLE) | T(FILE), true},
    {"lines", YAML_TEXT, T(TEXT), true},
    {"pattern", YAML_TEXT, T(TEXT), true},
    {"pad", YAML_TEXT, T(TEXT), true},
    {"scale", YAML_TEXT, T(NUMBER), true},
    {"unit", YAML_TEXT, T(NUMBER), true},
    {"of", YAML_LIST, T(CHOICE) | T(CLASS), true},
    {"set", YAML_TEXT, T(CHOICE), true},
    {"axis", YAML_TEXT, T(CLASS), true},
    {"kind", YAML_TEXT, T(NET) | T(ADDRESS), true},
    {"kinds", YAML_LIST, T(PERSON) | T(FILE), true},
    {"size", YAML_TEXT, T(FILE), true},
    {"to", YAML_TEXT, T(REF), true},
    {"columns", YAML_LIST, T(TABLE), false},
    {"template", YAML_LIST, T(SHEET), false},
    {"text", YAML_MAP, T(SIGN), false},
    {"value", YAML_TEXT, T(CALC), false},
};
enum { ATTRIBUTES = sizeof attributes / sizeof *attributes };

const char *
register_attribute(size_t i, uint32_t *ret_types, bool *ret_column)
{
    if (i >= ATTRIBUTES) {
        return NULL;
    }
    *ret_types = attributes[i].types;
    *ret_column = attributes[i].column;
    return attributes[i].name;
}

/* Refuses attributes that the type does not know. */
static void
attributes_check(struct reader *reader, const struct yaml_node *node,
                 const struct register_field *field, bool column)
{
    for (size_t i = 0; i < ATTRIBUTES; i++) {
        const struct yaml_node *given = yaml_get(node, attributes[i].name);
        bool known =
            (attributes[i].types >> field->type & 1) != 0 && (!column || attributes[i].column);
        if (given != NULL && !known) {
            FINDING(reader, "register.r121", given, "%.*s: %s", STR_FMT(field->key),
                    attributes[i].name);
        }
    }
}

/* "12.5" at SCALE decimals. */
static void
number_read(struct reader *reader, const struct yaml_node *node, unsigned scale, int64_t *ret)
{
    if (node != NULL && !value_decimal(yaml_text(node), scale, ret)) {
        FINDING(reader, "register.r102", node, "number");
    }
}

static void
bounds_read(struct reader *reader, const struct yaml_node *node, struct register_field *ret)
{
    switch ((int)ret->type) {
    case VALUE_NUMBER:
        reader_count(reader, node, "scale", 6, &ret->scale);
        ret->min = 0;
        ret->max = INT64_C(100000000000000);
        number_read(reader, yaml_get(node, "min"), ret->scale, &ret->min);
        number_read(reader, yaml_get(node, "max"), ret->scale, &ret->max);
        ret->unit = yaml_text(yaml_get(node, "unit"));
        break;
    case VALUE_FILE:
    case VALUE_TABLE:
        ret->max = ret->type == VALUE_TABLE ? VALUE_ROWS : VALUE_FILES;
        ret->min = ret->required;
        break;
    default:
        ret->min = 0;
        ret->max = 1000;
    }
    int64_t most = ret->type == VALUE_TEXT ? VALUE_TEXT_CHARS : ret->max;
    if (ret->type != VALUE_NUMBER) {
        reader_int(reader, node, "min", &ret->min);
        reader_int(reader, node, "max", &ret->max);
    }
    bool sane =
        ret->min <= ret->max &&
        (ret->type == VALUE_NUMBER ? ret->min >= -INT64_C(100000000000000) && ret->max <= most
                                   : ret->min >= 0 && ret->max >= 1 && ret->max <= most);
    if (!sane) {
        FINDING(reader, "register.r102", node, "%.*s: min, max", STR_FMT(ret->key));
    }
}

static void
text_read(struct reader *reader, const struct yaml_node *node, struct register_field *ret)
{
    ret->lines = 1;
    reader_count(reader, node, "lines", 100, &ret->lines);
    reader_count(reader, node, "pad", 20, &ret->pad);
    ret->pattern = yaml_text(yaml_get(node, "pattern"));
    if (yaml_get(node, "pattern") != NULL && !pattern_good(ret->pattern)) {
        FINDING(reader, "register.r122", yaml_get(node, "pattern"), "%.*s",
                STR_FMT(str_slice(ret->pattern, 0, 60)));
    }
    if (yaml_get(node, "lines") == NULL) {
        ret->lines = 0; /* as the box was before lines were said: line feeds are let in */
    }
}

/* A list of codes, or of {key, title}. */
static void
choices_read(struct reader *reader, const struct yaml_node *list, struct register_field *ret)
{
    static const struct yaml_key keys[] = {{"key", YAML_TEXT, true}, {"title", YAML_MAP, true}};
    size_t count = list != NULL && list->kind == YAML_LIST ? list->count : 0;
    ret->choices = reader_array(reader, count, sizeof *ret->choices);
    ret->choice_titles = reader_array(reader, count, sizeof *ret->choice_titles);
    if (ret->choices == NULL || ret->choice_titles == NULL) {
        return;
    }
    YAML_EACH(child, list)
    {
        struct str code = yaml_text(child);
        if (child->kind != YAML_TEXT) {
            if (!reader_keys(reader, child, keys, 2)) {
                continue;
            }
            code = yaml_text(yaml_get(child, "key"));
            ret->choice_titles[ret->choice_count] = reader_title(reader, child);
        }
        if (value_choice(ret, code) >= 0 || code.n == 0 || code.n > 60) {
            FINDING(reader, "register.r102", child, "choice %.*s", STR_FMT(str_slice(code, 0, 40)));
        }
        ret->choices[ret->choice_count++] = code;
    }
}

static void
choice_read(struct reader *reader, const struct yaml_node *node, struct register_field *ret)
{
    static const char *const axes[] = {"confidentiality", "integrity", "availability"};
    const struct yaml_node *set = yaml_get(node, "set"), *axis = yaml_get(node, "axis");
    const struct yaml_node *of = yaml_get(node, "of");
    if (axis != NULL) {
        ret->axis = str_of(axes[reader_enum(reader, axis, axes, 3)]);
    }
    if (set != NULL) {
        of = yaml_get_str(reader->set->sets, yaml_text(set));
        if (of == NULL || yaml_get(node, "of") != NULL) {
            FINDING(reader, "register.r120", set, "set %.*s", STR_FMT(yaml_text(set)));
        }
    }
    choices_read(reader, of, ret);
    if (ret->type == VALUE_CHOICE && ret->choice_count == 0 && set == NULL) {
        FINDING(reader, "register.r102", node, "choice: of or set");
    }
}

static void
kind_read(struct reader *reader, const struct yaml_node *node, struct register_field *ret)
{
    static const char *const nets[] = {"ip", "cidr", "mac", "fqdn", "port"};
    static const char *const addresses[] = {"mail", "phone", "url"};
    const struct yaml_node *kind = yaml_get(node, "kind");
    bool net = ret->type == VALUE_NET;
    ret->kind = yaml_text(kind);
    if (kind == NULL) {
        FINDING(reader, "register.r102", node, "%.*s: kind", STR_FMT(ret->key));
    } else {
        (void)reader_enum(reader, kind, net ? nets : addresses, net ? 5 : 3);
    }
}

static void
kinds_read(struct reader *reader, const struct yaml_node *node, struct register_field *ret)
{
    static const char *const persons[] = {"staff",      "fiscal_year_staff",  "special",
                                          "contractor", "designated_manager", "temporary"};
    const struct yaml_node *list = yaml_get(node, "kinds");
    ret->kinds = reader_texts(reader, list, &ret->kind_count);
    YAML_EACH(child, list)
    {
        if (ret->type == VALUE_PERSON) {
            (void)reader_enum(reader, child, persons, 6);
        } else {
            (void)reader_name(reader, child, child->text);
        }
    }
    if (list != NULL && ret->kind_count == 0) {
        FINDING(reader, "register.r102", list, "kinds");
    }
}

static void
rows_read(struct reader *reader, const struct yaml_node *node, struct register_field *ret)
{
    static const struct yaml_key keys[] = {
        {"key", YAML_TEXT, true}, {"title", YAML_MAP, true}, {"clause", YAML_TEXT, false}};
    const struct yaml_node *list = yaml_get(node, "template");
    size_t count = list != NULL ? list->count : 0;
    ret->rows = reader_array(reader, count, sizeof *ret->rows);
    if (count == 0 || count > VALUE_SHEET_ROWS) {
        FINDING(reader, "register.r104", node, "template: 1 to %d rows", VALUE_SHEET_ROWS);
        return;
    }
    YAML_EACH(child, list)
    {
        if (ret->rows == NULL || !reader_keys(reader, child, keys, 3)) {
            continue;
        }
        struct register_row row = {.key = yaml_text(yaml_get(child, "key")),
                                   .title = reader_title(reader, child),
                                   .clause = yaml_text(yaml_get(child, "clause"))};
        (void)reader_name(reader, child, row.key);
        for (size_t i = 0; i < ret->row_count; i++) {
            if (str_equal(ret->rows[i].key, row.key)) {
                FINDING(reader, "register.r102", child, "row %.*s twice", STR_FMT(row.key));
            }
        }
        if (row.clause.n > 0 && !value_clause(row.clause)) {
            FINDING(reader, "register.r102", child, "clause %.*s", STR_FMT(row.clause));
        }
        ret->rows[ret->row_count++] = row;
    }
}

static void
sign_read(struct reader *reader, const struct yaml_node *node, struct register_field *ret)
{
    ret->text = reader_words(reader, node, "text");
    if (ret->text.ja.n == 0) {
        FINDING(reader, "register.r102", node, "%.*s: text", STR_FMT(ret->key));
    }
    struct sha256 h;
    sha256_init(&h);
    sha256_put(&h, ret->text.ja.p, ret->text.ja.n);
    sha256_put(&h, "", 1);
    sha256_put(&h, ret->text.en.p, ret->text.en.n);
    sha256_take(&h, ret->text_hash);
    sha256_done(&h);
}

static void
file_read_size(struct reader *reader, const struct yaml_node *node, struct register_field *ret)
{
    int64_t mib = VALUE_FILE_MIB;
    reader_int(reader, node, "size", &mib);
    if (mib < 1 || mib > VALUE_FILE_MIB) {
        FINDING(reader, "register.r104", node, "size: 1 to %d MiB", VALUE_FILE_MIB);
        mib = 1;
    }
    ret->size_bytes = mib << 20;
    ret->many = true;
}

/* What only one type has. */
static void
type_read(struct reader *reader, const struct yaml_node *node, struct register_field *ret)
{
    switch ((int)ret->type) {
    case VALUE_TEXT:
        text_read(reader, node, ret);
        break;
    case VALUE_CHOICE:
    case VALUE_CLASS:
        choice_read(reader, node, ret);
        break;
    case VALUE_NET:
    case VALUE_ADDRESS:
        kind_read(reader, node, ret);
        break;
    case VALUE_FILE:
        file_read_size(reader, node, ret);
        kinds_read(reader, node, ret);
        break;
    case VALUE_PERSON:
        kinds_read(reader, node, ret);
        break;
    case VALUE_REF:
        ret->to = yaml_text(yaml_get(node, "to"));
        break;
    case VALUE_TABLE:
        reader_fields(reader, yaml_get(node, "columns"), true, &ret->columns, &ret->column_count);
        if (ret->column_count == 0) {
            FINDING(reader, "register.r104", node, "columns");
        }
        break;
    case VALUE_SHEET:
        rows_read(reader, node, ret);
        break;
    case VALUE_SIGN:
        sign_read(reader, node, ret);
        break;
    case VALUE_CALC:
        if (yaml_get(node, "value") == NULL) {
            FINDING(reader, "register.r102", node, "%.*s: value", STR_FMT(ret->key));
        }
        break;
    default:
        break;
    }
}

static void
flags_read(struct reader *reader, const struct yaml_node *node, struct register_field *ret)
{
    static const char *const levels[] = {"open", "restricted", "secret"};
    struct err no_flag = {0}; /* then it is a condition: reader_conditions */
    (void)yaml_bool(yaml_get(node, "required"), &ret->required, &no_flag);
    reader_flag(reader, node, "free", &ret->free);
    reader_flag(reader, node, "subject", &ret->subject);
    reader_flag(reader, node, "personal", &ret->personal);
    reader_flag(reader, node, "unique", &ret->unique);
    reader_flag(reader, node, "index", &ret->index);
    reader_flag(reader, node, "search", &ret->search);
    reader_flag(reader, node, "many", &ret->many);
    if (yaml_get(node, "level") != NULL) {
        ret->level = (unsigned)reader_enum(reader, yaml_get(node, "level"), levels, 3);
    }
    ret->was = reader_texts(reader, yaml_get(node, "was"), &ret->was_count);
    for (size_t i = 0; i < ret->was_count; i++) {
        (void)reader_name(reader, yaml_get(node, "was"), ret->was[i]);
    }
}

/* Attributes that deny each other. */
static void
field_rules(struct reader *reader, const struct yaml_node *node, const struct register_field *field)
{
    const char *wrong = NULL;
    if (field->search && (field->personal || field->level > 0)) {
        FINDING(reader, "register.r116", node, "%.*s", STR_FMT(field->key));
    }
    /* "there is one already" would tell whoever tries a value that it stands somewhere */
    wrong = field->unique && (field->level > 0 || field->many) ? "unique" : wrong;
    wrong = field->index && field->many ? "index" : wrong;
    wrong = field->pad > 0 && field->max < (int64_t)field->pad ? "pad" : wrong;
    wrong = field->lines == 1 && field->pattern.n == 0 && field->max > 2000 ? "lines" : wrong;
    if (wrong != NULL) {
        FINDING(reader, "register.r121", node, "%.*s: %s", STR_FMT(field->key), wrong);
    }
    struct err err = {0};
    if (field->fallback.p != NULL && value_default_check(field, &err) < 0) {
        FINDING(reader, "register.r123", yaml_get(node, "default"), "%.*s", STR_FMT(field->key));
    }
}

static void
field_read(struct reader *reader, const struct yaml_node *node, struct register_field *ret,
           bool column)
{
    struct yaml_key keys[ATTRIBUTES];
    for (size_t i = 0; i < ATTRIBUTES; i++) {
        keys[i] = (struct yaml_key){attributes[i].name, attributes[i].kind, i < 3};
    }
    if (!reader_keys(reader, node, keys, ATTRIBUTES)) {
        return;
    }
    size_t before = reader->count;
    ret->at = node;
    ret->key = yaml_text(yaml_get(node, "key"));
    (void)reader_name(reader, node, ret->key);
    ret->title = reader_title(reader, node);
    ret->help = reader_words(reader, node, "help");
    ret->type = (enum register_type)reader_enum(reader, yaml_get(node, "type"), register_type_names,
                                                VALUE_TYPES);
    if (column && (ret->type == VALUE_TABLE || ret->type == VALUE_SHEET ||
                   ret->type == VALUE_SIGN || ret->type == VALUE_CALC)) {
        FINDING(reader, "register.r102", node, "%s in a table", register_type_names[ret->type]);
        return;
    }
    attributes_check(reader, node, ret, column);
    flags_read(reader, node, ret);
    bounds_read(reader, node, ret);
    type_read(reader, node, ret);
    ret->fallback = yaml_text(yaml_get(node, "default"));
    if (reader->count == before) {
        field_rules(reader, node, ret);
    }
}

void
reader_fields(struct reader *reader, const struct yaml_node *list, bool columns,
              struct register_field **ret_fields, size_t *ret_count)
{
    size_t count = list != NULL ? list->count : 0;
    if (count > REGISTER_FIELDS_MOST) {
        FINDING(reader, "register.r104", list, "fields %zu > %d", count, REGISTER_FIELDS_MOST);
        return;
    }
    struct register_field *fields = reader_array(reader, count, sizeof *fields);
    if (fields == NULL) {
        return;
    }
    size_t n = 0;
    YAML_EACH(child, list)
    {
        field_read(reader, child, &fields[n], columns);
        for (size_t i = 0; i < n; i++) {
            if (str_equal(fields[i].key, fields[n].key)) {
                FINDING(reader, "register.r102", child, "field %.*s twice", STR_FMT(fields[n].key));
            }
        }
        n++;
    }
    *ret_fields = fields;
    *ret_count = n;
}
