/*
 * gate: see gate.h. Runs in gated: opens its parts and ties them to the edges.
 */
#include "edge/gate/gate.h"

#include "edge/gate/scanner.h"
#include "edge/gate/state.h"

#include "base/mem/ensure.h"
#include "base/os/file.h"
#include "proto/gate/gate.h"
#include "proto/transfer/transfer.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

enum { STATE_MS = 10000 };

static const struct ipc_route portal_routes[] = {
    {&upload_ask_message, upload_handle_ask},       {&upload_begin_message, upload_handle_begin},
    {&upload_piece_message, upload_handle_piece},   {&upload_end_message, upload_handle_end},
    {&upload_cancel_message, upload_handle_cancel}, {&content_open_message, content_handle_open},
    {&content_read_message, content_handle_read},   {&content_close_message, content_handle_close},
};
const struct ipc_service gate_portal_service = {"gate", portal_routes, 8};

static const struct ipc_route core_routes[] = {{&job_wake_message, job_handle_wake}};
const struct ipc_service gate_core_service = {"transfer", core_routes, 1};

struct str
gate_zone(const struct ipc_edge *edge)
{
    struct str name = str_of(ipc_edge_name(edge));
    ptrdiff_t dot = str_find(name, STR("."), 0);
    return dot < 0 ? STR("") : str_slice(name, (size_t)dot + 1, name.n);
}

bool
gate_text(struct str s, char *ret, size_t size)
{
    bool fits = s.n < size && memchr(s.p == NULL ? "" : s.p, '\0', s.n) == NULL;
    size_t n = fits ? s.n : 0;
    if (n > 0)
        memcpy(ret, s.p, n);
    ret[n] = '\0';
    return fits;
}

void
gate_state_send(struct gate *gate)
{
    struct gate_state state = {.scanner = str_of(scanner_word(gate->scanner)),
                               .spool_bytes = spool_used_bytes(gate->spool),
                               .spool_limit = spool_limit_bytes(gate->spool),
                               .full = spool_is_full(gate->spool)};
    if (ipc_edge_up(gate->config.cored))
        ipc_note(gate->config.cored, &gate_state_message, &state, NULL);
}

static void
state_turn(void *arg)
{
    struct gate *gate = arg;
    gate_state_send(gate);
    loop_timer_start(gate->state_timer, STATE_MS);
}

static void
leaf_left(void *arg, const struct ledger_row *row, const struct ledger_place *place)
{
    records_left(arg, row, place);
}

static void
leaves_state(void *arg, bool up, const struct err *err)
{
    struct gate *gate = arg;
    gate->config.event(up ? "gate.ledger_up" : "gate.ledger_away", NULL, NULL, err);
}

static void
cored_state(void *arg, struct ipc_edge *edge, bool up)
{
    struct gate *gate = arg;
    (void)edge;
    if (!up)
        return;
    gate_state_send(gate);
    records_kick(gate);
    jobs_kick(gate);
}

uint64_t
gate_downs(const struct gate *gate, const struct ipc_edge *edge)
{
    for (size_t i = 0; i < gate->end_count; i++)
        if (gate->ends[i].edge == edge)
            return gate->ends[i].downs;
    return 0;
}

static void
portal_state(void *arg, struct ipc_edge *edge, bool up)
{
    struct gate *gate = arg;
    if (up)
        return;
    for (size_t i = 0; i < gate->end_count; i++)
        if (gate->ends[i].edge == edge)
            gate->ends[i].downs++;
    uploads_edge_down(arg, edge);
    contents_edge_down(arg, edge);
}

void
gate_portal_add(struct gate *gate, struct ipc_edge *edge)
{
    ensure(gate->end_count < PORTALS_MOST);
    gate->ends[gate->end_count++] = (struct portal_end){edge, 0};
    ipc_edge_on_state(edge, portal_state, gate);
}

static int
folders_open(struct gate *gate, struct err *err)
{
    int dir = file_open_dir(AT_FDCWD, gate->config.state_dir, err);
    if (dir < 0)
        return -1;
    int rc = file_mkdirs(dir, "leaves", 0700, err);
    if (rc == 0)
        rc = file_mkdirs(dir, "records", 0700, err);
    if (rc == 0 && (gate->leaves_dir = file_open_dir(dir, "leaves", err)) < 0)
        rc = -1;
    if (rc == 0 && (gate->records_dir = file_open_dir(dir, "records", err)) < 0)
        rc = -1;
    file_close(&dir);
    return rc;
}

int
gate_open(const struct gate_config *config, struct gate **ret, struct err *err)
{
    struct gate *gate = calloc(1, sizeof *gate); /* lives as long as the program */
    ensure(gate != NULL);
    gate->config = *config;
    gate->piece = malloc(GATE_PIECE_BYTES);
    ensure(gate->piece != NULL);
    if (folders_open(gate, err) != 0 ||
        spool_open(config->state_dir, config->spool_bytes, &gate->spool, err) != 0)
        return -1;
    struct ledger_queue_config queue = {.dir = gate->leaves_dir,
                                        .name = "gated",
                                        .source = "gated",
                                        .left = leaf_left,
                                        .state = leaves_state,
                                        .arg = gate};
    gate->leaves = ledger_queue_open(config->loop, config->ledgerd, &queue, err);
    if (gate->leaves == NULL)
        return -1;
    gate->old_rows = ledger_queue_waiting(gate->leaves);
    if (records_open(gate, err) != 0)
        return -1;
    gate->scanner = scanner_new(gate);
    uploads_start(gate);
    jobs_start(gate);
    gate->state_timer = loop_timer_new(config->loop, state_turn, gate);
    loop_timer_start(gate->state_timer, 0);
    ipc_edge_on_state(config->cored, cored_state, gate);
    *ret = gate;
    return 0;
}
