/*
 * set: the roles, the common routes and all registers of a data folder. Runs in cored at start and
 * in the command line. Bases are read before what extends them: base/ first, then the rest in the
 * order of paths.
 */
#include "core/register/definition.h"

#include "base/mem/buf.h"
#include "base/mem/ensure.h"
#include "base/os/file.h"
#include "core/register/reader.h"
#include "core/register/report.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { SET_BYTES = 64 << 20 };

/* Reads PATH below DATA_DIR into the set's arena. */
static int
file_load(struct register_set *set, int dir, const char *path, struct str *ret, struct err *err)
{
    struct buf text;
    buf_init(&text, REGISTER_FILE_BYTES);
    int rc = file_read(dir, path, REGISTER_FILE_BYTES, &text, err);
    if (rc == 0) {
        *ret = str_dup(set->arena, buf_str(&text));
        rc = arena_check(set->arena, err);
    }
    buf_free(&text);
    return rc;
}

static int
yaml_load(struct register_set *set, int dir, const char *path, const struct yaml_node **ret,
          struct err *err)
{
    struct str text;
    if (file_load(set, dir, path, &text, err) < 0) {
        return -1;
    }
    return yaml_parse(set->arena, path, text, NULL, ret, err);
}

static int
reader_verdict(struct reader *reader, struct err *err)
{
    if (reader->first != NULL) {
        *err = reader->first->err;
        return -1;
    }
    return reader->full ? ERR(err, "limit.memory", "registers") : 0;
}

static int
roles_load(struct register_set *set, int dir, struct err *err)
{
    static const struct yaml_key keys[] = {
        {"title", YAML_MAP, true}, {"scope", YAML_TEXT, true}, {"above", YAML_TEXT, false}};
    const struct yaml_node *root = NULL;
    if (yaml_load(set, dir, "roles.yaml", &root, err) < 0) {
        return -1;
    }
    struct reader reader = {.arena = set->arena, .set = set};
    reader.last = &reader.first;
    const struct yaml_node *list = yaml_get(root, "roles");
    size_t count = list != NULL ? list->count : 0;
    struct register_role *roles = reader_array(&reader, count, sizeof *roles);
    YAML_EACH(child, list)
    {
        if (roles == NULL || !reader_keys(&reader, child, keys, sizeof keys / sizeof *keys)) {
            break;
        }
        roles[set->role_count++] =
            (struct register_role){.key = child->key,
                                   .up = yaml_text(yaml_get(child, "above")),
                                   .scope = yaml_text(yaml_get(child, "scope")),
                                   .title = reader_title(&reader, child)};
    }
    set->roles = roles;
    return reader_verdict(&reader, err);
}

static int
routes_load(struct register_set *set, int dir, struct err *err)
{
    const struct yaml_node *root = NULL;
    if (yaml_load(set, dir, "registers/routes.yaml", &root, err) < 0) {
        return -1;
    }
    struct reader reader = {.arena = set->arena, .set = set};
    reader.last = &reader.first;
    const struct yaml_node *map = yaml_get(root, "routes");
    size_t count = map != NULL ? map->count : 0;
    set->routes = reader_array(&reader, count, sizeof *set->routes);
    set->apart_clause = yaml_text(yaml_get(root, "apart_clause"));
    set->ex_post = reader_texts(&reader, yaml_get(root, "ex_post"), &set->ex_post_count);
    YAML_EACH(child, map)
    {
        if (set->routes != NULL) {
            reader_route(&reader, child, &set->routes[set->route_count++]);
        }
    }
    return reader_verdict(&reader, err);
}

/* Named lists of choices, and who must approve what. Both files may be absent. */
static int
tables_load(struct register_set *set, int dir, struct err *err)
{
    static const struct {
        const char *path, *key;
    } files[] = {{"registers/sets.yaml", "sets"}, {"registers/approvers.yaml", "approvers"}};
    for (size_t i = 0; i < 2; i++) {
        const struct yaml_node *root = NULL;
        struct stat stat;
        if (fstatat(dir, files[i].path, &stat, 0) < 0) {
            continue;
        }
        if (yaml_load(set, dir, files[i].path, &root, err) < 0) {
            return -1;
        }
        *(i == 0 ? &set->sets : &set->approvers) = yaml_get(root, files[i].key);
    }
    return 0;
}

struct loading {
    struct register_set *set;
    int dir;
    bool bases;
    bool tolerant; /* what has findings is left out */
};

/* The register's name must be its file's: base/permit.yaml holds base/permit, others the last part.
 */
static bool
name_fits(struct str name, const char *path)
{
    struct str file = str_of(path);
    file = str_slice(file, 0, file.n - 5);
    if (str_starts(file, STR("base/"))) {
        return str_equal(file, name);
    }
    for (size_t i = file.n; i > 0; i--) {
        if (file.p[i - 1] == '/') {
            return str_equal(str_slice(file, i, file.n), name);
        }
    }
    return str_equal(file, name);
}

/* Keeps the name of a register that cannot be used, so that what refers to it is not wrong. */
static int
name_known(struct register_set *set, const struct register_def *def, struct err *err)
{
    if (def == NULL) {
        return 0;
    }
    if (set->names == NULL) {
        set->names = arena_array(set->arena, REGISTER_SETS_MOST, sizeof *set->names);
    }
    if (set->names == NULL || set->name_count == REGISTER_SETS_MOST) {
        return ERR(err, "limit.memory", "registers");
    }
    set->names[set->name_count++] = def->name;
    return 0;
}

static int
register_load(struct loading *loading, const char *path, struct err *err)
{
    struct register_set *set = loading->set;
    char *name = arena_printf(set->arena, "registers/%s", path);
    struct str text;
    if (name == NULL) {
        return ERR(err, "limit.memory", "%s", path);
    }
    if (file_load(set, loading->dir, name, &text, err) < 0) {
        return -1;
    }
    struct register_def *def = NULL;
    struct register_finding *findings = NULL;
    if (register_check(set, set->arena, name, text, &def, &findings, err) < 0) {
        return -1;
    }
    if (findings != NULL && loading->tolerant) {
        return name_known(set, def, err);
    }
    if (findings != NULL) {
        *err = findings->err;
        return -1;
    }
    if (!name_fits(def->name, path) || register_def_find(set, def->name) != NULL ||
        set->def_count == REGISTER_SETS_MOST) {
        return ERR(err, "register.r102", "%s: register", name);
    }
    set->defs[set->def_count++] = *def;
    return 0;
}

static int
visit(void *context, const char *path, const struct stat *stat, struct err *err)
{
    struct loading *loading = context;
    struct str name = str_of(path);
    if (!S_ISREG(stat->st_mode) || !str_ends(name, STR(".yaml")) ||
        str_find(name, STR("/"), 0) < 0 || str_starts(name, STR("tables/")) ||
        /* routes, sets, approvers */ str_starts(name, STR("base/")) != loading->bases) {
        return 0;
    }
    return register_load(loading, path, err);
}

/* Every ref points at something: judged when all registers are known. */
static int
targets_check(struct register_set *set, struct err *err)
{
    struct reader reader = {.arena = set->arena, .set = set};
    reader.last = &reader.first;
    for (size_t i = 0; i < set->def_count; i++) {
        reader_targets(&reader, &set->defs[i]);
    }
    return reader_verdict(&reader, err);
}

/* The table of reports, over a register that is known by now. It may be absent. */
static int
reports_load(struct register_set *set, int dir, bool tolerant, struct err *err)
{
    const struct yaml_node *root = NULL;
    struct stat stat;
    struct reader reader = {.arena = set->arena, .set = set, .shipped = true};
    reader.last = &reader.first;
    if (fstatat(dir, REPORT_FILE, &stat, 0) < 0) {
        return 0;
    }
    if (yaml_load(set, dir, REPORT_FILE, &root, err) < 0) {
        return -1;
    }
    reports_read(&reader, root);
    return tolerant ? 0 : reader_verdict(&reader, err);
}

static int
set_load(struct register_set *set, int dir, bool tolerant, struct err *err)
{
    if (roles_load(set, dir, err) < 0 || routes_load(set, dir, err) < 0 ||
        tables_load(set, dir, err) < 0) {
        return -1;
    }
    struct loading loading = {.set = set, .dir = dir, .bases = true, .tolerant = tolerant};
    if (file_walk(dir, "registers", visit, &loading, err) < 0) {
        return -1;
    }
    loading.bases = false;
    if (file_walk(dir, "registers", visit, &loading, err) < 0) {
        return -1;
    }
    set->whole = true;
    if (reports_load(set, dir, tolerant, err) < 0) {
        return -1;
    }
    return tolerant ? 0 : targets_check(set, err);
}

static int
folder_load(const char *data_dir, bool tolerant, struct register_set **ret_set, struct err *err)
{
    int dir = file_open_dir(AT_FDCWD, data_dir, err);
    if (dir < 0) {
        return -1;
    }
    struct register_set *set = calloc(1, sizeof *set);
    ensure(set != NULL);
    set->arena = arena_new(SET_BYTES);
    set->defs = calloc(REGISTER_SETS_MOST, sizeof *set->defs);
    ensure(set->defs != NULL);
    int rc = calendar_load(data_dir, &set->calendar, err);
    rc = rc < 0 ? -1 : set_load(set, dir, tolerant, err);
    file_close(&dir);
    if (rc < 0) {
        register_set_free(set);
        return -1;
    }
    *ret_set = set;
    return 0;
}

int
register_set_load(const char *data_dir, struct register_set **ret_set, struct err *err)
{
    return folder_load(data_dir, false, ret_set, err);
}

int
register_set_load_good(const char *data_dir, struct register_set **ret_set, struct err *err)
{
    return folder_load(data_dir, true, ret_set, err);
}

void
register_set_free(struct register_set *set)
{
    if (set != NULL) {
        arena_free(set->arena);
        calendar_free(set->calendar);
        free(set->defs);
        free(set);
    }
}
