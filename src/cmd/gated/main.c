/*
 * gated: the checkpoint's hands: encrypted spool, virus scan, disarming workers, copying what was
 * released to the other side, handing it out. It holds the side keys and no database; it observes
 * and reports, cored decides. It accepts the portals (a portal's zone is its edge's name) and
 * cored's wake-up; it asks cored and appends to ledgerd. Any of them may be away: files wait.
 *
 * Options (--set KEY=VALUE): node (this machine's name), spool_bytes (default 8 GiB), clamd (path
 * of clamd's UNIX socket; without it every item is "unscanned" and the flow decides), workers.
 */
#include "base/service/log.h"
#include "base/service/service.h"
#include "edge/gate/gate.h"

#define SPOOL_BYTES (UINT64_C(8) << 30)

static void
event(const char *name, const char *key, const char *value, const struct err *err)
{
    if (err != NULL)
        log_err(LOG_WARN, name, err);
    if (key != NULL || err == NULL)
        log_event(err == NULL ? LOG_INFO : LOG_WARN, name, key, value, NULL);
}

static struct ipc_edge *
edge_or_none(struct service_run *run, const char *name)
{
    struct ipc_edge *edge = service_edge_find(run, name);
    return edge != NULL ? edge : ipc_edge_new(service_loop(run), name, NULL, NULL);
}

static int
number_option(struct service_run *run, const char *key, uint64_t *value, struct err *err)
{
    const char *text = service_option(run, key);
    if (text != NULL && !str_to_u64(str_of(text), value))
        return ERR(err, "gate.option", "%s=%s", key, text);
    return 0;
}

static int
start(struct service_run *run, void **ret_ctx, struct err *err)
{
    uint64_t spool_bytes = SPOOL_BYTES;
    uint64_t workers = 0;
    const char *node = service_option(run, "node");
    if (number_option(run, "spool_bytes", &spool_bytes, err) != 0 ||
        number_option(run, "workers", &workers, err) != 0)
        return -1;
    if (spool_bytes < (UINT64_C(1) << 20) || workers > 256)
        return ERR(err, "gate.option", "spool_bytes, workers");
    struct gate_config config = {
        .loop = service_loop(run),
        .cored = edge_or_none(run, "cored"),
        .ledgerd = edge_or_none(run, "ledgerd"),
        .state_dir = service_state_dir(run),
        .program_dir = service_program_dir(run),
        .node = node == NULL ? "node" : node,
        .clamd = service_option(run, "clamd"),
        .spool_bytes = spool_bytes,
        .workers = (unsigned)workers,
        .event = event,
    };
    struct gate *gate;
    if (gate_open(&config, &gate, err) != 0)
        return -1;
    for (size_t i = 0; service_edge_at(run, i) != NULL; i++)
        if (str_starts(str_of(ipc_edge_name(service_edge_at(run, i))), STR("portald.")))
            gate_portal_add(gate, service_edge_at(run, i));
    *ret_ctx = gate;
    return 0;
}

int
main(int argc, char **argv)
{
    static const struct service_edge edges[] = {
        {"portald.*", &gate_portal_service},
        {"cored", &gate_core_service},
        {"ledgerd", NULL},
    };
    static const struct service gated = {
        .name = "gated", .edges = edges, .edge_count = 3, .start = start};
    return service_main(&gated, argc, argv);
}
