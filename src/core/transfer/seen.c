/*
 * seen: where the gate's own leaves stand in the ledger, as gated tells. Runs in cored. Only what
 * is shown depends on it: nothing opens because of a note.
 */
#include "base/os/time.h"
#include "core/transfer/transfer.h"

static const struct store_statement sql[] = {
    {"seen.receive", "UPDATE item SET receive_leaf = $2 WHERE id = $1 AND receive_leaf IS NULL"},
    {"seen.scan", "UPDATE item SET scan_leaf = $2 WHERE id = $1"},
    {"seen.disarm", "UPDATE item SET disarm_leaf = $2 WHERE id = $1"},
};

static const struct {
    const char *kind;
    int statement; /* of the item's column, -1: of no item, for the controls */
} kinds[] = {
    {"transfer.receive", 0}, {"transfer.scan", 1}, {"transfer.disarm", 2},
    {"transfer.block", 2},   {"gate.probe", -1},
};

int
transfer_leaf_seen(struct transfer_desk *desk, struct str kind, uint64_t item, uint64_t leaf,
                   bool good, struct err *err)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (!str_equal_z(kind, kinds[i].kind)) {
            continue;
        }
        if (kinds[i].statement < 0) {
            return desk->leaf == NULL ? 0
                                      : desk->leaf(desk->leaf_ctx, kinds[i].kind, (struct str){0},
                                                   leaf, good, err);
        }
        struct db_query *q = db_query(desk->store, &sql[kinds[i].statement]);
        db_bind_int(q, 1, (int64_t)item);
        db_bind_int(q, 2, (int64_t)leaf);
        return db_run(q, err) < 0 ? -1 : 0;
    }
    return 0;
}
