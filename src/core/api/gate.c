/*
 * gate: answers gated. Runs in cored.
 *
 * Invariant: a report is answered after the commit that holds it. A question about a session is
 * answered for the person authd confirms, in the zone gated names: its portals' edges carry the
 * zone.
 */
#include "core/api/gate.h"

#include "base/mem/ensure.h"
#include "base/os/file.h"
#include "core/store/id.h"
#include "proto/transfer/transfer.h"

#include <stdlib.h>
#include <string.h>

enum { GATE_ARENA_BYTES = 32 << 20, TICK_MS = 5000 };

struct gate_door {
    struct loop *loop;
    struct loop_timer *wake, *tick;
    struct transfer_desk *desk;
    struct session_desk *sessions;
    struct ipc_edge *edge;
};

/* One call of gated on its way. */
struct visit {
    struct gate_door *door;
    struct ipc_call *ipc;
    struct arena *arena;
    struct transfer_caller caller;
    struct session_known known;
    uint64_t item;
    bool cancel;
    struct transfer_upload upload;
    struct transfer_received received;
    struct transfer_job job;
    struct str result, report;
    bool large;
    unsigned char sha256[32];
    struct str person;
    uint64_t leaf;
};

static struct visit *
visit_new(struct gate_door *door, struct ipc_call *ipc)
{
    struct visit *visit = calloc(1, sizeof *visit);
    ensure(visit != NULL);
    visit->door = door;
    visit->ipc = ipc;
    visit->arena = arena_new(GATE_ARENA_BYTES);
    return visit;
}

static void
visit_free(struct visit *visit)
{
    arena_free(visit->arena);
    free(visit);
}

static void
visit_fail(struct visit *visit, const struct err *err)
{
    ipc_fail(visit->ipc, err);
    visit_free(visit);
}

static void
visit_refuse(struct visit *visit, const char *code)
{
    struct err err = {0};
    (void)err_set(&err, code, __FILE__, __LINE__, "item");
    visit_fail(visit, &err);
}

static void
visit_ok(void *arg, int result, const struct err *err)
{
    struct visit *visit = arg;
    struct transfer_ok ok = {0};
    if (result < 0) {
        visit_fail(visit, err);
        return;
    }
    ipc_answer(visit->ipc, &transfer_ok_message, &ok, NULL);
    gate_door_wake(visit->door);
    visit_free(visit);
}

/* ---- waking and the clock ---- */

static void
wake_now(void *arg)
{
    struct gate_door *door = arg;
    struct job_wake wake = {1};
    struct err ignored = {0};
    if (door->edge != NULL && ipc_edge_up(door->edge)) {
        (void)ipc_note(door->edge, &job_wake_message, &wake, &ignored);
    }
}

void
gate_door_wake(struct gate_door *door)
{
    loop_timer_start(door->wake, 0);
}

static int
tick_unit(struct store *store, void *arg, struct err *err)
{
    (void)store;
    struct gate_door *door = arg;
    struct arena *arena = arena_new(GATE_ARENA_BYTES);
    int rc = transfer_tick(door->desk, arena, err);
    arena_free(arena);
    return rc;
}

static void
tick_done(void *arg, int result, const struct err *err)
{
    (void)err;
    if (result >= 0) {
        gate_door_wake(arg);
    }
}

static void
tick(void *arg)
{
    struct gate_door *door = arg;
    loop_timer_start(door->tick, TICK_MS);
    store_write(door->desk->store, tick_unit, tick_done, door);
}

static int
lost_unit(struct store *store, void *arg, struct err *err)
{
    (void)store;
    struct gate_door *door = arg;
    return transfer_gate_lost(door->desk, err);
}

static void
edge_changed(void *arg, struct ipc_edge *edge, bool up)
{
    (void)edge;
    struct gate_door *door = arg;
    if (up) {
        gate_door_wake(door);
    } else {
        store_write(door->desk->store, lost_unit, NULL, door);
    }
}

void
gate_door_free(struct gate_door *door)
{
    if (door != NULL) {
        loop_timer_free(door->wake);
        loop_timer_free(door->tick);
        free(door);
    }
}

/* ---- uploads ---- */

static void
upload_answer(struct visit *visit)
{
    struct transfer_upload *upload = &visit->upload;
    struct upload_allowed answer = {.object = str_of(upload->object),
                                    .side = upload->side,
                                    .length = upload->length,
                                    .received = upload->received};
    ipc_answer(visit->ipc, &upload_allowed_message, &answer, NULL);
    visit_free(visit);
}

static int
cancel_unit(struct store *store, void *arg, struct err *err)
{
    (void)store;
    struct visit *visit = arg;
    return transfer_upload_allow(visit->door->desk, &visit->caller, visit->item, true,
                                 &visit->upload, err);
}

static void
cancel_done(void *arg, int result, const struct err *err)
{
    struct visit *visit = arg;
    if (result < 0) {
        visit_fail(visit, err);
    } else {
        upload_answer(visit);
    }
}

/* The session is known: the visit's caller is filled. */
static void
visit_known(struct visit *visit, const struct session_known *known)
{
    visit->known = *known;
    visit->caller.person = known->person;
    visit->caller.factors = str_of(visit->known.factors);
}

static void
upload_known(void *arg, const struct session_known *known, const struct err *err)
{
    struct visit *visit = arg;
    struct err why = {0};
    if (known == NULL) {
        visit_fail(visit, err);
        return;
    }
    visit_known(visit, known);
    if (visit->cancel) {
        store_write(visit->door->desk->store, cancel_unit, cancel_done, visit);
    } else if (transfer_upload_allow(visit->door->desk, &visit->caller, visit->item, false,
                                     &visit->upload, &why) < 0) {
        visit_fail(visit, &why);
    } else {
        upload_answer(visit);
    }
}

static void
on_upload_allow(void *ctx, struct ipc_call *call, const void *value)
{
    struct gate_door *door = *(struct gate_door *const *)ctx;
    const struct upload_allow *ask = value;
    struct visit *visit = visit_new(door, call);
    visit->caller.zone = str_dup(visit->arena, ask->zone);
    visit->cancel = ask->cancel;
    if (!id_parse(ask->item, &visit->item)) {
        visit_refuse(visit, "gate.not_found");
        return;
    }
    struct session_claim claim = {ask->session, visit->caller.zone, false};
    session_ask(door->sessions, &claim, upload_known, visit);
}

static int
received_unit(struct store *store, void *arg, struct err *err)
{
    (void)store;
    struct visit *visit = arg;
    return transfer_received(visit->door->desk, visit->item, &visit->received, err);
}

static void
on_item_received(void *ctx, struct ipc_call *call, const void *value)
{
    struct gate_door *door = *(struct gate_door *const *)ctx;
    const struct item_received *report = value;
    struct visit *visit = visit_new(door, call);
    memcpy(visit->sha256, report->sha256, sizeof visit->sha256);
    visit->received = (struct transfer_received){.object = str_dup(visit->arena, report->object),
                                                 .key = str_dup(visit->arena, report->key),
                                                 .size = report->size,
                                                 .sha256 = visit->sha256};
    if (!id_parse(report->item, &visit->item)) {
        visit_refuse(visit, "gate.not_found");
        return;
    }
    store_write(door->desk->store, received_unit, visit_ok, visit);
}

/* ---- jobs ---- */

static int
claim_unit(struct store *store, void *arg, struct err *err)
{
    (void)store;
    struct visit *visit = arg;
    return transfer_claim(visit->door->desk, visit->arena, visit->large, &visit->job, err);
}

static void
claim_done(void *arg, int result, const struct err *err)
{
    struct visit *visit = arg;
    char item[ID_CHARS + 1];
    struct job_given given = {0};
    if (result < 0) {
        visit_fail(visit, err);
        return;
    }
    id_format(visit->job.item, item);
    if (result == 0) {
        given = (struct job_given){.job = visit->job.job,
                                   .lease = visit->job.lease,
                                   .kind = visit->job.kind,
                                   .item = str_of(item),
                                   .detail = visit->job.detail};
    }
    ipc_answer(visit->ipc, &job_given_message, &given, NULL);
    visit_free(visit);
}

static void
on_job_claim(void *ctx, struct ipc_call *call, const void *value)
{
    struct gate_door *door = *(struct gate_door *const *)ctx;
    const struct job_claim *ask = value;
    struct visit *visit = visit_new(door, call);
    visit->large = ask->large;
    store_write(door->desk->store, claim_unit, claim_done, visit);
}

static int
beat_unit(struct store *store, void *arg, struct err *err)
{
    (void)store;
    struct visit *visit = arg;
    return transfer_beat(visit->door->desk, visit->job.job, visit->job.lease, err);
}

static void
on_job_beat(void *ctx, struct ipc_call *call, const void *value)
{
    struct gate_door *door = *(struct gate_door *const *)ctx;
    const struct job_beat *beat = value;
    struct visit *visit = visit_new(door, call);
    visit->job = (struct transfer_job){.job = beat->job, .lease = beat->lease};
    store_write(door->desk->store, beat_unit, visit_ok, visit);
}

static int
done_unit(struct store *store, void *arg, struct err *err)
{
    (void)store;
    struct visit *visit = arg;
    return transfer_done(visit->door->desk, visit->arena, visit->job.job, visit->job.lease,
                         visit->result, visit->report, err);
}

/* The report that came as a memory file. */
static int
report_read(struct visit *visit, int fd, struct err *err)
{
    int64_t size = file_sealed_size(fd, TRANSFER_REPORT_BYTES, err);
    if (size < 0) {
        return -1;
    }
    char *text = arena_alloc(visit->arena, (size_t)size + 1);
    if (text == NULL) {
        return ERR(err, "limit.memory", "report");
    }
    visit->report = (struct str){text, (size_t)size};
    return file_pread(fd, text, (size_t)size, 0, err);
}

static void
on_job_done(void *ctx, struct ipc_call *call, const void *value)
{
    struct gate_door *door = *(struct gate_door *const *)ctx;
    const struct job_done *report = value;
    struct visit *visit = visit_new(door, call);
    struct err err = {0};
    int rc = 0;
    visit->job = (struct transfer_job){.job = report->job, .lease = report->lease};
    visit->result = str_dup(visit->arena, report->result);
    if (ipc_call_fd_count(call) > 0) {
        int fd = ipc_call_take_fd(call, 0);
        rc = report_read(visit, fd, &err);
        file_close(&fd);
    }
    if (rc < 0) {
        visit_fail(visit, &err);
        return;
    }
    store_write(door->desk->store, done_unit, visit_ok, visit);
}

/* ---- content ---- */

static void
content_known(void *arg, const struct session_known *known, const struct err *err)
{
    struct visit *visit = arg;
    struct transfer_content content;
    struct err why = {0};
    if (known == NULL) {
        visit_fail(visit, err);
        return;
    }
    visit_known(visit, known);
    if (transfer_content_allow(visit->door->desk, visit->arena, &visit->caller, visit->item,
                               &content, &why) < 0) {
        visit_fail(visit, &why);
        return;
    }
    struct content_allowed answer = {.object = content.object,
                                     .side = content.side,
                                     .key = content.key,
                                     .name = content.name,
                                     .type = content.type,
                                     .size = content.size,
                                     .deposit_index = content.leaf,
                                     .person = content.person};
    memcpy(answer.sha256, content.sha256, sizeof answer.sha256);
    ipc_answer(visit->ipc, &content_allowed_message, &answer, NULL);
    visit_free(visit);
}

static void
on_content_allow(void *ctx, struct ipc_call *call, const void *value)
{
    struct gate_door *door = *(struct gate_door *const *)ctx;
    const struct content_allow *ask = value;
    struct visit *visit = visit_new(door, call);
    visit->caller.zone = str_dup(visit->arena, ask->zone);
    if (!id_parse(ask->item, &visit->item)) {
        visit_refuse(visit, "gate.not_found");
        return;
    }
    struct session_claim claim = {ask->session, visit->caller.zone, false};
    session_ask(door->sessions, &claim, content_known, visit);
}

static int
taken_unit(struct store *store, void *arg, struct err *err)
{
    (void)store;
    struct visit *visit = arg;
    return transfer_taken(visit->door->desk, visit->item, visit->person, visit->leaf, err);
}

static void
on_content_taken(void *ctx, struct ipc_call *call, const void *value)
{
    struct gate_door *door = *(struct gate_door *const *)ctx;
    const struct content_taken *report = value;
    struct visit *visit = visit_new(door, call);
    visit->person = str_dup(visit->arena, report->person);
    visit->leaf = report->index;
    if (!id_parse(report->item, &visit->item)) {
        visit_refuse(visit, "gate.not_found");
        return;
    }
    store_write(door->desk->store, taken_unit, visit_ok, visit);
}

static void
on_state_note(void *ctx, struct ipc_call *call, const void *value)
{
    struct gate_door *door = *(struct gate_door *const *)ctx;
    (void)call;
    const struct gate_state *state = value;
    struct transfer_gate *gate = &door->desk->gate;
    size_t n =
        state->scanner.n < sizeof gate->scanner ? state->scanner.n : sizeof gate->scanner - 1;
    memset(gate->scanner, 0, sizeof gate->scanner);
    if (n > 0) {
        memcpy(gate->scanner, state->scanner.p, n);
    }
    gate->spool_bytes = state->spool_bytes;
    gate->spool_limit = state->spool_limit;
    gate->full = state->full;
}

struct seen {
    struct gate_door *door;
    const struct leaf_seen *note;
    uint64_t item;
};

static int
seen_unit(struct store *store, void *arg, struct err *err)
{
    (void)store;
    const struct seen *seen = arg;
    return transfer_leaf_seen(seen->door->desk, seen->note->kind, seen->item, seen->note->index,
                              seen->note->good, err);
}

static void
on_leaf_seen(void *ctx, struct ipc_call *call, const void *value)
{
    (void)call;
    struct seen seen = {.door = *(struct gate_door *const *)ctx, .note = value};
    if (seen.note->item.n > 0 && !id_parse(seen.note->item, &seen.item)) {
        return;
    }
    store_write(seen.door->desk->store, seen_unit, NULL, &seen); /* the unit runs now */
}

static const struct ipc_route routes[] = {
    {&leaf_seen_message, on_leaf_seen},         {&upload_allow_message, on_upload_allow},
    {&item_received_message, on_item_received}, {&job_claim_message, on_job_claim},
    {&job_beat_message, on_job_beat},           {&job_done_message, on_job_done},
    {&content_allow_message, on_content_allow}, {&content_taken_message, on_content_taken},
    {&gate_state_message, on_state_note},
};

const struct ipc_service gate_door_service = {"transfer", routes, sizeof routes / sizeof *routes};

struct gate_door *
gate_door_new(struct loop *loop, struct transfer_desk *desk, struct session_desk *sessions,
              struct ipc_edge *edge)
{
    struct gate_door *door = calloc(1, sizeof *door);
    ensure(door != NULL);
    *door = (struct gate_door){.loop = loop, .desk = desk, .sessions = sessions, .edge = edge};
    door->wake = loop_timer_new(loop, wake_now, door);
    door->tick = loop_timer_new(loop, tick, door);
    loop_timer_start(door->tick, TICK_MS);
    if (edge != NULL) {
        ipc_edge_on_state(edge, edge_changed, door);
    }
    return door;
}
