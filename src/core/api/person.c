/*
 * person: session, pulse, status, flows. Runs in cored.
 */
#include "base/os/time.h"
#include "base/text/json.h"
#include "core/account/account.h"
#include "core/api/calls.h"
#include "core/control/control.h"
#include "core/json/json.h"
#include "core/store/job.h"
#include "core/store/outbox.h"

#include <stdio.h>
#include <string.h>

static int
posts_json(struct api_call *call, json_t *list, struct err *err)
{
    struct account_post *posts = NULL;
    size_t count = 0;
    if (account_posts(api_config(call->api)->store, call->arena, call->known.person, time_now_us(),
                      &posts, &count, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < count; i++) {
        (void)json_array_append_new(
            list,
            json_pack("{so so so so}", "post", json_of_decimal(posts[i].post), "section",
                      json_of_decimal(posts[i].section), "section_name",
                      json_of_text(posts[i].section_name), "name", json_of_text(posts[i].name)));
    }
    return 0;
}

static int
roles_json(struct api_call *call, json_t *list, struct err *err)
{
    struct account_role *roles = NULL;
    size_t count = 0;
    if (account_roles(api_config(call->api)->store, call->arena, call->known.person, time_now_us(),
                      &roles, &count, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < count; i++) {
        (void)json_array_append_new(list, json_pack("{soso}", "role", json_of_text(roles[i].role),
                                                    "scope", json_of_text(roles[i].scope_name)));
    }
    return 0;
}

static json_t *
factors_json(const char *factors)
{
    json_t *list = json_array();
    struct str rest = str_of(factors), one;
    while (rest.n > 0 && str_split_next(&rest, ',', &one)) {
        (void)json_array_append_new(list, json_of_text(one));
    }
    return list;
}

static int
session_read(struct api_call *call, json_t **ret, struct err *err)
{
    struct account_person person;
    struct account_body body = {0};
    struct store *store = api_config(call->api)->store;
    int rc = account_person_get(store, call->arena, call->known.person, &person, err);
    if (rc != 0) {
        return rc < 0 ? -1 : ERR(err, "auth.no_session", "person");
    }
    if (account_body_of(store, call->arena, call->known.person, time_now_us(), &body, err) < 0) {
        return -1;
    }
    json_t *posts = json_array(), *roles = json_array();
    *ret = json_pack("{s{so so so} s{so so} so sb so so so sI sI}", "person", "id",
                     json_of_decimal(call->known.person), "name", json_of_text(person.name), "kana",
                     json_of_text(person.kana), "body", "code", json_of_text(body.code), "name",
                     json_of_text(body.name), "zone", json_of_text(call->zone), "demo",
                     api_config(call->api)->demo, "posts", posts, "roles", roles, "factors",
                     factors_json(call->known.factors), "idle_s", (json_int_t)call->known.idle_s,
                     "until", (json_int_t)call->known.until);
    return posts_json(call, posts, err) < 0 ? -1 : roles_json(call, roles, err);
}

static int
pulse_read(struct api_call *call, json_t **ret, struct err *err)
{
    const struct api_config *config = api_config(call->api);
    int64_t n = 0;
    bool running = false;
    struct register_ids records = {NULL, 0};
    if (transfer_pulse(config->desk, call->known.person, &n, &running, err) < 0 ||
        register_inbox(config->registers, config->store, call->arena, call->known.person, 200,
                       &records, err) < 0) {
        return -1;
    }
    for (size_t i = 0; i < records.count; i++) {
        struct register_waiting waiting;
        int rc = register_waiting(config->registers, config->store, call->arena, records.list[i],
                                  &waiting, err);
        if (rc < 0) {
            return -1;
        }
        n = rc == 0 && waiting.since > n ? waiting.since : n;
    }
    *ret = json_pack("{sI sI sb}", "n", (json_int_t)n + (json_int_t)records.count, "waiting",
                     (json_int_t)records.count, "mine_running", running);
    return 0;
}

static int
status_read(struct api_call *call, json_t **ret, struct err *err)
{
    const struct api_config *config = api_config(call->api);
    uint64_t waiting = 0, running = 0, behind = 0;
    struct err why = {0};
    if (job_counts(config->store, "gate", &waiting, &running, err) < 0 ||
        outbox_behind(config->store, &behind, err) < 0) {
        return -1;
    }
    bool writable = store_writable(config->store, &why);
    bool ledger = config->ledger != NULL && ipc_edge_up(config->ledger);
    const char *scanner = config->desk->gate.scanner;
    *ret = json_pack("{so sb s{sI sI} s{ss} s{sb sI}}", "zone", json_of_text(call->zone), "ready",
                     writable && ledger, "queue", "waiting", (json_int_t)waiting, "running",
                     (json_int_t)running, "scanner", "state", scanner[0] != '\0' ? scanner : "down",
                     "ledger", "up", ledger, "behind", (json_int_t)behind);
    if (!writable) {
        (void)json_object_set_new(*ret, "why", json_string(why.code));
    }
    return 0;
}

/* Member "findings" of FLOW: in what it and the policy disagree. */
static void
flow_findings_add(struct api_call *call, json_t *flow)
{
    struct control *control = api_config(call->api)->control;
    const char *id = json_string_value(json_object_get(flow, "id"));
    struct buf out;
    struct json j;
    buf_init(&out, 64 << 10);
    json_init(&j, &out);
    json_open_array(&j);
    if (control != NULL && id != NULL) {
        control_put_flow_findings(control, str_of(id), &j);
    }
    json_end(&j);
    struct str text = buf_done(&out, NULL) == 0 ? buf_str(&out) : STR("[]");
    (void)json_object_set_new(flow, "findings", json_loadb(text.p, text.n, 0, NULL));
    buf_free(&out);
}

static int
flows_read(struct api_call *call, json_t **ret, struct err *err)
{
    struct transfer_caller caller = api_transfer_caller(call);
    if (transfer_flows(api_config(call->api)->desk, &caller, ret, err) < 0) {
        return -1;
    }
    json_t *flow;
    size_t i;
    json_array_foreach(json_object_get(*ret, "flows"), i, flow)
    {
        flow_findings_add(call, flow);
    }
    return 0;
}

static int
explain_read(struct api_call *call, json_t **ret, struct err *err)
{
    struct transfer_caller caller = api_transfer_caller(call);
    struct str class = api_query(call, "class");
    return transfer_explain(api_config(call->api)->desk, call->arena, &caller, call->part[0], class,
                            ret, err);
}

const struct api_route api_person_routes[] = {
    {"GET", "session", 200, .read = session_read},
    {"GET", "pulse", 200, .read = pulse_read, .quiet = true},
    {"GET", "status", 200, .read = status_read},
    {"GET", "flows", 200, .read = flows_read},
    {"GET", "flows/:/explain", 200, .read = explain_read},
};
const size_t api_person_route_count = sizeof api_person_routes / sizeof *api_person_routes;
