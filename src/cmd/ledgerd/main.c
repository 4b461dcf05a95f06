/*
 * ledgerd: keeps the ledger: an append-only Merkle tree in plain files, and the key that signs it.
 *
 * Holds: the signing key (state/key.<id>, locked memory). Reads and writes: its own folder,
 * <state>/<epoch>/. Talks to: cored, gated, authd, which append through their edges; to nobody
 * outside. Settings: origin=<site>/<node>/<epoch> (must), checkpoint_seconds=10,
 * edge_per_second=200. It ends at once when the disk fails: sekishod starts it again, and it reads
 * what is really there.
 */
#include "base/crypt/secret.h"
#include "base/os/file.h"
#include "base/service/log.h"
#include "base/service/service.h"
#include "cmd/ledgerd/serve.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { CHECKPOINT_S = 10, EDGE_PER_S = 200 };

static _Noreturn void
broken(const struct err *err)
{
    log_err(LOG_ERROR, "ledger.broken", err);
    _exit(3);
}

static int
number_option(struct service_run *run, const char *key, uint64_t otherwise, uint64_t *ret,
              struct err *err)
{
    const char *text = service_option(run, key);
    *ret = otherwise;
    if (text == NULL || (str_to_u64(str_of(text), ret) && *ret <= 1000000))
        return 0;
    return ERR(err, "service.usage", "%s=%s", key, text);
}

/* Opens <state>/<epoch>, made if missing. */
static int
epoch_open(struct service_run *run, const char *origin, struct err *err)
{
    const char *slash = strrchr(origin, '/');
    uint64_t epoch;
    char path[4096];
    if (slash == NULL || !str_to_u64(str_of(slash + 1), &epoch) || epoch == 0)
        return ERR(err, "ledger.key", "the origin is not site/node/epoch: %s", origin);
    int n = snprintf(path, sizeof path, "%s/%s", service_state_dir(run), slash + 1);
    if (n < 0 || (size_t)n >= sizeof path)
        return ERR(err, "file.open", "path too long");
    if (file_mkdirs(AT_FDCWD, path, 0755, err) != 0)
        return -1;
    return file_open_dir(AT_FDCWD, path, err);
}

/* <state>/log leads to the log of the present epoch, for people and programs that only read. */
static int
link_log(struct service_run *run, const char *epoch, struct err *err)
{
    char target[64];
    int dir = file_open_dir(AT_FDCWD, service_state_dir(run), err);
    if (dir < 0)
        return -1;
    snprintf(target, sizeof target, "%s/log", epoch);
    int r = file_link(dir, target, "log", err);
    file_close(&dir);
    return r;
}

static int
start(struct service_run *run, void **ret_ctx, struct err *err)
{
    struct serve_config config = {.loop = service_loop(run), .broken = broken};
    struct ledger_config ledger = {.origin = service_option(run, "origin"),
                                   .version = SEKISHO_VERSION};
    struct ledger_start found;
    uint64_t seconds;
    crypt_init();
    if (ledger.origin == NULL)
        return ERR(err, "service.usage", "--set origin=SITE/NODE/EPOCH");
    if (number_option(run, "checkpoint_seconds", CHECKPOINT_S, &seconds, err) != 0 ||
        number_option(run, "edge_per_second", EDGE_PER_S, &config.edge_per_s, err) != 0)
        return -1;
    config.checkpoint_ms = seconds * 1000;
    ledger.dir = epoch_open(run, ledger.origin, err); /* stays open */
    if (ledger.dir < 0)
        return -1;
    config.ledger = ledger_open(&ledger, &found, err);
    if (config.ledger == NULL)
        return -1;
    if (link_log(run, strrchr(ledger.origin, '/') + 1, err) != 0)
        return -1;
    char replayed[24];
    char dropped[24];
    snprintf(replayed, sizeof replayed, "%llu", (unsigned long long)found.replayed);
    snprintf(dropped, sizeof dropped, "%llu", (unsigned long long)found.dropped);
    log_event(LOG_INFO, found.created ? "ledger.opened" : "ledger.started", "replayed", replayed,
              "dropped", dropped, "vkey", ledger_vkey(config.ledger), NULL);
    *ret_ctx = serve_new(&config);
    return 0;
}

static void
stop(void *ctx)
{
    serve_finish(ctx);
}

static const struct service_edge edges[] = {
    {"cored", &serve_service},
    {"authd", &serve_service},
    {"gated", &serve_service},
    {"gated.*", &serve_service},
};

int
main(int argc, char **argv)
{
    static const struct service service = {
        .name = "ledgerd",
        .edges = edges,
        .edge_count = sizeof edges / sizeof *edges,
        .start = start,
        .stop = stop,
        .confined = true,
    };
    return service_main(&service, argc, argv);
}
