/*
 * settle: what happens once files are in and said: judge, wait or release, deposit, ready. Runs in
 * cored, in units.
 *
 * Invariants: a transfer is judged when every item is settled and by the flow of that day; an
 * infected item stops all of it; nothing is released but by rule `none` or by the effect
 * gate.release of an approved record whose digests are still the items'; the deposit is queued only
 * when the release stands in the ledger.
 */
#include "base/crypt/encode.h"
#include "base/os/time.h"
#include "core/account/account.h"
#include "core/store/id.h"
#include "core/store/job.h"
#include "core/transfer/row.h"

#include <stdio.h>
#include <string.h>

enum { JUDGED, RECORD_SET, DECIDED, RELEASE_SET, RELEASED, READY, BY_RECORD, RECORD_ADD };

static const struct store_statement sql[] = {
    [JUDGED] = {"settle.judged", "UPDATE transfer SET rule = $2, route = $3, facts = $4"
                                 " WHERE id = $1"},
    [RECORD_SET] = {"settle.record_set", "UPDATE transfer SET record = $2 WHERE id = $1"},
    [DECIDED] = {"settle.decided", "UPDATE transfer SET decided = $2 WHERE id = $1"},
    [RELEASE_SET] = {"settle.release_set", "UPDATE transfer SET release_outbox = $2 WHERE id = $1"},
    [RELEASED] = {"settle.released", "UPDATE transfer SET release_leaf = $2"
                                     " WHERE id = $1 AND release_leaf IS NULL"},
    [READY] = {"settle.ready", "UPDATE transfer SET ready = $2 WHERE id = $1"},
    [RECORD_ADD] = {"settle.record_add", "INSERT INTO transfer_record VALUES ($1, $2)"},
    [BY_RECORD] = {"settle.by_record", "SELECT id FROM transfer WHERE record = $1"},
};

struct judgement {
    struct flow_facts facts;
    size_t good, infected;
    bool all;        /* every item is settled */
    char words[160]; /* the facts as words, separated by blanks */
    size_t rule;
    const struct flow_rule *chosen;
};

static void
word_add(struct judgement *j, const char *word)
{
    size_t n = strlen(j->words);
    (void)snprintf(j->words + n, sizeof j->words - n, "%s%s", n > 0 ? " " : "", word);
}

static bool
item_good(const struct item_row *item)
{
    return str_equal_z(item->state, "disarmed") && item->cleaned && item->hashed;
}

static void
judge_items(struct judgement *j, const struct item_row *items, size_t count)
{
    j->all = true;
    for (size_t i = 0; i < count; i++) {
        const struct item_row *item = &items[i];
        j->all = j->all && item_settled(item);
        j->infected += str_equal_z(item->state, "infected");
        if (!item_good(item)) {
            continue;
        }
        j->good++;
        j->facts.size_bytes += item->size;
        j->facts.inspected = j->facts.inspected || str_equal_z(item->verdict, "inspected");
        j->facts.surface = j->facts.surface || str_equal_z(item->depth, "surface");
        j->facts.unscanned = j->facts.unscanned || !str_equal_z(item->scan, "clean");
    }
    j->facts.items = (int64_t)j->good;
}

static void
judge_words(struct judgement *j, size_t count)
{
    if (j->infected > 0) {
        word_add(j, "infected");
    }
    if (j->good < count) {
        word_add(j, "blocked");
    }
    if (j->facts.inspected) {
        word_add(j, "inspected");
    }
    if (j->facts.surface) {
        word_add(j, "surface");
    }
    if (j->facts.unscanned) {
        word_add(j, "unscanned");
    }
}

static json_t *
words_json(const char *words)
{
    json_t *list = json_array();
    struct str rest = str_of(words), word;
    while (rest.n > 0 && str_split_next(&rest, ' ', &word)) {
        (void)json_array_append_new(list, json_stringn(word.p, word.n));
    }
    return list;
}

static json_t *
hex_json(const unsigned char *p, size_t n)
{
    char hex[65];
    hex_encode(p, n, hex);
    return json_string(hex);
}

static json_t *
clauses_json(const struct flow *flow)
{
    json_t *list = json_array();
    for (size_t i = 0; i < flow->clause_count; i++) {
        (void)json_array_append_new(list, json_stringn(flow->clauses[i].p, flow->clauses[i].n));
    }
    return list;
}

static int
judge_event(struct transfer_desk *desk, const struct transfer_row *row, const struct flow *flow,
            const struct judgement *j, struct str route, struct err *err)
{
    char id[ID_CHARS + 1];
    id_format(row->id, id);
    struct transfer_event_new event = {
        .transfer = row->id,
        .kind = "transfer.judge",
        .topic = "transfer.judge",
        .leaf = json_pack("{so so ss% so sI ss% sI ss}", "clauses", clauses_json(flow), "facts",
                          words_json(j->words), "flow", row->flow.p, row->flow.n, "flow_digest",
                          hex_json(flow->digest, 32), "revision", (json_int_t)row->rev, "route",
                          route.p, route.n, "rule", (json_int_t)j->rule, "transfer", id),
        .content =
            json_pack("{so sI}", "facts", words_json(j->words), "items", (json_int_t)j->good)};
    struct db_query *q = db_query(desk->store, &sql[JUDGED]);
    db_bind_int(q, 1, (int64_t)row->id);
    db_bind_int(q, 2, (int64_t)j->rule);
    db_bind_text(q, 3, route);
    db_bind_z(q, 4, j->words);
    if (db_run(q, err) < 0) {
        json_decref(event.leaf);
        json_decref(event.content);
        return -1;
    }
    return transfer_event_add(desk->store, &event, NULL, err);
}

/* The files that would be released, with both digests. */
static json_t *
files_json(const struct item_row *items, size_t count)
{
    json_t *files = json_array();
    for (size_t i = 0; i < count; i++) {
        char id[ID_CHARS + 1];
        if (!item_good(&items[i])) {
            continue;
        }
        id_format(items[i].id, id);
        (void)json_array_append_new(
            files, json_pack("{ss ss% sI so so ss%}", "item", id, "name", items[i].name_out.p,
                             items[i].name_out.n, "size", (json_int_t)items[i].size_out, "sha256",
                             hex_json(items[i].sha256, 32), "sha256_out",
                             hex_json(items[i].sha256_out, 32), "verdict", items[i].verdict.p,
                             items[i].verdict.n));
    }
    return files;
}

/* The event of the release; its acknowledgement queues the deposits. DECISION: the record's act, 0
 * for rule none. */
static int
release_event(struct transfer_desk *desk, struct arena *arena, const struct transfer_row *row,
              uint64_t person, uint64_t decision, json_t *files, struct err *err)
{
    char id[ID_CHARS + 1], act[ID_CHARS + 1];
    id_format(row->id, id);
    struct account_person actor = {.handle = STR("system")};
    if (person != 0 && account_person_get(desk->store, arena, person, &actor, err) != 0) {
        json_decref(files);
        return err->code != NULL ? -1 : ERR(err, "not_found", "person");
    }
    json_t *leaf = json_pack("{ss% sI sI ss% ss}", "actor", actor.handle.p, actor.handle.n, "items",
                             (json_int_t)json_array_size(files), "revision", (json_int_t)row->rev,
                             "route", row->route.p, row->route.n, "transfer", id);
    if (decision != 0) {
        id_format(decision, act);
        (void)json_object_set_new(leaf, "decision", json_string(act));
    }
    struct transfer_event_new event = {.transfer = row->id,
                                       .person = person,
                                       .name = actor.name,
                                       .kind = "transfer.release",
                                       .topic = "transfer.release",
                                       .leaf = leaf,
                                       .content = json_pack("{so}", "files", files)};
    uint64_t outbox = 0;
    if (transfer_event_add(desk->store, &event, &outbox, err) < 0) {
        return -1;
    }
    struct db_query *q = db_query(desk->store, &sql[RELEASE_SET]);
    db_bind_int(q, 1, (int64_t)row->id);
    db_bind_int(q, 2, (int64_t)outbox);
    return db_run(q, err) < 0 ? -1 : 0;
}

static int
judge_refuse(struct transfer_desk *desk, struct arena *arena, struct transfer_row *row,
             const struct flow *flow, struct judgement *j, struct err *err)
{
    (void)arena;
    j->rule = 0;
    int64_t until = time_now_us() + flow->keep_original_us;
    if (transfer_move(desk->store, row, TRANSFER_REJECTED, until, err) < 0) {
        return -1;
    }
    return judge_event(desk, row, flow, j, STR("refuse"), err);
}

static int
judge_open(struct transfer_desk *desk, struct arena *arena, struct transfer_row *row,
           const struct flow *flow, const struct judgement *j, json_t *files, struct err *err)
{
    json_t *fields =
        json_pack("{ss% ss% so ss% ss% ss% ss so}", "number", row->number.p, row->number.n, "flow",
                  row->flow.p, row->flow.n, "flow_digest", hex_json(flow->digest, 32), "class",
                  row->class.p, row->class.n, "purpose", row->purpose.p, row->purpose.n, "receiver",
                  row->receiver.p, row->receiver.n, "facts", j->words, "files", files);
    if (row->receiver_person != 0) {
        char person[24];
        (void)snprintf(person, sizeof person, "%llu", (unsigned long long)row->receiver_person);
        (void)json_object_set_new(fields, "receiver_person", json_string(person));
    }
    struct register_caller system = {.system = true};
    struct register_call call = {.reg = STR("file_transfer"),
                                 .move = STR("open"),
                                 .fields = fields,
                                 .route = j->chosen->route,
                                 .owner = row->person,
                                 .section = row->section};
    struct register_outcome outcome;
    int rc = register_act(desk->registers, desk->store, arena, &system, &call, &outcome, err);
    json_decref(fields);
    if (rc < 0) {
        return -1;
    }
    struct db_query *q = db_query(desk->store, &sql[RECORD_ADD]);
    db_bind_int(q, 1, (int64_t)row->id);
    db_bind_int(q, 2, (int64_t)outcome.record);
    if (db_run(q, err) < 0) {
        return -1;
    }
    q = db_query(desk->store, &sql[RECORD_SET]);
    db_bind_int(q, 1, (int64_t)row->id);
    db_bind_int(q, 2, (int64_t)outcome.record);
    return db_run(q, err) < 0 ? -1 : 0;
}

static int
judge_pass(struct transfer_desk *desk, struct arena *arena, struct transfer_row *row,
           const struct flow *flow, struct judgement *j, json_t *files, struct err *err)
{
    enum transfer_state to = j->chosen->none ? TRANSFER_RELEASING : TRANSFER_WAITING;
    int64_t until = time_now_us() + 14 * TIME_US_DAY;
    row->route = j->chosen->route;
    if (transfer_move(desk->store, row, to, until, err) < 0 ||
        judge_event(desk, row, flow, j, j->chosen->route, err) < 0) {
        json_decref(files);
        return -1;
    }
    return j->chosen->none ? release_event(desk, arena, row, 0, 0, files, err)
                           : judge_open(desk, arena, row, flow, j, files, err);
}

/* All is in and said: the flow's rule decides what happens. */
static int
transfer_judge(struct transfer_desk *desk, struct arena *arena, struct transfer_row *row,
               const struct item_row *items, size_t count, struct err *err)
{
    const struct flow *flow = flow_find(desk->flows, row->flow);
    struct judgement j = {.facts = {.class_rank = row->class_rank}};
    if (flow == NULL) {
        return 0; /* the flow is gone: it waits for an operator and expires */
    }
    judge_items(&j, items, count);
    if (!j.all) {
        return 0;
    }
    judge_words(&j, count);
    if (j.infected > 0 || j.good == 0) {
        return judge_refuse(desk, arena, row, flow, &j, err);
    }
    j.rule = flow_judge(flow, &j.facts);
    j.chosen = &flow->rules[j.rule];
    return judge_pass(desk, arena, row, flow, &j, files_json(items, count), err);
}

/* The deposits are in: the receiver may see it. */
static int
transfer_arrive(struct transfer_desk *desk, struct transfer_row *row, const struct item_row *items,
                size_t count, struct err *err)
{
    const struct flow *flow = flow_find(desk->flows, row->flow);
    int64_t now = time_now_us();
    for (size_t i = 0; i < count; i++) {
        if (item_good(&items[i]) && !items[i].deposit_logged) {
            return 0;
        }
    }
    int64_t keep = flow != NULL ? flow->keep_clean_us : 14 * TIME_US_DAY;
    if (transfer_move(desk->store, row, TRANSFER_READY, now + keep, err) < 0) {
        return -1;
    }
    struct db_query *q = db_query(desk->store, &sql[READY]);
    db_bind_int(q, 1, (int64_t)row->id);
    db_bind_int(q, 2, now);
    return db_run(q, err) < 0 ? -1 : 0;
}

int
transfer_settle(struct transfer_desk *desk, struct arena *arena, uint64_t transfer, struct err *err)
{
    struct transfer_row row;
    struct item_row *items = NULL;
    size_t count = 0;
    int rc = transfer_load(desk->store, arena, transfer, &row, err);
    if (rc != 0) {
        return rc < 0 ? -1 : 0;
    }
    if (row.state != TRANSFER_SUBMITTED && row.state != TRANSFER_RELEASING) {
        return 0;
    }
    if (items_load(desk->store, arena, transfer, &items, &count, err) < 0) {
        return -1;
    }
    return row.state == TRANSFER_SUBMITTED ? transfer_judge(desk, arena, &row, items, count, err)
           : row.released                  ? transfer_arrive(desk, &row, items, count, err)
                                           : 0;
}

/* ---- what the register engine calls ---- */

static int
effect_row(struct transfer_desk *desk, struct arena *arena, const struct register_event *event,
           struct transfer_row *ret, struct err *err)
{
    struct db_query *q = db_query(desk->store, &sql[BY_RECORD]);
    db_bind_int(q, 1, (int64_t)event->record);
    int64_t id = 0;
    int rc = db_one_int(q, &id, err);
    if (rc == 0) {
        rc = transfer_load(desk->store, arena, (uint64_t)id, ret, err);
    }
    if (rc != 0) {
        return rc < 0 ? -1 : ERR(err, "not_found", "transfer");
    }
    q = db_query(desk->store, &sql[DECIDED]);
    db_bind_int(q, 1, id);
    db_bind_int(q, 2, time_now_us());
    return db_run(q, err) < 0 ? -1 : 0;
}

static int
release_run(struct transfer_desk *desk, struct arena *arena, const struct register_event *event,
            struct err *err)
{
    struct transfer_row row;
    struct item_row *items = NULL;
    size_t count = 0;
    if (effect_row(desk, arena, event, &row, err) < 0 ||
        items_load(desk->store, arena, row.id, &items, &count, err) < 0) {
        return -1;
    }
    json_t *files = files_json(items, count);
    if (!json_equal(files, json_object_get(event->fields, "files"))) {
        json_decref(files);
        return ERR(err, "register.changed", "files");
    }
    if (transfer_move(desk->store, &row, TRANSFER_RELEASING, 0, err) < 0) {
        json_decref(files);
        return -1;
    }
    return release_event(desk, arena, &row, event->person, event->act, files, err);
}

static int
effect_release(void *ctx, struct store *store, const struct register_event *event, struct err *err)
{
    (void)store;
    struct arena *arena = arena_new(16 << 20);
    int rc = release_run(ctx, arena, event, err);
    arena_free(arena);
    return rc;
}

static int
effect_move(struct transfer_desk *desk, const struct register_event *event, enum transfer_state to,
            struct err *err)
{
    struct transfer_row row;
    struct arena *arena = arena_new(1 << 20);
    int rc = effect_row(desk, arena, event, &row, err);
    if (rc == 0) {
        rc = transfer_move(desk->store, &row, to, time_now_us() + 14 * TIME_US_DAY, err);
    }
    arena_free(arena);
    return rc;
}

static int
effect_refuse(void *ctx, struct store *store, const struct register_event *event, struct err *err)
{
    (void)store;
    return effect_move(ctx, event, TRANSFER_REJECTED, err);
}

static int
effect_send_back(void *ctx, struct store *store, const struct register_event *event,
                 struct err *err)
{
    (void)store;
    return effect_move(ctx, event, TRANSFER_DRAFT, err);
}

enum { RANKS_MOST = 64 };

void
transfer_effects(struct transfer_desk *desk)
{
    static struct register_effect effects[] = {
        {"gate.release", effect_release, NULL},
        {"gate.refuse", effect_refuse, NULL},
        {"gate.send_back", effect_send_back, NULL},
    };
    for (size_t i = 0; i < sizeof effects / sizeof *effects; i++) {
        effects[i].ctx = desk;
    }
    register_effects_add(desk->registers, effects, sizeof effects / sizeof *effects);
    /* the class schemes are those of the flows */
    static struct register_rank ranks[RANKS_MOST];
    size_t count = 0;
    for (size_t i = 0; i < desk->flows->class_count && count < RANKS_MOST; i++) {
        const struct flow_class *class = &desk->flows->classes[i];
        ranks[count++] = (struct register_rank){class->id, class->rank};
    }
    register_ranks_set(desk->registers, ranks, count);
}

int
transfer_decide(struct transfer_desk *desk, struct arena *arena,
                const struct transfer_caller *caller, uint64_t transfer,
                const struct transfer_decide *decide, struct err *err)
{
    struct transfer_row row;
    int rc = transfer_load(desk->store, arena, transfer, &row, err);
    if (rc != 0) {
        return rc < 0 ? -1 : ERR(err, "not_found", "transfer");
    }
    if (row.record == 0) {
        return ERR(err, "gate.state", "%s", transfer_state_names[row.state]);
    }
    if (!decide->digest_given) {
        return ERR(err, "register.changed", "digest");
    }
    struct register_caller person = {.person = caller->person, .factors = caller->factors};
    struct register_call call = {.record = row.record,
                                 .move = decide->decision,
                                 .rev = decide->rev,
                                 .reason = decide->reason};
    memcpy(call.digest, decide->digest, sizeof call.digest);
    struct register_outcome outcome;
    return register_act(desk->registers, desk->store, arena, &person, &call, &outcome, err);
}

/* ---- the ledger ---- */

static int
release_logged(struct transfer_desk *desk, struct arena *arena, uint64_t transfer, uint64_t leaf,
               struct err *err)
{
    struct transfer_row row;
    struct item_row *items = NULL;
    size_t count = 0;
    struct db_query *q = db_query(desk->store, &sql[RELEASED]);
    db_bind_int(q, 1, (int64_t)transfer);
    db_bind_int(q, 2, (int64_t)leaf);
    if (db_run(q, err) < 0) {
        return -1;
    }
    int rc = transfer_load(desk->store, arena, transfer, &row, err);
    if (rc != 0 || row.state != TRANSFER_RELEASING) {
        return rc < 0 ? -1 : 0;
    }
    if (items_load(desk->store, arena, transfer, &items, &count, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < count; i++) {
        if (item_good(&items[i]) && item_job(desk->store, &row, &items[i], "deposit", err) < 0) {
            return -1;
        }
    }
    return 0;
}

int
transfer_logged(struct transfer_desk *desk, struct str topic, uint64_t subject, uint64_t leaf,
                struct err *err)
{
    if (!str_equal_z(topic, "transfer.release")) {
        return 0;
    }
    struct arena *arena = arena_new(16 << 20);
    int rc = release_logged(desk, arena, subject, leaf, err);
    arena_free(arena);
    return rc;
}
