/*
 * apply: the leaves that say which rules hold: flow.apply for each flow that is new or changed,
 * demo.begin once. Runs in cored, in the unit after the start, so every decision leaf's flow digest
 * has its flow in the ledger before it.
 */
#include "base/crypt/encode.h"
#include "base/os/time.h"
#include "core/store/outbox.h"
#include "core/transfer/transfer.h"

#include <stdlib.h>
#include <string.h>

enum { KNOWN, NOTE };

static const struct store_statement sql[] = {
    [KNOWN] = {"apply.known", "SELECT digest FROM flow_known WHERE flow = $1"},
    [NOTE] = {"apply.note", "INSERT INTO flow_known VALUES ($1, $2, $3)"
                            " ON CONFLICT (flow) DO UPDATE SET digest = $2, at = $3"},
};

/* 1 when FLOW is known with DIGEST, else 0 and it is noted so. */
static int
known_or_note(struct store *store, struct str flow, const unsigned char digest[32], struct err *err)
{
    unsigned char old[32];
    struct db_query *q = db_query(store, &sql[KNOWN]);
    db_bind_text(q, 1, flow);
    int rc = db_step(q, err);
    bool same = rc > 0 && db_blob_to(q, 0, old, sizeof old) && memcmp(old, digest, 32) == 0;
    db_end(q);
    if (rc < 0 || same) {
        return rc < 0 ? -1 : 1;
    }
    q = db_query(store, &sql[NOTE]);
    db_bind_text(q, 1, flow);
    db_bind_blob(q, 2, digest, 32);
    db_bind_int(q, 3, time_now_us());
    return db_run(q, err) < 0 ? -1 : 0;
}

/* Adds a leaf of KIND with DATA (taken over). */
static int
leaf_add(struct store *store, const char *kind, json_t *data, struct err *err)
{
    char *text = json_dumps(data, JSON_COMPACT | JSON_SORT_KEYS);
    json_decref(data);
    struct outbox_new row = {.kind = kind, .data = str_of(text), .topic = "rules"};
    int rc = text == NULL ? ERR(err, "limit.memory", "leaf") : outbox_add(store, &row, NULL, err);
    free(text);
    return rc;
}

int
transfer_rules_apply(struct transfer_desk *desk, bool demo, struct err *err)
{
    static const unsigned char none[32];
    int rc = demo ? known_or_note(desk->store, STR(""), none, err) : 1;
    if (rc == 0) {
        rc = leaf_add(desk->store, "demo.begin", json_pack("{ss}", "body", "demo"), err);
    }
    for (size_t i = 0; rc >= 0 && i < desk->flows->count; i++) {
        const struct flow *flow = &desk->flows->flows[i];
        char hex[65];
        hex_encode(flow->digest, sizeof flow->digest, hex);
        rc = known_or_note(desk->store, flow->id, flow->digest, err);
        if (rc == 0) {
            rc =
                leaf_add(desk->store, "flow.apply",
                         json_pack("{ss ss%}", "digest", hex, "flow", flow->id.p, flow->id.n), err);
        }
    }
    return rc < 0 ? -1 : 0;
}
