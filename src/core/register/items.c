/*
 * items: what lies on a person's desk beside the open steps: what is read afterwards, what was sent
 * back, and for the chief what is stuck. Runs in cored; it only reads.
 */
#include "base/os/time.h"
#include "core/account/account.h"
#include "core/register/record.h"

enum { LATER, BACK, OPEN, STUCK_SEEN = 200 };

static const struct store_statement sql[] = {
    [LATER] = {"items.later",
               "SELECT l.record, l.step, l.since, l.due FROM read_later l WHERE l.read_at = 0"
               " AND (l.person = $1 OR l.person IN (SELECT person FROM person_join WHERE same_as ="
               " coalesce((SELECT same_as FROM person_join WHERE person = $1), $1)) OR l.person ="
               " (SELECT same_as FROM person_join WHERE person = $1))"
               " ORDER BY l.since, l.id LIMIT 200"},
    [BACK] = {"items.back",
              "SELECT r.id, a.step, a.at, r.register, r.state FROM record r JOIN act a ON a.id ="
              " (SELECT max(id) FROM act WHERE record = r.id AND from_state <> to_state)"
              " WHERE r.owner = $1 AND r.step < 0 AND a.kind = 'send_back'"
              " ORDER BY a.at, r.id LIMIT 200"},
    [OPEN] = {"items.open", "SELECT id FROM record WHERE step >= 0"
                            " ORDER BY step_since, id LIMIT 200"},
};

static void
item_add(struct register_items *items, size_t limit, struct register_item item)
{
    if (items->count < limit) {
        items->list[items->count++] = item;
    }
}

static int
later_items(struct store *store, struct arena *arena, uint64_t person, size_t limit,
            struct register_items *ret, struct err *err)
{
    struct db_query *q = db_query(store, &sql[LATER]);
    db_bind_int(q, 1, (int64_t)person);
    int rc;
    while ((rc = db_step(q, err)) > 0) {
        item_add(ret, limit,
                 (struct register_item){.record = (uint64_t)db_int(q, 0),
                                        .kind = "read",
                                        .step = str_dup(arena, db_text(q, 1)),
                                        .since = db_int(q, 2),
                                        .due = db_int(q, 3)});
    }
    db_end(q);
    return rc;
}

/* Only what lies in its first state again: a transfer that was sent back ended. */
static int
back_items(struct register_set *set, struct store *store, uint64_t person, size_t limit,
           struct register_items *ret, struct err *err)
{
    struct db_query *q = db_query(store, &sql[BACK]);
    db_bind_int(q, 1, (int64_t)person);
    int rc;
    while ((rc = db_step(q, err)) > 0) {
        const struct register_def *def = register_def_find(set, db_text(q, 3));
        if (def != NULL && register_state_find(def, db_text(q, 4)) == 0) {
            item_add(ret, limit,
                     (struct register_item){.record = (uint64_t)db_int(q, 0),
                                            .kind = "sent_back",
                                            .since = db_int(q, 2)});
        }
    }
    db_end(q);
    return rc;
}

/* The oldest open steps that nobody may fill. */
static int
stuck_items(struct register_set *set, struct store *store, struct arena *arena, size_t limit,
            struct register_items *ret, struct err *err)
{
    uint64_t ids[STUCK_SEEN];
    size_t count = 0;
    struct db_query *q = db_query(store, &sql[OPEN]);
    int rc = 0;
    while (count < STUCK_SEEN && (rc = db_step(q, err)) > 0) {
        ids[count++] = (uint64_t)db_int(q, 0);
    }
    db_end(q);
    for (size_t i = 0; rc >= 0 && i < count; i++) {
        struct register_waiting waiting;
        rc = register_waiting(set, store, arena, ids[i], &waiting, err);
        if (rc == 0 && waiting.stuck) {
            item_add(ret, limit,
                     (struct register_item){.record = ids[i],
                                            .kind = "stuck",
                                            .step = waiting.step,
                                            .since = waiting.since,
                                            .due = waiting.due});
        }
    }
    return rc < 0 ? -1 : 0;
}

int
register_items(struct register_set *set, struct store *store, struct arena *arena, uint64_t person,
               size_t limit, struct register_items *ret, struct err *err)
{
    ret->count = 0;
    ret->list = arena_array(arena, limit, sizeof *ret->list);
    if (ret->list == NULL) {
        return ERR(err, "limit.memory", "items");
    }
    int chief = account_has_role(store, person, "chief", 0, time_now_us(), err);
    if (chief < 0 || later_items(store, arena, person, limit, ret, err) < 0 ||
        back_items(set, store, person, limit, ret, err) < 0) {
        return -1;
    }
    return chief > 0 ? stuck_items(set, store, arena, limit, ret, err) : 0;
}
