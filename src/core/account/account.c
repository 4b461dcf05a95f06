/*
 * account: see account.h. Runs in cored; it only reads. The rows are written by the people batches
 * and approved role appointments, and by the maker of the demo town.
 *
 * Invariant: every statement that tells who may do something bounds slot, post, appointment and
 * engagement by the same day.
 */
#include "core/account/account.h"

#include "base/mem/ensure.h"
#include "base/os/time.h"
#include "core/account/private.h"

enum { ROWS_MOST = ACCOUNT_ROWS_MOST };

static const struct store_statement person_get = {
    "account.person_get",
    "SELECT coalesce((SELECT n.name FROM person_name n WHERE n.person = p.id AND n.from_day <= $2"
    " ORDER BY n.from_day DESC LIMIT 1), p.name), coalesce((SELECT n.kana FROM person_name n"
    " WHERE n.person = p.id AND n.from_day <= $2 ORDER BY n.from_day DESC LIMIT 1), p.kana),"
    " p.handle FROM person p WHERE p.id = $1"};

static const struct store_statement account_get = {
    "account.of", "SELECT a.person FROM account a WHERE a.id = $1 AND a.state = 'open' AND EXISTS("
                  " SELECT 1 FROM engagement e WHERE e.person = a.person"
                  " AND e.from_day <= $2 AND $2 <= e.until_day)"};

/* Section $1 on day $2, or what took its place by then; then its parents of that day. */
static const struct store_statement section_chain = {
    "account.section_chain",
    "WITH RECURSIVE heir(id, depth) AS (SELECT id, 0 FROM section WHERE id = $1"
    " UNION ALL SELECT x.successor, h.depth + 1 FROM section_successor x JOIN heir h"
    " ON x.section = h.id WHERE x.heir = 1 AND x.day <= $2 AND h.depth < 16),"
    " up(id, parent, body, depth) AS ("
    " SELECT s.id, coalesce((SELECT p.parent FROM section_place p WHERE p.section = s.id"
    "  AND p.from_day <= $2 ORDER BY p.from_day DESC LIMIT 1), s.parent), s.body, 0 FROM section s"
    "  WHERE s.id = (SELECT id FROM heir ORDER BY depth DESC, id LIMIT 1)"
    " UNION ALL SELECT s.id, coalesce((SELECT p.parent FROM section_place p WHERE p.section = s.id"
    "  AND p.from_day <= $2 ORDER BY p.from_day DESC LIMIT 1), s.parent), s.body, up.depth + 1"
    "  FROM section s JOIN up ON s.id = up.parent WHERE up.depth < 16)"
    " SELECT id, body FROM up ORDER BY depth"};

/* Body $1 and those it follows; $1 = 0: the owner of the standard. */
static const struct store_statement body_chain = {
    "account.body_chain", "WITH RECURSIVE up(id, follows, depth) AS ("
                          " SELECT id, follows, 0 FROM body WHERE id = CASE $1 WHEN 0 THEN"
                          "  (SELECT min(id) FROM body) ELSE $1 END"
                          " UNION ALL SELECT b.id, b.follows, up.depth + 1 FROM body b JOIN up"
                          " ON b.id = up.follows WHERE up.depth < 16)"
                          " SELECT id FROM up ORDER BY depth"};

/* Holders of role $1 in scope $2 $3 on day $4, ordered. */
static const struct store_statement holders = {
    "account.holders",
    "SELECT person FROM ("
    " SELECT e.person AS person, CASE a.kind WHEN 'main' THEN 0 WHEN 'acting' THEN 1 ELSE 2 END"
    "  AS nearness, p.rank AS rank"
    " FROM role_slot s JOIN post p ON p.id = s.post JOIN appointment a ON a.post = p.id"
    " JOIN engagement e ON e.id = a.engagement"
    " WHERE s.role = $1 AND s.scope_kind = $2 AND s.scope_id = $3"
    " AND s.from_day <= $4 AND $4 <= s.until_day AND p.from_day <= $4 AND $4 <= p.until_day"
    " AND a.from_day <= $4 AND $4 <= a.until_day AND e.from_day <= $4 AND $4 <= e.until_day"
    " UNION ALL"
    " SELECT s.person, 0, 0 FROM role_slot s WHERE s.role = $1 AND s.scope_kind = $2"
    " AND s.scope_id = $3 AND s.from_day <= $4 AND $4 <= s.until_day AND s.person IS NOT NULL"
    " AND EXISTS(SELECT 1 FROM engagement e WHERE e.person = s.person"
    "  AND e.from_day <= $4 AND $4 <= e.until_day)"
    ") AS found GROUP BY person ORDER BY min(nearness), min(rank), person LIMIT 200"};

/* Appointments of person $1 (and rows joined to it) on day $2. */
#define PERSON_ROWS                                                                                \
    "WITH self(root) AS (SELECT coalesce((SELECT same_as FROM person_join WHERE person = $1), "    \
    "$1)),"                                                                                        \
    " one(id) AS (SELECT root FROM self UNION SELECT j.person FROM person_join j, self"            \
    "  WHERE j.same_as = self.root) "

static const struct store_statement posts_get = {
    "account.posts", PERSON_ROWS
    "SELECT p.id, p.section, p.name, s.name, coalesce((SELECT r.role FROM role_slot r"
    "  WHERE r.post = p.id AND r.from_day <= $2 AND $2 <= r.until_day ORDER BY r.id LIMIT 1), '')"
    " FROM one JOIN engagement e ON e.person = one.id JOIN appointment a ON a.engagement = e.id"
    " JOIN post p ON p.id = a.post JOIN section s ON s.id = p.section"
    " WHERE e.from_day <= $2 AND $2 <= e.until_day AND a.from_day <= $2 AND $2 <= a.until_day"
    " AND p.from_day <= $2 AND $2 <= p.until_day"
    " ORDER BY CASE a.kind WHEN 'main' THEN 0 WHEN 'acting' THEN 1 ELSE 2 END, e.person <> $1,"
    " p.rank, p.id LIMIT 200"};

static const struct store_statement main_get = {
    "account.main",
    "SELECT p.section FROM engagement e JOIN appointment a ON a.engagement = e.id"
    " JOIN post p ON p.id = a.post WHERE e.person = $1 AND a.kind = 'main'"
    " AND e.from_day <= $2 AND $2 <= e.until_day AND a.from_day <= $2 AND $2 <= a.until_day"
    " AND p.from_day <= $2 AND $2 <= p.until_day ORDER BY e.id LIMIT 1"};

static const struct store_statement roles_get = {
    "account.roles", PERSON_ROWS
    "SELECT DISTINCT r.role, r.scope_kind, r.scope_id, CASE r.scope_kind"
    "  WHEN 'section' THEN (SELECT name FROM section WHERE id = r.scope_id)"
    "  WHEN 'body' THEN (SELECT name FROM body WHERE id = r.scope_id) END"
    " FROM one JOIN engagement e ON e.person = one.id"
    " LEFT JOIN appointment a ON a.engagement = e.id"
    "  AND a.from_day <= $2 AND $2 <= a.until_day"
    " LEFT JOIN post p ON p.id = a.post AND p.from_day <= $2 AND $2 <= p.until_day"
    " JOIN role_slot r ON (r.post = p.id OR r.person = one.id)"
    " WHERE e.from_day <= $2 AND $2 <= e.until_day AND r.from_day <= $2 AND $2 <= r.until_day"
    " ORDER BY r.role, r.scope_kind, r.scope_id LIMIT 200"};

static const struct store_statement staff_count = {
    "account.staff",
    PERSON_ROWS "SELECT count(*) FROM one JOIN engagement e ON e.person = one.id"
                " WHERE e.kind NOT IN ('contractor', 'designated_manager', 'temporary')"
                " AND e.from_day <= $2 AND $2 <= e.until_day"};

static const struct store_statement body_get = {
    "account.body",
    "SELECT b.id, b.code, b.name FROM section s JOIN body b ON b.id = s.body WHERE s.id = $1"};

static const struct store_statement section_name = {"account.section_name",
                                                    "SELECT name FROM section WHERE id = $1"};

static const struct store_statement same_get = {
    "account.same", "SELECT coalesce((SELECT same_as FROM person_join WHERE person = $1), $1) ="
                    " coalesce((SELECT same_as FROM person_join WHERE person = $2), $2)"};

/* Ends QUERY and passes the outcome RC of its last step on. */
static int
query_end(struct db_query *query, int rc)
{
    db_end(query);
    return rc;
}

static struct db_query *
query_of(struct store *store, const struct store_statement *statement, uint64_t id)
{
    struct db_query *query = db_query(store, statement);
    db_bind_int(query, 1, (int64_t)id);
    return query;
}

int
account_person_get(struct store *store, struct arena *arena, uint64_t person,
                   struct account_person *ret, struct err *err)
{
    struct db_query *query = query_of(store, &person_get, person);
    db_bind_int(query, 2, tokyo_day(time_now_us()));
    int rc = db_step(query, err);
    if (rc <= 0)
        return query_end(query, rc == 0 ? 1 : -1);
    *ret = (struct account_person){person, str_dup(arena, db_text(query, 0)),
                                   str_dup(arena, db_text(query, 1)),
                                   str_dup(arena, db_text(query, 2))};
    return query_end(query, arena_check(arena, err));
}

int
account_of_at(struct store *store, uint64_t account, int64_t at_us, uint64_t *ret_person,
              struct err *err)
{
    struct db_query *query = query_of(store, &account_get, account);
    db_bind_int(query, 2, tokyo_day(at_us));
    int64_t person = 0;
    int rc = db_one_int(query, &person, err);
    *ret_person = (uint64_t)person;
    return rc;
}

int
account_of(struct store *store, uint64_t account, uint64_t *ret_person, struct err *err)
{
    return account_of_at(store, account, time_now_us(), ret_person, err);
}

/* Adds the ids of QUERY's rows; *RET_LAST gets column LAST of the last row. */
static int
scopes_add(struct scopes *scopes, struct db_query *query, const char *kind, uint64_t *ret_last,
           struct err *err)
{
    int rc;
    while ((rc = db_step(query, err)) > 0) {
        ensure(scopes->count < sizeof scopes->list / sizeof *scopes->list);
        scopes->list[scopes->count++] = (struct scope){kind, (uint64_t)db_int(query, 0)};
        if (ret_last != NULL)
            *ret_last = (uint64_t)db_int(query, 1);
    }
    return query_end(query, rc);
}

int
scopes_of(struct store *store, uint64_t section, int64_t day, struct scopes *ret, struct err *err)
{
    ret->count = 0;
    uint64_t body = 0;
    if (section != 0) {
        struct db_query *query = query_of(store, &section_chain, section);
        db_bind_int(query, 2, day);
        if (scopes_add(ret, query, "section", &body, err) < 0)
            return -1;
        if (ret->count == 0)
            return 0;
    }
    return scopes_add(ret, query_of(store, &body_chain, body), "body", NULL, err);
}

int
holders_in(struct store *store, const char *role, const struct scope *scope, int64_t day,
           struct found *ret, struct err *err)
{
    struct db_query *query = db_query(store, &holders);
    db_bind_z(query, 1, role);
    db_bind_z(query, 2, scope->kind);
    db_bind_int(query, 3, (int64_t)scope->id);
    db_bind_int(query, 4, day);
    int rc;
    ret->count = 0;
    while ((rc = db_step(query, err)) > 0)
        ret->persons[ret->count++] = (uint64_t)db_int(query, 0);
    return query_end(query, rc);
}

/* The nearest scope that has a holder that day. */
static int
holders_find(struct store *store, const char *role, uint64_t section, int64_t at_us,
             struct found *ret, struct err *err)
{
    struct scopes scopes;
    ret->count = 0;
    if (scopes_of(store, section, tokyo_day(at_us), &scopes, err) < 0)
        return -1;
    for (size_t i = 0; i < scopes.count && ret->count == 0; i++)
        if (holders_in(store, role, &scopes.list[i], tokyo_day(at_us), ret, err) < 0)
            return -1;
    return 0;
}

int
account_who(struct store *store, struct arena *arena, const char *role, uint64_t section,
            int64_t at_us, uint64_t **ret_persons, size_t *ret_count, struct err *err)
{
    struct found found;
    if (holders_find(store, role, section, at_us, &found, err) < 0)
        return -1;
    *ret_count = found.count;
    *ret_persons = arena_array(arena, found.count, sizeof **ret_persons);
    for (size_t i = 0; *ret_persons != NULL && i < found.count; i++)
        (*ret_persons)[i] = found.persons[i];
    return arena_check(arena, err);
}

int
account_has_role(struct store *store, uint64_t person, const char *role, uint64_t section,
                 int64_t at_us, struct err *err)
{
    struct found found;
    if (holders_find(store, role, section, at_us, &found, err) < 0)
        return -1;
    int same = 0;
    for (size_t i = 0; i < found.count && same == 0; i++)
        same = account_same_person(store, person, found.persons[i], err);
    return same;
}

int
account_section_of(struct store *store, uint64_t person, int64_t at_us, uint64_t *ret_section,
                   struct err *err)
{
    struct db_query *query = query_of(store, &main_get, person);
    db_bind_int(query, 2, tokyo_day(at_us));
    int64_t section = 0;
    int rc = db_one_int(query, &section, err);
    *ret_section = (uint64_t)section;
    return rc;
}

int
account_posts(struct store *store, struct arena *arena, uint64_t person, int64_t at_us,
              struct account_post **ret_posts, size_t *ret_count, struct err *err)
{
    struct account_post *posts = arena_array(arena, ROWS_MOST, sizeof *posts);
    if (posts == NULL)
        return arena_check(arena, err);
    struct db_query *query = query_of(store, &posts_get, person);
    db_bind_int(query, 2, tokyo_day(at_us));
    size_t n = 0;
    int rc;
    while ((rc = db_step(query, err)) > 0)
        posts[n++] = (struct account_post){(uint64_t)db_int(query, 0), (uint64_t)db_int(query, 1),
                                           str_dup(arena, db_text(query, 2)),
                                           str_dup(arena, db_text(query, 3)),
                                           str_dup(arena, db_text(query, 4))};
    *ret_posts = posts;
    *ret_count = n;
    return query_end(query, rc) < 0 ? -1 : arena_check(arena, err);
}

int
account_roles(struct store *store, struct arena *arena, uint64_t person, int64_t at_us,
              struct account_role **ret_roles, size_t *ret_count, struct err *err)
{
    struct account_role *roles = arena_array(arena, ROWS_MOST, sizeof *roles);
    if (roles == NULL)
        return arena_check(arena, err);
    struct db_query *query = query_of(store, &roles_get, person);
    db_bind_int(query, 2, tokyo_day(at_us));
    size_t n = 0;
    int rc;
    while ((rc = db_step(query, err)) > 0)
        roles[n++] = (struct account_role){
            str_dup(arena, db_text(query, 0)), str_dup(arena, db_text(query, 1)),
            (uint64_t)db_int(query, 2), str_dup(arena, db_text(query, 3))};
    *ret_roles = roles;
    *ret_count = n;
    return query_end(query, rc) < 0 ? -1 : arena_check(arena, err);
}

int
account_body_of(struct store *store, struct arena *arena, uint64_t person, int64_t at_us,
                struct account_body *ret, struct err *err)
{
    uint64_t section;
    int rc = account_section_of(store, person, at_us, &section, err);
    if (rc != 0)
        return rc;
    struct db_query *query = query_of(store, &body_get, section);
    rc = db_step(query, err);
    if (rc <= 0)
        return query_end(query, rc == 0 ? 1 : -1);
    *ret = (struct account_body){(uint64_t)db_int(query, 0), str_dup(arena, db_text(query, 1)),
                                 str_dup(arena, db_text(query, 2))};
    return query_end(query, arena_check(arena, err));
}

int
account_is_staff(struct store *store, uint64_t person, int64_t at_us, struct err *err)
{
    int64_t count = 0;
    struct db_query *query = query_of(store, &staff_count, person);
    db_bind_int(query, 2, tokyo_day(at_us));
    int rc = db_one_int(query, &count, err);
    return rc < 0 ? -1 : count > 0;
}

int
account_section_name(struct store *store, struct arena *arena, uint64_t section,
                     struct str *ret_name, struct err *err)
{
    struct db_query *query = query_of(store, &section_name, section);
    int rc = db_step(query, err);
    if (rc <= 0)
        return query_end(query, rc == 0 ? 1 : -1);
    *ret_name = str_dup(arena, db_text(query, 0));
    return query_end(query, arena_check(arena, err));
}

int
account_section_heir(struct store *store, uint64_t section, int64_t at_us, uint64_t *ret,
                     struct err *err)
{
    struct db_query *query = query_of(store, &section_chain, section);
    db_bind_int(query, 2, tokyo_day(at_us));
    int64_t id = 0;
    int rc = db_one_int(query, &id, err);
    *ret = (uint64_t)id;
    return rc;
}

int
account_same_person(struct store *store, uint64_t a, uint64_t b, struct err *err)
{
    struct db_query *query = query_of(store, &same_get, a);
    db_bind_int(query, 2, (int64_t)b);
    int64_t same = 0;
    return db_one_int(query, &same, err) != 0 ? -1 : same != 0;
}
