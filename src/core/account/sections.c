/*
 * sections: me, mine, below. Runs in cored.
 *
 * Everything is asked of one day; a post, slot, engagement or section that is over gives nothing.
 * What a section of mine took over by then is mine as well.
 */
#include "core/account/sections.h"

#include "base/os/time.h"

#define SELF                                                                                       \
    "WITH RECURSIVE self(root) AS (SELECT coalesce((SELECT same_as FROM person_join"               \
    "  WHERE person = $1), $1)),"                                                                  \
    " one(id) AS (SELECT root FROM self UNION SELECT j.person FROM person_join j, self"            \
    "  WHERE j.same_as = self.root)"

#define MINE                                                                                       \
    SELF ", seat(person, post, section) AS (SELECT one.id, p.id, p.section FROM one"               \
         " JOIN engagement e ON e.person = one.id AND e.from_day <= $2 AND $2 <= e.until_day"      \
         " JOIN appointment a ON a.engagement = e.id AND a.from_day <= $2 AND $2 <= a.until_day"   \
         " JOIN post p ON p.id = a.post AND p.from_day <= $2 AND $2 <= p.until_day),"              \
         " here(person) AS (SELECT e.person FROM one JOIN engagement e ON e.person = one.id"       \
         "  WHERE e.from_day <= $2 AND $2 <= e.until_day),"                                        \
         " here_mine(id) AS (SELECT section FROM seat UNION SELECT r.scope_id FROM role_slot r"    \
         "  WHERE r.scope_kind = 'section' AND r.from_day <= $2 AND $2 <= r.until_day"             \
         "  AND (r.post IN (SELECT post FROM seat) OR r.person IN (SELECT person FROM here))),"    \
         " mine(id) AS (SELECT id FROM here_mine UNION SELECT x.section FROM"                      \
         "  section_successor x JOIN mine m ON x.successor = m.id WHERE x.heir = 1"                \
         "  AND x.day <= $2)"

static const struct store_statement self_get = {"account.self",
                                                SELF " SELECT id FROM one ORDER BY id LIMIT 5001"};
static const struct store_statement mine_get = {"account.mine",
                                                MINE " SELECT id FROM mine ORDER BY id LIMIT 5001"};
static const struct store_statement below_get = {
    "account.below",
    MINE ", tree(id, parent) AS MATERIALIZED (SELECT s.id, coalesce((SELECT p.parent FROM"
         "  section_place p WHERE p.section = s.id AND p.from_day <= $2 ORDER BY p.from_day DESC"
         "  LIMIT 1), s.parent) FROM section s WHERE s.from_day <= $2 AND $2 <= s.until_day),"
         " below(id) AS (SELECT id FROM mine UNION SELECT t.id FROM tree t"
         "  JOIN below b ON t.parent = b.id)"
         " SELECT id FROM below ORDER BY id LIMIT 5001"};

struct asking {
    struct store *store;
    struct arena *arena;
    uint64_t person;
    int64_t day;
};

static int
ids_read(const struct asking *asking, const struct store_statement *sql, struct account_ids *ret,
         struct err *err)
{
    size_t room = 16;
    int64_t *list = arena_array(asking->arena, room, sizeof *list);
    struct db_query *q = db_query(asking->store, sql);
    db_bind_int(q, 1, (int64_t)asking->person);
    if (sql != &self_get) {
        db_bind_int(q, 2, asking->day);
    }
    size_t n = 0;
    int rc = 0;
    while (list != NULL && (rc = db_step(q, err)) > 0) {
        if (n == room && n <= ACCOUNT_SECTIONS_MOST) {
            int64_t *more = arena_array(asking->arena, room * 2, sizeof *more);
            for (size_t i = 0; more != NULL && i < n; i++) {
                more[i] = list[i];
            }
            list = more;
            room *= 2;
        }
        if (list != NULL && n < room) {
            list[n++] = db_int(q, 0);
        }
    }
    db_end(q);
    if (rc < 0) {
        return -1;
    }
    if (list == NULL || n > ACCOUNT_SECTIONS_MOST) {
        return ERR(err, "limit.memory", "sections");
    }
    *ret = (struct account_ids){list, n};
    return 0;
}

int
account_belongs(struct store *store, struct arena *arena, uint64_t person, int64_t at_us,
                struct account_belongs *ret, struct err *err)
{
    struct asking asking = {store, arena, person, tokyo_day(at_us)};
    if (ids_read(&asking, &self_get, &ret->self, err) < 0 ||
        ids_read(&asking, &mine_get, &ret->mine, err) < 0) {
        return -1;
    }
    return ids_read(&asking, &below_get, &ret->below, err);
}
