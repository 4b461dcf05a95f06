/*
 * slot: role slots of bodies and sections. Runs in cored, inside the unit of the deciding act.
 *
 * Invariant: a slot names a post or a person that is there, never both.
 */
#include "core/account/slot.h"

#include "core/store/id.h"

enum { ADD, KNOWN, END, UNDO };

static const struct store_statement sql[] = {
    [ADD] = {"slot.add", "INSERT INTO role_slot(id, role, scope_kind, scope_id, post, person,"
                         " from_day, until_day) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"},
    [KNOWN] = {"slot.known",
               "SELECT (SELECT count(*) FROM post WHERE id = $1) + (SELECT count(*) FROM person"
               " WHERE id = $2) + (SELECT count(*) FROM body WHERE id = $3 AND $4 = 0)"
               " + (SELECT count(*) FROM section WHERE id = $3 AND $4 = 1)"},
    [END] = {"slot.end", "UPDATE role_slot SET until_day = $2 - 1 WHERE id = $1 AND from_day < $2"
                         " AND until_day >= $2"},
    [UNDO] = {"slot.undo", "DELETE FROM role_slot WHERE id = $1 AND from_day >= $2"},
};

int
slot_add(struct store *store, const struct slot_new *slot, uint64_t *ret_id, struct err *err)
{
    int64_t known = 0;
    bool section = str_equal_z(STR("section"), slot->scope_kind);
    struct db_query *q = db_query(store, &sql[KNOWN]);
    db_bind_int(q, 1, (int64_t)slot->post);
    db_bind_int(q, 2, (int64_t)slot->person);
    db_bind_int(q, 3, (int64_t)slot->scope);
    db_bind_int(q, 4, section);
    if (db_one_int(q, &known, err) < 0) {
        return -1;
    }
    if (known != 2 || (slot->post == 0) == (slot->person == 0) ||
        slot->from_day > slot->until_day || slot->role.n == 0) {
        return ERR(err, "account.slot", "%.*s", STR_FMT(str_slice(slot->role, 0, 40)));
    }
    *ret_id = id_new();
    q = db_query(store, &sql[ADD]);
    db_bind_int(q, 1, (int64_t)*ret_id);
    db_bind_text(q, 2, slot->role);
    db_bind_z(q, 3, slot->scope_kind);
    db_bind_int(q, 4, (int64_t)slot->scope);
    if (slot->post != 0) {
        db_bind_int(q, 5, (int64_t)slot->post);
    } else {
        db_bind_int(q, 6, (int64_t)slot->person);
    }
    db_bind_int(q, 7, slot->from_day);
    db_bind_int(q, 8, slot->until_day);
    return db_run(q, err) < 0 ? -1 : 0;
}

int
slot_end(struct store *store, uint64_t id, int64_t day, struct err *err)
{
    static const int both[] = {END, UNDO};
    for (size_t i = 0; i < 2; i++) {
        struct db_query *q = db_query(store, &sql[both[i]]);
        db_bind_int(q, 1, (int64_t)id);
        db_bind_int(q, 2, day);
        if (db_run(q, err) < 0) {
            return -1;
        }
    }
    return 0;
}
