/*
 * row: rows of transfers and items, their events and jobs. Runs in cored.
 *
 * Invariants: a state changes by transfer_move only, along the table; an event and its outbox row
 * are of one unit; content behind a commitment is SHA-256(nonce[32] ‖ compact JSON with sorted
 * keys).
 */
#include "core/transfer/row.h"

#include "base/crypt/encode.h"
#include "base/crypt/hash.h"
#include "base/mem/ensure.h"
#include "base/os/time.h"
#include "core/account/account.h"
#include "core/store/id.h"
#include "core/store/job.h"
#include "core/store/outbox.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

const char *const transfer_state_names[TRANSFER_STATES] = {
    "draft",    "submitted", "waiting", "releasing", "ready",  "taken",
    "rejected", "withdrawn", "revoked", "expired",   "closed",
};

#define TO(state) (1u << TRANSFER_##state)

static const unsigned next_states[TRANSFER_STATES] = {
    [TRANSFER_DRAFT] = TO(SUBMITTED) | TO(WITHDRAWN) | TO(EXPIRED),
    [TRANSFER_SUBMITTED] = TO(WAITING) | TO(RELEASING) | TO(REJECTED) | TO(WITHDRAWN) | TO(EXPIRED),
    [TRANSFER_WAITING] = TO(RELEASING) | TO(REJECTED) | TO(DRAFT) | TO(WITHDRAWN) | TO(EXPIRED),
    [TRANSFER_RELEASING] = TO(READY) | TO(REVOKED),
    [TRANSFER_READY] = TO(TAKEN) | TO(WITHDRAWN) | TO(REVOKED) | TO(CLOSED),
    [TRANSFER_TAKEN] = TO(REVOKED) | TO(CLOSED),
    [TRANSFER_REJECTED] = TO(CLOSED),
    [TRANSFER_WITHDRAWN] = TO(CLOSED),
    [TRANSFER_REVOKED] = TO(CLOSED),
    [TRANSFER_EXPIRED] = TO(CLOSED),
};

#define ITEM_COLUMNS                                                                               \
    "id, transfer, name, size, object, coalesce(object_key, ''), sha256, received, state, scan,"   \
    " scanned, verdict, depth, kind, reasons, removed, name_out, size_out, sha256_out,"            \
    " coalesce(clean_object, ''), coalesce(clean_key, ''), disarmed, coalesce(to_object, ''),"     \
    " coalesce(to_key, ''), deposit_leaf, deposited, take_leaf, taken,"                            \
    " coalesce(receive_leaf, -1), coalesce(scan_leaf, -1), coalesce(disarm_leaf, -1)"

enum { LOAD, ITEM, ITEMS, MOVE, EVENT_ADD };

static const struct store_statement sql[] = {
    [LOAD] = {"transfer.load",
              "SELECT id, coalesce(number, ''), flow, flow_digest, from_zone, to_zone, person,"
              " section, class, class_rank, purpose, receiver, receiver_person, receiver_section,"
              " state, rev, coalesce(record, 0), rule, route, facts, release_leaf, created,"
              " submitted, decided, ready, taken, expires, changed FROM transfer WHERE id = $1"},
    [ITEM] = {"transfer.item", "SELECT " ITEM_COLUMNS " FROM item WHERE id = $1"},
    [ITEMS] = {"transfer.items", "SELECT " ITEM_COLUMNS " FROM item WHERE transfer = $1"
                                 " ORDER BY id LIMIT 10001"},
    [MOVE] = {"transfer.move", "UPDATE transfer SET state = $3, rev = rev + 1, changed = $4,"
                               " expires = CASE WHEN $5 > 0 THEN $5 ELSE expires END"
                               " WHERE id = $1 AND state = $2"},
    [EVENT_ADD] = {"transfer.transfer_event_add",
                   "INSERT INTO transfer_event(id, transfer, at, kind, person, name, content,"
                   " nonce, outbox) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"},
};

static int
state_of(struct str name)
{
    for (int i = 0; i < TRANSFER_STATES; i++) {
        if (str_equal_z(name, transfer_state_names[i])) {
            return i;
        }
    }
    return -1;
}

static void
row_fill(struct db_query *q, struct arena *arena, struct transfer_row *ret)
{
    *ret = (struct transfer_row){.id = (uint64_t)db_int(q, 0),
                                 .number = str_dup(arena, db_text(q, 1)),
                                 .flow = str_dup(arena, db_text(q, 2)),
                                 .from = str_dup(arena, db_text(q, 4)),
                                 .to = str_dup(arena, db_text(q, 5)),
                                 .person = (uint64_t)db_int(q, 6),
                                 .section = (uint64_t)db_int(q, 7),
                                 .class = str_dup(arena, db_text(q, 8)),
                                 .class_rank = db_int(q, 9),
                                 .purpose = str_dup(arena, db_text(q, 10)),
                                 .receiver = str_dup(arena, db_text(q, 11)),
                                 .receiver_person = (uint64_t)db_int(q, 12),
                                 .receiver_section = (uint64_t)db_int(q, 13),
                                 .rev = db_int(q, 15),
                                 .record = (uint64_t)db_int(q, 16),
                                 .rule = db_int(q, 17),
                                 .route = str_dup(arena, db_text(q, 18)),
                                 .facts = str_dup(arena, db_text(q, 19)),
                                 .released = !db_is_null(q, 20),
                                 .release_leaf = (uint64_t)db_int(q, 20),
                                 .created = db_int(q, 21),
                                 .submitted = db_int(q, 22),
                                 .decided = db_int(q, 23),
                                 .ready = db_int(q, 24),
                                 .taken = db_int(q, 25),
                                 .expires = db_int(q, 26),
                                 .changed = db_int(q, 27)};
    (void)db_blob_to(q, 3, ret->flow_digest, sizeof ret->flow_digest);
}

int
transfer_load(struct store *store, struct arena *arena, uint64_t id, struct transfer_row *ret,
              struct err *err)
{
    struct db_query *q = db_query(store, &sql[LOAD]);
    db_bind_int(q, 1, (int64_t)id);
    int rc = db_step(q, err), state = -1;
    if (rc > 0) {
        row_fill(q, arena, ret);
        state = state_of(db_text(q, 14));
    }
    db_end(q);
    if (rc <= 0) {
        return rc < 0 ? -1 : 1;
    }
    if (state < 0) {
        return ERR(err, "register.unreadable", "transfer %llu", (unsigned long long)id);
    }
    ret->state = (enum transfer_state)state;
    return arena_check(arena, err);
}

static void
item_fill(struct db_query *q, struct arena *arena, struct item_row *ret)
{
    *ret = (struct item_row){.id = (uint64_t)db_int(q, 0),
                             .transfer = (uint64_t)db_int(q, 1),
                             .name = str_dup(arena, db_text(q, 2)),
                             .size = db_int(q, 3),
                             .object = str_dup(arena, db_text(q, 4)),
                             .object_key = str_dup(arena, db_text(q, 5)),
                             .received = db_int(q, 7),
                             .state = str_dup(arena, db_text(q, 8)),
                             .scan = str_dup(arena, db_text(q, 9)),
                             .scanned = db_int(q, 10),
                             .verdict = str_dup(arena, db_text(q, 11)),
                             .depth = str_dup(arena, db_text(q, 12)),
                             .kind = str_dup(arena, db_text(q, 13)),
                             .reasons = str_dup(arena, db_text(q, 14)),
                             .removed = db_int(q, 15),
                             .name_out = str_dup(arena, db_text(q, 16)),
                             .size_out = db_int(q, 17),
                             .clean_object = str_dup(arena, db_text(q, 19)),
                             .clean_key = str_dup(arena, db_text(q, 20)),
                             .disarmed = db_int(q, 21),
                             .to_object = str_dup(arena, db_text(q, 22)),
                             .to_key = str_dup(arena, db_text(q, 23)),
                             .deposit_logged = !db_is_null(q, 24),
                             .deposit_leaf = (uint64_t)db_int(q, 24),
                             .deposited = db_int(q, 25),
                             .take_logged = !db_is_null(q, 26),
                             .take_leaf = (uint64_t)db_int(q, 26),
                             .taken = db_int(q, 27),
                             .receive_leaf = db_int(q, 28),
                             .scan_leaf = db_int(q, 29),
                             .disarm_leaf = db_int(q, 30)};
    ret->hashed = db_blob_to(q, 6, ret->sha256, sizeof ret->sha256);
    ret->cleaned = db_blob_to(q, 18, ret->sha256_out, sizeof ret->sha256_out);
}

int
item_load(struct store *store, struct arena *arena, uint64_t id, struct item_row *ret,
          struct err *err)
{
    struct db_query *q = db_query(store, &sql[ITEM]);
    db_bind_int(q, 1, (int64_t)id);
    int rc = db_step(q, err);
    if (rc > 0) {
        item_fill(q, arena, ret);
    }
    db_end(q);
    if (rc <= 0) {
        return rc < 0 ? -1 : 1;
    }
    return arena_check(arena, err);
}

int
items_load(struct store *store, struct arena *arena, uint64_t transfer, struct item_row **ret_items,
           size_t *ret_count, struct err *err)
{
    struct item_row *items = NULL;
    size_t count = 0, room = 0;
    struct db_query *q = db_query(store, &sql[ITEMS]);
    db_bind_int(q, 1, (int64_t)transfer);
    int rc = 0;
    while ((rc = db_step(q, err)) > 0) {
        if (count == room) {
            size_t more = room == 0 ? 8 : room * 2;
            struct item_row *grown = arena_array(arena, more, sizeof *grown);
            if (grown == NULL) {
                db_end(q);
                return ERR(err, "limit.memory", "items");
            }
            if (count > 0) {
                memcpy(grown, items, count * sizeof *grown);
            }
            items = grown;
            room = more;
        }
        item_fill(q, arena, &items[count++]);
    }
    db_end(q);
    *ret_items = items;
    *ret_count = count;
    return rc < 0 ? -1 : arena_check(arena, err);
}

int
transfer_move(struct store *store, struct transfer_row *row, enum transfer_state to,
              int64_t expires, struct err *err)
{
    if ((next_states[row->state] >> to & 1) == 0) {
        return ERR(err, "gate.state", "%s", transfer_state_names[row->state]);
    }
    struct db_query *q = db_query(store, &sql[MOVE]);
    db_bind_int(q, 1, (int64_t)row->id);
    db_bind_z(q, 2, transfer_state_names[row->state]);
    db_bind_z(q, 3, transfer_state_names[to]);
    db_bind_int(q, 4, time_now_us());
    db_bind_int(q, 5, expires);
    int64_t changed = db_run(q, err);
    if (changed < 0) {
        return -1;
    }
    if (changed != 1) {
        return ERR(err, "gate.state", "%s", transfer_state_names[row->state]);
    }
    row->state = to;
    row->rev++;
    return 0;
}

/* Writes the event's row for outbox row OUTBOX. */
static int
transfer_event_insert(struct store *store, const struct transfer_event_new *event,
                      const char *content, const unsigned char nonce[32], uint64_t outbox,
                      struct err *err)
{
    struct db_query *q = db_query(store, &sql[EVENT_ADD]);
    db_bind_int(q, 1, (int64_t)id_new());
    db_bind_int(q, 2, (int64_t)event->transfer);
    db_bind_int(q, 3, time_now_us());
    db_bind_z(q, 4, event->kind);
    db_bind_int(q, 5, (int64_t)event->person);
    db_bind_text(q, 6, event->name);
    db_bind_z(q, 7, content);
    db_bind_blob(q, 8, nonce, 32);
    db_bind_int(q, 9, (int64_t)outbox);
    return db_run(q, err) < 0 ? -1 : 0;
}

int
transfer_event_add(struct store *store, const struct transfer_event_new *event,
                   uint64_t *ret_outbox, struct err *err)
{
    unsigned char nonce[32], commit[SHA256_BYTES];
    char hex[HEX_CHARS(SHA256_BYTES) + 1];
    ensure(getrandom(nonce, sizeof nonce, 0) == (ssize_t)sizeof nonce);
    char *content = json_dumps(event->content, JSON_COMPACT | JSON_SORT_KEYS);
    ensure(content != NULL && event->leaf != NULL);
    sha256_of_pair(nonce, sizeof nonce, content, strlen(content), commit);
    hex_encode(commit, sizeof commit, hex);
    if (!event->plain) {
        (void)json_object_set_new(event->leaf, "commit", json_string(hex));
    }
    char *leaf = json_dumps(event->leaf, JSON_COMPACT | JSON_SORT_KEYS);
    ensure(leaf != NULL);
    struct outbox_new row = {.kind = event->kind,
                             .data = str_of(leaf),
                             .topic = event->topic,
                             .subject = event->transfer};
    uint64_t outbox = 0;
    int rc = outbox_add(store, &row, &outbox, err);
    if (rc == 0) {
        rc = transfer_event_insert(store, event, content, nonce, outbox, err);
    }
    free(content);
    free(leaf);
    json_decref(event->leaf);
    json_decref(event->content);
    if (ret_outbox != NULL) {
        *ret_outbox = outbox;
    }
    return rc;
}

int
item_job(struct store *store, const struct transfer_row *row, const struct item_row *item,
         const char *kind, struct err *err)
{
    char key[64], id[ID_CHARS + 1];
    id_format(item->id, id);
    (void)snprintf(key, sizeof key, "%s/%s", kind, id);
    struct job_new job = {.queue = "gate",
                          .kind = kind,
                          .key = str_of(key),
                          .subject = item->id,
                          .owner = row->person,
                          .lane = item->size <= TRANSFER_SMALL_BYTES ? 0 : 1,
                          .cost = 1 + (uint64_t)item->size / 1048576,
                          .run_at = 0,
                          .attempts_most = strcmp(kind, "deposit") == 0 ? 1000 : 3};
    return job_add(store, &job, err) < 0 ? -1 : 0;
}

/* One job destroys one OBJECT on SIDE. */
static int
object_destroy(struct store *store, const struct item_row *item, struct str object, struct str side,
               struct err *err)
{
    if (object.n == 0) {
        return 0;
    }
    char key[64], payload[128];
    (void)snprintf(key, sizeof key, "destroy/%.*s", STR_FMT(object));
    (void)snprintf(payload, sizeof payload, "{\"object\":\"%.*s\",\"side\":\"%.*s\"}",
                   STR_FMT(object), STR_FMT(side));
    struct job_new job = {.queue = "gate",
                          .kind = "destroy",
                          .key = str_of(key),
                          .subject = item->id,
                          .owner = 0,
                          .lane = 0,
                          .cost = 1,
                          .attempts_most = 1000,
                          .payload = str_of(payload)};
    return job_add(store, &job, err) < 0 ? -1 : 0;
}

int
object_destroy_all(struct store *store, const struct transfer_row *row, const struct item_row *item,
                   struct err *err)
{
    if (object_destroy(store, item, item->object, row->from, err) < 0 ||
        object_destroy(store, item, item->clean_object, row->from, err) < 0 ||
        object_destroy(store, item, item->to_object, row->to, err) < 0) {
        return -1;
    }
    return 0;
}

int
transfer_destroy(struct store *store, struct arena *arena, const struct transfer_row *row,
                 struct err *err)
{
    struct item_row *items = NULL;
    size_t count = 0;
    if (items_load(store, arena, row->id, &items, &count, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < count; i++) {
        if (job_cancel(store, "gate", items[i].id, err) < 0 ||
            object_destroy_all(store, row, &items[i], err) < 0) {
            return -1;
        }
    }
    return 0;
}

bool
item_settled(const struct item_row *item)
{
    static const char *const ends[] = {"disarmed", "blocked", "infected", "locked", "failed"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        if (str_equal_z(item->state, ends[i])) {
            return true;
        }
    }
    return false;
}

int
transfer_receives(struct store *store, struct arena *arena, const struct transfer_row *row,
                  uint64_t person, struct err *err)
{
    if (row->receiver_person != 0) {
        return account_same_person(store, row->receiver_person, person, err);
    }
    if (row->receiver_section == 0) {
        return 0;
    }
    struct account_post *posts = NULL;
    size_t count = 0;
    if (account_posts(store, arena, person, time_now_us(), &posts, &count, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < count; i++) {
        if (posts[i].section == row->receiver_section) {
            return 1;
        }
    }
    return 0;
}
