/*
 * store: opening, units, group commit. Runs in cored and authd.
 *
 * Two connections to one SQLite file in WAL mode: the writer, on which units run, and the reader
 * (query_only), which sees what is committed. Invariants: a completion runs only after COMMIT
 * returned; a failed unit is rolled back to its savepoint before the next one begins; after a
 * failed COMMIT or an I/O error nothing of the group remains and every one of its units is told so.
 */
#include "core/store/store.h"

#include "base/mem/ensure.h"
#include "base/os/time.h"
#include "core/store/private.h"

#include <stdlib.h>

static void
store_tick(void *arg)
{
    store_flush(arg);
}

int
store_open(const struct store_options *options, struct store **ret_store, struct err *err)
{
    struct store *store = calloc(1, sizeof *store);
    ensure(store != NULL);
    store->pending = calloc(STORE_GROUP_MOST, sizeof *store->pending);
    ensure(store->pending != NULL);
    const char *path = options->path;
    store->db = str_starts(str_of(path), STR("postgres:")) ? &db_postgres : &db_sqlite;
    store->loop = options->loop;
    if (store->loop != NULL) {
        store->timer = loop_timer_new(store->loop, store_tick, store);
    }
    if (store->db->open(path, true, &store->writer, err) < 0 ||
        store_migrate(store, options->sql_dir, err) < 0 ||
        store->db->open(path, false, &store->reader, err) < 0) {
        store_close(store);
        return -1;
    }
    *ret_store = store;
    return 0;
}

void
store_close(struct store *store)
{
    if (store == NULL) {
        return;
    }
    ensure(!store->unit);
    store->closing = true;
    store_flush(store);
    loop_timer_free(store->timer);
    db_queries_free(store);
    store->db->close(store->reader);
    store->db->close(store->writer);
    free(store->pending);
    free(store);
}

bool
store_writable(const struct store *store, struct err *ret_why)
{
    if (store->broken.code == NULL) {
        return true;
    }
    if (ret_why != NULL) {
        *ret_why = store->broken;
    }
    return false;
}

/* After WHY the store refuses units: for a while when the disk is full or the server away, else
 * for good. */
static void
store_break(struct store *store, const struct err *why)
{
    store->broken = *why;
    bool for_now = err_is(why, "store.full") || err_is(why, "store.away") ||
                   err_is(why, "store.unsure") || err_is(why, "store.busy");
    store->retry_ms = for_now ? time_mono_ms() + STORE_RETRY_MS : INT64_MAX;
}

static void
pending_add(struct store *store, store_done *done, void *arg, int result, const struct err *err)
{
    struct store_pending *p = &store->pending[store->pending_count++];
    *p = (struct store_pending){.done = done, .arg = arg, .result = result};
    if (result < 0) {
        p->err = *err;
    }
}

/* Every unit of the group is lost because of WHY. */
static void
pending_fail(struct store *store, const struct err *why)
{
    for (size_t i = 0; i < store->pending_count; i++) {
        if (store->pending[i].result >= 0) {
            store->pending[i].result = -1;
            store->pending[i].err = *why;
        }
    }
}

static int
group_begin(struct store *store, struct err *err)
{
    if (store->broken.code != NULL) {
        if (time_mono_ms() < store->retry_ms) {
            *err = store->broken;
            return -1;
        }
        store->broken = (struct err){0};
    }
    if (store->open) {
        return 0;
    }
    if (store->db->begin(store->writer, err) < 0) {
        if (!err_is(err, "store.busy")) {
            store_break(store, err);
        }
        return -1;
    }
    store->open = true;
    return 0;
}

/* Some errors end the whole transaction: then the group is gone. */
static void
group_lost(struct store *store, const struct err *why)
{
    if (!store->open) {
        return;
    }
    store->db->rollback(store->writer);
    store->open = false;
    pending_fail(store, why);
    store_break(store, why);
}

static bool
err_is_disk(const struct err *err)
{
    return err_is(err, "store.full") || err_is(err, "store.failed") || err_is(err, "store.away");
}

/* Runs UNIT in its savepoint. The unit's result, or -1. */
static int
unit_run(struct store *store, store_unit *unit, void *arg, struct err *err)
{
    if (group_begin(store, err) < 0) {
        return -1;
    }
    if (store->db->exec(store->writer, "SAVEPOINT unit", err) < 0) {
        group_lost(store, err);
        return -1;
    }
    store->unit = true;
    store->unit_failure = (struct err){0};
    int result = unit(store, arg, err);
    store->unit = false;
    if (store->unit_failure.code != NULL && (result >= 0 || err_is_disk(&store->unit_failure))) {
        *err = store->unit_failure;
        result = -1;
    }
    if (!store->db->active(store->writer) || (result < 0 && err_is_disk(err))) {
        if (result >= 0) {
            (void)ERR(err, "store.failed", "transaction ended inside a unit");
        }
        group_lost(store, err);
        return -1;
    }
    struct err why = {0};
    const char *sql = result < 0 ? "ROLLBACK TO unit; RELEASE unit" : "RELEASE unit";
    if (store->db->exec(store->writer, sql, &why) < 0) {
        group_lost(store, &why);
        if (result >= 0) {
            *err = why;
        }
        return -1;
    }
    return result;
}

void
store_write(struct store *store, store_unit *unit, store_done *done, void *arg)
{
    ensure(!store->unit && !store->reading);
    if (store->pending_count == STORE_GROUP_MOST) {
        store_flush(store);
    }
    struct err err = {0};
    int result = unit_run(store, unit, arg, &err);
    ensure(result >= 0 || err.code != NULL);
    pending_add(store, done, arg, result, &err);
    if (store->timer == NULL) {
        store_flush(store);
    } else if (store->pending_count == 1) {
        loop_timer_start(store->timer, 0);
    }
}

void
store_flush(struct store *store)
{
    ensure(!store->unit);
    if (store->open) {
        struct err why = {0};
        if (store->db->commit(store->writer, &why) < 0) {
            group_lost(store, &why);
        }
        store->open = false;
    }
    size_t count = store->pending_count;
    if (count == 0) {
        return;
    }
    struct store_pending *pending = store->pending;
    store->pending = calloc(STORE_GROUP_MOST, sizeof *pending);
    ensure(store->pending != NULL);
    store->pending_count = 0;
    for (size_t i = 0; i < count; i++) {
        if (pending[i].done != NULL) {
            pending[i].done(pending[i].arg, pending[i].result,
                            pending[i].result < 0 ? &pending[i].err : NULL);
        }
    }
    free(pending);
    if (store->committed != NULL && !store->closing) {
        store->committed(store->committed_arg);
    }
}

void
store_on_commit(struct store *store, loop_call *call, void *arg)
{
    store->committed = call;
    store->committed_arg = arg;
}

bool
store_writing(const struct store *store)
{
    return store->unit;
}

int
store_read(struct store *store, store_unit *read, void *arg, struct err *err)
{
    if (store->unit || store->reading) {
        return read(store, arg, err);
    }
    if (store->db->begin(store->reader, err) < 0) {
        return -1;
    }
    store->reading = true;
    int result = read(store, arg, err);
    store->reading = false;
    struct err ignored;
    (void)store->db->commit(store->reader, &ignored);
    return result;
}

int
store_define(struct store *store, const char *sql, const char *server, struct err *err)
{
    ensure(store->unit);
    struct buf text;
    struct err why = {0};
    buf_init(&text, 1 << 20);
    int rc = 0;
    if (store->db->translate == NULL || server != NULL) {
        buf_put_z(&text, store->db->translate == NULL ? sql : server);
    } else {
        rc = store->db->translate(str_of(sql), &text, &why);
    }
    buf_put_char(&text, '\0');
    if (rc == 0) {
        rc = buf_done(&text, &why) < 0 ? -1 : store->db->exec(store->writer, text.p, &why);
    }
    buf_free(&text);
    if (rc < 0 && store->unit_failure.code == NULL) {
        store->unit_failure = why;
    }
    if (rc < 0) {
        *err = why;
    }
    return rc;
}

bool
store_on_server(const struct store *store)
{
    return store->db == &db_postgres;
}

void
store_hurry(struct store *store, int64_t within_ms)
{
    store->db->hurry(store->reader, within_ms);
}
