/*
 * held: the sections of a role. Runs in cored; it only reads.
 *
 * A role reaches from the scope of its slot down to the sections (and bodies that follow) that have
 * no living holder of their own. Invariant: the days are bounded as in account.c.
 */
#include "core/account/held.h"

#include "base/os/time.h"
#include "core/account/account.h"

#include <stdlib.h>

#define TODAY(x) x ".from_day <= $4 AND $4 <= " x ".until_day"

static const struct store_statement reach = {
    "account.reach",
    "WITH RECURSIVE living(kind, id) AS ("
    " SELECT r.scope_kind, r.scope_id FROM role_slot r JOIN post p ON p.id = r.post"
    "  JOIN appointment a ON a.post = p.id JOIN engagement e ON e.id = a.engagement"
    "  WHERE r.role = $1 AND " TODAY("r") " AND " TODAY("p") " AND " TODAY("a") " AND " TODAY(
        "e") " UNION"
             " SELECT r.scope_kind, r.scope_id FROM role_slot r"
             "  JOIN engagement e ON e.person = r.person"
             "  WHERE r.role = $1 AND " TODAY("r") " AND " TODAY(
                 "e") "),"
                      " bodies(id) AS (SELECT b.id FROM body b WHERE $2 = 'body' AND b.id = $3"
                      " UNION SELECT b.id FROM body b JOIN bodies x ON b.follows = x.id"
                      "  WHERE NOT EXISTS (SELECT 1 FROM living l WHERE l.kind = 'body'"
                      "   AND l.id = b.id)),"
                      " down(id) AS (SELECT s.id FROM section s"
                      "  WHERE ($2 = 'section' AND s.id = $3) OR (s.parent IS NULL"
                      "   AND s.body IN (SELECT id FROM bodies) AND NOT EXISTS (SELECT 1"
                      "    FROM living l WHERE l.kind = 'section' AND l.id = s.id))"
                      " UNION SELECT s.id FROM section s JOIN down d ON s.parent = d.id"
                      "  WHERE NOT EXISTS (SELECT 1 FROM living l WHERE l.kind = 'section'"
                      "   AND l.id = s.id))"
                      " SELECT id FROM down ORDER BY id LIMIT 5001"};

static int
id_compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

/* Adds the sections that ROLE reaches; IDS has room for ACCOUNT_SECTIONS_MOST. */
static int
reach_add(struct store *store, const struct account_role *role, int64_t day,
          struct account_ids *ids, struct err *err)
{
    struct db_query *q = db_query(store, &reach);
    db_bind_text(q, 1, role->role);
    db_bind_text(q, 2, role->scope_kind);
    db_bind_int(q, 3, (int64_t)role->scope);
    db_bind_int(q, 4, day);
    int rc = 0;
    bool room = true;
    while (room && (rc = db_step(q, err)) > 0) {
        room = ids->count < ACCOUNT_SECTIONS_MOST;
        if (room) {
            ids->list[ids->count++] = db_int(q, 0);
        }
    }
    db_end(q);
    return rc < 0 ? -1 : room ? 0 : ERR(err, "limit.memory", "sections");
}

int
account_role_sections(struct store *store, struct arena *arena, uint64_t person, struct str role,
                      int64_t at_us, struct account_ids *ret, struct err *err)
{
    struct account_role *roles = NULL;
    size_t count = 0, kept = 0;
    *ret = (struct account_ids){NULL, 0};
    if (account_roles(store, arena, person, at_us, &roles, &count, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < count; i++) {
        bool reaches =
            str_equal_z(roles[i].scope_kind, "section") || str_equal_z(roles[i].scope_kind, "body");
        if (!reaches || !str_equal(roles[i].role, role)) {
            continue;
        }
        if (ret->list == NULL) {
            ret->list = arena_array(arena, ACCOUNT_SECTIONS_MOST, sizeof *ret->list);
        }
        if (ret->list == NULL || reach_add(store, &roles[i], tokyo_day(at_us), ret, err) < 0) {
            return ret->list == NULL ? ERR(err, "limit.memory", "sections") : -1;
        }
    }
    if (ret->count > 1) {
        qsort(ret->list, ret->count, sizeof *ret->list, id_compare);
    }
    for (size_t i = 0; i < ret->count; i++) {
        if (kept == 0 || ret->list[kept - 1] != ret->list[i]) {
            ret->list[kept++] = ret->list[i];
        }
    }
    ret->count = kept;
    return 0;
}
