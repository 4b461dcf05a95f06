/*
 * absence: see absence.h. Runs in cored.
 *
 * Invariant: no statement here writes an absence that began before it was entered; the schema
 * refuses it as well.
 */
#include "core/account/absence.h"

#include "base/os/time.h"
#include "core/account/private.h"
#include "core/store/id.h"

#include <string.h>

enum { ADD, GET, CUT, AT, LIST, DEPUTY_ADD, TURNS, FILLERS, IS_DEPUTY };

/* The row of person $1 and those joined to it. */
#define PERSON_ROWS                                                                                \
    "WITH self(root) AS (SELECT coalesce((SELECT same_as FROM person_join WHERE person = $1), "    \
    "$1)),"                                                                                        \
    " one(id) AS (SELECT root FROM self UNION SELECT j.person FROM person_join j, self"            \
    "  WHERE j.same_as = self.root) "
#define ABSENCE_COLUMNS                                                                            \
    "a.id, a.person, a.entered_by, a.from_us, a.until_us, a.entered_us, a.reason"

static const struct store_statement sql[] = {
    [ADD] = {"absence.add",
             "INSERT INTO absence(id, person, from_us, until_us, reason, entered_by, entered_us)"
             " VALUES ($1, $2, $3, $4, $5, $6, $7)"},
    [GET] = {"absence.get", "SELECT " ABSENCE_COLUMNS " FROM absence a WHERE a.id = $1"},
    [CUT] = {"absence.cut", "UPDATE absence SET until_us = $2 WHERE id = $1 AND until_us > $2"},
    [AT] = {"absence.at", PERSON_ROWS
            "SELECT " ABSENCE_COLUMNS " FROM absence a JOIN one ON one.id = a.person"
            " WHERE a.from_us <= $2 AND $2 < a.until_us ORDER BY a.from_us, a.id LIMIT 1"},
    [LIST] = {"absence.list", "SELECT " ABSENCE_COLUMNS " FROM absence a WHERE a.until_us > $1"
                              " AND a.from_us < a.until_us ORDER BY a.from_us, a.id LIMIT 5000"},
    [DEPUTY_ADD] = {"deputy.add",
                    "INSERT INTO deputy(id, role, scope_kind, scope_id, post, turn, deputy_post,"
                    " from_day, until_day) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"},
    [TURNS] = {"deputy.turns",
               "SELECT d.turn, d.deputy_post FROM deputy d WHERE d.from_day <= $4"
               " AND $4 <= d.until_day AND ((d.role = $1 AND d.scope_kind = $2 AND d.scope_id = $3)"
               " OR d.post IN (SELECT s.post FROM role_slot s WHERE s.role = $1"
               "  AND s.scope_kind = $2 AND s.scope_id = $3 AND s.from_day <= $4"
               "  AND $4 <= s.until_day)) ORDER BY d.turn, d.id LIMIT 20"},
    [FILLERS] = {"deputy.fillers",
                 "SELECT e.person FROM appointment a JOIN engagement e ON e.id = a.engagement"
                 " JOIN post p ON p.id = a.post WHERE a.post = $1"
                 " AND p.from_day <= $2 AND $2 <= p.until_day AND a.from_day <= $2"
                 " AND $2 <= a.until_day AND e.from_day <= $2 AND $2 <= e.until_day"
                 " GROUP BY e.person ORDER BY min(CASE a.kind WHEN 'main' THEN 0 WHEN 'acting'"
                 " THEN 1 ELSE 2 END), e.person LIMIT 200"},
    [IS_DEPUTY] =
        {"deputy.is", PERSON_ROWS
         "SELECT EXISTS(SELECT 1 FROM one JOIN engagement e ON e.person = one.id"
         " JOIN appointment a ON a.engagement = e.id JOIN deputy d ON d.deputy_post = a.post"
         " WHERE d.from_day <= $2 AND $2 <= d.until_day AND a.from_day <= $2"
         " AND $2 <= a.until_day AND e.from_day <= $2 AND $2 <= e.until_day)"},
};

static struct absence
row_read(struct arena *arena, struct db_query *query)
{
    return (struct absence){.id = (uint64_t)db_int(query, 0),
                            .person = (uint64_t)db_int(query, 1),
                            .entered_by = (uint64_t)db_int(query, 2),
                            .from_us = db_int(query, 3),
                            .until_us = db_int(query, 4),
                            .entered_us = db_int(query, 5),
                            .reason = arena != NULL ? str_dup(arena, db_text(query, 6))
                                                    : (struct str){0}};
}

/* 1 when BY is the person, or the manager of her section at AT_US; 0. */
static int
may_enter(struct store *store, uint64_t person, uint64_t by, int64_t at_us, struct err *err)
{
    uint64_t section = 0;
    int same = account_same_person(store, person, by, err);
    if (same != 0)
        return same;
    int rc = account_section_of(store, person, at_us, &section, err);
    if (rc != 0)
        return rc < 0 ? -1 : 0;
    return account_has_role(store, by, "section_manager", section, at_us, err);
}

static bool
reason_known(struct str reason)
{
    static const char *const known[] = {"leave", "trip", "sick", "training", "other"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (str_equal_z(reason, known[i]))
            return true;
    return false;
}

static int
new_check(struct store *store, const struct absence *new, int64_t now_us, struct err *err)
{
    uint64_t section = 0;
    if (!reason_known(new->reason))
        return ERR(err, "absence.reason", "reason");
    if (new->from_us < now_us)
        return ERR(err, "absence.past", "from");
    if (new->until_us <= new->from_us ||
        new->until_us - new->from_us > ABSENCE_DAYS_MOST * TIME_US_DAY)
        return ERR(err, "absence.span", "until");
    int rc = account_section_of(store, new->person, now_us, &section, err);
    if (rc != 0)
        return rc < 0 ? -1 : ERR(err, "absence.person", "person");
    rc = may_enter(store, new->person, new->entered_by, now_us, err);
    return rc > 0 ? 0 : rc < 0 ? -1 : ERR(err, "absence.not_yours", "person");
}

int
absence_add(struct store *store, const struct absence *new, int64_t now_us, uint64_t *ret_id,
            struct err *err)
{
    if (new_check(store, new, now_us, err) < 0)
        return -1;
    *ret_id = id_new();
    struct db_query *query = db_query(store, &sql[ADD]);
    db_bind_int(query, 1, (int64_t)*ret_id);
    db_bind_int(query, 2, (int64_t) new->person);
    db_bind_int(query, 3, new->from_us);
    db_bind_int(query, 4, new->until_us);
    db_bind_text(query, 5, new->reason);
    db_bind_int(query, 6, (int64_t) new->entered_by);
    db_bind_int(query, 7, now_us);
    return db_run(query, err) < 0 ? -1 : 0;
}

int
absence_end(struct store *store, uint64_t id, uint64_t by, int64_t now_us, struct err *err)
{
    struct db_query *query = db_query(store, &sql[GET]);
    db_bind_int(query, 1, (int64_t)id);
    int rc = db_step(query, err);
    struct absence row = rc > 0 ? row_read(NULL, query) : (struct absence){0};
    db_end(query);
    if (rc <= 0)
        return rc < 0 ? -1 : 1;
    rc = may_enter(store, row.person, by, now_us, err);
    if (rc <= 0)
        return rc < 0 ? -1 : ERR(err, "absence.not_yours", "person");
    query = db_query(store, &sql[CUT]);
    db_bind_int(query, 1, (int64_t)id);
    db_bind_int(query, 2, now_us > row.from_us ? now_us : row.from_us);
    int64_t changed = db_run(query, err);
    return changed < 0 ? -1 : changed == 0;
}

int
absence_at(struct store *store, struct arena *arena, uint64_t person, int64_t at_us,
           struct absence *ret, struct err *err)
{
    struct db_query *query = db_query(store, &sql[AT]);
    db_bind_int(query, 1, (int64_t)person);
    db_bind_int(query, 2, at_us);
    int rc = db_step(query, err);
    if (rc > 0)
        *ret = row_read(arena, query);
    db_end(query);
    return rc;
}

int
absence_list(struct store *store, struct arena *arena, uint64_t person, int64_t from_us,
             struct absence **ret, size_t *ret_count, struct err *err)
{
    struct absence *list = arena_array(arena, ACCOUNT_ROWS_MOST, sizeof *list);
    if (list == NULL)
        return arena_check(arena, err);
    struct db_query *query = db_query(store, &sql[LIST]);
    db_bind_int(query, 1, from_us);
    int rc = 0, may = 0;
    size_t count = 0;
    while (may >= 0 && count < ACCOUNT_ROWS_MOST && (rc = db_step(query, err)) > 0) {
        struct absence row = row_read(arena, query);
        may = may_enter(store, row.person, person, from_us, err);
        if (may > 0)
            list[count++] = row;
    }
    db_end(query);
    *ret = list;
    *ret_count = count;
    return rc < 0 || may < 0 ? -1 : arena_check(arena, err);
}

/* Where the slot of a role for SECTION stands: the section itself, or the owner's body. */
static int
deputy_scope(struct store *store, const struct deputy_new *new, struct scope *ret, struct err *err)
{
    struct scopes scopes;
    *ret = (struct scope){"", 0};
    if (new->post != 0)
        return 0;
    if (scopes_of(store, new->section, new->from_day, &scopes, err) < 0)
        return -1;
    if (scopes.count == 0)
        return ERR(err, "deputy.row", "section");
    *ret = scopes.list[0];
    return 0;
}

int
deputy_add(struct store *store, const struct deputy_new *new, uint64_t *ret_id, struct err *err)
{
    struct scope scope;
    bool role = new->role != NULL &&new->role[0] != '\0';
    if (role == (new->post != 0) || new->turn == 0 || new->turn > DEPUTY_TURNS_MOST ||
        new->from_day > new->until_day || new->deputy_post == 0 || new->deputy_post == new->post)
        return ERR(err, "deputy.row", "%s", role ? new->role : "post");
    if (deputy_scope(store, new, &scope, err) < 0)
        return -1;
    *ret_id = id_new();
    struct db_query *query = db_query(store, &sql[DEPUTY_ADD]);
    db_bind_int(query, 1, (int64_t)*ret_id);
    db_bind_z(query, 2, role ? new->role : "");
    db_bind_z(query, 3, scope.kind);
    db_bind_int(query, 4, (int64_t)scope.id);
    if (new->post != 0)
        db_bind_int(query, 5, (int64_t) new->post);
    db_bind_int(query, 6, new->turn);
    db_bind_int(query, 7, (int64_t) new->deputy_post);
    db_bind_int(query, 8, new->from_day);
    db_bind_int(query, 9, new->until_day);
    return db_run(query, err) < 0 ? -1 : 0;
}

/* The rungs of ROLE in SCOPE, without their persons. */
static int
turns_in(struct store *store, const char *role, const struct scope *scope, int64_t day,
         struct deputy_turns *ret, struct err *err)
{
    struct db_query *query = db_query(store, &sql[TURNS]);
    db_bind_z(query, 1, role);
    db_bind_z(query, 2, scope->kind);
    db_bind_int(query, 3, (int64_t)scope->id);
    db_bind_int(query, 4, day);
    int rc;
    ret->count = 0;
    while ((rc = db_step(query, err)) > 0)
        ret->list[ret->count++] = (struct deputy_turn){.turn = (unsigned)db_int(query, 0),
                                                       .post = (uint64_t)db_int(query, 1)};
    db_end(query);
    return rc;
}

static int
turn_fill(struct store *store, struct arena *arena, int64_t day, struct deputy_turn *turn,
          struct err *err)
{
    turn->persons = arena_array(arena, ACCOUNT_ROWS_MOST, sizeof *turn->persons);
    if (turn->persons == NULL)
        return arena_check(arena, err);
    struct db_query *query = db_query(store, &sql[FILLERS]);
    db_bind_int(query, 1, (int64_t)turn->post);
    db_bind_int(query, 2, day);
    int rc;
    while ((rc = db_step(query, err)) > 0)
        turn->persons[turn->count++] = (uint64_t)db_int(query, 0);
    db_end(query);
    return rc;
}

int
deputy_turns(struct store *store, struct arena *arena, const char *role, uint64_t section,
             int64_t at_us, struct deputy_turns *ret, struct err *err)
{
    int64_t day = tokyo_day(at_us);
    struct scopes scopes;
    ret->count = 0;
    ret->list = arena_array(arena, DEPUTY_TURNS_MOST, sizeof *ret->list);
    if (ret->list == NULL)
        return arena_check(arena, err);
    if (scopes_of(store, section, day, &scopes, err) < 0)
        return -1;
    for (size_t i = 0; i < scopes.count && ret->count == 0; i++) {
        struct found held;
        if (turns_in(store, role, &scopes.list[i], day, ret, err) < 0 ||
            holders_in(store, role, &scopes.list[i], day, &held, err) < 0)
            return -1;
        if (held.count > 0)
            break;
    }
    for (size_t i = 0; i < ret->count; i++)
        if (turn_fill(store, arena, day, &ret->list[i], err) < 0)
            return -1;
    return 0;
}

int
deputy_is(struct store *store, uint64_t person, int64_t at_us, struct err *err)
{
    int64_t is = 0;
    struct db_query *query = db_query(store, &sql[IS_DEPUTY]);
    db_bind_int(query, 1, (int64_t)person);
    db_bind_int(query, 2, tokyo_day(at_us));
    return db_one_int(query, &is, err) < 0 ? -1 : is != 0;
}
