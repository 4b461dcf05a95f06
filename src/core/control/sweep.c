/*
 * sweep: cored's own leaves, once the ledger has acknowledged them, as results and evidence of the
 * controls that name their kinds. Runs in cored; control_sweep stands in control.h.
 *
 * Invariant: rows are looked at in the order of their numbers and each at most once; the first row
 * without a leaf ends the round, so nothing that is not in the ledger is ever evidence.
 */
#include "core/control/private.h"
#include "core/store/outbox.h"

#include <stdio.h>

enum { MARK_GET, MARK_SET };

static const struct store_statement sql[] = {
    [MARK_GET] = {"control.mark_get", "SELECT outbox FROM control_mark WHERE one = 1"},
    [MARK_SET] = {"control.mark_set", "UPDATE control_mark SET outbox = $1 WHERE one = 1"},
};

struct sweep {
    struct control *control;
    struct str log;
    bool logged;
};

static int
look(void *arg, const struct outbox_row *row, struct err *err)
{
    struct sweep *sweep = arg;
    char record[64];
    sweep->logged = row->logged;
    if (!row->logged)
        return 0;
    (void)snprintf(record, sizeof record, "%.*s/%llu", STR_FMT(str_slice(row->topic, 0, 40)),
                   (unsigned long long)row->subject);
    struct control_evidence leaf = {sweep->log, row->leaf, row->at, row->kind, str_of(record)};
    return control_observe(sweep->control, &leaf, true, err);
}

int
control_sweep(struct control *control, struct str log, size_t most, struct err *err)
{
    int64_t mark = 0;
    if (db_one_int(db_query(control->store, &sql[MARK_GET]), &mark, err) < 0)
        return -1;
    int64_t next = mark;
    for (size_t i = 0; i < most; i++) {
        struct sweep sweep = {control, log, false};
        int rc = outbox_get(control->store, (uint64_t)next + 1, look, &sweep, err);
        if (rc < 0)
            return -1;
        if (rc == 1 || !sweep.logged)
            break;
        next++;
    }
    if (next == mark)
        return 0;
    struct db_query *q = db_query(control->store, &sql[MARK_SET]);
    db_bind_int(q, 1, next);
    return db_run(q, err) < 0 ? -1 : 1;
}
