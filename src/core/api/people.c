/*
 * people: batches of appointments over HTTP. Runs in cored, on the LGWAN portal only.
 *
 * The body of POST people is JSON with the rows as plain text: {"rows": [[…]], "sections": [[…]],
 * "map": {…}, "retro": false}. A batch that the caller may not see is answered like one that is not
 * there.
 */
#include "base/mem/buf.h"
#include "base/os/file.h"
#include "core/api/calls.h"
#include "core/people/people.h"
#include "core/store/id.h"

static bool
at_desk(const struct api_call *call)
{
    return str_equal_z(call->zone, "lgwan") && api_config(call->api)->people != NULL;
}

/* The file of CALL as JSON. */
static int
asked_load(struct api_call *call, json_t **ret, struct err *err)
{
    struct buf text;
    buf_init(&text, PEOPLE_ASKED_BYTES + 1);
    int64_t size = file_sealed_size(call->file, PEOPLE_ASKED_BYTES, err);
    void *room = size > 0 ? buf_reserve(&text, (size_t)size) : NULL;
    int rc = size < 0       ? -1
             : room == NULL ? ERR(err, "api.body", "empty")
                            : file_pread(call->file, room, (size_t)size, 0, err);
    if (rc == 0) {
        *ret = json_loadb(room, (size_t)size, JSON_REJECT_DUPLICATES, NULL);
        rc = json_is_object(*ret) ? 0 : ERR(err, "api.body", "json");
    }
    buf_free(&text);
    return rc;
}

static int
people_write(struct api_call *call, struct err *err)
{
    struct register_caller caller = api_register_caller(call);
    json_t *asked = NULL;
    if (!at_desk(call)) {
        return ERR(err, "not_found", "people");
    }
    struct arena *arena = arena_new(512 << 20);
    int rc = asked_load(call, &asked, err);
    if (rc == 0) {
        rc = people_import(api_config(call->api)->people, arena, &caller, asked, &call->made, err);
    }
    json_decref(asked);
    arena_free(arena);
    return rc;
}

/* The batch of the path, seen by the caller. */
static int
path_batch(struct api_call *call, uint64_t *ret, struct err *err)
{
    const struct api_config *config = api_config(call->api);
    struct register_caller caller = api_register_caller(call);
    if (!at_desk(call) || !id_parse(call->part[0], ret)) {
        return ERR(err, "not_found", "batch");
    }
    int rc = record_visible(config->registers, config->store, call->arena, &caller, *ret, err);
    return rc < 0 ? -1 : rc > 0 ? 0 : ERR(err, "not_found", "batch");
}

static int
batch_read(struct api_call *call, json_t **ret, struct err *err)
{
    struct register_caller caller = api_register_caller(call);
    uint64_t record = call->made;
    if (record == 0 && path_batch(call, &record, err) < 0) {
        return -1;
    }
    int rc = people_read(api_config(call->api)->people, call->arena, &caller, record, ret, err);
    return rc <= 0 ? rc : ERR(err, "not_found", "batch");
}

static int
batch_again(struct api_call *call, struct err *err)
{
    struct register_caller caller = api_register_caller(call);
    uint64_t record = 0;
    if (path_batch(call, &record, err) < 0) {
        return -1;
    }
    struct arena *arena = arena_new(512 << 20);
    int rc = people_again(api_config(call->api)->people, arena, &caller, record, err);
    arena_free(arena);
    return rc;
}

/* What CALL was shown of the batch. */
static int
shown(struct api_call *call, struct register_call *ret, struct err *err)
{
    int64_t rev = 0;
    if (path_batch(call, &ret->record, err) < 0 || api_number(call, "rev", &rev, err) < 0 ||
        api_text(call, "reason", &ret->reason, err) < 0) {
        return -1;
    }
    ret->rev = (uint64_t)rev;
    return api_digest(call, "digest", ret->digest) ? 0 : ERR(err, "register.changed", "digest");
}

static int
batch_approve(struct api_call *call, struct err *err)
{
    struct register_caller caller = api_register_caller(call);
    struct register_call act = {0};
    if (shown(call, &act, err) < 0) {
        return -1;
    }
    bool mass = json_is_true(json_object_get(call->body, "confirm_mass"));
    return people_approve(api_config(call->api)->people, call->arena, &caller, &act, mass, err);
}

static int
batch_cancel(struct api_call *call, struct err *err)
{
    const struct api_config *config = api_config(call->api);
    struct register_caller caller = api_register_caller(call);
    struct register_call act = {.move = STR("cancel")};
    struct register_outcome outcome;
    if (shown(call, &act, err) < 0) {
        return -1;
    }
    return register_act(config->registers, config->store, call->arena, &caller, &act, &outcome,
                        err);
}

static int
due_read(struct api_call *call, json_t **ret, struct err *err)
{
    struct register_caller caller = api_register_caller(call);
    if (!at_desk(call)) {
        return ERR(err, "not_found", "people");
    }
    return people_due(api_config(call->api)->people, call->arena, &caller, ret, err);
}

const struct api_route api_people_routes[] = {
    {"POST", "people", 201, people_write, batch_read, .raw = true},
    {"GET", "people", 200, .read = due_read},
    {"GET", "people/:", 200, .read = batch_read},
    {"POST", "people/:/preview", 200, batch_again, batch_read},
    {"POST", "people/:/approve", 200, batch_approve, batch_read},
    {"POST", "people/:/cancel", 200, batch_cancel, batch_read},
};
const size_t api_people_route_count = sizeof api_people_routes / sizeof *api_people_routes;
