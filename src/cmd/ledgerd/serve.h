/*
 * serve: ledgerd's side of proto/ledger: collects what waits on all edges into one group, commits
 * it with one sync, answers; publishes every few seconds, or at once when somebody waits for a
 * receipt.
 */
#ifndef CMD_LEDGERD_SERVE_H
#define CMD_LEDGERD_SERVE_H

#include "base/ipc/ipc.h"
#include "core/ledger/ledger.h"

struct serve;

enum { SERVE_CHECKPOINT_MOST_S = 3600 };

struct serve_config {
    struct loop *loop;
    struct ledger *ledger;  /* owned from now on */
    uint64_t checkpoint_ms; /* between two checkpoints */
    uint64_t edge_per_s;    /* entries a second that an edge other than cored may send on average */
    void (*broken)(const struct err *err); /* the disk failed: does not return */
};

/* What every edge accepts; the context of its handlers is the struct serve. */
extern const struct ipc_service serve_service;

/* A new server. Owned by the caller. */
struct serve *serve_new(const struct serve_config *config);

/* Commits, answers and publishes what is there; for an orderly end. */
void serve_finish(struct serve *serve);

/* Frees SERVE and closes its ledger. */
void serve_free(struct serve *serve);

#endif
