/*
 * draft: what the sender does: begin, attach, 送る, take back. Runs in cored, inside units.
 *
 * Invariants: only the sender, and only in the zone the flow starts in, changes a draft; what was
 * submitted is frozen; a number is given in the unit that submits, without gaps.
 */
#include "base/crypt/encode.h"
#include "base/os/time.h"
#include "base/text/utf8.h"
#include "base/text/wareki.h"
#include "core/account/account.h"
#include "core/store/id.h"
#include "core/store/job.h"
#include "core/transfer/row.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

enum { KNOWN, ADD, DRAFTS, ITEM_KNOWN, ITEM_ADD, ITEM_SUMS, ITEM_DROP, SUBMIT };

static const struct store_statement sql[] = {
    [KNOWN] = {"draft.known", "SELECT id FROM transfer WHERE person = $1 AND key = $2"},
    [ADD] = {"draft.add",
             "INSERT INTO transfer(id, flow, flow_digest, from_zone, to_zone, person, section, key,"
             " state, created, expires, changed)"
             " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'draft', $9, $10, $9)"},
    [DRAFTS] = {"draft.count",
                "SELECT count(*), coalesce(sum(EXISTS (SELECT 1 FROM item"
                " WHERE item.transfer = transfer.id AND item.state = 'open')), 0) FROM transfer"
                " WHERE person = $1 AND state = 'draft'"},
    [ITEM_KNOWN] = {"draft.item_known", "SELECT id FROM item WHERE transfer = $1 AND key = $2"},
    [ITEM_ADD] = {"draft.item_add", "INSERT INTO item(id, transfer, key, name, size, object)"
                                    " VALUES ($1, $2, $3, $4, $5, $6)"},
    [ITEM_SUMS] = {"draft.item_sums", "SELECT count(*), coalesce(sum(size), 0) FROM item"
                                      " WHERE transfer = $1"},
    [ITEM_DROP] = {"draft.item_drop", "DELETE FROM item WHERE id = $1 AND transfer = $2"},
    [SUBMIT] = {"draft.submit",
                "UPDATE transfer SET class = $2, class_rank = $3, purpose = $4, receiver = $5,"
                " receiver_person = $6, receiver_section = $7, submitted = $8,"
                " number = coalesce(number, $9), flow_digest = $10, rule = -1, route = '',"
                " facts = '' WHERE id = $1"},
};

static int
draft_known(struct transfer_desk *desk, const struct transfer_caller *caller, struct str key,
            uint64_t *ret, struct err *err)
{
    if (key.n == 0) {
        return 1;
    }
    struct db_query *q = db_query(desk->store, &sql[KNOWN]);
    db_bind_int(q, 1, (int64_t)caller->person);
    db_bind_text(q, 2, key);
    int64_t id = 0;
    int rc = db_one_int(q, &id, err);
    *ret = (uint64_t)id;
    return rc;
}

static int
draft_room(struct transfer_desk *desk, const struct transfer_caller *caller, struct err *err)
{
    struct db_query *q = db_query(desk->store, &sql[DRAFTS]);
    db_bind_int(q, 1, (int64_t)caller->person);
    int rc = db_step(q, err);
    int64_t all = rc > 0 ? db_int(q, 0) : 0, open = rc > 0 ? db_int(q, 1) : 0;
    db_end(q);
    if (rc < 0) {
        return -1;
    }
    if (open >= TRANSFER_OPEN_MOST || all >= TRANSFER_DRAFTS_MOST) {
        return ERR(err, "gate.drafts", "%d", TRANSFER_OPEN_MOST);
    }
    return desk->gate.full ? ERR(err, "gate.full", "spool") : 0;
}

int
transfer_create(struct transfer_desk *desk, const struct transfer_caller *caller,
                struct str flow_id, struct str key, uint64_t *ret, struct err *err)
{
    const struct flow *flow = flow_find(desk->flows, flow_id);
    int64_t now = time_now_us();
    uint64_t section = 0;
    if (flow == NULL || !str_equal(flow->from, caller->zone)) {
        return ERR(err, "flow.unknown", "%.*s", STR_FMT(str_slice(flow_id, 0, 40)));
    }
    if (key.n > 64) {
        return ERR(err, "api.field", "key");
    }
    int rc = draft_known(desk, caller, key, ret, err);
    if (rc <= 0) {
        return rc;
    }
    if (draft_room(desk, caller, err) < 0 ||
        account_section_of(desk->store, caller->person, now, &section, err) < 0) {
        return -1;
    }
    *ret = id_new();
    struct db_query *q = db_query(desk->store, &sql[ADD]);
    db_bind_int(q, 1, (int64_t)*ret);
    db_bind_text(q, 2, flow->id);
    db_bind_blob(q, 3, flow->digest, sizeof flow->digest);
    db_bind_text(q, 4, flow->from);
    db_bind_text(q, 5, flow->to);
    db_bind_int(q, 6, (int64_t)caller->person);
    db_bind_int(q, 7, (int64_t)section);
    if (key.n > 0) {
        db_bind_text(q, 8, key);
    }
    db_bind_int(q, 9, now);
    db_bind_int(q, 10, now + 7 * TIME_US_DAY);
    return db_run(q, err) < 0 ? -1 : 0;
}

/* The sender's own transfer, seen from the zone it starts in. */
static int
own_load(struct transfer_desk *desk, struct arena *arena, const struct transfer_caller *caller,
         uint64_t transfer, struct transfer_row *ret, struct err *err)
{
    int rc = transfer_load(desk->store, arena, transfer, ret, err);
    if (rc < 0) {
        return -1;
    }
    if (rc > 0 || ret->person != caller->person ||
        (!str_equal(ret->from, caller->zone) && !str_equal(ret->to, caller->zone))) {
        return ERR(err, "not_found", "transfer");
    }
    return 0;
}

static int
draft_load(struct transfer_desk *desk, struct arena *arena, const struct transfer_caller *caller,
           uint64_t transfer, struct transfer_row *ret, struct err *err)
{
    if (own_load(desk, arena, caller, transfer, ret, err) < 0) {
        return -1;
    }
    if (!str_equal(ret->from, caller->zone)) {
        return ERR(err, "not_found", "transfer");
    }
    return ret->state == TRANSFER_DRAFT
               ? 0
               : ERR(err, "gate.state", "%s", transfer_state_names[ret->state]);
}

/* A file's name as typed: UTF-8 without control characters and separators of folders. */
static bool
name_good(struct str name)
{
    if (name.n == 0 || name.n > TRANSFER_NAME_BYTES || !utf8_valid(name) ||
        (utf8_classes(name) & (UTF8_CONTROL | UTF8_NONCHAR | UTF8_LINE)) != 0 ||
        str_equal_z(name, ".") || str_equal_z(name, "..")) {
        return false;
    }
    for (size_t i = 0; i < name.n; i++) {
        if (name.p[i] == '/' || name.p[i] == '\\' || (unsigned char)name.p[i] < 32) {
            return false;
        }
    }
    return true;
}

static int
item_fits(struct transfer_desk *desk, const struct transfer_row *row, struct str name, int64_t size,
          struct err *err)
{
    const struct flow *flow = flow_find(desk->flows, row->flow);
    if (flow == NULL) {
        return ERR(err, "flow.unknown", "%.*s", STR_FMT(row->flow));
    }
    if (!name_good(name)) {
        return ERR(err, "gate.item_name", "name");
    }
    if (size <= 0) {
        return ERR(err, "gate.empty", "size");
    }
    struct db_query *q = db_query(desk->store, &sql[ITEM_SUMS]);
    db_bind_int(q, 1, (int64_t)row->id);
    int rc = db_step(q, err);
    int64_t count = rc > 0 ? db_int(q, 0) : 0, bytes = rc > 0 ? db_int(q, 1) : 0;
    db_end(q);
    if (rc < 0) {
        return -1;
    }
    if (size > flow->item_bytes || bytes > flow->bundle_bytes - size) {
        return ERR(err, "gate.size", "%lld", (long long)flow->item_bytes);
    }
    if (count >= flow->items) {
        return ERR(err, "gate.items", "%lld", (long long)flow->items);
    }
    return desk->gate.full ? ERR(err, "gate.full", "spool") : 0;
}

static int
item_known(struct transfer_desk *desk, uint64_t transfer, struct str key, uint64_t *ret,
           struct err *err)
{
    if (key.n == 0) {
        return 1;
    }
    struct db_query *q = db_query(desk->store, &sql[ITEM_KNOWN]);
    db_bind_int(q, 1, (int64_t)transfer);
    db_bind_text(q, 2, key);
    int64_t id = 0;
    int rc = db_one_int(q, &id, err);
    *ret = (uint64_t)id;
    return rc;
}

static int
item_insert(struct transfer_desk *desk, uint64_t transfer, const struct transfer_file *file,
            uint64_t *ret_item, struct err *err)
{
    unsigned char random[16];
    char object[33];
    if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random) {
        return ERR(err, "store.failed", "random");
    }
    hex_encode(random, sizeof random, object);
    *ret_item = id_new();
    struct db_query *q = db_query(desk->store, &sql[ITEM_ADD]);
    db_bind_int(q, 1, (int64_t)*ret_item);
    db_bind_int(q, 2, (int64_t)transfer);
    if (file->key.n > 0) {
        db_bind_text(q, 3, file->key);
    }
    db_bind_text(q, 4, file->name);
    db_bind_int(q, 5, file->size);
    db_bind_z(q, 6, object);
    return db_run(q, err) < 0 ? -1 : 0;
}

int
transfer_item_add(struct transfer_desk *desk, const struct transfer_caller *caller,
                  uint64_t transfer, const struct transfer_file *file, uint64_t *ret_item,
                  struct err *err)
{
    struct arena *arena = arena_new(1 << 20);
    struct transfer_row row;
    int rc = draft_load(desk, arena, caller, transfer, &row, err);
    if (rc == 0 && file->key.n > 64) {
        rc = ERR(err, "api.field", "key");
    }
    if (rc == 0) {
        rc = item_known(desk, transfer, file->key, ret_item, err);
        if (rc > 0) {
            rc = item_fits(desk, &row, file->name, file->size, err) < 0
                     ? -1
                     : item_insert(desk, transfer, file, ret_item, err);
        }
    }
    arena_free(arena);
    return rc;
}

static int
item_delete(struct transfer_desk *desk, const struct transfer_row *row, const struct item_row *item,
            struct err *err)
{
    if (job_cancel(desk->store, "gate", item->id, err) < 0) {
        return -1;
    }
    struct db_query *q = db_query(desk->store, &sql[ITEM_DROP]);
    db_bind_int(q, 1, (int64_t)item->id);
    db_bind_int(q, 2, (int64_t)row->id);
    return db_run(q, err) < 0 ? -1 : 0;
}

int
transfer_item_drop(struct transfer_desk *desk, const struct transfer_caller *caller,
                   uint64_t transfer, uint64_t item_id, struct err *err)
{
    struct arena *arena = arena_new(1 << 20);
    struct transfer_row row;
    struct item_row item;
    int rc = draft_load(desk, arena, caller, transfer, &row, err);
    if (rc == 0) {
        rc = item_load(desk->store, arena, item_id, &item, err);
        if (rc > 0 || (rc == 0 && item.transfer != transfer)) {
            rc = ERR(err, "not_found", "item");
        }
    }
    if (rc == 0) {
        rc = item_delete(desk, &row, &item, err) < 0
                 ? -1
                 : object_destroy_all(desk->store, &row, &item, err);
    }
    arena_free(arena);
    return rc;
}

struct receiver {
    const char *kind;
    uint64_t person, section;
};

static int
receiver_read(struct transfer_desk *desk, struct arena *arena, const struct transfer_row *row,
              struct str text, struct receiver *ret, struct err *err)
{
    const struct flow *flow = flow_find(desk->flows, row->flow);
    unsigned allowed = flow != NULL ? flow->receivers : 0;
    uint64_t person = 0;
    struct account_person known;
    if (str_equal_z(text, "self") && (allowed & RECEIVER_SELF) != 0) {
        *ret = (struct receiver){"self", row->person, 0};
        return 0;
    }
    if (str_equal_z(text, "section") && (allowed & RECEIVER_SECTION) != 0 && row->section != 0) {
        *ret = (struct receiver){"section", 0, row->section};
        return 0;
    }
    if ((allowed & RECEIVER_PERSON) != 0 && str_to_u64(text, &person) && person > 0 &&
        person <= INT64_MAX) {
        int rc = account_person_get(desk->store, arena, person, &known, err);
        uint64_t section = 0;
        if (rc == 0) {
            rc = account_section_of(desk->store, person, time_now_us(), &section, err);
        }
        *ret = (struct receiver){"person", person, 0};
        return rc <= 0 ? rc : ERR(err, "gate.receiver", "person");
    }
    return ERR(err, "gate.receiver", "receiver");
}

static int
submit_items(struct transfer_desk *desk, struct arena *arena, uint64_t transfer,
             struct item_row **ret, size_t *ret_count, struct err *err)
{
    if (items_load(desk->store, arena, transfer, ret, ret_count, err) < 0) {
        return -1;
    }
    if (*ret_count == 0) {
        return ERR(err, "gate.items_missing", "items");
    }
    for (size_t i = 0; i < *ret_count; i++) {
        if (str_equal_z((*ret)[i].state, "open")) {
            return ERR(err, "gate.upload_unfinished", "items");
        }
    }
    return 0;
}

static size_t
chars(struct str text)
{
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++) {
        n += ((unsigned char)text.p[i] & 0xc0) != 0x80;
    }
    return n;
}

static int
submit_check(struct transfer_desk *desk, const struct transfer_row *row,
             const struct transfer_submit *submit, const struct flow_class **ret_class,
             struct err *err)
{
    const struct flow *flow = flow_find(desk->flows, row->flow);
    if (flow == NULL) {
        return ERR(err, "flow.unknown", "%.*s", STR_FMT(row->flow));
    }
    if (submit->class.n == 0) {
        return ERR(err, "gate.class_missing", "class");
    }
    *ret_class = flow_class_find(desk->flows, submit->class);
    if (*ret_class == NULL) {
        return ERR(err, "gate.class_unknown", "class");
    }
    if (!flow_has_class(flow, *ret_class)) {
        return ERR(err, "flow.class", "%.*s", STR_FMT(submit->class));
    }
    struct str purpose = str_trim(submit->purpose);
    if (purpose.n == 0) {
        return ERR(err, "gate.purpose_missing", "purpose");
    }
    if (chars(purpose) > TRANSFER_PURPOSE_CHARS || !utf8_valid(purpose) ||
        (utf8_classes(purpose) & (UTF8_CONTROL | UTF8_NONCHAR)) != 0) {
        return ERR(err, "gate.purpose", "purpose");
    }
    return 0;
}

static json_t *
hex_json(const unsigned char *p, size_t n)
{
    char hex[65];
    hex_encode(p, n, hex);
    return json_string(hex);
}

/* The event 送る: what the leaf commits to is everything the clerk stated. */
static int
submit_event(struct transfer_desk *desk, const struct transfer_row *row,
             const struct account_person *person, const struct transfer_submit *submit,
             const struct item_row *items, size_t count, struct err *err)
{
    char id[ID_CHARS + 1];
    id_format(row->id, id);
    const struct flow *flow = flow_find(desk->flows, row->flow);
    json_t *files = json_array();
    for (size_t i = 0; i < count; i++) {
        (void)json_array_append_new(
            files, json_pack("{ss% so sI}", "name", items[i].name.p, items[i].name.n, "sha256",
                             hex_json(items[i].sha256, 32), "size", (json_int_t)items[i].size));
    }
    struct str purpose = str_trim(submit->purpose);
    json_t *content = json_pack("{ss% ss% ss% so}", "class", submit->class.p, submit->class.n,
                                "purpose", purpose.p, purpose.n, "receiver", submit->receiver.p,
                                submit->receiver.n, "items", files);
    json_t *leaf =
        json_pack("{ss% ss% ss% so sI sI ss}", "actor", person->handle.p, person->handle.n, "class",
                  submit->class.p, submit->class.n, "flow", row->flow.p, row->flow.n, "flow_digest",
                  hex_json(flow->digest, 32), "items", (json_int_t)count, "revision",
                  (json_int_t)row->rev, "transfer", id);
    struct transfer_event_new event = {.transfer = row->id,
                                       .person = row->person,
                                       .name = person->name,
                                       .kind = "transfer.submit",
                                       .topic = "transfer.submit",
                                       .leaf = leaf,
                                       .content = content};
    return transfer_event_add(desk->store, &event, NULL, err);
}

static int
submit_write(struct transfer_desk *desk, const struct transfer_row *row,
             const struct transfer_submit *submit, const struct flow_class *class,
             const struct receiver *receiver, struct err *err)
{
    const struct flow *flow = flow_find(desk->flows, row->flow);
    int64_t now = time_now_us(), year = 0;
    char number[32] = "";
    if (row->number.n == 0) {
        uint64_t value = 0;
        if (register_number(desk->store, "transfer", now, &value, &year, err) < 0) {
            return -1;
        }
        struct buf era;
        buf_init(&era, sizeof number);
        wareki_put_fiscal_short(&era, (int)year);
        (void)snprintf(number, sizeof number, "%.*s-%06llu", STR_FMT(buf_str(&era)),
                       (unsigned long long)value);
        buf_free(&era);
    }
    struct db_query *q = db_query(desk->store, &sql[SUBMIT]);
    db_bind_int(q, 1, (int64_t)row->id);
    db_bind_text(q, 2, class->id);
    db_bind_int(q, 3, class->rank);
    db_bind_text(q, 4, str_trim(submit->purpose));
    db_bind_z(q, 5, receiver->kind);
    db_bind_int(q, 6, (int64_t)receiver->person);
    db_bind_int(q, 7, (int64_t)receiver->section);
    db_bind_int(q, 8, now);
    if (number[0] != '\0') {
        db_bind_z(q, 9, number);
    }
    db_bind_blob(q, 10, flow->digest, sizeof flow->digest);
    return db_run(q, err) < 0 ? -1 : 0;
}

int
transfer_submit(struct transfer_desk *desk, struct arena *arena,
                const struct transfer_caller *caller, uint64_t transfer,
                const struct transfer_submit *submit, struct err *err)
{
    struct transfer_row row;
    struct item_row *items = NULL;
    size_t count = 0;
    const struct flow_class *class = NULL;
    struct receiver receiver = {.kind = NULL};
    struct account_person person;
    if (own_load(desk, arena, caller, transfer, &row, err) < 0) {
        return -1;
    }
    if (row.state != TRANSFER_DRAFT && row.submitted != 0 && row.state != TRANSFER_WITHDRAWN &&
        row.state != TRANSFER_EXPIRED) {
        return 0; /* said twice */
    }
    if (draft_load(desk, arena, caller, transfer, &row, err) < 0 ||
        submit_items(desk, arena, transfer, &items, &count, err) < 0 ||
        submit_check(desk, &row, submit, &class, err) < 0 ||
        receiver_read(desk, arena, &row, submit->receiver, &receiver, err) < 0) {
        return -1;
    }
    int rc = account_person_get(desk->store, arena, row.person, &person, err);
    if (rc != 0) {
        return rc < 0 ? -1 : ERR(err, "not_found", "person");
    }
    if (submit_write(desk, &row, submit, class, &receiver, err) < 0 ||
        transfer_move(desk->store, &row, TRANSFER_SUBMITTED, time_now_us() + 14 * TIME_US_DAY,
                      err) < 0 ||
        submit_event(desk, &row, &person, submit, items, count, err) < 0) {
        return -1;
    }
    return transfer_settle(desk, arena, transfer, err);
}

/* The record that waits for a decision ends with the transfer. */
static int
record_end(struct transfer_desk *desk, struct arena *arena, uint64_t record, const char *move,
           struct err *err)
{
    struct register_caller system = {.system = true};
    struct register_call call = {.record = record, .move = str_of(move)};
    struct register_outcome outcome;
    return register_act(desk->registers, desk->store, arena, &system, &call, &outcome, err);
}

int
transfer_end(struct transfer_desk *desk, struct arena *arena, struct transfer_row *row,
             enum transfer_state to, struct err *err)
{
    bool waited = row->state == TRANSFER_WAITING;
    int64_t soon = time_now_us();
    if (transfer_move(desk->store, row, to, soon, err) < 0) {
        return -1;
    }
    return waited && row->record != 0
               ? record_end(desk, arena, row->record,
                            to == TRANSFER_EXPIRED ? "expire" : "withdraw", err)
               : 0;
}

int
transfer_withdraw(struct transfer_desk *desk, struct arena *arena,
                  const struct transfer_caller *caller, uint64_t transfer, struct err *err)
{
    struct transfer_row row;
    struct account_person person;
    char id[ID_CHARS + 1];
    id_format(transfer, id);
    if (own_load(desk, arena, caller, transfer, &row, err) < 0) {
        return -1;
    }
    if (row.state == TRANSFER_WITHDRAWN) {
        return 0;
    }
    if (transfer_end(desk, arena, &row, TRANSFER_WITHDRAWN, err) < 0) {
        return -1;
    }
    int rc = account_person_get(desk->store, arena, row.person, &person, err);
    if (rc != 0) {
        return rc < 0 ? -1 : ERR(err, "not_found", "person");
    }
    struct transfer_event_new event = {.transfer = row.id,
                                       .person = row.person,
                                       .name = person.name,
                                       .kind = "transfer.withdraw",
                                       .topic = "transfer.withdraw",
                                       .plain = true,
                                       .leaf = json_pack("{ss% sI ss}", "actor", person.handle.p,
                                                         person.handle.n, "revision",
                                                         (json_int_t)row.rev, "transfer", id),
                                       .content = json_object()};
    return transfer_event_add(desk->store, &event, NULL, err);
}
