/*
 * cored: remembers and decides. Holds the database; knows no network and no file of a user.
 *
 * Edges: portald.* (accepts proto/api), gated (accepts proto/transfer), authd (asks proto/auth),
 * authd.ask (accepts proto/account), ledgerd (delivers the outbox), policyd (has
 * policy texts read), sheetd (has tables read and written). Settings: demo.
 */
#include "base/mem/ensure.h"
#include "base/os/time.h"
#include "base/service/log.h"
#include "base/service/service.h"
#include "core/account/resolve.h"
#include "core/api/api.h"
#include "core/api/deliver.h"
#include "core/api/gate.h"
#include "core/api/reading.h"
#include "core/api/sheeting.h"
#include "core/api/revision.h"
#include "core/control/control.h"
#include "core/duty/duty.h"
#include "core/control/waive.h"
#include "core/people/people.h"
#include "core/register/project.h"
#include "core/store/outbox.h"
#include "proto/account/account.h"
#include "proto/ledger/kinds.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MINUTE_MS = 60000, DUTY_MAKE_MINUTES = 10, DUTY_ARENA_BYTES = 128 << 20 };

struct cored {
    struct gate_door *door; /* first: the context of gate_door_service */
    struct service_run *run;
    struct store *store;
    struct register_set *registers;
    struct flow_set *flows;
    struct transfer_desk desk;
    struct account_desk accounts;
    struct people_desk people;
    struct session_desk *sessions;
    struct deliver *deliver;
    struct api *api;
    struct control *control;
    struct reading *reading;
    struct sheeting *sheeting;
    struct duty_desk duties;
    bool duties_make; /* the rows of the year are made anew at the next minute */
    struct revision_desk revisions;
    struct loop_timer *minute;
    unsigned minutes;
    struct control_flow *policy_flows; /* the flows as core/control compares them */
    void *policy_classes;
    struct register_rank *ranks; /* their texts in rank_arena, or of the flows */
    struct arena *rank_arena;
    uint64_t login_leaf;    /* the newest auth.login that authd told of */
    const char *ledger_why; /* the last reason told, NULL: rows move */
};

static int
leaf_check(struct str kind, struct str data, struct err *err)
{
    return ledger_row_check(STR("cored"), kind, data, err);
}

/* Shows LEAF to the controls it speaks of. */
static int
leaf_observe(struct cored *cored, struct control_evidence *leaf, uint64_t transfer, bool good,
             struct err *err)
{
    struct arena *arena = arena_new(1 << 20);
    int rc = transfer != 0 ? transfer_number(&cored->desk, arena, transfer, &leaf->record, err)
                           : outbox_origin(cored->store, arena, &leaf->log, err);
    if (rc >= 0) {
        rc = control_observe(cored->control, leaf, good, err);
    }
    arena_free(arena);
    return rc < 0 ? -1 : 0;
}

static int
leaf_logged(void *ctx, const struct outbox_row *row, struct err *err)
{
    struct cored *cored = ctx;
    if (transfer_logged(&cored->desk, row->topic, row->subject, row->leaf, err) < 0) {
        return -1;
    }
    struct control_evidence leaf = {
        .log = row->origin, .index = row->leaf, .at_us = row->at, .kind = row->kind};
    bool of_transfer = str_starts(row->topic, STR("transfer."));
    return of_transfer ? leaf_observe(cored, &leaf, row->subject, true, err)
                       : control_observe(cored->control, &leaf, true, err);
}

/* A leaf of another daemon, known by its report. */
static int
leaf_of_other(void *ctx, const char *kind, struct str number, uint64_t index, bool good,
              struct err *err)
{
    struct control_evidence leaf = {
        .index = index, .at_us = time_now_us(), .kind = str_of(kind), .record = number};
    return leaf_observe(ctx, &leaf, 0, good, err);
}

static void
leaf_state(void *ctx, const struct err *err)
{
    struct cored *cored = ctx;
    const char *why = err != NULL ? err->code : NULL;
    if (why == NULL) {
        gate_door_wake(cored->door);
    } else if (cored->ledger_why == NULL || strcmp(cored->ledger_why, why) != 0) {
        log_err(LOG_WARN, "ledger.stopped", err);
    }
    cored->ledger_why = why;
}

/* What a register's key `control.waive` does: an exception stands on the control it names. */
static int
waive(void *ctx, struct store *store, const struct register_event *event, struct err *err)
{
    (void)store;
    struct cored *cored = ctx;
    const char *control = json_string_value(json_object_get(event->args, "control"));
    struct control_waiver waiver = {.record = event->record,
                                    .number = event->number,
                                    .control = str_of(control != NULL ? control : ""),
                                    .now_us = event->now_us,
                                    .until_us = event->until_us};
    return event->closes ? control_waive_end(cored->control, waiver.record, waiver.control,
                                             waiver.now_us, err)
                         : control_waive(cored->control, &waiver, err);
}

static void
effects_add(struct cored *cored)
{
    static struct register_effect effects[] = {{"control.waive", waive, NULL}};
    effects[0].ctx = cored;
    register_effects_add(cored->registers, effects, sizeof effects / sizeof *effects);
}

static int
data_load(struct cored *cored, const char *data_dir, struct err *err)
{
    if (register_set_load(data_dir, &cored->registers, err) < 0 ||
        flow_set_load(data_dir, cored->registers, &cored->flows, err) < 0) {
        return -1;
    }
    cored->desk = (struct transfer_desk){
        .store = cored->store, .registers = cored->registers, .flows = cored->flows};
    cored->desk.leaf = leaf_of_other;
    cored->desk.leaf_ctx = cored;
    transfer_effects(&cored->desk);
    cored->people = (struct people_desk){
        .store = cored->store, .registers = cored->registers, .zones = "internet lgwan"};
    people_effects(&cored->people);
    effects_add(cored);
    return account_desk_open(&cored->accounts, cored->store, data_dir, err);
}

static int
control_unit(struct store *store, void *arg, struct err *err)
{
    (void)store;
    struct cored *cored = arg;
    return control_tick(cored->control, time_now_us(), err);
}

static int
project_unit(struct store *store, void *arg, struct err *err)
{
    struct cored *cored = arg;
    return register_project(cored->registers, store, err);
}

static int
due_unit(struct store *store, void *arg, struct err *err)
{
    (void)store;
    struct cored *cored = arg;
    return control_due(cored->control, time_now_us(), err);
}

/* A version came into force: its text and bindings are taken from now on. */
static void
due_done(void *arg, int result, const struct err *err)
{
    struct cored *cored = arg;
    struct err why;
    if (result < 0) {
        log_err(LOG_WARN, "clock.failed", err);
    } else if (result > 0 && control_refresh(cored->control, &why) < 0) {
        log_err(LOG_ERROR, "policy.failed", &why);
    }
}

static int
clock_unit(struct store *store, void *arg, struct err *err)
{
    struct cored *cored = arg;
    struct arena *arena = arena_new(16 << 20);
    size_t moved = 0;
    int rc = register_clock(cored->registers, store, arena, time_now_us(), &moved, err);
    arena_free(arena);
    return rc;
}

/* The year's duties, after what the clock of records moved. */
static int
duty_unit(struct store *store, void *arg, struct err *err)
{
    (void)store;
    struct cored *cored = arg;
    struct duty_changes changes;
    struct arena *arena = arena_new(DUTY_ARENA_BYTES);
    int rc = duty_tick(&cored->duties, arena, time_now_us(), cored->duties_make, &changes, err);
    arena_free(arena);
    return rc;
}

static int
people_unit(struct store *store, void *arg, struct err *err)
{
    (void)store;
    struct cored *cored = arg;
    struct arena *arena = arena_new(64 << 20);
    int rc = people_clock(&cored->people, arena, time_now_us(), err);
    arena_free(arena);
    return rc;
}

static int
rules_unit(struct store *store, void *arg, struct err *err)
{
    (void)store;
    struct cored *cored = arg;
    return transfer_rules_apply(&cored->desk, api_config(cored->api)->demo, err);
}

static void
unit_done(void *arg, int result, const struct err *err)
{
    (void)arg;
    if (result < 0) {
        log_err(LOG_WARN, "clock.failed", err);
    }
}

static void
minute(void *arg)
{
    struct cored *cored = arg;
    loop_timer_start(cored->minute, MINUTE_MS);
    store_write(cored->store, clock_unit, unit_done, cored);
    store_write(cored->store, people_unit, unit_done, cored);
    store_write(cored->store, due_unit, due_done, cored);
    cored->duties_make = cored->minutes % DUTY_MAKE_MINUTES == 0;
    store_write(cored->store, duty_unit, unit_done, cored);
    if (cored->minutes++ % 60 == 0) {
        store_write(cored->store, control_unit, unit_done, cored);
    }
}

/* What a register tells the clauses that it answers. */
static enum control_register
register_tell(void *ctx, struct str id)
{
    static const enum control_register tells[] = {[STANDING_NONE] = REGISTER_MISSING,
                                                  [STANDING_UNUSED] = REGISTER_SILENT,
                                                  [STANDING_IN_TIME] = REGISTER_RUNNING,
                                                  [STANDING_OVERDUE] = REGISTER_OVERDUE};
    struct cored *cored = ctx;
    struct err err;
    int64_t now = time_now_us();
    int standing = register_standing(cored->registers, cored->store, id, now, &err);
    int duty = standing < 0 ? -1 : duty_standing(&cored->duties, id, now, &err);
    if (duty < 0) {
        return REGISTER_SILENT;
    }
    bool stands = standing == STANDING_UNUSED || standing == STANDING_IN_TIME;
    return duty > 1 && stands ? REGISTER_OVERDUE : tells[standing];
}

/* What the policy can be compared with: the flows as they were loaded. */
static void
flows_tell(struct cored *cored)
{
    struct control_flow *list = calloc(cored->flows->count + 1, sizeof *list);
    struct str(*classes)[FLOW_CLASSES_MOST] = calloc(cored->flows->count + 1, sizeof *classes);
    ensure(list != NULL && classes != NULL);
    for (size_t i = 0; i < cored->flows->count; i++) {
        const struct flow *flow = &cored->flows->flows[i];
        for (size_t k = 0; k < flow->class_count; k++)
            classes[i][k] = flow->classes[k]->id;
        list[i] = (struct control_flow){flow->id,   flow->from,        flow->to,
                                        classes[i], flow->class_count, flow->profile.n > 0};
    }
    cored->policy_flows = list;
    cored->policy_classes = classes;
    control_flows_set(cored->control, list, cored->flows->count);
}

/* The ranks of `rank(class)` are those of the town's class scheme; of the flows' classes only where
 * the policy names none of that code. A condition never meets a rank of a text that is gone. */
static void
ranks_take(void *ctx)
{
    struct cored *cored = ctx;
    enum { RANKS_MOST = 128 };
    struct control_rank said[RANKS_MOST / 2];
    size_t count = 0;
    int n = control_ranks(cored->control, said, RANKS_MOST / 2);
    struct register_rank *ranks = calloc(RANKS_MOST, sizeof *ranks);
    struct arena *arena = arena_new(1 << 16);
    ensure(ranks != NULL);
    for (int i = 0; i < n; i++)
        ranks[count++] = (struct register_rank){str_dup(arena, said[i].code), said[i].rank};
    for (size_t i = 0; i < cored->flows->class_count && count < RANKS_MOST; i++) {
        bool known = false;
        for (size_t k = 0; k < count && !known; k++)
            known = str_equal(ranks[k].code, cored->flows->classes[i].id);
        if (!known)
            ranks[count++] =
                (struct register_rank){cored->flows->classes[i].id, cored->flows->classes[i].rank};
    }
    register_ranks_set(cored->registers, ranks, count);
    arena_free(cored->rank_arena);
    free(cored->ranks);
    cored->rank_arena = arena;
    cored->ranks = ranks;
}

static int
control_begin(struct cored *cored, struct service_run *run, struct err *err)
{
    char folder[4096];
    (void)snprintf(folder, sizeof folder, "%s/policy", service_state_dir(run));
    if (control_open(cored->store, service_data_dir(run), &cored->control, err) < 0 ||
        control_seed(cored->control, folder, time_now_us(), NULL, err) < 0) {
        return -1;
    }
    cored->duties = (struct duty_desk){.store = cored->store,
                                       .registers = cored->registers,
                                       .control = cored->control,
                                       .calendar = cored->registers->calendar};
    control_registers_set(cored->control, register_tell, cored);
    cored->revisions = (struct revision_desk){cored->store, cored->registers};
    control_revisions_set(cored->control, revision_open, &cored->revisions);
    flows_tell(cored);
    control_changed_set(cored->control, ranks_take, cored);
    cored->minute = loop_timer_new(service_loop(run), minute, cored);
    minute(cored);
    return 0;
}

static int
store_begin(struct cored *cored, struct service_run *run, struct err *err)
{
    char path[4096], sql[4096];
    (void)snprintf(path, sizeof path, "%s/core.db", service_state_dir(run));
    (void)snprintf(sql, sizeof sql, "%s/sql/core", service_data_dir(run));
    struct store_options options = {.loop = service_loop(run), .path = path, .sql_dir = sql};
    if (store_open(&options, &cored->store, err) < 0) {
        return -1;
    }
    outbox_check_set(cored->store, leaf_check);
    return 0;
}

static int
cored_start(struct service_run *run, void **ret_ctx, struct err *err)
{
    struct cored *cored = calloc(1, sizeof *cored);
    ensure(cored != NULL);
    cored->run = run;
    *ret_ctx = cored;
    if (store_begin(cored, run, err) < 0 || data_load(cored, service_data_dir(run), err) < 0 ||
        control_begin(cored, run, err) < 0) {
        return -1;
    }
    struct loop *loop = service_loop(run);
    struct ipc_edge *ledger = service_edge_find(run, "ledgerd");
    const char *demo = service_option(run, "demo");
    cored->sessions = session_desk_new(loop, cored->store, service_edge_find(run, "authd"));
    cored->door =
        gate_door_new(loop, &cored->desk, cored->sessions, service_edge_find(run, "gated"));
    cored->reading =
        reading_new(loop, cored->store, cored->control, service_edge_find(run, "policyd"));
    cored->sheeting =
        sheeting_new(loop, cored->store, cored->registers, service_edge_find(run, "sheetd"));
    struct api_config config = {.loop = loop,
                                .store = cored->store,
                                .desk = &cored->desk,
                                .registers = cored->registers,
                                .sessions = cored->sessions,
                                .ledger = ledger,
                                .control = cored->control,
                                .reading = cored->reading,
                                .people = &cored->people,
                                .sheeting = cored->sheeting,
                                .duties = &cored->duties,
                                .demo = demo != NULL && strcmp(demo, "yes") == 0};
    cored->api = api_new(&config);
    if (ledger != NULL) {
        struct deliver_config deliver = {.loop = loop,
                                         .store = cored->store,
                                         .edge = ledger,
                                         .logged = leaf_logged,
                                         .state = leaf_state,
                                         .ctx = cored};
        cored->deliver = deliver_new(&deliver);
    }
    store_write(cored->store, project_unit, unit_done, cored);
    store_write(cored->store, rules_unit, unit_done, cored);
    reading_next(cored->reading); /* what a crash left unread */
    return 0;
}

static void
cored_stop(void *ctx)
{
    struct cored *cored = ctx;
    deliver_free(cored->deliver);
    cored->deliver = NULL;
    store_flush(cored->store);
    service_quit(cored->run);
}

/* ---- what the edges accept ---- */

static void
on_api(void *ctx, struct ipc_call *call, const void *value)
{
    struct cored *cored = ctx;
    struct str name = str_of(ipc_edge_name(ipc_call_edge(call)));
    api_request_take(cored->api, call, str_slice(name, sizeof "portald." - 1, name.n), value);
}

static void
on_resolve(void *ctx, struct ipc_call *call, const void *value)
{
    struct cored *cored = ctx;
    account_answer(&cored->accounts, call, value);
}

static void
on_over(void *ctx, struct ipc_call *call, const void *value)
{
    struct cored *cored = ctx;
    const struct session_over *over = value;
    (void)call;
    session_forget(cored->sessions, over->account);
}

static int
login_unit(struct store *store, void *arg, struct err *err)
{
    (void)store;
    struct cored *cored = arg;
    return leaf_of_other(cored, "auth.login", (struct str){0}, cored->login_leaf, true, err);
}

static void
on_login(void *ctx, struct ipc_call *call, const void *value)
{
    struct cored *cored = ctx;
    const struct login_logged *logged = value;
    (void)call;
    cored->login_leaf = logged->index;
    store_write(cored->store, login_unit, NULL, cored);
}

static const struct ipc_route api_routes[] = {{&api_request_message, on_api}};
static const struct ipc_route account_routes[] = {{&account_resolve_message, on_resolve},
                                                  {&session_over_message, on_over},
                                                  {&login_logged_message, on_login}};
static const struct ipc_service api_service = {"api", api_routes, 1};
static const struct ipc_service account_service = {"account", account_routes, 3};

static const struct service_edge edges[] = {
    {"portald.*", &api_service},
    {"gated", &gate_door_service},
    {"authd", NULL},
    {"authd.ask", &account_service},
    {"ledgerd", NULL},
    {"policyd", NULL},
    {"sheetd", NULL},
};

int
main(int argc, char **argv)
{
    static const struct service service = {.name = "cored",
                                           .edges = edges,
                                           .edge_count = sizeof edges / sizeof *edges,
                                           .start = cored_start,
                                           .stop = cored_stop,
                                           .confined = true};
    return service_main(&service, argc, argv);
}
