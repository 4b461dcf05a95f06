/*
 * waive: exceptions from controls. Runs in cored, inside the unit of the deciding act; read for
 * every answer about the policy.
 *
 * Invariant: a waiver names a control of the catalogue and has an end.
 */
#include "core/control/waive.h"

#include "core/control/private.h"

enum { OPEN, CLOSE, STANDING };

static const struct store_statement sql[] = {
    [OPEN] = {"waive.open",
              "INSERT INTO control_waiver(record, control, number, since, until, closed)"
              " VALUES ($1, $2, $3, $4, $5, 0) ON CONFLICT(record, control) DO UPDATE SET"
              " number = $3, until = $5, closed = 0"},
    [CLOSE] = {"waive.close", "UPDATE control_waiver SET closed = $3 WHERE record = $1"
                              " AND control = $2 AND closed = 0"},
    [STANDING] = {"waive.standing", "SELECT control, number, until FROM control_waiver"
                                    " WHERE closed = 0 ORDER BY until, record"},
};

int
control_waive(struct control *control, const struct control_waiver *waiver, struct err *err)
{
    if (control_def_get(control->catalogue, waiver->control) == NULL) {
        return ERR(err, "control.unknown", "%.*s", STR_FMT(str_slice(waiver->control, 0, 60)));
    }
    if (waiver->until_us <= waiver->now_us) {
        return ERR(err, "control.waive_end", "%.*s", STR_FMT(waiver->control));
    }
    struct db_query *q = db_query(control->store, &sql[OPEN]);
    db_bind_int(q, 1, (int64_t)waiver->record);
    db_bind_text(q, 2, waiver->control);
    db_bind_text(q, 3, waiver->number.p != NULL ? waiver->number : STR(""));
    db_bind_int(q, 4, waiver->now_us);
    db_bind_int(q, 5, waiver->until_us);
    return db_run(q, err) < 0 ? -1 : 0;
}

int
control_waive_end(struct control *control, uint64_t record, struct str control_id, int64_t now_us,
                  struct err *err)
{
    struct db_query *q = db_query(control->store, &sql[CLOSE]);
    db_bind_int(q, 1, (int64_t)record);
    db_bind_text(q, 2, control_id);
    db_bind_int(q, 3, now_us);
    return db_run(q, err) < 0 ? -1 : 0;
}

int
control_waivers_read(struct control *control, struct arena *arena, const struct control_body *body,
                     struct exception_list *ret, struct err *err)
{
    int rc = 0;
    struct db_query *q = db_query(control->store, &sql[STANDING]);
    while ((rc = db_step(q, err)) == 1) {
        const struct control_def *def = control_def_get(control->catalogue, db_text(q, 0));
        struct str number = str_dup(arena, db_text(q, 1));
        for (size_t i = 0; def != NULL && i < body->set.clause_count && ret->count < ret->most;
             i++) {
            if (control_serves_clause(body->policy, def, i)) {
                ret->list[ret->count++] = (struct control_exception){i, db_int(q, 2), number};
            }
        }
    }
    db_end(q);
    return rc < 0 ? -1 : arena_check(arena, err);
}
