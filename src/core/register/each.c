/*
 * each: all records of a register that a person may read, one by one. Runs in cored; it only reads.
 *
 * Invariant: every record is loaded and judged anew when its turn comes (rights.c); the ids come
 * from one statement.
 */
#include "base/mem/buf.h"
#include "core/register/ask.h"
#include "core/register/list.h"

enum { EACH_BYTES = 16 << 20 };

/* The ids of ASK's records, newest first. */
static void
put_ids(const struct ask *ask, struct buf *buf)
{
    for (size_t i = 0; i < ask->branch_count; i++) {
        buf_printf(buf, "%sSELECT c.id AS id FROM cur_%.*s c WHERE %s%s",
                   i > 0 ? " UNION ALL " : "", STR_FMT(ask->def->name), ask->branches[i],
                   ask->filter);
    }
    buf_put_z(buf, " ORDER BY id DESC");
}

/* Tells CALL of record ID when it is still there and seen. */
static int
each_one(const struct ask *ask, struct arena *arena, uint64_t id, json_t **ret, struct err *err)
{
    struct record record = {0};
    struct sight sight = {.any = false};
    struct rights rights = ask->rights;
    rights.arena = arena; /* what judging one record needs goes with it */
    int rc = record_load(rights.set, rights.store, arena, id, &record, err);
    if (rc == 0) {
        rc = rights_sight(&rights, &record, &sight, err);
    }
    if (rc == 0) {
        rc = ask_shown(ask, &sight) ? record_tell(&rights, arena, &record, &sight, ret, err) : 1;
    }
    record_done(&record);
    return rc;
}

static int
each_ids(const struct ask *ask, struct db_query *q, register_each_call *call, void *ctx,
         struct err *err)
{
    struct arena *arena = arena_new(EACH_BYTES);
    int rc = 0, row = 0;
    while (rc == 0 && (row = db_step(q, err)) > 0) {
        json_t *record = NULL;
        rc = each_one(ask, arena, (uint64_t)db_int(q, 0), &record, err);
        rc = rc == 0 ? call(ctx, record, err) : rc > 0 ? 0 : -1;
        json_decref(record);
        arena_clear(arena);
    }
    arena_free(arena);
    return row < 0 ? -1 : rc;
}

int
register_each(const struct register_asker *asker, struct str reg, const struct list_query *query,
              register_each_call *call, void *ctx, struct err *err)
{
    const struct register_def *def = register_def_find(asker->set, reg);
    struct list_query all = query != NULL ? *query : (struct list_query){.limit = 0};
    struct ask *ask = arena_alloc(asker->arena, sizeof *ask);
    if (def == NULL || def->shape) {
        return ERR(err, "not_found", "register");
    }
    if (ask == NULL) {
        return ERR(err, "limit.memory", "ask");
    }
    all.sort = STR("-id");
    all.fy = all.fy.n > 0 ? all.fy : STR("all");
    if (ask_make(asker, def, &all, ask, err) < 0) {
        return -1;
    }
    if (ask->branch_count == 0) {
        return 0;
    }
    struct buf text;
    buf_init(&text, ASK_SQL_BYTES);
    put_ids(ask, &text);
    if (buf_done(&text, err) < 0) {
        buf_free(&text);
        return -1;
    }
    struct db_query *q = db_query_once(asker->store, "each.ids", buf_str(&text));
    buf_free(&text);
    ask_bind(ask, q);
    int rc = each_ids(ask, q, call, ctx, err);
    db_end(q);
    return rc;
}
