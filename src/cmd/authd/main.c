/*
 * authd: holds password hashes, one-time-code seeds and sessions; no network, its own folder.
 *
 * Edges: portald.ZONE (log-ins; the zone is the edge's), cored (sessions asked and ended),
 * cored.ask (whose login is this, what does the rule demand), ledgerd (what happened, through a
 * durable queue). Folder: auth.db, key (0600), leaves.queue, leaves.acked.
 */
#include "base/os/file.h"
#include "base/service/log.h"
#include "base/service/service.h"
#include "core/auth/answer.h"
#include "core/auth/auth.h"
#include "proto/account/account.h"
#include "proto/ledger/queue.h"

#include <fcntl.h>
#include <stdio.h>

static struct {
    struct auth *auth;
    struct ledger_queue *queue;
    struct ipc_edge *accounts; /* to cored */
    int dir;
} authd;

/* A log-in stands in the ledger: cored may count it as a sign that the control works. */
static void
login_stands(void *arg, uint64_t seq, const struct ledger_place *place)
{
    (void)arg;
    (void)seq;
    struct login_logged note = {place->index};
    (void)ipc_note(authd.accounts, &login_logged_message, &note,
                   NULL); /* the next one tells it too */
}

static int
leaf_put(void *arg, struct str kind, struct str data, struct err *err)
{
    (void)arg;
    ledger_done *done = str_equal_z(kind, "auth.login") ? login_stands : NULL;
    int rc = ledger_queue_put(authd.queue, kind, data, done, NULL, err);
    if (rc != 0)
        log_err(LOG_ERROR, "authd.leaf", err);
    return rc;
}

static void
ledger_state(void *arg, bool up, const struct err *err)
{
    (void)arg;
    if (up)
        log_event(LOG_INFO, "authd.ledger_up", NULL);
    else
        log_err(LOG_WARN, "authd.ledger_down", err);
}

static int
queue_open(struct service_run *run, struct err *err)
{
    struct ipc_edge *ledger = service_edge_find(run, "ledgerd");
    if (ledger == NULL)
        return ERR(err, "service.usage", "--edge ledgerd");
    authd.dir = file_open_dir(AT_FDCWD, service_state_dir(run), err);
    if (authd.dir < 0)
        return -1;
    struct ledger_queue_config config = {
        .dir = authd.dir, .name = "leaves", .source = "authd", .state = ledger_state};
    authd.queue = ledger_queue_open(service_loop(run), ledger, &config, err);
    return authd.queue == NULL ? -1 : 0;
}

static int
start(struct service_run *run, void **ret_ctx, struct err *err)
{
    char sql_dir[4096];
    request_memory_wiped();
    if (queue_open(run, err) != 0)
        return -1;
    (void)snprintf(sql_dir, sizeof sql_dir, "%s/sql/auth", service_data_dir(run));
    authd.accounts = service_edge_find(run, "cored.ask");
    struct auth_options options = {.loop = service_loop(run),
                                   .dir = service_state_dir(run),
                                   .sql_dir = sql_dir,
                                   .accounts = authd.accounts,
                                   .leaf = leaf_put};
    if (options.accounts == NULL)
        return ERR(err, "service.usage", "--edge cored.ask");
    int rc = auth_open(&options, &authd.auth, err);
    *ret_ctx = authd.auth;
    return rc;
}

static void
stop(void *ctx)
{
    auth_close(ctx);
    ledger_queue_close(authd.queue);
}

int
main(int argc, char **argv)
{
    static const struct service_edge edges[] = {
        {"portald.*", &auth_portal_service},
        {"cored", &auth_core_service},
        {"cored.ask", NULL},
        {"ledgerd", NULL},
    };
    static const struct service service = {"authd", edges, 4, start, stop, true};
    return service_main(&service, argc, argv);
}
