/*
 * roles: data/roles.yaml: the roles there are, what a slot of each belongs to, and the ladder.
 */
#ifndef FORMAT_RULES_ROLES_H
#define FORMAT_RULES_ROLES_H

#include "base/mem/arena.h"
#include "base/mem/err.h"
#include "base/mem/str.h"

#include <stddef.h>

enum { ROLES_MOST = 64 };

struct role {
    struct str id; /* [a-z][a-z_]{1,39} */
    struct str title_ja, title_en;
    struct str scope; /* body, section, system, room, contract */
    struct str above; /* the role one reports to; empty at the top */
};

struct roles {
    const struct role *role;
    size_t count;
};

/*
 * Reads BYTES (the file NAME) into ARENA. -1 with the codes of yaml_parse and yaml_check, or
 * roles.id, roles.most, roles.above (nobody has that id), roles.circle (the ladder bites its tail);
 * each with file:line:column in front.
 */
int roles_load(struct arena *arena, const char *name, struct str bytes,
               const struct roles **ret_roles, struct err *err);

/* The role of that id, or NULL. */
const struct role *roles_find(const struct roles *roles, struct str id);

#endif
