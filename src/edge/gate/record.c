/*
 * record: see record.h. Runs in gated. One file per record below STATE/records, JSON, replaced as a
 * whole; the list in memory is what the files say.
 */
#include "edge/gate/record.h"

#include "base/crypt/encode.h"
#include "base/crypt/secret.h"
#include "base/mem/ensure.h"
#include "base/os/file.h"
#include "proto/transfer/transfer.h"

#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RECORD_BYTES = 8192, PUMP_MS = 2000, TELL_MS = 5000, NAME_BYTES = 64 };

static const char *const kind_words[RECORD_KINDS] = {"received", "deposit", "taken", "clean"};

static void record_go_on(struct record *record);

static void
name_put(const struct record *record, const char *suffix, char ret[NAME_BYTES])
{
    snprintf(ret, NAME_BYTES, "%s-%s%s", kind_words[record->kind], record->id, suffix);
}

/* --- the file --- */

static int
record_save(const struct record *record, struct err *err)
{
    char name[NAME_BYTES];
    char tmp[NAME_BYTES];
    char nonce[HEX_CHARS(LEAF_NONCE_BYTES) + 1];
    hex_encode(record->commit.nonce, LEAF_NONCE_BYTES, nonce);
    name_put(record, ".json", name);
    name_put(record, ".tmp", tmp);
    json_t *json = json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:I, s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:s, s:s, s:I}", "id",
        record->id, "item", record->item, "side", record->ref.side, "object", record->ref.object,
        "sha256", record->sha256, "size", (json_int_t)record->size, "key", record->key, "person",
        record->person, "from_side", record->from_side, "from_object", record->from_object,
        "transfer", record->transfer, "job", (json_int_t)record->job, "release",
        (json_int_t)record->release, "nonce", nonce, "content", record->commit.content, "index",
        (json_int_t)record->index);
    char *text = json == NULL ? NULL : json_dumps(json, JSON_COMPACT);
    json_decref(json);
    if (text == NULL)
        return ERR(err, "gate.journal", "%s", name);
    struct file_new new = {record->gate->records_dir, tmp, record->gate->records_dir, name, 0600};
    int rc = file_replace(&new, str_of(text), err);
    free(text);
    return rc;
}

static bool
text_get(const json_t *json, const char *key, char *ret, size_t size)
{
    const json_t *value = json_object_get(json, key);
    return json_is_string(value) &&
           gate_text((struct str){json_string_value(value), json_string_length(value)}, ret, size);
}

static bool
record_read(struct record *record, const json_t *json)
{
    char side[SIDE_CHARS + 1];
    char object[OBJECT_CHARS + 1];
    char nonce[HEX_CHARS(LEAF_NONCE_BYTES) + 1];
    struct leaf_commit *commit = &record->commit;
    if (!text_get(json, "id", record->id, sizeof record->id) ||
        !text_get(json, "item", record->item, sizeof record->item) ||
        !text_get(json, "side", side, sizeof side) ||
        !text_get(json, "object", object, sizeof object) ||
        !text_get(json, "sha256", record->sha256, sizeof record->sha256) ||
        !text_get(json, "key", record->key, sizeof record->key) ||
        !text_get(json, "person", record->person, sizeof record->person) ||
        !text_get(json, "from_side", record->from_side, sizeof record->from_side) ||
        !text_get(json, "from_object", record->from_object, sizeof record->from_object) ||
        !text_get(json, "transfer", record->transfer, sizeof record->transfer) ||
        !text_get(json, "nonce", nonce, sizeof nonce) ||
        !text_get(json, "content", commit->content, sizeof commit->content) ||
        !hex_decode(str_of(nonce), commit->nonce, LEAF_NONCE_BYTES))
        return false;
    record->size = (uint64_t)json_integer_value(json_object_get(json, "size"));
    record->job = (uint64_t)json_integer_value(json_object_get(json, "job"));
    record->release = (uint64_t)json_integer_value(json_object_get(json, "release"));
    record->index = json_integer_value(json_object_get(json, "index"));
    leaf_commit_again(commit);
    return spool_ref_set(&record->ref, str_of(side), str_of(object), NULL) == 0;
}

static struct record *
record_link(struct gate *gate, const struct record *from)
{
    struct record *record = malloc(sizeof *record);
    ensure(record != NULL);
    *record = *from;
    record->gate = gate;
    record->next = gate->records;
    gate->records = record;
    return record;
}

static void
record_unlink(struct record *record)
{
    struct gate *gate = record->gate;
    ledger_queue_forget(gate->leaves, record);
    ipc_forget(gate->config.cored, record);
    for (struct record **link = &gate->records; *link != NULL; link = &(*link)->next)
        if (*link == record) {
            *link = record->next;
            break;
        }
    free(record);
}

void
record_drop(struct gate *gate, struct record *record)
{
    char name[NAME_BYTES];
    struct err err;
    name_put(record, ".json", name);
    if (file_remove(gate->records_dir, name, &err) != 0)
        gate->config.event("gate.journal", "record", name, &err);
    record_unlink(record);
}

static int
record_load(void *context, const char *path, const struct stat *st, struct err *err)
{
    struct gate *gate = context;
    struct record record = {.old = true, .started = true};
    struct str name = str_of(path);
    (void)st;
    if (!str_ends(name, STR(".json")))
        return file_remove(gate->records_dir, path, err);
    bool known = false;
    for (int kind = 0; kind < RECORD_KINDS && !known; kind++) {
        known = str_starts(name, str_of(kind_words[kind]));
        record.kind = (enum record_kind)kind;
    }
    struct buf text;
    buf_init(&text, RECORD_BYTES);
    int rc = file_read(gate->records_dir, path, RECORD_BYTES, &text, err);
    json_t *json = rc == 0 ? json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, NULL) : NULL;
    buf_free(&text);
    if (rc == 0 && (!known || json == NULL || !record_read(&record, json)))
        rc = ERR(err, "gate.journal", "%s", path);
    json_decref(json);
    if (rc == 0)
        record_link(gate, &record);
    return rc;
}

/* --- the leaf --- */

static void
record_logged(struct record *record, uint64_t index)
{
    struct err err;
    record->index = (int64_t)index;
    if (record_save(record, &err) != 0) /* the leaf stands; only a restart would ask again */
        record->gate->config.event("gate.journal", "record", record->id, &err);
    record_go_on(record);
}

static void
leaf_done(void *arg, uint64_t seq, const struct ledger_place *place)
{
    (void)seq;
    record_logged(arg, place->index);
}

static int
leaf_send(struct record *r, struct err *err)
{
    const char *transfer = r->transfer[0] != '\0' ? "transfer" : NULL;
    const struct leaf_field received[] = {
        {.key = "commit", .text = r->commit.hex}, {.key = "item", .text = r->item},
        {.key = "object", .text = r->ref.object}, {.key = "side", .text = r->ref.side},
        {.key = "size", .number = r->size},
    };
    const struct leaf_field deposit[] = {
        {.key = "commit", .text = r->commit.hex},  {.key = "from", .text = r->from_side},
        {.key = "item", .text = r->item},          {.key = "job", .number = r->job},
        {.key = "object", .text = r->from_object}, {.key = "product", .text = r->ref.object},
        {.key = "release", .number = r->release},  {.key = "to", .text = r->ref.side},
        {.key = transfer, .text = r->transfer},
    };
    const struct leaf_field taken[] = {
        {.key = "item", .text = r->item},
        {.key = "object", .text = r->ref.object},
        {.key = "person", .text = r->person},
        {.key = "side", .text = r->ref.side},
    };
    switch (r->kind) {
    case RECORD_RECEIVED:
        return leaf_put(r->gate, "transfer.receive", received, 5, leaf_done, r, err);
    case RECORD_DEPOSIT:
        return leaf_put(r->gate, "transfer.deposit", deposit, 9, leaf_done, r, err);
    case RECORD_TAKEN:
        return leaf_put(r->gate, "transfer.take", taken, 4, leaf_done, r, err);
    case RECORD_CLEAN:
    case RECORD_KINDS:
        break;
    }
    ensure(false);
}

/* --- the report to cored --- */

static void
waiter_call(struct record *record)
{
    record_done *done = record->done;
    record->done = NULL;
    if (done != NULL)
        done(record->arg, record);
}

static void
told(void *arg, const struct ipc_result *result)
{
    struct record *record = arg;
    record->telling = false;
    record->told = result->value != NULL;
    /* What cored will never accept (the item is gone there) must not be told for ever. */
    if (!record->told &&
        (err_is(result->err, "gate.not_found") || err_is(result->err, "gate.report")))
        record->told = true;
    if (result->value == NULL && !err_is(result->err, "ipc.away"))
        record->gate->config.event("gate.report_refused", "item", record->item, result->err);
    if (record->kind == RECORD_RECEIVED)
        waiter_call(record);
    if (record->told)
        record_go_on(record);
}

static void
tell(struct record *record)
{
    struct gate *gate = record->gate;
    record->telling = true;
    if (record->kind == RECORD_TAKEN) {
        struct content_taken taken = {str_of(record->item), str_of(record->person),
                                      (uint64_t)record->index};
        ipc_request(gate->config.cored, &content_taken_message, &taken, NULL, &transfer_ok_message,
                    TELL_MS, told, record);
        return;
    }
    struct item_received received = {.item = str_of(record->item),
                                     .object = str_of(record->ref.object),
                                     .size = record->size,
                                     .key = str_of(record->key)};
    ensure(hex_decode(str_of(record->sha256), received.sha256, SHA256_BYTES));
    memcpy(received.nonce, record->commit.nonce, sizeof received.nonce);
    ipc_request(gate->config.cored, &item_received_message, &received, NULL, &transfer_ok_message,
                TELL_MS, told, record);
}

/* Does what is due for RECORD, which may be gone afterwards. */
static void
record_go_on(struct record *record)
{
    struct gate *gate = record->gate;
    struct err err;
    bool may_put = !record->old || gate->old_rows == 0;
    if (!record->started || record->kind == RECORD_CLEAN)
        return;
    if (record->index < 0 && !record->put && may_put) {
        record->put = leaf_send(record, &err) == 0;
        if (!record->put)
            gate->config.event("gate.leaf_refused", "item", record->item, &err);
    }
    if (record->index >= 0 && record->kind != RECORD_RECEIVED)
        waiter_call(record);
    bool due =
        record->kind == RECORD_RECEIVED || (record->kind == RECORD_TAKEN && record->index >= 0);
    if (due && !record->told && !record->telling)
        tell(record);
    else if (due && record->told && record->index >= 0)
        record_drop(gate, record);
}

void
records_kick(struct gate *gate)
{
    struct record *next;
    for (struct record *record = gate->records; record != NULL; record = next) {
        next = record->next;
        if (record->kind != RECORD_DEPOSIT || record->index < 0)
            record_go_on(record);
    }
}

static void
records_pump(void *arg)
{
    struct gate *gate = arg;
    records_kick(gate);
    loop_timer_start(gate->records_timer, PUMP_MS);
}

/* The record whose leaf of a former run has the fields of DATA. */
static struct record *
record_of_leaf(struct gate *gate, struct str kind, const json_t *data)
{
    const char *item = json_string_value(json_object_get(data, "item"));
    bool deposit = str_equal_z(kind, "transfer.deposit");
    const char *object = json_string_value(json_object_get(data, deposit ? "product" : "object"));
    const char *person = json_string_value(json_object_get(data, "person"));
    enum record_kind want = deposit                                 ? RECORD_DEPOSIT
                            : str_equal_z(kind, "transfer.receive") ? RECORD_RECEIVED
                            : str_equal_z(kind, "transfer.take")    ? RECORD_TAKEN
                                                                    : RECORD_KINDS;
    for (struct record *r = gate->records; r != NULL && item != NULL && object != NULL; r = r->next)
        if (r->kind == want && r->index < 0 && !r->put && strcmp(r->item, item) == 0 &&
            strcmp(r->ref.object, object) == 0 &&
            (want != RECORD_TAKEN || (person != NULL && strcmp(r->person, person) == 0)))
            return r;
    return NULL;
}

void
records_left(struct gate *gate, const struct ledger_row *row, const struct ledger_place *place)
{
    json_t *data = json_loadb(row->data.p, row->data.n, 0, NULL);
    struct record *record = record_of_leaf(gate, row->kind, data);
    json_decref(data);
    if (gate->old_rows > 0)
        gate->old_rows--;
    if (record != NULL)
        record_logged(record, place->index);
    if (gate->old_rows == 0)
        records_kick(gate);
}

struct record *
record_write(struct gate *gate, const struct record *from, struct err *err)
{
    struct record copy = *from;
    copy.gate = gate;
    copy.index = -1;
    copy.old = copy.started = copy.put = copy.told = copy.telling = false;
    copy.done = NULL;
    copy.arg = NULL;
    return record_save(&copy, err) == 0 ? record_link(gate, &copy) : NULL;
}

void
record_start(struct record *record, record_done *done, void *arg)
{
    record->started = true;
    record->done = done;
    record->arg = arg;
    record_go_on(record);
}

struct record *
record_of_job(struct gate *gate, enum record_kind kind, uint64_t job, const char *item)
{
    for (struct record *r = gate->records; r != NULL; r = r->next)
        if (r->kind == kind && r->job == job && strcmp(r->item, item) == 0)
            return r;
    return NULL;
}

struct record *
record_of_object(struct gate *gate, enum record_kind kind, const char *object)
{
    for (struct record *r = gate->records; r != NULL; r = r->next)
        if (r->kind == kind && strcmp(r->ref.object, object) == 0)
            return r;
    return NULL;
}

void
record_wait(struct record *record, record_done *done, void *arg)
{
    record->done = done;
    record->arg = arg;
    record_go_on(record);
}

void
record_forget(struct gate *gate, const void *arg)
{
    for (struct record *r = gate->records; r != NULL; r = r->next)
        if (r->arg == arg)
            r->done = NULL;
}

/* At start: an upload that was sealed when the former process died gets its name now. An object
 * that was written in one go and never got its name is gone, and nothing was told of it. */
static int
objects_check(struct gate *gate, struct err *err)
{
    struct record *next;
    for (struct record *r = gate->records; r != NULL; r = next) {
        next = r->next;
        bool there = spool_has(gate->spool, &r->ref);
        if (r->kind == RECORD_RECEIVED && (spool_has_part(gate->spool, &r->ref) || !there)) {
            if (spool_publish(gate->spool, &r->ref, err) != 0 && !err_is(err, "file.missing"))
                return -1;
        } else if ((r->kind == RECORD_DEPOSIT || r->kind == RECORD_CLEAN) && r->index < 0 &&
                   !there) {
            record_drop(gate, r);
        }
    }
    return 0;
}

int
records_open(struct gate *gate, struct err *err)
{
    if (file_walk(gate->records_dir, ".", record_load, gate, err) != 0 ||
        objects_check(gate, err) != 0)
        return -1;
    gate->records_timer = loop_timer_new(gate->config.loop, records_pump, gate);
    loop_timer_start(gate->records_timer, 0);
    return 0;
}
