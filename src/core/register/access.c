/*
 * access: the access rows of a register file, read and typed. Runs in cored at start and in the
 * command line.
 *
 * Invariant: a field above open is read only where its level is named; a field is written outside
 * the first state only where a row names the state.
 */
#include "core/register/condition.h"

/* The three usual phrases joined by or; false when it is another condition. */
static bool
rows_usual(struct str rest, struct register_access *ret)
{
    ptrdiff_t at;
    do {
        at = str_find(rest, STR(" or "), 0);
        struct str atom = str_trim(at < 0 ? rest : str_slice(rest, 0, (size_t)at));
        rest = at < 0 ? (struct str){0} : str_slice(rest, (size_t)at + 4, rest.n);
        if (str_equal_z(atom, "all")) {
            ret->all = true;
        } else if (str_equal_z(atom, "section in mine")) {
            ret->section = true;
        } else if (str_equal_z(atom, "owner = me")) {
            ret->own = true;
        } else {
            return false;
        }
    } while (at >= 0);
    return true;
}

static void
access_rows(struct reader *reader, const struct yaml_node *node, const struct register_def *def,
            struct register_access *ret)
{
    struct register_access usual = *ret;
    if (rows_usual(yaml_text(node), &usual)) {
        *ret = usual;
    } else if (node == NULL || yaml_text(node).n == 0) {
        FINDING(reader, "register.r107", node, "rows");
    } else {
        ret->rows = reader_condition(reader, node, def, CONDITION_RECORD);
    }
}

/* Adds the fields NODE names, or all, to MASK. */
static void
mask_read(struct reader *reader, const struct yaml_node *node, const struct register_def *def,
          struct register_mask *ret)
{
    size_t count = 0;
    struct str *names = reader_texts(reader, node, &count);
    bool all = count == 1 && node->kind == YAML_TEXT && str_equal_z(names[0], "all");
    for (size_t i = 0; i < def->field_count && all; i++) {
        register_mask_set(ret, i);
    }
    for (size_t i = 0; i < count && !all; i++) {
        const struct register_field *field = register_field_find(def, names[i]);
        if (field == NULL) {
            FINDING(reader, "register.r120", node, "field %.*s", STR_FMT(names[i]));
        } else {
            register_mask_set(ret, (size_t)(field - def->fields));
        }
    }
}

static void
access_fields(struct reader *reader, const struct yaml_node *node, const struct register_def *def,
              struct register_access *ret)
{
    static const char *const names[] = {"open", "restricted", "secret"};
    unsigned levels = 1;
    const struct yaml_node *list = yaml_get(node, "levels"), *read = yaml_get(node, "read");
    YAML_EACH(child, list)
    {
        levels |= 1U << reader_enum(reader, child, names, 3);
    }
    struct register_mask mask = {{0}};
    if (read != NULL) {
        mask_read(reader, read, def, &mask);
    }
    for (size_t i = 0; i < def->field_count; i++) {
        bool named = read == NULL || register_mask_has(&mask, i);
        if (named && (levels >> def->fields[i].level & 1) != 0) {
            register_mask_set(&ret->read, i);
        }
    }
}

static void
access_writes(struct reader *reader, const struct yaml_node *map, const struct register_def *def,
              struct register_access *ret)
{
    size_t count = map != NULL ? map->count : 0;
    ret->writes = reader_array(reader, count, sizeof *ret->writes);
    if (ret->writes == NULL) {
        return;
    }
    YAML_EACH(child, map)
    {
        int state = register_state_find(def, child->key);
        if (state < 0) {
            FINDING(reader, "register.r106", child, "%.*s", STR_FMT(child->key));
            continue;
        }
        struct register_write *write = &ret->writes[ret->write_count++];
        write->state = (size_t)state;
        mask_read(reader, child, def, &write->fields);
    }
}

/* owner and everyone are no slots: whoever owns the record, whoever has an appointment. */
static void
access_roles(struct reader *reader, const struct yaml_node *node, struct register_access *ret)
{
    const struct yaml_node *list = yaml_get(node, "role");
    ret->roles = reader_texts(reader, list, &ret->role_count);
    for (size_t i = 0; i < ret->role_count; i++) {
        if (!str_equal_z(ret->roles[i], "owner") && !str_equal_z(ret->roles[i], "everyone") &&
            register_role_find(reader->set, ret->roles[i]) == NULL) {
            FINDING(reader, "register.r120", list, "role %.*s", STR_FMT(ret->roles[i]));
        }
    }
    if (ret->role_count == 0) {
        FINDING(reader, "register.r102", node, "role");
    }
}

void
reader_access(struct reader *reader, const struct yaml_node *list, struct register_def *def)
{
    static const char *const known[] = {"role", "rows", "read", "levels", "write"};
    size_t count = list != NULL ? list->count : 0;
    def->access = reader_array(reader, count, sizeof *def->access);
    if (def->access == NULL) {
        return;
    }
    YAML_EACH(child, list)
    {
        struct register_access *access = &def->access[def->access_count++];
        YAML_EACH(key, child)
        {
            bool good = false;
            for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
                good = good || str_equal_z(key->key, known[i]);
            }
            if (!good) {
                FINDING(reader, "register.r101", key, "%.*s", STR_FMT(key->key));
            }
        }
        access_roles(reader, child, access);
        access_rows(reader, yaml_get(child, "rows"), def, access);
        access_fields(reader, child, def, access);
        access_writes(reader, yaml_get(child, "write"), def, access);
    }
}
