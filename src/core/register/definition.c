/*
 * definition: register files into struct register_def. Runs in cored at start and in the command
 * line.
 *
 * Invariant: a definition with any finding is never used.
 */
#include "core/register/definition.h"

#include "base/crypt/hash.h"
#include "base/mem/buf.h"
#include "base/mem/ensure.h"
#include "core/register/condition.h"
#include "core/register/merge.h"
#include "core/register/reader.h"
#include "core/register/repeat.h"

#include <stdlib.h>

#define KEYS(table) table, sizeof table / sizeof *table

const struct register_def *
register_def_find(const struct register_set *set, struct str name)
{
    for (size_t i = 0; i < set->def_count; i++) {
        if (str_equal(set->defs[i].name, name)) {
            return &set->defs[i];
        }
    }
    return NULL;
}

const struct register_field *
register_field_find(const struct register_def *def, struct str key)
{
    for (size_t i = 0; i < def->field_count; i++) {
        if (str_equal(def->fields[i].key, key)) {
            return &def->fields[i];
        }
    }
    return NULL;
}

const struct register_move *
register_move_find(const struct register_def *def, struct str name)
{
    for (size_t i = 0; i < def->move_count; i++) {
        if (str_equal(def->moves[i].name, name)) {
            return &def->moves[i];
        }
    }
    return NULL;
}

const struct register_role *
register_role_find(const struct register_set *set, struct str key)
{
    for (size_t i = 0; i < set->role_count; i++) {
        if (str_equal(set->roles[i].key, key)) {
            return &set->roles[i];
        }
    }
    return NULL;
}

int
register_state_find(const struct register_def *def, struct str name)
{
    for (size_t i = 0; i < def->state_count; i++) {
        if (str_equal(def->states[i].name, name)) {
            return (int)i;
        }
    }
    return -1;
}

const struct register_route *
register_route_find(const struct register_set *set, const struct register_def *def, struct str name)
{
    for (size_t i = 0; def != NULL && i < def->route_count; i++) {
        if (str_equal(def->routes[i].name, name)) {
            return &def->routes[i];
        }
    }
    for (size_t i = 0; i < set->route_count; i++) {
        if (str_equal(set->routes[i].name, name)) {
            return &set->routes[i];
        }
    }
    return NULL;
}

static void
aparts_read(struct reader *reader, const struct yaml_node *list, struct register_def *def)
{
    size_t count = list != NULL ? list->count : 0;
    def->aparts = reader_array(reader, count, sizeof *def->aparts);
    if (def->aparts == NULL) {
        return;
    }
    static const struct yaml_key keys[] = {{"of", YAML_LIST, true}};
    YAML_EACH(child, list)
    {
        struct register_apart *apart = &def->aparts[def->apart_count++];
        if (!reader_keys(reader, child, KEYS(keys))) {
            continue;
        }
        size_t n = 0;
        struct str *of = reader_texts(reader, yaml_get(child, "of"), &n);
        for (size_t i = 0; i < n && i < 8; i++) {
            apart->of[apart->count++] = of[i];
        }
    }
}

static void
routes_read(struct reader *reader, const struct yaml_node *map, struct register_route **ret,
            size_t *ret_count)
{
    size_t count = map != NULL ? map->count : 0;
    *ret = reader_array(reader, count, sizeof **ret);
    if (*ret == NULL) {
        return;
    }
    YAML_EACH(child, map)
    {
        reader_route(reader, child, &(*ret)[(*ret_count)++]);
    }
}

static void
list_read(struct reader *reader, const struct yaml_node *node, struct str *ret, size_t *ret_count)
{
    size_t count = 0;
    struct str *texts = reader_texts(reader, node, &count);
    for (size_t i = 0; i < count && i < 16; i++) {
        ret[(*ret_count)++] = texts[i];
    }
}

static void
head_read(struct reader *reader, const struct yaml_node *root, struct register_def *def)
{
    def->name = yaml_text(yaml_get(root, "register"));
    struct str bare = def->shape ? str_slice(def->name, 5, def->name.n) : def->name;
    (void)reader_name(reader, root, bare);
    reader_int(reader, root, "version", &def->version);
    def->title = reader_title(reader, root);
    list_read(reader, yaml_get(root, "topics"), def->topics, &def->topic_count);
    list_read(reader, yaml_get(root, "clauses"), def->clauses, &def->clause_count);
    def->number = yaml_text(yaml_get(root, "number"));
    def->help = reader_words(reader, root, "help");
    if (!def->shape && def->topic_count == 0) {
        FINDING(reader, "register.r118", root, "topics");
    }
}

static const struct yaml_key top_keys[] = {
    {"register", YAML_TEXT, true}, {"version", YAML_TEXT, true},  {"extends", YAML_TEXT, false},
    {"drop", YAML_MAP, false},     {"title", YAML_MAP, true},     {"help", YAML_MAP, false},
    {"topics", YAML_LIST, false},  {"clauses", YAML_LIST, false}, {"number", YAML_TEXT, false},
    {"retain", YAML_MAP, false},   {"fields", YAML_LIST, false},  {"access", YAML_LIST, false},
    {"states", YAML_MAP, false},   {"moves", YAML_MAP, false},    {"routes", YAML_MAP, false},
    {"apart", YAML_LIST, false},   {"match", YAML_LIST, false},   {"forms", YAML_MAP, false},
    {"clocks", YAML_LIST, false},  {"repeat", YAML_LIST, false},
};

/* Lays ROOT over its parent; NULL with a finding when the parent is not known. */
static const struct yaml_node *
root_merged(struct reader *reader, const struct yaml_node *root)
{
    struct str parent = yaml_text(yaml_get(root, "extends"));
    if (parent.n == 0) {
        return root;
    }
    const struct register_def *def = register_def_find(reader->set, parent);
    bool itself = str_equal(parent, yaml_text(yaml_get(root, "register")));
    if (def == NULL || itself) {
        FINDING(reader, "register.r120", root, "extends %.*s", STR_FMT(parent));
        return NULL;
    }
    size_t depth = 1;
    for (const struct register_def *up = def; up != NULL && depth <= EXTENDS_MOST; depth++) {
        up = register_def_find(reader->set, yaml_text(yaml_get(up->own, "extends")));
    }
    if (depth > EXTENDS_MOST) {
        FINDING(reader, "register.r104", root, "extends: %d deep", EXTENDS_MOST);
        return NULL;
    }
    const struct yaml_node *merged = register_merge(reader->arena, def->root, root);
    reader->full = reader->full || merged == NULL;
    return merged;
}

static void
def_digest(struct register_def *def)
{
    struct buf text;
    buf_init(&text, 4 * REGISTER_FILE_BYTES);
    register_canonical(&text, def->root);
    sha256_of(text.p, text.n, def->digest);
    buf_free(&text);
}

/* `to: self` means the register itself, also in a base. */
static void
refs_self(struct register_field *fields, size_t count, struct str name)
{
    for (size_t i = 0; i < count; i++) {
        if (fields[i].type == VALUE_REF && str_equal_z(fields[i].to, "self")) {
            fields[i].to = name;
        }
        refs_self(fields[i].columns, fields[i].column_count, name);
    }
}

static struct register_def *
def_read(struct reader *reader, const char *file, const struct yaml_node *root)
{
    if (!reader_keys(reader, root, KEYS(top_keys))) {
        return NULL;
    }
    const struct yaml_node *own = root;
    root = root_merged(reader, root);
    struct register_def *def = reader_array(reader, 1, sizeof *def);
    if (root == NULL || def == NULL) {
        return NULL;
    }
    def->file = file;
    def->root = root;
    def->own = own;
    def->shape = str_starts(yaml_text(yaml_get(root, "register")), STR("base/"));
    head_read(reader, root, def);
    reader_fields(reader, yaml_get(root, "fields"), false, &def->fields, &def->field_count);
    refs_self(def->fields, def->field_count, def->name);
    reader_states(reader, yaml_get(root, "states"), def);
    reader_conditions(reader, def);
    reader_moves(reader, yaml_get(root, "moves"), def);
    reader_clocks(reader, yaml_get(root, "clocks"), def);
    reader->def = def;
    routes_read(reader, yaml_get(root, "routes"), &def->routes, &def->route_count);
    reader_access(reader, yaml_get(root, "access"), def);
    reader_shown(reader, root, def);
    aparts_read(reader, yaml_get(root, "apart"), def);
    repeats_read(reader, yaml_get(root, "repeat"), def);
    if (reader->first == NULL && !reader->full) {
        reader_rules(reader, def);
        def_digest(def);
    }
    return def;
}

int
register_check(struct register_set *set, struct arena *arena, const char *file, struct str bytes,
               struct register_def **ret_def, struct register_finding **ret_findings,
               struct err *err)
{
    struct reader reader = {.arena = arena, .set = set};
    reader.last = &reader.first;
    reader.shipped = str_find(str_of(file), STR("/own/"), 0) < 0;
    const struct yaml_node *root = NULL;
    struct yaml_limits limits = {.bytes = REGISTER_FILE_BYTES};
    struct err why = {0};
    *ret_def = NULL;
    if (yaml_parse(arena, file, bytes, &limits, &root, &why) < 0) {
        reader_forward(&reader, &why);
    } else {
        *ret_def = def_read(&reader, file, root);
    }
    *ret_findings = reader.first;
    return reader.full ? ERR(err, "limit.memory", "%s", file) : 0;
}
