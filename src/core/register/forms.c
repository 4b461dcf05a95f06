/*
 * forms: what a register file says about keeping, matching and showing records: retain, match,
 * forms. Runs in cored at start and in the command line.
 */
#include "core/register/reader.h"

#define KEYS(table) table, sizeof table / sizeof *table

bool
reader_record_name(struct str name)
{
    static const char *const names[] = {"number", "owner",   "section", "state",
                                        "fy",     "created", "changed", "entered"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (str_equal_z(name, names[i])) {
            return true;
        }
    }
    return false;
}

/* A date the record has: created, closed, a date field, or a period's from or until. */
static bool
retain_date(const struct register_def *def, struct str name)
{
    if (str_equal_z(name, "created") || str_equal_z(name, "closed")) {
        return true;
    }
    ptrdiff_t dot = str_find(name, STR("."), 0);
    struct str key = dot < 0 ? name : str_slice(name, 0, (size_t)dot);
    struct str part = dot < 0 ? (struct str){0} : str_slice(name, (size_t)dot + 1, name.n);
    const struct register_field *field = register_field_find(def, key);
    if (field == NULL) {
        return false;
    }
    bool end = str_equal_z(part, "until") || str_equal_z(part, "from");
    return field->type == VALUE_PERIOD ? end : field->type == VALUE_DATE && dot < 0;
}

static void
retain_read(struct reader *reader, const struct yaml_node *node, struct register_def *def)
{
    static const struct yaml_key keys[] = {
        {"years", YAML_TEXT, true}, {"from", YAML_TEXT, true}, {"then", YAML_TEXT, true}};
    static const char *const thens[] = {"review", "erase", "keep"};
    if (node == NULL) {
        if (!def->shape) {
            FINDING(reader, "register.r118", def->root, "retain");
        }
        return;
    }
    if (!reader_keys(reader, node, KEYS(keys))) {
        return;
    }
    reader_int(reader, node, "years", &def->retain_years);
    def->retain_from = yaml_text(yaml_get(node, "from"));
    def->retain_then = (enum register_retain)reader_enum(reader, yaml_get(node, "then"), thens, 3);
    if (def->retain_years < 0 || def->retain_years > 100) {
        FINDING(reader, "register.r102", node, "years: 0 to 100");
    }
    if (!retain_date(def, def->retain_from)) {
        FINDING(reader, "register.r120", node, "from %.*s", STR_FMT(def->retain_from));
    }
}

static void
match_read(struct reader *reader, const struct yaml_node *node, struct register_def *def)
{
    def->match = reader_texts(reader, node, &def->match_count);
    for (size_t i = 0; i < def->match_count; i++) {
        const struct register_field *field = register_field_find(def, def->match[i]);
        bool number = str_equal_z(def->match[i], "number") && def->number.n > 0;
        bool plain = field != NULL && !field->many && field->type != VALUE_TABLE &&
                     field->type != VALUE_SHEET && field->type != VALUE_SIGN &&
                     field->type != VALUE_CALC;
        if (field == NULL && !number) {
            FINDING(reader, "register.r120", node, "match %.*s", STR_FMT(def->match[i]));
        } else if (field != NULL && (!plain || field->level > 0)) {
            FINDING(reader, "register.r121", node, "match %.*s", STR_FMT(def->match[i]));
        }
    }
    if (node != NULL && (def->match_count == 0 || def->match_count > 8)) {
        FINDING(reader, "register.r104", node, "match: 1 to 8");
    }
}

/* Names of fields or of the record; INDEXED: those a list can sort and filter by. */
static struct str *
names_read(struct reader *reader, const struct yaml_node *node, const struct register_def *def,
           bool indexed, size_t *ret_count)
{
    struct str *names = reader_texts(reader, node, ret_count);
    for (size_t i = 0; i < *ret_count; i++) {
        const struct register_field *field = register_field_find(def, names[i]);
        bool own = reader_record_name(names[i]);
        if (field == NULL && !own) {
            FINDING(reader, "register.r120", node, "field %.*s", STR_FMT(names[i]));
        } else if (field != NULL && indexed && !field->index) {
            FINDING(reader, "register.r117", node, "%.*s", STR_FMT(names[i]));
        }
    }
    return names;
}

static void
layout_read(struct reader *reader, const struct yaml_node *list, struct register_def *def)
{
    static const struct yaml_key keys[] = {{"title", YAML_MAP, true}, {"fields", YAML_LIST, true}};
    struct register_forms *forms = &def->forms;
    forms->layout = reader_array(reader, list != NULL ? list->count : 0, sizeof *forms->layout);
    YAML_EACH(child, list)
    {
        if (forms->layout == NULL || !reader_keys(reader, child, KEYS(keys))) {
            continue;
        }
        struct register_group *group = &forms->layout[forms->layout_count++];
        group->title = reader_title(reader, child);
        group->fields = names_read(reader, yaml_get(child, "fields"), def, false, &group->count);
    }
}

static void
print_read(struct reader *reader, const struct yaml_node *node, struct register_def *def)
{
    static const struct yaml_key keys[] = {{"no", YAML_TEXT, false},
                                           {"to", YAML_TEXT, false},
                                           {"boxes", YAML_TEXT, false},
                                           {"rows", YAML_LIST, true}};
    struct register_forms *forms = &def->forms;
    if (node == NULL || !reader_keys(reader, node, KEYS(keys))) {
        return;
    }
    forms->print_no = yaml_text(yaml_get(node, "no"));
    forms->print_to = yaml_text(yaml_get(node, "to"));
    forms->print_boxes = yaml_text(yaml_get(node, "boxes"));
    forms->print_rows =
        names_read(reader, yaml_get(node, "rows"), def, false, &forms->print_row_count);
    if (forms->print_to.n > 0 && register_role_find(reader->set, forms->print_to) == NULL) {
        FINDING(reader, "register.r120", node, "role %.*s", STR_FMT(forms->print_to));
    }
    if (forms->print_boxes.n > 0 &&
        register_route_find(reader->set, def, forms->print_boxes) == NULL) {
        FINDING(reader, "register.r120", node, "route %.*s", STR_FMT(forms->print_boxes));
    }
}

static void
forms_read(struct reader *reader, const struct yaml_node *node, struct register_def *def)
{
    static const struct yaml_key keys[] = {
        {"list", YAML_LIST, false},   {"sort", YAML_LIST, false}, {"filter", YAML_LIST, false},
        {"layout", YAML_LIST, false}, {"csv", YAML_LIST, false},  {"xlsx", YAML_LIST, false},
        {"print", YAML_MAP, false},
    };
    struct register_forms *forms = &def->forms;
    if (node == NULL || !reader_keys(reader, node, KEYS(keys))) {
        return;
    }
    forms->list = names_read(reader, yaml_get(node, "list"), def, false, &forms->list_count);
    forms->sort = names_read(reader, yaml_get(node, "sort"), def, true, &forms->sort_count);
    forms->filter = names_read(reader, yaml_get(node, "filter"), def, true, &forms->filter_count);
    forms->csv = names_read(reader, yaml_get(node, "csv"), def, false, &forms->csv_count);
    forms->xlsx = names_read(reader, yaml_get(node, "xlsx"), def, false, &forms->xlsx_count);
    layout_read(reader, yaml_get(node, "layout"), def);
    print_read(reader, yaml_get(node, "print"), def);
}

void
reader_shown(struct reader *reader, const struct yaml_node *root, struct register_def *def)
{
    retain_read(reader, yaml_get(root, "retain"), def);
    match_read(reader, yaml_get(root, "match"), def);
    forms_read(reader, yaml_get(root, "forms"), def);
}
