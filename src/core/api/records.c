/*
 * records: inbox and records; lists of them are in record_lists.c. Runs in cored.
 *
 * Records are read and moved on the LGWAN portal only; every change is one register_act.
 */
#include "base/crypt/encode.h"
#include "base/os/time.h"
#include "core/account/account.h"
#include "core/api/calls.h"
#include "core/api/names.h"
#include "core/json/json.h"
#include "core/register/show.h"
#include "core/store/id.h"

#include <string.h>

enum { INBOX_MOST = 200 };

static bool
at_desk(const struct api_call *call)
{
    return str_equal_z(call->zone, "lgwan");
}

/* ---- inbox ---- */

static int
inbox_title(struct api_call *call, const struct register_def *def, uint64_t record, json_t **ret,
            struct err *err)
{
    const struct api_config *config = api_config(call->api);
    struct register_caller system = {.system = true};
    json_t *whole = NULL, *purpose = NULL;
    size_t i;
    json_t *field;
    int rc =
        record_read(config->registers, config->store, call->arena, &system, record, &whole, err);
    if (rc < 0) {
        return -1;
    }
    json_array_foreach(json_object_get(whole, "fields"), i, field)
    {
        const char *key = json_string_value(json_object_get(field, "key"));
        if (key != NULL && (strcmp(key, "purpose") == 0 || strcmp(key, "title") == 0)) {
            purpose = json_object_get(field, "value");
        }
    }
    *ret = purpose != NULL ? json_incref(purpose) : register_title_json(&def->title);
    json_decref(whole);
    return 0;
}

/* In whose place a deputy is asked. */
static int
inbox_for(struct api_call *call, uint64_t person, json_t *row, struct err *err)
{
    struct account_person holder;
    if (person == 0) {
        return 0;
    }
    int rc = account_person_get(api_config(call->api)->store, call->arena, person, &holder, err);
    if (rc == 0) {
        (void)json_object_set_new(row, "for", json_of_text(holder.name));
    }
    return rc < 0 ? -1 : 0;
}

/* What an approval names, and whether it may be given together with others. */
static int
inbox_digest(struct api_call *call, const struct register_waiting *waiting,
             const struct register_task *task, json_t *row, struct err *err)
{
    const struct api_config *config = api_config(call->api);
    char digest[65];
    int bulk = task->for_person != 0 ? 0
                                     : register_bulk(config->registers, config->store, call->arena,
                                                     waiting->record, err);
    hex_encode(waiting->digest, sizeof waiting->digest, digest);
    (void)json_object_set_new(row, "digest", json_string(digest));
    (void)json_object_set_new(row, "bulk", json_boolean(bulk > 0));
    return bulk < 0 ? -1 : 0;
}

static int
inbox_row(struct api_call *call, uint64_t record, json_t *list, int64_t now, int64_t *late,
          struct err *err)
{
    const struct api_config *config = api_config(call->api);
    struct register_waiting waiting;
    struct register_task task;
    struct account_person owner = {0};
    struct str section = {0};
    json_t *title = NULL;
    char id[ID_CHARS + 1];
    int rc = register_waiting(config->registers, config->store, call->arena, record, &waiting, err);
    if (rc != 0) {
        return rc < 0 ? -1 : 0;
    }
    rc = register_task(config->registers, config->store, call->arena, record, call->known.person,
                       &task, err);
    if (rc != 0) {
        return rc < 0 ? -1 : 0;
    }
    const struct register_def *def = register_def_find(config->registers, waiting.reg);
    if (inbox_title(call, def, record, &title, err) < 0 ||
        account_person_get(config->store, call->arena, waiting.owner, &owner, err) < 0 ||
        account_section_name(config->store, call->arena, waiting.section, &section, err) < 0) {
        json_decref(title);
        return -1;
    }
    id_format(record, id);
    struct str clause = def->clause_count > 0 ? def->clauses[0] : (struct str){0};
    json_t *row = json_pack(
        "{ss so so so ss so so so sI sI so sI}", "kind", task.kind, "step", json_of_text(task.step),
        "step_title", register_title_json(&task.title), "register", json_of_text(waiting.reg),
        "record", id, "title", title, "applicant", json_of_text(owner.name), "section",
        json_of_text(section), "due", (json_int_t)waiting.due, "waiting_since",
        (json_int_t)waiting.since, "clause", json_of_text(clause), "rev", (json_int_t)waiting.rev);
    *late += waiting.due > 0 && waiting.due < now;
    (void)json_array_append_new(list, row);
    if (inbox_digest(call, &waiting, &task, row, err) < 0) {
        return -1;
    }
    rc = inbox_for(call, task.for_person, row, err);
    if (rc == 0) {
        rc = transfer_inbox_row(config->desk, record, row, err);
    }
    return rc;
}

/* What is read afterwards, was sent back, or is stuck. */
static int
inbox_item(struct api_call *call, const struct register_item *item, json_t *list, struct err *err)
{
    const struct api_config *config = api_config(call->api);
    struct register_caller system = {.system = true};
    char id[ID_CHARS + 1];
    json_t *whole = NULL, *title = NULL;
    int rc = record_read(config->registers, config->store, call->arena, &system, item->record,
                         &whole, err);
    if (rc != 0) {
        return rc < 0 ? -1 : 0;
    }
    struct str reg = str_of(json_string_value(json_object_get(whole, "register")));
    const struct register_def *def = register_def_find(config->registers, reg);
    rc = inbox_title(call, def, item->record, &title, err);
    if (rc == 0) {
        id_format(item->record, id);
        struct str clause = def->clause_count > 0 ? def->clauses[0] : (struct str){0};
        json_t *row =
            json_pack("{ss so so ss so sO sO sI sI so sO}", "kind", item->kind, "step",
                      json_of_text(item->step), "register", json_of_text(reg), "record", id,
                      "title", title, "applicant", json_object_get(whole, "owner"), "section",
                      json_object_get(whole, "section"), "due", (json_int_t)item->due,
                      "waiting_since", (json_int_t)item->since, "clause", json_of_text(clause),
                      "rev", json_object_get(whole, "rev"));
        (void)json_array_append_new(list, row);
    }
    json_decref(whole);
    return rc;
}

/* How many items of each kind there are. */
struct inbox_counts {
    int64_t steps, late, read, returned, week;
};

static int
inbox_items(struct api_call *call, json_t *list, struct inbox_counts *counts, struct err *err)
{
    const struct api_config *config = api_config(call->api);
    struct register_ids records = {NULL, 0};
    struct register_items items = {NULL, 0};
    int64_t now = time_now_us();
    int rc = register_inbox(config->registers, config->store, call->arena, call->known.person,
                            INBOX_MOST, &records, err);
    for (size_t i = 0; rc == 0 && i < records.count; i++) {
        rc = inbox_row(call, records.list[i], list, now, &counts->late, err);
    }
    counts->steps = (int64_t)json_array_size(list);
    if (rc == 0) {
        rc = register_items(config->registers, config->store, call->arena, call->known.person,
                            INBOX_MOST, &items, err);
    }
    for (size_t i = 0; rc == 0 && i < items.count; i++) {
        counts->read += strcmp(items.list[i].kind, "read") == 0;
        counts->returned += strcmp(items.list[i].kind, "sent_back") == 0;
        counts->late += items.list[i].due > 0 && items.list[i].due < now;
        rc = inbox_item(call, &items.list[i], list, err);
    }
    if (rc == 0) {
        rc = duties_inbox(call, list, &counts->late, err);
    }
    if (rc == 0) {
        rc = register_filled(config->store, call->known.person, now - 7 * TIME_US_DAY,
                             &counts->week, err);
    }
    return rc;
}

static int
inbox_read(struct api_call *call, json_t **ret, struct err *err)
{
    struct inbox_counts counts = {0};
    int64_t returned = 0;
    json_t *list = json_array();
    int rc = at_desk(call) ? inbox_items(call, list, &counts, err) : 0;
    if (rc == 0) {
        rc = transfer_returned(api_config(call->api)->desk, call->known.person, &returned, err);
    }
    *ret = json_pack("{so s{sI sI sI sI sI}}", "items", list, "counts", "decide",
                     (json_int_t)counts.steps, "read", (json_int_t)counts.read, "sent_back",
                     (json_int_t)(returned + counts.returned), "late", (json_int_t)counts.late,
                     "week", (json_int_t)counts.week);
    return rc;
}

/* ---- records ---- */

/* The record of the path when the caller may see it, else not_found. */
static int
path_record(struct api_call *call, uint64_t *ret, struct err *err)
{
    const struct api_config *config = api_config(call->api);
    struct register_caller caller = api_register_caller(call);
    if (!at_desk(call) || !id_parse(call->part[0], ret)) {
        return ERR(err, "not_found", "record");
    }
    int rc = record_visible(config->registers, config->store, call->arena, &caller, *ret, err);
    return rc < 0 ? -1 : rc > 0 ? 0 : ERR(err, "not_found", "record");
}

static int
record_answer(struct api_call *call, json_t **ret, struct err *err)
{
    const struct api_config *config = api_config(call->api);
    struct register_caller caller = api_register_caller(call);
    uint64_t record = call->made;
    if (record == 0 && path_record(call, &record, err) < 0) {
        return -1;
    }
    int rc = record_read(config->registers, config->store, call->arena, &caller, record, ret, err);
    if (rc != 0) {
        return rc < 0 ? -1 : ERR(err, "not_found", "record");
    }
    struct str reg = str_of(json_string_value(json_object_get(*ret, "register")));
    json_t *names = json_object();
    rc = names_add_fields(call, register_def_find(config->registers, reg),
                          json_object_get(*ret, "fields"), names, err);
    (void)json_object_set_new(*ret, "names", names);
    return rc;
}

static int
record_act(struct api_call *call, struct register_call *act, struct err *err)
{
    const struct api_config *config = api_config(call->api);
    struct register_caller caller = api_register_caller(call);
    struct register_outcome outcome;
    if (register_act(config->registers, config->store, call->arena, &caller, act, &outcome, err) <
        0) {
        return -1;
    }
    call->made = outcome.record;
    return 0;
}

static int
record_open(struct api_call *call, struct err *err)
{
    struct register_call act = {.move = STR("open"),
                                .fields = json_object_get(call->body, "fields")};
    if (!at_desk(call)) {
        return ERR(err, "not_found", "register");
    }
    if (api_text(call, "register", &act.reg, err) < 0) {
        return -1;
    }
    return record_act(call, &act, err);
}

/* What every act on a record carries: rev, digest, and the words of a reason under KEY. */
static int
act_shown(struct api_call *call, const char *key, struct register_call *ret, struct err *err)
{
    int64_t rev = 0;
    if (path_record(call, &ret->record, err) < 0 || api_number(call, "rev", &rev, err) < 0 ||
        api_text(call, key, &ret->reason, err) < 0) {
        return -1;
    }
    ret->rev = (uint64_t)rev;
    return api_digest(call, "digest", ret->digest) ? 0 : ERR(err, "register.changed", "digest");
}

static int
record_edit(struct api_call *call, struct err *err)
{
    struct register_call act = {.move = STR("edit"),
                                .fields = json_object_get(call->body, "fields")};
    return act_shown(call, "reason", &act, err) < 0 ? -1 : record_act(call, &act, err);
}

static int
record_move(struct api_call *call, struct err *err)
{
    struct register_call act = {.move = call->part[1],
                                .fields = json_object_get(call->body, "fields")};
    if (str_equal_z(act.move, "open") || str_equal_z(act.move, "edit")) {
        return ERR(err, "not_found", "move");
    }
    return act_shown(call, "reason", &act, err) < 0 ? -1 : record_act(call, &act, err);
}

static int
record_step_act(struct api_call *call, struct err *err)
{
    struct register_call act = {.step = call->part[1]};
    if (act_shown(call, "comment", &act, err) < 0 || api_text(call, "kind", &act.move, err) < 0 ||
        api_text(call, "back_to", &act.back_to, err) < 0) {
        return -1;
    }
    if (str_equal_z(act.move, "open") || str_equal_z(act.move, "edit")) {
        return ERR(err, "register.move", "kind");
    }
    return record_act(call, &act, err);
}

static int
history_answer(struct api_call *call, json_t **ret, struct err *err)
{
    const struct api_config *config = api_config(call->api);
    struct register_caller caller = api_register_caller(call);
    uint64_t record = 0;
    if (path_record(call, &record, err) < 0) {
        return -1;
    }
    int rc =
        record_history(config->registers, config->store, call->arena, &caller, record, ret, err);
    return rc <= 0 ? rc : ERR(err, "not_found", "record");
}

const struct api_route api_record_routes[] = {
    {"GET", "inbox", 200, .read = inbox_read},
    {"POST", "records", 201, record_open, record_answer},
    {"GET", "records/:", 200, .read = record_answer},
    {"GET", "records/:/history", 200, .read = history_answer},
    {"POST", "records/:/edit", 200, record_edit, record_answer},
    {"POST", "records/:/move/:", 200, record_move, record_answer},
    {"POST", "records/:/step/:", 200, record_step_act, record_answer},
};
const size_t api_record_route_count = sizeof api_record_routes / sizeof *api_record_routes;
