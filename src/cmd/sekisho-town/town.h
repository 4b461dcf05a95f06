/*
 * town: data/demo/town.yaml as rows of core/account. One unit: all of it or nothing.
 */
#ifndef CMD_SEKISHO_TOWN_TOWN_H
#define CMD_SEKISHO_TOWN_TOWN_H

#include "base/mem/arena.h"
#include "core/store/store.h"
#include "format/yaml/yaml.h"

enum { TOWN_ROWS_MOST = 500, TOWN_BYTES = 1 << 20 };

/* One who logs in. All texts live in the arena. */
struct town_login {
    uint64_t account;
    struct str login, name, post, section;
    const struct yaml_node *zones;
};

struct town {
    struct str origin;
    struct town_login login[TOWN_ROWS_MOST];
    size_t login_count;
};

/*
 * Reads BYTES (the file NAME) and writes its bodies, sections, posts, persons, roles and accounts
 * to STORE (a core.db without rows, opened without a loop). ROLES is data/roles.yaml as text, for
 * the names. -1 with the codes of format/yaml, town.* (file:line:column in front) or store.*.
 */
int town_make(struct arena *arena, struct store *store, const char *name, struct str bytes,
              struct str roles, struct town *ret_town, struct err *err);

#endif
