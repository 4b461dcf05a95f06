/*
 * transfers: the calls about transfers. Runs in cored.
 *
 * Invariant: a transfer the caller may not see is answered like one that is not there, before
 * anything else of the call is looked at.
 */
#include "core/api/calls.h"
#include "core/store/id.h"
#include "core/transfer/view.h"

#include <string.h>

/* The transfer of the path, when the caller may see it; else not_found. */
static int
path_transfer(struct api_call *call, uint64_t *ret, struct err *err)
{
    struct transfer_desk *desk = api_config(call->api)->desk;
    struct transfer_caller caller = api_transfer_caller(call);
    struct transfer_row row;
    int rc = transfer_find(desk, call->part[0], ret, err);
    if (rc == 0) {
        rc = transfer_load(desk->store, call->arena, *ret, &row, err);
    }
    if (rc == 0) {
        rc = transfer_sees(desk, call->arena, &caller, &row, err);
        rc = rc < 0 ? -1 : rc == VIEW_NONE;
    }
    call->made = *ret;
    return rc <= 0 ? rc : ERR(err, "not_found", "transfer");
}

static int
create_write(struct api_call *call, struct err *err)
{
    struct transfer_caller caller = api_transfer_caller(call);
    struct str flow, key;
    if (api_text(call, "flow", &flow, err) < 0 || api_text(call, "key", &key, err) < 0) {
        return -1;
    }
    return transfer_create(api_config(call->api)->desk, &caller, flow, key, &call->made, err);
}

static int
create_read(struct api_call *call, json_t **ret, struct err *err)
{
    (void)err;
    char id[ID_CHARS + 1];
    id_format(call->made, id);
    *ret = json_pack("{sssnss}", "id", id, "number", "state", "draft");
    return 0;
}

static int
item_write(struct api_call *call, struct err *err)
{
    struct transfer_caller caller = api_transfer_caller(call);
    struct transfer_file file;
    uint64_t transfer = 0;
    if (path_transfer(call, &transfer, err) < 0 || api_text(call, "name", &file.name, err) < 0 ||
        api_text(call, "key", &file.key, err) < 0 ||
        api_number(call, "size", &file.size, err) < 0) {
        return -1;
    }
    return transfer_item_add(api_config(call->api)->desk, &caller, transfer, &file, &call->made,
                             err);
}

static int
item_read(struct api_call *call, json_t **ret, struct err *err)
{
    (void)err;
    char id[ID_CHARS + 1], url[64];
    id_format(call->made, id);
    (void)snprintf(url, sizeof url, "/api/v1/uploads/%s", id);
    *ret = json_pack("{ssss}", "item", id, "upload", url);
    return 0;
}

static int
item_drop(struct api_call *call, struct err *err)
{
    struct transfer_caller caller = api_transfer_caller(call);
    uint64_t transfer = 0, item = 0;
    if (path_transfer(call, &transfer, err) < 0) {
        return -1;
    }
    if (!id_parse(call->part[1], &item)) {
        return ERR(err, "not_found", "item");
    }
    return transfer_item_drop(api_config(call->api)->desk, &caller, transfer, item, err);
}

static int
submit_write(struct api_call *call, struct err *err)
{
    struct transfer_caller caller = api_transfer_caller(call);
    struct transfer_submit submit;
    uint64_t transfer = 0;
    if (path_transfer(call, &transfer, err) < 0 ||
        api_text(call, "class", &submit.class, err) < 0 ||
        api_text(call, "purpose", &submit.purpose, err) < 0 ||
        api_text(call, "receiver", &submit.receiver, err) < 0) {
        return -1;
    }
    if (submit.receiver.n == 0) {
        submit.receiver = STR("self");
    }
    return transfer_submit(api_config(call->api)->desk, call->arena, &caller, transfer, &submit,
                           err);
}

static int
withdraw_write(struct api_call *call, struct err *err)
{
    struct transfer_caller caller = api_transfer_caller(call);
    uint64_t transfer = 0;
    if (path_transfer(call, &transfer, err) < 0) {
        return -1;
    }
    return transfer_withdraw(api_config(call->api)->desk, call->arena, &caller, transfer, err);
}

static int
decide_write(struct api_call *call, struct err *err)
{
    struct transfer_caller caller = api_transfer_caller(call);
    struct transfer_decide decide = {0};
    uint64_t transfer = 0;
    int64_t rev = 0;
    if (path_transfer(call, &transfer, err) < 0 || api_number(call, "rev", &rev, err) < 0 ||
        api_text(call, "decision", &decide.decision, err) < 0 ||
        api_text(call, "reason", &decide.reason, err) < 0) {
        return -1;
    }
    if (!str_equal_z(decide.decision, "approve") && !str_equal_z(decide.decision, "reject") &&
        !str_equal_z(decide.decision, "send_back")) {
        return ERR(err, "api.field", "decision");
    }
    decide.rev = (uint64_t)rev;
    decide.digest_given = api_digest(call, "digest", decide.digest);
    return transfer_decide(api_config(call->api)->desk, call->arena, &caller, transfer, &decide,
                           err);
}

/* The transfer of the path, or the one a write left in call->made. */
static int
transfer_answer(struct api_call *call, json_t **ret, struct err *err)
{
    struct transfer_caller caller = api_transfer_caller(call);
    uint64_t transfer = 0;
    struct transfer_desk *desk = api_config(call->api)->desk;
    int rc = transfer_find(desk, call->part[0], &transfer, err);
    if (rc == 0) {
        rc = transfer_read(desk, call->arena, &caller, transfer, ret, err);
    }
    return rc <= 0 ? rc : ERR(err, "not_found", "transfer");
}

static int
report_read(struct api_call *call, json_t **ret, struct err *err)
{
    struct transfer_caller caller = api_transfer_caller(call);
    uint64_t transfer = 0;
    struct transfer_desk *desk = api_config(call->api)->desk;
    int rc = transfer_find(desk, call->part[0], &transfer, err);
    if (rc == 0) {
        rc = transfer_report(desk, call->arena, &caller, transfer, ret, err);
    }
    return rc <= 0 ? rc : ERR(err, "not_found", "transfer");
}

static int
list_read(struct api_call *call, json_t **ret, struct err *err)
{
    struct transfer_caller caller = api_transfer_caller(call);
    struct str box = api_query(call, "box");
    return transfer_list(api_config(call->api)->desk, call->arena, &caller,
                         box.p != NULL ? box : STR("sent"), ret, err);
}

const struct api_route api_transfer_routes[] = {
    {"POST", "transfers", 201, create_write, create_read},
    {"GET", "transfers", 200, .read = list_read},
    {"GET", "transfers/:", 200, .read = transfer_answer},
    {"POST", "transfers/:/items", 201, item_write, item_read},
    {"DELETE", "transfers/:/items/:", 200, item_drop, NULL},
    {"POST", "transfers/:/submit", 200, submit_write, transfer_answer},
    {"POST", "transfers/:/decide", 200, decide_write, transfer_answer},
    {"POST", "transfers/:/withdraw", 200, withdraw_write, transfer_answer},
    {"GET", "transfers/:/report", 200, .read = report_read},
};
const size_t api_transfer_route_count = sizeof api_transfer_routes / sizeof *api_transfer_routes;
