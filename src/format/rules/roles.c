/*
 * roles: see roles.h. Run by cored at its start and by the command line; never on foreign input.
 * Invariant: every `above` names a role of the same file and leads to the top in finitely many
 * steps.
 */
#include "format/rules/roles.h"

#include "format/yaml/yaml.h"

static const struct yaml_key file_keys[] = {
    {"sekisho", YAML_TEXT, true},
    {"roles", YAML_MAP, true},
};

static const struct yaml_key role_keys[] = {
    {"title", YAML_MAP, true},
    {"scope", YAML_TEXT, true},
    {"above", YAML_TEXT, false},
};

static const struct yaml_key title_keys[] = {
    {"ja", YAML_TEXT, true},
    {"en", YAML_TEXT, true},
};

static const char *const scopes[] = {"body", "section", "system", "room", "contract"};

static bool
id_fits(struct str id)
{
    if (id.n < 2 || id.n > 40 || id.p[0] < 'a' || id.p[0] > 'z')
        return false;
    for (size_t i = 0; i < id.n; i++)
        if ((id.p[i] < 'a' || id.p[i] > 'z') && id.p[i] != '_')
            return false;
    return true;
}

static int
role_read(const struct yaml_node *node, struct role *ret_role, struct err *err)
{
    if (!id_fits(node->key))
        return YAML_ERR(err, "roles.id", node, "%.*s", STR_FMT(node->key));
    size_t scope;
    const struct yaml_node *title = yaml_get(node, "title");
    if (yaml_check(node, role_keys, 3, err) != 0 || yaml_check(title, title_keys, 2, err) != 0 ||
        yaml_enum(yaml_get(node, "scope"), scopes, 5, &scope, err) != 0)
        return -1;
    ret_role->id = node->key;
    ret_role->title_ja = yaml_text(yaml_get(title, "ja"));
    ret_role->title_en = yaml_text(yaml_get(title, "en"));
    ret_role->scope = str_of(scopes[scope]);
    ret_role->above = yaml_text(yaml_get(node, "above"));
    return 0;
}

/* Every step up the ladder is known, and no ladder is longer than there are roles. */
static int
ladder_check(const struct roles *roles, const struct yaml_node *list, struct err *err)
{
    YAML_EACH(node, list)
    {
        const struct role *role = roles_find(roles, node->key);
        for (size_t steps = 0; role->above.n > 0; steps++) {
            const struct role *above = roles_find(roles, role->above);
            if (above == NULL)
                return YAML_ERR(err, "roles.above", node, "%.*s", STR_FMT(role->above));
            if (steps == roles->count)
                return YAML_ERR(err, "roles.circle", node, "%.*s", STR_FMT(node->key));
            role = above;
        }
    }
    return 0;
}

int
roles_load(struct arena *arena, const char *name, struct str bytes, const struct roles **ret_roles,
           struct err *err)
{
    const struct yaml_node *root;
    if (yaml_parse(arena, name, bytes, NULL, &root, err) != 0 ||
        yaml_check(root, file_keys, 2, err) != 0)
        return -1;
    const struct yaml_node *version = yaml_get(root, "sekisho");
    if (!str_equal_z(yaml_text(version), "roles/1"))
        return YAML_ERR(err, "rules.version", version, "roles/1");
    const struct yaml_node *list = yaml_get(root, "roles");
    if (list->count == 0 || list->count > ROLES_MOST)
        return YAML_ERR(err, "roles.most", list, "%zu / %d", list->count, ROLES_MOST);
    struct roles *roles = arena_alloc(arena, sizeof *roles);
    struct role *role = arena_array(arena, list->count, sizeof *role);
    if (roles == NULL || role == NULL)
        return arena_check(arena, err);
    roles->role = role;
    YAML_EACH(node, list)
    if (role_read(node, &role[roles->count++], err) != 0)
        return -1;
    *ret_roles = roles;
    return ladder_check(roles, list, err);
}

const struct role *
roles_find(const struct roles *roles, struct str id)
{
    for (size_t i = 0; i < roles->count; i++)
        if (str_equal(roles->role[i].id, id))
            return &roles->role[i];
    return NULL;
}
