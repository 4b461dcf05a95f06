/*
 * portald: the web portal of one zone. Holds nothing at rest: no database, no secrets, no files
 * after start. It talks HTTP with browsers, and over its edges with cored (every JSON call), authd
 * (log-in) and gated (uploads, contents). When one of them is away its calls answer 503; pages
 * still come.
 *
 * Options (--set KEY=VALUE): zone, listen, host, web; origin and per_address if they differ from
 * what host and the default say.
 */
#include "base/service/log.h"
#include "base/service/service.h"
#include "edge/portal/portal.h"

static struct ipc_edge *
edge_or_none(struct service_run *run, const char *name)
{
    struct ipc_edge *edge = service_edge_find(run, name);
    return edge != NULL ? edge : ipc_edge_new(service_loop(run), name, NULL, NULL);
}

static int
start(struct service_run *run, void **ret_ctx, struct err *err)
{
    uint64_t per_address = 0;
    const char *text = service_option(run, "per_address");
    struct portal_config config = {
        .loop = service_loop(run),
        .cored = edge_or_none(run, "cored"),
        .authd = edge_or_none(run, "authd"),
        .gated = edge_or_none(run, "gated"),
        .zone = service_option(run, "zone"),
        .listen = service_option(run, "listen"),
        .host = service_option(run, "host"),
        .origin = service_option(run, "origin"),
        .web_dir = service_option(run, "web"),
    };
    if (config.zone == NULL || config.listen == NULL || config.host == NULL ||
        config.web_dir == NULL)
        return ERR(err, "portal.option", "zone, listen, host, web");
    if (text != NULL && (!str_to_u64(str_of(text), &per_address) || per_address > 1000))
        return ERR(err, "portal.option", "per_address=%s", text);
    config.per_address = (unsigned)per_address;
    struct portal *portal;
    if (portal_open(&config, &portal, err) != 0)
        return -1;
    log_event(LOG_INFO, "portal.open", "zone", config.zone, "listen", config.listen, NULL);
    *ret_ctx = portal;
    return 0;
}

int
main(int argc, char **argv)
{
    static const struct service_edge edges[] = {{"cored", NULL}, {"authd", NULL}, {"gated", NULL}};
    static const struct service portald = {
        .name = "portald", .edges = edges, .edge_count = 3, .start = start, .confined = true};
    return service_main(&portald, argc, argv);
}
