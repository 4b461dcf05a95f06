/*
 * leaf: see leaf.h. Runs in gated; the one place that knows proto/ledger's queue takes canonical
 * JSON.
 */
#include "edge/gate/leaf.h"

#include "base/crypt/encode.h"
#include "base/crypt/hash.h"
#include "base/crypt/secret.h"
#include "base/mem/ensure.h"
#include "base/text/json.h"
#include "proto/transfer/transfer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LEAF_BYTES = 4096, KIND_CHARS = 32 };

/* A leaf on its way: who waits for it, and what cored is told when it stands. */
struct way {
    struct gate *gate;
    char kind[KIND_CHARS + 1], item[ITEM_CHARS + 1];
    ledger_done *done;
    void *arg;
    bool good; /* what a probe found */
};

static void
leaf_stands(void *arg, uint64_t seq, const struct ledger_place *place)
{
    struct way *way = arg;
    struct leaf_seen note = {str_of(way->item), str_of(way->kind), place->index, way->good};
    ipc_note(way->gate->config.cored, &leaf_seen_message, &note,
             NULL); /* lost: the page shows less */
    if (way->done != NULL)
        way->done(way->arg, seq, place);
    free(way);
}

static struct way *
way_new(struct gate *gate, const char *kind, const struct leaf_field *fields, size_t count)
{
    struct way *way = calloc(1, sizeof *way);
    ensure(way != NULL);
    way->gate = gate;
    way->good = true;
    snprintf(way->kind, sizeof way->kind, "%s", kind);
    for (size_t i = 0; i < count; i++) {
        if (fields[i].key == NULL || fields[i].text == NULL)
            continue;
        if (strcmp(fields[i].key, "item") == 0)
            snprintf(way->item, sizeof way->item, "%s", fields[i].text);
        else if (strcmp(fields[i].key, "result") == 0 && strcmp(fields[i].text, "wrong") == 0)
            way->good = false;
    }
    return way;
}

void
leaf_commit_again(struct leaf_commit *commit)
{
    uint8_t digest[SHA256_BYTES];
    sha256_of_pair(commit->nonce, sizeof commit->nonce, commit->content, strlen(commit->content),
                   digest);
    hex_encode(digest, sizeof digest, commit->hex);
}

void
leaf_commit_make(struct leaf_commit *ret, const char *in, const char *out, const char *report)
{
    struct json json;
    struct buf text;
    buf_init(&text, LEAF_CONTENT_BYTES - 1);
    json_init(&json, &text);
    json_open_object(&json);
    const char *const keys[] = {"in", "out", "report"};
    const char *const values[] = {in, out, report};
    for (size_t i = 0; i < 3; i++) {
        if (values[i] == NULL)
            continue;
        json_key(&json, keys[i]);
        json_z(&json, values[i]);
    }
    json_end(&json);
    ensure(!text.over);
    snprintf(ret->content, sizeof ret->content, "%.*s", STR_FMT(buf_str(&text)));
    buf_free(&text);
    random_bytes(ret->nonce, sizeof ret->nonce);
    leaf_commit_again(ret);
}

int
leaf_put(struct gate *gate, const char *kind, const struct leaf_field *fields, size_t count,
         ledger_done *done, void *arg, struct err *err)
{
    struct json json;
    struct buf data;
    buf_init(&data, LEAF_BYTES);
    json_init(&json, &data);
    json_open_object(&json);
    for (size_t i = 0; i < count; i++) {
        if (fields[i].key == NULL)
            continue;
        json_key(&json, fields[i].key);
        if (fields[i].text == NULL)
            json_u64(&json, fields[i].number);
        else if (fields[i].list)
            json_raw(&json, str_of(fields[i].text));
        else
            json_z(&json, fields[i].text);
    }
    json_end(&json);
    struct way *way = way_new(gate, kind, fields, count);
    way->done = done;
    way->arg = arg;
    int rc = buf_done(&data, err);
    if (rc == 0)
        rc = ledger_queue_put(gate->leaves, str_of(kind), buf_str(&data), leaf_stands, way, err);
    if (rc != 0)
        free(way);
    buf_free(&data);
    return rc;
}
