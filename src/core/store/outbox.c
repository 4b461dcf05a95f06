/*
 * outbox: rows on their way to the ledger. Runs in cored.
 *
 * Invariant: in one log the numbers given are 1 … seq without gap, because the counter row and the
 * outbox row are written in one unit.
 */
#include "core/store/outbox.h"

#include "core/store/private.h"

enum {
    HEAD_RAISE,
    ORIGIN,
    ADD,
    WAITING,
    SPAN,
    NEXT,
    FIND,
    ACK,
    GET,
    HEAD,
    HEAD_SET,
    ACKED_MOST,
    MOVE,
    MOVABLE,
    SIZE
};

static const struct store_statement sql[] = {
    [HEAD_RAISE] = {"outbox.head_raise", "UPDATE ledger_head SET seq = seq + 1 WHERE one = 1"},
    [ORIGIN] = {"outbox.origin", "SELECT origin FROM ledger_head"},
    [ADD] = {"outbox.add", "INSERT INTO outbox(origin, seq, kind, data, topic, subject)"
                           " SELECT origin, seq, $1, $2, $3, $4 FROM ledger_head RETURNING id"},
    [WAITING] = {"outbox.waiting", "SELECT count(*) FROM outbox WHERE leaf IS NULL"},
    [SPAN] = {"outbox.span",
              "SELECT coalesce((SELECT max(seq) FROM outbox WHERE leaf IS NULL)"
              " - (SELECT min(seq) FROM outbox WHERE leaf IS NULL) + 1, 0)"},
    [NEXT] = {"outbox.next",
              "SELECT id, seq, kind, data, topic, subject, again, leaf, at, origin FROM outbox"
              " WHERE leaf IS NULL AND seq > $1 AND origin = (SELECT origin FROM ledger_head)"
              " ORDER BY seq LIMIT $2"},
    [FIND] = {"outbox.find", "SELECT id FROM outbox WHERE seq = $1 AND leaf IS NULL"
                             " AND origin = (SELECT origin FROM ledger_head)"},
    [ACK] = {"outbox.ack", "UPDATE outbox SET leaf = $2, at = $3 WHERE id = $1"},
    [GET] = {"outbox.get",
             "SELECT id, seq, kind, data, topic, subject, again, leaf, at, origin FROM outbox"
             " WHERE id = $1"},
    [HEAD] = {"outbox.head", "SELECT seq FROM ledger_head WHERE origin = $1"},
    [HEAD_SET] = {"outbox.head_set", "UPDATE ledger_head SET origin = $1, seq = $2 WHERE one = 1"},
    [ACKED_MOST] = {"outbox.acked_most", "SELECT coalesce(max(seq), 0) FROM outbox"
                                         " WHERE origin = $1 AND leaf IS NOT NULL"},
    [MOVE] = {"outbox.move", "UPDATE outbox SET origin = $2, seq = $3, again = $4 WHERE id = $1"},
    [SIZE] = {"outbox.size",
              "SELECT coalesce(max(leaf) + 1, 0) FROM outbox"
              " WHERE leaf IS NOT NULL AND origin = (SELECT origin FROM ledger_head)"},
    [MOVABLE] = {"outbox.movable", "SELECT id FROM outbox WHERE leaf IS NULL AND id > $1"
                                   " ORDER BY id LIMIT 1"},
};

int
outbox_behind(struct store *store, uint64_t *ret_waiting, struct err *err)
{
    int64_t count = 0;
    if (db_one_int(db_query(store, &sql[WAITING]), &count, err) < 0) {
        return -1;
    }
    *ret_waiting = (uint64_t)count;
    return 0;
}

void
outbox_check_set(struct store *store, outbox_check *check)
{
    store->check = check;
}

/* Refuses when too many rows wait. Numbers of one log have no gaps, so their span bounds how many
 * there are; they are counted only where that is not enough. */
static int
room_check(struct store *store, struct err *err)
{
    int64_t span = 0;
    uint64_t waiting = 0;
    if (db_one_int(db_query(store, &sql[SPAN]), &span, err) < 0) {
        return -1;
    }
    if (span < OUTBOX_MOST) {
        return 0;
    }
    if (outbox_behind(store, &waiting, err) < 0) {
        return -1;
    }
    return waiting < OUTBOX_MOST
               ? 0
               : ERR(err, "store.behind", "%llu", (unsigned long long)waiting);
}

int
outbox_add(struct store *store, const struct outbox_new *row, uint64_t *ret_id, struct err *err)
{
    if (room_check(store, err) < 0) {
        return -1;
    }
    if (store->check != NULL && store->check(str_of(row->kind), row->data, err) < 0) {
        return -1;
    }
    if (db_exec(store, &sql[HEAD_RAISE], err) < 0) {
        return -1;
    }
    struct db_query *q = db_query(store, &sql[ADD]);
    db_bind_z(q, 1, row->kind);
    db_bind_text(q, 2, row->data);
    db_bind_z(q, 3, row->topic);
    db_bind_int(q, 4, (int64_t)row->subject);
    int64_t id = 0;
    if (db_one_int(q, &id, err) < 0) {
        return -1;
    }
    if (ret_id != NULL) {
        *ret_id = (uint64_t)id;
    }
    return 0;
}

static int
visit_row(struct db_query *q, outbox_visit *visit, void *arg, struct err *err)
{
    struct outbox_row row = {.id = (uint64_t)db_int(q, 0),
                             .seq = (uint64_t)db_int(q, 1),
                             .kind = db_text(q, 2),
                             .data = db_text(q, 3),
                             .topic = db_text(q, 4),
                             .subject = (uint64_t)db_int(q, 5),
                             .again = db_int(q, 6) != 0,
                             .logged = !db_is_null(q, 7),
                             .leaf = (uint64_t)db_int(q, 7),
                             .at = db_int(q, 8),
                             .origin = db_text(q, 9)};
    return visit(arg, &row, err);
}

int
outbox_next(struct store *store, uint64_t after, size_t count, outbox_visit *visit, void *arg,
            struct err *err)
{
    struct db_query *q = db_query(store, &sql[NEXT]);
    db_bind_int(q, 1, (int64_t)after);
    db_bind_int(q, 2, (int64_t)count);
    int rc = 0, more = 0;
    while (rc == 0 && (more = db_step(q, err)) > 0) {
        rc = visit_row(q, visit, arg, err);
    }
    db_end(q);
    return rc < 0 || more < 0 ? -1 : 0;
}

int
outbox_get(struct store *store, uint64_t id, outbox_visit *visit, void *arg, struct err *err)
{
    struct db_query *q = db_query(store, &sql[GET]);
    db_bind_int(q, 1, (int64_t)id);
    int rc = db_step(q, err);
    int result = rc <= 0 ? (rc < 0 ? -1 : 1) : visit_row(q, visit, arg, err) < 0 ? -1 : 0;
    db_end(q);
    return result;
}

int
outbox_ack(struct store *store, uint64_t seq, uint64_t leaf, int64_t at, uint64_t *ret_id,
           struct err *err)
{
    struct db_query *q = db_query(store, &sql[FIND]);
    db_bind_int(q, 1, (int64_t)seq);
    int64_t id = 0;
    int rc = db_one_int(q, &id, err);
    if (rc != 0) {
        return rc;
    }
    q = db_query(store, &sql[ACK]);
    db_bind_int(q, 1, id);
    db_bind_int(q, 2, (int64_t)leaf);
    db_bind_int(q, 3, at);
    if (db_run(q, err) < 0) {
        return -1;
    }
    *ret_id = (uint64_t)id;
    return 0;
}

/* Numbers every undelivered row anew from 1 for the log ORIGIN. */
static int
outbox_renumber(struct store *store, struct str origin, bool again, struct err *err)
{
    int64_t id = 0, seq = 0;
    for (;;) {
        struct db_query *q = db_query(store, &sql[MOVABLE]);
        db_bind_int(q, 1, id);
        int rc = db_one_int(q, &id, err);
        if (rc < 0) {
            return -1;
        }
        if (rc > 0) {
            break;
        }
        q = db_query(store, &sql[MOVE]);
        db_bind_int(q, 1, id);
        db_bind_text(q, 2, origin);
        db_bind_int(q, 3, ++seq);
        db_bind_int(q, 4, again);
        if (db_run(q, err) < 0) {
            return -1;
        }
    }
    struct db_query *q = db_query(store, &sql[HEAD_SET]);
    db_bind_text(q, 1, origin);
    db_bind_int(q, 2, seq);
    return db_run(q, err) < 0 ? -1 : 0;
}

int
outbox_origin(struct store *store, struct arena *arena, struct str *ret, struct err *err)
{
    struct db_query *q = db_query(store, &sql[ORIGIN]);
    int rc = db_step(q, err);
    *ret = str_dup(arena, rc > 0 ? db_text(q, 0) : (struct str){0});
    db_end(q);
    return rc < 0 ? -1 : arena_check(arena, err);
}

/* 0 with *RET_VIRGIN: no log was ever spoken to. */
static int
outbox_virgin(struct store *store, bool *ret_virgin, struct err *err)
{
    struct db_query *q = db_query(store, &sql[ORIGIN]);
    int rc = db_step(q, err);
    *ret_virgin = rc > 0 && db_text(q, 0).n == 0;
    db_end(q);
    return rc < 0 ? -1 : 0;
}

int
outbox_hello(struct store *store, struct str origin, uint64_t head, struct err *err)
{
    bool virgin = false;
    if (outbox_virgin(store, &virgin, err) < 0) {
        return -1;
    }
    struct db_query *q = db_query(store, &sql[HEAD]);
    db_bind_text(q, 1, origin);
    int64_t seq = 0, acked = 0;
    int rc = db_one_int(q, &seq, err);
    if (rc < 0) {
        return -1;
    }
    if (rc > 0) {
        return head > 0 ? ERR(err, "ledger.ahead", "%llu", (unsigned long long)head)
                        : outbox_renumber(store, origin, !virgin, err);
    }
    q = db_query(store, &sql[ACKED_MOST]);
    db_bind_text(q, 1, origin);
    if (db_one_int(q, &acked, err) < 0) {
        return -1;
    }
    if (head > (uint64_t)seq) {
        return ERR(err, "ledger.ahead", "%llu > %lld", (unsigned long long)head, (long long)seq);
    }
    if (head < (uint64_t)acked) {
        return ERR(err, "ledger.rolled_back", "%llu < %lld", (unsigned long long)head,
                   (long long)acked);
    }
    return 0;
}

int
outbox_size(struct store *store, uint64_t *ret_size, struct err *err)
{
    int64_t size = 0;
    if (db_one_int(db_query(store, &sql[SIZE]), &size, err) < 0) {
        return -1;
    }
    *ret_size = (uint64_t)size;
    return 0;
}
