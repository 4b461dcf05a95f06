/*
 * leaf: see leaf.h. Runs in authd. The keys of an entry stand in byte order (RFC 8785).
 */
#include "core/auth/leaf.h"

#include "base/crypt/encode.h"
#include "base/mem/ensure.h"
#include "base/os/time.h"
#include "base/text/json.h"
#include "core/store/id.h"
#include "format/rules/rules.h"

#include <stdio.h>

void
leaves_init(struct leaves *leaves, leaf_put_call *put, void *arg)
{
    *leaves = (struct leaves){.put = put, .arg = arg};
}

static void
word(struct json *json, const char *key, const char *value)
{
    if (value == NULL)
        return;
    json_key(json, key);
    json_z(json, value);
}

static void
number(struct json *json, const char *key, uint64_t value)
{
    if (value == 0)
        return;
    json_key(json, key);
    json_u64(json, value);
}

static void
factors(struct json *json, unsigned set)
{
    if (set == 0)
        return;
    json_key(json, "factors");
    json_open_array(json);
    for (unsigned bit = 1; bit <= FACTOR_CODE; bit <<= 1)
        if (set & bit)
            json_z(json, rules_factor_name(bit));
    json_end(json);
}

void
leaf_write(struct buf *out, const struct auth_leaf *leaf)
{
    struct json json;
    char account[ID_CHARS + 1], session[HEX_CHARS(LEAF_SESSION_BYTES) + 1];
    json_init(&json, out);
    json_open_object(&json);
    if (leaf->account != 0) {
        id_format(leaf->account, account);
        word(&json, "account", account);
    }
    number(&json, "count", leaf->count);
    word(&json, "factor", leaf->factor);
    factors(&json, leaf->factors);
    if (leaf->session != NULL) {
        hex_encode(leaf->session, LEAF_SESSION_BYTES, session);
        word(&json, "session", session);
    }
    word(&json, "source", leaf->source);
    number(&json, "until", (uint64_t)leaf->until_us);
    word(&json, "why", leaf->why);
    word(&json, "zone", leaf->zone);
    json_end(&json);
}

int
leaf_tell(struct leaves *leaves, const struct auth_leaf *leaf, struct err *err)
{
    if (leaves->put == NULL)
        return 0;
    struct buf data;
    buf_init(&data, LEAF_BYTES);
    leaf_write(&data, leaf);
    int rc = buf_done(&data, err);
    if (rc == 0)
        rc = leaves->put(leaves->arg, str_of(leaf->kind), buf_str(&data), err);
    buf_free(&data);
    return rc;
}

int
leaf_tell_fail(struct leaves *leaves, const struct auth_leaf *leaf, int64_t now_us,
               struct err *err)
{
    if (leaves_turn(leaves, now_us, err) != 0)
        return -1;
    if (leaves->fails++ < LEAF_FAILS_A_MINUTE)
        return leaf_tell(leaves, leaf, err);
    snprintf(leaves->zone, sizeof leaves->zone, "%s", leaf->zone);
    return 0;
}

int
leaves_turn(struct leaves *leaves, int64_t now_us, struct err *err)
{
    if (now_us - leaves->minute_us < 60 * TIME_US_SECOND)
        return 0;
    uint64_t fails = leaves->fails;
    leaves->minute_us = now_us;
    leaves->fails = 0;
    if (fails <= LEAF_FAILS_A_MINUTE)
        return 0;
    struct auth_leaf leaf = {.kind = "auth.fail",
                             .count = fails - LEAF_FAILS_A_MINUTE,
                             .why = "many",
                             .zone = leaves->zone};
    return leaf_tell(leaves, &leaf, err);
}
