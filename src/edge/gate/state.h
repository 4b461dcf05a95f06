/*
 * state: what the parts of gated share. Private to edge/gate.
 */
#ifndef EDGE_GATE_STATE_H
#define EDGE_GATE_STATE_H

#include "edge/gate/gate.h"
#include "edge/gate/spool/spool.h"
#include "proto/ledger/queue.h"

enum { ITEM_CHARS = 64, PORTALS_MOST = 16 };

/* One portal's edge and how often it went down: a question of a portal that died since must not begin
 * anything. */
struct portal_end {
    const struct ipc_edge *edge;
    uint64_t downs;
};

struct gate {
    struct gate_config config;
    struct spool *spool;
    struct ledger_queue *leaves;
    int leaves_dir, records_dir;
    size_t old_rows; /* leaves of a former run that are not in the log yet */
    struct record *records;
    struct loop_timer *records_timer;
    struct upload *uploads;
    uint64_t next_handle;
    struct portal_end ends[PORTALS_MOST];
    size_t end_count;
    struct loop_timer *uploads_timer;
    uint8_t *piece; /* GATE_PIECE_BYTES, for one piece while it is handled */
    struct content *contents;
    struct job *jobs;
    unsigned job_count; /* running; those that wait for the scanner do not count */
    bool claiming, claim_idle;
    struct loop_timer *jobs_timer;
    struct scanner *scanner;
    struct loop_timer *state_timer;
};

/* The zone of the portal whose EDGE this is ("portald.lgwan" → "lgwan"). */
struct str gate_zone(const struct ipc_edge *edge);

/* How often the portal at EDGE went away so far. */
uint64_t gate_downs(const struct gate *gate, const struct ipc_edge *edge);

/* Sends the gate_state note to cored now. */
void gate_state_send(struct gate *gate);

/* Copies S with a NUL into RET of SIZE bytes; false (and empty) when it does not fit. */
bool gate_text(struct str s, char *ret, size_t size);

/* gate.c's part in each: made by gate_open, in this order. */
int records_open(struct gate *gate, struct err *err);
void uploads_start(struct gate *gate);
void jobs_start(struct gate *gate);

/* cored's edge came up: what waits for it goes on. */
void records_kick(struct gate *gate);
void jobs_kick(struct gate *gate);

/* A leaf of a former run came to stand. */
void records_left(struct gate *gate, const struct ledger_row *row,
                  const struct ledger_place *place);

/* EDGE went down: its uploads are synced, its contents closed. */
void uploads_edge_down(struct gate *gate, const struct ipc_edge *edge);
void contents_edge_down(struct gate *gate, const struct ipc_edge *edge);

/* Handlers of proto/gate and proto/transfer. */
ipc_handler upload_handle_ask, upload_handle_begin, upload_handle_piece, upload_handle_end,
    upload_handle_cancel, content_handle_open, content_handle_read, content_handle_close,
    job_handle_wake;

#endif
