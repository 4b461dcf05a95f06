/*
 * ledger: the head of the ledger and receipts, asked of ledgerd. Runs in cored.
 *
 * Both are what anybody may check: a checkpoint and a proof show digests, never content. The
 * receipt is given to whoever has a session; entries hold ids and commitments only.
 */
#include "base/crypt/encode.h"
#include "base/os/time.h"
#include "core/api/calls.h"
#include "proto/ledger/ledger.h"

#include <stdio.h>

enum { LEDGER_MS = 4000 };

static void
away(struct api_call *call)
{
    struct err err = {0};
    (void)ERR(&err, "ipc.away", "ledgerd");
    api_fail(call, &err);
}

/* What came back of a question: the call fails when it is nothing. */
static bool
came_back(struct api_call *call, const struct ipc_result *result)
{
    if (result->value != NULL) {
        return true;
    }
    struct err err = *result->err;
    if (err_is(&err, "ipc.timeout")) {
        err.code = "ledger.pending";
    }
    api_fail(call, &err);
    return false;
}

/* The origin: the first line of the note. */
static struct str
note_origin(struct str note)
{
    struct str origin = {0};
    (void)str_split_next(&note, '\n', &origin);
    return origin;
}

static void
head_came(void *arg, const struct ipc_result *result)
{
    struct api_call *call = arg;
    if (!came_back(call, result)) {
        return;
    }
    const struct ledger_checkpoint_answer *answer = result->value;
    char root[65];
    hex_encode(answer->root, 32, root);
    struct str origin = note_origin(answer->note);
    api_answer_json(call, 200,
                    json_pack("{ss% sI ss sI ss%}", "origin", origin.p, origin.n, "size",
                              (json_int_t)answer->size, "root", root, "at",
                              (json_int_t)time_now_us(), "checkpoint", answer->note.p,
                              answer->note.n));
}

static void
head_ask(struct api_call *call)
{
    struct ipc_edge *edge = api_config(call->api)->ledger;
    struct ledger_checkpoint ask = {0};
    if (edge == NULL) {
        away(call);
        return;
    }
    ipc_request(edge, &ledger_checkpoint_message, &ask, NULL, &ledger_checkpoint_answer_message,
                LEDGER_MS, head_came, call);
}

static void
receipt_came(void *arg, const struct ipc_result *result)
{
    struct api_call *call = arg;
    if (!came_back(call, result)) {
        return;
    }
    const struct ledger_proof *proof = result->value;
    char name[64];
    (void)snprintf(name, sizeof name, "receipt-%.*s.tlog-proof", STR_FMT(call->part[0]));
    api_answer_text(call, "text/plain; charset=utf-8", str_of(name), proof->receipt);
}

static void
receipt_ask(struct api_call *call)
{
    struct ipc_edge *edge = api_config(call->api)->ledger;
    struct ledger_prove ask = {0};
    if (!str_to_u64(call->part[0], &ask.index)) {
        struct err err = {0};
        (void)ERR(&err, "not_found", "receipt");
        api_fail(call, &err);
        return;
    }
    if (edge == NULL) {
        away(call);
        return;
    }
    ipc_request(edge, &ledger_prove_message, &ask, NULL, &ledger_proof_message, LEDGER_MS,
                receipt_came, call);
}

const struct api_route api_ledger_routes[] = {
    {"GET", "ledger/head", 200, .later = head_ask},
    {"GET", "ledger/receipt/:", 200, .later = receipt_ask},
};
const size_t api_ledger_route_count = sizeof api_ledger_routes / sizeof *api_ledger_routes;
