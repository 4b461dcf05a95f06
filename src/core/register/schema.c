/*
 * schema: register files as JSON Schema. Runs in the command line. A value of YAML may be written
 * with or without quotes, so scalars are let in as text, number or truth alike.
 *
 * Invariant: the attributes of fields are those of fields.c; the other keys stand in the table
 * below, which tests/register/cli holds against what the reader takes.
 */
#include "core/register/schema.h"

#include "core/register/definition.h"

#include <stdio.h>
#include <string.h>

/* Forms of values. What begins with "#" is another map of the table, "#[" a list of it, "#{" a map
 * from names to it. */
#define TEXT "text"
#define NAME "name"
#define FLAG "flag"
#define INT "int"
#define WORDS "words"
#define LIST "list"
#define TEXTS "texts" /* one text or a list */
#define COND "cond"

static const struct {
    const char *map, *key, *form;
    bool required;
} rows[] = {
    {"top", "register", TEXT, true},
    {"top", "version", INT, true},
    {"top", "extends", TEXT, false},
    {"top", "drop", "#drop", false},
    {"top", "title", WORDS, true},
    {"top", "help", WORDS, false},
    {"top", "topics", LIST, false},
    {"top", "clauses", LIST, false},
    {"top", "number", TEXT, false},
    {"top", "match", LIST, false},
    {"top", "retain", "#retain", false},
    {"top", "fields", "#[field", false},
    {"top", "access", "#[access", false},
    {"top", "states", "#{state", false},
    {"top", "moves", "#{move", false},
    {"top", "routes", "#{route", false},
    {"top", "apart", "#[apart", false},
    {"top", "forms", "#forms", false},
    {"top", "clocks", "#[clock", false},
    {"top", "repeat", "#[repeat", false},
    {"drop", "fields", LIST, false},
    {"drop", "states", LIST, false},
    {"drop", "moves", LIST, false},
    {"drop", "routes", LIST, false},
    {"retain", "years", INT, true},
    {"retain", "from", TEXT, true},
    {"retain", "then", "=review erase keep", true},
    {"access", "role", TEXTS, true},
    {"access", "rows", COND, true},
    {"access", "read", TEXTS, false},
    {"access", "levels", LIST, false},
    {"access", "write", "#{texts", false},
    {"state", "title", WORDS, false},
    {"state", "help", WORDS, false},
    {"state", "end", "=none done refused void", false},
    {"state", "route", TEXT, false},
    {"state", "key", "order", false},
    {"state", "keys", "#[order", false},
    {"state", "until", TEXT, false},
    {"state", "then", NAME, false},
    {"state", "warn", "#alarm", false},
    {"state", "within", TEXT, false},
    {"state", "late", "#alarm", false},
    {"alarm", "before", TEXT, false},
    {"alarm", "within", TEXT, false},
    {"alarm", "notify", LIST, false},
    {"alarm", "again", TEXT, false},
    {"alarm", "open", NAME, false},
    {"alarm", "after", NAME, false},
    {"clock", "key", NAME, true},
    {"clock", "title", WORDS, false},
    {"clock", "start", COND, true},
    {"clock", "stop", COND, true},
    {"clock", "warn", TEXT, false},
    {"clock", "late", TEXT, true},
    {"clock", "count", "=d bd h", false},
    {"clock", "roll", "=none next previous", false},
    {"clock", "then", NAME, false},
    {"clock", "first_day", FLAG, false},
    {"clock", "notify", LIST, false},
    {"clock", "open", NAME, false},
    {"repeat", "key", NAME, true},
    {"repeat", "every", TEXT, false},
    {"repeat", "on", TEXT, false},
    {"repeat", "each", "=body section system room contract record", false},
    {"repeat", "open", NAME, false},
    {"repeat", "do", "=confirm report", false},
    {"repeat", "who", "#who", true},
    {"repeat", "due", TEXT, false},
    {"repeat", "topics", LIST, false},
    {"repeat", "title", WORDS, false},
    {"move", "title", WORDS, false},
    {"move", "help", WORDS, false},
    {"move", "from", TEXTS, false},
    {"move", "to", TEXT, false},
    {"move", "by", "by", false},
    {"move", "on", "=none decided rejected sent_back", false},
    {"move", "need", TEXTS, false},
    {"move", "ask", TEXTS, false},
    {"move", "effect", "orders", false},
    {"move", "reason", FLAG, false},
    {"move", "if", COND, false},
    {"move", "not", "nots", false},
    {"move", "bulk", FLAG, false},
    {"move", "ex_post", FLAG, false},
    {"move", "fresh_min", INT, false},
    {"step", "key", NAME, true},
    {"step", "kind", "=consult approve decide", false},
    {"step", "title", WORDS, false},
    {"step", "who", "#who", false},
    {"step", "within", TEXT, false},
    {"step", "votes", TEXT, false},
    {"step", "together", NAME, false},
    {"step", "deputy", LIST, false},
    {"step", "object", "=note stop", false},
    {"step", "if", COND, false},
    {"step", "bar_daiketsu", COND, false},
    {"step", "senketsu", "#[senketsu", false},
    {"who", "role", NAME, false},
    {"who", "post", TEXT, false},
    {"who", "of", "=section owner.section body", false},
    {"who", "person", NAME, false},
    {"who", "peer", "=section", false},
    {"senketsu", "if", COND, false},
    {"senketsu", "who", "#who", true},
    {"senketsu", "basis", TEXT, true},
    {"apart", "of", LIST, true},
    {"forms", "list", LIST, false},
    {"forms", "sort", LIST, false},
    {"forms", "filter", LIST, false},
    {"forms", "layout", "#[group", false},
    {"forms", "csv", LIST, false},
    {"forms", "xlsx", LIST, false},
    {"forms", "print", "#print", false},
    {"group", "title", WORDS, true},
    {"group", "fields", LIST, true},
    {"print", "no", TEXT, false},
    {"print", "to", TEXT, false},
    {"print", "boxes", TEXT, false},
    {"print", "rows", LIST, true},
    {"row", "key", NAME, true},
    {"row", "title", WORDS, true},
    {"row", "clause", TEXT, false},
    {"choice", "key", TEXT, true},
    {"choice", "title", WORDS, true},
};
enum { ROWS = sizeof rows / sizeof *rows };

/* The forms of a field's attributes; those not named are texts. */
static const struct {
    const char *key, *form;
} attribute_forms[] = {
    {"key", NAME},         {"title", WORDS},
    {"help", WORDS},       {"text", WORDS},
    {"required", COND},    {"visible_if", COND},
    {"check", COND},       {"value", COND},
    {"personal", FLAG},    {"subject", FLAG},
    {"unique", FLAG},      {"index", FLAG},
    {"search", FLAG},      {"free", FLAG},
    {"many", FLAG},        {"was", LIST},
    {"kinds", LIST},       {"lines", INT},
    {"pad", INT},          {"scale", INT},
    {"size", INT},         {"level", "=open restricted secret"},
    {"of", "#[choices"},   {"columns", "#[field"},
    {"template", "#[row"}, {"axis", "=confidentiality integrity availability"},
};

const char *
register_schema_key(size_t i, const char **ret_map)
{
    if (i >= ROWS) {
        return NULL;
    }
    *ret_map = rows[i].map;
    return rows[i].key;
}

static json_t *
ref(const char *name)
{
    char path[64];
    (void)snprintf(path, sizeof path, "#/$defs/%s", name);
    return json_pack("{ss}", "$ref", path);
}

/* "=a b c": one of these words. */
static json_t *
choice_form(const char *words)
{
    json_t *list = json_array();
    struct str rest = str_of(words), word;
    while (str_split_next(&rest, ' ', &word)) {
        (void)json_array_append_new(list, json_stringn(word.p, word.n));
    }
    return json_pack("{so}", "enum", list);
}

static json_t *
form_json(const char *form)
{
    if (form[0] == '=') {
        return choice_form(form + 1);
    }
    if (form[0] != '#') {
        return ref(form);
    }
    if (form[1] == '[') {
        return json_pack("{ssso}", "type", "array", "items", ref(form + 2));
    }
    if (form[1] == '{') {
        return json_pack("{sssoso}", "type", "object", "propertyNames", ref(NAME),
                         "additionalProperties", ref(form + 2));
    }
    return ref(form + 1);
}

static json_t *
map_json(const char *map)
{
    json_t *properties = json_object(), *required = json_array();
    for (size_t i = 0; i < ROWS; i++) {
        if (strcmp(rows[i].map, map) == 0) {
            (void)json_object_set_new(properties, rows[i].key, form_json(rows[i].form));
            if (rows[i].required) {
                (void)json_array_append_new(required, json_string(rows[i].key));
            }
        }
    }
    return json_pack("{sssososb}", "type", "object", "properties", properties, "required", required,
                     "additionalProperties", 0);
}

static const char *
attribute_form(const char *key)
{
    for (size_t i = 0; i < sizeof attribute_forms / sizeof *attribute_forms; i++) {
        if (strcmp(attribute_forms[i].key, key) == 0) {
            return attribute_forms[i].form;
        }
    }
    return TEXT;
}

/* Of a field of TYPE: what it does not know must not be there. */
static json_t *
type_rule(size_t type)
{
    json_t *never = json_object();
    const char *name;
    uint32_t types = 0;
    bool column = false;
    for (size_t i = 0; (name = register_attribute(i, &types, &column)) != NULL; i++) {
        if ((types >> type & 1) == 0) {
            (void)json_object_set_new(never, name, json_false());
        }
    }
    return json_pack("{s{s{s{ss}} s[s]} s{so}}", "if", "properties", "type", "const",
                     register_type_names[type], "required", "type", "then", "properties", never);
}

static json_t *
field_json(void)
{
    json_t *properties = json_object(), *rules = json_array(), *types = json_array();
    const char *name;
    uint32_t known = 0;
    bool column = false;
    for (size_t i = 0; (name = register_attribute(i, &known, &column)) != NULL; i++) {
        (void)json_object_set_new(properties, name, form_json(attribute_form(name)));
    }
    for (size_t i = 0; i < VALUE_TYPES; i++) {
        (void)json_array_append_new(types, json_string(register_type_names[i]));
        (void)json_array_append_new(rules, type_rule(i));
    }
    (void)json_object_set_new(properties, "type", json_pack("{so}", "enum", types));
    return json_pack("{ss so s[s] so sb}", "type", "object", "properties", properties, "required",
                     "key", "allOf", rules, "additionalProperties", 0);
}

static json_t *
one_or_many(const char *name)
{
    return json_pack("{s[o{ssso}]}", "anyOf", ref(name), "type", "array", "items", ref(name));
}

/* The plain forms. */
static json_t *
defs_json(void)
{
    json_t *defs = json_object();
    (void)json_object_set_new(defs, "scalar",
                              json_pack("{s[sss]}", "type", "string", "number", "boolean"));
    (void)json_object_set_new(
        defs, NAME, json_pack("{ssss}", "type", "string", "pattern", "^[a-z][a-z0-9_]{0,39}$"));
    (void)json_object_set_new(defs, FLAG,
                              json_pack("{s[ssssbb]}", "enum", "true", "false", "yes", "no", 1, 0));
    (void)json_object_set_new(
        defs, INT, json_pack("{s[ss]ss}", "type", "integer", "string", "pattern", "^-?[0-9]+$"));
    (void)json_object_set_new(
        defs, COND, json_pack("{s[ss]si}", "type", "string", "boolean", "maxLength", 1000));
    (void)json_object_set_new(defs, TEXT, ref("scalar"));
    (void)json_object_set_new(defs, WORDS,
                              json_pack("{ss s{soso} s[ss] sb}", "type", "object", "properties",
                                        "ja", ref("scalar"), "en", ref("scalar"), "required", "ja",
                                        "en", "additionalProperties", 0));
    (void)json_object_set_new(defs, LIST,
                              json_pack("{ssso}", "type", "array", "items", ref("scalar")));
    (void)json_object_set_new(defs, TEXTS, json_pack("{s[oo]}", "anyOf", ref("scalar"), ref(LIST)));
    (void)json_object_set_new(defs, "choices",
                              json_pack("{s[oo]}", "anyOf", ref("scalar"), ref("choice")));
    (void)json_object_set_new(
        defs, "by_one",
        json_pack("{s[oo]}", "anyOf", choice_form("owner system clock everyone"), ref("who")));
    (void)json_object_set_new(defs, "by", one_or_many("by_one"));
    (void)json_object_set_new(defs, "not_one",
                              json_pack("{s[oo]}", "anyOf", choice_form("owner"), ref("who")));
    (void)json_object_set_new(defs, "nots", one_or_many("not_one"));
    json_t *args = json_pack("{ssso}", "type", "object", "additionalProperties", ref("scalar"));
    (void)json_object_set_new(defs, "order",
                              json_pack("{s[o{sssisiso}]}", "anyOf", ref("scalar"), "type",
                                        "object", "minProperties", 1, "maxProperties", 1,
                                        "additionalProperties", args));
    (void)json_object_set_new(defs, "orders", one_or_many("order"));
    (void)json_object_set_new(defs, "route",
                              json_pack("{ss so si si}", "type", "array", "items", ref("step"),
                                        "minItems", 1, "maxItems", REGISTER_STEPS_MOST));
    for (size_t i = 0; i < ROWS; i++) { /* each map of the table once */
        bool again = i > 0 && strcmp(rows[i].map, rows[i - 1].map) == 0;
        if (!again && strcmp(rows[i].map, "top") != 0 &&
            json_object_get(defs, rows[i].map) == NULL) {
            (void)json_object_set_new(defs, rows[i].map, map_json(rows[i].map));
        }
    }
    (void)json_object_set_new(defs, "field", field_json());
    return defs;
}

json_t *
register_schema_json(void)
{
    json_t *schema = map_json("top");
    (void)json_object_set_new(schema, "$schema",
                              json_string("https://json-schema.org/draft/2020-12/schema"));
    (void)json_object_set_new(schema, "title", json_string("Sekisho register file"));
    (void)json_object_set_new(schema, "$defs", defs_json());
    return schema;
}
