/*
 * settings: see settings.h. Read once at start by sekishod; nothing comes from the environment.
 */
#include "cmd/sekishod/settings.h"

#include "base/mem/ensure.h"
#include "base/os/file.h"
#include "format/yaml/yaml.h"

#include <fcntl.h>
#include <string.h>

enum { FILE_BYTES = 256 * 1024 };

struct reading {
    struct arena *arena;
    struct settings *out;
    struct err *err;
};

static int
setting_add(struct reading *r, const char *program, const char *key, struct str value)
{
    struct settings *s = r->out;
    if (s->row_count == SETTINGS_MOST)
        return ERR(r->err, "config.too_many", "%s", key);
    char *text = arena_printf(r->arena, "%s=%.*s", key, STR_FMT(value));
    ensure(text != NULL); /* the file has at most FILE_BYTES, the arena more */
    s->rows[s->row_count++] = (struct setting){program, text};
    return 0;
}

/* A scalar of MAP handed to PROGRAM under KEY, when it is there. */
static int
scalar_pass(struct reading *r, const struct yaml_node *map, const char *key, const char *program)
{
    const struct yaml_node *node = yaml_get(map, key);
    return node == NULL ? 0 : setting_add(r, program, key, yaml_text(node));
}

static int
portal_read(struct reading *r, const struct yaml_node *row, const char *web_dir)
{
    static const struct yaml_key keys[] = {
        {"portal", YAML_TEXT, true}, {"address", YAML_TEXT, true}, {"host", YAML_TEXT, true}};
    static const char *const zones[] = {"internet", "lgwan", "mynumber"};
    size_t zone;
    struct settings *s = r->out;
    if (yaml_check(row, keys, 3, r->err) != 0 ||
        yaml_enum(yaml_get(row, "portal"), zones, 3, &zone, r->err) != 0)
        return -1;
    for (size_t i = 0; i < s->portal_count; i++)
        if (strcmp(s->portals[i], zones[zone]) == 0)
            return YAML_ERR(r->err, "config.portal_twice", row, "%s", zones[zone]);
    if (s->portal_count == PORTALS_MOST)
        return YAML_ERR(r->err, "config.too_many", row, "listen");
    s->portals[s->portal_count++] = zones[zone];
    const char *program = arena_printf(r->arena, "portald.%s", zones[zone]);
    ensure(program != NULL);
    if (setting_add(r, program, "zone", str_of(zones[zone])) != 0 ||
        setting_add(r, program, "listen", yaml_text(yaml_get(row, "address"))) != 0 ||
        setting_add(r, program, "host", yaml_text(yaml_get(row, "host"))) != 0)
        return -1;
    return setting_add(r, program, "web", str_of(web_dir));
}

static int
ledger_read(struct reading *r, const struct yaml_node *map)
{
    static const struct yaml_key keys[] = {{"origin", YAML_TEXT, true},
                                           {"checkpoint_seconds", YAML_TEXT, false}};
    int64_t seconds;
    const struct yaml_node *every = yaml_get(map, "checkpoint_seconds");
    if (yaml_check(map, keys, 2, r->err) != 0 ||
        (every != NULL && yaml_int(every, 1, 60, &seconds, r->err) != 0))
        return -1;
    if (scalar_pass(r, map, "checkpoint_seconds", "ledgerd") != 0)
        return -1;
    return scalar_pass(r, map, "origin", "ledgerd");
}

static int
gate_read(struct reading *r, const struct yaml_node *map)
{
    static const struct yaml_key keys[] = {{"spool_bytes", YAML_TEXT, false},
                                           {"clamd", YAML_TEXT, false}};
    int64_t bytes;
    const struct yaml_node *spool = yaml_get(map, "spool_bytes");
    if (map == NULL)
        return 0;
    if (yaml_check(map, keys, 2, r->err) != 0 ||
        (spool != NULL && yaml_int(spool, 64 << 20, INT64_C(1) << 50, &bytes, r->err) != 0))
        return -1;
    if (scalar_pass(r, map, "spool_bytes", "gated") != 0)
        return -1;
    return scalar_pass(r, map, "clamd", "gated");
}

static int
node_read(struct reading *r, const struct yaml_node *map)
{
    static const struct yaml_key keys[] = {{"name", YAML_TEXT, true}};
    if (yaml_check(map, keys, 1, r->err) != 0)
        return -1;
    if (setting_add(r, "ledgerd", "node", yaml_text(yaml_get(map, "name"))) != 0)
        return -1;
    return setting_add(r, "gated", "node", yaml_text(yaml_get(map, "name")));
}

static int
root_read(struct reading *r, const struct yaml_node *root, const char *web_dir)
{
    static const struct yaml_key keys[] = {{"sekisho", YAML_TEXT, true},
                                           {"node", YAML_MAP, true},
                                           {"listen", YAML_LIST, true},
                                           {"ledger", YAML_MAP, true},
                                           {"gate", YAML_MAP, false}};
    if (yaml_check(root, keys, 5, r->err) != 0)
        return -1;
    if (!str_equal_z(yaml_text(yaml_get(root, "sekisho")), "config/1"))
        return YAML_ERR(r->err, "config.version", yaml_get(root, "sekisho"), "config/1");
    if (node_read(r, yaml_get(root, "node")) != 0 || ledger_read(r, yaml_get(root, "ledger")) != 0 ||
        gate_read(r, yaml_get(root, "gate")) != 0)
        return -1;
    YAML_EACH(row, yaml_get(root, "listen"))
    {
        if (portal_read(r, row, web_dir) != 0)
            return -1;
    }
    return 0;
}

int
settings_read(struct arena *arena, const char *path, const char *web_dir, bool demo,
              struct settings *ret, struct err *err)
{
    struct buf bytes;
    const struct yaml_node *root;
    struct reading r = {arena, ret, err};
    *ret = (struct settings){.portal_count = 0};
    buf_init(&bytes, FILE_BYTES);
    int rc = file_read(AT_FDCWD, path, FILE_BYTES, &bytes, err);
    if (rc == 0)
        rc = yaml_parse(arena, path, buf_str(&bytes), NULL, &root, err);
    if (rc == 0)
        rc = root_read(&r, root, web_dir);
    if (rc == 0 && demo)
        rc = setting_add(&r, "cored", "demo", STR("yes"));
    buf_free(&bytes);
    return rc;
}
