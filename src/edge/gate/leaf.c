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

#include <stdio.h>
#include <string.h>

enum { LEAF_BYTES = 4096 };

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
    int rc = buf_done(&data, err);
    if (rc == 0)
        rc = ledger_queue_put(gate->leaves, str_of(kind), buf_str(&data), done, arg, err);
    buf_free(&data);
    return rc;
}
