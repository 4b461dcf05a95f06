/*
 * view: a transfer as the pages see it (docs/design/contract.md). Runs in cored, outside units.
 *
 * Who sees: the sender and receivers in the zones of its flow (a receiver only on the to-side and
 * once it was submitted); whom register file_transfer lets read the record, on the LGWAN portal.
 * Nobody else learns that it exists.
 */
#include "core/transfer/view.h"

#include "base/crypt/encode.h"
#include "base/os/time.h"
#include "core/account/account.h"
#include "core/json/json.h"
#include "core/store/id.h"

#include <stdlib.h>
#include <string.h>

enum { EVENTS, ACTS, ITEM_EVENTS_MOST = 50 };

static const struct store_statement sql[] = {
    [EVENTS] = {"view.events",
                "SELECT e.at, e.kind, e.name, o.origin, o.leaf FROM transfer_event e"
                " LEFT JOIN outbox o ON o.id = e.outbox WHERE e.transfer = $1 ORDER BY e.id"},
    [ACTS] = {"view.acts",
              "SELECT a.at, a.move, a.name, o.origin, o.leaf, a.reason FROM transfer_record t"
              " JOIN act a ON a.record = t.record LEFT JOIN outbox o ON o.id = a.outbox"
              " WHERE t.transfer = $1 AND a.move <> 'open' AND a.person <> 0 ORDER BY a.id"},
};

static json_t *
hex_json(bool there, const unsigned char digest[32])
{
    char hex[65];
    if (!there) {
        return json_null();
    }
    hex_encode(digest, 32, hex);
    return json_string(hex);
}

json_t *
flow_text_json(const struct flow_text *text)
{
    return json_pack("{soso}", "ja", json_of_text(text->ja), "en", json_of_text(text->en));
}

static bool
zone_of_flow(const struct transfer_row *row, struct str zone)
{
    return str_equal(row->from, zone) || str_equal(row->to, zone);
}

int
transfer_sees(struct transfer_desk *desk, struct arena *arena, const struct transfer_caller *caller,
              const struct transfer_row *row, struct err *err)
{
    if (row->person == caller->person) {
        return zone_of_flow(row, caller->zone) ? VIEW_SENDER : VIEW_NONE;
    }
    if (row->submitted != 0 && str_equal(row->to, caller->zone)) {
        int receives = transfer_receives(desk->store, arena, row, caller->person, err);
        if (receives != 0) {
            return receives < 0 ? -1 : VIEW_RECEIVER;
        }
    }
    if (row->record == 0 || !str_equal_z(caller->zone, "lgwan")) {
        return VIEW_NONE;
    }
    struct register_caller person = {.person = caller->person};
    int reads = record_visible(desk->registers, desk->store, arena, &person, row->record, err);
    return reads < 0 ? -1 : reads > 0 ? VIEW_RECORD : VIEW_NONE;
}

static int
person_json(struct transfer_desk *desk, struct arena *arena, uint64_t person, uint64_t section,
            json_t **ret, struct err *err)
{
    struct account_person known = {0};
    struct str name = {0};
    if (account_person_get(desk->store, arena, person, &known, err) < 0 ||
        (section != 0 && account_section_name(desk->store, arena, section, &name, err) < 0)) {
        return -1;
    }
    char id[24];
    (void)snprintf(id, sizeof id, "%llu", (unsigned long long)person);
    *ret = json_pack("{ssso}", "id", id, "name", json_of_text(known.name));
    if (name.n > 0) {
        (void)json_object_set_new(*ret, "section", json_of_text(name));
    }
    return 0;
}

static int
receiver_json(struct transfer_desk *desk, struct arena *arena, const struct transfer_row *row,
              json_t **ret, struct err *err)
{
    struct str name = {0};
    if (row->receiver_person != 0) {
        uint64_t section = 0;
        if (account_section_of(desk->store, row->receiver_person, time_now_us(), &section, err) <
            0) {
            return -1;
        }
        return person_json(desk, arena, row->receiver_person, section, ret, err);
    }
    if (row->receiver_section == 0) {
        *ret = json_null();
        return 0;
    }
    if (account_section_name(desk->store, arena, row->receiver_section, &name, err) < 0) {
        return -1;
    }
    *ret = json_pack("{sssoso}", "id", "section", "name", json_of_text(name), "section",
                     json_of_text(name));
    return 0;
}

static json_t *
item_json(const struct item_row *item)
{
    json_t *reasons = json_loadb(item->reasons.p, item->reasons.n, 0, NULL);
    return json_pack(
        "{so so so sI so so so so sI sI sI so so}", "item", json_of_id(item->id), "name",
        json_of_text(item->name), "name_out",
        item->name_out.n > 0 ? json_of_text(item->name_out) : json_of_text(item->name), "size",
        (json_int_t)item->size, "sha256", hex_json(item->hashed, item->sha256), "state",
        json_of_text(item->state), "verdict", json_of_text(item->verdict), "reasons",
        reasons != NULL ? reasons : json_array(), "removed", (json_int_t)item->removed, "offset",
        (json_int_t)(item->hashed ? item->size : 0), "size_out", (json_int_t)item->size_out,
        "sha256_out", hex_json(item->cleaned, item->sha256_out), "kind", json_of_text(item->kind));
}

static json_t *
class_json(struct transfer_desk *desk, const struct transfer_row *row)
{
    const struct flow_class *class = flow_class_find(desk->flows, row->class);
    if (class == NULL) {
        return row->class.n == 0 ? json_null()
                                 : json_pack("{soso}", "id", json_of_text(row->class), "label",
                                             json_of_text(row->class));
    }
    return json_pack("{soso}", "id", json_of_text(class->id), "label",
                     flow_text_json(&class->label));
}

json_t *
flow_clauses_json(const struct flow *flow)
{
    json_t *list = json_array();
    for (size_t i = 0; flow != NULL && i < flow->clause_count; i++) {
        (void)json_array_append_new(list, json_of_text(flow->clauses[i]));
    }
    return list;
}

int
transfer_brief(struct transfer_desk *desk, struct arena *arena, const struct transfer_row *row,
               const struct item_row *items, size_t count, json_t **ret, struct err *err)
{
    json_t *sender = NULL, *receiver = NULL, *list = json_array();
    for (size_t i = 0; i < count; i++) {
        (void)json_array_append_new(list, item_json(&items[i]));
    }
    if (person_json(desk, arena, row->person, row->section, &sender, err) < 0 ||
        receiver_json(desk, arena, row, &receiver, err) < 0) {
        json_decref(sender);
        json_decref(list);
        return -1;
    }
    *ret = json_pack(
        "{so so sI ss ss so so so so so so so sI sI sI so so}", "id", json_of_id(row->id), "number",
        row->number.n > 0 ? json_of_text(row->number) : json_null(), "rev", (json_int_t)row->rev,
        "digest", "", "state", transfer_state_names[row->state], "flow", json_of_text(row->flow),
        "from", json_of_text(row->from), "to", json_of_text(row->to), "class",
        class_json(desk, row), "purpose", json_of_text(row->purpose), "sender", sender, "receiver",
        receiver, "created", (json_int_t)row->created, "submitted", (json_int_t)row->submitted,
        "expires", (json_int_t)row->expires, "items", list, "clause",
        flow_clauses_json(flow_find(desk->flows, row->flow)));
    return *ret != NULL ? 0 : ERR(err, "register.unreadable", "transfer");
}

/* ---- stages ---- */

struct tally {
    size_t count, received, scanned, disarmed, blocked, infected, locked, taken;
    int64_t received_at, scanned_at, disarmed_at;
    bool unscanned;
};

static void
tally_items(struct tally *t, const struct item_row *items, size_t count)
{
    *t = (struct tally){.count = count};
    for (size_t i = 0; i < count; i++) {
        const struct item_row *item = &items[i];
        t->received += item->hashed;
        t->scanned += item->scanned != 0 || item_settled(item);
        t->disarmed += item_settled(item);
        t->blocked += str_equal_z(item->state, "blocked") || str_equal_z(item->state, "failed");
        t->infected += str_equal_z(item->state, "infected");
        t->locked += str_equal_z(item->state, "locked");
        t->taken += item->taken != 0;
        t->unscanned = t->unscanned || str_equal_z(item->scan, "unscanned");
        t->received_at = item->received > t->received_at ? item->received : t->received_at;
        t->scanned_at = item->scanned > t->scanned_at ? item->scanned : t->scanned_at;
        t->disarmed_at = item->disarmed > t->disarmed_at ? item->disarmed : t->disarmed_at;
    }
}

static void
stage_add(json_t *list, const char *stage, const char *state, int64_t at, const char *note)
{
    json_t *one = json_pack("{sssssI}", "stage", stage, "state", state, "at", (json_int_t)at);
    (void)json_object_set_new(
        one, "note", note != NULL ? json_pack("{sss{}}", "key", note, "args") : json_null());
    (void)json_array_append_new(list, one);
}

static const char *
done_now(size_t done, size_t count, bool before)
{
    if (count > 0 && done == count) {
        return "done";
    }
    return before ? "now" : "wait";
}

static void
stage_approve(json_t *list, const struct transfer_row *row)
{
    const char *state = "wait", *note = NULL;
    if (row->state == TRANSFER_WAITING) {
        state = "now";
    } else if (row->state == TRANSFER_REJECTED) {
        state = "failed";
    } else if (str_equal_z(row->route, "none")) {
        state = "skipped";
        note = "ui.stage.note.no_approval";
    } else if (row->decided != 0 && row->state != TRANSFER_DRAFT) {
        state = "done";
    }
    stage_add(list, "approve", state, row->decided, note);
}

static json_t *
stages_json(const struct transfer_row *row, const struct item_row *items, size_t count)
{
    struct tally t;
    json_t *list = json_array();
    tally_items(&t, items, count);
    stage_add(list, "receive", done_now(t.received, count, true), t.received_at, NULL);
    stage_add(list, "scan", t.infected > 0 ? "failed" : done_now(t.scanned, count, t.received > 0),
              t.scanned_at,
              t.infected > 0 ? "ui.stage.note.infected"
              : t.unscanned  ? "ui.stage.note.unscanned"
                             : NULL);
    bool none_good = count > 0 && t.blocked + t.locked + t.infected == count;
    stage_add(list, "disarm", none_good ? "failed" : done_now(t.disarmed, count, t.scanned > 0),
              t.disarmed_at, t.blocked + t.locked > 0 ? "ui.stage.note.blocked" : NULL);
    stage_approve(list, row);
    stage_add(list, "take",
              row->state == TRANSFER_TAKEN || row->taken != 0 ? "done"
              : row->state == TRANSFER_READY                  ? "now"
                                                              : "wait",
              row->taken, NULL);
    return list;
}

/* ---- events ---- */

static json_t *
event_json(int64_t at, const char *kind, struct str who)
{
    return json_pack("{sIssso}", "at", (json_int_t)at, "kind", kind, "who", json_of_text(who));
}

static void
event_leaf(json_t *event, struct str origin, bool logged, uint64_t leaf)
{
    (void)json_object_set_new(event, "log", json_of_text(origin));
    (void)json_object_set_new(event, "index",
                              logged ? json_integer((json_int_t)leaf) : json_null());
    (void)json_object_set_new(event, "leaf_state", json_string(logged ? "logged" : "waiting"));
}

static int
events_of(struct transfer_desk *desk, json_t *list, struct db_query *q, const char *prefix,
          struct err *err)
{
    (void)desk;
    int rc = 0;
    bool acts = prefix[0] != '\0'; /* a decision carries its words, for the sender too */
    while ((rc = db_step(q, err)) > 0) {
        char kind[64];
        struct str word = db_text(q, 1);
        (void)snprintf(kind, sizeof kind, "%s%.*s", prefix, STR_FMT(word));
        json_t *event = event_json(db_int(q, 0), kind, db_text(q, 2));
        event_leaf(event, db_text(q, 3), !db_is_null(q, 4), (uint64_t)db_int(q, 4));
        if (acts && db_text(q, 5).n > 0) {
            (void)json_object_set_new(event, "reason", json_of_text(db_text(q, 5)));
        }
        (void)json_array_append_new(list, event);
    }
    db_end(q);
    return rc;
}

/* What gated did by itself; LEAF is -1 while cored does not know where it stands. */
static void
gate_event(json_t *list, int64_t at, const char *kind, int64_t leaf)
{
    if (at == 0) {
        return;
    }
    json_t *event = event_json(at, kind, (struct str){0});
    if (leaf >= 0) {
        event_leaf(event, (struct str){0}, true, (uint64_t)leaf);
    }
    (void)json_array_append_new(list, event);
}

static void
item_events(json_t *list, const struct item_row *item)
{
    bool blocked = str_equal_z(item->state, "blocked");
    gate_event(list, item->received, "transfer.receive", item->receive_leaf);
    gate_event(list, item->scanned, "transfer.scan", item->scan_leaf);
    gate_event(list, item->disarmed, blocked ? "transfer.block" : "transfer.disarm",
               item->disarm_leaf);
    if (item->deposit_logged) {
        json_t *event = event_json(item->deposited, "transfer.deposit", (struct str){0});
        event_leaf(event, (struct str){0}, true, item->deposit_leaf);
        (void)json_array_append_new(list, event);
    }
    if (item->taken != 0) {
        json_t *event = event_json(item->taken, "transfer.take", (struct str){0});
        event_leaf(event, (struct str){0}, true, item->take_leaf);
        (void)json_array_append_new(list, event);
    }
}

static int
event_compare(const void *a, const void *b)
{
    json_t *const *x = a, *const *y = b;
    json_int_t left = json_integer_value(json_object_get(*x, "at")),
               right = json_integer_value(json_object_get(*y, "at"));
    return left < right ? -1 : left > right;
}

static json_t *
events_sorted(json_t *list)
{
    size_t n = json_array_size(list);
    json_t **all = calloc(n + 1, sizeof(json_t *)), *sorted = json_array();
    for (size_t i = 0; all != NULL && i < n; i++) {
        all[i] = json_array_get(list, i);
    }
    if (all != NULL) {
        qsort(all, n, sizeof *all, event_compare);
    }
    for (size_t i = 0; all != NULL && i < n; i++) {
        (void)json_array_append(sorted, all[i]);
    }
    free(all);
    json_decref(list);
    return sorted;
}

static int
events_json(struct transfer_desk *desk, const struct transfer_row *row,
            const struct item_row *items, size_t count, json_t **ret, struct err *err)
{
    json_t *list = json_array();
    struct db_query *q = db_query(desk->store, &sql[EVENTS]);
    db_bind_int(q, 1, (int64_t)row->id);
    int rc = events_of(desk, list, q, "", err);
    if (rc == 0 && row->record != 0) {
        q = db_query(desk->store, &sql[ACTS]);
        db_bind_int(q, 1, (int64_t)row->id);
        rc = events_of(desk, list, q, "transfer.", err);
    }
    for (size_t i = 0; i < count && i < ITEM_EVENTS_MOST; i++) {
        item_events(list, &items[i]);
    }
    *ret = events_sorted(list);
    return rc < 0 ? -1 : 0;
}

/* ---- what waits ---- */

static int
holders_json(struct transfer_desk *desk, struct arena *arena,
             const struct register_waiting *waiting, json_t *ret, struct err *err)
{
    for (size_t i = 0; i < waiting->holder_count; i++) {
        struct account_person person = {0};
        if (account_person_get(desk->store, arena, waiting->holders[i], &person, err) < 0) {
            return -1;
        }
        (void)json_array_append_new(ret, json_of_text(person.name));
    }
    return 0;
}

static int
waiting_put(struct transfer_desk *desk, struct arena *arena, const struct transfer_row *row,
            json_t *ret, struct err *err)
{
    struct register_waiting waiting;
    struct str section = {0};
    int rc = register_waiting(desk->registers, desk->store, arena, row->record, &waiting, err);
    if (rc != 0) {
        return rc < 0 ? -1 : 0;
    }
    if (account_section_name(desk->store, arena, waiting.section, &section, err) < 0) {
        return -1;
    }
    json_t *holders = json_array();
    rc = holders_json(desk, arena, &waiting, holders, err);
    (void)json_object_set_new(ret, "waiting_for",
                              json_pack("{so so so so sI}", "step", json_of_text(waiting.step),
                                        "role", json_of_text(waiting.role), "section",
                                        json_of_text(section), "holders", holders, "due",
                                        (json_int_t)waiting.due));
    (void)json_object_set_new(ret, "rev", json_integer((json_int_t)waiting.rev));
    (void)json_object_set_new(ret, "digest", hex_json(true, waiting.digest));
    return rc;
}

static json_t *
move_json(struct transfer_desk *desk, struct arena *arena, const struct transfer_caller *caller,
          const struct transfer_row *row, const char *name, const json_t *seen)
{
    struct register_caller person = {.person = caller->person, .factors = caller->factors};
    struct register_call call = {.record = row->record,
                                 .move = str_of(name),
                                 .rev = (uint64_t)json_integer_value(json_object_get(seen, "rev"))};
    struct err why = {0};
    (void)hex_decode(str_of(json_string_value(json_object_get(seen, "digest"))), call.digest,
                     sizeof call.digest);
    bool may = register_may(desk->registers, desk->store, arena, &person, &call, &why) == 0;
    json_t *move = json_pack("{sssb}", "name", name, "allowed", may);
    if (!may) {
        (void)json_object_set_new(move, "why_not", json_string(why.code));
        if (err_is(&why, "register.apart")) {
            (void)json_object_set_new(move, "clause", json_of_text(desk->registers->apart_clause));
        }
    }
    return move;
}

static json_t *
moves_json(struct transfer_desk *desk, struct arena *arena, const struct transfer_caller *caller,
           const struct transfer_row *row, const json_t *seen)
{
    static const char *const names[] = {"approve", "reject", "send_back"};
    json_t *list = json_array();
    for (size_t i = 0; row->state == TRANSFER_WAITING && i < 3; i++) {
        (void)json_array_append_new(list, move_json(desk, arena, caller, row, names[i], seen));
    }
    return list;
}

static json_t *
may_json(struct transfer_desk *desk, struct arena *arena, const struct transfer_caller *caller,
         const struct transfer_row *row)
{
    struct err ignored = {0};
    bool ready = row->state == TRANSFER_READY || row->state == TRANSFER_TAKEN;
    bool take = ready && str_equal(row->to, caller->zone) &&
                transfer_receives(desk->store, arena, row, caller->person, &ignored) > 0;
    bool withdraw = row->person == caller->person &&
                    (row->state == TRANSFER_DRAFT || row->state == TRANSFER_SUBMITTED ||
                     row->state == TRANSFER_WAITING || row->state == TRANSFER_READY);
    return json_pack("{sbsb}", "take", take, "withdraw", withdraw);
}

struct reading {
    struct transfer_desk *desk;
    struct arena *arena;
    const struct transfer_caller *caller;
    uint64_t id;
    json_t **ret;
};

static int
read_full(struct reading *r, const struct transfer_row *row, struct err *err)
{
    struct item_row *items = NULL;
    size_t count = 0;
    json_t *whole = NULL, *events = NULL;
    if (items_load(r->desk->store, r->arena, row->id, &items, &count, err) < 0 ||
        transfer_brief(r->desk, r->arena, row, items, count, &whole, err) < 0) {
        return -1;
    }
    if (events_json(r->desk, row, items, count, &events, err) < 0 ||
        (row->state == TRANSFER_WAITING && waiting_put(r->desk, r->arena, row, whole, err) < 0)) {
        json_decref(events);
        json_decref(whole);
        return -1;
    }
    (void)json_object_set_new(whole, "stages", stages_json(row, items, count));
    (void)json_object_set_new(whole, "events", events);
    (void)json_object_set_new(whole, "moves", moves_json(r->desk, r->arena, r->caller, row, whole));
    (void)json_object_set_new(whole, "may", may_json(r->desk, r->arena, r->caller, row));
    if (row->record != 0) {
        (void)json_object_set_new(whole, "record", json_of_id(row->record));
    }
    *r->ret = whole;
    return 0;
}

static int
read_snapshot(struct store *store, void *arg, struct err *err)
{
    struct reading *r = arg;
    struct transfer_row row;
    int rc = transfer_load(store, r->arena, r->id, &row, err);
    if (rc != 0) {
        return rc;
    }
    rc = transfer_sees(r->desk, r->arena, r->caller, &row, err);
    if (rc <= 0) {
        return rc < 0 ? -1 : 1;
    }
    return read_full(r, &row, err);
}

int
transfer_read(struct transfer_desk *desk, struct arena *arena, const struct transfer_caller *caller,
              uint64_t transfer, json_t **ret, struct err *err)
{
    struct reading r = {desk, arena, caller, transfer, ret};
    return store_read(desk->store, read_snapshot, &r, err);
}
