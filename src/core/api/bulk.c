/*
 * bulk: approving several records with one call. Runs in cored.
 *
 * Invariants: each record is judged and acted on in a unit of its own, as if it had been approved
 * by itself, under the revision and digest the caller names; one that is refused hinders no other
 * and has its reason in the answer. Nobody approves in bulk in another's place.
 */
#include "base/crypt/encode.h"
#include "core/api/calls.h"
#include "core/store/id.h"

#include <string.h>

enum { BULK_MOST = 50 };

/* The call that is worked off, in its arena. */
struct bulk {
    struct api_call *call;
    const json_t *items;
    size_t at;
    struct register_outcome outcome;
    json_t *answers;
};

/* What ITEM names, as an act. */
static int
item_read(const json_t *item, struct register_call *ret, struct err *err)
{
    const json_t *id = json_object_get(item, "id"), *digest = json_object_get(item, "digest"),
                 *rev = json_object_get(item, "rev");
    struct str id_text = {json_string_value(id), json_string_length(id)};
    struct str digest_text = {json_string_value(digest), json_string_length(digest)};
    if (id_text.p == NULL || !id_parse(id_text, &ret->record)) {
        return ERR(err, "not_found", "record");
    }
    if (digest_text.p == NULL || !hex_decode(digest_text, ret->digest, 32) ||
        !json_is_integer(rev) || json_integer_value(rev) < 1) {
        return ERR(err, "register.changed", "digest");
    }
    ret->rev = (uint64_t)json_integer_value(rev);
    return 0;
}

static int
item_unit(struct store *store, void *arg, struct err *err)
{
    struct bulk *bulk = arg;
    struct api_call *call = bulk->call;
    struct register_set *set = api_config(call->api)->registers;
    struct register_caller caller = api_register_caller(call);
    struct register_call act = {.record = 0};
    struct register_task task;
    if (item_read(json_array_get(bulk->items, bulk->at), &act, err) < 0) {
        return -1;
    }
    int rc = record_visible(set, store, call->arena, &caller, act.record, err);
    if (rc <= 0) {
        return rc < 0 ? -1 : ERR(err, "not_found", "record");
    }
    rc = register_task(set, store, call->arena, act.record, caller.person, &task, err);
    if (rc != 0) {
        return rc < 0 ? -1 : ERR(err, "register.not_candidate", "step");
    }
    rc = task.for_person == 0 ? register_bulk(set, store, call->arena, act.record, err) : 0;
    if (rc <= 0) {
        return rc < 0 ? -1 : ERR(err, "register.not_bulk", "step");
    }
    act.step = task.step;
    act.move = str_of(task.kind);
    return register_act(set, store, call->arena, &caller, &act, &bulk->outcome, err);
}

static void
item_done(void *arg, int result, const struct err *err)
{
    struct bulk *bulk = arg;
    struct api_call *call = bulk->call;
    json_t *id = json_object_get(json_array_get(bulk->items, bulk->at), "id");
    json_t *answer = json_object();
    (void)json_object_set(answer, "id", json_is_string(id) ? id : json_null());
    if (result < 0) {
        (void)json_object_set_new(answer, "code", json_string(err->code));
    } else {
        (void)json_object_set_new(answer, "state",
                                  json_stringn(bulk->outcome.state.p, bulk->outcome.state.n));
    }
    (void)json_object_set_new(answer, "done", json_boolean(result >= 0));
    (void)json_array_append_new(bulk->answers, answer);
    bulk->at++;
    if (bulk->at < json_array_size(bulk->items)) {
        store_write(api_config(call->api)->store, item_unit, item_done, bulk);
    } else {
        api_answer_json(call, 200, json_pack("{so}", "items", bulk->answers));
    }
}

static int
bulk_check(struct api_call *call, struct err *err)
{
    const json_t *items = json_object_get(call->body, "items");
    if (!str_equal_z(call->zone, "lgwan")) {
        return ERR(err, "not_found", "inbox");
    }
    size_t count = json_array_size(items);
    return count > 0 && count <= BULK_MOST ? 0 : ERR(err, "api.field", "items");
}

static void
bulk_approve(struct api_call *call)
{
    struct err err = {0};
    struct bulk *bulk = arena_alloc(call->arena, sizeof *bulk);
    if (bulk == NULL || bulk_check(call, &err) < 0) {
        if (bulk == NULL) {
            (void)ERR(&err, "limit.memory", "bulk");
        }
        api_fail(call, &err);
        return;
    }
    *bulk = (struct bulk){
        .call = call, .items = json_object_get(call->body, "items"), .answers = json_array()};
    store_write(api_config(call->api)->store, item_unit, item_done, bulk);
}

const struct api_route api_bulk_routes[] = {
    {"POST", "inbox/approve", 200, .later = bulk_approve},
};
const size_t api_bulk_route_count = sizeof api_bulk_routes / sizeof *api_bulk_routes;
