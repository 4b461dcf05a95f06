/*
 * standing: how a register as a whole stands, and how much a person did. Runs in cored; it only
 * reads.
 */
#include "core/register/register.h"

enum { FILLED, ANY, OVERDUE };

static const struct store_statement sql[] = {
    [FILLED] = {"standing.filled", "SELECT count(*) FROM act WHERE person = $1 AND step <> ''"
                                   " AND at >= $2"},
    [ANY] = {"standing.any", "SELECT EXISTS (SELECT 1 FROM record WHERE register = $1)"},
    /* a step past its deadline, or a state left too late */
    [OVERDUE] = {"standing.overdue",
                 "SELECT EXISTS (SELECT 1 FROM record WHERE register = $1 AND step >= 0"
                 " AND step_due > 0 AND step_due < $2) OR EXISTS (SELECT 1 FROM timer t JOIN record"
                 " r ON r.id = t.record WHERE r.register = $1 AND t.kind = 'late' AND t.name = ''"
                 " AND (t.fired > 0 OR t.at < $2))"},
};

int
register_filled(struct store *store, uint64_t person, int64_t since_us, int64_t *ret,
                struct err *err)
{
    struct db_query *q = db_query(store, &sql[FILLED]);
    db_bind_int(q, 1, (int64_t)person);
    db_bind_int(q, 2, since_us);
    return db_one_int(q, ret, err) < 0 ? -1 : 0;
}

int
register_standing(struct register_set *set, struct store *store, struct str name, int64_t now_us,
                  struct err *err)
{
    int64_t any = 0, overdue = 0;
    if (register_def_find(set, name) == NULL)
        return STANDING_NONE;
    struct db_query *q = db_query(store, &sql[ANY]);
    db_bind_text(q, 1, name);
    if (db_one_int(q, &any, err) < 0)
        return -1;
    q = db_query(store, &sql[OVERDUE]);
    db_bind_text(q, 1, name);
    db_bind_int(q, 2, now_us);
    if (db_one_int(q, &overdue, err) < 0)
        return -1;
    if (overdue != 0)
        return STANDING_OVERDUE;
    return any != 0 ? STANDING_IN_TIME : STANDING_UNUSED;
}
